// Package library is syslog parse profiles for products of several vendors, with sample
// messages.
//
// They are not PAN-OS's predefined profiles, whose definitions are not published.
package library

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/profile"
)

// Vendor is one product and its profiles.
type Vendor struct {
	Name       string // "cisco-ise"
	Title      lang.Text
	Source     string // where the format of the messages is published
	Confidence profile.Confidence
	// Profiles have samples and messages that they must not map. Their names begin with
	// the vendor's, and are unique in the library.
	Profiles []profile.Profile
}

//go:embed vendors/*.yaml
var files embed.FS

// load reads the library once, at its first use. A file that cannot be read is a defect of
// the program, which the tests find: it panics.
var load = sync.OnceValue(func() []Vendor {
	vendors, err := read(files)
	if err != nil {
		panic(fmt.Sprintf("profile library: %v", err))
	}
	return vendors
})

// read reads all files of the library, sorted by name.
func read(files fs.FS) (vendors []Vendor, err error) {
	names, err := fs.Glob(files, "vendors/*.yaml")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		set, err := profile.LoadSet(name, data)
		if err != nil {
			return nil, err
		}
		if want := strings.TrimSuffix(path.Base(name), ".yaml"); set.Vendor != want {
			return nil, fmt.Errorf("%s: vendor is %q, want %q", name, set.Vendor, want)
		}
		vendors = append(vendors, Vendor{set.Vendor, set.Title, set.Source, set.Confidence, set.Profiles})
	}
	return vendors, nil
}

// Suite is the profiles of the library under test: their samples, the messages that they must
// not map, and the cases in their files.
func Suite() *profile.Suite {
	suite, err := suiteOf(files)
	if err != nil {
		panic(fmt.Sprintf("profile library: %v", err))
	}
	return suite
}

func suiteOf(files fs.FS) (*profile.Suite, error) {
	names, err := fs.Glob(files, "vendors/*.yaml")
	if err != nil {
		return nil, err
	}
	all := &profile.Suite{}
	for _, name := range names {
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		suite, err := profile.LoadSuite("library/"+path.Base(name), data, nil)
		if err != nil {
			return nil, err
		}
		all.Add(suite)
	}
	return all, nil
}

// All lists the vendors, sorted by name. The caller must not change what it gets. It may be
// called concurrently.
func All() []Vendor { return load() }

// Find returns the profile of that name. The caller must not change what it points to. It
// may be called concurrently.
func Find(name string) (profile.Profile, bool) {
	for _, v := range load() {
		for _, p := range v.Profiles {
			if p.Name == name {
				return p, true
			}
		}
	}
	return profile.Profile{}, false
}
