//go:build !windows

package sender

import "syscall"

// errnos are the kernel's numbers by kind.
var errnos = []struct {
	kind   Kind
	errnos []syscall.Errno
}{
	{Refused, []syscall.Errno{syscall.ECONNREFUSED}},
	{Reset, []syscall.Errno{syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED}},
	{TooLong, []syscall.Errno{syscall.EMSGSIZE}},
	{Unreachable, []syscall.Errno{syscall.ENETUNREACH, syscall.EHOSTUNREACH, syscall.ENETDOWN, syscall.EHOSTDOWN}},
	{LocalAddress, []syscall.Errno{syscall.EADDRNOTAVAIL}},
	{Timeout, []syscall.Errno{syscall.ETIMEDOUT}},
}

// reportsRefusal says whether a refusal of a datagram ever comes back to a connected socket.
const reportsRefusal = true
