package sender

import "syscall"

// errnos are the numbers of Winsock by kind. (The names of package syscall, such as
// ECONNREFUSED, are inventions on Windows that no call returns.)
var errnos = []struct {
	kind   Kind
	errnos []syscall.Errno
}{
	{Refused, []syscall.Errno{10061}},                   // WSAECONNREFUSED
	{Reset, []syscall.Errno{10054, 10053, 10058}},       // WSAECONNRESET, WSAECONNABORTED, WSAESHUTDOWN
	{TooLong, []syscall.Errno{10040}},                   // WSAEMSGSIZE
	{Unreachable, []syscall.Errno{10051, 10065, 10050}}, // WSAENETUNREACH, WSAEHOSTUNREACH, WSAENETDOWN
	{LocalAddress, []syscall.Errno{10049}},              // WSAEADDRNOTAVAIL
	{Timeout, []syscall.Errno{10060}},                   // WSAETIMEDOUT
}

// reportsRefusal says whether a refusal of a datagram ever comes back to a connected
// socket: Go's never sees one on Windows.
const reportsRefusal = false
