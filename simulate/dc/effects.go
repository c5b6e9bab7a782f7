package dc

import (
	"strings"
	"time"

	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// effects is what the running faults do. It is never changed once it is published.
type effects struct {
	closed           bool
	muteUDP, muteTCP bool
	muteProof        bool // silent to what carries a password
	garbage          bool
	huge, cut        bool
	delay            time.Duration
	offset           time.Duration // of the KDC's clock
	offer            string        // what is wrong with ETYPE-INFO2; empty is nothing
	open             bool          // no pre-authentication wanted
	otherKey         bool          // and the reply under another key
	modify           string        // what of a reply is wrong
	refusals         []injected
	winrm            winrmEffects
}

// injected is a KRB-ERROR that a fault sends.
type injected struct {
	tgs     bool   // to a TGS-REQ; otherwise to an AS-REQ
	proved  bool   // after the password was found right; otherwise before it is looked at
	account string // lower case; empty means every one
	reply   kerberos.ErrorReply
}

// refuses is the error that a fault sends at this point; nil if none does. The account is nil
// in a TGS exchange.
func (e *effects) refuses(in arrival, a *account, proved bool) error {
	for _, r := range e.refusals {
		if r.tgs != in.TGS || r.proved != proved {
			continue
		}
		if r.account == "" || a != nil && strings.EqualFold(r.account, a.config.Name) {
			reply := r.reply
			return &reply
		}
	}
	return nil
}

func (e *effects) silent(in arrival) bool {
	return e.muteUDP && in.transport == udp || e.muteTCP && in.transport == tcp ||
		e.muteProof && in.HasTimestamp()
}

func (e *effects) noPreauth() bool { return e.open || e.otherKey }

// What FaultReplyModified can make wrong in a reply.
const (
	modifyRealm    = "realm"
	modifyClient   = "client"
	modifyService  = "service"
	modifyNonce    = "nonce"
	modifyLifetime = "lifetime"
)

var modifications = []string{modifyRealm, modifyClient, modifyService, modifyNonce, modifyLifetime}

// What FaultNoOffer can make of ETYPE-INFO2.
const (
	offerEmpty   = "empty"
	offerMissing = "missing"
	offerRC4     = "rc4"
	offerNothing = "no-method" // not even an encrypted timestamp: MIT krb5's answer
)

// required is the METHOD-DATA of a refusal.
func (e *effects) required(code kerberos.ErrorCode, offers []kerberos.Offer) *kerberos.ErrorReply {
	reply := &kerberos.ErrorReply{Code: code, Methods: true, Offers: offers}
	switch e.offer {
	case offerEmpty:
		reply.Offers = nil
	case offerMissing:
		reply.NoInfo = true
	case offerNothing:
		reply.NoInfo, reply.NoTimestamp = true, true
	case offerRC4:
		reply.Offers = []kerberos.Offer{{Etype: kerberos.RC4}}
	}
	return reply
}

// spoil makes a grant of an AS reply what the client did not ask for.
func (e *effects) spoil(g *kerberos.Grant) {
	if e.otherKey {
		g.ReplyKey = kerberos.RandomKey(g.ReplyKey.Etype())
	}
	switch e.modify {
	case modifyRealm:
		g.Client.Realm = strings.ToLower(g.Client.Realm)
	case modifyClient:
		g.Client.Name = []string{"another"}
	case modifyService:
		g.Service.Name = []string{"krbtgt", strings.ToLower(g.Service.Realm)}
	case modifyNonce:
		g.OtherNonce = true
	case modifyLifetime:
		g.End = g.End.Add(24 * time.Hour)
	}
}
