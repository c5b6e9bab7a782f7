package panos

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Response is an answer of the XML API.
type Response struct {
	Status   string // "success", "error", "unauth"
	Code     int    // a code of the API; see Meaning
	HasCode  bool   // many answers have none
	Messages []string
	Result   Element // the zero value if there is none
}

// AnswerError says that a body is no answer of the XML API, or not the whole of one.
type AnswerError struct {
	Failure Failure // NotAPI, CutShort or TooLong
	Text    string  // what is wrong, with what to look at
	Excerpt string  // how the body begins, if that helps; foreign text
	Err     error   // what the XML reader says; may be nil
}

func (e *AnswerError) Error() string {
	text := e.Text
	if e.Err != nil {
		text += ": " + clip(e.Err.Error(), excerptLength)
	}
	if e.Excerpt != "" {
		text += fmt.Sprintf("; it begins with %q", e.Excerpt)
	}
	return text
}

// Unwrap gives what the XML reader says.
func (e *AnswerError) Unwrap() error { return e.Err }

// ParseResponse reads an answer of the XML API in all the shapes that are known: any
// quoting of attributes, text or CDATA, messages in six places. It is bounded by MaxAnswer
// and in its depth and number of elements, and expands no entities. An error of the API is
// no error here: see Response.Err. The error is an *AnswerError.
func ParseResponse(body []byte) (Response, error) {
	_, r, err := parseResponse(body)
	return r, err
}

// parseResponse gives the whole answer as well.
func parseResponse(body []byte) (root Element, r Response, err error) {
	if root, err = parseEnvelope(body); err != nil {
		return Element{}, Response{}, err
	}
	r, err = newResponse(root)
	return root, r, err
}

func parseEnvelope(body []byte) (Element, error) {
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	switch trimmed := bytes.TrimSpace(body); {
	case len(body) > MaxAnswer:
		return Element{}, tooLong()
	case len(trimmed) == 0:
		return Element{}, &AnswerError{Failure: CutShort, Text: "the answer is empty"}
	case isHTML(trimmed):
		return Element{}, htmlAnswer(trimmed)
	case trimmed[0] != '<':
		return Element{}, &AnswerError{
			Failure: NotAPI,
			Text:    "the answer is not XML: is this the firewall's management address?",
			Excerpt: excerpt(trimmed),
		}
	}
	root, err := parseTree(body)
	switch {
	case errors.Is(err, errCutShort):
		return Element{}, &AnswerError{Failure: CutShort, Text: fmt.Sprintf("the answer is cut short after %d bytes", len(body))}
	case err != nil:
		return Element{}, &AnswerError{Failure: NotAPI, Text: "the answer cannot be read", Excerpt: excerpt(body), Err: err}
	case root.Name != "response":
		return Element{}, &AnswerError{
			Failure: NotAPI,
			Text:    "the answer is XML but not of the API: is this the firewall's management address?",
			Excerpt: excerpt(body),
		}
	}
	return root, nil
}

func newResponse(root Element) (r Response, err error) {
	status, _ := root.Attribute("status")
	r.Status = strings.TrimSpace(status)
	if r.Status == "" {
		return Response{}, &AnswerError{Failure: NotAPI, Text: `the answer has no "status"`}
	}
	if code, ok := root.Attribute("code"); ok {
		if r.Code, err = strconv.Atoi(strings.TrimSpace(code)); err != nil {
			return Response{}, &AnswerError{Failure: NotAPI, Text: "the answer's code is not a number", Excerpt: clip(code, 40)}
		}
		r.HasCode = true
	}
	r.Result, _ = root.Child("result")
	r.Messages = append(messages(root), messages(r.Result)...)
	return r, nil
}

func tooLong() *AnswerError {
	return &AnswerError{Failure: TooLong, Text: fmt.Sprintf("the answer is longer than %d bytes", MaxAnswer)}
}

// Succeeded says whether the status is "success"; see also NotFound.
func (r Response) Succeeded() bool { return r.Status == "success" }

// codeNotPresent is "object not present". It comes with the status "success".
const codeNotPresent = 7

// NotFound says whether the answer is that what was asked for is not there.
func (r Response) NotFound() bool { return r.HasCode && r.Code == codeNotPresent }

// Err is nil if the status is "success" (NotFound included), else an *APIError with code
// and text. Whoever asked adds the host and the command.
func (r Response) Err() error {
	if r.Succeeded() {
		return nil
	}
	return r.apiError()
}

func (r Response) apiError() *APIError {
	return &APIError{Status: r.Status, Code: r.Code, HasCode: r.HasCode, Text: r.Text()}
}

// maxMessages bounds the text that is made of an answer's messages, in characters.
const maxMessages = 600

// Text is the messages in one line.
func (r Response) Text() string { return clip(strings.Join(r.Messages, "; "), maxMessages) }

// messages finds the messages in msg elements that are children of e. pan-python reads
// them in msg/line, msg/line/line, result/msg/line, result/msg, msg and
// msg/line/uid-response/payload/*/entry/@message.
func messages(e Element) (found []string) {
	for _, c := range e.Children {
		if c.Name == "msg" {
			found = append(found, messageLines(c)...)
		}
	}
	return found
}

func messageLines(e Element) (found []string) {
	if text := oneBlank(e.Text); text != "" {
		found = append(found, text)
	}
	for _, c := range e.Children {
		switch c.Name {
		case "line", "msg":
			found = append(found, messageLines(c)...)
		case "uid-response":
			payload, _ := c.Child("payload")
			found = append(found, entryMessages(payload)...)
		}
	}
	return found
}

func entryMessages(payload Element) (found []string) {
	for _, entry := range payload.entries() {
		if message, ok := entry.Attribute("message"); ok {
			found = append(found, oneBlank(message))
		}
	}
	return found
}
