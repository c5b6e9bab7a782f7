package check

import (
	"slices"
	"testing"
)

func TestPlaces(t *testing.T) {
	t.Parallel()
	for _, p := range []Place{{"a.yaml", 3, 5}, {`C:\x y\a.yaml`, 1, 1}, {"a:7", 2, 3}} {
		if got, ok := ParsePlace(p.String()); !ok || got != p {
			t.Errorf("ParsePlace(%q) = %+v, %v", p, got, ok)
		}
	}
	for _, text := range []string{"", "a", "a:1", ":1:2", "a:0:1", "a:1:-1", "a:x:1"} {
		if got, ok := ParsePlace(text); ok {
			t.Errorf("ParsePlace(%q) = %+v, want none", text, got)
		}
	}
	r := Result{Evidence: []Evidence{{EvidencePlace, "a:2:3"}, {"other", "a:4:5"}, {EvidencePlace, "no place"}, {EvidencePlace, "b:1:1"}}}
	if got := r.Places(); !slices.Equal(got, []Place{{"a", 2, 3}, {"b", 1, 1}}) {
		t.Errorf("got %+v", got)
	}
}
