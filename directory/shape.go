package directory

import (
	"errors"
	"fmt"
)

// maxDepth is how deep values may stand within each other. An entry of a search has six levels, controls some more.
const maxDepth = 16

// shape follows the values of LDAP in a stream, RFC 4511 section 5.1, before the decoder of go-ldap sees them: that
// one calls itself for each level, and keeps the bytes of each level once more. A megabyte of values within
// values would take all memory.
type shape struct {
	open []int  // bytes that are still to come of each value that holds others
	skip int    // of one that holds none
	head []byte // of a tag and length that have not come in whole
}

var errShape = errors.New("the server sends no LDAP")

// feed takes the next bytes.
func (s *shape) feed(b []byte) error {
	for len(b) > 0 {
		if s.skip > 0 {
			n := min(s.skip, len(b))
			s.skip, b = s.skip-n, b[n:]
		} else {
			s.head, b = append(s.head, b[0]), b[1:]
			if err := s.header(); err != nil {
				return err
			}
		}
		for s.skip == 0 && len(s.open) > 0 && s.open[len(s.open)-1] == 0 && len(s.head) == 0 {
			s.open = s.open[:len(s.open)-1]
		}
	}
	return nil
}

// header begins a value once its tag and length are there.
func (s *shape) header() error {
	h := s.head
	if len(s.open) == 0 && h[0] != 0x30 {
		return fmt.Errorf("%w: a message that begins with %#02x", errShape, h[0])
	}
	if h[0]&0x1f == 0x1f {
		return fmt.Errorf("%w: a tag of several bytes", errShape)
	}
	if len(h) < 2 {
		return nil
	}
	length := int(h[1])
	if h[1] >= 0x80 {
		if h[1] == 0x80 || h[1] > 0x84 {
			return fmt.Errorf("%w: a length that begins with %#02x", errShape, h[1])
		}
		if len(h) < 2+int(h[1]&0x7f) {
			return nil
		}
		length = 0
		for _, b := range h[2:] {
			length = length<<8 | int(b)
			if length > maxAnswer {
				return errTooLong
			}
		}
	}
	s.head = s.head[:0]
	return s.begin(h[0]&0x20 != 0, length, len(h)+length)
}

// begin opens a value; whole counts its header as well.
func (s *shape) begin(holds bool, length, whole int) error {
	if top := len(s.open) - 1; top >= 0 {
		if s.open[top] -= whole; s.open[top] < 0 {
			return fmt.Errorf("%w: a value is longer than what holds it", errShape)
		}
	}
	if !holds {
		s.skip = length
		return nil
	}
	if s.open = append(s.open, length); len(s.open) > maxDepth {
		return fmt.Errorf("%w: values within values, more than %d levels", errShape, maxDepth)
	}
	return nil
}
