package report

import (
	"slices"
	"strings"

	"github.com/uidprobe/uidprobe/check"
)

// group is the results of one server, by their index.
type group struct {
	server string
	which  []int
	tally  check.Tally
	worst  check.Result
}

// groupsOf sorts ordered results by their server; the servers are in the order of their names.
func groupsOf(results []check.Result) []group {
	var groups []group
	at := map[string]int{}
	for i, r := range results {
		server := serverOf(r.Target)
		n, known := at[server]
		if !known {
			n = len(groups)
			at[server] = n
			groups = append(groups, group{server: server})
		}
		groups[n].which = append(groups[n].which, i)
		groups[n].tally.Add(r)
	}
	for n := range groups {
		own := make([]check.Result, 0, len(groups[n].which))
		for _, i := range groups[n].which {
			own = append(own, results[i])
		}
		groups[n].worst = worstOf(own)
	}
	slices.SortStableFunc(groups, func(a, b group) int { return strings.Compare(a.server, b.server) })
	return groups
}

// worstFirst is the groups with those first that are not well.
func worstFirst(groups []group) []group {
	groups = slices.Clone(groups)
	slices.SortStableFunc(groups, func(a, b group) int { return rankOf(b.worst) - rankOf(a.worst) })
	return groups
}

// rankOf is how much a result keeps its server from being ready.
func rankOf(r check.Result) int {
	switch {
	case r.Status == check.Fail:
		return 4
	case r.Status == check.Pass, r.Status == check.Skip && !r.Finding():
		return 0
	case r.Status == check.Skip:
		return 2
	case r.Status == check.Warn:
		return 1
	}
	return 3
}
