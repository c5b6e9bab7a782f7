package plan

import (
	"context"
	"testing"

	"github.com/uidprobe/uidprobe/check"
)

// fanOut is a plan in which account waits for the ports that dns finds.
func fanOut() *Plan {
	pass := func(then ...check.Check) func(context.Context) check.Result {
		return func(context.Context) check.Result { return check.Result{Status: check.Pass, Then: then} }
	}
	port := check.Check{ID: "kerberos.port", Target: "dc1 (192.0.2.10)", Run: pass()}
	return &Plan{Checks: []check.Check{
		{ID: "kerberos.names", Target: "a", Run: pass()},
		{ID: "kerberos.dns", Target: "dc1", Run: pass(port)},
		{ID: "kerberos.account", Target: "a", After: []check.Ref{{Check: "kerberos.names"}, {Check: "kerberos.dns", Target: "dc1"}, {Check: "kerberos.port", Target: check.AnyTarget}}, Run: pass()},
		{ID: "kerberos.ticket", Target: "a", Needs: []check.Ref{{Check: "kerberos.account"}}, Run: pass()},
		{ID: "listener.sender", Target: "s", After: []check.Ref{{Check: "kerberos.names", Target: "a"}}, Run: pass()},
	}}
}

func TestOnlyKeepsWhatFollowUpsComeFrom(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		pattern string
		asked   []string
	}{
		{"kerberos.ticket", []string{"kerberos.names", "kerberos.dns", "kerberos.port", "kerberos.account", "kerberos.ticket"}},
		{"kerberos.port", []string{"kerberos.names", "kerberos.dns", "kerberos.port"}},
		{"kerberos.dns", []string{"kerberos.dns"}},
		{"kerberos.*", []string{"kerberos.names", "kerberos.dns", "kerberos.port", "kerberos.account", "kerberos.ticket"}},
		{"listener.*", []string{"listener.sender"}},
	} {
		t.Run(row.pattern, func(t *testing.T) {
			t.Parallel()
			p := fanOut()
			if err := p.Only([]string{row.pattern}); err != nil {
				t.Fatal(err)
			}
			want := map[string]bool{}
			for _, id := range row.asked {
				want[id] = true
			}
			for r := range check.Run(t.Context(), p.Checks, check.Config{}) {
				if asked := r.Status == check.Pass; asked != want[r.Check] {
					t.Errorf("%s: asked %v, want %v (%v %s)", r.Check, asked, want[r.Check], r.Skipped, r.Summary)
				}
				if r.Status == check.Skip && r.Skipped != check.Chosen {
					t.Errorf("%s: skipped as %v", r.Check, r.Skipped)
				}
			}
		})
	}
	if err := fanOut().Only([]string{"kerberos.nothing"}); err == nil {
		t.Error("a pattern that matches nothing is taken")
	}
	if err := fanOut().Only([]string{"["}); err == nil {
		t.Error("a pattern that is none is taken")
	}
}
