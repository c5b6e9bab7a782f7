package main

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/certs"
	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/profile"
	"github.com/uidprobe/uidprobe/profile/library"
	"github.com/uidprobe/uidprobe/sender"
	"github.com/uidprobe/uidprobe/simulate/firewall"
	"github.com/uidprobe/uidprobe/wire/syslog"
)

// person is who a vendor's message is about: each message has one of its own.
type person struct {
	user    string
	address netip.Addr
}

// personAt makes names that every published expression reads: lower-case letters and digits.
func personAt(i int) person {
	return person{fmt.Sprintf("uidprobe%04d", i), netip.AddrFrom4([4]byte{198, 51, 100, byte(i)})}
}

// mapping is what a login of the person leaves in the table, with the lab's default domain.
func (p person) mapping() string { return p.address.String() + ` corp\` + p.user }

func (p person) render(t *testing.T, text string) []byte {
	t.Helper()
	template, err := syslog.ParseTemplate(text)
	if err != nil {
		t.Fatal(err)
	}
	return template.Append(nil, &syslog.Values{
		User: p.user, Domain: "corp", Address: p.address, Host: "host1.corp.example",
		Seq: uint64(p.address.As4()[3]), Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Priority: authInfo, MAC: "00:00:5e:00:53:01",
	})
}

// vendorLab is a firewall with one vendor's profiles, and the way of its sender to it.
type vendorLab struct {
	fw         *firewall.Firewall
	connection sender.Connection
	sent       uint64
}

func startVendorLab(t *testing.T, authority *certs.Authority, vendor library.Vendor, transport panos.ConnectionType) *vendorLab {
	t.Helper()
	entry := firewall.Sender{Name: vendor.Name, Address: netip.MustParseAddr("127.0.0.1"), Connection: transport, DefaultDomain: "corp"}
	for _, p := range vendor.Profiles {
		entry.Profiles = append(entry.Profiles, profile.Attachment{Profile: p, Event: p.Event})
	}
	config := firewall.Config{Authority: authority, Senders: []firewall.Sender{entry}}
	connection := sender.Connection{TLS: sender.TLSConfig{Roots: authority.Pool()}}
	if transport == panos.UDP {
		config.UDP, connection.To.Scheme = "127.0.0.1:0", sender.UDP
		connection.CloseWait = -1 // whether a datagram was refused shows at the firewall
	} else {
		config.SSL, connection.To.Scheme = "127.0.0.1:0", sender.TLS
	}
	fw, err := firewall.Start(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = fw.Close() })
	at := fw.UDPAddr
	if transport == panos.SSL {
		at = fw.SSLAddr
	}
	to, err := netip.ParseAddrPort(at().String())
	if err != nil {
		t.Fatal(err)
	}
	connection.To.Host, connection.To.Port = to.Addr().String(), to.Port()
	return &vendorLab{fw: fw, connection: connection}
}

// send puts messages on the wire and waits until the firewall has made of them what it will.
func (l *vendorLab) send(t *testing.T, messages ...[]byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	report, err := sender.Run(ctx, sender.Config{Connection: l.connection, Source: sender.NewMessages(false, messages...), Rate: sender.Max})
	if err != nil || report.Sent != uint64(len(messages)) {
		t.Fatalf("sent %d of %d messages: %v", report.Sent, len(messages), err)
	}
	l.sent += report.Sent
	if err := l.fw.Wait(ctx, firewall.KindMessage, l.sent); err != nil {
		t.Fatal(err)
	}
}

// wantMappings holds the whole table to who must be in it.
func (l *vendorLab) wantMappings(t *testing.T, when string, people []person) {
	t.Helper()
	var got, want []string
	for _, m := range l.fw.Mappings(panos.DataPlane) {
		got = append(got, m.Address.String()+" "+m.User)
	}
	for _, p := range people {
		want = append(want, p.mapping())
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s the mappings are\n%q\nwant\n%q", when, got, want)
	}
}

// A message of every vendor and event goes from a sender over the wire into the firewall's
// table, or out of it, and what must not map does neither.
func TestEveryVendorThroughTheFirewall(t *testing.T) {
	t.Parallel()
	authority, err := certs.NewAuthority("vendors")
	if err != nil {
		t.Fatal(err)
	}
	vendors := library.All()
	if len(vendors) < 21 {
		t.Fatalf("the library has %d vendors, want at least 21", len(vendors))
	}
	for _, vendor := range vendors {
		for _, transport := range []panos.ConnectionType{panos.UDP, panos.SSL} {
			t.Run(vendor.Name+"/"+string(transport), func(t *testing.T) {
				t.Parallel()
				throughTheFirewall(t, startVendorLab(t, authority, vendor, transport), vendor)
			})
		}
	}
}

func throughTheFirewall(t *testing.T, l *vendorLab, vendor library.Vendor) {
	t.Helper()
	logins, logouts := samplesOf(vendor, panos.Login), samplesOf(vendor, panos.Logout)
	if len(logins) == 0 {
		t.Fatalf("%s has no login to map", vendor.Name)
	}
	// As many people as there are messages of the one kind that there is more of: each logout
	// ends a mapping that a login of the vendor made.
	var people []person
	var messages [][]byte
	for i := range max(len(logins), len(logouts)) {
		people = append(people, personAt(i+1))
		messages = append(messages, people[i].render(t, logins[i%len(logins)]))
	}
	negatives := negativesOf(vendor)
	stranger := personAt(200)
	for _, text := range negatives {
		l.send(t, stranger.render(t, text))
		l.wantMappings(t, "after a message that must not map,\n"+text+"\n", nil)
	}
	l.send(t, messages...)
	l.wantMappings(t, "after the logins", people)
	for _, text := range negatives { // nor do they end a mapping, or touch it
		l.send(t, people[0].render(t, text))
		l.wantMappings(t, "after a message that must not log out,\n"+text+"\n", people)
	}
	for i, text := range logouts {
		l.send(t, people[i].render(t, text))
		l.wantMappings(t, "after logout "+strconv.Itoa(i), people[i+1:])
	}
	want := uint64(len(people)) // by the dialect, a logout does not count as a success
	if s := l.fw.State().Senders[0]; s.LogMessages != l.sent || s.AuthSuccess != want {
		t.Errorf("%d log messages and %d auth. successes, want %d and %d", s.LogMessages, s.AuthSuccess, l.sent, want)
	}
}

func samplesOf(vendor library.Vendor, event panos.EventType) (texts []string) {
	for _, p := range vendor.Profiles {
		if p.Event != event {
			continue
		}
		for _, s := range p.Samples {
			texts = append(texts, s.Message)
		}
	}
	return texts
}

func negativesOf(vendor library.Vendor) (texts []string) {
	for _, p := range vendor.Profiles {
		for _, n := range p.MustNotMap {
			texts = append(texts, n.Message)
		}
	}
	return texts
}

// The command line's own way: each vendor by name, and each event that it has.
func TestSendTemplatesOfEveryVendor(t *testing.T) {
	t.Parallel()
	authority, err := certs.NewAuthority("vendors")
	if err != nil {
		t.Fatal(err)
	}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, authority.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, vendor := range library.All() {
		t.Run(vendor.Name, func(t *testing.T) {
			t.Parallel()
			l := startVendorLab(t, authority, vendor, panos.SSL)
			for _, event := range []panos.EventType{panos.Login, panos.Logout} {
				l.sendTemplate(t, vendor, event, "--ca", ca)
			}
		})
	}
}

// sendTemplate sends all messages that a vendor has for an event, which a profile for that
// event must read, and no profile as another.
func (l *vendorLab) sendTemplate(t *testing.T, vendor library.Vendor, event panos.EventType, args ...string) {
	t.Helper()
	count := len(samplesOf(vendor, event))
	// In a process of its own: the flag --help of cli is one for the whole process, and is
	// written to by each run, which the race detector sees.
	cmd := exec.CommandContext(t.Context(), "uidprobe", append([]string{"send", "--to", l.connection.To.String(), "--rate", "max",
		"--template", vendor.Name, "--event", string(event), "--count", strconv.Itoa(max(1, count))}, args...)...)
	out, err := cmd.CombinedOutput()
	if count == 0 {
		want := fmt.Sprintf("template %s has no %s message", vendor.Name, event)
		if cmd.ProcessState.ExitCode() != exitUsage || !strings.Contains(string(out), want) {
			t.Errorf("%v, want exit code %d and %q:\n%s", err, exitUsage, want, out)
		}
		return
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	before := l.sent
	l.sent += uint64(count)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := l.fw.Wait(ctx, firewall.KindMessage, l.sent); err != nil {
		t.Fatal(err)
	}
	outcome := string(profile.Mapping)
	if event == panos.Logout {
		outcome = string(profile.Logout)
	}
	seen := uint64(0)
	for _, e := range l.fw.Record().Since(0) {
		if e.Kind != firewall.KindMessage {
			continue
		}
		if seen++; seen <= before {
			continue
		}
		var outcomes []string
		for _, v := range e.Fields["profiles"].([]firewall.Verdict) {
			if v.Outcome != string(profile.Nothing) {
				outcomes = append(outcomes, v.Outcome)
			}
		}
		if outcomes = slices.Compact(outcomes); !slices.Equal(outcomes, []string{outcome}) {
			t.Errorf("a %s of %s comes to %q, want %q:\n%v", event, vendor.Name, outcomes, outcome, e.Fields["text"])
		}
	}
	if seen != l.sent {
		t.Errorf("the record has %d messages, want %d", seen, l.sent)
	}
}
