package dc

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// BadPasswords is how many wrong passwords an account has had since its last good one, as
// badPwdCount says it. The error names an account that does not exist.
func (dc *DC) BadPasswords(name string) (int, error) {
	a, ok := dc.directory.byName[strings.ToLower(name)]
	if !ok {
		return 0, fmt.Errorf("no account %q", name)
	}
	return a.badCount(), nil
}

// Unlock unlocks an account, and forgets its wrong passwords.
func (dc *DC) Unlock(name string) error {
	a, ok := dc.directory.byName[strings.ToLower(name)]
	if !ok {
		return fmt.Errorf("no account %q", name)
	}
	a.unlock()
	return nil
}

// AccountKeytab holds the keys of an account.
func (dc *DC) AccountKeytab(name string) (kerberos.Keytab, error) {
	a, ok := dc.directory.byName[strings.ToLower(name)]
	if !ok {
		return kerberos.Keytab{}, fmt.Errorf("no account %q", name)
	}
	p := kerberos.Principal{Type: kerberos.NamePrincipal, Name: []string{a.config.Name}, Realm: dc.config.Realm}
	return dc.keytab(p, a.keys, a.config.KVNO), nil
}

// ServiceKeytab holds the keys of the configured services, sorted by name: what a simulated service
// on the domain controller needs. The ticket-granting service is not among them.
func (dc *DC) ServiceKeytab() kerberos.Keytab {
	var kt kerberos.Keytab
	for _, name := range slices.Sorted(maps.Keys(dc.directory.services)) {
		s := dc.directory.services[name]
		if s == dc.directory.tgs() {
			continue
		}
		kt.Entries = append(kt.Entries, dc.keytab(s.name, s.keys, 1).Entries...)
	}
	return kt
}

func (dc *DC) keytab(p kerberos.Principal, keys map[kerberos.Etype]kerberos.Key, kvno int) (kt kerberos.Keytab) {
	for _, e := range kerberos.DefaultEtypes() {
		if key, ok := keys[e]; ok {
			kt.Entries = append(kt.Entries, kerberos.KeytabEntry{
				Principal: p, KVNO: uint32(kvno), Key: key, Time: dc.config.Now(),
			})
		}
	}
	return kt
}

// ClientConfig is a krb5.conf of MIT krb5 that knows this KDC alone. It offers AES and does not
// canonicalise, as a firewall (PAN-OS 9.0 names its two encryption types), and leaves the
// KDC's clock alone so that skew shows.
func (dc *DC) ClientConfig() string {
	return fmt.Sprintf(`[libdefaults]
 default_realm = %[1]s
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
 canonicalize = false
 kdc_timesync = 0
 permitted_enctypes = aes256-cts-hmac-sha1-96 aes128-cts-hmac-sha1-96
[realms]
 %[1]s = {
  kdc = %[2]s
 }
[domain_realm]
 .%[3]s = %[1]s
 %[3]s = %[1]s
`, dc.config.Realm, dc.addr, strings.ToLower(dc.config.Realm))
}
