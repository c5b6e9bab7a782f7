package dc

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/uidprobe/uidprobe/certs"
	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/simulate"
	"github.com/uidprobe/uidprobe/wire/wsman"
)

// The ways of reaching WinRM that a fault touches: Fault.Transports has them.
const (
	// WayHTTPKerberos is HTTP with sealed bodies.
	WayHTTPKerberos = "http-kerberos"
	// WayHTTPSBasic is HTTPS with a password in each request.
	WayHTTPSBasic = "https-basic"
	// WayHTTPSKerberos is HTTPS with a ticket.
	WayHTTPSKerberos = "https-kerberos"
)

// The faults of WinRM.
const (
	FaultWinRMPortClosed     = "winrm-port-closed"
	FaultWinRMMute           = "winrm-mute"
	FaultWinRMMuteFirst      = "winrm-mute-first"
	FaultWinRMMuteTLS        = "winrm-mute-tls"
	FaultWinRMCut            = "winrm-cut"
	FaultWinRMTLSOnHTTP      = "winrm-tls-on-http"
	FaultWinRMHTTPOnHTTPS    = "winrm-http-on-https"
	FaultWinRMCertificate    = "winrm-certificate"
	FaultWinRMOtherPrefix    = "winrm-other-prefix"
	FaultWinRMStopped        = "winrm-stopped"
	FaultWinRMProxy          = "winrm-proxy"
	FaultWinRMPortal         = "winrm-portal"
	FaultWinRMHTML           = "winrm-html"
	FaultWinRMBasicOff       = "winrm-basic-off"
	FaultWinRMKerberosOff    = "winrm-kerberos-off"
	FaultWinRMBasicRefused   = "winrm-basic-refused"
	FaultWinRMMemberServer   = "winrm-member-server"
	FaultWinRMOtherAccount   = "winrm-spn-elsewhere"
	FaultWinRMTicketRefused  = "winrm-ticket-refused"
	FaultWinRMClock          = "winrm-clock"
	FaultWinRMBindings       = "winrm-bindings"
	FaultWinRMEmpty          = "winrm-plaintext-refused"
	FaultWinRMDenied         = "winrm-access-denied"
	FaultWinRMInternalDenied = "winrm-internal-denied"
	FaultWinRMWMIDenied      = "winrm-wmi-denied"
	FaultWinRMConnectDenied  = "winrm-wmi-connect-denied"
	FaultWinRMEventsDenied   = "winrm-events-denied"
	FaultWinRMFilter         = "winrm-filter-refused"
	FaultWinRMQuota          = "winrm-quota"
	FaultWinRMSchema         = "winrm-schema-refused"
	FaultWinRMOtherFault     = "winrm-other-fault"
	FaultWinRMTimedOut       = "winrm-timed-out"
	FaultWinRMSlow           = "winrm-slow"
	FaultWinRMNoEvents       = "winrm-no-events"
	FaultWinRMNoAudit        = "winrm-no-audit"
	FaultWinRMUnencrypted    = "winrm-allow-unencrypted"
)

// The defaults of their parameters.
const (
	defaultWinRMSlow = "2m"
	unknownFaultCode = "2150858999"
	defaultWinRMFlaw = string(certs.FlawExpired)
)

// The checks that they turn red, and the symptoms that a firewall shows.
const (
	checkWinRMPort           = "winrm.port"
	checkHandshake           = "tls.handshake"
	checkWinRMSchemes        = "winrm.schemes"
	checkWinRMLogin          = "winrm.login"
	checkWinRMIdentify       = "winrm.identify"
	checkWinRMQuery          = "winrm.query"
	checkWinRMEvents         = "winrm.events"
	symptomWinRMNotReached   = "winrm.not-reached"
	symptomWinRMTimeout      = "winrm.timeout"
	symptomWinRMCut          = "winrm.cut"
	symptomWinRMHandshake    = "winrm.handshake"
	symptomWinRMCertificate  = "winrm.certificate-refused"
	symptomWinRMOtherStatus  = "winrm.other-status"
	symptomWinRMUnauthorized = "winrm.unauthorized"
	symptomWinRMAccessDenied = "winrm.access-denied"
)

const (
	// proxyBody is a page of nobody in particular.
	proxyBody   = "<html><head><title>Error</title></head><body><p>This page cannot be displayed.</p></body></html>\n"
	contentHTML = "text/html; charset=utf-8"
)

// winrmFault is a fault of WinRM as data.
type winrmFault struct {
	id, check, symptom string
	title              lang.Text
	ways               []string // nil is all
	does               func(*winrmEffects)
	params             []simulate.Param
	prepare            func(params) (func(*winrmEffects), error) // in place of does
}

var errNoWinRM = errors.New("this domain controller has no WinRM")

func winrmFaults() (rows []fault) {
	for _, list := range [][]winrmFault{winrmTransportFaults(), winrmPageFaults(), winrmLoginFaults(), winrmDeniedFaults(), winrmLogFaults()} {
		for _, f := range list {
			rows = append(rows, f.fault())
		}
	}
	return rows
}

func (f winrmFault) fault() fault {
	return fault{
		Fault: simulate.Fault{ID: f.id, Title: f.title, Check: f.check, Symptom: f.symptom, Transports: f.ways, Params: f.params},
		prepare: func(p params) (change, error) {
			if p.dc.winrm == nil {
				return nil, errNoWinRM
			}
			does := f.does
			if f.prepare != nil {
				var err error
				if does, err = f.prepare(p); err != nil {
					return nil, err
				}
			}
			return func(e *effects) { does(&e.winrm) }, nil
		},
	}
}

var (
	overTLS      = []string{WayHTTPSBasic, WayHTTPSKerberos}
	overHTTP     = []string{WayHTTPKerberos}
	withKerberos = []string{WayHTTPKerberos, WayHTTPSKerberos}
	withBasic    = []string{WayHTTPSBasic}
)

func winrmTransportFaults() []winrmFault {
	return []winrmFault{
		{
			id: FaultWinRMPortClosed, check: checkWinRMPort, symptom: symptomWinRMNotReached,
			title: lang.Text{EN: "the ports of WinRM are closed", JA: "WinRM のポートが閉じている"},
			does:  func(e *winrmEffects) { e.closed = true },
		},
		{
			id: FaultWinRMMute, check: checkWinRMSchemes, symptom: symptomWinRMTimeout,
			title: lang.Text{EN: "WinRM takes requests and never answers", JA: "WinRM が要求を受け取るが、まったく応答しない"},
			does:  func(e *winrmEffects) { e.mute = true },
		},
		{
			id: FaultWinRMMuteFirst, check: checkWinRMSchemes,
			title: lang.Text{EN: "WinRM does not answer a request without a log-in", JA: "WinRM がログイン情報のない要求に応答しない"},
			does:  func(e *winrmEffects) { e.muteUnknown = true },
		},
		{
			id: FaultWinRMMuteTLS, check: checkHandshake, symptom: symptomWinRMTimeout, ways: overTLS,
			title: lang.Text{EN: "the port of WinRM-HTTPS accepts connections and never speaks TLS", JA: "WinRM-HTTPS のポートが接続を受け付けるが、TLS に応答しない"},
			does:  func(e *winrmEffects) { e.muteTLS = true },
		},
		{
			id: FaultWinRMCut, check: checkWinRMSchemes, symptom: symptomWinRMCut,
			title: lang.Text{EN: "the connection to WinRM ends in place of an answer", JA: "WinRM への接続が応答の代わりに切断される"},
			does:  func(e *winrmEffects) { e.cut = true },
		},
		{
			id: FaultWinRMTLSOnHTTP, check: checkWinRMSchemes, symptom: symptomWinRMCut, ways: overHTTP,
			title: lang.Text{EN: "TLS is spoken on the port of WinRM-HTTP", JA: "WinRM-HTTP のポートで TLS が使われている"},
			does:  func(e *winrmEffects) { e.tlsOnPlain = true },
		},
		{
			id: FaultWinRMHTTPOnHTTPS, check: checkHandshake, symptom: symptomWinRMHandshake, ways: overTLS,
			title: lang.Text{EN: "HTTP without TLS is spoken on the port of WinRM-HTTPS", JA: "WinRM-HTTPS のポートで TLS なしの HTTP が使われている"},
			does:  func(e *winrmEffects) { e.plainOnTLS = true },
		},
		{
			id: FaultWinRMCertificate, check: certs.RuleDates, symptom: symptomWinRMCertificate, ways: overTLS,
			title:   lang.Text{EN: "something is wrong with the certificate of WinRM-HTTPS", JA: "WinRM-HTTPS の証明書に問題がある"},
			params:  []simulate.Param{{Name: "flaw", Default: defaultWinRMFlaw, Means: "what is wrong with it: a flaw of the certificates, such as unknown-ca; the check that finds it is that of the flaw"}},
			prepare: flawedCertificate,
		},
	}
}

// flawedCertificate mints anew at each start of the fault.
func flawedCertificate(p params) (func(*winrmEffects), error) {
	flaw := certs.Flaw(p.values["flaw"])
	authority := p.dc.winrm.pki.authority
	if authority == nil {
		return nil, errors.New("flaw: the server was started with a certificate of a CA of its own")
	}
	certificate, err := authority.Server([]string{p.dc.winrm.Host}, flaw)
	if err == nil {
		certificate, err = withLeaf(certificate)
	}
	if err != nil {
		return nil, fmt.Errorf("flaw: %w", err)
	}
	return func(e *winrmEffects) { e.certificate = &certificate }, nil
}

func winrmPageFaults() []winrmFault {
	page := func(id string, title lang.Text, a webAnswer) winrmFault {
		return winrmFault{id: id, check: checkWinRMSchemes, symptom: symptomWinRMOtherStatus, title: title, does: func(e *winrmEffects) { e.page = &a }}
	}
	return []winrmFault{
		page(FaultWinRMOtherPrefix, lang.Text{EN: "nothing is at /wsman", JA: "/wsman に何もない"},
			webAnswer{status: 404, reason: "Not Found", contentType: "text/html; charset=us-ascii", body: []byte(badRequest)}),
		page(FaultWinRMStopped, lang.Text{EN: "the port answers, and the WinRM service behind it is stopped", JA: "ポートは応答するが、WinRM サービスが停止している"},
			webAnswer{status: 503, reason: "Service Unavailable", contentType: "text/html; charset=us-ascii", close: true}),
		page(FaultWinRMProxy, lang.Text{EN: "a proxy answers and wants a log-in of its own", JA: "プロキシーが応答し、独自の認証を要求する"},
			webAnswer{status: 407, reason: "Proxy Authentication Required", header: [][2]string{{"Via", "1.1 proxy.corp.example"}, {"Proxy-Authenticate", `Basic realm="proxy"`}}, contentType: contentHTML, body: []byte(proxyBody)}),
		page(FaultWinRMPortal, lang.Text{EN: "a portal sends the client elsewhere", JA: "ポータルがクライアントを別の場所へリダイレクトする"},
			webAnswer{status: 302, reason: "Found", header: [][2]string{{"Location", "https://portal.corp.example/login"}}, contentType: contentHTML, body: []byte(proxyBody)}),
		page(FaultWinRMHTML, lang.Text{EN: "another web server answers with a page", JA: "別の Web サーバーがページを返す"},
			webAnswer{status: 200, reason: "OK", contentType: contentHTML, body: []byte(proxyBody)}),
	}
}

func winrmLoginFaults() []winrmFault {
	refusal := func(id, check string, ways []string, title lang.Text, does func(*winrmEffects)) winrmFault {
		return winrmFault{id: id, check: check, symptom: symptomWinRMUnauthorized, ways: ways, title: title, does: does}
	}
	clock := refusal(FaultWinRMClock, checkWinRMSchemes, withKerberos, lang.Text{EN: "the clock of the monitored server is off", JA: "監視対象サーバーの時計がずれている"}, nil)
	clock.params = []simulate.Param{{Name: "offset", Default: "10m", Means: "how far the server's clock is ahead, such as 10m or -1h, at most 24h"}}
	clock.prepare = func(p params) (func(*winrmEffects), error) {
		offset, err := p.duration("offset", true)
		return func(e *winrmEffects) { e.offset = offset }, err
	}
	spn := refusal(FaultWinRMOtherAccount, checkWinRMLogin, withKerberos, lang.Text{
		EN: "HTTP/ and the server's name belong to another account: the server cannot open the ticket",
		JA: "HTTP/サーバー名 が別のアカウントに登録されており、サーバーがチケットを復号できない",
	}, nil)
	spn.params = []simulate.Param{{Name: "token", Default: "yes", Means: "whether the 401 says why, in a token: yes or no"}}
	spn.prepare = func(p params) (func(*winrmEffects), error) {
		told, err := p.oneOf("token", "yes", "no")
		return func(e *winrmEffects) { e.wrongKey, e.silentRefusal = true, told == "no" }, err
	}
	return []winrmFault{
		refusal(FaultWinRMBasicOff, checkWinRMSchemes, withBasic, lang.Text{EN: "Basic is switched off", JA: "Basic 認証が無効になっている"},
			func(e *winrmEffects) { e.noBasic = true }),
		refusal(FaultWinRMKerberosOff, checkWinRMSchemes, withKerberos, lang.Text{EN: "Kerberos is switched off", JA: "Kerberos 認証が無効になっている"},
			func(e *winrmEffects) { e.noKerberos, e.basic = true, true }),
		refusal(FaultWinRMBasicRefused, checkWinRMLogin, withBasic, lang.Text{EN: "the password is refused", JA: "パスワードが拒否される"},
			func(e *winrmEffects) { e.refusePasswords = true }),
		refusal(FaultWinRMMemberServer, checkWinRMLogin, withBasic, lang.Text{
			EN: "the server is no domain controller: Basic does not know the domain's accounts",
			JA: "サーバーがドメイン コントローラーではなく、Basic 認証でドメイン アカウントを使えない",
		}, func(e *winrmEffects) { e.memberServer = true }),
		spn,
		refusal(FaultWinRMTicketRefused, checkWinRMLogin, withKerberos, lang.Text{EN: "the ticket is refused, and nothing says why", JA: "チケットが理由なしに拒否される"},
			func(e *winrmEffects) { e.refuseTickets = true }),
		clock,
		refusal(FaultWinRMBindings, checkWinRMLogin, []string{WayHTTPSKerberos}, lang.Text{
			EN: "a log-in has to be tied to the TLS connection (CbtHardeningLevel=Strict)",
			JA: "ログインに TLS 接続との結び付け（CbtHardeningLevel=Strict）が必要になっている",
		}, func(e *winrmEffects) { e.bindings = BindingsStrict }),
		{
			id: FaultWinRMUnencrypted, check: checkWinRMSchemes, ways: overHTTP,
			title: lang.Text{EN: "unencrypted bodies and Basic are allowed over HTTP", JA: "HTTP で暗号化なしの通信と Basic 認証が許可されている"},
			does:  func(e *winrmEffects) { e.allowUnencrypted, e.basic = true, true },
		},
	}
}

func winrmDeniedFaults() []winrmFault {
	denied := func(id string, code uint32, title lang.Text) winrmFault {
		return winrmFault{id: id, check: checkWinRMQuery, symptom: symptomWinRMAccessDenied, title: title, does: func(e *winrmEffects) { e.denied = code }}
	}
	events := denied(FaultWinRMEventsDenied, 0, lang.Text{EN: "the account may not read the event log", JA: "アカウントにイベント ログの読み取り権限がない"})
	events.check, events.does = checkWinRMEvents, func(e *winrmEffects) { e.deniedEvents = wsman.CodeWMIProviderDenied }
	other := denied(FaultWinRMOtherFault, 0, lang.Text{EN: "a query is answered with a fault of any code", JA: "問い合わせに任意のコードのフォールトが返る"})
	other.params = []simulate.Param{{Name: "code", Default: unknownFaultCode, Means: "the code, in decimal or as 0x80338104"}}
	other.prepare = func(p params) (func(*winrmEffects), error) {
		code, err := strconv.ParseUint(p.values["code"], 0, 32)
		if err != nil || code == 0 {
			return nil, fmt.Errorf("code: %q is no number of a fault", p.values["code"])
		}
		return func(e *winrmEffects) { e.denied = uint32(code) }, nil
	}
	slow := winrmFault{
		id: FaultWinRMSlow, check: checkWinRMQuery, symptom: symptomWinRMTimeout,
		title:  lang.Text{EN: "WMI is slower than a client waits", JA: "WMI の応答がクライアントの待ち時間より遅い"},
		params: []simulate.Param{{Name: "delay", Default: defaultWinRMSlow, Means: "how long a query takes, at most 24h; it ends at the client's operation time-out, with a fault"}},
		prepare: func(p params) (func(*winrmEffects), error) {
			delay, err := p.duration("delay", false)
			return func(e *winrmEffects) { e.delay = delay }, err
		},
	}
	return []winrmFault{
		{
			id: FaultWinRMEmpty, check: checkWinRMIdentify, symptom: symptomWinRMAccessDenied, ways: overHTTP,
			title: lang.Text{EN: "the server does not see that the body is sealed: 500 without a body", JA: "本文が暗号化されていないとみなされ、本文のない 500 が返る"},
			does:  func(e *winrmEffects) { e.refuseBodies = true },
		},
		denied(FaultWinRMDenied, wsman.CodeAccessDenied, lang.Text{EN: "the account may not use WinRM (fault 5)", JA: "アカウントに WinRM の使用権限がない（フォールト 5）"}),
		denied(FaultWinRMInternalDenied, wsman.CodeEAccessDenied, lang.Text{EN: "the account may not use WinRM (fault 0x80070005)", JA: "アカウントに WinRM の使用権限がない（フォールト 0x80070005）"}),
		denied(FaultWinRMWMIDenied, wsman.CodeWMIServiceDenied, lang.Text{EN: "the account has no rights to root/cimv2", JA: "アカウントに root/cimv2 の権限がない"}),
		denied(FaultWinRMConnectDenied, wsman.CodeWMICannotConnectDenied, lang.Text{EN: "the account may not connect to root/cimv2", JA: "アカウントに root/cimv2 への接続権限がない"}),
		events,
		denied(FaultWinRMFilter, wsman.CodeCannotProcessFilter, lang.Text{EN: "the server does not take the query", JA: "サーバーが問い合わせを処理できない"}),
		denied(FaultWinRMQuota, wsman.CodeQuotaMaxOperationsShell, lang.Text{EN: "the account has too many operations open", JA: "アカウントの同時操作数が上限を超えている"}),
		denied(FaultWinRMSchema, wsman.CodeSchemaValidation, lang.Text{EN: "the server calls the request malformed", JA: "サーバーが要求の形式を誤りとみなす"}),
		denied(FaultWinRMTimedOut, wsman.CodeTimedOut, lang.Text{EN: "WMI is slower than the time-out of the operation", JA: "WMI の応答が操作のタイムアウトより遅い"}),
		other,
		slow,
	}
}

func winrmLogFaults() []winrmFault {
	return []winrmFault{
		{
			id: FaultWinRMNoEvents, check: checkWinRMEvents,
			title: lang.Text{EN: "the security log is empty", JA: "セキュリティ ログが空である"},
			does:  func(e *winrmEffects) { e.noEvents = true },
		},
		{
			id: FaultWinRMNoAudit, check: checkWinRMEvents,
			title: lang.Text{EN: "Kerberos events are not audited: only log-ons are in the security log", JA: "Kerberos の監査が無効で、セキュリティ ログにログオンしか記録されない"},
			does:  func(e *winrmEffects) { e.noAudit = true },
		},
	}
}
