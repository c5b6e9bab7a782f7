package firewall

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

// KernelDrops is how many datagrams the kernel threw away because the buffer of the UDP
// listener was full: they came, and no message counter knows of them. It is unknown without
// the listener, after Close, and where the kernel does not tell.
//
// It is the last column of /proc/net/udp (Linux, net/ipv4/udp.c, udp4_format_sock), in the
// line with the socket's inode.
func (fw *Firewall) KernelDrops() (n uint64, known bool) {
	if fw.udp == nil {
		return 0, false
	}
	raw, err := fw.udp.SyscallConn()
	if err != nil {
		return 0, false
	}
	var stat syscall.Stat_t
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = syscall.Fstat(int(fd), &stat) }); err != nil || failed != nil {
		return 0, false
	}
	for _, name := range []string{"/proc/net/udp", "/proc/net/udp6"} {
		text, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		if n, known = dropsOf(string(text), strconv.FormatUint(stat.Ino, 10)); known {
			return n, true
		}
	}
	return 0, false
}

// dropsOf reads the line of an inode: sl, local and remote address, st, tx:rx, tr:when, retrnsmt,
// uid, timeout, inode, ref, pointer, drops.
func dropsOf(table, inode string) (n uint64, known bool) {
	for line := range strings.Lines(table) {
		fields := strings.Fields(line)
		if len(fields) != 13 || fields[9] != inode {
			continue
		}
		n, err := strconv.ParseUint(fields[12], 10, 64)
		return n, err == nil
	}
	return 0, false
}
