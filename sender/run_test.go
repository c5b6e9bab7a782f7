package sender

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// scripted is a transport whose writes come to what the script says.
type scripted struct {
	script []func(b *Batch) (int, error)
	got    []string
}

func (s *scripted) Write(_ context.Context, b *Batch) (n int, err error) {
	n = b.Len()
	if len(s.script) > 0 {
		n, err = s.script[0](b)
		s.script = s.script[1:]
	}
	for i := range n {
		s.got = append(s.got, string(b.Message(i)))
	}
	return n, err
}

// stopsAt hands over n messages and fails with e.
func stopsAt(n int, e error) func(*Batch) (int, error) {
	return func(*Batch) (int, error) { return n, e }
}

func numbered(n int) (all [][]byte) {
	for i := range n {
		all = append(all, fmt.Appendf(nil, "%d", i))
	}
	return all
}

func TestRunCountsWhatFailed(t *testing.T) {
	t.Parallel()
	refused := &Error{Kind: Refused, Op: "write", Destination: "udp://fw1:514", Lost: 1, Err: errors.New("connection refused")}
	tooLong := &Error{Kind: TooLong, Op: "write", Destination: "udp://fw1:514", Lost: 2, Err: errors.New("message too long")}
	reset := &Error{Kind: Reset, Op: "write", Destination: "tcp://fw1:514", Lost: 4, Gone: true, Err: errors.New("connection reset by peer")}
	type failure struct {
		First uint64
		N     int
		Kind  Kind
	}
	for _, row := range []struct {
		name   string
		script []func(*Batch) (int, error)
		stop   bool
		got    string
		fails  []failure
		want   Report
		err    string
	}{
		{"all well", nil, false, "0 1 2 3 4 5", nil, Report{Ended: EndSource, Sent: 6, Bytes: 6, Kept: true}, ""},
		{"datagrams go on", []func(*Batch) (int, error){stopsAt(1, refused), stopsAt(1, tooLong)}, false, "0 2 5",
			[]failure{{1, 1, Refused}, {3, 2, TooLong}},
			Report{Ended: EndSource, Sent: 3, Bytes: 3, Failed: 3, Kept: true, Errors: map[Kind]uint64{Refused: 1, TooLong: 1}},
			"write udp://fw1:514: connection refused"},
		{"unless that is asked", []func(*Batch) (int, error){stopsAt(2, refused)}, true, "0 1", []failure{{2, 4, Refused}},
			Report{Ended: EndError, Sent: 2, Bytes: 2, Failed: 4, Kept: true, Errors: map[Kind]uint64{Refused: 1}},
			"write udp://fw1:514: connection refused"},
		{"a stream ends", []func(*Batch) (int, error){stopsAt(2, reset)}, false, "0 1", []failure{{2, 4, Reset}},
			Report{Ended: EndError, Sent: 2, Bytes: 2, Failed: 4, Kept: true, Errors: map[Kind]uint64{Reset: 1}},
			"write tcp://fw1:514: connection reset by peer"},
		{"an error without a kind ends", []func(*Batch) (int, error){stopsAt(0, errors.New("odd"))}, false, "", []failure{{0, 6, ""}},
			Report{Ended: EndError, Failed: 6, Errors: map[Kind]uint64{Other: 1}}, "write : odd"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			transport := &scripted{script: row.script}
			var fails []failure
			report, err := Run(t.Context(), Config{Transport: transport, Source: NewMessages(false, numbered(6)...), Rate: Max,
				StopOnError: row.stop, OnFail: func(first uint64, n int, err error) {
					f := failure{First: first, N: n}
					if e := (*Error)(nil); errors.As(err, &e) {
						f.Kind = e.Kind
					}
					fails = append(fails, f)
				}})
			report.Elapsed, report.Achieved, report.Write, report.Asked = 0, 0, Latency{}, Rate{}
			if diff := cmp.Diff(row.want, report, cmpopts.EquateComparable(netip.AddrPort{})); diff != "" {
				t.Errorf("report (-want +got):\n%s", diff)
			}
			if got := strings.Join(transport.got, " "); got != row.got {
				t.Errorf("handed over %q, want %q", got, row.got)
			}
			if diff := cmp.Diff(row.fails, fails); diff != "" {
				t.Errorf("OnFail (-want +got):\n%s", diff)
			}
			if fmt.Sprint(err) != row.err && (err != nil || row.err != "") {
				t.Errorf("error %v, want %s", err, row.err)
			}
		})
	}
}

func TestRunInterrupted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctrlC := errors.New("interrupt")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(5*time.Second+time.Millisecond, func() { cancel(ctrlC) })
		report, err := Run(ctx, Config{Transport: &taker{}, Source: endless(), Rate: PerSecond(100), Count: 1_000_000})
		if e := wantKind(t, err, Interrupted); e.Err != ctrlC || !errors.Is(err, ctrlC) {
			t.Errorf("error %v, want the cause of the context's end", err)
		}
		want := map[Kind]uint64{Interrupted: 1}
		if report.Sent != 501 || report.Failed != 0 || report.Ended != EndInterrupted || !cmp.Equal(report.Errors, want) {
			t.Errorf("%+v; want 501 sent, none failed, interrupted", report)
		}
	})
}

func TestRunSourceFails(t *testing.T) {
	t.Parallel()
	disk := errors.New("disk")
	report, err := Run(t.Context(), Config{Transport: &scripted{}, Source: broken{disk}, Rate: Max})
	if !errors.Is(err, disk) || err.Error() != "message 1: disk" || report.Ended != EndError || report.Sent != 0 {
		t.Errorf("%+v, %v", report, err)
	}
}

// What was made before a pool is used up is sent.
func TestRunPoolIsUsedUp(t *testing.T) {
	t.Parallel()
	transport := &scripted{}
	report, err := Run(t.Context(), Config{Transport: transport, Source: radius(t, Generate{UserCount: 3}), Rate: Max})
	var pool *PoolError
	if !errors.As(err, &pool) || report.Sent != 3 || report.Ended != EndError || len(transport.got) != 3 {
		t.Errorf("%+v, %v; want 3 sent and a *PoolError", report, err)
	}
}

func TestRunRefusesConfigs(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		config Config
		want   string
	}{
		{"no source", Config{Rate: Max}, "nothing to send: no source"},
		{"no rate", Config{Source: endless()}, "rate none: nothing would be sent"},
		{"rate without a time", Config{Source: endless(), Rate: Rate{N: 5}}, "rate 5/0s: no time is given"},
		{"duration", Config{Source: endless(), Rate: Max, Duration: -1}, "duration -1ns is below 0"},
		{"nowhere to go", Config{Source: endless(), Rate: Max}, `no transport is called ""`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if _, err := Run(t.Context(), row.config); err == nil || err.Error() != row.want {
				t.Errorf("Run: %v, want %s", err, row.want)
			}
		})
	}
}

// The report's JSON is an interface: its keys do not change by accident.
func TestReportJSON(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(Report{Asked: PerSecond(500), Errors: map[Kind]uint64{Refused: 2}, TLS: &TLSState{Version: "TLS 1.3"}})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"destination":"","local":"","remote":"","ended":"","sent":0,"bytes":0,"failed":0,"elapsed_ns":0,"waited_ns":0,` +
		`"asked":"500/s","achieved_per_second":0,"kept":false,"max_lag_ns":0,` +
		`"write":{"writes":0,"min_ns":0,"median_ns":0,"max_ns":0},"errors":{"refused":2},` +
		`"tls":{"version":"TLS 1.3","cipher":"","server_name":"","peer_subject":"","peer_issuer":"","peer_expires":"0001-01-01T00:00:00Z","verified":false}}`
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
}
