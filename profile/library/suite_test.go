package library

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/profile"
)

// Every case of the library passes, can fail, and each profile has both kinds of them.
func TestSuitePasses(t *testing.T) {
	t.Parallel()
	s := Suite()
	if got, want := len(s.Tested), len(everyProfile()); got != want {
		t.Errorf("%d profiles are under test, want %d", got, want)
	}
	asked := map[string]int{}
	for r := range check.Run(t.Context(), s.Checks(profile.TestConfig{Coverage: true, MinCoverage: 100}), check.Config{}) {
		asked[r.Check]++
		if r.Status != check.Pass {
			t.Errorf("%v: %v: %s", r.Ref(), r.Status, r.Summary)
		}
	}
	if asked["profile.case"] != len(s.Cases) || len(s.Cases) < 200 || asked["profile.coverage"] != len(s.Tested) {
		t.Errorf("%v was asked of %d cases and %d profiles", asked, len(s.Cases), len(s.Tested))
	}
}

// Of the weakened copies of the library's profiles, the cases find as many as they did: a case
// that is lost, or weakened itself, shows here.
func TestMutantsOfTheLibrary(t *testing.T) {
	t.Parallel()
	s := Suite()
	var mutants, survivors, alike float64
	for r := range check.Run(t.Context(), s.MutantChecks(), check.Config{}) {
		for name, sum := range map[string]*float64{"mutants": &mutants, "survivors": &survivors, "alike": &alike} {
			value, ok := r.Measure(name)
			if !ok {
				t.Errorf("%v does not measure %s", r.Ref(), name)
			}
			*sum += value
		}
		if m, _ := r.Measure("mutants"); r.Status == check.Error || m == 0 {
			t.Errorf("%v: %v: %s", r.Ref(), r.Status, r.Summary)
		}
	}
	if found := mutants - survivors - alike; found < leastFound*mutants {
		t.Errorf("%g of %g mutants fail a case, %g cannot be told from their profile: want %g of them all", found, mutants, alike, leastFound)
	}
}

const leastFound = 0.46

// A file of the library with a wrong case is refused, with its place.
func TestSuiteNamesTheMistake(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{"vendors/x.yaml": {Data: []byte("profiles:\n  - name: x-login\n    regex-identifier: {event-regex: e, username-regex: u, address-regex: a}\ncases:\n  - name: x\n    message: m\n    nothing: {gave-up: evnt}\n")}}
	_, err := suiteOf(files)
	if want := `library/x.yaml:7:24: gave-up "evnt" is not one of `; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}
