package diagnose

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/uidprobe/uidprobe/panos"
)

// redacted stands where a secret was.
const redacted = "REDACTED"

// secrets are found by what stands before them; the first group is kept. A word of prose after
// "password" stays, but not one after a user name: that is how "test authentication" is typed.
var secrets = []*regexp.Regexp{
	regexp.MustCompile(`(?i)(["']?\b(?:set-cookie2?|cookie|(?:proxy-)?authorization|www-authenticate|x-pan-key)\b["']?\s*[:=]\s*).+`),
	regexp.MustCompile(`(?i)(\busername\s+\S+\s+password\s+)\S.*`),
	regexp.MustCompile(`(?i)(\benter password\s*:\s*)\S.*`),
	regexp.MustCompile(`(?i)(\b\w*(?:password|passwd|passphrase|phash|secret|bind-pw|private-key|keytab)\b["']?\s*[:=]\s*["']?)[^\s"'<>&]+`),
	regexp.MustCompile(`(?i)(\bset\s.*\b(?:password|phash|secret|passphrase|key|keytab)\s+)\S.*`),
	regexp.MustCompile(`(?i)(--password(?:-\w+)?[ =])\S+`),
	regexp.MustCompile(`(?i)(<(?:\w+-)?(?:password|passwd|phash|secret|key|private-key|keytab)>)[^<]+`),
	regexp.MustCompile(`(?i)(\b(?:PHPSESSID|\w*token|session[-_]?id|api[-_]?key|key|sid)["']?\s*=\s*["']?)[^\s"'<>&;,]+`),
	regexp.MustCompile(`(?i)(\b(?:bearer|basic|negotiate|ntlm|kerberos)\s+)[A-Za-z0-9+/_=.-]{20,}`),
	regexp.MustCompile(`(://[^\s/:@]+:)[^\s/@]+(?:@)`),
	regexp.MustCompile(`()\$(?:1|5|6|y|2[aby]?)\$[./A-Za-z0-9$=]{8,}`),
}

// Redact takes out of a line what looks like a secret: passwords as they are typed behind "test
// authentication", cookies, authorization headers, keys of the XML API, hashes.
func Redact(line string) string {
	for _, s := range secrets {
		if s.MatchString(line) {
			line = s.ReplaceAllString(line, "${1}"+redacted)
		}
	}
	return line
}

// maxKept bounds a line that may become evidence, in bytes.
const maxKept = 4 << 10

// kept is the beginning of a line, without a hold on the rest of it.
func kept(line string) string { return strings.Clone(line[:min(len(line), maxKept)]) }

// maxShown bounds a line in evidence, in characters.
const maxShown = 400

// shown is a line as evidence has it: without what a terminal added, without secrets, bounded.
func shown(line string) string {
	line, _ = panos.CleanLine(strings.ToValidUTF8(line, "\ufffd"))
	line = Redact(strings.TrimSpace(line))
	if utf8.RuneCountInString(line) > maxShown {
		return string([]rune(line)[:maxShown]) + "…"
	}
	return line
}
