package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/uidprobe/uidprobe/check"
)

const schemaFile = "../docs/report.schema.json"

func asJSON(t *testing.T, results []check.Result, m Meta) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := JSON(&b, results, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// rich are results that between them use every field with every kind of value.
func rich() []check.Result {
	results := append(odd(), lossy()...)
	results = append(results, interrupted()...)
	results = append(results, hostileResults()[0])
	r := results[0]
	r.Started = start.In(time.FixedZone("JST", 9*60*60)).Add(123456789)
	r.Took = 1234567891 * time.Nanosecond
	r.Measures = []check.Measure{{Name: "odd", Value: math.Inf(1)}, {Name: "small", Value: 1e-9, Unit: "seconds"}}
	return append(results, r)
}

func TestJSONGolden(t *testing.T) {
	t.Parallel()
	golden(t, "lossy.json", asJSON(t, lossy(), Meta{Version: "v0.1.0"}))
	golden(t, "empty.json", asJSON(t, nil, Meta{}))
}

// TestJSONIsAsTheSchemaSays also holds that the schema describes every field that is
// written: for the test it is closed to others.
func TestJSONIsAsTheSchemaSays(t *testing.T) {
	t.Parallel()
	schema := compileSchema(t)
	for name, results := range map[string][]check.Result{
		"green": allWell(), "unmatched": unmatched(), "lossy": lossy(), "odd": odd(), "interrupted": interrupted(),
		"empty": nil, "rich": rich(),
	} {
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON(t, results, Meta{Version: "v0.1.0"})))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(document); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSchemaRefuses shows that the schema is not one that takes anything.
func TestSchemaRefuses(t *testing.T) {
	t.Parallel()
	schema := compileSchema(t)
	for _, row := range []struct{ name, old, new string }{
		{"another version", "urn:uidprobe:report:1", "urn:uidprobe:report:2"},
		{"a verdict that is none", `"verdict": "not-shown-to-be-ready"`, `"verdict": "fine"`},
		{"a status that is none", `"status": "fail"`, `"status": "failed"`},
		{"a reason that is none", `"skipped": "inapplicable"`, `"skipped": "lazy"`},
		{"a time that is not UTC", `"started": "2024-02-08T02:00:00Z"`, `"started": "2024-02-08T02:00:00+09:00"`},
		{"a time that is none", `"started": "2024-02-08T02:00:00Z"`, `"started": "yesterdayZ"`},
		{"a negative duration", `"took_s": 0.4`, `"took_s": -0.4`},
		{"a number as text", `"value": 12`, `"value": "12"`},
		{"a field that is missing", `"target": "fw1",`, ``},
		{"a field that is unknown", `"target": "fw1",`, `"target": "fw1", "colour": "red",`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			text := string(asJSON(t, lossy(), Meta{}))
			changed := strings.Replace(text, row.old, row.new, 1)
			if changed == text {
				t.Fatalf("the document does not hold %s", row.old)
			}
			document, err := jsonschema.UnmarshalJSON(strings.NewReader(changed))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(document); err == nil {
				t.Error("the schema takes it")
			}
		})
	}
}

func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	closeObjects(schema)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(Schema, schema); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile(Schema)
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// closeObjects makes every object of a schema refuse what it does not describe.
func closeObjects(node any) {
	switch node := node.(type) {
	case map[string]any:
		if node["type"] == "object" {
			node["additionalProperties"] = false
		}
		for _, child := range node {
			closeObjects(child)
		}
	case []any:
		for _, child := range node {
			closeObjects(child)
		}
	}
}

// TestSchemaListsWhatThereIs pins the enumerations of the schema to the program's.
func TestSchemaListsWhatThereIs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	var s struct {
		ID   string `json:"$id"`
		Defs struct {
			Seconds struct{ Maximum float64 }
			Result  struct {
				Properties struct {
					Status, Skipped struct{ Enum []string }
				}
			}
		} `json:"$defs"`
	}
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	var statuses []string
	for status := check.Pass; status <= check.Error; status++ {
		statuses = append(statuses, status.String())
	}
	if diff := cmp.Diff(statuses, s.Defs.Result.Properties.Status.Enum); diff != "" {
		t.Errorf("statuses (-program +schema):\n%s", diff)
	}
	if got := len(s.Defs.Result.Properties.Skipped.Enum); got != len(reasons) {
		t.Errorf("the schema has %d reasons to skip, the program %d", got, len(reasons))
	}
	for _, reason := range s.Defs.Result.Properties.Skipped.Enum {
		if !reasons[check.SkipReason(reason)].Complete() {
			t.Errorf("reason %q has no words", reason)
		}
	}
	if s.ID != Schema || s.Defs.Seconds.Maximum != longest {
		t.Errorf("$id %q and the longest time %v: want %q and %d", s.ID, s.Defs.Seconds.Maximum, Schema, longest)
	}
}

func TestReadJSONGivesBackWhatJSONWrote(t *testing.T) {
	t.Parallel()
	for name, results := range map[string][]check.Result{
		"green": allWell(), "unmatched": unmatched(), "lossy": lossy(), "odd": odd(), "empty": {},
	} {
		for _, meta := range []Meta{{}, {Version: "v1.2.3", FailOnWarn: true}} {
			got, gotMeta, err := ReadJSON(bytes.NewReader(asJSON(t, results, meta)))
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if diff := cmp.Diff(ordered(results), got, cmpopts.EquateEmpty()); diff != "" || gotMeta != meta {
				t.Errorf("%s: meta %+v, want %+v; results (-want +got):\n%s", name, gotMeta, meta, diff)
			}
		}
	}
}

func TestReadJSONKeepsNanosecondsAndZones(t *testing.T) {
	t.Parallel()
	results := rich()
	want := results[len(results)-1]
	got, _, err := ReadJSON(bytes.NewReader(asJSON(t, []check.Result{want}, Meta{})))
	if err != nil {
		t.Fatal(err)
	}
	if !got[0].Started.Equal(want.Started) || got[0].Started.Location() != time.UTC || got[0].Took != want.Took {
		t.Errorf("started %v, took %v; want %v in UTC and %v", got[0].Started, got[0].Took, want.Started.UTC(), want.Took)
	}
	if !math.IsNaN(got[0].Measures[0].Value) || got[0].Measures[1].Value != 1e-9 {
		t.Errorf("measures %v, want NaN and 1e-9", got[0].Measures)
	}
}

func TestEveryDurationComesBack(t *testing.T) {
	t.Parallel()
	for ns := time.Duration(1); ns < longest*time.Second; ns = ns*7/5 + 1 {
		text, err := json.Marshal(seconds(ns))
		if err != nil {
			t.Fatal(err)
		}
		var got seconds
		if err := json.Unmarshal(text, &got); err != nil || time.Duration(got) != ns {
			t.Errorf("%v is written as %s and read as %v, %v", ns, text, time.Duration(got), err)
		}
	}
}

func TestJSONVerdict(t *testing.T) {
	t.Parallel()
	warned := allWell()
	warned[0].Status = check.Warn
	left := allWell()
	skip(&left[1], check.Chosen, "left out", nil)
	for _, row := range []struct {
		name    string
		results []check.Result
		strict  bool
		want    string
		flags   [3]bool // interrupted, internal, refused
	}{
		{"all well", allWell(), true, verdictReady, [3]bool{}},
		{"a warning", warned, false, verdictReady, [3]bool{}},
		{"a warning that counts", warned, true, verdictNotReady, [3]bool{}},
		{"left out by choice", left, true, verdictReady, [3]bool{}},
		{"nothing asked", nil, false, verdictNotReady, [3]bool{}},
		{"a fail", unmatched(), false, verdictNotReady, [3]bool{}},
		{"an error", unreachable(), false, verdictNotReady, [3]bool{}},
		{"interrupted", interrupted(), false, verdictNotReady, [3]bool{true, false, false}},
		{"refused and broken", odd(), false, verdictNotReady, [3]bool{false, true, true}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var d document
			if err := json.Unmarshal(asJSON(t, row.results, Meta{FailOnWarn: row.strict}), &d); err != nil {
				t.Fatal(err)
			}
			if got := [3]bool{d.Interrupted, d.Internal, d.Refused}; d.Verdict != row.want || got != row.flags {
				t.Errorf("verdict %q, flags %v; want %q, %v", d.Verdict, got, row.want, row.flags)
			}
			word := wordNotReady.EN
			if row.want == verdictReady {
				word = wordReady.EN
			}
			out := text(t, row.results, TextOptions{FailOnWarn: row.strict})
			if !strings.Contains(out, "\n"+word+": ") && !strings.HasPrefix(out, word+": ") {
				t.Errorf("the text does not say %q:\n%s", word, out)
			}
		})
	}
}

func TestJSONWantsAStatus(t *testing.T) {
	t.Parallel()
	err := JSON(&bytes.Buffer{}, []check.Result{{Check: "a.b", Target: "fw1"}}, Meta{})
	if err == nil || err.Error() != `report: "a.b@fw1" has no status` {
		t.Errorf("JSON of a result without status = %v", err)
	}
}

func TestReadJSONErrors(t *testing.T) {
	t.Parallel()
	head := `{"schema": "` + Schema + `", `
	for _, row := range []struct{ name, in, want string }{
		{"empty", "", "read report: not JSON at byte 0: unexpected end of JSON input"},
		{"HTML", "<html>", "read report: not JSON at byte 1: invalid character '<' looking for beginning of value"},
		{"cut short", head + `"results": [`, "unexpected end of JSON input"},
		{"two documents", head + `"results": []}{}`, "after top-level value"},
		{"no schema", `{}`, `read report: not a uidprobe report: it has no schema, want "urn:uidprobe:report:1"`},
		{"the next schema", `{"schema": "urn:uidprobe:report:2", "results": 7}`, `read report: schema "urn:uidprobe:report:2": want "urn:uidprobe:report:1"`},
		{"results of another kind", head + `"results": {}}`, "json: cannot unmarshal object"},
		{"no status", head + `"results": [{"check": "a", "target": "b"}]}`, `read report: result 0: "a@b" has no status`},
		{"null", head + `"results": [null]}`, `read report: result 0: "@" has no status`},
		{"a status that is none", head + `"results": [{"status": "pass"}, {"status": "ok"}]}`, `read report: result 1: check: "ok" is not a status`},
		{"negative time", head + `"results": [{"status": "pass", "took_s": -1}]}`, "result 0: took_s: -1 is not between 0 and 1000000 seconds"},
		{"endless time", head + `"results": [{"status": "pass", "took_s": 1e300}]}`, "took_s: 1e+300 is not between"},
		{"time that is none", head + `"results": [{"status": "pass", "started": "now"}]}`, `cannot parse "now"`},
		{"year 10000", head + `"results": [{"status": "pass", "started": "9999-12-31T23:59:59-01:00"}]}`, "started in the year 10000"},
		{"too long", strings.Repeat(" ", maxReport+1), "read report: longer than 33554432 bytes"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			results, _, err := ReadJSON(strings.NewReader(row.in))
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Fatalf("error %v, want %q", err, row.want)
			}
			if results != nil {
				t.Errorf("results beside an error: %v", results)
			}
		})
	}
	_, _, err := ReadJSON(strings.NewReader(`{"schema": "other"}`))
	var other NotAReportError
	if !errors.As(err, &other) || other.Schema != "other" {
		t.Errorf("error %v is not a NotAReportError of %q", err, "other")
	}
}

func TestReadJSONPassesOverUnknownFields(t *testing.T) {
	t.Parallel()
	in := `{"schema": "` + Schema + `", "mood": 1, "results": [{"check": "a", "target": "b", "status": "pass", "mood": [2]}]}`
	results, _, err := ReadJSON(strings.NewReader(in))
	if err != nil || len(results) != 1 || results[0].Check != "a" {
		t.Errorf("results %v, error %v", results, err)
	}
}

func FuzzReadJSON(f *testing.F) {
	var b bytes.Buffer
	for _, results := range [][]check.Result{rich(), nil} {
		b.Reset()
		if err := JSON(&b, results, Meta{Version: "v1"}); err != nil {
			f.Fatal(err)
		}
		f.Add(bytes.Clone(b.Bytes()))
	}
	f.Add([]byte(`{"schema": "urn:uidprobe:report:1", "results": [{"status": "skip", "started": "0000-01-01T00:00:00Z", "took_s": 0.1234567890123}]}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		results, meta, err := ReadJSON(bytes.NewReader(in))
		if err != nil {
			return
		}
		once := asJSON(t, results, meta)
		results, meta, err = ReadJSON(bytes.NewReader(once))
		if err != nil {
			t.Fatalf("cannot read what it wrote: %v\n%s", err, once)
		}
		if twice := asJSON(t, results, meta); !bytes.Equal(once, twice) {
			t.Errorf("not stable:\n%s\n%s", once, twice)
		}
		var out bytes.Buffer
		if err := Text(&out, results, TextOptions{}); err != nil {
			t.Fatal(err)
		}
		assertInert(t, out.String(), TextOptions{})
	})
}
