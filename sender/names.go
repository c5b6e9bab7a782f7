package sender

import (
	"encoding/hex"
	"fmt"
	"strconv"
)

// names are numbered words of equal length, all in one string, so that taking one out
// allocates nothing.
type names struct {
	all    string
	length int
}

func (n names) at(i uint64) string { return n.all[int(i)*n.length:][:n.length] }

// userNames are prefix and number, from 1, with leading zeros.
func userNames(prefix string, count uint64) names {
	digits := len(strconv.FormatUint(count, 10))
	n := names{length: len(prefix) + digits}
	all := make([]byte, 0, n.length*int(count))
	for i := range count {
		all = fmt.Appendf(all, "%s%0*d", prefix, digits, i+1)
	}
	n.all = string(all)
	return n
}

// macNames are hardware addresses, one for each user. The second bit of the first byte
// says that they are locally administered: no device has one from its maker.
func macNames(count uint64) names {
	n := names{length: len("02:00:5e:00:00:00")}
	all := make([]byte, 0, n.length*int(count))
	for i := range count {
		all = append(all, "02:00:5e"...)
		for _, b := range []byte{byte(i >> 16), byte(i >> 8), byte(i)} {
			all = append(all, ':')
			all = hex.AppendEncode(all, []byte{b})
		}
	}
	n.all = string(all)
	return n
}
