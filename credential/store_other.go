//go:build !windows

package credential

import (
	"errors"
	"os"
	"syscall"
)

// lockFile locks an open file for its holder alone, or returns errLocked. The lock ends
// with the process, however that ends.
func lockFile(file *os.File) error {
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EWOULDBLOCK):
			return errLocked
		}
		return err
	}
}

// unlockFile ends the lock and closes the file.
func unlockFile(file *os.File) {
	_ = syscall.Flock(int(file.Fd()), syscall.LOCK_UN)
	file.Close()
}

func replaceFile(from, to string) error { return os.Rename(from, to) }

// syncFolder has the disk know the names in a folder.
func syncFolder(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}

// insist calls op once: here an open file is in nobody's way.
func insist(op func() error) error { return op() }
