package firewall

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/panos"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.FixedZone("JST", 9*60*60))

// withServers gives a firewall two directory servers, of which those in down have no ticket.
func withServers(t *testing.T, down ...string) func(*Config) {
	return func(c *Config) {
		c.Now = func() time.Time { return noon }
		c.Servers = []MonitoredServer{
			{Name: "dc 1", Host: "dc1.corp.example", Transport: WinRMHTTP},
			{Name: "mail", Host: "mail.corp.example", Type: TypeExchange, VSys: "vsys2"},
		}
		c.State = func(_ context.Context, s MonitoredServer, now func() time.Time) ServerState {
			if slices.Contains(down, s.Name) {
				return ServerState{Status: panos.StatusKerberosError, Log: []string{"no ticket for " + s.Host + " at " + now().Format(time.TimeOnly)}}
			}
			return ServerState{Status: panos.StatusConnected}
		}
	}
}

func TestDirectoryServersAreShown(t *testing.T) {
	t.Parallel()
	fw := start(t, withServers(t, "dc 1", "mail"))
	want := []panos.ServerStatus{
		{Name: "dc 1", Type: "AD", Host: "dc1.corp.example", VSys: "vsys1", Status: "Kerberos error"},
		{Name: "mail", Type: "Exchange", Host: "mail.corp.example", VSys: "vsys2", Status: "Kerberos error"},
	}
	if got := fw.Statistics(); !slices.Equal(got.Directory, want) || len(got.Syslog) != 2 {
		t.Errorf("statistics %+v, want %+v and two senders", got, want)
	}
	text := say(t, fw, "show user server-monitor statistics")
	read, err := panos.ParseServerMonitorStatistics([]byte(text))
	if err != nil || !slices.Equal(read.Directory, want) {
		t.Errorf("the table is read as %+v, %v:\n%s", read.Directory, err, text)
	}
	wantLog := "2026-11-23 12:00:00.000 +0900 no ticket for dc1.corp.example at 12:00:00\n" +
		"2026-11-23 12:00:00.000 +0900 no ticket for mail.corp.example at 12:00:00\n"
	if got := fw.Log(); got != strings.Repeat(wantLog, 2) {
		t.Errorf("log after two readers:\n%s", got)
	}
	if got := say(t, fw, " less  mp-log useridd.log "); got != strings.Repeat(wantLog, 3) {
		t.Errorf("the log's reader asks once more:\n%s", got)
	}
	if n := fw.Record().Count(KindServerState); n != 6 {
		t.Errorf("%d states recorded, want 6", n)
	}
}

func say(t *testing.T, fw *Firewall, command string) string {
	t.Helper()
	text, err := fw.CLI(command)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestDirectoryServersOfAVirtualSystem(t *testing.T) {
	t.Parallel()
	fw := start(t, withServers(t))
	for vsys, want := range map[string]string{"": "dc 1 mail", "vsys1": "dc 1", "vsys2": "mail", "vsys3": ""} {
		var names []string
		for _, row := range fw.statistics(t.Context(), vsys).Directory {
			if row.Status != panos.StatusConnected {
				t.Errorf("%s is %s", row.Name, row.Status)
			}
			names = append(names, row.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%q shows %q, want %q", vsys, got, want)
		}
	}
}

// A passive unit asks nobody.
func TestDirectoryServersOfAPassiveUnit(t *testing.T) {
	t.Parallel()
	fw := start(t, withServers(t, "dc 1"))
	startFault(t, fw, FaultHAPassive, nil)
	for _, row := range fw.Statistics().Directory {
		if row.Status != panos.StatusNotConnected {
			t.Errorf("%s is %s", row.Name, row.Status)
		}
	}
	if n := fw.Record().Count(KindServerState); n != 0 || fw.Log() != "" {
		t.Errorf("%d servers were asked, log %q", n, fw.Log())
	}
}

// The servers are asked side by side, and whoever closes the firewall does not wait for them.
func TestDirectoryServersAreAskedAtOnce(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	both := make(chan struct{})
	fw := start(t, func(c *Config) {
		withServers(t)(c)
		c.State = func(ctx context.Context, _ MonitoredServer, _ func() time.Time) ServerState {
			if asked.Add(1) == 2 {
				close(both)
			}
			select {
			case <-both:
			case <-ctx.Done():
				t.Error("the second server was not asked while the first kept silent")
			}
			<-ctx.Done()
			return ServerState{Status: "Connection timeout"}
		}
	})
	read := make(chan panos.ServerMonitorStatistics, 1)
	go func() { read <- fw.Statistics() }()
	<-both
	_ = fw.Close()
	for _, row := range (<-read).Directory {
		if row.Status != panos.StatusNotConnected {
			t.Errorf("%s is %s", row.Name, row.Status)
		}
	}
}

// Who does not wait for a server that keeps silent sees what was known of it, and nothing is logged.
func TestDirectoryServersAsTheyWereKnown(t *testing.T) {
	t.Parallel()
	var silent atomic.Bool
	fw := start(t, func(c *Config) {
		withServers(t)(c)
		c.State = func(ctx context.Context, s MonitoredServer, _ func() time.Time) ServerState {
			if silent.Load() && s.Name == "mail" {
				<-ctx.Done()
				return ServerState{Status: "Connection timeout", Log: []string{"no answer"}}
			}
			return ServerState{Status: panos.StatusConnected}
		}
	})
	status := func(patience time.Duration) (list []string) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		for _, row := range fw.statistics(ctx, "").Directory {
			list = append(list, row.Status)
		}
		return list
	}
	want := []string{panos.StatusConnected, panos.StatusConnected}
	if got := status(time.Minute); !slices.Equal(got, want) {
		t.Errorf("at first: %v, want %v", got, want)
	}
	silent.Store(true)
	if got := status(time.Millisecond); !slices.Equal(got, want) || fw.Log() != "" {
		t.Errorf("once it keeps silent: %v, log %q; want %v and no log", got, fw.Log(), want)
	}
}

func TestLogIsBounded(t *testing.T) {
	t.Parallel()
	var m monitor
	for i := range maxLogLines + 7 {
		m.add(noon, []string{fmt.Sprint(i)})
	}
	if len(m.log) != maxLogLines || m.log[0].Text != "7" {
		t.Errorf("%d lines, the first is %q", len(m.log), m.log[0].Text)
	}
}

func TestDirectoryServersInTheConfiguration(t *testing.T) {
	t.Parallel()
	fw := start(t, withServers(t))
	for path, want := range map[string]string{
		"vsys1": "entry dc 1 no active-directory WinRM-HTTP dc1.corp.example",
		"vsys2": "entry mail no exchange WMI mail.corp.example",
	} {
		if got := flat(t, fw, path); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %q in it", path, got, want)
		}
	}
}

// flat is the server-monitor node of a virtual system, in one line.
func flat(t *testing.T, fw *Firewall, vsys string) string {
	t.Helper()
	request, err := panos.ParseConfigRequest("show", "/config/devices/entry/vsys/entry[@name='"+vsys+"']/user-id-collector/server-monitor")
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	var walk func(panos.Element)
	walk = func(e panos.Element) {
		if e.Name == "entry" || e.Name == "exchange" || e.Name == "active-directory" {
			words = append(words, e.Name)
		}
		for _, a := range e.Attributes {
			words = append(words, a.Value)
		}
		if e.Text != "" {
			words = append(words, e.Text)
		}
		for _, child := range e.Children {
			walk(child)
		}
	}
	for _, e := range request.XPath.Find(fw.Configuration()) {
		walk(e)
	}
	return strings.Join(words, " ")
}

func TestStateOfADirectoryServerIsNotInvented(t *testing.T) {
	t.Parallel()
	fw := start(t, withServers(t))
	if text, err := fw.CLI(`show user server-monitor state "dc 1"`); err == nil || !strings.Contains(err.Error(), "is not simulated") {
		t.Errorf("got %q, %v", text, err)
	}
	if _, err := fw.CLI("show user server-monitor state dc9"); err != (NoServerError{"dc9"}) {
		t.Errorf("of one that is not there: %v", err)
	}
}

func TestServersAreValidated(t *testing.T) {
	t.Parallel()
	_, err := Start(t.Context(), Config{
		Senders: []Sender{{Name: "one", Address: loopback}},
		Servers: []MonitoredServer{{Host: "a"}, {Name: "one", Host: "b"}, {Name: "two", Type: "ED", Transport: "rpc"}},
	})
	for _, want := range []string{
		"no function that tells their state", "server 1 has no name", `server "one": the name is there twice`,
		`server "two" has no host`, `type "ED" is not one of AD, Exchange`, `transport "rpc" is not one of winrm-http, winrm-https, wmi`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v lacks %q", err, want)
		}
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	fw := start(t, withServers(t, "dc 1"))
	client := apiClient(t, fw)
	if got, want := say(t, fw, "show clock"), "Mon Nov 23 12:00:00 JST 2026\n"; got != want {
		t.Errorf("CLI: %q, want %q", got, want)
	}
	startFault(t, fw, FaultClock, map[string]string{"offset": "-7m"})
	got, err := client.Clock(within(t))
	if at, exact := got.At(noon); err != nil || !exact || !at.Equal(noon.Add(-7*time.Minute)) {
		t.Errorf("API: %+v, %v", got, err)
	}
	if got, want := fw.SystemInfo().Time, "Mon Nov 23 11:53:00 2026"; got != want {
		t.Errorf("system info: %q, want %q", got, want)
	}
	if got, want := say(t, fw, panos.LogCommand), "2026-11-23 11:53:00.000 +0900 no ticket for dc1.corp.example at 11:53:00\n"; got != want {
		t.Errorf("log: %q, want %q", got, want)
	}
	fw.Faults().Stop(FaultClock)
	if got, want := say(t, fw, "show clock"), "Mon Nov 23 12:00:00 JST 2026\n"; got != want {
		t.Errorf("after the fault: %q, want %q", got, want)
	}
}

// apiClient is a client of the firewall's XML API.
func apiClient(t *testing.T, fw *Firewall) *panos.Client {
	t.Helper()
	client, err := panos.NewClient(panos.ClientConfig{
		URL: "https://" + fw.APIAddr().(*net.TCPAddr).String(), Key: fw.APIKey(), TLS: &tls.Config{RootCAs: fw.Authority().Pool()},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}
