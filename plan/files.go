package plan

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// resolve makes a path of the site file relative to its folder.
func (r *reader) resolve(name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(filepath.Dir(r.file), name)
}

// optionalFile is existing for a key that may be absent; the path is then empty.
func (r *reader) optionalFile(at place, name string) string {
	if !r.given(at) {
		return ""
	}
	resolved, _ := r.existing(at, name)
	return resolved
}

// existing resolves a path and notes when no file is there. It looks at the folder, never
// into the file.
func (r *reader) existing(at place, name string) (resolved string, ok bool) {
	if r.Wrong(at...) {
		return "", false
	}
	if name == "" {
		r.Problem(at, "remove the key, or name a file", "%s is empty", at)
		return "", false
	}
	resolved = r.resolve(name)
	info, err := os.Stat(resolved)
	// Slashes in messages, also on Windows, where both are understood: a message is the same
	// everywhere, and quoting doubles no backslash.
	shown := filepath.ToSlash(resolved)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r.Problem(at, "paths are relative to the site file", "%s: there is no file %q", at, shown)
	case err != nil:
		r.Problem(at, "paths are relative to the site file", "%s: %q cannot be looked at", at, shown)
	case info.IsDir():
		r.Problem(at, "name a file in it", "%s: %q is a folder", at, shown)
	default:
		return resolved, true
	}
	return resolved, false
}
