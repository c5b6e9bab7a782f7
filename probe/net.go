package probe

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/sender"
)

// Reach is ports that are to be reached.
type Reach struct {
	// To are the ports: tcp://dc1.corp.example:5985. Of tls:// the TCP connection alone is made; udp://
	// is left out, since a datagram that leaves proves nothing.
	To      []sender.Destination
	Servers []netip.AddrPort // DNS servers to ask for the names; nil means those of this host
}

// NetChecks makes a net.dial of each address of each port. An address behind a name is a target of its
// own: it follows the dns.forward of its name, of which there is one for each name.
func NetChecks(config Reach) []check.Check {
	r := resolver{servers: config.Servers}
	ports := map[string][]sender.Destination{} // by name, where it is one
	var list []check.Check
	for _, to := range config.To {
		address, err := netip.ParseAddr(to.Host)
		switch {
		case to.Scheme == sender.UDP:
			c := dialCheck(to, netip.Addr{}, to.String())
			c.Skip = &check.Skipped{Reason: check.Inapplicable, Why: "a datagram that leaves proves nothing; name a tcp:// port, or ask the service itself"}
			list = append(list, c)
		case err == nil:
			list = append(list, dialCheck(to, address, to.String()))
		default:
			if ports[to.Host] == nil {
				list = append(list, r.portsCheck(to.Host, ports))
			}
			ports[to.Host] = append(ports[to.Host], to)
		}
	}
	return list
}

// portsCheck is the look-up of a name, which the ports of its addresses follow. All are in ports by
// the time it is asked.
func (r resolver) portsCheck(name string, ports map[string][]sender.Destination) check.Check {
	c := r.forwardCheck(name)
	c.Run = func(ctx context.Context) check.Result {
		found := r.lookup(ctx, name)
		result := found.result()
		seen := map[string]bool{}
		for _, to := range ports[name] {
			for _, address := range found.usable() {
				target := fmt.Sprintf("%v (%v)", to, address)
				if !seen[target] {
					seen[target] = true
					result.Then = append(result.Then, dialCheck(to, address, target))
				}
			}
		}
		return result
	}
	return c
}

func dialCheck(to sender.Destination, address netip.Addr, target string) check.Check {
	to.Scheme, to.Host = sender.TCP, address.String()
	return check.Check{
		ID:     "net.dial",
		Title:  lang.Text{EN: "the port takes a connection", JA: "ポートに接続できる"},
		Source: "RFC 9293 section 3.5",
		Target: target,
		Run:    func(ctx context.Context) check.Result { return askPort(ctx, to, target) },
	}
}

// askPort makes one connection to one address, and ends it.
func askPort(ctx context.Context, to sender.Destination, target string) check.Result {
	ctx, cancel := check.Attempt(ctx)
	defer cancel()
	began := time.Now()
	conn, err := sender.Dial(ctx, sender.Connection{To: to, DialTimeout: forever, CloseWait: -1})
	took := time.Since(began)
	if err != nil {
		return notReached(target, took, err)
	}
	local := conn.LocalAddr()
	_ = conn.Close()
	return check.Result{
		Status: check.Pass, Summary: fmt.Sprintf("%s takes connections", target),
		Evidence: []check.Evidence{{Name: "from", Text: local.String()}},
		Measures: []check.Measure{{Name: "connect", Value: took.Seconds(), Unit: "seconds"}},
	}
}

// notReached tells a port that says no from one that says nothing.
func notReached(target string, took time.Duration, err error) check.Result {
	r := check.Result{
		Status: check.Fail, Evidence: []check.Evidence{{Name: "dial", Text: err.Error()}},
		Measures: []check.Measure{{Name: "waited", Value: took.Seconds(), Unit: "seconds"}},
	}
	var e *sender.Error
	kind := sender.Other
	if errors.As(err, &e) {
		kind = e.Kind
	}
	switch kind {
	case sender.Refused, sender.Reset:
		r.Summary = fmt.Sprintf("%s: refused: the address answers, and nothing listens there for us", target)
		r.Hint = "start the service, or correct the port; a host firewall that rejects looks the same"
	case sender.Timeout:
		r.Summary = fmt.Sprintf("%s: no answer", target)
		r.Hint = "something drops the packets: look at the firewalls on the way, at the one of the host, and whether the host runs"
	case sender.Unreachable:
		r.Summary = fmt.Sprintf("%s: not reached: %v", target, err)
		r.Hint = "look at the routes: this host, or a router on the way, knows no way there"
	default:
		r.Status = check.Error
		r.Summary = fmt.Sprintf("%s: %v", target, err)
		r.Hint = "the trouble is on this host: see the error"
	}
	return r
}
