package plan

import (
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/profile"
	"github.com/uidprobe/uidprobe/strictyaml"
)

// Load reads a site file. The errors are those of Parse, and of opening the file.
func Load(file string) (*Site, error) {
	data, err := readRegular(file)
	if err != nil {
		return nil, err
	}
	return Parse(file, data)
}

// Parse reads the text of a site file. Paths in it are relative to the folder of the file.
// The error holds every mistake as strictyaml.Problems, those of profile files among them;
// the Site is nil then. Parse reads profile files and sees whether the other files are there. It
// reads no secret, looks up no name and opens no socket.
func Parse(file string, data []byte) (*Site, error) {
	var text siteFile
	doc, err := strictyaml.Decode(file, data, &text)
	if doc == nil {
		return nil, err
	}
	fillDefaults(doc, &text)
	r := reader{Document: doc, file: file}
	site := r.site(text)
	if problems := r.all(); len(problems) > 0 {
		return nil, problems
	}
	return site, nil
}

// reader turns the file's text into a Site and notes every mistake on its way.
type reader struct {
	*strictyaml.Document
	file     string
	profiles map[string]profile.Profile // of the profile files
	foreign  strictyaml.Problems        // mistakes in profile files
	// unsure is set when a profile file could not be read: a profile that is unknown
	// may then well stand in it.
	unsure bool
	// badProfiles is set when a profile that is attached could not be found or read.
	badProfiles bool
}

// place names a value in the site file.
type place = strictyaml.Path

func (r *reader) site(text siteFile) *Site {
	r.version(text.Version)
	r.profileFiles(text.ProfileFiles)
	site := &Site{
		File:      r.file,
		Firewalls: r.firewalls(text.Firewalls),
		Test:      r.test(text.Test),
		Clocks:    r.clocks(text.Clocks, text.Test),
	}
	r.allowLoad(site, text.AllowLoad)
	r.pools(site)
	r.limits(site)
	r.pace(site)
	return site
}

func (r *reader) version(v int) {
	if at := (place{"version"}); r.required(at, "write version: 1") && v != FileVersion {
		r.Problem(at, fmt.Sprintf("write version: %d", FileVersion), "version %d is not one that this program reads", v)
	}
}

func (r *reader) clocks(text clocksFile, test testFile) check.Clocks {
	at := place{"clocks"}
	attempt := r.positive(at.With("attempt"), text.Attempt)
	whole := r.positive(at.With("check"), text.Check)
	run := r.positive(at.With("run"), text.Run)
	if attempt && whole && text.Attempt > text.Check {
		r.Problem(at.With("attempt"), "a check holds several attempts", "clocks.attempt %s is longer than clocks.check %s", brief(text.Attempt), brief(text.Check))
	}
	if whole && run && text.Check > text.Run {
		r.Problem(at.With("check"), "a run holds several checks", "clocks.check %s is longer than clocks.run %s", brief(text.Check), brief(text.Run))
	}
	if whole && test.Wait > 0 && test.Wait >= text.Check {
		r.Problem(place{"test", "wait"}, "raise clocks.check, or wait less", "test.wait %s does not fit into clocks.check %s", brief(test.Wait), brief(text.Check))
	}
	return check.Clocks{Attempt: text.Attempt, Check: text.Check, Run: text.Run}
}

// all is every mistake: the site file's first, then those of the profile files.
func (r *reader) all() strictyaml.Problems {
	problems, _ := r.Err().(strictyaml.Problems)
	return slices.Concat(problems, r.foreign)
}

// readRegular reads a file that people wrote, and no more of it than one mistake needs. A
// pipe or a device would make reading wait, or never end.
func readRegular(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", name)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, strictyaml.MaxFile+1))
}
