package directory

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-ldap/ldap/v3"
)

const (
	// maxEntries is more than any of our questions should find.
	maxEntries = 256
	// serverSeconds is what the server is asked to spend on a search at most.
	serverSeconds = 10
)

// question is one search.
type question struct {
	doing      string
	base       string
	only       bool // the base alone, not what is below it
	filter     string
	attributes []string
}

func (c *Conn) search(ctx context.Context, q question) ([]entry, error) {
	scope := ldap.ScopeWholeSubtree
	if q.only {
		scope = ldap.ScopeBaseObject
	}
	var found *ldap.SearchResult
	err := c.do(ctx, q.doing, func() (err error) {
		found, err = c.ldap.Search(ldap.NewSearchRequest(q.base, scope, ldap.NeverDerefAliases, maxEntries, serverSeconds, false, q.filter, q.attributes, nil))
		return err
	})
	if err != nil {
		return nil, err
	}
	list := make([]entry, 0, len(found.Entries))
	for _, e := range found.Entries {
		list = append(list, entry{e})
	}
	return list, nil
}

// one is a search that has to find one object.
func (c *Conn) one(ctx context.Context, q question) (entry, error) {
	found, err := c.search(ctx, q)
	var refused *Error
	switch {
	case errors.As(err, &refused) && refused.Code == ldap.LDAPResultNoSuchObject:
		return entry{}, fmt.Errorf("%s: %s: %w", c.server, q.doing, ErrNotFound)
	case err != nil:
		return entry{}, err
	case len(found) == 0:
		return entry{}, fmt.Errorf("%s: %s: %w", c.server, q.doing, ErrNotFound)
	case len(found) > 1:
		return entry{}, fmt.Errorf("%s: %s: %w: %q and %q", c.server, q.doing, ErrAmbiguous, found[0].dn(), found[1].dn())
	}
	return found[0], nil
}
