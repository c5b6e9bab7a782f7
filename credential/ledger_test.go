package credential

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func sumOf(b byte) []byte { return bytes.Repeat([]byte{b}, sumSize) }

// sample has one record of each state.
func sample() ledger {
	l := newLedger(10)
	for i, state := range []State{StateRefused, StateAccepted, StatePending} {
		l = l.intend(record{Sum: sumOf(byte(i)), Sent: noon, PID: 7, Command: "uidprobe probe kerberos", Version: "1.2.3"})
		if state != StatePending {
			r, _ := l.find(sumOf(byte(i)))
			l = l.judge(r, state, noon)
		}
	}
	return l
}

func TestLedgerSurvivesItsFile(t *testing.T) {
	t.Parallel()
	l := sample()
	raw, err := l.format()
	if err != nil {
		t.Fatal(err)
	}
	got, err := parseLedger(raw)
	if err != nil {
		t.Fatal(err)
	}
	again, err := got.format()
	if err != nil || !bytes.Equal(raw, again) {
		t.Errorf("%v: got\n%s\nwant\n%s", err, again, raw)
	}
	for i, want := range []State{StateRefused, StateAccepted, StatePending} {
		r, there := got.find(sumOf(byte(i)))
		if !there || r.State != want || r.Attempt != i+1 || !r.Sent.Equal(noon) || (r.Judged == nil) != (want == StatePending) {
			t.Errorf("record %d: %+v, want %s", i, r, want)
		}
	}
	if _, there := got.find(sumOf(9)); there {
		t.Error("it finds a password that is not there")
	}
}

func TestADamagedLedgerIsNotRead(t *testing.T) {
	t.Parallel()
	good, err := sample().format()
	if err != nil {
		t.Fatal(err)
	}
	swap := func(old, with string) string {
		if !bytes.Contains(good, []byte(old)) {
			t.Fatalf("no %s in\n%s", old, good)
		}
		return strings.Replace(string(good), old, with, 1)
	}
	for _, row := range []struct{ name, raw, err string }{
		{"empty", "", "it is not the JSON of a gate"},
		{"zeros after a power failure", strings.Repeat("\x00", 100), "it is not the JSON of a gate"},
		{"cut", string(good[:len(good)/2]), "it is not the JSON of a gate"},
		{"two", string(good) + string(good), "something follows its JSON"},
		{"null", "null", "format 0 is not 1"},
		{"empty object", "{}", "format 0 is not 1"},
		{"an unknown key", swap(`"format"`, `"more": 1, "format"`), "it is not the JSON of a gate"},
		{"of a later version", swap(`"format": 1`, `"format": 2`), "format 2 is not 1"},
		{"another hash", swap(algorithm, "MD5"), `hash "MD5" is not PBKDF2-HMAC-SHA256`},
		{"no salt", swap(`"salt": "`, `"salt": "", "about": "`), "a salt of 0 bytes"},
		{"no rounds", swap(`"rounds": 10`, `"rounds": 0`), "0 rounds of the hash"},
		{"rounds for a day", swap(`"rounds": 10`, `"rounds": 100000000`), "100000000 rounds of the hash"},
		{"no records", swap(`"records"`, `"Records": null, "about": "", "hash"`), "it is not the JSON of a gate"},
		{"an unknown state", swap(`"refused"`, `"unproven"`), `record 1: state "unproven"`},
		{"a short hash", swap(`"sum": "`, `"sum": "AAAA", "command": "`), "record 1: a hash of 3 bytes"},
		{"an attempt to come", swap(`"attempt": 3`, `"attempt": 4`), "record 3: attempt 4 of 3"},
		{"refused at no time", swap(`"judged"`, `"sent"`), "record 1: state refused and its time do not agree"},
		{"a password twice", swap("AQEB", "AAAA"), ""}, // the rest of the hash differs
		{"a long command", swap("probe kerberos", strings.Repeat("a", maxWords)), "record 1: too many words about its process"},
		{"long words", swap("uidprobe: what", strings.Repeat("a", maxWords)), "too many words about it"},
		{"too long", string(good) + strings.Repeat(" ", maxLedger), "more than 131072 bytes"},
	} {
		_, err := parseLedger([]byte(row.raw))
		message := ""
		if err != nil {
			message = err.Error()
		}
		if message != row.err {
			t.Errorf("%s: error %q, want %q", row.name, message, row.err)
		}
	}
	twice := sample()
	twice.Records[2].Sum = twice.Records[0].Sum
	raw, _ := twice.format()
	if _, err := parseLedger(raw); err == nil || err.Error() != "record 3: its password has another record" {
		t.Errorf("a password twice: %v", err)
	}
}

func TestLedgerIsBounded(t *testing.T) {
	t.Parallel()
	l := newLedger(10)
	for i := range maxRecords + 5 {
		l = l.intend(record{Sum: sumOf(byte(i)), Sent: noon, Command: strings.Repeat("\x01", maxWords), Version: strings.Repeat("\x01", maxWords)})
	}
	raw, err := l.format()
	if err != nil || len(raw) > maxLedger {
		t.Fatalf("%d bytes, %v", len(raw), err)
	}
	if len(l.Records) != maxRecords || l.Records[0].Attempt != 6 || l.Attempts != maxRecords+5 {
		t.Errorf("%d records from attempt %d on", len(l.Records), l.Records[0].Attempt)
	}
}

// TestOnlyTheLastAcceptedHashIsKept, and every refusal.
func TestOnlyTheLastAcceptedHashIsKept(t *testing.T) {
	t.Parallel()
	l := sample()
	r, _ := l.find(sumOf(2))
	after := l.judge(r, StateAccepted, noon)
	var states []State
	for _, r := range after.Records {
		states = append(states, r.State)
	}
	if !slices.Equal(states, []State{StateRefused, StateAccepted}) {
		t.Errorf("states %v", states)
	}
	if len(l.Records) != 3 || l.Records[2].State != StatePending {
		t.Errorf("the ledger before it has changed: %+v", l.Records)
	}
}

func FuzzParseLedger(f *testing.F) {
	good, err := sample().format()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:100])
	f.Add([]byte("null"))
	f.Add([]byte(`{"format":1,"hash":"PBKDF2-HMAC-SHA256","salt":"AAAAAAAAAAAAAAAAAAAAAA==","rounds":1,"records":[]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		l, err := parseLedger(raw)
		if err != nil {
			if len(err.Error()) > 600 {
				t.Errorf("a long error: %q", err)
			}
			return
		}
		once, err := l.format()
		if err != nil {
			t.Fatalf("accepted and not written: %v", err)
		}
		again, err := parseLedger(once)
		if err != nil {
			t.Fatalf("written and not accepted: %v\n%s", err, once)
		}
		if twice, err := again.format(); err != nil || !bytes.Equal(once, twice) {
			t.Errorf("%v: once\n%s\ntwice\n%s", err, once, twice)
		}
	})
}
