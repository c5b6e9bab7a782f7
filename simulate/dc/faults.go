package dc

import (
	"slices"

	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/simulate"
	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// The faults of a KDC that are not one KRB-ERROR alone; those are in errorFaults.
const (
	FaultPortClosed    = "kdc-port-closed"
	FaultMute          = "kdc-mute"
	FaultMuteUDP       = "kdc-mute-udp"
	FaultMuteTCP       = "kdc-mute-tcp"
	FaultMuteProof     = "kdc-mute-password"
	FaultSlow          = "kdc-slow"
	FaultGarbage       = "kdc-garbage"
	FaultHugeLength    = "kdc-huge-length"
	FaultCut           = "kdc-cut"
	FaultClock         = "kdc-clock"
	FaultReplySkew     = "kdc-reply-skew"
	FaultOtherKey      = "kdc-other-key"
	FaultReplyModified = "kdc-reply-modified"
	FaultNoOffer       = "kdc-no-etype-offered"
)

// fault is a row of the table: what a fault is and what it does.
type fault struct {
	simulate.Fault
	// code and failure are what a client meets, one of them; both zero where a client of MIT
	// krb5 meets no error, or none that is always the same.
	code    kerberos.ErrorCode
	failure kerberos.Failure
	// service says that the TGT is granted, and the service ticket is what fails.
	service bool
	prepare func(params) (change, error)
}

// change is what a running fault does.
type change = func(*effects)

// Faults lists what can go wrong with a KDC.
func Faults() []simulate.Fault {
	rows := faultTable()
	list := make([]simulate.Fault, len(rows))
	for i, row := range rows {
		list[i] = row.Fault
	}
	return list
}

// MITNumber is the number that a client of MIT krb5, and so a firewall, shows under a fault with its
// default parameters. ok is false where it shows none: the fault is harmless to it, as a KDC that is
// slow, or there is no such fault.
func MITNumber(id string) (number int32, ok bool) {
	for _, row := range faultTable() {
		switch {
		case row.ID != id:
		case row.code != 0:
			return row.code.MITNumber(), true
		case row.failure != "":
			return (&kerberos.ClientError{Failure: row.failure}).MITNumber(), true
		}
	}
	return 0, false
}

func faultTable() []fault {
	return slices.Concat(errorFaults(), transportFaults(), replyFaults(), winrmFaults())
}

// The checks that a fault turns red, and the symptoms that a firewall shows.
const (
	checkPort    = "kerberos.port"
	checkAccount = "kerberos.account"
	checkClock   = "kerberos.clock"
	checkTicket  = "kerberos.ticket"
	checkService = "kerberos.service"

	symptomUnreachable = "kerberos.kdc-unreachable"
	symptomModified    = "kerberos.reply-modified"
	symptomIntegrity   = "kerberos.bad-integrity"
	symptomEtype       = "kerberos.etype-unsupported"
	symptomNoMethod    = "kerberos.preauth-no-etype"
	symptomSkew        = "kerberos.clock-skew"
	symptomReplySkew   = "kerberos.reply-skew"
)

func transportFaults() []fault {
	row := func(id string, title lang.Text, failure kerberos.Failure, check, symptom string, does change) fault {
		return fault{
			Fault:   simulate.Fault{ID: id, Title: title, Check: check, Symptom: symptom},
			failure: failure,
			prepare: func(params) (change, error) { return does, nil },
		}
	}
	slow := row(FaultSlow, lang.Text{EN: "the KDC answers late", JA: "KDC の応答が遅い"}, "", checkPort, "", nil)
	slow.Params = []simulate.Param{{Name: "delay", Default: "3s", Means: "how long each answer takes, such as 500ms or 3s, at most 24h"}}
	slow.prepare = func(p params) (change, error) {
		delay, err := p.duration("delay", false)
		return func(e *effects) { e.delay = delay }, err
	}
	return []fault{
		row(FaultPortClosed, lang.Text{EN: "port 88 is closed", JA: "ポート 88 が閉じている"},
			kerberos.Unreachable, checkPort, symptomUnreachable, func(e *effects) { e.closed = true }),
		row(FaultMute, lang.Text{EN: "the KDC receives requests and never answers", JA: "KDC が要求を受け取るが、まったく応答しない"},
			kerberos.Unreachable, checkPort, symptomUnreachable, func(e *effects) { e.muteUDP, e.muteTCP = true, true }),
		row(FaultMuteUDP, lang.Text{EN: "the KDC does not answer over UDP", JA: "KDC が UDP に応答しない"},
			"", checkPort, "", func(e *effects) { e.muteUDP = true }),
		row(FaultMuteTCP, lang.Text{EN: "the KDC does not answer over TCP", JA: "KDC が TCP に応答しない"},
			"", checkPort, "", func(e *effects) { e.muteTCP = true }),
		row(FaultMuteProof, lang.Text{EN: "the KDC is silent to every request that carries a password", JA: "KDC がパスワードを含む要求に応答しない"},
			kerberos.Unreachable, checkTicket, symptomUnreachable, func(e *effects) { e.muteProof = true }),
		row(FaultGarbage, lang.Text{EN: "the KDC answers with bytes that are no Kerberos message", JA: "KDC の応答が Kerberos メッセージになっていない"},
			"", checkPort, "", func(e *effects) { e.garbage = true }),
		row(FaultHugeLength, lang.Text{EN: "the KDC announces an answer of two gigabytes over TCP", JA: "KDC が TCP で 2 ギガバイトの応答を予告する"},
			"", checkPort, "", func(e *effects) { e.huge = true }),
		row(FaultCut, lang.Text{EN: "the KDC ends the TCP connection in the middle of its answer", JA: "KDC が応答の途中で TCP 接続を切断する"},
			"", checkPort, "", func(e *effects) { e.cut = true }),
		slow,
	}
}

var offsetParam = simulate.Param{Name: "offset", Default: "10m", Means: "how far the KDC's clock is ahead, such as 10m or -1h, at most 24h"}

func replyFaults() []fault {
	return []fault{
		{
			Fault: simulate.Fault{
				ID: FaultClock, Check: checkClock, Symptom: symptomSkew,
				Title:  lang.Text{EN: "the KDC's clock is off", JA: "KDC の時計がずれている"},
				Params: []simulate.Param{offsetParam},
			},
			code: kerberos.ErrSkew,
			prepare: func(p params) (change, error) {
				offset, err := p.duration("offset", true)
				return func(e *effects) { e.offset = offset }, err
			},
		},
		{
			Fault: simulate.Fault{
				ID: FaultReplySkew, Check: checkTicket, Symptom: symptomReplySkew,
				Title: lang.Text{
					EN: "no pre-authentication is wanted, and the KDC's clock is off",
					JA: "事前認証が不要で、KDC の時計がずれている",
				},
				Params: []simulate.Param{offsetParam},
			},
			failure: kerberos.ReplySkew,
			prepare: func(p params) (change, error) {
				offset, err := p.duration("offset", true)
				return func(e *effects) { e.open, e.offset = true, offset }, err
			},
		},
		{
			Fault: simulate.Fault{
				ID: FaultOtherKey, Check: checkTicket, Symptom: symptomIntegrity,
				Title: lang.Text{
					EN: "no pre-authentication is wanted, and the reply is sealed under another key: a wrong password",
					JA: "事前認証が不要で、応答が別の鍵で暗号化されている（パスワードの誤り）",
				},
			},
			failure: kerberos.BadIntegrity,
			prepare: func(params) (change, error) { return func(e *effects) { e.otherKey = true }, nil },
		},
		{
			Fault: simulate.Fault{
				ID: FaultReplyModified, Check: checkTicket, Symptom: symptomModified,
				Title:  lang.Text{EN: "the reply is not what was asked for", JA: "応答が要求の内容と一致しない"},
				Params: []simulate.Param{{Name: "what", Default: modifyRealm, Means: "what is wrong: realm (in lower case), client, service, nonce or lifetime"}},
			},
			failure: kerberos.ReplyModified,
			prepare: func(p params) (change, error) {
				what, err := p.oneOf("what", modifications...)
				return func(e *effects) { e.modify = what }, err
			},
		},
		{
			Fault: simulate.Fault{
				ID: FaultNoOffer, Check: checkAccount, Symptom: symptomNoMethod,
				Title: lang.Text{
					EN: "pre-authentication is wanted, and nothing is offered for it that works with a password and AES",
					JA: "事前認証を要求するが、パスワードと AES で使用できる方式を提示しない",
				},
				Params: []simulate.Param{{Name: "info", Default: offerNothing, Means: "what ETYPE-INFO2 is: empty, missing, rc4 alone, or no-method: the encrypted timestamp is missing too, as MIT krb5 has it of an account without AES keys"}},
			},
			failure: kerberos.NoMethod,
			prepare: func(p params) (change, error) {
				info, err := p.oneOf("info", offerEmpty, offerMissing, offerRC4, offerNothing)
				return func(e *effects) { e.offer = info }, err
			},
		},
	}
}
