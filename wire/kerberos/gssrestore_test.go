package kerberos

import (
	"fmt"
	"strings"
	"testing"
)

// A context that is restored goes on where the one that was recorded stands: the peer takes its next token.
func TestRestoredContexts(t *testing.T) {
	t.Parallel()
	client, server, _ := connect(t, InitiatorConfig{}, AcceptorConfig{})
	say := func(from, to *SecurityContext) {
		t.Helper()
		token, err := from.Wrap([]byte("text"), true)
		if err != nil {
			t.Fatal(err)
		}
		if plain, sealed, err := to.Unwrap(token); err != nil || !sealed || string(plain) != "text" {
			t.Fatalf("%v, %q", err, plain)
		}
	}
	say(client, server)
	for _, from := range []*SecurityContext{client, server} {
		to := server
		if from == server {
			to = client
		}
		restored := RestoreContext(ContextKeys{
			Initiator: from.initiator, Key: from.key, AcceptorKey: from.subkey, Flags: from.flags, Send: from.send, Recv: from.recv,
		})
		say(restored, to)
		say(to, restored)
		// What the restored one said counts: the original is behind now.
		token, err := from.Wrap([]byte("text"), true)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := to.Unwrap(token); failure(err) != DuplicateToken {
			t.Errorf("%v, want a duplicate", err)
		}
		from.send, from.recv = restored.send, restored.recv
	}
}

func TestContextKeysArePrivate(t *testing.T) {
	t.Parallel()
	k := ContextKeys{Key: RandomKey(AES256)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q", "%d"} {
		shown := fmt.Sprintf(verb, k)
		for _, bytes := range []string{"%x", "%v", "%q"} {
			if secret := strings.Trim(fmt.Sprintf(bytes, k.Key.value), `[]"`); strings.Contains(shown, secret) {
				t.Errorf("%s shows the key: %s", verb, shown)
			}
		}
	}
}
