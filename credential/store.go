package credential

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// store keeps one ledger on disk: NAME.json, replaced as a whole, and NAME.lock, which
// stays where it is because a lock on a file that is replaced locks nothing.
type store struct{ dir, name string }

// lockPause is the time between two looks at a lock that somebody else has. A lock that is
// waited for in the kernel cannot be given up when a context ends.
const lockPause = 20 * time.Millisecond

var errLocked = errors.New("locked by another process")

func (s store) file() string     { return filepath.Join(s.dir, s.name+".json") }
func (s store) lockFile() string { return filepath.Join(s.dir, s.name+".lock") }

// lock waits until this store is ours alone, among goroutines and processes. waited says
// that somebody else had it.
func (s store) lock(ctx context.Context) (unlock func(), waited bool, err error) {
	for {
		unlock, err = s.tryLock()
		if !errors.Is(err, errLocked) {
			return unlock, waited, err
		}
		waited = true
		timer := time.NewTimer(lockPause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, waited, fmt.Errorf("wait for %s: %w", s.lockFile(), context.Cause(ctx))
		}
	}
}

func (s store) tryLock() (unlock func(), err error) {
	file, err := os.OpenFile(s.lockFile(), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lockFile(file); err != nil {
		file.Close()
		if errors.Is(err, errLocked) {
			return nil, err
		}
		return nil, fmt.Errorf("lock %s: %w", s.lockFile(), err)
	}
	// Subtle: the file may have been removed between the opening and the lock, and another
	// process may have locked its successor.
	if !sameFile(file, s.lockFile()) {
		unlockFile(file)
		return nil, errLocked
	}
	return func() { unlockFile(file) }, nil
}

func sameFile(file *os.File, name string) bool {
	ours, err := file.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(name)
	return err == nil && os.SameFile(ours, there)
}

// read returns the file's bytes, one more than allowed at most; nil if there is no file.
func (s store) read() ([]byte, error) {
	var file *os.File
	err := insist(func() (err error) { file, err = os.Open(s.file()); return err })
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxLedger+1)) // never nil: an empty file is not a missing one
}

// replace puts raw in the place of what was there. When it returns, the disk has it.
func (s store) replace(raw []byte) error {
	fresh := s.file() + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := writeSynced(fresh, raw); err != nil {
		os.Remove(fresh)
		return err
	}
	if err := insist(func() error { return replaceFile(fresh, s.file()) }); err != nil {
		os.Remove(fresh)
		return fmt.Errorf("replace %s: %w", s.file(), err)
	}
	return syncFolder(s.dir)
}

// restore puts back what read returned.
func (s store) restore(raw []byte) error {
	if raw != nil {
		return s.replace(raw)
	}
	if err := insist(func() error { return os.Remove(s.file()) }); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return syncFolder(s.dir)
}

func writeSynced(name string, raw []byte) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(raw)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// makeFolder makes a folder and what is above it, for this user alone, and has the disk
// know each: a record in a folder that is gone after a power failure is no record.
func makeFolder(dir string) error {
	if _, err := os.Stat(dir); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	above := filepath.Dir(dir)
	if above == dir {
		return fmt.Errorf("%s does not exist", dir)
	}
	if err := makeFolder(above); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(above)
}
