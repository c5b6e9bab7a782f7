package profile

import (
	"context"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/strictyaml"
)

// The codes of the rules. They never change.
const (
	codeName         = "name-refused"
	codeLength       = "text-too-long"
	codeDot          = "address-dot"
	codePrefix       = "prefix-earlier"
	codeDelimiter    = "delimiter-missing"
	codeNotClient    = "address-not-client"
	codeFailures     = "maps-failures"
	codeMachines     = "maps-machines"
	codeOuter        = "outer-identity"
	codeSize         = "beyond-message-size"
	codeBacktracking = "backtracking"
	codeEngines      = "engines-differ"
	codeBoth         = "both-match"
	codeEventPart    = "event-in-event"
	codeSameEvent    = "same-event"
)

const (
	sourceSchema  = "configuration schema of PAN-OS 10.0.5"
	sourceFilters = `PAN-OS web help, "Syslog Filters" (9.1 to 11.1)`
	sourceOpen    = "inferred: no document says it; docs/limits.md"
)

// LintRules lists the rules, in the order in which they are asked. The rule unused-suppression is
// of a file, and not among them.
func LintRules() []LintRule {
	return []LintRule{
		{codeName, check.Fail, lang.Text{EN: "PAN-OS takes the name", JA: "PAN-OS が受け付ける名前である"},
			sourceSchema, "begin with a letter, a dot, a hyphen or an underscore; go on with those, digits and blanks; 63 characters at most", (*lintTarget).nameRefused},
		{codeLength, check.Fail, lang.Text{EN: "no text is longer than PAN-OS takes", JA: "PAN-OS の上限を超える長さの文字列がない"},
			sourceSchema, "shorten it: 1,024 characters for a pattern, 255 for a description", (*lintTarget).tooLong},
		{codeDot, check.Warn, lang.Text{EN: "the dots of the address are escaped", JA: "アドレスのドットがエスケープされている"},
			sourceFilters, `write \. for a dot: a dot alone is any character`, (*lintTarget).unescapedDot},
		{codePrefix, check.Fail, lang.Text{EN: "no prefix occurs before the value that is meant", JA: "目的の値より前に同じプレフィックスが現れない"},
			sourceOpen, "lengthen the prefix until it occurs once", (*lintTarget).prefixEarlier},
		{codeDelimiter, check.Fail, lang.Text{EN: "each delimiter follows its prefix", JA: "プレフィックスの後に必ず区切り文字が現れる"},
			sourceFilters, `take the text that follows the value; \n takes the end of the message as well`, (*lintTarget).delimiterMissing},
		{codeNotClient, check.Fail, lang.Text{EN: "the address is the client's", JA: "アドレスはクライアントのものである"},
			sourceFilters, "take the field with the address of the user's device, not of the NAS, the proxy or the server", (*lintTarget).notClient},
		{codeFailures, check.Fail, lang.Text{EN: "a failed log-in is not mapped", JA: "失敗したログインはマッピングされない"},
			sourceFilters, "let the event pattern hold the word that says success", (*lintTarget).mapsFailures},
		{codeMachines, check.Warn, lang.Text{EN: "a machine account is not mapped", JA: "コンピューター アカウントはマッピングされない"},
			"inferred: a machine that authenticates takes the mapping of its user", "let the username pattern leave out $ and host/, or ignore the rule if machines are among the users that User-ID ignores", (*lintTarget).mapsMachines},
		{codeOuter, check.Warn, lang.Text{EN: "an outer identity is not mapped", JA: "外部 ID（匿名 ID）はマッピングされない"},
			"RFC 4282 section 2.4 and RFC 7542 section 2.4: the user part of an outer identity may be anonymous", "take the field with the inner identity, or let the username pattern leave anonymous out", (*lintTarget).outerIdentity},
		{codeSize, check.Fail, lang.Text{EN: "what is looked for stands within the message size", JA: "検索対象がメッセージの最大サイズ内にある"},
			sourceFilters + ": 2,048 bytes in 9.1, 8,000 from 10.0 on", "let the sender write less, or look for a field that stands earlier", (*lintTarget).beyondSize},
		{codeBacktracking, check.Warn, lang.Text{EN: "no message makes a backtracking engine run for ever", JA: "バックトラック型エンジンでも処理が終わらなくなるメッセージがない"},
			"measured on github.com/dlclark/regexp2; the engine of a firewall is not published", "let what is repeated begin with a character that cannot end what stands before it", (*lintTarget).backtracking},
		{codeEngines, check.Warn, lang.Text{EN: "two engines read the samples alike", JA: "2 種類のエンジンでサンプルの読み取り結果が一致する"},
			"measured on Go's regexp and github.com/dlclark/regexp2; the engine of a firewall is not published", "write it without what the engines read differently: named groups, flags within, rare classes", (*lintTarget).enginesDiffer},
		{codeBoth, check.Warn, lang.Text{EN: "a message is read by one profile of its sender", JA: "1 つのメッセージは送信元のプロファイルの 1 つだけに一致する"},
			sourceOpen + ", switch several_profiles", "let the event patterns exclude each other", (*lintTarget).bothMatch},
		{codeEventPart, check.Warn, lang.Text{EN: "no event string is part of another's", JA: "イベント文字列が別のイベント文字列の一部になっていない"},
			sourceFilters, "lengthen the shorter event string by what stands beside it in the messages", (*lintTarget).eventInEvent},
		{codeSameEvent, check.Fail, lang.Text{EN: "log-ins and logouts are told apart", JA: "ログインとログアウトが区別されている"},
			sourceFilters, "take for each the words that only its messages have", (*lintTarget).sameEvent},
	}
}

func (t *lintTarget) nameRefused(context.Context) (found []lintFinding) {
	for _, x := range t.refused {
		if x.path[0] == "name" {
			found = append(found, lintFinding{path: t.at.With(x.path...), message: x.message})
		}
	}
	return found
}

func (t *lintTarget) tooLong(context.Context) (found []lintFinding) {
	for _, x := range t.refused {
		if x.path[0] != "name" {
			found = append(found, lintFinding{path: t.at.With(x.path...), message: x.message})
		}
	}
	return found
}

// unescapedDot looks for a dot that stands for one character between what else is in the value.
func (t *lintTarget) unescapedDot(context.Context) (found []lintFinding) {
	if t.profile.Regex == nil {
		return nil
	}
	tree, err := syntax.Parse(t.profile.Regex.AddressRegex, syntax.Perl)
	if err != nil {
		return nil
	}
	if n := anyCharacters(tree); n > 0 {
		dots := "a dot that stands"
		if n > 1 {
			dots = fmt.Sprintf("%d dots that stand", n)
		}
		found = append(found, lintFinding{path: t.at.With(regexIdentifier, addressRegex), message: fmt.Sprintf("%s has %s for any character", addressRegex, dots)})
	}
	return found
}

// anyCharacters counts the dots that are not repeated, beside the digits of an address.
func anyCharacters(re *syntax.Regexp) (n int) {
	any := func(re *syntax.Regexp) bool { return re.Op == syntax.OpAnyChar || re.Op == syntax.OpAnyCharNotNL }
	if re.Op == syntax.OpConcat {
		for i, sub := range re.Sub {
			if any(sub) && (i > 0 && hasDigits(re.Sub[i-1]) || i+1 < len(re.Sub) && hasDigits(re.Sub[i+1])) {
				n++
			}
		}
	}
	for _, sub := range re.Sub {
		n += anyCharacters(sub)
	}
	return n
}

// hasDigits says whether an expression reads digits by a class.
func hasDigits(re *syntax.Regexp) bool {
	if re.Op == syntax.OpCharClass {
		return classWitness(re.Rune) == "0" || len(re.Rune) > 2 && slices.Contains(re.Rune, '9')
	}
	return slices.ContainsFunc(re.Sub, hasDigits)
}

// fields are the prefix and delimiter of user and address, with the value that a sample says.
func (t *lintTarget) fields(x lintSample) []struct {
	field field
	want  string
} {
	f := t.profile.Field
	d := t.whole()
	return []struct {
		field field
		want  string
	}{
		{newField(usernamePrefix, f.UsernamePrefix, usernameDelimiter, f.UsernameDelimiter, d), x.user},
		{newField(addressPrefix, f.AddressPrefix, addressDelimiter, f.AddressDelimiter, d), x.address},
	}
}

func (t *lintTarget) prefixEarlier(context.Context) (found []lintFinding) {
	if t.profile.Field == nil {
		return nil
	}
	for _, x := range t.samples {
		if !x.positive() {
			continue
		}
		line := []byte(x.text)
		for _, row := range t.fields(x) {
			first, ok := row.field.prefix.index(line, 0)
			if !ok || strings.HasPrefix(x.text[first.End:], row.want) {
				continue
			}
			for at, more := row.field.prefix.index(line, first.End); more; at, more = row.field.prefix.index(line, at.End) {
				if strings.HasPrefix(x.text[at.End:], row.want) {
					found = append(found, lintFinding{t.at.With(fieldIdentifier, row.field.prefix.element),
						fmt.Sprintf("%s %s occurs at column %d already, before the value at column %d", row.field.prefix.element, brief(string(row.field.prefix.text)), first.Start+1, at.End+1), x.text})
					break
				}
			}
		}
	}
	return found
}

func (t *lintTarget) delimiterMissing(context.Context) (found []lintFinding) {
	if t.profile.Field == nil {
		return nil
	}
	for _, x := range t.samples {
		if !x.positive() {
			continue
		}
		for _, row := range t.fields(x) {
			at, ok := row.field.prefix.index([]byte(x.text), 0)
			if !ok {
				continue
			}
			if _, _, ok := row.field.delimiter.cut([]byte(x.text), at.End); !ok {
				found = append(found, lintFinding{t.at.With(fieldIdentifier, row.field.delimiter.element),
					fmt.Sprintf("%s %s is nowhere behind the prefix", row.field.delimiter.element, brief(row.field.delimiter.text)), x.text})
			}
		}
	}
	return found
}

// notClients are the words of fields that hold another address than the user's.
var notClients = regexp.MustCompile(`(?i)\bNAS[-_ ]?(IP|addr)|\bNetworkDevice|\bDevice[-_ ]IP|\bproxy\w*[-_ ]?(IP|addr)|\bserver\w*[-_ ]?(IP|addr)|\b(dst|dest|destination)\w*[-_ ]?(IP|addr)?[=:]|\bX-Forwarded-For|\bCalled[-_]Station`)

func (t *lintTarget) notClient(context.Context) (found []lintFinding) {
	path, text := t.at.With(regexIdentifier, addressRegex), ""
	if f := t.profile.Field; f != nil {
		path, text = t.at.With(fieldIdentifier, addressPrefix), f.AddressPrefix
	} else {
		text = t.profile.Regex.AddressRegex
	}
	plain := strings.ReplaceAll(text, `\`, "")
	if word := notClients.FindString(plain); word != "" {
		found = append(found, lintFinding{path: path, message: fmt.Sprintf("%s reads %s, which is not the address of the user's device", path[len(path)-1], brief(word))})
	}
	for _, x := range t.samples {
		if !x.positive() || !strings.Contains(x.text, x.address) {
			continue
		}
		if m, ok := t.maps(x.text); ok && m.Addresses[0].String() != x.address {
			found = append(found, lintFinding{path, fmt.Sprintf("%s is taken, and the client has %s", m.Addresses[0], x.address), x.text})
		}
	}
	return found
}

// failing turns the words of success into those of failure.
var failing = []struct {
	word *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`\bAccepted\b`), "Failed"},
	{regexp.MustCompile(`\bPassed\b`), "Failed"},
	{regexp.MustCompile(`\bSuccess\b`), "Failure"},
	{regexp.MustCompile(`\bsuccess\b`), "failure"},
	{regexp.MustCompile(`\bSUCCESS\b`), "FAILURE"},
	{regexp.MustCompile(`\b[Ss]uccessful\b`), "failed"},
	{regexp.MustCompile(`\b[Ss]uccessfully\b`), "un${0}"},
	{regexp.MustCompile(`\b[Ss]ucceeded\b`), "failed"},
	{regexp.MustCompile(`\bgranted\b`), "denied"},
	{regexp.MustCompile(`\ballowed\b`), "denied"},
	{regexp.MustCompile(`\bpermitted\b`), "denied"},
	{regexp.MustCompile(`\bOK\b`), "FAILED"},
	{regexp.MustCompile(`\bok\b`), "failed"},
}

// mapsFailures asks whether a sample is still read when it says failure where it says success. A
// sample without such a word shows nothing.
func (t *lintTarget) mapsFailures(context.Context) (found []lintFinding) {
	if t.profile.Event == panos.Logout {
		return nil
	}
	for _, x := range t.samples {
		if !x.positive() {
			continue
		}
		text := x.text
		for _, f := range failing {
			text = f.word.ReplaceAllString(text, f.with)
		}
		if text == x.text {
			continue
		}
		if _, ok := t.maps(text); ok {
			found = append(found, lintFinding{t.eventPath(), "the message is mapped as well if it tells of a failure", text})
		}
	}
	return found
}

func (t *lintTarget) eventPath() strictyaml.Path {
	if t.profile.Field != nil {
		return t.at.With(fieldIdentifier, eventString)
	}
	return t.at.With(regexIdentifier, eventRegex)
}

func (t *lintTarget) userPath() strictyaml.Path {
	if t.profile.Field != nil {
		return t.at.With(fieldIdentifier, usernamePrefix)
	}
	return t.at.With(regexIdentifier, usernameRegex)
}

// Which messages come of log-ins that machines do as well, and which from protocols with an outer
// identity.
var (
	machineSource = regexp.MustCompile(`(?i)\b802\.?1x|dot1x|\bEAP\b|EAP-|\bMSCHAP|\bKerberos\b|\bEvent ?ID\b|\b(4624|4768|4769)\b|\bNT[-_ ]?Domain\b`)
	outerSource   = regexp.MustCompile(`(?i)\b802\.?1x|8021x|dot1x|\bEAP\b|\bEAP-|_eap_|eduroam|\bPEAP\b|\bTTLS\b`)
)

// withUser says whether a sample is read when another name stands in it, and gives the message.
func (t *lintTarget) withUser(about *regexp.Regexp, names ...string) (found []lintFinding) {
	for _, x := range t.samples {
		if !x.positive() || t.profile.Event == panos.Logout || !about.MatchString(x.text+" "+t.profile.Description) {
			continue
		}
		for _, name := range names {
			values := sampleValues()
			values.User = name
			other := lintSample{template: x.template}
			other.fill(values)
			if other.text == x.text {
				continue
			}
			if m, ok := t.maps(other.text); ok && m.Raw == other.user {
				found = append(found, lintFinding{t.userPath(), fmt.Sprintf("%s is mapped", brief(m.Raw)), other.text})
				break
			}
		}
	}
	return found
}

func (t *lintTarget) mapsMachines(context.Context) []lintFinding {
	return t.withUser(machineSource, "HOST1$", "host/host1.corp.example")
}

func (t *lintTarget) outerIdentity(context.Context) []lintFinding {
	return t.withUser(outerSource, "anonymous", "anonymous@corp.example")
}

func (t *lintTarget) beyondSize(context.Context) (found []lintFinding) {
	most := int(t.dialect.MaxMessage)
	for _, x := range t.samples {
		if len(x.text) <= most || !x.positive() {
			continue
		}
		whole, ok := t.maps(x.text)
		cut, still := t.maps(x.text[:most])
		if ok && (!still || whole.User != cut.User || !slices.Equal(whole.Addresses, cut.Addresses)) {
			found = append(found, lintFinding{x.path, fmt.Sprintf("the message has %d bytes, and what is looked for stands behind the %d that PAN-OS takes", len(x.text), most), x.text})
		}
	}
	return found
}

func (t *lintTarget) bothMatch(context.Context) (found []lintFinding) {
	for _, pair := range t.others() {
		for _, x := range t.samples {
			if !x.positive() {
				continue
			}
			if _, own := t.maps(x.text); !own {
				continue
			}
			if m, ok := pair[1].maps(x.text); ok {
				found = append(found, lintFinding{x.path, fmt.Sprintf("profile %s reads the message as well, as a %s of %s", brief(m.Profile), pair[1].profile.Event, brief(m.Raw)), x.text})
			}
		}
	}
	return found
}

// event is the text that tells the event.
func (p Profile) event() string {
	if p.Field != nil {
		return p.Field.EventString
	}
	return p.Regex.EventRegex
}

func (t *lintTarget) eventInEvent(context.Context) (found []lintFinding) {
	for _, pair := range t.others() {
		a, b := pair[0].profile, pair[1].profile
		if a.Field != nil && b.Field != nil && a.event() != b.event() && strings.Contains(b.event(), a.event()) {
			found = append(found, lintFinding{path: t.eventPath(), message: fmt.Sprintf("%s is part of the event string %s of profile %s", brief(a.event()), brief(b.event()), brief(b.Name))})
		}
	}
	return found
}

func (t *lintTarget) sameEvent(context.Context) (found []lintFinding) {
	for _, pair := range t.others() {
		a, b := pair[0].profile, pair[1].profile
		if (a.Field == nil) == (b.Field == nil) && a.event() == b.event() && a.Event != b.Event {
			found = append(found, lintFinding{path: t.eventPath(), message: fmt.Sprintf("%s tells a %s here and a %s in profile %s", brief(a.event()), a.Event, b.Event, brief(b.Name))})
		}
	}
	return found
}
