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
// as many as are asked for, each with a user and an address of its own. again is one more,
// of another user at the address of the first. Each is held to the profiles of the site file.
func compose(s Sender, run string, now time.Time) (messages []message, again message, err error) {
	matcher, err := profile.Compile(profile.Config{
		Attachments: s.Profiles, DefaultDomain: s.DefaultDomain, Dialect: s.Dialect,
	})
	if err != nil {
		return nil, again, err
	}
	logins, err := templates(s.Profiles, panos.Login)
	if err != nil {
		return nil, again, err
	}
	logouts, err := templates(s.Profiles, panos.Logout)
	if err != nil {
		return nil, again, err
	}
	if len(logins) == 0 {
		return nil, again, fmt.Errorf("no profile with a sample message is attached as a login")
	}
	if want := s.Messages * len(logins); len(s.Addresses) < want {
		return nil, again, fmt.Errorf("%d addresses are reserved for %d messages", len(s.Addresses), want)
	}
	c := composer{sender: s, run: run, now: now, matcher: matcher, logouts: logouts}
	for _, t := range logins {
		for range s.Messages {
			n := len(messages) + 1
			m, err := c.compose(t, s.Addresses[n-1], n)
			if err != nil {
				return nil, again, err
			}
			messages = append(messages, m)
		}
	}
	again, err = c.compose(logins[0], s.Addresses[0], 0)
	return messages, again, err
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
	logouts []sampleTemplate
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

// compose makes message n, with the logout that ends it.
func (c composer) compose(t sampleTemplate, address netip.Addr, n int) (message, error) {
	values := syslog.Values{
		User:     fmt.Sprintf("%s%s-%03d", c.sender.Users, c.run, n),
		Domain:   c.sender.DefaultDomain,
		Address:  address,
		Host:     host,
		Seq:      uint64(n),
		Time:     c.now,
		Priority: authInfo,
		MAC:      fmt.Sprintf("02-00-5E-10-%02X-%02X", byte(n>>8), byte(n)),
	}
	m := message{profile: t.profile, login: t.text.Append(nil, &values), address: address}
	match, err := c.read(t, m.login, panos.Login)
	if err != nil {
		return m, err
	}
	if !slices.Equal(match.Addresses, []netip.Addr{address}) {
		return m, &UnreadableError{Profile: t.profile, Message: m.login, Why: fmt.Sprintf("maps %v, want %v", match.Addresses, address)}
	}
	m.user = match.User
	if len(c.logouts) == 0 {
		return m, nil
	}
	out := c.logouts[n%len(c.logouts)]
	m.logout = out.text.Append(nil, &values)
	if match, err = c.read(out, m.logout, panos.Logout); err != nil {
		return m, err
	}
	if match.User != m.user || !slices.Equal(match.Addresses, []netip.Addr{address}) {
		return m, &UnreadableError{Profile: out.profile, Message: m.logout,
			Why: fmt.Sprintf("logs out %q at %v, want %q at %v", match.User, match.Addresses, m.user, address)}
	}
	return m, nil
}

// authInfo is the PRI of facility auth, severity info (RFC 5424 section 6.2.1).
const authInfo = 4*8 + 6

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
