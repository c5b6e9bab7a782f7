//go:build linux

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/profile"
	"github.com/uidprobe/uidprobe/profile/library"
)

// The log of the measurement: the vendor's example behind a collector's header, 233 bytes a line.
const (
	benchHit  = "<38>Nov 23 18:04:05 gw%d.corp.example nac[4711]: session 0815-%d node 7 realm staff policy wired-users nas 192.0.2.9 port 17 [Tue Jul 5 13:15:04 2016 CDT] Administrator authentication success User:johndoe%d Source:192.168.3.%d\n"
	benchMiss = "<38>Nov 23 18:04:05 gw%d.corp.example nac[4711]: session 0815-%d node 7 realm staff policy wired-users nas 192.0.2.9 port 17 [Tue Jul 5 13:15:04 2016 CDT] Administrator read the report number %d on host 192.168.3.%d today\n"
	// benchPattern is the three expressions as one, which a single search can take.
	benchPattern = `authentication success.*User:([a-zA-Z0-9\\._]+).*Source:([0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3})`

	benchLines = 2_000_000
	benchPaste = 5 // runs by turns
)

// benchLog writes a log in which one line in every hits matches.
func benchLog(w io.Writer, lines, every int) error {
	var b bytes.Buffer
	for i := range lines {
		form := benchMiss
		if i%every == 0 {
			form = benchHit
		}
		fmt.Fprintf(&b, form, i%9, i, i%5000, i%250)
		if b.Len() > 1<<20 || i == lines-1 {
			if _, err := b.WriteTo(w); err != nil {
				return err
			}
		}
	}
	return nil
}

func benchFile(t *testing.T, dir, name string, every int) string {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := benchLog(f, benchLines, every); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

// benchProfile is the vendor's example of a profile, as a file.
func benchProfile(t *testing.T, dir string) (file string, p profile.Profile) {
	t.Helper()
	for _, set := range library.All() {
		for _, p := range set.Profiles {
			if p.Regex != nil && p.Regex.EventRegex == `(authentication\ success){1}` {
				p.Name, p.Samples, p.MustNotMap = "bench", nil, nil
				name := filepath.Join(dir, "bench.yaml")
				if err := os.WriteFile(name, profile.Format([]profile.Profile{p}), 0o600); err != nil {
					t.Fatal(err)
				}
				return name, p
			}
		}
	}
	t.Fatal("the library has no vendor's example")
	return "", p
}

// wall is how long a command takes; its output goes to a file, since grep stops at the first match
// where it goes to /dev/null.
func wall(t *testing.T, dir, name string, args ...string) (seconds float64) {
	t.Helper()
	out, err := os.Create(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd := exec.Command(name, args...)
	cmd.Stdout = out
	var errs bytes.Buffer
	cmd.Stderr = &errs
	started := time.Now()
	// pdbtool ends with 1 where the last message did not match.
	if err := cmd.Run(); err != nil && !(filepath.Base(name) == "pdbtool" && cmd.ProcessState.ExitCode() == 1 && errs.Len() == 0) {
		t.Fatalf("%s: %v: %s", name, err, errs.String())
	}
	return time.Since(started).Seconds()
}

// plainly reads the log as the documents say: the three expressions in their order, by package
// regexp. It returns the seconds for all lines, and how many match.
func plainly(lines [][]byte, r profile.RegexIdentifier) (seconds float64, matched int) {
	event, user, address := regexp.MustCompile(r.EventRegex), regexp.MustCompile(r.UsernameRegex), regexp.MustCompile(r.AddressRegex)
	started := time.Now()
	for _, line := range lines {
		if event.Match(line) && user.FindSubmatchIndex(line) != nil && address.FindSubmatchIndex(line) != nil {
			matched++
		}
	}
	return time.Since(started).Seconds(), matched
}

func matching(t *testing.T, lines [][]byte, p profile.Profile) (seconds float64, matched int) {
	t.Helper()
	m, err := profile.Compile(profile.Config{Attachments: []profile.Attachment{{Profile: p}}})
	if err != nil {
		t.Fatal(err)
	}
	var found []profile.Found
	started := time.Now()
	for _, line := range lines {
		if found = m.Find(found[:0], line); len(found) > 0 {
			matched++
		}
	}
	return time.Since(started).Seconds(), matched
}

// TestMatchingInSeconds measures, and asserts no time. With UIDPROBE_BENCH=1, as make bench has it, the
// medians go to docs/performance.md.
func TestMatchingInSeconds(t *testing.T) {
	if os.Getenv("UIDPROBE_BENCH") == "" {
		t.Skip("a measurement: make bench, or UIDPROBE_BENCH=1")
	}
	program, err := built()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file, p := benchProfile(t, dir)
	var rows strings.Builder
	matcherRows(t, &rows, p)
	db := filepath.Join(dir, "db.xml")
	if err := os.WriteFile(db, []byte(benchDB), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, log := range []struct {
		words string
		every int
		must  map[string]string
	}{
		{"all lines match", 1, map[string]string{"grep": "2", "rg": "1.5", "pdbtool": "20"}},
		{"one line in ten matches", 10, map[string]string{"grep": "1", "rg": "0.5", "pdbtool": "20"}},
	} {
		name := benchFile(t, dir, "log", log.every)
		for _, peer := range []struct {
			name string
			args []string
		}{
			{"grep", []string{"-cP", benchPattern, name}},
			{"rg", []string{"-j1", "-c", benchPattern, name}},
			{"pdbtool", []string{"match", "-p", db, "-T", "${user} ${address}\\n", "-f", name}},
		} {
			words := peer.name + " " + peer.args[0]
			if peer.name == "rg" {
				words += " -c"
			}
			path, err := exec.LookPath(peer.name)
			if err != nil {
				fmt.Fprintf(&rows, "| %s, whole process : %s | %s | not installed |\n", log.words, words, log.must[peer.name])
				continue
			}
			runs := benchPaste
			if peer.name == "pdbtool" {
				runs = 3 // it takes its time
			}
			var ours, theirs []float64
			for range runs {
				ours = append(ours, wall(t, dir, program, "profile", "match", "--profiles", file, "bench", "--stats", "--jobs", "1", "--file", name))
				theirs = append(theirs, wall(t, dir, path, peer.args...))
			}
			fmt.Fprintf(&rows, "| %s, whole process : %s | %s | %.1f (%.2f s : %.2f s) |\n",
				log.words, words, log.must[peer.name], median(theirs)/median(ours), median(ours), median(theirs))
		}
	}
	memoryRow(t, &rows, program, file)
	t.Logf("\n%s", rows.String())
	document(t, "matching", fmt.Sprintf(`## Matching, on one core

| what : beside what | must | speed |
| --- | --- | --- |
%s
Medians of %d runs by turns (pdbtool: 3), on %s. A log has %d lines of about 230 bytes, and lies in the page cache.

Each ratio is how many times as fast uidprobe is; the memory one is bytes beside bytes. grep and rg search for the
three expressions run together as one, and count; uidprobe reads user and address out of each line, and counts what is
broken. pdbtool has a pattern of its own for the same message, and prints user and address.

Written by make bench.
`, rows.String(), benchPaste, machine(), benchLines))
}

// benchDB is a pattern database of syslog-ng for the same message.
const benchDB = `<?xml version='1.0' encoding='UTF-8'?>
<patterndb version='4' pub_date='2026-11-23'>
  <ruleset name='nac' id='1'><pattern>nac</pattern><rules>
    <rule id='2' provider='bench' class='system'><patterns>
      <pattern>session @ESTRING::]@ Administrator authentication success User:@ESTRING:user: @Source:@IPv4:address@</pattern>
    </patterns></rule>
  </rules></ruleset>
</patterndb>
`

// matcherRows measures the matcher alone, in memory.
func matcherRows(t *testing.T, rows *strings.Builder, p profile.Profile) {
	t.Helper()
	var text bytes.Buffer
	if err := benchLog(&text, 100_000, 1); err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSuffix(text.Bytes(), []byte{'\n'}), []byte{'\n'})
	slow := p
	slow.Regex = &profile.RegexIdentifier{ // without a short way: no case is regarded
		EventRegex: "(?i)" + p.Regex.EventRegex, UsernameRegex: "(?i)" + p.Regex.UsernameRegex, AddressRegex: "(?i)" + p.Regex.AddressRegex,
	}
	for _, row := range []struct {
		words, must string
		p           profile.Profile
	}{{"all lines match : package regexp in the documented order", "8", p}, {"a regex with no fast path : the same", "0.95", slow}} {
		var ours, plain []float64
		for range benchPaste {
			a, n := matching(t, lines, row.p)
			b, m := plainly(lines, *row.p.Regex)
			if n != len(lines) || m != len(lines) {
				t.Fatalf("%s: %d and %d of %d lines match", row.words, n, m, len(lines))
			}
			ours, plain = append(ours, a), append(plain, b)
		}
		fmt.Fprintf(rows, "| %s | %s | %.1f (%.0f ns : %.0f ns a line) |\n", row.words, row.must, median(plain)/median(ours),
			median(ours)*1e9/float64(len(lines)), median(plain)*1e9/float64(len(lines)))
	}
}

// memoryRow compares the memory for ten million lines with that for one million.
func memoryRow(t *testing.T, rows *strings.Builder, program, file string) {
	t.Helper()
	peak := func(lines int) float64 {
		cmd := exec.Command(program, "profile", "match", "--profiles", file, "bench", "--stats")
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if err := benchLog(in, lines, 1); err != nil {
			t.Fatal(err)
		}
		// getrusage counts what this process had when it started the other; this is its own.
		used := highWater(t, cmd.Process.Pid)
		_ = in.Close()
		if err := cmd.Wait(); err != nil {
			t.Fatal(err)
		}
		return used
	}
	small, large := peak(1_000_000), peak(10_000_000)
	fmt.Fprintf(rows, "| peak memory at 10 million lines : at 1 million | 1.2 | %.2f (%.0f MB : %.0f MB) |\n", large/small, large/1024, small/1024)
}

// highWater is the peak memory of a running process, in kilobytes (proc(5), VmHWM).
func highWater(t *testing.T, pid int) float64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`VmHWM:\s+([0-9]+) kB`).FindSubmatch(text)
	if m == nil {
		t.Fatalf("no VmHWM in %s", text)
	}
	kilobytes, err := strconv.ParseFloat(string(m[1]), 64)
	if err != nil {
		t.Fatal(err)
	}
	return kilobytes
}
