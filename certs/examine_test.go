package certs

import (
	"context"
	"crypto/x509"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/uidprobe/uidprobe/check"
)

// minted is a PKI for the usual host.
func minted(t *testing.T, c MintConfig) *PKI {
	t.Helper()
	if c.Hosts == nil {
		c.Hosts = []string{host, "127.0.0.1"}
	}
	p, err := Mint(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// published is a PKI whose lists and responder answer.
func published(t *testing.T, flaw Flaw) *PKI {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	p := minted(t, MintConfig{Flaw: flaw, Base: "http://" + server.Listener.Addr().String()})
	server.Config.Handler = p.Handler()
	server.Start()
	t.Cleanup(server.Close)
	return p
}

// reds are the rules that did not pass and that no other explains.
func reds(results []check.Result) (ids []string) {
	for _, r := range results {
		if r.CausedBy == nil && (r.Status == check.Warn || r.Status == check.Fail || r.Status == check.Error) {
			ids = append(ids, r.Check)
		}
	}
	return ids
}

func find(t *testing.T, results []check.Result, id string) check.Result {
	t.Helper()
	i := slices.IndexFunc(results, func(r check.Result) bool { return r.Check == id })
	if i < 0 {
		t.Fatalf("there is no result %s", id)
	}
	return results[i]
}

func examine(p *PKI, answers []Answer) Examination {
	return Examine(Presentation{Raw: p.Server.Certificate, Staple: p.Server.OCSPStaple}, Question{
		Target: "dc1.corp.example:5986", Profile: []*x509.Certificate{p.Root}, Name: host, WinRM: true, Answers: answers,
	})
}

// The table of the flaws: each leaves exactly one red, which is its check, in its status.
func TestFlawIsFoundByItsCheck(t *testing.T) {
	t.Parallel()
	for _, f := range append(Flaws(), FlawInfo{}) {
		t.Run("flaw "+string(f.Flaw), func(t *testing.T) {
			t.Parallel()
			p := published(t, f.Flaw)
			x := examine(p, Ask(context.Background(), chain(t, p.Server), []*x509.Certificate{p.Root}))
			var want []string
			if f.Flaw != NoFlaw {
				want = []string{f.Check}
			}
			if got := reds(x.Results); !slices.Equal(got, want) {
				t.Errorf("red are %q, want %q", got, want)
				for _, r := range x.Results {
					t.Logf("%v %s: %s", r.Status, r.Check, r.Summary)
				}
				return
			}
			if len(x.Results) != len(Rules()) {
				t.Errorf("%d results, want one for each of %d rules", len(x.Results), len(Rules()))
			}
			if f.Flaw == NoFlaw {
				return
			}
			r := find(t, x.Results, f.Check)
			if r.Status != f.Status {
				t.Errorf("status %v, want %v: %s", r.Status, f.Status, r.Summary)
			}
			if r.Hint == "" || r.Title.EN == "" || r.Source == "" || !f.Title.Complete() {
				t.Errorf("a result without hint, title or source: %+v", r)
			}
			t.Logf("%s: %s (%s)", f.Flaw, r.Summary, r.Hint)
		})
	}
}
