package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/profile"
)

func profileImportCommand() *cli.Command {
	return &cli.Command{
		Name:      "import",
		Usage:     "turn the parse profiles and senders of a firewall's configuration into a file",
		ArgsUsage: "FILE|-",
		Description: "FILE is configuration in XML of any extent, of a firewall or of Panorama, or set commands. There is\n" +
			"one file of profiles for each place that has any, such as a virtual system: of several, choose one\n" +
			"with --place, or have all of them written with --out.\n\n" +
			"Example: uidprobe profile import running-config.xml --out profiles",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "place", Usage: "only this `PLACE`, such as vsys1, or its whole path"},
			&cli.StringFlag{Name: "out", Usage: "write a file for each place into `DIR`, instead of standard output"},
		},
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usagef("profile import wants one file of configuration")
			}
			return importProfiles(c, c.Args().First())
		},
	}
}

// readConfig reads a file of configuration.
func readConfig(c *cli.Context, name string) ([]byte, error) {
	in, err := openLog(c, name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, panos.MaxConfig+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return data, nil
}

func importProfiles(c *cli.Context, name string) error {
	data, err := readConfig(c, name)
	if err != nil {
		return err
	}
	sets, err := profile.Import(name, data)
	if err != nil {
		return usageError{err}
	}
	if place := c.String("place"); place != "" {
		all := sets
		sets = slices.DeleteFunc(slices.Clone(sets), func(s profile.Set) bool { return s.Place != place && s.Label() != place })
		if len(sets) == 0 {
			return usagef("%s: there are no profiles at %q; %s", name, place, placesOf(all))
		}
	}
	dir := c.String("out")
	switch {
	case len(sets) == 0:
		return usagef("%s: there are no parse profiles and no syslog senders in it", name)
	case dir != "":
		return writeSets(c.App.Writer, dir, sets)
	case len(sets) > 1:
		return usagef("%s: several places have profiles; choose one with --place, or have all written with --out DIR; %s", name, placesOf(sets))
	}
	_, err = c.App.Writer.Write(sets[0].Format())
	return err
}

func placesOf(sets []profile.Set) string {
	var list []string
	for _, s := range sets {
		list = append(list, fmt.Sprintf("%s (%s)", cmp.Or(s.Label(), "the whole file"), s.Place))
	}
	return "there are " + strings.Join(list, ", ")
}

// writeSets writes a file for each place. It writes over none, so that samples and cases that were
// added by hand stay.
func writeSets(w io.Writer, dir string, sets []profile.Set) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return usageError{err}
	}
	for _, s := range sets {
		name := filepath.Join(dir, fileLabel(cmp.Or(s.Label(), "profiles"))+".yaml")
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if errors.Is(err, fs.ErrExist) {
			return usagef("%s is there already; remove it, or choose another folder", name)
		}
		if err != nil {
			return usageError{err}
		}
		_, err = f.Write(s.Format())
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(w, "wrote", name); err != nil {
			return err
		}
	}
	return nil
}

// fileLabel is a label as a part of a file's name on every system.
func fileLabel(label string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>| `, r) {
			return '_'
		}
		return r
	}, label)
}

func profileExportCommand() *cli.Command {
	return &cli.Command{
		Name:      "export",
		Usage:     "write profiles and senders as PAN-OS configuration",
		ArgsUsage: "FILE|DIR...",
		Description: "With --into they are put into a configuration in XML, each file at its place: what does not\n" +
			"change stays byte for byte, and what is not in the files stays as well. Without it they are\n" +
			"written as configuration of their own, in XML or as set commands. A folder stands for the files of\n" +
			"profiles in it.\n\n" +
			"Example: uidprobe profile export profiles --into running-config.xml --output new-config.xml",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "into", Usage: "the `FILE` of configuration that they are put into; it is not changed itself"},
			&cli.StringFlag{Name: "output", Usage: "write to `FILE` instead of standard output"},
			&cli.StringFlag{Name: "format", Value: "xml", Usage: "xml, or set: commands of the CLI"},
		},
		Action: func(c *cli.Context) error {
			if c.NArg() == 0 {
				return usagef("profile export wants files of profiles")
			}
			text, err := exportProfiles(c)
			if err != nil {
				return err
			}
			if name := c.String("output"); name != "" {
				return os.WriteFile(name, text, 0o644)
			}
			_, err = c.App.Writer.Write(text)
			return err
		},
	}
}

func exportProfiles(c *cli.Context) (text []byte, err error) {
	format, into := c.String("format"), c.String("into")
	switch {
	case format != "xml" && format != "set":
		return nil, usagef("--format %q is neither xml nor set", format)
	case format == "set" && into != "":
		return nil, usagef("--format set and --into do not go together: set commands are written by themselves")
	}
	sets, err := readSets(c.Args().Slice())
	if err != nil {
		return nil, err
	}
	switch {
	case format == "set":
		text, err = profile.SetCommands(sets)
	case into == "" && len(sets) > 1:
		return nil, usagef("%d files of profiles: one user-id-collector is of one place; name one file, or give --into", len(sets))
	case into == "":
		text, err = sets[0].ConfigXML()
	default:
		var data []byte
		if data, err = readConfig(c, into); err != nil {
			return nil, err
		}
		text, err = profile.Export(into, data, sets)
	}
	if err != nil {
		return nil, usageError{err}
	}
	return text, nil
}

// readSets reads files of profiles, and those in folders.
func readSets(names []string) (sets []profile.Set, err error) {
	files, err := profileFiles(names)
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, usageError{err}
		}
		set, err := profile.LoadSet(name, data)
		errs = append(errs, err)
		sets = append(sets, set)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, usageError{err}
	}
	return sets, nil
}

// profileFiles are the files that arguments name, each once, and in folders those that hold
// profiles.
func profileFiles(args []string) (files []string, err error) {
	names, err := expanded(args)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		info, err := os.Stat(name)
		switch {
		case err != nil:
			return nil, usageError{err}
		case info.IsDir():
			found, err := profilesIn(name)
			if err != nil {
				return nil, err
			}
			files = append(files, found...)
		case !info.Mode().IsRegular():
			return nil, usagef("%s is no regular file", name)
		default:
			files = append(files, name)
		}
	}
	var once []string
	for _, name := range files {
		if name = filepath.Clean(name); !slices.Contains(once, name) {
			once = append(once, name)
		}
	}
	return once, nil
}

func profilesIn(folder string) (files []string, err error) {
	err = filepath.WalkDir(folder, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != folder && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case !d.Type().IsRegular() || !strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".cases.yaml"):
			return nil
		}
		data, err := os.ReadFile(name)
		if hold := bytes.HasPrefix(data, []byte("profiles:")) || bytes.Contains(data, []byte("\nprofiles:")) || bytes.Contains(data, []byte("\nsenders:")); hold {
			files = append(files, name)
		}
		return err
	})
	if err == nil && files == nil {
		return nil, usagef("there is no file of profiles in %s", folder)
	}
	if err != nil {
		return nil, usageError{err}
	}
	return files, nil
}
