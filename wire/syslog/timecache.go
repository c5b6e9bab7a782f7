package syslog

import "time"

// TimeCache remembers how the last second was printed: formatting a time costs more than
// all the rest of a message. The zero value is empty and ready for use.
type TimeCache struct {
	layout string
	second int64
	zone   *time.Location
	text   []byte
}

func (c *TimeCache) append(dst []byte, t time.Time, layout string) []byte {
	if second := t.Unix(); second != c.second || t.Location() != c.zone || layout != c.layout {
		c.layout, c.second, c.zone = layout, second, t.Location()
		c.text = t.AppendFormat(c.text[:0], layout)
	}
	return append(dst, c.text...)
}

// wholeSeconds says whether two times within one second print alike. Fractions are the
// only fields of a layout that are finer, and two fractions without a digit in common
// print differently in each of them.
func wholeSeconds(layout string) bool {
	at := func(nanosecond int) string {
		return time.Date(2026, 7, 5, 12, 0, 0, nanosecond, time.UTC).Format(layout)
	}
	return at(0) == at(999_999_999)
}
