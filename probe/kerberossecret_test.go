package probe

import (
	"testing"

	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// The gate knows the keys of a keytab again, in whatever order and version they stand.
func TestKeysAreKnownAgain(t *testing.T) {
	t.Parallel()
	client, err := kerberos.ParsePrincipal("svc-userid@CORP.EXAMPLE")
	if err != nil {
		t.Fatal(err)
	}
	entry := func(e kerberos.Etype, fill byte, kvno uint32) kerberos.KeytabEntry {
		value := make([]byte, 32)
		if e == kerberos.AES128 {
			value = value[:16]
		}
		for i := range value {
			value[i] = fill
		}
		key, err := kerberos.NewKey(e, value)
		if err != nil {
			t.Fatal(err)
		}
		return kerberos.KeytabEntry{Principal: client, KVNO: kvno, Key: key}
	}
	secret := func(entries ...kerberos.KeytabEntry) string {
		_, s, have := keysOf(kerberos.Keytab{Entries: entries}, client)
		if len(have) != len(entries) {
			t.Errorf("%d keys are listed of %d", len(have), len(entries))
		}
		return s
	}
	a, b, old := entry(kerberos.AES256, 1, 2), entry(kerberos.AES128, 2, 2), entry(kerberos.AES256, 3, 1)
	want := secret(a, b)
	for name, got := range map[string]string{
		"another order":             secret(b, a),
		"an older key beside":       secret(old, a, b),
		"another version":           secret(entry(kerberos.AES256, 1, 7), entry(kerberos.AES128, 2, 7)),
		"an older key, later in it": secret(a, old, b),
	} {
		if got != want {
			t.Errorf("%s makes another secret", name)
		}
	}
	if secret(entry(kerberos.AES256, 4, 2), b) == want {
		t.Error("another key makes the same secret")
	}
}
