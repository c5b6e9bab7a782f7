package diagnose

import (
	"context"
	"errors"
	"io"
	"os"
	"time"
)

// Follow is a text that is still being written: its reader waits at the end for more and ends
// with ctx. A file that was cut short, or replaced by a new one of its name as logs are, is read
// from its beginning.
type Follow struct {
	done  <-chan struct{}
	name  string
	every time.Duration
	file  *os.File
}

// NewFollow opens a file and looks for more of it at each interval; 0 means 500 ms. The caller
// closes it.
func NewFollow(ctx context.Context, name string, every time.Duration) (*Follow, error) {
	if every <= 0 {
		every = 500 * time.Millisecond
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	return &Follow{done: ctx.Done(), name: name, every: every, file: file}, nil
}

// Read waits for at least one byte, and returns io.EOF when the context has ended.
func (f *Follow) Read(p []byte) (int, error) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-f.done:
			return 0, io.EOF
		case <-timer.C:
		}
		n, err := f.file.Read(p)
		if n > 0 || err != nil && !errors.Is(err, io.EOF) {
			return n, err
		}
		if err := f.turned(); err != nil {
			return 0, err
		}
		timer.Reset(f.every)
	}
}

// turned starts over when the file is shorter than what was read, or another one. One that is
// not there at the moment is waited for.
func (f *Follow) turned() error {
	now, err := os.Stat(f.name)
	if err != nil {
		return nil
	}
	then, err := f.file.Stat()
	if err != nil {
		return err
	}
	if !os.SameFile(now, then) {
		next, err := os.Open(f.name)
		if err != nil {
			return nil // it may be back at the next look
		}
		f.file.Close()
		f.file = next
		return nil
	}
	at, err := f.file.Seek(0, io.SeekCurrent)
	if err == nil && now.Size() < at {
		_, err = f.file.Seek(0, io.SeekStart)
	}
	return err
}

// Close closes the file.
func (f *Follow) Close() error { return f.file.Close() }
