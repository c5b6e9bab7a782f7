package credential

import (
	"fmt"
	"strings"
	"time"
)

// RefusedError says that a password is used no more. With Sent unset nothing was sent now:
// that is a refusal for safety, exit code 4. With Sent set it was this very request that
// was refused or stayed without an answer.
type RefusedError struct {
	Account   string // "u@CORP.EXAMPLE"
	Authority string // "realm CORP.EXAMPLE"
	State     State  // StateRefused, StatePending or StateUnknown
	Sent      bool

	// When the password was sent, and by whom. Zero in StateUnknown.
	When    time.Time
	PID     int
	Command string // as that process named itself; foreign text
	Version string // of uidprobe; foreign text

	File string // where the gate keeps this
	Err  error  // why: what send returned, or what is wrong with the file; may be nil
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("%s at %s: %s", e.Account, e.Authority, e.what())
}

func (e *RefusedError) what() string {
	switch {
	case e.State == StateUnknown:
		return fmt.Sprintf("password not sent: whether it was refused before cannot be told: %v", e.Err)
	case e.Sent && e.State == StateRefused:
		return "the password was refused" + because(e.Err)
	case e.Sent:
		return "no answer after the password was sent" + because(e.Err)
	case e.State == StateRefused:
		return "password not sent: the same one was refused " + e.then()
	}
	return "password not sent: the same one got no answer " + e.then()
}

// then says when, and by whom.
func (e *RefusedError) then() string {
	who := []string{fmt.Sprintf("process %d", e.PID)}
	if e.Version != "" {
		who = append(who, fmt.Sprintf("version %q", e.Version))
	}
	text := fmt.Sprintf("on %s", e.When.UTC().Format("2006-01-02 at 15:04:05 MST"))
	if e.Command != "" {
		text += fmt.Sprintf(", sent by %q", e.Command)
	} else {
		text += ", sent by uidprobe"
	}
	return text + " (" + strings.Join(who, ", ") + ")"
}

func because(err error) string {
	if err == nil {
		return ""
	}
	return ": " + err.Error()
}

// Hint says what to do next.
func (e *RefusedError) Hint() string {
	switch e.State {
	case StateUnknown:
		return fmt.Sprintf("see that the account is not close to its lockout threshold; then give --retry-refused-password once, or remove %s", e.File)
	case StatePending:
		return "see in the server's log whether the password was right and whether the account is locked; then correct the password, or give --retry-refused-password once"
	}
	return "correct the password; if the server takes this one by now, give --retry-refused-password once: each further refusal brings the account closer to its lockout"
}

func (e *RefusedError) copy() *RefusedError {
	c := *e
	return &c
}

// again is the refusal as the next one gets it, who has sent nothing.
func (e *RefusedError) again() *RefusedError {
	c := e.copy()
	c.Sent = false
	return c
}

// Unwrap gives what send returned, or what is wrong with the file.
func (e *RefusedError) Unwrap() error { return e.Err }
