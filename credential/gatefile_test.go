package credential

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
)

func itoa(n int) string { return strconv.Itoa(n) }

// tree is all there is in a folder: names and contents.
func tree(t *testing.T, dir string) (files map[string]string) {
	t.Helper()
	files = map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(name)
		files[filepath.Base(name)] = string(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// stored reads the one ledger of a folder.
func stored(t *testing.T, dir string) ledger {
	t.Helper()
	for name, raw := range tree(t, dir) {
		if strings.HasSuffix(name, ".json") {
			l, err := parseLedger([]byte(raw))
			if err != nil {
				t.Fatal(err)
			}
			return l
		}
	}
	t.Fatal("no ledger")
	return ledger{}
}

// TestTheIntentIsOnDiskBeforeTheBytes leave, for this user alone, and names who.
func TestTheIntentIsOnDiskBeforeTheBytes(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "uidprobe", "gate")
	config := GateConfig{Dir: dir, Command: "uidprobe check", Version: "1.2.3"}
	p := &peer{verdict: Accepted}
	p.between = func() {
		r := stored(t, dir).Records[0]
		if r.State != StatePending || r.PID != os.Getpid() || r.Command != "uidprobe check" || r.Version != "1.2.3" || r.Sent.IsZero() || r.Judged != nil {
			t.Errorf("before the send: %+v", r)
		}
	}
	if err := spend(t, fastGate(config), hidden, p); err != nil {
		t.Fatal(err)
	}
	l := stored(t, dir)
	if r := l.Records[0]; len(l.Records) != 1 || r.State != StateAccepted || r.Judged == nil || l.Attempts != 1 {
		t.Errorf("after it: %+v", l)
	}
	if files := tree(t, dir); len(files) != 2 {
		t.Errorf("%d files, want the ledger and its lock: %v", len(files), files)
	}
}

func TestOnlyThisUserReads(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("there a folder of the user's profile gives its files their permissions")
	}
	dir := filepath.Join(t.TempDir(), "uidprobe", "gate")
	left := filepath.Join(dir, "") // what a killed process may have left, open to all
	if err := os.MkdirAll(left, 0o700); err != nil {
		t.Fatal(err)
	}
	a, _ := account(t, "u@corp").at(authority(t, "corp"))
	if err := os.WriteFile(filepath.Join(dir, gateName(a, authority(t, "corp"))+".json.new"), []byte("x"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := spend(t, fastGate(GateConfig{Dir: dir}), hidden, &peer{verdict: Accepted}); err != nil {
		t.Fatal(err)
	}
	for name := range tree(t, dir) {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v; want 0600", name, info.Mode(), err)
		}
	}
	made := filepath.Join(t.TempDir(), "a", "b")
	if err := makeFolder(made); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{made, filepath.Dir(made)} {
		if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: mode %v, %v; want 0700", folder, info.Mode(), err)
		}
	}
}

// TestNoFileAndNoErrorHoldsThePassword, nor what is as good as the password.
func TestNoFileAndNoErrorHoldsThePassword(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var out []string
	for _, verdict := range []Verdict{Silent, Refused, Unsent, Accepted, 7} {
		for _, retry := range []bool{false, true} {
			if err := spend(t, fastGate(GateConfig{Dir: dir, RetryRefused: retry}), hidden, &peer{verdict: verdict}); err != nil {
				out = append(out, err.Error())
			}
			for name, content := range tree(t, dir) {
				out = append(out, name, content)
			}
		}
	}
	wide := utf16.Encode([]rune(hidden))
	utf16le := make([]byte, 0, 2*len(wide))
	for _, unit := range wide {
		utf16le = append(utf16le, byte(unit), byte(unit>>8))
	}
	for _, text := range out {
		leaks(t, "the gate", text)
		for _, plain := range [][]byte{[]byte(hidden), utf16le} {
			for _, form := range formsOf(plain) {
				if strings.Contains(strings.ToLower(text), strings.ToLower(form)) {
					t.Errorf("%q holds %q", text, form)
				}
			}
		}
	}
	if len(out) < 20 {
		t.Errorf("only %d outputs", len(out))
	}
}

// formsOf is what a search for a password would look for.
func formsOf(plain []byte) (forms []string) {
	sha2, old, older := sha256.Sum256(plain), sha1.Sum(plain), md5.Sum(plain)
	for _, b := range [][]byte{plain, sha2[:], sha2[:16], old[:], older[:]} {
		forms = append(forms, string(b), hex.EncodeToString(b), base64.StdEncoding.EncodeToString(b)[:len(b)], base64.URLEncoding.EncodeToString(b)[:len(b)])
	}
	return forms
}

// TestTheHash: slow, salted, and the one in the file.
func TestTheHash(t *testing.T) {
	t.Parallel()
	if g := NewGate(GateConfig{}); g.rounds < 600_000 {
		t.Errorf("%d rounds, want at least 600,000", g.rounds)
	}
	if g := NewGate(GateConfig{RandomSecrets: true}); g.rounds != 1 {
		t.Errorf("%d rounds for what nobody guesses, want 1", g.rounds)
	}
	var sums, salts []string
	for range 2 {
		dir := t.TempDir()
		if err := spend(t, fastGate(GateConfig{Dir: dir}), hidden, &peer{verdict: Accepted}); err != nil {
			t.Fatal(err)
		}
		l := stored(t, dir)
		want, err := slowHash(New(hidden), l.Salt, fewRounds)
		if err != nil || l.Rounds != fewRounds || !bytes.Equal(l.Records[0].Sum, want) {
			t.Errorf("%d rounds, %x, %v; want %d, %x", l.Rounds, l.Records[0].Sum, err, fewRounds, want)
		}
		sums, salts = append(sums, string(want)), append(salts, string(l.Salt))
	}
	if sums[0] == sums[1] || salts[0] == salts[1] {
		t.Error("two files have one salt")
	}
	// RFC 7914 section 11 has this vector of PBKDF2-HMAC-SHA256, of which 32 bytes.
	sum, err := slowHash(New("passwd"), []byte("salt"), 1)
	if want := "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"; err != nil || hex.EncodeToString(sum) != want {
		t.Errorf("%x, %v; want %s", sum, err, want)
	}
}

// TestTheRealRounds: what a gate writes is what it reads, and a file of an earlier version
// with fewer rounds is read on.
func TestTheRealRounds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := spend(t, NewGate(GateConfig{Dir: dir}), hidden, &peer{verdict: Accepted}); err != nil {
		t.Fatal(err)
	}
	if l := stored(t, dir); l.Rounds != rounds {
		t.Errorf("%d rounds, want %d", l.Rounds, rounds)
	}
	dir = t.TempDir()
	_ = spend(t, fastGate(GateConfig{Dir: dir}), hidden, &peer{verdict: Refused})
	if got := outcome(spend(t, NewGate(GateConfig{Dir: dir}), hidden, &peer{verdict: Accepted})); got != "refused" {
		t.Errorf("after an earlier version: %s, want refused", got)
	}
}

// TestADamagedFileIsARefusal: it may have held one. The flag makes a new file.
func TestADamagedFileIsARefusal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_ = spend(t, fastGate(GateConfig{Dir: dir}), hidden, &peer{verdict: Accepted})
	a, _ := account(t, "u@corp").at(authority(t, "corp"))
	file := store{dir, gateName(a, authority(t, "corp"))}.file()
	for _, content := range []string{"", "{", strings.Repeat("\x00", 300), strings.Repeat("x", 2*maxLedger)} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, password := range []string{hidden, "another one"} {
			p := &peer{verdict: Accepted}
			err := spend(t, fastGate(GateConfig{Dir: dir}), password, p)
			var refused *RefusedError
			if !errors.As(err, &refused) || refused.State != StateUnknown || refused.Sent || p.asked+p.sent != 0 {
				t.Fatalf("%.10q: %v, %+v", content, err, p)
			}
			if text := err.Error() + refused.Hint(); strings.Count(text, file) != 2 || !strings.Contains(text, "password not sent") {
				t.Errorf("%.10q: %s", content, text)
			}
		}
		p := &peer{verdict: Refused}
		if got := outcome(spend(t, fastGate(GateConfig{Dir: dir, RetryRefused: true}), hidden, p)); got != "refused, sent now" {
			t.Errorf("%.10q, with the flag: %s", content, got)
		}
		if got := outcome(spend(t, fastGate(GateConfig{Dir: dir}), hidden, p)); got != "refused" || p.sent != 1 {
			t.Errorf("%.10q, after the flag: %s, sent %d", content, got, p.sent)
		}
	}
}

// TestADamagedFileEndsAProof: it may hold a refusal of another process.
func TestADamagedFileEndsAProof(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	g := fastGate(GateConfig{Dir: dir})
	_ = spend(t, g, hidden, &peer{verdict: Accepted})
	for name := range tree(t, dir) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := outcome(spend(t, g, hidden, &peer{verdict: Accepted})); got != "unknown" {
		t.Errorf("%s, want unknown", got)
	}
}

// TestWhereNothingCanBeWrittenNothingIsSent.
func TestWhereNothingCanBeWrittenNothingIsSent(t *testing.T) {
	t.Parallel()
	a, _ := account(t, "u@corp").at(authority(t, "corp"))
	name := gateName(a, authority(t, "corp"))
	for _, row := range []struct {
		name string
		make func(t *testing.T, dir string) (gateDir string)
	}{
		{"the folder is a file", func(t *testing.T, dir string) string {
			file := filepath.Join(dir, "gate")
			return must(t, file, os.WriteFile(file, nil, 0o600))
		}},
		{"what is above it is a file", func(t *testing.T, dir string) string {
			file := filepath.Join(dir, "file")
			return must(t, filepath.Join(file, "gate"), os.WriteFile(file, nil, 0o600))
		}},
		{"the lock is a folder", func(t *testing.T, dir string) string {
			return must(t, dir, os.Mkdir(filepath.Join(dir, name+".lock"), 0o700))
		}},
		{"the ledger is a folder", func(t *testing.T, dir string) string {
			return must(t, dir, os.Mkdir(filepath.Join(dir, name+".json"), 0o700))
		}},
		{"the next ledger is a folder with something in it", func(t *testing.T, dir string) string {
			return must(t, dir, os.MkdirAll(filepath.Join(dir, name+".json.new", "x"), 0o700))
		}},
		{"no permission", func(t *testing.T, dir string) string {
			if runtime.GOOS == "windows" || os.Getuid() == 0 {
				t.Skip("this user may write everywhere")
			}
			return must(t, dir, os.Chmod(dir, 0o500))
		}},
		{"a file system without files", func(t *testing.T, _ string) string {
			const dir = "/proc/self"
			if _, err := os.Stat(dir); err != nil {
				t.Skipf("no %s here", dir)
			}
			return dir
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			dir := row.make(t, t.TempDir())
			p := &peer{verdict: Accepted}
			for _, retry := range []bool{false, true} {
				err := spend(t, fastGate(GateConfig{Dir: dir, RetryRefused: retry}), hidden, p)
				want := "u@CORP.EXAMPLE at realm CORP.EXAMPLE: password not sent: its gate needs the folder " + dir + ": "
				if outcome(err) != "error" || !strings.HasPrefix(err.Error(), want) || p.sent != 0 {
					t.Errorf("%v, sent %d; want %s…", err, p.sent, want)
				}
				var cause *fs.PathError
				if !errors.As(err, &cause) {
					t.Errorf("%v does not say why", err)
				}
			}
		})
	}
}

func must(t *testing.T, dir string, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestAVerdictThatCannotBeWritten stays silence: the disk may say so, and so does this run.
func TestAVerdictThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		verdict Verdict
		first   string
		says    string
	}{
		{Accepted, "error", "sent and accepted, but is used no more"},
		{Refused, "refused, sent now", "its gate still says pending"},
		{Unsent, "error", "password not sent"},
	} {
		dir := t.TempDir()
		a, _ := account(t, "u@corp").at(authority(t, "corp"))
		s := store{dir, gateName(a, authority(t, "corp"))}
		g, p := fastGate(GateConfig{Dir: dir}), &peer{verdict: row.verdict}
		p.between = func() {
			// The ledger becomes a folder with something in it: it cannot be replaced or removed.
			if err := errors.Join(os.Remove(s.file()), os.MkdirAll(filepath.Join(s.file(), "x"), 0o700)); err != nil {
				t.Error(err)
			}
		}
		err := spend(t, g, hidden, p)
		if outcome(err) != row.first || !strings.Contains(err.Error(), row.says) {
			t.Errorf("%v: %v, want %s: %s", row.verdict, err, row.first, row.says)
		}
		if err := os.RemoveAll(s.file()); err != nil {
			t.Fatal(err)
		}
		again := &peer{verdict: Accepted}
		if err := spend(t, g, hidden, again); err == nil || again.sent != 0 {
			t.Errorf("%v: the same run went on: %v, sent %d", row.verdict, err, again.sent)
		}
	}
}
