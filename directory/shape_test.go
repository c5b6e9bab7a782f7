package directory

import (
	"bytes"
	"errors"
	"testing"
)

func TestShapes(t *testing.T) {
	t.Parallel()
	deep := []byte{4, 0}
	for range maxDepth {
		deep = append([]byte{0x30, byte(len(deep))}, deep...)
	}
	for name, c := range map[string]struct {
		b    []byte
		want error
	}{
		"a bind answer":      {[]byte("\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00"), nil},
		"long lengths":       {[]byte("\x30\x84\x00\x00\x00\x04\x02\x82\x00\x00"), nil},
		"two messages":       {[]byte("\x30\x03\x02\x01\x01\x30\x00\x30\x02\x04\x00"), nil},
		"as deep as allowed": {deep, nil},
		"too deep":           {append([]byte{0x30, byte(len(deep))}, deep...), errShape},
		"a value too long":   {[]byte("\x30\x03\x02\x02\x01"), errShape},
		"another beginning":  {[]byte("HTTP/1.1"), errShape},
		"no length":          {[]byte("\x30\x80"), errShape},
		"a length of 5":      {[]byte("\x30\x85"), errShape},
		"a long tag":         {[]byte("\x30\x10\x1f"), errShape},
		"a huge message":     {[]byte("\x30\x84\x7f\xff\xff\xff"), errTooLong},
	} {
		var whole, single shape
		if err := whole.feed(c.b); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		var err error
		for i := range c.b { // the network may cut anywhere
			if err == nil {
				err = single.feed(c.b[i : i+1])
			}
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%s, byte by byte: %v, want %v", name, err, c.want)
		}
		if c.want == nil && (len(whole.open) > 0 || whole.skip > 0 || len(whole.head) > 0) {
			t.Errorf("%s: it is not taken to its end: %+v", name, whole)
		}
	}
}

// However it is cut, a stream has one shape.
func FuzzShape(f *testing.F) {
	f.Add([]byte("\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00"), 3)
	f.Fuzz(func(t *testing.T, b []byte, at int) {
		var whole, parts shape
		err := whole.feed(bytes.Clone(b))
		at = max(0, min(at, len(b)))
		cut := parts.feed(b[:at])
		if cut == nil {
			cut = parts.feed(b[at:])
		}
		if (err == nil) != (cut == nil) {
			t.Errorf("%x: %v, cut at %d %v", b, err, at, cut)
		}
	})
}
