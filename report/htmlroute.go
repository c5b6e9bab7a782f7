package report

import (
	"fmt"
	"strings"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
)

// The measures of a drawn route, in the units of its viewBox.
const (
	stopWidth, stopHeight = 128, 58
	linkLength            = 34
	linkDown              = 36
	maxRoutes             = 40
	maxServersNamed       = 6
)

// routeView is a route as the page has it: drawn lying for wide pages, standing for narrow ones.
type routeView struct {
	ID      string // of its title, for screen readers
	Servers string
	Said    string // the whole of it in one sentence
	State   state  // broken if a stop is
	Broken  []brokenView
	Drawn   []routeSVG
}

type brokenView struct{ Stage, Check, Target, Anchor, Said string }

type routeSVG struct {
	Class         string
	Width, Height int
	Stops         []stopView
	Links         []linkView
}

type stopView struct {
	X, Y, W, H     int
	TX, TY, MX, MY int // where its word and its mark stand
	Word, Mark     string
	State          state
}

// linkView is the line between two stops. A broken one has a gap in its middle, with a cross.
type linkView struct {
	X1, Y1, X2, Y2 int
	GX1, GY1       int // where the gap begins and ends
	GX2, GY2       int
	Head           string // the points of the arrow's head
	CX, CY         int
	State          state
}

// routeViews are the routes as the page has them; more is how many are left out.
func (h *html) routeViews(results []check.Result, c causes) (views []routeView, more int) {
	routes := routesOf(results, c)
	if len(routes) > maxRoutes {
		more = len(routes) - maxRoutes
		routes = routes[:maxRoutes]
	}
	for n, r := range routes {
		v := routeView{ID: fmt.Sprintf("route-%d", n+1), State: stateWell, Servers: h.serversOf(r)}
		var words []string
		for _, s := range r.stops {
			word := h.in(r.stages()[s.stage].word)
			words = append(words, word+": "+h.in(stateWords[s.state]))
			if s.state != stateBroken {
				continue
			}
			v.State = stateBroken
			worst := results[s.worst]
			v.Broken = append(v.Broken, brokenView{
				Stage: word, Check: h.safe(worst.Check, maxName), Target: h.safe(worst.Target, maxName),
				Anchor: anchor(s.worst), Said: h.said(worst),
			})
		}
		v.Said = v.Servers + ". " + strings.Join(words, "; ")
		v.Drawn = []routeSVG{h.draw(results, r, false), h.draw(results, r, true)}
		views = append(views, v)
	}
	return views, more
}

// serversOf names the servers of a route: all of them if they are few.
func (h *html) serversOf(r route) string {
	var names []string
	for i, s := range r.servers {
		if i == maxServersNamed {
			names = append(names, h.in(moreServers(len(r.servers)-i)))
			break
		}
		if s == "" {
			s = "-"
		}
		names = append(names, h.safe(s, maxName))
	}
	return strings.Join(names, ", ")
}

// stateWords are what screen readers say, and the legend.
var stateWords = map[state]lang.Text{
	stateWell:      {EN: "well", JA: "正常"},
	stateWarn:      {EN: "warning", JA: "警告"},
	stateBroken:    {EN: "broken here", JA: "ここで途切れています"},
	stateUnreached: {EN: "not reached", JA: "未到達"},
	stateUnasked:   {EN: "not asked", JA: "未確認"},
}

var stateMarks = map[state]string{
	stateWell: "✓", stateWarn: "!", stateBroken: "✗", stateUnreached: "…", stateUnasked: "–",
}

// draw places the stops of a route side by side, or one under the other.
func (h *html) draw(results []check.Result, r route, standing bool) routeSVG {
	dx, dy := stopWidth+linkLength, 0
	g := routeSVG{Class: "lying"}
	if standing {
		dx, dy = 0, stopHeight+linkDown
		g.Class = "standing"
	}
	for n, s := range r.stops {
		v := stopView{
			X: 2 + n*dx, Y: 2 + n*dy, W: stopWidth, H: stopHeight,
			Word: h.in(r.stages()[s.stage].word), Mark: stateMarks[s.state], State: s.state,
		}
		if s.state == stateBroken {
			v.Mark = markOf(results[s.worst].Status).unicode
		}
		v.TX, v.TY, v.MX, v.MY = v.X+v.W/2, v.Y+23, v.X+v.W/2, v.Y+46
		g.Stops = append(g.Stops, v)
		g.Width, g.Height = v.X+v.W+2, v.Y+v.H+2
	}
	for n := range len(r.stops) - 1 {
		g.Links = append(g.Links, drawLink(g.Stops[n], g.Stops[n+1], linkState(r, n), !r.messages, standing))
	}
	return g
}

// linkState is how the link after stop n fares: the link on which a broken stop is come to is
// broken. A message comes from the left, the firewall that monitors from the right; where the way
// begins, the link that leaves it is broken.
func linkState(r route, n int) state {
	from, to, last := r.stops[n], r.stops[n+1], n == 0
	if !r.messages {
		from, to, last = to, from, n == len(r.stops)-2
	}
	switch {
	case to.state == stateBroken, last && from.state == stateBroken:
		return stateBroken
	case to.state == stateUnreached, from.state == stateUnreached:
		return stateUnreached
	case to.state == stateUnasked || from.state == stateUnasked:
		return stateUnasked
	}
	return stateWell
}

// drawLink is the line between two stops, with its head where the way leads.
func drawLink(a, b stopView, s state, backwards, standing bool) linkView {
	l := linkView{State: s}
	if standing {
		x := a.X + a.W/2
		l.X1, l.Y1, l.X2, l.Y2 = x, a.Y+a.H+3, x, b.Y-3
	} else {
		y := a.Y + a.H/2
		l.X1, l.Y1, l.X2, l.Y2 = a.X+a.W+3, y, b.X-3, y
	}
	if backwards {
		l.X1, l.Y1, l.X2, l.Y2 = l.X2, l.Y2, l.X1, l.Y1
	}
	l.CX, l.CY = (l.X1+l.X2)/2, (l.Y1+l.Y2)/2
	ux, uy := sign(l.X2-l.X1), sign(l.Y2-l.Y1)
	const gap, head = 7, 6
	l.GX1, l.GY1, l.GX2, l.GY2 = l.CX-gap*ux, l.CY-gap*uy, l.CX+gap*ux, l.CY+gap*uy
	l.Head = fmt.Sprintf("%d,%d %d,%d %d,%d", l.X2, l.Y2,
		l.X2-head*ux-4*uy, l.Y2-head*uy-4*ux, l.X2-head*ux+4*uy, l.Y2-head*uy+4*ux)
	return l
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}
