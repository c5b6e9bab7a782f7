package report

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
)

// maxBars is how many targets a chart has: those of which a test tells the most come first.
const maxBars = 24

// chartView is a chart of one row for each target.
type chartView struct {
	ID, Title, Said string
	Width, Height   int
	Rows            []chartRow
	Axis            []tick
	MoreWords       string   // how many targets are left out
	Bottom, Foot    int      // of the axis: the end of its lines, the line of its words
	Head            []string // of the table that says the same
}

type tick struct {
	X    int
	Word string
}

// chartRow is a target: bars, and a line with three ticks where it has a spread.
type chartRow struct {
	Name   string
	Y      int
	Bars   []bar
	Values []string // for the table
}

// bar is a number drawn as a length.
type bar struct {
	X, Y, W, H     int
	TX, TY         int
	Word, Value    string
	Class          string
	Spread         bool
	X1, X2, XM, YM int // of a spread: shortest, longest, middle
}

const (
	chartWidth  = 720
	chartLabel  = 16 // height of the target's name
	barHeight   = 14
	barGap      = 3
	wordColumn  = 112 // the stage's name
	valueColumn = 112
)

// counterChart draws how many messages came how far, a bar for each stage.
func (h *html) counterChart(results []check.Result) *chartView {
	ways := waysOf(results)
	if len(ways) == 0 {
		return nil
	}
	slices.SortStableFunc(ways, func(a, b way) int { return lossOf(b) - lossOf(a) })
	v := &chartView{ID: "chart-messages", Title: h.in(chartMessages), Width: chartWidth, Head: []string{h.in(headTarget)}}
	for _, s := range stages {
		v.Head = append(v.Head, h.in(s.word))
	}
	y := 0
	for i, w := range ways {
		if i == maxBars {
			v.MoreWords = h.in(moreRows(len(ways) - i))
			break
		}
		row := chartRow{Name: h.safe(w.target, maxName), Y: y + chartLabel - 4}
		y += chartLabel
		most := 0.0
		for _, n := range w.numbers {
			if n != nil {
				most = max(most, *n)
			}
		}
		var before *float64
		for n, value := range w.numbers {
			if value == nil {
				row.Values = append(row.Values, h.unknown())
				continue
			}
			row.Values = append(row.Values, number(*value))
			b := bar{
				X: wordColumn, Y: y, W: lengthOf(*value, most, chartWidth-wordColumn-valueColumn), H: barHeight,
				TY: y + barHeight - 3, Word: h.in(stages[n].word), Value: number(*value), Class: "full",
			}
			b.TX = b.X + b.W + 6
			if before != nil && *value < *before {
				b.Class = "loss"
			}
			row.Bars = append(row.Bars, b)
			before = value
			y += barHeight + barGap
		}
		y += 8
		v.Rows = append(v.Rows, row)
	}
	v.Height = max(y, 1)
	v.Said = v.Title
	return v
}

// lossOf is 1 for a way on which messages went missing.
func lossOf(w way) int {
	var before *float64
	for _, n := range w.numbers {
		if n != nil && before != nil && *n < *before {
			return 1
		}
		if n != nil {
			before = n
		}
	}
	return 0
}

// spread is the shortest, middle and longest of something that was timed.
type spread struct {
	name           string
	least, mid, up float64
}

// timeChart draws times on one axis from 0, in milliseconds or seconds.
func (h *html) timeChart(id string, title lang.Text, spreads []spread) *chartView {
	if len(spreads) == 0 {
		return nil
	}
	slices.SortStableFunc(spreads, func(a, b spread) int {
		switch {
		case a.up > b.up:
			return -1
		case a.up < b.up:
			return 1
		}
		return strings.Compare(a.name, b.name)
	})
	v := &chartView{ID: id, Title: h.in(title), Said: h.in(title), Width: chartWidth}
	if len(spreads) > maxBars {
		v.MoreWords = h.in(moreRows(len(spreads) - maxBars))
		spreads = spreads[:maxBars]
	}
	unit, scale := "ms", 1e3
	if spreads[0].up >= 10 {
		unit, scale = "s", 1
	}
	single := !slices.ContainsFunc(spreads, func(s spread) bool { return s.least != s.up })
	v.Head = []string{h.in(headTarget), h.in(headLatency) + " (" + unit + ")"}
	if single {
		v.Head[1] = unit
	}
	most := niceTop(spreads[0].up * scale)
	length := chartWidth - valueColumn - 20
	at := func(value float64) int { return 10 + lengthOf(value*scale, most, length) }
	y := 0
	for _, s := range spreads {
		row := chartRow{Name: h.safe(s.name, maxName), Y: y + chartLabel - 4}
		y += chartLabel
		words := digits3(s.up * scale)
		if !single {
			words = digits3(s.least*scale) + " / " + digits3(s.mid*scale) + " / " + digits3(s.up*scale)
		}
		b := bar{
			X: 10, Y: y, W: at(s.up) - 10, H: barHeight, TX: at(s.up) + 8, TY: y + barHeight - 3, Value: words, Class: "time",
			Spread: !single, X1: at(s.least), X2: at(s.up), XM: at(s.mid), YM: y + barHeight/2,
		}
		row.Bars, row.Values = []bar{b}, []string{words}
		v.Rows = append(v.Rows, row)
		y += barHeight + 8
	}
	for n := range 5 {
		value := most * float64(n) / 4
		v.Axis = append(v.Axis, tick{at(value / scale), digits3(value)})
	}
	v.Axis[4].Word += " " + unit
	v.Height, v.Bottom, v.Foot = y+20, y, y+14
	return v
}

// latencies are the times from a message to its mapping.
func latencies(results []check.Result) (list []spread) {
	for _, r := range results {
		least, a := r.Measure("latency-min")
		mid, b := r.Measure("latency-median")
		up, c := r.Measure("latency-max")
		if a && b && c && timed(least) && timed(mid) && timed(up) && least <= mid && mid <= up {
			list = append(list, spread{r.Target, least, mid, up})
		}
	}
	return list
}

// answers are how long peers took to answer.
func answers(results []check.Result) (list []spread) {
	for _, r := range results {
		for _, m := range r.Measures {
			how, ok := strings.CutPrefix(m.Name, "answer-")
			if !ok && m.Name != "connect" && m.Name != "ocsp" && m.Name != "crl" || m.Unit != "seconds" || !timed(m.Value) {
				continue
			}
			list = append(list, spread{r.Target + " " + how, m.Value, m.Value, m.Value})
		}
	}
	return list
}

// timed says whether a measure can be a time.
func timed(v float64) bool { return v >= 0 && v < 1e9 }

// lengthOf is a value as a length, of which most is all.
func lengthOf(value, most float64, all int) int {
	if !(most > 0) || !(value > 0) {
		return 0
	}
	return int(math.Round(min(value/most, 1) * float64(all)))
}

// niceTop is the next number above v that an axis can be cut in four from.
func niceTop(v float64) float64 {
	if !(v > 0) || math.IsInf(v, 0) {
		return 1
	}
	ten := math.Pow(10, math.Floor(math.Log10(v)))
	for _, n := range []float64{1, 2, 4, 8, 10} {
		if v <= n*ten {
			return n * ten
		}
	}
	return 10 * ten
}

// digits3 is a number with three digits, without an exponent.
func digits3(v float64) string {
	digits := 0
	switch {
	case v == 0:
	case v < 1:
		digits = 3
	case v < 10:
		digits = 2
	case v < 100:
		digits = 1
	}
	s := strconv.FormatFloat(v, 'f', digits, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}
