package strictyaml_test

import (
	"errors"
	"testing"

	"github.com/uidprobe/uidprobe/strictyaml"
)

const places = `version: 1
items:
  - name: é
    port: 5
  - &b {name: b, port: x}
  - *b
words: {a: b}
`

func TestDocumentAt(t *testing.T) {
	t.Parallel()
	doc, _ := strictyaml.Decode("f.yaml", []byte(places), &everything{})
	for _, row := range []struct {
		name         string
		path         strictyaml.Path
		line, column int
		has, wrong   bool
	}{
		{"the document", nil, 1, 1, true, false},
		{"a value", strictyaml.Path{"version"}, 1, 10, true, false},
		{"a block", strictyaml.Path{"items"}, 3, 3, true, false},
		{"an entry", strictyaml.Path{"items", 0}, 3, 5, true, false},
		{"a value in an entry", strictyaml.Path{"items", 0, "port"}, 4, 11, true, false},
		{"a wrong value", strictyaml.Path{"items", 1, "port"}, 5, 24, true, true},
		{"through an alias", strictyaml.Path{"items", 2, "name"}, 5, 15, true, false},
		{"a missing key", strictyaml.Path{"items", 0, "key", "env"}, 3, 5, false, false},
		{"a missing entry", strictyaml.Path{"items", 9}, 3, 3, false, false},
		{"an entry below zero", strictyaml.Path{"items", -1}, 3, 3, false, false},
		{"a key of a text", strictyaml.Path{"version", "x"}, 1, 10, false, false},
		{"a step of another type", strictyaml.Path{1.5}, 1, 1, false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			line, column := doc.At(row.path...)
			if line != row.line || column != row.column {
				t.Errorf("At(%s) = %d:%d, want %d:%d", row.path, line, column, row.line, row.column)
			}
			if has, wrong := doc.Has(row.path...), doc.Wrong(row.path...); has != row.has || wrong != row.wrong {
				t.Errorf("Has, Wrong(%s) = %v, %v, want %v, %v", row.path, has, wrong, row.has, row.wrong)
			}
		})
	}
	if line, column := doc.AtKey("words", "a"); line != 7 || column != 9 {
		t.Errorf("AtKey(words.a) = %d:%d, want 7:9", line, column)
	}
	if line, column := doc.AtKey("words", "z"); line != 7 || column != 8 {
		t.Errorf("AtKey of a missing key = %d:%d, want its parent's 7:8", line, column)
	}
}

func TestDocumentMisspelt(t *testing.T) {
	t.Parallel()
	doc, _ := strictyaml.Decode("f.yaml", []byte("items:\n  - {nmae: a, zzzzzz: 1}\n  - *a\n"), &everything{})
	if doc != nil {
		t.Fatal("an alias without an anchor was read")
	}
	doc, _ = strictyaml.Decode("f.yaml", []byte("items:\n  - &a {nmae: a, zzzzzz: 1}\n  - *a\n"), &everything{})
	for _, row := range []struct {
		name string
		path strictyaml.Path
		want bool
	}{
		{"meant", strictyaml.Path{"items", 0, "name"}, true},
		{"through an alias", strictyaml.Path{"items", 1, "name"}, true},
		{"not meant", strictyaml.Path{"items", 0, "port"}, false},
		{"elsewhere", strictyaml.Path{"extra", "name"}, false},
		{"an index", strictyaml.Path{"items", 0}, false},
		{"nothing", nil, false},
	} {
		if got := doc.Misspelt(row.path...); got != row.want {
			t.Errorf("%s: Misspelt(%s) = %v, want %v", row.name, row.path, got, row.want)
		}
	}
}

func TestDocumentProblems(t *testing.T) {
	t.Parallel()
	doc, err := strictyaml.Decode("f.yaml", []byte("version: 1\nwords: {a: b}\n"), &everything{})
	if err != nil || doc.Err() != nil {
		t.Fatalf("Decode: %v, Err: %v; want none", err, doc.Err())
	}
	words := strictyaml.Path{"words"}
	doc.Problem(words.With("a"), "use c", "%s: %q is taken", words.With("a"), "b")
	doc.KeyProblem(words.With("a"), "", "no such word")
	doc.Problem(strictyaml.Path{"version"}, "", "too old")
	var got strictyaml.Problems
	if !errors.As(doc.Err(), &got) || len(got) != 3 {
		t.Fatalf("Err() = %v, want three Problems", doc.Err())
	}
	const want = "f.yaml:1:10: too old\nf.yaml:2:9: no such word\nf.yaml:2:12: words.a: \"b\" is taken; use c"
	if got.Error() != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if p := got[2]; p != (strictyaml.Problem{File: "f.yaml", Line: 2, Column: 12, Message: `words.a: "b" is taken`, Hint: "use c"}) {
		t.Errorf("problem %+v", p)
	}
}

func TestPathWithSharesNothing(t *testing.T) {
	t.Parallel()
	base := strictyaml.Path{"items"}.With(0)
	a, b := base.With("a"), base.With("b", 3)
	if a.String() != "items[0].a" || b.String() != "items[0].b[3]" || base.String() != "items[0]" {
		t.Errorf("paths %s, %s, %s", base, a, b)
	}
}
