package diagnose

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/profile"
	"github.com/uidprobe/uidprobe/profile/library"
	"github.com/uidprobe/uidprobe/wire/syslog"
)

// The bounds of what is remembered of syslog senders.
const (
	maxSenders  = 500
	maxExamples = 3 // messages of a sender that no profile reads
)

// syslogReader shows messages to the profiles.
type syslogReader struct {
	given    bool // the profiles are the user's choice
	profiles []profile.Profile
	matchers []*profile.Matcher
	senders  map[netip.Addr]*syslogSender
	order    []*syslogSender
	found    []profile.Match
}

// syslogSender is what came from one address.
type syslogSender struct {
	client, server netip.AddrPort
	messages, read int
	by             map[string]int // profile → messages
	first          moment
	examples       []string
	exampleLine    string
	exampleAt      moment
	match          string // what came of the first that was read
}

// newSyslogReader takes the profiles of the user, or all of the library. They are compiled when
// the first message comes.
func newSyslogReader(chosen []profile.Profile) *syslogReader {
	return &syslogReader{given: len(chosen) > 0, profiles: chosen, senders: map[netip.Addr]*syslogSender{}}
}

// compile makes the matchers.
func (r *syslogReader) compile(f *fileRecord) {
	if len(r.matchers) > 0 {
		return
	}
	if !r.given {
		r.matchers = libraryMatchers()
		return
	}
	var problems []error
	if r.matchers, problems = matchersOf(r.profiles); len(problems) > 0 {
		f.note(fmt.Sprintf("profiles are left out: %v", errors.Join(problems...)))
	}
}

// libraryMatchers are those of all profiles of the library. They are compiled once: that takes
// longer than most captures.
var libraryMatchers = sync.OnceValue(func() []*profile.Matcher {
	var all []profile.Profile
	for _, v := range library.All() {
		all = append(all, v.Profiles...)
	}
	matchers, _ := matchersOf(all) // its tests hold the library to compiling
	return matchers
})

// matchersOf makes matchers of as many profiles each as one sender may have.
func matchersOf(profiles []profile.Profile) (matchers []*profile.Matcher, problems []error) {
	for some := range slices.Chunk(profiles, profile.MaxAttachments) {
		var c profile.Config
		for _, p := range some {
			c.Attachments = append(c.Attachments, profile.Attachment{Profile: p, Event: p.Event})
		}
		m, err := profile.Compile(c)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		matchers = append(matchers, m)
	}
	return matchers, problems
}

// datagram reads the messages of one.
func (r *syslogReader) datagram(c *capture, data []byte, missing int, client, server netip.AddrPort, at moment) {
	r.compile(c.file)
	s := r.senders[client.Addr()]
	if s == nil {
		if len(r.order) == maxSenders {
			c.file.note(fmt.Sprintf("more than %d syslog senders", maxSenders))
			return
		}
		s = &syslogSender{client: client, server: server, by: map[string]int{}, first: at}
		r.senders[client.Addr()] = s
		r.order = append(r.order, s)
	}
	for message := range syslog.SplitDatagram(data) {
		r.message(s, message, missing > 0, at)
	}
}

func (r *syslogReader) message(s *syslogSender, message []byte, cut bool, at moment) {
	s.messages++
	r.found = r.found[:0]
	for _, m := range r.matchers {
		r.found = m.Match(r.found, message)
	}
	if len(r.found) == 0 {
		if len(s.examples) < maxExamples && !cut {
			r.example(s, message, at)
		}
		return
	}
	s.read++
	for i, m := range r.found {
		if !slices.ContainsFunc(r.found[:i], func(other profile.Match) bool { return other.Profile == m.Profile }) {
			s.by[m.Profile]++
		}
	}
	if s.match == "" {
		m := r.found[0]
		s.match = fmt.Sprintf("%s: %s reads %s at %v (%v)", at.text(), m.Profile, m.User, m.Addresses, m.Event)
	}
}

// example keeps a message that no profile reads, and why the nearest does not.
func (r *syslogReader) example(s *syslogSender, message []byte, at moment) {
	var traces []profile.Trace
	for _, m := range r.matchers {
		if t, ok := profile.Nearest(m.Trace(message)); ok {
			traces = append(traces, t)
		}
	}
	text := fmt.Sprintf("%s: %q", at.text(), shown(string(message[:min(len(message), maxKept)])))
	if t, ok := profile.Nearest(traces); ok {
		text += "\nthe nearest is " + t.Profile + ": " + clipped(t.Why)
	}
	if len(s.examples) == 0 {
		s.exampleAt = at
		s.exampleLine = fmt.Sprintf("%s syslog %q", path(s.client, s.server), shown(string(message[:min(len(message), maxKept)])))
	}
	s.examples = append(s.examples, text)
}

// end says for each sender what came of its messages.
func (r *syslogReader) end(c *capture) {
	for _, s := range r.order {
		r.tell(c, s)
	}
}

func (r *syslogReader) tell(c *capture, s *syslogSender) {
	profiles := s.profiles()
	whose := lang.Text{EN: "the profiles of the library", JA: "ライブラリのプロファイル"}
	if r.given {
		whose = lang.Text{EN: "the profiles given", JA: "指定されたプロファイル"}
	}
	what := lang.Text{
		EN: fmt.Sprintf("%d of %d syslog messages are read by %s", s.read, s.messages, whose.EN),
		JA: fmt.Sprintf("Syslog メッセージ %d 件のうち %d 件が%sで読み取れます", s.messages, s.read, whose.JA),
	}
	var more []check.Evidence
	if len(profiles) > 0 {
		more = append(more, check.Evidence{Name: "read by", Text: strings.Join(profiles, "\n")},
			check.Evidence{Name: "read, the first", Text: s.match})
	}
	if len(s.examples) > 0 {
		more = append(more, check.Evidence{Name: "not read", Text: strings.Join(s.examples, "\n")})
	}
	line := path(s.client, s.server) + " syslog"
	if s.read > 0 {
		c.syslogSeen(s, seen{id: "capture.syslog", what: what, status: check.Pass, details: more}, line, s.first)
		return
	}
	v := seen{id: "syslog.counters.no-auth-success", what: what, details: more}
	if !r.given {
		v.status = check.Warn // the firewall may have profiles of its own
	}
	if s.exampleLine != "" {
		line = s.exampleLine
	}
	c.syslogSeen(s, v, line, s.first)
}

// profiles are those that read something, the one that reads most in front.
func (s *syslogSender) profiles() (lines []string) {
	var names []string
	for name := range s.by {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if s.by[a] != s.by[b] {
			return s.by[b] - s.by[a]
		}
		return strings.Compare(a, b)
	})
	for _, name := range names {
		lines = append(lines, fmt.Sprintf("%s: %d messages", name, s.by[name]))
	}
	return lines
}

// syslogSeen notes what came of a sender's messages.
func (c *capture) syslogSeen(s *syslogSender, v seen, line string, at moment) {
	v.subject, v.file = subjectOf(s.client, s.server), c.file
	v.symptom = rowOf(v.id)
	c.d.seeWire(v, c.sight(at, line))
}
