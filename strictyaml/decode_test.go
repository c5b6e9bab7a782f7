package strictyaml_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/uidprobe/uidprobe/strictyaml"
)

type color string

func (c *color) UnmarshalText(text []byte) error {
	if string(text) != "red" {
		return errors.New("want red")
	}
	*c = "RED"
	return nil
}

type secretRef struct {
	Env  string `yaml:"env"`
	File string `yaml:"file"`
	Slot int8   `yaml:"slot"`
}

type item struct {
	Name string     `yaml:"name"`
	Port uint16     `yaml:"port"`
	Key  *secretRef `yaml:"key,secret"`
}

type everything struct {
	Version  string            `yaml:"version"`
	On       bool              `yaml:"on"`
	Small    int8              `yaml:"small"`
	Big      uint64            `yaml:"big"`
	Ratio    float64           `yaml:"ratio"`
	Wait     time.Duration     `yaml:"wait"`
	Address  netip.Addr        `yaml:"address"`
	Networks []netip.Prefix    `yaml:"networks"`
	Color    color             `yaml:"color"`
	Items    []item            `yaml:"items"`
	Words    map[string]string `yaml:"words"`
	Extra    *item             `yaml:"extra"`
	Number   *int              `yaml:"number"`
	Unfilled string
}

func TestDecodeFillsEveryKind(t *testing.T) {
	t.Parallel()
	const text = `version: 11.10
on: true
small: -128
big: 18446744073709551615
ratio: 2.5
wait: 1m30s
address: 2001:db8::1
networks: [198.51.100.0/24, 2001:db8::/32]
color: red
items:
  - {name: a, port: 514}
  - name: "b: c"
    key: {env: KEY}
words: {over_long: drop, max_message: 8000, yes: no}
extra: {name: 2001-01-01}
number: 0
`
	zero := 0
	want := everything{
		Version: "11.10", On: true, Small: -128, Big: 1<<64 - 1, Ratio: 2.5, Wait: 90 * time.Second,
		Address:  netip.MustParseAddr("2001:db8::1"),
		Networks: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("2001:db8::/32")},
		Color:    "RED",
		Items:    []item{{Name: "a", Port: 514}, {Name: "b: c", Key: &secretRef{Env: "KEY"}}},
		Words:    map[string]string{"over_long": "drop", "max_message": "8000", "yes": "no"},
		Extra:    &item{Name: "2001-01-01"}, Number: &zero, Unfilled: "before",
	}
	for _, ending := range []string{"\n", "\r\n"} {
		got := everything{Unfilled: "before"}
		if _, err := strictyaml.Decode("f.yaml", []byte(strings.ReplaceAll(text, "\n", ending)), &got); err != nil {
			t.Fatalf("line end %q: %v", ending, err)
		}
		if d := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})); d != "" {
			t.Errorf("line end %q: -want +got\n%s", ending, d)
		}
	}
}

func TestDecodeKeepsDefaults(t *testing.T) {
	t.Parallel()
	got := everything{Wait: time.Second, Version: "1", Extra: &item{Name: "default", Port: 7}}
	if _, err := strictyaml.Decode("f.yaml", []byte("version: 2\nextra: {port: 8}\n"), &got); err != nil {
		t.Fatal(err)
	}
	if got.Wait != time.Second || got.Version != "2" || got.Extra.Name != "default" || got.Extra.Port != 8 {
		t.Errorf("got %+v %+v, want the defaults under what the file says", got, got.Extra)
	}
}

func TestDecodeSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, in, want string }{
		{"empty", "", "f.yaml:1:1: the file is empty"},
		{"only a comment", "# x\n", "f.yaml:1:1: the file is empty"},
		{"a list for the document", "- a\n", "f.yaml:1:1: the document: want keys (version, on, small, …), got a list"},
		{"unknown key, near", "verison: 1\n", `f.yaml:1:1: unknown key "verison"; did you mean "version"?`},
		{"unknown key, far", "extra: {zzzzzz: 1}\n", `f.yaml:1:9: unknown key "zzzzzz" in extra; known are name, port, key`},
		{"unknown key inside a list", "items:\n  - {name: a}\n  - prot: 1\n", `f.yaml:3:5: unknown key "prot" in items[1]; did you mean "port"?`},
		{"duplicate key", "on: true\nversion: 1\non: false\n", `f.yaml:3:1: key "on" stands on line 1 already; remove one of them`},
		{"key that is a list", "[a]: 1\n", "f.yaml:1:1: the document: a key must be plain text"},
		{"merge key", "<<: {version: 1}\n", "f.yaml:1:1: the document: merge keys (<<) are not read; write the values out"},
		{"no value", "version:\n", "f.yaml:1:9: version has no value; give a value, or remove the key"},
		{"null for a list", "items: ~\n", "f.yaml:1:8: items has no value; give a value, or remove the key"},
		{"text for a bool", "on: yes\n", `f.yaml:1:5: on: want true or false, got the text "yes"`},
		{"text for a number", "small: many\n", `f.yaml:1:8: small: want a whole number, got the text "many"`},
		{"bool for a number", "small: true\n", "f.yaml:1:8: small: want a whole number, got true"},
		{"what is called a bool", "on: !!bool \"\\e[31m\"\n", `f.yaml:1:5: on: want true or false, got the text "\x1b[31m"`},
		{"quoted number", "small: \"5\"\n", `f.yaml:1:8: small: want a whole number, got the text "5"`},
		{"octal", "small: 010\n", `f.yaml:1:8: small: want a whole number, got the number "010"`},
		{"hexadecimal", "small: 0x1f\n", `f.yaml:1:8: small: want a whole number, got the number "0x1f"`},
		{"fraction", "small: 1.5\n", `f.yaml:1:8: small: want a whole number, got the number "1.5"`},
		{"number too big", "small: 128\n", "f.yaml:1:8: small: 128 is not between -128 and 127"},
		{"number beyond 64 bits", "big: 18446744073709551616\n", "f.yaml:1:6: big: 18446744073709551616 is not between 0 and 18446744073709551615"},
		{"negative port", "extra: {port: -1}\n", "f.yaml:1:15: extra.port: -1 is not between 0 and 65535"},
		{"text for a float", "ratio: x\n", `f.yaml:1:8: ratio: want a number, got the text "x"`},
		{"duration without unit", "wait: 10\n", `f.yaml:1:7: wait: "10" has no unit, want a duration such as 5s`},
		{"duration in words", "wait: soon\n", `f.yaml:1:7: wait: want a duration such as 5s, got the text "soon"`},
		{"address", "address: 192.0.2.256\n", `f.yaml:1:10: address: "192.0.2.256" is not an IP address`},
		{"empty address", "address: \"\"\n", `f.yaml:1:10: address: "" is not an IP address`},
		{"network", "networks: [192.0.2.1]\n", `f.yaml:1:12: networks[0]: "192.0.2.1" is not a network such as 198.51.100.0/24`},
		{"a type that reads text", "color: blue\n", "f.yaml:1:8: color: want red"},
		{"list for a text", "version: [1]\n", "f.yaml:1:10: version: want text, got a list"},
		{"text for a list", "networks: 192.0.2.0/24\n", `f.yaml:1:11: networks: want a list, got the text "192.0.2.0/24"; put [ ] around it`},
		{"keys for a list", "items: {name: a}\n", `f.yaml:1:8: items: want a list, got keys with values; begin each entry with "- "`},
		{"text for keys", "extra: fw\n", `f.yaml:1:8: extra: want keys (name, port, key), got the text "fw"`},
		{"list for words", "words: [a]\n", "f.yaml:1:8: words: want keys with values, got a list"},
		{"foreign tag", "version: !vault x\n", "f.yaml:1:10: version has a tag that means nothing here; remove the tag (!)"},
		{"key with a dot", "words: {a.b: []}\n", `f.yaml:1:14: words."a.b": want text, got a list`},
		{"secret given literally", "extra: {key: hunter2}\n",
			"f.yaml:1:14: extra.key: want where the secret is kept, got the secret itself; secrets only by reference: {env: …} or {file: …} or {slot: …}"},
		{"secret for a key", "extra: {key: {hunter2: }}\n", "f.yaml:1:15: unknown key in extra.key; known are env, file, slot"},
		{"secret in a list", "extra: {key: [hunter2]}\n", "f.yaml:1:14: extra.key: want keys (env, file, slot), got a list"},
		{"secret beneath a secret", "extra: {key: {slot: hunter2}}\n", "f.yaml:1:21: extra.key.slot: want a whole number"},
		{"secret twice", "extra: {key: {env: hunter2, env: hunter2}}\n", "f.yaml:1:29: a key in extra.key stands on line 1 already; remove one of them"},
		{"secret that looks like an alias", "extra: {key: *hunter2 }\n",
			"f.yaml:1:14: an alias (*) names an anchor (&) that is nowhere above it; put quotes around a text that begins with *"},
		{"two documents", "version: 1\n---\nversion: 2\n", "f.yaml:2:1: a second document begins here; keep one document to a file"},
		{"tab", "extra:\n\tname: a\n", "f.yaml:2:1: a tab in the indentation; indent with blanks"},
		{"tab after blanks", "extra:\n  name: a\n  \tport: 1\n", "f.yaml:3:3: a tab in the indentation; indent with blanks"},
		{"not UTF-8", "version: é\nwords: {a: é\xe9}\n", "f.yaml:2:13: byte 0xe9 is not UTF-8; save the file as UTF-8"},
		{"UTF-16", "\xff\xfev\x00", "f.yaml:1:1: byte 0xff is not UTF-8; save the file as UTF-8"},
		{"colon in a value", "version: a: b\n",
			"f.yaml:1: not YAML: mapping values are not allowed in this context; see the indentation, quotes and brackets here and just before"},
		{"bracket left open", "version: 1\nitems: [a\nwords: {}\n",
			"f.yaml:2: not YAML: did not find expected ',' or ']'; see the indentation, quotes and brackets here and just before"},
		{"quote left open", "version: 1\ncolor: \"red\n",
			"f.yaml:2: not YAML: found unexpected end of stream; see the indentation, quotes and brackets here and just before"},
		{"syntax error in a second document", "version: 1\n---\n[\n",
			"f.yaml:3: not YAML: did not find expected node content; see the indentation, quotes and brackets here and just before"},
		{"long text is cut", "on: " + strings.Repeat("x", 70) + "\n", `f.yaml:1:5: on: want true or false, got the text "` + strings.Repeat("x", 60) + `"…`},
		{"several at once, in the order of the file", "on: 1\nverion: 2\nitems:\n  - port: 70000\n    nmae: a\n",
			`f.yaml:1:5: on: want true or false, got the number "1"` + "\n" +
				`f.yaml:2:1: unknown key "verion"; did you mean "version"?` + "\n" +
				`f.yaml:4:11: items[0].port: 70000 is not between 0 and 65535` + "\n" +
				`f.yaml:5:5: unknown key "nmae" in items[0]; did you mean "name"?`},
		{"one mistake used twice is told once", "items: [&a {port: x}, *a]\n", `f.yaml:1:19: items[0].port: want a whole number, got the text "x"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, err := strictyaml.Decode("f.yaml", []byte(row.in), &everything{})
			if err == nil {
				t.Fatalf("Decode(%q): no error, want %s", row.in, row.want)
			}
			if err.Error() != row.want {
				t.Errorf("Decode(%q)\n got %s\nwant %s", row.in, err, row.want)
			}
		})
	}
}

func TestDecodeIsBounded(t *testing.T) {
	t.Parallel()
	laughs := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		p := string(c - 1)
		laughs += string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+p+",", 10) + "]\n"
	}
	type levels struct {
		J [][][][][][][][][][]string `yaml:"j"`
	}
	// Reading the list once through an alias is 1,001 values: itself and what it holds.
	unfold := func(times int) string {
		return "networks: &a [" + strings.Repeat("198.51.100.0/24,", 1000) + "]\nlists: [" + strings.Repeat("*a,", times) + "]\n"
	}
	type lists struct {
		Networks []netip.Prefix   `yaml:"networks"`
		Lists    [][]netip.Prefix `yaml:"lists"`
	}
	for _, row := range []struct {
		name, in, want string
		into           any
	}{
		{"aliases within the limit", unfold(99), "", &lists{}},
		{"aliases beyond the limit", unfold(100), "f.yaml:1:14415: aliases unfold", &lists{}},
		{"size", strings.Repeat("#", strictyaml.MaxFile+1), "f.yaml: the file has 1048577 bytes, at most 1048576 are read", &everything{}},
		{"depth", "version: " + strings.Repeat("[", 101) + strings.Repeat("]", 101), "f.yaml:1:109: more than 100 levels inside each other", &everything{}},
		{"billion laughs", laughs, "aliases unfold to more than 100000 values; write the values out", &levels{}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, err := strictyaml.Decode("f.yaml", []byte(row.in), row.into)
			if (err == nil) != (row.want == "") || err != nil && !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v\nwant %s", err, row.want)
			}
		})
	}
}

func TestDecodeCountsWhatItLeavesOut(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range 250 {
		b.WriteString("k" + strings.Repeat("x", i) + ": 1\n")
	}
	_, err := strictyaml.Decode("f.yaml", []byte(b.String()), &everything{})
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != strictyaml.MaxProblems+1 || lines[len(lines)-1] != "f.yaml: and 150 more" {
		t.Errorf("%d lines, the last %q; want 101 and \"and 150 more\"", len(lines), lines[len(lines)-1])
	}
}

func TestDecodeFillsWhatIsRight(t *testing.T) {
	t.Parallel()
	var got everything
	doc, err := strictyaml.Decode("f.yaml", []byte("on: maybe\nitems:\n  - name: a\n    port: x\n  - 5\n  - name: c\n"), &got)
	if doc == nil || err == nil {
		t.Fatalf("Decode = %v, %v; want a document and an error", doc, err)
	}
	want := everything{Items: []item{{Name: "a"}, {}, {Name: "c"}}}
	if d := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

func TestDecodeRefusesWhatItCannotFill(t *testing.T) {
	t.Parallel()
	for name, v := range map[string]any{
		"no pointer": everything{}, "nil": (*everything)(nil),
		"channel": &struct {
			C chan int `yaml:"a"`
		}{},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			_, _ = strictyaml.Decode("f.yaml", []byte("a: 1\n"), v)
		})
	}
}
