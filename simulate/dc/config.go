package dc

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// Config says where a domain controller listens and whom it knows. The zero value is a domain
// CORP.EXAMPLE without accounts on a free port of 127.0.0.1.
type Config struct {
	// Address is where the KDC listens, over UDP and over TCP on the same port. Port 0 picks one
	// that is free for both; no host means 127.0.0.1; empty means "127.0.0.1:0".
	Address string
	Realm   string // upper case; empty means DefaultRealm
	NetBIOS string // the domain's short name; empty means the first label of the realm

	Accounts []Account
	// Services are names such as "HTTP/dc1.corp.example", each with a fresh key. A name of class
	// host stands for HTTP and RPCSS as well, as sPNMappings of a new domain says (measured on
	// Samba 4.17); not for WSMAN.
	Services []string
	// Referrals are UPN suffixes and realms that live elsewhere, in any case, with their realm:
	// who asks for one is told WRONG_REALM and that realm.
	Referrals map[string]string

	// WinRM, if set, makes the server answer WS-Management as well. The names that it needs are added to Services.
	WinRM *WinRM

	Behaviour Behaviour // zero means Windows
	Lockout   Lockout
	// MaxUDP is the longest ticket reply in a datagram, in bytes; a longer one is RESPONSE_TOO_BIG. 0
	// means DefaultMaxUDP.
	MaxUDP  int
	History int // events that the record keeps; 0 means simulate.DefaultHistory

	Log *slog.Logger     // nil discards
	Now func() time.Time // the domain's clock; nil means time.Now
}

// The defaults and bounds.
const (
	DefaultRealm = "CORP.EXAMPLE"
	// DefaultMaxUDP: Samba 4.17 turns to TCP at about 1.4 kB (measured).
	DefaultMaxUDP = 1400
	// DefaultLifetime is the life of a ticket: the default policy of Active Directory.
	DefaultLifetime = 10 * time.Hour

	renewLifetime = 7 * 24 * time.Hour
	maxConns      = 500              // TCP connections at once; more are closed
	maxDatagrams  = 64               // datagrams in work at once; more wait
	idle          = 30 * time.Second // for a request on a TCP connection
)

// Behaviour is whose rules the KDC follows where implementations differ.
type Behaviour string

// The behaviours.
const (
	// Windows tells an account's state before it looks at the password, and packs the NTSTATUS
	// as a bare KERB-ERROR-DATA. It is drawn from Microsoft's documents of events 4768 and 4771
	// and of MS-KILE, and was not compared with a Windows KDC.
	Windows Behaviour = "windows"
	// Samba looks at the password first, and packs the NTSTATUS into METHOD-DATA. Measured on
	// Samba 4.17.
	Samba Behaviour = "samba"
)

// Account is a user of the domain.
type Account struct {
	Name     string // sAMAccountName; letters may come in any case in a request
	UPN      string // "svc-userid@corp.example"; empty means the name at the realm in lower case
	Password credential.Secret
	Salt     string           // empty means the realm and the name, run together
	Etypes   []kerberos.Etype // for which the account has keys; nil means AES256 and AES128
	KVNO     int              // version of the keys; 0 means 1
	State    State
	// NoPreauth is "Do not require Kerberos preauthentication".
	NoPreauth bool
}

// State is why an account cannot log in.
type State string

// The states of an account.
const (
	Usable            State = ""
	Disabled          State = "disabled"
	Expired           State = "expired"
	Locked            State = "locked"
	PasswordExpired   State = "password-expired"
	MustChange        State = "must-change"
	OutsideHours      State = "outside-hours"
	OtherWorkstation  State = "other-workstation"
	SmartcardRequired State = "smartcard-required"
)

// Lockout is the domain's lock-out policy. The zero value never locks.
type Lockout struct {
	Threshold int           // bad passwords that lock an account
	Duration  time.Duration // 0 means until Unlock
	Window    time.Duration // after which a bad password is forgotten; 0 means never
}

func (c Config) withDefaults() (Config, error) {
	if c.Address == "" {
		c.Address = "127.0.0.1:0"
	}
	if strings.HasPrefix(c.Address, ":") {
		c.Address = "127.0.0.1" + c.Address
	}
	if c.Realm == "" {
		c.Realm = DefaultRealm
	}
	if c.NetBIOS == "" {
		c.NetBIOS, _, _ = strings.Cut(c.Realm, ".")
	}
	if c.Behaviour == "" {
		c.Behaviour = Windows
	}
	if c.MaxUDP == 0 {
		c.MaxUDP = DefaultMaxUDP
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.WinRM != nil {
		w := c.WinRM.withDefaults(c)
		c.WinRM = &w
		c.Services = append(slices.Clone(c.Services), w.services(c.Services)...)
	}
	return c, c.check()
}

// check reports every mistake.
func (c Config) check() error {
	var errs []error
	add := func(format string, a ...any) { errs = append(errs, fmt.Errorf(format, a...)) }
	if err := kerberos.CheckRealm(c.Realm); err != nil {
		add("%w", err)
	} else if c.Realm != strings.ToUpper(c.Realm) {
		add("realm %q: a domain's realm is in upper case", c.Realm)
	}
	if _, ok := states[c.Behaviour]; !ok {
		add("behaviour %q: there are %q and %q", c.Behaviour, Windows, Samba)
	}
	if c.MaxUDP < 0 || c.Lockout.Threshold < 0 || c.Lockout.Duration < 0 || c.Lockout.Window < 0 {
		add("a bound below zero")
	}
	errs = append(errs, c.checkAccounts()...)
	if c.WinRM != nil {
		errs = append(errs, c.WinRM.check()...)
	}
	for _, s := range c.Services {
		if p, err := kerberos.ParsePrincipal(s); err != nil || len(p.Name) < 2 || p.Realm != "" {
			add("service %q: want class/host, without a realm", s)
		}
	}
	return errors.Join(errs...)
}

func (c Config) checkAccounts() (errs []error) {
	seen := map[string]bool{}
	for _, a := range c.Accounts {
		add := func(format string, v ...any) {
			errs = append(errs, fmt.Errorf("account %q: "+format, append([]any{a.Name}, v...)...))
		}
		key := strings.ToLower(a.Name)
		switch {
		case a.Name == "" || strings.ContainsAny(a.Name, `/@\`):
			add(`a name is not empty and without / @ \`)
		case seen[key]:
			add("it is there twice")
		}
		seen[key] = true
		if a.Password.Empty() {
			add("it has no password")
		}
		if _, ok := states[Windows][a.State]; !ok && a.State != Usable {
			add("unknown state %q", a.State)
		}
		if a.KVNO < 0 || a.KVNO > 255 {
			add("key version %d; want 0 to 255", a.KVNO)
		}
		for _, e := range a.Etypes {
			if !e.Supported() {
				add("%v keys are not simulated", e)
			}
		}
	}
	return errs
}
