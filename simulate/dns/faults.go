package dns

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/simulate"
	wire "github.com/uidprobe/uidprobe/wire/dns"
)

// The faults of a DNS server.
const (
	FaultNXDomain   = "dns-nxdomain"
	FaultNoData     = "dns-no-data"
	FaultFormErr    = "dns-formerr"
	FaultServFail   = "dns-servfail"
	FaultRefused    = "dns-refused"
	FaultNotImp     = "dns-notimp"
	FaultLame       = "dns-lame"
	FaultSilent     = "dns-silent"
	FaultGarbage    = "dns-garbage"
	FaultTruncated  = "dns-truncated"
	FaultOtherID    = "dns-other-id"
	FaultSlow       = "dns-slow"
	FaultPortClosed = "dns-port-closed"
)

// The check that a fault turns red, the symptoms that a firewall shows, and the numbers that it
// prints with them: that a name does not exist is KRB5_KDC_UNREACH, and that nobody could say is EAGAIN.
const (
	checkDNS = "kerberos.dns"

	symptomUnreachable = "kerberos.kdc-unreachable"
	symptomTryAgain    = "kerberos.dns-try-again"

	numberUnreachable = -1765328228
	numberTryAgain    = 11
)

// fault is a row of the table: what a fault is and what it does.
type fault struct {
	simulate.Fault
	number int32 // what a client of MIT krb5 with glibc's resolver shows; 0 where it shows nothing
	apply  func(*trouble)
}

// Faults lists what can go wrong with a DNS server.
func Faults() []simulate.Fault {
	rows := faultTable()
	list := make([]simulate.Fault, len(rows))
	for i, row := range rows {
		list[i] = row.Fault
	}
	return list
}

// MITNumber is the number that a client of MIT krb5, and so a firewall, shows under a fault with its
// default parameters when the name of its KDC is asked for here. ok is false where it shows none: the
// fault is harmless to it, as a server that is slow, or there is no such fault.
func MITNumber(id string) (number int32, ok bool) {
	for _, row := range faultTable() {
		if row.ID == id {
			return row.number, row.number != 0
		}
	}
	return 0, false
}

var (
	nameParam = simulate.Param{Name: "name", Means: "the name that is touched; empty means every one"}
	typeParam = simulate.Param{Name: "type", Means: "the type of question that is touched: A, AAAA, PTR or SRV; empty means every one"}
	whatParam = simulate.Param{Name: "what", Default: garbageAnswer, Means: "what is sent: short (no header), question (the identifier alone is right) or answer (the question is repeated, too)"}
	delay     = simulate.Param{Name: "delay", Default: "3s", Means: "how long each answer takes, such as 500ms or 3s, at most 24h"}
)

// row is a fault that names its symptom by the number.
func row(id string, number int32, title lang.Text, apply func(*trouble)) fault {
	symptom := map[int32]string{numberUnreachable: symptomUnreachable, numberTryAgain: symptomTryAgain}[number]
	return fault{
		Fault: simulate.Fault{
			ID: id, Title: title, Check: checkDNS, Symptom: symptom, Params: []simulate.Param{nameParam, typeParam},
		},
		number: number, apply: apply,
	}
}

func code(c wire.RCode) func(*trouble) { return func(t *trouble) { t.code = &c } }

func faultTable() []fault {
	slow := row(FaultSlow, 0, lang.Text{EN: "the DNS server answers late", JA: "DNS サーバーの応答が遅い"}, nil)
	slow.Params = append(slow.Params, delay)
	garbage := row(FaultGarbage, numberUnreachable,
		lang.Text{EN: "the DNS server answers with bytes that are no DNS message", JA: "DNS サーバーの応答が DNS メッセージになっていない"}, nil)
	garbage.Params = append(garbage.Params, whatParam)
	closed := row(FaultPortClosed, numberTryAgain, lang.Text{EN: "port 53 of the DNS server is closed", JA: "DNS サーバーのポート 53 が閉じている"}, nil)
	closed.Params = nil
	return []fault{
		row(FaultNXDomain, numberUnreachable,
			lang.Text{EN: "the DNS server says that the name does not exist (NXDOMAIN)", JA: "DNS サーバーが名前は存在しないと応答する（NXDOMAIN）"}, code(wire.NXDomain)),
		row(FaultNoData, numberUnreachable,
			lang.Text{EN: "the DNS server says that the name has no such record (NODATA)", JA: "DNS サーバーが名前に該当レコードがないと応答する（NODATA）"},
			func(t *trouble) { t.empty = true }),
		row(FaultFormErr, numberUnreachable,
			lang.Text{EN: "the DNS server says that it cannot read the question (FORMERR)", JA: "DNS サーバーが問い合わせを解釈できないと応答する（FORMERR）"}, code(wire.FormErr)),
		row(FaultServFail, numberTryAgain,
			lang.Text{EN: "the DNS server says that it could not find out (SERVFAIL)", JA: "DNS サーバーが解決に失敗したと応答する（SERVFAIL）"}, code(wire.ServFail)),
		row(FaultRefused, numberTryAgain,
			lang.Text{EN: "the DNS server refuses to answer (REFUSED)", JA: "DNS サーバーが応答を拒否する（REFUSED）"}, code(wire.Refused)),
		row(FaultNotImp, numberTryAgain,
			lang.Text{EN: "the DNS server says that it does not do such questions (NOTIMP)", JA: "DNS サーバーがこの種の問い合わせに対応していないと応答する（NOTIMP）"}, code(wire.NotImp)),
		row(FaultLame, numberTryAgain,
			lang.Text{EN: "the DNS server knows nothing of the name, and nobody to ask", JA: "DNS サーバーが名前の情報を持たず、問い合わせ先も知らない"},
			func(t *trouble) { t.lame = true }),
		row(FaultSilent, numberTryAgain,
			lang.Text{EN: "the DNS server receives questions and never answers", JA: "DNS サーバーが問い合わせを受け取るが、まったく応答しない"},
			func(t *trouble) { t.silent = true }),
		garbage,
		row(FaultTruncated, numberTryAgain,
			lang.Text{EN: "the DNS server cuts its answers over UDP, and hangs up over TCP", JA: "DNS サーバーの UDP の応答が切り詰められ、TCP では接続が切断される"},
			func(t *trouble) { t.truncated = true }),
		row(FaultOtherID, numberTryAgain,
			lang.Text{EN: "the answers of the DNS server have another identifier than the question", JA: "DNS サーバーの応答の ID が問い合わせと一致しない"},
			func(t *trouble) { t.otherID = true }),
		slow,
		closed,
	}
}

func newFaults(d *Server) *simulate.Effects[effects] {
	config := simulate.EffectsConfig[effects]{Changed: d.switchPort, Note: d.note}
	for _, row := range faultTable() {
		config.Rows = append(config.Rows, simulate.Effect[effects]{Fault: row.Fault, Prepare: row.prepare})
	}
	return simulate.NewEffects(config)
}

// switchPort closes and opens the port as FaultPortClosed has it. Where another program has taken
// the port meanwhile, it stays closed, and the event fault-stopped says so.
func (d *Server) switchPort(was, is *effects) error {
	switch {
	case is.closed && !was.closed:
		d.closePort()
	case !is.closed && was.closed:
		return d.openPort()
	}
	return nil
}

// prepare reads the parameters of a fault.
func (f fault) prepare(values map[string]string) (func(*effects), error) {
	if f.ID == FaultPortClosed {
		return func(e *effects) { e.closed = true }, nil
	}
	s := scoped{name: wire.Canonical(values[nameParam.Name]), apply: f.apply}
	if s.name != "" {
		if err := wire.CheckName(s.name); err != nil {
			return nil, err
		}
	}
	var err error
	if s.kind, err = parseType(values[typeParam.Name]); err != nil {
		return nil, err
	}
	switch f.ID {
	case FaultGarbage:
		what := values[whatParam.Name]
		if !slices.Contains([]string{garbageShort, garbageQuestion, garbageAnswer}, what) {
			return nil, fmt.Errorf("what: %q is none of %s, %s, %s", what, garbageShort, garbageQuestion, garbageAnswer)
		}
		s.apply = func(t *trouble) { t.garbage = what }
	case FaultSlow:
		d, err := parseDelay(values[delay.Name])
		if err != nil {
			return nil, err
		}
		s.apply = func(t *trouble) { t.delay = d }
	}
	return func(e *effects) { e.rows = append(e.rows, s) }, nil
}

func parseType(name string) (wire.Type, error) {
	if name == "" {
		return 0, nil
	}
	for _, t := range []wire.Type{wire.A, wire.AAAA, wire.PTR, wire.SRV} {
		if strings.EqualFold(name, t.String()) {
			return t, nil
		}
	}
	return 0, fmt.Errorf("type: %q is none of A, AAAA, PTR, SRV", name)
}

const maxDelay = 24 * time.Hour

func parseDelay(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > maxDelay {
		return 0, fmt.Errorf("delay: %q is no duration up to %v, such as 500ms", text, maxDelay)
	}
	return d, nil
}
