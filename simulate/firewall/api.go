package firewall

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/netip"
	"time"

	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/panos"
)

// maxBody bounds the form of a request, in bytes.
const maxBody = 1 << 20

// Codes of the API that the firewall answers with (documentation of PAN-OS 11.1, "PAN-OS
// XML API Error Codes").
const (
	codeNotPresent     = 7
	codeInvalidObject  = 12
	codeDenied         = 15
	codeInvalidCommand = 17
	codeSuccess        = 19
	codeBadRequest     = 400
	codeForbidden      = 403
)

// reply is what a request is answered with, and what the record keeps of it.
type reply struct {
	body    []byte
	status  int
	code    int
	kind    string // the parameter type
	command string
	fault   string
}

// serveRequest answers a request to /api/, or says that nobody waits for the answer.
func (fw *Firewall) serveRequest(w http.ResponseWriter, r *http.Request) (answered bool) {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(fw.config.HandshakeTimeout))
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	err := r.ParseForm()
	_ = control.SetReadDeadline(time.Time{})

	e := fw.faults.Now()
	var answer reply
	switch left := e.apiDelay != nil && !pause(r, *e.apiDelay); {
	case left:
		answer = reply{fault: FaultAPISlow, kind: clip(r.Form.Get("type"))}
	case e.apiRefused:
		answer = refusal()
		answer.fault, answer.kind = FaultAPIRefused, clip(r.Form.Get("type"))
	case err != nil:
		answer = failure(http.StatusBadRequest, codeBadRequest, panos.ErrorInResult, "bad request: "+err.Error())
	default:
		answer = fw.answer(r)
		answer.kind = clip(r.Form.Get("type"))
		if e.apiDelay != nil {
			answer.fault = FaultAPISlow
		}
	}
	// Before the answer, so that who has the answer finds it in the record.
	fw.noteRequest(r, answer)
	if answer.status == 0 {
		return false
	}
	w.Header().Set("Content-Type", "application/xml; charset=UTF-8")
	w.WriteHeader(answer.status)
	_, _ = w.Write(answer.body)
	return true
}

// pause says whether the client is still there, and the firewall, after so long.
func pause(r *http.Request, delay time.Duration) bool {
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

func (fw *Firewall) noteRequest(r *http.Request, a reply) {
	fields := map[string]any{
		"source": r.RemoteAddr, "type": a.kind, "command": a.command, "status": a.status, "code": a.code,
	}
	if source, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		fields["source"] = netip.AddrPortFrom(source.Addr().Unmap(), source.Port()).String()
	}
	if a.fault != "" {
		fields["fault"] = a.fault
	}
	fw.note(KindRequest, fields)
}

// clip bounds a text from outside for the record.
func clip(s string) string { return s[:min(len(s), 40)] }

func (fw *Firewall) answer(r *http.Request) reply {
	kind := r.Form.Get("type")
	switch {
	case kind == "keygen":
		return fw.keygen(credential.New(r.Form.Get("user")), credential.New(r.Form.Get("password")))
	case !fw.authorised(r):
		return refusal()
	case kind == "op":
		return fw.operate(r.Context(), r.Form.Get("cmd"), r.Form.Get("vsys"))
	case kind == "config":
		return fw.readConfig(r.Form.Get("action"), r.Form.Get("xpath"))
	case kind == "user-id":
		return fw.writeMappings(r.Form.Get("cmd"), r.Form.Get("vsys"))
	case kind == "":
		return failure(http.StatusOK, codeBadRequest, panos.ErrorInResult, "the parameter type is missing")
	}
	return failure(http.StatusOK, codeBadRequest, panos.ErrorInResult, "this type of request is not simulated")
}

func (fw *Firewall) keygen(user, password credential.Secret) reply {
	if !fw.account(user, password) {
		return refusal()
	}
	return reply{status: http.StatusOK, body: panos.AppendKeyAnswer(nil, fw.key)}
}

// authorised looks for the key in the header and in the form, and then for a password.
func (fw *Firewall) authorised(r *http.Request) bool {
	for _, key := range []string{r.Header.Get("X-PAN-KEY"), r.Form.Get("key")} {
		if key != "" {
			return same(credential.New(key), fw.key)
		}
	}
	user, password, ok := r.BasicAuth()
	return ok && fw.account(credential.New(user), credential.New(password))
}

// account says whether this is the configured account. Without one nothing is.
func (fw *Firewall) account(user, password credential.Secret) bool {
	if fw.config.User.Empty() || fw.config.Password.Empty() {
		return false
	}
	rightUser, rightPassword := same(user, fw.config.User), same(password, fw.config.Password)
	return rightUser && rightPassword
}

// same compares in a time that tells nothing of where the two differ.
func same(a, b credential.Secret) bool {
	x, y := sha256.Sum256([]byte(a.Reveal())), sha256.Sum256([]byte(b.Reveal()))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

func (fw *Firewall) operate(ctx context.Context, cmd, vsys string) reply {
	command, err := panos.ParseCommand(cmd)
	if err != nil {
		return failure(http.StatusOK, codeInvalidCommand, panos.ErrorInLines, err.Error())
	}
	ctx, cancel := context.WithTimeout(ctx, apiPatience)
	defer cancel()
	a, err := fw.ask(ctx, command, vsys)
	var absent NoServerError
	switch {
	case errors.As(err, &absent):
		return reply{status: http.StatusOK, code: codeNotPresent, command: command.CLI(), body: panos.AppendNotFoundAnswer(nil)}
	case err != nil:
		return failure(http.StatusOK, codeInvalidCommand, panos.ErrorInLines, err.Error())
	}
	return reply{status: http.StatusOK, command: command.CLI(), body: a.xml()}
}

// refusal is the answer to a wrong key or password. The body is as seen of a firewall (public
// client radiuid); that the status of HTTP is 403 as well is inferred.
func refusal() reply {
	return failure(http.StatusForbidden, codeForbidden, panos.ErrorInResult, "Invalid Credential")
}

func failure(status, code int, shape panos.ErrorShape, message string) reply {
	return reply{status: status, code: code, body: panos.AppendErrorAnswer(nil, shape, code, message)}
}
