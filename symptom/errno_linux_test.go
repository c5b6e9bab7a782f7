//go:build amd64 || arm64

package symptom

import (
	"strings"
	"syscall"
	"testing"
)

// The errno values of x86 and ARM are those of the processor this runs on.
func TestErrnosAreThoseOfTheProcessor(t *testing.T) {
	t.Parallel()
	for _, c := range systemCodes {
		if c.Processor == "MIPS" {
			continue
		}
		if got := syscall.Errno(c.Number).Error(); got != strings.ToLower(c.Message) {
			t.Errorf("errno %d (%s) says %q, want %q", c.Number, c.Symbol, got, c.Message)
		}
	}
}
