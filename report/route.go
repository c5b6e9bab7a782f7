package report

import (
	"slices"
	"strings"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
)

// stage is a place on the way from a monitored server to the firewall.
type stage struct {
	word lang.Text
	// checks are the IDs of those that ask this place, or a family with its dot: "tls.".
	checks []string
}

// messageStages are the way of a syslog message, in its direction.
var messageStages = []stage{
	{lang.Text{EN: "Sender", JA: "送信元"}, []string{"sender.", "delivery.messages", "delivery.addresses"}},
	{lang.Text{EN: "Network", JA: "ネットワーク"}, []string{"dns.", "net.", "tls.", "certs.", "listener.reach", "listener.certificate"}},
	{lang.Text{EN: "Listener", JA: "リスナー"}, []string{"listener."}},
	{lang.Text{EN: "Received", JA: "受信"}, []string{"delivery.sent", "delivery.received"}},
	{lang.Text{EN: "Parse profile", JA: "解析プロファイル"}, []string{"delivery.authenticated"}},
	{lang.Text{EN: "Mapping", JA: "マッピング"}, []string{"delivery."}},
	{lang.Text{EN: "Firewall", JA: "ファイアウォール"}, []string{"firewall."}},
}

// monitorStages are the way of server monitoring. The firewall goes it from the end.
var monitorStages = []stage{
	{lang.Text{EN: "Monitored server", JA: "監視対象サーバー"}, []string{"winrm.", "wmi.", "net."}},
	{lang.Text{EN: "Certificate", JA: "証明書"}, []string{"tls.", "certs."}},
	{lang.Text{EN: "Service ticket", JA: "サービスチケット"}, []string{"kerberos.service", "directory.names"}},
	{lang.Text{EN: "Account", JA: "アカウント"}, []string{"kerberos.names", "kerberos.account", "kerberos.ticket", "directory."}},
	{lang.Text{EN: "KDC", JA: "KDC"}, []string{"kerberos.", "time."}},
	{lang.Text{EN: "DNS", JA: "DNS"}, []string{"kerberos.dns", "winrm.dns", "dns.", "tls.address"}},
	{lang.Text{EN: "Firewall", JA: "ファイアウォール"}, []string{"firewall."}},
}

// stageOf is the place that a check asks: where its ID stands, or else its family; -1 is none.
func stageOf(stages []stage, id string) int {
	family, _, _ := strings.Cut(id, ".")
	found := -1
	for n, s := range stages {
		if slices.Contains(s.checks, id) {
			return n
		}
		if slices.Contains(s.checks, family+".") {
			found = n
		}
	}
	return found
}

// How a stop of a route fares.
type state string

const (
	stateWell      state = "well"
	stateWarn      state = "warn"
	stateBroken    state = "broken"
	stateUnreached state = "unreached" // not well because of something else, or not asked because of it
	stateUnasked   state = "unasked"
)

// stop is a stage of one route: what was asked there, by index.
type stop struct {
	stage int
	state state
	which []int
	worst int // index of the result that gives the state, -1 without any
}

// route is the way from a monitored server to its firewall.
type route struct {
	servers  []string // that have this same route
	messages bool     // a syslog sender; otherwise server monitoring
	stops    []stop
}

func (r route) stages() []stage {
	if r.messages {
		return messageStages
	}
	return monitorStages
}

// broken says whether a stop of the route is broken.
func (r route) broken() bool {
	return slices.ContainsFunc(r.stops, func(s stop) bool { return s.state == stateBroken })
}

// routesOf finds the routes in ordered results. Those that fare alike at the same results, or
// are well all the way, are one.
func routesOf(results []check.Result, c causes) []route {
	var routes []route
	alike := map[string]int{}
	for _, w := range waysIn(results) {
		r := w.follow(results, c)
		key := r.key()
		if n, ok := alike[key]; ok {
			routes[n].servers = append(routes[n].servers, r.servers...)
			continue
		}
		alike[key] = len(routes)
		routes = append(routes, r)
	}
	slices.SortStableFunc(routes, func(a, b route) int {
		switch {
		case a.broken() == b.broken():
			return 0
		case a.broken():
			return -1
		}
		return 1
	})
	return routes
}

// key tells routes apart that are to be drawn apart.
func (r route) key() string {
	var b strings.Builder
	if r.messages {
		b.WriteString("messages ")
	}
	for _, s := range r.stops {
		b.WriteString(string(s.state))
		b.WriteByte(byte('0' + s.stage))
		b.WriteByte(' ')
	}
	if r.broken() {
		b.WriteString(r.servers[0])
	}
	return b.String()
}

// wayIn is a server from which a way leads to its firewall, with all results that tell of it.
type wayIn struct {
	server   string
	messages bool
	which    []int
}

// waysIn finds where the ways begin: at each server that sends messages, and at each that is asked as
// a monitored one; a firewall whose monitoring was asked of no server yet has one way all the same.
// What was asked of the firewall itself, of KDCs and of accounts belongs to all its ways.
func waysIn(results []check.Result) []wayIn {
	var ways []wayIn
	at := map[string]int{}
	monitored := map[string]bool{} // firewalls that have a monitored server
	for _, r := range results {
		server, begins, messages := beginning(r)
		if _, known := at[server]; begins && !known {
			at[server] = len(ways)
			ways = append(ways, wayIn{server: server, messages: messages})
			if !messages {
				monitored[firewallOf(r.Target)] = true
			}
		}
	}
	for _, r := range results {
		server := serverOf(r.Target)
		if _, known := at[server]; !known && strings.HasPrefix(r.Check, "kerberos.") && !monitored[firewallOf(r.Target)] {
			monitored[firewallOf(r.Target)] = true
			at[server] = len(ways)
			ways = append(ways, wayIn{server: server})
		}
	}
	of := map[string][]int{} // the ways of each firewall
	for n, w := range ways {
		of[firewallOf(w.server)] = append(of[firewallOf(w.server)], n)
	}
	for i, r := range results {
		firewall := firewallOf(r.Target)
		if _, is := of[r.Target]; is {
			firewall = r.Target // asked of the firewall itself
		}
		own, begins := at[serverOf(r.Target)]
		for _, n := range of[firewall] {
			if begins && own == n || shared(r, firewall, ways[n].messages, begins) {
				ways[n].which = append(ways[n].which, i)
			}
		}
	}
	return ways
}

// beginning says whether a result is one of a server where a way begins.
func beginning(r check.Result) (server string, begins, messages bool) {
	family, _, _ := strings.Cut(r.Check, ".")
	server = serverOf(r.Target)
	switch family {
	case "delivery", "sender":
		return server, true, true
	case "listener":
		return server, firewallOf(r.Target) != "", true
	case "winrm", "wmi", "tls", "certs", "net":
		return server, true, false
	}
	return server, r.Check == "kerberos.service", false
}

// shared says whether a result that is not of a way's own server tells of the way as well.
func shared(r check.Result, firewall string, messages, begins bool) bool {
	family, _, _ := strings.Cut(r.Check, ".")
	switch {
	case family == "firewall":
		return true
	case family == "listener":
		return messages && r.Target == firewall
	case family == "kerberos":
		return !messages && r.Check != "kerberos.service"
	}
	return !messages && !begins && (family == "directory" || family == "dns" || family == "time")
}

// follow goes the way and says how each stop fares. Stages at which nothing is asked are left out,
// but for the first and the last.
func (w wayIn) follow(results []check.Result, c causes) route {
	r := route{servers: []string{w.server}, messages: w.messages}
	stages := r.stages()
	at := make([][]int, len(stages))
	for _, i := range w.which {
		if n := stageOf(stages, results[i].Check); n >= 0 {
			at[n] = append(at[n], i)
		}
	}
	for n, which := range at {
		if len(which) > 0 || n == 0 || n == len(stages)-1 {
			r.stops = append(r.stops, stopOf(n, which, results, c))
		}
	}
	return r
}

func stopOf(n int, which []int, results []check.Result, c causes) stop {
	s := stop{stage: n, state: stateUnasked, which: which, worst: -1}
	rank := 0
	for _, i := range which {
		r := results[i]
		_, explained := c.root[i]
		state, own := stateWell, 3
		switch {
		case r.Status == check.Skip && !r.Finding():
			state, own = stateUnasked, 1
		case r.Status == check.Skip && (explained || r.Skipped == check.NeedNotMet):
			state, own = stateUnreached, 2 // where something passed, the stop was reached
		case explained:
			state, own = stateUnreached, 4
		case r.Status == check.Warn:
			state, own = stateWarn, 5
		case r.Finding():
			state, own = stateBroken, 6+rankOf(r)
		}
		if own > rank {
			s.state, s.worst, rank = state, i, own
		}
	}
	return s
}
