package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/xml"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/PaloAltoNetworks/pango"
	pangoerrors "github.com/PaloAltoNetworks/pango/errors"
	"github.com/PaloAltoNetworks/pango/userid"

	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/profile"
	"github.com/uidprobe/uidprobe/profile/library"
	"github.com/uidprobe/uidprobe/simulate/firewall"
)

// pango is the vendor's own client library for Go: nobody here wrote what it asks, and how
// it reads the answers. It is used as any program would use it, with its transport changed
// to trust the simulated firewall's CA and nothing else.

const (
	pangoUser     = "admin"
	pangoPassword = "pass-of-the-test"
	pangoKey      = "key-of-the-test"
)

// startPangoFirewall is a firewall on its data plane interface, with an API account, a
// sender over UDP and an ignored user.
func startPangoFirewall(t *testing.T) *firewall.Firewall {
	t.Helper()
	login, ok := library.Find("freeradius-login")
	if !ok {
		t.Fatal("the library has no freeradius-login")
	}
	fw, err := firewall.Start(t.Context(), firewall.Config{
		UDP: "127.0.0.1:0", API: "127.0.0.1:0", Version: "10.1.6", Hostname: "lab-fw",
		APIKey: credential.New(pangoKey), User: credential.New(pangoUser), Password: credential.New(pangoPassword),
		ListenOn:           firewall.Dataplane,
		DataplaneInterface: firewall.Door{Permitted: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("192.0.2.7/32")}},
		IgnoreUsers:        []string{"svc-backup", `corp\svc-scan`},
		Senders: []firewall.Sender{{
			Name: "radius 1", Address: netip.MustParseAddr("127.0.0.1"), Connection: panos.UDP, DefaultDomain: "corp",
			Profiles: []profile.Attachment{{Profile: login, Event: login.Event}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = fw.Close() })
	return fw
}

// newPango is a client that has asked nothing yet. It verifies the certificate: with roots,
// the system's if nil.
func newPango(t *testing.T, fw *firewall.Firewall, roots *x509.CertPool) *pango.Firewall {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	t.Cleanup(transport.CloseIdleConnections)
	return &pango.Firewall{Client: pango.Client{
		Hostname: "127.0.0.1", Port: uint(fw.APIAddr().(*net.TCPAddr).Port),
		Username: pangoUser, Password: pangoPassword, Transport: transport, Logging: pango.LogQuiet,
	}}
}

// initialized is a client that has got its key by keygen and knows the version.
func initialized(t *testing.T, fw *firewall.Firewall) *pango.Firewall {
	t.Helper()
	client := newPango(t, fw, fw.Authority().Pool())
	if err := client.Initialize(); err != nil {
		t.Fatal(err)
	}
	return client
}

// wantPanos holds an error to what pango makes of the API's.
func wantPanos(t *testing.T, err error, code int, message string) {
	t.Helper()
	var refused pangoerrors.Panos
	if !errors.As(err, &refused) || refused.Code != code || refused.Msg != message {
		t.Errorf("error %#v, want code %d, %q", err, code, message)
	}
}

func TestPangoGetsAKeyAndReadsTheVersion(t *testing.T) {
	t.Parallel()
	fw := startPangoFirewall(t)
	client := initialized(t, fw)
	if client.ApiKey != pangoKey {
		t.Errorf("keygen gave the key %q, want %q", client.ApiKey, pangoKey)
	}
	if got := client.Version.String(); got != "10.1.6" {
		t.Errorf("version %s, want 10.1.6", got)
	}
	for name, want := range map[string]string{"hostname": "lab-fw", "sw-version": "10.1.6", "model": "uidprobe-simulator", "multi-vsys": "off"} {
		if got := client.SystemInfo[name]; got != want {
			t.Errorf("show system info: %s is %q, want %q", name, got, want)
		}
	}
	// The function that chooses between firewall and Panorama by the model.
	chosen, err := pango.Connect(newPango(t, fw, fw.Authority().Pool()).Client)
	if _, ok := chosen.(*pango.Firewall); !ok || err != nil {
		t.Errorf("Connect made a %T, %v, want a firewall", chosen, err)
	}
}

func TestPangoIsRefused(t *testing.T) {
	t.Parallel()
	fw := startPangoFirewall(t)
	stranger := newPango(t, fw, x509.NewCertPool())
	var unknown x509.UnknownAuthorityError
	if err := stranger.Initialize(); !errors.As(err, &unknown) || stranger.ApiKey != "" {
		t.Errorf("without the lab's CA: %v, key %q; want an unknown authority", err, stranger.ApiKey)
	}
	guesser := newPango(t, fw, fw.Authority().Pool())
	guesser.Password = "guess"
	wantPanos(t, guesser.Initialize(), 403, "Invalid Credential")
	forger := newPango(t, fw, fw.Authority().Pool())
	forger.ApiKey = "guess"
	wantPanos(t, forger.Initialize(), 403, "Invalid Credential")

	client := initialized(t, fw)
	_, err := client.Op("<request><restart><system/></restart></request>", "", nil, nil)
	wantPanos(t, err, 17, `command "request restart system" is not known`)
}

// What a syslog sender did is what pango reads: the counters and the mapping.
func TestPangoReadsWhatASenderDid(t *testing.T) {
	t.Parallel()
	fw := startPangoFirewall(t)
	client := initialized(t, fw)
	conn, err := net.Dial("udp", fw.UDPAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := fmt.Fprint(conn, "<38>eduroam-userid login user=Alice ip=198.51.100.1 mac=02-00-5E-10-00-01\neduroam-userid up"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := fw.Wait(ctx, firewall.KindMessage, 2); err != nil {
		t.Fatal(err)
	}
	// pango knows no such command; it marshals any struct.
	type question struct {
		XMLName xml.Name `xml:"show"`
		State   string   `xml:"user>server-monitor>state"`
	}
	var answer struct {
		Result string `xml:"result"`
	}
	if _, err := client.Op(question{State: "all"}, "", nil, &answer); err != nil {
		t.Fatal(err)
	}
	state, err := panos.ParseServerMonitorState([]byte(answer.Result))
	if err != nil {
		t.Fatal(err)
	}
	if s := state.Senders; len(s) != 1 || s[0].Name != "radius 1" || s[0].LogMessages != 2 || s[0].AuthSuccess != 1 {
		t.Errorf("senders %+v, want radius 1 with 2 messages, 1 of them a success", s)
	}
	wantLogins(t, client, "", "SYSLOG", "", userid.LoginInfo{Ip: "198.51.100.1", Vsys: "vsys1", Type: "SYSLOG", User: `corp\alice`})
	wantLogins(t, client, "", "XMLAPI", "")
}

// wantLogins asks for mappings as pango does, and holds them to what is wanted. The times
// left are what the caller cannot know: they are held to be at most the timeout.
func wantLogins(t *testing.T, client *pango.Firewall, address, kind, vsys string, want ...userid.LoginInfo) {
	t.Helper()
	got, err := client.UserId.GetLogins(address, kind, vsys)
	if err != nil {
		t.Errorf("GetLogins(%q, %q, %q): %v", address, kind, vsys, err)
		return
	}
	for i := range got {
		limit := int(firewall.DefaultMappingTimeout / time.Second)
		if i < len(want) && want[i].Timeout > 0 {
			limit = want[i].Timeout
		}
		if m := got[i]; m.Timeout > limit || m.Timeout < limit-60 || m.IdleTimeout > limit || m.IdleTimeout < limit-60 {
			t.Errorf("%s: %d and %d seconds left, want at most %d and not a minute less", m.Ip, m.IdleTimeout, m.Timeout, limit)
		}
		got[i].Timeout, got[i].IdleTimeout = 0, 0
	}
	want = slices.Clone(want)
	for i := range want {
		want[i].Timeout = 0
	}
	if !slices.Equal(got, want) {
		t.Errorf("GetLogins(%q, %q, %q) = %+v, want %+v", address, kind, vsys, got, want)
	}
}

func TestPangoLogsInAndOut(t *testing.T) {
	t.Parallel()
	fw := startPangoFirewall(t)
	client := initialized(t, fw)
	run := func(vsys string, message userid.Message) error { return client.UserId.Run(&message, vsys) }
	err := run("", userid.Message{Logins: []userid.Login{
		{User: `corp\Alice`, Ip: "198.51.100.1", Timeout: 10},
		{User: "bob@corp.example", Ip: "2001:db8::2"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := run("vsys2", userid.Message{Logins: []userid.Login{{User: `corp\carol`, Ip: "198.51.100.1"}}}); err != nil {
		t.Fatal(err)
	}
	alice := userid.LoginInfo{Ip: "198.51.100.1", Vsys: "vsys1", Type: "XMLAPI", User: `corp\alice`, Timeout: 600}
	bob := userid.LoginInfo{Ip: "2001:db8::2", Vsys: "vsys1", Type: "XMLAPI", User: "bob@corp.example"}
	carol := userid.LoginInfo{Ip: "198.51.100.1", Vsys: "vsys2", Type: "XMLAPI", User: `corp\carol`}
	wantLogins(t, client, "", "", "", alice, bob)
	wantLogins(t, client, "", "XMLAPI", "", alice, bob)
	wantLogins(t, client, "", "SYSLOG", "")
	wantLogins(t, client, "198.51.100.1", "", "vsys1", alice)
	wantLogins(t, client, "198.51.100.1", "", "vsys2", carol)

	// A logout of another user changes nothing. pango finds no text in the answer.
	wantPanos(t, run("", userid.Message{Logouts: []userid.Logout{{User: `corp\mallory`, Ip: "198.51.100.1"}}}), 0, "")
	wantLogins(t, client, "", "", "", alice, bob)
	err = run("", userid.Message{
		Logins:  []userid.Login{{User: `corp\dave`, Ip: "198.51.100.4"}},
		Logouts: []userid.Logout{{User: `corp\alice`, Ip: "198.51.100.1"}, {User: "bob@corp.example", Ip: "2001:db8::2"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	wantLogins(t, client, "", "", "", userid.LoginInfo{Ip: "198.51.100.4", Vsys: "vsys1", Type: "XMLAPI", User: `corp\dave`})
	wantLogins(t, client, "", "", "vsys2", carol)
	wantPanos(t, run("", userid.Message{Logouts: []userid.Logout{{User: `corp\alice`, Ip: "198.51.100.1"}}}), 0, "")
	wantPanos(t, run("", userid.Message{TagIps: []userid.TagIp{{Ip: "198.51.100.1", Tags: []string{"guest"}}}}),
		12, `uid-message: payload: "register" is neither login nor logout`)
}

// The configuration, through pango's own structs where it has them.
func TestPangoReadsTheConfiguration(t *testing.T) {
	t.Parallel()
	fw := startPangoFirewall(t)
	client := initialized(t, fw)
	names := func(what string, want []string, got []string, err error) {
		t.Helper()
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v, want %q", what, got, err, want)
		}
	}
	got, err := client.Vsys.GetList()
	names("virtual systems by get", []string{"vsys1"}, got, err)
	got, err = client.Network.ManagementProfile.GetList()
	names("interface management profiles by get", []string{"uidprobe-simulated"}, got, err)
	got, err = client.Network.ManagementProfile.ShowList()
	names("interface management profiles by show", []string{"uidprobe-simulated"}, got, err)
	interfaceProfile, err := client.Network.ManagementProfile.Show("uidprobe-simulated")
	if err != nil {
		t.Fatal(err)
	}
	if p := interfaceProfile; !p.UseridSyslogListenerUdp || p.UseridSyslogListenerSsl || !slices.Equal(p.PermittedIps, []string{"127.0.0.0/8", "192.0.2.7"}) {
		t.Errorf("interface management profile %+v, want UDP alone, for 127.0.0.0/8 and 192.0.2.7", p)
	}

	collector := func(node string) []string {
		return []string{"config", "devices", "entry[@name='localhost.localdomain']", "vsys", "entry[@name='vsys1']", "user-id-collector", node}
	}
	got, err = client.EntryListUsing(client.Get, collector("server-monitor"))
	names("senders by get", []string{"radius 1"}, got, err)
	got, err = client.EntryListUsing(client.Show, collector("syslog-parse-profile"))
	names("profiles by show", []string{"freeradius-login"}, got, err)
	got, err = client.MemberListUsing(client.Get, collector("ignore-user"))
	names("ignored users by get", []string{"svc-backup", `corp\svc-scan`}, got, err)
	var monitor struct {
		Address   string `xml:"result>server-monitor>entry>syslog>address"`
		Transport string `xml:"result>server-monitor>entry>syslog>connection-type"`
		Domain    string `xml:"result>server-monitor>entry>syslog>default-domain-name"`
	}
	if _, err := client.Show(collector("server-monitor"), nil, &monitor); err != nil {
		t.Fatal(err)
	}
	if m := monitor; m.Address != "127.0.0.1" || m.Transport != "udp" || m.Domain != "corp" {
		t.Errorf("server-monitor entry %+v, want 127.0.0.1, udp, corp", m)
	}

	// What is not there: an answer of get, an error of show.
	got, err = client.EntryListUsing(client.Get, collector("include-exclude-network"))
	names("networks by get", nil, got, err)
	_, err = client.EntryListUsing(client.Show, collector("include-exclude-network"))
	wantPanos(t, err, 0, "No such node")
	// Nothing is written.
	_, err = client.Set(collector("ignore-user"), "<member>eve</member>", nil, nil)
	wantPanos(t, err, 17, `action "set" is neither show nor get`)
}
