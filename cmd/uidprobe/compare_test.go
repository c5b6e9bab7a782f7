package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/check"
)

// With a baseline, what was not well before is no reason for exit code 1; what broke since is.
func TestSinceBaseline(t *testing.T) {
	t.Parallel()
	one := func(status check.Status) []check.Result {
		return []check.Result{{Check: "net.dial", Target: "dc1:88", Status: status, Summary: "dc1:88: connection refused"}}
	}
	for _, row := range []struct {
		name          string
		before, after []check.Result
		found         error
		format        string
		code          int
		stdout        string
		stderr        string
	}{
		{"as before", one(check.Fail), one(check.Fail), verdict{exitNotReady}, "text", 0, "not worse than before: 1 as before", ""},
		{"it broke", one(check.Pass), one(check.Fail), verdict{exitNotReady}, "text", exitNotReady, "net.dial@dc1:88  pass > fail", ""},
		{"for a program", one(check.Pass), one(check.Fail), verdict{exitNotReady}, "json", exitNotReady, "", "worse than before: 1 broke"},
		{"it mended", one(check.Fail), one(check.Pass), nil, "text", 0, "mended: 1", ""},
		{"refused all the same", one(check.Pass), one(check.Pass), verdict{exitRefused}, "text", exitRefused, "1 as before", ""},
	} {
		var stdout, stderr bytes.Buffer
		o := output{format: row.format, baseline: &row.before}
		err := o.sinceBaseline(&stdout, &stderr, row.after, row.found)
		v, _ := err.(verdict)
		if v.code != row.code || err == nil != (row.code == 0) {
			t.Errorf("%s: %v, want code %d", row.name, err, row.code)
		}
		for _, w := range []struct{ name, got, want string }{{"standard output", stdout.String(), row.stdout}, {"standard error", stderr.String(), row.stderr}} {
			if w.want == "" && w.got != "" || !strings.Contains(w.got, w.want) {
				t.Errorf("%s: %s is %q, want %q in it", row.name, w.name, w.got, w.want)
			}
		}
	}
	if err := (output{}).sinceBaseline(nil, nil, nil, verdict{exitNotReady}); err != (verdict{exitNotReady}) {
		t.Errorf("without a baseline: %v", err)
	}
}
