package kerberos

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"
)

const password = "Passw0rd.Svc1"

func ctx(t *testing.T) context.Context {
	c, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return c
}

// peer is a program that has to be there: a missing one is a visible skip, or a failure where
// the peers are required.
func peer(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	for _, dir := range []string{"/usr/sbin/", "/sbin/"} {
		if err != nil { // servers are not on everyone's path
			path, err = exec.LookPath(dir + name)
		}
	}
	if err != nil {
		if os.Getenv("UIDPROBE_REQUIRE_PEERS") != "" {
			t.Fatalf("a peer is required: %s is not installed", name)
		}
		t.Skipf("%s is not installed", name)
	}
	return path
}

func parse(t *testing.T, s string) Principal {
	t.Helper()
	p, err := ParsePrincipal(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
