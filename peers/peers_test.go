package peers

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// row is one of the table in testdata/peers/README.md.
type row struct {
	account, password string
	times             int    // the password is tried, before it is tried for the number
	samba, mit        string // numbers; empty where the server has no such account
}

// table reads the document, so that it cannot drift from the servers.
func table(t *testing.T) (rows []row) {
	t.Helper()
	file, err := source("testdata", "peers", "README.md")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile("(?m)^\\| `([^`]+)`([^|]*)\\|([^|]*)\\| ?(−?[0-9]*)[^|]*\\| ?(−?[0-9]*)[^|]*\\|$")
	for _, m := range line.FindAllStringSubmatch(string(text), -1) {
		r := row{account: m[1], password: Password, samba: m[4], mit: m[5]}
		if strings.Contains(m[2], "wrong password") || strings.Contains(m[3], "for wrong passwords") {
			r.password = "wrong"
		}
		if strings.Contains(m[3], "after three refusals") {
			r.password, r.times = "wrong", 3
		}
		rows = append(rows, r)
	}
	if len(rows) != 19 {
		t.Fatalf("%d rows in the table of testdata/peers/README.md, want 19", len(rows))
	}
	return rows
}

// The C library and the two servers agree on what the table of the document says.
func TestStates(t *testing.T) {
	t.Parallel()
	for _, server := range []struct {
		name  string
		start func(testing.TB) *Client
		want  func(row) string
	}{
		{"samba", func(t testing.TB) *Client { return NewClient(t, Samba(t).KDC) }, func(r row) string { return r.samba }},
		{"mit", func(t testing.TB) *Client { return NewClient(t, MIT(t).KDC) }, func(r row) string { return r.mit }},
	} {
		t.Run(server.name, func(t *testing.T) {
			t.Parallel()
			c := server.start(t)
			for _, r := range table(t) {
				if server.want(r) == "" {
					continue
				}
				for range r.times {
					c.Number(t, r.account+"@"+Realm, r.password)
				}
				got := strings.Replace(strconv.Itoa(int(c.Number(t, r.account+"@"+Realm, r.password))), "-", "−", 1)
				if got != server.want(r) {
					t.Errorf("%s with %q: %s, want %s", r.account, r.password, got, server.want(r))
				}
			}
		})
	}
}

func TestSkew(t *testing.T) {
	t.Parallel()
	const skew = -1765328347
	for _, off := range []time.Duration{10 * time.Minute, -10 * time.Minute} {
		if got := Number(t, OwnMIT(t, off).KDC, "svc-userid@"+Realm, Password); got != skew {
			t.Errorf("MIT, %v: %d, want %d", off, got, skew)
		}
		if got := Number(t, OwnSamba(t, off).KDC, "svc-userid@"+Realm, Password); got != skew {
			t.Errorf("Samba, %v: %d, want %d", off, got, skew)
		}
	}
}

// The counter moves when somebody else's client is refused, and one account's does not move another's.
func TestBadPasswords(t *testing.T) {
	t.Parallel()
	d := Samba(t)
	a, b := d.Spare(t), d.Spare(t)
	c := NewClient(t, d.KDC)
	c.Number(t, a+"@"+Realm, "wrong")
	if got, other := d.BadPasswords(t, a), d.BadPasswords(t, b); got != 1 || other != 0 {
		t.Errorf("%s has %d refusals, %s %d; want 1, 0", a, got, b, other)
	}
	d.SetPassword(t, b, "Passw0rd.Svc2")
	if got := c.Number(t, b+"@"+Realm, "Passw0rd.Svc2"); got != 0 {
		t.Errorf("with the new password: %d", got)
	}
	d.Set(t, b, "description", "seen")
	if got := d.Attribute(t, b, "description"); got != "seen" {
		t.Errorf("description %q, want seen", got)
	}
}

// A server ends with its test, and leaves no file.
func TestTheEnd(t *testing.T) {
	t.Parallel()
	var dir string
	t.Run("server", func(t *testing.T) {
		m := OwnMIT(t, 0)
		dir = m.server.values["DIR"]
		if _, err := os.Stat(m.UserKeytab); err != nil {
			t.Error(err)
		}
	})
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", dir, err)
	}
}
