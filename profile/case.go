package profile

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/uidprobe/uidprobe/panos"
)

// Case is messages and what the profiles of one sender must make of them. It is plain data: it
// may be read from a file by ReadSuite, or written in Go.
type Case struct {
	Name string // unique in its file
	File string // where it stands; empty for a case written in Go
	Line int    // in File, from 1; 0 if that is not known

	Config   Config   // the entry of the sender
	Messages []string // without line ends
	// Expect is for each message what must come of it. A message without one fails the case,
	// as does one too many.
	Expect []Expectation
}

// Expectation is what must come of one message. The zero value is nothing, for whatever reason.
type Expectation struct {
	Matches []Expected // in the order of the attachments; none means that the message maps nothing
	// GaveUp is why nothing is mapped: the role or the element of the part that gave up
	// ("username", "username-delimiter"). Empty means that it does not matter.
	GaveUp string
	// Profile is the one that GaveUp speaks of; empty means the nearest.
	Profile string
}

// Expected is what one profile must read.
type Expected struct {
	Profile   string          // its name; empty means any
	Event     panos.EventType // the zero value means panos.Login
	User      string          // as the firewall prints it, with or without its domain\
	Domain    string          // empty means that of User, or none
	Addresses []netip.Addr    // in the order found
}

// Difference is one message that did not become what a case expects.
type Difference struct {
	Message int    // its place in the case, from 0
	Text    string // the message
	Rows    []Row  // all fields, the equal ones as well
	Trace   string // the profile that came nearest, drawn; empty without profiles
}

// Row is one field of an outcome. What one side does not have is empty.
type Row struct{ Field, Want, Got string }

// Equal says whether both sides say the same.
func (r Row) Equal() bool { return r.Want == r.Got }

// String is the difference field by field: a line "- field: value" is what was wanted, "+" what
// came, and what both say has neither.
func (d Difference) String() string {
	var b strings.Builder
	line := func(mark, field, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s %-10s %s\n", mark, field+":", value)
		}
	}
	for _, r := range d.Rows {
		if r.Equal() {
			line(" ", r.Field, r.Want)
			continue
		}
		line("-", r.Field, r.Want)
		line("+", r.Field, r.Got)
	}
	return b.String()
}

// Run matches the messages and returns what differs from what the case expects; none if it
// passes. The error is that of Compile.
func (c Case) Run() ([]Difference, error) {
	m, err := Compile(c.Config)
	if err != nil {
		return nil, fmt.Errorf("case %q: %w", c.Name, err)
	}
	return c.differences(m), nil
}

func (c Case) differences(m *Matcher) (list []Difference) {
	for i := range max(len(c.Messages), len(c.Expect)) {
		var rows []Row
		text := ""
		switch {
		case i >= len(c.Messages):
			rows = []Row{{"message", "one more", ""}}
		case i >= len(c.Expect):
			text = c.Messages[i]
			rows = append([]Row{{"expected", "", "nothing is written down for this message"}}, gotRows(m, text)...)
		default:
			text = c.Messages[i]
			rows = c.Expect[i].rows(m, text)
		}
		if slices.ContainsFunc(rows, func(r Row) bool { return !r.Equal() }) {
			list = append(list, Difference{Message: i, Text: text, Rows: rows, Trace: drawNearest(m, text)})
		}
	}
	return list
}

// passes is Run without words.
func (c Case) passes(m *Matcher) bool {
	if len(c.Messages) != len(c.Expect) {
		return false
	}
	for i, text := range c.Messages {
		if slices.ContainsFunc(c.Expect[i].rows(m, text), func(r Row) bool { return !r.Equal() }) {
			return false
		}
	}
	return true
}

func drawNearest(m *Matcher, text string) string {
	t, ok := Nearest(m.Trace([]byte(text)))
	if !ok {
		return ""
	}
	return t.Draw([]byte(text))
}

// gotRows are the rows of a message of which nothing is expected.
func gotRows(m *Matcher, text string) (rows []Row) {
	got := m.Match(nil, []byte(text))
	for i, match := range got {
		rows = append(rows, matchRows(i, len(got), nil, &match)...)
	}
	return rows
}

// rows lay what is expected beside what came.
func (e Expectation) rows(m *Matcher, text string) (rows []Row) {
	got := m.Match(nil, []byte(text))
	if len(e.Matches) == 0 || len(got) == 0 {
		rows = append(rows, Row{outcomeField, outcome(len(e.Matches)), outcome(len(got))})
	}
	if len(e.Matches) == 0 && len(got) == 0 && e.GaveUp != "" {
		return append(rows, e.whyRows(m, text)...)
	}
	n := max(len(e.Matches), len(got))
	for i := range n {
		var want *Expected
		var match *Match
		if i < len(e.Matches) {
			want = &e.Matches[i]
		}
		if i < len(got) {
			match = &got[i]
		}
		rows = append(rows, matchRows(i, n, want, match)...)
	}
	return rows
}

// outcomeField is the row that says whether there is a match at all.
const outcomeField = "outcome"

func outcome(matches int) string {
	if matches == 0 {
		return string(Nothing)
	}
	return "a match"
}

// whyRows tell which part gave up.
func (e Expectation) whyRows(m *Matcher, text string) []Row {
	t, ok := e.spokenOf(m.Trace([]byte(text)))
	if !ok {
		return []Row{{"gave up", e.GaveUp, "no profile is attached"}}
	}
	part := t.gaveUp()
	got := part.Element
	if e.GaveUp == string(part.Role) {
		got = e.GaveUp
	}
	return []Row{{"profile", cmp.Or(e.Profile, t.Profile), t.Profile}, {"gave up", e.GaveUp, got}}
}

// spokenOf is the trace of the profile that the expectation names, or the nearest.
func (e Expectation) spokenOf(traces []Trace) (Trace, bool) {
	if e.Profile == "" {
		return Nearest(traces)
	}
	i := slices.IndexFunc(traces, func(t Trace) bool { return t.Profile == e.Profile })
	if i < 0 {
		return Trace{}, false
	}
	return traces[i], true
}

// matchRows are the fields of match number i of n. Either side may be nil.
func matchRows(i, n int, want *Expected, got *Match) []Row {
	prefix := ""
	if n > 1 {
		prefix = fmt.Sprintf("%d ", i+1)
	}
	rows := []Row{{Field: "profile"}, {Field: "event"}, {Field: "user"}, {Field: "domain"}, {Field: "addresses"}}
	if want != nil {
		domain, user := want.account()
		for k, value := range []string{want.Profile, string(cmp.Or(want.Event, panos.Login)), user, domain, addressList(want.Addresses)} {
			rows[k].Want = value
		}
	}
	if got != nil {
		domain, user := account(got.User)
		for k, value := range []string{got.Profile, string(got.Event), user, domain, addressList(got.Addresses)} {
			rows[k].Got = value
		}
	}
	if want != nil && want.Profile == "" {
		rows = rows[1:]
	}
	for k := range rows {
		rows[k].Field = prefix + rows[k].Field
	}
	return rows
}

// account cuts a user as the firewall prints it.
func account(printed string) (domain, user string) {
	if domain, user, ok := strings.Cut(printed, `\`); ok {
		return domain, user
	}
	return "", printed
}

func (e Expected) account() (domain, user string) {
	if e.Domain != "" {
		return e.Domain, e.User
	}
	return account(e.User)
}

func addressList(list []netip.Addr) string {
	words := make([]string, len(list))
	for i, a := range list {
		words[i] = a.String()
	}
	return strings.Join(words, " ")
}
