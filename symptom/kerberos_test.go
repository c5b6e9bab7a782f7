package symptom

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/lang"
)

// The numbers of the vendor's article, and the neighbours worth knowing.
var kerberosWanted = map[int64]string{
	-1765328228: "kerberos.kdc-unreachable", -1765328366: "kerberos.client-revoked",
	11: "kerberos.dns-try-again", 145: "kerberos.resolver-timeout-mips", 16: "kerberos.resolver-busy",
	-1765328237: "kerberos.reply-modified", -1765328378: "kerberos.client-unknown",
	-1765328370: "kerberos.etype-unsupported", -1765328360: "kerberos.preauth-failed",
	-1765328316: "kerberos.wrong-realm", -1765328353: "kerberos.bad-integrity",

	110: "kerberos.resolver-timeout", -1765328230: "kerberos.realm-unknown",
	-1765328164: "kerberos.realm-unresolvable", -1765328383: "kerberos.name-expired",
	-1765328361: "kerberos.password-expired", -1765328372: "kerberos.policy",
	-1765328347: "kerberos.clock-skew", -1765328236: "kerberos.reply-skew",
	-1765328355: "kerberos.unavailable", -1765328324: "kerberos.generic",
	-1765328363: "kerberos.client-not-yet", -1765328377: "kerberos.service-unknown",
	-1765328174: "kerberos.preauth-no-etype",
}

func TestEveryKerberosNumberHasItsRow(t *testing.T) {
	t.Parallel()
	for number, id := range kerberosWanted {
		if s, ok := ByNumber(number); !ok || s.ID != id {
			t.Errorf("ByNumber(%d) is %q, want %q", number, s.ID, id)
		}
	}
	for _, s := range kerberos() {
		if s.Status != "Kerberos error" {
			t.Errorf("%s: status %q", s.ID, s.Status)
		}
		if s.Number == nil {
			if s.ID != "kerberos.status" {
				t.Errorf("%s has no number", s.ID)
			}
			continue
		}
		if kerberosWanted[*s.Number] != s.ID {
			t.Errorf("%s with %d is not in this test's list", s.ID, *s.Number)
		}
	}
	if s, ok := ByNumber(-1765328384); ok {
		t.Errorf("ByNumber of no error is %s, want none", s.ID)
	}
}

// The line's shape changes from release to release; its number does not.
func TestKerberosLineIsFoundInEveryShape(t *testing.T) {
	t.Parallel()
	for _, number := range []int64{-1765328228, 11, 145} {
		s, _ := ByNumber(number)
		for _, shape := range []string{
			"Error: pan_user_id_krb5_init_ticket(pan_user_id_win.c:1982): failed to get krb5 tgt ticket with error %d.",
			"2026-03-01 10:15:30.123 +0900 Error:  pan_user_id_krb5_init_ticket(pan_user_id_win.c:29999): failed to get krb5 tgt ticket with error %d",
			"first line\r\nError: a_new_name(other.c:1): Failed to get KRB5 TGT ticket with error %d.\r\nlast line",
			"failed to get krb5 tgt with error: %d",
			"failed to get krb5 tgt ticket for svc-userid@CORP.EXAMPLE with error code %d (text)",
			"failed to get krb5 tgt ticket, error=%d",
		} {
			text := fmt.Sprintf(shape, number)
			for _, text := range []string{text, strings.Replace(text, "-1", "−1", 1)} {
				if !s.ShownIn(text) {
					t.Errorf("%s does not find %q", s.ID, text)
				}
				if got := KerberosLogNumbers(text); !slices.Equal(got, []int64{number}) {
					t.Errorf("KerberosLogNumbers(%q) = %d, want %d alone", text, got, number)
				}
			}
		}
		for _, text := range []string{
			fmt.Sprintf("failed to get krb5 tgt ticket with error %d0.", number),
			fmt.Sprintf("failed to get krb5 tgt ticket with error %d.", -number),
			fmt.Sprintf("failed to get krb5 tgt ticket\nwith error %d.", number),
			fmt.Sprintf("failed to get krb5 tgt ticket with noerror %d.", number),
			fmt.Sprintf("response code = %d, error: (null) in vsys 1", number),
			fmt.Sprint(number),
		} {
			if s.ShownIn(text) {
				t.Errorf("%s finds %q", s.ID, text)
			}
		}
	}
}

func TestKerberosLogNumbers(t *testing.T) {
	t.Parallel()
	line := func(n string) string { return "failed to get krb5 tgt ticket with error " + n + ".\n" }
	for _, c := range []struct {
		name, text string
		want       []int64
	}{
		{"none", "Error: something else with error -1765328228.", nil},
		{"each once, in order", line("16") + line("-1765328360") + line("16"), []int64{16, -1765328360}},
		{"one without a row", line("-1765328343"), []int64{-1765328343}},
		{"too long for a number", line("99999999999999999999") + line("9999999999999999999") + line("11"), []int64{11}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := KerberosLogNumbers(c.text); !slices.Equal(got, c.want) {
				t.Errorf("KerberosLogNumbers(%q) = %d, want %d", c.text, got, c.want)
			}
		})
	}
}

// What a row's pattern finds, the reader of numbers finds, and the other way round.
func FuzzKerberosLogNumbers(f *testing.F) {
	for _, s := range kerberos() {
		f.Add(s.Golden())
	}
	f.Add("failed to get krb5 tgt ticket with error −11 error 16 code 145")
	f.Fuzz(func(t *testing.T, text string) {
		for _, n := range KerberosLogNumbers(text) {
			if s, ok := ByNumber(n); ok && !s.ShownIn(text) {
				t.Errorf("%d is in %q, and the pattern of %s does not find it", n, text, s.ID)
			}
		}
	})
}

// Texts name numbers, symbols and NTSTATUS values: all of them exist, and those of the
// row itself are its own.
func TestKerberosTextsAgreeWithTheTables(t *testing.T) {
	t.Parallel()
	codes := map[string]KerberosCode{}
	for _, c := range KerberosCodes() {
		if c.Processor == "" || c.Processor == "all" {
			codes[fmt.Sprint(c.Number)] = c
		}
	}
	nt := map[string]bool{}
	for _, s := range NTStatuses() {
		nt[fmt.Sprintf("0x%08X", s.Code)] = true
	}
	mentioned := regexp.MustCompile(`-17653\d+|0xC\d{3,}[0-9A-F]*`)
	for _, s := range kerberos() {
		texts := append(append([]lang.Text{s.Title, s.Meaning}, s.Causes...), s.Remedies...)
		for _, text := range texts {
			en, ja := mentioned.FindAllString(text.EN, -1), mentioned.FindAllString(text.JA, -1)
			slices.Sort(en)
			slices.Sort(ja)
			if !slices.Equal(en, ja) {
				t.Errorf("%s: English names %q, Japanese %q", s.ID, en, ja)
			}
			for _, m := range en {
				if _, ok := codes[m]; !ok && !nt[m] {
					t.Errorf("%s: %q is in no table", s.ID, m)
				}
			}
		}
		if s.Number == nil {
			continue
		}
		if c, ok := codes[fmt.Sprint(*s.Number)]; ok && c.Protocol != none {
			for _, meaning := range []string{s.Meaning.EN, strings.ReplaceAll(s.Meaning.JA, "、", ", ")} {
				if want := fmt.Sprintf("%s, %d, %#x", c.RFC, c.Protocol, c.Protocol); !strings.Contains(meaning, want) {
					t.Errorf("%s: the meaning does not name %q:\n%s", s.ID, want, meaning)
				}
			}
		} else if ok && !strings.Contains(s.Meaning.EN, c.Symbol) {
			t.Errorf("%s: the meaning does not name %s:\n%s", s.ID, c.Symbol, s.Meaning.EN)
		}
	}
}

// The errno values say that they are none of Kerberos's, and on which processors they hold.
func TestErrnoRowsExplainTheProcessor(t *testing.T) {
	t.Parallel()
	for number, words := range map[int64][]string{
		11:  {"EAGAIN", "every processor"},
		16:  {"EBUSY", "every processor"},
		145: {"ETIMEDOUT", "MIPS", "110", "x86", "ARM"},
		110: {"ETIMEDOUT", "MIPS", "145", "x86", "ARM"},
	} {
		s, _ := ByNumber(number)
		for _, word := range append(words, "no Kerberos code") {
			if !strings.Contains(s.Meaning.EN, word) {
				t.Errorf("%s: the meaning does not say %q: %s", s.ID, word, s.Meaning.EN)
			}
		}
		if onlyText := number != 11; (s.NoFault == textOnly) != onlyText {
			t.Errorf("%s: NoFault is %q", s.ID, s.NoFault)
		}
	}
}

// No remedy weakens the account: the article's advice to switch pre-authentication off is
// named and refused.
func TestRemediesDoNotSwitchPreauthenticationOff(t *testing.T) {
	t.Parallel()
	refused := false
	for _, s := range kerberos() {
		for _, r := range s.Remedies {
			if !strings.Contains(r.EN, "Do not require Kerberos preauthentication") {
				continue
			}
			against := strings.HasPrefix(r.EN, "do not tick") && strings.Contains(r.JA, "有効にしない")
			back := strings.Contains(r.EN, "untick") && strings.Contains(r.JA, "チェックを外す")
			if !against && !back {
				t.Errorf("%s: %s", s.ID, r.EN)
			}
			refused = refused || against && s.ID == "kerberos.preauth-failed"
		}
	}
	if !refused {
		t.Error("kerberos.preauth-failed does not refuse the article's advice")
	}
}
