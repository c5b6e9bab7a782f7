package diagnose

import (
	"regexp"
	"strings"
)

// commandSection says which output follows a line. known is false if the line is no command
// that is known; next is then nil, as it is for a command whose output needs no reading of its
// own.
func commandSection(line string, prompted bool) (next section, known bool) {
	command, bare := strings.CutPrefix(line, "> ")
	command = strings.TrimSpace(command)
	if !prompted && !bare && !strings.HasPrefix(command, "show ") && !typed.MatchString(command) {
		return nil, false
	}
	words := strings.Fields(command)
	switch {
	case startsWith(words, "show", "user", "server-monitor", "statistics"):
		return &statistics{}, true
	case startsWith(words, "show", "user", "server-monitor", "state"):
		return &state{}, true
	case startsWith(words, "show", "high-availability"):
		return &ha{}, true
	case startsWith(words, "ping"), startsWith(words, "traceroute"):
		who := subject{kind: atHost, name: after(words, "host")}
		if words[0] == "ping" {
			return &ping{host: who}, true
		}
		return &traceroute{host: who}, true
	case startsWith(words, "test", "authentication"):
		return &authentication{who: subject{kind: atProfile, name: after(words, "username")}}, true
	case startsWith(words, "less", "mp-log"), startsWith(words, "tail"), startsWith(words, "grep", "pattern"),
		startsWith(words, "debug", "user-id"), startsWith(words, "set", "cli"):
		return nil, true
	}
	return nil, false
}

// typed are commands that are known without a prompt before them.
var typed = regexp.MustCompile(`^(?:(?:ping|traceroute) (?:\S+ \S+ )*host \S+$|test authentication authentication-profile |(?:less|tail follow yes) mp-log )`)

func startsWith(words []string, want ...string) bool {
	if len(words) < len(want) {
		return false
	}
	for i, word := range want {
		if words[i] != word {
			return false
		}
	}
	return true
}

// after is the word behind another one; "" if there is none.
func after(words []string, word string) string {
	for i, w := range words[:max(len(words)-1, 0)] {
		if w == word {
			return strings.Trim(words[i+1], `"`)
		}
	}
	return ""
}

// beginning is the output that a line begins, whatever stood before it; nil if none.
func beginning(line string) section {
	switch {
	case strings.EqualFold(line, "Directory Servers:"), strings.EqualFold(line, "Syslog Servers:"), isTableHead(line):
		return &statistics{}
	case strings.HasPrefix(line, "Proxy:"), listenerLine.MatchString(line):
		return &state{}
	case haGroup.MatchString(line), line == "Local Information:", strings.EqualFold(strings.TrimRight(line, "."), "HA not enabled"):
		return &ha{}
	case authenticationHead.MatchString(line):
		return &authentication{who: subject{kind: atProfile}}
	case pingHead.MatchString(line):
		return &ping{host: subject{kind: atHost, name: pingHead.FindStringSubmatch(line)[1]}}
	case traceHead.MatchString(line):
		return &traceroute{host: subject{kind: atHost, name: traceHead.FindStringSubmatch(line)[1]}}
	}
	return nil
}

// continues says whether an output goes on with a line that could begin one of its kind.
func continues(in, next section) bool {
	switch now := in.(type) {
	case *statistics:
		_, same := next.(*statistics)
		return same
	case *state:
		_, same := next.(*state)
		return same
	case *ha:
		_, same := next.(*ha)
		return same
	case *authentication:
		_, same := next.(*authentication)
		return same
	case *ping:
		_, same := next.(*ping)
		return same && !now.begun
	case *traceroute:
		_, same := next.(*traceroute)
		return same && !now.begun
	}
	return false
}
