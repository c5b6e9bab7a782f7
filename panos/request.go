package panos

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/uidprobe/uidprobe/credential"
)

// keyHeader carries the API key.
const keyHeader = "X-PAN-KEY"

// request is one POST and what may not be said of it afterwards.
type request struct {
	command string // for people
	form    url.Values
	key     credential.Secret   // in the header
	secrets []credential.Secret // to take out of whatever comes back
	login   bool                // the answer may hold a key that is not known yet; sent once
	// mayBeAbsent says that "object not present" is an answer like any other.
	mayBeAbsent bool
	// config says that it reads the configuration, where "no such node" says the same.
	config bool
}

// op sends an operational command of the list; read takes the result out of the answer.
func (c *Client) op(ctx context.Context, command Command, read func(Response) error) error {
	spec, ok := specOf(command.Kind)
	if !ok || !spec.sent {
		return fmt.Errorf("command %q is not one that may be sent", command.Kind)
	}
	if c.key.Empty() {
		return errors.New("there is no API key to ask with")
	}
	form := url.Values{"type": {"op"}, "cmd": {command.XML()}}
	if c.vsys != "" {
		form.Set("vsys", c.vsys)
	}
	if c.target != "" {
		form.Set("target", c.target)
	}
	return c.ask(ctx, request{
		command: command.CLI(),
		form:    form,
		key:     c.key,
		secrets: []credential.Secret{c.key},

		mayBeAbsent: spec.argument == addressArgument,
	}, read)
}

func (c *Client) keygen(ctx context.Context, user string, password credential.Secret, read func(Response) error) error {
	return c.ask(ctx, request{
		command: "keygen",
		form:    url.Values{"type": {"keygen"}, "user": {user}, "password": {password.Reveal()}},
		secrets: []credential.Secret{password, c.key},
		login:   true,
	}, read)
}

// ask sends a request, reads the answer, and tells the observer.
func (c *Client) ask(ctx context.Context, r request, read func(Response) error) error {
	a, err := c.link.post(ctx, c.endpoint, r)
	if err == nil {
		err = a.judge(r, read)
	}
	err = c.named(r, err)
	if c.observe != nil {
		c.observe(Exchange{Command: r.command, HTTPStatus: a.status, Answer: r.evidence(a), Err: err})
	}
	return err
}

// named puts host and command to an error.
func (c *Client) named(r request, err error) error {
	var api *APIError
	var answer *AnswerError
	var failed failedError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &api):
		api.Host, api.Command = c.host, r.command
		return api
	case errors.As(err, &failed):
		return &ExchangeError{failed.failure, c.host, r.command, failed.err}
	case errors.As(err, &answer):
		return &ExchangeError{answer.Failure, c.host, r.command, answer}
	}
	return &ExchangeError{Lost, c.host, r.command, err}
}

// failedError is an error that knows which failure it is.
type failedError struct {
	failure Failure
	err     error
}

func (e failedError) Error() string { return e.err.Error() }
func (e failedError) Unwrap() error { return e.err }

// reply is what came over the wire.
type reply struct {
	status int
	body   []byte
}

// judge makes of an answer an error or, through read, a result.
func (a reply) judge(r request, read func(Response) error) error {
	response, err := ParseResponse(a.body)
	if err != nil {
		return a.unread(r, err)
	}
	if r.config && response.noSuchNode() {
		response = Response{Status: "success", Code: codeNotPresent, HasCode: true}
	}
	absent := response.NotFound() && !r.mayBeAbsent
	if !response.Succeeded() || absent || a.status < 200 || a.status > 299 {
		return a.refusal(r, response)
	}
	if err := read(response); err != nil {
		return a.unread(r, failedError{Unreadable, err})
	}
	return nil
}

// refusal is the API's own error. Secrets are taken out before the text is cut, or half of
// one could stay.
func (a reply) refusal(r request, response Response) error {
	for i, message := range response.Messages {
		response.Messages[i] = r.redact(message)
	}
	response.Status = clip(r.redact(response.Status), 40)
	e := response.apiError()
	e.HTTPStatus = a.status
	return e
}

// unread is the error about an answer that could not be read. Nothing of the answer is
// quoted if it gives a secret back, or to a log-in: it may hold a key in a form that nobody
// has seen.
func (a reply) unread(r request, err error) error {
	failure := Unreadable
	var e *AnswerError
	if errors.As(err, &e) {
		failure = e.Failure
		if a.status != http.StatusOK {
			e.Text = fmt.Sprintf("HTTP status %d: %s", a.status, e.Text)
		}
	}
	body := string(a.body)
	switch {
	case r.redact(body) != body:
		return failedError{failure, errors.New("the answer cannot be read; it gives back the secret that was sent, so it is not quoted")}
	case r.login:
		return failedError{failure, fmt.Errorf("the answer to a log-in cannot be read (%s, HTTP status %d, %d bytes); it is not quoted", failure, a.status, len(a.body))}
	}
	return err
}

// evidence is the answer as it may be shown.
func (r request) evidence(a reply) string {
	if r.login && len(a.body) > 0 {
		if response, err := ParseResponse(a.body); err != nil || response.Succeeded() {
			return credential.Redacted
		}
	}
	return r.redact(string(a.body))
}

// redact takes out the secrets of a request, in the forms in which a server could give
// them back.
func (r request) redact(text string) string {
	for _, secret := range r.secrets {
		plain := secret.Reveal()
		if plain == "" {
			continue
		}
		quoted := fmt.Sprintf("%q", plain)
		for _, form := range []string{
			plain,
			quoted[1 : len(quoted)-1],
			string(appendEscaped(nil, plain)),
			url.QueryEscape(plain),
			url.PathEscape(plain),
		} {
			text = strings.ReplaceAll(text, form, credential.Redacted)
		}
	}
	return text
}
