package syslog

import (
	"testing"
	"time"
)

// With and without a cache the messages are the same, whatever changes between them.
func TestTimeCache(t *testing.T) {
	t.Parallel()
	var templates []*Template
	for _, text := range []string{"${time:rfc3164}", "${time:rfc3339}", "${time:15:04:05.000} ${time:rfc3164}", "${time:15:04:05.999}", "${time:-07:00 05,9}", "${time:2006-01-02} ${time:rfc3164}"} {
		tmpl, err := ParseTemplate(text)
		if err != nil {
			t.Fatal(err)
		}
		templates = append(templates, tmpl)
	}
	cache := &TimeCache{}
	start := time.Date(2026, 7, 5, 12, 0, 0, 0, time.UTC)
	for i, step := range []time.Time{
		start, start.Add(time.Nanosecond), start.Add(999 * time.Millisecond), start.Add(time.Second), start.Add(time.Second),
		start.Add(time.Second).In(tokyo), start, start.Add(-time.Second), {}, time.Unix(0, 0), time.Unix(0, 5e8).UTC(),
	} {
		for _, tmpl := range templates {
			for range 2 {
				want := string(tmpl.Append(nil, &Values{Time: step}))
				if got := string(tmpl.Append(nil, &Values{Time: step, Cache: cache})); got != want {
					t.Errorf("step %d, %s: %q with a cache, %q without", i, tmpl, got, want)
				}
			}
		}
	}
}

func TestWholeSeconds(t *testing.T) {
	t.Parallel()
	for layout, want := range map[string]bool{
		time.Stamp: true, time.RFC3339: true, time.StampMilli: false, time.RFC3339Nano: false, "15:04:05.9": false, "05,000": false, "": true,
	} {
		if got := wholeSeconds(layout); got != want {
			t.Errorf("wholeSeconds(%q) = %v, want %v", layout, got, want)
		}
	}
}
