// Package symptom is the table of what a firewall can show.
package symptom

import (
	"embed"
	"fmt"

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

// All returns the table, in the order in which a person would look.
func All() []Symptom { return syslog() }

// Find returns the symptom of that ID.
func Find(id string) (Symptom, bool) {
	for _, s := range All() {
		if s.ID == id {
			return s, true
		}
	}
	return Symptom{}, false
}
