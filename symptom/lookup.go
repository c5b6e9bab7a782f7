package symptom

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// Reading is how a query was understood.
type Reading string

// The readings.
const (
	AsSymptom  Reading = "symptom"   // the ID of a symptom
	AsNumber   Reading = "number"    // a number that the firewall logs
	AsErrno    Reading = "errno"     // the same, and it is an errno of the firewall's system
	AsProtocol Reading = "protocol"  // the error code of a KDC, as events and captures show it
	AsSymbol   Reading = "symbol"    // the name of a code
	AsStatus   Reading = "status"    // the word in the Status column
	AsNTStatus Reading = "nt-status" // what Active Directory adds to a refusal
	AsHTTP     Reading = "http"      // the response code of WinRM
	AsCurl     Reading = "curl"      // an error of libcurl, by number, name or text
	AsWindows  Reading = "windows"   // a number or name of Windows, from WMI or a WinRM fault
	AsText     Reading = "text"      // a log line, output of a command, a message
)

// Found is one thing that a query can mean. At least one of the pointers is set.
type Found struct {
	As       Reading
	Symptom  *Symptom      // nil if no firewall is known to show it
	Code     *KerberosCode // nil if it is not about a Kerberos number
	NTStatus *NTStatus
}

// Lookup returns everything that a query can mean: the ID of a symptom, a number in any of
// the ways in which it is written, the name of a code, a status, or a text in which one of
// these or a symptom's pattern is found. What is a number by itself can have several
// meanings: 16 is an errno and an error code of a KDC. nil if nothing is known.
func Lookup(query string) []Found {
	q := strings.Trim(strings.TrimSpace(query), `"'.`)
	if m := aNumber.FindStringSubmatch(q); m != nil {
		return byNumber(m[1])
	}
	for _, by := range []func(string) []Found{byID, byCurl, bySymbol, byWindowsName, byStatus, byMessage, byText} {
		if found := by(q); len(found) > 0 {
			return found
		}
	}
	return nil
}

// Names returns what Lookup knows by name, in the order in which a person most likely means
// it: to find the nearest to a misspelt one.
func Names() (names []string) {
	for _, s := range table() {
		if s.Number != nil {
			names = append(names, strconv.FormatInt(*s.Number, 10))
		}
		names = append(names, s.ID)
		if s.Status != "" && !s.Logged {
			names = append(names, s.Status)
		}
	}
	for _, c := range KerberosCodes() {
		if c.RFC != "" {
			names = append(names, c.RFC)
		}
		names = append(names, c.Symbol)
	}
	for _, s := range NTStatuses() {
		names = append(names, s.Symbol, fmt.Sprintf("0x%08X", s.Code))
	}
	for _, c := range curlErrors {
		names = append(names, c.Text, c.Name)
	}
	for _, c := range WindowsCodes() {
		names = append(names, c.Name, fmt.Sprintf("0x%08X", c.Code))
	}
	return names
}

func byID(q string) []Found {
	for _, s := range table() {
		if strings.EqualFold(s.ID, q) {
			return []Found{withCode(Found{As: AsSymptom, Symptom: &s})}
		}
	}
	return nil
}

// byStatus leaves out the rows that a line of the log tells apart: they share one status.
func byStatus(q string) (found []Found) {
	key := StatusKey(q)
	for _, s := range table() {
		if !s.Logged && s.hasStatus(key) {
			found = append(found, Found{As: AsStatus, Symptom: &s})
		}
	}
	if s, ok := DirectoryStatus(q); ok && len(found) == 0 {
		found = append(found, Found{As: AsStatus, Symptom: &s})
	}
	return found
}

// aCurl is an error of libcurl by its number.
var aCurl = regexp.MustCompile(`^(?i:curl(?:\s*error)?\s*[:=(]?\s*(\d{1,3})\)?)$`)

// byCurl reads an error of libcurl: its number, its name or its text. What a program other
// than a firewall says in the same words is not told apart.
func byCurl(q string) (found []Found) {
	number := aCurl.FindStringSubmatch(q)
	key := curlKey(q)
	seen := map[string]bool{}
	for _, c := range curlErrors {
		is := strings.EqualFold(c.Name, q) || curlKey(c.Text) == key || number != nil && strconv.Itoa(c.Code) == number[1]
		if s, ok := Find(c.Symptom); is && ok && !seen[s.ID] {
			seen[s.ID] = true
			found = append(found, Found{As: AsCurl, Symptom: &s})
		}
	}
	return found
}

// byWindowsName reads the name of a code of Windows, and any NTSTATUS as a WMI line has it.
func byWindowsName(q string) []Found {
	for _, c := range WindowsCodes() {
		if strings.EqualFold(c.Name, q) || strings.EqualFold(strings.TrimPrefix(c.Name, "NT_"), q) {
			return windows(c.Symptom)
		}
	}
	return nil
}

// byWindowsNumber reads a number of 32 bits, whatever its sign.
func byWindowsNumber(n int64) []Found {
	for _, c := range WindowsCodes() {
		if int64(int32(c.Code)) == n {
			return windows(c.Symptom)
		}
	}
	return nil
}

func windows(id string) []Found {
	s, ok := Find(id)
	if !ok {
		return nil // a test holds the table to it
	}
	return []Found{{As: AsWindows, Symptom: &s}}
}

// aNumber is a number and at most the word before it.
var aNumber = regexp.MustCompile(`^(?i:(?:error|code|errno)\s*[:=]?\s*)?([-−–]?(?:0[xX][0-9a-fA-F]+|\d+))$`)

// byNumber reads a number in each of the ways in which it can be meant. Hexadecimal is how
// Windows writes codes, and never how the firewall logs an errno.
func byNumber(text string) (found []Found) {
	text = strings.ToLower(strings.NewReplacer("−", "-", "–", "-").Replace(text))
	digits, hex := strings.CutPrefix(strings.TrimPrefix(text, "-"), "0x")
	base := 10
	if hex {
		base = 16
	}
	n, err := strconv.ParseInt(digits, base, 64)
	if err != nil {
		return nil // no integer holds it
	}
	if text[0] == '-' {
		n = -n
	}
	n = signed(n)
	if s, ok := ntStatus(n); ok {
		return []Found{{As: AsNTStatus, NTStatus: &s}}
	}
	if found := byWindowsNumber(n); found != nil {
		return found
	}
	if s, ok := ByHTTP(int(max(min(n, 1000), 0))); ok && !hex && n >= 400 && n <= 599 {
		found = append(found, Found{As: AsHTTP, Symptom: &s})
	}
	if n < 0 || !hex {
		found = append(found, byLogNumber(n)...)
	}
	if number, ok := KerberosNumber(int(min(max(n, -1), lastProtocolCode+1))); ok {
		c := codeOf(number)
		found = append(found, withSymptom(Found{As: AsProtocol, Code: &c}))
	}
	return found
}

// signed gives a number the sign that it lost: when it was copied without its minus, or was
// printed as 32 bits without a sign.
func signed(n int64) int64 {
	switch {
	case -n >= kerberosBase && -n < kerberosBase+256:
		return -n
	case n > 1<<31-1 && n < 1<<32:
		return n - 1<<32
	}
	return n
}

// byLogNumber reads a number as the firewall logs it.
func byLogNumber(n int64) []Found {
	c := codeOf(n)
	if c.Symbol == "" && c.Protocol == none {
		return nil
	}
	as := AsNumber
	if c.Origin == FromSystem {
		as = AsErrno
	}
	return []Found{withSymptom(Found{As: as, Code: &c})}
}

// codeOf returns the code of a number. One of a KDC that has no name gets MIT's words for it.
func codeOf(number int64) KerberosCode {
	for _, c := range KerberosCodes() {
		if c.Number == number {
			return c
		}
	}
	c := KerberosCode{Number: number, Protocol: none}
	if protocol, ok := KerberosProtocol(number); ok {
		c.Protocol, c.Origin = protocol, FromKDC
		c.Message = fmt.Sprintf("KRB5 error code %d", protocol)
	}
	return c
}

func withSymptom(f Found) Found {
	if s, ok := ByNumber(f.Code.Number); ok {
		f.Symptom = &s
	}
	return f
}

func withCode(f Found) Found {
	if f.Symptom.Number != nil {
		c := codeOf(*f.Symptom.Number)
		f.Code = &c
	}
	return f
}

// ntStatus finds an NTSTATUS, which is a number of 32 bits with a sign.
func ntStatus(n int64) (NTStatus, bool) {
	for _, s := range NTStatuses() {
		if int64(int32(s.Code)) == n {
			return s, true
		}
	}
	return NTStatus{}, false
}

// prefix is what the names of codes begin with; MIT and the RFCs differ in it.
var prefix = regexp.MustCompile(`^(?:KRB5KDC_ERR_|KRB5KRB_AP_ERR_|KRB5KRB_AP_|KRB5KRB_ERR_|KRB5_|KDC_ERR_|KDC_ERROR_|KRB_AP_ERR_|KRB_ERR_|NT_STATUS_|STATUS_)`)

// bySymbol looks for a name as it is written, and only then without its prefix.
func bySymbol(q string) []Found {
	q = strings.ToUpper(q)
	if found := symbols(func(name string) bool { return name == q }); len(found) > 0 {
		return found
	}
	bare := prefix.ReplaceAllString(q, "")
	if bare == "" {
		return nil
	}
	return symbols(func(name string) bool { return prefix.ReplaceAllString(name, "") == bare })
}

func symbols(is func(name string) bool) (found []Found) {
	for _, c := range KerberosCodes() {
		if is(c.Symbol) || c.RFC != "" && is(c.RFC) {
			found = append(found, withSymptom(Found{As: AsSymbol, Code: &c}))
		}
	}
	for _, s := range NTStatuses() {
		if is(s.Symbol) {
			found = append(found, Found{As: AsSymbol, NTStatus: &s})
		}
	}
	return found
}

// What stands in a message for a name of the site: MIT puts the realm or the principal there.
var (
	quoted    = regexp.MustCompile(`(^|\s)'[^'\s]*'`)
	requested = regexp.MustCompile(`\brequested (realm)\b`)
)

// plain brings a message into the form in which two of them compare.
func plain(text string) string {
	text = quoted.ReplaceAllString(strings.ToLower(text), "")
	return strings.Join(strings.Fields(requested.ReplaceAllString(text, "$1")), " ")
}

// messages are MIT's messages in that form, in the order of KerberosCodes.
var messages = sync.OnceValue(func() (texts []string) {
	for _, c := range KerberosCodes() {
		texts = append(texts, plain(c.Message))
	}
	return texts
})

// byMessage looks for the whole text among MIT's messages.
func byMessage(q string) (found []Found) {
	text := plain(q)
	for i, c := range KerberosCodes() {
		if messages()[i] == text {
			found = append(found, withSymptom(Found{As: AsText, Code: &c}))
		}
	}
	return found
}

// What a text is searched for, and what reads it. Two things that look like a number and are
// none by themselves have the name of their field before them (Windows events 4768 and 4771).
var inText = []struct {
	pattern *regexp.Regexp
	read    func(string) []Found
}{
	{regexp.MustCompile(`\b(?:KRB5\w+|KDC_ERR\w+|KRB_(?:AP_)?ERR\w+|(?:NT_)?STATUS_\w+)`), bySymbol},
	{regexp.MustCompile(`[-−]17653\d{5}\b`), byNumber},
	{regexp.MustCompile(`\b0x[cC]0000[0-9a-fA-F]{3,4}\b`), byNumber},
	{windowsNumber, byNumber},
	{regexp.MustCompile(`\b(?:ERROR_WSMAN_\w+|WBEM_E_\w+|E_ACCESSDENIED|RPC_[SE]_\w+)`), byWindowsName},
	{regexp.MustCompile(`(?i)\b(?:failure|result) code:?\s+(0x[0-9a-f]{1,2})\b`), byNumber},
}

// byText looks for symptoms by their patterns, then for numbers and names. What was found in
// one way is not told again in another.
func byText(text string) []Found {
	var found []Found
	for _, s := range table() {
		if s.ShownIn(text) {
			found = append(found, withCode(Found{Symptom: &s}))
		}
	}
	for line := range strings.Lines(text) {
		// What a line says that no pattern knows: a further curl text, another NTSTATUS.
		if l, ok := ParseLogLine(line); ok && l.Kind != LineKerberos {
			if s, ok := l.Symptom(); ok {
				found = append(found, Found{Symptom: &s})
			}
		}
	}
	for _, n := range KerberosLogNumbers(text) {
		found = append(found, byLogNumber(n)...)
	}
	for _, in := range inText {
		for _, m := range in.pattern.FindAllStringSubmatch(text, -1) {
			found = append(found, in.read(m[len(m)-1])...)
		}
	}
	found = append(found, messagesIn(text)...)
	return once(found)
}

// messagesIn finds MIT's messages within a text, those of symptoms only: the others are
// words that any program says, most of all the errno's.
func messagesIn(text string) (found []Found) {
	text = plain(text)
	for i, c := range KerberosCodes() {
		if c.Origin == FromSystem || !strings.Contains(text, messages()[i]) {
			continue
		}
		if f := withSymptom(Found{Code: &c}); f.Symptom != nil {
			found = append(found, f)
		}
	}
	return found
}

// once leaves out what stands before it already.
func once(found []Found) (unique []Found) {
	seen := map[string]bool{}
	for _, f := range found {
		if !seen[f.key()] {
			seen[f.key()] = true
			f.As = AsText
			unique = append(unique, f)
		}
	}
	return unique
}

// key is the same for two ways to find the same thing.
func (f Found) key() string {
	var id, number, status string
	if f.Symptom != nil {
		id = f.Symptom.ID
	} else if f.Code != nil {
		number = strconv.FormatInt(f.Code.Number, 10)
	}
	if f.NTStatus != nil {
		status = f.NTStatus.Symbol
	}
	return cmp.Or(id, number, status)
}
