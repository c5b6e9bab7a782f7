package kerberos

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/jcmturner/gokrb5/v8/types"
)

// NameType is the name-type of a principal, RFC 4120 section 6.2.
type NameType int32

// The types of names that matter here.
const (
	NamePrincipal  NameType = 1  // a user
	NameService    NameType = 2  // krbtgt/REALM, HTTP/host
	NameEnterprise NameType = 10 // a UPN as one component
)

// Principal is a name in a realm. The type of the name does not count when two are compared.
type Principal struct {
	Type  NameType
	Name  []string // the components, "HTTP" and "dc1.corp.example"
	Realm string
}

// TGT is the principal of a realm's ticket-granting service, krbtgt/REALM@REALM.
func TGT(realm string) Principal {
	return Principal{Type: NameService, Name: []string{"krbtgt", realm}, Realm: realm}
}

// HTTPService is the principal of a host's web services, HTTP/host@REALM.
func HTTPService(host, realm string) Principal {
	return Principal{Type: NameService, Name: []string{"HTTP", host}, Realm: realm}
}

// ParsePrincipal reads "svc-userid@CORP.EXAMPLE" or "HTTP/dc1.corp.example@CORP.EXAMPLE". A
// backslash takes the meaning from the '/', '@' or '\' behind it, as in MIT krb5. The realm may
// be missing, and is then empty. "CORP\svc" is refused: Kerberos has no such names.
func ParsePrincipal(s string) (Principal, error) {
	parts, realm, err := splitPrincipal(s)
	if err != nil {
		return Principal{}, fmt.Errorf("principal %q: %w", s, err)
	}
	p := Principal{Type: NamePrincipal, Name: parts, Realm: realm}
	if len(parts) > 1 {
		p.Type = NameService
	}
	return p, nil
}

func splitPrincipal(s string) (parts []string, realm string, err error) {
	var part strings.Builder
	inRealm, escaped := false, false
	for _, r := range s {
		switch {
		case escaped && r != '/' && r != '@' && r != '\\':
			return nil, "", errors.New(`a backslash before none of / @ \; write the account as user@REALM, not DOMAIN\user`)
		case escaped:
			part.WriteRune(r)
			escaped = false
		case r == '\\':
			escaped = true
		case r == '@' && inRealm:
			return nil, "", errors.New("two @ signs")
		case r == '@' || r == '/' && !inRealm:
			parts = append(parts, part.String())
			part.Reset()
			inRealm = r == '@'
		case r == 0 || unicode.IsControl(r):
			return nil, "", errors.New("a control character")
		default:
			part.WriteRune(r)
		}
	}
	if escaped {
		return nil, "", errors.New("a backslash at the end")
	}
	if inRealm {
		if realm = part.String(); realm == "" {
			return nil, "", errors.New("an @ sign without a realm")
		}
	} else {
		parts = append(parts, part.String())
	}
	for _, p := range parts {
		if p == "" {
			return nil, "", errors.New("an empty component")
		}
	}
	return parts, realm, nil
}

var escape = strings.NewReplacer(`\`, `\\`, `/`, `\/`, `@`, `\@`)

// String writes the principal so that ParsePrincipal reads it again.
func (p Principal) String() string {
	name := p.NameString()
	if p.Realm == "" {
		return name
	}
	return name + "@" + escape.Replace(p.Realm)
}

// NameString is the name without its realm.
func (p Principal) NameString() string {
	parts := make([]string, len(p.Name))
	for i, n := range p.Name {
		parts[i] = escape.Replace(n)
	}
	return strings.Join(parts, "/")
}

// Equal compares as MIT krb5 does: byte for byte, without the type.
func (p Principal) Equal(q Principal) bool { return p.Realm == q.Realm && p.sameName(q) }

func (p Principal) sameName(q Principal) bool {
	if len(p.Name) != len(q.Name) {
		return false
	}
	for i, n := range p.Name {
		if q.Name[i] != n {
			return false
		}
	}
	return true
}

// EqualFold compares as Active Directory does: without regard to case.
func (p Principal) EqualFold(q Principal) bool {
	return strings.EqualFold(p.String(), q.String())
}

// Salt is the salt of RFC 4120 section 4: the realm and the name's components, run together.
func (p Principal) Salt() string { return p.Realm + strings.Join(p.Name, "") }

// zero says whether nothing is set.
func (p Principal) zero() bool { return p.Type == 0 && len(p.Name) == 0 && p.Realm == "" }

func (p Principal) wire() types.PrincipalName {
	return types.PrincipalName{NameType: int32(p.Type), NameString: p.Name}
}

func fromWire(n types.PrincipalName, realm string) Principal {
	return Principal{Type: NameType(n.NameType), Name: n.NameString, Realm: realm}
}

// maxName is the longest DNS name, RFC 1035 section 2.3.4, without its last dot.
const maxName = 253

// CheckRealm says why text is no realm in the style of a DNS domain, RFC 4120 section 6.1, the
// only one that Active Directory has. It takes any case; a realm is in upper case there.
func CheckRealm(realm string) error {
	switch {
	case realm == "":
		return errors.New("the realm is empty")
	case len(realm) > maxName:
		return fmt.Errorf("a realm of %d bytes; a DNS name has at most %d", len(realm), maxName)
	}
	for label := range strings.SplitSeq(realm, ".") {
		if err := checkLabel(label); err != nil {
			return fmt.Errorf("realm %q: %w", realm, err)
		}
	}
	if !strings.Contains(realm, ".") {
		return fmt.Errorf("realm %q has no dot: it is the NetBIOS name of a domain, not its DNS name", realm)
	}
	return nil
}

func checkLabel(label string) error {
	if label == "" {
		return errors.New("an empty label")
	}
	if len(label) > 63 {
		return fmt.Errorf("a label of %d bytes; DNS allows 63", len(label))
	}
	for _, r := range label {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_') {
			return fmt.Errorf("%q is in no DNS name", r)
		}
	}
	return nil
}
