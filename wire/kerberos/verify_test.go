package kerberos

import (
	"errors"
	"testing"
	"time"
)

// A ticket for another service than the reply says is found, as everything else that does not fit.
func TestTheTicketIsCompared(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC().Truncate(time.Second)
	k := KDC{Network: "udp", Address: "192.0.2.1:88", Now: func() time.Time { return now }}
	asked := ASRequest{Client: parse(t, "svc@CORP.EXAMPLE")}.build(now)
	b, err := asked.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	req, err := DecodeRequest(b)
	if err != nil {
		t.Fatal(err)
	}
	key := RandomKey(AES256)
	answer, err := req.ASReply(Grant{
		Client: req.Client, Service: req.Service, Session: RandomKey(AES128), AuthTime: now, Start: now, End: now.Add(time.Hour),
		TicketKey: RandomKey(AES256), ReplyKey: key, ReplyKVNO: 3,
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := k.readReply(answer, tagASRep, asked.ReqBody)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := r.open(key); err != nil || c.Session.Etype() != AES128 || c.ReplyKVNO != 3 || !c.End.Equal(now.Add(time.Hour)) {
		t.Fatalf("%+v, %v", c, err)
	}
	r.fields.Ticket.Realm = "OTHER.EXAMPLE"
	var found *ClientError
	if _, err := r.open(key); !errors.As(err, &found) || found.Failure != ReplyModified {
		t.Errorf("%v, want a modified reply", err)
	}
}
