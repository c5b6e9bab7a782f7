package directory

import (
	"context"
	"fmt"
	"slices"
)

const (
	// maxGroups bounds the groups of one account. A Windows access token holds 1024 (Microsoft, article 328889).
	maxGroups = 1024
	// groupsAtOnce is how many groups one search asks the names of.
	groupsAtOnce = 64
	// inChain is LDAP_MATCHING_RULE_TRANSITIVE_EVAL, MS-ADTS section 3.1.1.3.4.4.3.
	inChain = "member:1.2.840.113556.1.4.1941:"
)

// groups expands the memberships. tokenGroups, MS-ADTS section 3.1.1.4.5.19, is the domain controller's own
// answer; where the account may not read it, the members are followed.
func (c *Conn) groups(ctx context.Context, a Account, primary uint32) ([]Group, error) {
	e, err := c.one(ctx, question{
		doing: "read the groups of " + quoted(a.Name), base: a.DN, only: true, filter: "(objectClass=*)", attributes: []string{"tokenGroups"},
	})
	if err != nil {
		return nil, err
	}
	var sids []SID
	for _, v := range e.raw("tokenGroups") {
		if s, err := DecodeSID(v); err == nil {
			sids = append(sids, s)
		}
	}
	if len(sids) > 0 {
		return c.named(ctx, sids)
	}
	return c.followed(ctx, a, primary)
}

// named looks up the names of groups. A group of another domain has none here.
func (c *Conn) named(ctx context.Context, sids []SID) ([]Group, error) {
	if len(sids) > maxGroups {
		return nil, fmt.Errorf("an account of %d groups; we take at most %d", len(sids), maxGroups)
	}
	list := make([]Group, 0, len(sids))
	for some := range slices.Chunk(sids, groupsAtOnce) {
		var filters []string
		for _, s := range some {
			filters = append(filters, equals("objectSid", string(s.bytes())))
		}
		found, err := c.search(ctx, question{
			doing: "read the names of groups", base: c.root.Domain, filter: either(filters...), attributes: groupAttributes,
		})
		if err != nil {
			return nil, err
		}
		for _, s := range some {
			g := Group{SID: s}
			if i := slices.IndexFunc(found, func(e entry) bool { return e.sid("objectSid") == s }); i >= 0 {
				g = groupOf(found[i])
			}
			list = append(list, g)
		}
	}
	return list, nil
}

var groupAttributes = []string{"objectSid", "sAMAccountName"}

func groupOf(e entry) Group {
	return Group{SID: e.sid("objectSid"), Name: e.text("sAMAccountName"), DN: e.dn()}
}

// followed asks for the groups that have the account, or its primary group, as a member.
func (c *Conn) followed(ctx context.Context, a Account, primary uint32) ([]Group, error) {
	members := []string{"(" + inChain + "=" + escaped(a.DN) + ")"}
	var list []Group
	if primary != 0 && a.SID != "" {
		own, err := c.named(ctx, []SID{a.SID.Domain().With(primary)})
		if err != nil {
			return nil, err
		}
		list = own
		if own[0].DN != "" {
			members = append(members, "("+inChain+"="+escaped(own[0].DN)+")")
		}
	}
	found, err := c.search(ctx, question{
		doing: "follow the groups of " + quoted(a.Name), base: c.root.Domain, filter: either(members...), attributes: groupAttributes,
	})
	for _, e := range found {
		list = append(list, groupOf(e))
	}
	return list, err
}
