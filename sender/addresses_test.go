package sender

import (
	"math"
	"math/big"
	"math/rand/v2"
	"net/netip"
	"testing"
)

func prefixes(words ...string) (all []netip.Prefix) {
	for _, w := range words {
		all = append(all, netip.MustParsePrefix(w))
	}
	return all
}

func TestAddressPool(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name        string
		prefixes    []netip.Prefix
		size        uint64
		first, last string
	}{
		{"without network and broadcast address", prefixes("198.51.100.0/24"), 254, "198.51.100.1", "198.51.100.254"},
		{"host bits are ignored", prefixes("198.51.100.77/30"), 2, "198.51.100.77", "198.51.100.78"},
		{"a /31 whole", prefixes("198.51.100.8/31"), 2, "198.51.100.8", "198.51.100.9"},
		{"a /32", prefixes("198.51.100.8/32"), 1, "198.51.100.8", "198.51.100.8"},
		{"two", prefixes("198.51.100.0/30", "203.0.113.128/25"), 2 + 126, "198.51.100.1", "203.0.113.254"},
		{"IPv6 without the anycast address", prefixes("2001:db8::/120"), 255, "2001:db8::1", "2001:db8::ff"},
		{"IPv6, one", prefixes("2001:db8::7/128"), 1, "2001:db8::7", "2001:db8::7"},
		{"IPv6, more than can be counted", prefixes("2001:db8::/32"), 1<<32 - 1, "2001:db8::1", "2001:db8::ffff:ffff"},
		{"carries over the lower half", prefixes("2001:db8::ffff:ffff:ffff:fff0/124"), 15, "2001:db8::ffff:ffff:ffff:fff1", "2001:db8::ffff:ffff:ffff:ffff"},
		{"both families", prefixes("192.0.2.0/29", "2001:db8::/126"), 6 + 3, "192.0.2.1", "2001:db8::3"},
		{"none", nil, 0, "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			p, err := newAddressPool(row.prefixes)
			if err != nil {
				t.Fatal(err)
			}
			if p.size() != row.size {
				t.Fatalf("%v hold %d, want %d", row.prefixes, p.size(), row.size)
			}
			if row.size == 0 {
				return
			}
			if first, last := p.at(0).String(), p.at(p.size()-1).String(); first != row.first || last != row.last {
				t.Errorf("from %s to %s, want %s to %s", first, last, row.first, row.last)
			}
			seen := map[netip.Addr]bool{}
			for i := range min(p.size(), 1000) {
				a := p.at(i)
				if seen[a] || !contains(row.prefixes, a) {
					t.Fatalf("address %d is %s: again, or not of %v", i, a, row.prefixes)
				}
				seen[a] = true
			}
		})
	}
}

func contains(prefixes []netip.Prefix, a netip.Addr) bool {
	for _, p := range prefixes {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

func TestAddressPoolRefuses(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		prefixes []netip.Prefix
		want     string
	}{
		{prefixes("198.51.100.0/24", "198.51.100.128/25"), "address prefixes 198.51.100.0/24 and 198.51.100.128/25 overlap"},
		{prefixes("::ffff:192.0.2.0/120"), `address prefix "::ffff:192.0.2.0/120" is not usable`},
		{[]netip.Prefix{{}}, `address prefix "invalid Prefix" is not usable`},
	} {
		if _, err := newAddressPool(row.prefixes); err == nil || err.Error() != row.want {
			t.Errorf("%v: %v\nwant %s", row.prefixes, err, row.want)
		}
	}
}

func TestShuffleVisitsEachOnce(t *testing.T) {
	t.Parallel()
	for _, n := range []uint64{1, 2, 3, 10, 254, 255, 65536} {
		for seed := range uint64(5) {
			s := newShuffle(n, rand.New(rand.NewPCG(seed, 0)))
			seen := make([]bool, n)
			for i := range n {
				at := s.at(i)
				if at >= n || seen[at] {
					t.Fatalf("n %d, seed %d: number %d goes to %d: again, or too far", n, seed, i, at)
				}
				seen[at] = true
				if s.at(i+n) != at {
					t.Fatalf("n %d: does not repeat", n)
				}
			}
		}
	}
}

// Also where the products and sums have more than 64 bits.
func TestShuffleIsExact(t *testing.T) {
	t.Parallel()
	number := func(n uint64) *big.Int { return new(big.Int).SetUint64(n) }
	for _, n := range []uint64{1<<32 - 1, 1<<63 + 9, math.MaxUint64} {
		s := newShuffle(n, rand.New(rand.NewPCG(1, 0)))
		for i := range uint64(1000) {
			i *= n / 1001
			want := number(i)
			want.Mul(want, number(s.step)).Add(want, number(s.first)).Mod(want, number(n))
			if got := s.at(i); got != want.Uint64() {
				t.Fatalf("of %d: number %d goes to %d, want %v", n, i, got, want)
			}
		}
	}
}
