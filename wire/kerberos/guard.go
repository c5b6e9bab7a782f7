package kerberos

import (
	"errors"
	"fmt"
)

// The first bytes of the messages: [APPLICATION n] constructed, RFC 4120 section 5.10.
const (
	tagASReq  = 0x6a
	tagASRep  = 0x6b
	tagTGSReq = 0x6c
	tagTGSRep = 0x6d
	tagError  = 0x7e
)

// guard runs a decoder of gokrb5 on foreign bytes. Several index what may be empty, such as the
// length of a sequence of tickets: such a panic says no more than that the bytes are wrong.
func guard(what string, decode func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s: malformed", what)
		}
	}()
	if err := decode(); err != nil {
		return fmt.Errorf("%s: malformed", what) // gokrb5's own text is long, and quotes the bytes
	}
	return nil
}

var errEmptyMessage = errors.New("an empty message")
