package strictyaml

import (
	"fmt"
	"strconv"
	"strings"
)

// Path names a place in a document: a string is a key, an int an index from 0. The empty
// path is the whole document.
type Path []any

// With returns the path with more steps at its end. The receiver is not changed, and
// shares no memory with the result.
func (p Path) With(steps ...any) Path {
	return append(p[:len(p):len(p)], steps...)
}

// String is the path as people write it: firewalls[0].api.url.
func (p Path) String() string {
	var b strings.Builder
	for _, step := range p {
		switch step := step.(type) {
		case int:
			fmt.Fprintf(&b, "[%d]", step)
		case string:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(plain(step))
		}
	}
	return b.String()
}

// plain is the key itself where it can be read in a path, quoted where not.
func plain(key string) string {
	for _, r := range key {
		if r <= ' ' || r == '.' || r == '[' || r == '"' || !strconv.IsPrint(r) {
			return quote(key)
		}
	}
	return key
}

// maxQuote bounds how much of a foreign text is repeated in a message, in bytes.
const maxQuote = 60

// quote puts foreign text into a message: quoted, and cut where it is long.
func quote(s string) string {
	if len(s) > maxQuote {
		return fmt.Sprintf("%q…", strings.ToValidUTF8(s[:maxQuote], ""))
	}
	return strconv.Quote(s)
}
