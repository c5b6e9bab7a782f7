package plan_test

import (
	"errors"
	"flag"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/plan"
	"github.com/uidprobe/uidprobe/strictyaml"
)

var update = flag.Bool("update", false, "rewrite the expected error texts")

// sites is the folder of the site files, written as in the expected texts.
const sites = "../testdata/site/"

func TestBadSites(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.FromSlash(sites + "bad-*.yaml"))
	if err != nil || len(files) < 60 {
		t.Fatalf("%d bad site files in %s, %v; want more than 60", len(files), sites, err)
	}
	for _, file := range files {
		file = filepath.ToSlash(file)
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			t.Parallel()
			site, err := plan.Load(file)
			if err == nil || site != nil {
				t.Fatalf("Load = %v, %v; want no site and an error", site, err)
			}
			// Only the names of the files are known to the texts beside them.
			got := strings.ReplaceAll(err.Error(), sites, "") + "\n"
			if strings.Contains(got, "hunter2") {
				t.Errorf("the error repeats a secret:\n%s", got)
			}
			golden(t, strings.TrimSuffix(file, ".yaml")+".txt", got)
		})
	}
}

// TestTextsHaveTheirSites finds what a renamed site file left behind.
func TestTextsHaveTheirSites(t *testing.T) {
	t.Parallel()
	texts, err := filepath.Glob(filepath.FromSlash(sites + "*.txt"))
	if err != nil || len(texts) == 0 {
		t.Fatalf("no texts in %s: %v", sites, err)
	}
	for _, text := range texts {
		if _, err := os.Stat(strings.TrimSuffix(text, ".txt") + ".yaml"); err != nil {
			t.Errorf("%s is the error of no site file: %v", text, err)
		}
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s\n got:\n%s\nwant:\n%s", file, got, want)
	}
}

func TestTwelveMistakes(t *testing.T) {
	t.Parallel()
	_, err := plan.Load(sites + "bad-twelve-mistakes.yaml")
	var problems strictyaml.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("Load: %v, want Problems", err)
	}
	for _, p := range problems {
		if p.Line == 0 || p.Column == 0 {
			t.Errorf("no position: %+v", p)
		}
	}
	if len(problems) != 12 {
		t.Errorf("%d problems, want 12:\n%v", len(problems), err)
	}
}

func TestLoadNamesTheFile(t *testing.T) {
	t.Parallel()
	_, err := plan.Load(sites + "none.yaml")
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "none.yaml") {
		t.Errorf("Load of a missing file: %v", err)
	}
	if _, err = plan.Load(sites); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("Load of a folder: %v", err)
	}
}

func addresses(t *testing.T, texts ...string) (all []netip.Addr) {
	t.Helper()
	for _, text := range texts {
		all = append(all, netip.MustParseAddr(text))
	}
	return all
}
