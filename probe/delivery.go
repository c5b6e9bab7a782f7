package probe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/sender"
)

// delivery is what the checks of one sender share. They run one after another, and Needs
// gives the order in which they may read it.
type delivery struct {
	firewall *firewallSession
	config   Sender
	target   string // "fw1/nac1"

	background background          // by listener.idle
	chain      []*x509.Certificate // by listener.reach, as the listener sent it
	roots      *x509.CertPool
	messages   []message // by delivery.messages
	again      message   // another user at the address of the first message
	before     counters  // by delivery.sent, as all that follows
	sentCount  int
	conn       *sender.Conn
	seen       observation // by delivery.received
	received   known
	authed     known
	blame      *check.Ref // the check that explains what is missing further on
}

func newDelivery(firewall *firewallSession, s Sender) *delivery {
	return &delivery{firewall: firewall, config: s, target: firewall.config.Name + "/" + s.Name}
}

func (d *delivery) close() {
	if d.conn != nil {
		_ = d.conn.Close() // what it could tell is told by the counters
		d.conn = nil
	}
}

// deliveryChecks are the closed loop: each message becomes the mapping it should, and is
// logged out again.
func (d *delivery) deliveryChecks() []check.Check {
	door := check.Ref{Check: "listener.reach"}
	switch {
	case d.config.Connection() == panos.SSL:
		door.Check = "listener.certificate"
	case d.firewall.config.Paste != nil:
		door.Check = "listener.sender" // nothing tells whether a datagram was counted
	}
	wait := d.firewall.config.Timing.Wait
	// One check holds the wait and the attempts of the API that were begun within it.
	patient := 2*wait + check.DefaultCheck
	const source = "uidprobe: the closed loop, docs/architecture.md"
	return []check.Check{
		{
			ID:     "delivery.messages",
			Title:  lang.Text{EN: "every test message is read by exactly its profile", JA: "各試験メッセージが対応するプロファイルだけに一致する"},
			Source: "web help: Syslog Filters",
			Target: d.target,
			Run:    d.composeMessages,
		},
		{
			ID:     "delivery.addresses",
			Title:  lang.Text{EN: "the reserved addresses are mapped to nobody", JA: "予約アドレスが誰にもマッピングされていない"},
			Source: "uidprobe: live users are not touched",
			Target: d.target,
			Needs:  []check.Ref{{Check: "delivery.messages"}, {Check: d.firewall.oracleCheck().ID, Target: d.firewall.config.Name}},
			Run:    d.askAddresses,
		},
		{
			ID:     "delivery.sent",
			Title:  lang.Text{EN: "the test messages were sent", JA: "試験メッセージを送信した"},
			Source: source,
			Target: d.target,
			Needs:  []check.Ref{{Check: "delivery.addresses"}, door},
			After:  []check.Ref{{Check: "listener.idle"}},
			Run:    d.send,
		},
		{
			ID:      "delivery.received",
			Title:   lang.Text{EN: "the firewall received every message", JA: "ファイアウォールがすべてのメッセージを受信した"},
			Source:  "KB kA14u0000008X3mCAE: number of log messages",
			Target:  d.target,
			Needs:   []check.Ref{{Check: "delivery.sent"}},
			Timeout: patient,
			Run:     d.judgeReceived,
		},
		{
			ID:     "delivery.authenticated",
			Title:  lang.Text{EN: "every message received matched a login profile", JA: "受信した各メッセージが login プロファイルに一致した"},
			Source: "KB kA14u0000008X3mCAE: number of auth. success messages",
			Target: d.target,
			Needs:  []check.Ref{{Check: "delivery.sent"}},
			After:  []check.Ref{{Check: "delivery.received"}},
			Run:    d.judgeAuthenticated,
		},
		{
			ID:     "delivery.mapped",
			Title:  lang.Text{EN: "every message matched became its mapping", JA: "一致した各メッセージがマッピングになった"},
			Source: "show user ip-user-mapping",
			Target: d.target,
			Needs:  []check.Ref{{Check: "delivery.sent"}},
			After:  []check.Ref{{Check: "delivery.authenticated"}},
			Run:    d.judgeMapped,
		},
		{
			ID:     "delivery.kept",
			Title:  lang.Text{EN: "the mappings last", JA: "マッピングが維持される"},
			Source: "configuration schema 10.0.5: ip-user-mapping-timeout, 1 to 1440 minutes",
			Target: d.target,
			Needs:  []check.Ref{{Check: "delivery.sent"}},
			After:  []check.Ref{{Check: "delivery.mapped"}},
			Run:    d.askKept,
		},
		{
			ID:      "delivery.order",
			Title:   lang.Text{EN: "a login right after a logout makes its mapping", JA: "ログアウト直後のログインがマッピングになる"},
			Source:  "PAN-OS release notes: PAN-193184, fixed in 10.1.6-h6",
			Target:  d.target,
			Needs:   []check.Ref{{Check: "delivery.sent"}},
			After:   []check.Ref{{Check: "delivery.kept"}},
			Timeout: patient,
			Run:     d.askOrder,
		},
		{
			ID:     "listener.status",
			Title:  lang.Text{EN: "the status of the entry is the one it should have", JA: "エントリの状態が正しい"},
			Source: "KB kA14u0000008X3mCAE: show user server-monitor statistics",
			Target: d.target,
			Needs:  []check.Ref{{Check: "delivery.sent"}},
			After:  []check.Ref{{Check: "delivery.order"}},
			Run:    d.askStatus,
		},
		{
			ID:      "delivery.logged-out",
			Title:   lang.Text{EN: "the test mappings were logged out again", JA: "試験マッピングをログアウトで削除した"},
			Source:  "web help: Configure Access to Monitored Servers, event type logout",
			Target:  d.target,
			Needs:   []check.Ref{{Check: "delivery.sent"}},
			After:   []check.Ref{{Check: "listener.status"}},
			Timeout: patient,
			Run:     d.logOut,
		},
		{
			ID:      "delivery.stray",
			Title:   lang.Text{EN: "a logout of an address that nobody has maps nobody", JA: "誰にもマッピングされていないアドレスのログアウトが何も変えない"},
			Source:  "uidprobe: inferred, see docs/limits.md",
			Target:  d.target,
			Needs:   []check.Ref{{Check: "delivery.sent"}},
			After:   []check.Ref{{Check: "delivery.logged-out"}},
			Timeout: patient,
			Run:     d.askStray,
		},
	}
}

func (d *delivery) composeMessages(context.Context) check.Result {
	messages, again, err := compose(d.config, d.firewall.config.Run, time.Now())
	var unreadable *UnreadableError
	switch {
	case errors.As(err, &unreadable):
		r := check.Result{
			Status:   check.Fail,
			Summary:  fmt.Sprintf("%s: %v", d.target, err),
			Hint:     "see what each part makes of it: uidprobe profile trace " + unreadable.Profile,
			Evidence: []check.Evidence{{Name: "message", Text: string(unreadable.Message)}},
		}
		if unreadable.Nearest != "" {
			r.Evidence = append(r.Evidence, check.Evidence{Name: "nearest profile", Text: unreadable.Nearest})
		}
		return r
	case err != nil:
		return check.Result{Status: check.Fail, Summary: fmt.Sprintf("%s: %v", d.target, err), Hint: "mend the sender in the site file"}
	}
	d.messages, d.again = messages, again
	return check.Result{Status: check.Pass, Summary: fmt.Sprintf("%d messages, each with a user and an address of its own", len(messages))}
}

// askAddresses refuses to touch an address that is somebody's.
func (d *delivery) askAddresses(ctx context.Context) check.Result {
	for _, m := range d.messages {
		mapping, seen, err := d.firewall.oracle.mapping(ctx, panos.DataPlane, m.address)
		if err != nil {
			return apiFailure(err, seen)
		}
		if mapping != nil && !d.ours(mapping.User) {
			return check.Result{
				Status:   check.Skip,
				Skipped:  check.Refused,
				Summary:  fmt.Sprintf("refused: %v is mapped to %q (%s), who is not a test user", m.address, mapping.User, mapping.From),
				Hint:     "set test.addresses in the site file to addresses that nobody has, such as 198.51.100.0/24",
				Evidence: seen,
			}
		}
	}
	return check.Result{Status: check.Pass, Summary: fmt.Sprintf("none of %d addresses is mapped to anybody else", len(d.messages))}
}

// send takes the counters down and sends every message once.
func (d *delivery) send(ctx context.Context) check.Result {
	before, err := d.settled(ctx)
	if err != nil {
		return apiFailure(err, nil)
	}
	d.before = before
	tlsConfig, err := d.tlsConfig()
	if err != nil {
		return check.Result{Status: check.Error, Summary: fmt.Sprintf("%s: %v", d.target, err), Hint: "mend the tls section of the sender in the site file"}
	}
	attempt, cancel := check.Attempt(ctx)
	defer cancel()
	conn, err := sender.Dial(attempt, d.connection(tlsConfig))
	if err != nil {
		return sendFailure(d.config.To, err)
	}
	d.conn = conn
	report, err := sender.Run(ctx, sender.Config{Transport: conn, Source: &outgoing{messages: d.messages}, Rate: d.config.Rate})
	d.sentCount = int(report.Sent)
	if ctx.Err() != nil {
		return d.interrupted(ctx)
	}
	if err != nil {
		r := sendFailure(d.config.To, err)
		r.Summary += fmt.Sprintf(" after %d of %d messages", d.sentCount, len(d.messages))
		r.Measures = []check.Measure{messagesMeasure("sent", d.sentCount)}
		return r
	}
	return check.Result{
		Status:  check.Pass,
		Summary: fmt.Sprintf("%d messages to %v at %s", d.sentCount, d.config.To, d.config.Rate),
		Measures: []check.Measure{
			messagesMeasure("sent", d.sentCount),
			{Name: "rate", Value: report.Achieved, Unit: "messages/s"},
		},
	}
}

func messagesMeasure(name string, n int) check.Measure {
	return check.Measure{Name: name, Value: float64(n), Unit: "messages"}
}

// settled reads the counters until two readings agree, so that a straggler of the
// reachability test is not taken for one of the messages.
func (d *delivery) settled(ctx context.Context) (counters, error) {
	last, err := d.counters(ctx)
	if err != nil || d.background.log > 0 || d.firewall.config.Paste != nil {
		return last, err // they will not stand still, or cannot be seen to
	}
	_, err = d.waitCounters(ctx, d.firewall.config.Timing.Wait, func(c counters) bool {
		same := c == last
		last = c
		return same
	})
	return last, err
}

// outgoing gives out the log-in messages, noting when each left. It is not for concurrent use.
type outgoing struct {
	messages []message
	next     int
}

func (o *outgoing) Append(dst []byte) ([]byte, error) {
	if o.next == len(o.messages) {
		return dst, io.EOF
	}
	m := &o.messages[o.next]
	o.next++
	m.sent = time.Now()
	return append(dst, m.login...), nil
}

func (d *delivery) tlsConfig() (*tls.Config, error) {
	if d.config.Connection() == panos.UDP {
		return nil, nil
	}
	return d.config.TLS.config(d.config.To.Host)
}

func (d *delivery) connection(c *tls.Config) sender.Connection {
	connection := sender.Connection{To: d.config.To, Source: d.config.From}
	if c != nil {
		connection.TLS = senderTLS(c)
	}
	return connection
}

// sendFailure is the result of a message that could not be put on the wire.
func sendFailure(to sender.Destination, err error) check.Result {
	r := check.Result{Status: check.Error, Summary: err.Error(), Hint: "see that this host has a route to the firewall"}
	var e *sender.Error
	if !errors.As(err, &e) {
		r.Summary = fmt.Sprintf("%v: %v", to, err)
		return r
	}
	switch e.Kind {
	case sender.Refused:
		r.Status, r.Hint = check.Fail, "nothing listens there: see that the listener service is on for that interface, and that the port is right"
	case sender.Reset, sender.Closed, sender.PartialWrite:
		r.Status, r.Hint = check.Fail, "the firewall ended the connection: see the permitted IP addresses and the sender entry's transport"
	case sender.TLSCertificate, sender.TLSHandshake:
		r.Status, r.Hint = check.Fail, "see the check listener.certificate"
	case sender.TooLong:
		r.Hint = "a datagram of that size does not leave this host: shorten the sample message"
	}
	return r
}
