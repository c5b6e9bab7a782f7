package diagnose

import (
	"regexp"
	"strings"
)

// The rows of the table that the outputs of ping, traceroute and test authentication show.
var (
	networkRows        = []string{"network.name-unknown", "network.unreachable", "network.ping-lost", "network.ping-some-lost", "network.ping-answered"}
	authenticationRows = []string{"authentication.failed", "authentication.succeeded"}
)

// ping is the output of one ping.
type ping struct {
	host  subject
	begun bool
}

var (
	pingHead = regexp.MustCompile(`^PING (\S+) \(?([0-9a-fA-F.:]*)\)?`)
	pingLine = regexp.MustCompile(`^(?:\d+ bytes from |From |---|\d+ packets transmitted|rtt |round-trip |no answer yet|pipe )`)
)

func (s *ping) line(p *parser, line string) bool {
	trimmed := strings.TrimSpace(line)
	if m := pingHead.FindStringSubmatch(trimmed); m != nil {
		s.begun = true
		if s.host.name == "" {
			s.host.name = m[1]
		}
		s.host.host = m[2]
		return true
	}
	if strings.HasPrefix(trimmed, "From ") && strings.Contains(trimmed, "nreachable") {
		return p.bySymptoms(trimmed, s.host, networkRows)
	}
	if p.bySymptoms(trimmed, s.host, networkRows) {
		return true
	}
	return pingLine.MatchString(trimmed)
}

func (s *ping) end(*parser) {}

// traceroute is the output of one traceroute. Whether it arrived is known at its end.
type traceroute struct {
	host    subject
	begun   bool
	last    string // the last hop
	refused string // the mark of a router that refuses
	number  int    // the line of last
}

var (
	traceHead = regexp.MustCompile(`^traceroute to (\S+) \(([0-9a-fA-F.:]+)\)`)
	traceHop  = regexp.MustCompile(`^\d{1,3}\s+(?:\*|\S+ \(|[0-9a-fA-F.:]+ )`)
	traceMark = regexp.MustCompile(`\s![HNXP]\b`)
)

func (s *traceroute) line(p *parser, line string) bool {
	trimmed := strings.TrimSpace(line)
	if m := traceHead.FindStringSubmatch(trimmed); m != nil {
		s.begun = true
		if s.host.name == "" {
			s.host.name = m[1]
		}
		s.host.host = m[2]
		return true
	}
	if !traceHop.MatchString(trimmed) {
		return p.bySymptoms(trimmed, s.host, networkRows)
	}
	s.last, s.number = p.raw, p.number
	if traceMark.MatchString(trimmed) {
		s.refused = trimmed
	}
	return true
}

// end judges the last hop. One that answers and is not the host says that the output was cut.
func (s *traceroute) end(p *parser) {
	if s.last == "" || s.host.host == "" {
		return
	}
	raw, number := p.raw, p.number
	p.raw, p.number = s.last, s.number
	defer func() { p.raw, p.number = raw, number }()
	switch {
	case s.refused != "":
		p.seeID(s.host, "network.unreachable")
	case strings.Contains(s.last, "("+s.host.host+")"), strings.Contains(s.last, " "+s.host.host+" "):
		p.seeID(s.host, "network.traceroute-arrived")
	case strings.Count(s.last, "*") >= 3:
		p.seeID(s.host, "network.traceroute-stops")
	}
}

// authentication is the output of one test authentication.
type authentication struct {
	who    subject
	before []string
	lines  int
	secret bool // the next line may be a password that was echoed
}

// authenticationHead are the lines that begin the output.
var authenticationHead = regexp.MustCompile(`^(?:Enter password\s*:|Target vsys is not specified|Do allow list check )`)

const (
	maxAuthentication = 60 // lines of its output
	maxContext        = 6  // lines that are kept before the answer
)

func (s *authentication) line(p *parser, line string) bool {
	trimmed := strings.TrimSpace(line)
	if s.lines++; s.lines > maxAuthentication {
		return false
	}
	if s.secret && len(strings.Fields(trimmed)) == 1 {
		s.secret = false
		return true // most likely the password
	}
	s.secret = strings.HasPrefix(strings.ToLower(trimmed), "enter password") && strings.HasSuffix(trimmed, ":")
	if s.who.name == "" {
		s.who.name = userIn(trimmed)
	}
	for _, id := range authenticationRows {
		if p.bySymptoms(trimmed, s.who, []string{id}) {
			if known := p.d.record.latest[s.who]; known != nil && known.context == nil {
				known.context = s.before
			}
			return true
		}
	}
	s.before = append(s.before, shown(trimmed))
	s.before = s.before[max(0, len(s.before)-maxContext):]
	return true
}

func (s *authentication) end(*parser) {}

var quotedUser = regexp.MustCompile(`(?i)\buser(?:name)?\s+["']([^"']{1,255})["']`)

// userIn is the user that a line names in quotes.
func userIn(line string) string {
	if m := quotedUser.FindStringSubmatch(line); m != nil {
		return m[1]
	}
	return ""
}

var errorHost = regexp.MustCompile(`(?i)^(?:ping|traceroute|connect):?\s+(?:unknown host\s+(\S+)|(?:cannot resolve\s+)?([^\s:]+):)|^unknown host\s+(\S+)`)

// hostOfError is the host that an error of ping or traceroute names.
func hostOfError(line string) string {
	m := errorHost.FindStringSubmatch(line)
	if m == nil {
		return ""
	}
	return m[1] + m[2] + m[3]
}
