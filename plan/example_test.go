package plan_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/plan"
)

func TestExampleIsTheSmallestSiteWithItsDefaults(t *testing.T) {
	t.Parallel()
	site, err := plan.Parse("site.yaml", plan.Example())
	if err != nil {
		t.Fatal(err)
	}
	smallest := load(t, "good-smallest.yaml")
	compare(t, smallest.Test, site.Test)
	compare(t, smallest.Clocks, site.Clocks)
	compare(t, smallest.Firewalls[0].API, site.Firewalls[0].API)
	compare(t, smallest.Firewalls[0].Dialect, site.Firewalls[0].Dialect)
}

var option = regexp.MustCompile(`(?m)^( *)#([a-z]|- )`)

// every is all keys that a site file can have.
var every = strings.Fields(`version firewalls name panos dialect api url key env file ca server_name insecure_skip_verify vsys
	senders to from default_domain shared_address tls certificate min_version profiles event profile_files
	monitoring account domain_dns_name realm_as_typed netbios upn_suffixes password kerberos_server_profile dns ldap off port winrm transport certificate_profile authentication servers
	test users addresses messages rate wait poll idle allow_load clocks attempt check run`)

// TestExampleOptionsAreRight takes the # away from every option: the result is a right site file
// with every key.
func TestExampleOptionsAreRight(t *testing.T) {
	t.Parallel()
	text := option.ReplaceAllString(string(plan.Example()), "$1$2")
	for _, key := range every {
		if !regexp.MustCompile(`(?m)^[^#]*\b` + key + `:`).MatchString(text) {
			t.Errorf("the example has no key %q", key)
		}
	}
	dir := t.TempDir()
	for _, name := range []string{"firewall-ca.pem", "client.pem", "client.key", "profiles.yaml"} {
		content := []byte("only looked at\n")
		if name == "profiles.yaml" {
			var err error
			if content, err = os.ReadFile(filepath.FromSlash(sites + name)); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	site, err := plan.Parse(filepath.Join(dir, "site.yaml"), []byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	// A default that is shown behind a # is the default.
	want, err := plan.Parse("site.yaml", plan.Example())
	if err != nil {
		t.Fatal(err)
	}
	compare(t, want.Test, site.Test)
	compare(t, want.Clocks, site.Clocks)
	got, shown := site.Firewalls[0], want.Firewalls[0]
	compare(t, shown.Dialect, got.Dialect)
	if m := got.Monitoring; m == nil || m.LDAP != (plan.LDAP{Port: plan.DefaultLDAPPort}) || m.RealmAsTyped || m.KDCs[1].Port != plan.DefaultKDCPort {
		t.Errorf("an option of monitoring is not its default: %+v", m)
	}
	if got.API.VSys != shown.API.VSys || got.API.TLS.InsecureSkipVerify || got.Senders[0].SharedAddress {
		t.Errorf("an option of the example is not its default: %+v", got)
	}
}

func TestExampleHasTheLinesOfItsTemplate(t *testing.T) {
	t.Parallel()
	golden(t, "testdata/example.yaml", string(plan.Example()))
}
