package probe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/uidprobe/uidprobe/certs"
	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/sender"
)

// listenerChecks ask whether the firewall's listener takes what this sender sends. before
// are the deliveries of the same firewall whose checks come earlier.
func (d *delivery) listenerChecks(before []*delivery) []check.Check {
	var earlier []check.Ref
	for _, other := range before {
		earlier = append(earlier, check.Ref{Check: "listener.reach", Target: other.target})
	}
	checks := []check.Check{
		{
			ID:     "listener.sender",
			Title:  lang.Text{EN: "the firewall has a server-monitor entry for this sender", JA: "この送信元のサーバー モニター エントリがある"},
			Source: "KB kA14u0000008X3mCAE: show user server-monitor state",
			Target: d.target,
			Needs:  []check.Ref{{Check: "listener.service", Target: d.firewall.config.Name}},
			Run:    d.askEntry,
		},
		{
			ID:     "listener.idle",
			Title:  lang.Text{EN: "the sender's counters stand still before the test", JA: "試験前に送信元のカウンターが変化しない"},
			Source: "uidprobe: counters are shared by all that sends from one address",
			Target: d.target,
			Needs:  []check.Ref{{Check: "listener.sender"}},
			Run:    d.askIdle,
		},
		{
			ID:     "listener.reach",
			Title:  lang.Text{EN: "the listener takes what this host sends", JA: "リスナーがこのホストからの送信を受け付ける"},
			Source: "KB kA14u0000008X3mCAE: number of log messages",
			Target: d.target,
			Needs:  []check.Ref{{Check: "listener.sender"}},
			After:  append([]check.Ref{{Check: "listener.idle"}}, earlier...),
			Run:    d.askReach,
		},
	}
	if d.firewall.config.Paste != nil {
		for i := range checks {
			if id := checks[i].ID; id == "listener.idle" || id == "listener.reach" && d.config.Connection() == panos.UDP {
				checks[i].Skip = &check.Skipped{Reason: check.Inapplicable, Why: "counters that are pasted are not watched"}
			}
		}
	}
	if d.config.Connection() == panos.SSL {
		checks = append(checks, check.Check{
			ID:     "listener.certificate",
			Title:  lang.Text{EN: "the listener's certificate is one a sender can trust", JA: "リスナーの証明書が送信元に信頼される"},
			Source: "RFC 5425 section 5.1; RFC 5280 section 6; RFC 9525",
			Target: d.target,
			Needs:  []check.Ref{{Check: "listener.reach"}},
			Run:    d.judgeCertificate,
		})
	}
	return checks
}

// askEntry looks for the entry and for its address.
func (d *delivery) askEntry(ctx context.Context) check.Result {
	state, seen, err := d.firewall.oracle.state(ctx)
	if err != nil {
		return apiFailure(err, seen)
	}
	entry, ok := findSender(state, d.config.Name)
	if !ok {
		return check.Result{
			Status:   check.Fail,
			Summary:  fmt.Sprintf("%s has no syslog sender %q; it has %s", d.firewall.config.Name, d.config.Name, senderNames(state)),
			Hint:     "Device > User Identification > User Mapping > Server Monitoring: add the sender or enable it, commit, and see that the site file names it letter for letter; an entry of another virtual system is shown only when api.vsys names that",
			Evidence: seen,
		}
	}
	r := check.Result{
		Status:   check.Pass,
		Summary:  fmt.Sprintf("%q is there with the address %v", entry.Name, entry.Address),
		Evidence: seen,
	}
	if vsys := d.firewall.config.API.VSys; vsys != "" && entry.VSys != "" && entry.VSys != vsys {
		r.Status = check.Fail
		r.Summary = fmt.Sprintf("%s: %q is an entry of %s, not of %s", d.firewall.config.Name, entry.Name, entry.VSys, vsys)
		r.Hint = "its mappings are made there: set api.vsys to " + entry.VSys + ", or move the entry there (Device > User Identification > User Mapping)"
		return r
	}
	if isSSL := entry.Connections != nil; isSSL != (d.config.Connection() == panos.SSL) {
		r.Status = check.Fail
		r.Summary = fmt.Sprintf("%q has connection counters: %v; so its Connection Type is not that of %v", entry.Name, isSSL, d.config.To)
		r.Hint = "set the entry's connection type (Device > User Identification > User Mapping > Server Monitoring), or the address in the site file, so that both are UDP or both are SSL, and commit"
		return r
	}
	from, err := d.source(ctx)
	if err == nil && entry.Address.IsValid() && from != entry.Address.Unmap() {
		r.Status = check.Warn
		r.Summary = fmt.Sprintf("%q has the address %v, but messages from this host leave from %v", entry.Name, entry.Address, from)
		r.Hint = "the firewall tells senders apart by source address: unless NAT in between makes them equal, set from: in the site file or the address of the entry"
	}
	return r
}

// source is the address our messages leave from.
func (d *delivery) source(ctx context.Context) (netip.Addr, error) {
	if d.config.From.IsValid() {
		return d.config.From, nil
	}
	to := d.config.To
	to.Scheme = sender.UDP // a UDP socket picks its address without sending anything
	conn, err := sender.Dial(ctx, sender.Connection{To: to})
	if err != nil {
		return netip.Addr{}, err
	}
	defer conn.Close()
	return conn.LocalAddr().Addr().Unmap(), nil
}

func findSender(state panos.ServerMonitorState, name string) (panos.SenderState, bool) {
	for _, s := range state.Senders {
		if s.Name == name {
			return s, true
		}
	}
	return panos.SenderState{}, false
}

func senderNames(state panos.ServerMonitorState) string {
	if len(state.Senders) == 0 {
		return "none"
	}
	var names []string
	for _, s := range state.Senders {
		names = append(names, fmt.Sprintf("%q", s.Name))
	}
	return strings.Join(names, ", ")
}

// askIdle reads the counters twice: what moves them without us makes bounds of them.
func (d *delivery) askIdle(ctx context.Context) check.Result {
	first, err := d.counters(ctx)
	if err != nil {
		return apiFailure(err, nil)
	}
	began := time.Now()
	if err := pause(ctx, d.firewall.config.Timing.Idle); err != nil {
		return check.Result{Status: check.Error, Summary: err.Error()}
	}
	second, err := d.counters(ctx)
	if err != nil {
		return apiFailure(err, nil)
	}
	elapsed := time.Since(began)
	if second.log < first.log || second.auth < first.auth {
		return check.Result{
			Status:  check.Error,
			Summary: fmt.Sprintf("%s: the counters fell from %v to %v while nothing was sent", d.target, first, second),
			Hint:    "a commit or a restart of the User-ID process resets them: run again when the firewall is at rest",
		}
	}
	d.background = background{
		log:  float64(second.log-first.log) / elapsed.Seconds(),
		auth: float64(second.auth-first.auth) / elapsed.Seconds(),
	}
	r := check.Result{
		Status:   check.Pass,
		Summary:  fmt.Sprintf("nothing else moved them in %v", elapsed.Round(time.Millisecond)),
		Measures: []check.Measure{{Name: "background", Value: d.background.log, Unit: "messages/s"}},
	}
	if second == first {
		return r
	}
	r.Summary = fmt.Sprintf("%s: number of log messages rose by %d in %v without us: something else sends as this entry",
		d.target, second.log-first.log, elapsed.Round(time.Millisecond))
	if d.config.SharedAddress {
		r.Summary += "; expected (shared_address)"
		return r
	}
	r.Status = check.Fail
	r.Hint = "if a real sender shares this address, set shared_address: true (counters then are bounds and the mappings prove); if not, find out who sends from it"
	return r
}

// canaries is how often reaching the listener is tried over UDP, where one may get lost.
const canaries = 3

// askReach sends what maps nobody and sees it counted (UDP), or is shown a certificate (SSL).
func (d *delivery) askReach(ctx context.Context) check.Result {
	var r check.Result
	if d.config.Connection() == panos.SSL {
		r = d.reachSSL(ctx)
	} else {
		r = d.reachUDP(ctx)
	}
	if r.Status != check.Fail {
		return r
	}
	r.Symptom = "syslog.counters.no-log-messages"
	from, err := d.source(ctx)
	if err != nil {
		return r
	}
	own := check.Ref{Check: "listener.reach", Target: d.target}
	if first, other := d.firewall.shutOut(from.String(), own); other {
		r.CausedBy = &first
		r.Summary += fmt.Sprintf("; the same as for %s, from the same address %v", first.Target, from)
	}
	return r
}

func (d *delivery) reachUDP(ctx context.Context) check.Result {
	before, err := d.counters(ctx)
	if err != nil {
		return apiFailure(err, nil)
	}
	conn, err := sender.Dial(ctx, d.connection(nil))
	if err != nil {
		return sendFailure(d.config.To, err)
	}
	defer conn.Close()
	patience := d.firewall.config.Timing.Wait / canaries
	for sent := 1; sent <= canaries; sent++ {
		var batch sender.Batch
		batch.Add([]byte("uidprobe: reachability test, maps nobody"))
		if _, err := conn.Write(ctx, &batch); err != nil {
			return sendFailure(d.config.To, err)
		}
		counted, err := d.waitCounters(ctx, patience, func(c counters) bool { return c.log != before.log })
		if err != nil {
			return apiFailure(err, nil)
		}
		if counted {
			return check.Result{Status: check.Pass, Summary: fmt.Sprintf("a datagram from this host was counted (try %d)", sent)}
		}
	}
	return check.Result{
		Status:  check.Fail,
		Summary: fmt.Sprintf("%v: none of %d datagrams raised number of log messages", d.config.To, canaries),
		Hint:    reachHint,
	}
}

const reachHint = "in this order: this host's address among Permitted IP Addresses (Device > Setup > Interfaces > Management, or the Interface Management Profile of a dataplane interface); the entry's address and transport (Device > User Identification > User Mapping > Server Monitoring); a security policy or NAT on the way; the commit. Then on the firewall: tcpdump filter \"host SENDER\" snaplen 0"

var errSeen = errors.New("certificate seen")

// reachSSL looks at the certificate and hangs up before the handshake ends, so that the
// firewall does not count a connection that carries nothing.
func (d *delivery) reachSSL(ctx context.Context) check.Result {
	tlsConfig, err := d.config.TLS.config(d.config.To.Host)
	if err != nil {
		return check.Result{Status: check.Error, Summary: fmt.Sprintf("%s: %v", d.target, err), Hint: "mend the tls section of the sender in the site file"}
	}
	tlsConfig.InsecureSkipVerify = true // nothing is sent: the chain is taken down and judged afterwards
	tlsConfig.VerifyConnection = func(state tls.ConnectionState) error {
		d.chain = state.PeerCertificates
		d.roots = tlsConfig.RootCAs
		return errSeen
	}
	attempt, cancel := check.Attempt(ctx)
	defer cancel()
	err = d.handshake(attempt, tlsConfig)
	if errors.Is(err, errSeen) {
		return check.Result{Status: check.Pass, Summary: fmt.Sprintf("%v answers with a certificate for %s", d.config.To, subject(d.chain))}
	}
	if cause := context.Cause(attempt); cause != nil && err != nil {
		err = cause
	}
	return check.Result{
		Status:  check.Fail,
		Summary: fmt.Sprintf("%v: no certificate was shown: %v", d.config.To, err),
		Hint:    reachHint,
	}
}

func (d *delivery) handshake(ctx context.Context, config *tls.Config) error {
	var dialer net.Dialer
	if d.config.From.IsValid() {
		dialer.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(d.config.From, 0))
	}
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(d.config.To.Host, strconv.Itoa(int(d.config.To.Port))))
	if err != nil {
		return err
	}
	defer conn.Close()
	return tls.Client(conn, config).HandshakeContext(ctx)
}

func subject(chain []*x509.Certificate) string {
	if len(chain) == 0 {
		return "nobody"
	}
	return fmt.Sprintf("%q", chain[0].Subject.CommonName)
}

// judgeCertificate judges the chain that was seen, as a verifying sender would.
func (d *delivery) judgeCertificate(context.Context) check.Result {
	r := check.Result{Status: check.Pass}
	var good []string
	for _, f := range certs.Judge(d.chain, d.roots, d.config.TLS.name(d.config.To.Host), time.Now()) {
		r.Evidence = append(r.Evidence, check.Evidence{Name: f.Rule, Text: f.Summary})
		switch {
		case f.OK:
			good = append(good, f.Summary)
		case r.Status == check.Pass: // the first one that is broken is told
			r.Status, r.Summary, r.Hint = check.Fail, fmt.Sprintf("%v: %s", d.config.To, f.Summary), f.Hint
			r.Symptom = "syslog.status.not-connected"
		}
	}
	if r.Status == check.Pass {
		r.Summary = strings.Join(good, "; ")
	}
	if d.config.TLS.SkipVerify {
		if r.Status == check.Fail {
			r.Summary += " (sent to all the same: insecure_skip_verify)"
		} else {
			r.Summary += "; verification is off (insecure_skip_verify)"
		}
		r.Status = check.Warn
		r.Hint = "a real sender that verifies would do otherwise: take insecure_skip_verify out of the site file"
	}
	return r
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
