package directory

import (
	"context"
	"io"
	"net"

	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// Followed expands the groups as Account does where tokenGroups is not shown.
func (c *Conn) Followed(ctx context.Context, a Account, primary uint32) ([]Group, error) {
	return c.followed(ctx, a, primary)
}

// NewWire is a connection that is sealed already.
func NewWire(c net.Conn, s *kerberos.SecurityContext) io.Reader {
	w := &wireConn{Conn: c}
	w.expect()
	w.seal(s, 0)
	return w
}
