package panos

import (
	"net/url"
	"strings"
	"testing"
)

var samplePassive = HighAvailability{
	Enabled: true, Mode: "Active-Passive", LocalState: "passive", LocalLast: "19 days",
	PeerState: "active", PeerLast: "18 days", PeerConnection: "up", RunningSync: "synchronized",
}

// timeless is what the XML holds of it.
func timeless(h HighAvailability) HighAvailability {
	h.LocalLast, h.PeerLast = "", ""
	return h
}

func TestHighAvailabilityFromText(t *testing.T) {
	t.Parallel()
	local := HighAvailability{Enabled: true, LocalState: "active"}
	for _, row := range []struct {
		name, text string
		want       HighAvailability
	}{
		{"whole", string(sample(t, "ha-passive.txt")), samplePassive},
		{"our own", string(sample(t, "ha-own.txt")), samplePassive},
		{"off", string(sample(t, "ha-off.txt")), HighAvailability{}},
		{"KB article", "Group 1:\nMode: Active-Passive\nLocal Information:\nVersion: 1\nMode: Active-Passive\nState: passive (last 1 days)\nDevice Information:\n",
			HighAvailability{Enabled: true, Mode: "Active-Passive", LocalState: "passive", LocalLast: "1 days"}},
		{"no duration", "Local Information:\nState: active\n", local},
		{"state outside", "State: passive\nLocal Information:\nState: active\n", local},
		{"half a duration", "Local Information:\nState: active (last 3\n", HighAvailability{Enabled: true, LocalState: "active (last 3"}},
		{"mode of the unit", "Local Information:\nMode: Active-Active\nState: active-primary\n",
			HighAvailability{Enabled: true, Mode: "Active-Active", LocalState: "active-primary"}},
		{"mode of the peer is none of ours", "Local Information:\nState: active\nPeer Information:\nMode: Active-Passive\n", local},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseHighAvailability([]byte(row.text))
			if err != nil {
				t.Fatal(err)
			}
			diff(t, got, row.want)
		})
	}
	_, err := ParseHighAvailability([]byte("Group 1:\n  Mode: Active-Passive\n"))
	wantError(t, err, "high availability", "HA not enabled", `begins with "Group 1:"`)
}

func TestHighAvailabilityIsWritten(t *testing.T) {
	t.Parallel()
	for file, got := range map[string][]byte{
		"ha-own.txt":     samplePassive.AppendText(nil),
		"ha-off.txt":     HighAvailability{}.AppendText(nil),
		"ha-passive.xml": append(AppendHighAvailabilityAnswer(nil, samplePassive), '\n'),
		"ha-off.xml":     append(AppendHighAvailabilityAnswer(nil, HighAvailability{Mode: "Active-Passive"}), '\n'),
	} {
		diff(t, string(got), string(sample(t, file)))
	}
	alone := HighAvailability{Enabled: true, LocalState: "active"}
	diff(t, string(alone.AppendText([]byte("X"))), "XGroup 1:\n  Local Information:\n    State: active\n")
}

func TestHighAvailabilityFromResponse(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, body string
		want       HighAvailability
	}{
		{"group", string(sample(t, "ha-passive.xml")), timeless(samplePassive)},
		{"off", string(sample(t, "ha-off.xml")), HighAvailability{}},
		{"odd quotes", strings.Replace(string(sample(t, "ha-off.xml")), `status="success"`, "status = 'success'", 1), HighAvailability{}},
		{"off, with a group", success("<enabled>no</enabled><group><local-info><state>initial</state></local-info></group>"), HighAvailability{}},
		{"without a group", strings.NewReplacer("<group>", "", "</group>", "").Replace(string(sample(t, "ha-passive.xml"))), timeless(samplePassive)},
		{"mode of the unit", success("<enabled>yes</enabled><group><local-info><mode>Active-Passive</mode><state>active</state></local-info></group>"),
			HighAvailability{Enabled: true, Mode: "Active-Passive", LocalState: "active"}},
		{"CDATA", string(AppendTextAnswer(nil, sample(t, "ha-passive.txt"))), samplePassive},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := response(t, row.body).HighAvailability()
			if err != nil {
				t.Fatal(err)
			}
			diff(t, got, row.want)
		})
	}
	for result, want := range map[string]string{
		"":                               `enabled is "", and local-info/state is missing`,
		"<enabled>yes</enabled><group/>": `enabled is "yes", and local-info/state is missing`,
		"<enabled>1</enabled><local-info><state>active</state></local-info>": `enabled is "1", neither "yes" nor "no"`,
	} {
		_, err := response(t, success(result)).HighAvailability()
		wantError(t, err, want)
	}
}

func TestPassive(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		ha   HighAvailability
		want bool
	}{
		{samplePassive, true},
		{HighAvailability{LocalState: "passive"}, false},
		{HighAvailability{Enabled: true, LocalState: "active"}, false},
		{HighAvailability{Enabled: true, LocalState: "suspended"}, false},
	} {
		if got := row.ha.Passive(); got != row.want {
			t.Errorf("%+v: passive %v", row.ha, got)
		}
	}
}

// A firewall behind a manager is asked like any other, with its serial number.
func TestClientThroughAManager(t *testing.T) {
	t.Parallel()
	server := newAPI(t, xmlAnswer(sample(t, "ha-passive.xml")))
	c := server.client(t, func(config *ClientConfig) { config.Target = "0123456789" })
	got, err := c.HighAvailability(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	diff(t, got, timeless(samplePassive))
	diff(t, server.all()[0].form, url.Values{
		"type": {"op"}, "target": {"0123456789"},
		"cmd": {"<show><high-availability><state></state></high-availability></show>"},
	})
}

// What a manager answers about a device that is not connected is not published: any error
// of it is an APIError with its own words.
func TestClientThroughAManagerThatCannotReachIt(t *testing.T) {
	t.Parallel()
	server := newAPI(t, xmlAnswer(AppendErrorAnswer(nil, ErrorInLines, 0, "0123456789 not connected")))
	c := server.client(t, func(config *ClientConfig) { config.Target = "0123456789" })
	_, err := c.HighAvailability(t.Context())
	wantError(t, err, c.Host()+`: show high-availability state: the firewall answered error: "0123456789 not connected"`)
	if IsUnauthorized(err) || IsNotFound(err) || FailureOf(err) != "" {
		t.Errorf("%v is taken for something it is not", err)
	}
}
