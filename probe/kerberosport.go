package probe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/wire/kerberos"
)

const (
	symptomUnreachable = "kerberos.kdc-unreachable"
	symptomUnavailable = "kerberos.unavailable"
)

// slowKDC is the time above which an answer warns: MIT krb5 sends to the next KDC after about a
// second without an answer (recalled; that PAN-OS does the same is inferred).
const slowKDC = time.Second

func (s *monitored) portCheck(d *door) check.Check {
	return check.Check{
		ID:     idPort,
		Title:  lang.Text{EN: "the KDC answers over UDP and over TCP", JA: "KDC が UDP と TCP の両方に応答する"},
		Source: "RFC 4120 section 7.2",
		Target: d.target,
		Run:    func(ctx context.Context) check.Result { return s.askPort(ctx, d) },
	}
}

// askPort asks over both transports side by side, each its own attempt.
func (s *monitored) askPort(ctx context.Context, d *door) check.Result {
	var both sync.WaitGroup
	both.Go(func() { d.udp = s.ask(ctx, d, "udp") })
	both.Go(func() { d.tcp = s.ask(ctx, d, "tcp") })
	both.Wait()
	if ctx.Err() != nil {
		d.shut = true
		return check.Result{Status: check.Error, Summary: fmt.Sprintf("%s: %v", d.target, context.Cause(ctx)), Hint: "raise clocks.check in the site file"}
	}
	r := judgePort(d)
	d.shut = r.Status == check.Fail
	return r
}

// judgePort says what the two answers amount to.
func judgePort(d *door) check.Result {
	r := check.Result{Status: check.Pass, Summary: "answers over UDP and over TCP", Evidence: d.evidence()}
	for _, v := range d.voices() {
		if v.spoke() {
			r.Measures = append(r.Measures, check.Measure{Name: "answer-" + v.network, Value: v.took.Seconds(), Unit: "seconds"})
		}
	}
	switch {
	case !d.udp.spoke() && !d.tcp.spoke():
		return d.mute(r)
	case !d.udp.spoke() || !d.tcp.spoke():
		return d.half(r)
	case d.unavailable() != nil:
		r.Status, r.Symptom = check.Fail, symptomUnavailable
		r.Summary = d.unavailable().Error()
		r.Hint = "on the domain controller: see that the services Kerberos Key Distribution Center, Active Directory Domain Services and DNS are started, and the log Directory Service"
	case max(d.udp.took, d.tcp.took) > slowKDC:
		r.Status = check.Warn
		r.Summary = fmt.Sprintf("%s answers after %v over UDP and %v over TCP: a firewall may have turned to the next KDC by then", d.target, d.udp.took.Round(time.Millisecond), d.tcp.took.Round(time.Millisecond))
		r.Hint = "see the load of the domain controller and the way to it; put a nearer one first in the Kerberos Server Profile (Device > Server Profiles > Kerberos)"
	}
	return r
}

func (d *door) voices() []voice { return []voice{d.udp, d.tcp} }

// evidence is what came over each transport, in a word and as it was said.
func (d *door) evidence() (list []check.Evidence) {
	for _, v := range d.voices() {
		text := "pre-authentication required"
		switch {
		case v.err != nil:
			text = v.err.Error()
		case v.answer.Reply != nil:
			text = "a ticket, without pre-authentication"
		}
		list = append(list, check.Evidence{Name: v.network + ": " + string(silenceOf(v)), Text: text})
	}
	return list
}

// mute is the result where nothing that is Kerberos came back.
func (d *door) mute(r check.Result) check.Result {
	udp, tcp := silenceOf(d.udp), silenceOf(d.tcp)
	r.Status = check.Fail
	r.Summary = fmt.Sprintf("%s: %v over UDP, %v over TCP", d.target, udp, tcp)
	r.Hint = tcp.hint()
	if udp != kdcGarbles && tcp != kdcGarbles { // what MIT krb5 makes of garbage is another number, or none
		r.Symptom = symptomUnreachable
	}
	return r
}

// half is the result where one transport alone answers.
func (d *door) half(r check.Result) check.Result {
	r.Status = check.Fail
	bad, good := d.udp, d.tcp
	effect := "a firewall that asks over UDP first gets each ticket late, or none"
	if d.udp.spoke() {
		bad, good = d.tcp, d.udp
		effect = "a ticket that is too big for a datagram, as with many groups, is never got"
	}
	kind := silenceOf(bad)
	r.Summary = fmt.Sprintf("%s answers over %s; over %s: %v: %s", d.target, upperNetwork(good), upperNetwork(bad), kind, effect)
	r.Hint = kind.hint()
	return r
}

func upperNetwork(v voice) string {
	if v.network == "udp" {
		return "UDP"
	}
	return "TCP"
}

// unavailable is the answer of a KDC that lacks a service it needs: MIT krb5 turns to the next one.
func (d *door) unavailable() *kerberos.KDCError {
	for _, v := range d.voices() {
		if e := v.refusal(); e != nil && e.Code == kerberos.ErrUnavailable {
			return e
		}
	}
	return nil
}

// silence is the way in which an address did not answer, in a few words.
type silence string

const (
	kdcAnswers   silence = "answered"
	kdcSilent    silence = "no answer"
	kdcClosed    silence = "refused or not reached"
	kdcCutsShort silence = "an answer that is cut short"
	kdcOverflows silence = "an answer of an impossible length"
	kdcGarbles   silence = "an answer that is not Kerberos"
)

func silenceOf(v voice) silence {
	var e *kerberos.ClientError
	var network *net.OpError
	switch {
	case v.spoke() || !errors.As(v.err, &e):
		return kdcAnswers
	case e.Failure == kerberos.Unreadable:
		return kdcGarbles
	case errors.Is(e.Err, io.EOF) || errors.Is(e.Err, io.ErrUnexpectedEOF):
		return kdcCutsShort
	case errors.As(e.Err, &network) && network.Op == "read" && v.network == "tcp" && !network.Timeout():
		return kdcCutsShort // by a reset
	case e.Err == nil:
		return kdcOverflows // it was announced, and not read
	case errors.Is(e.Err, context.DeadlineExceeded):
		return kdcSilent
	case errors.As(e.Err, &network):
		return kdcClosed
	}
	return kdcSilent
}

func (s silence) hint() string {
	switch s {
	case kdcSilent:
		return "see that port 88, UDP and TCP, is let through on the way to the domain controller and by its own firewall, from this host and from the firewall's source address (Device > Setup > Services > Service Route)"
	case kdcClosed:
		return "see that the address and the port in the Kerberos Server Profile (Device > Server Profiles > Kerberos) are those of a domain controller, and that its service Kerberos Key Distribution Center is started"
	}
	return "see what listens there: another service on port 88, or something on the way that changes or cuts Kerberos, such as an inspecting firewall; the Kerberos Server Profile (Device > Server Profiles > Kerberos) names it"
}
