package probe

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/uidprobe/uidprobe/wire/dns"
)

// hostResolver is what this host itself knows of names.
type hostResolver struct {
	list      func(context.Context) ([]netip.AddrPort, error) // nil means hostServers
	hostsFile string                                          // empty means the system's
}

func (h hostResolver) servers(ctx context.Context) ([]netip.AddrPort, error) {
	if h.list != nil {
		return h.list(ctx)
	}
	return hostServers(ctx)
}

// errNotAsked keeps Go's resolver from asking.
var errNotAsked = errors.New("only the address is wanted")

// hostServers are the DNS servers that this host is configured with, in the order in which it
// asks them.
//
// Subtle: Go has no function that tells. But its own resolver reads the configuration on every
// system, and dials each server in turn through a function of ours: that one writes the
// address down and refuses. Nothing is sent.
func hostServers(ctx context.Context) ([]netip.AddrPort, error) {
	var (
		mu   sync.Mutex // guards what follows
		list []netip.AddrPort
		bad  error
	)
	r := net.Resolver{PreferGo: true, Dial: func(_ context.Context, _, address string) (net.Conn, error) {
		server, err := netip.ParseAddrPort(address)
		mu.Lock()
		defer mu.Unlock()
		switch {
		case err != nil:
			bad = fmt.Errorf("DNS server of this host: %w", err)
		case !slices.Contains(list, server):
			list = append(list, server)
		}
		return nil, errNotAsked
	}}
	// A name that no hosts file has, with a dot at its end so that no suffix is tried.
	_, err := r.LookupTXT(ctx, "uidprobe.invalid.")
	mu.Lock()
	defer mu.Unlock()
	if len(list) > 0 {
		return list, nil
	}
	if bad != nil {
		return nil, bad
	}
	return nil, fmt.Errorf("this host names no DNS server: %w", err)
}

// maxHosts bounds what is read of a hosts file, in bytes.
const maxHosts = 8 << 20

// file lists the addresses that the hosts file has for a name. A file that cannot be read has
// none.
func (h hostResolver) file(name string) []netip.Addr {
	path := h.hostsFile
	if path == "" {
		path = systemHosts()
	}
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	return readHosts(io.LimitReader(f, maxHosts), name)
}

// readHosts reads the lines "address name alias… # comment" of a hosts file.
func readHosts(r io.Reader, name string) (list []netip.Addr) {
	want := dns.Canonical(name)
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line, _, _ := strings.Cut(lines.Text(), "#")
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		address, err := netip.ParseAddr(fields[0])
		if err != nil {
			continue
		}
		for _, alias := range fields[1:] {
			if dns.Canonical(alias) == want && !slices.Contains(list, address) {
				list = append(list, address)
			}
		}
	}
	return list
}
