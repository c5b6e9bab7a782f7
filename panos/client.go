package panos

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"github.com/uidprobe/uidprobe/credential"
)

// ClientConfig says which API is asked and how.
type ClientConfig struct {
	// URL is "https://HOST", "https://HOST:PORT", or either with "/api/". Plain http is
	// refused: it would send the key in the clear.
	URL string
	// Key is sent in the header X-PAN-KEY and nowhere else. It may be empty for a client
	// that only asks for a key.
	Key credential.Secret
	// VSys ("vsys2") and Target (a serial number, to ask a firewall through its manager) go
	// with every command. Empty means not sent. For the configuration VSys is part of the
	// path instead; empty means vsys1 there.
	VSys, Target string
	// TLS is cloned. Nil means the system's roots and the name in the URL; a minimum
	// version of 0 means TLS 1.2.
	TLS *tls.Config
	// Dial connects. Nil means a net.Dialer, which tries the addresses of a name one after
	// another: set it to pin one, or a source address.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Observe, if set, is told of every exchange before the method returns, also of those
	// that failed. It may be called concurrently.
	Observe func(Exchange)
}

// Exchange is one command and what came back, as evidence. Key and password are taken out
// of it, and the answer to a keygen that succeeded is left out as a whole.
type Exchange struct {
	Command    string // as typed at the firewall, "config show /…", or "keygen"
	HTTPStatus int    // 0 if no answer came
	Answer     string // the body as received, up to MaxAnswer
	Err        error  // what the method returns
}

// Client asks the XML API of one firewall. It sends only commands of a fixed list and
// reads only nodes of a fixed list of the configuration; nothing it sends changes anything. It connects directly, whatever proxy the environment names: an
// answer through a proxy would say little about the way to the firewall, and the key is
// nobody else's. It follows no redirect. It may be used concurrently; copies made by
// Observed and WithKey share its connections.
//
// Every method returns an *APIError for an answer that is not a success and an
// *ExchangeError for everything else that goes wrong. Other errors are about arguments;
// nothing was sent then.
type Client struct {
	link         *link
	endpoint     string
	host         string
	key          credential.Secret
	vsys, target string
	observe      func(Exchange)
}

// NewClient checks the configuration. It opens nothing. Close the client after use.
func NewClient(config ClientConfig) (*Client, error) {
	u, err := checkURL(config.URL)
	if err != nil {
		return nil, err
	}
	if !headerSafe(config.Key.Reveal()) {
		return nil, errors.New("the API key holds characters that no key has: blanks, line ends or others that do not fit into a header")
	}
	for _, p := range []struct{ name, value string }{{"vsys", config.VSys}, {"target", config.Target}} {
		if !headerSafe(p.value) {
			return nil, fmt.Errorf("%s %q holds blanks or control characters", p.name, clip(p.value, 60))
		}
	}
	return &Client{
		link:     newLink(config, u.Hostname()),
		endpoint: (&url.URL{Scheme: "https", Host: u.Host, Path: "/api/"}).String(),
		host:     net.JoinHostPort(u.Hostname(), portOf(u)),
		key:      config.Key,
		vsys:     config.VSys,
		target:   config.Target,
		observe:  config.Observe,
	}, nil
}

// checkURL never quotes the whole URL: it may hold a password.
func checkURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, errors.New("the API URL cannot be read: want https://HOST/api/")
	case u.User != nil:
		return nil, fmt.Errorf("the API URL of %q holds a user name: the key is given separately", u.Host)
	case u.Scheme == "http":
		return nil, fmt.Errorf("the API URL of %q is http, which would send the key in the clear: use https", u.Host)
	case u.Scheme != "https":
		return nil, errors.New("the API URL must begin with https://")
	case u.Hostname() == "":
		return nil, errors.New("the API URL names no host: want https://HOST/api/")
	case u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		return nil, fmt.Errorf("the API URL of %q holds a query: want https://HOST/api/", u.Host)
	case !validPort(u):
		return nil, fmt.Errorf("the API URL of %q: the port is not from 1 to 65535", u.Host)
	}
	switch u.Path {
	case "", "/", "/api", "/api/":
		return u, nil
	}
	return nil, fmt.Errorf("the API URL of %q has the path %q: the API is at /api/", u.Host, clip(u.Path, 60))
}

func portOf(u *url.URL) string {
	if port := u.Port(); port != "" {
		return port
	}
	return fmt.Sprint(PortAPI)
}

func validPort(u *url.URL) bool {
	_, err := netip.ParseAddrPort("0.0.0.0:" + portOf(u))
	return err == nil && strings.Trim(portOf(u), "0") != ""
}

// headerSafe says whether a value holds only visible ASCII characters.
func headerSafe(value string) bool {
	return !strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' })
}

// Host is the host and port that are asked: "192.0.2.1:443".
func (c *Client) Host() string { return c.host }

// Observed is a client that tells observe of its exchanges, and shares all else with c. It
// needs no Close of its own.
func (c *Client) Observed(observe func(Exchange)) *Client {
	other := *c
	other.observe = observe
	return &other
}

// WithKey is a client with that key, which shares all else with c. It needs no Close of
// its own.
func (c *Client) WithKey(key credential.Secret) (*Client, error) {
	if !headerSafe(key.Reveal()) {
		return nil, errors.New("the API key holds characters that do not fit into a header")
	}
	other := *c
	other.key = key
	return &other, nil
}

// Close ends the connections that no request uses, and waits for those that are still
// being made for nobody. Call it when all methods have returned. It returns nil.
func (c *Client) Close() error {
	c.link.close()
	return nil
}

// ServerMonitorState asks for the listener services and for the counters of every sender.
func (c *Client) ServerMonitorState(ctx context.Context) (s ServerMonitorState, err error) {
	err = c.op(ctx, Command{KindState, AllServers}, func(r Response) error {
		s, err = r.ServerMonitorState()
		return err
	})
	return s, err
}

// ServerMonitorStatistics asks for the status of every monitored server.
func (c *Client) ServerMonitorStatistics(ctx context.Context) (s ServerMonitorStatistics, err error) {
	err = c.op(ctx, Command{Kind: KindStatistics}, func(r Response) error {
		s, err = r.ServerMonitorStatistics()
		return err
	})
	return s, err
}

// Mapping asks one table for one address. Nil means that it is not mapped; several, that
// it is in more than one virtual system. Entries of other addresses are an error.
func (c *Client) Mapping(ctx context.Context, table Table, address netip.Addr) (mappings []Mapping, err error) {
	kind, err := kindOf(table)
	if err != nil {
		return nil, err
	}
	if !address.IsValid() || address.Zone() != "" {
		return nil, fmt.Errorf("%v is not an address that a firewall maps", address)
	}
	err = c.op(ctx, Command{kind, address.String()}, func(r Response) error {
		mappings, err = r.Mappings()
		for _, m := range mappings {
			if m.Address != address {
				mappings = nil
				return fmt.Errorf("asked for %v, the answer holds %v", address, m.Address)
			}
		}
		return err
	})
	return mappings, err
}

func kindOf(table Table) (Kind, error) {
	switch table {
	case DataPlane:
		return KindMapping, nil
	case ManagementPlane:
		return KindMappingMP, nil
	}
	return "", fmt.Errorf("there is no table %q", string(table))
}

// SystemInfo asks for host name, model, serial number and release.
func (c *Client) SystemInfo(ctx context.Context) (info SystemInfo, err error) {
	err = c.op(ctx, Command{Kind: KindSystemInfo}, func(r Response) error {
		info, err = r.SystemInfo()
		return err
	})
	return info, err
}

// Keygen spends a password on an API key. Calling it is logging in: a wrong password counts
// towards a lock-out, so the caller passes the credential gate first. The key is not used
// by this client; see WithKey.
func (c *Client) Keygen(ctx context.Context, user string, password credential.Secret) (key credential.Secret, err error) {
	if user == "" || password.Empty() {
		return credential.Secret{}, errors.New("keygen needs a user name and a password")
	}
	err = c.keygen(ctx, user, password, func(r Response) error {
		key, err = r.Key()
		return err
	})
	return key, err
}
