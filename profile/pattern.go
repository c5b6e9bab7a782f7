package profile

// A gate says whether a message is the event that a profile looks for.
type gate interface {
	matches(line []byte) bool
	locate(line []byte) (Span, bool) // as matches; where the first match is
	name() (element, source string)
	explain(line []byte) reach // how far a gate got that does not match
	hint(v view) string        // and what may be behind it
	// literals are such that one of them stands in every message that matches; nil where none
	// are known.
	literals() [][]byte
}

// A pattern finds a value in a message.
type pattern interface {
	// next finds the value behind the previous hit; the zero hit means the first one.
	next(line []byte, previous hit) (hit, stop)
	// describe turns what next returned for the first value into a part of a trace.
	describe(v view, h hit, s stop) Part
	// again points at another place where the value of h, which is no good, could be.
	again(v view, h hit) string
	// literal stands in every message in which next finds something; nil where none is known.
	literal() []byte
}

// hit is where a pattern matched. A hit that stopped half-way has what was found till then.
type hit struct {
	all   Span // all of it, with what stands round the value
	value Span
}

// stop is how the search for a value ended.
type stop int

const (
	found       stop = iota
	noMatch          // a regex that matches nowhere
	noGroup          // a regex without a group, where the dialect wants one
	groupIdle        // a regex whose group took no part in the match
	noPrefix         // a prefix that is nowhere
	noDelimiter      // a prefix without its delimiter
	emptyValue       // nothing between prefix and delimiter, or in the group
)

// Span is a range of bytes of a message, from Start up to but not including End.
type Span struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// Len is the number of bytes in the span.
func (s Span) Len() int { return s.End - s.Start }

// of returns the bytes of line in the span.
func (s Span) of(line []byte) []byte { return line[s.Start:s.End] }

// move returns the span as seen from the beginning of a line whose first by bytes are not searched.
func (s Span) move(by int) Span { return Span{s.Start + by, s.End + by} }
