package firewall

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/certs"
	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/symptom"
)

func startFault(t *testing.T, fw *Firewall, id string, params map[string]string) {
	t.Helper()
	if err := fw.Faults().Start(id, params); err != nil {
		t.Fatal(err)
	}
}

// The table is complete, refers to symptoms that exist, and each fault can be started with
// its defaults and stopped again, with nothing left.
func TestFaultTable(t *testing.T) {
	t.Parallel()
	fw := start(t, nil)
	seen := map[string]bool{}
	for _, f := range Faults() {
		if seen[f.ID] || !f.Title.Complete() || f.Check == "" {
			t.Errorf("fault %s is there twice, or has no title or check", f.ID)
		}
		seen[f.ID] = true
		if f.Symptom != "" {
			if _, ok := symptom.Find(f.Symptom); !ok {
				t.Errorf("fault %s: no symptom %q", f.ID, f.Symptom)
			}
		}
		for _, p := range f.Params {
			if p.Name == "" || p.Means == "" {
				t.Errorf("fault %s: parameter %+v says nothing", f.ID, p)
			}
		}
		startFault(t, fw, f.ID, nil)
		if !fw.Faults().On(f.ID) {
			t.Errorf("fault %s is not on", f.ID)
		}
		fw.Faults().Stop(f.ID)
		if got := *fw.faults.Now(); fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", effects{}) {
			t.Errorf("fault %s leaves %+v", f.ID, got)
		}
	}
	if running := fw.Faults().Running(); len(seen) != len(Faults()) || len(running) != 0 {
		t.Errorf("%d faults, %q still run", len(seen), running)
	}
	if n := fw.Record().Count(KindFaultStopped); n != uint64(len(Faults())) {
		t.Errorf("%d faults recorded as stopped", n)
	}
}

func TestFaultParameters(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		id, name, value, want string
	}{
		{"no-such-fault", "", "", `no fault "no-such-fault"; there are service-disabled,`},
		{FaultUDPLoss, "often", "3", `fault udp-loss has no parameter "often"`},
		{FaultUDPLoss, "every", "0", `fault udp-loss: every: "0" is not a number from 1 to`},
		{FaultUDPLoss, "every", "three", `"three" is not a number`},
		{FaultServiceDisabled, "transport", "tcp", `transport: "tcp" is not one of udp, ssl, both`},
		{FaultProfileMissing, "sender", "dc1", `sender: no entry "dc1" in use; there are "lab udp", "lab ssl"`},
		{FaultWrongEventType, "sender", "dc1", `no entry "dc1"`},
		{FaultLogoutAsLogin, "sender", "dc1", `no entry "dc1"`},
		{FaultCountersReset, "sender", "dc1", `no entry "dc1"`},
		{FaultCountersReset, "after", "-1", `after: "-1" is not a number`},
		{FaultBackgroundTraffic, "sender", "dc1", `no entry "dc1"`},
		{FaultBackgroundTraffic, "rate", "fast", `rate: "fast" is not a rate`},
		{FaultBackgroundTraffic, "rate", "NaN", `rate: "NaN" is not a rate`},
		{FaultBackgroundTraffic, "rate", "10001/s", "is not a rate from 0.01/s to 10000/s"},
		{FaultAPISlow, "delay", "0s", `delay: "0s" is not a duration above 0`},
		{FaultAPISlow, "delay", "5", `delay: "5" is not a duration`},
		{FaultSourceNotPermitted, "interface", "loopback", `interface: "loopback" is not one of management, dataplane`},
		{FaultEntryDisabled, "sender", "dc1", `no entry "dc1"`},
		{FaultWrongTransport, "sender", "dc1", `no entry "dc1"`},
		{FaultWrongVSys, "sender", "dc1", `no entry "dc1"`},
		{FaultWrongVSys, "vsys", "two", `vsys: "two" is not a virtual system, such as vsys2`},
		{FaultWrongVSys, "vsys", "vsys0", `"vsys0" is not a virtual system`},
		{FaultDomainOverride, "sender", "dc1", `no entry "dc1"`},
		{FaultDomainOverride, "domain", "", `domain: "" is not a name`},
		{FaultIgnoredUser, "users", " ", `users: " " is not a name`},
		{FaultNetworkExcluded, "network", "198.51.100.0", `network: "198.51.100.0" is not a network`},
		{FaultDataplaneLate, "delay", "2h", `delay: "2h" is not a duration above 0 and up to 1h0m0s`},
		{FaultMappingTimeout, "after", "-1s", `after: "-1s" is not a duration`},
		{FaultClock, "offset", "25h", `offset: "25h" is not a duration up to 24h0m0s`},
	} {
		t.Run(test.id+" "+test.name+" "+test.value, func(t *testing.T) {
			t.Parallel()
			fw := start(t, nil)
			params := map[string]string{test.name: test.value}
			err := fw.Faults().Start(test.id, params)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q in it", err, test.want)
			}
			if running := fw.Faults().Running(); len(running) > 0 {
				t.Errorf("%q runs although it was refused", running)
			}
		})
	}
}

// A wrong restart leaves what runs as it is.
func TestRefusedRestartChangesNothing(t *testing.T) {
	t.Parallel()
	fw := start(t, nil)
	startFault(t, fw, FaultUDPLoss, map[string]string{"every": "7"})
	if err := fw.Faults().Start(FaultUDPLoss, map[string]string{"every": "x"}); err == nil {
		t.Fatal("accepted")
	}
	params, on := fw.Faults().Active(FaultUDPLoss)
	if !on || params["every"] != "7" || fw.faults.Now().loss.every != 7 {
		t.Errorf("now %v, on %v, every %d", params, on, fw.faults.Now().loss.every)
	}
}

func TestFaultWithoutSender(t *testing.T) {
	t.Parallel()
	fw := start(t, func(c *Config) { c.Senders = nil })
	if err := fw.Faults().Start(FaultProfileMissing, nil); err == nil || !strings.Contains(err.Error(), "no sender in use") {
		t.Errorf("error %v", err)
	}
}

// wantReset says that a TCP connection ends without a byte of TLS.
func wantReset(t *testing.T, conn net.Conn) {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	n, err := conn.Read(make([]byte, 1))
	var timeout net.Error
	if n != 0 || err == nil || errors.As(err, &timeout) && timeout.Timeout() {
		t.Errorf("read %d bytes, %v; want a reset", n, err)
	}
}

// Both faults that shut a listener: nothing is counted, what is open is reset, and all is
// well again afterwards. They differ in what the state says.
func TestShutListeners(t *testing.T) {
	t.Parallel()
	both := []panos.ConnectionType{panos.UDP, panos.SSL}
	for _, test := range []struct {
		name, id, transport string
		shut                []panos.ConnectionType
		udp, ssl            panos.ListenerService
	}{
		{"disabled", FaultServiceDisabled, "", both, panos.ServiceDisabled, panos.ServiceDisabled},
		{"disabled udp", FaultServiceDisabled, "udp", both[:1], panos.ServiceDisabled, panos.ServiceEnabled},
		{"disabled ssl", FaultServiceDisabled, "ssl", both[1:], panos.ServiceEnabled, panos.ServiceDisabled},
		{"not permitted", FaultSourceNotPermitted, "", both, panos.ServiceEnabled, panos.ServiceEnabled},
		{"passive unit", FaultHAPassive, "", both, panos.ServiceEnabled, panos.ServiceEnabled},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fw := start(t, nil)
			udp, before := dialUDP(t, fw), dialSSL(t, fw)
			params := map[string]string{"transport": test.transport}
			if test.transport == "" {
				params = nil
			}
			startFault(t, fw, test.id, params)
			if s := fw.State(); s.UDP != test.udp || s.SSL != test.ssl {
				t.Errorf("services are %q and %q, want %q and %q", s.UDP, s.SSL, test.udp, test.ssl)
			}
			text, _ := fw.CLI("show user server-monitor state all")
			if strings.Contains(text, "SSL Syslog Listener Service is disabled") != (test.ssl == panos.ServiceDisabled) {
				t.Errorf("state says\n%s", text)
			}
			send(t, udp, login("alice", "198.51.100.1"))
			if slices.Contains(test.shut, panos.UDP) {
				wait(t, fw, KindDiscarded, 1)
				if got := last(t, fw, KindDiscarded).Fields["reason"]; got != test.id {
					t.Errorf("reason %v", got)
				}
				wantCounters(t, fw, "lab udp", 0, 0)
				wantTable(t, fw, "")
			} else {
				wait(t, fw, KindMessage, 1)
				wantCounters(t, fw, "lab udp", 1, 1)
			}
			if slices.Contains(test.shut, panos.SSL) {
				wantReset(t, before)
				// The reset may come while Dial still looks whether the connection is there.
				if conn, err := net.Dial("tcp", fw.SSLAddr().String()); err == nil {
					defer conn.Close()
					wantReset(t, conn)
				}
				wait(t, fw, KindConnectionRefused, 1)
				if got := last(t, fw, KindConnectionRefused).Fields["reason"]; got != test.id {
					t.Errorf("reason %v", got)
				}
			} else {
				send(t, before, login("bob", "198.51.100.2"))
				wait(t, fw, KindMessage, 1)
			}
			fw.Faults().Stop(test.id)
			seen := fw.Record().Count(KindMessage)
			send(t, udp, login("carol", "198.51.100.3"))
			send(t, dialSSL(t, fw), login("dave", "198.51.100.4"))
			wait(t, fw, KindMessage, seen+2)
			if got := table(fw); !strings.Contains(got, `corp\carol`) || !strings.Contains(got, `corp\dave`) {
				t.Errorf("after the fault the mappings are %q", got)
			}
		})
	}
}

func TestProfileFaults(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, id string
		params   map[string]string
		sender   string
		counters [2]uint64 // after a login and a logout of a known mapping
		table    string
	}{
		{"profile missing", FaultProfileMissing, nil, "lab udp", [2]uint64{2, 0}, `198.51.100.9 corp\zoe`},
		{"profile missing at the other sender", FaultProfileMissing, map[string]string{"sender": "lab ssl"}, "lab udp", [2]uint64{2, 1}, `198.51.100.1 corp\alice`},
		// The login takes nothing away: nobody had the address. The logout maps.
		{"wrong event type", FaultWrongEventType, nil, "lab udp", [2]uint64{2, 1}, `198.51.100.9 corp\zoe`},
		{"wrong event type at the ssl sender", FaultWrongEventType, map[string]string{"sender": "lab ssl"}, "lab ssl", [2]uint64{2, 1}, `198.51.100.9 corp\zoe`},
		{"logout as login", FaultLogoutAsLogin, nil, "lab udp", [2]uint64{2, 2}, `198.51.100.1 corp\alice, 198.51.100.9 corp\zoe`},
		{"logout as login at the other sender", FaultLogoutAsLogin, map[string]string{"sender": "lab ssl"}, "lab udp", [2]uint64{2, 1}, `198.51.100.1 corp\alice`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fw := start(t, nil)
			conn := net.Conn(dialUDP(t, fw))
			if test.sender == "lab ssl" {
				conn = dialSSL(t, fw)
			}
			send(t, conn, login("zoe", "198.51.100.9"))
			wait(t, fw, KindMessage, 1)
			startFault(t, fw, test.id, test.params)
			send(t, conn, login("alice", "198.51.100.1"))
			send(t, conn, logout("zoe", "198.51.100.9"))
			wait(t, fw, KindMessage, 3)
			wantCounters(t, fw, test.sender, 1+test.counters[0], 1+test.counters[1])
			wantTable(t, fw, test.table)
			fw.Faults().Stop(test.id)
			send(t, conn, login("bob", "198.51.100.2"))
			wait(t, fw, KindMessage, 4)
			if !strings.Contains(table(fw), `198.51.100.2 corp\bob`) {
				t.Errorf("after the fault the mappings are %q", table(fw))
			}
		})
	}
}

func TestUDPLoss(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		every string
		want  string
	}{{"3", "1 2 4 5 7"}, {"1", ""}, {"8", "1 2 3 4 5 6 7"}} {
		t.Run("every "+test.every, func(t *testing.T) {
			t.Parallel()
			fw := start(t, nil)
			startFault(t, fw, FaultUDPLoss, map[string]string{"every": test.every})
			conn := dialUDP(t, fw)
			for i := 1; i <= 7; i++ {
				send(t, conn, fmt.Sprint(i))
			}
			want := uint64(len(strings.Fields(test.want)))
			wait(t, fw, KindDiscarded, 7-want)
			wait(t, fw, KindMessage, want)
			var got []string
			for _, e := range fw.Record().Since(0) {
				if e.Kind == KindMessage {
					got = append(got, e.Fields["text"].(string))
				}
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("received %q, want %q", got, test.want)
			}
			wantCounters(t, fw, "lab udp", want, 0)
			send(t, dialSSL(t, fw), "over ssl nothing is lost")
			wait(t, fw, KindMessage, want+1)
			fw.Faults().Stop(FaultUDPLoss)
			for range 3 {
				send(t, conn, "x")
			}
			wait(t, fw, KindMessage, want+4)
		})
	}
}

func TestLossCountsEachSource(t *testing.T) {
	t.Parallel()
	fw := start(t, nil)
	startFault(t, fw, FaultUDPLoss, map[string]string{"every": "2"})
	l := fw.faults.Now().loss
	other := loopback.Next()
	for i, want := range []bool{false, true, false, true} {
		if l.next(loopback) != want || l.next(other) != want {
			t.Errorf("datagram %d of each source: not lost as wanted (%v)", i+1, want)
		}
	}
	source := other
	for range 3 * maxLossSources {
		source = source.Next()
		l.next(source)
	}
	if len(l.seen) > maxLossSources+1 {
		t.Errorf("%d sources are told apart", len(l.seen))
	}
}

func TestTLSCertificateExpired(t *testing.T) {
	t.Parallel()
	fw := start(t, nil)
	before := dialSSL(t, fw)
	startFault(t, fw, FaultTLSCertificateExpired, nil)
	err := tls.Client(dialTCP(t, fw.SSLAddr()), clientTLS(fw)).HandshakeContext(within(t))
	var invalid x509.CertificateInvalidError
	if !errors.As(err, &invalid) || invalid.Reason != x509.Expired {
		t.Errorf("handshake: %v, want an expired certificate", err)
	}
	if rules := presented(t, fw); !slices.Equal(rules, []string{certs.RuleDates}) {
		t.Errorf("the certificate breaks %q", rules)
	}
	send(t, before, login("alice", "198.51.100.1")) // what is open stays
	wait(t, fw, KindMessage, 1)
	if status, _ := ask(t, fw, "GET", "/api/", op(cmdState), http.Header{"X-Pan-Key": {fw.APIKey().Reveal()}}); status != 200 {
		t.Errorf("the API's certificate has become another: %d", status)
	}
	fw.Faults().Stop(FaultTLSCertificateExpired)
	dialSSL(t, fw)
	if rules := presented(t, fw); len(rules) > 0 {
		t.Errorf("after the fault the certificate breaks %q", rules)
	}
}

// presented judges what the SSL listener presents.
func presented(t *testing.T, fw *Firewall) (broken []string) {
	t.Helper()
	conn := tls.Client(dialTCP(t, fw.SSLAddr()), &tls.Config{InsecureSkipVerify: true})
	if err := conn.HandshakeContext(within(t)); err != nil {
		t.Fatal(err)
	}
	for _, f := range certs.Judge(conn.ConnectionState().PeerCertificates, fw.Authority().Pool(), "firewall.corp.example", time.Now()) {
		if !f.OK {
			broken = append(broken, f.Rule)
		}
	}
	return broken
}

func TestAPIRefused(t *testing.T) {
	t.Parallel()
	fw := start(t, withKey)
	startFault(t, fw, FaultAPIRefused, nil)
	for _, form := range []url.Values{op(cmdState), {"type": {"keygen"}, "user": {"admin"}, "password": {"pass-of-the-test"}}} {
		if status, body := ask(t, fw, "POST", "/api/", form, keyHeader); status != 403 || body != refused {
			t.Errorf("%v: %d %s", form, status, body)
		}
	}
	if got := last(t, fw, KindRequest).Fields["fault"]; got != FaultAPIRefused {
		t.Errorf("recorded fault %v", got)
	}
	fw.Faults().Stop(FaultAPIRefused)
	if status, body := ask(t, fw, "POST", "/api/", op(cmdState), keyHeader); status != 200 {
		t.Errorf("afterwards: %d %s", status, body)
	}
}

func TestAPISlow(t *testing.T) {
	t.Parallel()
	fw := start(t, withKey)
	startFault(t, fw, FaultAPISlow, map[string]string{"delay": "60ms"})
	began := time.Now()
	if status, _ := ask(t, fw, "POST", "/api/", op(cmdState), keyHeader); status != 200 || time.Since(began) < 60*time.Millisecond {
		t.Errorf("status %d after %v", status, time.Since(began))
	}

	// A client that leaves ends the wait ...
	startFault(t, fw, FaultAPISlow, map[string]string{"delay": "1h"})
	ctx, leave := context.WithCancel(context.Background())
	leave()
	r := httptest.NewRequestWithContext(ctx, "POST", "/api/", nil)
	w := httptest.NewRecorder()
	if fw.serveRequest(w, r) {
		t.Error("answered although the client has left")
	}
	if got := last(t, fw, KindRequest).Fields; got["status"] != 0 || got["fault"] != FaultAPISlow || w.Body.Len() > 0 {
		t.Errorf("recorded %+v, answered %q", got, w.Body)
	}

	// ... new requests know nothing of a fault that has ended ...
	fw.Faults().Stop(FaultAPISlow)
	if status, _ := ask(t, fw, "POST", "/api/", op(cmdState), keyHeader); status != 200 {
		t.Errorf("status %d after the fault", status)
	}

	// ... and the firewall that closes ends the wait.
	startFault(t, fw, FaultAPISlow, nil)
	answered := make(chan error, 1)
	asked := make(chan struct{})
	ctx = httptrace.WithClientTrace(within(t), &httptrace.ClientTrace{
		WroteRequest: func(httptrace.WroteRequestInfo) { close(asked) },
	})
	go func() { answered <- request(ctx, t, fw) }()
	<-asked
	_ = fw.Close()
	if err := <-answered; err == nil {
		t.Error("the request was answered")
	}
}

func request(ctx context.Context, t *testing.T, fw *Firewall) error {
	r, err := http.NewRequestWithContext(ctx, "POST", "https://"+fw.APIAddr().String()+"/api/", strings.NewReader(op(cmdState).Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-PAN-KEY", "key-of-the-test")
	response, err := httpClient(t, fw).Do(r)
	if err == nil {
		_ = response.Body.Close()
	}
	return err
}

func TestCountersReset(t *testing.T) {
	t.Parallel()
	fw := start(t, nil)
	udp, ssl := dialUDP(t, fw), dialSSL(t, fw)
	send(t, udp, login("a", "198.51.100.1"))
	wait(t, fw, KindMessage, 1)
	startFault(t, fw, FaultCountersReset, map[string]string{"after": "2"})
	for i, step := range []struct {
		conn     net.Conn
		text     string
		counters [2]uint64 // of the UDP sender
	}{
		{udp, login("b", "198.51.100.2"), [2]uint64{2, 2}},
		{udp, "no profile reads this", [2]uint64{3, 2}},
		{udp, logout("b", "198.51.100.2"), [2]uint64{4, 2}},
		{ssl, login("c", "198.51.100.3"), [2]uint64{4, 2}},
		{udp, login("d", "198.51.100.4"), [2]uint64{0, 0}},
		{udp, login("e", "198.51.100.5"), [2]uint64{1, 1}},
		{udp, login("f", "198.51.100.6"), [2]uint64{2, 2}}, // once only
	} {
		send(t, step.conn, step.text)
		wait(t, fw, KindMessage, uint64(i+2))
		wantCounters(t, fw, "lab udp", step.counters[0], step.counters[1])
	}
	wantCounters(t, fw, "lab ssl", 1, 1)
	if n := fw.Record().Count(KindCountersReset); n != 1 {
		t.Errorf("%d resets are recorded", n)
	}
	if got := len(fw.Mappings(panos.DataPlane)); got != 5 {
		t.Errorf("%d mappings are left", got)
	}
	startFault(t, fw, FaultCountersReset, map[string]string{"after": "2"}) // anew
	send(t, udp, login("g", "198.51.100.7"))
	send(t, udp, login("h", "198.51.100.8"))
	wait(t, fw, KindMessage, 10)
	wantCounters(t, fw, "lab udp", 0, 0)
	startFault(t, fw, FaultCountersReset, map[string]string{"after": "1"})
	fw.Faults().Stop(FaultCountersReset)
	send(t, udp, login("i", "198.51.100.9"))
	wait(t, fw, KindMessage, 11)
	wantCounters(t, fw, "lab udp", 1, 1)
}

// The counter of connections made falls with the others, to those that are open.
func TestCountersResetOfConnections(t *testing.T) {
	t.Parallel()
	fw := start(t, nil)
	_ = dialSSL(t, fw).Close()
	wait(t, fw, KindConnectionClosed, 1)
	conn := dialSSL(t, fw)
	startFault(t, fw, FaultCountersReset, map[string]string{"sender": "lab ssl", "after": "1"})
	send(t, conn, login("a", "198.51.100.1"))
	wait(t, fw, KindCountersReset, 1)
	if got, want := *fw.State().Senders[1].Connections, (panos.Connections{Active: 1, Total: 1}); got != want {
		t.Errorf("connections %+v, want %+v", got, want)
	}
}

func TestBackgroundTraffic(t *testing.T) {
	t.Parallel()
	fw := start(t, nil)
	startFault(t, fw, FaultBackgroundTraffic, map[string]string{"sender": "lab ssl", "rate": "500"})
	began := time.Now()
	wait(t, fw, KindMessage, 51)
	// The first is due at once, the 51st a tenth of a second later: never before.
	if took := time.Since(began); took < 90*time.Millisecond {
		t.Errorf("51 messages at 500/s within %v", took)
	}
	got := last(t, fw, KindMessage).Fields
	if got["sender"] != "lab ssl" || got["fault"] != FaultBackgroundTraffic || got["source"] != "127.0.0.1:0" {
		t.Errorf("message event %+v", got)
	}
	startFault(t, fw, FaultBackgroundTraffic, nil) // now at the first sender
	wait(t, fw, KindFaultStarted, 2)
	ssl := counters(t, fw, "lab ssl")
	seen := fw.Record().Count(KindMessage)
	wait(t, fw, KindMessage, seen+2)
	if now := counters(t, fw, "lab ssl"); now != ssl || ssl[0] < 51 || ssl[1] != 0 {
		t.Errorf("counters of the ssl sender were %v and are %v", ssl, now)
	}
	fw.Faults().Stop(FaultBackgroundTraffic)
	udp := counters(t, fw, "lab udp")
	if udp[0] == 0 || udp[1] != 0 {
		t.Errorf("counters of the udp sender are %v", udp)
	}
	send(t, dialUDP(t, fw), "the only one")
	wait(t, fw, KindMessage, udp[0]+ssl[0]+1)
	wantCounters(t, fw, "lab udp", udp[0]+1, 0)
	wantTable(t, fw, "")
}
