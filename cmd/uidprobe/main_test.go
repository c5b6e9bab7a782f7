package main

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// The test binary is also the program: scripts and tests that want a second process run
// "uidprobe" from the PATH.
func TestMain(m *testing.M) {
	// These tests wait for processes and counters more than they work: more of them at once
	// than there are processors. The command line has the last word.
	if err := flag.Set("test.parallel", "6"); err != nil {
		panic(err)
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		os.Unsetenv(name) // texts are English unless a test says otherwise
	}
	// Under -race each process would sleep a second at its end.
	if os.Getenv("GORACE") == "" {
		os.Setenv("GORACE", "atexit_sleep_ms=0")
	}
	testscript.Main(m, map[string]func(){
		"uidprobe": func() {
			ctx, stop := signal.NotifyContext(context.Background(), endSignals...)
			defer stop()
			os.Exit(run(ctx, os.Args, os.Stdin, os.Stdout, os.Stderr))
		},
	})
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("GORACE", os.Getenv("GORACE"))
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"waitfile": waitFile,
		},
		UpdateScripts:       os.Getenv("UIDPROBE_UPDATE_SCRIPTS") != "",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// waitFile waits until another process has written a file.
func waitFile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: waitfile FILE")
	}
	ts.Check(awaitFile(ts.MkAbs(args[0])))
}

func awaitFile(name string) error {
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := os.Stat(name); err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-deadline:
			return &os.PathError{Op: "wait for", Path: name, Err: os.ErrDeadlineExceeded}
		}
	}
}

// peer finds a program that nobody here wrote. A missing one is a visible skip, or a
// failure where the peers are required.
func peer(t *testing.T, name, debian string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		for _, dir := range []string{"/usr/sbin", "/sbin"} {
			if found, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
				return found
			}
		}
		if os.Getenv("UIDPROBE_REQUIRE_PEERS") != "" {
			t.Fatalf("%s is not installed (Debian package %s), and the peers are required", name, debian)
		}
		t.Skipf("%s is not installed (Debian package %s)", name, debian)
	}
	return path
}

// program runs uidprobe in this process and returns what it wrote.
func program(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errOut strings.Builder
	code = run(t.Context(), append([]string{"uidprobe"}, args...), strings.NewReader(""), &out, &errOut)
	return out.String(), errOut.String(), code
}
