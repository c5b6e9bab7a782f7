package simulate

import (
	"bytes"
	"encoding/json"
	"maps"
	"unicode/utf8"
)

// exactly is what the name of a field ends in that holds the bytes of another one, in base64.
const exactly = "_base64"

// MarshalJSON writes an event as one line of valid JSON, whatever a peer was sent. JSON has
// only Unicode: each byte that is no part of it becomes U+FFFD, as everywhere in Go, and
// the bytes themselves stand beside in base64, for "text" in "text_base64". (Of texts
// deeper down, such as a user name in "profiles", only the first is there; they come out of
// "text".)
func (e Event) MarshalJSON() ([]byte, error) {
	type plain Event // without this method
	var exact map[string]any
	for name, value := range e.Fields {
		if text, ok := value.(string); ok && !utf8.ValidString(text) {
			if exact == nil {
				exact = maps.Clone(e.Fields) // the record's own stay as they are
			}
			exact[name+exactly] = []byte(text)
		}
	}
	if exact != nil {
		e.Fields = exact
	}
	return encode(plain(e))
}

// encode writes value as JSON without a line end, and without the escapes that are for
// HTML: "<38>" at the start of every message stays readable.
func encode(value any) ([]byte, error) {
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(line.Bytes(), []byte("\n")), nil
}
