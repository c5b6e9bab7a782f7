package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	//lint:ignore SA1019 an NT hash is made with it, and here one is searched for
	"golang.org/x/crypto/md4"

	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/simulate"
	"github.com/uidprobe/uidprobe/simulate/site"
	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// TestNothingThatALabRunWritesHoldsASecret greps everything that a run writes, by name or by accident, for the
// password, the keys that are made of it and its hash.
func TestNothingThatALabRunWritesHoldsASecret(t *testing.T) {
	t.Parallel()
	const right, wrong = "Cor-rect.horse7staple", "Wr0ng.horse+staple"
	out, state, written := t.TempDir(), t.TempDir(), t.TempDir()
	lab, err := site.Start(t.Context(), site.Config{
		Transports: []string{"udp"}, Out: out, Control: "127.0.0.1:0",
		Domain: &site.Domain{Password: credential.New(right)},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lab.Close() })
	bad := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(bad, []byte(wrong+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	siteFile := filepath.Join(out, site.SiteFile)
	kerberosArgs := []string{
		"probe", "kerberos", "--account", "svc-userid", "--realm", "CORP.EXAMPLE", "--kdc", lab.DC().Addr(),
		"--server", "dc1.corp.example", "--no-ldap", "--verbose",
	}
	outputs := map[string]string{}
	for _, run := range []struct {
		name string
		args []string
		code int
	}{
		{"the right password", append(kerberosArgs, "--password-file", filepath.Join(out, site.ServicePasswordFile)), exitReady},
		{"a keytab", append(kerberosArgs, "--keytab", filepath.Join(out, site.ServiceKeytabFile)), exitReady},
		{"a site", []string{"check", "-c", siteFile, "--verbose"}, exitReady},
		{"a wrong password", append(kerberosArgs, "--password-file", bad), exitNotReady},
		{"a wrong password again", append(kerberosArgs, "--password-file", bad), exitRefused},
		{"a wrong password once more", append(kerberosArgs, "--password-file", bad, "--retry-refused-password"), exitNotReady},
	} {
		for _, format := range formats {
			args := append(run.args, "--state-dir", state, "--format", format, "--report", "json="+filepath.Join(written, "report.json"), "--report", "text="+filepath.Join(written, "report.txt"))
			stdout, stderr, code := program(t, args...)
			if code != run.code && !(run.code == exitNotReady && code == exitRefused) { // the second format finds it refused
				t.Errorf("%s: exit code %d, want %d\n%s%s", run.name, code, run.code, stdout, stderr)
			}
			outputs[run.name+", "+format+", stdout"], outputs[run.name+", "+format+", stderr"] = stdout, stderr
			for name, text := range filesBelow(t, written) {
				outputs[run.name+", "+format+", "+name] = text
			}
		}
	}
	for name, text := range filesBelow(t, state) {
		outputs["gate, "+name] = text
	}
	for name, text := range filesBelow(t, out) {
		if name != site.ServicePasswordFile && name != site.ServiceKeytabFile { // they are there to hold it
			outputs["lab, "+name] = text
		}
	}
	for peer, record := range map[string]*simulate.Record{"firewall": lab.Firewall().Record(), "dc": lab.DC().Record(), "dns": lab.DNS().Record()} {
		text, err := json.Marshal(record.Since(0))
		if err != nil {
			t.Fatal(err)
		}
		outputs["record of the "+peer] = string(text)
	}
	if len(outputs) < 40 || !strings.Contains(outputs["record of the dc"], "svc-userid") || len(filesBelow(t, state)) == 0 {
		t.Fatalf("%d outputs: there is nothing to search", len(outputs))
	}
	for what, needle := range needles(t, map[string]string{"right": right, "wrong": wrong}) {
		for name, text := range outputs {
			if strings.Contains(text, needle) {
				t.Errorf("%s holds the %s", name, what)
			}
		}
	}
}

// filesBelow reads a folder, by the names beneath it. The names count as text, too.
func filesBelow(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		short, _ := filepath.Rel(dir, name)
		files[short] = short + "\n" + string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// needles are the secrets of passwords, in every form that somebody could print.
func needles(t *testing.T, passwords map[string]string) map[string]string {
	t.Helper()
	all := map[string]string{}
	add := func(what string, secret []byte) {
		all[what+", as it is"] = string(secret)
		all[what+", in hex"] = hex.EncodeToString(secret)
		all[what+", in HEX"] = strings.ToUpper(hex.EncodeToString(secret))
		all[what+", in base64"] = strings.TrimRight(base64.StdEncoding.EncodeToString(secret), "=")
		all[what+", in base64 of URLs"] = strings.TrimRight(base64.URLEncoding.EncodeToString(secret), "=")
	}
	for which, password := range passwords {
		add(which+" password", []byte(password))
		for _, e := range kerberos.DefaultEtypes() {
			key, err := kerberos.PasswordKey(e, password, "CORP.EXAMPLEsvc-userid", nil)
			if err != nil {
				t.Fatal(err)
			}
			add(which+" key of "+e.String(), key.Reveal())
		}
		var wide bytes.Buffer
		if err := binary.Write(&wide, binary.LittleEndian, utf16.Encode([]rune(password))); err != nil {
			t.Fatal(err)
		}
		add(which+" password in UTF-16", wide.Bytes())
		hash := md4.New()
		hash.Write(wide.Bytes())
		add(which+" NT hash", hash.Sum(nil))
	}
	return all
}
