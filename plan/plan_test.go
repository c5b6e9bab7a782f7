package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/plan"
	"github.com/uidprobe/uidprobe/probe"
)

// refs are the checks of a plan, "check@target".
func refs(t *testing.T, site *plan.Site, o plan.Options) (all []string, checks []check.Check) {
	t.Helper()
	p, err := plan.New(site, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, c := range p.Checks {
		all = append(all, c.Ref().String())
	}
	return all, p.Checks
}

func TestMonitoringAlone(t *testing.T) {
	t.Parallel()
	site := load(t, "good-monitoring.yaml")
	if !site.Spends() {
		t.Error("a site with a password and a keytab spends none")
	}
	all, checks := refs(t, site, plan.Options{Gate: credential.NewGate(credential.GateConfig{Dir: t.TempDir()})})
	for _, want := range []string{
		"kerberos.names@fw1/svc-userid@CORP.EXAMPLE", "kerberos.dns@fw1/dc1.corp.example:88", "kerberos.dns@fw1/192.0.2.10:1088",
		"kerberos.dns@fw1/[2001:db8::11]:88", "kerberos.ticket@fw1/svc-userid@CORP.EXAMPLE", "kerberos.service@fw1/dc2.corp.example",
		"kerberos.ticket@fw2/svc-userid@CORP.EXAMPLE", "firewall.api@fw3",
	} {
		if !slices.Contains(all, want) {
			t.Errorf("the plan does not ask %s; it asks\n%s", want, strings.Join(all, "\n"))
		}
	}
	for _, unwanted := range []string{"firewall.api@fw1", "listener.service@fw1"} {
		if slices.Contains(all, unwanted) {
			t.Errorf("the plan asks %s, and nothing says how", unwanted)
		}
	}
	for _, c := range checks {
		off := c.Skip != nil && c.Skip.Reason == check.Chosen
		if want := strings.HasPrefix(c.Target, "fw3/"); strings.HasPrefix(c.ID, "directory.") && off != want {
			t.Errorf("%v is left out by choice: %v, want %v", c.Ref(), off, want)
		}
	}
}

func TestWithoutAPassword(t *testing.T) {
	t.Parallel()
	site := load(t, "good-monitoring.yaml")
	site.Firewalls = site.Firewalls[:1]
	site.Firewalls[0].Monitoring.Password = credential.Reference{}
	if site.Spends() {
		t.Error("without a password one is spent")
	}
	_, checks := refs(t, site, plan.Options{})
	i := slices.IndexFunc(checks, func(c check.Check) bool { return c.ID == "kerberos.ticket" })
	if i < 0 || checks[i].Skip == nil || checks[i].Skip.Reason != check.Chosen {
		t.Errorf("the ticket is asked for without a password: %+v", checks)
	}
	site.Firewalls[0].Monitoring.Typed = credential.New("typed")
	_, checks = refs(t, site, plan.Options{})
	if !site.Spends() || checks[i].Skip != nil {
		t.Errorf("a password that was typed is not spent: %v, %+v", site.Spends(), checks[i].Skip)
	}
}

func TestWhoReadsTheFirewall(t *testing.T) {
	t.Parallel()
	site := load(t, "good-smallest.yaml")
	site.Firewalls[0].API = plan.API{}
	if _, err := plan.New(site, plan.Options{}); err == nil || !strings.Contains(err.Error(), "has no api section") {
		t.Errorf("New with senders that nobody watches: %v", err)
	}
	two := load(t, "good-monitoring.yaml")
	if _, err := plan.New(two, plan.Options{Paste: &probe.Paste{}}); err == nil || !strings.Contains(err.Error(), "pasted counters are of one") {
		t.Errorf("New with pasted counters of several firewalls: %v", err)
	}
}
