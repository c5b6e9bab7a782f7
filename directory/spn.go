package directory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Holder is an object that has a service principal name.
type Holder struct {
	DN, Name string // Name is sAMAccountName
	Etypes   EncryptionTypes
	// EtypesSet is false where the domain's default holds.
	EtypesSet bool
}

// Holders are the objects that answer to a service principal name.
type Holders struct {
	SPN    string   // as asked
	Direct []Holder // those that have the very name; more than one and the KDC gives no ticket
	// Host are those that have HOST/… of the same server, if Mapped: the KDC takes them where nobody
	// has the very name.
	Host   []Holder
	Mapped bool // sPNMappings of the forest let HOST stand for the class of the name
}

// Effective are the holders that the KDC looks at: none is a missing name, more than one a duplicate.
func (h Holders) Effective() []Holder {
	if len(h.Direct) > 0 || !h.Mapped {
		return h.Direct
	}
	return h.Host
}

// SPN asks which objects have a service principal name such as "HTTP/dc1.corp.example", without a
// realm. It looks in the domain of the domain controller alone, not in the forest. That nobody
// has it is no error.
func (c *Conn) SPN(ctx context.Context, spn string) (Holders, error) {
	class, host, ok := strings.Cut(spn, "/")
	if !ok || class == "" || host == "" {
		return Holders{}, fmt.Errorf("service principal name %q: want CLASS/host", spn)
	}
	h := Holders{SPN: spn}
	var err error
	if h.Direct, err = c.holders(ctx, spn); err != nil {
		return Holders{}, err
	}
	if h.Mapped, err = c.mapped(ctx, class); err != nil || !h.Mapped {
		return h, err
	}
	h.Host, err = c.holders(ctx, "HOST/"+host)
	return h, err
}

func (c *Conn) holders(ctx context.Context, spn string) ([]Holder, error) {
	found, err := c.search(ctx, question{
		doing: "look for the holders of " + quoted(spn), base: c.root.Domain, filter: equals("servicePrincipalName", spn),
		attributes: []string{"sAMAccountName", "msDS-SupportedEncryptionTypes"},
	})
	list := make([]Holder, 0, len(found))
	for _, e := range found {
		h := Holder{DN: e.dn(), Name: e.text("sAMAccountName")}
		h.Etypes, h.EtypesSet = e.etypes()
		list = append(list, h)
	}
	return list, err
}

// mapped reads the forest's sPNMappings, "host=alerter,…,http,…", MS-ADTS section 6.1.1.2.4.1.2. Where they are
// not shown nothing is mapped.
func (c *Conn) mapped(ctx context.Context, class string) (bool, error) {
	if c.root.Configuration == "" {
		return false, nil
	}
	e, err := c.one(ctx, question{
		doing: "read the SPN mappings", base: "CN=Directory Service,CN=Windows NT,CN=Services," + c.root.Configuration, only: true,
		filter: "(objectClass=*)", attributes: []string{"sPNMappings"},
	})
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return slices.ContainsFunc(e.texts("sPNMappings"), func(m string) bool { return hostCovers(m, class) }), err
}

func hostCovers(mapping, class string) bool {
	alias, list, _ := strings.Cut(mapping, "=")
	if !strings.EqualFold(strings.TrimSpace(alias), "host") {
		return false
	}
	return slices.ContainsFunc(strings.Split(list, ","), func(s string) bool { return strings.EqualFold(strings.TrimSpace(s), class) })
}
