package panos

// UIDFailure is an entry that a firewall did not take.
type UIDFailure struct {
	Event   EventType
	Entry   UIDEntry
	Message string // the firewall's word, such as UIDDeleteFailed
}

// UIDDeleteFailed is what a firewall says of the logout of a mapping that is not there
// (test data of public clients).
const UIDDeleteFailed = "Delete mapping failed"

// AppendUIDAnswer appends the success that answers a message of that version. Which
// elements a payload has then is not known: it is empty.
func AppendUIDAnswer(dst []byte, version string) []byte {
	dst = append(dst, successOpen+"<uid-response>"...)
	dst = appendElement(dst, "version", version)
	return append(append(dst, "<payload></payload></uid-response>"...), responseClose...)
}

// AppendUIDErrorAnswer appends the error that lists what was not taken: those of log-ins,
// then those of logouts. That it has no code is as in test data of public clients.
func AppendUIDErrorAnswer(dst []byte, version string, failures []UIDFailure) []byte {
	dst = append(dst, `<response status="error"><msg><line><uid-response>`...)
	dst = append(appendElement(dst, "version", version), "<payload>"...)
	for _, event := range []EventType{Login, Logout} {
		dst = appendFailures(dst, event, failures)
	}
	return append(dst, "</payload></uid-response></line></msg></response>"...)
}

func appendFailures(dst []byte, event EventType, failures []UIDFailure) []byte {
	open := false
	for _, f := range failures {
		if f.Event != event {
			continue
		}
		if !open {
			dst, open = append(dst, "<"+string(event)+">"...), true
		}
		dst = f.Entry.appendAttributes(append(dst, "<entry"...))
		dst = append(appendAttribute(dst, "message", f.Message), "/>"...)
	}
	if open {
		dst = append(dst, "</"+string(event)+">"...)
	}
	return dst
}

// ParseUIDAnswer reads the answer to a message: nil for a success, else what was not taken,
// with the *APIError of the answer. Other errors are those of ParseResponse.
func ParseUIDAnswer(body []byte) ([]UIDFailure, error) {
	root, r, err := parseResponse(body)
	if err != nil || r.Succeeded() {
		return nil, err
	}
	var failures []UIDFailure
	collectFailures(root, "", &failures)
	return failures, r.Err()
}

// collectFailures finds entries with a message, wherever login and logout stand.
func collectFailures(e Element, event EventType, into *[]UIDFailure) {
	for _, c := range e.Children {
		switch c.Name {
		case string(Login), string(Logout):
			collectFailures(c, EventType(c.Name), into)
		case "entry":
			f := UIDFailure{Event: event}
			f.Entry.User, _ = c.Attribute("name")
			ip, _ := c.Attribute("ip")
			f.Entry.Address, _ = parseAddress(ip)
			minutes, _ := c.Attribute("timeout")
			f.Entry.Timeout, _ = parseMinutes(minutes)
			f.Message, _ = c.Attribute("message")
			*into = append(*into, f)
		default:
			collectFailures(c, event, into)
		}
	}
}
