// Package uidprobe_test holds what no single package can hold: the map of the imports.
package uidprobe_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/uidprobe/uidprobe/"

// mayImport is the map of docs/architecture.md: which folders of ours a folder may import.
// Tests of a folder may import more.
var mayImport = map[string][]string{
	"lang":              {},
	"check":             {"lang"},
	"symptom":           {"lang"},
	"credential":        {},
	"nearest":           {},
	"strictyaml":        {"nearest"},
	"wire/syslog":       {"nearest"},
	"wire/kerberos":     {},
	"wire/wsman":        {"wire/kerberos"},
	"wire/dns":          {},
	"directory":         {"wire/kerberos", "credential"},
	"panos":             {"credential", "lang", "nearest"},
	"profile":           {"check", "panos", "lang", "strictyaml", "wire/syslog", "nearest"},
	"profile/library":   {"check", "panos", "lang", "strictyaml", "wire/syslog", "profile"},
	"certs":             {"check", "symptom", "lang"},
	"sender":            {"wire/syslog", "credential"},
	"probe":             {"lang", "check", "symptom", "credential", "wire/syslog", "wire/kerberos", "wire/dns", "wire/wsman", "directory", "panos", "profile", "profile/library", "certs", "sender"},
	"diagnose":          {"check", "symptom", "panos", "profile", "profile/library", "wire/syslog", "wire/kerberos", "wire/dns", "lang", "strictyaml", "nearest"},
	"simulate":          {"lang"},
	"simulate/firewall": {"simulate", "symptom", "panos", "profile", "certs", "wire/syslog", "credential", "lang"},
	"simulate/dc":       {"simulate", "symptom", "certs", "wire/kerberos", "wire/wsman", "credential", "lang"},
	"simulate/dns":      {"simulate", "symptom", "wire/dns", "lang"},
	"simulate/site":     {"simulate", "simulate/firewall", "simulate/dc", "simulate/dns", "wire/kerberos", "wire/dns", "wire/wsman", "symptom", "certs", "panos", "profile", "profile/library", "credential", "lang"},
	"plan":              {"check", "probe", "panos", "profile", "profile/library", "credential", "strictyaml", "lang", "sender", "nearest"},
	"report":            {"check", "symptom", "lang"},
	"peers":             {},  // for tests alone
	"cmd/uidprobe":      nil, // all
}

// home is the one folder whose code may import a module of others; its types stop there.
var home = map[string]string{
	"go.yaml.in/yaml":              "strictyaml",
	"github.com/leodido/go-syslog": "wire/syslog",
	"github.com/urfave/cli":        "cmd/uidprobe",
	"golang.org/x/term":            "cmd/uidprobe",
	"github.com/jcmturner/gokrb5":  "wire/kerberos",
	"golang.org/x/net/dns":         "wire/dns",
	"github.com/go-ldap/ldap":      "directory",
	"software.sslmate.com/src":     "certs",
	"golang.org/x/crypto/ocsp":     "certs",
	"github.com/gopacket/gopacket": "diagnose",
	"golang.org/x/text":            "diagnose",
	"github.com/dlclark/regexp2":   "profile",
}

// imports lists what the Go files of the tree import, test files apart.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	list := map[string][]string{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || name != "." && strings.HasPrefix(d.Name(), ".")) {
			return fs.SkipDir
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		folder := path.Dir(filepath.ToSlash(name))
		if list[folder] == nil {
			list[folder] = []string{} // a folder without imports is there too
		}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			list[folder] = append(list[folder], imported)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestImportsFollowTheMap(t *testing.T) {
	t.Parallel()
	for folder, list := range imports(t) {
		allowed, known := mayImport[folder]
		if !known {
			t.Errorf("folder %s is not in the map of docs/architecture.md", folder)
			continue
		}
		for _, imported := range list {
			ours, isOurs := strings.CutPrefix(imported, module)
			if isOurs && allowed != nil && !slices.Contains(allowed, ours) {
				t.Errorf("%s imports %s; it may import %v", folder, ours, allowed)
			}
			for prefix, where := range home {
				if strings.HasPrefix(imported, prefix) && folder != where {
					t.Errorf("%s imports %s, whose home is %s", folder, imported, where)
				}
			}
			if !isOurs && strings.Contains(strings.Split(imported, "/")[0], ".") && !hasHome(imported) {
				t.Errorf("%s imports %s, which has no home", folder, imported)
			}
		}
	}
}

func hasHome(imported string) bool {
	for prefix := range home {
		if strings.HasPrefix(imported, prefix) {
			return true
		}
	}
	return false
}

func TestEveryFolderIsInTheDocument(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	for folder := range imports(t) {
		if !strings.Contains(string(text), "`"+folder+"`") {
			t.Errorf("docs/architecture.md does not name %s", folder)
		}
	}
}

// Each direct dependency says in go.mod what it is for.
func TestDependenciesSayWhatFor(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	direct := 0
	for _, line := range strings.Split(string(text), "\n") {
		if !strings.HasPrefix(line, "\t") || strings.HasSuffix(line, "// indirect") {
			continue
		}
		direct++
		if _, purpose, ok := strings.Cut(line, " // "); !ok || len(purpose) < 10 {
			t.Errorf("go.mod: %s: say what for", strings.TrimSpace(line))
		}
	}
	if direct < len(home) {
		t.Errorf("go.mod has %d direct dependencies, want those of %v", direct, home)
	}
}
