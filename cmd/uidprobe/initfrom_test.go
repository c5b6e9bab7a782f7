package main

import (
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/profile"
	"github.com/uidprobe/uidprobe/report"
	"github.com/uidprobe/uidprobe/simulate/firewall"
	"github.com/uidprobe/uidprobe/simulate/site"
)

// runningConfig is testdata/config/running.xml with a CA and a KDC's port.
func runningConfig(t *testing.T, ca []byte, kdc uint16) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/config/running.xml")
	if err != nil {
		t.Fatal(err)
	}
	s := replace(t, string(text), "@CA@", string(ca))
	return []byte(replace(t, s, "@KDC@", strconv.Itoa(int(kdc))))
}

// runs starts a firewall that runs the syslog side of a configuration, and writes what a client
// needs into a folder.
func runs(t *testing.T, text []byte, authority *firewall.Firewall) (fw *firewall.Firewall, dir string) {
	t.Helper()
	config, err := panos.ParseConfig("running.xml", text)
	if err != nil {
		t.Fatal(err)
	}
	sets, err := profile.Import("running.xml", text)
	if err != nil {
		t.Fatal(err)
	}
	profiles := map[string]profile.Profile{}
	for _, p := range sets[0].Profiles {
		profiles[p.Name] = p
	}
	u := config.UserID()[0]
	c := firewall.Config{
		UDP: "127.0.0.1:0", SSL: "127.0.0.1:0", API: "127.0.0.1:0", Version: u.Device.Version, Hostname: u.Device.Hostname.Text,
		ListenOn: firewall.Dataplane, Authority: authority.Authority(),
	}
	access, _, _ := u.Device.Access()
	for _, p := range access.Permitted {
		c.DataplaneInterface.Permitted = append(c.DataplaneInterface.Permitted, netip.MustParsePrefix(p.Text))
	}
	for _, n := range u.Networks {
		c.Networks = append(c.Networks, firewall.Network{Name: n.Name, Prefix: netip.MustParsePrefix(n.Network), Exclude: n.Exclude})
	}
	for _, user := range u.IgnoredUsers {
		c.IgnoreUsers = append(c.IgnoreUsers, user.Text)
	}
	for _, e := range u.Entries {
		if e.Kind != panos.MonitorSyslog {
			continue
		}
		s := firewall.Sender{Name: e.Name, Address: netip.MustParseAddr(e.Host.Text), Connection: e.Connection, DefaultDomain: e.DefaultDomain.Text}
		for _, a := range e.Attached {
			if p, ok := profiles[a.Name]; ok {
				s.Profiles = append(s.Profiles, profile.Attachment{Profile: p, Event: a.Event})
			}
		}
		c.Senders = append(c.Senders, s)
	}
	if fw, err = firewall.Start(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { fw.Close() })
	dir = t.TempDir()
	write(t, filepath.Join(dir, "ca.pem"), fw.Authority().PEM())
	write(t, filepath.Join(dir, "api-key"), []byte(fw.APIKey().Reveal()))
	return fw, dir
}

func write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// authority is a firewall that is there for its CA alone, which the configuration holds.
func authority(t *testing.T) *firewall.Firewall {
	t.Helper()
	fw, err := firewall.Start(t.Context(), firewall.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { fw.Close() })
	return fw
}

// checkFile checks a site file, and wants every check that was asked to pass.
func checkFile(t *testing.T, file string) (passed map[string]bool) {
	t.Helper()
	stdout, stderr, code := program(t, "check", "-c", file, "--format", "json")
	results, _, err := report.ReadJSON(strings.NewReader(stdout))
	if err != nil {
		t.Fatalf("%v; standard error: %s", err, stderr)
	}
	passed = map[string]bool{}
	for _, r := range results {
		switch r.Status {
		case check.Pass, check.Warn:
			passed[r.Check] = true
		case check.Skip:
		default:
			t.Errorf("%v %s: %s (%s)", r.Status, r.Ref(), r.Summary, r.Hint)
		}
	}
	if code != exitReady {
		t.Errorf("exit code %d", code)
	}
	return passed
}

// A firewall runs a configuration: the site file made of that configuration, from the XML API and from
// the exported file, is green.
func TestInitFromAFirewallMakesAGreenSite(t *testing.T) {
	t.Parallel()
	ca := authority(t)
	lab, domain, _ := startSite(t, site.Config{Transports: []string{}, Domain: &site.Domain{}, WithoutFirewall: true})
	kdc := netip.MustParseAddrPort(lab.DC().Addr())
	text := runningConfig(t, ca.Authority().PEM(), kdc.Port())
	fw, dir := runs(t, text, ca)
	exported := filepath.Join(dir, "running.xml")
	write(t, exported, text)
	key, pem := filepath.Join(dir, "api-key"), filepath.Join(dir, "ca.pem")
	flags := []string{
		"--key-file", key, "--ca", pem, "--server-name", "firewall.corp.example",
		"--to", "udp://" + fw.UDPAddr().String(), "--to", "tls://" + fw.SSLAddr().String(),
	}
	api := "https://" + fw.APIAddr().String()

	t.Run("from the API", func(t *testing.T) {
		file := filepath.Join(dir, "api.yaml")
		_, stderr, code := program(t, append([]string{"init", "--from-firewall", api, file}, flags...)...)
		if code != 0 || !strings.Contains(stderr, `not covered: sender "Wireless": 192.0.2.77 is not an address of this host; make this file there`) {
			t.Fatalf("exit code %d: %s", code, stderr)
		}
		passed := checkFile(t, file)
		for _, id := range []string{"delivery.mapped", "delivery.logged-out", "listener.certificate", "listener.sender"} {
			if !passed[id] {
				t.Errorf("%s did not pass", id)
			}
		}
	})
	t.Run("from a file", func(t *testing.T) {
		file := filepath.Join(dir, "file.yaml")
		_, stderr, code := program(t, append([]string{"init", "--from-firewall", exported, file, "--api", api,
			"--dns", lab.DNS().Addr().String(), "--password-file", filepath.Join(domain, site.ServicePasswordFile)}, flags...)...)
		if code != 0 {
			t.Fatalf("exit code %d: %s", code, stderr)
		}
		for _, name := range []string{"file.yaml", "file-profiles.yaml", "file-listener-ca.pem"} {
			written, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil || strings.Contains(string(written), "never-read") || strings.Contains(string(written), fw.APIKey().Reveal()) {
				t.Errorf("%s: %v, or a secret in it:\n%s", name, err, written)
			}
		}
		// The lab has neither a directory nor WinRM.
		written, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		write(t, file, []byte(replace(t, string(written), "      servers:\n", "      ldap: {off: true}\n      winrm: {off: true}\n      servers:\n")))
		passed := checkFile(t, file)
		for _, id := range []string{"delivery.mapped", "delivery.logged-out", "kerberos.ticket", "kerberos.service"} {
			if !passed[id] {
				t.Errorf("%s did not pass", id)
			}
		}
	})
	t.Run("config lint of the API", func(t *testing.T) {
		stdout, stderr, code := program(t, "config", "lint", api, "--key-file", key, "--ca", pem, "--server-name", "firewall.corp.example")
		if code != exitNotReady || !strings.Contains(stdout, `fail: vsys1: sender "Wireless" has no parse profile [sender-without-profile]`) {
			t.Errorf("exit code %d: %s%s", code, stdout, stderr)
		}
	})
}
