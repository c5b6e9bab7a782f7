//go:build !windows

package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unicode/utf16"

	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/peers"
	"github.com/uidprobe/uidprobe/simulate/dc"
	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// hunt is what must be in no output: a password, the keys made of it, and its NT hash.
type hunt map[string][]byte

// huntFor lists the secrets of an account with a password. The NT hash is what the domain controller
// stores of it.
func huntFor(t *testing.T, account, password, ntHash string) hunt {
	t.Helper()
	if len(ntHash) != 16 {
		t.Fatalf("an NT hash of %d bytes", len(ntHash))
	}
	h := hunt{"password": []byte(password), "NT hash": []byte(ntHash)}
	var wide []byte
	for _, unit := range utf16.Encode([]rune(password)) {
		wide = binary.LittleEndian.AppendUint16(wide, unit)
	}
	h["password in UTF-16"] = wide
	for _, etype := range []kerberos.Etype{kerberos.AES128, kerberos.AES256} {
		key, err := kerberos.PasswordKey(etype, password, peers.Realm+account, nil)
		if err != nil {
			t.Fatal(err)
		}
		h[etype.String()+" key"] = key.Reveal()
	}
	return h
}

// in names the secrets that are in a text, as they are, in hex and in base64.
func (h hunt) in(text []byte) (found []string) {
	lower := bytes.ToLower(text)
	for name, secret := range h {
		for form, needle := range map[string]string{
			"raw":        string(secret),
			"base64":     strings.TrimRight(base64.StdEncoding.EncodeToString(secret), "="),
			"base64 URL": strings.TrimRight(base64.URLEncoding.EncodeToString(secret), "="),
		} {
			// Within more bytes the last characters of base64 may differ.
			if strings.HasPrefix(form, "base64") {
				needle = needle[:len(needle)-1]
			}
			if bytes.Contains(text, []byte(needle)) {
				found = append(found, name+", "+form)
			}
		}
		if bytes.Contains(lower, []byte(hex.EncodeToString(secret))) {
			found = append(found, name+", hex")
		}
	}
	return found
}

// nothingIn fails the test for every secret in a text.
func (h hunt) nothingIn(t *testing.T, where string, text []byte) {
	t.Helper()
	if found := h.in(text); found != nil {
		t.Errorf("%s holds a secret: %s", where, strings.Join(found, "; "))
	}
}

// nothingUnder looks through all files of a folder; names too.
func (h hunt) nothingUnder(t *testing.T, dir string) (files int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		text, err := os.ReadFile(name)
		h.nothingIn(t, name, append(text, name...))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// The hunter finds what is there.
func TestTheHunterFinds(t *testing.T) {
	t.Parallel()
	h := huntFor(t, "svc", "Passw0rd.Svc1", strings.Repeat("\xf1", 16))
	if len(h) != 5 {
		t.Fatalf("%d secrets, want 5", len(h))
	}
	for name, secret := range h {
		for _, text := range []string{
			string(secret), hex.EncodeToString(secret), strings.ToUpper(hex.EncodeToString(secret)),
			base64.StdEncoding.EncodeToString(secret), base64.RawURLEncoding.EncodeToString(secret),
			base64.StdEncoding.EncodeToString(append(secret[:len(secret):len(secret)], "more"...)),
		} {
			if h.in([]byte("before "+text+" after")) == nil {
				t.Errorf("%s is not found in %q", name, text)
			}
		}
	}
	if found := h.in([]byte("nothing")); found != nil {
		t.Errorf("found %q in nothing", found)
	}
}

// secretsOf is the hunt for an account of the spender's domain controller whose password is that of the
// run, right or wrong: the NT hash of a wrong one is that of another account which has it.
func (s *spender) secretsOf(password string) hunt {
	s.t.Helper()
	owner := s.account
	if password != peers.Password {
		owner = s.dc.Spare(s.t)
		s.dc.SetPassword(s.t, owner, password)
	}
	return huntFor(s.t, s.account, password, s.dc.Attribute(s.t, owner, "unicodePwd"))
}

// What a run writes, on a good day and on a bad one: every format on standard output and in files,
// standard error, and what later runs are to know.
func TestNoOutputHoldsASecret(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, password, ticket string }{
		{"right", peers.Password, "pass"},
		{"wrong", wrongPassword, refusedNow},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newSpender(t, row.password)
			secrets := s.secretsOf(row.password)
			reports := t.TempDir()
			for n, format := range formats {
				s.args = []string{"--format", format, "--verbose"}
				for _, other := range formats {
					s.args = append(s.args, "--report", other+"="+filepath.Join(reports, format+"."+other))
				}
				o := s.run()
				if o.code > 1 && o.code != 4 || o.stdout == "" {
					t.Fatalf("%s: exit code %d: %s", format, o.code, o.stderr)
				}
				if n == 0 && row.password != peers.Password {
					s.counted(1, "after the first run") // it did spend what is hunted for
				}
				secrets.nothingIn(t, "standard output in "+format, []byte(o.stdout))
				secrets.nothingIn(t, "standard error in "+format, []byte(o.stderr))
			}
			if files := secrets.nothingUnder(t, reports); files != len(formats)*len(formats) {
				t.Errorf("%d reports, want %d", files, len(formats)*len(formats))
			}
			if files := secrets.nothingUnder(t, s.file("state")); files < 2 {
				t.Errorf("%d files of state, want the record and its lock", files)
			}
		})
	}
}

// A keytab is as good as the password.
func TestNoOutputHoldsAKey(t *testing.T) {
	t.Parallel()
	s := newSpender(t, peers.Password)
	secrets := s.secretsOf(peers.Password)
	keytab := s.file("svc.keytab")
	s.dc.Tool(t, "domain", "exportkeytab", keytab, "--principal="+s.account+"@"+peers.Realm)
	text, err := os.ReadFile(keytab)
	if err != nil {
		t.Fatal(err)
	}
	if found := secrets.in(text); len(found) < 3 {
		t.Fatalf("in the keytab that Samba wrote are only %q: the hunt is for other keys", found)
	}
	args := []string{"probe", "kerberos", "--account", s.account, "--realm", peers.Realm, "--server", "dc1.corp.example",
		"--kdc", s.kdcs[0].String(), "--keytab", keytab, "--format", "json"}
	o := end(t, begin(t, s.command(args...)))
	if got := o.ticket(t); got != "pass" {
		t.Errorf("%s, want pass\n%s", got, o.stdout)
	}
	secrets.nothingIn(t, "standard output", []byte(o.stdout))
	secrets.nothingIn(t, "standard error", []byte(o.stderr))
	secrets.nothingUnder(t, s.file("state"))
}

// A run that is ended with a dump of all goroutines, while the password is on its way, writes the
// addresses of its strings and not what is there.
func TestNoDumpHoldsASecret(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{}, 10)
	kdc := startTap(t, peers.Samba(t).KDC, func(password bool) bool {
		if password {
			arrived <- struct{}{}
		}
		return password
	})
	for _, level := range []string{"all", "system"} {
		s := newSpender(t, wrongPassword, kdc.address)
		secrets := s.secretsOf(wrongPassword)
		cmd := s.probe()
		cmd.Env = append(cmd.Env, "GOTRACEBACK="+level)
		begin(t, cmd)
		<-arrived
		if err := cmd.Process.Signal(syscall.SIGQUIT); err != nil {
			t.Fatal(err)
		}
		o := end(t, cmd)
		if !strings.Contains(o.stderr, "SIGQUIT") || !strings.Contains(o.stderr, "credential.(*Gate).Spend") {
			t.Errorf("GOTRACEBACK=%s: no dump of a run that spends: exit code %d\n%s", level, o.code, o.stderr)
		}
		secrets.nothingIn(t, "the dump", []byte(o.stderr))
		secrets.nothingIn(t, "standard output", []byte(o.stdout))
		secrets.nothingUnder(t, s.file("state"))
	}
}

// What a simulated domain controller records and logs of a log-in, right and wrong.
func TestNoRecordHoldsASecret(t *testing.T) {
	t.Parallel()
	for _, password := range []string{"Record.Passw0rd", wrongPassword} {
		var log bytes.Buffer
		d, err := dc.Start(t.Context(), dc.Config{
			Accounts: []dc.Account{{Name: "svc-userid", Password: credential.New("Record.Passw0rd")}},
			Services: []string{"HTTP/dc1.corp.example"},
			Log:      slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		})
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		file := filepath.Join(dir, "password")
		if err := os.WriteFile(file, []byte(password), 0o600); err != nil {
			t.Fatal(err)
		}
		out, complaints, code := program(t, "probe", "kerberos", "--account", "svc-userid", "--realm", d.Realm(), "--kdc", d.Addr(),
			"--server", "dc1.corp.example", "--password-file", file, "--no-ldap", "--state-dir", filepath.Join(dir, "state"))
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		if want := map[bool]int{true: 0, false: 1}[password != wrongPassword]; code != want {
			t.Errorf("exit code %d, want %d\n%s%s", code, want, out, complaints)
		}
		var proofs int
		for _, e := range d.Record().Since(0) {
			if e.Kind == dc.KindRequest && e.Fields["proof"] == true {
				proofs++
			}
		}
		if proofs != 1 {
			t.Errorf("%d log-ins in the record, want 1", proofs)
		}
		record, err := json.Marshal(d.Record().Since(0))
		if err != nil {
			t.Fatal(err)
		}
		secrets := huntFor(t, "svc-userid", password, strings.Repeat("\x00\xff", 8)) // no server stores an NT hash here
		for kind, keytab := range map[string]func() (kerberos.Keytab, error){
			"of the account":  func() (kerberos.Keytab, error) { return d.AccountKeytab("svc-userid") },
			"of the services": func() (kerberos.Keytab, error) { return d.ServiceKeytab(), nil },
		} {
			keys, err := keytab()
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range keys.Entries {
				secrets["a key "+kind+" "+e.Key.Etype().String()] = e.Key.Reveal()
			}
		}
		secrets.nothingIn(t, "the record", record)
		secrets.nothingIn(t, "the simulator's log", log.Bytes())
		secrets.nothingIn(t, "standard output", []byte(out))
		secrets.nothingIn(t, "standard error", []byte(complaints))
	}
}
