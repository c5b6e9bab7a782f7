package dns

import (
	"context"
	"encoding/binary"
	"time"

	wire "github.com/uidprobe/uidprobe/wire/dns"
)

// arrival is one question on its way through the server.
type arrival struct {
	wire.Question
	transport, source string
}

// fields are what every event about the question has.
func (in arrival) fields() map[string]any {
	return map[string]any{
		"transport": in.transport, "source": in.source, "name": in.Name, "type": in.Type.String(),
	}
}

// reply is what becomes of a message; the zero value is silence.
type reply struct {
	bytes  []byte
	hangUp bool // end the connection, with no answer
}

// handle answers a message.
func (d *Server) handle(ctx context.Context, message []byte, transport, source string) reply {
	q, err := wire.DecodeQuery(message)
	if err != nil {
		d.note(KindDiscarded, map[string]any{
			"transport": transport, "source": source, "size": len(message), "reason": err.Error(),
		})
		if q.Readable {
			return reply{bytes: q.FormError()}
		}
		return reply{}
	}
	in := arrival{q, transport, source}
	d.note(KindQuery, in.fields())
	e := d.faults.Now().on(q)
	if !wait(ctx, e.delay) {
		return reply{}
	}
	out, fields := d.decide(in, e)
	d.note(KindAnswer, fields)
	return out
}

// decide makes the answer, and the event that tells of it.
func (d *Server) decide(in arrival, e trouble) (out reply, fields map[string]any) {
	fields = in.fields()
	fields["result"] = "none"
	switch {
	case e.silent:
		return reply{}, fields
	case e.truncated && in.transport == tcp:
		return reply{hangUp: true}, fields
	case e.garbage != "":
		fields["result"] = "garbage"
		return reply{bytes: in.garbage(e.garbage)}, fields
	}
	r := wire.Response{RCode: wire.NotImp}
	if in.Supported {
		r = d.zone.answer(in.Question)
	}
	e.change(&r, in)
	limit := maxMessage
	if in.transport == udp {
		limit = in.UDPSize
	}
	b, cut, err := in.Encode(r, limit)
	if err != nil { // the records were checked at the start
		d.config.Log.Error("encode answer", "error", err)
		return reply{}, fields
	}
	fields["result"], fields["records"] = r.RCode.String(), len(r.Records)
	if cut {
		fields["truncated"], fields["records"] = true, 0
	}
	if r.OtherID {
		fields["other-id"] = true
	}
	return reply{bytes: b}, fields
}

// What FaultGarbage can send.
const (
	garbageShort    = "short"    // too short for a header
	garbageQuestion = "question" // the question's identifier, and then no question
	garbageAnswer   = "answer"   // the question, and then an answer that is none
)

func (in arrival) garbage(what string) []byte {
	head := binary.BigEndian.AppendUint16(nil, in.ID)
	head = append(head, 0x84, 0x00, 0, 1, 0, 7, 0, 0, 0, 0) // an answer: one question, seven records
	switch what {
	case garbageShort:
		return head[:5]
	case garbageQuestion:
		return append(head, "\xffno dns"...)
	}
	whole, _, err := in.Encode(wire.Response{Authoritative: true, Recursive: true}, maxMessage)
	if err != nil { // it was decoded, so it can be encoded
		return head
	}
	binary.BigEndian.PutUint16(whole[6:], 7)
	return append(whole, "\xffno dns"...)
}

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
