package sender

import (
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func contents(b *Batch) (all []string) {
	for i := range b.Len() {
		all = append(all, string(b.Message(i)))
	}
	return all
}

func TestBatch(t *testing.T) {
	t.Parallel()
	b := batchOf("one", "", "three")
	for _, step := range []struct {
		name string
		do   func()
		want []string
		size int
	}{
		{"added", func() {}, []string{"one", "", "three"}, 8},
		{"dropped one", func() { b.Drop(1) }, []string{"", "three"}, 5},
		{"added after that", func() { b.Add([]byte("4")) }, []string{"", "three", "4"}, 6},
		{"dropped more than there are", func() { b.Drop(9) }, nil, 0},
		{"added when empty", func() { b.Add([]byte("five")) }, []string{"five"}, 4},
		{"reset", b.Reset, nil, 0},
		{"added after a reset", func() { b.Add([]byte("six")) }, []string{"six"}, 3},
	} {
		step.do()
		if diff := cmp.Diff(step.want, contents(b)); diff != "" || b.Size() != step.size {
			t.Errorf("%s: size %d, want %d; messages (-want +got):\n%s", step.name, b.Size(), step.size, diff)
		}
	}
}

// broken appends something and fails: the batch must not keep it.
type broken struct{ err error }

func (s broken) Append(dst []byte) ([]byte, error) { return append(dst, "rubbish"...), s.err }

func TestBatchKeepsNothingOfASourceThatFails(t *testing.T) {
	t.Parallel()
	b, failure := batchOf("one"), errors.New("disk")
	if err := b.Append(broken{failure}); err != failure {
		t.Errorf("Append = %v, want %v", err, failure)
	}
	if err := b.Append(NewMessages(false, []byte("two"))); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"one", "two"}, contents(b)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMessages(t *testing.T) {
	t.Parallel()
	once := NewMessages(false, []byte("a\x00"), []byte(""), []byte("b\n"))
	b := &Batch{}
	for b.Append(once) == nil {
	}
	if diff := cmp.Diff([]string{"a\x00", "", "b\n"}, contents(b)); diff != "" {
		t.Errorf("once (-want +got):\n%s", diff)
	}
	again := NewMessages(true, []byte("a"), []byte("b"))
	b.Reset()
	for range 5 {
		_ = b.Append(again)
	}
	if diff := cmp.Diff([]string{"a", "b", "a", "b", "a"}, contents(b)); diff != "" {
		t.Errorf("again (-want +got):\n%s", diff)
	}
	if err := b.Append(NewMessages(true)); err != io.EOF {
		t.Errorf("no messages, again and again: %v, want io.EOF", err)
	}
}
