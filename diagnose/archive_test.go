package diagnose

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/check"
)

type packed struct {
	name string
	data []byte
}

func tarOf(t *testing.T, files ...packed) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		if err := w.WriteHeader(&tar.Header{Name: f.name, Mode: 0o600, Size: int64(len(f.data)), Format: tar.FormatUSTAR}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(f.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipOf(t *testing.T, files ...packed) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		in, err := w.Create(f.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := in.Write(f.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A tech support file is read as it is: logs and captures in it, also where they are packed once
// more. What is not read is said.
func TestArchives(t *testing.T) {
	t.Parallel()
	const fromLog, fromCapture = "fail kerberos.dns-try-again@service account", "fail kerberos.client-unknown@192.0.2.53"
	log := packed{"var/log/pan/useridd.log", []byte(oneLine)}
	capture := packed{"mgmt.pcap", unknownAccount(t).bytes()}
	noise := packed{"var/log/messages", []byte("nothing of interest\n")}
	binary := packed{"core", []byte("\x7fELF\x00\x00\x00\x00" + oneLine)}
	deep := tarOf(t, log)
	for range 3 {
		deep = tarOf(t, packed{"deeper.tgz", zipped(t, deep)})
	}
	for _, c := range []struct {
		name string
		data []byte
		want []string
		note string
	}{
		{"tar", tarOf(t, log, noise, binary, capture), []string{fromLog, fromCapture}, "in 2 of 4 files"},
		{"compressed tar", zipped(t, tarOf(t, log, noise)), []string{fromLog}, "in 1 of 2 files"},
		{"tar with compressed files", tarOf(t, packed{"useridd.log.1.gz", zipped(t, log.data)}, packed{"a.pcap.gz", zipped(t, capture.data)}), []string{fromLog, fromCapture}, "in 2 of 2 files"},
		{"tar in tar", tarOf(t, packed{"in.tgz", zipped(t, tarOf(t, log))}, noise), []string{fromLog}, "in 1 of 2 files"},
		{"too deep", deep, nil, "more than 3 archives inside each other"},
		{"zip", zipOf(t, log, capture), []string{fromLog, fromCapture}, "in 2 of 2 files"},
		{"zip in tar", tarOf(t, log, packed{"in.zip", zipOf(t, capture)}), []string{fromLog}, "a zip archive within something else"},
		{"nothing in it", tarOf(t, noise), nil, "in 0 of 1 files"},
		{"cut", tarOf(t, log, noise)[:1400], []string{fromLog}, "unexpected EOF"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "support")
			if err := os.WriteFile(path, c.data, 0o600); err != nil {
				t.Fatal(err)
			}
			file, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			d := New(Config{})
			err = d.Read(t.Context(), "support", file)
			if (c.name == "cut") != (err != nil) {
				t.Errorf("error %v", err)
			}
			got := aboutContent(d.Results())
			slices.Sort(got)
			want := slices.Sorted(slices.Values(c.want))
			if !slices.Equal(got, want) {
				t.Errorf("found %q, want %q", got, want)
			}
			var told strings.Builder
			for _, r := range d.Results() {
				if r.Check == ArchiveCheck {
					told.WriteString(r.Summary + "\n")
					if len(c.want) == 0 && r.Target == "support" && (r.Status != check.Error || r.Hint == "") {
						t.Errorf("%v, hint %q", r.Status, r.Hint)
					}
				}
			}
			if !strings.Contains(told.String(), c.note) {
				t.Errorf("%q is not in %s", c.note, told.String())
			}
		})
	}
	// A zip archive from a stream is refused, with what to do.
	d := New(Config{})
	if err := d.Read(t.Context(), "-", io.MultiReader(bytes.NewReader(zipOf(t, log)))); err == nil || !strings.Contains(err.Error(), "unpack it and give the files inside") {
		t.Errorf("a zip archive from a stream: %v", err)
	}
}

// Lines of other encodings are not taken for Japanese.
func TestReadable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{"ASCII", "abc", "abc"},
		{"UTF-8", "東京", "東京"},
		{"Shift-JIS", "\x93\x8c\x8b\x9e DC", "東京 DC"},
		{"Shift-JIS with half-width kana", "\xb1\x83\x65\x83\x58\x83\x67", "ｱテスト"},
		{"Latin-1", "M\xfcller", "M\ufffdller"},
		{"Latin-1, many", "\xe9\xe8 \xe0 caf\xe9", "\ufffd \ufffd caf\ufffd"},
		{"cut UTF-8", "abc\xe6\x9d", "abc\ufffd"},
		{"cut UTF-8, Japanese", "東京\xe6\x9d", "東京\ufffd"},
		{"cut UTF-8, one character", "東\xe6\x9d", "東\ufffd"},
		{"noise", "\xff\xfe\x80", "\ufffd"},
	} {
		if got := readable([]byte(c.in)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// The lines of several virtual systems stand between each other, and a file begins and ends
// within a line; nothing is put at the wrong one.
func TestInterleavedAndRotated(t *testing.T) {
	t.Parallel()
	d := New(Config{})
	const line = "pan_user_id_winrm_query(x.c:1): Connection failed. response code = %, error: (null) in vsys "
	older := "servers of a line that was cut\n" + strings.Replace(line, "%", "401", 1) + "1\n" + strings.Replace(line, "%", "500", 1) + "2\n" +
		strings.Replace(line, "%", "401", 1) + "1\nError:  pan_user_id_krb5_init_ti"
	newer := "cket(x.c:2): failed to get krb5 tgt ticket with error 11.\n" + strings.Replace(line, "%", "500", 1) + "2\n"
	for name, text := range map[string]string{"useridd.log.old": older, "useridd.log": newer} {
		if err := d.Read(t.Context(), name, strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	got := slices.Sorted(slices.Values(short(d.Results())))
	want := []string{"fail kerberos.dns-try-again@service account", "fail winrm.access-denied@log of vsys2", "fail winrm.unauthorized@log of vsys1"}
	if !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
	if c := d.Counts(); c.Understood != 5 || c.Unknown != 2 {
		t.Errorf("counts %+v", c)
	}
}

// endless is a line of that many bytes.
type endless struct{ left int }

func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := min(e.left, len(p))
	for i := range p[:n] {
		p[i] = 'x'
	}
	e.left -= n
	return n, nil
}

// A line of 1 GB is counted as cut, and what stands behind it is read.
func TestAHugeLine(t *testing.T) {
	t.Parallel()
	d := New(Config{})
	text := io.MultiReader(&endless{1 << 30}, strings.NewReader("\n"+oneLine))
	if err := d.Read(t.Context(), "useridd.log", text); err != nil {
		t.Fatal(err)
	}
	if got := short(d.Results()); !slices.Equal(got, []string{"fail kerberos.dns-try-again@service account"}) {
		t.Errorf("found %q", got)
	}
	if c := d.Counts(); c != (Counts{Lines: 2, Understood: 1, Unknown: 1, Cut: 1}) {
		t.Errorf("counts %+v", c)
	}
}
