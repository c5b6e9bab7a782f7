package credential

import (
	"bytes"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// ledger is the content of a gate's file: what became of the passwords of one account at
// one authority. All are hashed with one salt, so that one slow hash finds any of them.
type ledger struct {
	Format   int      `json:"format"`
	About    string   `json:"about"`
	Hash     string   `json:"hash"`
	Salt     []byte   `json:"salt"`
	Rounds   int      `json:"rounds"`
	Attempts int      `json:"attempts"` // lone attempts so far; tells two of them apart
	Records  []record `json:"records"`  // oldest first
}

// record is what became of one password.
type record struct {
	State   State      `json:"state"` // pending, accepted or refused
	Sum     []byte     `json:"sum"`
	Attempt int        `json:"attempt"` // Attempts at that time
	Sent    time.Time  `json:"sent"`
	Judged  *time.Time `json:"judged,omitempty"` // nil while pending
	PID     int        `json:"pid"`
	Command string     `json:"command,omitempty"`
	Version string     `json:"version,omitempty"`
}

const (
	ledgerFormat = 1
	ledgerAbout  = "uidprobe: what became of the passwords of one account. It holds salted hashes, no password. Removing it forgets the refusals."
	// maxRecords bounds the file. A refusal is kept after the password was changed: whoever
	// goes back and forth between two wrong ones is refused, too.
	maxRecords = 32
	maxWords   = 200 // bytes of a command or a version, and of ledgerAbout
	// maxLedger is more bytes than maxRecords take with every byte of their words escaped.
	maxLedger = 128 << 10
)

func newLedger(rounds int) ledger {
	return ledger{Format: ledgerFormat, About: ledgerAbout, Hash: algorithm, Salt: newSalt(), Rounds: rounds, Records: []record{}}
}

// parseLedger reads a gate's file. What is not exactly one of ours is an error, so that a
// refusal is not overlooked in it.
func parseLedger(raw []byte) (ledger, error) {
	if len(raw) > maxLedger {
		return ledger{}, fmt.Errorf("more than %d bytes", maxLedger)
	}
	var l ledger
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&l); err != nil {
		return ledger{}, errors.New("it is not the JSON of a gate")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return ledger{}, errors.New("something follows its JSON")
	}
	if err := l.valid(); err != nil {
		return ledger{}, err
	}
	return l, nil
}

func (l ledger) valid() error {
	switch {
	case l.Format != ledgerFormat:
		return fmt.Errorf("format %d is not %d", l.Format, ledgerFormat)
	case l.Hash != algorithm:
		return fmt.Errorf("hash %q is not %s", clip(l.Hash), algorithm)
	case len(l.Salt) != saltSize:
		return fmt.Errorf("a salt of %d bytes", len(l.Salt))
	case l.Rounds < 1 || l.Rounds > maxRounds:
		return fmt.Errorf("%d rounds of the hash", l.Rounds)
	case len(l.About) > maxWords:
		return errors.New("too many words about it")
	case l.Records == nil || len(l.Records) > maxRecords:
		return fmt.Errorf("%d records", len(l.Records))
	}
	for i, r := range l.Records {
		if err := r.valid(l.Attempts); err != nil {
			return fmt.Errorf("record %d: %w", i+1, err)
		}
		if first, _ := l.find(r.Sum); first.Attempt != r.Attempt {
			return fmt.Errorf("record %d: its password has another record", i+1)
		}
	}
	return nil
}

func (r record) valid(attempts int) error {
	switch {
	case r.State != StatePending && r.State != StateAccepted && r.State != StateRefused:
		return fmt.Errorf("state %q", clip(string(r.State)))
	case len(r.Sum) != sumSize:
		return fmt.Errorf("a hash of %d bytes", len(r.Sum))
	case r.Attempt < 1 || r.Attempt > attempts:
		return fmt.Errorf("attempt %d of %d", r.Attempt, attempts)
	case len(r.Command) > maxWords || len(r.Version) > maxWords:
		return errors.New("too many words about its process")
	case (r.Judged == nil) != (r.State == StatePending):
		return fmt.Errorf("state %s and its time do not agree", r.State)
	}
	return nil
}

// format is the file's bytes.
func (l ledger) format() ([]byte, error) {
	raw, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("gate: %w", err) // a year above 9999
	}
	return append(raw, '\n'), nil
}

// find returns the record of a password.
func (l ledger) find(sum []byte) (record, bool) {
	for _, r := range l.Records {
		if subtle.ConstantTimeCompare(r.Sum, sum) == 1 {
			return r, true
		}
	}
	return record{}, false
}

// intend returns the ledger with a new attempt, r, that is about to be made.
func (l ledger) intend(r record) ledger {
	l.Attempts++
	r.State, r.Judged, r.Attempt = StatePending, nil, l.Attempts
	return l.with(r)
}

// judge returns the ledger with the verdict on a password that is in it or was.
func (l ledger) judge(r record, state State, now time.Time) ledger {
	if state == StateAccepted {
		// The hash of a password that was replaced is of use to nobody but a thief.
		l.Records = slices.DeleteFunc(slices.Clone(l.Records), func(r record) bool { return r.State == StateAccepted })
	}
	r.State, r.Judged = state, &now
	return l.with(r)
}

// with puts a record last, in the place of an earlier one of its password.
func (l ledger) with(r record) ledger {
	l.Records = slices.DeleteFunc(slices.Clone(l.Records), func(old record) bool { return bytes.Equal(old.Sum, r.Sum) })
	if len(l.Records) >= maxRecords {
		l.Records = l.Records[len(l.Records)-maxRecords+1:]
	}
	l.Records = append(l.Records, r)
	return l
}
