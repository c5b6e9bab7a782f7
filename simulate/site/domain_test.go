package site_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/simulate/dc"
	"github.com/uidprobe/uidprobe/simulate/dns"
	"github.com/uidprobe/uidprobe/simulate/firewall"
	"github.com/uidprobe/uidprobe/simulate/site"
	"github.com/uidprobe/uidprobe/symptom"
	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// domain starts a lab with a domain and a firewall without senders.
func domain(t *testing.T, change func(*site.Config)) *site.Site {
	t.Helper()
	config := site.Config{Domain: &site.Domain{}, Transports: []string{}}
	if change != nil {
		change(&config)
	}
	return start(t, config)
}

// status is what the firewall shows of the domain controller, and what it logs with it.
func status(t *testing.T, s *site.Site) (shown, log string) {
	t.Helper()
	rows := s.Firewall().Statistics().Directory
	if len(rows) != 1 || rows[0].Name != "dc1" || rows[0].Host != "dc1.corp.example" {
		t.Fatalf("directory servers %+v", rows)
	}
	return rows[0].Status, s.Firewall().Log()
}

// The firewall logs in as a firewall would: the name is looked up at the simulated DNS server, UDP
// comes first, AES alone is offered, nothing is canonicalised.
func TestTheFirewallLogsIn(t *testing.T) {
	t.Parallel()
	s := domain(t, nil)
	if got, log := status(t, s); got != panos.StatusConnected || log != "" {
		t.Errorf("status %q, log %q", got, log)
	}
	var asked []string
	for _, e := range s.DNS().Record().Since(0) {
		if e.Kind == dns.KindQuery {
			asked = append(asked, fmt.Sprint(e.Fields["name"], " ", e.Fields["type"]))
		}
	}
	slices.Sort(asked)
	// Once for the KDC, and once for the server, which is the same here.
	if want := []string{"dc1.corp.example A", "dc1.corp.example A", "dc1.corp.example AAAA", "dc1.corp.example AAAA"}; !slices.Equal(asked, want) {
		t.Errorf("DNS was asked for %q, want %q", asked, want)
	}
	var requests []string
	for _, e := range s.DC().Record().Since(0) {
		if e.Kind == dc.KindRequest {
			requests = append(requests, fmt.Sprint(e.Fields["transport"], " ", e.Fields["type"], " ", e.Fields["service"], " ", e.Fields["etypes"], " ", e.Fields["proof"], " ", e.Fields["canonicalize"]))
		}
	}
	aes := "[aes256-cts-hmac-sha1-96 aes128-cts-hmac-sha1-96]"
	want := []string{
		"udp AS krbtgt/CORP.EXAMPLE@CORP.EXAMPLE " + aes + " false false",
		"udp AS krbtgt/CORP.EXAMPLE@CORP.EXAMPLE " + aes + " true false",
		"udp TGS HTTP/dc1.corp.example@CORP.EXAMPLE " + aes + " false false",
	}
	if !slices.Equal(requests, want) {
		t.Errorf("the KDC was asked\n%s\nwant\n%s", strings.Join(requests, "\n"), strings.Join(want, "\n"))
	}
}

// What is too big for UDP is asked for over TCP.
func TestTicketsThatAreTooBigForUDP(t *testing.T) {
	t.Parallel()
	s := domain(t, func(c *site.Config) { c.Domain.MaxUDP = 1 })
	if got, log := status(t, s); got != panos.StatusConnected || log != "" {
		t.Errorf("status %q, log %q", got, log)
	}
	var answers []string
	for _, e := range s.DC().Record().Since(0) {
		if e.Kind == dc.KindAnswer {
			answers = append(answers, fmt.Sprint(e.Fields["transport"], " ", e.Fields["type"], " ", e.Fields["result"]))
		}
	}
	want := []string{
		"udp AS KDC_ERR_PREAUTH_REQUIRED", "udp AS KRB_ERR_RESPONSE_TOO_BIG", "tcp AS ticket", "udp TGS KRB_ERR_RESPONSE_TOO_BIG", "tcp TGS ticket",
	}
	if !slices.Equal(answers, want) {
		t.Errorf("answers %q, want %q", answers, want)
	}
}

// What one transport alone does not bring comes over the other.
func TestTheFirewallTurnsToTCP(t *testing.T) {
	t.Parallel()
	for _, id := range []string{dc.FaultMuteUDP, dc.FaultMuteTCP, dc.FaultSlow, dc.FaultCut, dc.FaultHugeLength} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			s := domain(t, nil)
			var params map[string]string
			if id == dc.FaultSlow {
				params = map[string]string{"delay": "1100ms"} // longer than UDP is waited for
			}
			if err := s.StartFault(id, params); err != nil {
				t.Fatal(err)
			}
			if got, log := status(t, s); got != panos.StatusConnected || log != "" {
				t.Errorf("status %q, log %q", got, log)
			}
		})
	}
}

// Under every fault of the two peers the firewall shows the status and the line with the number that
// MIT krb5 has for it, and the symptom of the fault is found in them.
func TestEveryFaultShowsOnTheFirewall(t *testing.T) {
	t.Parallel()
	for _, f := range site.Faults() {
		number, known := dc.MITNumber(f.ID)
		if f.Peer == site.PeerDNS {
			number, known = dns.MITNumber(f.ID)
		}
		if f.Peer == site.PeerFirewall || !known {
			continue
		}
		t.Run(f.ID, func(t *testing.T) {
			t.Parallel()
			s := domain(t, nil)
			if err := s.StartFault(f.ID, nil); err != nil {
				t.Fatal(err)
			}
			got, log := status(t, s)
			want := fmt.Sprintf("failed to get krb5 tgt ticket with error %d.\n", number)
			if got != panos.StatusKerberosError || !strings.HasSuffix(log, want) || strings.Count(log, "\n") != 1 {
				t.Errorf("status %q, log %q, want one line that ends in %q", got, log, want)
			}
			row, ok := symptom.Find(f.Symptom)
			if !ok || !row.ShownIn(log) || row.Status != got {
				t.Errorf("%s is not what the firewall shows: %q, %q", f.Symptom, got, log)
			}
			s.StopFault(f.ID)
			if got, _ := status(t, s); got != panos.StatusConnected {
				t.Errorf("after the fault: %q", got)
			}
		})
	}
}

func TestGarbageIsAKerberosErrorToo(t *testing.T) {
	t.Parallel()
	s := domain(t, nil)
	if err := s.StartFault(dc.FaultGarbage, nil); err != nil {
		t.Fatal(err)
	}
	if got, log := status(t, s); got != panos.StatusKerberosError || !strings.Contains(log, "with error 1859794437.") {
		t.Errorf("status %q, log %q", got, log)
	}
}

// It is the firewall's clock that counts, and not this host's.
func TestTheFirewallsClockIsOff(t *testing.T) {
	t.Parallel()
	s := domain(t, nil)
	if err := s.StartFault(firewall.FaultClock, nil); err != nil {
		t.Fatal(err)
	}
	if got, log := status(t, s); got != panos.StatusKerberosError || !strings.Contains(log, "with error -1765328347.") {
		t.Errorf("status %q, log %q", got, log)
	}
}

func TestAnAccountThatIsDisabledFromTheStart(t *testing.T) {
	t.Parallel()
	s := domain(t, func(c *site.Config) { c.Domain.State = dc.Disabled })
	if got, log := status(t, s); got != panos.StatusKerberosError || !strings.Contains(log, "with error -1765328366.") {
		t.Errorf("status %q, log %q", got, log)
	}
}

func TestFaultsOfAllPeersInOneNamespace(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, f := range site.Faults() {
		if other, twice := seen[f.ID]; twice {
			t.Errorf("%s is a fault of %s and of %s", f.ID, other, f.Peer)
		}
		seen[f.ID] = f.Peer
	}
	for id, want := range map[string]string{
		firewall.FaultUDPLoss: site.PeerFirewall, dc.FaultMute: site.PeerDC, dns.FaultSilent: site.PeerDNS,
	} {
		if seen[id] != want {
			t.Errorf("%s is a fault of %q, want %q", id, seen[id], want)
		}
	}
	s := start(t, site.Config{Domain: &site.Domain{}, WithoutFirewall: true, Faults: []site.Fault{{ID: dns.FaultRefused}, {ID: dc.FaultClock, Params: map[string]string{"offset": "-9m"}}}})
	if params, on := s.DC().Faults().Active(dc.FaultClock); !on || params["offset"] != "-9m" || !s.DNS().Faults().On(dns.FaultRefused) {
		t.Errorf("the faults of the configuration: %v, %t", params, on)
	}
	s.StopFault(dns.FaultRefused)
	if s.DNS().Faults().On(dns.FaultRefused) {
		t.Error("a fault that was stopped is on")
	}
	for id, want := range map[string]string{
		firewall.FaultUDPLoss: "fault udp-loss: this lab has no firewall", "none": `no fault "none"; there are kdc-client-unknown, `,
	} {
		if err := s.StartFault(id, nil); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %q", id, err, want)
		}
	}
}

func TestSiteYAMLOfADomain(t *testing.T) {
	t.Parallel()
	golden(t, "domain", start(t, site.Config{Domain: &site.Domain{}, Transports: []string{"udp"}}).SiteYAML(""))
	golden(t, "domain-https", start(t, site.Config{Domain: &site.Domain{Transport: firewall.WinRMHTTPS}, Transports: []string{}}).SiteYAML(""))
	golden(t, "domain-basic", start(t, site.Config{Domain: &site.Domain{Transport: firewall.WinRMHTTPS, Basic: true}, Transports: []string{}}).SiteYAML(""))
	golden(t, "domain-alone", start(t, site.Config{WithoutFirewall: true, Domain: &site.Domain{
		Name: "Ad.Corp.Example", Account: "panw-uid", Password: credential.New("known"),
	}}).SiteYAML(""))
}

func TestFilesOfADomain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, site.Config{Domain: &site.Domain{}, Control: "127.0.0.1:0", Out: dir})
	want := map[string]fs.FileMode{
		"api-key": 0o600, "api-password": 0o600, "ca.pem": 0o644, "control.json": 0o600, "control-dc.json": 0o600, "control-dns.json": 0o600,
		"krb5.conf": 0o644, "service-password": 0o600, "service.keytab": 0o600, "site.yaml": 0o644,
		"winrm-ca.pem": 0o644,
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		mode, known := want[e.Name()]
		info, err := e.Info()
		if err != nil || !known || runtime.GOOS != "windows" && info.Mode() != mode {
			t.Errorf("%s: known %t, mode %v, want %v; %v", e.Name(), known, info.Mode(), mode, err)
		}
		delete(want, e.Name())
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
	if got := read(t, dir, "service-password"); got != s.ServicePassword().Reveal()+"\n" {
		t.Error("the password file holds another password")
	}
	if got := read(t, dir, "krb5.conf"); !strings.Contains(got, "kdc = "+s.DC().Addr()+"\n") {
		t.Errorf("krb5.conf names another KDC:\n%s", got)
	}
	kt, err := kerberos.ReadKeytab([]byte(read(t, dir, "service.keytab")))
	if err != nil || len(kt.Entries) != 2 || kt.Entries[0].Principal.String() != "svc-userid@CORP.EXAMPLE" {
		t.Errorf("keytab %v, %v", kt, err)
	}
	secrets := regexp.MustCompile(regexp.QuoteMeta(s.ServicePassword().Reveal()))
	for _, record := range []any{s.DC().Record().Since(0), s.DNS().Record().Since(0), s.Firewall().Record().Since(0)} {
		if secrets.MatchString(fmt.Sprintf("%+v", record)) {
			t.Error("a record holds the password")
		}
	}
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// Each peer has a control API: its faults can be switched, its record read.
func TestControlOfEachPeer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, site.Config{Domain: &site.Domain{Lockout: dc.Lockout{Threshold: 1, Duration: time.Hour}}, Transports: []string{}, Control: "127.0.0.1:0", Out: dir})
	for name, fault := range map[string]string{
		"control.json": firewall.FaultClock, "control-dc.json": dc.FaultMute, "control-dns.json": dns.FaultSilent,
	} {
		var c struct{ URL, Token string }
		if err := json.Unmarshal([]byte(read(t, dir, name)), &c); err != nil {
			t.Fatal(err)
		}
		call(t, http.MethodPut, c.URL+"faults/"+fault, c.Token)
		if !slices.Contains(slices.Concat(s.Firewall().Faults().Running(), s.DC().Faults().Running(), s.DNS().Faults().Running()), fault) {
			t.Errorf("%s did not switch %s on", name, fault)
		}
		call(t, http.MethodPost, c.URL+"reset", c.Token)
	}
	lock(t, s)
	if got, log := status(t, s); got != panos.StatusKerberosError || !strings.HasSuffix(log, "with error -1765328366.\n") {
		t.Errorf("locked: %q, %q", got, log)
	}
	var c struct{ URL, Token string }
	if err := json.Unmarshal([]byte(read(t, dir, "control-dc.json")), &c); err != nil {
		t.Fatal(err)
	}
	call(t, http.MethodPost, c.URL+"reset", c.Token)
	for _, peer := range []string{site.PeerFirewall, site.PeerDC, site.PeerDNS} {
		if s.PeerControl(peer) == nil {
			t.Errorf("no control API of %s", peer)
		}
	}
	if got, log := status(t, s); got != panos.StatusConnected {
		t.Errorf("after the resets: %q, %q", got, log)
	}
}

// lock tries a wrong password.
func lock(t *testing.T, s *site.Site) {
	t.Helper()
	kdc := kerberos.KDC{Network: "tcp", Address: s.DC().Addr()}
	client, err := kerberos.ParsePrincipal("svc-userid@CORP.EXAMPLE")
	if err != nil {
		t.Fatal(err)
	}
	ask := kerberos.ASRequest{Client: client}
	answer, err := kdc.Ask(within(t), ask)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kdc.Login(within(t), ask, answer, kerberos.PasswordKeys("wrong")); err == nil {
		t.Fatal("a wrong password got a ticket")
	}
}

func call(t *testing.T, method, url, token string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("%s %s: %s", method, url, answer.Status)
	}
}

// kinit, which nobody here wrote, takes the files of the lab as they are.
func TestMITTakesTheFiles(t *testing.T) {
	t.Parallel()
	kinit, err := exec.LookPath("kinit")
	if err != nil {
		if os.Getenv("UIDPROBE_REQUIRE_PEERS") != "" {
			t.Fatal("a peer is required: kinit is not installed")
		}
		t.Skip("kinit is not installed")
	}
	dir := t.TempDir()
	start(t, site.Config{Domain: &site.Domain{}, WithoutFirewall: true, Out: dir})
	for name, args := range map[string][]string{
		"password": {"svc-userid@CORP.EXAMPLE"}, "keytab": {"-k", "-t", filepath.Join(dir, site.ServiceKeytabFile), "svc-userid@CORP.EXAMPLE"},
	} {
		cmd := exec.CommandContext(within(t), kinit, args...)
		cmd.Env = append(os.Environ(), "KRB5_CONFIG="+filepath.Join(dir, site.KerberosFile), "KRB5CCNAME=FILE:"+filepath.Join(dir, "cache-"+name), "LC_ALL=C")
		cmd.Stdin = strings.NewReader(read(t, dir, site.ServicePasswordFile))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("kinit by %s: %v: %s", name, err, out)
		}
	}
}

func TestDomainsAreValidated(t *testing.T) {
	t.Parallel()
	for want, config := range map[string]site.Config{
		"neither a firewall nor a domain": {WithoutFirewall: true},
		"realm":                           {Domain: &site.Domain{Name: "corp example"}},
		"account":                         {Domain: &site.Domain{Account: "a/b"}},
	} {
		s, err := site.Start(t.Context(), config)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
		if s != nil {
			_ = s.Close()
		}
	}
}
