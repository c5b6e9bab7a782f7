package peers

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// server is a script that runs until its standard input is closed. The system closes it when this
// process ends, however that ends: nothing is left behind, and a server may be shared by all tests
// of a process without one of them being the last.
type server struct {
	cmd    *exec.Cmd
	stdin  io.Closer
	values map[string]string // what the script printed
}

// start runs a script of testdata/peers until it says READY.
func start(script string, env ...string) (*server, error) {
	file, err := source("testdata", "peers", script)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("bash", file)
	cmd.Env = append(append(os.Environ(), "LC_ALL=C"), env...)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{cmd, stdin, map[string]string{}}
	giveUp := time.AfterFunc(patience, func() { _ = stdin.Close(); _ = cmd.Process.Kill() })
	defer giveUp.Stop()
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		if lines.Text() == "READY" {
			return s, nil
		}
		key, value, _ := strings.Cut(lines.Text(), "=")
		s.values[key] = value
	}
	err = errors.Join(stdin.Close(), cmd.Wait())
	return nil, fmt.Errorf("%s: ended before it was ready: %v: %s", script, err, complaints.String())
}

// close ends the server and returns when it has ended.
func (s *server) close() {
	_ = s.stdin.Close()
	_ = s.cmd.Wait()
}

// kdc is the address that the script printed.
func (s *server) kdc() (netip.AddrPort, error) { return netip.ParseAddrPort(s.values["KDC"]) }

// file is one of the server's folder.
func (s *server) file(name string) string { return filepath.Join(s.values["DIR"], name) }

// FreePort is a port of 127.0.0.1 that was free a moment ago, over TCP and UDP: servers that others
// wrote want to be told one.
func FreePort() (netip.AddrPort, error) {
	for range 100 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return netip.AddrPort{}, err
		}
		address := l.Addr().(*net.TCPAddr).AddrPort()
		u, err := net.ListenPacket("udp", address.String())
		_ = l.Close()
		if err == nil {
			return address, u.Close()
		}
	}
	return netip.AddrPort{}, errors.New("no port is free over TCP and UDP")
}
