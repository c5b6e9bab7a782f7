package credential

import (
	"errors"
	"os"
	"syscall"
	"time"
	"unsafe"
)

// Package syscall lacks these three calls, which every Windows since 2000 has.
var (
	kernel32     = syscall.NewLazyDLL("kernel32.dll")
	lockFileEx   = kernel32.NewProc("LockFileEx")
	unlockFileEx = kernel32.NewProc("UnlockFileEx")
	moveFileEx   = kernel32.NewProc("MoveFileExW")
)

const (
	lockFailImmediately = 1 // LOCKFILE_FAIL_IMMEDIATELY
	lockExclusive       = 2 // LOCKFILE_EXCLUSIVE_LOCK
	moveReplace         = 1 // MOVEFILE_REPLACE_EXISTING
	moveWriteThrough    = 8 // MOVEFILE_WRITE_THROUGH

	errorSharingViolation = syscall.Errno(32) // ERROR_SHARING_VIOLATION
	errorLockViolation    = syscall.Errno(33) // ERROR_LOCK_VIOLATION
)

// lockFile locks an open file for its holder alone, or returns errLocked. The lock ends
// with the process, however that ends.
func lockFile(file *os.File) error {
	var where syscall.Overlapped
	ok, _, err := lockFileEx.Call(file.Fd(), lockExclusive|lockFailImmediately, 0, 1, 0, uintptr(unsafe.Pointer(&where)))
	switch {
	case ok != 0:
		return nil
	case errors.Is(err, errorLockViolation), errors.Is(err, syscall.ERROR_IO_PENDING):
		return errLocked
	}
	return err
}

// unlockFile ends the lock and closes the file. Windows ends the lock of a closed file at
// a time of its own choice, so it is done by hand.
func unlockFile(file *os.File) {
	var where syscall.Overlapped
	_, _, _ = unlockFileEx.Call(file.Fd(), 0, 1, 0, uintptr(unsafe.Pointer(&where)))
	file.Close()
}

// replaceFile renames, and returns once the disk has the new name.
func replaceFile(from, to string) error {
	source, err := syscall.UTF16PtrFromString(from)
	if err != nil {
		return err
	}
	target, err := syscall.UTF16PtrFromString(to)
	if err != nil {
		return err
	}
	ok, _, err := moveFileEx.Call(uintptr(unsafe.Pointer(source)), uintptr(unsafe.Pointer(target)), moveReplace|moveWriteThrough)
	if ok != 0 {
		return nil
	}
	return err
}

// syncFolder does nothing: Windows has no such call for a user, and replaceFile has
// written the name through.
func syncFolder(string) error { return nil }

// insist calls op again for a second while a file is in its way that somebody has open:
// another process that looks at the ledger, or a virus scanner. It does not end with a
// context: after a password was sent its verdict has to be written.
func insist(op func() error) error {
	const pause, tries = 10 * time.Millisecond, 100
	for try := 1; ; try++ {
		err := op()
		inTheWay := errors.Is(err, errorSharingViolation) || errors.Is(err, syscall.ERROR_ACCESS_DENIED)
		if !inTheWay || try == tries {
			return err
		}
		<-time.After(pause)
	}
}
