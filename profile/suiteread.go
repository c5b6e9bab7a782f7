package profile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/uidprobe/uidprobe/strictyaml"
)

// maxCaseFile is the largest file of cases or messages, in bytes. A log of any size is for Stream.
const maxCaseFile = 16 << 20

// The ends of names that tell what a file holds.
const (
	casesEnd    = ".cases.yaml"
	yamlEnd     = ".yaml"
	logEnd      = ".log"
	expectedEnd = ".expected.json"
)

// reader collects a suite.
type reader struct {
	known    []Profile
	anew     bool // logs without an .expected.json are taken as well
	suite    Suite
	sets     map[string][]Profile // of files read
	done     map[string]bool
	logs     []string
	messages map[string]bool // logs that a case reads its messages from
	errs     []error
}

// path reads a file or a folder that was asked for.
func (r *reader) path(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return r.folder(path)
	case strings.HasSuffix(path, logEnd):
		r.addLog(path)
		return nil
	case strings.HasSuffix(path, expectedEnd):
		r.addLog(strings.TrimSuffix(path, expectedEnd) + logEnd)
		return nil
	case strings.HasSuffix(path, casesEnd):
		return r.cases(path)
	}
	if err := r.profiles(path); err != nil {
		return err
	}
	return r.beside(path)
}

// beside reads what stands beside a file of profiles and has its name.
func (r *reader) beside(path string) error {
	base := strings.TrimSuffix(path, filepath.Ext(path))
	if name := base + casesEnd; exists(name) {
		if err := r.cases(name); err != nil {
			return err
		}
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return err
	}
	for _, e := range entries {
		rest, ok := strings.CutPrefix(e.Name(), filepath.Base(base)+".")
		if ok && strings.HasSuffix("."+rest, logEnd) {
			r.addLog(filepath.Join(filepath.Dir(path), e.Name()))
		}
	}
	return nil
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// hasProfiles tells a file of profiles from other YAML in the same folder.
var hasProfiles = regexp.MustCompile(`(?m)^profiles:`)

func (r *reader) folder(folder string) error {
	var cases []string
	err := filepath.WalkDir(folder, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != folder && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.IsDir():
		case strings.HasSuffix(name, casesEnd):
			cases = append(cases, name)
		case strings.HasSuffix(name, logEnd):
			r.addLog(name)
		case strings.HasSuffix(name, yamlEnd):
			data, err := readCaseFile(name)
			if err == nil && hasProfiles.Match(data) {
				err = r.profiles(name)
			}
			r.errs = append(r.errs, err)
		}
		return nil
	})
	for _, name := range cases {
		r.errs = append(r.errs, r.cases(name))
	}
	return err
}

// readCaseFile reads a regular file of bounded size.
func readCaseFile(name string) ([]byte, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no regular file", name)
	case info.Size() > maxCaseFile:
		return nil, fmt.Errorf("%s has %d bytes, a file of cases at most %d; a log of any size is for profile match", name, info.Size(), maxCaseFile)
	}
	return os.ReadFile(name)
}

// readLines reads messages, one a line.
func readLines(name string) (lines []string, err error) {
	data, err := readCaseFile(name)
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(data, []byte("\x1f\x8b")) {
		return nil, fmt.Errorf("%s is compressed; the messages of cases are plain text", name)
	}
	for line := range strings.Lines(string(data)) {
		lines = append(lines, strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"))
	}
	return lines, nil
}

// profiles reads a file of profiles, once.
func (r *reader) profiles(name string) error {
	name = filepath.Clean(name)
	if r.sets[name] != nil {
		return nil
	}
	data, err := readCaseFile(name)
	if err != nil {
		return err
	}
	return r.set(name, data, r.linesFrom(filepath.Dir(name)))
}

// linesFrom reads files of messages that the cases of a folder name.
func (r *reader) linesFrom(folder string) func(string) ([]string, error) {
	return func(name string) ([]string, error) {
		name = filepath.Join(folder, filepath.FromSlash(name))
		r.messages[name] = true
		return readLines(name)
	}
}

// set takes a file of profiles: the profiles, their samples, and the cases in the file. read
// is nil where there is no folder to read from.
func (r *reader) set(file string, data []byte, read func(string) ([]string, error)) error {
	doc, y, err := decodeSet(file, data)
	if err != nil {
		return err
	}
	own := y.set().Profiles
	r.sets[file] = own
	for i, p := range own {
		r.suite.Tested = append(r.suite.Tested, Tested{file, p})
		cases, err := p.Cases()
		if err != nil {
			doc.Problem(strictyaml.Path{"profiles", i}, "", "%v", err)
		}
		for k, c := range cases {
			c.File = file
			if c.Line, _ = doc.At("profiles", i, "samples", k); k >= len(p.Samples) {
				c.Line, _ = doc.At("profiles", i, "must-not-map", k-len(p.Samples))
			}
			r.suite.Cases = append(r.suite.Cases, c)
		}
	}
	if read == nil {
		read = func(string) ([]string, error) { return nil, errors.New("this file cannot name others") }
	}
	r.suite.Cases = append(r.suite.Cases, bench{own: own, known: r.known, read: read}.resolve(doc, file, y.Cases)...)
	return doc.Err()
}

// cases reads a file of cases, once, and the profiles it is for.
func (r *reader) cases(name string) error {
	name = filepath.Clean(name)
	if r.done[name] {
		return nil
	}
	r.done[name] = true
	data, err := readCaseFile(name)
	if err != nil {
		return err
	}
	var y casesYAML
	doc, err := strictyaml.Decode(name, data, &y)
	if doc == nil {
		return err
	}
	checkCases(doc, y.Cases)
	if len(y.Cases) == 0 && !doc.Wrong("cases") && !doc.Misspelt("cases") {
		doc.Problem(strictyaml.Path{"cases"}, "begin with cases:", "the file has no cases")
	}
	own, err := r.profilesOf(doc, name, y.ProfileFiles)
	if err := errors.Join(doc.Err(), err); err != nil {
		return err
	}
	b := bench{own: own, known: r.known, read: r.linesFrom(filepath.Dir(name))}
	r.suite.Cases = append(r.suite.Cases, b.resolve(doc, name, y.Cases)...)
	return doc.Err()
}

// profilesOf are the profiles of the files that a file of cases names, or of the one beside it.
func (r *reader) profilesOf(doc *strictyaml.Document, name string, files []string) (own []Profile, err error) {
	if files == nil {
		if beside := strings.TrimSuffix(name, casesEnd) + yamlEnd; exists(beside) {
			files = []string{filepath.Base(beside)}
		}
	}
	for i, file := range files {
		file = filepath.Join(filepath.Dir(name), filepath.FromSlash(file))
		if !exists(file) {
			doc.Problem(strictyaml.Path{"profile-files", i}, "the name counts from the folder of this file", "there is no file %s", file)
			continue
		}
		if err := r.profiles(file); err != nil {
			return nil, err
		}
		own = append(own, r.sets[file]...)
	}
	return own, nil
}

func (r *reader) addLog(name string) {
	if name = filepath.Clean(name); !slices.Contains(r.logs, name) {
		r.logs = append(r.logs, name)
	}
}

// readLogs reads the logs at last: a log from which a case takes its messages needs no
// .expected.json.
func (r *reader) readLogs() error {
	var errs []error
	for _, name := range r.logs {
		expected := strings.TrimSuffix(name, logEnd) + expectedEnd
		if exists(expected) || !r.messages[name] {
			errs = append(errs, r.log(name, expected))
		}
	}
	return errors.Join(errs...)
}

func (r *reader) log(name, expected string) error {
	messages, err := readLines(name)
	if err != nil {
		return err
	}
	from, err := r.profilesFor(name)
	if err != nil {
		return err
	}
	record := recorded{file: expected, messages: messages}
	if exists(expected) {
		if record.old, err = readCaseFile(expected); err != nil {
			return err
		}
		if record.document, err = decodeExpected(expected, record.old); err != nil {
			return err
		}
	} else if !r.anew {
		return strictyaml.Problems{{File: name, Message: "there is no " + expected, Hint: "write it with --update, and read it before you trust it"}}
	}
	if record.document.Profiles == nil && record.old == nil {
		for _, p := range from {
			record.document.Profiles = append(record.document.Profiles, p.Name)
		}
	}
	if record.config, err = record.document.config(expected, record.old, slices.Concat(from, r.known)); err != nil {
		return err
	}
	r.suite.records = append(r.suite.records, record)
	r.suite.Cases = append(r.suite.Cases, Case{
		Name: filepath.Base(name), File: expected, Line: 1,
		Config: record.config, Messages: messages, Expect: record.document.expect(),
	})
	return nil
}

// profilesFor are the profiles for a log: those of the file whose name the log's begins with,
// or else of all files in its folder.
func (r *reader) profilesFor(log string) (from []Profile, err error) {
	files, err := filepath.Glob(filepath.Join(escapeGlob(filepath.Dir(log)), "*"+yamlEnd))
	if err != nil {
		return nil, err
	}
	files = slices.DeleteFunc(files, func(name string) bool {
		data, err := readCaseFile(name)
		return err != nil || strings.HasSuffix(name, casesEnd) || !hasProfiles.Match(data)
	})
	own := slices.IndexFunc(files, func(name string) bool {
		return strings.HasPrefix(log, strings.TrimSuffix(name, yamlEnd)+".")
	})
	if own >= 0 {
		files = files[own : own+1]
	}
	for _, name := range files {
		if err := r.profiles(name); err != nil {
			return nil, err
		}
		from = append(from, r.sets[filepath.Clean(name)]...)
	}
	return from, nil
}

// escapeGlob takes a folder's name as it is.
func escapeGlob(folder string) string {
	if filepath.Separator == '\\' {
		return folder // a backslash cannot be escaped there, and * and ? are in no name
	}
	return regexp.MustCompile(`[*?[\\]`).ReplaceAllString(folder, `\$0`)
}
