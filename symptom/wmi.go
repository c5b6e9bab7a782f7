package symptom

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/uidprobe/uidprobe/lang"
)

// dcomArticle is the vendor's page on the update that ends WMI monitoring.
const dcomArticle = "https://knowledgebase.paloaltonetworks.com/KCSArticleDetail?id=kA14u0000004MI6CAM&lang=en_US"

var remedyToWinRM = lang.Text{
	EN: "change the transport of the server-monitor entry from WMI to WinRM: since the update of March 2023 a server cannot be told to go without the integrity that DCOM demands",
	JA: "サーバー モニター エントリのトランスポートを WMI から WinRM に変更する。2023 年 3 月の更新プログラム以降、サーバーの DCOM の整合性要求は無効にできない",
}

// wmiLine finds the line up to its status.
const wmiLine = `(?i)\bNTSTATUS:\s*`

// The statuses that other rows are for.
const (
	wmiDenied      = `NT_STATUS_ACCESS_DENIED|NT code 0x(?:c0000022|80070005)`
	wmiNamespace   = `NT code 0x80041003`
	wmiHeader      = `NT code 0x80010111`
	wmiUnreachable = `NT_STATUS_(?:CONNECTION_REFUSED|HOST_UNREACHABLE|NETWORK_UNREACHABLE|IO_TIMEOUT|BAD_NETWORK_NAME|OBJECT_NAME_NOT_FOUND)|NT code 0x800706ba`
	// wmiOther are those that were seen with other WMI clients of this kind. A status that is in
	// no list belongs here as well, and is found by LogLine.Symptom only.
	wmiOther = `NT_STATUS_(?:UNSUCCESSFUL|NET_WRITE_FAULT|INTERNAL_ERROR|PIPE_DISCONNECTED|RPC_\w+)|NT code 0x(?:000\w+|80041001|8004100e|80041010|80041017|800706b[^aA\s])`
	wmiLogon = `NT_STATUS_(?:LOGON_FAILURE|WRONG_PASSWORD|NO_SUCH_USER|ACCOUNT_DISABLED|ACCOUNT_LOCKED_OUT|ACCOUNT_EXPIRED|PASSWORD_EXPIRED|PASSWORD_MUST_CHANGE|ACCOUNT_RESTRICTION|INVALID_LOGON_HOURS|INVALID_WORKSTATION|LOGON_TYPE_NOT_GRANTED)`
)

// wmi are the log lines of a WMI query that failed.
func wmi() []Symptom {
	return []Symptom{
		wmiRow("access-denied", "Access denied", wmiDenied, Symptom{
			Title: lang.Text{EN: "the server refuses the firewall's WMI query", JA: "サーバーがファイアウォールの WMI の問い合わせを拒否"},
			Meaning: lang.Text{
				EN: "DCOM or WMI says access denied (NT_STATUS_ACCESS_DENIED): the server demands more of the connection than the firewall's WMI client can, or the account has no rights",
				JA: "DCOM または WMI がアクセスを拒否しました（NT_STATUS_ACCESS_DENIED）。サーバーがファイアウォールの WMI クライアントの対応していない保護を要求しているか、アカウントに権限がありません",
			},
			Causes: []lang.Text{
				{EN: "Windows update KB5014692 (June 2022) or later: DCOM demands packet integrity (CVE-2021-26414); the server's System log then has DistributedCOM event 10036", JA: "Windows の更新プログラム KB5014692（2022 年 6 月）以降で DCOM がパケットの整合性を要求している（CVE-2021-26414）。サーバーのシステム ログに DistributedCOM のイベント 10036 が記録される"},
				{EN: "the service account is not in Distributed COM Users or Event Log Readers", JA: "サービス アカウントが Distributed COM Users または Event Log Readers に所属していない"},
			},
			Remedies:   []lang.Text{remedyToWinRM, remedyGroups, remedyAccount},
			Article:    dcomArticle,
			Confidence: "documented",
		}),
		wmiRow("namespace-denied", "Not connected", wmiNamespace, Symptom{
			Title: lang.Text{EN: "the account may not use the server's WMI namespace", JA: "アカウントにサーバーの WMI 名前空間の権限がない"},
			Meaning: lang.Text{
				EN: "the log-in reached WMI, which refuses the namespace: 0x80041003 is WBEM_E_ACCESS_DENIED",
				JA: "ログインは WMI に到達しましたが、名前空間へのアクセスが拒否されました（0x80041003 は WBEM_E_ACCESS_DENIED）",
			},
			Causes: []lang.Text{
				{EN: "the account lacks Enable Account or Remote Enable on root\\CIMV2", JA: "root\\CIMV2 で「アカウントの有効化」または「リモートの有効化」が許可されていない"},
			},
			Remedies:   []lang.Text{remedyNamespace, remedyGroups},
			Confidence: "documented",
		}),
		wmiRow("invalid-header", "Not connected", wmiHeader, Symptom{
			Title: lang.Text{EN: "the server's DCOM is too new for the firewall's WMI client", JA: "サーバーの DCOM がファイアウォールの WMI クライアントより新しい"},
			Meaning: lang.Text{
				EN: "0x80010111 is RPC_E_INVALID_HEADER: old WMI clients of this kind speak a DCOM version that newer Windows refuses; seen with other products, inferred for the firewall",
				JA: "0x80010111 は RPC_E_INVALID_HEADER です。同種の古い WMI クライアントの DCOM バージョンを新しい Windows が拒否します。他の製品で確認されたもので、ファイアウォールについては推定です",
			},
			Causes:     []lang.Text{{EN: "the server runs Windows Server 2022 or later", JA: "サーバーが Windows Server 2022 以降である"}},
			Remedies:   []lang.Text{remedyToWinRM},
			Confidence: "inferred",
		}),
		wmiRow("not-reached", "Connection timeout", wmiUnreachable, Symptom{
			Title: lang.Text{EN: "the firewall's WMI query does not reach the server", JA: "ファイアウォールの WMI の問い合わせがサーバーに届かない"},
			Meaning: lang.Text{
				EN: "name, TCP 135 or the dynamic port behind it does not answer; the words are those of Samba's WMI client, which the firewall's resembles",
				JA: "名前、TCP 135、またはその先の動的ポートから応答がありません。文言はファイアウォールのものに似た Samba の WMI クライアントのものです",
			},
			Causes: []lang.Text{
				{EN: "TCP 135 or TCP 49152-65535 is blocked", JA: "TCP 135 または TCP 49152-65535 が遮断されている"},
				{EN: "the name or address of the server-monitor entry is wrong", JA: "サーバー モニター エントリの名前またはアドレスが誤っている"},
			},
			Remedies:   []lang.Text{remedyPorts, remedyPing, remedyRoute, remedyPermitted},
			Confidence: "inferred",
		}),
		wmiRow("logon-failure", "Access denied", wmiLogon, Symptom{
			Title: lang.Text{EN: "the server refuses the log-in of the firewall's WMI query", JA: "サーバーがファイアウォールの WMI のログインを拒否"},
			Meaning: lang.Text{
				EN: "user name, password or state of the service account is not accepted; which status the firewall then shows is inferred",
				JA: "サービス アカウントのユーザー名、パスワード、または状態が受け付けられません。このときファイアウォールに表示される状態は推定です",
			},
			Causes: []lang.Text{
				{EN: "user name or password is wrong, or the domain before it is", JA: "ユーザー名、パスワード、またはドメイン名が誤っている"},
				{EN: "the account is disabled, locked or expired, or its password is", JA: "アカウントが無効、ロック中、期限切れ、またはパスワードが期限切れである"},
			},
			Remedies:   []lang.Text{remedyAccount, remedyToWinRM},
			Confidence: "inferred",
		}),
		wmiRow("other", "Not connected", wmiOther, Symptom{
			Title: lang.Text{EN: "the firewall's WMI query fails", JA: "ファイアウォールの WMI の問い合わせが失敗する"},
			Meaning: lang.Text{
				EN: "the status in the line is Windows' or Samba's own; the vendor's article does not list it",
				JA: "行の中の状態は Windows または Samba のもので、ベンダーの記事には記載がありません",
			},
			Causes:     []lang.Text{{EN: "what the status says", JA: "状態コードが示す内容"}},
			Remedies:   []lang.Text{remedyToWinRM, remedyPorts, remedyCapture},
			Confidence: "inferred",
		}),
	}
}

func wmiRow(slug, status, statuses string, s Symptom) Symptom {
	s.ID, s.Status, s.Logged, s.NoFault = "wmi."+slug, status, true, noWMI
	s.Pattern = fmt.Sprintf(`%s(?:%s)\b`, wmiLine, statuses)
	if s.Article == "" {
		s.Article = article
	}
	return s
}

// byNTText returns the symptom of the status of a WMI line: "NT_STATUS_ACCESS_DENIED", "NT
// code 0x80041003". A status without a row of its own is wmi.other.
func byNTText(status string) (Symptom, bool) {
	for _, s := range table() {
		if strings.HasPrefix(s.ID, "wmi.") && s.ID != "wmi.other" && s.ShownIn("NTSTATUS: "+status) {
			return s, true
		}
	}
	return Find("wmi.other")
}

// WindowsCode is a number or name of Windows that a monitored server answers with, in a WMI
// line of the firewall's log or in the fault of a WinRM answer, which the firewall does not
// log.
type WindowsCode struct {
	Code    uint32
	Name    string
	Symptom string // the ID of the symptom
}

// WindowsCodes returns those that have a symptom. The slice is the caller's.
func WindowsCodes() []WindowsCode {
	return []WindowsCode{
		{0xC0000022, "NT_STATUS_ACCESS_DENIED", "wmi.access-denied"},
		{0xC000006D, "NT_STATUS_LOGON_FAILURE", "wmi.logon-failure"},
		{0xC0000236, "NT_STATUS_CONNECTION_REFUSED", "wmi.not-reached"},
		{0xC000023D, "NT_STATUS_HOST_UNREACHABLE", "wmi.not-reached"},
		{0xC00000B5, "NT_STATUS_IO_TIMEOUT", "wmi.not-reached"},
		{0x800706BA, "RPC_S_SERVER_UNAVAILABLE", "wmi.not-reached"},
		{0x80041003, "WBEM_E_ACCESS_DENIED", "wmi.namespace-denied"},
		{0x80010111, "RPC_E_INVALID_HEADER", "wmi.invalid-header"},
		{0x80070005, "E_ACCESSDENIED", "winrm.access-denied"},
		{0x80338104, "ERROR_WSMAN_WMI_SVC_ACCESS_DENIED", "winrm.access-denied"},
		{0x80338105, "ERROR_WSMAN_WMI_PROVIDER_ACCESS_DENIED", "winrm.access-denied"},
		{0x80338106, "ERROR_WSMAN_WMI_CANNOT_CONNECT_ACCESS_DENIED", "winrm.access-denied"},
	}
}

// windowsNumber is such a number in a text.
var windowsNumber = regexp.MustCompile(`\b0x(?:80|[cC]0)[0-9a-fA-F]{6}\b`)
