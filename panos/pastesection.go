package panos

import "strings"

// topic is what a section of a paste is about.
type topic int

const (
	topicNone topic = iota
	topicState
	topicStatistics
	topicMappings
	topicHA
)

// pasteSection is a command and its output, or the part of an output that its first line
// gave away.
type pasteSection struct {
	topic   topic
	command Command
	line    int // of its first line, from 1
	lines   []string
	// anchored says that it holds a line that begins an output.
	anchored bool
}

func (s pasteSection) text() []byte { return []byte(strings.Join(s.lines, "\n")) }

func (s pasteSection) empty() bool { return strings.TrimSpace(strings.Join(s.lines, "")) == "" }

// pasteSections cuts a paste at its prompts and commands, and where a line begins an output
// of another topic, or a further one about mappings.
func pasteSections(text []byte) []pasteSection {
	sections := []pasteSection{{line: 1}}
	for i, raw := range strings.Split(strings.ToValidUTF8(string(text), "\ufffd"), "\n") {
		clean, prompted := cleanLine(raw) // keeps its indentation, for the columns of tables
		line := strings.TrimSpace(clean)
		if command, ok := pastedCommand(line); prompted || ok {
			sections = append(sections, pasteSection{topic: topicOf(command.Kind), command: command, line: i + 1})
			continue
		}
		last := &sections[len(sections)-1]
		if begins := topicOfLine(line); begins != topicNone {
			if next, cut := last.next(begins); cut {
				next.line = i + 1
				sections = append(sections, next)
				last = &sections[len(sections)-1]
			}
			last.anchored = true
		}
		last.lines = append(last.lines, clean)
	}
	return sections
}

// next is the section that a line begins, if it is not one of s.
func (s *pasteSection) next(begins topic) (next pasteSection, cut bool) {
	switch {
	case begins != s.topic:
		return pasteSection{topic: begins}, true
	case begins == topicMappings && s.anchored:
		return pasteSection{topic: begins, command: s.command}, true
	}
	return pasteSection{}, false
}

// pastedCommand reads a line as a command of the list. Most lines are none, and are told so
// without a search.
func pastedCommand(line string) (Command, bool) {
	if !strings.HasPrefix(line, "show ") && !strings.HasPrefix(line, "clear ") {
		return Command{}, false
	}
	command, err := ParseCLI(line)
	return command, err == nil
}

func topicOf(kind Kind) topic {
	switch kind {
	case KindState:
		return topicState
	case KindStatistics:
		return topicStatistics
	case KindMapping, KindMappingMP, KindMappings, KindMappingsMP, KindMappingsOf, KindMappingsMPOf:
		return topicMappings
	case KindHAState, KindHAAll:
		return topicHA
	}
	return topicNone
}

// topicOfLine knows the lines that begin an output.
func topicOfLine(line string) topic {
	words := strings.Fields(line)
	switch {
	case len(words) == 0, len(line) > maxTableLine:
		return topicNone
	case words[0] == proxyWord, isService(line):
		return topicState
	case strings.EqualFold(line, directoryTitle), strings.EqualFold(line, syslogTitle):
		return topicStatistics
	case len(words) >= 4 && words[0] == "IP" && words[1] == "Vsys", strings.HasPrefix(line, "IP address:"):
		return topicMappings
	case strings.EqualFold(line, haOff), len(words) == 2 && words[0] == strings.TrimSpace(haGroup) && strings.HasSuffix(line, ":"):
		return topicHA
	}
	if _, header := parseTableHeader(line); header {
		return topicStatistics
	}
	return topicNone
}

func isService(line string) bool {
	_, udp := cutPrefixFold(line, udpService)
	_, ssl := cutPrefixFold(line, sslService)
	return udp || ssl
}
