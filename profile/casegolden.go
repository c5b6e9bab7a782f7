package profile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/strictyaml"
)

// expectedFile is the .expected.json beside a .log: a sender's entry, and what each line becomes.
type expectedFile struct {
	Profiles      []string          `json:"profiles"` // in order, NAME or NAME=login|logout
	PANOS         string            `json:"panos,omitempty"`
	Dialect       map[string]string `json:"dialect,omitempty"`
	DefaultDomain string            `json:"default_domain,omitempty"`
	Messages      []goldenMessage   `json:"messages"`
}

type (
	goldenMessage struct {
		Line    int            `json:"line"`
		Matches []goldenMatch  `json:"matches,omitempty"`
		Nothing *goldenNothing `json:"nothing,omitempty"`
	}
	goldenMatch struct {
		Profile   string          `json:"profile"`
		Event     panos.EventType `json:"event"`
		User      string          `json:"user"`
		Domain    string          `json:"domain,omitempty"`
		Addresses []netip.Addr    `json:"addresses"`
	}
	goldenNothing struct {
		Profile string `json:"profile"` // the nearest
		GaveUp  string `json:"gave_up"` // its element that gave up
	}
)

// decodeExpected reads an .expected.json. The error is strictyaml.Problems.
func decodeExpected(file string, data []byte) (g expectedFile, err error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	err = d.Decode(&g)
	offset := d.InputOffset()
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("there is something behind the end of the document")
		}
	}
	if err == nil {
		return g, nil
	}
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	message := strings.TrimPrefix(err.Error(), "json: ")
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset - 1
	case errors.As(err, &kind):
		offset, message = kind.Offset-1, fmt.Sprintf("%s is a %s, which it cannot be", kind.Field, kind.Value)
	case strings.HasPrefix(message, "unknown field "): // there is no type for it; the key stands before the offset
		key := []byte(strings.TrimPrefix(message, "unknown field "))
		offset = int64(bytes.LastIndex(data[:offset], key))
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		offset, message = int64(len(data)), "the document is not complete"
	}
	return g, strictyaml.Problems{problemAt(file, data, int(offset), message)}
}

// problemAt is a problem at an offset of a file.
func problemAt(file string, data []byte, offset int, message string) strictyaml.Problem {
	before := data[:min(max(offset, 0), len(data))]
	line := bytes.Count(before, []byte("\n"))
	column := len([]rune(string(before[bytes.LastIndexByte(before, '\n')+1:])))
	return strictyaml.Problem{File: file, Line: line + 1, Column: column + 1, Message: message}
}

// config is the sender's entry that the document describes.
func (g expectedFile) config(file string, data []byte, from []Profile) (c Config, err error) {
	var problems strictyaml.Problems
	add := func(near, message string) {
		quoted, _ := json.Marshal(near)
		problems = append(problems, problemAt(file, data, bytes.Index(data, quoted), message))
	}
	c.DefaultDomain = g.DefaultDomain
	if c.Dialect, err = panosDialect(nil, nil, caseYAML{PANOS: g.PANOS}); err != nil {
		add(g.PANOS, err.Error())
	}
	for name, value := range g.Dialect {
		if err := c.Dialect.Set(name, value); err != nil {
			add(name, err.Error())
		}
	}
	if len(g.Profiles) == 0 {
		add("profiles", "profiles is missing or empty: name the profiles that read the log")
	}
	for _, word := range g.Profiles {
		a, problem := attach(word, from)
		if problem != "" {
			add(word, problem)
			continue
		}
		c.Attachments = append(c.Attachments, a)
	}
	if problems == nil {
		if _, err := Compile(c); err != nil {
			add("profiles", err.Error())
		}
	}
	if problems != nil {
		slices.SortStableFunc(problems, func(a, b strictyaml.Problem) int { return a.Line - b.Line })
		return c, problems
	}
	return c, nil
}

// expect is the document as expectations.
func (g expectedFile) expect() (list []Expectation) {
	for _, m := range g.Messages {
		e := Expectation{}
		for _, x := range m.Matches {
			e.Matches = append(e.Matches, Expected(x))
		}
		if m.Nothing != nil {
			e.GaveUp, e.Profile = m.Nothing.GaveUp, m.Nothing.Profile
		}
		list = append(list, e)
	}
	return list
}

// record writes down what the messages become now.
func (g expectedFile) record(m *Matcher, messages []string) []byte {
	g.Messages = []goldenMessage{}
	for i, text := range messages {
		entry := goldenMessage{Line: i + 1}
		for _, match := range m.Match(nil, []byte(text)) {
			domain, user := account(match.User)
			entry.Matches = append(entry.Matches, goldenMatch{match.Profile, match.Event, user, domain, match.Addresses})
		}
		if t, ok := Nearest(m.Trace([]byte(text))); ok && entry.Matches == nil {
			entry.Nothing = &goldenNothing{t.Profile, t.gaveUp().Element}
		}
		g.Messages = append(g.Messages, entry)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(g); err != nil {
		panic(err) // strings, numbers and addresses
	}
	return b.Bytes()
}
