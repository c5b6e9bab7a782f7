package probe

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// key is what an account proves itself with.
type key struct {
	secret   credential.Secret // by which the gate knows it
	of       kerberos.KeyFunc
	evidence []check.Evidence
	keytab   *kerberos.Keytab // nil with a password
}

// readKey reads the password, or the keytab. The error names the place, and never what is in it.
func (s *monitored) readKey() (key, error) {
	if s.config.Keytab != "" {
		return readKeytab(s.config.Keytab, s.who.principal)
	}
	secret, err := s.config.secret()
	if err != nil {
		return key{}, fmt.Errorf("password: %w", err)
	}
	if secret.Empty() {
		return key{}, errors.New("password: it is empty")
	}
	return key{secret: secret, of: kerberos.PasswordKeys(secret.Reveal())}, nil
}

// ktpassNote is said wherever a keytab is used.
const ktpassNote = "a keytab that ktpass made may have reset the account's password (it does so unless told -setpass): the firewall then has the old one"

func readKeytab(file string, client kerberos.Principal) (key, error) {
	b, err := readFile(file)
	if err != nil {
		return key{}, err
	}
	keytab, err := kerberos.ReadKeytab(b)
	if err != nil {
		return key{}, fmt.Errorf("%s: %w", file, err)
	}
	client, secret, have := keysOf(keytab, client)
	if have == nil {
		return key{}, fmt.Errorf("%s holds no AES key of %v", file, client)
	}
	return key{
		secret: credential.New(secret), keytab: &keytab,
		// Names in Active Directory have no case, those in a keytab do.
		of: func(_ kerberos.Principal, offer kerberos.Offer) (kerberos.Key, error) {
			e, err := keytab.Find(client, offer.Etype)
			return e.Key, err
		},
		evidence: []check.Evidence{
			{Name: "keytab", Text: strings.Join(have, ", ")},
			{Name: "note", Text: ktpassNote},
		},
	}, nil
}

// keysOf finds a client in a keytab, without regard to case. The secret is made of the newest key of
// each type, in the order of the types: it is the same for the same keys in whatever order and
// version, so that the gate knows them again. have lists all without their bytes.
func keysOf(keytab kerberos.Keytab, client kerberos.Principal) (found kerberos.Principal, secret string, have []string) {
	found = client
	newest := map[kerberos.Etype]kerberos.KeytabEntry{}
	for _, e := range keytab.Entries {
		if !e.Principal.EqualFold(client) || have != nil && !e.Principal.Equal(found) {
			continue
		}
		found = e.Principal
		if last, ok := newest[e.Key.Etype()]; !ok || e.KVNO > last.KVNO {
			newest[e.Key.Etype()] = e
		}
		have = append(have, fmt.Sprintf("%v, key version %d", e.Key.Etype(), e.KVNO))
	}
	for _, etype := range slices.Sorted(maps.Keys(newest)) {
		secret += fmt.Sprintf("%v:%s;", etype, hex.EncodeToString(newest[etype].Key.Reveal()))
	}
	return found, secret, have
}

// maxSecretFile bounds a keytab or a credential cache, in bytes.
const maxSecretFile = 4 << 20

func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSecretFile+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxSecretFile {
		return nil, fmt.Errorf("%s: longer than %d bytes", name, maxSecretFile)
	}
	return b, nil
}
