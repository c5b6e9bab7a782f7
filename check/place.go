package check

import (
	"fmt"
	"strconv"
	"strings"
)

// EvidencePlace is the name of the evidence that says where in a file a finding stands, as
// Place.String has it. There may be several.
const EvidencePlace = "place"

// EvidenceBecause is the name of the evidence that says why a finding is ignored, beside its
// places, in the words of whoever ignores it. The result is then skipped, by choice.
const EvidenceBecause = "ignored because"

// Place is a place in a file.
type Place struct {
	File         string
	Line, Column int // from 1
}

func (p Place) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column) }

// ParsePlace reads what String writes. The name of a file may have colons in it.
func ParsePlace(text string) (p Place, ok bool) {
	rest, column, ok1 := cutNumber(text)
	file, line, ok2 := cutNumber(rest)
	if !ok1 || !ok2 || file == "" {
		return Place{}, false
	}
	return Place{file, line, column}, true
}

// cutNumber takes ":7" off the end.
func cutNumber(text string) (rest string, n int, ok bool) {
	at := strings.LastIndexByte(text, ':')
	if at < 0 {
		return "", 0, false
	}
	n, err := strconv.Atoi(text[at+1:])
	return text[:at], n, err == nil && n > 0
}

// Places are the places of a result, in their order.
func (r Result) Places() (list []Place) {
	for _, e := range r.Evidence {
		if p, ok := ParsePlace(e.Text); ok && e.Name == EvidencePlace {
			list = append(list, p)
		}
	}
	return list
}
