package library

import (
	"fmt"
	"io/fs"
	"iter"
	"path"
)

// Files are the files of the library as they were written, by the names that Suite gives
// them, sorted.
func Files() iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		names, err := fs.Glob(files, "vendors/*.yaml")
		for _, name := range names {
			var data []byte
			if data, err = fs.ReadFile(files, name); err != nil || !yield("library/"+path.Base(name), data) {
				break
			}
		}
		if err != nil {
			panic(fmt.Sprintf("profile library: %v", err)) // the files are part of the program
		}
	}
}
