package dc

import (
	"crypto/tls"
	"time"
)

// winrmEffects is what the running faults do to WinRM.
type winrmEffects struct {
	closed                 bool
	mute                   bool // no request is answered
	muteUnknown            bool // none of somebody who has not logged in
	muteTLS                bool
	cut                    bool // the connection ends in place of an answer
	tlsOnPlain, plainOnTLS bool
	page                   *webAnswer // in place of every answer
	certificate            *tls.Certificate

	offset time.Duration // of the server's clock
	delay  time.Duration // of each query

	basic, noBasic, noKerberos bool
	allowUnencrypted           bool
	memberServer               bool
	refusePasswords            bool
	wrongKey                   bool // no ticket opens
	refuseTickets              bool // every ticket opens, and none is taken
	silentRefusal              bool // and the client is not told why
	bindings                   Bindings
	refuseBodies               bool // a 500 without a body, as to a body in the clear

	denied, deniedEvents uint32 // the code of a fault; 0 is none
	noEvents, noAudit    bool
}
