package kerberos

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/peers"
)

// What kinit and kvno write is read, and works.
func TestCacheOfMIT(t *testing.T) {
	t.Parallel()
	mit := peers.MIT(t)
	client := peers.NewClient(t, mit.KDC)
	client.Run(t, password+"\n", "kinit", "svc-userid@CORP.EXAMPLE")
	client.Run(t, "", "kvno", "HTTP/dc1.corp.example@CORP.EXAMPLE")
	b, err := os.ReadFile(client.Cache)
	if err != nil {
		t.Fatal(err)
	}
	c, err := ReadCache(b)
	if err != nil {
		t.Fatal(err)
	}
	if c.Client.String() != "svc-userid@CORP.EXAMPLE" || len(c.Credentials) != 2 || c.Skipped == 0 {
		t.Errorf("%v with %d tickets, %d skipped; want the account with 2, and MIT's settings", c.Client, len(c.Credentials), c.Skipped)
	}
	tgt, ok := c.TGT()
	if !ok || !tgt.Flags.Has(FlagInitial|FlagPreauth) || tgt.TicketEtype != AES256 || tgt.TicketKVNO != 1 || time.Until(tgt.End) < time.Hour {
		t.Fatalf("TGT %v: flags %08x, %v, version %d, until %v", ok, uint32(tgt.Flags), tgt.TicketEtype, tgt.TicketKVNO, tgt.End)
	}
	k := KDC{Network: "tcp", Address: mit.KDC.String()}
	if _, err := k.ServiceTicket(ctx(t), tgt, HTTPService("sim.corp.example", "CORP.EXAMPLE"), nil); err != nil {
		t.Errorf("a ticket with the TGT of kinit: %v", err)
	}
}

// What we write is shown by klist and used by kvno.
func TestCacheForMIT(t *testing.T) {
	t.Parallel()
	mit := peers.MIT(t)
	tgt, ticket := mitTicket(t, mit, nil)
	client := peers.NewClient(t, mit.KDC)
	writeCache(t, client.Cache, Cache{Client: tgt.Client, Credentials: []Credential{tgt, ticket}, Offset: time.Second})
	list := client.Run(t, "", "klist", "-e", "-f")
	for _, want := range []string{"Default principal: svc-userid@CORP.EXAMPLE", "krbtgt/CORP.EXAMPLE@CORP.EXAMPLE", "HTTP/sim.corp.example@CORP.EXAMPLE", "aes256-cts-hmac-sha1-96"} {
		if !strings.Contains(list, want) {
			t.Errorf("klist does not show %q:\n%s", want, list)
		}
	}
	if out := client.Run(t, "", "kvno", "HTTP/dc1.corp.example@CORP.EXAMPLE"); !strings.Contains(out, "kvno = ") {
		t.Errorf("kvno: %s", out)
	}
}
