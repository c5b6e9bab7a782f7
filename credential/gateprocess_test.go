package credential

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// The test program is its own second process: with this variable it is a run of the gate.
const childEnv = "UIDPROBE_TEST_GATE"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		os.Exit(child())
	}
	os.Exit(m.Run())
}

// child spends the password once, "dir server retry", over TCP: it sends a line and reads
// the verdict. It prints where it is.
func child() int {
	words := strings.Fields(os.Getenv(childEnv))
	dir, server, retry := words[0], words[1], words[2] == "true"
	ctx := newSignalling(context.Background())
	go func() { <-ctx.locks; fmt.Println("waits") }()
	g := fastGate(GateConfig{Dir: dir, RetryRefused: retry, Command: "child"})
	a, err := ParseAccount(`CORP\u`, corp)
	if err != nil {
		return 3
	}
	at, err := RealmAuthority("corp", corp)
	if err != nil {
		return 3
	}
	ask := func(context.Context) error { return nil }
	err = g.Spend(ctx, a, at, New(hidden), ask, func(context.Context) (Verdict, error) { return request(server) })
	fmt.Println("end", outcome(err))
	return 0
}

// request carries the "password" to the server and reads its verdict; "die" is kill -9.
func request(server string) (Verdict, error) {
	conn, err := net.Dial("tcp", server)
	if err != nil {
		return Unsent, err
	}
	defer conn.Close()
	if _, err := fmt.Fprintln(conn, "password"); err != nil {
		return Silent, err
	}
	answer, err := bufio.NewReader(conn).ReadString('\n')
	switch strings.TrimSpace(answer) {
	case "accepted":
		return Accepted, nil
	case "refused":
		return Refused, nil
	case "die":
		self, err := os.FindProcess(os.Getpid())
		if err == nil {
			err = self.Kill()
		}
		if err == nil {
			select {}
		}
		return Silent, err
	}
	return Silent, err
}

// verdicts is a server that hands each request to the test, which answers it.
func verdicts(t *testing.T) (address string, requests chan func(string)) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	requests = make(chan func(string), 100)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if line, err := bufio.NewReader(conn).ReadString('\n'); err == nil && line == "password\n" {
				requests <- func(answer string) { fmt.Fprintln(conn, answer); conn.Close() }
			}
		}
	}()
	t.Cleanup(func() { listener.Close(); <-done })
	return listener.Addr().String(), requests
}

// process is a child that runs.
type process struct {
	t   *testing.T
	cmd *exec.Cmd
	out *bufio.Reader
}

func start(t *testing.T, dir, server string, retry bool) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, self)
	// A program with the race detector sleeps for a second before it ends.
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0", fmt.Sprintf("%s=%s %s %v", childEnv, dir, server, retry))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return &process{t, cmd, bufio.NewReader(out)}
}

// waits returns once the child waits for the lock.
func (p *process) waits() {
	p.t.Helper()
	if line, err := p.out.ReadString('\n'); line != "waits\n" {
		p.t.Fatalf("got %q, %v; want that it waits", line, err)
	}
}

// end returns the child's outcome; "killed" if it had none.
func (p *process) end() string {
	p.t.Helper()
	rest, err := io.ReadAll(p.out)
	if err != nil {
		p.t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := p.cmd.Wait(); errors.As(err, &exit) {
		return "killed"
	} else if err != nil {
		p.t.Fatal(err)
	}
	_, outcome, _ := strings.Cut(string(rest), "end ")
	return strings.TrimSpace(outcome)
}

// TestTwoProcesses: the first sends, the second waits for the lock and uses the verdict.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		answer        string
		retry         bool
		first, second string
		more          int // requests of the second
	}{
		{"refused", false, "refused, sent now", "refused", 0},
		{"refused", true, "refused, sent now", "refused", 0},
		{"", false, "pending, sent now", "pending", 0},
		{"accepted", false, "ok", "ok", 1},
		{"die", false, "killed", "pending", 0},
		{"die", true, "killed", "pending", 0},
	} {
		t.Run(fmt.Sprintf("%q retry %v", row.answer, row.retry), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			server, requests := verdicts(t)
			first := start(t, dir, server, row.retry)
			answer := <-requests
			second := start(t, dir, server, row.retry)
			second.waits()
			if len(requests) != 0 {
				t.Error("the second did not wait")
			}
			answer(row.answer)
			if got := first.end(); got != row.first {
				t.Errorf("the first: %s, want %s", got, row.first)
			}
			for range row.more {
				(<-requests)("accepted")
			}
			if got := second.end(); got != row.second || len(requests) != 0 {
				t.Errorf("the second: %s, %d requests too many; want %s", got, len(requests), row.second)
			}
		})
	}
}

// TestKilledAfterTheSend: no later run sends that password, and it names the process.
func TestKilledAfterTheSend(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server, requests := verdicts(t)
	killed := start(t, dir, server, false)
	(<-requests)("die")
	if got := killed.end(); got != "killed" {
		t.Fatalf("got %s, want killed", got)
	}
	for range 3 {
		if got := start(t, dir, server, false).end(); got != "pending" {
			t.Errorf("a later process: %s, want pending", got)
		}
	}
	var refused *RefusedError
	err := spend(t, fastGate(GateConfig{Dir: dir}), hidden, &peer{verdict: Accepted})
	if !errors.As(err, &refused) || refused.PID != killed.cmd.Process.Pid || refused.Command != "child" || refused.Sent {
		t.Errorf("%v, want the process %d", err, killed.cmd.Process.Pid)
	}
	if len(requests) != 0 {
		t.Errorf("%d requests more than one", len(requests))
	}
	p := &peer{verdict: Accepted}
	if got := outcome(spend(t, fastGate(GateConfig{Dir: dir}), "the right one", p)); got != "ok" || p.sent != 1 {
		t.Errorf("another password: %s, sent %d", got, p.sent)
	}
}

// TestManyProcessesAtOnce: a wrong password is sent by exactly one, and by none afterwards.
func TestManyProcessesAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server, requests := verdicts(t)
	var all []*process
	for range 5 {
		all = append(all, start(t, dir, server, false))
	}
	(<-requests)("refused")
	count := map[string]int{}
	for _, p := range all {
		count[p.end()]++
	}
	for range 3 {
		count[start(t, dir, server, false).end()]++
	}
	if got, want := tally(count), "7 refused, 1 refused, sent now"; got != want || len(requests) != 0 {
		t.Errorf("%s, %d more requests; want %s", got, len(requests), want)
	}
}
