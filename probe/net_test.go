package probe

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/sender"
)

// A port that says no is told from one that says nothing.
func TestWhyAPortIsNotReached(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err    error
		status check.Status
		says   string
	}{
		{&sender.Error{Kind: sender.Refused}, check.Fail, "refused"},
		{&sender.Error{Kind: sender.Reset}, check.Fail, "refused"},
		{&sender.Error{Kind: sender.Timeout}, check.Fail, "no answer"},
		{&sender.Error{Kind: sender.Unreachable, Err: errors.New("no route to host")}, check.Fail, "not reached"},
		{&sender.Error{Kind: sender.LocalAddress}, check.Error, "tcp://dc1"},
		{errors.New("too many open files"), check.Error, "too many open files"},
	} {
		r := notReached("tcp://dc1.corp.example:88 (192.0.2.10)", time.Second, c.err)
		if r.Status != c.status || !strings.Contains(r.Summary, c.says) || r.Hint == "" {
			t.Errorf("%v: %v %q", c.err, r.Status, r.Summary)
		}
	}
}
