package dns

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/simulate"
	wire "github.com/uidprobe/uidprobe/wire/dns"
)

func TestAnswers(t *testing.T) {
	t.Parallel()
	d := start(t, nil)
	for _, c := range []struct {
		name      string
		kind      wire.Type
		code      wire.RCode
		addresses int
		aliases   string
	}{
		{host, wire.A, wire.NoError, 1, ""},
		{"DC1.corp.EXAMPLE.", wire.AAAA, wire.NoError, 1, ""},
		{"many.corp.example", wire.A, wire.NoError, 40, ""},
		{"many.corp.example", wire.AAAA, wire.NoError, 0, ""},
		{"kdc.corp.example", wire.A, wire.NoError, 1, "dc1.corp.example"},
		{"dangling.corp.example", wire.A, wire.NXDomain, 0, "nobody.corp.example"},
		{"_tcp.corp.example", wire.A, wire.NoError, 0, ""}, // exists, since names below it do
		{"example", wire.A, wire.NoError, 0, ""},
		{"none.corp.example", wire.A, wire.NXDomain, 0, ""},
		{"none.example", wire.A, wire.NXDomain, 0, ""},
	} {
		a, err := wire.Ask(ctx(t), d.Addr(), c.name, c.kind)
		if err != nil || a.RCode != c.code || len(a.Addresses) != c.addresses || strings.Join(a.CNAMEs, " ") != c.aliases || !a.Authoritative || a.Lame {
			t.Errorf("%s %v: %+v, %v", c.name, c.kind, a, err)
		}
	}
	if _, err := wire.Ask(ctx(t), d.Addr(), "loop.corp.example", wire.A); err == nil || !strings.Contains(err.Error(), "a loop") {
		t.Errorf("a loop of aliases: %v", err)
	}
}

// A server that was given zones answers for no other name.
func TestZones(t *testing.T) {
	t.Parallel()
	d := start(t, func(c *Config) { c.Zones = []string{"Corp.Example."} })
	for name, want := range map[string]wire.RCode{
		host: wire.NoError, "none.corp.example": wire.NXDomain, "corp.example": wire.NoError,
		"notcorp.example": wire.Refused, "www.other.example": wire.Refused,
	} {
		if a, err := wire.Ask(ctx(t), d.Addr(), name, wire.A); err != nil || a.RCode != want {
			t.Errorf("%s: %v, %v; want %v", name, a.RCode, err, want)
		}
	}
}

func TestFaultsReachTheClient(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault   string
		params  map[string]string
		code    wire.RCode
		failure wire.Failure
	}{
		{FaultNXDomain, nil, wire.NXDomain, ""},
		{FaultNoData, nil, wire.NoError, ""},
		{FaultFormErr, nil, wire.FormErr, ""},
		{FaultServFail, nil, wire.ServFail, ""},
		{FaultRefused, nil, wire.Refused, ""},
		{FaultNotImp, nil, wire.NotImp, ""},
		{FaultLame, nil, wire.NoError, ""},
		{FaultSilent, nil, 0, wire.Silent},
		{FaultGarbage, nil, 0, wire.Unreadable},
		{FaultGarbage, map[string]string{"what": "question"}, 0, wire.Unreadable},
		{FaultGarbage, map[string]string{"what": "short"}, 0, wire.Mismatched},
		{FaultTruncated, nil, 0, wire.Unreachable},
		{FaultOtherID, nil, 0, wire.Mismatched},
		{FaultPortClosed, nil, 0, wire.Unreachable},
	} {
		t.Run(c.fault, func(t *testing.T) {
			t.Parallel()
			d := start(t, nil)
			d.begin(t, c.fault, c.params)
			within := ctx(t)
			if c.failure == wire.Silent || c.failure == wire.Mismatched {
				within = untilIgnored(t, d, 1)
			}
			a, err := wire.Ask(within, d.Addr(), host, wire.A)
			var failed *wire.Error
			switch {
			case c.failure == "":
				if err != nil || a.RCode != c.code || len(a.Addresses) != 0 || a.Lame != (c.fault == FaultLame) {
					t.Errorf("%+v, %v; want %v", a, err, c.code)
				}
			case !errors.As(err, &failed) || failed.Failure != c.failure && !(c.failure == wire.Mismatched && failed.Failure == wire.Silent):
				// Whether a datagram is read before the end of patience, nobody can say.
				t.Errorf("%+v, %v; want %s", a, err, c.failure)
			}
		})
	}
}

// A fault touches the names and types that it is told to.
func TestAFaultHasItsScope(t *testing.T) {
	t.Parallel()
	d := start(t, nil)
	d.begin(t, FaultServFail, map[string]string{"name": "DC1.corp.example.", "type": "aaaa"})
	for _, c := range []struct {
		name string
		kind wire.Type
		want wire.RCode
	}{{host, wire.AAAA, wire.ServFail}, {host, wire.A, wire.NoError}, {"kdc.corp.example", wire.AAAA, wire.NoError}} {
		if a, err := wire.Ask(ctx(t), d.Addr(), c.name, c.kind); err != nil || a.RCode != c.want {
			t.Errorf("%s %v: %v, %v; want %v", c.name, c.kind, a.RCode, err, c.want)
		}
	}
	for id, params := range map[string]map[string]string{
		FaultServFail:   {"type": "MX"},
		FaultNXDomain:   {"name": "a..b"},
		FaultSlow:       {"delay": "-1s"},
		FaultGarbage:    {"what": "other"},
		FaultPortClosed: {"name": host},
	} {
		if err := d.Faults().Start(id, params); err == nil || d.Faults().On(id) && id != FaultServFail {
			t.Errorf("%s %v: %v", id, params, err)
		}
	}
	if got, _ := d.Faults().Active(FaultServFail); got["type"] != "aaaa" {
		t.Errorf("a start that was refused changed the fault: %v", got)
	}
}

// A slow server answers at the end of its delay and not before; the record tells the order.
func TestASlowServer(t *testing.T) {
	t.Parallel()
	d := start(t, nil)
	d.begin(t, FaultSlow, map[string]string{"delay": "20ms"})
	a, err := wire.Ask(ctx(t), d.Addr(), host, wire.A)
	if err != nil || len(a.Addresses) != 1 || a.Took < 20*time.Millisecond {
		t.Errorf("%+v, %v", a, err)
	}
	// And one that would take for ever ends with the server.
	d.begin(t, FaultSlow, map[string]string{"delay": "24h"})
	ended, cancel := context.WithCancel(ctx(t))
	go func() {
		_ = d.Wait(ended, KindQuery, 2)
		_ = d.Close()
		cancel()
	}()
	if a, err := wire.Ask(ended, d.Addr(), host, wire.A); err == nil {
		t.Errorf("an answer of a closed server: %+v", a)
	}
}

func TestTheRecord(t *testing.T) {
	t.Parallel()
	d := start(t, nil)
	if _, err := wire.Ask(ctx(t), d.Addr(), "many.corp.example", wire.A); err != nil {
		t.Fatal(err)
	}
	d.begin(t, FaultSilent, nil)
	_, _ = wire.Query(untilIgnored(t, d, 3), d.Addr(), "tcp", host, wire.A)
	want := []string{"udp many.corp.example A NOERROR", "tcp many.corp.example A NOERROR", "tcp dc1.corp.example A none"}
	if got := told(d); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	var kinds []string
	for _, e := range d.Record().Since(0) {
		kinds = append(kinds, e.Kind)
		if e.Kind == KindAnswer && e.Fields["transport"] == "udp" && e.Fields["truncated"] != true {
			t.Errorf("not marked as cut: %v", e.Fields)
		}
	}
	if want := []string{KindQuery, KindAnswer, KindConnection, KindQuery, KindAnswer, simulate.KindFaultStarted, KindConnection, KindQuery, KindAnswer}; !slices.Equal(kinds, want) {
		t.Errorf("events %q, want %q", kinds, want)
	}
}

// What is no question is told so where it can be, and never ends the server; an answer is not
// answered, so that two servers cannot keep each other busy.
func TestBytesThatAreNoQuestion(t *testing.T) {
	t.Parallel()
	d := start(t, nil)
	conn, err := net.Dial("tcp", d.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	send := func(b string) {
		t.Helper()
		if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...)); err != nil {
			t.Fatal(err)
		}
	}
	send("\x12\x34\x01\x00\x00\x02\x00\x00\x00\x00\x00\x00") // two questions, and none there
	got := make([]byte, 14)
	if _, err := conn.Read(got); err != nil || string(got) != "\x00\x0c\x12\x34\x81\x01\x00\x00\x00\x00\x00\x00\x00\x00" {
		t.Errorf("%x, %v; want FORMERR", got, err)
	}
	send("\x12\x34\x81\x00\x00\x00\x00\x00\x00\x00\x00\x00") // an answer
	if err := d.Wait(ctx(t), KindDiscarded, 2); err != nil {
		t.Fatal(err)
	}
	if a, err := wire.Ask(ctx(t), d.Addr(), host, wire.A); err != nil || len(a.Addresses) != 1 {
		t.Errorf("afterwards: %+v, %v", a, err)
	}
}

func TestMistakesInTheConfiguration(t *testing.T) {
	t.Parallel()
	_, err := Start(t.Context(), Config{
		Zones: []string{"a..b"},
		Records: []wire.Record{
			{Name: host, Type: wire.A, Address: hostAddress6},
			{Name: host, Type: 15, Target: host},
			{Name: "", Type: wire.A, Address: hostAddress},
			{Name: "x.example", Type: wire.CNAME, Target: host},
			{Name: "X.example", Type: wire.A, Address: hostAddress},
			{Name: "y.example", Type: wire.A, Address: hostAddress, TTL: -1},
		},
	})
	for _, want := range []string{
		"2001:db8::10 is no IPv4 address", "want A, AAAA, CNAME, PTR or SRV", "is empty", `"X.example": an alias is the only record`, "nothing between two dots", "a life of -1ns",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	d := start(t, nil)
	if _, err := Start(t.Context(), Config{Address: d.Addr().String()}); err == nil || !strings.Contains(err.Error(), "simulated DNS server: ") {
		t.Errorf("a port that is taken: %v", err)
	}
}

// Every fault says which check finds it, and names its symptom where a firewall shows one.
func TestTheTableOfFaults(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, f := range Faults() {
		number, ok := MITNumber(f.ID)
		want := map[int32]string{0: "", numberTryAgain: symptomTryAgain, numberUnreachable: symptomUnreachable}[number]
		if seen[f.ID] || f.Check != checkDNS || f.Symptom != want || ok != (number != 0) || f.Title.EN == "" || f.Title.JA == "" {
			t.Errorf("%+v, number %d", f, number)
		}
		seen[f.ID] = true
	}
	if _, ok := MITNumber("none"); ok {
		t.Error("a number of no fault")
	}
}
