package main

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/peers"
)

const (
	benchKDCs  = 20
	benchHoles = 5
	benchRuns  = 5
)

// blackHole is a KDC's address that takes everything and answers nothing.
func blackHole(t *testing.T) netip.AddrPort {
	t.Helper()
	tcp, udp := listenBoth(t)
	t.Cleanup(func() { _, _ = tcp.Close(), udp.Close() })
	return netip.MustParseAddrPort(tcp.Addr().String())
}

// kdcList is a Kerberos Server Profile of twenty, five of which are black holes.
func kdcList(t *testing.T, holesFirst bool) (list []netip.AddrPort) {
	t.Helper()
	kdc := peers.MIT(t).KDC
	for range benchKDCs - benchHoles {
		list = append(list, startTap(t, kdc, nil).address)
	}
	for range benchHoles {
		if holesFirst {
			list = slices.Insert(list, 0, blackHole(t))
		} else {
			list = append(list, blackHole(t))
		}
	}
	return list
}

// probeSeconds is how long the program takes for the list, with every question it has.
func probeSeconds(t *testing.T, list []netip.AddrPort) float64 {
	t.Helper()
	if _, err := built(); err != nil { // not within the measurement
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "password")
	if err := os.WriteFile(file, []byte(peers.Password), 0o600); err != nil {
		t.Fatal(err)
	}
	s := spender{t: t, account: "svc-userid", dir: dir, kdcs: list, args: []string{"--no-ldap", "--attempt", check.DefaultAttempt.String()}}
	started := time.Now()
	o := s.run()
	took := time.Since(started).Seconds()
	var shut int
	for _, r := range o.results(t) {
		if r.Check == "kerberos.port" && r.Status.String() == "fail" {
			shut++
		}
	}
	if got := o.ticket(t); got != "pass" || shut != benchHoles {
		t.Fatalf("ticket %s, %d KDCs that do not answer; want pass, %d\n%s", got, shut, benchHoles, o.stdout)
	}
	return took
}

// kinitSeconds is how long kinit takes to get one ticket from the list.
func kinitSeconds(t *testing.T, list []netip.AddrPort) float64 {
	t.Helper()
	cmd := peers.NewClient(t, list...).Command(t, "kinit", "svc-userid@"+peers.Realm)
	cmd.Stdin = strings.NewReader(peers.Password + "\n")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	started := time.Now()
	if err := cmd.Run(); err != nil {
		t.Fatalf("kinit: %v: %s", err, out.String())
	}
	return time.Since(started).Seconds()
}

func median(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}

// TestTwentyKDCsInSeconds measures, and asserts no time: that the attempts overlap is asserted by the
// record of a simulator. With UIDPROBE_BENCH=1, as make bench has it, the medians go to docs/performance.md.
func TestTwentyKDCsInSeconds(t *testing.T) {
	if os.Getenv("UIDPROBE_BENCH") == "" {
		t.Skip("a measurement: make bench, or UIDPROBE_BENCH=1")
	}
	var rows strings.Builder
	for _, order := range []struct {
		words string
		first bool
	}{{"the black holes first", true}, {"the black holes last", false}} {
		list := kdcList(t, order.first)
		var probes, kinits []float64
		for range benchRuns { // by turns, so that both meet the same machine
			probes = append(probes, probeSeconds(t, list))
			kinits = append(kinits, kinitSeconds(t, list))
		}
		probe, kinit := median(probes), median(kinits)
		fmt.Fprintf(&rows, "| %s | %.2f s | %.2f s | %.2f |\n", order.words, probe, kinit, probe/kinit)
	}
	t.Logf("\n%s", rows.String())
	document(t, "kerberos", fmt.Sprintf(`## Twenty KDCs, five of them black holes

| order | uidprobe probe kerberos | kinit | ratio |
| --- | --- | --- | --- |
%s
Medians of %d runs by turns, on %s.

The good ones are one krb5kdc behind fifteen addresses; a black hole takes everything and answers nothing.
kinit gets one ticket from the first KDC that answers. The probe asks each of the twenty over UDP and over TCP at
once, gets the ticket and the service's, and compares the other fourteen with the password: what it takes is the
time of one attempt (5 s, --attempt) and little more, wherever the black holes are.

Written by make bench.
`, rows.String(), benchRuns, machine()))
}

// machine names what the numbers are of.
func machine() string {
	model := "an unknown processor"
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if m := regexp.MustCompile(`(?m)^model name\s*: (.+)$`).FindSubmatch(text); m != nil {
			model = string(m[1])
		}
	}
	return fmt.Sprintf("%s, %d processors, %s/%s, %s", model, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
}

// document puts a section between its marks in docs/performance.md, and leaves the rest alone.
func document(t *testing.T, mark, section string) {
	t.Helper()
	begin, end := "<!-- "+mark+": begin -->\n", "<!-- "+mark+": end -->\n"
	name := filepath.Join("..", "..", "docs", "performance.md")
	raw, err := os.ReadFile(name)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	text := string(raw)
	if text == "" {
		text = "# Measured\n"
	}
	before, rest, found := strings.Cut(text, begin)
	_, after, _ := strings.Cut(rest, end)
	if !found {
		before = strings.TrimRight(text, "\n") + "\n\n"
	}
	if err := os.WriteFile(name, []byte(before+begin+section+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}
