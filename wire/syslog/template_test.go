package syslog

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"
)

var sample = Values{
	User: "uidprobe-0001", Domain: "corp", Address: netip.MustParseAddr("198.51.100.7"),
	Host: "nac1.corp.example", Seq: 12345, Time: noon, Priority: 38, MAC: "02:00:5e:00:00:01",
}

const radiusLine = `<${pri}>${time:rfc3164} ${host} radiusd: Login OK: user=${domain}\${user} ip=${address} mac=${mac} n=${seq}`

func TestTemplate(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"no places", "a line", "a line"},
		{"every place", radiusLine,
			`<38>Jul  5 12:00:00 nac1.corp.example radiusd: Login OK: user=corp\uidprobe-0001 ip=198.51.100.7 mac=02:00:5e:00:00:01 n=12345`},
		{"place alone", "${user}", "uidprobe-0001"},
		{"places side by side", "${seq}${seq}", "1234512345"},
		{"rfc3339", "${time:rfc3339}", "2026-07-05T12:00:00.120000+09:00"},
		{"layout with colons", "${time:02/Jan/2006:15:04:05 -0700}", "05/Jul/2026:12:00:00 +0900"},
		{"a dollar", "$$${user}$$", "$uidprobe-0001$"},
		{"a dollar before a brace", "$${user}", "${user}"},
		{"braces are text", "{}}{${seq}}", "{}}{12345}"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			tmpl, err := ParseTemplate(row.text)
			if err != nil {
				t.Fatal(err)
			}
			if got := string(tmpl.Append([]byte(">"), &sample)); got != ">"+row.want {
				t.Errorf("Append = %q\nwant     %q", got, ">"+row.want)
			}
			if tmpl.String() != row.text {
				t.Errorf("String() = %q, want %q", tmpl, row.text)
			}
		})
	}
}

func TestTemplateOfZeroValues(t *testing.T) {
	t.Parallel()
	tmpl, err := ParseTemplate(radiusLine)
	if err != nil {
		t.Fatal(err)
	}
	want := `<0>  radiusd: Login OK: user=\ ip= mac= n=0`
	if got := string(tmpl.Append(nil, &Values{})); got != want {
		t.Errorf("Append of zero values = %q, want %q", got, want)
	}
}

func TestTemplateUses(t *testing.T) {
	t.Parallel()
	tmpl, err := ParseTemplate("${time:rfc3339} ${user}")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"time": true, "user": true, "address": false, "": false} {
		if got := tmpl.Uses(name); got != want {
			t.Errorf("Uses(%q) = %v, want %v", name, got, want)
		}
	}
}

func TestTemplateErrors(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, text, want string }{
		{"misspelt", "user=${usr}", `template column 6: unknown place ${usr}; did you mean ${user}?`},
		{"other case", "${Address}", `template column 1: unknown place ${Address}; did you mean ${address}?`},
		{"column in characters", "日本 ${hst}", `template column 4: unknown place ${hst}; did you mean ${host}?`},
		{"nothing near", "${fqdn-of-client}",
			`template column 1: unknown place ${fqdn-of-client}; there are ${user} ${domain} ${address} ${mac} ${host} ${seq} ${pri} ${time:…}`},
		{"near time", "${tme:rfc3164}", `template column 1: unknown place ${tme:rfc3164}; did you mean ${time:rfc3164}?`},
		{"empty", "${}", `template column 1: unknown place ${}; there are ${user} ${domain} ${address} ${mac} ${host} ${seq} ${pri} ${time:…}`},
		{"not closed", "ip=${address", `template column 4: "${address" has no closing "}"`},
		{"lone dollar", "cost 5$ each", `template column 7: "$" begins a place such as ${user}; a dollar sign itself is written "$$"`},
		{"dollar at the end", "5$", `template column 2: "$" begins a place such as ${user}; a dollar sign itself is written "$$"`},
		{"time without layout", "${time}",
			`template column 1: ${time} wants a layout: ${time:rfc3164}, ${time:rfc3339} or one of Go's, as ${time:2006-01-02 15:04:05}`},
		{"layout of another language", "${time:yyyy-MM-dd}",
			`template column 1: time layout "yyyy-MM-dd" holds no field of Go's, such as 2006-01-02 15:04:05; there are also rfc3164 and rfc3339`},
		{"layout where none belongs", "${user:x}", `template column 1: ${user} takes nothing behind a colon`},
		{"long foreign text is cut", "${" + strings.Repeat("x", 100) + "}",
			`template column 1: unknown place ${` + strings.Repeat("x", 40) + `…}; there are ${user} ${domain} ${address} ${mac} ${host} ${seq} ${pri} ${time:…}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, err := ParseTemplate(row.text)
			var te *TemplateError
			if !errors.As(err, &te) || err.Error() != row.want {
				t.Errorf("ParseTemplate(%q) = %v\nwant %s", row.text, err, row.want)
			}
		})
	}
}

// Every place of the list can be parsed and changes the message.
func TestPlaceholdersAreTheOnesParsed(t *testing.T) {
	t.Parallel()
	for _, p := range Placeholders() {
		text := "${" + strings.ReplaceAll(p.Name, "GO-LAYOUT", time.Kitchen) + "}"
		tmpl, err := ParseTemplate(text)
		if err != nil {
			t.Errorf("%s: %v", p.Name, err)
			continue
		}
		if got := string(tmpl.Append(nil, &sample)); got == "" || got == text || p.Means == "" {
			t.Errorf("%s gives %q", p.Name, got)
		}
	}
}

func TestTemplateDoesNotAllocate(t *testing.T) { // not parallel: it counts allocations
	tmpl, err := ParseTemplate(radiusLine)
	if err != nil {
		t.Fatal(err)
	}
	v, dst := sample, make([]byte, 0, 1024)
	if n := testing.AllocsPerRun(100, func() { dst = tmpl.Append(dst[:0], &v) }); n != 0 {
		t.Errorf("%v allocations a message, want none", n)
	}
}

func FuzzParseTemplate(f *testing.F) {
	for _, seed := range []string{"", radiusLine, "$$", "$", "${", "${}", "${time:}", "${time:02}", "$${user}", "${time:yyyy}", "\xff${usr}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tmpl, err := ParseTemplate(text)
		if err != nil {
			if len(err.Error()) > 600 {
				t.Errorf("%d bytes of error for %q", len(err.Error()), text)
			}
			return
		}
		again, err := ParseTemplate(tmpl.String())
		if err != nil {
			t.Fatalf("%q parses once but not twice: %v", text, err)
		}
		one, two := tmpl.Append(nil, &sample), again.Append(nil, &sample)
		if string(one) != string(two) {
			t.Errorf("%q gives %q, then %q", text, one, two)
		}
		if !strings.Contains(text, "$") && string(one) != text {
			t.Errorf("%q has no places and gives %q", text, one)
		}
		if len(one) > 64*(len(text)+1) {
			t.Errorf("%d bytes from a template of %d", len(one), len(text))
		}
	})
}

func BenchmarkTemplateAppend(b *testing.B) {
	tmpl, err := ParseTemplate(radiusLine)
	if err != nil {
		b.Fatal(err)
	}
	v, dst := sample, make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		v.Seq++
		dst = tmpl.Append(dst[:0], &v)
	}
	b.SetBytes(int64(len(dst)))
}
