package dc

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/uidprobe/uidprobe/wire/wsman"
)

const (
	// minEnvelope is the smallest bound of an answer that a client may ask for: DSP0226 section 13.2.
	minEnvelope = 8192
	// productVersion is that of Windows Server 2012 R2, as its answers were captured.
	productVersion = "OS: 6.3.9600 SP: 0.0 Stack: 3.0"

	codeInvalidClass     uint32 = 0x80041010 // WBEM_E_INVALID_CLASS, wbemcli.h
	codeInvalidNamespace uint32 = 0x8004100E // WBEM_E_INVALID_NAMESPACE
)

// operate answers a message in SOAP; ok is false for silence.
func (w *winrm) operate(ctx context.Context, soap []byte, who string, e *winrmEffects, note map[string]any) (webAnswer, bool) {
	req, err := wsman.ReadRequest(soap)
	var result wsman.Result
	if err == nil {
		note["operation"] = operationName(req.Operation)
		if q, ok := req.Operation.(wsman.Enumerate); ok {
			note["query"] = q.Query
		}
		result, err = w.do(ctx, req, who, e)
		if errors.Is(err, errLate) {
			return webAnswer{}, false
		}
	}
	if err == nil {
		return webAnswer{status: http.StatusOK, body: wsman.Response{Header: wsman.Header{RelatesTo: req.MessageID}, Result: result}.Marshal()}, true
	}
	var f *wsman.Fault
	if !errors.As(err, &f) {
		f = &wsman.Fault{Code: "Receiver", Subcode: "wsman:InternalError", Reason: err.Error()}
	}
	f.RelatesTo = req.MessageID
	note["fault"] = f.Error()
	status := f.Status
	if status == 0 {
		status = http.StatusInternalServerError
	}
	return webAnswer{status: status, body: f.Marshal()}, true
}

func operationName(op wsman.Operation) string {
	switch op.(type) {
	case wsman.Identify:
		return "Identify"
	case wsman.Enumerate:
		return "Enumerate"
	case wsman.Pull:
		return "Pull"
	case wsman.Release:
		return "Release"
	case wsman.Get:
		return "Get"
	}
	return "unknown"
}

// errLate is a client or a domain controller that is gone before the answer was due.
var errLate = errors.New("too late")

// do gives the result of a request; the error is a *wsman.Fault, or errLate.
func (w *winrm) do(ctx context.Context, req wsman.Request, who string, e *winrmEffects) (wsman.Result, error) {
	if _, ok := req.Operation.(wsman.Identify); ok {
		// Who is let in may ask who answers, whatever else it may not: that is inferred.
		return wsman.Identity{ProductVendor: "Microsoft Corporation", ProductVersion: productVersion, Profiles: profiles}, nil
	}
	if code := e.denied; code != 0 {
		return nil, wsman.NewFault(code, w.Host)
	}
	switch op := req.Operation.(type) {
	case wsman.Enumerate:
		return w.enumerate(ctx, req, op, who, e)
	case wsman.Pull:
		return w.pull(req, op, who)
	case wsman.Release:
		if !w.open.remove(op.Context, who, w.dc.config.Now()) {
			return nil, errContext
		}
		return wsman.Released{}, nil
	}
	// Windows shows its configuration to administrators, and the accounts here are none.
	return nil, wsman.NewFault(wsman.CodeAccessDenied, w.Host)
}

var profiles = []string{
	"http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/http/basic",
	"http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/http/spnego-kerberos",
}

var errContext = &wsman.Fault{Code: "Receiver", Subcode: "wsen:InvalidEnumerationContext", Reason: "The supplied enumeration context is invalid."}

func (w *winrm) enumerate(ctx context.Context, req wsman.Request, op wsman.Enumerate, who string, e *winrmEffects) (wsman.Result, error) {
	q, err := w.question(req, op)
	if err != nil {
		return nil, err
	}
	ofLog := strings.EqualFold(q.class, classEvents)
	if ofLog && e.deniedEvents != 0 {
		return nil, wsman.NewFault(e.deniedEvents, w.Host)
	}
	if err := w.linger(ctx, req.OperationTimeout, e); err != nil {
		return nil, err
	}
	rows, ok := w.rows(q, e)
	if !ok {
		return nil, providerFault(codeInvalidClass, w.Host, "Invalid class ")
	}
	list := &enumeration{owner: who, items: rows, maxEnvelope: w.envelope(req)}
	if !op.Optimize {
		return w.open.begin(list, w.dc.config.Now(), w.EnumerationTimeout)
	}
	batch, err := list.take(max(op.MaxElements, 1), w.MaxBatch, false)
	if err != nil || batch.End {
		return batch, err
	}
	begun, err := w.open.begin(list, w.dc.config.Now(), w.EnumerationTimeout)
	batch.Context = begun.Context
	return batch, err
}

// question finds out what is asked for.
func (w *winrm) question(req wsman.Request, op wsman.Enumerate) (query, error) {
	namespace, class, ok := wsman.ParseWMIResource(req.ResourceURI)
	switch {
	case !ok:
		return query{}, &wsman.Fault{Code: "Sender", Subcode: "wsa:DestinationUnreachable", Reason: "The resource URI is not one of this service.",
			Detail: "http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/InvalidResourceURI"}
	case !strings.EqualFold(namespace, "root/cimv2"):
		return query{}, providerFault(codeInvalidNamespace, w.Host, "Invalid namespace ")
	case op.Query == "" && class == "*":
		return query{}, wsman.NewFault(wsman.CodeSchemaValidation, w.Host)
	case op.Query == "":
		return query{class: class}, nil
	case op.Dialect != "" && !strings.EqualFold(op.Dialect, wsman.DialectWQL):
		return query{}, &wsman.Fault{Code: "Sender", Subcode: "wsen:FilterDialectRequestedUnavailable", Reason: "The requested filter dialect is not supported."}
	}
	q, err := parseWQL(op.Query)
	if err != nil {
		f := wsman.NewFault(wsman.CodeCannotProcessFilter, w.Host)
		f.Windows.Message += "Invalid query: " + err.Error()
		return query{}, f
	}
	return q, nil
}

// providerFault is an error of WMI within one of the service; its shape is as others captured it from Windows, the
// numbers around it are inferred.
func providerFault(code uint32, machine, message string) *wsman.Fault {
	f := wsman.NewFault(code, machine)
	f.Reason = message
	f.Windows.Provider = &wsman.ProviderFault{
		Provider: "WMI Provider", Path: `%systemroot%\system32\WsmWmiPl.dll`,
		Fault: &wsman.WSManFault{Code: code, Machine: machine, Message: message}, Status: code,
	}
	return f
}

// linger is the time that a query takes; it ends with the client's OperationTimeout, with a fault.
func (w *winrm) linger(ctx context.Context, timeout time.Duration, e *winrmEffects) error {
	if e.delay <= 0 {
		return nil
	}
	const most = time.Minute // MaxTimeoutms of Windows
	if timeout <= 0 || timeout > most {
		timeout = most
	}
	if !wait(ctx, min(e.delay, timeout)) {
		return errLate
	}
	if e.delay >= timeout {
		return wsman.NewFault(wsman.CodeTimedOut, w.Host)
	}
	return nil
}

// envelope is the longest answer that client and server agree on.
func (w *winrm) envelope(req wsman.Request) int {
	if req.MaxEnvelopeSize <= 0 {
		return min(w.MaxEnvelope, wsman.DefaultMaxEnvelope)
	}
	return min(w.MaxEnvelope, req.MaxEnvelopeSize)
}

func (w *winrm) pull(req wsman.Request, op wsman.Pull, who string) (wsman.Result, error) {
	now := w.dc.config.Now()
	list := w.open.find(op.Context, who, now, w.EnumerationTimeout)
	if list == nil {
		return nil, errContext
	}
	list.mu.Lock()
	defer list.mu.Unlock()
	list.maxEnvelope = w.envelope(req)
	batch, err := list.take(max(op.MaxElements, 1), w.MaxBatch, true)
	if err != nil {
		return nil, err
	}
	if batch.End {
		w.open.remove(op.Context, who, now)
	} else {
		batch.Context = op.Context
	}
	return batch, nil
}

// enumeration is a list of which a client has not taken all.
type enumeration struct {
	owner string
	until time.Time // guarded by enumerations

	mu          sync.Mutex // guards what follows
	items       []wsman.Item
	maxEnvelope int
}

// take takes what the next answer holds.
func (l *enumeration) take(most, limit int, pulled bool) (wsman.Batch, error) {
	const header = 2048 // of the envelope, at most
	b := wsman.Batch{Pulled: pulled}
	empty := len(wsman.Response{Result: b}.Marshal())
	size := header
	for len(l.items) > 0 && len(b.Items) < min(most, limit) {
		one := len(wsman.Response{Result: wsman.Batch{Pulled: pulled, Items: l.items[:1]}}.Marshal()) - empty
		if size += one; size > l.maxEnvelope {
			break
		}
		b.Items, l.items = append(b.Items, l.items[0]), l.items[1:]
	}
	if len(b.Items) == 0 && len(l.items) > 0 {
		return b, &wsman.Fault{
			Code: "Sender", Subcode: "wsman:EncodingLimit", Reason: "The response that the WS-Management service computed exceeds the maximum envelope size in the request.",
			Detail: "http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/MaxEnvelopeSize",
		}
	}
	b.End = len(l.items) == 0
	return b, nil
}

// enumerations are those that are open.
type enumerations struct {
	mu   sync.Mutex // guards what follows
	open map[string]*enumeration
}

// begin keeps a list for its first Pull.
func (o *enumerations) begin(l *enumeration, now time.Time, life time.Duration) (wsman.Batch, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for id, old := range o.open {
		if now.After(old.until) {
			delete(o.open, id)
		}
	}
	if len(o.open) >= maxEnumerations {
		return wsman.Batch{}, wsman.NewFault(wsman.CodeQuotaMaxOperationsShell, "")
	}
	if o.open == nil {
		o.open = map[string]*enumeration{}
	}
	id := wsman.NewMessageID()
	l.until = now.Add(life)
	o.open[id] = l
	return wsman.Batch{Context: id}, nil
}

// find is a list that its owner asks for in time; its time begins anew.
func (o *enumerations) find(id, owner string, now time.Time, life time.Duration) *enumeration {
	o.mu.Lock()
	defer o.mu.Unlock()
	l := o.open[id]
	if l == nil || l.owner != owner || now.After(l.until) {
		return nil
	}
	l.until = now.Add(life)
	return l
}

func (o *enumerations) remove(id, owner string, now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	l := o.open[id]
	if l == nil || l.owner != owner || now.After(l.until) {
		return false
	}
	delete(o.open, id)
	return true
}

// count is how many lists are open.
func (o *enumerations) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.open)
}
