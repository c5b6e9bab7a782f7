package probe

import (
	"fmt"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// useCache takes the TGT of a credential cache: somebody else has logged in, and nothing is spent.
func (s *monitored) useCache(d *door) check.Result {
	file := s.config.Cache
	unusable := func(status check.Status, format string, a ...any) check.Result {
		return check.Result{Status: status, Summary: fmt.Sprintf("%s: %s", file, fmt.Sprintf(format, a...)), Hint: fmt.Sprintf("fill it anew: kinit -c %s %v", file, s.who.principal)}
	}
	b, err := readFile(file)
	if err != nil {
		return check.Result{Status: check.Error, Summary: err.Error(), Hint: "name the credential cache file that klist shows"}
	}
	cache, err := kerberos.ReadCache(b)
	if err != nil {
		return unusable(check.Error, "%v", err)
	}
	tgt, ok := cache.TGT()
	switch now := s.at(d).Now(); {
	case !cache.Client.EqualFold(s.who.principal):
		return unusable(check.Error, "it is of %v, and the firewall logs in as %v", cache.Client, s.who.principal)
	case !ok:
		return unusable(check.Error, "it holds no ticket-granting ticket with an AES session key")
	case !tgt.End.After(now):
		return unusable(check.Error, "its ticket ended at %s", tgt.End.UTC().Format(time.RFC3339))
	}
	r := s.granting(d, key{}, tgt)
	r.Summary = fmt.Sprintf("%s holds a ticket of %v, good until %s: nothing was spent, and whether the firewall's password is right is not shown by it", file, tgt.Client, tgt.End.UTC().Format(time.RFC3339))
	return r
}
