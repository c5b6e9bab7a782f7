package dns

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/net/dns/dnsmessage"
)

// DecodeAnswer reads an answer that somebody else was sent, as a capture holds it. Server and
// Network are empty. A server that could not read the question may leave it out: Name is then
// empty, and the answer is its response code alone.
func DecodeAnswer(message []byte) (Question, Answer, error) {
	var p dnsmessage.Parser
	h, err := p.Start(message)
	if err != nil {
		return Question{}, Answer{}, err
	}
	if !h.Response {
		return Question{}, Answer{}, notOursError("it is a question and no answer")
	}
	list, err := p.AllQuestions()
	if err != nil {
		return Question{}, Answer{}, err
	}
	asked := Question{ID: h.ID}
	if len(list) == 0 {
		return asked, Answer{RCode: RCode(h.RCode), Truncated: h.Truncated}, nil
	}
	if len(list) > 1 {
		return asked, Answer{}, fmt.Errorf("it repeats %d questions", len(list))
	}
	asked.raw = list[0]
	asked.Name, asked.Type = show(asked.raw.Name), Type(asked.raw.Type)
	asked.Supported = h.OpCode == 0 && asked.raw.Class == dnsmessage.ClassINET
	a, err := decode(message, question{binary.BigEndian.Uint16(message), asked.raw.Name, asked.Type})
	return asked, a, err
}
