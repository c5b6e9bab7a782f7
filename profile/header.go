package profile

import (
	"bytes"
	"time"

	"github.com/uidprobe/uidprobe/panos"
)

// body is the part of a line that the patterns see, and where it begins in the line. A
// line end is never part of it.
func body(line []byte, on panos.MatchOn) (text []byte, base int) {
	line = unended(line)
	if on == panos.MatchContent {
		base = headerEnd(line)
	}
	return line[base:], base
}

// unended takes a line end off.
func unended(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
	}
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line
}

// headerEnd returns where a message begins behind <PRI> and header. Without a PRI there is
// no header (RFC 3164 section 4.3.3); what follows a PRI and is neither of the two
// headers belongs to the message. A tag (RFC 3164) and structured data (RFC 5424) do so
// in any case: those documents count them to the message, not to the header.
func headerEnd(line []byte) int {
	pri := priority(line)
	switch rest := line[pri:]; {
	case pri == 0:
		return 0
	case bytes.HasPrefix(rest, []byte("1 ")):
		return pri + header5424(rest)
	default:
		return pri + header3164(rest)
	}
}

// priority returns the length of "<0>" to "<191>" at the start of a line, or 0.
func priority(line []byte) int {
	const longest = len("<191>")
	if len(line) < 3 || line[0] != '<' {
		return 0
	}
	value := 0
	for i := 1; i < len(line) && i < longest; i++ {
		switch c := line[i]; {
		case c >= '0' && c <= '9':
			value = value*10 + int(c-'0')
		case c == '>' && i > 1 && value <= 191:
			return i + 1
		default:
			return 0
		}
	}
	return 0
}

// header3164 returns the length of "Jan _2 15:04:05 host ", or 0.
func header3164(rest []byte) int {
	const stamp = len(time.Stamp)
	if len(rest) <= stamp || rest[stamp] != ' ' {
		return 0
	}
	if _, err := time.Parse(time.Stamp, string(rest[:stamp])); err != nil {
		return 0
	}
	host := bytes.IndexByte(rest[stamp+1:], ' ')
	if host <= 0 {
		return 0
	}
	return stamp + 1 + host + 1
}

// header5424 returns the length of "1 time host app procid msgid ", or 0.
func header5424(rest []byte) int {
	const fields = 6
	end := 0
	for i := range fields {
		blank := bytes.IndexByte(rest[end:], ' ')
		if blank <= 0 {
			return 0
		}
		field := rest[end : end+blank]
		if i == 1 && string(field) != "-" {
			if _, err := time.Parse(time.RFC3339Nano, string(field)); err != nil {
				return 0
			}
		}
		end += blank + 1
	}
	return end
}
