package site

import (
	"context"
	"errors"
	"net/netip"
	"time"

	wire "github.com/uidprobe/uidprobe/wire/dns"
	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// The firewall's log-in to a directory server: what a client of MIT krb5 does with a Kerberos
// Server Profile, and what a firewall makes of its number. That it goes on to ask for a ticket of
// HTTP/host, keeps to its own clock (kdc_timesync = 0) and prints each number in the line about the
// TGT is inferred.

// How long the firewall waits for an answer. MIT krb5 turns to TCP after one second as well; it asks
// longer, and again, before it gives up: about 18 seconds. glibc's resolver asks twice for five.
const (
	dnsPatience = 5 * time.Second
	udpPatience = time.Second
	tcpPatience = 5 * time.Second
)

// The numbers of what no KDC says.
const (
	numberUnreachable = -1765328228 // KRB5_KDC_UNREACH
	numberTryAgain    = 11          // EAGAIN: nobody could say which address the KDC's name has
	// numberUnreadable is ASN1_OVERRUN, what MIT krb5 1.20 makes of the bytes that the simulated
	// KDC sends as garbage (measured).
	numberUnreadable = 1859794437
)

// logIn gets a ticket for HTTP/host; number is the one under which MIT krb5 would give up, 0 where it does not.
func (d *domain) logIn(ctx context.Context, host string, now func() time.Time) (ticket kerberos.Credential, number int64) {
	address, number := resolve(ctx, reachable(d.dns.Addr()), d.host())
	if number != 0 {
		return ticket, number
	}
	c := client{netip.AddrPortFrom(address, d.kdc().Port()), now}
	tgt, err := c.ticket(ctx, kerberos.Principal{Type: kerberos.NamePrincipal, Name: []string{d.Account}, Realm: d.realm()}, d.Password.Reveal())
	if err == nil {
		ticket, err = either(ctx, c, func(ctx context.Context, k kerberos.KDC) (kerberos.Credential, error) {
			return k.ServiceTicket(ctx, tgt, kerberos.HTTPService(host, d.realm()), nil)
		})
	}
	return ticket, numberOf(err)
}

func numberOf(err error) int64 {
	if err == nil {
		return 0
	}
	if number, ok := kerberos.MITNumber(err); ok {
		return int64(number)
	}
	return numberUnreadable
}

// client is a Kerberos client that knows one KDC.
type client struct {
	kdc netip.AddrPort
	now func() time.Time
}

func (c client) ticket(ctx context.Context, account kerberos.Principal, password string) (kerberos.Credential, error) {
	ask, keys := kerberos.ASRequest{Client: account}, kerberos.PasswordKeys(password)
	answer, err := either(ctx, c, func(ctx context.Context, k kerberos.KDC) (kerberos.Answer, error) { return k.Ask(ctx, ask) })
	switch {
	case err != nil:
		return kerberos.Credential{}, err
	case answer.Reply != nil:
		return answer.Reply.Open(keys)
	}
	return either(ctx, c, func(ctx context.Context, k kerberos.KDC) (kerberos.Credential, error) {
		return k.Login(ctx, ask, answer, keys)
	})
}

// either asks over UDP and, where that brings nothing or too much, over TCP. Bytes that are no
// Kerberos are an answer to MIT krb5, and the end.
func either[T any](ctx context.Context, c client, ask func(context.Context, kerberos.KDC) (T, error)) (got T, err error) {
	for _, over := range []struct {
		network  string
		patience time.Duration
	}{{"udp", udpPatience}, {"tcp", tcpPatience}} {
		attempt, cancel := context.WithTimeout(ctx, over.patience)
		got, err = ask(attempt, kerberos.KDC{Network: over.network, Address: c.kdc.String(), Now: c.now})
		cancel()
		var found *kerberos.ClientError
		unreachable := errors.As(err, &found) && found.Failure == kerberos.Unreachable
		if !unreachable && !errors.Is(err, kerberos.ErrTooBig) {
			break
		}
	}
	return got, err
}

// resolve asks for the address of the KDC as getaddrinfo does, both families, and returns what MIT krb5
// makes of a failure: a name that does not exist is a KDC that cannot be reached, and a name of which
// nobody could tell is EAGAIN.
func resolve(ctx context.Context, server netip.AddrPort, name string) (address netip.Addr, number int64) {
	ctx, cancel := context.WithTimeout(ctx, dnsPatience)
	defer cancel()
	said := make(chan dnsAnswer, 2)
	for _, kind := range []wire.Type{wire.A, wire.AAAA} {
		go func() {
			a, err := wire.Ask(ctx, server, name, kind)
			said <- dnsAnswer{a, err}
		}()
	}
	answers := []dnsAnswer{<-said, <-said}
	number = numberTryAgain
	for _, a := range answers {
		if len(a.Addresses) > 0 && a.err == nil {
			return a.Addresses[0], 0
		}
		if a.final() {
			number = numberUnreachable
		}
	}
	return netip.Addr{}, number
}

// dnsAnswer is what came back for one family of addresses.
type dnsAnswer struct {
	wire.Answer
	err error
}

// final says whether the answer settles that there is no address (measured with glibc 2.36 and MIT krb5
// 1.20: NXDOMAIN, no data, FORMERR, and a message that cannot be read).
func (a dnsAnswer) final() bool {
	var failed *wire.Error
	if errors.As(a.err, &failed) {
		return failed.Failure == wire.Unreadable
	}
	switch a.RCode {
	case wire.NXDomain, wire.FormErr:
		return true
	case wire.NoError:
		return !a.Truncated && !a.Lame
	}
	return false
}
