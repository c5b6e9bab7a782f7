package directory

import (
	"context"
	"fmt"
	"time"
)

// Policy is how long passwords live and when accounts are locked.
type Policy struct {
	DN                 string        // where it stands
	MaxPasswordAge     time.Duration // 0: passwords do not expire
	LockoutThreshold   int           // wrong passwords; 0: accounts are not locked
	LockoutDuration    time.Duration // 0: until an administrator unlocks
	LockoutObservation time.Duration // after which wrong passwords are forgotten
}

// Policy reads the domain's own policy. Accounts with an Account.FineGrained have another one.
func (c *Conn) Policy(ctx context.Context) (Policy, error) {
	e, err := c.one(ctx, question{
		doing: "read the policy of the domain", base: c.root.Domain, only: true, filter: "(objectClass=*)",
		attributes: domainPolicy[:],
	})
	if err != nil {
		return Policy{}, err
	}
	return c.policyOf(e, domainPolicy)
}

// The attributes of a policy, in the order of Policy.
var (
	domainPolicy      = [...]string{"maxPwdAge", "lockoutThreshold", "lockoutDuration", "lockOutObservationWindow"}
	fineGrainedPolicy = [...]string{
		"msDS-MaximumPasswordAge", "msDS-LockoutThreshold", "msDS-LockoutDuration", "msDS-LockoutObservationWindow",
	}
)

// policyOf does not take an attribute that is not shown for one that says "never".
func (c *Conn) policyOf(e entry, names [4]string) (Policy, error) {
	if hidden := e.hidden(names[:]); hidden != nil {
		return Policy{}, fmt.Errorf("%s: %s: %q is not shown: %w", c.server, e.dn(), hidden[0], ErrNotFound)
	}
	return Policy{
		DN: e.dn(), MaxPasswordAge: interval(e.number(names[0])), LockoutThreshold: int(e.number32(names[1])),
		LockoutDuration: interval(e.number(names[2])), LockoutObservation: interval(e.number(names[3])),
	}, nil
}

// FineGrainedPolicy reads the password settings object at a DN, Account.FineGrained. Active
// Directory shows these to administrators alone unless told otherwise; then it is ErrNotFound.
func (c *Conn) FineGrainedPolicy(ctx context.Context, dn string) (Policy, error) {
	e, err := c.one(ctx, question{
		doing: "read the password settings " + quoted(dn), base: dn, only: true, filter: "(objectClass=*)",
		attributes: fineGrainedPolicy[:],
	})
	if err != nil {
		return Policy{}, err
	}
	return c.policyOf(e, fineGrainedPolicy)
}
