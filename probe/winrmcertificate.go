package probe

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/uidprobe/uidprobe/certs"
	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/wire/wsman"
)

// certificateChecks are those of the server's certificate, and the one that holds the connection to it.
func (d *winrmDoor) certificateChecks() []check.Check {
	handshake := d.tls.handshakeCheck()
	handshake.Needs = []check.Ref{{Check: idWinRMPort}}
	rules := d.tls.rules([]check.Ref{{Check: idTLSHandshake}})
	c := check.Check{
		ID:     idWinRMCertificate,
		Title:  lang.Text{EN: "the server shakes hands with the certificate that the firewall would accept", JA: "サーバーが、ファイアウォールの受け入れる証明書で TLS ハンドシェイクを完了する"},
		Source: "PAN-OS 11.1 guide, Configure Server Monitoring Using WinRM: the certificate profile; RFC 8446 section 4.4",
		Needs:  []check.Ref{{Check: idTLSHandshake}},
		Run:    d.askCertificate,
	}
	for i := range rules {
		if d.server.CertificateProfile == "" {
			rules[i].Skip = noProfile
		}
		c.After = append(c.After, check.Ref{Check: rules[i].ID}) // some are skipped where they mean nothing
	}
	if d.server.CertificateProfile == "" {
		c.Skip = noProfile
	}
	return append(append([]check.Check{handshake}, rules...), c)
}

var noProfile = &check.Skipped{Reason: check.Chosen, Why: "no file with the CAs of the firewall's certificate profile was given"}

// objection is the first rule that the certificate does not keep; nil if it keeps them all.
func (d *winrmDoor) objection() *check.Ref {
	x := d.tls.examined
	if x == nil {
		return &check.Ref{Check: certs.Rules()[0].ID, Target: d.target} // the profile could not be read
	}
	for _, r := range x.Results {
		if r.Status == check.Fail || r.Status == check.Error {
			return &check.Ref{Check: r.Check, Target: d.target}
		}
	}
	return nil
}

// otherCertificateError says that a connection shows another certificate than the one that was examined.
type otherCertificateError struct{ got, want string } // thumbprints

func (e *otherCertificateError) Error() string {
	return fmt.Sprintf("the server shows the certificate %s now, and %s a moment ago", e.got, e.want)
}

var errNotExamined = errors.New("the server's certificate was not examined")

// tlsConfig is what a firewall's client takes: with verify the very certificate that was examined against the
// certificate profile, by the rules of OpenSSL. Go's own are others, such as for a certificate with no more than
// a common name.
func (d *winrmDoor) tlsConfig(verify bool) *tls.Config {
	config := &tls.Config{
		ServerName:         d.tls.name,
		MinVersion:         tls.VersionTLS10, // what is asked without a log-in is asked of an old server as well
		CipherSuites:       unbrokenCiphers(),
		InsecureSkipVerify: true, // judged by verify; without that no secret is sent
	}
	if verify {
		config.MinVersion, config.VerifyConnection = tls.VersionTLS12, d.verify
	}
	return config
}

// unbrokenCiphers are those of Go with AES or ChaCha20, also without forward secrecy, which OpenSSL takes.
func unbrokenCiphers() (ids []uint16) {
	for _, list := range [][]*tls.CipherSuite{tls.CipherSuites(), tls.InsecureCipherSuites()} {
		for _, c := range list {
			if strings.Contains(c.Name, "_AES_") || strings.Contains(c.Name, "_CHACHA20_") {
				ids = append(ids, c.ID)
			}
		}
	}
	return ids
}

// verify holds a connection to what was examined and accepted: it refuses where nothing was.
func (d *winrmDoor) verify(state tls.ConnectionState) error {
	x := d.tls.examined
	if x == nil || len(d.tls.session.Raw) == 0 || x.Failure != certs.NoFailure || d.objection() != nil {
		return errNotExamined
	}
	leaf := state.PeerCertificates[0]
	if bytes.Equal(leaf.Raw, d.tls.session.Raw[0]) {
		return nil
	}
	want := "another one"
	if c, err := certs.Parse(d.tls.session.Raw[0]); err == nil {
		want = certs.Thumbprint(c)
	}
	return &otherCertificateError{certs.Thumbprint(leaf), want}
}

// askCertificate completes a handshake. What showed the certificate to the rules broke it off.
func (d *winrmDoor) askCertificate(ctx context.Context) check.Result {
	if cause := d.objection(); cause != nil {
		return check.Result{Status: check.Skip, Skipped: check.NeedNotMet, CausedBy: cause, Summary: fmt.Sprintf("not asked: %v did not pass", *cause)}
	}
	attempt, cancel := check.Attempt(ctx)
	defer cancel()
	conn, err := d.connect(attempt, true)
	if err != nil {
		d.unshaken = true
		return d.failure(err)
	}
	defer conn.Close()
	state, _ := conn.TLS()
	leaf := state.PeerCertificates[0]
	return check.Result{
		Status:  check.Pass,
		Summary: fmt.Sprintf("%s, with the certificate that was examined", certs.VersionName(state.Version)),
		Evidence: []check.Evidence{
			{Name: "thumbprint", Text: certs.Thumbprint(leaf) + " (CertificateThumbprint of winrm enumerate winrm/config/listener)"},
			{Name: "channel bindings", Text: bindingText(wsman.EndpointBindings(leaf))},
		},
	}
}

// bindingText writes channel bindings: their prefix and the hash.
func bindingText(b []byte) string {
	prefix, hash, _ := bytes.Cut(b, []byte(":"))
	return string(prefix) + ":" + hex.EncodeToString(hash)
}
