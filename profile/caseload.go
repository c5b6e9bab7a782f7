package profile

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/uidprobe/uidprobe/nearest"
	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/strictyaml"
)

// The YAML of cases, in a file of profiles or in one of their own.
type (
	casesYAML struct {
		ProfileFiles []string   `yaml:"profile-files"`
		Cases        []caseYAML `yaml:"cases"`
	}
	caseYAML struct {
		Name          string            `yaml:"name"`
		Profiles      []string          `yaml:"profiles"`
		PANOS         string            `yaml:"panos"`
		Dialect       map[string]string `yaml:"dialect"`
		DefaultDomain string            `yaml:"default-domain"`
		Message       string            `yaml:"message"`
		Messages      []string          `yaml:"messages"`
		File          string            `yaml:"file"`
		Expect        []expectYAML      `yaml:"expect"`
		Nothing       *nothingYAML      `yaml:"nothing"`
	}
	expectYAML struct {
		Profile   string       `yaml:"profile"`
		Event     string       `yaml:"event"`
		User      string       `yaml:"user"`
		Domain    string       `yaml:"domain"`
		Addresses []netip.Addr `yaml:"addresses"`
	}
	nothingYAML struct {
		Profile string `yaml:"profile"`
		GaveUp  string `yaml:"gave-up"`
	}
)

// parts are the words for what can give up.
var parts = []string{string(EventPart), string(UsernamePart), string(AddressPart),
	eventRegex, usernameRegex, addressRegex, eventString, usernamePrefix, usernameDelimiter, addressPrefix, addressDelimiter}

// checkCases notes what is wrong with cases by themselves, whatever profiles there are.
func checkCases(doc *strictyaml.Document, cases []caseYAML) {
	first := map[string]int{}
	for i, y := range cases {
		at := strictyaml.Path{"cases", i}
		if doc.Wrong(at...) {
			continue
		}
		switch before, again := first[y.Name]; {
		case doc.Wrong(at.With("name")...) || doc.Misspelt(at.With("name")...):
		case y.Name == "":
			doc.Problem(at, "", "the case has no name")
		case again:
			line, _ := doc.At("cases", before, "name")
			doc.Problem(at.With("name"), "", "name %q is taken by the case in line %d", y.Name, line)
		default:
			first[y.Name] = i
		}
		checkMessages(doc, at, y)
		checkExpect(doc, at, y)
		if _, err := panosDialect(doc, at, y); err != nil {
			doc.Problem(at.With("panos"), "", "%v", err)
		}
	}
}

func checkMessages(doc *strictyaml.Document, at strictyaml.Path, y caseYAML) {
	var have []string
	for _, key := range []string{"message", "messages", "file"} {
		if doc.Has(at.With(key)...) || doc.Misspelt(at.With(key)...) {
			have = append(have, key)
		}
	}
	switch {
	case len(have) == 0:
		doc.Problem(at, "give message, messages or file", "the case has no message")
	case len(have) > 1:
		doc.KeyProblem(at.With(have[1]), "a case has exactly one of message, messages and file", "there are %s", strings.Join(have, " and "))
	}
	for i, text := range append([]string{y.Message}, y.Messages...) {
		path := at.With("message")
		if i > 0 {
			path = at.With("messages", i-1)
		}
		if strings.ContainsAny(text, "\r\n") && !doc.Wrong(path...) {
			doc.Problem(path, "a message is one line", "the message has a line break in it")
		}
	}
}

func checkExpect(doc *strictyaml.Document, at strictyaml.Path, y caseYAML) {
	expect, nothing := doc.Has(at.With("expect")...), doc.Has(at.With("nothing")...)
	switch {
	case expect && nothing:
		doc.KeyProblem(at.With("nothing"), "a case has exactly one of the two", "there are expect and nothing")
	case !expect && !nothing && !doc.Misspelt(at.With("expect")...) && !doc.Misspelt(at.With("nothing")...):
		doc.Problem(at, "say under expect what comes out, or under nothing what gives up", "the case expects nothing, and so cannot fail")
	case expect && len(y.Expect) == 0 && !doc.Wrong(at.With("expect")...):
		doc.Problem(at.With("expect"), "say under nothing what gives up", "expect is empty")
	}
	for i, e := range y.Expect {
		at := at.With("expect", i)
		switch panos.EventType(e.Event) {
		case panos.Login, panos.Logout:
		default:
			problemUnlessWrong(doc, at, "event", "event %q is neither login nor logout", e.Event)
		}
		if e.User == "" {
			problemUnlessWrong(doc, at, "user", "user is missing or empty")
		}
		if len(e.Addresses) == 0 {
			problemUnlessWrong(doc, at, "addresses", "addresses is missing or empty")
		}
	}
	if n := y.Nothing; n != nil && !slices.Contains(parts, n.GaveUp) {
		problemUnlessWrong(doc, at.With("nothing"), "gave-up", "gave-up %q is not one of %s", n.GaveUp, strings.Join(parts, ", "))
	}
}

// problemUnlessWrong adds a problem with a key, unless Decode has already complained.
func problemUnlessWrong(doc *strictyaml.Document, at strictyaml.Path, key, format string, args ...any) {
	if path := at.With(key); !doc.Wrong(at...) && !doc.Wrong(path...) && !doc.Misspelt(path...) {
		doc.Problem(path, "", format, args...)
	}
}

// panosDialect is the dialect of a case. The error is about its version; doc, if it is not
// nil, is told of the switches.
func panosDialect(doc *strictyaml.Document, at strictyaml.Path, y caseYAML) (panos.Dialect, error) {
	d := panos.DefaultDialect()
	if y.PANOS != "" {
		var err error
		if d, err = panos.DialectFor(y.PANOS); err != nil {
			return d, err
		}
	}
	for name, value := range y.Dialect {
		if err := d.Set(name, value); err != nil && doc != nil {
			doc.Problem(at.With("dialect", name), "", "%v", err)
		}
	}
	return d, nil
}

// expectation is what each message of the case must become.
func (y caseYAML) expectation() (e Expectation) {
	if y.Nothing != nil {
		return Expectation{GaveUp: y.Nothing.GaveUp, Profile: y.Nothing.Profile}
	}
	for _, x := range y.Expect {
		e.Matches = append(e.Matches, Expected{x.Profile, panos.EventType(x.Event), x.User, x.Domain, x.Addresses})
	}
	return e
}

// bench is what the cases of a file are resolved with.
type bench struct {
	own   []Profile // the file's; all of them are attached where a case names none
	known []Profile // and those that a case may name beside them
	read  func(name string) ([]string, error)
}

// resolve turns the cases of a file into Cases, and notes what cannot be.
func (b bench) resolve(doc *strictyaml.Document, file string, list []caseYAML) (cases []Case) {
	for i, y := range list {
		at := strictyaml.Path{"cases", i}
		line, _ := doc.At(at...)
		c := Case{Name: y.Name, File: file, Line: line}
		c.Config.DefaultDomain = y.DefaultDomain
		c.Config.Dialect, _ = panosDialect(nil, at, y)
		c.Config.Attachments = b.attachments(doc, at, y.Profiles)
		c.Messages = y.Messages
		switch {
		case doc.Has(at.With("message")...):
			c.Messages = []string{y.Message}
		case y.File != "":
			lines, err := b.read(y.File)
			if err != nil {
				doc.Problem(at.With("file"), "", "%v", err)
			}
			c.Messages = lines
		}
		for range c.Messages {
			c.Expect = append(c.Expect, y.expectation())
		}
		b.checkNames(doc, at, y, c.Config)
		if _, err := Compile(c.Config); err != nil && doc.Err() == nil {
			doc.Problem(at, "", "%v", err)
		}
		cases = append(cases, c)
	}
	return cases
}

func (b bench) attachments(doc *strictyaml.Document, at strictyaml.Path, names []string) (list []Attachment) {
	if names == nil {
		if len(b.own) == 0 {
			doc.Problem(at, "name profiles, or their files under profile-files", "the case has no profiles")
		}
		for _, p := range b.own {
			list = append(list, Attachment{Profile: p, Event: p.Event})
		}
		return list
	}
	for i, word := range names {
		a, problem := attach(word, slices.Concat(b.own, b.known))
		if problem != "" {
			doc.Problem(at.With("profiles", i), "", "%s", problem)
			continue
		}
		list = append(list, a)
	}
	return list
}

// attach reads a word such as "ise-login" or "ise-login=logout".
func attach(word string, from []Profile) (a Attachment, problem string) {
	name, event, given := strings.Cut(word, "=")
	i := slices.IndexFunc(from, func(p Profile) bool { return p.Name == name })
	if i < 0 {
		return a, "there is no profile " + brief(name) + meant(name, from)
	}
	a = Attachment{Profile: from[i], Event: cmp.Or(from[i].Event, panos.Login)}
	if given {
		a.Event = panos.EventType(event)
	}
	if a.Event != panos.Login && a.Event != panos.Logout {
		return a, brief(word) + ": the event type is login or logout"
	}
	return a, ""
}

// meant names the profile that was most likely meant.
func meant(name string, from []Profile) string {
	names := make([]string, len(from))
	for i, p := range from {
		names[i] = p.Name
	}
	if best := nearest.Word(name, names); best != "" {
		return "; did you mean " + brief(best) + "?"
	}
	return ""
}

// checkNames looks for expectations of profiles that are not attached: such a case can only fail.
func (b bench) checkNames(doc *strictyaml.Document, at strictyaml.Path, y caseYAML, c Config) {
	attached := func(name string) bool {
		return name == "" || slices.ContainsFunc(c.Attachments, func(a Attachment) bool { return a.Profile.Name == name })
	}
	for i, e := range y.Expect {
		if !attached(e.Profile) {
			doc.Problem(at.With("expect", i, "profile"), "", "profile %q is not attached in this case", e.Profile)
		}
	}
	if n := y.Nothing; n != nil && !attached(n.Profile) {
		doc.Problem(at.With("nothing", "profile"), "", "profile %q is not attached in this case", n.Profile)
	}
}
