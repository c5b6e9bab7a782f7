package panos

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/credential"
)

func texts(values []ConfigValue) (list []string) {
	for _, v := range values {
		list = append(list, v.Text)
	}
	return list
}

func userIDSample(t *testing.T) *Config {
	t.Helper()
	c, err := ParseConfig("userid.xml", sample(t, "userid.xml"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestUserIDIsReadOutOfAConfiguration(t *testing.T) {
	t.Parallel()
	list := userIDSample(t).UserID()
	if len(list) != 2 {
		t.Fatalf("%d virtual systems, want 2", len(list))
	}
	u := list[0]
	diff(t, []string{u.VSys, u.Template, u.Label(), u.At.XPath()}, []string{"vsys1", "", "vsys1", "/config/devices/entry[@name='localhost.localdomain']/vsys/entry[@name='vsys1']"})
	diff(t, []string{u.Account.Text, u.Domain.Text, u.KerberosProfile.Text, u.CertificateProfile.Text, u.ServiceProfile.Text, u.Timeout.Text},
		[]string{`CORP\svc-userid`, "corp.example", "krb", "winrm", "tls-syslog", "30"})
	if u.EnableTimeout.Yes(true) || !(ConfigValue{}).Yes(true) {
		t.Error("the time-out is off, and a value that is not there takes the default")
	}
	var kdcs []string
	for _, k := range u.KDCs {
		kdcs = append(kdcs, k.Name+" "+k.Host.Text+" "+k.Port.Text)
	}
	diff(t, kdcs, []string{"dc1 dc1.corp.example 88", "dc2 192.0.2.12 "}) // of the vsys, before the shared one of that name
	var entries []string
	for _, e := range u.Entries {
		words := []string{e.Name, string(e.Kind), e.Host.Text, e.Transport, string(e.Connection), e.DefaultDomain.Text}
		if e.Disabled {
			words = append(words, "disabled")
		}
		for _, a := range e.Attached {
			words = append(words, a.Name+"="+string(a.Event))
		}
		entries = append(entries, strings.Join(words, " "))
	}
	diff(t, entries, []string{
		"ISE syslog 192.0.2.15  udp corp in=login out=logout",
		"VPN syslog 192.0.2.16  ssl  disabled seven=login",
		"dc1 active-directory dc1.corp.example WinRM-HTTPS  ",
		"mail1 exchange 192.0.2.30 WMI  ",
		"ed1 e-directory    ",
		"odd     ",
	})
	diff(t, texts(u.Profiles), []string{"in", "out"})
	diff(t, texts(u.IgnoredUsers), []string{"svc-userid", "svc-backup"})
	var networks []string
	for _, n := range u.Networks {
		networks = append(networks, n.Name)
	}
	diff(t, networks, []string{"second", "first", "unordered"})
	diff(t, []bool{u.Networks[0].Exclude, u.Networks[1].Exclude}, []bool{true, false})
	diff(t, []string{u.Zones[0].Name, u.Zones[1].Name}, []string{"trust", "untrust"})
	if !u.Zones[0].UserID || u.Zones[1].UserID || !u.Entries[0].Uses("out") || u.Entries[0].Uses("seven") {
		t.Errorf("zones %+v", u.Zones)
	}
	line, column := u.Account.At.Position()
	if line != 50 || column != 15 {
		t.Errorf("the account stands at %d:%d", line, column)
	}
}

func TestUserIDOfTheDevice(t *testing.T) {
	t.Parallel()
	list := userIDSample(t).UserID()
	d := list[0].Device
	diff(t, []string{d.Hostname.Text, d.Version, d.Address.Text, d.HA.Text, d.HAPeer.Text}, []string{"fw1", "11.1.4-h7", "192.0.2.1", "yes", "192.0.2.2"})
	diff(t, texts(d.DNS), []string{"192.0.2.53", "192.0.2.54"})
	diff(t, texts(d.NTP), []string{"192.0.2.123"})
	diff(t, []string{d.Management.UDP.Text, d.Management.SSL.Text}, []string{"no", "yes"})
	diff(t, texts(d.Management.Permitted), []string{"192.0.2.0/24"})
	var interfaces []string
	for _, i := range d.Interfaces {
		interfaces = append(interfaces, i.Name+" "+strings.Join(texts(i.Addresses), ",")+" "+i.Profile.Text)
	}
	diff(t, interfaces, []string{
		"ethernet1/1 198.51.100.1/24 uid-in", "ethernet1/1.10 203.0.113.1/24,2001:db8::1/64 missing", "ae1  uid-in", "loopback 192.0.2.98 uid-in", "loopback.1 192.0.2.99 ",
	})
	access, profiled, known := d.Access()
	if d.OnManagement() || !profiled || !known || access.Name != "uid-in" || access.UDP.Text != "yes" {
		t.Errorf("access %+v, %t, %t", access, profiled, known)
	}
	for _, row := range []struct {
		route                         string
		management, profiled, isKnown bool
	}{
		{"", true, true, true},
		{"MGT", true, true, true},
		{"ethernet1/1.10", false, false, false}, // its profile is not in the file
		{"loopback.1", false, false, true},      // it has none
		{"ethernet1/9", false, false, false},
	} {
		d.Route = ServiceRoute{Interface: ConfigValue{row.route, d.At}}
		_, profiled, known := d.Access()
		if d.OnManagement() != row.management || profiled != row.profiled || known != row.isKnown {
			t.Errorf("route by %q: management %t, profile %t, known %t", row.route, d.OnManagement(), profiled, known)
		}
	}
}

func TestCertificatesOfAConfiguration(t *testing.T) {
	t.Parallel()
	u := userIDSample(t).UserID()[0]
	if len(u.CAs) != 3 || !u.CertificateProfileKnown {
		t.Fatalf("CAs %+v", u.CAs)
	}
	root := u.CAs[0]
	if root.Certificate == nil || root.Certificate.Subject.CommonName != "Corp Root" || !strings.HasPrefix(string(root.PEM()), "-----BEGIN CERTIFICATE-----\nMII") {
		t.Errorf("root: %+v", root.Err)
	}
	diff(t, []string{u.CAs[1].Err, u.CAs[2].Err}, []string{"it is not in PEM", "it is not in the file"})
	if u.CAs[1].PEM() != nil {
		t.Error("PEM of nothing")
	}
	if len(u.ListenerCAs) != 1 || u.ListenerCAs[0].Name.Text != "corp-root" {
		t.Errorf("the listener's: %+v", u.ListenerCAs)
	}
}

// What is read over the API is what UserID understands, and no request is for a place with a secret.
func TestClientReadsUserID(t *testing.T) {
	t.Parallel()
	whole, err := ParseElement(sample(t, "userid.xml"))
	if err != nil {
		t.Fatal(err)
	}
	var asked []string
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request, err := ParseConfigRequest(r.FormValue("action"), r.FormValue("xpath"))
		if err != nil || r.FormValue("type") != "config" || request.Action != ConfigShow {
			t.Errorf("%v: %v", r.Form, err)
			return
		}
		asked = append(asked, request.XPath.String())
		if found := request.XPath.Find(whole); len(found) > 0 {
			_, _ = w.Write(AppendConfigAnswer(nil, found))
			return
		}
		_, _ = w.Write(AppendNoSuchNodeAnswer(nil))
	}))
	defer server.Close()
	client, err := NewClient(ClientConfig{
		URL: "https://192.0.2.1", Key: credential.New("k"), TLS: &tls.Config{InsecureSkipVerify: true},
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	config, err := client.UserIDConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got, want := config.UserID(), userIDSample(t).UserID()
	if len(got) != 1 {
		t.Fatalf("%d virtual systems, want the one that was asked for", len(got))
	}
	if text := string(config.Bytes()); strings.Contains(text, "secret") {
		t.Errorf("a secret was read:\n%s", text)
	}
	for _, path := range asked {
		if strings.HasSuffix(path, "/setting") || strings.HasSuffix(path, "/certificate") || strings.HasSuffix(path, "/interface") || strings.HasSuffix(path, "/ntp-servers") {
			t.Errorf("asked for %s, in which there may be a secret", path)
		}
	}
	u, v := got[0], want[0]
	diff(t, []string{u.Account.Text, u.Domain.Text, u.CertificateProfile.Text, u.Device.Address.Text}, []string{v.Account.Text, v.Domain.Text, v.CertificateProfile.Text, v.Device.Address.Text})
	diff(t, []int{len(u.Entries), len(u.KDCs), len(u.Zones), len(u.Networks), len(u.Device.DNS)}, []int{len(v.Entries), len(v.KDCs), len(v.Zones), len(v.Networks), len(v.Device.DNS)})
	diff(t, texts(u.Device.NTP), texts(v.Device.NTP))
	if !slices.ContainsFunc(u.CAs, func(c ConfigCertificate) bool { return c.Certificate != nil }) || len(u.ListenerCAs) != 1 {
		t.Errorf("CAs %+v, the listener's %+v", u.CAs, u.ListenerCAs)
	}
	if access, _, known := u.Device.Access(); !known || access.Name != "uid-in" {
		t.Errorf("access %+v", access)
	}
}

func TestInterfacesArePathsOfTheConfiguration(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"ethernet1/1":    "/network/interface/ethernet/entry[@name='ethernet1/1']/layer3",
		"ethernet1/1.10": "/network/interface/ethernet/entry[@name='ethernet1/1']/layer3/units/entry[@name='ethernet1/1.10']",
		"ae1":            "/network/interface/aggregate-ethernet/entry[@name='ae1']/layer3",
		"loopback":       "/network/interface/loopback",
		"loopback.1":     "/network/interface/loopback/units/entry[@name='loopback.1']",
	} {
		if got := (XPath{Steps: interfaceSteps(name)}).String(); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func FuzzUserID(f *testing.F) {
	f.Add(sample(f, "userid.xml"))
	f.Add([]byte(`<user-id-collector><server-monitor><entry name="x"><syslog/></entry></server-monitor></user-id-collector>`))
	f.Add([]byte(`<entry><user-id-collector/></entry>`))
	f.Add([]byte(`<vsys><entry name="vsys1"><user-id-collector/></entry></vsys>`))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := ParseConfig("f", text)
		if err != nil {
			return
		}
		for _, u := range c.UserID() {
			if u.At == nil {
				t.Fatal("a virtual system without a place")
			}
			u.Device.Access()
			_ = u.Label()
		}
	})
}
