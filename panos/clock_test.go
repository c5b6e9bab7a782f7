package panos

import (
	"bytes"
	"testing"
	"time"
)

var evening = time.Date(2026, 11, 23, 18, 20, 20, 0, time.UTC)

func TestParseClock(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, text string
		want       Clock
		err        string
	}{
		{"the answer", "Mon Nov 23 18:20:20 JST 2026\n", Clock{evening, "JST"}, ""},
		{"in a terminal", "admin@fw1> show clock\r\n\r\nMon Nov 23 18:20:20 JST 2026\r\n\r\nadmin@fw1> ", Clock{evening, "JST"}, ""},
		{"a difference for a zone", "Mon Nov 23 18:20:20 +03 2026", Clock{evening, "+03"}, ""},
		{"system info", "hostname: fw1\ntime: Mon Nov 23 18:20:20 2026\n", Clock{evening, ""}, ""},
		{"a day below ten", "Mon Nov  2 18:20:20 UTC 2026", Clock{evening.AddDate(0, 0, -21), "UTC"}, ""},
		{"no such day", "Mon Feb 30 18:20:20 UTC 2026", Clock{}, `clock: "Mon Feb 30 18:20:20 UTC 2026" is no time`},
		{"no such hour", "Mon Nov 23 28:20:20 UTC 2026", Clock{}, `clock: "Mon Nov 23 28:20:20 UTC 2026" is no time`},
		{"none", "Invalid syntax.", Clock{}, `clock: expected a time such as "Mon Nov 23 18:20:20 JST 2026", but the text begins with "Invalid syntax."`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseClock([]byte(row.text))
			if errText(err) != row.err || got != row.want {
				t.Errorf("got %+v, %q\nwant %+v, %q", got, errText(err), row.want, row.err)
			}
		})
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestClockAt(t *testing.T) {
	t.Parallel()
	const hour, minute = time.Hour, time.Minute
	for _, row := range []struct {
		name, zone string
		near       time.Duration // of another clock, from evening
		want       time.Duration
		exact      bool
	}{
		{"a zone that is one", "JST", 0, -9 * hour, true},
		{"the same, another clock is far away", "JST", 3 * hour, -9 * hour, true},
		{"a difference", "+0530", 0, -5*hour - 30*minute, true},
		{"a difference in hours", "-03", 0, 3 * hour, true},
		{"a difference that is no zone's", "+15", 6 * minute, 0, false},
		{"India, Israel or Ireland", "IST", -5*hour - 30*minute - 6*minute, -5*hour - 30*minute, false},
		{"six minutes ahead, no zone", "", 8*hour - 6*minute, 8 * hour, false},
		{"ten minutes ahead look like five behind", "", 8*hour - 10*minute, 8*hour - 15*minute, false},
		{"days apart: no zone makes up for it", "", -48 * hour, -14 * hour, false},
		{"days apart the other way", "", 48 * hour, 12 * hour, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			at, exact := Clock{evening, row.zone}.At(evening.Add(row.near))
			if at.Sub(evening) != row.want || exact != row.exact {
				t.Errorf("got %v, exact %t; want %v, %t", at.Sub(evening), exact, row.want, row.exact)
			}
		})
	}
}

// A test that takes the zones from the system's database, so that no line of ours is a guess.
func TestZonesAreThoseOfTheDatabase(t *testing.T) {
	t.Parallel()
	for zone, place := range map[string]string{
		"UTC": "UTC", "BST": "Europe/London", "WEST": "Europe/Lisbon", "WET": "Europe/Lisbon", "CET": "Europe/Paris", "CEST": "Europe/Paris",
		"EET": "Europe/Helsinki", "EEST": "Europe/Helsinki", "GMT": "Europe/London",
		"MSK": "Europe/Moscow", "SAST": "Africa/Johannesburg", "JST": "Asia/Tokyo", "KST": "Asia/Seoul", "HKT": "Asia/Hong_Kong",
		"WIB": "Asia/Jakarta", "WITA": "Asia/Makassar", "WIT": "Asia/Jayapura", "AEST": "Australia/Sydney", "AEDT": "Australia/Sydney",
		"ACST": "Australia/Adelaide", "ACDT": "Australia/Adelaide", "AWST": "Australia/Perth", "NZST": "Pacific/Auckland", "NZDT": "Pacific/Auckland",
		"ChST": "Pacific/Guam", "EST": "America/New_York", "EDT": "America/New_York", "MDT": "America/Denver", "MST": "America/Denver",
		"PDT": "America/Los_Angeles", "AKST": "America/Anchorage", "AKDT": "America/Anchorage", "HST": "Pacific/Honolulu",
		"NST": "America/St_Johns", "NDT": "America/St_Johns",
	} {
		location, err := time.LoadLocation(place)
		if err != nil {
			t.Skipf("no time zone database here: %v", err)
		}
		found := false
		for _, month := range []time.Month{time.January, time.July} {
			noon := time.Date(2026, month, 1, 12, 0, 0, 0, location)
			if name, offset := noon.Zone(); name == zone {
				found = true
				if zones[zone] != time.Duration(offset)*time.Second {
					t.Errorf("%s is %v, in %s it is %ds", zone, zones[zone], place, offset)
				}
				if at, exact := ClockAt(noon).At(evening); !at.Equal(noon) || !exact {
					t.Errorf("%s: %v came back as %v, exact %t", place, noon, at, exact)
				}
			}
		}
		if _, known := zones[zone]; !known || !found {
			t.Errorf("%s: known %t, seen in %s %t", zone, known, place, found)
		}
	}
}

func TestClockBothWays(t *testing.T) {
	t.Parallel()
	for _, c := range []Clock{
		{evening, "JST"}, {evening, ""}, {evening, "+0545"}, {time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), "UTC"},
	} {
		text := c.AppendText(nil)
		if got, err := ParseClock(text); got != c || err != nil {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
		r, err := ParseResponse(AppendClockAnswer(nil, c))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := r.Clock(); got != c || err != nil {
			t.Errorf("XML of %q: %+v, %v", text, got, err)
		}
	}
	if got, want := string(Clock{evening, "JST"}.AppendText(nil)), "Mon Nov 23 18:20:20 JST 2026\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	r, err := ParseResponse([]byte("<response status='success'><result><clock>Mon Nov 23 18:20:20 JST 2026</clock></result></response>"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := r.Clock(); got != (Clock{evening, "JST"}) || err != nil {
		t.Errorf("in an element: %+v, %v", got, err)
	}
}

func FuzzParseClock(f *testing.F) {
	f.Add([]byte("Mon Nov 23 18:20:20 JST 2026\n"))
	f.Add([]byte("time: Mon Nov  2 18:20:20 2026"))
	f.Add([]byte("Sun Dec 31 23:59:60 +0545 9999"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := ParseClock(text)
		if err != nil {
			return
		}
		again, err := ParseClock(c.AppendText(nil))
		if err != nil || again != c {
			t.Errorf("%q is read as %+v, printed and read again as %+v, %v", bytes.TrimSpace(text), c, again, err)
		}
		c.At(evening)
	})
}
