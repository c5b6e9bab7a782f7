package report

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
)

// Schema names the form of a JSON report, which docs/report.schema.json describes. The
// number changes when a field is removed or comes to mean something else; readers pass over
// fields that they do not know.
const Schema = "urn:uidprobe:report:1"

// The verdicts of a JSON report.
const (
	verdictReady    = "ready"
	verdictNotReady = "not-shown-to-be-ready"
)

// Meta is what a report says about itself.
type Meta struct {
	Version    string // of uidprobe; "" when it is not known
	FailOnWarn bool   // whether a warning keeps the verdict from being "ready"
}

// document is a JSON report.
type document struct {
	Schema      string     `json:"schema"`
	Tool        tool       `json:"tool"`
	Verdict     string     `json:"verdict"`
	FailOnWarn  bool       `json:"fail_on_warn"`
	Interrupted bool       `json:"interrupted"`
	Internal    bool       `json:"internal"`
	Refused     bool       `json:"refused"`
	Tally       tallyCount `json:"tally"`
	Started     *time.Time `json:"started,omitempty"`
	Took        seconds    `json:"took_s"`
	Results     []answer   `json:"results"`
}

type tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

type tallyCount struct {
	Pass  int `json:"pass"`
	Skip  int `json:"skip"`
	Warn  int `json:"warn"`
	Fail  int `json:"fail"`
	Error int `json:"error"`
}

// answer is a check.Result as the schema has it. The two are apart so that the schema
// stays what it is when the type moves on.
type answer struct {
	Check    string           `json:"check"`
	Title    lang.Text        `json:"title"`
	Source   string           `json:"source"`
	Target   string           `json:"target"`
	Status   check.Status     `json:"status"`
	Summary  string           `json:"summary"`
	Hint     string           `json:"hint,omitempty"`
	Symptom  string           `json:"symptom,omitempty"`
	CausedBy *check.Ref       `json:"caused_by,omitempty"`
	Skipped  check.SkipReason `json:"skipped,omitempty"`
	Internal bool             `json:"internal,omitempty"`
	Evidence []check.Evidence `json:"evidence,omitempty"`
	Measures []measure        `json:"measures,omitempty"`
	Started  *time.Time       `json:"started,omitempty"` // absent if it was never asked
	Took     seconds          `json:"took_s"`
}

// measure is a check.Measure; a value that is not a finite number is null, since JSON has
// no other word for it, and is read back as NaN.
type measure struct {
	Name  string   `json:"name"`
	Value *float64 `json:"value"`
	Unit  string   `json:"unit"`
}

// seconds is a duration as a JSON number of seconds.
type seconds time.Duration

func (s seconds) MarshalJSON() ([]byte, error) {
	return json.Marshal(max(time.Duration(s), 0).Seconds())
}

// longest is the longest time a report may give, in seconds, some 11 days: no run lasts so
// long, and a floating-point number of seconds keeps its nanoseconds well beyond.
const longest = 1_000_000

func (s *seconds) UnmarshalJSON(text []byte) error {
	var v float64
	if err := json.Unmarshal(text, &v); err != nil {
		return err
	}
	if v < 0 || v > longest {
		return fmt.Errorf("took_s: %v is not between 0 and %d seconds", v, longest)
	}
	*s = seconds(math.Round(v * float64(time.Second)))
	return nil
}

// moment is a time in UTC; nil for the zero time and for years that RFC 3339 cannot write.
func moment(t time.Time) *time.Time {
	t = t.UTC().Round(0)
	if t.IsZero() || t.Year() < 1 || t.Year() > 9999 {
		return nil
	}
	return &t
}
