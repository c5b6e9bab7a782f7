package wsman

import (
	"context"
	"fmt"
	"time"
)

// Defaults of a Query.
const (
	DefaultMaxEnvelope      = 150 << 10        // bytes: what every Windows takes, MS-WSMV section 2.2.4.10
	DefaultOperationTimeout = 10 * time.Second // the light side of what WinRM allows, 60 s
	DefaultBatch            = 100              // items of one answer
)

// Identify asks who answers.
func (c *Conn) Identify(ctx context.Context) (Identity, error) {
	r, err := c.Do(ctx, Request{Operation: Identify{}})
	if err != nil {
		return Identity{}, err
	}
	return r.Result.(Identity), nil // Do has looked
}

// Config reads the service's configuration, for which Windows wants an administrator.
func (c *Conn) Config(ctx context.Context) (Config, error) {
	h := Header{ResourceURI: ResourceConfig, MaxEnvelopeSize: DefaultMaxEnvelope, OperationTimeout: DefaultOperationTimeout}
	r, err := c.Do(ctx, Request{Header: h, Operation: Get{}})
	if err != nil {
		return Config{}, err
	}
	config, ok := r.Result.(Config)
	if !ok {
		return Config{}, fmt.Errorf("%s: %w", c.name, badFormat("soap", "it is no configuration"))
	}
	return config, nil
}

// Query is a question in WQL.
type Query struct {
	Namespace string // "root/cimv2"
	WQL       string
	Batch     int           // items of one answer; 0 means DefaultBatch
	Timeout   time.Duration // of one answer, on the server; 0 means DefaultOperationTimeout
	// MaxEnvelope is the longest answer, in bytes; 0 means DefaultMaxEnvelope.
	MaxEnvelope int
	// Selector names the namespace once more in a selector, which OMI wants and Windows does not.
	Selector bool
}

// Enumeration is a list that a server is about to give.
type Enumeration struct {
	Items []Item // of the last answer
	Done  bool   // there is no more, and nothing to release

	conn    *Conn
	header  Header
	context string
	batch   int
}

// Enumerate asks a query and takes the first answer. Whoever does not take all releases the rest. Errors are those
// of Do.
func (c *Conn) Enumerate(ctx context.Context, q Query) (*Enumeration, error) {
	e := &Enumeration{conn: c, batch: orInt(q.Batch, DefaultBatch), header: Header{
		ResourceURI: WMIResource(q.Namespace, "*"), MaxEnvelopeSize: orInt(q.MaxEnvelope, DefaultMaxEnvelope), OperationTimeout: q.Timeout,
	}}
	if e.header.OperationTimeout <= 0 {
		e.header.OperationTimeout = DefaultOperationTimeout
	}
	if q.Selector {
		e.header.Selectors = []Selector{{"__cimnamespace", q.Namespace}}
	}
	if err := e.take(c.Do(ctx, Request{Header: e.header, Operation: Enumerate{Query: q.WQL, Optimize: true, MaxElements: e.batch}})); err != nil {
		return nil, err
	}
	return e, nil
}

func orInt(n, otherwise int) int {
	if n > 0 {
		return n
	}
	return otherwise
}

func (e *Enumeration) take(r Response, err error) error {
	e.Items = nil
	if err != nil {
		return err
	}
	b := r.Result.(Batch) // Do has looked
	e.Items = b.Items
	if b.Context != "" {
		e.context = b.Context // it may change with every answer, DSP0226 section 8.4
	}
	e.Done = b.End || e.context == ""
	return nil
}

// Pull takes the next answer into Items; it may be an empty one. At the end it does nothing.
func (e *Enumeration) Pull(ctx context.Context) error {
	if e.Done {
		e.Items = nil
		return nil
	}
	return e.take(e.conn.Do(ctx, Request{Header: e.header, Operation: Pull{e.context, e.batch}}))
}

// Release tells the server that no more is wanted. At the end it does nothing. The connection has to be usable: a
// context that ended in the middle of an answer leaves it to the server's EnumerationTimeoutms.
func (e *Enumeration) Release(ctx context.Context) error {
	if e.Done {
		return nil
	}
	_, err := e.conn.Do(ctx, Request{Header: e.header, Operation: Release{e.context}})
	if err == nil {
		e.Done = true
	}
	return err
}
