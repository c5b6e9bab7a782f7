package dns

import (
	"fmt"
	"slices"
	"strings"
)

// Type is the type of a record, RFC 1035 section 3.2.2.
type Type uint16

// The types that this package reads and writes. Others are passed over in an answer, and may be
// asked for.
const (
	A     Type = 1
	NS    Type = 2
	CNAME Type = 5
	SOA   Type = 6
	PTR   Type = 12
	AAAA  Type = 28  // RFC 3596
	SRV   Type = 33  // RFC 2782
	Any   Type = 255 // in a question: every type there is
)

var typeNames = map[Type]string{
	A: "A", NS: "NS", CNAME: "CNAME", SOA: "SOA", PTR: "PTR", AAAA: "AAAA", SRV: "SRV", Any: "ANY",
}

// String is the type's name, or TYPE65 as RFC 3597 section 5 has it.
func (t Type) String() string {
	if name, ok := typeNames[t]; ok {
		return name
	}
	return fmt.Sprintf("TYPE%d", uint16(t))
}

// RCode is a response code: what a server said about a question.
type RCode uint16

// The codes of RFC 1035 section 4.1.1 and RFC 2136 section 2.2, by their names there and in the
// registry of the IANA.
const (
	NoError  RCode = 0 // the answer holds what there is, which may be nothing
	FormErr  RCode = 1 // the server could not read the question
	ServFail RCode = 2 // the server could not find out
	NXDomain RCode = 3 // the name does not exist, with any type
	NotImp   RCode = 4 // the server does not do this kind of question
	Refused  RCode = 5 // the server does not want to answer
	YXDomain RCode = 6
	YXRRSet  RCode = 7
	NXRRSet  RCode = 8
	NotAuth  RCode = 9
	NotZone  RCode = 10
)

var codeNames = []string{
	"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED",
	"YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE",
}

// String is the code's name, "NXDOMAIN", or RCODE11.
func (r RCode) String() string {
	if int(r) < len(codeNames) {
		return codeNames[r]
	}
	return fmt.Sprintf("RCODE%d", uint16(r))
}

// ParseRCode reads a code's name in any case.
func ParseRCode(name string) (RCode, error) {
	i := slices.Index(codeNames, strings.ToUpper(name))
	if i < 0 {
		return 0, fmt.Errorf("no response code %q; there are %s", name, strings.Join(codeNames, ", "))
	}
	return RCode(i), nil
}
