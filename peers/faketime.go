package peers

import (
	"fmt"
	"os/exec"
	"testing"
	"time"
)

// faketime is what libfaketime takes; empty for a clock that is right.
func faketime(skew time.Duration) string {
	if skew == 0 {
		return ""
	}
	return fmt.Sprintf("%+ds", int(skew/time.Second))
}

// requireFaketime wants the library that puts a server's clock off.
func requireFaketime(t testing.TB) {
	t.Helper()
	out, _ := exec.Command("find", "/usr/lib", "/usr/lib64", "-name", "libfaketimeMT.so.1").Output()
	if len(out) == 0 {
		Missing(t, "libfaketimeMT.so.1 is not installed (package libfaketime)")
	}
}
