package diagnose

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"github.com/uidprobe/uidprobe/certs"
	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/profile"
	"github.com/uidprobe/uidprobe/profile/library"
	"github.com/uidprobe/uidprobe/simulate/dc"
	simdns "github.com/uidprobe/uidprobe/simulate/dns"
	"github.com/uidprobe/uidprobe/simulate/firewall"
	"github.com/uidprobe/uidprobe/wire/dns"
	"github.com/uidprobe/uidprobe/wire/kerberos"
)

func at4(port uint16) netip.AddrPort { return netip.AddrPortFrom(server4, port) }

// loginThrough asks a KDC for a ticket and a service ticket, as far as it comes.
func loginThrough(ctx context.Context, network, address string) {
	k := kerberos.KDC{Network: network, Address: address}
	ask := kerberos.ASRequest{Client: kerberos.Principal{Type: kerberos.NamePrincipal, Name: []string{"svc-userid"}, Realm: dc.DefaultRealm}}
	answer, err := k.Ask(ctx, ask)
	if err != nil {
		return
	}
	tgt, err := k.Login(ctx, ask, answer, kerberos.PasswordKeys("correct horse"))
	if err != nil {
		return
	}
	k.ServiceTicket(ctx, tgt, kerberos.HTTPService("dc1.corp.example", dc.DefaultRealm), nil)
}

// refused says whether a KDC said no in what was recorded, with 4 bytes before each message.
func refused(said []spoken, head int) bool {
	for _, s := range said {
		if s.side != fromServer || len(s.data) <= head {
			continue
		}
		e, err := kerberos.DecodeError(s.data[head:])
		if err == nil && e.Code != kerberos.ErrPreauthRequired && e.Code != kerberos.ErrResponseTooBig {
			return true
		}
	}
	return false
}

// Every refusal that a KDC can send shows the same symptom in a capture as in the log, and the
// NTSTATUS that the log does not have.
func TestCaptureOfEveryRefusal(t *testing.T) {
	t.Parallel()
	statuses := map[string]string{
		"kdc-account-disabled": "0xC0000072 STATUS_ACCOUNT_DISABLED", "kdc-account-locked": "0xC0000234 STATUS_ACCOUNT_LOCKED_OUT",
		"kdc-logon-hours": "0xC000006F STATUS_INVALID_LOGON_HOURS", "kdc-must-change": "0xC0000224 STATUS_PASSWORD_MUST_CHANGE",
	}
	refusals := 0
	for _, fault := range dc.Faults() {
		if !strings.HasPrefix(fault.ID, "kdc-") || fault.Symptom == "" || slices.Contains([]string{
			dc.FaultMute, dc.FaultMuteTCP, dc.FaultMuteUDP, dc.FaultMuteProof, dc.FaultSlow, dc.FaultCut, dc.FaultGarbage, dc.FaultHugeLength, dc.FaultPortClosed,
			dc.FaultReplySkew, dc.FaultOtherKey, dc.FaultReplyModified, dc.FaultNoOffer, // what the client finds, and no KRB-ERROR
		}, fault.ID) {
			continue
		}
		refusals++
		t.Run(fault.ID, func(t *testing.T) {
			t.Parallel()
			d, err := dc.Start(t.Context(), dc.Config{
				Accounts: []dc.Account{{Name: "svc-userid", Password: credential.New("correct horse")}},
				Services: []string{"HTTP/dc1.corp.example"},
			})
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			if err := d.Faults().Start(fault.ID, nil); err != nil {
				t.Fatal(err)
			}
			over := recordTCP(t, d.Addr())
			loginThrough(t.Context(), "tcp", over.addr)
			said := over.heard()
			if !refused(said, 4) {
				t.Fatalf("no refusal was recorded in %d pieces", len(said))
			}
			p := newTape(t)
			p.replayTCP(at4(88), said)
			got, words := diagnosed(t, p, Config{})
			if want := "fail " + fault.Symptom + "@192.0.2.53"; !slices.Equal(words, []string{want}) {
				t.Fatalf("found %q, want %q", words, want)
			}
			r := got.Results()[0]
			if want := statuses[fault.ID]; want != "" && !strings.Contains(evidenceText(r), want) {
				t.Errorf("%s is not in %s", want, evidenceText(r))
			}
			if !strings.Contains(evidenceText(r), "packet ") || !strings.Contains(evidenceText(r), "2026-03-01 10:15:30.") {
				t.Errorf("evidence without a packet and a time: %+v", r.Evidence)
			}
			if r.Symptom != fault.Symptom || !strings.HasPrefix(r.Hint, "prove it from here: ") {
				t.Errorf("symptom %q, hint %q", r.Symptom, r.Hint)
			}
		})
	}
	if refusals < 20 {
		t.Errorf("%d refusals are held to it", refusals)
	}
}

func evidenceText(r check.Result) string {
	var b strings.Builder
	for _, e := range r.Evidence {
		b.WriteString(e.Name + ": " + e.Text + "\n")
	}
	return b.String()
}

// The kinds of link, of file and of address, all of the same real exchange.
func TestCaptureForms(t *testing.T) {
	t.Parallel()
	d, err := dc.Start(t.Context(), dc.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	over := recordUDP(t, d.Addr())
	loginThrough(t.Context(), "udp", over.addr)
	said := over.heard()
	if !refused(said, 0) {
		t.Fatal("no refusal was recorded")
	}
	const four, six = "fail kerberos.client-unknown@192.0.2.53", "fail kerberos.client-unknown@2001:db8::53"
	for _, c := range []struct {
		name string
		set  func(*tape)
		want string
	}{
		{"ethernet", func(*tape) {}, four},
		{"pcapng", func(p *tape) { p.ng = true }, four},
		{"VLAN", func(p *tape) { p.vlan = true }, four},
		{"Linux SLL", func(p *tape) { p.link = layers.LinkTypeLinuxSLL }, four},
		{"raw IP", func(p *tape) { p.link = layers.LinkTypeRaw }, four},
		{"raw IP, pcapng", func(p *tape) { p.link, p.ng = layers.LinkTypeRaw, true }, four},
		{"IPv6", nil, six},
		{"fragments", nil, four},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newTape(t)
			if c.set != nil {
				c.set(p)
			}
			switch c.name {
			case "IPv6":
				for _, s := range said {
					ends := [2]netip.AddrPort{netip.AddrPortFrom(firewall6, 40000), netip.AddrPortFrom(server6, 88)}
					p.udp(ends[s.side], ends[1-s.side], s.data)
				}
			case "fragments":
				for _, s := range said {
					p.fragmented(s, at4(88))
				}
			default:
				p.replayUDP(at4(88), said)
			}
			if _, words := diagnosed(t, p, Config{}); !slices.Equal(words, []string{c.want}) {
				t.Errorf("found %q, want %q", words, c.want)
			}
		})
	}
}

// fragmented puts a datagram on tape in pieces of 16 bytes, the last in front.
func (p *tape) fragmented(s spoken, server netip.AddrPort) {
	ends := [2]netip.AddrPort{netip.AddrPortFrom(firewall4, 40000), server}
	from, to := ends[s.side], ends[1-s.side]
	b := gopacket.NewSerializeBuffer()
	udp := &layers.UDP{SrcPort: layers.UDPPort(from.Port()), DstPort: layers.UDPPort(to.Port())}
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true}, udp, gopacket.Payload(s.data)); err != nil {
		p.t.Fatal(err)
	}
	whole := b.Bytes()
	for at := (len(whole) - 1) / 16 * 16; at >= 0; at -= 16 {
		ip := &layers.IPv4{
			Version: 4, TTL: 64, Id: uint16(1 + s.side), Protocol: layers.IPProtocolUDP, FragOffset: uint16(at / 8),
			SrcIP: from.Addr().AsSlice(), DstIP: to.Addr().AsSlice(),
		}
		if at+16 < len(whole) {
			ip.Flags = layers.IPv4MoreFragments
		}
		p.frame(layers.EthernetTypeIPv4, ip, gopacket.Payload(whole[at:min(at+16, len(whole))]))
	}
}

// What DNS says of a name, by each of the simulated server's faults.
func TestCaptureOfNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ fault, want string }{
		{"", ""},
		{simdns.FaultNXDomain, "fail network.name-unknown@dc1.corp.example"},
		{simdns.FaultNoData, "fail network.name-unknown@dc1.corp.example"},
		{simdns.FaultServFail, "fail kerberos.dns-try-again@192.0.2.53"},
		{simdns.FaultRefused, "fail kerberos.dns-try-again@192.0.2.53"},
		{simdns.FaultSilent, "fail kerberos.dns-try-again@192.0.2.53"},
		{simdns.FaultFormErr, "fail kerberos.kdc-unreachable@192.0.2.53"},
		{simdns.FaultNotImp, "fail kerberos.kdc-unreachable@192.0.2.53"},
	} {
		t.Run("fault "+c.fault, func(t *testing.T) {
			t.Parallel()
			s, err := simdns.Start(t.Context(), simdns.Config{Records: simdns.Controller("corp.example", "dc1.corp.example", server4, 88)})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if c.fault != "" {
				if err := s.Faults().Start(c.fault, nil); err != nil {
					t.Fatal(err)
				}
			}
			over := recordUDP(t, s.Addr().String())
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			if c.fault == simdns.FaultSilent { // as soon as the question has arrived, there is nothing to wait for
				go func() { s.Wait(ctx, simdns.KindQuery, 1); cancel() }()
			}
			dns.Query(ctx, netip.MustParseAddrPort(over.addr), "udp", "dc1.corp.example", dns.A)
			p := newTape(t)
			p.replayUDP(at4(53), over.heard())
			p.wait(3 * time.Second)
			p.udp(netip.AddrPortFrom(firewall4, 9), netip.AddrPortFrom(server4, 9), []byte("the end"))
			_, words := diagnosed(t, p, Config{})
			if got := strings.Join(words, " "); got != c.want {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}

// A name that is not known with a suffix of the search list, and is without it, is no trouble.
func TestCaptureOfASearchList(t *testing.T) {
	t.Parallel()
	s, err := simdns.Start(t.Context(), simdns.Config{Records: simdns.Controller("corp.example", "dc1.corp.example", server4, 88)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	over := recordUDP(t, s.Addr().String())
	for _, name := range []string{"dc1.corp.example.corp.example", "dc1.corp.example"} {
		if _, err := dns.Query(t.Context(), netip.MustParseAddrPort(over.addr), "udp", name, dns.A); err != nil {
			t.Fatal(err)
		}
	}
	p := newTape(t)
	p.replayUDP(at4(53), over.heard())
	if _, words := diagnosed(t, p, Config{}); len(words) > 0 {
		t.Errorf("found %q", words)
	}
}

// web speaks HTTP to a real server through a recorder.
func web(t *testing.T, answer http.HandlerFunc, authorizations ...string) []spoken {
	t.Helper()
	s := httptest.NewServer(answer)
	defer s.Close()
	over := recordTCP(t, s.Listener.Addr().String())
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for _, a := range authorizations {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+over.addr+"/wsman", strings.NewReader("<s:Envelope/>"))
		if err != nil {
			t.Fatal(err)
		}
		if a != "" {
			r.Header.Set("Authorization", a)
		}
		answered, err := client.Do(r)
		if err == nil {
			answered.Body.Close()
		}
	}
	return over.heard()
}

// WinRM over HTTP: what refuses, and what is how each log-in begins.
func TestCaptureOfWinRM(t *testing.T) {
	t.Parallel()
	status := func(code int, offers ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for _, o := range offers {
				w.Header().Add("WWW-Authenticate", o)
			}
			w.WriteHeader(code)
			w.Write([]byte("HTTP/1.1 500 is no status here\r\n\r\n"))
		}
	}
	challenge := func(w http.ResponseWriter, r *http.Request) {
		switch r.Header.Get("Authorization") {
		case "":
			status(401, "Negotiate", "Kerberos")(w, r)
		case "Negotiate one":
			status(401, "Negotiate dG9rZW4=")(w, r)
		default:
			w.Write([]byte("ok"))
		}
	}
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		sent   []string
		want   string
		shown  string // in the evidence
	}{
		{"a log-in in three legs", challenge, []string{"", "Negotiate one", "Negotiate two"}, "", ""},
		{"refused", status(401, "Negotiate", "Kerberos", `Basic realm="WSMAN"`), []string{"", "Kerberos c2VjcmV0"}, "winrm.unauthorized", "Negotiate, Kerberos, Basic"},
		{"not tried", status(401, "Kerberos"), []string{""}, "winrm.unauthorized", "Kerberos"},
		{"faulted", status(500), []string{"Kerberos x"}, "winrm.access-denied", "HTTP/1.1 500"},
		{"another service", status(404), []string{""}, "winrm.other-status", "404"},
		{"well", status(200), []string{"Kerberos x"}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			said := web(t, c.answer, c.sent...)
			for _, port := range []uint16{5985, 80} {
				p := newTape(t)
				p.replayTCP(at4(port), said).close(fromClient)
				d, words := diagnosed(t, p, Config{})
				want := "fail " + c.want + "@192.0.2.53"
				if c.want == "" {
					want = ""
				}
				if got := strings.Join(words, " "); got != want {
					t.Fatalf("port %d: found %q, want %q", port, got, want)
				}
				text := evidenceText(d.Results()[0])
				if c.want != "" && !strings.Contains(text, c.shown) || strings.Contains(text, "c2VjcmV0") {
					t.Errorf("port %d: evidence %s", port, text)
				}
			}
		})
	}
}

// handshake is a client that verifies, or not, at a server of this certificate, recorded.
func handshake(t *testing.T, server string, client *tls.Config) []spoken {
	t.Helper()
	over := recordTCP(t, server)
	dialer := tls.Dialer{Config: client}
	conn, err := dialer.DialContext(t.Context(), "tcp", over.addr)
	if err == nil {
		conn.Write([]byte("sealed"))
		conn.Close()
	}
	// The relay is done with when both have closed; the record is whole then.
	for {
		over.mu.Lock()
		done := len(over.ends) == 2
		over.mu.Unlock()
		if done {
			return over.heard()
		}
		if t.Context().Err() != nil {
			t.Fatal("the connection does not end")
		}
	}
}

func tlsServer(t *testing.T, config *tls.Config) string {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			var b [64]byte
			for {
				if _, err := conn.Read(b[:]); err != nil {
					break
				}
			}
			conn.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return l.Addr().String()
}

func TestCaptureOfTLS(t *testing.T) {
	t.Parallel()
	pki, err := certs.Mint(certs.MintConfig{Hosts: []string{"dc1.corp.example"}, Now: captureStart})
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(pki.Root)
	now := func() time.Time { return captureStart.Add(time.Minute) }
	trusting := &tls.Config{RootCAs: roots, ServerName: "dc1.corp.example", MaxVersion: tls.VersionTLS12, Time: now}
	mistrusting := &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "dc1.corp.example", MaxVersion: tls.VersionTLS12, Time: now}
	late := func() time.Time { return captureStart.Add(300 * 24 * time.Hour) }
	good := &tls.Config{Certificates: []tls.Certificate{pki.Server}, Time: now}
	only13 := &tls.Config{Certificates: []tls.Certificate{pki.Server}, MinVersion: tls.VersionTLS13}
	const shown = "pass capture.certificate@192.0.2.53"
	for _, c := range []struct {
		name   string
		server *tls.Config
		client *tls.Config
		port   uint16
		want   []string
		text   string
	}{
		{"well", good, trusting, 5986, []string{shown}, "dc1.corp.example"},
		{"untrusted", good, mistrusting, 5986, []string{"fail winrm.certificate-untrusted@192.0.2.53", shown}, "TLS alert"},
		{"untrusted by a sender", good, mistrusting, 6514, []string{"fail syslog.status.not-connected@192.0.2.1", "pass capture.certificate@192.0.2.1"}, "TLS alert"},
		{"untrusted by others", good, mistrusting, 443, []string{"warn capture.tls-alert@192.0.2.53", shown}, "TLS alert"},
		{"no common version", only13, trusting, 5986, []string{"fail winrm.handshake@192.0.2.53"}, "TLS alert 70"},
		{"expired", good, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12, Time: late}, 5986, []string{"fail winrm.certificate-untrusted@192.0.2.53", shown}, "is good from"},
		{"TLS 1.3", only13, &tls.Config{RootCAs: roots, ServerName: "dc1.corp.example", Time: now}, 5986, nil, "WinRM over TLS (TLS 1.3), 1 connections"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			said := handshake(t, tlsServer(t, c.server), c.client)
			p := newTape(t)
			if c.name == "expired" {
				p.wait(300 * 24 * time.Hour)
			}
			p.replayTCP(at4(c.port), said).close(fromClient)
			d, words := diagnosed(t, p, Config{})
			if !slices.Equal(words, c.want) {
				t.Fatalf("found %q, want %q", words, c.want)
			}
			var all string
			for _, r := range d.Results() {
				all += r.Summary + "\n" + evidenceText(r)
			}
			if !strings.Contains(all, c.text) {
				t.Errorf("%q is not in\n%s", c.text, all)
			}
		})
	}
}

// The firewall's own listener, and a sender that does not trust it.
func TestCaptureOfTheListener(t *testing.T) {
	t.Parallel()
	fw, err := firewall.Start(t.Context(), firewall.Config{SSL: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer fw.Close()
	said := handshake(t, fw.SSLAddr().String(), &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "firewall.corp.example", MaxVersion: tls.VersionTLS12})
	p := newTape(t)
	p.now = time.Now() // the certificate is of today
	p.replayTCP(at4(6514), said).close(fromClient)
	if _, words := diagnosed(t, p, Config{}); !slices.Contains(words, "fail syslog.status.not-connected@192.0.2.1") {
		t.Errorf("found %q", words)
	}
}

// Connections that do not come about, or end too soon.
func TestCaptureOfConnections(t *testing.T) {
	t.Parallel()
	refuse := func(p *tape, port uint16) {
		c := p.tcpTo(firewall4, at4(port))
		c.packet(fromClient, "S", c.seq[0], nil)
		c.seq[0]++
		c.packet(fromServer, "RA", 0, nil)
	}
	silent := func(p *tape, port uint16) {
		c := p.tcpTo(firewall4, at4(port))
		for range 3 {
			c.packet(fromClient, "S", c.seq[0], nil)
			p.wait(time.Second)
		}
	}
	request := []byte("POST /wsman HTTP/1.1\r\nHost: dc1\r\nContent-Length: 3\r\n\r\nabc")
	for _, c := range []struct {
		name string
		do   func(*tape)
		want []string
	}{
		{"WinRM refused", func(p *tape) { refuse(p, 5985) }, []string{"fail winrm.not-reached@192.0.2.53"}},
		{"KDC refused", func(p *tape) { refuse(p, 88) }, []string{"fail kerberos.kdc-unreachable@192.0.2.53"}},
		{"WMI refused", func(p *tape) { refuse(p, 135) }, []string{"fail wmi.not-reached@192.0.2.53"}},
		{"listener refused", func(p *tape) { refuse(p, 6514) }, []string{"fail syslog.status.not-connected@192.0.2.1"}},
		{"web refused", func(p *tape) { refuse(p, 443) }, []string{"warn capture.refused@192.0.2.53"}},
		{"WinRM silent", func(p *tape) { silent(p, 5986) }, []string{"fail winrm.timeout@192.0.2.53"}},
		{"KDC silent", func(p *tape) { silent(p, 88) }, []string{"fail kerberos.kdc-unreachable@192.0.2.53"}},
		{"the capture ends first", func(p *tape) {
			c := p.tcpTo(firewall4, at4(88))
			c.packet(fromClient, "S", c.seq[0], nil)
		}, nil},
		{"cut", func(p *tape) {
			c := p.tcpTo(firewall4, at4(5985)).open()
			c.say(fromClient, request)
			c.reset(fromServer)
		}, []string{"fail winrm.cut@192.0.2.53"}},
		{"never answered", func(p *tape) {
			c := p.tcpTo(firewall4, at4(5985)).open()
			c.say(fromClient, request)
			p.wait(30 * time.Second)
			c.close(fromClient)
		}, []string{"fail winrm.timeout@192.0.2.53"}},
		{"out of order, and twice", func(p *tape) {
			c := p.tcpTo(firewall4, at4(5985)).open()
			c.size = 9
			c.say(fromClient, request)
			n := len(p.frames)
			slices.Reverse(p.frames[n-4:])
			for i, f := range p.frames[n-4:] { // as the network had it
				p.frames[n-4+i].when = captureStart.Add(time.Second + time.Duration(i)*time.Millisecond)
				_ = f
			}
			c.say(fromServer, []byte("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"))
			c.close(fromClient)
		}, []string{"fail winrm.access-denied@192.0.2.53"}},
		{"retransmissions", func(p *tape) {
			c := p.tcpTo(firewall4, at4(5985)).open()
			c.say(fromClient, request)
			for range 3 {
				p.wait(time.Second)
				c.packet(fromClient, "A", c.seq[0]-uint32(len(request)), request)
			}
			c.say(fromServer, []byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
			c.close(fromClient)
		}, []string{"warn capture.retransmissions@192.0.2.53"}},
		{"a router says no", func(p *tape) { p.icmp(1, at4(88)) }, []string{"fail network.unreachable@192.0.2.53"}},
		{"no listener", func(p *tape) { p.icmp(3, at4(514)) }, []string{"fail syslog.counters.no-log-messages@192.0.2.1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newTape(t)
			c.do(p)
			if _, words := diagnosed(t, p, Config{}); !slices.Equal(words, c.want) {
				t.Errorf("found %q, want %q", words, c.want)
			}
		})
	}
}

// icmp says of a datagram to there that it did not arrive.
func (p *tape) icmp(code uint8, to netip.AddrPort) {
	b := gopacket.NewSerializeBuffer()
	inner := &layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolUDP, SrcIP: firewall4.AsSlice(), DstIP: to.Addr().AsSlice()}
	udp := &layers.UDP{SrcPort: 40000, DstPort: layers.UDPPort(to.Port())}
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true}, inner, udp); err != nil {
		p.t.Fatal(err)
	}
	p.put(netip.MustParseAddr("192.0.2.254"), firewall4, layers.IPProtocolICMPv4,
		&layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(3, code)}, gopacket.Payload(b.Bytes()))
}

func TestCaptureOfSyslog(t *testing.T) {
	t.Parallel()
	p, ok := library.Find("linux-sshd-login")
	vendors := library.All()
	if !ok {
		p = vendors[0].Profiles[0]
	}
	cases, err := p.Cases()
	if err != nil || len(cases) == 0 {
		t.Fatal(err)
	}
	message := []byte(cases[0].Messages[0])
	sender := netip.AddrPortFrom(server4, 5140)
	to := netip.AddrPortFrom(firewall4, 514)
	for _, c := range []struct {
		name     string
		messages [][]byte
		profiles []profile.Profile
		want     []string
		text     string
	}{
		{"read by the library", [][]byte{message, message}, nil, []string{"pass capture.syslog@192.0.2.53"}, p.Name + ": 2 messages"},
		{"read by the one given", [][]byte{message, []byte("<13>noise")}, []profile.Profile{p}, []string{"pass capture.syslog@192.0.2.53"}, "1 of 2 syslog messages are read by the profiles given"},
		{"read by none given", [][]byte{[]byte("<13>noise")}, []profile.Profile{p}, []string{"fail syslog.counters.no-auth-success@192.0.2.53"}, "the nearest is " + p.Name},
		{"read by none", [][]byte{[]byte("<13>noise")}, nil, []string{"warn syslog.counters.no-auth-success@192.0.2.53"}, "noise"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tape := newTape(t)
			for _, m := range c.messages {
				tape.udp(sender, to, m)
			}
			d, words := diagnosed(t, tape, Config{Profiles: c.profiles})
			if !slices.Equal(words, c.want) {
				t.Fatalf("found %q, want %q", words, c.want)
			}
			r := d.Results()[0]
			if all := r.Summary + evidenceText(r); !strings.Contains(all, c.text) {
				t.Errorf("%q is not in %s", c.text, all)
			}
		})
	}
}

// unknownAccount is the capture of a refusal.
func unknownAccount(t testing.TB) *tape {
	b, err := (&kerberos.ErrorReply{Code: kerberos.ErrClientUnknown, Service: kerberos.TGT("CORP.EXAMPLE")}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	p := newTape(t)
	p.udp(netip.AddrPortFrom(firewall4, 40000), at4(88), []byte("?"))
	p.udp(at4(88), netip.AddrPortFrom(firewall4, 40000), b)
	return p
}

// A capture that ends in the midst of a packet, or is damaged there: what is before counts, and
// what is not read is said.
func TestCaptureCut(t *testing.T) {
	t.Parallel()
	for _, ng := range []bool{false, true} {
		p := unknownAccount(t)
		p.ng = ng
		whole := p.bytes()
		p.udp(at4(88), netip.AddrPortFrom(firewall4, 40000), []byte("of which the end is missing"))
		longer := p.bytes()
		for size := len(whole) + 1; size < len(longer); size++ {
			d := New(Config{})
			err := d.Read(t.Context(), "mgmt.pcap", bytes.NewReader(longer[:size]))
			results := d.Results()
			last := results[len(results)-1]
			if err == nil || !strings.Contains(err.Error(), "the file ends within") || last.Status != check.Error ||
				last.Check != CaptureCheck || results[0].Check != Prefix+"kerberos.client-unknown" {
				t.Fatalf("pcapng %v, %d of %d bytes: %v, %v: %q", ng, size, len(longer), err, last.Status, short(results))
			}
		}
	}
}

// Packets that are not held whole are said, and do not break what is.
func TestCaptureWithASnapLength(t *testing.T) {
	t.Parallel()
	p := unknownAccount(t)
	p.snap = 60
	c := p.tcpTo(firewall4, at4(5985)).open()
	c.say(fromClient, []byte("POST /wsman HTTP/1.1\r\nAuthorization: Kerberos "+strings.Repeat("x", 3000)+"\r\n\r\n"))
	p.snap = 0
	c.say(fromServer, []byte("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"))
	d, words := diagnosed(t, p, Config{})
	if !slices.Contains(words, "fail kerberos.client-unknown@192.0.2.53") || !slices.Contains(words, "fail winrm.access-denied@192.0.2.53") {
		t.Errorf("found %q", words)
	}
	r := d.Results()[len(d.Results())-1]
	if n, _ := r.Measure("held in part"); n != 5 || r.Status != check.Warn || !strings.Contains(r.Hint, "snaplen 0") {
		t.Errorf("%v held in part, %v, hint %q", n, r.Status, r.Hint)
	}
}

// A capture of a server shows what it says to everybody.
func TestCaptureOfOneFirewall(t *testing.T) {
	t.Parallel()
	p := unknownAccount(t)
	if _, words := diagnosed(t, p, Config{Firewalls: []netip.Addr{firewall4}}); len(words) != 1 {
		t.Errorf("found %q", words)
	}
	d := New(Config{Firewalls: []netip.Addr{netip.MustParseAddr("192.0.2.77")}})
	if err := d.Read(t.Context(), "mgmt.pcap", bytes.NewReader(p.bytes())); err != nil {
		t.Fatal(err)
	}
	if got := short(d.Results()); !slices.Equal(got, []string{"error capture@mgmt.pcap"}) {
		t.Errorf("found %q", got)
	}
}

// The packets explain the line of the log, and the line the status.
func TestCaptureBesideALog(t *testing.T) {
	t.Parallel()
	d := New(Config{})
	text := "Directory Servers:\nName TYPE Host Vsys Status\ndc1  AD  192.0.2.53  vsys1  Kerberos error\n" +
		"failed to get krb5 tgt ticket with error -1765328378.\n"
	for name, data := range map[string][]byte{"mgmt.pcap": unknownAccount(t).bytes(), "paste": []byte(text)} {
		if err := d.Read(t.Context(), name, bytes.NewReader(data)); err != nil {
			t.Fatal(err)
		}
	}
	got := findingsOf(d)
	want := []string{"fail kerberos.client-unknown@dc1", "fail kerberos.status@dc1 <- kerberos.client-unknown@dc1"}
	if !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

// Whatever the file says of itself, little is believed: no length makes memory.
func TestCaptureThatLies(t *testing.T) {
	t.Parallel()
	ng := unknownAccount(t)
	ng.ng = true
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"a packet of 4 GB", append(unknownAccount(t).bytes(), bytes.Repeat([]byte{0xff}, 16)...), "is announced"},
		{"a block of 4 GB", append(ng.bytes(), 0x0a, 0, 0, 0, 0xfc, 0xff, 0xff, 0xff), "the file ends within a block"},
		{"a block of 0 bytes", append(ng.bytes(), 6, 0, 0, 0, 0, 0, 0, 0), "a block of 0 bytes"},
	} {
		d := New(Config{})
		err := d.Read(t.Context(), "mgmt.pcap", bytes.NewReader(c.data))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if got := short(d.Results()); got[0] != "fail kerberos.client-unknown@192.0.2.53" {
			t.Errorf("%s: found %q", c.name, got)
		}
	}
}

// Very many connections and questions at once are borne.
func TestCaptureIsBounded(t *testing.T) {
	t.Parallel()
	d := New(Config{})
	f := &fileRecord{name: "mgmt.pcap", capture: &captureFile{sealed: map[string]int{}}}
	c := &capture{d: d, file: f, count: f.capture, loads: map[netip.AddrPort]*load{}, syslog: newSyslogReader(nil)}
	c.flows.c, c.questions.c, c.names.c = c, c, c
	c.now = captureStart
	for i := range 3 * maxFlows {
		from := netip.AddrPortFrom(firewall4, uint16(1000+i))
		tcp := &layers.TCP{SYN: true, SrcPort: layers.TCPPort(from.Port()), DstPort: 88}
		c.flows.take(packet{from: from, to: at4(88), tcp: tcp}, from, at4(88), moment{number: i, order: i, when: captureStart})
		// A hole before each of these.
		tcp = &layers.TCP{ACK: true, Seq: 1 << 20}
		c.flows.take(packet{from: from, to: at4(88), tcp: tcp, payload: make([]byte, 1400)}, from, at4(88), moment{number: i, order: i, when: captureStart})
	}
	if n := len(c.flows.byKey); n != maxFlows || c.flows.order.Len() != n || f.capture.evicted != 2*maxFlows || c.flows.held != maxFlows*1400 {
		t.Errorf("%d connections, %d given up, %d bytes held", n, f.capture.evicted, c.flows.held)
	}
	for i := range 3 * maxQuestions {
		from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 18, byte(i >> 8), byte(i)}), 4000)
		c.questions.ask(questionKey{from.Addr(), at4(88), ""}, from, "line", "", moment{number: i, order: i, when: captureStart})
	}
	if n := len(c.questions.byKey); n != maxQuestions || len(c.questions.queue) > 2*maxQuestions {
		t.Errorf("%d questions, %d in the queue", n, len(c.questions.queue))
	}
	c.end()
	if c.flows.held != 0 || len(c.flows.byKey) != 0 {
		t.Errorf("%d bytes of %d connections are held at the end", c.flows.held, len(c.flows.byKey))
	}
}

func FuzzCapture(f *testing.F) {
	p := unknownAccount(f)
	c := p.tcpTo(firewall4, at4(5985)).open()
	c.say(fromClient, []byte("POST /wsman HTTP/1.1\r\n\r\n"))
	c.say(fromServer, []byte("HTTP/1.1 401 no\r\nWWW-Authenticate: Kerberos\r\n\r\n"))
	c.close(fromServer)
	p.icmp(3, at4(88))
	p.udp(netip.AddrPortFrom(server4, 9), netip.AddrPortFrom(firewall4, 514), []byte("<13>noise"))
	t := p.tcpTo(firewall4, at4(5986)).open()
	t.say(fromClient, []byte("\x16\x03\x01\x00\x04\x01\x00\x00\x00"))
	t.say(fromServer, []byte("\x15\x03\x03\x00\x02\x02\x28"))
	f.Add(p.bytes())
	p.ng = true
	f.Add(p.bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		if !isCapture(data) {
			return
		}
		d := New(Config{})
		err := d.Read(t.Context(), "fuzz", bytes.NewReader(data))
		results := d.Results()
		last := results[len(results)-1]
		if last.Check != CaptureCheck || (err != nil) != (last.Status == check.Error) && err != nil {
			t.Errorf("error %v, result %v %s", err, last.Status, last.Check)
		}
		for _, r := range results {
			if r.Summary == "" || r.Target == "" && r.Check != Prefix+"network.name-unknown" {
				t.Errorf("%+v", r)
			}
		}
	})
}
