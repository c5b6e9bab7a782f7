package credential

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadFile(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, content, want, err string
	}{
		{"plain", hidden, hidden, ""},
		{"a line end", hidden + "\n", hidden, ""},
		{"a line end of Windows", hidden + "\r\n", hidden, ""},
		{"blanks are part of it", " " + hidden + " \n", " " + hidden + " ", ""},
		{"not ASCII", "pässwörd-パス\n", "pässwörd-パス", ""},
		{"byte order mark", "\ufeff" + hidden + "\r\n", hidden, ""},
		{"as long as allowed", strings.Repeat("a", maxSecret), strings.Repeat("a", maxSecret), ""},
		{"empty", "", "", "file FILE is empty"},
		{"only a line end", "\n", "", "file FILE is empty"},
		{"only a byte order mark", "\ufeff\r\n", "", "file FILE is empty"},
		{"two lines", hidden + "\nsecond", "", "file FILE holds more than one line"},
		{"two line ends", hidden + "\n\n", "", "file FILE holds more than one line"},
		{"a carriage return inside", hidden + "\rx", "", "file FILE holds more than one line"},
		{"UTF-16 of Windows", "\xff\xfeh\x00u\x00", "", "file FILE holds UTF-16 or binary data: write it as UTF-8"},
		{"UTF-16, big end first", "\xfe\xff\x00h", "", "file FILE holds UTF-16 or binary data: write it as UTF-8"},
		{"UTF-16 without a NUL", "\xfe\xff\x30\x42", "", "file FILE holds UTF-16 or binary data: write it as UTF-8"},
		{"NUL", hidden + "\x00", "", "file FILE holds UTF-16 or binary data: write it as UTF-8"},
		{"too large", hidden + strings.Repeat("a", maxSecret), "", "file FILE: more than 65536 bytes are too many for a secret"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "key")
			if err := os.WriteFile(file, []byte(row.content), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := Reference{File: file}.Read()
			holds(t, got, err, row.want, strings.ReplaceAll(row.err, "FILE", file))
		})
	}
}

// holds compares what Read gave.
func holds(t *testing.T, got Secret, err error, want, wantErr string) {
	t.Helper()
	message := ""
	if err != nil {
		message = err.Error()
		leaks(t, "the error", message)
	}
	if got.Reveal() != want || message != wantErr {
		t.Errorf("got %q, error %q; want %q, %q", got.Reveal(), message, want, wantErr)
	}
}

func TestReadEnv(t *testing.T) { // not parallel: it sets variables
	for _, row := range []struct {
		name  string
		value string
		set   bool
		want  string
		err   string
	}{
		{"plain", hidden, true, hidden, ""},
		{"a line end", hidden + "\n", true, hidden, ""},
		{"not set", "", false, "", "environment variable UIDPROBE_TEST_SECRET is not set"},
		{"empty", "", true, "", "environment variable UIDPROBE_TEST_SECRET is empty"},
		{"two lines", hidden + "\n" + hidden, true, "", "environment variable UIDPROBE_TEST_SECRET holds more than one line"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Setenv("UIDPROBE_TEST_SECRET", row.value)
			if !row.set {
				os.Unsetenv("UIDPROBE_TEST_SECRET")
			}
			got, err := Reference{Env: "UIDPROBE_TEST_SECRET"}.Read()
			holds(t, got, err, row.want, row.err)
		})
	}
}

func TestReadOfNoPlace(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for _, row := range []struct {
		name string
		r    Reference
		err  string
	}{
		{"nowhere", Reference{}, "no reference to a secret"},
		{"two places", Reference{"a", "B"}, "file a and environment variable B: a secret has one place"},
		{"no such file", Reference{File: filepath.Join(folder, "none")}, filepath.Join(folder, "none")},
		{"a folder", Reference{File: folder}, folder},
	} {
		got, err := row.r.Read()
		if err == nil || !strings.Contains(err.Error(), row.err) || !got.Empty() {
			t.Errorf("%s: error %v, want %q", row.name, err, row.err)
		}
	}
}

// TestReadOfAnEndlessFile: what has no size, a pipe or a device, is bounded as well.
func TestReadOfAnEndlessFile(t *testing.T) {
	t.Parallel()
	const zero = "/dev/zero"
	if _, err := os.Stat(zero); err != nil {
		t.Skipf("no %s here", zero)
	}
	if _, err := (Reference{File: zero}).Read(); err == nil || !strings.Contains(err.Error(), "too many") {
		t.Errorf("error %v, want too many bytes", err)
	}
}

func TestReferenceNamesItsPlace(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		r     Reference
		given bool
		want  string
	}{
		{Reference{}, false, "no reference"},
		{Reference{File: "fw1.key"}, true, "file fw1.key"},
		{Reference{Env: "KEY"}, true, "environment variable KEY"},
	} {
		if row.r.Given() != row.given || row.r.String() != row.want {
			t.Errorf("%+v: %v, %q; want %v, %q", row.r, row.r.Given(), row.r, row.given, row.want)
		}
	}
}

func FuzzOneLine(f *testing.F) {
	for _, seed := range []string{hidden, "\ufeffa\r\n", "a\n\n", "\ufeff\ufeff", "\xff\xfea\x00", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := oneLine("place", text)
		if err != nil {
			if !s.Empty() || !strings.HasPrefix(err.Error(), "place ") || len(err.Error()) > 80 {
				t.Errorf("error %q beside a secret: %v", err, !s.Empty())
			}
			return
		}
		if s.Empty() || strings.ContainsAny(s.Reveal(), "\r\n\x00") {
			t.Errorf("%q gives %q", text, s.Reveal())
		}
		if strings.HasPrefix(s.Reveal(), "\ufeff") {
			return // one mark is not part of the secret, a second one is
		}
		if again, err := oneLine("place", s.Reveal()+"\r\n"); err != nil || again.Reveal() != s.Reveal() {
			t.Errorf("%q again gives %q, %v", s.Reveal(), again.Reveal(), err)
		}
	})
}
