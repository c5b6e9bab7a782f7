package report

import (
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
)

// start is when the runs of these tests began.
var start = time.Date(2024, 2, 8, 2, 0, 0, 0, time.UTC)

// question is a check that the results of these tests answer.
type question struct {
	id     string
	title  lang.Text
	source string
}

var (
	firewallQuestions = []question{
		{"firewall.api", lang.Text{EN: "the API accepts the key", JA: "API がキーを受け付ける"}, "PAN-OS XML API error codes"},
		{"listener.service", lang.Text{EN: "the listener services are enabled", JA: "リスナー サービスが有効になっている"}, "KB kA14u0000008X3mCAE"},
	}
	senderQuestions = []question{
		{"listener.reach", lang.Text{EN: "the listener takes messages from this host", JA: "リスナーがこのホストのメッセージを受け付ける"}, "KB kA14u0000008X3mCAE"},
		{"delivery.sent", lang.Text{EN: "the test messages were sent", JA: "試験メッセージを送信した"}, "web help 11.1"},
		{"delivery.received", lang.Text{EN: "the firewall received every message", JA: "ファイアウォールがすべてのメッセージを受信した"}, "KB kA14u0000008X3mCAE: number of log messages"},
		{"delivery.authenticated", lang.Text{EN: "every message received matched a login profile", JA: "受信した各メッセージが login プロファイルに一致した"}, "KB kA14u0000008X3mCAE: number of auth. success messages"},
		{"delivery.mapped", lang.Text{EN: "every message matched became its mapping", JA: "一致した各メッセージがマッピングになった"}, "show user ip-user-mapping"},
		{"delivery.logged-out", lang.Text{EN: "the test mappings were logged out again", JA: "試験マッピングをログアウトで削除した"}, "web help 11.1"},
	}
)

// passes are good answers of a target, one after another.
func passes(target string, questions []question) (results []check.Result) {
	for i, q := range questions {
		results = append(results, check.Result{
			Check: q.id, Title: q.title, Source: q.source, Target: target, Status: check.Pass,
			Summary: "all well", Started: start.Add(time.Duration(i) * 500 * time.Millisecond), Took: 400 * time.Millisecond,
		})
	}
	return results
}

func messages(name string, n float64) check.Measure {
	return check.Measure{Name: name, Value: n, Unit: "messages"}
}

// delivered are the answers of a sender whose messages all went their way.
func delivered(target string) []check.Result {
	results := passes(target, senderQuestions)
	for i, name := range []string{"sent", "received", "authenticated", "mapped", "logged-out"} {
		results[i+1].Summary = "all 12"
		results[i+1].Measures = []check.Measure{messages(name, 12)}
	}
	results[4].Measures = append(results[4].Measures,
		check.Measure{Name: "latency-min", Value: 0.021, Unit: "seconds"},
		check.Measure{Name: "latency-median", Value: 0.035, Unit: "seconds"},
		check.Measure{Name: "latency-max", Value: 0.080, Unit: "seconds"})
	return results
}

// allWell is a run in which all is well, over both transports.
func allWell() []check.Result {
	results := passes("fw1", firewallQuestions)
	results = append(results, delivered("fw1/lab-ssl")...)
	return append(results, delivered("fw1/lab-udp")...)
}

// skip makes a result one that was not asked because of another.
func skip(r *check.Result, reason check.SkipReason, summary string, cause *check.Ref) {
	r.Status, r.Skipped, r.Summary, r.CausedBy = check.Skip, reason, summary, cause
	r.Started, r.Took, r.Measures = time.Time{}, 0, nil
}

const counterTable = `Proxy: lab-udp(vsys: vsys1)     Host: lab-udp(192.0.2.10)
  number of log messages                            : 12
  number of auth. success messages                  : 0
`

// unmatched is a run in which no message of one sender matched a profile.
func unmatched() []check.Result {
	results := allWell()
	sender := results[len(results)-6:]
	r := &sender[3]
	r.Status = check.Fail
	r.Summary = "fw1/lab-udp: 0 of 12 messages received matched a login profile: cisco-ise-login 12 of 12 missing"
	r.Hint = "they match here, so the firewall differs from the site file: the profile is not attached to the entry, attached as logout, another text, or not committed"
	r.Symptom = "syslog.counters.no-auth-success"
	r.Measures = []check.Measure{messages("authenticated", 0)}
	r.Evidence = []check.Evidence{
		{Name: "show user server-monitor state", Text: counterTable},
		{Name: "message", Text: "<182>Feb  8 02:00:01 nac1 CISE_RADIUS_Accounting 0000000001 1 0 NOTICE Radius-Accounting: RADIUS Accounting start request, User-Name=uidprobe-0001, Framed-IP-Address=198.51.100.1, NAS-IP-Address=192.0.2.20"},
	}
	cause := r.Ref()
	skip(&sender[4], check.NeedNotMet, "0 of 12 messages became mappings", &cause)
	sender[4].Measures = []check.Measure{messages("mapped", 0)}
	skip(&sender[5], check.NeedNotMet, "there is no mapping to log out", &cause)
	return results
}

// unreachable is a run in which the firewall does not answer, which explains all the rest.
func unreachable() []check.Result {
	results := allWell()
	r := &results[0]
	r.Status = check.Error
	r.Summary = "https://192.0.2.1/api/: no answer within 5s (clock of the attempt)"
	r.Hint = "see that this host may reach the management interface: curl -k https://192.0.2.1/"
	cause := r.Ref()
	for i := range results[1:] {
		skip(&results[1+i], check.NeedNotMet, "not asked: firewall.api@fw1 did not pass", &cause)
	}
	return results
}

// lossy is a run that lost messages twice, with a warning, a refusal and something left out.
func lossy() []check.Result {
	results := allWell()
	ssl, udp := results[2:8], results[8:]
	ssl[0].Status = check.Warn
	ssl[0].Summary = "fw1/lab-ssl: the certificate ends in 6 days, on 2024-02-14"
	ssl[0].Hint = "renew the certificate of the Syslog Service Profile, then commit"
	skip(&ssl[5], check.Inapplicable, "no profile is attached as a logout: 12 mappings stay until they time out", nil)
	udp[2].Status = check.Fail
	udp[2].Summary = "fw1/lab-udp: 8 of 12 messages received: 4 lost before the firewall counted them"
	udp[2].Hint = "UDP loses silently: send over SSL (TCP 6514), or slower"
	udp[2].Measures[0].Value = 8
	udp[3].Measures[0].Value = 8
	udp[4].Measures[0].Value = 8
	cause := udp[2].Ref()
	udp[5].Status, udp[5].CausedBy = check.Fail, &cause
	udp[5].Summary = "fw1/lab-udp: 2 of 8 mappings are still there: 198.51.100.3, 198.51.100.6"
	udp[5].Hint = "until they time out, remove them with: clear user-cache ip ADDRESS"
	udp[5].Measures[0].Value = 6
	return results
}

// interrupted is a run that was ended in its middle.
func interrupted() []check.Result {
	results := allWell()
	for i := range results {
		if i >= 5 && i < 8 || i >= 10 {
			skip(&results[i], check.Interrupted, "not asked: interrupted", nil)
		}
	}
	return results
}

// odd is a run in which nothing is as it should be: refused, broken, twice, left out.
func odd() []check.Result {
	results := allWell()
	r := &results[4]
	r.Status, r.Skipped = check.Skip, check.Refused
	r.Summary = `refused: 198.51.100.1 is mapped to "corp\\alice" (GP), who is not a test user`
	r.Hint = "set test.addresses in the site file to addresses that nobody has"
	cause := r.Ref()
	skip(&results[5], check.NeedNotMet, "not asked: "+cause.String()+" did not pass", &cause)
	results[6].Status, results[6].Internal = check.Error, true
	results[6].Summary, results[6].Hint = "the check broke: index out of range", "this is a defect of uidprobe: please report it with the evidence"
	results[6].Evidence = []check.Evidence{{Name: "stack", Text: "goroutine 7 [running]:\nmain.main()"}}
	skip(&results[9], check.Chosen, "left out by --only", nil)
	skip(&results[10], check.Chosen, "left out by --only", nil)
	skip(&results[11], check.OutOfTime, "not asked: the run ended after 10m0s", nil)
	twice := results[8]
	twice.Status, twice.Internal, twice.Summary = check.Error, true, "listener.reach@fw1/lab-udp is in the plan twice"
	return append(results, twice)
}
