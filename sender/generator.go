package sender

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/uidprobe/uidprobe/wire/syslog"
)

// Generate says what a Generator makes.
type Generate struct {
	Templates []*syslog.Template // at least one; used in turn
	Users     string             // prefix of the user names: "uidprobe-" makes uidprobe-001 and so on
	UserCount int                // how many users; 0 is one for each message, as far as that is known
	Domain    string
	Addresses []netip.Prefix // where the users' addresses are from; they may not overlap
	Hosts     []string       // used in turn; may be empty
	Priority  int            // for ${pri}
	Count     uint64         // how many messages; 0 is no end
	// Reuse begins anew when users or addresses are used up. Without it each message has
	// a user and an address of its own, and asking for more than there are is a *PoolError.
	Reuse    bool
	Seed     uint64           // decides which user meets which address, in which order
	FirstSeq uint64           // number of the first message; 0 is 1
	Now      func() time.Time // the time in the messages; nil is time.Now
}

// Made is what one message was made of.
type Made struct {
	Seq      uint64
	User     string // without the domain; empty where no users were asked for
	Domain   string
	Address  netip.Addr // the zero Addr where no addresses were asked for
	Host     string
	MAC      string // empty where no template uses it
	Template int    // index into Generate.Templates
}

// MaxUsers is the most users a Generator has: their names are kept in memory, about 20 bytes each.
const MaxUsers = 1 << 22

// defaultUsers is how many users there are when neither the messages nor the addresses are
// counted.
const defaultUsers = 1 << 16

// PoolError says that there are not as many users or addresses as messages.
type PoolError struct {
	Of   string // "addresses of 198.51.100.0/24", "users"
	Have uint64
	Want uint64 // 0 when it showed only at the end of the pool
}

func (e *PoolError) Error() string {
	if e.Want == 0 {
		return fmt.Sprintf("the %d %s are used up: each message wants its own", e.Have, e.Of)
	}
	return fmt.Sprintf("%d messages want one each, and there are %d %s", e.Want, e.Have, e.Of)
}

// Generator is a Source that fills in templates. The same Generate makes the same messages,
// but for the time; At and Made tell what is in them. It allocates nothing for a message.
type Generator struct {
	what      Generate
	users     names
	userCount uint64
	macs      names
	pool      *addressPool

	userOrder, addressOrder shuffle

	usesTime bool
	next     uint64        // number of messages made
	values   syslog.Values // here and not in Append, where it would be allocated
	cache    syslog.TimeCache
}

// NewGenerator checks what is asked for: the error is a *PoolError where a pool is too
// small, and says what else is missing.
func NewGenerator(what Generate) (*Generator, error) {
	if what.FirstSeq == 0 {
		what.FirstSeq = 1
	}
	if what.Now == nil {
		what.Now = time.Now
	}
	pool, err := newAddressPool(what.Addresses)
	if err != nil {
		return nil, err
	}
	g := &Generator{what: what, pool: pool}
	if err := g.check(); err != nil {
		return nil, err
	}
	if g.userCount, err = g.countUsers(); err != nil {
		return nil, err
	}
	if err := g.checkPools(); err != nil {
		return nil, err
	}
	g.prepare()
	return g, nil
}

// check holds the templates against what there is to fill them in with.
func (g *Generator) check() error {
	if len(g.what.Templates) == 0 {
		return errors.New("no template to make messages of")
	}
	switch {
	case g.uses("user") && g.what.Users == "":
		return errors.New("a template has ${user}, and there is no prefix for the users' names")
	case g.uses("address") && g.pool.size() == 0:
		return errors.New("a template has ${address}, and there are no prefixes to take addresses from")
	case g.uses("host") && len(g.what.Hosts) == 0:
		return errors.New("a template has ${host}, and there are no hosts")
	case g.uses("domain") && g.what.Domain == "":
		return errors.New("a template has ${domain}, and there is no domain")
	case g.what.Priority < 0 || g.what.Priority > syslog.MaxPriority:
		return fmt.Errorf("priority %d is not 0 to %d", g.what.Priority, syslog.MaxPriority)
	}
	return nil
}

func (g *Generator) countUsers() (uint64, error) {
	asked := uint64(max(g.what.UserCount, 0))
	switch {
	case g.what.UserCount < 0 || asked > MaxUsers:
		return 0, fmt.Errorf("%d users: want 1 to %d, or 0 for one each message", g.what.UserCount, MaxUsers)
	case g.what.Users == "":
		return 0, nil
	case asked > 0:
		return asked, nil
	}
	n := uint64(defaultUsers)
	if g.what.Count > 0 {
		n = g.what.Count
	}
	if size := g.pool.size(); size > 0 {
		n = min(n, size)
	}
	return min(n, MaxUsers), nil
}

// checkPools wants as many users and addresses as messages, where that is asked.
func (g *Generator) checkPools() error {
	if g.what.Reuse || g.what.Count == 0 {
		return nil
	}
	if size := g.pool.size(); size > 0 && size < g.what.Count {
		return &PoolError{"addresses of " + g.pool.String(), size, g.what.Count}
	}
	if g.userCount > 0 && g.userCount < g.what.Count {
		return &PoolError{"users", g.userCount, g.what.Count}
	}
	return nil
}

func (g *Generator) prepare() {
	random := rand.New(rand.NewPCG(g.what.Seed, 0x7569_6470_726f_6265)) // "uidprobe"
	g.userOrder = newShuffle(g.userCount, random)
	g.addressOrder = newShuffle(g.pool.size(), random)
	g.users = userNames(g.what.Users, g.userCount)
	if g.uses("mac") {
		g.macs = macNames(max(g.userCount, 1))
	}
	g.usesTime = g.uses("time")
}

func (g *Generator) uses(name string) bool {
	for _, t := range g.what.Templates {
		if t.Uses(name) {
			return true
		}
	}
	return false
}

// Append appends the next message; see Source. Besides io.EOF the error can be a *PoolError.
func (g *Generator) Append(dst []byte) ([]byte, error) {
	if g.what.Count > 0 && g.next == g.what.Count {
		return dst, io.EOF
	}
	if err := g.usedUp(); err != nil {
		return dst, err
	}
	made := g.At(g.next)
	g.values = syslog.Values{
		User: made.User, Domain: made.Domain, Address: made.Address, Host: made.Host,
		Seq: made.Seq, Priority: g.what.Priority, MAC: made.MAC, Cache: &g.cache,
	}
	if g.usesTime {
		g.values.Time = g.what.Now()
	}
	g.next++
	return g.what.Templates[made.Template].Append(dst, &g.values), nil
}

// usedUp is the pool that has nothing left for the next message.
func (g *Generator) usedUp() error {
	if g.what.Reuse {
		return nil
	}
	if size := g.pool.size(); size > 0 && g.next >= size {
		return &PoolError{Of: "addresses of " + g.pool.String(), Have: size}
	}
	if g.userCount > 0 && g.next >= g.userCount {
		return &PoolError{Of: "users", Have: g.userCount}
	}
	return nil
}

// At is what message i, from 0, is or will be made of.
func (g *Generator) At(i uint64) Made {
	m := Made{Seq: g.what.FirstSeq + i, Domain: g.what.Domain, Template: int(i % uint64(len(g.what.Templates)))}
	user := g.userOrder.at(i)
	if g.userCount > 0 {
		m.User = g.users.at(user)
	}
	if g.macs.length > 0 {
		m.MAC = g.macs.at(user)
	}
	if g.pool.size() > 0 {
		m.Address = g.pool.at(g.addressOrder.at(i))
	}
	if len(g.what.Hosts) > 0 {
		m.Host = g.what.Hosts[i%uint64(len(g.what.Hosts))]
	}
	return m
}

// Made yields what each message so far was made of, in their order.
func (g *Generator) Made() iter.Seq[Made] {
	return func(yield func(Made) bool) {
		for i := range g.next {
			if !yield(g.At(i)) {
				return
			}
		}
	}
}
