package peers

import (
	"crypto/rand"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// SambaDC is a domain controller of Samba, dc1.corp.example: KDC and LDAP. Its accounts are in
// testdata/peers/README.md.
type SambaDC struct {
	KDC    netip.AddrPort // TCP and UDP, port 88; LDAP is at the same address, port 389
	Conf   string         // smb.conf: what samba-tool wants behind -s
	server *server
	spares *atomic.Int32
}

var sharedSamba = sync.OnceValues(func() (*SambaDC, error) { return startSamba(0) })

// Samba is the domain controller that all tests of this process share. A test that counts refusals or
// changes an account takes a Spare one.
func Samba(t testing.TB) *SambaDC {
	t.Helper()
	requireSamba(t)
	d, err := sharedSamba()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// OwnSamba is a domain controller of this test alone, whose clock is ahead by skew.
func OwnSamba(t testing.TB, skew time.Duration) *SambaDC {
	t.Helper()
	requireSamba(t)
	if skew != 0 {
		requireFaketime(t)
	}
	return ownSamba(t, skew)
}

// SambaWith is a domain controller of this test alone with settings of smb.conf, "name = value".
func SambaWith(t testing.TB, options ...string) *SambaDC {
	t.Helper()
	requireSamba(t)
	return ownSamba(t, 0, options...)
}

func ownSamba(t testing.TB, skew time.Duration, options ...string) *SambaDC {
	t.Helper()
	d, err := startSamba(skew, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.server.close)
	return d
}

func requireSamba(t testing.TB) {
	t.Helper()
	Require(t, "bash", "bash")
	Require(t, "flock", "util-linux")
	Require(t, "samba", "samba-ad-dc")
	Require(t, "samba-tool", "samba")
	if os.Getuid() != 0 {
		Missing(t, "a domain controller of Samba takes root")
	}
	if err := exec.Command("/usr/bin/python3", "-c", "import samba.samdb").Run(); err != nil {
		Missing(t, "the samba module of Python is not installed (package python3-samba): %v", err)
	}
}

func startSamba(skew time.Duration, options ...string) (*SambaDC, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	cache, err := domainCache()
	if err != nil {
		return nil, err
	}
	s, err := start("samba-ad.sh", "ADDRESS="+address.String(), "CACHE="+cache, "FAKETIME="+faketime(skew), "OPTIONS="+strings.Join(options, "\n"))
	if err != nil {
		return nil, err
	}
	kdc, err := s.kdc()
	return &SambaDC{kdc, s.values["CONF"], s, new(atomic.Int32)}, err
}

// cacheAge is how long a provisioned domain is taken from the cache: its passwords live 42 days.
const cacheAge = 20 * 24 * time.Hour

func domainCache() (string, error) {
	script, err := source("testdata", "peers", "samba-ad.sh")
	if err != nil {
		return "", err
	}
	accounts, err := source("testdata", "peers", "samba-accounts.py")
	if err != nil {
		return "", err
	}
	program, err := find("samba")
	if err != nil {
		return "", err
	}
	file, err := cached("samba.tgz", script, accounts, program)
	if info, err := os.Stat(file); err == nil && time.Since(info.ModTime()) > cacheAge {
		_ = os.Remove(file)
	}
	return file, err
}

// freeAddress is a loopback address whose ports of a domain controller are free. Each process has
// another one: packages are tested side by side.
func freeAddress() (netip.Addr, error) {
	for range 100 {
		var b [3]byte
		_, _ = rand.Read(b[:])
		address := netip.AddrFrom4([4]byte{127, 100 + b[0]%100, b[1], 1 + b[2]%254})
		if portsFree(address, 88, 389, 464, 636, 3268, 3269) {
			return address, nil
		}
	}
	return netip.Addr{}, fmt.Errorf("no address of 127.0.0.0/8 has the ports of a domain controller free")
}

func portsFree(address netip.Addr, ports ...uint16) bool {
	for _, port := range ports {
		l, err := net.Listen("tcp", netip.AddrPortFrom(address, port).String())
		if err != nil {
			return false
		}
		_ = l.Close()
	}
	return true
}

// spareAccounts is SPARE of samba-accounts.py.
const spareAccounts = 40

// Spare is an account that no other test of this process uses. Its password is Password, and nobody has
// tried another one.
func (d *SambaDC) Spare(t testing.TB) string {
	t.Helper()
	n := d.spares.Add(1)
	if n > spareAccounts {
		t.Fatalf("all of the %d spare accounts are in use: raise SPARE in testdata/peers/samba-accounts.py", spareAccounts)
	}
	return fmt.Sprintf("svc-spare%02d", n)
}

// Tool runs samba-tool on the domain.
func (d *SambaDC) Tool(t testing.TB, args ...string) string {
	t.Helper()
	return output(t, "", nil, "samba-tool", append(args, "-s", d.Conf)...)
}

// Attribute reads an attribute of an account where it is stored; empty if it has none. Several values
// are lines.
func (d *SambaDC) Attribute(t testing.TB, account, attribute string) string {
	t.Helper()
	return strings.TrimSuffix(d.accounts(t, "", "get", account, attribute), "\n")
}

// BadPasswords is how many refused passwords the domain controller counts for an account, its badPwdCount.
func (d *SambaDC) BadPasswords(t testing.TB, account string) int {
	t.Helper()
	text := d.Attribute(t, account, "badPwdCount")
	if text == "" {
		return 0 // Samba writes the attribute at the first refusal
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("badPwdCount of %s: %q", account, text)
	}
	return n
}

// Set changes an attribute of an account where it is stored.
func (d *SambaDC) Set(t testing.TB, account, attribute, value string) {
	t.Helper()
	d.accounts(t, "", "set", account, attribute, value)
}

// SetPassword changes the password of an account as an administrator does.
func (d *SambaDC) SetPassword(t testing.TB, account, password string) {
	t.Helper()
	d.accounts(t, password+"\n", "password", account)
}

func (d *SambaDC) accounts(t testing.TB, input string, args ...string) string {
	t.Helper()
	script, err := source("testdata", "peers", "samba-accounts.py")
	if err != nil {
		t.Fatal(err)
	}
	return output(t, input, nil, "/usr/bin/python3", append([]string{script, d.Conf}, args...)...)
}
