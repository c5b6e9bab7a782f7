package credential

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// fewRounds keep the tests fast; TestTheRealRounds holds the real number.
const fewRounds = 10

// fastGate is a gate with a cheap hash.
func fastGate(config GateConfig) *Gate {
	g := NewGate(config)
	g.rounds = fewRounds
	return g
}

// peer is a server that takes one password, or breaks in some way.
type peer struct {
	verdict Verdict
	err     error
	askErr  error
	asked   int
	sent    int
	between func() // called in send
}

func (p *peer) ask(context.Context) error { p.asked++; return p.askErr }

func (p *peer) send(context.Context) (Verdict, error) {
	p.sent++
	if p.between != nil {
		p.between()
	}
	return p.verdict, p.err
}

// spend is one Spend of u@CORP.EXAMPLE at its realm.
func spend(t *testing.T, g *Gate, password string, p *peer) error {
	t.Helper()
	return g.Spend(t.Context(), account(t, `CORP\u`), authority(t, "CORP"), New(password), p.ask, p.send)
}

// outcome is a Spend in short: "accepted", "refused", "refused, sent now", "error".
func outcome(err error) string {
	var refused *RefusedError
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &refused) && refused.Sent:
		return string(refused.State) + ", sent now"
	case errors.As(err, &refused):
		return string(refused.State)
	}
	return "error"
}

// TestGate is the machine: what the first run finds, and what that makes of the next use in
// the same run, in the next run, with the flag, and with another password.
func TestGate(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	type seen struct {
		outcome     string
		asked, sent int
	}
	for _, row := range []struct {
		name                              string
		peer                              peer
		first, again, later, retry, other seen
	}{
		{"accepted", peer{verdict: Accepted},
			seen{"ok", 1, 1}, seen{"ok", 0, 1}, seen{"ok", 1, 1}, seen{"ok", 1, 1}, seen{"ok", 1, 1}},
		{"accepted, and then trouble", peer{verdict: Accepted, err: broken},
			seen{"error", 1, 1}, seen{"ok", 0, 1}, seen{"ok", 1, 1}, seen{"ok", 1, 1}, seen{"ok", 1, 1}},
		{"refused", peer{verdict: Refused},
			seen{"refused, sent now", 1, 1}, seen{"refused", 0, 0}, seen{"refused", 0, 0}, seen{"ok", 1, 1}, seen{"ok", 1, 1}},
		{"refused with an error", peer{verdict: Refused, err: broken},
			seen{"refused, sent now", 1, 1}, seen{"refused", 0, 0}, seen{"refused", 0, 0}, seen{"ok", 1, 1}, seen{"ok", 1, 1}},
		{"silence", peer{verdict: Silent},
			seen{"pending, sent now", 1, 1}, seen{"pending", 0, 0}, seen{"pending", 0, 0}, seen{"ok", 1, 1}, seen{"ok", 1, 1}},
		{"silence with an error", peer{verdict: Silent, err: broken},
			seen{"pending, sent now", 1, 1}, seen{"pending", 0, 0}, seen{"pending", 0, 0}, seen{"ok", 1, 1}, seen{"ok", 1, 1}},
		{"a verdict that there is not", peer{verdict: 99},
			seen{"pending, sent now", 1, 1}, seen{"pending", 0, 0}, seen{"pending", 0, 0}, seen{"ok", 1, 1}, seen{"ok", 1, 1}},
		{"nothing left", peer{verdict: Unsent, err: broken},
			seen{"error", 1, 1}, seen{"ok", 1, 1}, seen{"ok", 1, 1}, seen{"ok", 1, 1}, seen{"ok", 1, 1}},
		{"the question had no answer", peer{verdict: Accepted, askErr: broken},
			seen{"error", 1, 0}, seen{"ok", 1, 1}, seen{"ok", 1, 1}, seen{"ok", 1, 1}, seen{"ok", 1, 1}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			try := func(what string, g *Gate, password string, p peer, want seen) {
				t.Helper()
				got := seen{outcome(spend(t, g, password, &p)), p.asked, p.sent}
				if got != want {
					t.Errorf("%s: %+v, want %+v", what, got, want)
				}
			}
			// Another password goes first in a folder of its own, so that it changes nothing here.
			good := peer{verdict: Accepted}
			elsewhere := t.TempDir()
			try("first, elsewhere", fastGate(GateConfig{Dir: elsewhere}), hidden, row.peer, row.first)
			try("another password", fastGate(GateConfig{Dir: elsewhere}), hidden+"2", good, row.other)

			run := fastGate(GateConfig{Dir: dir})
			try("first", run, hidden, row.peer, row.first)
			try("the same run", run, hidden, good, row.again)
			try("a later run", fastGate(GateConfig{Dir: dir}), hidden, good, row.later)
			try("a later run with the flag", fastGate(GateConfig{Dir: dir, RetryRefused: true}), hidden, good, row.retry)
			try("after that", fastGate(GateConfig{Dir: dir}), hidden, good, seen{"ok", 1, 1})
		})
	}
}

// TestARefusalIsNotForgottenForAnother: who goes back to a password that was refused before
// the last one is refused, too.
func TestARefusalIsNotForgottenForAnother(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i, row := range []struct {
		password string
		verdict  Verdict
		want     string
	}{
		{"first", Refused, "refused, sent now"}, {"second", Silent, "pending, sent now"}, {"first", Accepted, "refused"},
		{"second", Accepted, "pending"}, {"third", Accepted, "ok"}, {"first", Accepted, "refused"}, {"third", Refused, "refused, sent now"},
		{"third", Accepted, "refused"}, {"fourth", Accepted, "ok"},
	} {
		if got := outcome(spend(t, fastGate(GateConfig{Dir: dir}), row.password, &peer{verdict: row.verdict})); got != row.want {
			t.Errorf("run %d, %s: %s, want %s", i+1, row.password, got, row.want)
		}
	}
}

// TestTheFlagIsForOneAttempt: in the run that has it, a second refusal is final.
func TestTheFlagIsForOneAttempt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, verdict := range []Verdict{Refused, Silent} {
		_ = spend(t, fastGate(GateConfig{Dir: dir}), hidden, &peer{verdict: verdict})
		g, p := fastGate(GateConfig{Dir: dir, RetryRefused: true}), &peer{verdict: verdict}
		for range 3 {
			if err := spend(t, g, hidden, p); err == nil {
				t.Error("it went through")
			}
		}
		if p.sent != 1 {
			t.Errorf("%v: sent %d times, want once", verdict, p.sent)
		}
	}
}

// TestAProvenPasswordMayBeRefused: it was changed during the run. Nobody uses it again.
func TestAProvenPasswordMayBeRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	g, server := fastGate(GateConfig{Dir: dir}), errors.New("KDC_ERR_PREAUTH_FAILED")
	for i, row := range []struct {
		peer peer
		want string
		sent int
	}{
		{peer{verdict: Accepted}, "ok", 1},
		{peer{verdict: Silent}, "error", 1}, // of a proven password, silence proves nothing
		{peer{verdict: Unsent}, "error", 1},
		{peer{verdict: Accepted}, "ok", 1},
		{peer{verdict: Refused, err: server}, "refused, sent now", 1},
		{peer{verdict: Accepted}, "refused", 0},
	} {
		if got := outcome(spend(t, g, hidden, &row.peer)); got != row.want || row.peer.sent != row.sent || row.peer.asked > 0 && i > 0 {
			t.Errorf("use %d: %s, sent %d, asked %d; want %s, %d", i+1, got, row.peer.sent, row.peer.asked, row.want, row.sent)
		}
	}
	if got := outcome(spend(t, fastGate(GateConfig{Dir: dir}), hidden, &peer{verdict: Accepted})); got != "refused" {
		t.Errorf("a later run: %s, want refused", got)
	}
}

// TestARevocationIsWritten after an interrupt; and a disk that does not take it is named.
func TestARevocationIsWritten(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		spoil bool
		says  string
		later string
	}{{"interrupted", false, "the password was refused", "refused"}, {"no folder", true, "its gate does not know that", "error"}} {
		dir := filepath.Join(t.TempDir(), "gate")
		g := fastGate(GateConfig{Dir: dir})
		_ = spend(t, g, hidden, &peer{verdict: Accepted})
		ctx, cancel := context.WithCancel(t.Context())
		p := &peer{verdict: Refused, between: cancel}
		if row.spoil {
			p.between = func() {
				cancel()
				if err := errors.Join(os.RemoveAll(dir), os.WriteFile(dir, nil, 0o600)); err != nil {
					t.Error(err)
				}
			}
		}
		err := g.Spend(ctx, account(t, "u@corp"), authority(t, "corp"), New(hidden), p.ask, p.send)
		if outcome(err) != "refused, sent now" || !strings.Contains(err.Error(), row.says) || strings.Contains(err.Error(), "not sent") {
			t.Errorf("%s: %v, want %s", row.name, err, row.says)
		}
		if got := outcome(spend(t, g, hidden, &peer{verdict: Accepted})); got != "refused" {
			t.Errorf("%s, the same run: %s, want refused", row.name, got)
		}
		if got := outcome(spend(t, fastGate(GateConfig{Dir: dir}), hidden, &peer{verdict: Accepted})); got != row.later {
			t.Errorf("%s, a later run: %s, want %s", row.name, got, row.later)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		if got := outcome(spend(t, g, hidden, &peer{verdict: Accepted})); got != "refused" {
			t.Errorf("%s, the same run without the file: %s, want refused", row.name, got)
		}
	}
}

// TestAnotherRunsRefusalEndsAProof: what one run has proven, another may find refused.
func TestAnotherRunsRefusalEndsAProof(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		verdict Verdict
		want    string
	}{{Refused, "refused"}, {Silent, "pending"}, {Accepted, "ok"}} {
		dir := t.TempDir()
		g := fastGate(GateConfig{Dir: dir, RetryRefused: true})
		if err := spend(t, g, hidden, &peer{verdict: Accepted}); err != nil {
			t.Fatal(err)
		}
		_ = spend(t, fastGate(GateConfig{Dir: dir}), hidden, &peer{verdict: row.verdict})
		p := &peer{verdict: Accepted}
		if got := outcome(spend(t, g, hidden, p)); got != row.want || p.asked != 0 {
			t.Errorf("%v elsewhere: %s, asked %d times; want %s", row.verdict, got, p.asked, row.want)
		}
	}
}

// TestANewPasswordElsewhereEndsAProof: the run that still has the old one proves it anew.
func TestANewPasswordElsewhereEndsAProof(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	g := fastGate(GateConfig{Dir: dir})
	_ = spend(t, g, hidden, &peer{verdict: Accepted})
	_ = spend(t, fastGate(GateConfig{Dir: dir}), "the new one", &peer{verdict: Accepted})
	p := &peer{verdict: Refused}
	if got := outcome(spend(t, g, hidden, p)); got != "refused, sent now" || p.asked != 1 {
		t.Errorf("%s, asked %d times; want it alone", got, p.asked)
	}
}

// TestARemovedFileForgets, but not what this run knows.
func TestARemovedFileForgets(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		verdict      Verdict
		again, later string
		asked        int
	}{{Accepted, "ok", "ok", 0}, {Refused, "refused", "ok", 0}} {
		dir := t.TempDir()
		g := fastGate(GateConfig{Dir: dir})
		_ = spend(t, g, hidden, &peer{verdict: row.verdict})
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		p := &peer{verdict: Accepted}
		if got := outcome(spend(t, g, hidden, p)); got != row.again || p.asked != row.asked {
			t.Errorf("%v: %s, asked %d; want %s", row.verdict, got, p.asked, row.again)
		}
		if got := outcome(spend(t, fastGate(GateConfig{Dir: dir}), hidden, &peer{verdict: Accepted})); got != row.later {
			t.Errorf("%v, a later run: %s, want %s", row.verdict, got, row.later)
		}
	}
}

// TestAPanicAfterTheIntentIsSilence.
func TestAPanicAfterTheIntentIsSilence(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	g := fastGate(GateConfig{Dir: dir})
	func() {
		defer func() { _ = recover() }()
		_ = spend(t, g, hidden, &peer{between: func() { panic("a defect") }})
		t.Error("no panic")
	}()
	for _, g := range []*Gate{g, fastGate(GateConfig{Dir: dir})} {
		p := &peer{verdict: Accepted}
		if got := outcome(spend(t, g, hidden, p)); got != "pending" || p.sent != 0 {
			t.Errorf("%s, sent %d; want pending, 0", got, p.sent)
		}
	}
}

// TestOneGateForAllNames, and a gate of its own for each account and authority.
func TestOneGateForAllNames(t *testing.T) {
	t.Parallel()
	g := fastGate(GateConfig{Dir: t.TempDir()})
	for _, row := range []struct{ account, authority, want string }{
		{`CORP\u`, "CORP.EXAMPLE", "refused, sent now"},
		{"u@corp", "CORP.EXAMPLE", "refused"},
		{"U@CORP.EXAMPLE", "corp", "refused"},
		{"u", "corp", "refused"},
		{"v@corp", "corp", "refused, sent now"},
		{"u", "host:fw1", "refused, sent now"},
		{"u", "host:fw1:443", "refused"},
		{"u", "host:fw2", "refused, sent now"},
		{"u@corp", "other.example", "refused, sent now"},
	} {
		p := &peer{verdict: Refused}
		err := g.Spend(t.Context(), account(t, row.account), authority(t, row.authority), New(hidden), p.ask, p.send)
		if got := outcome(err); got != row.want {
			t.Errorf("%s at %s: %s, want %s", row.account, row.authority, got, row.want)
		}
	}
}

// TestWhatTheErrorsSay: when, by whom, what to do; and nothing secret.
func TestWhatTheErrorsSay(t *testing.T) {
	t.Parallel()
	clock := noon
	now := func() time.Time { clock = clock.Add(time.Minute); return clock }
	for _, row := range []struct {
		name        string
		peer        peer
		first, then string
		hint        string
	}{
		{"refused", peer{verdict: Refused, err: errors.New("KDC_ERR_PREAUTH_FAILED")},
			"u@CORP.EXAMPLE at realm CORP.EXAMPLE: the password was refused: KDC_ERR_PREAUTH_FAILED",
			`u@CORP.EXAMPLE at realm CORP.EXAMPLE: password not sent: the same one was refused on 2026-03-04 at 12:01:00 UTC, sent by "uidprobe probe kerberos" (process PID, version "1.2.3")`,
			"correct the password; if the server takes this one by now, give --retry-refused-password once: each further refusal brings the account closer to its lockout"},
		{"silent", peer{},
			"u@CORP.EXAMPLE at realm CORP.EXAMPLE: no answer after the password was sent",
			`u@CORP.EXAMPLE at realm CORP.EXAMPLE: password not sent: the same one got no answer on 2026-03-04 at 12:01:00 UTC, sent by "uidprobe probe kerberos" (process PID, version "1.2.3")`,
			"see in the server's log whether the password was right and whether the account is locked; then correct the password, or give --retry-refused-password once"},
	} {
		clock = noon
		config := GateConfig{Dir: t.TempDir(), Now: now, Command: "uidprobe probe kerberos", Version: "1.2.3"}
		first := spend(t, fastGate(config), hidden, &row.peer)
		then := spend(t, fastGate(config), hidden, &row.peer)
		pid := strings.NewReplacer("PID", itoa(os.Getpid()))
		var refused *RefusedError
		if first.Error() != row.first || then.Error() != pid.Replace(row.then) || !errors.As(then, &refused) || refused.Hint() != row.hint {
			t.Errorf("%s:\n%v\n%v\n%s", row.name, first, then, refused.Hint())
		}
		if row.peer.err != nil && !errors.Is(first, row.peer.err) {
			t.Errorf("%s: %v does not hold what send returned", row.name, first)
		}
	}
	quiet := (&RefusedError{Account: "u", Authority: "host fw1", State: StateRefused, When: noon, PID: 7}).Error()
	if want := "u at host fw1: password not sent: the same one was refused on 2026-03-04 at 12:00:00 UTC, sent by uidprobe (process 7)"; quiet != want {
		t.Errorf("got  %s\nwant %s", quiet, want)
	}
}

// TestNoClockDecides: neither a clock that goes back nor one that has stopped.
func TestNoClockDecides(t *testing.T) {
	t.Parallel()
	for _, years := range []int{-100, -1, 0, 1, 100} {
		dir := t.TempDir()
		_ = spend(t, fastGate(GateConfig{Dir: dir, Now: func() time.Time { return noon }}), hidden, &peer{verdict: Refused})
		g := fastGate(GateConfig{Dir: dir, Now: func() time.Time { return noon.AddDate(years, 0, 0) }})
		if got := outcome(spend(t, g, hidden, &peer{verdict: Accepted})); got != "refused" {
			t.Errorf("%d years later: %s, want refused", years, got)
		}
	}
	p := &peer{verdict: Accepted}
	g := fastGate(GateConfig{Dir: t.TempDir(), Now: func() time.Time { return time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }})
	if got := outcome(spend(t, g, hidden, p)); got != "error" || p.sent != 0 {
		t.Errorf("a time that no file holds: %s, sent %d; want an error, 0", got, p.sent)
	}
}

func TestHoldIsForTheWaitAlone(t *testing.T) {
	t.Parallel()
	var log []string
	note := func(s string) func() { return func() { log = append(log, s) } }
	g := fastGate(GateConfig{Dir: t.TempDir(), Hold: func(context.Context) func() { note("hold")(); return note("release") }})
	ask := func(context.Context) error { note("ask")(); return nil }
	send := func(context.Context) (Verdict, error) { note("send")(); return Accepted, nil }
	for range 2 {
		if err := g.Spend(t.Context(), account(t, "u@corp"), authority(t, "corp"), New(hidden), ask, send); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := strings.Join(log, " "), "hold release ask send send"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestNothingToSpend(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "never")
	p := &peer{verdict: Accepted}
	u, corp := account(t, "u@corp"), authority(t, "corp")
	for _, row := range []struct {
		name      string
		dir       string
		account   Account
		authority Authority
		secret    Secret
		ask       func(context.Context) error
		err       string
	}{
		{"no account", dir, Account{}, corp, New(hidden), p.ask, "gate: no account"},
		{"no authority", dir, u, Authority{}, New(hidden), p.ask, "gate of u@CORP.EXAMPLE: no authority"},
		{"no password", dir, u, corp, Secret{}, p.ask, "u@CORP.EXAMPLE at realm CORP.EXAMPLE: no password"},
		{"no question", dir, u, corp, New(hidden), nil, "u@CORP.EXAMPLE at realm CORP.EXAMPLE: nothing to ask or to send"},
		{"no folder", "", u, corp, New(hidden), p.ask, `u@CORP.EXAMPLE at realm CORP.EXAMPLE: password not sent: the folder of its gate is "", which is not an absolute path`},
		{"a folder of the working directory", "gate", u, corp, New(hidden), p.ask, `u@CORP.EXAMPLE at realm CORP.EXAMPLE: password not sent: the folder of its gate is "gate", which is not an absolute path`},
	} {
		err := fastGate(GateConfig{Dir: row.dir}).Spend(t.Context(), row.account, row.authority, row.secret, row.ask, p.send)
		if err == nil || err.Error() != row.err {
			t.Errorf("%s: %v, want %s", row.name, err, row.err)
		}
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) || p.asked+p.sent != 0 {
		t.Errorf("a folder was made (%v), or a peer asked: %+v", err, p)
	}
}

// TestAContextThatEnds before the intent costs nothing.
func TestAContextThatEnds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	stopped := errors.New("interrupted")
	for _, when := range []string{"before", "in ask"} {
		ctx, cancel := context.WithCancelCause(t.Context())
		p := &peer{verdict: Accepted}
		ask := func(context.Context) error { cancel(stopped); return nil }
		if when == "before" {
			cancel(stopped)
		}
		err := fastGate(GateConfig{Dir: dir}).Spend(ctx, account(t, "u@corp"), authority(t, "corp"), New(hidden), ask, p.send)
		if !errors.Is(err, stopped) || p.sent != 0 || outcome(err) != "error" {
			t.Errorf("%s: %v, sent %d", when, err, p.sent)
		}
	}
	// One that ends between the intent and the verdict does not keep the verdict from disk.
	ctx, cancel := context.WithCancel(t.Context())
	p := &peer{verdict: Refused, between: cancel}
	err := fastGate(GateConfig{Dir: dir}).Spend(ctx, account(t, "u@corp"), authority(t, "corp"), New(hidden), p.ask, p.send)
	if got := outcome(err); got != "refused, sent now" {
		t.Errorf("%s, want refused, sent now", got)
	}
	if got := outcome(spend(t, fastGate(GateConfig{Dir: dir}), hidden, p)); got != "refused" {
		t.Errorf("later: %s, want refused", got)
	}
}
