package certs

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"slices"

	"github.com/uidprobe/uidprobe/check"
)

// Offer is what a server can speak in one version.
type Offer struct {
	Version uint16
	// Ciphers are those it takes, in the order in which it takes them from our list; only the
	// first if they were not asked for one by one.
	Ciphers []uint16
	Err     error // why the version is not taken; nil if it is
}

// maxCiphers bounds how many handshakes one version is worth.
const maxCiphers = 40

// Offers asks for each version from TLS 1.3 down to SSL 3.0 by itself, and for the ciphers
// of TLS 1.2 and 1.3 one after another: about one connection for each cipher that the
// server takes. It stops when the server cannot be reached.
func Offers(ctx context.Context, dial Dial, serverName string) (offers []Offer, err error) {
	for _, version := range []uint16{tls.VersionTLS13, tls.VersionTLS12, tls.VersionTLS11, tls.VersionTLS10, VersionSSL30} {
		o := Offer{Version: version}
		left := ciphersOf(version)
		for len(left) > 0 && len(o.Ciphers) < maxCiphers {
			answer, err := greet(ctx, dial, Hello{Version: version, Ciphers: left, ServerName: serverName})
			var dialErr DialError
			if errors.As(err, &dialErr) || ctx.Err() != nil {
				return offers, err
			}
			if err == nil && (answer.Version != version || !slices.Contains(left, answer.Cipher)) {
				err = fmt.Errorf("it answers with %s", versionName(answer.Version))
			}
			if err != nil {
				o.Err = err
				break
			}
			o.Ciphers = append(o.Ciphers, answer.Cipher)
			left = slices.DeleteFunc(left, func(c uint16) bool { return c == answer.Cipher })
			if version < tls.VersionTLS12 {
				break
			}
		}
		if len(o.Ciphers) > 0 {
			o.Err = nil
		}
		offers = append(offers, o)
	}
	return offers, nil
}

func greet(ctx context.Context, dial Dial, h Hello) (ServerHello, error) {
	attempt, cancel := check.Attempt(ctx)
	defer cancel()
	conn, err := dial(attempt)
	if err != nil {
		return ServerHello{}, DialError{err}
	}
	defer conn.Close()
	return h.Greet(attempt, conn, false)
}

// versionName is a version in words.
func versionName(version uint16) string {
	if version == VersionSSL30 {
		return "SSL 3.0"
	}
	return tls.VersionName(version)
}

// VersionName is a version of TLS in words, SSL 3.0 included.
func VersionName(version uint16) string { return versionName(version) }

// suite is a cipher of the registry of IANA.
type suite struct {
	id     uint16
	name   string
	legacy string // why no client of today should take it; "" for a good one
}

const (
	noSecrecy = "no forward secrecy"
	cbcMode   = "CBC with SHA-1"
	block64   = "64-bit blocks (SWEET32)"
	rc4Stream = "RC4"
	noCipher  = "no encryption"
	noServer  = "no certificate (anonymous)"
	exported  = "export strength"
)

// suites13 are all of TLS 1.3 that OpenSSL has by default; suites12 are those of TLS 1.2 and
// before that Windows, OpenSSL or GnuTLS have or had, the good ones first.
var (
	suites13 = []suite{
		{0x1301, "TLS_AES_128_GCM_SHA256", ""}, {0x1302, "TLS_AES_256_GCM_SHA384", ""}, {0x1303, "TLS_CHACHA20_POLY1305_SHA256", ""},
	}
	suites12 = []suite{
		{0xc02c, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", ""}, {0xc02b, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", ""},
		{0xc030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", ""}, {0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", ""},
		{0xcca9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", ""}, {0xcca8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", ""},
		{0x009f, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", ""}, {0x009e, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", ""},
		{0xccaa, "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256", ""},
		{0xc024, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384", ""}, {0xc023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", ""},
		{0xc028, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", ""}, {0xc027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", ""},
		{0x006b, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256", ""}, {0x0067, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256", ""},
		{0xc00a, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", cbcMode}, {0xc009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", cbcMode},
		{0xc014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", cbcMode}, {0xc013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", cbcMode},
		{0x0039, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA", cbcMode}, {0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", cbcMode},
		{0x009d, "TLS_RSA_WITH_AES_256_GCM_SHA384", noSecrecy}, {0x009c, "TLS_RSA_WITH_AES_128_GCM_SHA256", noSecrecy},
		{0x003d, "TLS_RSA_WITH_AES_256_CBC_SHA256", noSecrecy}, {0x003c, "TLS_RSA_WITH_AES_128_CBC_SHA256", noSecrecy},
		{0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA", noSecrecy}, {0x002f, "TLS_RSA_WITH_AES_128_CBC_SHA", noSecrecy},
		{0xc008, "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA", block64}, {0xc012, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", block64},
		{0x0016, "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA", block64}, {0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA", block64},
		{0xc007, "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA", rc4Stream}, {0xc011, "TLS_ECDHE_RSA_WITH_RC4_128_SHA", rc4Stream},
		{0x0005, "TLS_RSA_WITH_RC4_128_SHA", rc4Stream}, {0x0004, "TLS_RSA_WITH_RC4_128_MD5", rc4Stream},
		{0x0009, "TLS_RSA_WITH_DES_CBC_SHA", block64}, {0x003b, "TLS_RSA_WITH_NULL_SHA256", noCipher},
		{0x0002, "TLS_RSA_WITH_NULL_SHA", noCipher}, {0x0001, "TLS_RSA_WITH_NULL_MD5", noCipher},
		{0xc018, "TLS_ECDH_anon_WITH_AES_128_CBC_SHA", noServer}, {0x0034, "TLS_DH_anon_WITH_AES_128_CBC_SHA", noServer},
		{0x0003, "TLS_RSA_EXPORT_WITH_RC4_40_MD5", exported}, {0x0008, "TLS_RSA_EXPORT_WITH_DES40_CBC_SHA", exported},
	}
)

func ciphersOf(version uint16) (ids []uint16) {
	list := suites12
	if version == tls.VersionTLS13 {
		list = suites13
	}
	for _, s := range list {
		ids = append(ids, s.id)
	}
	return ids
}

// Cipher is the name of a cipher, and why no client of today should take it; legacy is ""
// for a good one.
func Cipher(id uint16) (name, legacy string) {
	for _, s := range slices.Concat(suites13, suites12) {
		if s.id == id {
			return s.name, s.legacy
		}
	}
	return fmt.Sprintf("0x%04x", id), "unknown here"
}
