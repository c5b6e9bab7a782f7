package diagnose

import (
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gopacket/gopacket/layers"

	"github.com/uidprobe/uidprobe/peers"
)

// The captures of these tests are captures to tcpdump as well, packet for packet.
func TestCapturesToTcpdump(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("tcpdump")
	if err != nil {
		peers.Missing(t, "tcpdump is not installed")
	}
	me, err := user.Current() // it gives up its rights for those of a user of its own otherwise
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range []layers.LinkType{layers.LinkTypeEthernet, layers.LinkTypeLinuxSLL, layers.LinkTypeRaw} {
		for _, ng := range []bool{false, true} {
			p := unknownAccount(t)
			p.link, p.ng, p.frames = link, ng, nil
			c := p.tcpTo(firewall4, at4(5985)).open()
			c.say(fromClient, []byte("POST /wsman HTTP/1.1\r\n\r\n"))
			c.reset(fromServer)
			file := filepath.Join(t.TempDir(), "a.pcap")
			if err := os.WriteFile(file, p.bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.CommandContext(t.Context(), program, "-Z", me.Username, "-nr", file).Output()
			if err != nil {
				t.Fatalf("%v, pcapng %v: %v: %s", link, ng, err, out)
			}
			lines := strings.Split(strings.TrimSpace(string(out)), "\n")
			_, words := diagnosed(t, p, Config{})
			if len(lines) != len(p.frames) || !strings.Contains(lines[0], "192.0.2.53.5985: Flags [S]") ||
				!strings.Contains(lines[len(lines)-1], "Flags [R.]") || len(words) != 1 || words[0] != "fail winrm.cut@192.0.2.53" {
				t.Errorf("%v, pcapng %v: found %q where tcpdump says\n%s", link, ng, words, out)
			}
		}
	}
}
