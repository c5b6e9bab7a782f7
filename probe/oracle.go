package probe

import (
	"context"
	"net/netip"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/panos"
)

// oracle tells what the firewall counted and mapped. Each answer comes with what was seen
// of it, also beside an error.
type oracle interface {
	state(context.Context) (panos.ServerMonitorState, []check.Evidence, error)
	statistics(context.Context) (panos.ServerMonitorStatistics, []check.Evidence, error)
	// mapping is that of one address; nil means not mapped.
	mapping(context.Context, panos.Table, netip.Addr) (*panos.Mapping, []check.Evidence, error)
	highAvailability(context.Context) (panos.HighAvailability, []check.Evidence, error)
	// clock is the firewall's own.
	clock(context.Context) (panos.Clock, []check.Evidence, error)
	close() error
}

// apiOracle asks the XML API, each question within one attempt. It may be used concurrently.
type apiOracle struct {
	client *panos.Client
}

// ask runs one question within one attempt.
func ask[T any](ctx context.Context, client *panos.Client, question func(*panos.Client, context.Context) (T, error)) (T, []check.Evidence, error) {
	var seen []check.Evidence
	attempt, cancel := check.Attempt(ctx)
	defer cancel()
	observed := client.Observed(func(x panos.Exchange) {
		if x.Answer != "" {
			seen = append(seen, check.Evidence{Name: "answer to " + x.Command, Text: x.Answer})
		}
	})
	answer, err := question(observed, attempt)
	return answer, seen, err
}

func (o *apiOracle) systemInfo(ctx context.Context) (panos.SystemInfo, []check.Evidence, error) {
	return ask(ctx, o.client, (*panos.Client).SystemInfo)
}

func (o *apiOracle) state(ctx context.Context) (panos.ServerMonitorState, []check.Evidence, error) {
	return ask(ctx, o.client, (*panos.Client).ServerMonitorState)
}

func (o *apiOracle) statistics(ctx context.Context) (panos.ServerMonitorStatistics, []check.Evidence, error) {
	return ask(ctx, o.client, (*panos.Client).ServerMonitorStatistics)
}

func (o *apiOracle) highAvailability(ctx context.Context) (panos.HighAvailability, []check.Evidence, error) {
	return ask(ctx, o.client, (*panos.Client).HighAvailability)
}

func (o *apiOracle) clock(ctx context.Context) (panos.Clock, []check.Evidence, error) {
	return ask(ctx, o.client, (*panos.Client).Clock)
}

func (o *apiOracle) mapping(ctx context.Context, table panos.Table, address netip.Addr) (*panos.Mapping, []check.Evidence, error) {
	mappings, seen, err := ask(ctx, o.client, func(c *panos.Client, ctx context.Context) ([]panos.Mapping, error) {
		return c.Mapping(ctx, table, address)
	})
	return ofAddress(mappings, address), seen, err
}

func (o *apiOracle) close() error { return o.client.Close() }

func ofAddress(mappings []panos.Mapping, address netip.Addr) *panos.Mapping {
	for i := range mappings {
		if mappings[i].Address == address {
			return &mappings[i]
		}
	}
	return nil
}

// newest is the last of what a check has seen: one that polls has seen much.
func newest(seen []check.Evidence) []check.Evidence {
	const most = 3
	return seen[max(0, len(seen)-most):]
}
