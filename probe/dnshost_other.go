//go:build !windows

package probe

// systemHosts is the hosts file.
func systemHosts() string { return "/etc/hosts" }
