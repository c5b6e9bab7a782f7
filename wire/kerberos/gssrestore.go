package kerberos

// ContextKeys are an established context as a recording of a session has it.
type ContextKeys struct {
	Initiator   bool // this side is
	Key         Key
	AcceptorKey bool // Key is the acceptor's, and not the initiator's
	Flags       GSSFlags
	Send, Recv  uint64 // the next sequence numbers of this side and of the peer
}

// RestoreContext makes a context of its keys, to read what was recorded or to go on with it.
func RestoreContext(k ContextKeys) *SecurityContext {
	return &SecurityContext{flags: k.Flags, initiator: k.Initiator, key: k.Key, subkey: k.AcceptorKey, send: k.Send, recv: k.Recv}
}
