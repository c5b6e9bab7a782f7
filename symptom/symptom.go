// Package symptom is the table of what a firewall can show.
package symptom

import (
	"embed"
	"fmt"
	"regexp"
	"slices"
	"sync"

	"github.com/uidprobe/uidprobe/lang"
)

// Symptom is one thing that a firewall shows: a status, a counter, a log line. A result
// and a fault refer to it by ID.
type Symptom struct {
	ID    string
	Title lang.Text
	// Normal says that a firewall on which all is well shows it too.
	Normal bool
	// Status is the word in the Status column of the server monitor, as printed; "" if the
	// symptom is not a status.
	Status string
	// Pattern is an RE2 expression that finds the symptom in what the firewall prints. It
	// is applied to whole outputs and never relies on a source line number.
	Pattern string
	// Logged says that a line of the log shows it; the Status column shows no more than Status,
	// which other rows may share.
	Logged bool
	// Number is the number that the firewall logs, if it logs one.
	Number *int64

	Meaning  lang.Text
	Causes   []lang.Text // the likeliest first
	Remedies []lang.Text // in the order to try them

	Article string // the vendor's page
	// Confidence is the mark of the facts: "documented", "example", "inferred", "recalled".
	Confidence string
	// ShownWith is the ID of another symptom that the same fault shows; this one then needs
	// no fault of its own.
	ShownWith string
	// NoFault says why no fault of a simulated peer can show the symptom.
	NoFault string
}

//go:embed golden/*.txt
var golden embed.FS

// Golden returns what a firewall prints when it shows the symptom: lines written for this
// project in the vendor's format. It does not come from Pattern, so that each can be held
// to the other.
func (s Symptom) Golden() string {
	text, err := golden.ReadFile("golden/" + s.ID + ".txt")
	if err != nil {
		panic(fmt.Sprintf("symptom %s has no golden file: %v", s.ID, err)) // a test holds them complete
	}
	return string(text)
}

// table is built once: a lookup goes through it often.
var table = sync.OnceValue(func() []Symptom {
	return slices.Concat(syslog(), server(), kerberos(), winrm(), wmi(), network(), authentication())
})

// All returns the table, in the order in which a person would look. The slice is the
// caller's; the lists within its rows are shared and not to be changed.
func All() []Symptom { return slices.Clone(table()) }

// Find returns the symptom of that ID.
func Find(id string) (Symptom, bool) {
	for _, s := range table() {
		if s.ID == id {
			return s, true
		}
	}
	return Symptom{}, false
}

// patterns are the rows' patterns, by ID.
var patterns = sync.OnceValue(func() map[string]*regexp.Regexp {
	compiled := map[string]*regexp.Regexp{}
	for _, s := range table() {
		compiled[s.ID] = regexp.MustCompile(s.Pattern)
	}
	return compiled
})

// ShownIn says whether a text shows the symptom: what a firewall printed, or lines of its
// log. It is false for a symptom that is not in the table.
func (s Symptom) ShownIn(text string) bool {
	pattern := patterns()[s.ID]
	return pattern != nil && pattern.MatchString(text)
}
