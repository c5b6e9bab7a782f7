// Package nearest finds the name that a misspelt one most likely meant.
package nearest

// Word returns the known name nearest to name, or "" when none is near: at most one slip (a
// letter wrong, missing, added, or two swapped) in every three letters, and always one. Of
// several that are equally near the first wins.
func Word(name string, known []string) string {
	const tooLong = 100 // a name that nobody misspelt; it also bounds the work
	if len(name) > tooLong {
		return ""
	}
	best, limit := "", max(1, len(name)/3)+1
	for _, k := range known {
		if d := distance(name, k); d < limit {
			best, limit = k, d
		}
	}
	return best
}

// distance counts the slips between two words (optimal string alignment), in bytes.
func distance(a, b string) int {
	previous, row := make([]int, len(b)+1), make([]int, len(b)+1)
	beforeThat := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		beforeThat, previous, row = previous, row, beforeThat
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(previous[j]+1, row[j-1]+1, previous[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], beforeThat[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
