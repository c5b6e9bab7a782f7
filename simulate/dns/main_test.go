package dns

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

// scratch is a directory of all tests together.
var scratch string

// run looks at what the tests leave behind: every server was closed, so that no goroutine of one
// may be there.
func run(m *testing.M) int {
	var err error
	if scratch, err = os.MkdirTemp("", "dns"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(scratch)
	code := m.Run()
	buffer := make([]byte, 1<<20)
	stacks := ""
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); runtime.Gosched() {
		stacks = string(buffer[:runtime.Stack(buffer, true)])
		if !strings.Contains(stacks, "dns.(*Server)") {
			stacks = ""
			break
		}
	}
	if stacks != "" && code == 0 {
		fmt.Fprintf(os.Stderr, "goroutines are left of closed servers:\n%s\n", stacks)
		code = 1
	}
	return code
}
