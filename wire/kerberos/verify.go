package kerberos

import (
	"fmt"
	"time"

	"github.com/jcmturner/gokrb5/v8/messages"
)

// MaxSkew is how far two clocks may be apart: five minutes, RFC 4120 section 3.1.3, and the
// default of MIT krb5 and Active Directory.
const MaxSkew = 5 * time.Minute

// verify asks of a reply what verify_as_reply of MIT krb5 asks (lib/krb5/krb/get_in_tkt.c), with
// canonicalize off. Realms and names are compared byte for byte: that is how the NetBIOS name, or
// lower case, in place of the realm becomes KDCREP_MODIFIED on a firewall.
func (r *Reply) verify(c Credential, part messages.EncKDCRepPart) error {
	if detail := r.mismatch(c, part); detail != "" {
		return r.kdc.fail(ReplyModified, "the reply is not for this request: %s", detail)
	}
	if apart := c.Start.Sub(r.kdc.now()).Abs(); apart > MaxSkew {
		return r.kdc.fail(ReplySkew, "the ticket starts %v from now; at most %v are allowed", apart.Round(time.Second), MaxSkew)
	}
	return nil
}

func (r *Reply) mismatch(c Credential, part messages.EncKDCRepPart) string {
	client, service := fromWire(r.asked.CName, r.asked.Realm), fromWire(r.asked.SName, r.asked.Realm)
	inTicket := fromWire(r.fields.Ticket.SName, r.fields.Ticket.Realm)
	switch {
	case !c.Client.Equal(client):
		return fmt.Sprintf("it is for the client %q, the request was for %q", c.Client, client)
	case !c.Service.Equal(service):
		return fmt.Sprintf("it is for the service %q, the request was for %q", c.Service, service)
	case !c.Service.Equal(inTicket):
		return fmt.Sprintf("its ticket is for %q, it says %q", inTicket, c.Service)
	case part.Nonce != r.asked.Nonce:
		return "its nonce is that of another request"
	case c.End.After(r.asked.Till):
		return fmt.Sprintf("its ticket ends at %v, the request was until %v", c.End.UTC(), r.asked.Till.UTC())
	}
	return ""
}
