package plan

import (
	"net/netip"
	"strings"

	"github.com/uidprobe/uidprobe/sender"
)

// What a test may ask for at most. Beyond it, send is the tool.
const (
	MaxMessages = 100_000 // logins of one run, over all senders
	maxUsers    = 40      // characters of the prefix of user names
	maxNetworks = 100     // reserved networks
)

func (r *reader) test(text testFile) Test {
	at := place{"test"}
	t := Test{
		Users:     r.users(at.With("users"), text.Users),
		Addresses: r.networks(at.With("addresses"), text.Addresses),
		Messages:  text.Messages,
		Rate:      r.rate(at.With("rate"), text.Rate),
		Wait:      text.Wait,
		Poll:      text.Poll,
		Idle:      text.Idle,
	}
	if here := at.With("messages"); t.Messages < 1 {
		r.Problem(here, "", "%s must be above 0, got %d", here, t.Messages)
	} else if t.Messages > MaxMessages {
		r.Problem(here, "uidprobe send is for load", "%s: %d is above %d, the most of one run", here, t.Messages, MaxMessages)
	}
	wait := r.positive(at.With("wait"), t.Wait)
	poll := r.positive(at.With("poll"), t.Poll)
	r.positive(at.With("idle"), t.Idle)
	if wait && poll && t.Poll > t.Wait {
		r.Problem(at.With("poll"), "look more often than once", "test.poll %s is longer than test.wait %s", brief(t.Poll), brief(t.Wait))
	}
	return t
}

// users checks the prefix of test users. It has to come through every profile's pattern and
// delimiters unchanged, so only what all of them let through is allowed.
func (r *reader) users(at place, prefix string) string {
	const hint = "letters, digits, dot, _ and -"
	switch i := strings.IndexFunc(prefix, func(c rune) bool { return !isUserRune(c) }); {
	case prefix == "":
		r.Problem(at, "such as "+DefaultUsers, "%s is empty: every user would be a test user", at)
	case len(prefix) > maxUsers:
		r.Problem(at, "", "%s has %d bytes, at most %d are taken", at, len(prefix), maxUsers)
	case i >= 0:
		r.Problem(at, hint, "%s: %#q cannot stand in the name of a test user", at, string([]rune(prefix[i:])[0]))
	}
	return prefix
}

func isUserRune(c rune) bool {
	return c < 0x80 && (c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.ContainsRune("._-", c))
}

// unfit are networks in which no user can be.
var unfit = []struct {
	network netip.Prefix
	what    string
}{
	{netip.MustParsePrefix("0.0.0.0/8"), "unspecified"},
	{netip.MustParsePrefix("127.0.0.0/8"), "loopback"},
	{netip.MustParsePrefix("169.254.0.0/16"), "link-local"},
	{netip.MustParsePrefix("224.0.0.0/4"), "multicast"},
	{netip.MustParsePrefix("240.0.0.0/4"), "reserved"},
	{netip.MustParsePrefix("::/128"), "unspecified"},
	{netip.MustParsePrefix("::1/128"), "loopback"},
	{netip.MustParsePrefix("::ffff:0.0.0.0/96"), "IPv4 in IPv6"},
	{netip.MustParsePrefix("fe80::/10"), "link-local"},
	{netip.MustParsePrefix("ff00::/8"), "multicast"},
}

// networks checks the reserved networks and returns those that are fit.
func (r *reader) networks(at place, all []netip.Prefix) (fit []netip.Prefix) {
	if len(all) == 0 {
		r.Problem(at, "such as ["+DefaultAddresses+"]", "%s is empty", at)
	}
	if len(all) > maxNetworks {
		r.Problem(at, "", "%s: %d networks, at most %d are taken", at, len(all), maxNetworks)
		return nil
	}
	for i, p := range all {
		here := at.With(i)
		if r.Wrong(here...) {
			continue
		}
		if p != p.Masked() {
			r.Problem(here, "did you mean "+p.Masked().String()+"?", "%s: %s is an address inside a network", here, p)
			continue
		}
		if r.fits(here, p) && r.apart(here, p, fit) {
			fit = append(fit, p)
		}
	}
	return fit
}

func (r *reader) fits(at place, p netip.Prefix) bool {
	for _, u := range unfit {
		if p.Overlaps(u.network) {
			r.Problem(at, "reserve a network of your own, or "+DefaultAddresses, "%s: %s overlaps %s, which is %s", at, p, u.network, u.what)
			return false
		}
	}
	return true
}

// apart notes a network that shares addresses with one before it.
func (r *reader) apart(at place, p netip.Prefix, before []netip.Prefix) bool {
	for _, other := range before {
		if p.Overlaps(other) {
			r.Problem(at, "remove one of them", "%s: %s overlaps %s", at, p, other)
			return false
		}
	}
	return true
}

// rate reads "50/s". A test keeps to a rate, so that a lost message is not one that we
// flooded away: there is no "max".
func (r *reader) rate(at place, text string) sender.Rate {
	rate, err := sender.ParseRate(text)
	switch {
	case err != nil:
		r.Problem(at, "such as "+DefaultRate, "%s: %q is not a number of messages in a second, minute or hour", at, text)
	case rate == sender.Max:
		r.Problem(at, "such as "+DefaultRate, "%s: a test keeps to a rate", at)
	}
	return rate
}
