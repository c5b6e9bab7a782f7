package dc

import (
	"crypto/tls"
	"crypto/x509"

	"github.com/uidprobe/uidprobe/certs"
)

// pki is what the listener for HTTPS shows.
type pki struct {
	root      *x509.Certificate
	authority *certs.Authority // nil where the flaw of the start wants a CA of its own
	server    tls.Certificate
}

func (p *pki) mint(host string, flaw certs.Flaw) (err error) {
	if !certs.Permits(host) {
		return nil // then there is no HTTPS
	}
	if info, _ := certs.FindFlaw(flaw); info.OwnCA {
		minted, err := certs.Mint(certs.MintConfig{Hosts: []string{host}, Flaw: flaw})
		if err != nil {
			return err
		}
		p.root, p.server = minted.Root, minted.Server
	} else {
		if p.authority, err = certs.NewAuthority("simulated domain controller"); err != nil {
			return err
		}
		p.root = p.authority.Certificate()
		if p.server, err = p.authority.Server([]string{host}, flaw); err != nil {
			return err
		}
	}
	p.server, err = withLeaf(p.server)
	return err
}

// withLeaf parses the certificate as leniently as OpenSSL, where Go's parser would refuse it.
func withLeaf(c tls.Certificate) (tls.Certificate, error) {
	leaf, err := certs.Parse(c.Certificate[0])
	c.Leaf = leaf
	return c, err
}

// current is the certificate to show.
func (p *pki) current(e *effects) tls.Certificate {
	if e.winrm.certificate != nil {
		return *e.winrm.certificate
	}
	return p.server
}

func (p *pki) rootPEM() []byte { return certs.PEM([]*x509.Certificate{p.root}) }
