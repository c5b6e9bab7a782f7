package probe

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/profile"
	"github.com/uidprobe/uidprobe/wire/syslog"
)

// message is one test message and what has to become of it.
type message struct {
	profile string // the one that has to read it
	login   []byte
	logout  []byte // ends the mapping again; nil if no profile for it is attached
	user    string // as the firewall will print it
	address netip.Addr
	sent    time.Time
}

// host is the name of the sending device in test messages.
const host = "uidprobe.corp.example"

// compose makes the messages of a delivery: for each profile that is attached as a login,
// as many as are asked for, each with a user and an address of its own. It holds each of
// them to the profiles of the site file.
func compose(s Sender, run string, now time.Time) ([]message, error) {
	matcher, err := profile.Compile(profile.Config{
		Attachments: s.Profiles, DefaultDomain: s.DefaultDomain, Dialect: s.Dialect,
	})
	if err != nil {
		return nil, err
	}
	logins, err := templates(s.Profiles, panos.Login)
	if err != nil {
		return nil, err
	}
	logouts, err := templates(s.Profiles, panos.Logout)
	if err != nil {
		return nil, err
	}
	if len(logins) == 0 {
		return nil, fmt.Errorf("no profile with a sample message is attached as a login")
	}
	c := composer{sender: s, run: run, now: now, matcher: matcher}
	var messages []message
	for _, t := range logins {
		for range s.Messages {
			if len(messages) == len(s.Addresses) {
				return nil, fmt.Errorf("%d addresses are reserved for %d messages", len(s.Addresses), s.Messages*len(logins))
			}
			m, err := c.compose(t, s.Addresses[len(messages)], len(messages)+1)
			if err != nil {
				return nil, err
			}
			if len(logouts) > 0 {
				out := logouts[len(messages)%len(logouts)]
				if m.logout, err = c.composeLogout(out, m, len(messages)+1); err != nil {
					return nil, err
				}
			}
			messages = append(messages, m)
		}
	}
	return messages, nil
}

// sampleTemplate is a profile's sample message, ready to be filled in.
type sampleTemplate struct {
	profile string
	text    *syslog.Template
}

// templates lists the samples of the profiles that are attached with an event type. A
// profile without one cannot be tested, and is left out.
func templates(attachments []profile.Attachment, event panos.EventType) (list []sampleTemplate, err error) {
	for _, a := range attachments {
		if a.Event != event {
			continue
		}
		for _, sample := range a.Profile.Samples[:min(1, len(a.Profile.Samples))] {
			text, err := syslog.ParseTemplate(sample.Message)
			if err != nil {
				return nil, fmt.Errorf("profile %s: sample: %w", a.Profile.Name, err)
			}
			list = append(list, sampleTemplate{a.Profile.Name, text})
		}
	}
	return list, nil
}

type composer struct {
	sender  Sender
	run     string
	now     time.Time
	matcher *profile.Matcher
}

// UnreadableError is a test message that the profiles of the site file do not make into
// its mapping: a mistake in the site file or in a profile, found before anything is sent.
type UnreadableError struct {
	Profile string
	Message []byte
	Why     string
	Nearest string // the trace of the profile that came nearest, drawn; "" if none did
}

func (e *UnreadableError) Error() string {
	return fmt.Sprintf("the sample of profile %s %s", e.Profile, e.Why)
}

func (c composer) compose(t sampleTemplate, address netip.Addr, n int) (message, error) {
	values := syslog.Values{
		User:     c.user(n),
		Domain:   c.sender.DefaultDomain,
		Address:  address,
		Host:     host,
		Seq:      uint64(n),
		Time:     c.now,
		Priority: authInfo,
		MAC:      fmt.Sprintf("02-00-5E-10-%02X-%02X", byte(n>>8), byte(n)),
	}
	text := t.text.Append(nil, &values)
	m := message{profile: t.profile, login: text, address: address}
	match, err := c.read(t, text, panos.Login)
	if err != nil {
		return m, err
	}
	if !slices.Equal(match.Addresses, []netip.Addr{address}) {
		return m, &UnreadableError{Profile: t.profile, Message: text, Why: fmt.Sprintf("maps %v, want %v", match.Addresses, address)}
	}
	m.user = match.User
	return m, nil
}

// authInfo is the PRI of facility auth, severity info (RFC 5424 section 6.2.1).
const authInfo = 4*8 + 6

func (c composer) user(n int) string { return fmt.Sprintf("%s%s-%03d", c.sender.Users, c.run, n) }

func (c composer) composeLogout(t sampleTemplate, m message, n int) ([]byte, error) {
	values := syslog.Values{
		User: c.user(n), Domain: c.sender.DefaultDomain, Address: m.address, Host: host,
		Seq: uint64(n), Time: c.now, Priority: authInfo,
		MAC: fmt.Sprintf("02-00-5E-10-%02X-%02X", byte(n>>8), byte(n)),
	}
	text := t.text.Append(nil, &values)
	match, err := c.read(t, text, panos.Logout)
	if err != nil {
		return nil, err
	}
	if match.User != m.user || !slices.Equal(match.Addresses, []netip.Addr{m.address}) {
		return nil, &UnreadableError{Profile: t.profile, Message: text,
			Why: fmt.Sprintf("logs out %q at %v, want %q at %v", match.User, match.Addresses, m.user, m.address)}
	}
	return text, nil
}

// read runs a message through all the sender's profiles: it has to mean one thing.
func (c composer) read(t sampleTemplate, text []byte, event panos.EventType) (profile.Match, error) {
	matches := c.matcher.Match(nil, text)
	wrong := &UnreadableError{Profile: t.profile, Message: text}
	switch {
	case len(matches) == 0:
		wrong.Why = "is read by no profile of this sender"
		if trace, ok := profile.Nearest(c.matcher.Trace(text)); ok {
			wrong.Nearest = trace.Draw(text)
		}
		return profile.Match{}, wrong
	case len(matches) > 1:
		var names []string
		for _, m := range matches {
			names = append(names, m.Profile)
		}
		wrong.Why = "is read by several profiles: " + strings.Join(names, ", ")
		return profile.Match{}, wrong
	case matches[0].Event != event:
		wrong.Why = fmt.Sprintf("is read as a %s, want a %s", matches[0].Event, event)
		return profile.Match{}, wrong
	}
	return matches[0], nil
}
