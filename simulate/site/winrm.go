package site

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/uidprobe/uidprobe/certs"
	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/simulate/firewall"
	"github.com/uidprobe/uidprobe/symptom"
	"github.com/uidprobe/uidprobe/wire/kerberos"
	"github.com/uidprobe/uidprobe/wire/wsman"
)

// The firewall's query of a directory server over WinRM: what a client on libcurl does, and the text and the status
// that a firewall makes of its failure. The query itself, and that a password is sent without asking first, is inferred.

// queryPatience is how long the firewall waits for WinRM, all in all; its own time is not documented.
const queryPatience = 5 * time.Second

// The codes of libcurl that stand for no failure of certs.
const (
	curlNothing = 52
	curlReceive = 56
)

// state is what the firewall shows of a server after logging in there and asking.
func (d *domain) state(ctx context.Context, server firewall.MonitoredServer, now func() time.Time) firewall.ServerState {
	var ticket kerberos.Credential
	if !d.Basic {
		var number int64
		if ticket, number = d.logIn(ctx, server.Host, now); number != 0 {
			return firewall.ServerState{Status: panos.StatusKerberosError, Log: []string{panos.TicketFailure{Number: number}.Text()}}
		}
	}
	if server.Transport == firewall.WMI {
		return firewall.ServerState{Status: panos.StatusConnected}
	}
	err := d.query(ctx, server, ticket, now)
	if err == nil {
		return firewall.ServerState{Status: panos.StatusConnected}
	}
	failed := d.generation().failure(err)
	failed.line.VSys = server.VSys
	return firewall.ServerState{Status: failed.status, Log: []string{failed.line.Text()}}
}

// curlError is a failure in the words of certs.
type curlError struct{ failure certs.Failure }

func (e curlError) Error() string { return "curl: " + string(e.failure) }

// query asks a server for the newest events.
func (d *domain) query(ctx context.Context, server firewall.MonitoredServer, ticket kerberos.Credential, now func() time.Time) error {
	address, err := d.winrmAddress(ctx, server)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, queryPatience)
	defer cancel()
	config := wsman.ConnConfig{Address: address.String(), Host: server.Host}
	if server.Transport == firewall.WinRMHTTPS {
		if config.TLS, err = d.trusted(ctx, address, server.Host, now); err != nil {
			return err
		}
	}
	conn, err := wsman.Connect(ctx, config)
	if err != nil {
		return err
	}
	defer conn.Close()
	if d.Basic {
		err = conn.UseBasic(wsman.BasicLogin{
			User: d.netBIOS() + `\` + d.Account, Password: d.Password.Reveal(), Offered: wsman.Challenges{{Scheme: "Basic"}},
		})
	} else {
		err = conn.Login(ctx, wsman.KerberosLogin{Ticket: ticket, Now: now})
	}
	if err != nil {
		return err
	}
	rows, err := conn.Enumerate(ctx, wsman.Query{Namespace: "root/cimv2", WQL: eventQuery(now())})
	if err != nil {
		return err
	}
	return rows.Release(ctx)
}

// eventQuery asks for what a firewall makes mappings of.
func eventQuery(now time.Time) string {
	const since = time.Minute
	return "SELECT RecordNumber,EventCode,TimeGenerated,InsertionStrings FROM Win32_NTLogEvent WHERE Logfile='Security'" +
		" AND (EventCode=4624 OR EventCode=4768 OR EventCode=4769 OR EventCode=4770)" +
		" AND TimeGenerated>='" + now.Add(-since).UTC().Format("20060102150405.000000-000") + "'"
}

func (d *domain) winrmAddress(ctx context.Context, server firewall.MonitoredServer) (netip.AddrPort, error) {
	bound := d.dc.WinRMAddr()
	if server.Transport == firewall.WinRMHTTPS {
		bound = d.dc.WinRMSAddr()
	}
	port := portOf(bound)
	if address, err := netip.ParseAddr(server.Host); err == nil {
		return netip.AddrPortFrom(address, port), nil
	}
	address, number := resolve(ctx, reachable(d.dns.Addr()), server.Host)
	if number != 0 {
		return netip.AddrPort{}, curlError{certs.FailsToResolve}
	}
	return netip.AddrPortFrom(address, port), nil
}

// trusted looks at a certificate as OpenSSL does, which Go's own rules are not, and gives the configuration of a
// connection to the server that has it.
func (d *domain) trusted(ctx context.Context, address netip.AddrPort, host string, now func() time.Time) (*tls.Config, error) {
	dial := func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", address.String())
	}
	shown, err := certs.Capture(ctx, dial, host)
	if err != nil {
		if ctx.Err() != nil {
			return nil, curlError{certs.FailsInTime}
		}
		return nil, curlError{certs.FailureOf(err)}
	}
	profile, err := certs.ReadProfile(d.dc.WinRMRoot())
	if err != nil {
		return nil, err
	}
	found := certs.Examine(shown.Presentation, certs.Question{Profile: profile, Name: host, Now: now()})
	if found.Failure != certs.NoFailure {
		return nil, curlError{found.Failure}
	}
	same := func(raw [][]byte, _ [][]*x509.Certificate) error {
		if !bytes.Equal(raw[0], shown.Raw[0]) {
			return errors.New("the server shows another certificate than a moment ago")
		}
		return nil
	}
	return &tls.Config{
		InsecureSkipVerify: true, VerifyPeerCertificate: same,
		VerifyConnection: func(tls.ConnectionState) error { return nil }, // it was verified above
	}, nil
}

// generation is a libcurl, as far as its texts tell.
type generation struct{ certs.Generation }

// generation is that of the firewall.
func (d *domain) generation() generation {
	list := certs.Generations()
	if i := slices.IndexFunc(list, func(g certs.Generation) bool { return g.Versions == d.Libcurl }); i >= 0 {
		return generation{list[i]}
	}
	return generation{list[len(list)-1]}
}

// checkLibcurl says whether there is such a generation.
func checkLibcurl(versions string) error {
	var known []string
	for _, g := range certs.Generations() {
		if g.Versions == versions || versions == "" {
			return nil
		}
		known = append(known, g.Versions)
	}
	return fmt.Errorf("libcurl %q is none of %s", versions, strings.Join(known, ", "))
}

// queryState is what a firewall makes of a failure.
type queryState struct {
	status string
	line   panos.QueryFailure
}

// failure reads an error of query.
func (g generation) failure(err error) queryState {
	var (
		curl      curlError
		refused   *wsman.LoginError
		fault     *wsman.Fault
		status    *wsman.StatusError
		format    *wsman.FormatError
		transport *wsman.TransportError
	)
	switch {
	case errors.As(err, &curl):
		return g.said(curl.failure)
	case errors.As(err, &refused):
		return answered(refused.Answer.Status)
	case errors.As(err, &fault):
		return answered(cmp.Or(fault.Status, http.StatusInternalServerError))
	case errors.As(err, &status):
		return answered(status.Status)
	case errors.As(err, &transport):
		return g.broken(transport)
	case errors.As(err, &format):
		return answered(http.StatusOK) // a page of somebody else: HTTP itself is broken by nobody in the lab
	}
	return silent(curlText(curlReceive))
}

// broken is a connection that was not made, or that broke.
func (g generation) broken(e *wsman.TransportError) queryState {
	var late interface{ Timeout() bool }
	switch {
	case errors.Is(e.Err, context.DeadlineExceeded), errors.As(e.Err, &late) && late.Timeout():
		return g.said(certs.FailsInTime)
	case e.Phase == wsman.Dial:
		return g.said(certs.FailsToConnect)
	case e.Phase == wsman.Handshake:
		return g.said(certs.FailureOf(e.Err))
	case errors.Is(e.Err, wsman.ErrClosed):
		return silent(curlText(curlNothing))
	}
	return silent(curlText(curlReceive))
}

func (g generation) said(f certs.Failure) queryState {
	text, _ := g.Says(f)
	s := silent(text)
	if f == certs.FailsInTime {
		s.status = panos.StatusTimeout // inferred
	}
	return s
}

func silent(text string) queryState {
	return queryState{panos.StatusNoAnswer, panos.QueryFailure{Curl: text}}
}

// curlText is the text of a code that is the same in all generations.
func curlText(code int) string {
	list := symptom.CurlErrors()
	return list[slices.IndexFunc(list, func(c symptom.CurlError) bool { return c.Code == code })].Text
}

func answered(status int) queryState {
	s := queryState{panos.StatusRefused, panos.QueryFailure{Code: status}}
	if status == http.StatusInternalServerError {
		s.status = panos.StatusAccessDenied
	}
	return s
}
