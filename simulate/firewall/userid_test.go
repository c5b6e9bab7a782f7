package firewall

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/panos"
)

func userID(cmd string) url.Values { return url.Values{"type": {"user-id"}, "cmd": {cmd}} }

func uidMessage(payload string) url.Values {
	return userID("<uid-message><version>2.0</version><type>update</type><payload>" + payload + "</payload></uid-message>")
}

const uidDone = `<response status="success"><result><uid-response><version>2.0</version><payload></payload></uid-response></result></response>`

// rows are the mappings with all that the API can set: "198.51.100.1 alice XMLAPI 1200".
func rows(fw *Firewall) string {
	var list []string
	for _, m := range fw.Mappings(panos.ManagementPlane) {
		life := "never"
		if m.Max != panos.Never {
			life = fmt.Sprint(int(m.Max / time.Second))
		}
		list = append(list, fmt.Sprintf("%s %s %s %s", m.Address, m.User, m.From, life))
	}
	return strings.Join(list, ", ")
}

// The steps are one after another, on one firewall whose clock stands.
func TestUserID(t *testing.T) {
	t.Parallel()
	c := &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	fw := start(t, func(config *Config) { withKey(config); config.Now = c.Now })
	deleteFailed := func(entries string) string {
		return `<response status="error"><msg><line><uid-response><version>2.0</version><payload><logout>` + entries +
			`</logout></payload></uid-response></line></msg></response>`
	}
	for _, step := range []struct {
		name    string
		payload string
		want    string
		rows    string
	}{
		{"timeout in minutes", `<login><entry name="corp\Alice" ip="198.51.100.1" timeout="20"/></login>`, uidDone,
			`198.51.100.1 corp\alice XMLAPI 1200`},
		{"no timeout is the firewall's, 0 is never",
			`<login><entry name="bob" ip="198.51.100.2"/><entry name="carol" ip="198.51.100.3" timeout="0"/></login>`, uidDone,
			`198.51.100.1 corp\alice XMLAPI 1200, 198.51.100.2 bob XMLAPI 2700, 198.51.100.3 carol XMLAPI never`},
		{"logout by name, and of whoever has it",
			`<logout><entry name="CORP\alice" ip="198.51.100.1"/><entry ip="198.51.100.2"/></logout>`, uidDone,
			`198.51.100.3 carol XMLAPI never`},
		{"logins before logouts, whatever the order in the document",
			`<logout><entry name="dave" ip="198.51.100.4"/></logout><login><entry name="dave" ip="198.51.100.4"/></login>`, uidDone,
			`198.51.100.3 carol XMLAPI never`},
		{"logouts of nobody and of another; the rest holds",
			`<login><entry name="erin" ip="198.51.100.5" timeout="1"/></login><logout><entry name="x" ip="198.51.100.9"/><entry name="x" ip="198.51.100.3"/></logout>`,
			deleteFailed(`<entry name="x" ip="198.51.100.9" message="Delete mapping failed"/><entry name="x" ip="198.51.100.3" message="Delete mapping failed"/>`),
			`198.51.100.3 carol XMLAPI never, 198.51.100.5 erin XMLAPI 60`},
		{"another life for the same user", `<login><entry name="carol" ip="198.51.100.3" timeout="2"/></login>`, uidDone,
			`198.51.100.3 carol XMLAPI 120, 198.51.100.5 erin XMLAPI 60`},
		{"nothing", ``, uidDone, `198.51.100.3 carol XMLAPI 120, 198.51.100.5 erin XMLAPI 60`},
	} {
		if _, body := ask(t, fw, "POST", "/api/", uidMessage(step.payload), keyHeader); body != step.want {
			t.Errorf("%s: answer\n%s, want\n%s", step.name, body, step.want)
		}
		if got := rows(fw); got != step.rows {
			t.Errorf("%s: mappings\n%s, want\n%s", step.name, got, step.rows)
		}
	}
	if got := last(t, fw, KindRequest).Fields["command"]; got != "user-id login 0 logout 0" {
		t.Errorf("recorded command %q", got)
	}
	if got := last(t, fw, KindMappingAdded).Fields["from"]; got != "XMLAPI" {
		t.Errorf("recorded source %v", got)
	}

	// Mappings of both ways share the table, and each ends by its own timeout.
	conn := dialUDP(t, fw)
	send(t, conn, login("frank", "198.51.100.6"))
	send(t, conn, login("carol2", "198.51.100.3"))
	wait(t, fw, KindMessage, 2)
	c.Advance(time.Minute)
	if got, want := rows(fw), `198.51.100.3 corp\carol2 SYSLOG 2640, 198.51.100.6 corp\frank SYSLOG 2640`; got != want {
		t.Errorf("mappings\n%s, want\n%s", got, want)
	}
	_, body := ask(t, fw, "POST", "/api/", op(panos.Command{Kind: panos.KindMappingsOf, Argument: "XMLAPI"}.XML()), keyHeader)
	if body != `<response status="success"><result/></response>` {
		t.Errorf("of XMLAPI: %s", body)
	}
	_, body = ask(t, fw, "POST", "/api/", op(panos.Command{Kind: panos.KindMappingsMPOf, Argument: "syslog"}.XML()), keyHeader)
	if strings.Count(body, "<entry>") != 2 {
		t.Errorf("of SYSLOG: %s", body)
	}
}

// The virtual system is vsys1, or the one that the request names.
func TestUserIDOfAVirtualSystem(t *testing.T) {
	t.Parallel()
	fw := start(t, withKey)
	form := uidMessage(`<login><entry name="alice" ip="198.51.100.1"/></login>`)
	ask(t, fw, "POST", "/api/", form, keyHeader)
	form.Set("vsys", "vsys2")
	ask(t, fw, "POST", "/api/", form, keyHeader)
	m := fw.Mappings(panos.DataPlane)
	if len(m) != 2 || m[0].VSys != "vsys1" || m[1].VSys != "vsys2" {
		t.Errorf("mappings %+v", m)
	}
}

func TestUserIDRefusals(t *testing.T) {
	t.Parallel()
	alice := uidMessage(`<login><entry name="alice" ip="198.51.100.1"/></login>`)
	for _, test := range []struct {
		name   string
		change func(*Config)
		form   url.Values
		want   string // in the answer
		code   int
	}{
		{"not XML", nil, userID("login alice"), `<response status="error" code="12"><msg><line>`, 12},
		{"no address", nil, uidMessage(`<login><entry name="alice"/></login>`), `code="12"`, 12},
		{"passive unit", func(c *Config) { c.HA = HA{Mode: ActivePassive, State: HAPassive} }, alice,
			`<response status="error" code="15"><msg><line><![CDATA[this unit is passive]]></line></msg></response>`, 15},
		{"passive unit that takes messages", func(c *Config) { c.HA = HA{Mode: ActivePassive, State: HAPassive, PassiveTakes: true} }, alice,
			`code="15"`, 15},
		{"full table", func(c *Config) { c.MaxMappings = 1 },
			uidMessage(`<login><entry name="alice" ip="198.51.100.1"/><entry name="bob" ip="198.51.100.2"/></login>`),
			`<login><entry name="bob" ip="198.51.100.2" message="Add mapping failed"/></login>`, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fw := start(t, func(c *Config) {
				withKey(c)
				if test.change != nil {
					test.change(c)
				}
			})
			if status, body := ask(t, fw, "POST", "/api/", test.form, keyHeader); status != 200 || !strings.Contains(body, test.want) {
				t.Errorf("%d %s, want %s in it", status, body, test.want)
			}
			if got := last(t, fw, KindRequest).Fields["code"]; got != test.code {
				t.Errorf("recorded code %v", got)
			}
		})
	}
	fw := start(t, withKey)
	if status, body := ask(t, fw, "POST", "/api/", alice, nil); status != 403 || body != refused || rows(fw) != "" {
		t.Errorf("without a key: %d %s, mappings %q", status, body, rows(fw))
	}
}

// A mapping is gone when both tables are cleared of it, and a login brings it back to both.
func TestClear(t *testing.T) {
	t.Parallel()
	fw := start(t, nil)
	conn := dialUDP(t, fw)
	send(t, conn, login("a", "198.51.100.1"))
	send(t, conn, login("b", "198.51.100.2"))
	wait(t, fw, KindMessage, 2)
	for i, step := range []struct{ command, dataplane, management string }{
		{"clear user-cache ip 198.51.100.1", "2", "1 2"},
		{"clear user-cache-mp ip 198.51.100.2", "2", "1"},
		{"clear user-cache-mp ip 198.51.100.1", "2", ""},
		{"clear user-cache all", "", ""},
	} {
		if text, err := fw.CLI(step.command); err != nil || text != "" {
			t.Errorf("%s: %q, %v", step.command, text, err)
		}
		for table, want := range map[panos.Table]string{panos.DataPlane: step.dataplane, panos.ManagementPlane: step.management} {
			var got []string
			for _, m := range fw.Mappings(table) {
				got = append(got, strings.TrimPrefix(m.Address.String(), "198.51.100."))
			}
			if strings.Join(got, " ") != want {
				t.Errorf("step %d: %s has %q, want %q", i+1, table, got, want)
			}
		}
	}
	if got := last(t, fw, KindMappingRemoved).Fields; got["reason"] != "cleared" || got["user"] != `corp\b` || fw.Record().Count(KindMappingRemoved) != 2 {
		t.Errorf("removed %+v", got)
	}
	send(t, conn, login("a", "198.51.100.1"))
	wait(t, fw, KindMessage, 3)
	_, _ = fw.CLI("clear user-cache all")
	send(t, conn, login("a", "198.51.100.1"))
	wait(t, fw, KindMessage, 4)
	wantTable(t, fw, `198.51.100.1 corp\a`)
}

// What a firewall without agents says.
func TestAgentCommands(t *testing.T) {
	t.Parallel()
	fw := start(t, nil)
	for command, want := range map[string]string{
		"show user user-id-agent state all":  "no user-id agent agents\n",
		"show user user-id-agent statistics": "no user-id agent agents\n",
		"show user user-id-service status":   "User id service: down\n",
	} {
		if text, err := fw.CLI(command); err != nil || text != want {
			t.Errorf("%s: %q, %v, want %q", command, text, err, want)
		}
	}
	if _, err := fw.CLI("show redistribution service status"); err == nil || !strings.Contains(err.Error(), "is not simulated") {
		t.Errorf("error %v", err)
	}
}
