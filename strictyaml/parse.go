package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// What a file may hold at most. A configuration that a person writes stays far below.
const (
	MaxFile      = 1 << 20 // bytes
	MaxDepth     = 100     // mappings and lists inside each other
	MaxUnfolding = 100_000 // values that are read through aliases
)

// Decode reads one YAML document into what v points to, and reports every mistake at once.
//
// Structs are filled by their `yaml:"name"` tags; a field without one is not filled. The
// option `yaml:"name,secret"` marks a reference to a secret: nothing beneath it is
// repeated in a message, and a plain value there is refused as a secret given literally.
// Beside structs there may be pointers, slices, maps with string keys, strings, bools,
// numbers, time.Duration ("5s"), netip.Addr, netip.Prefix and anything with UnmarshalText; another type in
// v is a mistake of the program, and panics. Numbers, truth values and dates are accepted
// where a string is wanted (version: 11.1), as they are written; an empty value is a mistake everywhere.
// What the file does not say keeps the value it had in v, so defaults may be set before.
//
// The error is always Problems. Where single values were wrong, all others are filled and
// the Document is returned beside the error, so that the meaning can be checked as well.
// The Document is nil only where nothing could be read: a syntax error, an empty file, a
// limit exceeded.
func Decode(file string, data []byte, v any) (*Document, error) {
	root, problem := parse(data)
	if problem != nil {
		problem.File = file
		return nil, Problems{*problem}
	}
	d := &Document{file: file, root: root.Content[0], wrong: map[*yaml.Node]bool{}, meant: map[meaning]bool{}}
	w := walk{doc: d}
	w.root(v)
	if root.next != nil {
		d.add(root.next.Line, root.next.Column, "keep one document to a file", "a second document begins here")
	}
	return d, d.Err()
}

// tree is a parsed file.
type tree struct {
	*yaml.Node            // of kind DocumentNode, with one child
	next       *yaml.Node // the second document, if there is one
}

func parse(data []byte) (tree, *Problem) {
	if len(data) > MaxFile {
		return tree{}, &Problem{Message: fmt.Sprintf("the file has %d bytes, at most %d are read", len(data), MaxFile)}
	}
	if at := invalidUTF8(data); at >= 0 {
		line, column := position(data, at)
		return tree{}, &Problem{Line: line, Column: column, Hint: "save the file as UTF-8",
			Message: fmt.Sprintf("byte 0x%02x is not UTF-8", data[at])}
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var first, second yaml.Node
	if err := decoder.Decode(&first); errors.Is(err, io.EOF) {
		return tree{}, &Problem{Line: 1, Column: 1, Message: "the file is empty"}
	} else if err != nil {
		return tree{}, syntaxProblem(data, err)
	}
	if n := tooDeep(&first, 0); n != nil {
		return tree{}, &Problem{Line: n.Line, Column: n.Column,
			Message: fmt.Sprintf("more than %d levels inside each other", MaxDepth)}
	}
	switch err := decoder.Decode(&second); {
	case errors.Is(err, io.EOF):
		return tree{Node: &first}, nil
	case err != nil:
		return tree{}, syntaxProblem(data, err)
	}
	return tree{&first, &second}, nil
}

// tooDeep returns the first mapping or list below depth others that lies deeper than MaxDepth. Aliases are not followed: the
// walk is as deep as the type it fills.
func tooDeep(n *yaml.Node, depth int) *yaml.Node {
	if n.Kind == yaml.MappingNode || n.Kind == yaml.SequenceNode {
		depth++
	}
	if depth > MaxDepth {
		return n
	}
	for _, c := range n.Content {
		if deep := tooDeep(c, depth); deep != nil {
			return deep
		}
	}
	return nil
}

// invalidUTF8 returns the offset of the first byte that is not UTF-8, or -1.
func invalidUTF8(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// position counts lines and characters up to an offset.
func position(data []byte, offset int) (line, column int) {
	before := data[:offset]
	begin := bytes.LastIndexByte(before, '\n') + 1
	return 1 + bytes.Count(before, []byte("\n")), 1 + utf8.RuneCount(before[begin:])
}

var (
	yamlLine = regexp.MustCompile(`^line (\d+): `)
	anchor   = regexp.MustCompile(`^unknown anchor '(.*)' referenced$`)
	// parserError are the messages of yaml's parser. Subtle: it counts lines from 0 where yaml's
	// scanner counts from 1, and prints no line where that gives 0.
	parserError = regexp.MustCompile(`^(did not find expected (<|node content|'-' indicator|key|',' or)|found (duplicate %|incompatible YAML|undefined tag))`)
)

// syntaxProblem turns the first error of yaml's parser into a problem.
func syntaxProblem(data []byte, err error) *Problem {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 1
	if m := yamlLine.FindStringSubmatch(message); m != nil {
		line, _ = strconv.Atoi(m[1]) // the pattern allows digits only; a line fits
		message = message[len(m[0]):]
		if parserError.MatchString(message) {
			line++
		}
	}
	// A value that begins with * may be a secret: its text is not repeated.
	if m := anchor.FindStringSubmatch(message); m != nil {
		p := &Problem{Line: 1, Message: "an alias (*) names an anchor (&) that is nowhere above it",
			Hint: "put quotes around a text that begins with *"}
		if at := bytes.Index(data, []byte("*"+m[1])); at >= 0 {
			p.Line, p.Column = position(data, at)
		}
		return p
	}
	if l, column := tabIndent(data, line); l > 0 {
		return &Problem{Line: l, Column: column, Message: "a tab in the indentation", Hint: "indent with blanks"}
	}
	last := 1 + bytes.Count(bytes.TrimRight(data, "\r\n"), []byte("\n"))
	return &Problem{Line: min(line, last), Message: "not YAML: " + message,
		Hint: "see the indentation, quotes and brackets here and just before"}
}

// tabIndent looks for a tab before the text of a line, in the named line or one beside it. It
// is asked only after a syntax error, since a tab may be right inside a text of several lines.
func tabIndent(data []byte, near int) (line, column int) {
	for i, text := range bytes.Split(data, []byte("\n")) {
		if i+1 < near-1 || i+1 > near+1 {
			continue
		}
		rest := bytes.TrimLeft(text, " ")
		if len(rest) > 0 && rest[0] == '\t' && len(bytes.TrimSpace(rest)) > 0 {
			return i + 1, len(text) - len(rest) + 1
		}
	}
	return 0, 0
}
