package panos

import (
	"errors"
	"strings"
	"testing"
	"time"
)

var sampleUID = UIDMessage{
	Version: UIDVersion1,
	Logins: []UIDEntry{
		{`corp\alice`, addr("198.51.100.1"), 20 * time.Minute},
		{`corp\bob`, addr("2001:db8::2"), Never},
		{"carol", addr("198.51.100.3"), 0},
	},
	Logouts: []UIDEntry{{`corp\dave`, addr("198.51.100.4"), 0}, {"", addr("198.51.100.5"), 0}},
}

func TestUIDMessageBothWays(t *testing.T) {
	t.Parallel()
	got, err := ParseUIDMessage(sample(t, "uid-message.xml"))
	if err != nil {
		t.Fatal(err)
	}
	diff(t, got, sampleUID)
	text := string(got.AppendXML([]byte("X")))
	diff(t, text, `X<uid-message><version>1.0</version><type>update</type><payload>`+
		`<login><entry name="corp\alice" ip="198.51.100.1" timeout="20"/><entry name="corp\bob" ip="2001:db8::2" timeout="0"/><entry name="carol" ip="198.51.100.3"/></login>`+
		`<logout><entry name="corp\dave" ip="198.51.100.4"/><entry ip="198.51.100.5"/></logout></payload></uid-message>`)
	again, err := ParseUIDMessage([]byte(text[1:]))
	if err != nil {
		t.Fatal(err)
	}
	diff(t, again, got)
}

func TestUIDMessageDefaults(t *testing.T) {
	t.Parallel()
	m := UIDMessage{Logins: []UIDEntry{{`a&"<b>`, addr("198.51.100.1"), 59 * time.Second}}}
	diff(t, string(m.AppendXML(nil)), `<uid-message><version>2.0</version><type>update</type><payload>`+
		`<login><entry name="a&amp;&#34;&lt;b&gt;" ip="198.51.100.1"/></login></payload></uid-message>`)
	got, err := ParseUIDMessage(UIDMessage{}.AppendXML(nil))
	if err != nil {
		t.Fatal(err)
	}
	diff(t, got, UIDMessage{Version: UIDVersion2})
}

func TestParseUIDMessageRefuses(t *testing.T) {
	t.Parallel()
	message := func(payload string) string {
		return "<uid-message><version>2.0</version><type>update</type><payload>" + payload + "</payload></uid-message>"
	}
	for _, row := range []struct {
		name, in string
		want     []string
	}{
		{"nothing", "", []string{"not XML"}},
		{"words", "login", []string{"not XML"}},
		{"another element", "<response/>", []string{`the element is "response"`}},
		{"no version", strings.Replace(message(""), "<version>2.0</version>", "", 1), []string{`version "" is neither 1.0 nor 2.0`}},
		{"another version", strings.Replace(message(""), "2.0", "3.0", 1), []string{`version "3.0"`}},
		{"another type", strings.Replace(message(""), "update", "delete", 1), []string{`type "delete" is not update`}},
		{"no payload", "<uid-message><version>1.0</version><type>update</type></uid-message>", []string{"payload is missing"}},
		{"tags", message("<register><entry ip='198.51.100.1'/></register>"), []string{`"register" is neither login nor logout`}},
		{"no name", message("<login><entry name='a' ip='198.51.100.1'/><entry ip='198.51.100.1'/></login>"), []string{"login 2: name is missing"}},
		{"no address", message("<logout><entry name='a'/></logout>"), []string{`logout 1: ip: "" is not an IP address`}},
		{"no entry", message("<login><user/></login>"), []string{`login 1: "user" is not an entry`}},
		{"timeout in words", message("<login><entry name='a' ip='198.51.100.1' timeout='never'/></login>"), []string{`login 1: timeout: "never" is not a number`}},
		{"negative timeout", message("<login><entry name='a' ip='198.51.100.1' timeout='-1'/></login>"), []string{"negative"}},
		{"huge timeout", message("<login><entry name='a' ip='198.51.100.1' timeout='5256001'/></login>"), []string{"are more than 5256000"}},
		{"DTD", "<!DOCTYPE a>" + message(""), []string{"DTD"}},
		{"long", strings.Repeat(" ", maxUIDMessage+1), []string{"1048577 bytes: more than 1048576"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseUIDMessage([]byte(row.in))
			wantError(t, err, append(row.want, "uid-message")...)
			diff(t, got, UIDMessage{})
		})
	}
}

func TestUIDAnswers(t *testing.T) {
	t.Parallel()
	failures := []UIDFailure{
		{Logout, UIDEntry{`corp\bob`, addr("198.51.100.9"), 0}, UIDDeleteFailed},
		{Login, UIDEntry{"", addr("198.51.100.8"), Never}, `no <user> & "name"`},
		{Logout, UIDEntry{"", addr("198.51.100.7"), 0}, UIDDeleteFailed},
	}
	diff(t, string(AppendUIDAnswer(nil, "2.0"))+"\n", string(sample(t, "uid-answer.xml")))
	diff(t, string(AppendUIDErrorAnswer(nil, "2.0", failures[:1]))+"\n", string(sample(t, "error-uid.xml")))

	got, err := ParseUIDAnswer(AppendUIDErrorAnswer(nil, "1.0", failures))
	diff(t, got, []UIDFailure{failures[1], failures[0], failures[2]})
	var api *APIError
	if !errors.As(err, &api) || api.Status != "error" || api.HasCode {
		t.Errorf("the error is %#v", err)
	}
	wantError(t, err, `no <user> & \"name\"; Delete mapping failed; Delete mapping failed`)

	for _, body := range []string{string(sample(t, "uid-answer.xml")), "<response status = 'success'><result/></response>"} {
		if got, err := ParseUIDAnswer([]byte(body)); got != nil || err != nil {
			t.Errorf("%s: %v, %v", body, got, err)
		}
	}
	got, err = ParseUIDAnswer(sample(t, "error-403.xml"))
	if got != nil || !IsUnauthorized(err) {
		t.Errorf("a refused key: %v, %v", got, err)
	}
	_, err = ParseUIDAnswer([]byte("It works!"))
	wantError(t, err, "not XML")
}
