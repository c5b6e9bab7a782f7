package diagnose

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/symptom"
)

// short writes what was found: status, symptom (or check) and target, and what explains it.
func short(results []check.Result) (words []string) {
	for _, r := range results {
		if r.Check == TextCheck {
			continue
		}
		id := strings.TrimPrefix(r.Check, Prefix)
		word := fmt.Sprintf("%v %s@%s", r.Status, id, r.Target)
		if r.CausedBy != nil {
			word += " <- " + strings.TrimPrefix(r.CausedBy.String(), Prefix)
		}
		words = append(words, word)
	}
	return words
}

func results(t *testing.T, text string) []check.Result {
	t.Helper()
	found, err := Text(strings.NewReader(text), Config{KeepUnknown: 100})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// What a firewall prints for each row of the table is diagnosed as that row, with its status and
// its next step, and every line of it is understood.
func TestEveryRowIsFoundInItsText(t *testing.T) {
	t.Parallel()
	for _, s := range symptom.All() {
		t.Run(s.ID, func(t *testing.T) {
			t.Parallel()
			found := results(t, s.Golden())
			at := slices.IndexFunc(found, func(r check.Result) bool { return r.Symptom == s.ID && r.CausedBy == nil })
			if at < 0 {
				t.Fatalf("found %q", short(found))
			}
			r := found[at]
			if s.Normal != (r.Status == check.Pass) || r.Check != Prefix+s.ID {
				t.Errorf("%v, normal %v: %+v", r.Status, s.Normal, r)
			}
			if !s.Normal && (r.Hint == "" || len(r.Evidence) == 0 || !strings.HasPrefix(r.Summary, r.Target+": "+s.Title.EN)) {
				t.Errorf("hint %q, evidence %q, summary %q", r.Hint, r.Evidence, r.Summary)
			}
			if unknown, _ := found[len(found)-1].Measure("unknown"); unknown != 0 {
				t.Errorf("%v lines are not understood: %+v", unknown, found[len(found)-1].Evidence)
			}
		})
	}
}

// The sections of a paste, as a terminal gives them.
const (
	statisticsText = `admin@PA-440(active)> show user server-monitor statistics

Directory Servers:
Name                           TYPE     Host            Vsys    Status
-----------------------------------------------------------------------------
dc1                            AD       dc1.corp.example vsys1   Kerberos error
dc2                            AD       192.0.2.54      vsys1   Connection refused(0)
dc3                            AD       192.0.2.55      vsys1   アクセスが拒否されました
lines 1-8 --more--
Syslog Servers:
Name                           Connection  Host            Vsys    Status
-----------------------------------------------------------------------------
nac1                           UDP         192.0.2.40      vsys1   N/A
nac2                           SSL         192.0.2.41      vsys1   Not connected
`
	stateText = `admin@PA-440> show user server-monitor state all
        UDP Syslog Listener Service is enabled
        SSL Syslog Listener Service is disabled

Proxy: nac1(vsys: vsys1)     Host: nac1(192.0.2.40)
        number of log messages                          : 0
        number of auth. success messages                : 0

Proxy: nac2(vsys: vsys1)     Host: nac2(192.0.2.41)
        number of log messages                          : 0
        number of auth. success messages                : 0
        number of active connections                    : 0
        total connections made                          : 0
`
	logText = `admin@PA-440> less mp-log useridd.log
2026-03-01 10:15:30.123 +0900 Error:  pan_user_id_krb5_init_ticket(pan_user_id_win.c:2062): failed to get krb5 tgt ticket with error -1765328360.
2026-03-01 10:15:32.123 +0900 Error:  pan_user_id_krb5_init_ticket(pan_user_id_win.c:2062): failed to get krb5 tgt ticket with error -1765328360.
2026-03-01 10:15:40.001 +0900 debug: pan_user_id_something(pan_user_id.c:1): all is quiet
2026-03-01 10:16:00.000 +0900 Error:  pan_user_id_krb5_init_ticket(pan_user_id_win.c:2062): failed to get krb5 tgt ticket with error -1765328366.
Error: pan_user_id_winrm_query(pan_user_id_win.c:2794): Connection failed. response code = 0, error: Could not connect to server in vsys 1
Error: pan_user_id_win_wmic_log_query(pan_user_id_win.c:1670): log query for 192.0.2.55 failed: NTSTATUS: NT_STATUS_ACCESS_DENIED - Access denied
`
	pingText = `admin@PA-440> ping count 2 host 192.0.2.54
PING 192.0.2.54 (192.0.2.54) 56(84) bytes of data.
From 192.0.2.1 icmp_seq=1 Destination Host Unreachable

--- 192.0.2.54 ping statistics ---
2 packets transmitted, 0 received, +1 errors, 100% packet loss, time 1003ms
`
	authenticationText = `admin@PA-440> test authentication authentication-profile KRB username svc-userid password
Enter password :
Tr0ub4dor&3
Target vsys is not specified, user "svc-userid" is assumed to be configured with a shared auth profile.
Authentication failed for user "svc-userid"
`
)

var pasted = []string{
	"fail syslog.listener.disabled@SSL listener",
	"fail syslog.status.not-connected@nac2 <- syslog.listener.disabled@SSL listener",
	"fail syslog.counters.no-connections-made@nac2 <- syslog.listener.disabled@SSL listener",
	"warn syslog.counters.no-active-connections@nac2 <- syslog.listener.disabled@SSL listener",
	"fail syslog.counters.no-log-messages@nac2 <- syslog.listener.disabled@SSL listener",
	"fail syslog.counters.no-log-messages@nac1",
	"pass syslog.listener.enabled@UDP listener",
	"pass syslog.status.not-available@nac1",
	"fail kerberos.preauth-failed@dc1",
	"fail kerberos.client-revoked@dc1 <- kerberos.preauth-failed@dc1",
	"fail kerberos.status@dc1 <- kerberos.client-revoked@dc1",
	"fail network.unreachable@dc2",
	"fail network.ping-lost@dc2 <- network.unreachable@dc2",
	"fail winrm.not-reached@dc2 <- network.unreachable@dc2",
	"fail server.status.connection-refused-0@dc2 <- winrm.not-reached@dc2",
	"fail wmi.access-denied@dc3",
	"fail server.status.access-denied@dc3 <- wmi.access-denied@dc3",
	"fail authentication.failed@test authentication svc-userid",
}

// Whatever stands first in a paste, the same is found, and each cause stands before what it
// explains.
func TestPastesInAnyOrder(t *testing.T) {
	t.Parallel()
	slices.Sort(pasted)
	sections := []string{statisticsText, stateText, logText, pingText, authenticationText, "admin@PA-440> \nsome other words\n"}
	for seed := range uint64(15) {
		random := rand.New(rand.NewPCG(seed, 7))
		random.Shuffle(len(sections), func(i, j int) { sections[i], sections[j] = sections[j], sections[i] })
		ending := []string{"\n", "\r\n"}[random.IntN(2)]
		found := results(t, strings.ReplaceAll(strings.Join(sections, ""), "\n", ending))
		got := short(found)
		slices.Sort(got)
		if !slices.Equal(got, pasted) {
			t.Fatalf("seed %d: found\n%s\nwant\n%s", seed, strings.Join(got, "\n"), strings.Join(pasted, "\n"))
		}
		told := map[check.Ref]bool{}
		for _, r := range found {
			if r.CausedBy != nil && !told[*r.CausedBy] {
				t.Errorf("seed %d: %v stands before its cause %v", seed, r.Ref(), *r.CausedBy)
			}
			told[r.Ref()] = true
		}
		unknown, _ := found[len(found)-1].Measure("unknown")
		if unknown != 2 { // "all is quiet", "some other words"
			t.Errorf("seed %d: %v lines are not understood: %+v", seed, unknown, found[len(found)-1].Evidence)
		}
		everything, err := json.Marshal(found)
		if err != nil || strings.Contains(string(everything), "Tr0ub4dor") {
			t.Errorf("seed %d: %v, or the password is in\n%s", seed, err, everything)
		}
	}
}

// What a line of the log is about: the server that it names, the only one whose status says the
// same, or nobody can tell.
func TestLinesAreAttributed(t *testing.T) {
	t.Parallel()
	const (
		head    = "Directory Servers:\nName     TYPE  Host   Vsys  Status\n"
		ticket  = "failed to get krb5 tgt ticket with error 11.\n"
		winrm   = "Connection failed. response code = 401, error: (null) in vsys 2\n"
		passive = "Group 1:\n  Mode: Active-Passive\n  Local Information:\n    State: passive (last 1 days)\n  Peer Information:\n    State: active (last 1 days)\n"
		active  = "Group 1:\n  Local Information:\n    State: active (last 1 days)\n  Peer Information:\n    State: passive (last 1 days)\n"
	)
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"no table", ticket, []string{"fail kerberos.dns-try-again@service account"}},
		{"one server", head + "dc1  AD  192.0.2.1  vsys1  Kerberos error\n" + ticket, []string{
			"fail kerberos.dns-try-again@dc1", "fail kerberos.status@dc1 <- kerberos.dns-try-again@dc1",
		}},
		{"two of one status", head + "dc1  AD  192.0.2.1  vsys1  Kerberos error\ndc2  AD  192.0.2.2  vsys1  Kerberos error\n" + ticket, []string{
			"fail kerberos.dns-try-again@service account",
			"fail kerberos.status@dc1 <- kerberos.dns-try-again@service account",
			"fail kerberos.status@dc2 <- kerberos.dns-try-again@service account",
		}},
		{"the last of two numbers explains the status", head + "dc1  AD  192.0.2.1  vsys1  Kerberos error\n" + ticket + "failed to get krb5 tgt ticket with error 16.\n", []string{
			"fail kerberos.dns-try-again@dc1", "fail kerberos.resolver-busy@dc1", "fail kerberos.status@dc1 <- kerberos.resolver-busy@dc1",
		}},
		{"over by now", head + "dc1  AD  192.0.2.1  vsys1  Connected\n" + ticket, []string{
			"warn kerberos.dns-try-again@dc1", "pass server.status.connected@dc1",
		}},
		{"the virtual system decides", head + "dc1  AD  192.0.2.1  vsys1  Connection refused\ndc2  AD  192.0.2.2  vsys2  Connection refused(401)\n" + winrm, []string{
			"fail server.status.connection-refused@dc1", "fail winrm.unauthorized@dc2", "fail server.status.connection-refused@dc2 <- winrm.unauthorized@dc2",
		}},
		{"two of one name", head + "dc1  AD  192.0.2.1  vsys1  Connected\ndc1  AD  192.0.2.2  vsys2  Connection refused\n" + winrm, []string{
			"fail winrm.unauthorized@dc1 (vsys2)", "fail server.status.connection-refused@dc1 (vsys2) <- winrm.unauthorized@dc1 (vsys2)", "pass server.status.connected@dc1 (vsys1)",
		}},
		{"by its full name", head + "dc1  AD  dc1.corp.example  vsys1  Not connected\nlog query for DC1 failed: NTSTATUS: NT code 0x80041003 - x\n", []string{
			"fail wmi.namespace-denied@dc1", "fail server.status.not-connected@dc1 <- wmi.namespace-denied@dc1",
		}},
		{"a status that nobody knows", head + "dc1  AD  192.0.2.1  vsys1  Something of tomorrow\n", []string{"warn server.status.unlisted@dc1"}},
		{"a number without a row", ticket[:len(ticket)-4] + "-1765328343.\n", []string{"fail kerberos.unlisted@service account"}},
		{"texts without a row", "response code = 0, error: Words of tomorrow in vsys 1\nresponse code = 0, error: Other words in vsys 1\n", []string{"fail winrm.unlisted@log of vsys1"}},
		{"the passive unit", passive + head + "dc1  AD  192.0.2.1  vsys1  Not connected\n", []string{
			"pass ha.passive@this unit", "pass server.status.not-connected@dc1",
		}},
		{"the active unit", active + head + "dc1  AD  192.0.2.1  vsys1  Not connected\n", []string{
			"fail server.status.not-connected@dc1", "pass ha.state@this unit",
		}},
		{"no unit", "HA not enabled\n" + head + "dc1  AD  192.0.2.1  vsys1  Not connected\n", []string{"fail server.status.not-connected@dc1"}},
		{"pinged by name and address", head + "dc1  AD  dc1.corp.example  vsys1  Connection timeout\n> ping host dc1\nPING dc1.corp.example (192.0.2.1) 56(84) bytes of data.\n4 packets transmitted, 0 received, 100% packet loss, time 1ms\n> traceroute host dc1.corp.example\ntraceroute to dc1.corp.example (192.0.2.1), 30 hops max\n 1  192.0.2.9 (192.0.2.9)  0.4 ms\n 2  * * *\n", []string{
			"fail network.ping-lost@dc1", "fail server.status.connection-timeout@dc1 <- network.ping-lost@dc1", "warn network.traceroute-stops@dc1 <- network.ping-lost@dc1",
		}},
		{"a router prohibits", "traceroute to dc1 (192.0.2.1), 30 hops max\n 1  192.0.2.9 (192.0.2.9)  0.4 ms !X\n 2  * * *\n", []string{"fail network.unreachable@dc1"}},
		{"a traceroute that was cut", "traceroute to dc1 (192.0.2.1), 30 hops max\n 1  192.0.2.9 (192.0.2.9)  0.4 ms\n", nil},
		{"a sender that works", "Proxy: nac1(vsys: vsys1)     Host: nac1(192.0.2.40)\n number of log messages : 7\n number of auth. success messages : 7\n", []string{"pass syslog.counters@nac1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := short(results(t, c.text))
			slices.Sort(got)
			slices.Sort(c.want)
			if !slices.Equal(got, c.want) {
				t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

// The story of a server is told once, spell by spell, and names the command that proves it.
func TestTimelineAndNextStep(t *testing.T) {
	t.Parallel()
	found := results(t, statisticsText+logText)
	at := slices.IndexFunc(found, func(r check.Result) bool { return r.Symptom == "kerberos.preauth-failed" })
	r := found[at]
	if want := "prove it from here: uidprobe probe kerberos --account ACCOUNT --realm REALM --kdc KDC --server dc1.corp.example"; r.Hint != want {
		t.Errorf("the next step is %q, want %q", r.Hint, want)
	}
	if seen, _ := r.Measure("seen"); seen != 2 || !strings.Contains(r.Summary, "(-1765328360), seen 2 times from 2026-03-01 10:15:30 +0900 to 2026-03-01 10:15:32 +0900") {
		t.Errorf("seen %v times: %q", seen, r.Summary)
	}
	last := r.Evidence[len(r.Evidence)-1]
	want := "2026-03-01 10:15:30 +0900 text:16, 2 times until 2026-03-01 10:15:32 +0900: the domain controller refuses the password of the service account\n" +
		"2026-03-01 10:16:00 +0900 text:19: the service account is disabled, locked out or expired"
	if last.Name != "timeline" || last.Text != want {
		t.Errorf("%s:\n%s\nwant\n%s", last.Name, last.Text, want)
	}
	if r.Evidence[0].Name != "text:16" || !strings.HasPrefix(r.Evidence[0].Text, "2026-03-01 10:15:30.123 +0900 Error:") {
		t.Errorf("evidence %+v", r.Evidence[0])
	}
}

// Nothing understood is not "nothing wrong".
func TestTextThatIsNotUnderstood(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "\n\n", "the coffee is cold\n"} {
		found := results(t, text)
		if len(found) != 1 || found[0].Check != TextCheck || found[0].Status != check.Error || !strings.Contains(found[0].Hint, "less mp-log useridd.log") {
			t.Errorf("%q: %+v", text, found)
		}
	}
	d := New(Config{KeepUnknown: 1})
	if err := d.Read(t.Context(), "a", strings.NewReader("x\ny\n\n"+logText)); err != nil {
		t.Fatal(err)
	}
	if want := (Counts{Lines: 9, Understood: 6, Unknown: 3}); d.Counts() != want {
		t.Errorf("counts %+v, want %+v", d.Counts(), want)
	}
	if got := d.Unknown(); len(got) != 1 || got[0].String() != "a:1: x" {
		t.Errorf("unknown lines %v", got)
	}
}

// What is remembered has a bound, and what was passed over is said.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range maxSeen + 7 {
		fmt.Fprintf(&b, "log query for dc%d failed: NTSTATUS: NT_STATUS_ACCESS_DENIED - x\n", i)
	}
	for range 3 * maxSpells {
		b.WriteString("failed to get krb5 tgt ticket with error 11.\nfailed to get krb5 tgt ticket with error 16.\n")
	}
	d := New(Config{})
	if err := d.Read(t.Context(), "a", strings.NewReader("failed to get krb5 tgt ticket with error 11.\nfailed to get krb5 tgt ticket with error 16.\n"+b.String())); err != nil {
		t.Fatal(err)
	}
	found := d.Results()
	if len(found) != maxSeen+1 {
		t.Errorf("%d results, want %d", len(found), maxSeen+1)
	}
	last := found[len(found)-1]
	if last.Status != check.Warn || !strings.Contains(last.Summary, "9 sights were passed over") {
		t.Errorf("%v: %s", last.Status, last.Summary)
	}
	first := found[0]
	if seen, _ := first.Measure("seen"); first.Symptom != "kerberos.dns-try-again" || seen != 3*maxSpells+1 {
		t.Errorf("%s was seen %v times", first.Symptom, seen)
	}
	if timeline := first.Evidence[len(first.Evidence)-1].Text; !strings.HasSuffix(timeline, fmt.Sprintf("and %d more", 2*(3*maxSpells+1)-maxTimeline)) {
		t.Errorf("the timeline ends with %q", timeline[len(timeline)-40:])
	}
}

// A context that ends stops the reading, and what was read until then counts.
func TestReadingEndsWithTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	d := New(Config{Seen: func(check.Result) { cancel(errors.New("enough")) }})
	err := d.Read(ctx, "a", strings.NewReader(strings.Repeat("failed to get krb5 tgt ticket with error 11.\n", 100)))
	if err == nil || err.Error() != "enough" {
		t.Errorf("the error is %v", err)
	}
	if got := short(d.Results()); !slices.Equal(got, []string{"fail kerberos.dns-try-again@service account"}) || d.Counts().Lines != 1 {
		t.Errorf("found %q in %d lines", got, d.Counts().Lines)
	}
}

// Whatever it reads, no line is lost, no result stands twice, every cause is a result before
// its effect.
func FuzzText(f *testing.F) {
	for _, s := range symptom.All() {
		f.Add(s.Golden())
	}
	for _, text := range []string{statisticsText, stateText, logText, pingText, authenticationText, "\xff\xfea\x00", "\x1f\x8b", "Proxy: a(vsys: b) Host: c(d)\n:\n", "PING \n>", "\x1b]0;"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d := New(Config{KeepUnknown: 10, MaxLine: 1000})
		_ = d.Read(t.Context(), "text", strings.NewReader(text))
		if c := d.Counts(); c.Lines != c.Understood+c.Unknown {
			t.Errorf("%+v", c)
		}
		told := map[check.Ref]bool{}
		for _, r := range d.Results() {
			if told[r.Ref()] {
				t.Errorf("%v stands twice", r.Ref())
			}
			if r.CausedBy != nil && !told[*r.CausedBy] {
				t.Errorf("%v stands before its cause %v", r.Ref(), r.CausedBy)
			}
			if r.Summary == "" || r.Title.JA == "" || r.Status != check.Pass && r.Hint == "" {
				t.Errorf("%+v", r)
			}
			told[r.Ref()] = true
		}
	})
}
