package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/uidprobe/uidprobe/certs"
	"github.com/uidprobe/uidprobe/lang"
)

func certsCommand() *cli.Command {
	return &cli.Command{
		Name:        "certs",
		Usage:       "mint test certificates, good and bad; judge a chain as the firewall would",
		Description: "Example: uidprobe certs inspect dc1.corp.example:5986 --ca profile-ca.pem",
		Subcommands: []*cli.Command{certsMintCommand(), certsInspectCommand()},
	}
}

func certsMintCommand() *cli.Command {
	return &cli.Command{
		Name:  "mint",
		Usage: "make a test PKI: root, intermediate, server and client, with a flaw if wanted",
		Description: "The root vouches for documentation names and this host alone (corp.example, 192.0.2.0/24,\n" +
			"localhost, …), all certificates say TEST and live seven days, and the keys of the CAs are written\n" +
			"nowhere. The same --seed and --at make the same names, serial numbers and dates; keys are\n" +
			"always fresh. Files that are there are left alone.\n\n" +
			"Example: uidprobe certs mint --out pki --name dc1.corp.example --flaw missing-intermediate",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "out", Usage: "the `DIR` to write to; with --flaw all a folder for each flaw below it"},
			&cli.StringSliceFlag{Name: "name", Usage: "a `NAME` or address of the server; may be repeated (default: dc1.corp.example)"},
			&cli.StringFlag{Name: "flaw", Usage: "what is wrong with it, see uidprobe list flaws; all makes one of each"},
			&cli.Uint64Flag{Name: "seed", Usage: "makes names, serial numbers and dates the same again; a new one unless given"},
			&cli.StringFlag{Name: "at", Usage: "when validity begins, `TIME` as 2026-01-02T15:04:05Z; now unless given"},
			&cli.StringFlag{Name: "base-url", Usage: "the http `URL` at which CRL, OCSP and issuers will be published"},
			&cli.StringFlag{Name: "pfx-password-file", Usage: "read the password of the PFX files from `FILE`; a fresh one unless given"},
			&cli.StringFlag{Name: "format", Value: "text", Usage: "text or json"},
			langFlag(),
		},
		Action: mintAction,
	}
}

// mintedPKI is what certs mint says of one PKI.
type mintedPKI struct {
	Dir        string       `json:"dir"`
	Flaw       string       `json:"flaw,omitempty"`
	Title      string       `json:"title,omitempty"`
	Check      string       `json:"check,omitempty"`
	Seed       uint64       `json:"seed"`
	Thumbprint string       `json:"thumbprint"`
	NotBefore  time.Time    `json:"not_before"`
	NotAfter   time.Time    `json:"not_after"`
	Files      []mintedFile `json:"files"`
}

type mintedFile struct {
	Name  string `json:"name"`
	Means string `json:"means"`
}

func mintAction(c *cli.Context) error {
	if err := noArguments(c); err != nil {
		return err
	}
	l, err := language(c)
	if err != nil {
		return err
	}
	if format := c.String("format"); format != "text" && format != "json" {
		return usagef("--format %q is neither text nor json", format)
	}
	config, err := mintConfigOf(c)
	if err != nil {
		return err
	}
	flaws, err := flawsOf(c.String("flaw"))
	if err != nil {
		return err
	}
	password, err := pfxPassword(c)
	if err != nil {
		return err
	}
	var list []mintedPKI
	for _, flaw := range flaws {
		config.Flaw = flaw
		dir := c.String("out")
		if len(flaws) > 1 {
			dir = filepath.Join(dir, string(flaw))
		}
		m, err := mintInto(dir, config, password, l)
		if err != nil {
			return err
		}
		list = append(list, m)
	}
	return writeMinted(c.App.Writer, c.String("format"), list)
}

func mintConfigOf(c *cli.Context) (certs.MintConfig, error) {
	config := certs.MintConfig{Hosts: c.StringSlice("name"), Seed: c.Uint64("seed"), Base: c.String("base-url")}
	if c.String("out") == "" {
		return config, usagef("certs mint wants --out, such as --out pki")
	}
	if len(config.Hosts) == 0 {
		config.Hosts = []string{"dc1.corp.example"}
	}
	for _, host := range config.Hosts {
		if !certs.Permits(host) {
			return config, usagef("--name %q: test certificates are for documentation names and this host alone, such as dc1.corp.example, 192.0.2.10 or localhost", host)
		}
	}
	if config.Base != "" && !strings.HasPrefix(config.Base, "http://") {
		return config, usagef("--base-url %q: want http://HOST[:PORT]; such addresses are not read over TLS", config.Base)
	}
	if at := c.String("at"); at != "" {
		var err error
		if config.Now, err = time.Parse(time.RFC3339, at); err != nil {
			return config, usagef("--at %q is not a time such as 2026-01-02T15:04:05Z", at)
		}
	}
	return config, nil
}

func flawsOf(name string) ([]certs.Flaw, error) {
	if name == "" {
		return []certs.Flaw{certs.NoFlaw}, nil
	}
	var all []certs.Flaw
	var names []string
	for _, f := range certs.Flaws() {
		if string(f.Flaw) == name {
			return []certs.Flaw{f.Flaw}, nil
		}
		all, names = append(all, f.Flaw), append(names, string(f.Flaw))
	}
	if name == "all" {
		return all, nil
	}
	return nil, usagef("there is no flaw %q%s; see uidprobe list flaws", name, didYouMean(name, names))
}

// pfxPassword is the one that was given, or a fresh one.
func pfxPassword(c *cli.Context) (string, error) {
	name := c.String("pfx-password-file")
	if name == "" {
		return rand.Text(), nil
	}
	return passwordIn("pfx-password-file", name)
}

// passwordIn reads a file that holds one password, without the end of its line.
func passwordIn(flag, name string) (string, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return "", usagef("--%s: %w", flag, err)
	}
	password := strings.TrimRight(string(text), "\r\n")
	if password == "" || strings.ContainsAny(password, "\r\n") {
		return "", usagef("--%s: %s must hold one line, the password", flag, name)
	}
	return password, nil
}

func mintInto(dir string, config certs.MintConfig, password string, l lang.Language) (mintedPKI, error) {
	p, err := certs.Mint(config)
	if err != nil {
		return mintedPKI{}, usageError{err}
	}
	files, err := p.Files(password)
	if err != nil {
		return mintedPKI{}, err
	}
	m := mintedPKI{
		Dir: dir, Seed: p.Seed, Flaw: string(config.Flaw), Thumbprint: certs.Thumbprint(p.Server.Leaf),
		NotBefore: p.Server.Leaf.NotBefore, NotAfter: p.Server.Leaf.NotAfter,
	}
	if f, ok := certs.FindFlaw(config.Flaw); ok {
		m.Title, m.Check = f.Title.In(l), f.Check
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return m, usageError{err}
	}
	for _, f := range files {
		if err := writeFresh(filepath.Join(dir, f.Name), f.Data, f.Secret); err != nil {
			return m, err
		}
		m.Files = append(m.Files, mintedFile{f.Name, f.Means})
	}
	return m, nil
}

// writeFresh writes a file that must not be there yet; a secret one is its owner's alone.
func writeFresh(name string, data []byte, secret bool) error {
	mode := os.FileMode(0o644)
	if secret {
		mode = 0o600
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		return usagef("%s is there already; name another folder", name)
	}
	if err != nil {
		return usageError{err}
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

func writeMinted(w io.Writer, format string, list []mintedPKI) error {
	if format == "json" {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(list)
	}
	for _, m := range list {
		title := "test PKI"
		if m.Flaw != "" {
			title = fmt.Sprintf("%s: %s (found by %s)", m.Flaw, m.Title, m.Check)
		}
		fmt.Fprintf(w, "%s\n  server's thumbprint %s, %s to %s, seed %d\n", title, m.Thumbprint,
			m.NotBefore.Format(time.RFC3339), m.NotAfter.Format(time.RFC3339), m.Seed)
		if len(list) > 1 {
			fmt.Fprintf(w, "  %s\n", m.Dir)
			continue
		}
		t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
		for _, f := range m.Files {
			fmt.Fprintf(t, "  %s\t%s\n", filepath.Join(m.Dir, f.Name), f.Means)
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// flawHeads and flawRows are uidprobe list flaws.
var flawHeads = row{"flaw", "title", "check", "status", "openssl verify", "curl from 7.62"}

func flawRows(l lang.Language) (rows []row) {
	for _, f := range certs.Flaws() {
		rows = append(rows, row{
			string(f.Flaw), f.Title.In(l), f.Check, f.Status.String(),
			fmt.Sprint(f.Peers.Verify), fmt.Sprint(f.Peers.Curl),
		})
	}
	return rows
}
