package dns

import (
	"context"
	"testing"
	"time"
)

// ctx bounds a test that would wait for ever.
func ctx(t *testing.T) context.Context {
	c, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return c
}

func ask(t testing.TB, name string, kind Type) question {
	t.Helper()
	wire, err := pack(name)
	if err != nil {
		t.Fatal(err)
	}
	return question{id: 0x1234, name: wire, kind: kind}
}

// asked is a question as a server reads it.
func asked(t testing.TB, q question) Question {
	t.Helper()
	b, err := q.encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeQuery(b)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// said is the answer of a server to q.
func said(t testing.TB, q question, r Response) []byte {
	t.Helper()
	b, _, err := asked(t, q).Encode(r, maxMessage)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
