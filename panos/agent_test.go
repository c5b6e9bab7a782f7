package panos

import "testing"

func TestAgents(t *testing.T) {
	t.Parallel()
	two := []Agent{
		{"hub one", "vsys1", "192.0.2.30", "conn:Ok"},
		{"hub2", "vsys2", "agent2.corp.example", "not-conn:Idle"},
	}
	for _, row := range []struct {
		name, body string
		want       []Agent
	}{
		{"CDATA", string(AppendTextAnswer(nil, sample(t, "agents.txt"))), two},
		{"text within an element", success("<a>" + string(sample(t, "agents.txt")) + "</a>"), two},
		{"our own", string(AppendTextAnswer(nil, AppendAgents(nil, two))), two},
		{"none", string(AppendTextAnswer(nil, sample(t, "agents-none.txt"))), nil},
		{"our own none", string(AppendTextAnswer(nil, AppendAgents(nil, nil))), nil},
		{"nothing", success(""), nil},
		{"entries", string(sample(t, "agents-entries.xml")), []Agent{{"hub1", "vsys1", "192.0.2.30", "connected"}, {"hub2", "", "192.0.2.31", ""}}},
		{"no vsys, no status", success("Agent: x Host: y"), []Agent{{"x", "", "y", ""}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := response(t, row.body).Agents()
			if err != nil {
				t.Fatal(err)
			}
			diff(t, got, row.want)
		})
	}
	for result, want := range map[string]string{
		"Server error":        `begins with "Server error"`,
		"Agent: x(vsys: v)":   `"Agent: x(vsys: v)" is not of the form`,
		"Agent: Host: y":      "is not of the form",
		"<entry><a/></entry>": "entry 1 has no name",
	} {
		_, err := response(t, success(result)).Agents()
		wantError(t, err, "agents: ", want)
	}
}

func TestServiceStatus(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		string(sample(t, "service-status.txt")):     "up",
		"User ID service : Down\n":                  "down",
		string(AppendServiceStatus(nil, "down")):    "down",
		"User id service info:\nUser id service: x": "x",
	} {
		if got, err := ParseServiceStatus([]byte(text)); got != want || err != nil {
			t.Errorf("%q: %q, %v, want %q", text, got, err, want)
		}
	}
	_, err := ParseServiceStatus([]byte("User id service info:\n"))
	wantError(t, err, `"User id service: up"`, `begins with "User id service info:"`)
}
