package symptom

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/uidprobe/uidprobe/lang"
)

// kerberosArticle is the vendor's page on connection failures caused by Kerberos. Numbers
// that the page behind article does not list refer to it: it gives the general way, and does
// not list them either.
const kerberosArticle = "https://knowledgebase.paloaltonetworks.com/KCSArticleDetail?id=kA1Ki000000TO9ZKAW&lang=en_US"

// kerberosStatus is what the Status column shows for every one of the numbers.
const kerberosStatus = "Kerberos error"

// Why no fault shows a symptom.
const (
	noSetting = "a setting is missing on the firewall itself, and a site file in which it is missing is not accepted"
	textOnly  = "it is an error of the firewall's own system, which no peer can bring about; known as text only"
)

// kerberos are the symptoms of a firewall that gets no ticket for its service account.
func kerberos() []Symptom {
	rows := []Symptom{kerberosStatusRow()}
	rows = append(rows, kerberosSecret()...)
	rows = append(rows, kerberosAccount()...)
	rows = append(rows, kerberosNetwork()...)
	rows = append(rows, kerberosResolver()...)
	rows = append(rows, kerberosNames()...)
	rows = append(rows, kerberosKeys()...)
	return append(rows, kerberosClock()...)
}

// kerberosStatusRow is the status by itself, as the table of servers shows it.
func kerberosStatusRow() Symptom {
	return Symptom{
		ID:      "kerberos.status",
		Title:   lang.Text{EN: "a directory server has the status Kerberos error", JA: "ディレクトリ サーバーの状態が Kerberos error"},
		Status:  kerberosStatus,
		Pattern: `(?m)^.*\s` + statusWords(kerberosStatus) + `\s*$`,
		Meaning: lang.Text{
			EN: "the firewall got no ticket for the service account; the number in its log says why, the status does not",
			JA: "ファイアウォールがサービス アカウントのチケットを取得できませんでした。原因は状態からは分からず、ログの番号で判断します",
		},
		Causes: []lang.Text{
			{EN: "one of the Kerberos numbers: password, account, name resolution, port 88, realm, encryption types or clock", JA: "Kerberos の番号が示すもの（パスワード、アカウント、名前解決、ポート 88、レルム、暗号化タイプ、時刻のいずれか）"},
		},
		Remedies: []lang.Text{
			{
				EN: "find the number on the firewall: less mp-log useridd.log, then search for: failed to get krb5 tgt ticket",
				JA: "ファイアウォールで番号を調べる: less mp-log useridd.log を開き、failed to get krb5 tgt ticket を検索する",
			},
			{EN: "look the number up: uidprobe explain NUMBER", JA: "番号の意味を調べる: uidprobe explain NUMBER"},
		},
		Article: article, Confidence: "documented", ShownWith: "kerberos.preauth-failed",
	}
}

// kerberosRow completes a row with what all numbers have in common.
func kerberosRow(slug string, number int64, s Symptom) Symptom {
	s.ID = "kerberos." + slug
	s.Status = kerberosStatus
	s.Number, s.Logged = &number, true
	s.Pattern = kerberosPattern(number)
	if s.Article == "" {
		s.Article = article
	}
	return s
}

// kerberosLine finds the log line up to its number. The function and the source line before
// it, which change from release to release, are left out, and so is whatever a later release
// may put between the words and the number.
const kerberosLine = `(?i)failed to get krb5 tgt(?: ticket)?\b[^\n]{0,80}?\b(?:error|code)\b[ \t]*[:=]?[ \t]*`

// minus is a minus sign, also the typographic one of a page from which a line was copied.
const minus = `[-−]`

func kerberosPattern(number int64) string {
	if number < 0 {
		return fmt.Sprintf(`%s%s%d\b`, kerberosLine, minus, -number)
	}
	return fmt.Sprintf(`%s%d\b`, kerberosLine, number)
}

var kerberosNumbers = regexp.MustCompile(kerberosLine + `(` + minus + `?(?:0|[1-9]\d{0,18}))\b`)

// KerberosLogNumbers returns the numbers of the log lines in a text that say why the
// firewall got no ticket, in their order, each once: also those for which All has no row.
func KerberosLogNumbers(text string) (numbers []int64) {
	seen := map[int64]bool{}
	for _, m := range kerberosNumbers.FindAllStringSubmatch(text, -1) {
		n, err := strconv.ParseInt(strings.Replace(m[1], "−", "-", 1), 10, 64)
		if err != nil || seen[n] {
			continue // a number that no integer holds is no error number
		}
		seen[n] = true
		numbers = append(numbers, n)
	}
	return numbers
}

// ByNumber returns the symptom of a number that the firewall logs.
func ByNumber(number int64) (Symptom, bool) {
	for _, s := range table() {
		if s.Number != nil && *s.Number == number {
			return s, true
		}
	}
	return Symptom{}, false
}
