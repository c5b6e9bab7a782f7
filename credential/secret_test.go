package credential

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const hidden = "hunter2-Zm9v"

// holders have a secret in every place where a print could find it.
type (
	exported struct {
		Name   string
		Secret Secret
	}
	unexported struct {
		name   string
		secret Secret
		list   []Secret
		mapped map[string]Secret
		deep   *exported
	}
	embedded struct{ Secret }
)

func holders() map[string]any {
	s := New(hidden)
	e := exported{"u", s}
	return map[string]any{
		"value": s, "pointer": &s, "pointer to pointer": func() any { p := &s; return &p }(),
		"exported field": e, "pointer to struct": &e, "struct in struct": struct{ E exported }{e},
		"unexported fields": unexported{"u", s, []Secret{s}, map[string]Secret{"k": s}, &e},
		"embedded":          embedded{s}, "interface": struct{ V any }{s}, "slice": []Secret{s}, "array": [1]Secret{s},
		"slice of any": []any{s, &s}, "map": map[string]Secret{"k": s}, "map of pointers": map[string]*exported{"k": &e},
		"error": fmt.Errorf("log in: %v", s), "joined": errors.Join(fmt.Errorf("%s", s), fmt.Errorf("%q", e)),
	}
}

// leaks fails if the secret, or what reveals it, is in an output.
func leaks(t *testing.T, how, out string) {
	t.Helper()
	for _, form := range []string{hidden, fmt.Sprintf("%x", hidden), fmt.Sprintf("%X", hidden), fmt.Sprint([]byte(hidden)), hidden[:5], "aHVudGVyMi1abTl2"} {
		if strings.Contains(out, form) {
			t.Errorf("%s gives it out: %s", how, out)
		}
	}
}

func TestNoVerbPrintsASecret(t *testing.T) {
	t.Parallel()
	for name, v := range holders() {
		for _, verb := range strings.Fields("%v %+v %#v %s %q %#q %x %X %# x %d %b %o %O %c %U %e %g %t %p %w %T %z %10.3v %-8s %08d %!") {
			leaks(t, name+" with "+verb, fmt.Sprintf(verb, v))
		}
		leaks(t, name+" with Print", fmt.Sprint(v)+fmt.Sprintln(v))
		wrong := "%w %v" // go vet would find these in the calls
		leaks(t, name+" with Errorf", fmt.Errorf(wrong, v, v).Error())
		leaks(t, name+" with a wrong operand", fmt.Sprintf("%d", []any{v}))
		leaks(t, name+" as a width", fmt.Sprintf("%*d", v, 1))
		leaks(t, name+" as an extra", fmt.Sprintf(strings.Trim(wrong, "%wv "), v))
	}
}

func TestVerbsPrintRedacted(t *testing.T) {
	t.Parallel()
	for _, s := range []Secret{New(hidden), {}, New("")} {
		for _, verb := range strings.Fields("%v %+v %#v %s %q %x %X %d %t %10.3v %z") {
			if got := fmt.Sprintf(verb, s); got != Redacted {
				t.Errorf("%s prints %q, want %q", verb, got, Redacted)
			}
			if got := fmt.Sprintf(verb, &s); got != Redacted {
				t.Errorf("%s of a pointer prints %q, want %q", verb, got, Redacted)
			}
		}
		for _, row := range []struct {
			name, got, want string
		}{
			{"struct", fmt.Sprintf("%+v", exported{"u", s}), "{Name:u Secret:REDACTED}"},
			{"Go syntax", fmt.Sprintf("%#v", struct{ S Secret }{s}), "struct { S credential.Secret }{S:REDACTED}"},
			{"slice", fmt.Sprint([]Secret{s, s}), "[REDACTED REDACTED]"},
			{"map", fmt.Sprint(map[string]Secret{"k": s}), "map[k:REDACTED]"},
			{"String", s.String(), Redacted},
			{"concatenated", "key " + fmt.Sprint(s), "key REDACTED"},
		} {
			if row.got != row.want {
				t.Errorf("%s: %q, want %q", row.name, row.got, row.want)
			}
		}
	}
}

func TestNoEncodingHoldsASecret(t *testing.T) {
	t.Parallel()
	for name, v := range holders() {
		if text, err := json.Marshal(v); err == nil {
			leaks(t, name+" as JSON", string(text))
		}
		if text, err := xml.Marshal(v); err == nil {
			leaks(t, name+" as XML", string(text))
		} else {
			leaks(t, name+" in the error of XML", err.Error())
		}
		if text, err := yaml.Marshal(v); err == nil {
			leaks(t, name+" as YAML", string(text))
		}
		var page bytes.Buffer
		if err := template.Must(template.New("").Parse(`<a href="{{.}}">{{.}}</a><script>{{.}}</script>`)).Execute(&page, v); err == nil {
			leaks(t, name+" as HTML", page.String())
		}
	}
}

func TestEncodingsHoldRedacted(t *testing.T) {
	t.Parallel()
	e := exported{"u", New(hidden)}
	asJSON, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	asXML, err := xml.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	asYAML, err := yaml.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	asKey, err := json.Marshal(map[string]any{"k": &e.Secret})
	if err != nil {
		t.Fatal(err)
	}
	alone, err := e.Secret.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	value, err := e.Secret.MarshalYAML()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ name, got, want string }{
		{"MarshalJSON", string(alone), `"REDACTED"`},
		{"MarshalYAML", fmt.Sprint(value), "REDACTED"},
		{"JSON", string(asJSON), `{"Name":"u","Secret":"REDACTED"}`},
		{"JSON of a pointer", string(asKey), `{"k":"REDACTED"}`},
		{"XML", string(asXML), `<exported><Name>u</Name><Secret>REDACTED</Secret></exported>`},
		{"YAML", string(asYAML), "name: u\nsecret: REDACTED\n"},
	} {
		if row.got != row.want {
			t.Errorf("%s: %s, want %s", row.name, row.got, row.want)
		}
	}
}

func TestNoLogHoldsASecret(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		"JSON": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		var b bytes.Buffer
		log := slog.New(handler(&b))
		for what, v := range holders() {
			log.With("with", v).WithGroup("g").Info(what, "key", v, slog.Group("in", "v", v), slog.Any("any", []any{v}))
		}
		leaks(t, name+" log", b.String())

		b.Reset()
		log.Info("login", "key", New(hidden), "user", &exported{"u", New(hidden)})
		if got := strings.Count(b.String(), Redacted); name == "JSON" && got != 2 || got < 1 {
			t.Errorf("%s log says %s %d times: %s", name, Redacted, got, b.String())
		}
	}
}

func TestReveal(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		s     Secret
		want  string
		empty bool
	}{
		{"a secret", New(hidden), hidden, false},
		{"a blank is a secret", New(" "), " ", false},
		{"no text", New(""), "", true},
		{"zero value", Secret{}, "", true},
	} {
		if got := row.s.Reveal(); got != row.want || row.s.Empty() != row.empty {
			t.Errorf("%s: %q, empty %v; want %q, %v", row.name, got, row.s.Empty(), row.want, row.empty)
		}
	}
	copied := New(hidden)
	if other := copied; other.Reveal() != hidden {
		t.Error("a copy does not reveal the secret")
	}
}

// TestASecretIsNotDecoded: a secret that stands in a file itself, and not by reference, is
// refused, without being shown.
func TestASecretIsNotDecoded(t *testing.T) {
	t.Parallel()
	var e exported
	err := json.Unmarshal([]byte(`{"Name": "u", "Secret": "`+hidden+`"}`), &e)
	if err == nil || !e.Secret.Empty() {
		t.Fatalf("decoded, error %v", err)
	}
	leaks(t, "the error of JSON", err.Error())
}
