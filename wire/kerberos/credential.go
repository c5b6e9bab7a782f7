package kerberos

import "time"

// Flags are the flags of a ticket, RFC 4120 section 5.3, the first in the highest bit.
type Flags uint32

// The flags that matter here.
const (
	FlagForwardable Flags = 1 << (31 - 1)
	FlagRenewable   Flags = 1 << (31 - 8)
	FlagInitial     Flags = 1 << (31 - 9)
	FlagPreauth     Flags = 1 << (31 - 10)
)

// Has says whether all of the flags are set.
func (f Flags) Has(flags Flags) bool { return f&flags == flags }

// flagsOf reads the bits of an ASN.1 bit string, which may be shorter than 32.
func flagsOf(bits []byte) (f Flags) {
	for i := range 4 {
		f <<= 8
		if i < len(bits) {
			f |= Flags(bits[i])
		}
	}
	return f
}

// Credential is a ticket with the session key that a client needs to use it.
type Credential struct {
	Client, Service Principal
	Session         Key
	Ticket          []byte // DER; nobody but the service can open it
	Flags           Flags

	AuthTime, Start, End time.Time
	RenewTill            time.Time // zero if the ticket is not renewable

	// ReplyEtype is the type of the key under which the KDC sealed its reply: with a TGT, that of
	// the account's key. TicketEtype is that of the service's key.
	ReplyEtype, TicketEtype Etype
	ReplyKVNO, TicketKVNO   int // versions of these keys; 0 if the KDC does not tell
}
