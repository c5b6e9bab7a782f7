package panos

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// backstop ends a connection attempt that nobody waits for any more; the clock of a
// request is its context.
const backstop = 30 * time.Second

// link is the connections to one firewall. It is shared by the copies of a client.
type link struct {
	transport *http.Transport
	tls       *tls.Config
	connect   func(ctx context.Context, network, address string) (net.Conn, error)
	dials     sync.WaitGroup // connections that are being made
}

func newLink(config ClientConfig, serverName string) *link {
	l := &link{connect: config.Dial, tls: config.TLS.Clone()}
	if l.connect == nil {
		l.connect = (&net.Dialer{Timeout: backstop}).DialContext
	}
	if l.tls == nil {
		l.tls = &tls.Config{}
	}
	if l.tls.MinVersion == 0 {
		l.tls.MinVersion = tls.VersionTLS12
	}
	if l.tls.ServerName == "" {
		l.tls.ServerName = serverName
	}
	l.transport = &http.Transport{
		Proxy:          nil, // direct, whatever the environment says
		DialTLSContext: l.dial,
		// A compressed body could grow on us, and nothing that is asked for is long.
		DisableCompression:     true,
		MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        time.Minute,
	}
	return l
}

func (l *link) close() {
	l.transport.CloseIdleConnections() // and cancels the dials that nobody waits for
	l.dials.Wait()
}

// dial makes a connection and its TLS session, so that the two can be told apart when they
// fail.
func (l *link) dial(ctx context.Context, network, address string) (net.Conn, error) {
	l.dials.Add(1)
	defer l.dials.Done()
	ctx, cancel := context.WithTimeout(ctx, backstop)
	defer cancel()
	plain, err := l.connect(ctx, network, address)
	if err != nil {
		return nil, failedError{Unreachable, fmt.Errorf("no connection: %w", innermost(err))}
	}
	session := tls.Client(plain, l.tls)
	if err := session.HandshakeContext(ctx); err != nil {
		_ = plain.Close()
		return nil, tlsFailure(err)
	}
	return session, nil
}

// tlsFailure tells a certificate that was not accepted from everything else.
func tlsFailure(err error) error {
	var untrusted *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &untrusted):
		return failedError{Untrusted, worded{fmt.Sprintf("the certificate is not accepted: %v", untrusted.Err), err}}
	case errors.As(err, &record):
		return failedError{BadTLS, fmt.Errorf("no TLS: the port does not speak it: %w", err)}
	}
	return failedError{BadTLS, fmt.Errorf("no TLS session: %w", innermost(err))}
}

// innermost takes off what repeats the address. The kind of error can still be asked for.
func innermost(err error) error {
	var operation *net.OpError
	if errors.As(err, &operation) {
		err = operation.Err
	}
	var call *os.SyscallError
	if errors.As(err, &call) {
		err = call.Err
	}
	return err
}

// worded says an error in our words and keeps it to be asked for.
type worded struct {
	text string
	err  error
}

func (w worded) Error() string { return w.text }
func (w worded) Unwrap() error { return w.err }

// stage is how far a request has come.
type stage int32

const (
	connecting stage = iota
	waiting
	reading
)

func (s stage) String() string {
	return [...]string{"while connecting", "while waiting for the answer", "while reading the answer"}[s]
}

// post sends a request once and reads the answer. The body is there as far as it came,
// also with an error.
func (l *link) post(ctx context.Context, endpoint string, r request) (reply, error) {
	var at atomic.Int32
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { at.Store(int32(waiting)) },
	})
	req, err := http.NewRequestWithContext(traced, http.MethodPost, endpoint, strings.NewReader(r.form.Encode()))
	if err != nil {
		return reply{}, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/xml")
	req.Header.Set("User-Agent", "uidprobe")
	if !r.key.Empty() {
		req.Header[keyHeader] = []string{r.key.Reveal()} // not Set, which would write X-Pan-Key
	}
	if r.login {
		// Once and over a connection of its own: on an old one that the firewall closes just
		// then, nobody could tell whether the password has arrived.
		req.GetBody = nil
		l.transport.CloseIdleConnections()
	} else {
		// Not sent, but tells the transport that a request may go again over a new connection
		// when the firewall closed an idle one just then: all of ours only read.
		req.Header["Idempotency-Key"] = []string{}
	}
	// RoundTrip and not Client.Do: no redirects and no cookies.
	resp, err := l.transport.RoundTrip(req)
	if err != nil {
		return reply{}, r.ended(ctx, stage(at.Load()), err)
	}
	defer resp.Body.Close()
	return readReply(ctx, r, resp)
}

// ended says why there is no answer: the context's end explains every other error.
func (r request) ended(ctx context.Context, at stage, err error) error {
	var failed failedError
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, context.DeadlineExceeded):
		return failedError{TimedOut, fmt.Errorf("%w, %v", cause, at)}
	case cause != nil:
		return failedError{Interrupted, fmt.Errorf("%w, %v", cause, at)}
	case errors.As(err, &failed):
		return failed
	}
	text := clip(r.redact(innermost(err).Error()), excerptLength)
	return failedError{Lost, worded{"the connection brought no answer: " + text, err}}
}

func readReply(ctx context.Context, r request, resp *http.Response) (reply, error) {
	a := reply{status: resp.StatusCode}
	if resp.StatusCode >= 300 && resp.StatusCode <= 399 {
		return a, failedError{Redirected, fmt.Errorf("HTTP status %d points to %q, which is not followed: give the URL of the API itself",
			resp.StatusCode, clip(r.redact(resp.Header.Get("Location")), excerptLength))}
	}
	if coding := resp.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return a, failedError{NotAPI, fmt.Errorf("the answer is compressed (%q), which was not asked for: is there a proxy in between?", clip(coding, 40))}
	}
	var err error
	a.body, err = io.ReadAll(io.LimitReader(resp.Body, MaxAnswer+1))
	switch {
	case err != nil && ctx.Err() != nil:
		return a, r.ended(ctx, reading, err)
	case err != nil:
		return a, failedError{CutShort, cutAnswer(len(a.body), resp.ContentLength, err)}
	case len(a.body) > MaxAnswer:
		a.body = a.body[:MaxAnswer]
		return a, tooLong()
	}
	return a, nil
}

func cutAnswer(got int, want int64, err error) error {
	if want > 0 {
		return fmt.Errorf("the answer is cut short after %d of %d bytes: %w", got, want, innermost(err))
	}
	return fmt.Errorf("the answer is cut short after %d bytes: %w", got, innermost(err))
}
