package profile

import (
	"fmt"
	"net/netip"
	"regexp"
	"testing"

	"github.com/uidprobe/uidprobe/panos"
)

// documented is how a reader of the documents would match: the three expressions in their
// order, by package regexp.
type documented struct{ event, user, address *regexp.Regexp }

func (d documented) match(line []byte) (user string, a netip.Addr, ok bool) {
	if !d.event.Match(line) {
		return "", a, false
	}
	u := d.user.FindSubmatch(line)
	if u == nil {
		return "", a, false
	}
	at := d.address.FindSubmatch(line)
	if at == nil {
		return "", a, false
	}
	a, err := netip.ParseAddr(string(at[1]))
	return string(u[1]), a, err == nil
}

// benchLine has the length of the vendor's example with a header that a collector adds.
var benchLine = []byte("<38>Nov 23 18:04:05 gw1.corp.example nac[4711]: session 0815-4711 node 7 realm staff policy wired-users nas 192.0.2.9 port 17 " + helpLine)

func BenchmarkMatch(b *testing.B) {
	r := helpRegex().Regex
	plain := documented{regexp.MustCompile(r.EventRegex), regexp.MustCompile(r.UsernameRegex), regexp.MustCompile(r.AddressRegex)}
	b.Run("regexp", func(b *testing.B) {
		for b.Loop() {
			plain.match(benchLine)
		}
	})
	m, err := Compile(Config{Attachments: []Attachment{{Profile: helpRegex(), Event: panos.Login}}})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("chain", func(b *testing.B) {
		var dst []Found
		for b.Loop() {
			dst = m.Find(dst[:0], benchLine)
		}
	})
}

// BenchmarkProfiles is what further profiles of one sender cost, whose events are not in the
// message.
func BenchmarkProfiles(b *testing.B) {
	for _, n := range []int{1, 5, MaxAttachments} {
		attachments := []Attachment{{Profile: helpRegex(), Event: panos.Login}}
		for i := range n - 1 {
			p := helpRegex()
			p.Name = fmt.Sprintf("other-%d", i)
			p.Regex.EventRegex = fmt.Sprintf("%d session started for", i)
			attachments = append(attachments, Attachment{Profile: p, Event: panos.Login})
		}
		m, err := Compile(Config{Attachments: attachments})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var dst []Found
			for b.Loop() {
				dst = m.Find(dst[:0], benchLine)
			}
		})
	}
}
