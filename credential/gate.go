package credential

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// GateConfig says where a gate keeps its records. Dir alone is required.
type GateConfig struct {
	// Dir is a folder of this user's alone, such as uidprobe/gate in os.UserConfigDir; it
	// is made when it is first needed. All runs that may know of each other have the same
	// one. Where it cannot be written, nothing is sent.
	Dir string
	// RetryRefused is --retry-refused-password: what earlier runs have recorded does not
	// keep a password from one more lone attempt. What this run finds out, or another
	// process while this one waits for it, does.
	RetryRefused bool
	// Command and Version tell a later run who sent a password. They are written to disk
	// and printed, so give the command's name and not its arguments.
	Command, Version string
	// Now is the clock of the records; nil means time.Now. No decision depends on it.
	Now func() time.Time
	// Hold, if set, is called when a caller begins to wait for its turn, with that caller's
	// context, and what it returns when the waiting is over: check.Hold stops the clock of
	// a check.
	Hold func(context.Context) (release func())
	// RandomSecrets says that every password was drawn at random, as those of a simulator are:
	// the hash on disk is then salted, and not slow, since nobody guesses them. Never for a
	// password that a person has chosen.
	RandomSecrets bool
}

// Gate spends passwords so that no account is locked by them. There is one gate per account
// and authority, in all processes that share its folder. It may be used concurrently and
// needs no closing.
type Gate struct {
	config GateConfig
	rounds int
	key    []byte // of the fingerprints

	mu    sync.Mutex       // guards what follows
	slots map[string]*slot // by the name of the store
}

// NewGate returns a gate. It reads and writes nothing yet. Two gates of one folder are safe,
// but each proves a password anew: a run has one.
func NewGate(config GateConfig) *Gate {
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Hold == nil {
		config.Hold = func(context.Context) func() { return func() {} }
	}
	config.Command, config.Version = words(config.Command), words(config.Version)
	g := &Gate{config: config, rounds: rounds, key: make([]byte, sha256.Size), slots: map[string]*slot{}}
	_, _ = rand.Read(g.key)
	if config.RandomSecrets {
		g.rounds = 1
	}
	return g
}

// words cuts what goes into a file to what belongs there.
func words(s string) string {
	s = strings.ToValidUTF8(s, "?")
	if len(s) > maxWords {
		s = strings.ToValidUTF8(s[:maxWords], "")
	}
	return s
}

// Spend sends a request that carries a password, if that is safe.
//
// A password that this run has not proven yet is sent alone: everybody else who wants the
// same account at the same authority waits, in this process and in others. ask is called
// first and must have got an answer from the very peer that send will talk to, without a
// password; its error is returned and nothing is spent. Then the intent goes to disk, and
// then send is called, exactly once. It must use TCP and must not resend; if it panics, that
// is silence. Once a password is accepted, Spend calls send at once and for any number of
// callers, without ask; should a server refuse it then, nobody uses it again either.
//
// A nil error means that the password was accepted and send returned no error. A
// *RefusedError means that the password is used no more, and says whether this call has
// sent it. Any other error is that of ask, of send, of the context that ended while
// waiting, or of the folder; with one of the folder nothing was sent unless it says so.
func (g *Gate) Spend(ctx context.Context, account Account, authority Authority, secret Secret,
	ask func(context.Context) error, send func(context.Context) (Verdict, error)) error {
	account, err := account.at(authority)
	if err != nil {
		return err
	}
	s := &spending{gate: g, account: account, authority: authority, secret: secret, ask: ask, send: send}
	switch {
	case secret.Empty():
		return s.failed(errors.New("no password"))
	case ask == nil || send == nil:
		return s.failed(errors.New("nothing to ask or to send"))
	case !filepath.IsAbs(g.config.Dir):
		// A relative one is another folder for each working directory: no gate at all.
		return s.failed(fmt.Errorf("password not sent: the folder of its gate is %q, which is not an absolute path", g.config.Dir))
	}
	s.store = store{g.config.Dir, gateName(account, authority)}
	s.slot = g.slot(s.store.name)
	s.print = g.fingerprint(secret)
	return s.run(ctx)
}

// gateName is the name of a gate's files. It is a hash because a name of an account is not
// always a name of a file, and need not be read in a folder's listing; and of the skeletons of
// the names, so that two names which a directory takes for one have one gate.
func gateName(account Account, authority Authority) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{"uidprobe gate", authority.kind,
		skeleton(authority.name), skeleton(account.domain), skeleton(account.user)}, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// fingerprint tells the passwords of a run apart without keeping them. Its key is this
// gate's and in memory alone.
func (g *Gate) fingerprint(secret Secret) (print fingerprint) {
	mac := hmac.New(sha256.New, g.key)
	mac.Write([]byte(secret.Reveal()))
	copy(print[:], mac.Sum(nil))
	return print
}

func (g *Gate) slot(name string) *slot {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.slots[name] == nil {
		g.slots[name] = &slot{turn: make(chan struct{}, 1), known: map[fingerprint]knowledge{}}
	}
	return g.slots[name]
}
