//go:build !linux

package firewall

// KernelDrops is how many datagrams the kernel threw away because the buffer of the UDP
// listener was full. It is unknown on this system.
func (fw *Firewall) KernelDrops() (n uint64, known bool) { return 0, false }
