package sender

// Batch is messages to be sent: one buffer and the ends of the messages in it. The zero
// value is empty and ready for use. It may not be used concurrently.
type Batch struct {
	buf  []byte
	ends []int
	// first is the number of messages at the start that Drop has taken out.
	first int
}

// Reset empties the batch and keeps its memory.
func (b *Batch) Reset() { b.buf, b.ends, b.first = b.buf[:0], b.ends[:0], 0 }

// Len is the number of messages.
func (b *Batch) Len() int { return len(b.ends) - b.first }

// Size is the length of all messages together, in bytes, without framing.
func (b *Batch) Size() int { return len(b.buf) - b.start(0) }

// Message returns message i, from 0. It is valid until the next Add, Append or Reset.
func (b *Batch) Message(i int) []byte {
	return b.buf[b.start(i):b.ends[b.first+i]:b.ends[b.first+i]]
}

// Add puts a copy of message at the end.
func (b *Batch) Add(message []byte) {
	b.buf = append(b.buf, message...)
	b.ends = append(b.ends, len(b.buf))
}

// Append puts the next message of src at the end. With an error of src the batch is as it
// was.
func (b *Batch) Append(src Source) error {
	size := len(b.buf)
	buf, err := src.Append(b.buf)
	if err != nil {
		b.buf = b.buf[:size]
		return err
	}
	b.buf = buf
	b.ends = append(b.ends, len(buf))
	return nil
}

// Drop takes the first n messages out; more than there are empties the batch.
func (b *Batch) Drop(n int) { b.first += min(n, b.Len()) }

// start is where message i begins, or would.
func (b *Batch) start(i int) int {
	if b.first+i == 0 {
		return 0
	}
	return b.ends[b.first+i-1]
}
