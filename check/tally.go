package check

// Tally counts results and says what they amount to. The zero value is ready for use.
type Tally struct {
	Pass, Skip, Warn, Fail, Error int

	unexcused int // skips that had to be asked
	internal  bool
	cut       bool
	refused   bool
}

// Add counts one result.
func (t *Tally) Add(r Result) {
	switch r.Status {
	case Pass:
		t.Pass++
	case Skip:
		t.Skip++
		if !r.Skipped.Excused() {
			t.unexcused++
		}
	case Warn:
		t.Warn++
	case Fail:
		t.Fail++
	default:
		t.Error++
	}
	t.internal = t.internal || r.Internal
	t.cut = t.cut || r.Skipped == Interrupted
	t.refused = t.refused || r.Skipped == Refused
}

// Ran is the number of checks that were asked.
func (t Tally) Ran() int { return t.Pass + t.Warn + t.Fail + t.Error }

// Ready says whether everything that had to be asked was asked and is well. A warning is
// well unless warnCounts is set. Nothing asked is not ready.
func (t Tally) Ready(warnCounts bool) bool {
	switch {
	case t.Ran() == 0, t.Fail > 0, t.Error > 0, t.unexcused > 0:
		return false
	case warnCounts && t.Warn > 0:
		return false
	}
	return true
}

// Internal says whether a check itself broke.
func (t Tally) Internal() bool { return t.internal }

// Interrupted says whether the run was ended from outside.
func (t Tally) Interrupted() bool { return t.cut }

// Refused says whether something was refused for safety.
func (t Tally) Refused() bool { return t.refused }
