package library

import (
	"regexp"
	"testing"
)

// The kinds of lines that are known to fool a parse profile, each with the vendor in whose
// file one stands. Products that the library does not have are with the profile that comes
// nearest to their line.
func TestKnownTrapsAreThere(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, vendor, text string }{
		{"failure with user and address", "cisco-asa-anyconnect", `%ASA-4-113029: .* Session could not be established`},
		{"success before DHCP, outer identity", "cisco-meraki-anyconnect", `8021x_eap_success .*client_ip='0\.0\.0\.0' identity='anonymous@`},
		{"second fragment", "cisco-ise", `CISE_RADIUS_Accounting [0-9]+ 2 1 .*User-Name=.*Framed-IP-Address=`},
		{"session without an address", "openssh", `sshd\(pam_unix\)\[[0-9]+\]: session opened for user`},
		{"IPv4 address written as IPv6", "openssh", ` from ::ffff:198\.51\.100\.7 `},
		{"mail server's failure", "freeradius", `dovecot: pop3-login: Aborted login .* user=<.* rip=::ffff:198\.51\.100\.7,`},
		{"proxy challenge", "squid", ` TCP_DENIED/407 `},
		{"proxy challenge of another proxy", "bluecoat-proxysg", ` sc-status=407 `},
		{"accounting without an address", "freeradius", ` login user=uidprobe-0001 ip= `},
		{"address without a user", "palo-alto-example", `NAC Policy Log: Source: 198\.51\.100\.7, Rule: `},
		{"user of two lines", "citrix-netscaler", `apmd\[[0-9]+\]: .*:3c0e1f2a: Username 'uidprobe-0001'`},
		{"address of two lines", "citrix-netscaler", `tmm\[[0-9]+\]: .*:3c0e1f2a: Assigned PPP Dynamic IPv4: 198\.51\.100\.7 `},
		{"failure made to look like a success", "openssh", `Failed password for invalid user sshd\[1\]: Accepted password for uidprobe-0001 `},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			text := regexp.MustCompile(row.text)
			for _, v := range All() {
				if v.Name != row.vendor {
					continue
				}
				for _, p := range v.Profiles {
					for _, n := range p.MustNotMap {
						if text.Match(render(t, n.Message, values("uidprobe-0001", "198.51.100.7"))) {
							return
						}
					}
				}
			}
			t.Errorf("no must-not-map message of %s matches %s", row.vendor, row.text)
		})
	}
}
