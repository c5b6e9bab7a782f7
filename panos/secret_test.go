package panos

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/credential"
)

// Whatever a server gives back, key and password appear nowhere.
func TestNoOutputHoldsASecret(t *testing.T) {
	t.Parallel()
	escaped := func(s string) string { return string(appendEscaped(nil, s)) }
	padding := strings.Repeat("x", excerptLength-5) // so that a cut goes through the secret
	bodies := map[string]func(secret string) string{
		"message": func(s string) string { return string(AppendErrorAnswer(nil, ErrorInResult, 403, "no: "+s)) },
		"message at the cut": func(s string) string {
			return string(AppendErrorAnswer(nil, ErrorInMsg, 403, strings.Repeat("y", maxMessages-5)+s))
		},
		"status":           func(s string) string { return `<response status="` + escaped(s) + `"/>` },
		"code":             func(s string) string { return `<response status="error" code="` + escaped(s) + `"/>` },
		"page":             func(s string) string { return "<html><title>" + escaped(s) + "</title>" },
		"page at the cut":  func(s string) string { return "<html><title>" + padding + escaped(s) + "</title>" },
		"words":            func(s string) string { return s },
		"words at the cut": func(s string) string { return padding + s },
		"cut XML":          func(s string) string { return "<response status='success'><key>" + escaped(s) },
		"XML of another":   func(s string) string { return "<x>" + escaped(s) + "</x>" },
		"form":             func(s string) string { return "cmd=&key=" + url.QueryEscape(s) },
		"result":           func(s string) string { return success("<a>" + escaped(s) + "</a>") },
		"text":             func(s string) string { return success(escaped(padding + s)) },
	}
	for name, body := range bodies {
		for _, login := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s login %v", name, login), func(t *testing.T) {
				t.Parallel()
				secret := testKey
				if login {
					secret = testPassword
				}
				server := newAPI(t, answer(200, "text/plain", body(secret)))
				var seen []Exchange
				c := server.client(t, func(config *ClientConfig) { config.Observe = func(e Exchange) { seen = append(seen, e) } })
				var err error
				if login {
					_, err = c.Keygen(t.Context(), "admin", credential.New(testPassword))
				} else {
					_, err = c.SystemInfo(t.Context())
				}
				if err == nil {
					t.Fatal("no error")
				}
				var log bytes.Buffer
				slog.New(slog.NewJSONHandler(&log, nil)).Info("asked", "error", err, "exchange", seen, "client", c)
				encoded, jsonErr := json.Marshal(seen)
				if jsonErr != nil {
					t.Fatal(jsonErr)
				}
				for _, out := range []string{err.Error(), fmt.Sprintf("%+v %#v", err, err), fmt.Sprintf("%+v %#v", seen, seen), fmt.Sprintf("%+v", c), string(encoded), log.String()} {
					noSecret(t, out)
				}
			})
		}
	}
}

// noSecret looks for the secrets and for their first half.
func noSecret(t *testing.T, out string) {
	t.Helper()
	for _, secret := range []string{testKey, testPassword} {
		for _, form := range []string{secret[:6], url.QueryEscape(secret)[:8], string(appendEscaped(nil, secret))[:8]} {
			if strings.Contains(out, form) {
				t.Errorf("%q holds %q", out, form)
			}
		}
	}
}

func TestRedirectDoesNotShowTheKey(t *testing.T) {
	t.Parallel()
	server := newAPI(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "https://other.corp.example/?key="+url.QueryEscape(r.Header.Get("X-PAN-KEY")))
		w.WriteHeader(http.StatusFound)
	})
	_, err := server.client(t).SystemInfo(t.Context())
	wantError(t, err, "https://other.corp.example/?key=REDACTED")
	noSecret(t, fmt.Sprintf("%v %+v", err, err))
}

// A key that the firewall has just made must not leave by an answer that nobody can read.
func TestKeygenAnswerIsNotQuoted(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"words":       "FRESH-KEY",
		"JSON":        `{"key":"FRESH-KEY"}`,
		"cut":         "<response status='success'><result><key>FRESH-KEY",
		"bad entity":  "<response status='success'><result><key>&FRESH-KEY;",
		"two words":   "<response status='success'><result><key>FRESH-KEY 2</key></result></response>",
		"other place": "<response status='success'><result><apikey>FRESH-KEY</apikey></result></response>",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newAPI(t, answer(200, "application/xml", body))
			var seen []Exchange
			c := server.client(t, func(config *ClientConfig) { config.Observe = func(e Exchange) { seen = append(seen, e) } })
			key, err := c.Keygen(t.Context(), "admin", credential.New(testPassword))
			if err == nil || !key.Empty() {
				t.Fatalf("key %v, %v", key, err)
			}
			if out := fmt.Sprintf("%v %+v %+v", err, err, seen); strings.Contains(out, "FRESH") {
				t.Errorf("%q quotes the key", out)
			}
		})
	}
}
