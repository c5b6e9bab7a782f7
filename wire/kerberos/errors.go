package kerberos

import (
	"errors"
	"fmt"
	"time"
)

// ErrTooBig is what errors.Is finds in an answer of RESPONSE_TOO_BIG: ask again over TCP.
var ErrTooBig = errors.New("the answer is too big for UDP")

// KDCError is a KRB-ERROR: what a KDC said, with nothing left out.
type KDCError struct {
	KDC  string // "kdc tcp 192.0.2.1:88"
	Code ErrorCode
	Text string // e-text, as received; empty if there was none

	NTStatus NTStatus // of the extended error in e-data; 0 if there was none
	// DataShape is how the NTSTATUS was packed.
	DataShape DataShape
	EData     []byte // as received

	STime time.Time // the KDC's clock, to the microsecond
	// ClientRealm is crealm: with WRONG_REALM, the realm to ask instead.
	ClientRealm string
	Service     Principal // realm and sname: who answers

	// Offers are the encryption types and salts of PREAUTH_REQUIRED and PREAUTH_FAILED.
	Offers []Offer
	// Methods are the numbers of the pre-authentication types in e-data, in the KDC's order.
	Methods []int32
}

func (e *KDCError) Error() string {
	s := fmt.Sprintf("%s: %v (%d)", e.KDC, e.Code, int32(e.Code))
	if e.NTStatus != 0 {
		s += fmt.Sprintf(", %v", e.NTStatus)
	}
	if e.Text != "" {
		s += fmt.Sprintf(": %q", e.Text)
	}
	return s
}

// Is makes ErrTooBig of a RESPONSE_TOO_BIG.
func (e *KDCError) Is(target error) bool { return target == ErrTooBig && e.Code == ErrResponseTooBig }

// MITNumber is the number that MIT krb5 reports.
func (e *KDCError) MITNumber() int32 { return e.Code.MITNumber() }

// Failure is what went wrong on the client's side.
type Failure string

// What a client can find by itself.
const (
	// Unreachable: no answer of the KDC came in whole.
	Unreachable Failure = "unreachable"
	// Unreadable: an answer came that is no Kerberos message that fits the question.
	Unreadable Failure = "unreadable"
	// BadIntegrity: the reply is sealed under another key than that of the password or keytab.
	BadIntegrity Failure = "bad-integrity"
	// ReplyModified: the reply is for another client, realm, service, question or time.
	ReplyModified Failure = "reply-modified"
	// ReplySkew: the ticket starts at a time that is not now.
	ReplySkew Failure = "reply-skew"
	// NoEtype: the KDC wants pre-authentication, and its list of encryption types is empty.
	NoEtype Failure = "no-etype"
	// OtherEtypes: the KDC wants pre-authentication with types that the client does not take.
	OtherEtypes Failure = "other-etypes"
	// NoMethod: the KDC wants pre-authentication, and takes no encrypted timestamp for it. MIT
	// krb5 says so of an account that has no AES key (measured, 1.20).
	NoMethod Failure = "no-method"
	// BadParameters: the KDC asks for a key that takes too long to derive.
	BadParameters Failure = "bad-parameters"
	// NoKey: the keytab has no key that fits, or the secret could not be read.
	NoKey Failure = "no-key"
)

// failures are the offsets in MIT krb5's table, krb5_err.et. Those of NoEtype, OtherEtypes and
// NoMethod were measured on 1.20. Unreadable has none: it depends on where the bytes go wrong, and is a number of
// another table.
var failures = map[Failure]int32{
	Unreachable:   156, // KRB5_KDC_UNREACH
	BadIntegrity:  31,  // KRB5KRB_AP_ERR_BAD_INTEGRITY
	ReplyModified: 147, // KRB5_KDCREP_MODIFIED
	ReplySkew:     148, // KRB5_KDCREP_SKEW
	NoEtype:       150, // KRB5_PROG_ETYPE_NOSUPP
	OtherEtypes:   237, // KRB5_CONFIG_ETYPE_NOSUPP
	NoMethod:      210, // KRB5_PREAUTH_FAILED
	BadParameters: 244, // KRB5_ERR_BAD_S2K_PARAMS
	NoKey:         181, // KRB5_KT_NOTFOUND
}

// ClientError is what the client found, without the KDC having said it.
type ClientError struct {
	KDC     string // "kdc tcp 192.0.2.1:88"
	Failure Failure
	Detail  string // what was found, without a secret
	// Sent says whether the whole request had left before the failure: a password that was in it
	// may have been counted.
	Sent bool
	Err  error // the cause below; may be nil
}

func (e *ClientError) Error() string {
	s := e.KDC + ": " + e.Detail
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *ClientError) Unwrap() error { return e.Err }

// MITNumber is the number that MIT krb5 reports in that case; 0 of Unreadable, which has none.
func (e *ClientError) MITNumber() int32 {
	offset, ok := failures[e.Failure]
	if !ok {
		return 0
	}
	return mitBase + offset
}

// MITNumber finds the number that MIT krb5 reports in an error of this package, however
// wrapped. ok is false if there is none.
func MITNumber(err error) (number int32, ok bool) {
	var n interface {
		error
		MITNumber() int32
	}
	if errors.As(err, &n) {
		number = n.MITNumber()
	}
	return number, number != 0
}
