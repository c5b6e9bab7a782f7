// Package directory asks a domain controller's directory what it says of an account, of its
// policy and of a server's names, over LDAP.
//
// It logs in with a Kerberos ticket that the caller has, so that no password is spent, and
// either seals what follows with the session of that ticket, RFC 4752, or talks through TLS and
// binds the ticket to it, RFC 5929. It never writes. A server that does not let it in is an
// *Error with a Reason: whoever asks can go on without the directory.
package directory
