package probe

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/wire/kerberos"
	"github.com/uidprobe/uidprobe/wire/wsman"
)

const (
	symptomUnauthorized = "winrm.unauthorized"
	schemeBasic         = "Basic"
)

// noScheme is the name of no scheme: a server that does not know it says which it knows.
const noScheme = "None"

// askSchemes posts nothing, without a log-in: which schemes are there, who answers, and how late it is there.
func (d *winrmDoor) askSchemes(ctx context.Context) check.Result {
	a, began, err := d.askBare(ctx, "")
	mute := timedOut(err)
	if mute {
		// OMI waits with its answer until a client has chosen. It is asked once more, with a choice that nobody knows.
		d.choice = noScheme
		a, began, err = d.askBare(ctx, d.choice)
	}
	if err != nil {
		r := d.failure(err)
		var failed *wsman.TransportError
		if errors.As(err, &failed) && failed.Phase == wsman.Handshake && d.unshaken {
			r.CausedBy = &check.Ref{Check: idWinRMCertificate, Target: d.target}
		}
		return r
	}
	d.offered = a.Challenges()
	r := d.judgeSchemes(a, began)
	if mute && r.Status == check.Pass {
		r.Status = check.Warn
		r.Summary += "; it gives no answer at all to a request without Authorization, as no Windows does"
		r.Hint = "see what listens there: Get-Process -Id (Get-NetTCPConnection -LocalPort " + fmt.Sprint(d.address.Port()) + ").OwningProcess"
	}
	return r
}

// askBare is one request of a connection of its own, with an Authorization that logs nobody in.
func (d *winrmDoor) askBare(ctx context.Context, authorization string) (a *wsman.Answer, middle time.Time, err error) {
	attempt, cancel := check.Attempt(ctx)
	defer cancel()
	conn, err := d.connect(attempt, false)
	if err != nil {
		return nil, middle, err
	}
	defer conn.Close()
	began := d.config.now()
	a, err = conn.Ask(attempt, authorization)
	return a, began.Add(d.config.now().Sub(began) / 2), err
}

// timedOut says whether nothing came until the end of an attempt.
func timedOut(err error) bool {
	var failed *wsman.TransportError
	var clock check.TimeoutError
	return errors.As(err, &failed) && failed.Phase == wsman.Wait && errors.As(err, &clock) && clock.Clock == "attempt"
}

func (d *winrmDoor) judgeSchemes(a *wsman.Answer, asked time.Time) check.Result {
	seen := d.answerEvidence(a)
	if a.Status != http.StatusUnauthorized {
		r := d.otherStatus(a)
		r.Evidence = append(seen, r.Evidence...)
		return r
	}
	list := d.judgeOffer()
	if date := a.Date(); date.IsZero() {
		seen = append(seen, check.Evidence{Name: "information", Text: "it does not tell its time"})
	} else {
		// A Date has whole seconds: on average it is half a second older than it says.
		d.date, d.dated = date.Add(time.Second/2).Sub(asked), true
	}
	late, common := d.judgeDate()
	list = append(list, late...)
	r := list.result(fmt.Sprintf("%s offers %s", a.Header.Get("Server"), strings.Join(d.offered.Schemes(), ", ")))
	if a.Header.Get("Server") == "" {
		r.Summary = strings.TrimSpace(r.Summary)
	}
	r.Evidence = seen
	if d.dated {
		r.Measures = []check.Measure{{Name: "clock", Value: d.date.Seconds(), Unit: "seconds"}}
	}
	if r.Symptom != "" {
		firewallShows(&r, r.Symptom)
	}
	if common && len(list) == len(late) {
		r.CausedBy = &check.Ref{Check: idClock, Target: d.monitored.target}
	}
	return r
}

// answerEvidence is what an answer says of who gave it.
func (d *winrmDoor) answerEvidence(a *wsman.Answer) []check.Evidence {
	list := []check.Evidence{{Name: "answer", Text: strings.TrimSpace(fmt.Sprintf("%d %s", a.Status, clean(a.Reason)))}}
	for _, name := range []string{"Server", "Date", "Via", "Location", "Content-Type"} {
		if value := a.Header.Get(name); value != "" {
			list = append(list, check.Evidence{Name: name, Text: clean(value)})
		}
	}
	for _, c := range a.Challenges() {
		text := clean(c.Scheme)
		if c.Realm != "" {
			text += fmt.Sprintf(" realm=%q", clean(c.Realm))
		}
		list = append(list, check.Evidence{Name: "WWW-Authenticate", Text: text})
	}
	if len(a.Lengths) > 1 {
		list = append(list, check.Evidence{Name: "information", Text: fmt.Sprintf("it has several lengths (%v): many clients refuse such an answer", a.Lengths)})
	}
	return list
}

// maxForeign is how much is shown of what a server wrote, in bytes.
const maxForeign = 200

// clean makes foreign text fit for a line of a report.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
	if len(s) > maxForeign {
		s = strings.ToValidUTF8(s[:maxForeign], "") + "…"
	}
	return s
}

const authHint = `on the server: winrm get winrm/config/service/auth must say %s = true; where it does not: winrm set winrm/config/service/auth @{%[1]s="true"}`

// judgeOffer looks for the scheme that the firewall needs, and at what else is offered.
func (d *winrmDoor) judgeOffer() (list findings) {
	negotiate, krb, basic := d.offered.Has("Negotiate"), d.offered.Has("Kerberos"), d.offered.Has(schemeBasic)
	names := strings.Join(d.offered.Schemes(), ", ")
	if names == "" {
		names = "no scheme"
	}
	switch {
	case d.server.overBasic() && !basic:
		list = append(list, finding{check.Fail, fmt.Sprintf("%s offers %s, and not Basic: the firewall, which has no Kerberos Server Profile, can use nothing else", d.target, clean(names)),
			fmt.Sprintf(authHint, schemeBasic) + "; better, give the Server Monitor Account a Kerberos Server Profile (Device > User Identification > User Mapping > Server Monitor Account)", symptomUnauthorized})
	case d.server.overBasic():
	case !negotiate && !krb:
		list = append(list, finding{check.Fail, fmt.Sprintf("%s offers %s, and neither Negotiate nor Kerberos: the firewall cannot log in with its ticket", d.target, clean(names)),
			fmt.Sprintf(authHint, "Kerberos") + "; the same for Negotiate", symptomUnauthorized})
	case !negotiate:
		d.scheme, d.doubtful = wsman.Kerberos, true
		list = append(list, finding{check.Warn, fmt.Sprintf("%s offers Kerberos, and not Negotiate, which is what libcurl speaks (inferred)", d.target), fmt.Sprintf(authHint, "Negotiate"), ""})
	case !krb:
		d.doubtful = true
		list = append(list, finding{check.Warn, fmt.Sprintf("%s offers Negotiate, and not Kerberos: it is switched off in the service", d.target), fmt.Sprintf(authHint, "Kerberos"), ""})
	}
	if d.tls == nil && basic {
		d.bare = true
		list = append(list, finding{check.Warn, fmt.Sprintf("%s offers Basic over HTTP: passwords may go over the network in the clear, and so may what is read", d.target),
			`on the server: winrm get winrm/config/service; then winrm set winrm/config/service @{AllowUnencrypted="false"}: the firewall seals what it sends over HTTP, and never needs it`, ""})
	}
	return list
}

// judgeDate compares the server's clock with that of the KDCs, or else with this host's. common says that kerberos.clock
// has found the same: one of the two clocks is as far from that of a third.
func (d *winrmDoor) judgeDate() (list findings, common bool) {
	if !d.dated {
		return nil, false
	}
	ahead, known := d.kdcAhead()
	apart := d.date - ahead
	switch {
	case known && d.server.overKerberos() && apart.Abs() >= kerberos.MaxSkew:
		return findings{{check.Fail, fmt.Sprintf("the clock of %s is %s that of the KDC: at most %v are allowed, and every ticket is refused", d.target, aheadOf(apart), kerberos.MaxSkew),
			"on the server: w32tm /query /status, and on the domain controller as well; let them have one time source, then w32tm /resync", symptomUnauthorized}}, d.date.Abs() < kerberos.MaxSkew
	case d.date.Abs() < kerberos.MaxSkew:
		return nil, false
	}
	return findings{{check.Warn, fmt.Sprintf("the clock of %s is %s this host: one of the two is wrong", d.target, aheadOf(d.date)),
		"compare both with a third clock, and with show clock on the firewall; on the server: w32tm /query /status", ""}}, known && apart.Abs() < kerberos.MaxSkew
}

// kdcAhead is how far the clock of the KDC that gave the ticket, or else of any, is ahead of this host's.
func (s *monitored) kdcAhead() (time.Duration, bool) {
	if s.ticket != nil {
		return s.ticket.from.ahead()
	}
	for _, d := range s.doors() {
		if ahead, ok := d.ahead(); ok {
			return ahead, true
		}
	}
	return 0, false
}
