package profile

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/uidprobe/uidprobe/panos"
)

// A sender with many profiles reads what each of them reads alone: the sieve leaves out none
// that matches.
func TestSieveLeavesOutNoneThatMatches(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	word := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = "abc"[r.IntN(3)]
		}
		return string(b)
	}
	sifted, matched := 0, 0
	for range 800 {
		c := Config{Dialect: panos.DefaultDialect()}
		c.Dialect.SeveralProfiles = panos.SeveralAll
		for i := range 3 + r.IntN(MaxAttachments-2) {
			p := Profile{Name: fmt.Sprintf("p%d", i)}
			if r.IntN(2) == 0 {
				p.Field = &FieldIdentifier{EventString: word(1 + r.IntN(5)), UsernamePrefix: "u=", UsernameDelimiter: ",", AddressPrefix: "i=", AddressDelimiter: ","}
			} else {
				one, two := word(1+r.IntN(5)), word(1+r.IntN(5))
				event := []string{one, one + "|" + two, one + "[a-c]+" + two, "^" + one, ".*" + one, "(?i)" + one}[r.IntN(6)]
				p.Regex = &RegexIdentifier{EventRegex: event, UsernameRegex: "u=([^,]+)", AddressRegex: "i=([0-9.]+)"}
			}
			c.Attachments = append(c.Attachments, Attachment{Profile: p, Event: panos.Login})
		}
		m, err := Compile(c)
		if err != nil {
			continue
		}
		if m.sieve != nil {
			sifted++
		}
		line := []byte(word(r.IntN(40)) + " u=jane, i=192.0.2.1,")
		got := m.Match(nil, line)
		matched += len(got)
		m.sieve = nil
		if diff := cmp.Diff(m.Match(nil, line), got, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
			t.Fatalf("%q: without the sieve and with it (-without +with):\n%s", line, diff)
		}
	}
	if sifted < 150 || matched < 1_300 {
		t.Errorf("only %d had a sieve, and %d profiles matched", sifted, matched)
	}
}
