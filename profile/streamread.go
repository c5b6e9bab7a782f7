package profile

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
)

// read cuts the stream into blocks that end with a line, and gives each to the workers and,
// in order, to the writer.
func (s *stream) read(ctx context.Context, r io.Reader, free <-chan *block, work, order chan<- *block) {
	defer close(order)
	defer close(work)
	in := &cutter{r: r, block: s.config.block, number: 1}
	for more := true; more; {
		var b *block
		select {
		case b = <-free:
		case <-ctx.Done():
			return
		}
		more = in.fill(b)
		if s.scout != nil {
			s.scout.look(b.data)
		}
		for _, to := range []chan<- *block{work, order} {
			select {
			case to <- b:
			case <-ctx.Done():
				return
			}
		}
	}
}

// cutter cuts a reader into blocks.
type cutter struct {
	r      io.Reader
	block  int    // how much is read at once
	carry  []byte // the beginning of a line that the next block ends
	number int64  // of the first line of the next block
}

// fill reads the next block. It says whether there is another.
func (c *cutter) fill(b *block) (more bool) {
	b.cut, b.last, b.err, b.done = 0, false, nil, make(chan struct{})
	b.data = append(b.data[:0], c.carry...)
	c.carry = c.carry[:0]
	err := c.top(b)
	b.first = c.number
	end := bytes.LastIndexByte(b.data, '\n') + 1
	switch {
	case err != nil:
		b.last = true
		if !errors.Is(err, io.EOF) {
			b.err = err
		}
	case end == 0:
		err = c.tooLong(b)
	default:
		c.carry = append(c.carry, b.data[end:]...)
		b.data = b.data[:end]
	}
	c.number += int64(bytes.Count(b.data, []byte{'\n'}))
	if end == 0 && len(b.data) > 0 {
		c.number++
	}
	return err == nil
}

// top reads until the block is full, or the stream ends.
func (c *cutter) top(b *block) error {
	b.data = slices.Grow(b.data, max(0, c.block-len(b.data)))
	for len(b.data) < c.block {
		n, err := c.r.Read(b.data[len(b.data):c.block])
		b.data = b.data[:len(b.data)+n]
		if err != nil {
			return err
		}
	}
	return nil
}

// tooLong throws away what a line has beyond the block, up to its end.
func (c *cutter) tooLong(b *block) error {
	skip := make([]byte, min(64<<10, c.block))
	for {
		n, err := c.r.Read(skip)
		if end := bytes.IndexByte(skip[:n], '\n'); end >= 0 {
			b.cut += int64(end)
			c.carry = append(c.carry, skip[end+1:n]...)
			return nil // an error comes again with the next read
		}
		b.cut += int64(n)
		if err != nil {
			b.last = true
			if !errors.Is(err, io.EOF) {
				b.err = err
			}
			return err
		}
	}
}
