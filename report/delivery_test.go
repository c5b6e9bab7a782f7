package report

import (
	"math"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/check"
)

// table draws the table of the messages of one target.
func table(t *testing.T, measures ...check.Measure) string {
	t.Helper()
	p := newPage(TextOptions{})
	p.delivery([]check.Result{{Check: "a", Target: "fw1", Status: check.Pass, Measures: measures}})
	_, rows, _ := strings.Cut(p.String(), "\n")
	return rows
}

func TestDeliveryRows(t *testing.T) {
	t.Parallel()
	second := func(name string, v float64) check.Measure {
		return check.Measure{Name: name, Value: v, Unit: "seconds"}
	}
	for _, row := range []struct {
		name     string
		measures []check.Measure
		want     []string // the fields of the row, then the lines under it
	}{
		{"none", nil, nil},
		{"all", []check.Measure{messages("sent", 3), messages("received", 3), messages("authenticated", 3), messages("mapped", 3), messages("logged-out", 3)}, []string{"fw1 3 3 3 3 3"}},
		{"one known", []check.Measure{messages("received", 0)}, []string{"fw1 – 0 – – –"}},
		{"a fall", []check.Measure{messages("sent", 3), messages("received", 2)}, []string{"fw1 3 ! 2 – – –", "! 1 of 3 sent was not received"}},
		{"a fall over an unknown stage", []check.Measure{messages("sent", 12), messages("mapped", 10)}, []string{"fw1 12 – – ! 10 –", "! 2 of 12 sent were not mapped"}},
		{"a rise is no loss", []check.Measure{messages("sent", 3), messages("received", 9), messages("authenticated", 3)}, []string{"fw1 3 9 ! 3 – –", "! 6 of 9 received were not authenticated"}},
		{"two falls", []check.Measure{messages("sent", 5), messages("received", 4), messages("authenticated", 4), messages("mapped", 1)}, []string{"fw1 5 ! 4 4 ! 1 –", "! 1 of 5 sent was not received", "! 3 of 4 authenticated were not mapped"}},
		{"the last of a name counts", []check.Measure{messages("sent", 5), messages("sent", 6)}, []string{"fw1 6 – – – –"}},
		{"another unit", []check.Measure{{Name: "sent", Value: 3, Unit: "bytes"}}, nil},
		{"not a number", []check.Measure{messages("sent", math.NaN())}, nil},
		{"many", []check.Measure{messages("sent", 1e6), messages("received", 1e20)}, []string{"fw1 1000000 1e+20 – – –"}},
		{"times in ms", []check.Measure{messages("mapped", 1), second("latency-min", 0.0214), second("latency-median", 0.1), second("latency-max", 9.9994)}, []string{"fw1 – – – 1 – 21/100/9999 ms"}},
		{"short times", []check.Measure{messages("mapped", 1), second("latency-min", 0.0001), second("latency-median", 0.00015), second("latency-max", 0.0099)}, []string{"fw1 – – – 1 – 0.1/0.1/9.9 ms"}},
		{"long times", []check.Measure{messages("mapped", 1), second("latency-min", 0), second("latency-median", 2), second("latency-max", 61)}, []string{"fw1 – – – 1 – 0.0/2.0/61.0 s"}},
		{"half of the times", []check.Measure{messages("mapped", 1), second("latency-min", 1), second("latency-max", 2)}, []string{"fw1 – – – 1 –"}},
		{"times that are none", []check.Measure{messages("mapped", 1), second("latency-min", -1), second("latency-median", math.Inf(1)), second("latency-max", math.NaN())}, []string{"fw1 – – – 1 –"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for line := range strings.Lines(table(t, row.measures...)) {
				got = append(got, strings.Join(strings.Fields(line), " "))
			}
			if strings.Join(got, "\n") != strings.Join(row.want, "\n") {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}

func TestDeliveryColumnsStandUnderTheirHeads(t *testing.T) {
	t.Parallel()
	for _, o := range []TextOptions{{}, {ASCII: true}, {Language: "ja"}} {
		out := text(t, lossy(), o)
		var head, row string
		for line := range strings.Lines(out) {
			if row == "" && strings.HasPrefix(line, "fw1/lab-ssl ") {
				row = line
			}
			if strings.Count(line, " → ")+strings.Count(line, " > ") == 4 {
				head = line
			}
		}
		// The last digit of the first number stands under the end of the first head.
		end := stringWidth(strings.TrimRight(head[:strings.IndexAny(head, "→>")], " "))
		number := stringWidth(row[:strings.Index(row, " 12")+3])
		if end != number {
			t.Errorf("%+v: head ends in column %d, its number in %d:\n%s%s", o, end, number, head, row)
		}
	}
}

func TestDeliveryLayout(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		target string
		width  int
		want   []string
	}{
		{"roomy", "fw1/lab-udp", 80, []string{
			"messages     sent → received → authenticated → mapped → logged out  min/med/max",
			"fw1/lab-udp    12         12              12       12           12  21/35/80 ms",
		}},
		{"close", "lab-fw/lab-udp", 80, []string{
			"messages        sent→received→authenticated→mapped→logged out  min/med/max",
			"lab-fw/lab-udp    12       12            12     12         12  21/35/80 ms",
		}},
		{"latency below", "lab-fw/lab-udp-one", 72, []string{
			"messages            sent→received→authenticated→mapped→logged out",
			"lab-fw/lab-udp-one    12       12            12     12         12",
			"  min/med/max: 21/35/80 ms",
		}},
		{"name above", "lab-firewall/lab-udp-one", 70, []string{
			"  sent → received → authenticated → mapped → logged out  min/med/max",
			"lab-firewall/lab-udp-one",
			"    12         12              12       12           12  21/35/80 ms",
		}},
		{"narrow", "fw1/lab-udp", 48, []string{
			"  sent→received→authenticated→mapped→logged out",
			"fw1/lab-udp",
			"    12       12            12     12         12",
			"  min/med/max: 21/35/80 ms",
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			p := newPage(TextOptions{Width: row.width})
			p.delivery(delivered(row.target))
			if got, want := p.String(), strings.Join(row.want, "\n")+"\n"; got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		in   float64
		want string
	}{
		{0, "0"}, {12, "12"}, {100, "100"}, {1.5, "1.5"}, {-3, "-3"}, {0.035, "0.035"}, {999999999, "999999999"},
		{1e15, "1e+15"}, {math.Inf(-1), "-Inf"}, {math.NaN(), "NaN"}, {1e-9, "1e-09"}, {math.Copysign(0, -1), "0"}, {0.02149, "0.0215"}, {499.123456789, "499.123"},
	} {
		if got := number(row.in); got != row.want {
			t.Errorf("number(%v) = %q, want %q", row.in, got, row.want)
		}
	}
}
