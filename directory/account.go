package directory

import (
	"context"
	"strings"
	"time"
)

// Control is userAccountControl, MS-ADTS section 2.2.16.
type Control uint32

// The flags that matter to a service account.
const (
	Disabled              Control = 0x2
	LockedOut             Control = 0x10 // in Computed alone
	PasswordNotRequired   Control = 0x20
	PasswordNeverExpires  Control = 0x10000
	SmartcardRequired     Control = 0x40000
	NotDelegated          Control = 0x100000
	UseDESOnly            Control = 0x200000
	NoPreauth             Control = 0x400000
	PasswordExpired       Control = 0x800000 // in Computed alone
	ServerTrust           Control = 0x2000   // a domain controller
	WorkstationTrust      Control = 0x1000   // a member
	TrustedForDelegation  Control = 0x80000
	TrustedToAuthenticate Control = 0x1000000
)

// Has says whether all of the flags are set.
func (c Control) Has(flags Control) bool { return c&flags == flags }

// EncryptionTypes is msDS-SupportedEncryptionTypes, MS-KILE section 2.2.7.
type EncryptionTypes uint32

// The types; the two of DES are together.
const (
	DES    EncryptionTypes = 0x3
	RC4    EncryptionTypes = 0x4
	AES128 EncryptionTypes = 0x8
	AES256 EncryptionTypes = 0x10
)

// AES says whether one of the AES types is among them.
func (e EncryptionTypes) AES() bool { return e&(AES128|AES256) != 0 }

// String lists the types, "RC4, AES128, AES256", and is "none" without one.
func (e EncryptionTypes) String() string {
	var names []string
	for _, t := range []struct {
		bit  EncryptionTypes
		name string
	}{{0x1, "DES-CBC-CRC"}, {0x2, "DES-CBC-MD5"}, {RC4, "RC4"}, {AES128, "AES128"}, {AES256, "AES256"}, {0x20, "AES256-SK"}} {
		if e&t.bit != 0 {
			names = append(names, t.name)
		}
	}
	if names == nil {
		return "none"
	}
	return strings.Join(names, ", ")
}

// Group is a group that an account is in, directly or through others.
type Group struct {
	SID  SID
	Name string // sAMAccountName in the language of the domain; empty if the directory does not show it
	DN   string // likewise
}

// Account is what the directory says of a user. Times are zero where they stand for "never".
type Account struct {
	DN, Name, UPN string // Name is sAMAccountName
	SID           SID
	Control       Control
	// Computed is msDS-User-Account-Control-Computed: LockedOut and PasswordExpired as of now.
	Computed Control

	// Groups are all groups, those through other groups and the primary one among them.
	Groups []Group

	PasswordSet time.Time // zero with MustChange
	MustChange  bool      // the password has to be changed at the next log-in
	// PasswordExpires is msDS-UserPasswordExpiryTimeComputed: with every policy that applies.
	PasswordExpires time.Time
	Expires         time.Time // of the account
	LockedAt        time.Time // lockoutTime; the lock may be over: see Locked
	BadPasswords    int       // badPwdCount of this domain controller alone: it is not replicated
	LastBadPassword time.Time // likewise

	// Etypes is msDS-SupportedEncryptionTypes; without EtypesSet the domain's default holds.
	Etypes    EncryptionTypes
	EtypesSet bool

	SPNs []string
	// FineGrained is the DN of the password settings object that applies instead of the domain's
	// Policy; empty if there is none, or if the directory does not show it.
	FineGrained string

	// Hidden are the attributes that every account has and that the directory does not show to whoever
	// asks: what is made of them is zero, and says nothing.
	Hidden []string
}

// shown are the attributes that every account has.
var shown = []string{
	"userAccountControl", "msDS-User-Account-Control-Computed", "pwdLastSet", "msDS-UserPasswordExpiryTimeComputed", "accountExpires",
}

// MemberOf says whether the account is in the group, directly or through others.
func (a Account) MemberOf(group SID) bool {
	for _, g := range a.Groups {
		if g.SID == group {
			return true
		}
	}
	return false
}

// Locked says whether the account is locked out now, as the directory computes it.
func (a Account) Locked() bool { return a.Computed.Has(LockedOut) }

var accountAttributes = []string{
	"sAMAccountName", "userPrincipalName", "objectSid", "userAccountControl", "msDS-User-Account-Control-Computed",
	"pwdLastSet", "msDS-UserPasswordExpiryTimeComputed", "accountExpires", "lockoutTime", "badPwdCount", "badPasswordTime",
	"msDS-SupportedEncryptionTypes", "servicePrincipalName", "msDS-ResultantPSO", "primaryGroupID",
}

// Account finds a user by its log-in name ("svc-userid", `CORP\svc-userid`) or its user principal name
// ("svc-userid@corp.example", whose suffix need not be the domain's). The error is an *Error, or
// wraps ErrNotFound or ErrAmbiguous.
func (c *Conn) Account(ctx context.Context, name string) (Account, error) {
	e, err := c.one(ctx, question{
		doing: "look for the account " + quoted(name), base: c.root.Domain, filter: accountFilter(name, c.root.DNSDomain()), attributes: accountAttributes,
	})
	if err != nil {
		return Account{}, err
	}
	a := accountOf(e)
	a.Groups, err = c.groups(ctx, a, e.number32("primaryGroupID"))
	return a, err
}

// accountFilter takes a principal name without a stored one as Active Directory does: the
// log-in name, at the domain.
func accountFilter(name, domain string) string {
	if _, after, ok := strings.Cut(name, `\`); ok {
		name = after
	}
	user, suffix, isUPN := strings.Cut(name, "@")
	switch {
	case !isUPN:
		return both("(objectClass=user)", equals("sAMAccountName", name))
	case strings.EqualFold(suffix, domain):
		return both("(objectClass=user)", either(equals("userPrincipalName", name), equals("sAMAccountName", user)))
	}
	return both("(objectClass=user)", equals("userPrincipalName", name))
}

func accountOf(e entry) Account {
	a := Account{
		DN: e.dn(), Name: e.text("sAMAccountName"), UPN: e.text("userPrincipalName"), SID: e.sid("objectSid"),
		Control: Control(e.number32("userAccountControl")), Computed: Control(e.number32("msDS-User-Account-Control-Computed")),
		PasswordExpires: filetime(e.number("msDS-UserPasswordExpiryTimeComputed")), Expires: filetime(e.number("accountExpires")),
		LockedAt: filetime(e.number("lockoutTime")), BadPasswords: int(e.number32("badPwdCount")), LastBadPassword: filetime(e.number("badPasswordTime")),
		SPNs: e.texts("servicePrincipalName"), FineGrained: e.text("msDS-ResultantPSO"), Hidden: e.hidden(shown),
	}
	a.PasswordSet = filetime(e.number("pwdLastSet"))
	a.MustChange = e.has("pwdLastSet") && a.PasswordSet.IsZero()
	a.Etypes, a.EtypesSet = e.etypes()
	return a
}
