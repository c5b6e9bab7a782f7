package report

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
)

// A report that is handed on names no people. A disguise gives each of them another name, the same
// wherever it stands: "corp\alice" is corp\user-1 in the whole report. The users of the test and
// the accounts that the targets name keep theirs: of these the report speaks. Secrets are another
// matter: who makes a result has taken them out.
type disguise struct {
	off   bool
	keep  map[string]bool   // lower-case names that stay
	names map[string]string // lower-case name: what stands in its place
	// hidden are the names in the order in which they were met.
	hidden []string
}

// Where names stand. The middle group is the name.
var people = []*regexp.Regexp{
	regexp.MustCompile(`()([A-Za-z0-9][A-Za-z0-9._-]*)(@[A-Za-z0-9][A-Za-z0-9-]*\.[A-Za-z0-9.-]+)`),    // alice@corp.example
	regexp.MustCompile(`(\b[A-Za-z0-9][A-Za-z0-9._-]+\\{1,2})([^\s"'<>\\,;:()\[\]{}|=/@]+)()`),         // corp\alice
	regexp.MustCompile(`(?i)((?:\buser(?:-?name)?|\blogin)\s*=\s*["']?)([^\s"'<>\\,;()\[\]{}|=@]+)()`), // User-Name=alice
	regexp.MustCompile(`(?i)(<user(?:-?name)?>)([^<\\@]+)(<)`),                                         // <user>alice</user>
}

// escape is the end of an escape sequence as reports show it: a\x1b is no user x1b.
var escape = regexp.MustCompile(`^(?:x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})|^[nrt]$`)

// newDisguise prepares to hide whom the results name; show leaves every name as it is.
func newDisguise(show bool, results []check.Result) *disguise {
	d := &disguise{off: show, keep: map[string]bool{}, names: map[string]string{}}
	for _, r := range results {
		d.keep[strings.ToLower(r.Check)] = true // "kerberos.port@dc1.corp.example" is no user
		name := r.Target[strings.LastIndexByte(r.Target, '/')+1:]
		if i := strings.LastIndexByte(name, '\\'); i >= 0 {
			name = name[i+1:]
		}
		if account, _, ok := strings.Cut(name, "@"); ok || account != r.Target {
			d.keep[strings.ToLower(account)] = true
		}
	}
	return d
}

// text hides the names in a text.
func (d *disguise) text(s string) string {
	if d.off || !strings.ContainsAny(s, `\@=<`) {
		return s
	}
	for _, where := range people {
		s = replaceMiddle(where, s, d.nameFor)
	}
	return s
}

// nameFor is what stands in the place of a name.
func (d *disguise) nameFor(before, name string) string {
	key := strings.ToLower(name)
	switch {
	case d.keep[key], strings.HasPrefix(key, "uidprobe"), standIn.MatchString(name):
		return name
	case strings.HasSuffix(before, `\`) && escape.MatchString(name):
		return name
	}
	if d.names[key] == "" {
		d.hidden = append(d.hidden, key)
		d.names[key] = fmt.Sprintf("user-%d", len(d.hidden))
	}
	return d.names[key]
}

var standIn = regexp.MustCompile(`^user-[0-9]+$`)

// replaceMiddle replaces the second group of each match. A name behind a slash belongs to a
// service, as in HTTP/dc1@CORP.EXAMPLE, or to a target.
func replaceMiddle(where *regexp.Regexp, s string, name func(before, name string) string) string {
	var b strings.Builder
	done := 0
	for _, at := range where.FindAllStringSubmatchIndex(s, -1) {
		from, to := at[4], at[5]
		b.WriteString(s[done:from])
		done = to
		if from > 0 && s[from-1] == '/' {
			b.WriteString(s[from:to])
			continue
		}
		b.WriteString(name(s[:from], s[from:to]))
	}
	return b.String() + s[done:]
}

// result hides the names in a result. IDs and words of the program are as they are.
func (d *disguise) result(r check.Result) check.Result {
	if d.off {
		return r
	}
	r.Target, r.Summary, r.Hint = d.text(r.Target), d.text(r.Summary), d.text(r.Hint)
	r.Title = lang.Text{EN: d.text(r.Title.EN), JA: d.text(r.Title.JA)}
	if r.CausedBy != nil {
		r.CausedBy = &check.Ref{Check: r.CausedBy.Check, Target: d.text(r.CausedBy.Target)}
	}
	r.Evidence = slices.Clone(r.Evidence)
	for i, e := range r.Evidence {
		r.Evidence[i] = check.Evidence{Name: d.text(e.Name), Text: d.text(field(e.Text))}
	}
	r.Measures = slices.Clone(r.Measures)
	for i := range r.Measures {
		r.Measures[i].Name = d.text(r.Measures[i].Name)
	}
	return r
}

// results hides the names in all results.
func (d *disguise) results(results []check.Result) []check.Result {
	out := make([]check.Result, 0, len(results))
	for _, r := range results {
		out = append(out, d.result(r))
	}
	return out
}
