package strictyaml_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/strictyaml"
)

// FuzzDecode: no panic; every problem names the file, is one line, and stands inside it.
func FuzzDecode(f *testing.F) {
	f.Add(places)
	for _, seed := range []string{"", "a: &a [*a]", "? [a]\n: b\n", "<<: *x", "items: [&a {port: x}, *a]", "\ttab", "--- |\n x\n...\n---\n",
		"version: !!binary aGk=\n", "extra: &x {key: {env: *x}}", "words: {? a : b}", "%YAML 1.2\n---\n", "wait: 9999999999999h"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		var v everything
		doc, err := strictyaml.Decode("f.yaml", []byte(in), &v)
		if err == nil {
			if doc == nil {
				t.Fatalf("Decode(%q): neither document nor error", in)
			}
			return
		}
		var problems strictyaml.Problems
		if !errors.As(err, &problems) || len(problems) == 0 || len(problems) > strictyaml.MaxProblems+1 {
			t.Fatalf("Decode(%q): %d problems in %T", in, len(problems), err)
		}
		lines := 2 + strings.Count(in, "\n") + strings.Count(in, "\r") + strings.Count(in, "\u0085") + strings.Count(in, "\u2028") + strings.Count(in, "\u2029")
		for _, p := range problems {
			if strings.ContainsAny(p.String(), "\n\r\x00\x1b") || p.Line > lines || p.Line < 0 || p.Message == "" {
				t.Errorf("Decode(%q): problem %+v", in, p)
			}
		}
	})
}
