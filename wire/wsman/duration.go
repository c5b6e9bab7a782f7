package wsman

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// FormatDuration writes an xs:duration as Windows' clients do, "PT60.000S", with more digits only where they count.
func FormatDuration(d time.Duration) string {
	seconds, rest := d/time.Second, d%time.Second
	if rest%time.Millisecond == 0 {
		return fmt.Sprintf("PT%d.%03dS", seconds, rest/time.Millisecond)
	}
	return fmt.Sprintf("PT%d.%09dS", seconds, rest)
}

var durationParts = regexp.MustCompile(`^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d+))?S)?)?$`)

// ParseDuration reads an xs:duration of days and less, such as "PT1M30S", to the nanosecond. Months and years, which
// have no fixed length, and negative ones are refused, and those of more than a century.
func ParseDuration(s string) (time.Duration, error) {
	parts := durationParts.FindStringSubmatch(s)
	if parts == nil || strings.HasSuffix(s, "P") || strings.HasSuffix(s, "T") {
		return 0, fmt.Errorf("duration %.60q: it is none of XML Schema with days, hours, minutes and seconds", s)
	}
	const longest = math.MaxInt64 / 2
	var sum time.Duration
	for i, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second} {
		if parts[i+1] == "" {
			continue
		}
		n, err := strconv.ParseInt(parts[i+1], 10, 64)
		if err != nil || n > int64((longest-sum)/unit) {
			return 0, fmt.Errorf("duration %.60q: it is longer than a century", s)
		}
		sum += time.Duration(n) * unit
	}
	nanos, _ := strconv.Atoi((parts[5] + "000000000")[:9]) // digits, says the expression
	return sum + time.Duration(nanos), nil
}
