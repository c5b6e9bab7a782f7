package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/symptom"
)

// explainedAs runs explain and returns its entries.
func explainedAs(t *testing.T, args ...string) []explanation {
	t.Helper()
	stdout, stderr, code := program(t, append([]string{"explain", "--format", "json"}, args...)...)
	if code != exitReady {
		t.Fatalf("explain %q: exit code %d: %s", args, code, stderr)
	}
	var entries []explanation
	if err := json.Unmarshal([]byte(stdout), &entries); err != nil {
		t.Fatalf("%v in\n%s", err, stdout)
	}
	return entries
}

// Every row can be explained by its ID, its number and its golden text, in 80 columns and in
// both languages, with everything the row says.
func TestExplainTellsAllOfEveryRow(t *testing.T) {
	t.Parallel()
	for _, s := range symptom.All() {
		t.Run(s.ID, func(t *testing.T) {
			t.Parallel()
			for _, l := range []string{"en", "ja"} {
				stdout, stderr, code := program(t, "explain", "--lang", l, s.ID)
				if code != exitReady || stderr != "" {
					t.Fatalf("exit code %d, standard error %q", code, stderr)
				}
				want := []string{s.Title.EN, s.Status, s.Meaning.EN, s.Article, strings.Fields(s.Golden())[0]}
				for _, text := range append(s.Causes, s.Remedies...) {
					want = append(want, text.EN)
				}
				if l == "ja" {
					want = []string{s.Title.JA, s.Status, s.Meaning.JA, s.Article}
					for _, text := range append(s.Causes, s.Remedies...) {
						want = append(want, text.JA)
					}
				}
				said := strings.Join(strings.Fields(stdout), "")
				for _, text := range want {
					if !strings.Contains(said, strings.Join(strings.Fields(text), "")) {
						t.Errorf("--lang %s does not say %q:\n%s", l, text, stdout)
					}
				}
				holdsTo80Columns(t, stdout)
			}
			found := explainedAs(t, s.Golden())
			if s.Number != nil && (len(found) != 1 || found[0].Symptom.ID != s.ID || found[0].Code.Number != *s.Number) {
				t.Errorf("the golden text is explained as %+v", found)
			}
		})
	}
}

// holdsTo80Columns allows a line that cannot be broken to be longer: an address, or
// Japanese without a comma.
func holdsTo80Columns(t *testing.T, text string) {
	t.Helper()
	for _, line := range strings.Split(text, "\n") {
		words := pieces(strings.TrimLeft(line, " "))
		if longest := words[len(words)-1]; columns(line) > 80 && columns(longest) < 56 {
			t.Errorf("%d columns: %q", columns(line), line)
		}
	}
}

func TestExplainJSON(t *testing.T) {
	t.Parallel()
	found := explainedAs(t, "16")
	if len(found) != 2 {
		t.Fatalf("16 is explained as %d things, want 2", len(found))
	}
	errno, kdc := found[0], found[1]
	if errno.ReadAs != symptom.AsErrno || errno.Symptom.ID != "kerberos.resolver-busy" ||
		errno.Code.Symbol != "EBUSY" || errno.Code.Processor != "all" || errno.Code.Protocol != nil ||
		errno.Note != noteInferred.EN {
		t.Errorf("the errno is %+v, code %+v", errno, errno.Code)
	}
	if kdc.ReadAs != symptom.AsProtocol || kdc.Symptom != nil || kdc.Code.Number != -1765328368 ||
		*kdc.Code.Protocol != 16 || kdc.Code.RFC != "KDC_ERR_PADATA_TYPE_NOSUPP" || kdc.Note != noteNoSymptom.EN {
		t.Errorf("the KDC's code is %+v, code %+v", kdc, kdc.Code)
	}

	nt := explainedAs(t, "--lang", "ja", "0xc0000234")[0]
	if nt.NTStatus.Symbol != "STATUS_ACCOUNT_LOCKED_OUT" || nt.NTStatus.Code != "0xC0000234" ||
		!strings.Contains(nt.NTStatus.Meaning, "ロックアウト") || fmt.Sprint(nt.NTStatus.Symptoms) != "[kerberos.client-revoked]" ||
		nt.Note != noteNotLogged.JA {
		t.Errorf("the NTSTATUS is %+v, %+v", nt, nt.NTStatus)
	}
	if unnamed := explainedAs(t, "30")[0]; unnamed.Note != noteNoName.EN || unnamed.Code.Number != -1765328354 {
		t.Errorf("a code without a name is %+v, %+v", unnamed, unnamed.Code)
	}
	if normal := explainedAs(t, "N/A")[0]; normal.ReadAs != symptom.AsStatus || !normal.Symptom.Normal || normal.Note != "" {
		t.Errorf("a status that is normal is %+v", normal)
	}
	if zero := explainedAs(t, "0")[0]; zero.Code.Protocol == nil || *zero.Code.Protocol != 0 {
		t.Errorf("no error is %+v", zero.Code)
	}
}

// What a person did not mean to ask is one line, and never a guess taken for an answer.
func TestExplainSaysThatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, query, stderr string
	}{
		{"a slip in a symbol", "kdc_err_preauth_faild", `nothing is known about "kdc_err_preauth_faild"; did you mean "KDC_ERR_PREAUTH_FAILED"?`},
		{"a slip in a status", "Kerberos eror", `nothing is known about "Kerberos eror"; did you mean "Kerberos error"?`},
		{"a slip in an ID", "kerberos.polcy", `nothing is known about "kerberos.polcy"; did you mean "kerberos.policy"?`},
		{"a digit too few", "-176532836", `nothing is known about "-176532836"; did you mean "-1765328360"?`},
		{"nothing near", "the coffee is cold", `nothing is known about "the coffee is cold"; uidprobe list symptoms shows what is`},
		{"control characters", "\x1b[31m\nred\u202e", `nothing is known about "\x1b[31m\nred\u202e"; uidprobe list symptoms shows what is`},
		{"long", strings.Repeat("あ", 100), `nothing is known about "` + strings.Repeat("あ", 60) + `" and more; uidprobe list symptoms shows what is`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, code := program(t, "explain", "--", c.query)
			if want := "uidprobe: explain: " + c.stderr + "\n"; stdout != "" || stderr != want || code != exitNotReady {
				t.Errorf("exit code %d, standard output %q, standard error\n%swant\n%s", code, stdout, stderr, want)
			}
		})
	}
}

func TestExplainReadsStandardInput(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a line without meaning\n", 256<<10/23)
	for _, c := range []struct {
		name, stdin, stdout, stderr string
		code                        int
	}{
		{"a log", "\r\n" + symptomText(t, "kerberos.policy") + symptomText(t, "kerberos.generic"), "-1765328324 KRB5KRB_ERR_GENERIC (found in the text)\n", "", exitReady},
		{"the last line of much", long + symptomText(t, "kerberos.policy")[20:], "", "longer than 256 KiB", exitUsage},
		{"just not too much", long, "", "nothing is known about", exitNotReady},
		{"nothing", " \n", "", "nothing to explain", exitUsage},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr strings.Builder
			code := run(t.Context(), []string{"uidprobe", "explain", "-"}, strings.NewReader(c.stdin), &stdout, &stderr)
			if code != c.code || !strings.Contains(stdout.String(), c.stdout) || !strings.Contains(stderr.String(), c.stderr) {
				t.Errorf("exit code %d, want %d; standard output\n%s\nstandard error\n%s", code, c.code, stdout.String(), stderr.String())
			}
			if lines := strings.Count(stderr.String(), "\n"); lines > 1 {
				t.Errorf("%d lines on standard error, want one:\n%s", lines, stderr.String())
			}
		})
	}
}

func symptomText(t *testing.T, id string) string {
	t.Helper()
	s, ok := symptom.Find(id)
	if !ok {
		t.Fatalf("no symptom %s", id)
	}
	return s.Golden()
}
