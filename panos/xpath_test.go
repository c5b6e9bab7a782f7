package panos

import (
	"strings"
	"testing"
)

const treeXML = `<config version="11.1.0"><devices><entry name="localhost.localdomain"><vsys>
  <entry name="vsys1"><user-id-collector><server-monitor><entry name="ISE 1"><syslog><address>192.0.2.15</address></syslog></entry><entry name="it's"/></server-monitor></user-id-collector></entry>
  <entry name="vsys2"><user-id-collector/></entry>
  <entry/>
</vsys></entry></devices></config>`

func TestXPathFinds(t *testing.T) {
	t.Parallel()
	root, err := ParseElement([]byte(treeXML))
	if err != nil {
		t.Fatal(err)
	}
	const vsys = "/config/devices/entry[@name='localhost.localdomain']/vsys"
	for _, row := range []struct {
		name, xpath, want string
	}{
		{"one", vsys + "/entry[@name='vsys1']/user-id-collector/server-monitor/entry[@name='ISE 1']", `<entry name="ISE 1"><syslog><address>192.0.2.15</address></syslog></entry>`},
		{"double quotes, an apostrophe", vsys + `/entry/user-id-collector/server-monitor/entry[@name="it's"]`, `<entry name="it's"/>`},
		{"several", vsys + "/entry[@name='vsys2' or @name='vsys9']/user-id-collector", "<user-id-collector/>"},
		{"every entry", vsys + "/entry/user-id-collector/server-monitor/entry/syslog/address", "<address>192.0.2.15</address>"},
		{"names", vsys + "/entry/@name", `<entry name="vsys1"/><entry name="vsys2"/>`},
		{"blanks", " " + vsys + `/entry[ @name = "vsys2" ]/@name `, `<entry name="vsys2"/>`},
		{"not there", vsys + "/entry[@name='vsys3']", ""},
		{"another root", "/response", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			x, err := ParseXPath(row.xpath)
			if err != nil {
				t.Fatal(err)
			}
			var got []byte
			for _, e := range x.Find(root) {
				got = e.AppendXML(got)
			}
			diff(t, strings.ReplaceAll(string(got), "&#39;", "'"), row.want)
			again, err := ParseXPath(x.String())
			if err != nil {
				t.Fatal(err)
			}
			diff(t, again, x)
		})
	}
}

func TestXPathIsWritten(t *testing.T) {
	t.Parallel()
	x, err := ParseXPath(`/a/entry[@name="x" or @name="y's"]/b.c_d-e/@name`)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, x, XPath{Steps: []XPathStep{{"a", nil}, {"entry", []string{"x", "y's"}}, {"b.c_d-e", nil}}, Names: true})
	diff(t, x.String(), `/a/entry[@name='x' or @name="y's"]/b.c_d-e/@name`)
}

func TestParseXPathRefuses(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, in, want string }{
		{"nothing", "", "does not begin with a slash"},
		{"relative", "config/devices", "does not begin with a slash"},
		{"any depth", "//entry", `before "/entry"`},
		{"slash at the end", "/config/", `the name of an element before ""`},
		{"any element", "/config/*", `before "*"`},
		{"function", "/config/text()", `before "()"`},
		{"number", "/config/entry[1]", `expected @name before "1]"`},
		{"another attribute", "/config/entry[@uuid='1']", `expected @name before "@uuid='1']"`},
		{"no quotes", "/config/entry[@name=a]", `a name in quotes before "a]"`},
		{"no value", "/config/entry[@name", "a name in quotes"},
		{"open quotes", "/config/entry[@name='a]", "quotes of a name are not closed"},
		{"open bracket", "/config/entry[@name='a'", `expected ] before ""`},
		{"and", "/config/entry[@name='a' and @name='b']", `expected ] before "and`},
		{"names of nothing", "/@name", `before "@name"`},
		{"something after the names", "/config/@name/x", `before "@name/x"`},
		{"long", "/" + strings.Repeat("a", maxXPath), "8193 bytes are more than 8192"},
		{"many steps", strings.Repeat("/a", maxXPathSteps+1), "more than 64 steps"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseXPath(row.in)
			wantError(t, err, "xpath ", row.want)
			diff(t, got, XPath{})
			boundedErrorOf(t, err)
		})
	}
}

func boundedErrorOf(t *testing.T, err error) {
	t.Helper()
	if len(err.Error()) > 600 {
		t.Errorf("the error has %d bytes", len(err.Error()))
	}
}

func TestElementBothWays(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`<a/>`:                                `<a/>`,
		`<a></a>`:                             `<a/>`,
		"<a> </a>":                            "<a> </a>",
		"<a>\n  <b>x</b>\n</a>":               "<a><b>x</b></a>",
		"<a>x<b/>y</a>":                       "<a>xy<b/></a>",
		`<a b='"&lt;' c=""><![CDATA[<]]></a>`: `<a b="&#34;&lt;" c="">&lt;</a>`,
	} {
		e, err := ParseElement([]byte(in))
		if err != nil {
			t.Fatal(err)
		}
		diff(t, string(e.AppendXML([]byte("X"))), "X"+want)
	}
	_, err := ParseElement([]byte("<a><b></a>"))
	wantError(t, err, "XML: ")
	_, err = ParseElement(make([]byte, MaxAnswer+1))
	wantError(t, err, "8388609 bytes: more than 8388608")
}
