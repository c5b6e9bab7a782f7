package simulate

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// eventQuery is what is asked of the events.
type eventQuery struct {
	since  uint64
	kinds  []string // none: all
	follow bool
}

func parseEventQuery(values url.Values) (q eventQuery, err error) {
	known := []string{"since", "kind", "follow"}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !slices.Contains(known, name) {
			return q, fmt.Errorf("no parameter %q; there are %s", clip(name), strings.Join(known, ", "))
		}
	}
	if values.Has("since") {
		if q.since, err = strconv.ParseUint(values.Get("since"), 10, 64); err != nil {
			return q, fmt.Errorf("since=%q: want the number of the last event seen, or 0", clip(values.Get("since")))
		}
	}
	if values.Has("follow") {
		if q.follow, err = strconv.ParseBool(values.Get("follow")); err != nil {
			return q, fmt.Errorf("follow=%q: want true or false", clip(values.Get("follow")))
		}
	}
	q.kinds = values["kind"]
	return q, nil
}

// gap says which events are no longer kept, of whatever kind.
type gap struct {
	From uint64 `json:"from"`
	To   uint64 `json:"to"`
}

// events writes the events above since, one a line. A line {"gap": …} stands in for those that are no
// longer kept, be it that the history is bounded, that all was reset, or that the reader
// was too slow for it: nothing waits for a reader.
func (c *Control) events(w http.ResponseWriter, r *http.Request) {
	q, err := parseEventQuery(r.URL.Query())
	if err != nil {
		fail(w, http.StatusBadRequest, "%v", err)
		return
	}
	newest := c.config.Record.Newest()
	if q.since > newest {
		fail(w, http.StatusBadRequest, "since=%d: the newest event is %d; the peer was started anew: begin with since=0", q.since, newest)
		return
	}
	follow := q.follow && r.Method == http.MethodGet // a HEAD would wait for nothing
	if follow {
		select {
		case c.followers <- struct{}{}:
			defer func() { <-c.followers }()
		default:
			fail(w, http.StatusServiceUnavailable, "%d clients follow the events already: end one, or ask without follow", maxFollowers)
			return
		}
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	s := &stream{c: c, w: w, query: q, last: q.since}
	if !s.upTo(newest) || !follow {
		return
	}
	for {
		events, err := c.config.Record.Next(r.Context(), s.last)
		if err != nil || !s.write(events, 0) {
			return
		}
	}
}

// stream writes events to one client.
type stream struct {
	c     *Control
	w     http.ResponseWriter
	query eventQuery
	last  uint64 // the number of the last event written, passed over or told as a gap
}

// upTo writes what there is up to an event, and says whether the client is still there.
// It writes the header also where there is nothing.
func (s *stream) upTo(newest uint64) bool {
	for {
		events, _, _ := s.c.config.Record.page(s.last, nextMost)
		if i := slices.IndexFunc(events, func(e Event) bool { return e.Seq > newest }); i >= 0 {
			events = events[:i]
		}
		if len(events) == 0 {
			return s.write(nil, newest)
		}
		if !s.write(events, 0) {
			return false
		}
	}
}

// write writes events and, before each that does not follow the last one, the gap; at the
// end also a gap up to an event that is not there.
func (s *stream) write(events []Event, end uint64) bool {
	var lines []byte
	for _, e := range events {
		lines = s.skip(lines, e.Seq-1)
		s.last = e.Seq
		if len(s.query.kinds) == 0 || slices.Contains(s.query.kinds, e.Kind) {
			lines = append(line(lines, e), '\n')
		}
	}
	lines = s.skip(lines, end)
	s.c.patience(s.w, 1)
	if _, err := s.w.Write(lines); err != nil {
		return false
	}
	return http.NewResponseController(s.w).Flush() == nil
}

// skip appends the gap between the last event and the one after to, if there is one.
func (s *stream) skip(lines []byte, to uint64) []byte {
	if to <= s.last {
		return lines
	}
	missing, _ := encode(map[string]gap{"gap": {From: s.last + 1, To: to}})
	s.last = to
	return append(append(lines, missing...), '\n')
}

// line appends an event. One whose fields JSON cannot hold says so in their place: a peer's
// mistake must not end the stream.
func line(lines []byte, e Event) []byte {
	text, err := encode(e)
	if err != nil {
		e.Fields = map[string]any{"unwritable": err.Error()}
		text, _ = encode(e)
	}
	return append(lines, text...)
}
