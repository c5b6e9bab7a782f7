package dc

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// account is an account with its keys and its lock-out.
type account struct {
	config Account
	offers []kerberos.Offer
	keys   map[kerberos.Etype]kerberos.Key

	mu     sync.Mutex // guards what follows
	bad    int        // passwords since the last good one
	lastAt time.Time  // of the last bad one
	until  time.Time  // locked until then; zero is not locked
	forced bool       // locked until Unlock
}

func newAccount(config Account, realm string) (*account, error) {
	if config.KVNO == 0 {
		config.KVNO = 1
	}
	if config.UPN == "" {
		config.UPN = config.Name + "@" + strings.ToLower(realm)
	}
	if config.Salt == "" {
		config.Salt = realm + config.Name
	}
	if config.Etypes == nil {
		config.Etypes = kerberos.DefaultEtypes()
	}
	a := &account{config: config, keys: map[kerberos.Etype]kerberos.Key{}, forced: config.State == Locked}
	for _, e := range config.Etypes {
		key, err := kerberos.PasswordKey(e, config.Password.Reveal(), config.Salt, nil)
		if err != nil {
			return nil, err
		}
		a.keys[e] = key
		a.offers = append(a.offers, kerberos.Offer{Etype: e, Salt: config.Salt, HasSalt: true})
	}
	return a, nil
}

// offersFor are the account's types that the client takes, in the client's order.
func (a *account) offersFor(etypes []kerberos.Etype) (offers []kerberos.Offer) {
	for _, e := range etypes {
		i := slices.IndexFunc(a.offers, func(o kerberos.Offer) bool { return o.Etype == e })
		if i >= 0 && !slices.ContainsFunc(offers, func(o kerberos.Offer) bool { return o.Etype == e }) {
			offers = append(offers, a.offers[i])
		}
	}
	return offers
}

// state is why the account cannot log in now.
func (a *account) state(now time.Time) State {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.forced || now.Before(a.until) {
		return Locked
	}
	if a.config.State == Locked { // it was unlocked
		return Usable
	}
	return a.config.State
}

// badPassword counts one and says how many there are, and whether the account is locked now.
func (a *account) badPassword(policy Lockout, now time.Time) (count int, locked bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if policy.Window > 0 && now.Sub(a.lastAt) > policy.Window {
		a.bad = 0
	}
	a.bad++
	a.lastAt = now
	if policy.Threshold == 0 || a.bad < policy.Threshold {
		return a.bad, false
	}
	a.forced = policy.Duration == 0
	a.until = now.Add(policy.Duration)
	return a.bad, true
}

func (a *account) goodPassword() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.bad, a.until = 0, time.Time{}
}

func (a *account) unlock() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.bad, a.until, a.forced = 0, time.Time{}, false
}

func (a *account) badCount() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.bad
}

// directory is whom the domain knows. Names have no case in Active Directory.
type directory struct {
	realm, netBIOS string
	byName, byUPN  map[string]*account
	services       map[string]*service
	referrals      map[string]string
}

// service is a name with its keys.
type service struct {
	name kerberos.Principal
	keys map[kerberos.Etype]kerberos.Key
}

func newService(name kerberos.Principal) *service {
	s := &service{name: name, keys: map[kerberos.Etype]kerberos.Key{}}
	for _, e := range kerberos.DefaultEtypes() {
		s.keys[e] = kerberos.RandomKey(e)
	}
	return s
}

func newDirectory(c Config) (*directory, error) {
	d := &directory{
		realm: c.Realm, netBIOS: c.NetBIOS, byName: map[string]*account{}, byUPN: map[string]*account{},
		services: map[string]*service{}, referrals: map[string]string{},
	}
	for _, config := range c.Accounts {
		a, err := newAccount(config, c.Realm)
		if err != nil {
			return nil, err
		}
		d.byName[strings.ToLower(a.config.Name)] = a
		d.byUPN[strings.ToLower(a.config.UPN)] = a
	}
	tgt := kerberos.TGT(c.Realm)
	d.services[strings.ToLower(tgt.NameString())] = newService(tgt)
	for _, s := range c.Services {
		p, err := kerberos.ParsePrincipal(s)
		if err != nil {
			return nil, err
		}
		p.Realm = c.Realm
		d.services[strings.ToLower(p.NameString())] = newService(p)
	}
	for name, realm := range c.Referrals {
		d.referrals[strings.ToLower(name)] = realm
	}
	return d, nil
}

// isOurs says whether a realm in a request means this domain: its DNS name in any case, or its
// NetBIOS name. The reply names the realm as the domain does (measured on Samba).
func (d *directory) isOurs(realm string) bool {
	return strings.EqualFold(realm, d.realm) || strings.EqualFold(realm, d.netBIOS)
}

// client finds who a principal of a request is.
func (d *directory) client(p kerberos.Principal) (a *account, ok bool) {
	if len(p.Name) != 1 {
		return nil, false
	}
	name := strings.ToLower(p.Name[0])
	if a, ok = d.byName[name]; ok {
		return a, true
	}
	if a, ok = d.byUPN[name]; ok {
		return a, true
	}
	// An enterprise name may also be the plain name at the domain, whatever the UPN is.
	user, suffix, found := strings.Cut(name, "@")
	if found && d.isOurs(suffix) {
		a, ok = d.byName[user]
	}
	return a, ok
}

// elsewhere is the realm to which a client is referred; empty is none.
func (d *directory) elsewhere(p kerberos.Principal) string {
	if len(p.Name) == 1 {
		if _, suffix, found := strings.Cut(p.Name[0], "@"); found && !d.isOurs(suffix) {
			return d.referrals[strings.ToLower(suffix)]
		}
	}
	return d.referrals[strings.ToLower(p.Realm)]
}

// mapped are the classes for which a host name stands.
var mapped = []string{"http", "rpcss"}

// service finds a service, and the name under which a reply speaks of it: krbtgt as the
// domain writes it, any other as the client did.
func (d *directory) service(p kerberos.Principal) (s *service, name kerberos.Principal, ok bool) {
	name = p
	name.Realm = d.realm
	if len(p.Name) == 2 && strings.EqualFold(p.Name[0], "krbtgt") && d.isOurs(p.Name[1]) {
		tgt := kerberos.TGT(d.realm)
		return d.tgs(), tgt, true
	}
	if s, ok = d.services[strings.ToLower(p.NameString())]; ok {
		return s, name, true
	}
	if len(p.Name) == 2 && slices.Contains(mapped, strings.ToLower(p.Name[0])) {
		host := kerberos.Principal{Name: []string{"host", p.Name[1]}}
		s, ok = d.services[strings.ToLower(host.NameString())]
	}
	return s, name, ok
}

func (d *directory) tgs() *service {
	return d.services[strings.ToLower(kerberos.TGT(d.realm).NameString())]
}
