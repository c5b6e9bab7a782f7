package panos

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Clock is the answer to "show clock": what a clock on the firewall's wall would show.
type Clock struct {
	// Local is date and time of day as printed, to the second. Its location is UTC, which is
	// not what it means: see At.
	Local time.Time
	// Zone is the abbreviation of the firewall's time zone, "JST", or a difference such as
	// "+03". Empty where none was printed, as in the time of "show system info".
	Zone string
}

// clockForm is how date(1) prints a time. That "show clock" does is recalled; so are the blank in
// place of a zero before a day, and the zone.
const clockForm = "Mon Jan _2 15:04:05 "

// AppendText appends the answer to "show clock" as the CLI prints it.
func (c Clock) AppendText(dst []byte) []byte {
	dst = c.Local.AppendFormat(dst, clockForm)
	if c.Zone != "" {
		dst = append(append(dst, c.Zone...), ' ')
	}
	return append(c.Local.AppendFormat(dst, "2006"), '\n')
}

// ClockAt is what a firewall in t's time zone prints at t.
func ClockAt(t time.Time) Clock {
	zone, _ := t.Zone()
	return Clock{Local: time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC), Zone: zone}
}

// clockLine finds a time within a line: what stands around it differs.
var clockLine = regexp.MustCompile(
	`\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +(\d{1,2}) (\d\d:\d\d:\d\d)(?: ([A-Za-z]{1,6}|[+-]\d{2}(?::?\d{2})?))? (\d{4})\b`)

// ParseClock reads what "show clock" prints, whatever a terminal added, or the time of "show
// system info". The first time in the text counts; a text without one is an error.
func ParseClock(text []byte) (Clock, error) {
	for _, line := range lines(text) {
		m := clockLine.FindStringSubmatch(line[:min(len(line), maxTableLine)])
		if m == nil {
			continue
		}
		local, err := time.Parse("Jan 2 15:04:05 2006", strings.Join([]string{m[2], m[3], m[4], m[6]}, " "))
		if err != nil {
			return Clock{}, fmt.Errorf("clock: %q is no time", clip(m[0], excerptLength))
		}
		return Clock{Local: local, Zone: m[5]}, nil
	}
	return Clock{}, notThere("clock", `a time such as "Mon Nov 23 18:20:20 JST 2026"`, text)
}

// At is the instant that the clock shows. exact says that the zone tells it: the same abbreviation
// stands for several zones, or for none that is known here. Otherwise the instant is the one
// nearest to another clock's, near, that a zone could make of it. Zones are whole quarters of an
// hour apart: a difference to near comes out right while it is below seven and a half minutes, and
// too small by whole quarters beyond.
func (c Clock) At(near time.Time) (at time.Time, exact bool) {
	if offset, known := zoneOffset(c.Zone); known {
		return c.Local.Add(-offset), true
	}
	const quarter = 15 * time.Minute
	offset := c.Local.Sub(near).Round(quarter)
	offset = min(max(offset, westmost), eastmost)
	return c.Local.Add(-offset), false
}

// The bounds of what zones there are.
const (
	westmost = -12 * time.Hour
	eastmost = 14 * time.Hour
)

// zones are abbreviations that stand for one difference alone in the whole time zone database. CST, CDT,
// PST and IST stand for several, AST did.
var zones = map[string]time.Duration{
	"UTC": 0, "GMT": 0, "BST": time.Hour, "WET": 0, "WEST": time.Hour, "CET": time.Hour, "CEST": 2 * time.Hour,
	"EET": 2 * time.Hour, "EEST": 3 * time.Hour, "MSK": 3 * time.Hour, "SAST": 2 * time.Hour,
	"JST": 9 * time.Hour, "KST": 9 * time.Hour, "HKT": 8 * time.Hour, "WIB": 7 * time.Hour, "WITA": 8 * time.Hour, "WIT": 9 * time.Hour,
	"AEST": 10 * time.Hour, "AEDT": 11 * time.Hour, "ACST": 9*time.Hour + 30*time.Minute, "ACDT": 10*time.Hour + 30*time.Minute, "AWST": 8 * time.Hour,
	"NZST": 12 * time.Hour, "NZDT": 13 * time.Hour, "ChST": 10 * time.Hour,
	"EST": -5 * time.Hour, "EDT": -4 * time.Hour, "MDT": -6 * time.Hour, "MST": -7 * time.Hour,
	"PDT": -7 * time.Hour, "AKST": -9 * time.Hour, "AKDT": -8 * time.Hour, "HST": -10 * time.Hour,
	"NST": -3*time.Hour - 30*time.Minute, "NDT": -2*time.Hour - 30*time.Minute,
}

var zoneNumber = regexp.MustCompile(`^([+-])(\d\d):?(\d\d)?$`)

// zoneOffset is how far a zone is ahead of UTC.
func zoneOffset(zone string) (time.Duration, bool) {
	if offset, known := zones[zone]; known {
		return offset, true
	}
	m := zoneNumber.FindStringSubmatch(zone)
	if m == nil {
		return 0, false
	}
	offset, err := time.ParseDuration(m[1] + m[2] + "h" + cmp.Or(m[3], "0") + "m")
	return offset, err == nil && offset >= westmost && offset <= eastmost
}

// AppendClockAnswer appends the answer to "show clock": the text, directly in the result (as a
// public script cuts it out of there).
func AppendClockAnswer(dst []byte, c Clock) []byte {
	dst = append(dst, successOpen...)
	dst = appendEscaped(dst, string(bytes.TrimRight(c.AppendText(nil), "\n")))
	return append(append(dst, '\n'), responseClose...)
}

// Clock reads the result of "show clock", as text or as text in an element.
func (r Response) Clock() (Clock, error) {
	if len(bytes.TrimSpace([]byte(r.Result.Text))) > 0 {
		return ParseClock([]byte(r.Result.Text))
	}
	return ParseClock(r.Result.allText())
}

// Clock asks for the firewall's clock.
func (c *Client) Clock(ctx context.Context) (clock Clock, err error) {
	err = c.op(ctx, Command{Kind: KindClock}, func(r Response) error {
		clock, err = r.Clock()
		return err
	})
	return clock, err
}
