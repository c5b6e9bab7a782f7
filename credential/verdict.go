package credential

import "fmt"

// Verdict is what became of a request that was to carry a password.
type Verdict int

// The verdicts. The zero value is the one that costs no account: whoever does not know what
// became of the request says Silent.
const (
	Silent   Verdict = iota // sent, perhaps in part, and no answer that can be told
	Accepted                // the server has proven that it takes this password
	Refused                 // the server answered anything else
	Unsent                  // not one byte of the request left: a dial that was refused
)

func (v Verdict) String() string {
	switch v {
	case Silent:
		return "silent"
	case Accepted:
		return "accepted"
	case Refused:
		return "refused"
	case Unsent:
		return "unsent"
	}
	return fmt.Sprintf("verdict(%d)", int(v))
}

// State is what is known of a password.
type State string

// The states. Between runs StatePending means silence: whoever sent the password has ended
// without an answer, and it is treated as refused.
const (
	StateUnproven State = "unproven" // never sent, or accepted in an earlier run only
	StatePending  State = "pending"  // about to be sent, or sent and not answered
	StateAccepted State = "accepted"
	StateRefused  State = "refused"
	// StateUnknown is that of every password whose file cannot be read as one of ours.
	// It is treated as refused: the file may have said so.
	StateUnknown State = "unknown"
)
