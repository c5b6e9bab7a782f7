package symptom

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/uidprobe/uidprobe/lang"
)

func TestTableIsComplete(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, s := range All() {
		t.Run(s.ID, func(t *testing.T) {
			if seen[s.ID] {
				t.Error("stands twice in the table")
			}
			seen[s.ID] = true
			for name, text := range map[string]lang.Text{"title": s.Title, "meaning": s.Meaning} {
				if !text.Complete() {
					t.Errorf("%s is %+v: want it in every language", name, text)
				}
			}
			for _, text := range append(append([]lang.Text{}, s.Causes...), s.Remedies...) {
				if !text.Complete() {
					t.Errorf("%+v: want it in every language", text)
				}
			}
			if !s.Normal && s.ShownWith == "" && (len(s.Causes) == 0 || len(s.Remedies) == 0) {
				t.Error("is not normal and has no cause or no remedy")
			}
			if s.ShownWith != "" {
				if _, ok := Find(s.ShownWith); !ok {
					t.Errorf("is shown with %q, which is not in the table", s.ShownWith)
				}
			}
			switch s.Confidence {
			case "documented", "example", "inferred", "recalled":
			default:
				t.Errorf("confidence %q is not a mark of the facts", s.Confidence)
			}
			if !strings.HasPrefix(s.Article, "https://") {
				t.Errorf("article %q is not an address", s.Article)
			}
		})
	}
	for _, id := range []string{ // the rows of the vendor's article about syslog senders
		"syslog.status.not-available", "syslog.status.connected", "syslog.status.not-connected",
		"syslog.listener.enabled",
		"syslog.counters.no-log-messages", "syslog.counters.no-auth-success",
		"syslog.counters.no-active-connections", "syslog.counters.no-connections-made",
	} {
		if !seen[id] {
			t.Errorf("row %s of the article is missing", id)
		}
	}
}

// A symptom's pattern finds its own golden text, and no other golden text that does not
// show it too.
func TestPatternsFindTheirGoldens(t *testing.T) {
	t.Parallel()
	shownToo := map[string]string{ // golden text → a second symptom that it rightly shows
		"syslog.listener.disabled":            "syslog.listener.enabled",         // the other listener
		"syslog.counters.no-log-messages":     "syslog.counters.no-auth-success", // nothing in, nothing matched
		"syslog.counters.no-connections-made": "*",
	}
	for _, s := range All() {
		pattern := regexp.MustCompile(s.Pattern)
		if !pattern.MatchString(s.Golden()) {
			t.Errorf("%s: pattern %q does not find\n%s", s.ID, s.Pattern, s.Golden())
		}
		for _, other := range All() {
			too := shownToo[other.ID]
			if other.ID == s.ID || too == s.ID || too == "*" {
				continue
			}
			if pattern.MatchString(other.Golden()) {
				t.Errorf("%s: pattern %q finds the golden text of %s", s.ID, s.Pattern, other.ID)
			}
		}
	}
}

func TestEveryGoldenHasARow(t *testing.T) {
	t.Parallel()
	files, err := os.ReadDir("golden")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if _, ok := Find(strings.TrimSuffix(f.Name(), ".txt")); !ok {
			t.Errorf("golden/%s belongs to no symptom", f.Name())
		}
	}
}

// A caller that changes what it was given changes nobody else's table.
func TestTableIsTheCallers(t *testing.T) {
	t.Parallel()
	All()[0].ID = "changed"
	if _, ok := Find("changed"); ok {
		t.Error("a caller can change the table")
	}
	if (Symptom{ID: "of.nobody", Pattern: "."}).ShownIn("text") {
		t.Error("a symptom that is not in the table is shown")
	}
}
