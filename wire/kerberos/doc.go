// Package kerberos is Kerberos 5 as bytes, both ways: what a client that asks one KDC and a
// simulated KDC share.
//
// The client side tests, it does not use: a [KDC] is one address over one transport, every
// request is sent once, nothing is retried, nothing is canonicalised, and no configuration
// file is read. A refusal is a *[KDCError] with everything the KDC said; what the client itself
// found is a *[ClientError]. Both know the number that MIT krb5, and so a firewall, shows.
//
// The server side is [DecodeRequest], which reads what a client asks, and [Request.ASReply],
// [Request.TGSReply] and [ErrorReply.Marshal], which say what a KDC answers.
//
// With a ticket, an Initiator logs in to a service over GSS-API, RFC 4121, bare or within SPNEGO, RFC 4178, and an
// Acceptor is such a service; both give a SecurityContext, which seals and signs. Keytab and Cache are
// the files of MIT krb5. Only the AES types are made and used.
package kerberos
