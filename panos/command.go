package panos

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Kind is one of the operational commands that both sides know. All of them only read,
// except those that clear mappings: see Command.Changes.
type Kind string

// The kinds.
const (
	KindState      Kind = "server-monitor-state"      // show user server-monitor state all|NAME
	KindStatistics Kind = "server-monitor-statistics" // show user server-monitor statistics
	KindMapping    Kind = "ip-user-mapping"           // show user ip-user-mapping ip ADDRESS
	KindMappingMP  Kind = "ip-user-mapping-mp"        // show user ip-user-mapping-mp ip ADDRESS
	KindMappings   Kind = "ip-user-mapping-all"       // show user ip-user-mapping all
	KindMappingsMP Kind = "ip-user-mapping-mp-all"    // show user ip-user-mapping-mp all
	KindSystemInfo Kind = "system-info"               // show system info
	KindClock      Kind = "clock"                     // show clock

	KindMappingsOf   Kind = "ip-user-mapping-all-type"    // show user ip-user-mapping all type SOURCE
	KindMappingsMPOf Kind = "ip-user-mapping-mp-all-type" // show user ip-user-mapping-mp all type SOURCE

	KindHAState Kind = "high-availability-state" // show high-availability state
	KindHAAll   Kind = "high-availability-all"   // show high-availability all

	KindServiceStatus            Kind = "user-id-service-status"          // show user user-id-service status
	KindAgentState               Kind = "user-id-agent-state"             // show user user-id-agent state all|NAME
	KindAgentStatistics          Kind = "user-id-agent-statistics"        // show user user-id-agent statistics
	KindRedistributionState      Kind = "redistribution-agent-state"      // show redistribution agent state all|NAME
	KindRedistributionStatistics Kind = "redistribution-agent-statistics" // show redistribution agent statistics
	KindRedistributionStatus     Kind = "redistribution-service-status"   // show redistribution service status

	// A mapping is gone only when both tables are cleared.
	KindClear      Kind = "clear-user-cache"        // clear user-cache ip ADDRESS
	KindClearMP    Kind = "clear-user-cache-mp"     // clear user-cache-mp ip ADDRESS
	KindClearAll   Kind = "clear-user-cache-all"    // clear user-cache all
	KindClearAllMP Kind = "clear-user-cache-mp-all" // clear user-cache-mp all
)

// AllServers is the argument of KindState that asks for every server, and that of
// KindAgentState and KindRedistributionState that asks for every agent.
const AllServers = "all"

// Command is one operational command. It is comparable; the zero value is none.
type Command struct {
	Kind Kind
	// Argument is AllServers or a server's name for KindState, the same of an agent for
	// KindAgentState and KindRedistributionState, an address for KindMapping, KindMappingMP,
	// KindClear and KindClearMP, a source such as "SYSLOG" for KindMappingsOf and
	// KindMappingsMPOf, and empty for the others.
	Argument string
}

// argument is what may follow a command.
type argument int

const (
	noArgument argument = iota
	nameArgument
	addressArgument
	sourceArgument
)

// commandSpec is one line of the table that the client and a simulated firewall share.
type commandSpec struct {
	kind     Kind
	path     string // the words, each an element within the one before
	argument argument
	sent     bool // the client may send it: mappings are never read all at once
}

// commandSpecs is read from the top: the longer of two paths that begin alike comes first.
var commandSpecs = []commandSpec{
	{KindState, "show user server-monitor state", nameArgument, true},
	{KindStatistics, "show user server-monitor statistics", noArgument, true},
	{KindMapping, "show user ip-user-mapping ip", addressArgument, true},
	{KindMappingMP, "show user ip-user-mapping-mp ip", addressArgument, true},
	{KindMappingsOf, "show user ip-user-mapping all type", sourceArgument, false},
	{KindMappingsMPOf, "show user ip-user-mapping-mp all type", sourceArgument, false},
	{KindMappings, "show user ip-user-mapping all", noArgument, false},
	{KindMappingsMP, "show user ip-user-mapping-mp all", noArgument, false},
	{KindSystemInfo, "show system info", noArgument, true},
	{KindClock, "show clock", noArgument, true},
	{KindHAState, "show high-availability state", noArgument, true},
	{KindHAAll, "show high-availability all", noArgument, false},
	{KindServiceStatus, "show user user-id-service status", noArgument, false},
	{KindAgentState, "show user user-id-agent state", nameArgument, false},
	{KindAgentStatistics, "show user user-id-agent statistics", noArgument, false},
	{KindRedistributionState, "show redistribution agent state", nameArgument, false},
	{KindRedistributionStatistics, "show redistribution agent statistics", noArgument, false},
	{KindRedistributionStatus, "show redistribution service status", noArgument, false},
	{KindClear, "clear user-cache ip", addressArgument, false},
	{KindClearMP, "clear user-cache-mp ip", addressArgument, false},
	{KindClearAll, "clear user-cache all", noArgument, false},
	{KindClearAllMP, "clear user-cache-mp all", noArgument, false},
}

func specOf(kind Kind) (commandSpec, bool) {
	for _, s := range commandSpecs {
		if s.kind == kind {
			return s, true
		}
	}
	return commandSpec{}, false
}

// XML is the command as the parameter cmd of the API has it; empty for a kind that is not
// known.
func (c Command) XML() string {
	spec, ok := specOf(c.Kind)
	if !ok {
		return ""
	}
	words := strings.Fields(spec.path)
	text := []byte("<" + strings.Join(words, "><") + ">")
	if spec.argument != noArgument {
		text = appendEscaped(text, c.Argument)
	}
	for _, word := range slices.Backward(words) {
		text = append(text, "</"+word+">"...)
	}
	return string(text)
}

// CLI is the command as it is typed at the firewall; empty for a kind that is not known. A
// name with blanks is quoted.
func (c Command) CLI() string {
	spec, ok := specOf(c.Kind)
	switch {
	case !ok:
		return ""
	case spec.argument == noArgument:
		return spec.path
	case !strings.ContainsFunc(c.Argument, unicode.IsSpace) && !strings.ContainsAny(c.Argument, `"'`):
		return spec.path + " " + c.Argument
	case strings.Contains(c.Argument, `"`):
		return spec.path + " '" + c.Argument + "'"
	}
	return spec.path + ` "` + c.Argument + `"`
}

func (c Command) String() string { return c.CLI() }

// Changes says whether the command does more than read. No client sends such a command; a
// simulated firewall takes it, and a person may be told to type it.
func (c Command) Changes() bool {
	spec, ok := specOf(c.Kind)
	return ok && !strings.HasPrefix(spec.path, "show ")
}

// Since is the first release that has the command, such as "10.0"; empty if it is older
// than 8.1 (use of the commands in public inventory scripts).
func (c Command) Since() string {
	switch c.Kind {
	case KindRedistributionState, KindRedistributionStatistics, KindRedistributionStatus:
		return "10.0"
	}
	return ""
}

// maxCommand bounds a command that is read, in bytes.
const maxCommand = 8 << 10

// ParseCommand reads the parameter cmd of the API, whatever its white space and however it
// writes an empty element. The error says what is wrong with a command that is not known.
func ParseCommand(cmd string) (Command, error) {
	if len(cmd) > maxCommand {
		return Command{}, fmt.Errorf("command of %d bytes: more than %d", len(cmd), maxCommand)
	}
	e, err := parseTree([]byte(cmd))
	if err != nil {
		return Command{}, fmt.Errorf("command %q is not XML: %s", clip(oneBlank(cmd), excerptLength), clip(err.Error(), excerptLength))
	}
	words := []string{e.Name}
	for ; len(e.Children) == 1 && strings.TrimSpace(e.Text) == "" && len(e.Attributes) == 0; words = append(words, e.Name) {
		e = e.Children[0]
	}
	if len(e.Children) > 0 || len(e.Attributes) > 0 {
		return Command{}, fmt.Errorf("command %q: options within %q are not known", clip(oneBlank(cmd), excerptLength), clip(e.Name, 40))
	}
	return newCommand(words, strings.TrimSpace(e.Text))
}

func newCommand(words []string, argument string) (Command, error) {
	path := strings.Join(words, " ")
	for _, spec := range commandSpecs {
		if spec.path == path {
			return spec.command(argument)
		}
	}
	return Command{}, fmt.Errorf("command %q is not known", clip(path, excerptLength))
}

// command checks an argument.
func (s commandSpec) command(argument string) (Command, error) {
	switch s.argument {
	case noArgument:
		if argument != "" {
			return Command{}, fmt.Errorf("command %q takes no argument, got %q", s.path, clip(argument, 60))
		}
	case nameArgument:
		if err := checkServerName(argument); err != nil {
			return Command{}, fmt.Errorf("command %q: %w", s.path, err)
		}
	case addressArgument:
		address, err := parseAddress(argument)
		if err != nil {
			return Command{}, fmt.Errorf("command %q: %w", s.path, err)
		}
		argument = address.String()
	case sourceArgument:
		if argument == "" || !headerSafe(argument) || strings.ContainsAny(argument, `"'`) || len(argument) > maxServerName {
			return Command{}, fmt.Errorf("command %q: %q is not the source of a mapping, such as SYSLOG", s.path, clip(argument, 60))
		}
	}
	return Command{s.kind, argument}, nil
}

// maxServerName is the length of server-monitor/entry/@name in the configuration's schema.
const maxServerName = 255

func checkServerName(name string) error {
	switch {
	case name == "":
		return errors.New(`"all" or the name of a server is missing`)
	case len(name) > maxServerName:
		return fmt.Errorf("the name of a server has %d bytes, more than %d", len(name), maxServerName)
	case strings.ContainsFunc(name, unicode.IsControl):
		return fmt.Errorf("%q is not the name of a server", clip(name, 60))
	}
	return nil
}

// ParseCLI reads a command as it is typed at the firewall. A name with blanks stands in
// quotes; without them the rest of the line is taken.
func ParseCLI(line string) (Command, error) {
	if len(line) > maxCommand {
		return Command{}, fmt.Errorf("command of %d bytes: more than %d", len(line), maxCommand)
	}
	rest := strings.TrimSpace(line)
	var words []string
	for _, spec := range commandSpecs {
		words = strings.Fields(spec.path)
		if argument, ok := afterWords(rest, words); ok {
			return spec.command(unquote(argument))
		}
	}
	return Command{}, fmt.Errorf("command %q is not known", clip(oneBlank(rest), excerptLength))
}

// afterWords returns what follows the words at the start of a line.
func afterWords(line string, words []string) (rest string, ok bool) {
	for _, word := range words {
		after, ok := strings.CutPrefix(line, word)
		trimmed := strings.TrimLeftFunc(after, unicode.IsSpace)
		if !ok || after != "" && trimmed == after {
			return "", false
		}
		line = trimmed
	}
	return line, true
}

// unquote takes off one pair of quotes round a name.
func unquote(s string) string {
	if len(s) >= 2 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		return strings.TrimSpace(s[1 : len(s)-1])
	}
	return s
}
