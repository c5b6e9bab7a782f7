package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
)

// maxField is the longest text of a JSON report, in bytes: far above any counter table or
// message, and low enough that a peer which answers without end does not fill a disk.
const maxField = 64 << 10

// JSON writes the report for programs, as docs/report.schema.json describes it: one
// document with its verdict, indented, times in UTC, durations in seconds. Texts from
// outside are escaped so that printing the document on a terminal is harmless: what is not
// printable as \u…, bytes that are not UTF-8 as the four characters \xNN; texts over 64 KiB
// are cut and say so. The errors are those of w, and a result without a status.
func JSON(w io.Writer, results []check.Result, m Meta) error {
	results = ordered(results)
	t := tally(results)
	started, took := span(results)
	d := document{
		Schema:     Schema,
		Tool:       tool{"uidprobe", field(m.Version)},
		Verdict:    verdictNotReady,
		FailOnWarn: m.FailOnWarn, Interrupted: t.Interrupted(), Internal: t.Internal(), Refused: t.Refused(),
		Tally:   tallyCount{t.Pass, t.Skip, t.Warn, t.Fail, t.Error},
		Started: moment(started),
		Took:    seconds(min(took, longest*time.Second)),
		Results: make([]answer, 0, len(results)),
	}
	if t.Ready(m.FailOnWarn) {
		d.Verdict = verdictReady
	}
	for _, r := range results {
		if r.Status < check.Pass || r.Status > check.Error {
			return fmt.Errorf("report: %q has no status", r.Ref())
		}
		d.Results = append(d.Results, answerOf(r))
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false) // <34> is how a syslog message begins, and no page shows this
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(d); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	_, err := w.Write(escaped(b.Bytes()))
	return err
}

func answerOf(r check.Result) answer {
	a := answer{
		Check: field(r.Check), Source: field(r.Source), Target: field(r.Target),
		Title:   lang.Text{EN: field(r.Title.EN), JA: field(r.Title.JA)},
		Status:  r.Status,
		Summary: field(r.Summary), Hint: field(r.Hint), Symptom: field(r.Symptom),
		Skipped:  check.SkipReason(field(string(r.Skipped))),
		Internal: r.Internal,
		Started:  moment(r.Started),
		Took:     seconds(min(r.Took, longest*time.Second)),
	}
	if r.CausedBy != nil {
		a.CausedBy = &check.Ref{Check: field(r.CausedBy.Check), Target: field(r.CausedBy.Target)}
	}
	for _, e := range r.Evidence {
		a.Evidence = append(a.Evidence, check.Evidence{Name: field(e.Name), Text: field(e.Text)})
	}
	for _, m := range r.Measures {
		value := &m.Value
		if math.IsNaN(m.Value) || math.IsInf(m.Value, 0) {
			value = nil
		}
		a.Measures = append(a.Measures, measure{field(m.Name), value, field(m.Unit)})
	}
	return a
}

// field makes a text fit for the document: valid UTF-8, and no longer than maxField.
func field(s string) string {
	if len(s) <= maxField && utf8.ValidString(s) {
		return s
	}
	note := fmt.Sprintf("… (%d bytes)", len(s))
	var b bytes.Buffer
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		text := s[i : i+size]
		if r == utf8.RuneError && size == 1 {
			text = fmt.Sprintf(`\x%02x`, s[i])
		}
		if b.Len()+len(text)+len(note) > maxField {
			b.WriteString(note)
			break
		}
		b.WriteString(text)
		i += size
	}
	return b.String()
}

// escaped replaces what could steer a terminal by \u…, which means the same in JSON.
// Beyond ASCII there are only strings in a document, so that no structure is touched.
func escaped(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case r == 0x7f, r > 0x7f && r <= 0xffff && !inert(r):
			out = fmt.Appendf(out, `\u%04x`, r)
		case r > 0xffff && !unicode.IsPrint(r):
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = append(out, text[i:i+size]...)
		}
		i += size
	}
	return out
}
