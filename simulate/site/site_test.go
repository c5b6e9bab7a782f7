package site_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/certs"
	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/profile"
	"github.com/uidprobe/uidprobe/profile/library"
	"github.com/uidprobe/uidprobe/simulate/firewall"
	"github.com/uidprobe/uidprobe/simulate/site"
	"github.com/uidprobe/uidprobe/wire/syslog"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func start(t *testing.T, config site.Config) *site.Site {
	t.Helper()
	s, err := site.Start(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

var values = syslog.Values{
	User: "uidprobe-0001", Domain: "corp", Address: netip.MustParseAddr("198.51.100.7"), Host: "host1.corp.example",
	Seq: 7, Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Priority: 38, MAC: "00:00:5e:00:53:01",
}

func render(t *testing.T, text string) string {
	t.Helper()
	template, err := syslog.ParseTemplate(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(template.Append(nil, &values))
}

// Each sample is read by one of the profiles that a sender of the lab has,
// and by no other, so that each message counts for the profile it was made for.
func TestSampleMatchesOneProfile(t *testing.T) {
	t.Parallel()
	attachments := site.Attachments()
	if len(attachments) > profile.MaxAttachments {
		t.Fatalf("%d profiles: a sender takes %d", len(attachments), profile.MaxAttachments)
	}
	matcher, err := profile.Compile(profile.Config{Attachments: attachments, DefaultDomain: site.DefaultDomain})
	if err != nil {
		t.Fatal(err)
	}
	samples := 0
	for _, a := range attachments {
		for _, sample := range a.Profile.Samples {
			samples++
			line := render(t, sample.Message)
			matches := matcher.Match(nil, []byte(line))
			if len(matches) != 1 || matches[0].Profile != a.Profile.Name || matches[0].Event != a.Event {
				t.Errorf("a sample of %s (%s) is read as %+v:\n%s", a.Profile.Name, a.Event, matches, line)
			}
		}
	}
	if samples < len(attachments) {
		t.Errorf("%d samples for %d profiles", samples, len(attachments))
	}
}

// Every sample of every profile of the library, sent over real sockets on both transports to
// senders that have this profile alone, makes its mapping or takes it away.
func TestLibraryThroughTheLab(t *testing.T) {
	t.Parallel()
	for _, vendor := range library.All() {
		for _, p := range vendor.Profiles {
			t.Run(p.Name, func(t *testing.T) {
				t.Parallel()
				throughTheLab(t, profile.Attachment{Profile: p, Event: p.Event})
			})
		}
	}
}

// throughTheLab logs the user in beforehand where the profile is for a logout.
func throughTheLab(t *testing.T, a profile.Attachment) {
	t.Helper()
	before := profile.Profile{Name: "before", Field: &profile.FieldIdentifier{
		EventString: "lab login before the logout", UsernamePrefix: "who=", UsernameDelimiter: `\s`, AddressPrefix: "where=", AddressDelimiter: `\n`,
	}}
	attached := []profile.Attachment{a, {Profile: before, Event: panos.Login}}
	s := start(t, site.Config{Profiles: attached})
	fw := s.Firewall()
	through(t, fw, a, func(sample profile.Sample) string {
		return "lab login before the logout who=" + render(t, sample.User) + " where=" + render(t, sample.Address)
	})
}

// through sends the samples of a profile.
func through(t *testing.T, fw *firewall.Firewall, a profile.Attachment, before func(profile.Sample) string) {
	t.Helper()
	udp, err := net.Dial("udp", fw.UDPAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	ssl, err := tls.Dial("tcp", fw.SSLAddr().String(), &tls.Config{RootCAs: fw.Authority().Pool(), ServerName: site.HostName})
	if err != nil {
		t.Fatal(err)
	}
	defer ssl.Close()
	var sent uint64
	say := func(conn net.Conn, line string) (mappings int) {
		t.Helper()
		if _, err := conn.Write([]byte(line + "\n")); err != nil {
			t.Fatal(err)
		}
		sent++
		if err := fw.Wait(within(t), firewall.KindMessage, sent); err != nil {
			t.Fatal(err)
		}
		return len(fw.Mappings(panos.DataPlane))
	}
	for i, sample := range a.Profile.Samples {
		line := render(t, sample.Message)
		for _, conn := range []net.Conn{udp, ssl} {
			want := 1
			if a.Event == panos.Logout {
				if n := say(conn, before(sample)); n != 1 {
					t.Fatalf("sample %d: %d mappings before the logout", i+1, n)
				}
				want = 0
			}
			if n := say(conn, line); n != want {
				t.Errorf("sample %d: %d mappings after a %s, want %d:\n%s", i+1, n, a.Event, want, line)
			}
			_, _ = fw.CLI("clear user-cache all")
			_, _ = fw.CLI("clear user-cache-mp all")
		}
	}
	each := uint64(len(a.Profile.Samples))
	for _, state := range fw.State().Senders {
		if state.LogMessages != sent/2 || state.AuthSuccess != each { // of a logout: that of the login before it
			t.Errorf("%s: %d messages, %d successes, want %d and %d", state.Name, state.LogMessages, state.AuthSuccess, sent/2, each)
		}
	}
}

// What changes from start to start becomes a word.
func settled(text []byte) []byte {
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	return regexp.MustCompile(`(127\.0\.0\.1:|\[::1\]:|dc1\.[a-z.]+:|port: )\d+`).ReplaceAll(text, []byte("${1}PORT"))
}

func TestSiteYAML(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		golden string
		config site.Config
	}{
		{"both", site.Config{}},
		{"udp-9.1-dialect", site.Config{
			Transports: []string{"udp"}, Version: "9.1.19", Dialect: panos.Dialect{OverLong: panos.OverLongDrop, MaxMessage: 4096},
			Test:   site.Test{Users: "it's-", Messages: 5, Idle: time.Second},
			Clocks: site.Clocks{Attempt: 7 * time.Second},
		}},
		{"vsys-one-profile", site.Config{VSys: "vsys3", Transports: []string{"udp"}, Profiles: site.Attachments()[:1]}},
		{"ssl-bound-to-all", site.Config{Transports: []string{"ssl"}, Host: "0.0.0.0", Sender: netip.MustParseAddr("192.0.2.10")}},
	} {
		t.Run(test.golden, func(t *testing.T) {
			t.Parallel()
			golden(t, test.golden, start(t, test.config).SiteYAML(""))
		})
	}
}

// golden holds a site file to testdata.
func golden(t *testing.T, name string, text []byte) {
	t.Helper()
	got := settled(text)
	file := filepath.Join("testdata", "site-"+name+".yaml")
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n"))) {
		t.Errorf("site file\n%s\nwant\n%s", got, want)
	}
}

func TestSiteYAMLNamesFilesInAFolder(t *testing.T) {
	t.Parallel()
	got := string(start(t, site.Config{}).SiteYAML(filepath.Join("it's", "lab")))
	want := "key: {file: '" + strings.ReplaceAll(filepath.Join("it's", "lab", "api-key"), "'", "''") + "'}"
	if !strings.Contains(got, want) {
		t.Errorf("site file lacks %s:\n%s", want, got)
	}
}

// The files alone are enough to reach the API, with the key and by keygen.
func TestWriteFiles(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made", "anew")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	stale := filepath.Join(dir, site.SiteFile)
	if err := os.WriteFile(stale, []byte("of an earlier start"), 0o644); err != nil {
		t.Fatal(err)
	}
	s := start(t, site.Config{Out: dir})
	read := func(name string) string {
		t.Helper()
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSuffix(string(data), "\n")
	}
	if read(site.SiteFile)+"\n" != string(s.SiteYAML("")) {
		t.Errorf("the site file is\n%s", read(site.SiteFile))
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(read(site.CAFile))) {
		t.Fatal("ca.pem holds no certificate")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: site.HostName}}
	t.Cleanup(transport.CloseIdleConnections)
	for name, form := range map[string]url.Values{
		"key":    {"type": {"op"}, "cmd": {"<show><system><info/></system></show>"}, "key": {read(site.KeyFile)}},
		"keygen": {"type": {"keygen"}, "user": {site.User}, "password": {read(site.PasswordFile)}},
	} {
		response, err := (&http.Client{Transport: transport}).PostForm("https://"+s.Firewall().APIAddr().String()+"/api/", form)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Errorf("by %s: status %d", name, response.StatusCode)
		}
	}
	var names []string
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		secret := e.Name() == site.KeyFile || e.Name() == site.PasswordFile
		if open := info.Mode().Perm()&0o077 != 0; runtime.GOOS != "windows" && open == secret {
			t.Errorf("%s has mode %v", e.Name(), info.Mode())
		}
	}
	if want := []string{"api-key", "api-password", "ca.pem", "site.yaml"}; !slices.Equal(names, want) {
		t.Errorf("the folder holds %q, want %q", names, want)
	}
}

// A site file that is left of an earlier start is gone when a start fails: nobody takes it
// for the sign that everything listens.
func TestStaleSiteFileIsRemoved(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, site.SiteFile)
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := site.Start(context.Background(), site.Config{Out: dir, Faults: []site.Fault{{ID: "rust"}}})
	if err == nil || !strings.Contains(err.Error(), `no fault "rust"`) {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("the stale site file is there: %v", err)
	}
}

func TestFaultsFromTheStart(t *testing.T) {
	t.Parallel()
	s := start(t, site.Config{Faults: []site.Fault{
		{ID: firewall.FaultServiceDisabled, Params: map[string]string{"transport": "ssl"}}, {ID: firewall.FaultAPIRefused},
	}})
	if got, want := s.Firewall().Faults().Running(), []string{"api-refused", "service-disabled"}; !slices.Equal(got, want) {
		t.Errorf("faults %q, want %q", got, want)
	}
	if state := s.Firewall().State(); state.UDP != panos.ServiceEnabled || state.SSL != panos.ServiceDisabled {
		t.Errorf("services are %s and %s", state.UDP, state.SSL)
	}
}

func TestStartRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		config site.Config
		want   string
	}{
		{"a transport", site.Config{Transports: []string{"tcp"}}, `transport "tcp" is not one of udp, ssl`},
		{"a transport twice", site.Config{Transports: []string{"udp", "udp"}}, `transport "udp" is there twice`},
		{"no transport", site.Config{Transports: []string{}}, "no transport"},
		{"a host name", site.Config{Host: "localhost"}, `host "localhost" is not an address`},
		{"a version", site.Config{Version: "x"}, `PAN-OS version "x"`},
		{"a folder that cannot be", site.Config{Out: filepath.Join("site_test.go", "x")}, "site_test.go"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, err := site.Start(context.Background(), test.config)
			if err == nil {
				_ = s.Close()
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestIPv6Lab(t *testing.T) {
	t.Parallel()
	if probe, err := net.Listen("tcp", "[::1]:0"); err != nil {
		t.Skipf("no IPv6 loopback here: %v", err)
	} else {
		_ = probe.Close()
	}
	s := start(t, site.Config{Host: "::1"})
	for _, want := range []string{"url: https://[::1]:", "to: udp://[::1]:", "from: '::1'"} {
		if !strings.Contains(string(s.SiteYAML("")), want) {
			t.Errorf("site file lacks %q:\n%s", want, s.SiteYAML(""))
		}
	}
	conn, err := net.Dial("udp", s.Firewall().UDPAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	if err := s.Firewall().Wait(within(t), firewall.KindMessage, 1); err != nil {
		t.Fatal(err)
	}
}

// A listener can show a certificate with any flaw, and the CA file has what signed it.
func TestFlawedCertificates(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := site.Start(t.Context(), site.Config{SSLFlaw: certs.FlawExpired, Out: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	pem, err := os.ReadFile(filepath.Join(dir, site.CAFile))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		t.Fatalf("no certificate in %s", pem)
	}
	var invalid x509.CertificateInvalidError
	config := &tls.Config{RootCAs: roots, ServerName: site.HostName}
	if conn, err := tls.Dial("tcp", s.Firewall().SSLAddr().String(), config); !errors.As(err, &invalid) || invalid.Reason != x509.Expired {
		if err == nil {
			conn.Close()
		}
		t.Errorf("the listener's certificate: %v, want an expired one", err)
	}
	conn, err := tls.Dial("tcp", s.Firewall().APIAddr().String(), config)
	if err != nil {
		t.Fatalf("the API's certificate has no flaw: %v", err)
	}
	conn.Close()
}
