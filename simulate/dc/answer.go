package dc

import (
	"context"
	"errors"
	"time"

	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// arrival is one request on its way through the KDC.
type arrival struct {
	*kerberos.Request
	transport, source string
	effects           *effects
	now               time.Time // the KDC's clock, faults included
}

func (in arrival) kind() string {
	if in.TGS {
		return "TGS"
	}
	return "AS"
}

// handle answers a message; nil is silence.
func (dc *DC) handle(ctx context.Context, message []byte, transport, source string) []byte {
	e := dc.faults.Now()
	req, err := kerberos.DecodeRequest(message)
	if err != nil {
		dc.note(KindDiscarded, map[string]any{
			"transport": transport, "source": source, "size": len(message), "reason": err.Error(),
		})
		return dc.refuse(arrival{Request: &kerberos.Request{}, now: dc.now(e)},
			&kerberos.ErrorReply{Code: kerberos.ErrMessageType, Text: "unreadable request"})
	}
	in := arrival{req, transport, source, e, dc.now(e)}
	dc.note(KindRequest, map[string]any{
		"transport": transport, "source": source, "type": in.kind(), "client": req.Client.String(),
		"service": req.Service.String(), "etypes": etypeNames(req.Etypes), "proof": req.HasTimestamp(),
		"canonicalize": req.Canonicalize,
	})
	if !wait(ctx, e.delay) {
		return nil
	}
	answer, err := dc.decide(in)
	if e.silent(in) {
		answer, err = nil, nil
	}
	dc.noteAnswer(in, answer, err)
	if answer != nil && e.garbage {
		return []byte(garbage)
	}
	return answer
}

// garbage begins like an AS-REP whose length makes no sense.
const garbage = "\x6b\x82\xff\xffno kerberos"

func wait(ctx context.Context, delay time.Duration) bool {
	if delay <= 0 {
		return true
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// decide makes the answer. The error is the *kerberos.ErrorReply that the answer holds, if it
// holds one.
func (dc *DC) decide(in arrival) ([]byte, error) {
	answer, err := dc.grant(in)
	if err == nil && in.transport == udp && len(answer) > dc.config.MaxUDP {
		err = &kerberos.ErrorReply{Code: kerberos.ErrResponseTooBig, Text: "use TCP"}
	}
	if err != nil {
		return dc.refuse(in, err), err
	}
	return answer, nil
}

func (dc *DC) grant(in arrival) ([]byte, error) {
	if in.TGS {
		return dc.tgs(in)
	}
	return dc.as(in)
}

// refuse encodes an error; what is no *kerberos.ErrorReply is KRB_ERR_GENERIC.
func (dc *DC) refuse(in arrival, err error) []byte {
	var e *kerberos.ErrorReply
	if !errors.As(err, &e) {
		e = &kerberos.ErrorReply{Code: kerberos.ErrGeneric, Text: err.Error()}
	}
	reply := *e
	reply.STime = in.now
	reply.Client = in.Client
	if reply.Service = in.Service; len(reply.Service.Name) == 0 {
		reply.Service = kerberos.TGT(dc.config.Realm)
	}
	reply.Service.Realm = dc.config.Realm
	if reply.Shape == kerberos.NoShape {
		reply.Shape = dc.config.Behaviour.shape()
	}
	b, err := reply.Marshal()
	if err != nil { // nothing of it depends on more than what was decoded
		dc.config.Log.Error("encode KRB-ERROR", "error", err)
		return nil
	}
	return b
}

func (dc *DC) noteAnswer(in arrival, answer []byte, err error) {
	fields := map[string]any{
		"transport": in.transport, "source": in.source, "type": in.kind(),
		"client": in.Client.String(), "service": in.Service.String(), "result": "ticket",
	}
	var e *kerberos.ErrorReply
	switch {
	case errors.As(err, &e):
		fields["result"], fields["code"] = e.Code.String(), int(e.Code)
		if e.Status != 0 {
			fields["ntstatus"] = e.Status.String()
		}
	case answer == nil:
		fields["result"] = "none"
	}
	dc.note(KindAnswer, fields)
}

func etypeNames(list []kerberos.Etype) []string {
	names := make([]string, 0, len(list))
	for _, e := range list[:min(len(list), 32)] {
		names = append(names, e.String())
	}
	return names
}
