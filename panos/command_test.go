package panos

import (
	"strings"
	"testing"
)

// The whole list of what can be sent, word by word: reading commands, mappings by address.
func TestCommandsThatCanBeSent(t *testing.T) {
	t.Parallel()
	var sent, known []string
	for _, spec := range commandSpecs {
		known = append(known, spec.path)
		if spec.sent {
			sent = append(sent, spec.path)
			if !strings.HasPrefix(spec.path, "show ") || (Command{Kind: spec.kind}).Changes() {
				t.Errorf("%q does not only read", spec.path)
			}
		}
	}
	diff(t, sent, []string{
		"show user server-monitor state",
		"show user server-monitor statistics",
		"show user ip-user-mapping ip",
		"show user ip-user-mapping-mp ip",
		"show system info",
		"show clock",
		"show high-availability state",
	})
	diff(t, known, []string{
		"show user server-monitor state",
		"show user server-monitor statistics",
		"show user ip-user-mapping ip",
		"show user ip-user-mapping-mp ip",
		"show user ip-user-mapping all type",
		"show user ip-user-mapping-mp all type",
		"show user ip-user-mapping all",
		"show user ip-user-mapping-mp all",
		"show system info",
		"show clock",
		"show high-availability state",
		"show high-availability all",
		"show user user-id-service status",
		"show user user-id-agent state",
		"show user user-id-agent statistics",
		"show redistribution agent state",
		"show redistribution agent statistics",
		"show redistribution service status",
		"clear user-cache ip",
		"clear user-cache-mp ip",
		"clear user-cache all",
		"clear user-cache-mp all",
	})
}

// A path that begins with another one is found only if it stands before it.
func TestLongerPathsComeFirst(t *testing.T) {
	t.Parallel()
	for i, spec := range commandSpecs {
		for _, later := range commandSpecs[i+1:] {
			if strings.HasPrefix(later.path, spec.path+" ") {
				t.Errorf("%q hides %q", spec.path, later.path)
			}
		}
	}
}

func TestCommandsThatChange(t *testing.T) {
	t.Parallel()
	var changing, young []string
	for _, spec := range commandSpecs {
		c := Command{Kind: spec.kind}
		if c.Changes() {
			changing = append(changing, spec.path)
		}
		if c.Since() != "" {
			young = append(young, c.Since()+" "+spec.path)
		}
	}
	diff(t, changing, []string{"clear user-cache ip", "clear user-cache-mp ip", "clear user-cache all", "clear user-cache-mp all"})
	diff(t, young, []string{"10.0 show redistribution agent state", "10.0 show redistribution agent statistics", "10.0 show redistribution service status"})
}

func TestCommandBothWays(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		command  Command
		xml, cli string
	}{
		{Command{KindState, "all"}, "<show><user><server-monitor><state>all</state></server-monitor></user></show>", "show user server-monitor state all"},
		{Command{KindState, "Server2 <UDP>"}, "<show><user><server-monitor><state>Server2 &lt;UDP&gt;</state></server-monitor></user></show>", `show user server-monitor state "Server2 <UDP>"`},
		{Command{KindState, `a "b`}, "<show><user><server-monitor><state>a &#34;b</state></server-monitor></user></show>", `show user server-monitor state 'a "b'`},
		{Command{KindStatistics, ""}, "<show><user><server-monitor><statistics></statistics></server-monitor></user></show>", "show user server-monitor statistics"},
		{Command{KindMapping, "192.0.2.1"}, "<show><user><ip-user-mapping><ip>192.0.2.1</ip></ip-user-mapping></user></show>", "show user ip-user-mapping ip 192.0.2.1"},
		{Command{KindMappingMP, "2001:db8::1"}, "<show><user><ip-user-mapping-mp><ip>2001:db8::1</ip></ip-user-mapping-mp></user></show>", "show user ip-user-mapping-mp ip 2001:db8::1"},
		{Command{KindMappings, ""}, "<show><user><ip-user-mapping><all></all></ip-user-mapping></user></show>", "show user ip-user-mapping all"},
		{Command{KindMappingsMP, ""}, "<show><user><ip-user-mapping-mp><all></all></ip-user-mapping-mp></user></show>", "show user ip-user-mapping-mp all"},
		{Command{KindSystemInfo, ""}, "<show><system><info></info></system></show>", "show system info"},
		{Command{KindClock, ""}, "<show><clock></clock></show>", "show clock"},
		{Command{KindMappingsOf, "SYSLOG"}, "<show><user><ip-user-mapping><all><type>SYSLOG</type></all></ip-user-mapping></user></show>", "show user ip-user-mapping all type SYSLOG"},
		{Command{KindMappingsMPOf, "XMLAPI"}, "<show><user><ip-user-mapping-mp><all><type>XMLAPI</type></all></ip-user-mapping-mp></user></show>", "show user ip-user-mapping-mp all type XMLAPI"},
		{Command{KindHAState, ""}, "<show><high-availability><state></state></high-availability></show>", "show high-availability state"},
		{Command{KindHAAll, ""}, "<show><high-availability><all></all></high-availability></show>", "show high-availability all"},
		{Command{KindServiceStatus, ""}, "<show><user><user-id-service><status></status></user-id-service></user></show>", "show user user-id-service status"},
		{Command{KindAgentState, "all"}, "<show><user><user-id-agent><state>all</state></user-id-agent></user></show>", "show user user-id-agent state all"},
		{Command{KindAgentStatistics, ""}, "<show><user><user-id-agent><statistics></statistics></user-id-agent></user></show>", "show user user-id-agent statistics"},
		{Command{KindRedistributionState, "hub one"}, "<show><redistribution><agent><state>hub one</state></agent></redistribution></show>", `show redistribution agent state "hub one"`},
		{Command{KindRedistributionStatistics, ""}, "<show><redistribution><agent><statistics></statistics></agent></redistribution></show>", "show redistribution agent statistics"},
		{Command{KindRedistributionStatus, ""}, "<show><redistribution><service><status></status></service></redistribution></show>", "show redistribution service status"},
		{Command{KindClear, "192.0.2.1"}, "<clear><user-cache><ip>192.0.2.1</ip></user-cache></clear>", "clear user-cache ip 192.0.2.1"},
		{Command{KindClearMP, "2001:db8::1"}, "<clear><user-cache-mp><ip>2001:db8::1</ip></user-cache-mp></clear>", "clear user-cache-mp ip 2001:db8::1"},
		{Command{KindClearAll, ""}, "<clear><user-cache><all></all></user-cache></clear>", "clear user-cache all"},
		{Command{KindClearAllMP, ""}, "<clear><user-cache-mp><all></all></user-cache-mp></clear>", "clear user-cache-mp all"},
	} {
		t.Run(row.cli, func(t *testing.T) {
			t.Parallel()
			if got := row.command.XML(); got != row.xml {
				t.Errorf("XML() = %s, want %s", got, row.xml)
			}
			if got := row.command.CLI(); got != row.cli {
				t.Errorf("CLI() = %s, want %s", got, row.cli)
			}
			if got, err := ParseCommand(row.xml); got != row.command || err != nil {
				t.Errorf("ParseCommand(%s) = %+v, %v", row.xml, got, err)
			}
			if got, err := ParseCLI(row.cli); got != row.command || err != nil {
				t.Errorf("ParseCLI(%s) = %+v, %v", row.cli, got, err)
			}
		})
	}
}

func TestParseCommandIsTolerant(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, in string
		want     Command
	}{
		{"empty element in short", "<show><system><info/></system></show>", Command{Kind: KindSystemInfo}},
		{"white space", "\n<show>\n <user>\t<server-monitor ><state > all </state></server-monitor>\n</user></show >\n", Command{KindState, "all"}},
		{"declaration and comment", "<?xml version='1.0'?><!-- x --><show><user><ip-user-mapping><all/></ip-user-mapping></user></show>", Command{Kind: KindMappings}},
		{"address in capitals", "<show><user><ip-user-mapping><ip>2001:DB8:0:0::1</ip></ip-user-mapping></user></show>", Command{KindMapping, "2001:db8::1"}},
		{"CDATA", "<show><user><server-monitor><state><![CDATA[a & b]]></state></server-monitor></user></show>", Command{KindState, "a & b"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if got, err := ParseCommand(row.in); got != row.want || err != nil {
				t.Errorf("ParseCommand(%q) = %+v, %v, want %+v", row.in, got, err, row.want)
			}
		})
	}
}

func TestParseCommandRefuses(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, in, want string }{
		{"nothing", "", "is not XML"},
		{"CLI form", "show system info", "is not XML"},
		{"cut", "<show><system>", "cut short"},
		{"unknown", "<clear><counter><all/></counter></clear>", `command "clear counter all" is not known`},
		{"clear without an address", "<clear><user-cache><ip/></user-cache></clear>", `command "clear user-cache ip": "" is not an IP address`},
		{"no source", "<show><user><ip-user-mapping><all><type/></all></ip-user-mapping></user></show>", `"" is not the source of a mapping`},
		{"two sources", "<show><user><ip-user-mapping><all><type>A B</type></all></ip-user-mapping></user></show>", `"A B" is not the source of a mapping`},
		{"half a path", "<show><user/></show>", `command "show user" is not known`},
		{"longer path", "<show><system><info><x/></info></system></show>", `command "show system info x" is not known`},
		{"options", "<show><user><ip-user-mapping><all/><type>SYSLOG</type></ip-user-mapping></user></show>", `options within "ip-user-mapping" are not known`},
		{"attribute", "<show><system x='1'><info/></system></show>", `options within "system" are not known`},
		{"attribute of the last word", "<show><system><info x='1'/></system></show>", `options within "info" are not known`},
		{"no address", "<show><user><ip-user-mapping><ip>all</ip></ip-user-mapping></user></show>", `"all" is not an IP address`},
		{"no server", "<show><user><server-monitor><state/></server-monitor></user></show>", "name of a server is missing"},
		{"control character", "<show><user><server-monitor><state>a&#10;b</state></server-monitor></user></show>", `"a\nb" is not the name of a server`},
		{"long name", "<show><user><server-monitor><state>" + strings.Repeat("a", 256) + "</state></server-monitor></user></show>", "256 bytes"},
		{"argument too many", "<show><system><info>x</info></system></show>", `takes no argument, got "x"`},
		{"long", strings.Repeat(" ", maxCommand+1), "more than 8192"},
		{"DTD", "<!DOCTYPE a><show><system><info/></system></show>", "DTD"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseCommand(row.in)
			wantError(t, err, row.want)
			if got != (Command{}) {
				t.Errorf("a command as well: %+v", got)
			}
		})
	}
}

func TestParseCLI(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		in   string
		want Command
		err  string
	}{
		{"  show   system\tinfo ", Command{Kind: KindSystemInfo}, ""},
		{"show user server-monitor state lab one", Command{KindState, "lab one"}, ""},
		{`show user server-monitor state "lab one"`, Command{KindState, "lab one"}, ""},
		{"show user ip-user-mapping-mp ip 192.0.2.7", Command{KindMappingMP, "192.0.2.7"}, ""},
		{"show user ip-user-mapping all  type SYSLOG", Command{KindMappingsOf, "SYSLOG"}, ""},
		{"show user ip-user-mapping all user x", Command{}, `takes no argument, got "user x"`},
		{"show system information", Command{}, "is not known"},
		{"show user ip-user-mapping ip", Command{}, "is not an IP address"},
		{"reboot", Command{}, `command "reboot" is not known`},
		{"", Command{}, "is not known"},
	} {
		t.Run(row.in, func(t *testing.T) {
			t.Parallel()
			got, err := ParseCLI(row.in)
			if got != row.want {
				t.Errorf("ParseCLI(%q) = %+v, want %+v", row.in, got, row.want)
			}
			if row.err != "" {
				wantError(t, err, row.err)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestCommandOfNoKind(t *testing.T) {
	t.Parallel()
	if c := (Command{Kind: "reboot", Argument: "now"}); c.XML() != "" || c.CLI() != "" {
		t.Errorf("%+v is written as %q and %q", c, c.XML(), c.CLI())
	}
}
