package panos

import (
	"fmt"
	"slices"
)

// ConfigAction is what a request of type=config asks for. Only those that read are known.
type ConfigAction string

// The actions.
const (
	ConfigShow ConfigAction = "show" // from the running configuration
	ConfigGet  ConfigAction = "get"  // from the candidate, with what is not committed
)

// ConfigRequest is a request of type=config.
type ConfigRequest struct {
	Action ConfigAction
	XPath  XPath
}

// RequestError says why a request is not one that is known, and which code of the API
// answers it: 17 for an action, 6 for a path.
type RequestError struct {
	Code int
	Err  error
}

func (e *RequestError) Error() string { return e.Err.Error() }

// Unwrap gives the reason.
func (e *RequestError) Unwrap() error { return e.Err }

// ParseConfigRequest reads the parameters action and xpath. The error is a *RequestError.
func ParseConfigRequest(action, xpath string) (ConfigRequest, error) {
	known := []ConfigAction{ConfigShow, ConfigGet}
	if !slices.Contains(known, ConfigAction(action)) {
		return ConfigRequest{}, &RequestError{codeInvalidCommand, fmt.Errorf("action %q is neither show nor get", clip(action, 40))}
	}
	x, err := ParseXPath(xpath)
	if err != nil {
		return ConfigRequest{}, &RequestError{codeBadXPath, err}
	}
	return ConfigRequest{ConfigAction(action), x}, nil
}

// NoSuchNode is what a firewall says, without a code, where "show" finds nothing (test data
// of public clients). "get" answers with code 7: see AppendNotFoundAnswer.
const NoSuchNode = "No such node"

// AppendConfigAnswer appends the success that holds these elements, with their number, as
// "get" has it (test data of public clients); that "show" counts as well is assumed.
// Without an element it is the answer that the object is not there.
func AppendConfigAnswer(dst []byte, found []Element) []byte {
	if len(found) == 0 {
		return AppendNotFoundAnswer(dst)
	}
	dst = fmt.Appendf(dst, `<response status="success" code="19"><result total-count="%d" count="%d">`, len(found), len(found))
	for _, e := range found {
		dst = e.AppendXML(dst)
	}
	return append(dst, responseClose...)
}

// AppendNoSuchNodeAnswer appends the answer to a "show" that finds nothing.
func AppendNoSuchNodeAnswer(dst []byte) []byte {
	return append(dst, `<response status="error"><msg><line>`+NoSuchNode+`</line></msg></response>`...)
}
