// Package wsman is WS-Management as Windows speaks it, both ways: what a client of WinRM and a simulated
// server share.
//
// A Conn is a client: one connection to one address, bound to one log-in, over HTTP with sealed bodies or over
// TLS. It tests, it does not use: every request is sent once, no redirect is followed, no proxy is asked,
// nothing is tried another way. What a server answers is a Response, a *Fault, a *StatusError where HTTP alone
// says no, a *FormatError where it cannot be read, and a *TransportError where nothing came.
//
// The server side is ReadRequest, Response.Marshal, Fault.Marshal and Sealing. Names are compared without their
// namespace where servers differ: OMI puts IdentifyResponse into that of SOAP, Windows a fragment's children
// into none.
//
// Everything foreign is bounded: header, body, depth and number of XML elements; a DTD is refused.
// The soap package of github.com/masterzen/winrm is not used: it builds requests for remote shells alone, reads
// nothing, and would be 250 lines here for the three elements that an Enumerate shares with a shell.
package wsman
