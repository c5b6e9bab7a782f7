package credential

import (
	"context"
	"fmt"
	"sync"
)

// spending is one call of Spend.
type spending struct {
	gate      *Gate
	account   Account
	authority Authority
	secret    Secret
	ask       func(context.Context) error
	send      func(context.Context) (Verdict, error)

	store store
	slot  *slot
	print fingerprint
}

// failed names the gate in an error.
func (s *spending) failed(err error) error {
	return fmt.Errorf("%s at %s: %w", s.account, s.authority, err)
}

// notSent says that the folder is to blame, and that nothing left.
func (s *spending) notSent(err error) error {
	return s.failed(fmt.Errorf("password not sent: its gate needs the folder %s: %w", s.store.dir, err))
}

func (s *spending) run(ctx context.Context) error {
	if !s.free() {
		done, err := s.takeTurn(ctx)
		if done || err != nil {
			return err
		}
	}
	return s.sendFreely(ctx)
}

// free says whether the password may be sent without a turn: this run has seen it accepted,
// and no other process has recorded anything against it since.
func (s *spending) free() bool {
	k := s.slot.get(s.print)
	if !k.accepted {
		return false
	}
	raw, err := s.store.read()
	if err != nil {
		return false
	}
	if raw == nil {
		return true // removed by hand: this run has its own proof
	}
	l, err := parseLedger(raw)
	if err != nil || string(l.Salt) != k.salt || l.Rounds != k.rounds {
		return false
	}
	r, _ := l.find(k.sum)
	return r.State == StateAccepted
}

// takeTurn waits for the gate and does what is to be done there. done means that the
// password was sent; otherwise, without an error, it may be sent freely.
func (s *spending) takeTurn(ctx context.Context) (done bool, err error) {
	release := sync.OnceFunc(s.gate.config.Hold(ctx))
	defer release()
	if err := s.slot.enter(ctx); err != nil {
		return false, s.failed(fmt.Errorf("password not sent: wait for its gate: %w", err))
	}
	defer s.slot.leave()
	if refused := s.slot.get(s.print).refused; refused != nil {
		return false, refused.again()
	}
	earlier, unlock, err := s.open(ctx)
	if err != nil {
		return false, err
	}
	defer unlock()
	page, free, err := s.judge(earlier)
	if err != nil || free {
		return false, err
	}
	release()
	return true, s.sendAlone(ctx, page)
}

// before is what there was to see when we came to the lock.
type before struct {
	raw    []byte // the ledger
	waited bool   // somebody else had the lock
}

// open locks the store.
func (s *spending) open(ctx context.Context) (b before, unlock func(), err error) {
	if err := makeFolder(s.store.dir); err != nil {
		return b, nil, s.notSent(err)
	}
	if b.raw, err = s.store.read(); err != nil {
		return b, nil, s.notSent(err)
	}
	unlock, b.waited, err = s.store.lock(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		return b, nil, s.failed(fmt.Errorf("password not sent: %w", err))
	case err != nil:
		return b, nil, s.notSent(err)
	}
	return b, unlock, nil
}

// page is a ledger that was read under the lock, and the password's place in it.
type page struct {
	raw    []byte // as it was; nil without a file
	ledger ledger
	sum    []byte
}

// judge decides under the lock: free, refused (the error), or, with neither, to be sent
// alone.
func (s *spending) judge(earlier before) (p page, free bool, err error) {
	if p, err = s.load(); err != nil {
		return p, false, err
	}
	r, there := p.ledger.find(p.sum)
	accepted := s.slot.get(s.print).accepted
	switch fresh := there && earlier.precedes(r, p); {
	case !there:
		return p, false, nil
	case r.State == StateAccepted:
		if accepted || fresh {
			s.slot.update(s.print, func(k *knowledge) { k.accepted = true })
		}
		return p, accepted || fresh, nil
	case s.gate.config.RetryRefused && !fresh && !accepted:
		return p, false, nil
	}
	return p, false, s.remember(r, false, nil).again()
}

// precedes says whether a record was made, or judged, while we waited for the lock: then its
// verdict is as good as one of our own. An attempt has a number, so that this needs no clock.
func (b before) precedes(r record, p page) bool {
	l, err := parseLedger(b.raw)
	if err != nil || string(l.Salt) != string(p.ledger.Salt) || l.Rounds != p.ledger.Rounds {
		return true
	}
	old, there := l.find(p.sum)
	switch {
	case !there || r.Attempt > old.Attempt:
		return true
	case r.Attempt < old.Attempt:
		return false // an intent that came to nothing: the record is the one before it
	case r.State == StatePending:
		return b.waited // whoever had the lock may have sent it, and has ended without a verdict
	}
	return r.State != old.State
}

// load reads the ledger under the lock and finds the password's hash.
func (s *spending) load() (p page, err error) {
	if p.raw, err = s.store.read(); err != nil {
		return p, s.notSent(err)
	}
	p.ledger = newLedger(s.gate.rounds)
	if p.raw != nil {
		l, err := parseLedger(p.raw)
		switch {
		case err == nil:
			p.ledger = l
		case !s.gate.config.RetryRefused:
			return p, s.damaged(err)
		}
	}
	p.sum, err = s.hash(p.ledger)
	return p, err
}

// hash makes the slow hash, once a run for each salt.
func (s *spending) hash(l ledger) ([]byte, error) {
	if k := s.slot.get(s.print); k.sum != nil && k.salt == string(l.Salt) && k.rounds == l.Rounds {
		return k.sum, nil
	}
	sum, err := slowHash(s.secret, l.Salt, l.Rounds)
	if err != nil {
		return nil, s.failed(err)
	}
	s.slot.update(s.print, func(k *knowledge) { k.sum, k.salt, k.rounds = sum, string(l.Salt), l.Rounds })
	return sum, nil
}

// remember keeps a refusal for the rest of the run and returns a copy of it.
func (s *spending) remember(r record, sent bool, cause error) *RefusedError {
	refused := &RefusedError{
		Account: s.account.String(), Authority: s.authority.String(), State: r.State, Sent: sent,
		When: r.Sent, PID: r.PID, Command: r.Command, Version: r.Version, File: s.store.file(), Err: cause,
	}
	s.slot.update(s.print, func(k *knowledge) { k.accepted, k.refused = false, refused })
	return refused.copy()
}

// damaged is the refusal of every password whose ledger cannot be read: it may have said
// that this one was refused. It is not remembered: somebody may mend the file.
func (s *spending) damaged(err error) error {
	return &RefusedError{
		Account: s.account.String(), Authority: s.authority.String(), State: StateUnknown,
		File: s.store.file(), Err: fmt.Errorf("%s: %w", s.store.file(), err),
	}
}
