package firewall

import (
	"slices"

	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/simulate"
)

// The faults of a firewall.
const (
	FaultServiceDisabled       = "service-disabled"
	FaultSourceNotPermitted    = "source-not-permitted"
	FaultProfileMissing        = "profile-missing"
	FaultWrongEventType        = "wrong-event-type"
	FaultLogoutAsLogin         = "logout-as-login"
	FaultUDPLoss               = "udp-loss"
	FaultTLSCertificateExpired = "tls-certificate-expired"
	FaultAPIRefused            = "api-refused"
	FaultAPISlow               = "api-slow"
	FaultCountersReset         = "counters-reset"
	FaultBackgroundTraffic     = "background-traffic"
)

// fault is a row of the table: what a fault is and what it does.
type fault struct {
	simulate.Fault
	// prepare makes the fault's part of the effects, or says which parameter is wrong.
	prepare func(params) (change, error)
}

// change sets a fault's part of the effects.
type change = func(*effects)

// Faults lists what can go wrong with a firewall.
func Faults() []simulate.Fault {
	rows := faultTable()
	list := make([]simulate.Fault, len(rows))
	for i, row := range rows {
		list[i] = row.Fault
	}
	return list
}

var (
	senderParam = simulate.Param{Name: "sender", Means: "name of the sender entry; empty means the first one"}
	udpOnly     = []string{string(panos.UDP)}
	sslOnly     = []string{string(panos.SSL)}
)

func faultTable() []fault {
	return slices.Concat(listenerFaults(), entryFaults(), unitFaults(), deliveryFaults(), keptOutFaults(), tableFaults(), apiFaults())
}

func listenerFaults() []fault {
	return []fault{
		{
			Fault: simulate.Fault{
				ID: FaultServiceDisabled,
				Title: lang.Text{
					EN: "the syslog listener service is disabled on the interface",
					JA: "インターフェイスで syslog リスナー サービスが無効になっている",
				},
				Check: "listener.service", Symptom: "syslog.listener.disabled",
				Params: []simulate.Param{{Name: "transport", Default: "both", Means: "the listener that is disabled: udp, ssl or both"}},
			},
			prepare: func(p params) (change, error) {
				disabled, err := p.transports("transport")
				return func(e *effects) { e.disabled = disabled }, err
			},
		},
		{
			// On management the list holds 0.0.0.0/0, which does nothing there. A firewall drops
			// the packets of such a source silently; here a TCP client sees a reset
			// before any TLS byte, so that nobody has to wait for a dial to time out.
			Fault: simulate.Fault{
				ID: FaultSourceNotPermitted,
				Title: lang.Text{
					EN: "the sender's address is not among the interface's permitted addresses",
					JA: "送信元のアドレスがインターフェイスの許可 IP アドレスに含まれていない",
				},
				Check: "listener.reach", Symptom: "syslog.counters.no-log-messages",
				Params: []simulate.Param{{Name: "interface", Default: string(Management), Means: "the interface that the listeners are on meanwhile, and whose list it is: management or dataplane"}},
			},
			prepare: func(p params) (change, error) {
				on, err := p.onInterface("interface")
				return func(e *effects) { e.shutOut = on }, err
			},
		},
		{
			Fault: simulate.Fault{
				ID: FaultTLSCertificateExpired,
				Title: lang.Text{
					EN: "the certificate of the SSL syslog listener has expired",
					JA: "SSL syslog リスナーの証明書の有効期限が切れている",
				},
				Check: "listener.certificate", Symptom: "syslog.status.not-connected", Transports: sslOnly,
			},
			prepare: func(params) (change, error) { return func(e *effects) { e.expired = true }, nil },
		},
		{
			Fault: simulate.Fault{
				ID: FaultBackgroundTraffic,
				Title: lang.Text{
					EN: "other traffic arrives from the sender's address",
					JA: "送信元と同じアドレスから別のトラフィックが届いている",
				},
				Check: "listener.idle",
				Params: []simulate.Param{senderParam,
					{Name: "rate", Default: "20/s", Means: "messages per second that no profile reads, at most 10000/s"}},
			},
			prepare: params.background,
		},
	}
}

func deliveryFaults() []fault {
	return []fault{
		{
			Fault: simulate.Fault{
				ID: FaultProfileMissing,
				Title: lang.Text{
					EN: "no syslog parse profile is attached to the sender",
					JA: "送信元に syslog 解析プロファイルが割り当てられていない",
				},
				Check: "delivery.authenticated", Symptom: "syslog.counters.no-auth-success",
				Params: []simulate.Param{senderParam},
			},
			prepare: forSender(func(e *effects, name string) { e.noProfile = name }),
		},
		{
			Fault: simulate.Fault{
				ID: FaultWrongEventType,
				Title: lang.Text{
					EN: "the sender's profiles are attached with login and logout exchanged",
					JA: "送信元のプロファイルのイベント タイプ（login と logout）が逆に設定されている",
				},
				Check: "delivery.authenticated", Symptom: "syslog.counters.no-auth-success",
				Params: []simulate.Param{senderParam},
			},
			prepare: forSender(func(e *effects, name string) { e.wrongEvent = name }),
		},
		{
			Fault: simulate.Fault{
				ID: FaultLogoutAsLogin,
				Title: lang.Text{
					EN: "the sender's logout profiles are attached as logins, so that a logout maps",
					JA: "送信元の logout プロファイルが login として割り当てられ、ログアウトでマッピングが作られる",
				},
				Check: "delivery.logged-out", Params: []simulate.Param{senderParam},
			},
			prepare: forSender(func(e *effects, name string) { e.logoutsMap = name }),
		},
		{
			Fault: simulate.Fault{
				ID: FaultUDPLoss,
				Title: lang.Text{
					EN: "datagrams are lost on the way to the firewall",
					JA: "ファイアウォールに届くまでにデータグラムが失われている",
				},
				Check: "delivery.received", Transports: udpOnly,
				Params: []simulate.Param{{Name: "every", Default: "3", Means: "every how manieth datagram of each source is lost; 1 loses all"}},
			},
			prepare: params.loss,
		},
		{
			Fault: simulate.Fault{
				ID: FaultCountersReset,
				Title: lang.Text{
					EN: "the sender's counters fall to zero while messages arrive",
					JA: "メッセージの受信中に送信元のカウンターがゼロに戻る",
				},
				Check: "delivery.received",
				Params: []simulate.Param{senderParam,
					{Name: "after", Default: "3", Means: "how many messages that match a login are counted before the reset, which happens once"}},
			},
			prepare: params.reset,
		},
	}
}

func apiFaults() []fault {
	return []fault{
		{
			Fault: simulate.Fault{
				ID: FaultAPIRefused,
				Title: lang.Text{
					EN: "the XML API refuses the key",
					JA: "XML API がキーを拒否する",
				},
				Check: "firewall.api",
			},
			prepare: func(params) (change, error) { return func(e *effects) { e.apiRefused = true }, nil },
		},
		{
			Fault: simulate.Fault{
				ID: FaultAPISlow,
				Title: lang.Text{
					EN: "the XML API answers too late",
					JA: "XML API の応答が遅すぎる",
				},
				Check:  "firewall.api",
				Params: []simulate.Param{{Name: "delay", Default: "1m", Means: "how long each answer takes, such as 500ms or 1m, at most 1h"}},
			},
			prepare: func(p params) (change, error) {
				delay, err := p.duration("delay")
				return func(e *effects) { e.apiDelay = delay }, err
			},
		},
	}
}
