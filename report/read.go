package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/uidprobe/uidprobe/check"
)

// maxReport is the longest JSON report that is read, in bytes.
const maxReport = 32 << 20

// NotAReportError is the error of ReadJSON for JSON that is not a report of this version.
type NotAReportError struct {
	Schema string // what it says it is; "" if it says nothing
}

func (e NotAReportError) Error() string {
	if e.Schema == "" {
		return fmt.Sprintf("not a uidprobe report: it has no schema, want %q", Schema)
	}
	return fmt.Sprintf("schema %q: want %q", clip(e.Schema), Schema)
}

// clip bounds a foreign text for an error.
func clip(s string) string {
	const most = 100
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

// ReadJSON reads a report that JSON has written, up to 32 MiB. Fields it does not know are
// passed over; the verdict and the tally are not read, since they follow from the results.
// The errors name the result that is wrong, counted from 0; a NotAReportError is JSON of
// another kind.
func ReadJSON(r io.Reader) ([]check.Result, Meta, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxReport+1))
	if err != nil {
		return nil, Meta{}, fmt.Errorf("read report: %w", err)
	}
	if len(text) > maxReport {
		return nil, Meta{}, fmt.Errorf("read report: longer than %d bytes", maxReport)
	}
	// Not a document, so that one wrong result can be named and another schema is said
	// before the first field that it has otherwise.
	var d struct {
		Schema     string            `json:"schema"`
		Tool       tool              `json:"tool"`
		FailOnWarn bool              `json:"fail_on_warn"`
		Results    []json.RawMessage `json:"results"`
	}
	var kind struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(text, &kind); err != nil {
		return nil, Meta{}, fmt.Errorf("read report: %w", located(err))
	}
	if kind.Schema != Schema {
		return nil, Meta{}, fmt.Errorf("read report: %w", NotAReportError{kind.Schema})
	}
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, Meta{}, fmt.Errorf("read report: %w", located(err))
	}
	results := make([]check.Result, 0, len(d.Results))
	for i, raw := range d.Results {
		result, err := readAnswer(raw)
		if err != nil {
			return nil, Meta{}, fmt.Errorf("read report: result %d: %w", i, err)
		}
		results = append(results, result)
	}
	return results, Meta{Version: d.Tool.Version, FailOnWarn: d.FailOnWarn}, nil
}

// located adds to an error of syntax where it is.
func located(err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("not JSON at byte %d: %w", syntax.Offset, err)
	}
	return err
}

func readAnswer(raw []byte) (check.Result, error) {
	var a answer
	if err := json.Unmarshal(raw, &a); err != nil {
		return check.Result{}, err
	}
	r := check.Result{
		Check: a.Check, Title: a.Title, Source: a.Source, Target: a.Target,
		Status: a.Status, Summary: a.Summary, Hint: a.Hint, Symptom: a.Symptom,
		CausedBy: a.CausedBy, Skipped: a.Skipped, Internal: a.Internal,
		Evidence: a.Evidence, Took: time.Duration(a.Took),
	}
	if r.Status == 0 {
		return r, fmt.Errorf("%q has no status", clip(r.Ref().String()))
	}
	if a.Started != nil {
		r.Started = a.Started.UTC()
		if !r.Started.IsZero() && moment(r.Started) == nil {
			return r, fmt.Errorf("%q: started in the year %d", clip(r.Ref().String()), r.Started.Year())
		}
	}
	for _, m := range a.Measures {
		value := math.NaN()
		if m.Value != nil {
			value = *m.Value
		}
		r.Measures = append(r.Measures, check.Measure{Name: m.Name, Value: value, Unit: m.Unit})
	}
	return r, nil
}
