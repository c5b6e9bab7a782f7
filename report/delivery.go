package report

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
)

// way is how the test messages of one target fared.
type way struct {
	target  string
	numbers []*float64 // one a stage, nil where it is not known
	latency string
}

// delivery draws the table of the messages: how many were sent, received, authenticated,
// mapped and logged out again, and under a row where some went missing.
func (p *page) delivery(results []check.Result) {
	ways := waysOf(results)
	if len(ways) == 0 {
		return
	}
	p.gap()
	head := []string{p.in(headMessages)}
	for _, s := range stages {
		head = append(head, p.in(s.word))
	}
	if slices.ContainsFunc(ways, func(w way) bool { return w.latency != "" }) {
		head = append(head, p.in(headLatency))
	}
	rows := [][]string{head}
	for _, w := range ways {
		rows = append(rows, p.row(w)[:len(head)])
	}
	l := p.layoutOf(rows)
	for i, row := range rows {
		p.tableLine(row, l, i == 0)
		if i > 0 {
			p.losses(ways[i-1])
		}
	}
}

// waysOf finds the targets that have numbers of messages. Of several measures of the same
// name the last counts: later checks know more.
func waysOf(results []check.Result) (ways []way) {
	for _, r := range results {
		for _, m := range r.Measures {
			stage := slices.IndexFunc(stages, func(s struct {
				measure string
				word    lang.Text
			}) bool {
				return s.measure == m.Name
			})
			if stage < 0 || m.Unit != "messages" || math.IsNaN(m.Value) {
				continue
			}
			if len(ways) == 0 || ways[len(ways)-1].target != r.Target {
				ways = append(ways, way{target: r.Target, numbers: make([]*float64, len(stages))})
			}
			ways[len(ways)-1].numbers[stage] = &m.Value
		}
	}
	for i := range ways {
		ways[i].latency = latency(results, ways[i].target)
	}
	return ways
}

// latency is the shortest, middle and longest time from a message to its mapping, in one
// unit; "" when they were not measured.
func latency(results []check.Result, target string) string {
	var times [3]time.Duration
	found := 0
	for _, r := range results {
		if r.Target != target {
			continue
		}
		for i, name := range []string{"latency-min", "latency-median", "latency-max"} {
			if v, ok := r.Measure(name); ok && v >= 0 && v < 1e9 {
				times[i] = time.Duration(v * float64(time.Second))
				found |= 1 << i
			}
		}
	}
	if found != 1<<len(times)-1 {
		return ""
	}
	unit, name, digits := time.Millisecond, " ms", 0
	switch {
	case times[2] >= 10*time.Second:
		unit, name, digits = time.Second, " s", 1
	case times[2] < 10*time.Millisecond:
		digits = 1
	}
	var words []string
	for _, t := range times {
		words = append(words, strconv.FormatFloat(float64(t)/float64(unit), 'f', digits, 64))
	}
	return strings.Join(words, "/") + name
}

// number is a measured value, short: whole numbers in full, others with three decimals,
// or three digits where they are below 1.
func number(v float64) string {
	switch abs := math.Abs(v); {
	case abs == 0:
		return "0"
	case abs < 1:
		return strconv.FormatFloat(v, 'g', 3, 64)
	case abs < 1e15:
		return strings.TrimRight(strings.TrimRight(strconv.FormatFloat(v, 'f', 3, 64), "0"), ".")
	}
	return strconv.FormatFloat(v, 'g', 6, 64)
}

// lossMark stands before a number that is smaller than the one before it.
const lossMark = "! "

// row is the cells of a target.
func (p *page) row(w way) []string {
	cells := []string{p.safe(w.target, p.o.Width-len("… (9999999 bytes)"))}
	var before *float64
	for _, n := range w.numbers {
		switch {
		case n == nil:
			cells = append(cells, p.unknown())
			continue
		case before != nil && *n < *before:
			cells = append(cells, lossMark+number(*n))
		default:
			cells = append(cells, number(*n))
		}
		before = n
	}
	if w.latency == "" {
		return append(cells, p.unknown())
	}
	return append(cells, w.latency)
}

// unknown stands for a number that was not measured.
func (p *page) unknown() string { return p.glyph("–", "-") }

// losses says in words where messages went missing.
func (p *page) losses(w way) {
	last := -1
	for i, n := range w.numbers {
		if n == nil {
			continue
		}
		if last >= 0 && *n < *w.numbers[last] {
			all := *w.numbers[last]
			p.wrapped("  ! ", p.in(lost(number(all-*n), number(all), last, i)), p.paint(red))
		}
		last = i
	}
}
