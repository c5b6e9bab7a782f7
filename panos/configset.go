package panos

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/uidprobe/uidprobe/nearest"
)

// setNode is what may follow a word of a set command. It is a mechanical translation of the
// schema of 10.0.5; what stands in a configuration beside parse profiles and senders is passed
// over.
type setNode struct {
	leaf     bool                // a value follows
	list     bool                // a name follows, and then the children of the entry
	children map[string]*setNode // by word; nil for what is passed over
}

var setCollector = func() *setNode {
	leaf := &setNode{leaf: true}
	leaves := func(names ...string) *setNode {
		n := &setNode{children: map[string]*setNode{}}
		for _, name := range names {
			n.children[name] = leaf
		}
		return n
	}
	profile := leaves("description")
	profile.list = true
	profile.children["field-identifier"] = leaves("event-string", "username-prefix", "username-delimiter", "address-prefix", "address-delimiter", "address-per-log")
	profile.children["regex-identifier"] = leaves("event-regex", "username-regex", "address-regex")
	attached := leaves("event-type")
	attached.list = true
	syslog := leaves("address", "connection-type", "default-domain-name")
	syslog.children["syslog-parse-profile"] = attached
	server := leaves("description", "disabled")
	server.list = true
	server.children["syslog"] = syslog
	return &setNode{children: map[string]*setNode{"syslog-parse-profile": profile, "server-monitor": server}}
}()

const setCollectorWord = "user-id-collector"

// ParseSetCommands reads the parse profiles and syslog senders out of set commands, one a line, as
// "show" prints them in the set format. Other commands and empty lines are passed over, and
// so are servers of other kinds. The result can be read as a configuration, but has no text that
// could be changed.
//
// How a quote is written within quotes is not documented: a value is taken to stand in double
// quotes, or in single ones if it has double ones in it, and a backslash stands for itself.
// The error is a *ConfigError.
func ParseSetCommands(file string, text []byte) (*Config, error) {
	c := &Config{file: file}
	c.root = &ConfigElement{config: c, name: "config", place: &configPlace{1, 1}}
	if len(text) > MaxConfig {
		return nil, &ConfigError{File: file, Message: fmt.Sprintf("%d bytes are more than the %d that are read", len(text), MaxConfig)}
	}
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		line = strings.TrimRight(line, "\r\n")
		words, err := setWords(line)
		if err == nil {
			err = c.set(words, number)
		}
		var wrong *setError
		if errors.As(err, &wrong) && isSet(line) {
			return nil, &ConfigError{File: file, Line: number, Column: wrong.column, Message: wrong.message, Hint: wrong.hint}
		}
	}
	return c, nil
}

// isSet tells our commands from whatever else was saved with them.
func isSet(line string) bool {
	return strings.HasPrefix(strings.TrimSpace(line), "set ") && strings.Contains(line, setCollectorWord)
}

// setError is a mistake in one command.
type setError struct {
	column        int
	message, hint string
}

func (e *setError) Error() string { return e.message }

// setWord is a word of a command.
type setWord struct {
	text   string
	column int
}

// setWords splits a command at its blanks.
func setWords(line string) (words []setWord, err error) {
	for at := 0; at < len(line); {
		if line[at] == ' ' || line[at] == '\t' {
			at++
			continue
		}
		column := 1 + utf8.RuneCountInString(line[:at])
		if quote := line[at]; quote == '"' || quote == '\'' {
			end := strings.IndexByte(line[at+1:], quote)
			if end < 0 {
				return nil, &setError{column, "the quote is not closed", ""}
			}
			words = append(words, setWord{line[at+1 : at+1+end], column})
			at += end + 2
			continue
		}
		end := strings.IndexAny(line[at:], " \t")
		if end < 0 {
			end = len(line) - at
		}
		words = append(words, setWord{line[at : at+end], column})
		at += end
	}
	return words, nil
}

// set takes one command.
func (c *Config) set(words []setWord, line int) error {
	if len(words) == 0 || words[0].text != "set" {
		return nil
	}
	e, words := c.root, words[1:]
	for i := 0; i < len(words); i++ {
		w := words[i]
		switch w.text {
		case setCollectorWord:
			return e.grow(setCollectorWord, "", line, w.column).set(setCollector, words[i+1:], line)
		case "vsys", "template", "devices":
			// The list, and the entry that is named behind it.
			if i+1 == len(words) {
				return nil
			}
			e = e.grow(w.text, "", line, w.column).grow("entry", words[i+1].text, line, w.column)
			i++
		case "config", "shared":
			e = e.grow(w.text, "", line, w.column)
		default:
			return nil // not ours
		}
	}
	return nil
}

// grow is the child of that name, and made if it is not there.
func (e *ConfigElement) grow(name, entry string, line, column int) *ConfigElement {
	for _, c := range e.children {
		if c.name == name && c.entry == entry {
			return c
		}
	}
	c := &ConfigElement{config: e.config, parent: e, name: name, entry: entry, place: &configPlace{line, column}}
	e.children = append(e.children, c)
	return c
}

// set goes down the schema.
func (e *ConfigElement) set(n *setNode, words []setWord, line int) error {
	for i := 0; i < len(words); i++ {
		w := words[i]
		next := n.children[w.text]
		switch {
		case next == nil && (e.name == setCollectorWord || e.parent != nil && e.parent.name == "server-monitor"):
			return nil // other settings, and servers of other kinds
		case next == nil:
			return &setError{w.column, fmt.Sprintf("%s has no setting %q", e.name, clip(w.text, 60)), meantWord(w.text, n.children)}
		case next.leaf && i+1 == len(words):
			return &setError{w.column, w.text + " has no value", ""}
		case next.leaf:
			value := words[i+1]
			leaf := e.grow(w.text, "", line, value.column)
			leaf.given, leaf.place = value.text, &configPlace{line, value.column}
			i++
		case next.list && i+1 == len(words):
			return &setError{w.column, w.text + " has no name", ""}
		case next.list:
			list := e.grow(w.text, "", line, w.column)
			return list.grow("entry", words[i+1].text, line, words[i+1].column).set(next, words[i+2:], line)
		default:
			return e.grow(w.text, "", line, w.column).set(next, words[i+1:], line)
		}
	}
	return nil
}

func meantWord(word string, children map[string]*setNode) string {
	var names []string
	for name := range children {
		names = append(names, name)
	}
	slices.Sort(names)
	if best := nearest.Word(word, names); best != "" {
		return fmt.Sprintf("did you mean %s?", best)
	}
	return ""
}

// SetValue writes a value for a set command. One that has both kinds of quotes, or a line break,
// cannot be written.
func SetValue(text string) (string, error) {
	switch {
	case strings.ContainsAny(text, "\r\n"):
		return "", fmt.Errorf("%q has a line break, which a set command cannot hold", clip(text, excerptLength))
	case text != "" && !strings.ContainsAny(text, " \t\"'[](){}<>|;&#*?$!`\\"):
		return text, nil
	case !strings.Contains(text, `"`):
		return `"` + text + `"`, nil
	case !strings.Contains(text, "'"):
		return "'" + text + "'", nil
	}
	return "", fmt.Errorf("%q has both kinds of quotes, for which no form of a set command is documented; use XML", clip(text, excerptLength))
}
