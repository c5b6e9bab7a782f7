package kerberos

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/peers"
)

// gssPeer is testdata/gss-peer.py: GSS-API as MIT krb5 does it.
type gssPeer struct {
	t     *testing.T
	stdin io.Writer
	lines *bufio.Scanner
}

func startGSSPeer(t *testing.T, env []string, args ...string) *gssPeer {
	t.Helper()
	return startLines(t, "gssapi", "python3-gssapi", env, append([]string{filepath.Join("testdata", "gss-peer.py")}, args...)...)
}

// startLines runs a program in Python, of the system's own packages, that answers lines.
func startLines(t *testing.T, module, debian string, env []string, args ...string) *gssPeer {
	t.Helper()
	const python = "/usr/bin/python3"
	if err := exec.Command(python, "-c", "import "+module).Run(); err != nil {
		peers.Missing(t, "the module %s of Python is not installed (package %s)", module, debian)
	}
	cmd := exec.CommandContext(ctx(t), python, args...)
	cmd.Env = append(append(os.Environ(), "KRB5RCACHENAME=none:", "LC_ALL=C"), env...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		if err := cmd.Wait(); err != nil && t.Failed() {
			t.Logf("%s: %v: %s", args[0], err, complaints.String())
		}
	})
	p := &gssPeer{t: t, stdin: stdin, lines: bufio.NewScanner(stdout)}
	p.lines.Buffer(nil, 1<<20)
	return p
}

func text(b []byte) string {
	if len(b) == 0 {
		return "-"
	}
	return hex.EncodeToString(b)
}

func value(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.TrimPrefix(s, "-"))
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return b
}

func (p *gssPeer) ask(words ...string) []string {
	p.t.Helper()
	if _, err := io.WriteString(p.stdin, strings.Join(words, " ")+"\n"); err != nil {
		p.t.Fatal(err)
	}
	if !p.lines.Scan() {
		p.t.Fatalf("%s: no answer: %v", words[0], p.lines.Err())
	}
	return strings.Fields(p.lines.Text())
}

// converse sends texts both ways in every form.
func (p *gssPeer) converse(c *SecurityContext) {
	p.t.Helper()
	for _, size := range []int{0, 1, 15, 16, 17, 1000} {
		plain := bytes.Repeat([]byte{'x'}, size)
		for _, seal := range []bool{true, false} {
			token, err := c.Wrap(plain, seal)
			if err != nil {
				p.t.Fatal(err)
			}
			want := map[bool]string{true: "1", false: "0"}[seal]
			if got := p.ask("unwrap", text(token)); got[0] != want || got[1] != text(plain) {
				p.t.Errorf("%d bytes, seal %v: the peer reads %v", size, seal, got)
			}
			back := p.ask("wrap", want, text(plain))
			if got, sealed, err := c.Unwrap(value(p.t, back[0])); err != nil || sealed != seal || !bytes.Equal(got, plain) {
				p.t.Errorf("%d bytes, seal %v: we read %x, %v, %v", size, seal, got, sealed, err)
			}
		}
		signature, sealed, err := c.Detach(plain)
		if err != nil || len(signature) != SignatureSize || len(sealed) != size {
			p.t.Fatalf("detached: %d and %d bytes, %v", len(signature), len(sealed), err)
		}
		if got := p.ask("unwrap", text(append(signature, sealed...))); got[0] != "1" || got[1] != text(plain) {
			p.t.Errorf("%d bytes, detached: the peer reads %v", size, got)
		}
		back := value(p.t, p.ask("iov", text(plain))[0])
		if got, sealed, err := c.Unwrap(back); err != nil || !sealed || !bytes.Equal(got, plain) {
			p.t.Errorf("%d bytes of gss_wrap_iov: we read %x, %v, %v", size, got, sealed, err)
		}
		mic, err := c.MIC(plain)
		if err != nil {
			p.t.Fatal(err)
		}
		if got := p.ask("check", text(plain), text(mic)); got[0] != "ok" {
			p.t.Errorf("signature: %v", got)
		}
		if err := c.VerifyMIC(plain, value(p.t, p.ask("mic", text(plain))[0])); err != nil {
			p.t.Errorf("the peer's signature: %v", err)
		}
	}
}

// mitTicket is a ticket of the KDC for HTTP/sim.corp.example.
func mitTicket(t *testing.T, mit *peers.MITKDC, etypes []Etype) (tgt, ticket Credential) {
	t.Helper()
	k := KDC{Network: "tcp", Address: mit.KDC.String()}
	tgt, err := login(t, k, parse(t, "svc-userid@CORP.EXAMPLE"), PasswordKeys(password))
	if err != nil {
		t.Fatal(err)
	}
	ticket, err = k.ServiceTicket(ctx(t), tgt, HTTPService("sim.corp.example", "CORP.EXAMPLE"), etypes)
	if err != nil {
		t.Fatal(err)
	}
	return tgt, ticket
}

var mechanisms = map[string]bool{"krb5": false, "spnego": true}

// An acceptor that others wrote takes our log-ins, and reads and writes what we do.
func TestInitiatorAgainstMIT(t *testing.T) {
	t.Parallel()
	mit := peers.MIT(t)
	for mech, spnego := range mechanisms {
		for _, e := range DefaultEtypes() {
			t.Run(mech+" "+e.String(), func(t *testing.T) {
				t.Parallel()
				p := startGSSPeer(t, []string{"KRB5_KTNAME=" + mit.Keytab}, "acceptor", mech, "HTTP@sim.corp.example", text([]byte("tls-server-end-point:x")))
				_, ticket := mitTicket(t, mit, []Etype{e})
				i, err := NewInitiator(InitiatorConfig{Ticket: ticket, SPNEGO: spnego, Bindings: []byte("tls-server-end-point:x")})
				if err != nil {
					t.Fatal(err)
				}
				answer := p.ask("step", text(i.Token()))
				if answer[0] != "done" {
					t.Fatalf("the acceptor: %v", answer)
				}
				c, last, err := i.Finish(value(t, answer[1]))
				if err != nil || last != nil || c.Etype() != e {
					t.Fatalf("%v, %d bytes to send, %v", err, len(last), c)
				}
				if who := p.ask("peer"); who[0] != "svc-userid@CORP.EXAMPLE" {
					t.Errorf("the acceptor sees %v", who)
				}
				p.converse(c)
			})
		}
	}
}

// An acceptor with another channel refuses.
func TestMITRefusesOtherBindings(t *testing.T) {
	t.Parallel()
	mit := peers.MIT(t)
	p := startGSSPeer(t, []string{"KRB5_KTNAME=" + mit.Keytab}, "acceptor", "krb5", "HTTP@sim.corp.example", text([]byte("tls-server-end-point:x")))
	_, ticket := mitTicket(t, mit, nil)
	i, err := NewInitiator(InitiatorConfig{Ticket: ticket, Bindings: []byte("tls-server-end-point:y")})
	if err != nil {
		t.Fatal(err)
	}
	if answer := p.ask("step", text(i.Token())); answer[0] != "error" || !strings.Contains(string(value(t, answer[1])), "channel bindings") {
		t.Errorf("the acceptor: %v", answer)
	}
}

// What MIT's acceptor says of a clock that is off is a refusal with its code.
func TestMITRefusesSkew(t *testing.T) {
	t.Parallel()
	mit := peers.MIT(t)
	p := startGSSPeer(t, []string{"KRB5_KTNAME=" + mit.Keytab}, "acceptor", "krb5", "HTTP@sim.corp.example")
	_, ticket := mitTicket(t, mit, nil)
	i, err := NewInitiator(InitiatorConfig{Ticket: ticket, Now: hourAhead})
	if err != nil {
		t.Fatal(err)
	}
	answer := p.ask("step", text(i.Token()))
	if answer[0] != "error" || answer[2] == "-" {
		t.Fatalf("the acceptor: %v", answer)
	}
	_, _, err = i.Finish(value(t, answer[2]))
	var refused *KDCError
	if !errors.As(err, &refused) || refused.Code != ErrSkew || refused.KDC != "HTTP/sim.corp.example@CORP.EXAMPLE" {
		t.Errorf("the refusal: %v", err)
	}
}

// Our acceptor takes log-ins of an initiator that others wrote, with a credential cache that we wrote.
func TestAcceptorAgainstMIT(t *testing.T) {
	t.Parallel()
	mit := peers.MIT(t)
	raw, err := os.ReadFile(mit.Keytab)
	if err != nil {
		t.Fatal(err)
	}
	kt, err := ReadKeytab(raw)
	if err != nil {
		t.Fatal(err)
	}
	for mech := range mechanisms {
		for _, sign := range []bool{false, true} {
			if sign && mech == "krb5" {
				continue
			}
			t.Run(mech, func(t *testing.T) {
				t.Parallel()
				client := peers.NewClient(t, mit.KDC)
				tgt, _ := mitTicket(t, mit, nil)
				writeCache(t, client.Cache, Cache{Client: tgt.Client, Credentials: []Credential{tgt}})
				p := startGSSPeer(t, []string{"KRB5_CONFIG=" + client.Config, "KRB5CCNAME=FILE:" + client.Cache}, "initiator", mech, "HTTP@sim.corp.example")
				got, reply, err := NewAcceptor(AcceptorConfig{Keytab: kt, SignList: sign}).Accept(value(t, p.ask("step", "-")[1]))
				if err != nil {
					t.Fatal(err)
				}
				answer := p.ask("step", text(reply))
				if answer[0] != "done" || (answer[1] != "-") != sign {
					t.Fatalf("the initiator: %v", answer)
				}
				if sign {
					if err := got.Finish(value(t, answer[1])); err != nil {
						t.Fatal(err)
					}
				}
				if got.Client.String() != "svc-userid@CORP.EXAMPLE" || got.Service.String() != "HTTP/sim.corp.example@CORP.EXAMPLE" || got.Bound {
					t.Errorf("accepted %v for %v, bound %v", got.Client, got.Service, got.Bound)
				}
				if f := got.Context.Flags(); !f.Has(DefaultGSSFlags) {
					t.Errorf("flags %x", f)
				}
				p.converse(got.Context)
			})
		}
	}
}

func writeCache(t *testing.T, file string, c Cache) {
	t.Helper()
	b, err := c.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
