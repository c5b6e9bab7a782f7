package main

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const roamer = "eduroam-userid login user=jdoe ip=198.51.100.7 mac=02-00-5E-10-00-01\n"

// Lines that are broken are matched like all others, counted, and named apart from the answer.
func TestProfileMatchCountsBrokenLines(t *testing.T) {
	t.Parallel()
	log := roamer + "\x00" + roamer + "caf\xe9 " + roamer + strings.Repeat("x", 9000) + "\n" + strings.TrimSuffix(roamer, "\n")
	const broken = "lines: 1 cut, since no PAN-OS takes so long a message, 1 with a NUL byte, 1 not UTF-8, the last without a line end\n"
	for _, row := range []struct {
		name, out, errs string
		args            []string
	}{
		{name: "totals", args: []string{"--stats"}, out: "5 messages: 4 matched (4 logins, 0 logouts), 1 nothing\n" + broken},
		{name: "totals for a program", args: []string{"--stats", "--format", "jsonl"},
			out: `{"login":4,"logout":0,"matched":4,"messages":5,"not_utf8":1,"nul":1,"over_long":1}` + "\n"},
		{name: "each", errs: broken, out: "1: login \"jdoe\" 198.51.100.7 (freeradius-login)\n2: login \"jdoe\" 198.51.100.7 (freeradius-login)\n" +
			"3: login \"jdoe\" 198.51.100.7 (freeradius-login)\n4: nothing\n5: login \"jdoe\" 198.51.100.7 (freeradius-login)\n"},
		{name: "one core", args: []string{"--stats", "--jobs", "1"}, out: "5 messages: 4 matched (4 logins, 0 logouts), 1 nothing\n" + broken},
	} {
		var out, errs strings.Builder
		code := run(t.Context(), append([]string{"uidprobe", "profile", "match", "freeradius-login"}, row.args...), strings.NewReader(log), &out, &errs)
		if code != exitReady || out.String() != row.out || errs.String() != row.errs {
			t.Errorf("%s: exit code %d\n%s%s\nwant\n%s%s", row.name, code, out.String(), errs.String(), row.out, row.errs)
		}
	}
}

// What is compressed is unpacked, and what is no log is refused in one line.
func TestProfileMatchFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte(roamer + roamer))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"log.gz": packed.Bytes(), "cut.gz": packed.Bytes()[:packed.Len()-9], "bad.gz": []byte("\x1f\x8bno"), "empty": nil,
		"binary": bytes.Repeat([]byte{0, 1, 2, '\n', 0xff}, 1000),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, row := range []struct {
		file string
		code int
		out  string
		errs string
	}{
		{file: "log.gz", code: exitReady, out: "2 messages: 2 matched"},
		{file: "cut.gz", code: exitUsage, errs: "cut.gz: unexpected EOF"},
		{file: "bad.gz", code: exitUsage, errs: "bad.gz: gzip: "},
		{file: "empty", code: exitNotReady, out: "0 messages: 0 matched"},
		{file: "binary", code: exitNotReady, out: "1001 messages: 0 matched"},
		{file: "missing", code: exitUsage, errs: "missing"},
		{file: ".", code: exitUsage, errs: "is a folder, and no log"},
	} {
		stdout, stderr, code := program(t, "profile", "match", "freeradius-login", "--stats", "--file", filepath.Join(dir, row.file))
		if code != row.code || !strings.Contains(stdout, row.out) || !strings.Contains(stderr, row.errs) || row.errs == "" && stderr != "" {
			t.Errorf("%s: exit code %d, want %d\n%s%s", row.file, code, row.code, stdout, stderr)
		}
		if strings.Count(stderr, "\n") > 1 {
			t.Errorf("%s: more than one line:\n%s", row.file, stderr)
		}
	}
}
