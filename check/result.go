package check

import (
	"fmt"
	"time"

	"github.com/uidprobe/uidprobe/lang"
)

// Result is the answer to one check. It is plain data: every report and metric is
// drawn from results alone.
type Result struct {
	Check   string    `json:"check"`
	Title   lang.Text `json:"title"`
	Source  string    `json:"source"`
	Target  string    `json:"target"`
	Status  Status    `json:"status"`
	Summary string    `json:"summary"`        // what was found, in words that name the target
	Hint    string    `json:"hint,omitempty"` // what to do next; empty on a pass

	// Symptom is the ID of what the firewall shows when this is the trouble.
	Symptom string `json:"symptom,omitempty"`
	// CausedBy is the result that explains this one; nil if it stands by itself.
	CausedBy *Ref `json:"caused_by,omitempty"`
	// Skipped says why a check with Status Skip was not asked.
	Skipped SkipReason `json:"skipped,omitempty"`
	// Internal says that the check itself broke: a defect of this program.
	Internal bool `json:"internal,omitempty"`

	Evidence []Evidence    `json:"evidence,omitempty"`
	Measures []Measure     `json:"measures,omitempty"`
	Started  time.Time     `json:"started"`
	Took     time.Duration `json:"took_ns"`

	// Then are follow-up checks that this answer makes possible: the addresses behind a
	// name, say. They are put at the end of their targets' queues. Run removes them from
	// the results that it yields.
	Then []Check `json:"-"`
}

// Evidence is something that was seen, by name: a line of a counter table, an answer.
// Whoever makes it has taken secrets out.
type Evidence struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Measure is a number that was measured.
type Measure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"` // "messages", "seconds"; "" for a bare number
}

// Ref names the check that gave this result.
func (r Result) Ref() Ref { return Ref{r.Check, r.Target} }

// Finding says whether the result keeps its target from being shown to be ready: it
// warned, failed, could not be found out, or was skipped although it had to be asked.
func (r Result) Finding() bool {
	switch r.Status {
	case Pass:
		return false
	case Skip:
		return !r.Skipped.Excused()
	default:
		return true
	}
}

// Measure returns the value of the measure of that name.
func (r Result) Measure(name string) (value float64, ok bool) {
	for _, m := range r.Measures {
		if m.Name == name {
			return m.Value, true
		}
	}
	return 0, false
}

// Status is the outcome of a check.
type Status int

// The outcomes. The difference between the last two matters most: Fail says that the
// target is wrong, Error that we could not find out.
const (
	Pass Status = iota + 1
	Skip
	Warn
	Fail
	Error
)

var statusNames = [...]string{Pass: "pass", Skip: "skip", Warn: "warn", Fail: "fail", Error: "error"}

func (s Status) String() string {
	if s < Pass || s > Error {
		return fmt.Sprintf("status(%d)", int(s))
	}
	return statusNames[s]
}

// MarshalText writes the status as its word.
func (s Status) MarshalText() ([]byte, error) {
	if s < Pass || s > Error {
		return nil, fmt.Errorf("check: %v is not a status", s)
	}
	return []byte(s.String()), nil
}

// UnmarshalText reads what MarshalText writes.
func (s *Status) UnmarshalText(text []byte) error {
	for i, name := range statusNames {
		if name != "" && name == string(text) {
			*s = Status(i)
			return nil
		}
	}
	return fmt.Errorf("check: %q is not a status", text)
}

// SkipReason is why a check was not asked.
type SkipReason string

// The reasons. A plan or a person gives the first two, a check the last, Run the others.
const (
	Inapplicable SkipReason = "inapplicable" // the question has no meaning for this target
	Chosen       SkipReason = "chosen"       // the person asked to leave it out
	NeedNotMet   SkipReason = "need-not-met" // a check it needs did not pass
	Interrupted  SkipReason = "interrupted"  // the run was ended from outside
	OutOfTime    SkipReason = "out-of-time"  // the clock of the whole run ended
	Refused      SkipReason = "refused"      // the check itself refused, for safety
)

// Excused says whether a target can be ready although the check was skipped.
func (r SkipReason) Excused() bool { return r == Inapplicable || r == Chosen }

// Skipped is why a check of a plan will not be asked.
type Skipped struct {
	Reason SkipReason
	Why    string // "profile asa-login has no logout event"
}
