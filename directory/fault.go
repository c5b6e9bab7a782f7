package directory

import (
	"context"
	"errors"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// do asks one thing. ctx closes the connection, as nothing else ends go-ldap's waiting.
func (c *Conn) do(ctx context.Context, doing string, ask func() error) (err error) {
	c.wire.expect()
	stop := context.AfterFunc(ctx, func() { _ = c.wire.Close() })
	defer stop()
	// go-ldap counts on the shape of what a server sends: a panic says no more than that it is wrong.
	defer func() {
		if r := recover(); r != nil {
			err = &Error{Server: c.server, Doing: doing, Reason: Malformed, Text: "the answer is not made as LDAP wants it"}
		}
	}()
	if err := ask(); err != nil {
		return c.fail(ctx, doing, Refused, err)
	}
	return nil
}

// fail makes an *Error of what went wrong; reason is for what nothing says more of.
func (c *Conn) fail(ctx context.Context, doing string, reason Reason, err error) error {
	e := &Error{Server: c.server, Doing: doing, Reason: reason, Err: err}
	if ctx.Err() != nil {
		e.Reason, e.Err = Silent, context.Cause(ctx)
		return e
	}
	var said *ldap.Error
	answered := errors.As(err, &said) && said.ResultCode < ldap.ErrorNetwork
	var gss *kerberos.GSSError
	// A server that refuses may close at once: its answer counts, not how the connection ended.
	if !answered && !errors.As(err, &gss) && c.wire != nil && c.wire.failure() != nil {
		e.Reason, e.Err = Malformed, c.wire.failure()
	}
	switch {
	case answered:
		e.refused(said)
	case errors.As(e.Err, &gss):
		e.Reason = Untrusted
	case errors.As(e.Err, new(*kerberos.KDCError)):
		e.Reason = Denied
	case errors.Is(e.Err, errNoLayer):
		e.Reason = Stronger
	case said != nil:
		e.Reason = Malformed
	}
	return e
}

// refused sorts a result code, RFC 4511 appendix A.2. Codes above 199 are go-ldap's own.
func (e *Error) refused(said *ldap.Error) {
	e.Code, e.Err = int(said.ResultCode), said.Err
	if said.Err != nil {
		e.Text = said.Err.Error()
	}
	switch said.ResultCode {
	case ldap.LDAPResultStrongAuthRequired, ldap.LDAPResultConfidentialityRequired:
		e.Reason = Stronger
	case ldap.LDAPResultAuthMethodNotSupported:
		e.Reason = NoMechanism
	case ldap.LDAPResultInappropriateAuthentication, ldap.LDAPResultInvalidCredentials, ldap.LDAPResultInsufficientAccessRights:
		e.Reason = Denied
		if strings.Contains(e.Text, badBindings) {
			e.Reason = Stronger
		}
	case ldap.LDAPResultBusy, ldap.LDAPResultUnavailable, ldap.LDAPResultReferral:
		e.Reason = Unavailable
	}
}

// badBindings is SEC_E_BAD_BINDINGS, which Active Directory writes into its diagnostic message where it
// wants a channel binding (from Microsoft's description of LdapEnforceChannelBinding, not recorded).
const badBindings = "80090346"
