package library

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// overlap is a line of one profile that another profile reads as well.
type overlap struct{ line, reader, reason string }

// sampleOverlaps are all samples that more than their own profile reads. Whoever attaches
// both profiles of a row to one sender has the message mapped twice.
var sampleOverlaps = []overlap{
	{"palo-alto-example-field-login", "palo-alto-example-regex-login", "the documents explain both kinds of profile by one message"},
	{"palo-alto-example-regex-login", "palo-alto-example-field-login", "the documents explain both kinds of profile by one message"},
	{"packetfence-start-login", "packetfence-login", "the proposed line is the shipped one with a word before it"},
}

// negativeOverlaps are all messages that must not map by the profiles of their vendor, and
// that another vendor's profile maps.
var negativeOverlaps = []overlap{
	{"packetfence-login", "cisco-asa-anyconnect-login", "the line is the ASA's: PacketFence's resembles it, evidently on purpose"},
}

func lines(rows []overlap) (pairs [][2]string) {
	for _, r := range rows {
		pairs = append(pairs, [2]string{r.line, r.reader})
	}
	return sorted(pairs)
}

func sorted(pairs [][2]string) [][2]string {
	slices.SortFunc(pairs, func(a, b [2]string) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	return slices.Compact(pairs)
}

// The table is exact: a row too few is a message mapped by surprise, a row too many a
// warning about nothing.
func TestSamplesOverlapAsListed(t *testing.T) {
	t.Parallel()
	all := wholeLibrary(t)
	var got [][2]string
	for _, p := range everyProfile() {
		for _, sample := range p.Samples {
			for _, user := range usersOf(p.Name) {
				for _, address := range addresses {
					for _, m := range all.match(render(t, sample.Message, values(user, address))) {
						if m.Profile != p.Name {
							got = append(got, [2]string{p.Name, m.Profile})
						}
					}
				}
			}
		}
	}
	if diff := gocmp.Diff(lines(sampleOverlaps), sorted(got)); diff != "" {
		t.Errorf("samples that another profile reads too (-listed +found):\n%s", diff)
	}
}

// Login and logout of one vendor are held apart: no message of the one is read by the other.
func TestNoLoginIsALogout(t *testing.T) {
	t.Parallel()
	for _, row := range sampleOverlaps {
		line, ok1 := Find(row.line)
		reader, ok2 := Find(row.reader)
		if !ok1 || !ok2 || line.Event != reader.Event {
			t.Errorf("%s (%s) is read by %s (%s)", row.line, line.Event, row.reader, reader.Event)
		}
	}
}

func TestNothingThatMustNotMapMaps(t *testing.T) {
	t.Parallel()
	all := wholeLibrary(t)
	var got [][2]string
	for _, v := range All() {
		for _, p := range v.Profiles {
			if len(p.MustNotMap) == 0 {
				t.Errorf("%s has no message that it must not map", p.Name)
			}
			for i, n := range p.MustNotMap {
				if n.Why == "" {
					t.Errorf("%s: must-not-map %d does not say why", p.Name, i)
				}
				for _, address := range addresses {
					line := render(t, n.Message, values("uidprobe-0001", address))
					for _, m := range all.match(line) {
						if strings.HasPrefix(m.Profile, v.Name+"-") {
							t.Errorf("%s: must-not-map %d (%s) is mapped: %+v\nline: %s", p.Name, i, n.Why, m, line)
							continue
						}
						got = append(got, [2]string{p.Name, m.Profile})
					}
				}
			}
		}
	}
	if diff := gocmp.Diff(lines(negativeOverlaps), sorted(got)); diff != "" {
		t.Errorf("negatives that another vendor's profile maps (-listed +found):\n%s", diff)
	}
}

func TestOverlapsSayWhy(t *testing.T) {
	t.Parallel()
	for _, row := range slices.Concat(sampleOverlaps, negativeOverlaps) {
		if row.reason == "" {
			t.Errorf("%s is read by %s for no reason", row.line, row.reader)
		}
	}
}
