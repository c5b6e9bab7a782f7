package kerberos

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// sambaAddress is of this test alone: Samba's KDC has its own port and no other.
const sambaAddress = "127.0.0.46"

// startSamba provisions a domain and runs its KDC. That takes root, for port 88 and for the
// attributes of files.
func startSamba(t *testing.T) *mitKDC {
	t.Helper()
	tool, server := peer(t, "samba-tool"), peer(t, "samba")
	if os.Getuid() != 0 {
		t.Skip("a domain controller of Samba takes root")
	}
	m := &mitKDC{dir: t.TempDir(), address: sambaAddress + ":88", env: append(os.Environ(), "LC_ALL=C")}
	conf := filepath.Join(m.dir, "etc", "smb.conf")
	m.run(t, "", tool, "domain", "provision", "--targetdir="+m.dir, "--realm=CORP.EXAMPLE", "--domain=CORP",
		"--server-role=dc", "--dns-backend=SAMBA_INTERNAL", "--host-name=dc1", "--host-ip="+sambaAddress,
		"--adminpass=Passw0rd.Admin1", "--option=interfaces="+sambaAddress+"/8", "--option=bind interfaces only=yes",
		"--option=pid directory="+filepath.Join(m.dir, "run"), "--option=log file="+filepath.Join(m.dir, "log.samba"))
	if err := os.MkdirAll(filepath.Join(m.dir, "run"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"svc-userid", "svc-disabled"} {
		m.run(t, "", tool, "user", "create", name, password, "-s", conf)
	}
	m.run(t, "", tool, "user", "disable", "svc-disabled", "-s", conf)
	cmd := exec.Command(server, "-F", "--no-process-group", "-M", "single", "-s", conf, "--option=server services=kdc", "--debug-stdout")
	cmd.Env = m.env
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	m.await(t)
	return m
}

// What the client gets from a KDC with Active Directory's rules.
func TestAgainstSamba(t *testing.T) {
	if testing.Short() {
		t.Skip("a domain takes some seconds to provision")
	}
	t.Parallel()
	m := startSamba(t)
	for _, c := range []struct {
		name, word string
		want       int32
		status     NTStatus
	}{
		{"svc-userid@CORP.EXAMPLE", password, 0, 0},
		{"SVC-UserID@CORP.EXAMPLE", password, 0, 0},
		{"svc-userid@corp.example", password, -1765328237, 0},
		{"svc-userid@CORP", password, -1765328237, 0},
		{"svc-userid@CORP.EXAMPLE", "wrong", -1765328360, 0},
		{"nobody@CORP.EXAMPLE", password, -1765328378, 0},
		{"svc-disabled@CORP.EXAMPLE", password, -1765328366, StatusAccountDisabled},
		{"svc-disabled@CORP.EXAMPLE", "wrong", -1765328360, 0}, // the password first
	} {
		_, err := login(t, m.over("tcp"), parse(t, c.name), PasswordKeys(c.word))
		got, _ := MITNumber(err)
		var refused *KDCError
		if errors.As(err, &refused); got != c.want || refused != nil && refused.NTStatus != c.status {
			t.Errorf("%s: %v, number %d; want %d with %v", c.name, err, got, c.want, c.status)
		}
		if c.status != 0 && refused != nil && refused.DataShape != MethodDataShape {
			t.Errorf("%s: the status came as %q", c.name, refused.DataShape)
		}
	}
	tgt, err := login(t, m.over("tcp"), parse(t, "svc-userid@CORP.EXAMPLE"), PasswordKeys(password))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.over("tcp").ServiceTicket(ctx(t), tgt, HTTPService("dc1.corp.example", "CORP.EXAMPLE"), nil); err != nil {
		t.Errorf("HTTP by the name of the host: %v", err)
	}
	// A ticket with a PAC is too long for a datagram.
	if _, err := login(t, m.over("udp"), parse(t, "svc-userid@CORP.EXAMPLE"), PasswordKeys(password)); !errors.Is(err, ErrTooBig) {
		t.Errorf("over UDP: %v, want too big", err)
	}
}
