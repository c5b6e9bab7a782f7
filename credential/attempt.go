package credential

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// revokeLimit is how long a refusal of a proven password waits to be written.
const revokeLimit = 10 * time.Second

var (
	errNoAnswer = errors.New("no answer")
	errUnsent   = errors.New("the request was not sent")
)

// sendAlone makes the one attempt of an unproven password, under the lock.
func (s *spending) sendAlone(ctx context.Context, p page) error {
	if err := s.ask(ctx); err != nil {
		return s.failed(fmt.Errorf("password not sent: the question before it: %w", err))
	}
	if ctx.Err() != nil {
		return s.failed(fmt.Errorf("password not sent: %w", context.Cause(ctx)))
	}
	config := s.gate.config
	intent := p.ledger.intend(record{Sum: p.sum, Sent: config.Now().UTC(), PID: os.Getpid(), Command: config.Command, Version: config.Version})
	if err := s.write(intent); err != nil {
		_ = s.store.restore(p.raw) // it may be half done
		return s.notSent(err)
	}
	r, _ := intent.find(p.sum)
	// Before and not after: send may panic.
	s.remember(r, true, nil)
	verdict, err := s.send(ctx)
	return s.settle(p, intent, r, verdict, err)
}

// settle records what became of the one attempt. Whatever cannot be written stays silence.
func (s *spending) settle(p page, intent ledger, r record, verdict Verdict, cause error) error {
	now := s.gate.config.Now().UTC()
	switch verdict {
	case Accepted:
		if err := s.write(intent.judge(r, StateAccepted, now)); err != nil {
			return s.failed(fmt.Errorf("the password was sent and accepted, but is used no more, because that could not be written to its gate: %w", err))
		}
		s.slot.update(s.print, func(k *knowledge) { k.accepted, k.refused = true, nil })
		return cause
	case Unsent:
		if err := s.store.restore(p.raw); err != nil {
			return s.notSent(err)
		}
		s.slot.update(s.print, func(k *knowledge) { k.refused = nil })
		if cause == nil {
			cause = errUnsent
		}
		return s.failed(fmt.Errorf("password not sent: %w", cause))
	case Refused:
		r.State = StateRefused
		if err := s.write(intent.judge(r, StateRefused, now)); err != nil {
			cause = errors.Join(cause, fmt.Errorf("its gate still says pending: %w", err))
		}
	}
	return s.remember(r, true, cause)
}

func (s *spending) write(l ledger) error {
	raw, err := l.format()
	if err != nil {
		return err
	}
	return s.store.replace(raw)
}

// sendFreely sends a proven password.
func (s *spending) sendFreely(ctx context.Context) error {
	verdict, err := s.send(ctx)
	switch {
	case verdict == Refused:
		return s.revoke(ctx, err)
	case err != nil || verdict == Accepted:
		return err
	case verdict == Unsent:
		return s.failed(errUnsent)
	}
	return s.failed(errNoAnswer)
}

// revoke records that a proven password was refused: it was changed, or a domain controller
// has another one than the rest. Either way the next refusal would count.
func (s *spending) revoke(ctx context.Context, cause error) error {
	now := s.gate.config.Now().UTC()
	r := record{State: StateRefused, Sent: now, PID: os.Getpid(), Command: s.gate.config.Command, Version: s.gate.config.Version}
	first := s.remember(r, true, cause)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), revokeLimit)
	defer cancel()
	if err := s.record(ctx, r, now); err != nil {
		first.Err = errors.Join(cause, fmt.Errorf("its gate does not know that: %s: %w", s.store.file(), root(err)))
	}
	return first
}

func (s *spending) record(ctx context.Context, r record, now time.Time) error {
	if err := s.slot.enter(ctx); err != nil {
		return err
	}
	defer s.slot.leave()
	_, unlock, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	p, err := s.load()
	if err != nil {
		return err
	}
	r.Sum = p.sum
	intent := p.ledger.intend(r)
	r, _ = intent.find(p.sum)
	return s.write(intent.judge(r, StateRefused, now))
}

// root is the first cause of an error: what is around it says "password not sent", which is
// not so after a revocation.
func root(err error) error {
	for {
		cause := errors.Unwrap(err)
		if cause == nil {
			return err
		}
		err = cause
	}
}
