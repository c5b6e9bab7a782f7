package certs

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/symptom"
)

var update = flag.Bool("update", false, "rewrite the document")

const documentFile = "../docs/certificates.md"

// The document of the flaws is drawn from the table, which another test holds to OpenSSL,
// curl and Go.
func TestDocument(t *testing.T) {
	t.Parallel()
	got := document()
	if *update {
		if err := os.WriteFile(documentFile, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(documentFile)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not what the table says: go test ./certs -run TestDocument -update", documentFile)
	}
	for _, f := range Flaws() {
		if f.Differ() != (f.Why != "") {
			t.Errorf("flaw %s: they differ: %v; the reason: %q", f.Flaw, f.Differ(), f.Why)
		}
	}
}

const documentHead = `# Certificates

What ` + "`uidprobe certs mint --flaw`" + ` makes, which rule finds it, and what programs that nobody here wrote
say of it. The tables are drawn from the code by a test, and another test asks the programs again: a
server with the flaw on loopback, asked as ` + "`dc1.corp.example`" + ` would be, with the root as its only CA.

Seen with OpenSSL 3.0 and curl 7.88 as Debian 12 has them (security level 2), and Go 1.26. The column
of curl before 7.62 is from curl's source: there a name that does not match is 51.

| column | what was asked |
| --- | --- |
| verify | ` + "`openssl verify -purpose sslserver -auth_level 2 -verify_hostname NAME`" + `: the error number, 0 is OK |
| + CRL | the same with ` + "`-crl_check_all`" + ` and the lists at hand |
| s_client | ` + "`openssl s_client -verify_return_error -verify_hostname NAME`" + ` |
| curl | ` + "`curl --cacert`" + `: the exit code, before 7.62 / from 7.62 on |
| Go | ` + "`x509.Certificate.Verify` and `VerifyHostname`" + ` |

## The flaws

`

func document() string {
	var b strings.Builder
	b.WriteString(documentHead)
	b.WriteString("| flaw | what is wrong | rule | result | verify | + CRL | s_client | curl | Go |\n")
	b.WriteString("| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, f := range Flaws() {
		client := fmt.Sprint(f.Peers.Client)
		if f.Peers.Client == HandshakeFails {
			client = "no handshake"
		}
		old := f.Peers.Curl
		if old == 60 && f.Check == RuleName {
			old = Generations()[0].name
		}
		goSays := "accepts"
		if f.Peers.Go != "" {
			goSays = "refuses: … " + f.Peers.Go + " …"
		}
		fmt.Fprintf(&b, "| `%s` | %s | `%s` | %v | %d | %d | %s | %d / %d | %s |\n",
			f.Flaw, f.Title.EN, f.Check, f.Status, f.Peers.Verify, f.Peers.VerifyCRL, client, old, f.Peers.Curl, goSays)
	}
	b.WriteString("\nA flaw that is found only with `--online`, because the addresses in the certificate must be asked: ")
	var online []string
	for _, f := range Flaws() {
		if f.Online {
			online = append(online, "`"+string(f.Flaw)+"`")
		}
	}
	b.WriteString(strings.Join(online, ", ") + ".\n")
	b.WriteString("\n## Where the judges differ\n\n")
	b.WriteString("What libcurl does decides, since that is what a firewall has; the others are mentioned in the result.\n\n")
	b.WriteString("| flaw | result here | why they differ |\n| --- | --- | --- |\n")
	for _, f := range Flaws() {
		if f.Why != "" {
			fmt.Fprintf(&b, "| `%s` | %v | %s |\n", f.Flaw, f.Status, f.Why)
		}
	}
	b.WriteString("\n## What libcurl says\n\n")
	b.WriteString("When a server is read over WinRM-HTTPS the firewall logs this text after `response code = 0, error:`. Which\nPAN-OS has which libcurl is not documented.\n\n")
	b.WriteString("| failure |")
	for _, g := range Generations() {
		b.WriteString(" libcurl " + g.Versions + " |")
	}
	b.WriteString("\n| --- |" + strings.Repeat(" --- |", len(Generations())) + "\n")
	for _, row := range []struct {
		name string
		f    Failure
	}{
		{"the chain is refused", FailsVerify}, {"the name is refused", FailsName}, {"no TLS session", FailsHandshake},
		{"no connection", FailsToConnect}, {"no address", FailsToResolve}, {"no answer in time", FailsInTime},
	} {
		b.WriteString("| " + row.name + " |")
		for _, g := range Generations() {
			text, _ := g.Says(row.f)
			fmt.Fprintf(&b, " %d: %s |", g.Code(row.f), text)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// The rules are complete, and each that a flaw does not show is one that has another reason
// to be there.
func TestRulesAreComplete(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	for _, f := range Flaws() {
		found[f.Check] = true
		if f.Status != check.Warn && f.Status != check.Fail {
			t.Errorf("flaw %s: status %v", f.Flaw, f.Status)
		}
	}
	for _, rule := range Rules() {
		if !rule.Title.Complete() || rule.Source == "" || !found[rule.ID] {
			t.Errorf("rule %s: title %+v, source %q, shown by a flaw: %v", rule.ID, rule.Title, rule.Source, found[rule.ID])
		}
	}
}

// Every failure has a text and a symptom in every generation.
func TestEveryGenerationSpeaks(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		f     Failure
		codes [4]int
		texts [4]string
		ids   [4]string
	}{
		{FailsVerify, [4]int{60, 60, 60, 60}, [4]string{
			"Peer certificate cannot be authenticated with known CA certificates", "Peer certificate cannot be authenticated with given CA certificates",
			"SSL peer certificate or SSH remote key was not OK", "SSL peer certificate or SSH remote key was not OK",
		}, [4]string{"winrm.certificate-untrusted", "winrm.certificate-untrusted", "winrm.certificate-refused", "winrm.certificate-refused"}},
		{FailsName, [4]int{51, 51, 60, 60}, same("SSL peer certificate or SSH remote key was not OK"), same("winrm.certificate-refused")},
		{FailsHandshake, [4]int{35, 35, 35, 35}, same("SSL connect error"), same("winrm.handshake")},
		{FailsWithNothing, [4]int{35, 35, 35, 35}, same("SSL connect error"), same("winrm.handshake")},
		{FailsToConnect, [4]int{7, 7, 7, 7}, [4]string{
			"Couldn't connect to server", "Couldn't connect to server", "Couldn't connect to server", "Could not connect to server",
		}, same("winrm.not-reached")},
		{FailsToResolve, [4]int{6, 6, 6, 6}, [4]string{
			"Couldn't resolve host name", "Couldn't resolve host name", "Couldn't resolve host name", "Could not resolve hostname",
		}, same("winrm.unresolved")},
		{FailsInTime, [4]int{28, 28, 28, 28}, same("Timeout was reached"), same("winrm.timeout")},
		{NoFailure, [4]int{}, [4]string{}, [4]string{}},
	} {
		for i, g := range Generations() {
			text, id := g.Says(test.f)
			if g.Code(test.f) != test.codes[i] || text != test.texts[i] || id != test.ids[i] {
				t.Errorf("%s, libcurl %s: %d %q %q, want %d %q %q", test.f, g.Versions, g.Code(test.f), text, id, test.codes[i], test.texts[i], test.ids[i])
			}
		}
	}
}

// What a firewall with any libcurl logs is found by the symptom that its failure has.
func TestEveryLineIsFound(t *testing.T) {
	t.Parallel()
	for _, f := range []Failure{FailsVerify, FailsName, FailsHandshake, FailsToConnect, FailsToResolve, FailsInTime} {
		for _, g := range Generations() {
			text, id := g.Says(f)
			line := "Error: pan_user_id_winrm_query(pan_user_id_win.c:2805): Connection failed. response code = 0, error: " + text + " in vsys 1"
			var shown []string
			for _, s := range symptom.All() {
				if s.Number == nil && strings.HasPrefix(s.ID, "winrm.") && s.ShownIn(line) {
					shown = append(shown, s.ID)
				}
			}
			if len(shown) != 1 || shown[0] != id {
				t.Errorf("%s of libcurl %s: %q shows %q, want %q", f, g.Versions, line, shown, id)
			}
		}
	}
}

func same(s string) [4]string { return [4]string{s, s, s, s} }
