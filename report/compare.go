package report

import (
	"regexp"
	"strings"

	"github.com/uidprobe/uidprobe/check"
)

// Comparison is what two runs say of the same site. Everything in it is in the order of a
// report; what a difference explains is counted with it and not listed by itself.
type Comparison struct {
	Broke   []Difference // was well, or was not there, and is not well now
	Mended  []Difference // was not well and is now
	Changed []Difference // another status, symptom or summary on the same side of ready
	New     []Difference // was not asked before, and is well, warns, or explains nothing
	Gone    []Difference // was asked before and is no longer
	Same    int          // how many are as they were
}

// Difference is one check at one target, before and after. One of the two is nil where the
// check is not in that report.
type Difference struct {
	Before, After *check.Result
	// Explains is how many other results of the report after are as they are because of this
	// one, and differ from what they were.
	Explains int
}

// Ref names the check: as the later report has it, if it has it.
func (d Difference) Ref() check.Ref {
	if d.After != nil {
		return d.After.Ref()
	}
	return d.Before.Ref()
}

// Worse says whether the second run is worse than the first: something broke, or something that
// had to be asked could not be asked again.
func (c Comparison) Worse() bool {
	if len(c.Broke) > 0 {
		return true
	}
	for _, d := range c.Gone {
		if d.After != nil && d.After.Finding() {
			return true
		}
	}
	return false
}

// Compare says what became of each check between two runs. Results are matched by check and
// target; what is left over on both sides is matched by check and server, port and address of the
// target left out, where that leaves no choice. A summary in which only numbers differ has not
// changed. failOnWarn makes a warning count as not well.
func Compare(before, after []check.Result, failOnWarn bool) Comparison {
	before, after = ordered(before), ordered(after)
	pairs := match(before, after)
	j := comparer{after: after, causes: untangle(after), failOnWarn: failOnWarn, explains: map[int]int{}}
	var kinds []kind
	for _, p := range pairs {
		kinds = append(kinds, j.kindOf(p))
	}
	j.fold(pairs, kinds)
	var c Comparison
	for n, p := range pairs {
		d := Difference{Before: p.before, After: p.after, Explains: j.explains[p.at]}
		switch kinds[n] {
		case broke:
			c.Broke = append(c.Broke, d)
		case mended:
			c.Mended = append(c.Mended, d)
		case changed:
			c.Changed = append(c.Changed, d)
		case added:
			c.New = append(c.New, d)
		case gone:
			c.Gone = append(c.Gone, d)
		case same:
			c.Same++
		}
	}
	return c
}

// kind is what became of a check.
type kind int

const (
	same kind = iota
	broke
	mended
	changed
	added
	gone
	explained // different because of another difference, with which it is counted
)

// comparer judges pairs of results.
type comparer struct {
	after      []check.Result
	causes     causes
	failOnWarn bool
	explains   map[int]int // of a result after, by index
}

func (j comparer) kindOf(p pair) kind {
	asked := func(r *check.Result) bool { return r != nil && r.Status != check.Skip }
	switch {
	case p.after == nil:
		if !p.before.Finding() && p.before.Status == check.Skip {
			return same // it was left out, and nobody misses it
		}
		return gone
	case p.after.Status == check.Skip && asked(p.before):
		return gone
	case !asked(p.before) && !asked(p.after):
		if p.after.Finding() && (p.before == nil || !p.before.Finding()) {
			return broke // it had to be asked and was not
		}
		return same
	case !asked(p.before) && j.well(*p.after):
		if p.before != nil && p.before.Finding() {
			return mended
		}
		return added
	case !asked(p.before):
		return broke
	case j.well(*p.before) != j.well(*p.after):
		if j.well(*p.after) {
			return mended
		}
		return broke
	case p.before.Status != p.after.Status, p.before.Symptom != p.after.Symptom,
		p.after.Status != check.Pass && numberless(*p.before) != numberless(*p.after):
		return changed
	}
	return same
}

// well says whether a result that was asked is well.
func (j comparer) well(r check.Result) bool {
	return r.Status == check.Pass || r.Status == check.Warn && !j.failOnWarn
}

// fold counts what differs because of another difference with that one: a fault that keeps ten
// checks from being asked is one thing that broke.
func (j comparer) fold(pairs []pair, kinds []kind) {
	differs := map[int]bool{}
	for n, p := range pairs {
		if p.after != nil && (kinds[n] == broke || kinds[n] == changed || kinds[n] == gone) {
			differs[p.at] = true
		}
	}
	for n, p := range pairs {
		if p.after == nil || kinds[n] != broke && kinds[n] != gone && kinds[n] != changed {
			continue
		}
		if root, ok := j.causes.root[p.at]; ok && differs[root] {
			kinds[n] = explained
			j.explains[root]++
		}
	}
}

// pair is a check in both reports; at is its index in the later one.
type pair struct {
	before, after *check.Result
	at            int
}

// match pairs the results, in the order of the later report; what only the earlier one has
// follows.
func match(before, after []check.Result) []pair {
	of := make([]int, len(after)) // the index before, or -1
	taken := make([]bool, len(before))
	for i := range of {
		of[i] = -1
	}
	matchBy(before, after, of, taken, false, func(r check.Result) check.Ref { return r.Ref() })
	matchBy(before, after, of, taken, true, func(r check.Result) check.Ref {
		return check.Ref{Check: r.Check, Target: serverOf(r.Target)}
	})
	var pairs []pair
	for i := range after {
		p := pair{after: &after[i], at: i}
		if of[i] >= 0 {
			p.before = &before[of[i]]
		}
		pairs = append(pairs, p)
	}
	for i := range before {
		if !taken[i] {
			pairs = append(pairs, pair{before: &before[i], at: -1})
		}
	}
	return pairs
}

// matchBy pairs what has the same key and is not paired yet: the first with the first, or only
// where there is one on either side.
func matchBy(before, after []check.Result, of []int, taken []bool, alone bool, key func(check.Result) check.Ref) {
	left := map[check.Ref][]int{}
	for i, r := range before {
		if !taken[i] {
			left[key(r)] = append(left[key(r)], i)
		}
	}
	wanted := map[check.Ref]int{}
	for i, r := range after {
		if of[i] < 0 {
			wanted[key(r)]++
		}
	}
	for i, r := range after {
		k := key(r)
		if of[i] >= 0 || len(left[k]) == 0 || alone && (len(left[k]) > 1 || wanted[k] > 1) {
			continue
		}
		of[i] = left[k][0]
		taken[of[i]] = true
		left[k] = left[k][1:]
	}
}

var (
	durations = regexp.MustCompile(`\b(?:\d+(?:\.\d+)?(?:h|ms|µs|ns|m|s))+\b`)
	digits    = regexp.MustCompile(`\b[0-9a-f]*[0-9][0-9a-f]*\b|[0-9]+`)
)

// numberless is what a result says, without its numbers.
func numberless(r check.Result) string {
	said := strings.TrimPrefix(r.Summary, r.Target+": ")
	said = durations.ReplaceAllString(said, "#")
	return digits.ReplaceAllString(said, "#")
}
