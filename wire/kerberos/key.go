package kerberos

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"

	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/types"
)

// Etype is an encryption type of the IANA registry, RFC 3961.
type Etype int32

// The encryption types that PAN-OS takes (its 9.0 release notes), and others by name only.
const (
	AES128 Etype = 17 // aes128-cts-hmac-sha1-96
	AES256 Etype = 18 // aes256-cts-hmac-sha1-96
	RC4    Etype = 23 // rc4-hmac; never used here
)

// DefaultEtypes are what a client offers when it is not told: AES256, then AES128. The slice
// is the caller's.
func DefaultEtypes() []Etype { return []Etype{AES256, AES128} }

// String is the name that MIT krb5 uses.
func (e Etype) String() string {
	switch e {
	case 1:
		return "des-cbc-crc"
	case 3:
		return "des-cbc-md5"
	case AES128:
		return "aes128-cts-hmac-sha1-96"
	case AES256:
		return "aes256-cts-hmac-sha1-96"
	case 19:
		return "aes128-cts-hmac-sha256-128"
	case 20:
		return "aes256-cts-hmac-sha384-192"
	case RC4:
		return "arcfour-hmac"
	}
	return fmt.Sprintf("etype %d", int32(e))
}

// Supported says whether this package can make and use keys of the type: the two AES types of
// RFC 3962, and no other.
func (e Etype) Supported() bool { return e == AES128 || e == AES256 }

func (e Etype) size() int {
	if e == AES128 {
		return 16
	}
	return 32
}

// Key is a key of an encryption type. It prints as its type alone, in every verb, in JSON and
// in slog. The zero value is no key.
type Key struct {
	etype Etype
	value []byte
}

// NewKey makes a key of its bytes, which it copies. The error says which length is right.
func NewKey(e Etype, value []byte) (Key, error) {
	if !e.Supported() {
		return Key{}, fmt.Errorf("%v: keys of that type are not supported", e)
	}
	if len(value) != e.size() {
		return Key{}, fmt.Errorf("%v: a key of %d bytes, want %d", e, len(value), e.size())
	}
	return Key{e, append([]byte(nil), value...)}, nil
}

// RandomKey makes a fresh key. The type must be a supported one.
func RandomKey(e Etype) Key {
	value := make([]byte, e.size())
	_, _ = rand.Read(value) // never fails, says its documentation
	return Key{e, value}
}

// Etype is the type of the key, 0 of no key.
func (k Key) Etype() Etype { return k.etype }

// Reveal returns a copy of the key's bytes. It is for files that hold keys and for other protocols that
// use a session key; nothing else may print or keep them.
func (k Key) Reveal() []byte { return append([]byte(nil), k.value...) }

// IsZero says whether there is no key.
func (k Key) IsZero() bool { return len(k.value) == 0 }

func (k Key) String() string { return "key of " + k.etype.String() }

// Format keeps the bytes out of every verb.
func (k Key) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, k.String()) }

// MarshalText keeps the bytes out of JSON and of everything else that asks for text.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// LogValue keeps the bytes out of logs.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// defaultIterations is the count of RFC 3962 section 4 where the KDC gives none.
const defaultIterations = 4096

// maxIterations bounds the work that a KDC can ask of a client: it cannot be interrupted. Active
// Directory, Samba and MIT krb5 ask for 4096.
const maxIterations = 1 << 20

// errIterations is a count that we do not want to run.
var errIterations = errors.New("the KDC asks for too many iterations")

// PasswordKey derives the key of a password, RFC 3962 section 4. Parameters are the s2kparams of the
// KDC: four bytes, or none for the default.
func PasswordKey(e Etype, password, salt string, parameters []byte) (Key, error) {
	if !e.Supported() {
		return Key{}, fmt.Errorf("%v: keys of that type are not supported", e)
	}
	iterations := uint32(defaultIterations)
	switch len(parameters) {
	case 0:
	case 4:
		iterations = binary.BigEndian.Uint32(parameters)
	default:
		return Key{}, fmt.Errorf("%w: parameters of %d bytes, want 4", errIterations, len(parameters))
	}
	// 0 stands for 2 to the 32nd.
	if iterations == 0 || iterations > maxIterations {
		return Key{}, fmt.Errorf("%w: %d, we take at most %d", errIterations, iterations, maxIterations)
	}
	seed, err := pbkdf2.Key(sha1.New, password, []byte(salt), int(iterations), e.size())
	if err != nil {
		return Key{}, err
	}
	et, err := crypto.GetEtype(int32(e))
	if err != nil {
		return Key{}, err
	}
	value, err := et.DeriveKey(seed, []byte("kerberos"))
	if err != nil {
		return Key{}, err
	}
	return Key{e, value}, nil
}

// KeyFunc gives the key of a client for one encryption type that its KDC offers.
type KeyFunc func(client Principal, offer Offer) (Key, error)

// PasswordKeys derives keys of a password with the salt that the KDC names, or with the default
// one, RFC 4120 section 4, where it names none.
func PasswordKeys(password string) KeyFunc {
	return func(client Principal, offer Offer) (Key, error) {
		salt := client.Salt()
		if offer.HasSalt {
			salt = offer.Salt
		}
		return PasswordKey(offer.Etype, password, salt, offer.Parameters)
	}
}

func (k Key) wire() types.EncryptionKey {
	return types.EncryptionKey{KeyType: int32(k.etype), KeyValue: k.value}
}

func (k Key) seal(plain []byte, usage uint32, kvno int) (types.EncryptedData, error) {
	return crypto.GetEncryptedData(plain, k.wire(), usage, kvno)
}

// minCipher is a confounder and a checksum. Shorter texts make gokrb5 panic.
const minCipher = 16 + 12

var errIntegrity = errors.New("decrypt integrity check failed")

// open decrypts what was sealed under the key. Any other key, or another type of key, is
// errIntegrity.
func (k Key) open(e types.EncryptedData, usage uint32) ([]byte, error) {
	if Etype(e.EType) != k.etype {
		return nil, fmt.Errorf("%w: it is encrypted with %v, the key is of %v", errIntegrity, Etype(e.EType), k.etype)
	}
	if len(e.Cipher) < minCipher {
		return nil, fmt.Errorf("%w: %d encrypted bytes are too few", errIntegrity, len(e.Cipher))
	}
	plain, err := crypto.DecryptEncPart(e, k.wire(), usage)
	if err != nil {
		return nil, errIntegrity
	}
	return plain, nil
}
