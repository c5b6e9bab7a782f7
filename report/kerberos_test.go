package report

import (
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
)

const (
	theAccount = "svc-userid@CORP.EXAMPLE"
	theKDC     = "dc1.corp.example:88"
	theDoor    = "dc1.corp.example:88 (192.0.2.10)"
)

// tickets is a run of probe kerberos in which all is well.
func tickets() (results []check.Result) {
	for _, q := range []struct {
		target string
		question
	}{
		{theAccount, question{"kerberos.names", lang.Text{EN: "Kerberos takes the names", JA: "名前が Kerberos で使える"}, "RFC 4120 section 6.1"}},
		{theKDC, question{"kerberos.dns", lang.Text{EN: "DNS knows the KDC", JA: "DNS で KDC を解決できる"}, "RFC 1035"}},
		{theDoor, question{"kerberos.port", lang.Text{EN: "the KDC answers over UDP and over TCP", JA: "KDC が UDP と TCP の両方に応答する"}, "RFC 4120 section 7.2"}},
		{theAccount, question{"kerberos.account", lang.Text{EN: "the KDC knows the account", JA: "KDC にアカウントがある"}, "RFC 4120 section 3.1"}},
		{theAccount, question{"kerberos.clock", lang.Text{EN: "the clocks are less than five minutes apart", JA: "時刻の差が 5 分未満である"}, "RFC 4120 section 3.1.3"}},
		{theAccount, question{"kerberos.ticket", lang.Text{EN: "the account gets its ticket", JA: "アカウントのチケットを取得できる"}, "RFC 4120 section 3.1"}},
		{"dc1.corp.example", question{"kerberos.service", lang.Text{EN: "the service has a ticket", JA: "サービスのチケットを取得できる"}, "RFC 4120 section 3.3"}},
		{theAccount, question{"kerberos.replicas", lang.Text{EN: "all KDCs say the same", JA: "すべての KDC の応答が一致する"}, "RFC 4120"}},
	} {
		results = append(results, passes(q.target, []question{q.question})...)
	}
	return results
}

// refusedPassword is the same run with a password that is not the account's.
func refusedPassword() []check.Result {
	results := tickets()
	r := &results[5]
	r.Status, r.Symptom = check.Fail, "kerberos.preauth-failed"
	r.Summary = theAccount + ": dc1.corp.example:88 (192.0.2.10) refuses the password: KDC_ERR_PREAUTH_FAILED (24)"
	r.Hint = "correct the password, and run again; it is not sent again until it changes, or with --retry-refused-password"
	r.Evidence = []check.Evidence{
		{Name: "KRB-ERROR", Text: "error-code 24 KDC_ERR_PREAUTH_FAILED, crealm CORP.EXAMPLE, cname svc-userid"},
		{Name: "the firewall would log", Text: "krb5_get_init_creds_password: -1765328360"},
	}
	cause := r.Ref()
	for _, i := range []int{6, 7} {
		skip(&results[i], check.NeedNotMet, "not asked: "+cause.String()+" did not pass", &cause)
	}
	return results
}

// lowerCase is the run with a warning that may turn into a symptom.
func lowerCase() []check.Result {
	results := tickets()
	r := &results[0]
	r.Status, r.Symptom = check.Warn, "kerberos.reply-modified"
	r.Summary = `Domain's DNS Name "corp.example" is not in upper case`
	r.Hint = "enter it as CORP.EXAMPLE"
	return results
}

func TestKerberosGolden(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		results []check.Result
		o       TextOptions
	}{
		{"tickets", tickets(), TextOptions{}},
		{"lower-case", lowerCase(), TextOptions{}},
		{"refused-password", refusedPassword(), TextOptions{}},
		{"refused-password-ja", refusedPassword(), TextOptions{Language: lang.Japanese}},
		{"refused-password-narrow", refusedPassword(), TextOptions{Width: 50}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			out := text(t, row.results, row.o)
			golden(t, row.name+".txt", []byte(out))
			width := max(row.o.Width, 50)
			if row.o.Width == 0 {
				width = defaultWidth
			}
			for line := range strings.Lines(out) {
				if n := stringWidth(strings.TrimSuffix(line, "\n")); n > width {
					t.Errorf("%d columns, want at most %d: %s", n, width, line)
				}
			}
		})
	}
}

// TestAddressesStandWithTheirTarget: what is well is one line, what is not has its own.
func TestAddressesStandWithTheirTarget(t *testing.T) {
	t.Parallel()
	port := func(target string, s check.Status) check.Result {
		return check.Result{Check: "kerberos.port", Target: target, Status: s, Summary: "summary"}
	}
	results := []check.Result{
		{Check: "kerberos.dns", Target: "dc1:88", Status: check.Pass},
		port("dc1:88 (192.0.2.10)", check.Pass), port("dc1:88 (2001:db8::10)", check.Pass),
		{Check: "kerberos.dns", Target: "dc1:8888", Status: check.Pass},
	}
	const both = "✓ PASS  dc1:88 (192.0.2.10, 2001:db8::10)  3 pass\n✓ PASS  dc1:8888  1 pass\n"
	if out := text(t, results, TextOptions{}); !strings.Contains(out, both) {
		t.Errorf("got\n%s\nwant in it\n%s", out, both)
	}
	if out := text(t, results, TextOptions{Verbose: true}); strings.Count(out, "kerberos.port") != 2 {
		t.Errorf("not every check is shown where all were asked for:\n%s", out)
	}
	results[2].Status = check.Fail
	out := text(t, results, TextOptions{})
	for _, want := range []string{"✓ PASS  dc1:88  1 pass\n", "✓ PASS  dc1:88 (192.0.2.10)  1 pass\n", "✗ FAIL  dc1:88 (2001:db8::10)  1 fail\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("got\n%s\nwant in it\n%s", out, want)
		}
	}
}

// TestLogLine: the line that the firewall logs is shown once, be it as evidence or from the table.
func TestLogLine(t *testing.T) {
	t.Parallel()
	results := refusedPassword()
	out := text(t, results, TextOptions{Width: 200})
	const line = "failed to get krb5 tgt ticket with error -1765328360."
	if n := strings.Count(out, line); n != 1 || !strings.Contains(out, "log line  ") {
		t.Errorf("the log line is there %d times, want once, beside its label, in\n%s", n, out)
	}
	s, ok := newPage(TextOptions{}).find("kerberos.preauth-failed")
	if !ok {
		t.Fatal("no symptom kerberos.preauth-failed")
	}
	results[5].Evidence[1].Text = s.Golden()
	out = text(t, results, TextOptions{Width: 200})
	if n := strings.Count(out, line); n != 1 || strings.Contains(out, "log line  ") {
		t.Errorf("the log line is there %d times, want once, among the evidence, in\n%s", n, out)
	}
}

// TestAWarningExplainsNoSymptom: it is not there, and what is shows later is explained.
func TestAWarningExplainsNoSymptom(t *testing.T) {
	t.Parallel()
	results := lowerCase()
	out := text(t, results, TextOptions{Width: 200})
	if !strings.Contains(out, "the firewall may show: ") || strings.Contains(out, "causes") {
		t.Errorf("a warning explains what the firewall does not show:\n%s", out)
	}
	results[5].Status, results[5].Symptom = check.Fail, results[0].Symptom
	out = text(t, results, TextOptions{Width: 200})
	if n := strings.Count(out, "causes"); n != 1 || strings.Contains(out, "explained above") {
		t.Errorf("the failure explains its symptom %d times, want once:\n%s", n, out)
	}
}

// TestTrace: who asked for tickets has left them in a log; who did not is not told so.
func TestTrace(t *testing.T) {
	t.Parallel()
	left := func(results []check.Result) bool {
		return strings.Contains(text(t, results, TextOptions{Width: 1000}), "4768")
	}
	none := tickets()
	for _, i := range []int{5, 6} {
		skip(&none[i], check.Chosen, "no password was given", nil)
	}
	for name, row := range map[string]struct {
		results []check.Result
		want    bool
	}{
		"got": {tickets(), true}, "refused by the KDC": {refusedPassword(), true}, "left out": {none, false}, "syslog alone": {allWell(), false},
	} {
		if got := left(row.results); got != row.want {
			t.Errorf("%s: the report tells of tickets in a log: %v, want %v", name, got, row.want)
		}
	}
}
