package plan_test

import (
	"crypto/tls"
	"net/netip"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/plan"
	"github.com/uidprobe/uidprobe/profile"
	"github.com/uidprobe/uidprobe/sender"
)

// load reads a good site file. Of the profiles only name and attachment are kept, the rest is
// package profile's.
func load(t *testing.T, name string) *plan.Site {
	t.Helper()
	site, err := plan.Load(sites + name)
	if err != nil {
		t.Fatal(err)
	}
	for _, fw := range site.Firewalls {
		for _, s := range fw.Senders {
			for i, a := range s.Profiles {
				if a.Profile.Regex == nil {
					t.Errorf("profile %q of %s came without its patterns", a.Profile.Name, s.Name)
				}
				s.Profiles[i].Profile = profile.Profile{Name: a.Profile.Name}
			}
		}
	}
	return site
}

func compare(t *testing.T, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{}, netip.AddrPort{}), cmpopts.IgnoreFields(plan.Monitoring{}, "Typed")); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

func attached(name string, event panos.EventType) profile.Attachment {
	return profile.Attachment{Profile: profile.Profile{Name: name}, Event: event}
}

func TestSmallestSiteHasTheDefaults(t *testing.T) {
	t.Parallel()
	compare(t, &plan.Site{
		File: sites + "good-smallest.yaml",
		Firewalls: []plan.Firewall{{
			Name:    "fw1",
			Dialect: panos.DefaultDialect(),
			API: plan.API{
				URL: "https://192.0.2.1:443/api/", Key: credential.Reference{Env: "UIDPROBE_FW1_KEY"},
				VSys: "vsys1", TLS: plan.TLS{MinVersion: tls.VersionTLS12},
			},
			Senders: []plan.Sender{{
				Name:     "lab-udp",
				To:       sender.Destination{Scheme: sender.UDP, Host: "192.0.2.1", Port: 514},
				Profiles: []profile.Attachment{attached("site-login", panos.Login)},
				Pool:     addresses(t, "198.51.100.1", "198.51.100.2", "198.51.100.3", "198.51.100.4"),
			}},
		}},
		Test: plan.Test{
			Users: "uidprobe-", Addresses: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")},
			Messages: 4, Rate: sender.Rate{N: 50, Per: time.Second},
			Wait: 10 * time.Second, Poll: 200 * time.Millisecond, Idle: time.Second,
		},
		Clocks: check.Clocks{Attempt: 5 * time.Second, Check: time.Minute, Run: 10 * time.Minute},
	}, load(t, "good-smallest.yaml"))
}

func TestEverythingCanBeSaid(t *testing.T) {
	t.Parallel()
	dialect, err := panos.DialectFor("9.1")
	if err != nil {
		t.Fatal(err)
	}
	dialect.OverLong, dialect.Group = panos.OverLongDrop, panos.GroupLast
	file := func(name string) string { return filepath.Join("..", "testdata", "site", name) }
	compare(t, &plan.Site{
		File: sites + "good-everything.yaml",
		Firewalls: []plan.Firewall{
			{
				Name: "fw1", Version: "9.1", Dialect: dialect, AllowLoad: true,
				API: plan.API{
					URL: "https://fw1.corp.example:8443/api/", Key: credential.Reference{File: file("api.key")}, VSys: "vsys2",
					TLS: plan.TLS{CA: file("ca.pem"), ServerName: "fw1.corp.example", MinVersion: tls.VersionTLS12, InsecureSkipVerify: true},
				},
				Senders: []plan.Sender{
					{
						Name: "lab udp", To: sender.Destination{Scheme: sender.UDP, Host: "192.0.2.1", Port: 1514},
						From: netip.MustParseAddr("192.0.2.10"), DefaultDomain: "corp", SharedAddress: true,
						Profiles: []profile.Attachment{attached("site-logout", panos.Logout), attached("site-login", panos.Login)},
						// The first and the last address of 203.0.113.8/30 are nobody's.
						Pool: addresses(t, "203.0.113.9", "203.0.113.10", "2001:db8:1::1"),
					},
					{
						Name: "lab-ssl", To: sender.Destination{Scheme: sender.TLS, Host: "fw1.corp.example", Port: 6514},
						From: netip.MustParseAddr("2001:db8::10"),
						TLS: plan.TLS{
							CA: file("ca.pem"), ServerName: "fw1.corp.example", Certificate: file("client.pem"), Key: file("client.key"),
							MinVersion: tls.VersionTLS13, InsecureSkipVerify: true,
						},
						Profiles: []profile.Attachment{attached("site-login", panos.Login), attached("site-logout", panos.Login)},
						Pool: addresses(t, "2001:db8:1::2", "2001:db8:1::3",
							"203.0.113.33", "203.0.113.34", "203.0.113.35", "203.0.113.36"),
					},
				},
			},
			{
				Name: "fw2", Dialect: panos.DefaultDialect(), AllowLoad: true,
				API: plan.API{
					URL: "https://[2001:db8::1]:443/api/", Key: credential.Reference{Env: "UIDPROBE_FW2_KEY"},
					VSys: "vsys1", TLS: plan.TLS{MinVersion: tls.VersionTLS12},
				},
				Senders: []plan.Sender{{
					Name: "lab-udp", To: sender.Destination{Scheme: sender.UDP, Host: "2001:db8::1", Port: 514},
					Profiles: []profile.Attachment{attached("site-login", panos.Login)},
					Pool:     addresses(t, "203.0.113.37", "203.0.113.38", "203.0.113.39"),
				}},
			},
		},
		Test: plan.Test{
			Users: "Test.User_",
			Addresses: []netip.Prefix{
				netip.MustParsePrefix("203.0.113.8/30"), netip.MustParsePrefix("2001:db8:1::/126"), netip.MustParsePrefix("203.0.113.32/28"),
			},
			Messages: 3, Rate: sender.Rate{N: 200, Per: time.Second},
			Wait: 20 * time.Second, Poll: time.Second, Idle: 3 * time.Second,
		},
		Clocks: check.Clocks{Attempt: 2 * time.Second, Check: 30 * time.Second, Run: 5 * time.Minute},
	}, load(t, "good-everything.yaml"))
}

func TestMonitoringCanBeSaid(t *testing.T) {
	t.Parallel()
	file := func(name string) string { return filepath.Join("..", "testdata", "site", name) }
	ldap := plan.LDAP{Port: 389}
	compare(t, []plan.Firewall{
		{Name: "fw1", Dialect: panos.DefaultDialect(), Monitoring: &plan.Monitoring{
			Account: `CORP\svc-userid`, Realm: "corp.example",
			Domains:  credential.Domains{"CORP": "corp.example", "users.example": "corp.example"},
			Password: credential.Reference{Env: "UIDPROBE_SVC_PASSWORD"},
			KDCs:     []plan.Endpoint{{"dc1.corp.example", 88}, {"192.0.2.10", 1088}, {"2001:db8::10", 88}, {"2001:db8::11", 88}},
			Resolvers: []netip.AddrPort{
				netip.MustParseAddrPort("192.0.2.53:53"), netip.MustParseAddrPort("127.0.0.1:5353"), netip.MustParseAddrPort("[2001:db8::53]:53"),
			},
			LDAP: ldap,
			Servers: []plan.Server{
				{Name: "dc1", Host: "dc1.corp.example", Transport: "winrm-http", Port: 15985, Authentication: "kerberos"},
				{Name: "dc2", Host: "dc2.corp.example", Transport: "winrm-https", CertificateProfile: file("ca.pem"), Authentication: "basic"},
				{Name: "exchange", Host: "exchange.corp.example", Transport: "wmi", Authentication: "kerberos"},
			},
			WinRM: true,
		}},
		{Name: "fw2", Dialect: panos.DefaultDialect(), Monitoring: &plan.Monitoring{
			Account: "svc-userid@corp.example", Realm: "CORP.EXAMPLE", RealmAsTyped: true, Domains: credential.Domains{},
			Keytab: file("api.key"), LDAP: plan.LDAP{Port: 3269, TLS: true, CA: "../testdata/site/ca.pem"},
			KDCs:    []plan.Endpoint{{"192.0.2.10", 88}},
			Servers: []plan.Server{{Name: "dc1", Host: "192.0.2.10", Transport: "winrm-http", Authentication: "kerberos"}},
		}},
		{Name: "fw3", Dialect: panos.DefaultDialect(),
			API: plan.API{
				URL: "https://192.0.2.1:443/api/", Key: credential.Reference{Env: "UIDPROBE_FW3_KEY"},
				VSys: "vsys1", TLS: plan.TLS{MinVersion: tls.VersionTLS12},
			},
			Monitoring: &plan.Monitoring{
				Account: "svc-userid", Realm: "CORP", Domains: credential.Domains{},
				Cache: file("client.key"), LDAP: plan.LDAP{Off: true, Port: 389},
				KDCs:    []plan.Endpoint{{"dc1", 88}},
				Servers: []plan.Server{{Name: "dc1", Host: "dc1", Transport: "wmi", Authentication: "kerberos"}},
				WinRM:   true,
			}},
		{Name: "fw4", Dialect: panos.DefaultDialect(), Monitoring: &plan.Monitoring{
			Account: `CORP\svc-userid`, Realm: "corp.example", Domains: credential.Domains{"CORP": "corp.example"},
			Password: credential.Reference{Env: "UIDPROBE_SVC_PASSWORD"}, LDAP: ldap, WinRM: true,
			Servers: []plan.Server{{Name: "dc1", Host: "192.0.2.10", Transport: "winrm-https", CertificateProfile: file("ca.pem"), Authentication: "basic"}},
		}},
	}, load(t, "good-monitoring.yaml").Firewalls)
}

func TestLoopbackTakesAnyLoad(t *testing.T) {
	t.Parallel()
	site := load(t, "good-loopback.yaml")
	fw := site.Firewalls[0]
	if !fw.Loopback() || fw.AllowLoad {
		t.Errorf("Loopback, AllowLoad = %v, %v; want true, false", fw.Loopback(), fw.AllowLoad)
	}
	if site.Test.Rate != (sender.Rate{N: 100_000, Per: time.Second}) || site.Messages(fw) != 40_000 {
		t.Errorf("rate %+v, %d messages; want 100,000 a second and 40,000", site.Test.Rate, site.Messages(fw))
	}
	seen := map[netip.Addr]bool{}
	for _, s := range fw.Senders {
		for _, a := range s.Pool {
			seen[a] = true
		}
	}
	if len(seen) != 40_000 {
		t.Errorf("%d different addresses, want 40,000", len(seen))
	}
	if last := fw.Senders[1].Pool[19_999]; last != netip.MustParseAddr("10.0.156.64") {
		t.Errorf("the last address is %s, want 10.0.156.64, the 40,000th after 10.0.0.0", last)
	}
}

func TestAliasesAreRead(t *testing.T) {
	t.Parallel()
	site := load(t, "good-alias.yaml")
	want := []profile.Attachment{attached("site-login", panos.Login), attached("site-logout", panos.Logout)}
	for _, s := range site.Firewalls[0].Senders {
		compare(t, want, s.Profiles)
	}
	if n := site.Messages(site.Firewalls[0]); n != 16 {
		t.Errorf("%d messages, want 16: two senders, four log-ins and four log-outs each", n)
	}
}

func TestTransport(t *testing.T) {
	t.Parallel()
	site := load(t, "good-everything.yaml")
	var got []panos.ConnectionType
	for _, s := range site.Firewalls[0].Senders {
		got = append(got, s.Transport())
	}
	if !slices.Equal(got, []panos.ConnectionType{panos.UDP, panos.SSL}) {
		t.Errorf("transports %v, want udp, ssl", got)
	}
}
