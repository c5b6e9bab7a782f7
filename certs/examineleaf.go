package certs

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"slices"
	"time"

	"github.com/uidprobe/uidprobe/check"
)

// usage: OpenSSL wants serverAuth, or one of the two old "server gated" ones, wherever the
// extension is; "any" is not enough for it.
func (e *exam) usage() finding {
	for i, c := range e.path.certs {
		if len(c.ExtKeyUsage)+len(c.UnknownExtKeyUsage) == 0 || slices.ContainsFunc(c.ExtKeyUsage, forServers) {
			continue
		}
		if i == 0 {
			return refused(errPurpose, "issue it for server authentication (extended key usage serverAuth); on a Windows CA take a template such as Web Server",
				"%s is not for servers: its extended key usage is %s", title(c), bounded(extendedUsages(c)))
		}
		return refused(errPurpose, "issue the certificate from a CA without that restriction",
			"the CA %s is not for servers: its extended key usage is %s", caName(c), bounded(extendedUsages(c)))
	}
	return pass("%s may be used by a server", title(e.sent[0]))
}

func forServers(usage x509.ExtKeyUsage) bool {
	return usage == x509.ExtKeyUsageServerAuth || usage == x509.ExtKeyUsageMicrosoftServerGatedCrypto || usage == x509.ExtKeyUsageNetscapeServerGatedCrypto
}

// keyUsage of the server's certificate: one of the three that OpenSSL calls KU_TLS.
func (e *exam) keyUsage() finding {
	leaf := e.sent[0]
	const tls = x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment | x509.KeyUsageKeyAgreement
	if leaf.KeyUsage != 0 && leaf.KeyUsage&tls == 0 {
		return refused(errPurpose, "issue it with the key usage digitalSignature, and keyEncipherment for RSA",
			"the key of %s may be used for %s, and not for TLS", title(leaf), bounded(keyUsages(leaf.KeyUsage)))
	}
	if leaf.KeyUsage == 0 {
		return pass("%s does not restrict the use of its key", title(leaf))
	}
	return pass("the key of %s may be used for %s", title(leaf), bounded(keyUsages(leaf.KeyUsage)))
}

// opensslKnows are critical extensions that OpenSSL processes and Go's parser does not, at
// least not in every form: policies, their mappings and constraints, and name constraints.
var opensslKnows = []asn1.ObjectIdentifier{{2, 5, 29, 30}, {2, 5, 29, 32}, {2, 5, 29, 33}, {2, 5, 29, 36}, {2, 5, 29, 54}}

func (e *exam) critical() finding {
	for _, c := range e.path.certs {
		for _, id := range c.UnhandledCriticalExtensions {
			if !slices.ContainsFunc(opensslKnows, id.Equal) {
				return refused(errCritical, "issue it without that extension, or not as a critical one",
					"%s has the critical extension %s, which nobody here knows", title(c), printable(id.String()))
			}
		}
	}
	return pass("every critical extension is known")
}

// authorities: OpenSSL's X509_check_ca. An intermediate must say CA:TRUE; of a root it takes,
// for old times' sake, a first version without extensions, or a key usage in its place.
func (e *exam) authorities() finding {
	for i, c := range e.path.certs {
		if i == 0 {
			continue
		}
		root := i == len(e.path.certs)-1 && e.path.trusted
		switch {
		case c.BasicConstraintsValid && !c.IsCA:
			return refused(errInvalidCA, "issue that CA certificate again with basic constraints CA:TRUE, and then the certificates below it",
				"%s signs certificates, but its basic constraints say CA:FALSE", caName(c))
		case c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageCertSign == 0:
			return refused(errInvalidCA, "issue that CA certificate again with the key usage keyCertSign",
				"%s signs certificates, but its key usage does not allow that", caName(c))
		case !c.BasicConstraintsValid && !(root && (c.KeyUsage != 0 || c.Version < 3)):
			return refused(errInvalidCA, "issue that CA certificate again with basic constraints CA:TRUE; the vendor's article calls this \"unable to get basic constraints\"",
				"%s signs certificates, but has no basic constraints", caName(c))
		}
	}
	return pass("every issuer is a CA")
}

// pathLength counts the CAs between a CA and the server's certificate. One that is its own
// namesake (after a renewal) does not count.
func (e *exam) pathLength() finding {
	below := 0
	for i, c := range e.path.certs {
		if i == 0 {
			continue
		}
		if limit, ok := pathLimit(c); ok && below > limit {
			return refused(errPathLength, "issue the certificate from a CA nearer to the root, or that CA's certificate with a greater path length",
				"%s allows %s below it, and there are %d", caName(c), count(limit, "CA"), below)
		}
		if string(c.RawSubject) != string(c.RawIssuer) {
			below++
		}
	}
	return pass("no more CAs follow than each allows")
}

func pathLimit(c *x509.Certificate) (limit int, ok bool) {
	return c.MaxPathLen, c.BasicConstraintsValid && c.IsCA && (c.MaxPathLen > 0 || c.MaxPathLen == 0 && c.MaxPathLenZero)
}

// levelHint is what can be said of strength: the firewall's security level is not known.
const levelHint = "; which security level the firewall's OpenSSL has is not documented: level 2 is that of Debian and of OpenSSL from 3.2, level 1 the default before"

// keys: 112 bits of security, as OpenSSL counts them at level 2. A key of another kind than RSA
// and ECDSA passes: with DSA there is no handshake to begin with, Ed25519 is strong enough.
func (e *exam) keys() finding {
	for i, c := range e.path.certs {
		bits, enough := strength(c)
		if enough {
			continue
		}
		number := errWeakCAKey
		if i == 0 {
			number = errWeakLeafKey
		}
		f := refused(number, "issue it with a key of RSA 2048, or ECDSA P-256"+levelHint, "the key of %s is %s: OpenSSL refuses it at security level 2", title(c), keyKind(c.PublicKey))
		f.numbers = []check.Measure{{Name: "key", Value: float64(bits), Unit: "bits"}}
		return f
	}
	return pass("the server's key is %s", keyKind(e.sent[0].PublicKey))
}

func strength(c *x509.Certificate) (bits int, enough bool) {
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return key.N.BitLen(), key.N.BitLen() >= 2048
	case *ecdsa.PublicKey:
		return key.Params().BitSize, key.Params().BitSize >= 224
	}
	return 0, true
}

// signatures: of every certificate but the trusted one, whose signature proves nothing.
func (e *exam) signatures() finding {
	for i, c := range e.path.certs {
		if i == len(e.path.certs)-1 && (e.path.trusted || selfSigned(c)) {
			break
		}
		switch c.SignatureAlgorithm {
		case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1:
			return refused(errWeakDigest, "issue it with SHA-256"+levelHint, "%s is signed with %s: OpenSSL refuses it at security level 2, from 3.0 on also at level 1", title(c), signatureName(c))
		}
	}
	return pass("the server's certificate is signed with %s", signatureName(e.sent[0]))
}

func (e *exam) name() finding {
	leaf := e.sent[0]
	if e.Name == "" {
		return inapplicable("no name was asked for: --name FQDN does, with the Network Address of the server-monitor entry")
	}
	m := matchName(leaf, e.Name)
	switch {
	case !m.ok:
		return e.mismatch(leaf)
	case m.commonName:
		return warned("issue it with the subject alternative name "+quoted(e.Name),
			"%s stands in the common name only: libcurl takes it as long as there is no alternative name, newer programs do not", quoted(e.Name))
	case m.wildcard:
		return warned("issue it for "+quoted(e.Name)+" itself", "%s is covered by %s alone: whoever has that key is every host of the domain", quoted(e.Name), quoted(m.by))
	case m.dot:
		return warned("issue it without the dot", "%s matches %s because libcurl ignores the dot at the end; openssl s_client does not", quoted(e.Name), quoted(m.by))
	}
	return pass("%s is among its names", quoted(e.Name))
}

func (e *exam) mismatch(leaf *x509.Certificate) finding {
	f := finding{
		status: check.Fail, openssl: errHostMismatch, fails: FailsName,
		hint: "issue it with " + quoted(e.Name) + " as a subject alternative name, or put a name that it has into Network Address (Device > User Identification > User Mapping > Server Monitoring)",
	}
	names := Names(leaf)
	switch {
	case len(names) == 0 && lastCommonName(leaf) == "":
		f.summary = "the certificate names no host at all"
	case len(names) == 0:
		f.summary = fmt.Sprintf("the certificate is for %s (its common name), not for %s", quoted(lastCommonName(leaf)), quoted(e.Name))
	default:
		f.summary = fmt.Sprintf("the certificate is for %s, not for %s", bounded(names), quoted(e.Name))
	}
	return f
}

// dates looks at the way that is used: what was sent besides does not matter.
func (e *exam) dates() finding {
	var first *x509.Certificate
	for _, c := range e.path.certs {
		switch {
		case e.Now.After(c.NotAfter):
			return refused(errExpired, "renew it; if it was renewed already, give the listener the new thumbprint (winrm set winrm/config/listener?Address=*+Transport=HTTPS @{CertificateThumbprint=\"…\"}); a clock that is wrong here or on the firewall looks the same",
				"%s expired on %s, %s ago", title(c), stamp(c.NotAfter), span(e.Now.Sub(c.NotAfter)))
		case e.Now.Before(c.NotBefore):
			return refused(errNotYetValid, "compare the clocks of the CA, of this host and of the firewall; wait, or issue it again",
				"%s is not valid before %s, in %s", title(c), stamp(c.NotBefore), span(c.NotBefore.Sub(e.Now)))
		}
		if first == nil || c.NotAfter.Before(first.NotAfter) {
			first = c
		}
	}
	left := first.NotAfter.Sub(e.Now)
	numbers := []check.Measure{{Name: "left", Value: float64(left / time.Second), Unit: "seconds"}}
	f := pass("%s is valid until %s", title(first), stamp(first.NotAfter))
	if left < min(e.Soon, first.NotAfter.Sub(first.NotBefore)/3) {
		f = warned("renew it now, and give the listener the new thumbprint", "%s expires on %s, in %s", title(first), stamp(first.NotAfter), span(left))
	}
	f.numbers = numbers
	return f
}

func (e *exam) constraints() finding {
	for i, ca := range e.path.certs {
		for _, c := range e.path.certs[:i] {
			if name, number := forbidden(ca, c); number != errOK {
				return refused(number, "issue it without that name, or from a CA whose name constraints permit it",
					"%s has the %s, for which %s must not vouch", title(c), name, caName(ca))
			}
		}
	}
	return pass("no CA forbids a name of the certificate")
}

// staple: RFC 7633 section 4.2.3. Neither OpenSSL nor libcurl looks at the extension.
func (e *exam) staple() finding {
	demanded := slices.ContainsFunc(e.sent[0].Extensions, func(x pkix.Extension) bool { return x.Id.Equal(tlsFeature) })
	switch {
	case !demanded && len(e.shown.Staple) > 0:
		return pass("an OCSP response is stapled, though not demanded")
	case !demanded:
		return pass("none is demanded")
	case len(e.shown.Staple) > 0:
		return pass("one is demanded and stapled")
	case e.shown.File:
		return inapplicable("one is demanded; a file does not show whether the server staples it")
	}
	return warned("switch OCSP stapling on in the server, or issue the certificate without the extension (TLS feature)",
		"the certificate demands a stapled OCSP response and the server sends none: OpenSSL and libcurl do not mind, others refuse")
}
