// Package peers starts the real servers that tests are held to: a domain controller of Samba, a KDC
// of MIT krb5, and the C library of MIT krb5, whose numbers a firewall shows. The scripts are in
// testdata/peers, for a person to run as well.
//
// A peer that is missing is a visible skip, or a failure where UIDPROBE_REQUIRE_PEERS is set.
package peers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Realm is that of all servers here.
const Realm = "CORP.EXAMPLE"

// Password is that of every account that the scripts make.
const Password = "Passw0rd.Svc1"

// patience is for programs that end by themselves; the slowest provisions a domain beside other tests.
const patience = 2 * time.Minute

// Require returns the path of a program. Servers are not on everyone's path.
func Require(t testing.TB, program, debian string) string {
	t.Helper()
	path, err := find(program)
	if err != nil {
		Missing(t, "%s is not installed (package %s)", program, debian)
	}
	return path
}

func find(program string) (string, error) {
	path, err := exec.LookPath(program)
	for _, dir := range []string{"/usr/sbin", "/sbin"} {
		if err != nil {
			path, err = exec.LookPath(filepath.Join(dir, program))
		}
	}
	return path, err
}

// Missing skips a test for what is not here, or fails it where the peers are required.
func Missing(t testing.TB, format string, a ...any) {
	t.Helper()
	if os.Getenv("UIDPROBE_REQUIRE_PEERS") != "" {
		t.Fatalf("a peer is required: "+format, a...)
	}
	t.Skipf(format, a...)
}

// root is the folder of the module: tests run in the folders of their packages.
func root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		above := filepath.Dir(dir)
		if above == dir {
			return "", errors.New("no go.mod above the working directory")
		}
		dir = above
	}
}

// source is a file of the repository.
func source(elements ...string) (string, error) {
	dir, err := root()
	return filepath.Join(append([]string{dir}, elements...)...), err
}

// cached is the name for something that is made of files of the repository once, in build/cache.
// Other files, another name.
func cached(name string, of ...string) (string, error) {
	dir, err := root()
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for _, file := range of {
		raw, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%d\n%s", len(raw), raw)
	}
	dir = filepath.Join(dir, "build", "cache")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	return filepath.Join(dir, hex.EncodeToString(sum.Sum(nil)[:6])+"-"+name), nil
}

// bound is the context of a program that ends by itself.
func bound(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}
