package report

import "github.com/uidprobe/uidprobe/check"

// causes says which results explain which. Results are named by their index, since a
// plan's defect can give two of the same check.
type causes struct {
	consequences map[int][]int // of a result that stands by itself, in order
	root         map[int]int   // of a result that is a consequence: what explains it
}

// untangle follows every CausedBy to the result that stands by itself. A result whose
// cause is not among the results, passed, or lies in a circle, stands by itself as well:
// a report folds a result only under one that it shows.
func untangle(results []check.Result) causes {
	at := map[check.Ref]int{}
	for i, r := range results {
		if first, ok := at[r.Ref()]; !ok || results[first].Status == check.Pass {
			at[r.Ref()] = i
		}
	}
	c := causes{consequences: map[int][]int{}, root: map[int]int{}}
	for i := range results {
		root, ok := rootOf(results, at, i)
		if ok && root != i && results[i].Status != check.Pass && results[root].Status != check.Pass {
			c.consequences[root] = append(c.consequences[root], i)
			c.root[i] = root
		}
	}
	return c
}

// onlyRoot is the result of another target that explains all that is not well from start
// to end.
func (c causes) onlyRoot(start, end int, results []check.Result) (root int, ok bool) {
	root = -1
	for i := start; i < end; i++ {
		if results[i].Status == check.Pass {
			continue
		}
		of, explained := c.root[i]
		if !explained || root >= 0 && of != root {
			return 0, false
		}
		root = of
	}
	return root, root >= 0
}

// rootOf follows the causes of result i; ok is false where they end nowhere.
func rootOf(results []check.Result, at map[check.Ref]int, i int) (root int, ok bool) {
	for range len(results) {
		cause := results[i].CausedBy
		if cause == nil {
			return i, true
		}
		next, known := at[*cause]
		if !known {
			return i, true
		}
		i = next
	}
	return i, false // a circle
}
