package certs

import (
	"fmt"
	"slices"

	"github.com/uidprobe/uidprobe/symptom"
)

// Generation is a range of libcurl versions in which the same failure has one exit code
// and one text. Which PAN-OS holds which libcurl is not documented.
type Generation struct {
	Versions string // "7.62 to 8.8"
	from, to string
	// verify and name are the codes of a chain that is refused and of a name that is.
	verify, name int
	texts        []string // the Version of symptom.CurlErrors that it has
}

// Generations lists them, the oldest first. Sources: curl's lib/strerror.c and
// lib/vtls/openssl.c, tags 7.20 to 8.9.
func Generations() []Generation {
	return []Generation{
		{"before 7.21.7", "", "7.21.6", 60, 51, []string{"", "up to 7.21.6", "up to 7.61", "up to 8.8"}},
		{"7.21.7 to 7.61", "7.21.7", "7.61", 60, 51, []string{"", "7.21.7 to 7.61", "up to 7.61", "up to 8.8"}},
		{"7.62 to 8.8", "7.62", "8.8", 60, 60, []string{"", "7.62 and later", "up to 8.8"}},
		{"8.9 and later", "8.9", "", 60, 60, []string{"", "7.62 and later", "8.9 and later"}},
	}
}

// Failure is how a client of TLS fails, as far as libcurl tells.
type Failure string

// The failures.
const (
	NoFailure        Failure = ""
	FailsVerify      Failure = "verify"    // the chain is refused
	FailsName        Failure = "name"      // the chain is accepted, the name is not
	FailsHandshake   Failure = "handshake" // no session, for another reason
	FailsToConnect   Failure = "connect"
	FailsToResolve   Failure = "resolve"
	FailsInTime      Failure = "timeout"
	FailsWithNothing Failure = "nothing" // closed without an answer
)

// Code is the exit code of curl, CURLcode, for a failure; 0 for none.
func (g Generation) Code(f Failure) int {
	switch f {
	case FailsVerify:
		return g.verify
	case FailsName:
		return g.name
	case FailsHandshake, FailsWithNothing:
		return 35 // the session does not stand yet when the connection ends
	case FailsToConnect:
		return 7
	case FailsToResolve:
		return 6
	case FailsInTime:
		return 28
	}
	return 0
}

// Says is the text of a failure, and the symptom that a firewall with this libcurl shows
// when WinRM-HTTPS meets it. Both are empty for no failure.
func (g Generation) Says(f Failure) (text, symptomID string) {
	code := g.Code(f)
	for _, e := range symptom.CurlErrors() {
		if e.Code == code && slices.Contains(g.texts, e.Version) {
			return e.Text, e.Symptom
		}
	}
	return "", ""
}

func (g Generation) line(f Failure) string {
	text, _ := g.Says(f)
	return fmt.Sprintf("curl %d: %s", g.Code(f), text)
}

// latest is the generation whose symptom a result names.
func latest() Generation {
	list := Generations()
	return list[len(list)-1]
}
