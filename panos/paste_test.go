package panos

import (
	"strings"
	"testing"
	"time"
)

func samplePaste() Paste {
	return Paste{
		State: &ServerMonitorState{UDP: ServiceEnabled, SSL: ServiceDisabled, Senders: []SenderState{{
			Name: "ISE (lab)", VSys: "vsys2", Address: addr("2001:db8::15"), LogMessages: 12, AuthSuccess: 7, Connections: &Connections{1, 3},
		}}},
		Statistics: &ServerMonitorStatistics{Syslog: []ServerStatus{{"ISE (lab)", "SSL", "2001:db8::15", "vsys2", "Not connected"}}},
		HA: &HighAvailability{Enabled: true, Mode: "Active-Passive", LocalState: "passive", LocalLast: "1 days",
			PeerState: "active", PeerLast: "1 days", PeerConnection: "up"},
		Mappings: []PastedMappings{
			{Command: Command{KindMappingMP, "198.51.100.7"}, Mappings: []Mapping{{addr("198.51.100.7"), "vsys2", "SYSLOG", `corp\alice`, 2577 * time.Second, 2577 * time.Second}}},
			{Command: Command{KindMapping, "198.51.100.7"}, Said: "Nothing known of that one"},
			{Command: Command{KindMappingsOf, "SYSLOG"}, Mappings: []Mapping{{addr("198.51.100.8"), "vsys2", "SYSLOG", `corp\bob`, 2697 * time.Second, 2697 * time.Second}}},
		},
	}
}

func TestPasteOfATerminal(t *testing.T) {
	t.Parallel()
	got, err := ParsePaste(sample(t, "paste.txt"))
	if err != nil {
		t.Fatal(err)
	}
	diff(t, got, samplePaste())
}

// Without prompts and commands the outputs begin where their first lines are.
func TestPasteOfBareOutputs(t *testing.T) {
	t.Parallel()
	state, statistics, table := string(sample(t, "state.txt")), string(sample(t, "statistics.txt")), string(sample(t, "mapping-wide.txt"))
	one, ha := string(sample(t, "mapping-one.txt")), string(sample(t, "ha-passive.txt"))
	wantTable, err := ParseMappings([]byte(table))
	if err != nil {
		t.Fatal(err)
	}
	wantOne, err := ParseMappings([]byte(one))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, text string
		want       Paste
	}{
		{"state", state, Paste{State: &sampleState}},
		{"statistics, then state", statistics + state, Paste{State: &sampleState, Statistics: &sampleStatistics}},
		{"all", "words before\n" + table + ha + state + one + statistics, Paste{
			State: &sampleState, Statistics: &sampleStatistics, HA: &samplePassive,
			Mappings: []PastedMappings{{Mappings: wantTable}, {Mappings: wantOne}},
		}},
		{"tables in a row", table + table + one + one, Paste{
			Mappings: []PastedMappings{{Mappings: wantTable}, {Mappings: wantTable}, {Mappings: wantOne}, {Mappings: wantOne}},
		}},
		{"state in capitals", strings.ReplaceAll(state, "Syslog Listener Service", "SYSLOG LISTENER SERVICE"), Paste{State: &sampleState}},
		{"no HA", "HA not enabled\n", Paste{HA: &HighAvailability{}}},
		{"only a head without title", "Name Connection Host Vsys Status\nSyslog1 UDP 192.0.2.40 vsys1 N/A\n",
			Paste{Statistics: &ServerMonitorStatistics{Syslog: sampleStatistics.Syslog[:1]}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := ParsePaste([]byte(row.text))
			if err != nil {
				t.Fatal(err)
			}
			diff(t, got, row.want)
		})
	}
}

func TestPasteWithCommands(t *testing.T) {
	t.Parallel()
	block := func(name string) string {
		return "Proxy: " + name + "(vsys: vsys1) Host: " + name + "(192.0.2.1)\nnumber of log messages: 1\nnumber of auth. success messages: 1\n"
	}
	senders := func(names ...string) *ServerMonitorState {
		s := &ServerMonitorState{}
		for _, name := range names {
			s.Senders = append(s.Senders, SenderState{Name: name, VSys: "vsys1", Address: addr("192.0.2.1"), LogMessages: 1, AuthSuccess: 1})
		}
		return s
	}
	mapping := []Mapping{{addr("192.0.2.1"), "vsys1", "SYSLOG", "u", time.Second, Never}}
	const head, mappingRow = "IP Vsys From User IdleTimeout(s) MaxTimeout(s)\n", "192.0.2.1 vsys1 SYSLOG u 1 Never\n"
	for _, row := range []struct {
		name, text string
		want       Paste
	}{
		{"two servers, one by one", "a@fw> show user server-monitor state a\n" + block("a") + "a@fw> show user server-monitor state b\n" + block("b"), Paste{State: senders("a", "b")}},
		{"command without a prompt", "show user ip-user-mapping-mp all\n" + head + mappingRow, Paste{Mappings: []PastedMappings{{Command: Command{Kind: KindMappingsMP}, Mappings: mapping}}}},
		{"row without a head", "show user ip-user-mapping all\n" + mappingRow, Paste{Mappings: []PastedMappings{{Command: Command{Kind: KindMappings}, Mappings: mapping}}}},
		{"tables of several vsys under one command", "a@fw> show user ip-user-mapping all\n" + head + mappingRow + head + mappingRow, Paste{Mappings: []PastedMappings{
			{Command: Command{Kind: KindMappings}, Mappings: mapping}, {Command: Command{Kind: KindMappings}, Mappings: mapping}}}},
		{"abbreviated command", "a@fw> sh us ip-user-mapping all\n" + head + mappingRow, Paste{Mappings: []PastedMappings{{Mappings: mapping}}}},
		{"command that was typed twice, answered once", "a@fw> show user server-monitor state all\na@fw> show user server-monitor state all\n" + block("a"), Paste{State: senders("a")}},
		{"output of another command is passed over", block("a") + "a@fw> show counter global\nnumber of log messages: 7\nnumber of log messages: x\n", Paste{State: senders("a")}},
		{"the last one", "a@fw> show high-availability state\nHA not enabled\na@fw> show high-availability all\nLocal Information:\nState: active\n",
			Paste{HA: &HighAvailability{Enabled: true, LocalState: "active"}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := ParsePaste([]byte(row.text))
			if err != nil {
				t.Fatal(err)
			}
			diff(t, got, row.want)
		})
	}
}

func TestPasteErrors(t *testing.T) {
	t.Parallel()
	state := string(sample(t, "state.txt"))
	for _, row := range []struct {
		name, text string
		want       []string
	}{
		{"nothing", "", []string{"paste: expected", "the text is empty"}},
		{"something else", "a@fw> show clock\nMon Nov 23\n", []string{`"show user server-monitor state all"`, `"show high-availability state"`, `begins with "show clock"`}},
		{"only commands", "a@fw> show user server-monitor state all\na@fw>\n", []string{"paste: expected"}},
		{"before and after", state + state, []string{"line 1: ", `sender "Server1" is there twice: keep the outputs of one moment`}},
		{"before and after, with prompts", "a@fw> show user server-monitor state all\n" + state + "a@fw> show user server-monitor state all\n" + state, []string{"line 14: ", `sender "Server1" is there twice`}},
		{"a service changed", "UDP Syslog Listener Service is enabled\na@fw>\nUDP Syslog Listener Service is disabled\n", []string{"line 3: ", "a listener service changed"}},
		{"broken off", "x\n" + state[:len(state)-30], []string{"line 2: ", `sender "Server2 UDP"`, "number of auth. success messages is missing"}},
		{"server error", "a@fw> show user server-monitor state all\nServer error : timed out\n", []string{"line 1: ", `begins with "Server error : timed out"`}},
		{"half a table under a command by address", "a@fw> show user ip-user-mapping ip 192.0.2.1\nIP Vsys From User IdleTimeout(s) MaxTimeout(s)\n192.0.2.1 vsys1\n", []string{"line 1: ", `row "192.0.2.1 vsys1"`}},
		{"words under a command for all", "a@fw> show user ip-user-mapping all\nnothing\n", []string{"line 1: mappings: expected"}},
		{"long", strings.Repeat(" ", MaxPaste+1), []string{"8388609 bytes: more than 8388608"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := ParsePaste([]byte(row.text))
			wantError(t, err, row.want...)
			boundedErrorOf(t, err)
			diff(t, got, Paste{})
		})
	}
}

// A long paste is read in a time that grows with its length only: otherwise this would not
// come to an end.
func TestPasteOfManyLines(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	text := strings.Repeat("show me\n\nIP address: x\n", size/23)
	_, err := ParsePaste([]byte(text))
	wantError(t, err, "line 3: mappings: ")
	_, err = ParsePaste([]byte(strings.Repeat("a", size)))
	wantError(t, err, "paste: expected")
}
