package profile

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/wire/syslog"
)

// What the samples of a profile are filled in with. The user has letters and digits alone: some
// published expressions read no more.
func sampleValues() *syslog.Values {
	return &syslog.Values{
		User: "uidprobe0001", Domain: "corp", Address: netip.MustParseAddr("198.51.100.7"),
		Host: "host1.corp.example", Seq: 4711, Priority: 38, MAC: "02-00-5E-10-00-01",
		Time: time.Date(2025, time.November, 3, 9, 4, 5, 678_000_000, time.UTC),
	}
}

// Cases are the samples of the profile, and the messages that it must not map, as cases: the
// profile alone, in the default dialect. The error is that of a template, which Load would
// have found.
func (p Profile) Cases() (cases []Case, err error) {
	config := Config{Attachments: []Attachment{{Profile: p, Event: p.Event}}}
	for i, s := range p.Samples {
		c := Case{Name: fmt.Sprintf("%s: sample %d", p.Name, i+1), Config: config}
		texts, err := filled(s.Message, s.User, s.Address)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name, err)
		}
		address, err := netip.ParseAddr(texts[2])
		if err != nil {
			return nil, fmt.Errorf("%s: address: %w", c.Name, err)
		}
		user, _ := newNaming("", panos.DefaultDialect()).print(texts[1])
		c.Messages = texts[:1]
		c.Expect = []Expectation{{Matches: []Expected{{Profile: p.Name, Event: p.Event, User: user, Addresses: []netip.Addr{address}}}}}
		cases = append(cases, c)
	}
	for i, n := range p.MustNotMap {
		c := Case{Name: fmt.Sprintf("%s: must not map %d", p.Name, i+1), Config: config, Expect: []Expectation{{}}}
		if n.Why != "" {
			c.Name += ", " + n.Why
		}
		if c.Messages, err = filled(n.Message); err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name, err)
		}
		cases = append(cases, c)
	}
	return cases, nil
}

// filled fills in templates.
func filled(templates ...string) (texts []string, err error) {
	for _, text := range templates {
		t, err := syslog.ParseTemplate(text)
		if err != nil {
			return nil, err
		}
		texts = append(texts, string(t.Append(nil, sampleValues())))
	}
	return texts, nil
}
