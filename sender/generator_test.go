package sender

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/uidprobe/uidprobe/wire/syslog"
)

// drain returns all messages of a source, and the error at the end.
func drain(s Source) (all []string, err error) {
	var dst []byte
	for {
		if dst, err = s.Append(dst[:0]); err != nil {
			return all, err
		}
		all = append(all, string(dst))
	}
}

var compareAddr = cmpopts.EquateComparable(Made{})

func TestGeneratorSaysWhatItMade(t *testing.T) {
	t.Parallel()
	what := Generate{
		Templates: []*syslog.Template{
			template(t, "<${pri}>${time:rfc3164} ${host} login ${domain}\\${user} ${address} ${mac} ${seq}"),
			template(t, "<${pri}>${time:rfc3164} ${host} start ${domain}\\${user} ${address} ${mac} ${seq}"),
		},
		Users: "uidprobe-", Domain: "corp", Addresses: prefixes("198.51.100.0/28", "2001:db8::/125"),
		Hosts: []string{"nac1", "nac2", "nac3"}, Priority: 38, Count: 21, Seed: 7, FirstSeq: 1000,
		Now: func() time.Time { return time.Date(2026, 7, 5, 12, 0, 0, 0, time.UTC) },
	}
	g := radius(t, what)
	messages, err := drain(g)
	if err != io.EOF || len(messages) != 21 {
		t.Fatalf("%d messages, %v; want 21, io.EOF", len(messages), err)
	}
	made := slices.Collect(g.Made())
	users, addresses := map[string]bool{}, map[string]bool{}
	for i, m := range made {
		want := "<38>Jul  5 12:00:00 " + m.Host + " " + []string{"login", "start"}[m.Template] + ` corp\` + m.User + " " +
			m.Address.String() + " " + m.MAC + " " + []string{"1000", "1001", "1002"}[min(i, 2)]
		if i < 3 && messages[i] != want {
			t.Errorf("message %d is %q\nwant %q", i, messages[i], want)
		}
		if m.Seq != uint64(1000+i) || m.Template != i%2 || m.Host != what.Hosts[i%3] || m.Domain != "corp" {
			t.Errorf("message %d was made of %+v", i, m)
		}
		if users[m.User] || addresses[m.Address.String()] || !strings.Contains(messages[i], `\`+m.User+" "+m.Address.String()+" ") {
			t.Errorf("message %d, %q: user or address again, or not as in %+v", i, messages[i], m)
		}
		users[m.User], addresses[m.Address.String()] = true, true
	}
	if !users["uidprobe-01"] || !users["uidprobe-21"] || len(users) != 21 || len(addresses) != 14+7 {
		t.Errorf("users %v, %d addresses", users, len(addresses))
	}
	again, _ := drain(radius(t, what))
	if diff := cmp.Diff(messages, again); diff != "" {
		t.Errorf("the same seed makes other messages (-first +again):\n%s", diff)
	}
	what.Seed = 8
	if other, _ := drain(radius(t, what)); slices.Equal(messages, other) {
		t.Error("another seed makes the same messages")
	}
}

// A message's fields do not change with what else there is to come: At tells them before.
func TestGeneratorAtTellsBeforehand(t *testing.T) {
	t.Parallel()
	g := radius(t, Generate{Count: 100, Seed: 3})
	var before []Made
	for i := range uint64(100) {
		before = append(before, g.At(i))
	}
	if n := len(slices.Collect(g.Made())); n != 0 {
		t.Errorf("%d messages made before the first", n)
	}
	_, _ = drain(g)
	if diff := cmp.Diff(before, slices.Collect(g.Made()), compareAddr); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

func TestGeneratorPools(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name     string
		what     Generate
		messages int    // before
		end      string // what it ends with; "" for io.EOF
	}{
		{"just enough", Generate{Count: 254}, 254, ""},
		{"unbounded, until the addresses are used up", Generate{}, 254,
			"the 254 addresses of 198.51.100.0/24 are used up: each message wants its own"},
		{"unbounded, until the users are used up", Generate{UserCount: 5}, 5, "the 5 users are used up: each message wants its own"},
		{"reuse", Generate{Count: 1000, Reuse: true, UserCount: 3}, 1000, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			messages, err := drain(radius(t, row.what))
			if len(messages) != row.messages || row.end == "" && err != io.EOF || row.end != "" && err.Error() != row.end {
				t.Errorf("%d messages, then %v; want %d, then %s", len(messages), err, row.messages, row.end)
			}
		})
	}
}

func TestNewGeneratorRefuses(t *testing.T) {
	t.Parallel()
	plain := func(text string) []*syslog.Template { return []*syslog.Template{template(t, text)} }
	for _, row := range []struct {
		name string
		what Generate
		want string
	}{
		{"more than there are addresses", Generate{Templates: plain("${address}"), Addresses: prefixes("198.51.100.0/24"), Count: 255},
			"255 messages want one each, and there are 254 addresses of 198.51.100.0/24"},
		{"more than there are users", Generate{Templates: plain("${user}"), Users: "u", UserCount: 9, Count: 10},
			"10 messages want one each, and there are 9 users"},
		{"no template", Generate{}, "no template to make messages of"},
		{"no users", Generate{Templates: plain("${user}")}, "a template has ${user}, and there is no prefix for the users' names"},
		{"no addresses", Generate{Templates: plain("${address}")}, "a template has ${address}, and there are no prefixes to take addresses from"},
		{"no hosts", Generate{Templates: plain("${host}")}, "a template has ${host}, and there are no hosts"},
		{"no domain", Generate{Templates: plain("${domain}")}, "a template has ${domain}, and there is no domain"},
		{"priority", Generate{Templates: plain("x"), Priority: 192}, "priority 192 is not 0 to 191"},
		{"too many users", Generate{Templates: plain("${user}"), Users: "u", UserCount: MaxUsers + 1},
			"4194305 users: want 1 to 4194304, or 0 for one each message"},
		{"overlap", Generate{Templates: plain("x"), Addresses: prefixes("192.0.2.0/24", "192.0.2.0/25")},
			"address prefixes 192.0.2.0/24 and 192.0.2.0/25 overlap"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, err := NewGenerator(row.what)
			if err == nil || err.Error() != row.want {
				t.Errorf("NewGenerator: %v\nwant %s", err, row.want)
			}
			var pool *PoolError
			if small := strings.Contains(row.want, "want one each"); errors.As(err, &pool) != small {
				t.Errorf("%T; a *PoolError: want %v", err, small)
			}
		})
	}
}

func TestGeneratorWithoutPools(t *testing.T) {
	t.Parallel()
	g, err := NewGenerator(Generate{Templates: []*syslog.Template{template(t, "n=${seq}"), template(t, "mac=${mac}")}, Count: 3})
	if err != nil {
		t.Fatal(err)
	}
	messages, err := drain(g)
	if diff := cmp.Diff([]string{"n=1", "mac=02:00:5e:00:00:00", "n=3"}, messages); diff != "" || err != io.EOF {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestGeneratorDoesNotAllocate(t *testing.T) { // not parallel: it counts allocations
	g := radius(t, Generate{Reuse: true, UserCount: 1000, Addresses: prefixes("198.51.100.0/24", "2001:db8::/64")})
	dst := make([]byte, 0, 1024)
	if n := testing.AllocsPerRun(1000, func() { dst, _ = g.Append(dst[:0]) }); n != 0 {
		t.Errorf("%v allocations a message, want none", n)
	}
}
