package wsman

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// seeds adds the bodies in the clear of the recorded exchanges.
func seeds(f *testing.F, pattern string) {
	f.Helper()
	files, err := filepath.Glob("testdata/omi/" + pattern)
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds: ", err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		if _, body, ok := bytes.Cut(b, []byte("\r\n\r\n")); ok && !strings.HasSuffix(file, ".plain") {
			b = body
		}
		f.Add(b)
	}
}

func FuzzReadRequest(f *testing.F) {
	seeds(f, "[befg]*/request.http")
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ReadRequest(b)
		if err != nil {
			if fault, ok := as[*Fault](err); !ok || fault.Code == "" {
				t.Fatalf("%v is no fault to answer with", err)
			}
			return
		}
		again, err := ReadRequest(r.Marshal())
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := r.Operation.(Enumerate); ok && e.Query != "" && e.Dialect == "" {
			e.Dialect = DialectWQL
			r.Operation = e
		}
		if _, ok := r.Operation.(Identify); ok {
			r.Header = Header{}
		}
		if !equal(r, again) {
			t.Fatalf("\n got %#v\nwant %#v", again, r)
		}
	})
}

func FuzzReadResponse(f *testing.F) {
	seeds(f, "[befg]*/response.http")
	seeds(f, "*/response.plain")
	f.Add(Response{Result: DefaultConfig()}.Marshal())
	f.Add(NewFault(CodeAccessDenied, "dc1").Marshal())
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ReadResponse(b)
		if fault, ok := as[*Fault](err); ok {
			_, err := ReadResponse(fault.Marshal())
			if again, ok := as[*Fault](err); !ok || !equal(again.Codes(), fault.Codes()) {
				t.Fatalf("%v\n%v", err, fault)
			}
			return
		}
		if err != nil {
			if _, ok := as[*FormatError](err); !ok {
				t.Fatalf("%T %v", err, err)
			}
			return
		}
		again, err := ReadResponse(Response{Header: Header{Action: r.Result.actionOf()}, Result: r.Result}.Marshal())
		if err != nil {
			t.Fatal(err)
		}
		if i, ok := r.Result.(Identity); ok && i.ProtocolVersion == "" {
			i.ProtocolVersion = protocolVersion
			r.Result = i
		}
		if !equal(r.Result, again.Result) {
			t.Fatalf("\n got %#v\nwant %#v", again.Result, r.Result)
		}
	})
}

// A sealed body that is read has the two pieces that it announces, whatever they are.
func FuzzReadSealed(f *testing.F) {
	files, err := filepath.Glob("testdata/omi/*-identify/request.http")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds: ", err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		_, body, _ := bytes.Cut(b, []byte("\r\n\r\n"))
		f.Add(`multipart/encrypted;protocol="application/HTTP-SPNEGO-session-encrypted";boundary="Encrypted Boundary"`, body)
	}
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		p, err := readSealed(contentType, body)
		if err != nil {
			return
		}
		if p.length < 0 || p.length > len(p.token) || !bytes.Contains(body, p.token) {
			t.Fatalf("%d of %d bytes", p.length, len(p.token))
		}
	})
}

// A token that nobody sealed does not open.
func FuzzSealedToken(f *testing.F) {
	client, _ := sealings(f, Negotiate)
	token, err := client.Context.Wrap([]byte("text"), true)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(token)
	f.Add(token[:30])
	f.Fuzz(func(t *testing.T, token []byte) {
		_, server := sealings(t, Negotiate) // with keys of its own
		body := handMade("--"+boundary, Negotiate.protocol(), max(len(token)-60, 0), min(len(token), 60), token, "--"+boundary+"--")
		if _, err := server.Open(contentTypeOf(Negotiate), body); err == nil {
			t.Fatal("it opens")
		}
	})
}

func FuzzReadAnswer(f *testing.F) {
	files, err := filepath.Glob("testdata/omi/*/response.http")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds: ", err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		const limit = 1000
		a, err := ReadAnswer(bufio.NewReader(bytes.NewReader(b)), limit)
		if err != nil {
			return
		}
		if len(a.Body) > limit || a.Status < 100 || len(a.Challenges()) > maxChallenges {
			t.Fatalf("%+v", a)
		}
		a.Date()
	})
}
