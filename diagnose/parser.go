package diagnose

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/symptom"
)

// parser reads the lines of one text. It knows which output it is in; a line that cannot be
// part of it ends it.
type parser struct {
	d      *Diagnosis
	file   *fileRecord
	number int // of the line
	raw    string
	in     section
}

// section is an output of a command while it is read.
type section interface {
	// line reads a line. It says whether the line is part of the output.
	line(p *parser, line string) bool
	// end is called when nothing follows.
	end(p *parser)
}

func newParser(d *Diagnosis, f *fileRecord) *parser { return &parser{d: d, file: f} }

// take reads one line.
func (p *parser) take(raw []byte, cut bool) {
	p.number++
	p.d.order++
	if cut {
		p.file.counts.Cut++
	}
	if p.in == nil && len(p.d.config.Rules) == 0 && !worthReading(raw) {
		p.passOver(raw)
		return
	}
	p.raw = readable(raw)
	line, prompted := panos.CleanLine(p.raw)
	p.read(line, prompted)
}

// passOver counts a line that holds nothing that is known.
func (p *parser) passOver(raw []byte) {
	if len(bytes.TrimSpace(raw)) == 0 {
		return
	}
	p.file.counts.Lines++
	p.file.counts.Unknown++
	if len(p.d.unknown) < p.d.config.KeepUnknown {
		line, _ := panos.CleanLine(readable(raw))
		p.d.unknown = append(p.d.unknown, Line{p.file.name, p.number, shown(line)})
	}
}

// pagerLine is what the pager shows at the bottom of a screen.
var pagerLine = regexp.MustCompile(`^lines \d+-\d+(?:/\d+)?(?:\s+\d+%)?(?:\s+\(END\))?$`)

func (p *parser) read(line string, prompted bool) {
	trimmed := strings.TrimSpace(line)
	if trimmed == "" {
		if prompted {
			p.leave()
		}
		return
	}
	if pagerLine.MatchString(trimmed) {
		return // counts nowhere, like a blank line
	}
	p.file.counts.Lines++
	if p.understood(line, trimmed, prompted) {
		p.file.counts.Understood++
		return
	}
	p.file.counts.Unknown++
	if len(p.d.unknown) < p.d.config.KeepUnknown {
		p.d.unknown = append(p.d.unknown, Line{p.file.name, p.number, shown(line)})
	}
}

// understood reads a line: as a command, by the user's rules, as a line of the log, as one that
// begins an output, as a part of the output that is being read.
func (p *parser) understood(line, trimmed string, prompted bool) bool {
	if next, known := commandSection(trimmed, prompted); prompted || known {
		p.enter(next)
		return known
	}
	if p.byRule(trimmed) {
		return true
	}
	if p.byLogLine(trimmed) {
		if _, pasted := p.in.(*authentication); pasted {
			p.leave()
		}
		return true
	}
	if next := beginning(trimmed); next != nil && !continues(p.in, next) {
		p.enter(next)
	}
	if p.in != nil {
		if p.in.line(p, line) {
			return true
		}
		p.leave()
	}
	return p.byItself(trimmed)
}

// byLogLine reads a line of the log that says why a server is not connected.
func (p *parser) byLogLine(line string) bool {
	l, ok := symptom.ParseLogLine(line)
	if !ok {
		return false
	}
	who := subject{kind: atLog, name: l.Server}
	if l.VSys != "" {
		who.vsys = "vsys" + l.VSys
	}
	if s, known := l.Symptom(); known {
		p.see(seen{subject: who, id: s.ID, symptom: &s})
		return true
	}
	p.see(seen{subject: who, id: string(l.Kind) + ".unlisted", what: unlisted(l)})
	return true
}

// byItself reads lines that need no output round them.
func (p *parser) byItself(line string) bool {
	switch {
	case strings.HasPrefix(line, "ping:"), strings.HasPrefix(line, "traceroute:"), strings.HasPrefix(line, "connect:"),
		strings.HasPrefix(line, "unknown host"):
		return p.bySymptoms(line, subject{kind: atHost, name: hostOfError(line)}, networkRows)
	case strings.HasPrefix(line, "Authentication failed"), strings.HasPrefix(line, "Authentication succeeded"):
		return p.bySymptoms(line, subject{kind: atProfile, name: userIn(line)}, authenticationRows)
	}
	return false
}

// bySymptoms looks for rows of the table in a line.
func (p *parser) bySymptoms(line string, who subject, ids []string) bool {
	for _, id := range ids {
		if s, ok := symptom.Find(id); ok && s.ShownIn(line) {
			p.see(seen{subject: who, id: id, symptom: &s})
			return true
		}
	}
	return false
}

// see notes what the line shows.
func (p *parser) see(s seen) *seen {
	s.file = p.file
	at := sight{Line{p.file.name, p.number, kept(p.raw)}, timeOf(p.raw), p.d.order}
	known, began := p.d.record.add(s, at)
	if began && known != nil && p.d.config.Seen != nil {
		p.d.config.Seen(p.d.firstWord(known))
	}
	return known
}

// seeID is see for a row of the table.
func (p *parser) seeID(who subject, id string) *seen {
	if s, ok := symptom.Find(id); ok {
		return p.see(seen{subject: who, id: id, symptom: &s})
	}
	return nil
}

// unlisted is what a line of the log says for which the table has no row.
func unlisted(l symptom.LogLine) lang.Text {
	switch l.Kind {
	case symptom.LineKerberos:
		return kerberosWords(l.Number)
	case symptom.LineWinRM:
		return sprintf(
			"the firewall's WinRM request failed with an error that is not in the table: %q (response code %d)",
			"WinRM の要求が一覧にないエラーで失敗しました: %q（応答コード %d）", clipped(l.Text), l.HTTP)
	}
	return sprintf("the firewall's WMI query failed: %q", "WMI の問い合わせが失敗しました: %q", clipped(l.Text))
}

func kerberosWords(number int64) lang.Text {
	for _, f := range symptom.Lookup(itoa(int(number))) {
		if f.Code != nil && f.Code.Number == number && f.Code.Symbol != "" {
			return sprintf("the firewall got no ticket: %d is %s: %q", "ファイアウォールがチケットを取得できません。%d は %s: %q",
				number, f.Code.Symbol, f.Code.Message)
		}
	}
	return sprintf("the firewall got no ticket: %d, which has no name", "ファイアウォールがチケットを取得できません。番号 %d に名前はありません", number)
}

func (p *parser) enter(next section) {
	p.leave()
	p.in = next
}

func (p *parser) leave() {
	if p.in != nil {
		in := p.in
		p.in = nil
		in.end(p)
	}
}

// end is called after the last line.
func (p *parser) end() { p.leave() }

// timePattern is the time at the start of a line of the log, in the forms that were seen.
var timePattern = regexp.MustCompile(`^\s*(\d{4}[-/]\d\d[-/]\d\d[ T]\d\d:\d\d:\d\d)(?:[.,]\d{1,9})?(?:\s?([+-]\d\d:?\d\d|Z)\b)?`)

func timeOf(line string) string {
	m := timePattern.FindStringSubmatch(line[:min(len(line), 64)])
	if m == nil {
		return ""
	}
	return strings.TrimSpace(m[1] + " " + m[2])
}

// anchors are parts of which each line that is known holds one; most lines of a log hold none
// and are told so without being read.
var anchors = func() (all [][]byte) {
	for _, word := range []string{
		"krb5", "KRB5", "esponse code", "NTSTATUS", "Servers:", "Status", "Proxy:", "Syslog Listener", "Group ",
		"ocal Information", "HA not enabled", "PING ", "ping", "tracerou", "uthentication", "connect:",
		"Target vsys", "allow list", "nter password", "nknown host", "show ", "mp-log", "nreachable", "\x1b",
	} {
		all = append(all, []byte(word))
	}
	return all
}()

func worthReading(raw []byte) bool {
	for _, a := range anchors {
		if bytes.Contains(raw, a) {
			return true
		}
	}
	return promptLike(raw)
}

// promptLike says whether a line may begin with a prompt: admin@PA-440> or a bare ">".
func promptLike(raw []byte) bool {
	head := raw[:min(len(raw), 200)]
	if trimmed := bytes.TrimLeft(head, " \t\r-more"); len(trimmed) > 0 && trimmed[0] == '>' {
		return true
	}
	at := bytes.IndexByte(head, '@')
	return at >= 0 && bytes.IndexAny(head[at:], ">#") > 0
}
