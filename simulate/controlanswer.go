package simulate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"
)

// answer writes value as JSON.
func answer(w http.ResponseWriter, status int, value any) {
	body, err := encode(value)
	if err != nil {
		status = http.StatusInternalServerError
		body, _ = encode(problem{"what the peer has cannot be written as JSON: " + err.Error()})
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
}

type problem struct {
	Error string `json:"error"`
}

// fail answers with what is wrong and what to do.
func fail(w http.ResponseWriter, status int, format string, args ...any) {
	answer(w, status, problem{fmt.Sprintf(format, args...)})
}

// clip bounds a text from outside for an error.
func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// readParams reads the body of a request: one JSON object, each value a text, a number or
// true or false, which are taken as they are written; no body is an empty object. It has
// answered already when ok is false.
func readParams(w http.ResponseWriter, r *http.Request) (params map[string]string, ok bool) {
	body, err := io.ReadAll(r.Body)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		fail(w, http.StatusRequestEntityTooLarge, "the body is above %d bytes", large.Limit)
		return nil, false
	case err != nil:
		w.Header().Set("Connection", "close")
		fail(w, http.StatusRequestTimeout, "the body did not come: %v", err)
		return nil, false
	}
	if params, err = parseParams(body); err != nil {
		fail(w, http.StatusBadRequest, "%v; send an object of parameters, such as {\"every\": \"5\"}, or no body", err)
		return nil, false
	}
	return params, true
}

func parseParams(body []byte) (map[string]string, error) {
	params := map[string]string{}
	if len(bytes.TrimSpace(body)) == 0 {
		return params, nil
	}
	if !utf8.Valid(body) {
		return nil, errors.New("the body is not UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if open, err := decoder.Token(); err != nil || open != json.Delim('{') {
		return nil, errors.New("the body is not a JSON object")
	}
	for decoder.More() {
		if err := parseParam(decoder, params); err != nil {
			return nil, err
		}
	}
	if _, err := decoder.Token(); err != nil {
		return nil, errors.New("the body is not a whole JSON object")
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("something stands behind the JSON object")
	}
	return params, nil
}

func parseParam(decoder *json.Decoder, params map[string]string) error {
	token, err := decoder.Token()
	if err != nil {
		return fmt.Errorf("the body is not a JSON object: %w", err)
	}
	name, _ := token.(string) // a name in an object always is
	if _, twice := params[name]; twice {
		return fmt.Errorf("parameter %q is there twice", clip(name))
	}
	if token, err = decoder.Token(); err != nil {
		return fmt.Errorf("parameter %q: the body is not a JSON object: %w", clip(name), err)
	}
	switch value := token.(type) {
	case string:
		params[name] = value
	case json.Number:
		params[name] = value.String()
	case bool:
		params[name] = fmt.Sprint(value)
	default:
		return fmt.Errorf("parameter %q is not a text, a number, true or false", clip(name))
	}
	return nil
}
