package dc

import (
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/wire/wsman"
)

func sampleRow() row {
	return newRow(classEvents, number("EventCode", 4624), text("Logfile", "Security"), number("RecordNumber", 1007),
		wsman.Property{Name: "TimeGenerated", Values: []string{"2026-11-23T10:00:00Z"}, Datetime: true}, text("User"))
}

// A query chooses rows as WMI does.
func TestWQLChooses(t *testing.T) {
	t.Parallel()
	for where, want := range map[string]bool{
		"Logfile='Security'":                                true,
		`logfile = "SECURITY"`:                              true,
		"Logfile<>'Security'":                               false,
		"Logfile!='System'":                                 true,
		"EventCode=4624":                                    true,
		"EventCode='4624'":                                  true,
		"EventCode=4625 OR EventCode = 4624":                true,
		"EventCode>=4700":                                   false,
		"EventCode<4700 AND RecordNumber>1006":              true,
		"RecordNumber > 999":                                true, // as a number: as a text it would not be
		"(EventCode=1 OR EventCode=4624) AND Logfile='x'":   false,
		"EventCode=4624 OR EventCode=1 AND Logfile='x'":     true, // AND binds closer
		"NOT EventCode=4624":                                false,
		"NOT (EventCode=1)":                                 true,
		"TimeGenerated>='20261123100000.000000-000'":        true,
		"TimeGenerated>'20261123100000.000000-000'":         false,
		"TimeGenerated>='20261123110000.000000+060'":        true,
		"TimeGenerated<'2026-11-23T10:00:01Z'":              true,
		"User='x'":                                          false,
		"User<>'x'":                                         false, // nothing is known of null
		"Nothing=1":                                         false,
		`Logfile='Se\curity'`:                               true,
		"EventCode = 4624 and logfile = 'security'":         true,
		"RecordNumber>=1007 AND RecordNumber<=1007":         true,
		"EventCode>-1":                                      true,
		"(((((EventCode=4624))))) AND (Logfile='Security')": true,
	} {
		q, err := parseWQL("SELECT * FROM Win32_NTLogEvent WHERE " + where)
		if err != nil {
			t.Errorf("%s: %v", where, err)
			continue
		}
		if got := q.where(sampleRow()); got != want {
			t.Errorf("%s: %t, want %t", where, got, want)
		}
	}
}

// What is asked for is given, in that order, and in the row's own spelling.
func TestWQLGivesProperties(t *testing.T) {
	t.Parallel()
	q, err := parseWQL("select recordnumber , Logfile from win32_ntlogevent")
	if err != nil || q.where != nil || !strings.EqualFold(q.class, classEvents) {
		t.Fatalf("%+v, %v", q, err)
	}
	item := q.chosen(sampleRow())
	if len(item.Properties) != 2 || item.Properties[0].Name != "RecordNumber" || item.Properties[1].Name != "Logfile" || item.Class != "" {
		t.Errorf("%+v", item)
	}
	if q, err = parseWQL("SELECT * FROM Win32_NTLogEvent"); err != nil || q.chosen(sampleRow()).Class != classEvents {
		t.Errorf("%+v, %v", q, err)
	}
}

// Anything else is refused with the word at which it is no query.
func TestWQLRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                      "it ends where SELECT is due",
		"DELETE FROM x":                         `"DELETE" where SELECT is due`,
		"SELECT FROM x":                         `"FROM" where a property is due`,
		"SELECT a,FROM x":                       `"FROM" where a property is due`,
		"SELECT a b FROM x":                     `"b" where FROM is due`,
		"SELECT * FROM":                         "it ends where a class is due",
		"SELECT * FROM a.b":                     `"a.b" where a class is due`,
		"SELECT * FROM x y":                     `"y" where the end is due`,
		"SELECT * FROM x WHERE":                 "it ends where a property is due",
		"SELECT * FROM x WHERE a":               "it ends where a comparison is due",
		"SELECT * FROM x WHERE a LIKE 'b%'":     `"LIKE" where a comparison is due`,
		"SELECT * FROM x WHERE a IS NULL":       `"IS" where a comparison is due`,
		"SELECT * FROM x WHERE a=b":             `"b" where a number or a string in quotes is due`,
		"SELECT * FROM x WHERE a=":              "it ends where a number or a string in quotes is due",
		"SELECT * FROM x WHERE (a=1":            "it ends where ) is due",
		"SELECT * FROM x WHERE a=1 AND":         "it ends where a property is due",
		"SELECT * FROM x WHERE a='b":            "a quote does not end",
		"SELECT * FROM x WHERE a '=' 1":         `"=" where a comparison is due`,
		"SELECT 'a' FROM x":                     `"a" where a property is due`,
		"SELECT * FROM x WHERE a=1 a=2":         `"a" where the end is due`,
		"SELECT * FROM x WHERE a<>1 ORDER BY a": `"ORDER" where the end is due`,
		"SELECT * FROM x WHERE " + strings.Repeat("(", 100) + "a=1": "it is nested too deeply",
	} {
		if _, err := parseWQL(text); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// Whatever a client asks, it is answered or refused.
func FuzzWQL(f *testing.F) {
	for _, text := range []string{
		eventsWQL, "SELECT * FROM x WHERE NOT (a>='20261123100000.000000-000' OR b<>\"c\\\"\") AND d!=1", "select", "'", "((((", "SELECT * FROM é WHERE a=99999999999999999999",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := parseWQL(text)
		switch {
		case err != nil && err.Error() == "":
			t.Error("refused without a word")
		case err == nil && q.class == "":
			t.Error("a query of no class")
		case err == nil && q.where != nil:
			q.where(sampleRow())
		}
	})
}
