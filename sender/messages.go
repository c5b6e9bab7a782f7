package sender

import "io"

// Messages is a Source of fixed messages.
type Messages struct {
	all    [][]byte
	repeat bool
	next   int
}

// NewMessages returns a source of the given messages, sent as they are: with NUL, with line
// ends, empty, if so given. With repeat it begins anew and never ends; without messages it
// ends at once either way. It keeps the slices and does not change them.
func NewMessages(repeat bool, messages ...[]byte) *Messages {
	return &Messages{all: messages, repeat: repeat}
}

// Append appends the next message; see Source.
func (m *Messages) Append(dst []byte) ([]byte, error) {
	if m.next == len(m.all) {
		if !m.repeat || len(m.all) == 0 {
			return dst, io.EOF
		}
		m.next = 0
	}
	m.next++
	return append(dst, m.all[m.next-1]...), nil
}
