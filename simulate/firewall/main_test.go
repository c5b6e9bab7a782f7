package firewall

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestMain looks at what the tests leave behind: every firewall was closed, so that no
// goroutine of one may be there. (Those of net/http end a moment after they say so.)
func TestMain(m *testing.M) {
	code := m.Run()
	if left := leftOver(time.Now().Add(5 * time.Second)); left != "" && code == 0 {
		fmt.Fprintf(os.Stderr, "goroutines are left of closed firewalls:\n%s\n", left)
		code = 1
	}
	os.Exit(code)
}

func leftOver(deadline time.Time) string {
	buffer := make([]byte, 1<<20)
	for {
		stacks := string(buffer[:runtime.Stack(buffer, true)])
		if !strings.Contains(stacks, "firewall.(*Firewall)") && !strings.Contains(stacks, "net/http.(*conn)") {
			return ""
		}
		if time.Now().After(deadline) {
			return stacks
		}
		runtime.Gosched()
	}
}
