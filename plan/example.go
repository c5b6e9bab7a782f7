package plan

import (
	"bytes"
	_ "embed"
	"fmt"
	"text/template"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/probe"
	"github.com/uidprobe/uidprobe/profile"
)

//go:embed example.yaml.tmpl
var exampleText string

// Example is the site file that "uidprobe init" writes: every key with its meaning and its
// default. It parses as it is; a key that stands behind a # with no blank is optional, and
// says what it may hold. Addresses and names are documentation ones, to be replaced.
func Example() []byte {
	t := template.Must(template.New("example").Parse(exampleText))
	var b bytes.Buffer
	if err := t.Execute(&b, exampleValues()); err != nil {
		panic(fmt.Sprintf("plan: the example: %v", err)) // its text is our own
	}
	return b.Bytes()
}

// exampleValues are the constants that the example prints, so that the two cannot drift.
func exampleValues() map[string]any {
	return map[string]any{
		"Version": FileVersion, "PortAPI": panos.PortAPI, "PortUDP": panos.PortSyslogUDP, "PortSSL": panos.PortSyslogSSL,
		"VSys": DefaultVSys, "MinVersion": DefaultMinVersion, "OverLong": panos.DefaultDialect().OverLong,
		"MaxSenders": MaxSenders, "MaxProfiles": profile.MaxAttachments,
		"Users": DefaultUsers, "Addresses": DefaultAddresses, "Messages": DefaultMessages, "Rate": DefaultRate,
		"Wait": brief(DefaultWait), "Poll": brief(DefaultPoll), "Idle": brief(DefaultIdle),
		"PortKDC": DefaultKDCPort, "PortDNS": DefaultDNSPort, "PortLDAP": DefaultLDAPPort, "PortLDAPS": DefaultLDAPSPort,
		"PortWinRM": probe.PortWinRMHTTP, "PortWinRMS": probe.PortWinRM,
		"LightRate": LightRate, "LightMessages": LightMessages,
		"Attempt": brief(check.DefaultAttempt), "Check": brief(check.DefaultCheck), "Run": brief(check.DefaultRun),
	}
}
