package directory

import (
	"strconv"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// entry reads the attributes of what a search found. A missing or unreadable number is 0.
type entry struct{ e *ldap.Entry }

func (e entry) dn() string {
	if e.e == nil {
		return ""
	}
	return e.e.DN
}

func (e entry) raw(name string) [][]byte {
	if e.e == nil {
		return nil
	}
	for _, a := range e.e.Attributes {
		if strings.EqualFold(a.Name, name) {
			return a.ByteValues
		}
	}
	return nil
}

func (e entry) has(name string) bool { return len(e.raw(name)) > 0 }

// hidden are those of the names that the entry does not have.
func (e entry) hidden(names []string) (missing []string) {
	for _, n := range names {
		if !e.has(n) {
			missing = append(missing, n)
		}
	}
	return missing
}

func (e entry) texts(name string) (list []string) {
	for _, v := range e.raw(name) {
		list = append(list, string(v))
	}
	return list
}

func (e entry) text(name string) string {
	if v := e.raw(name); len(v) > 0 {
		return string(v[0])
	}
	return ""
}

func (e entry) number(name string) int64 {
	n, _ := strconv.ParseInt(e.text(name), 10, 64)
	return n
}

// number32 reads what LDAP writes as a signed number and means as bits.
func (e entry) number32(name string) uint32 { return uint32(int32(e.number(name))) }

func (e entry) sid(name string) SID {
	if v := e.raw(name); len(v) > 0 {
		s, _ := DecodeSID(v[0])
		return s
	}
	return ""
}

// etypes also takes a 0 for a missing value, as Windows does, MS-KILE section 3.3.5.7.
func (e entry) etypes() (EncryptionTypes, bool) {
	n := EncryptionTypes(e.number32("msDS-SupportedEncryptionTypes"))
	return n, n != 0
}
