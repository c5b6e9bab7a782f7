package plan_test

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/plan"
)

// FuzzParse: no panic; mistakes are bounded and one line each; a site that is accepted
// keeps the promises that sending relies on.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob(filepath.FromSlash(sites + "*.yaml"))
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	f.Add(string(plan.Example()))
	f.Fuzz(func(t *testing.T, text string) {
		site, err := plan.Parse(sites+"site.yaml", []byte(text))
		if (site == nil) == (err == nil) {
			t.Fatalf("Parse = %v, %v: want one of both", site, err)
		}
		if err != nil {
			if strings.ContainsAny(err.Error(), "\r\x00\x1b") {
				t.Errorf("the error would disturb a terminal: %q", err)
			}
			return
		}
		promises(t, site)
	})
}

func promises(t *testing.T, site *plan.Site) {
	t.Helper()
	seen := map[netip.Addr]bool{}
	for _, fw := range site.Firewalls {
		if !fw.Loopback() && !fw.AllowLoad && (site.Test.Rate.PerSecond() > plan.LightRate || site.Messages(fw) > plan.LightMessages) {
			t.Errorf("%s gets %d messages at %v without leave", fw.Name, site.Messages(fw), site.Test.Rate)
		}
		monitored(t, fw.Monitoring)
		for _, s := range fw.Senders {
			if len(s.Pool) != s.Logins()*site.Test.Messages {
				t.Errorf("%s: %d addresses for %d messages", s.Name, len(s.Pool), s.Logins()*site.Test.Messages)
			}
			for _, a := range s.Pool {
				if seen[a] || !reserved(site, a) || a.IsLoopback() || a.IsMulticast() || a.IsUnspecified() {
					t.Errorf("%s: address %s is taken twice, not reserved, or nobody's", s.Name, a)
				}
				seen[a] = true
			}
		}
	}
}

// monitored holds what the checks rely on: an account that can be read, somebody to ask, and no more than one thing to log in with.
func monitored(t *testing.T, m *plan.Monitoring) {
	t.Helper()
	if m == nil {
		return
	}
	if err := plan.ParseAccount(m.Account); err != nil || m.Realm == "" {
		t.Errorf("account %q of realm %q: %v", m.Account, m.Realm, err)
	}
	if given := []bool{m.Password.Given(), m.Keytab != "", m.Cache != ""}; strings.Count(fmt.Sprint(given), "true") > 1 {
		t.Errorf("more than one thing to log in with: %+v", m)
	}
	basic := 0
	for _, s := range m.Servers {
		if s.Authentication == plan.Basic {
			basic++
		}
		if s.Authentication != plan.Kerberos && (s.Authentication != plan.Basic || s.Transport != plan.TransportHTTPS) || s.CertificateProfile != "" && s.Transport != plan.TransportHTTPS {
			t.Errorf("a server that no firewall can have: %+v", s)
		}
	}
	if len(m.KDCs) == 0 && basic < len(m.Servers) || len(m.Servers) == 0 || m.LDAP.Port == 0 {
		t.Errorf("nobody to ask: %+v", m)
	}
	for _, k := range m.KDCs {
		if k.Host == "" || k.Port == 0 {
			t.Errorf("a KDC without host or port: %+v", m.KDCs)
		}
	}
	for _, r := range m.Resolvers {
		if !r.IsValid() || r.Port() == 0 || r.Addr().IsUnspecified() {
			t.Errorf("no address of a DNS server: %v", r)
		}
	}
}

func reserved(site *plan.Site, a netip.Addr) bool {
	for _, p := range site.Test.Addresses {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
