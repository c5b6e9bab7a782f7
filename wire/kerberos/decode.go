package kerberos

import "errors"

// DecodeError reads a KRB-ERROR that somebody else was sent, as a capture holds it. KDC is empty.
// It never panics, whatever the bytes are.
func DecodeError(message []byte) (*KDCError, error) {
	if len(message) == 0 {
		return nil, errEmptyMessage
	}
	if message[0] != tagError {
		return nil, errors.New("the message is no KRB-ERROR")
	}
	return decodeError(message)
}
