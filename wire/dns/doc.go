// Package dns is DNS as bytes, both ways: what a client that asks one server and a simulated
// server share.
//
// The client side tests, it does not use: [Query] asks one server once, over one transport, and
// keeps the response code that the resolver of a system hides. No configuration file and no
// hosts file is read, nothing is retried and nothing is cached. [Ask] is UDP and then, where the
// answer says that it was cut, TCP.
//
// The server side is [DecodeQuery], which reads what a client asks, and [Question.Encode], which
// says what a server answers.
//
// A name is written as a person types it, with or without the dot at its end; names in answers
// come without it, and bytes that no screen should see come as \DDD, RFC 1035 section 5.1. There is
// no DNSSEC, no zone transfer and no update.
package dns
