package profile

import (
	"bytes"
	"errors"
	"os"
	"reflect"
	"regexp"
	"slices"
)

// Suite is profiles and the cases that hold them to what they are for.
type Suite struct {
	Tested []Tested // in the order read
	Cases  []Case   // samples come as cases as well, before the cases of their file

	records []recorded
}

// Tested is a profile under test.
type Tested struct {
	File    string // where it stands; empty for a profile made in Go
	Profile Profile
}

// String names the profile and its file.
func (t Tested) String() string {
	if t.File == "" {
		return t.Profile.Name
	}
	return t.File + ": " + t.Profile.Name
}

// is says whether an attached profile is the one under test: of that name, with that
// identifier. Two files may each have a profile of one name.
func (t Tested) is(p Profile) bool {
	return p.Name == t.Profile.Name && reflect.DeepEqual(p.Regex, t.Profile.Regex) && reflect.DeepEqual(p.Field, t.Profile.Field)
}

// recorded is an .expected.json as it would be written anew.
type recorded struct {
	file     string
	old      []byte
	document expectedFile
	config   Config
	messages []string
}

// ReadSuite reads profiles and cases. A path is a file of profiles, with its cases within or
// beside it; a file of cases, NAME.cases.yaml, which are for the profiles of NAME.yaml or of its
// profile-files; a log, NAME.log, whose NAME.expected.json says what each line becomes; or a
// folder, which is read with all that is in it, names with a dot at the beginning apart. known
// are profiles that cases may attach beside those of their file. The error holds all mistakes
// of all files (strictyaml.Problems), or is that of a file that cannot be read.
func ReadSuite(paths []string, known []Profile) (*Suite, error) {
	return readSuite(paths, known, false)
}

// ReadLogs is ReadSuite for Record: a log needs no .expected.json yet.
func ReadLogs(paths []string, known []Profile) (*Suite, error) { return readSuite(paths, known, true) }

func readSuite(paths []string, known []Profile, anew bool) (*Suite, error) {
	r := reader{known: known, anew: anew, sets: map[string][]Profile{}, done: map[string]bool{}, messages: map[string]bool{}}
	for _, path := range paths {
		r.errs = append(r.errs, r.path(path))
	}
	r.errs = append(r.errs, r.readLogs())
	if err := errors.Join(r.errs...); err != nil {
		return nil, err
	}
	return &r.suite, nil
}

// LoadSuite reads one file of profiles, with the cases in it, from memory. A case in it may not
// name a file of messages.
func LoadSuite(file string, data []byte, known []Profile) (*Suite, error) {
	r := reader{known: known, sets: map[string][]Profile{}}
	if err := r.set(file, data, nil); err != nil {
		return nil, err
	}
	return &r.suite, nil
}

// Add appends the profiles and cases of another suite.
func (s *Suite) Add(other *Suite) {
	s.Tested = append(s.Tested, other.Tested...)
	s.Cases = append(s.Cases, other.Cases...)
	s.records = append(s.records, other.records...)
}

// Select keeps the cases whose file and name, as "ise.yaml: login of a guest", match.
func (s *Suite) Select(pattern *regexp.Regexp) {
	s.Cases = slices.DeleteFunc(s.Cases, func(c Case) bool { return !pattern.MatchString(c.target()) })
}

// Record writes every .expected.json of the suite anew, as the profiles read the logs now, and
// returns the names of those that have changed.
func (s *Suite) Record() (changed []string, err error) {
	for _, r := range s.records {
		m, err := Compile(r.config)
		if err != nil {
			return changed, err
		}
		text := r.document.record(m, r.messages)
		if bytes.Equal(text, r.old) {
			continue
		}
		if err := os.WriteFile(r.file, text, 0o644); err != nil {
			return changed, err
		}
		changed = append(changed, r.file)
	}
	return changed, nil
}
