package profile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/panos"
)

func TestCompileRefuses(t *testing.T) {
	t.Parallel()
	many := Config{}
	for i := range MaxAttachments + 1 {
		p := fields(nil)
		p.Name = fmt.Sprintf("p%d", i)
		many.Attachments = append(many.Attachments, Attachment{Profile: p})
	}
	attach := func(p Profile, event panos.EventType) Config {
		return Config{Attachments: []Attachment{{p, event}}}
	}
	for _, row := range []struct {
		name   string
		config Config
		want   string
	}{
		{"too many profiles", many, "21 profiles are attached, PAN-OS takes at most 20 a sender"},
		{"event type", attach(fields(nil), "logon"), `profile "fields" is attached with event type "logon", want login or logout`},
		{"twice", Config{Attachments: []Attachment{{Profile: fields(nil)}, {Profile: fields(nil), Event: panos.Logout}}}, `profile "fields" is attached twice`},
		{"default domain", Config{DefaultDomain: strings.Repeat("d", 64)}, "default domain has 64 characters, PAN-OS takes at most 63"},
		{"dialect", Config{Dialect: panos.Dialect{Group: "second"}}, `dialect switch group: "second" is not one of first, last`},
		{"no name", attach(Profile{Field: fields(nil).Field}, ""), `profile "": the profile has no name`},
		{"no identifier", attach(Profile{Name: "a"}, ""), `profile "a": there is no identifier; give a regex-identifier or a field-identifier`},
		{"both identifiers", attach(Profile{Name: "a", Field: fields(nil).Field, Regex: regexes(nil).Regex}, ""),
			`profile "a": there are a regex-identifier and a field-identifier; a profile has exactly one of the two`},
		{"negative number of addresses", attach(fields(func(f *FieldIdentifier) { f.AddressesPerLog = -1 }), ""), `profile "fields": address-per-log -1 is not between 1 and 3`},
		{"invalid UTF-8", attach(fields(func(f *FieldIdentifier) { f.EventString = "\xff" }), ""), `profile "fields": event-string is not UTF-8`},
		{"two at once", attach(regexes(func(r *RegexIdentifier) { r.EventRegex, r.AddressRegex = "", "(" }), ""),
			"profile \"regexes\": event-regex is missing or empty; it is mandatory\nprofile \"regexes\": address-regex: missing closing )"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			m, err := Compile(row.config)
			if m != nil || err == nil || err.Error() != row.want {
				t.Errorf("got %v, error\n%v\nwant\n%s", m, err, row.want)
			}
		})
	}
	if _, err := Compile(Config{Attachments: many.Attachments[1:], DefaultDomain: strings.Repeat("d", 63)}); err != nil {
		t.Errorf("20 profiles and a domain of 63 characters: %v", err)
	}
	if _, err := Compile(Config{}); err != nil {
		t.Errorf("a sender without profiles: %v", err)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		ok   bool
	}{
		{"Cisco ASA Any Connect v1.0.0", true},
		{"_x", true}, {".x", true}, {"-x", true}, {"a", true},
		{strings.Repeat("a", MaxName), true},
		{strings.Repeat("a", MaxName+1), false},
		{"1a", false}, {" a", false}, {"a/b", false}, {"a:b", false}, {"ä", false}, {"a\n", false}, {"", false},
	} {
		p := fields(nil)
		p.Name = row.name
		if err := p.Validate(); (err == nil) != row.ok {
			t.Errorf("name %q: error %v, want ok %v", row.name, err, row.ok)
		}
	}
}

func TestStringsHaveLimits(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		p    Profile
		ok   bool
	}{
		{"event string of 1024", fields(func(f *FieldIdentifier) { f.EventString = strings.Repeat("é", MaxPattern) }), true},
		{"event string of 1025", fields(func(f *FieldIdentifier) { f.EventString = strings.Repeat("é", MaxPattern+1) }), false},
		{"regex of 1024", regexes(func(r *RegexIdentifier) { r.EventRegex = strings.Repeat("a", MaxPattern) }), true},
		{"regex of 1025", regexes(func(r *RegexIdentifier) { r.EventRegex = strings.Repeat("a", MaxPattern+1) }), false},
		{"blank as a prefix", fields(func(f *FieldIdentifier) { f.UsernamePrefix = " " }), true},
		{"blank as a delimiter", fields(func(f *FieldIdentifier) { f.AddressDelimiter = " " }), false},
		{"tab as a delimiter", fields(func(f *FieldIdentifier) { f.AddressDelimiter = "\t" }), false},
		{"blank and more as a delimiter", fields(func(f *FieldIdentifier) { f.AddressDelimiter = " -" }), true},
		{"no delimiter", fields(func(f *FieldIdentifier) { f.AddressDelimiter = "" }), false},
		{"3 addresses", fields(func(f *FieldIdentifier) { f.AddressesPerLog = 3 }), true},
		{"4 addresses", fields(func(f *FieldIdentifier) { f.AddressesPerLog = 4 }), false},
	} {
		if err := row.p.Validate(); (err == nil) != row.ok {
			t.Errorf("%s: error %v, want ok %v", row.name, err, row.ok)
		}
	}
}

func TestRefusalNamesTheConstruct(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, source, want string }{
		{"fine", `(authentication\ success){1}`, ""},
		{"fine, named group", `(?P<user>a)(?<other>b)`, ""},
		{"fine, octal in a class", `[\101]`, ""},
		{"fine, quoted", `\Q(?=\E`, ""},
		{"fine, look-ahead as letters in a class", `[(?=]`, ""},
		{"look-ahead", `a(?=b)`, `look-ahead "(?=" at character 2: RE2 has none`},
		{"negative look-ahead", `é(?!b)`, `negative look-ahead "(?!" at character 2: RE2 has none`},
		{"look-behind in a group", `(a(?<=b))`, `look-behind "(?<=" at character 3: RE2 has none`},
		{"negative look-behind", `(?<!b)`, `negative look-behind "(?<!" at character 1: RE2 has none`},
		{"back-reference", `(a)\1`, `back-reference "\1" at character 4: RE2 has none`},
		{"back-reference that could be octal", `(a)\12`, `back-reference "\1" at character 4: RE2 has none`},
		{"named back-reference", `(?P<n>a)(?P=n)`, `back-reference "(?P=" at character 9: RE2 has none`},
		{"escaped back-reference", `(?<n>a)\k<n>`, `back-reference "\k" at character 8: RE2 has none`},
		{"atomic group", `(?>a)`, `atomic group "(?>" at character 1: RE2 has none`},
		{"possessive quantifier", `ba++`, `possessive quantifier "++" at character 3: RE2 has none`},
		{"comment", `a(?#b)`, `comment "(?#" at character 2: RE2 has none`},
		{"not closed", `(a`, `missing closing )`},
		{"class not closed", `a[b`, `missing closing ]: "[b" at character 2`},
		{"escape at the end", `a\`, `trailing backslash at end of expression`},
		{"unknown escape", `a\Zb`, `invalid escape sequence: "\Z" at character 2`},
		{"quantifier of nothing", `a|*b`, `missing argument to repetition operator: "*" at character 3`},
		{"too many repeats", `(a{1000}){1000}`, `invalid repeat count: "{1000}" at character 3`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, hint := refusal(row.source)
			if got != row.want {
				t.Errorf("refusal(%q) = %q, want %q", row.source, got, row.want)
			}
			if named := strings.Contains(got, "RE2 has none"); named != (hint != "") {
				t.Errorf("refusal(%q): hint %q with message %q", row.source, hint, got)
			}
		})
	}
}
