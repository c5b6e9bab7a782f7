package symptom

import (
	"strings"

	"github.com/uidprobe/uidprobe/lang"
)

// noWalk is why the walk through the faults leaves out a row that is no trouble.
const noWalk = "it is shown while all is well, by a firewall that monitors a directory server"

// noPeer is why no fault shows what the firewall says of a peer that is not simulated.
const (
	noWMI   = "the WMI peer is not in the lab yet"
	noShell = "it is the output of a command that a person types at the firewall, and the simulated firewall does not run it"
)

// statusAliases are further wordings in which a status is read, by the status as the vendor's
// article writes it. None of them is documented: they are what a web interface in Japanese
// may show, and spellings that people use. The log is English everywhere.
var statusAliases = map[string][]string{
	"Connected":             {"接続済み", "接続済", "接続", "接続中", "接続されました", "接続されています"},
	"Disconnected":          {"切断", "切断済み", "切断されました", "切断されています"},
	"Connection timeout":    {"Connection time-out", "接続タイムアウト", "接続がタイムアウトしました"},
	"Connection refused(0)": {"接続拒否(0)", "接続が拒否されました(0)"},
	"Connection refused":    {"接続拒否", "接続が拒否されました"},
	"Access denied":         {"アクセス拒否", "アクセスが拒否されました"},
	"Not connected":         {"未接続", "接続されていません", "非接続"},
	"Kerberos error":        {"Kerberos エラー", "Kerberosエラー"},
	"N/A":                   {"該当なし", "なし", "不明"},
}

// statusWords is a pattern of a status and its aliases.
func statusWords(status string) string {
	var words []string
	for _, word := range append([]string{status}, statusAliases[status]...) {
		words = append(words, statusPattern(word))
	}
	return `(?i:` + strings.Join(words, "|") + `)`
}

// statusPattern lets blanks stand before a number in parentheses, and brackets be wide ones.
func statusPattern(word string) string {
	return strings.NewReplacer(" ", `\s+`, "(", `\s*[(（]`, ")", `[)）]`, "/", `/`).Replace(word)
}

// directoryRow finds a row of the table of directory servers that ends with a status: name,
// type, host and virtual system stand before it. Syslog senders have the type UDP or SSL.
func directoryRow(words string) string {
	const directoryType = `(?:[^USus\s]\S*|[Uu](?:[^Dd\s]\S*)?|[Ss](?:[^Ss\s]\S*)?)`
	return `(?m)^.*\S\s+` + directoryType + `\s+\S+\s+vsys\d+\s+` + words + `\s*$`
}

// StatusKey brings a status into the form in which two of them compare: case, runs of blanks,
// blanks before a parenthesis and wide parentheses do not count.
func StatusKey(status string) string {
	status = strings.NewReplacer("（", "(", "）", ")").Replace(strings.ToLower(status))
	status = strings.Join(strings.Fields(status), " ")
	return strings.ReplaceAll(status, " (", "(")
}

// DirectoryStatus returns the symptom of what the Status column shows for a directory server,
// in English or Japanese. "Connection refused(401)" is that of "Connection refused": that the
// number is the HTTP response code is inferred.
func DirectoryStatus(status string) (Symptom, bool) {
	key := StatusKey(status)
	if s, ok := statusOf(key, "server.status.", "kerberos.status"); ok {
		return s, true
	}
	if word, rest, numbered := strings.Cut(key, "("); numbered && strings.HasSuffix(rest, ")") {
		return statusOf(word, "server.status.connection-refused", "")
	}
	return Symptom{}, false
}

// SyslogStatus returns the symptom of what the Status column shows for a syslog sender.
func SyslogStatus(status string) (Symptom, bool) {
	return statusOf(StatusKey(status), "syslog.status.", "")
}

func statusOf(key, prefix, id string) (Symptom, bool) {
	for _, s := range table() {
		if (strings.HasPrefix(s.ID, prefix) || s.ID == id) && s.hasStatus(key) {
			return s, true
		}
	}
	return Symptom{}, false
}

// hasStatus says whether a key is that of the status or of one of its aliases.
func (s Symptom) hasStatus(key string) bool {
	if s.Status == "" {
		return false
	}
	for _, word := range append([]string{s.Status}, statusAliases[s.Status]...) {
		if StatusKey(word) == key {
			return true
		}
	}
	return false
}

// What the article says first of every status.
var (
	remedyRoute = lang.Text{
		EN: "look up from where the firewall asks: Device > Setup > Services > Service Route Configuration > UID Agent; the monitored server must admit that address",
		JA: "ファイアウォールの送信元を確認する: Device > Setup > Services > Service Route Configuration > UID Agent。監視対象サーバー側でそのアドレスを許可する",
	}
	remedyPermitted = lang.Text{
		EN: "if the interface of the service route has permitted IP addresses (management: Device > Setup > Interfaces > Management; data interface: its Interface Management Profile), the monitored server's address must be among them",
		JA: "サービス ルートのインターフェースに許可 IP アドレスが設定されている場合（管理: Device > Setup > Interfaces > Management、データ インターフェース: Interface Management Profile）、監視対象サーバーのアドレスを含める",
	}
	remedyAccount = lang.Text{
		EN: "see that user name and password of the service account are current: Device > User Identification > User Mapping > gear > Server Monitor Account",
		JA: "サービス アカウントのユーザー名とパスワードが最新であることを確認する: Device > User Identification > User Mapping > 歯車アイコン > Server Monitor Account",
	}
	remedyLog = lang.Text{
		EN: "read why in the firewall's log: less mp-log useridd.log; then uidprobe diagnose FILE with a copy of it",
		JA: "理由をファイアウォールのログで確認する: less mp-log useridd.log。その写しを uidprobe diagnose FILE で読み取る",
	}
	remedyPing = lang.Text{
		EN: "on the firewall: ping host ADDRESS and traceroute host ADDRESS; for a service route over a data interface ping source ADDRESS host ADDRESS and traceroute source ADDRESS host ADDRESS",
		JA: "ファイアウォールで ping host ADDRESS と traceroute host ADDRESS を実行する。データ インターフェースのサービス ルートの場合は ping source ADDRESS host ADDRESS と traceroute source ADDRESS host ADDRESS",
	}
	remedyPorts = lang.Text{
		EN: "allow the port of the transport from the firewall to the server: WinRM-HTTP TCP 5985, WinRM-HTTPS TCP 5986, WMI TCP 135 and then TCP 49152-65535; WinRM with Kerberos also needs UDP and TCP 88 and DNS",
		JA: "ファイアウォールからサーバーへ、使用するトランスポートのポートを許可する: WinRM-HTTP は TCP 5985、WinRM-HTTPS は TCP 5986、WMI は TCP 135 と TCP 49152-65535。Kerberos を使う WinRM では UDP と TCP の 88 および DNS も必要",
	}
	remedyCapture = lang.Text{
		EN: "if nothing fits, capture it: tcpdump filter \"host ADDRESS\" snaplen 0, then view-pcap mgmt-pcap mgmt.pcap; for a data interface the packet capture of the web interface; then open a support case",
		JA: "どれにも当てはまらない場合はキャプチャする: tcpdump filter \"host ADDRESS\" snaplen 0 の後、view-pcap mgmt-pcap mgmt.pcap。データ インターフェースでは Web インターフェースのパケット キャプチャを使い、サポートに問い合わせる",
	}
)

// server are the statuses of directory servers.
func server() []Symptom {
	rows := []Symptom{
		{
			ID: "server.status.connected", Status: "Connected", Normal: true, NoFault: noWalk,
			Title: lang.Text{EN: "a directory server is Connected", JA: "ディレクトリ サーバーが Connected"},
			Meaning: lang.Text{
				EN: "the firewall's last query to the server was answered",
				JA: "ファイアウォールからサーバーへの最後の問い合わせに応答がありました",
			},
			Confidence: "documented",
		},
		{
			ID: "server.status.disconnected", Status: "Disconnected", NoFault: "it is the article's word for every status but Connected; that a firewall prints it is not proven",
			Title: lang.Text{EN: "a directory server is Disconnected", JA: "ディレクトリ サーバーが Disconnected"},
			Meaning: lang.Text{
				EN: "the firewall reads no log-ins from the server; the word does not say why",
				JA: "ファイアウォールはサーバーからログインを読み取れていません。この語だけでは理由は分かりません",
			},
			Causes: []lang.Text{
				{EN: "network, name resolution, account, Kerberos or WinRM: the log tells which", JA: "ネットワーク、名前解決、アカウント、Kerberos、WinRM のいずれか（ログで判断する）"},
			},
			Remedies: []lang.Text{
				{
					EN: "look at the exact status: show user server-monitor statistics, then show user server-monitor state NAME",
					JA: "正確な状態を確認する: show user server-monitor statistics、続いて show user server-monitor state NAME",
				},
				remedyLog, remedyRoute, remedyPermitted, remedyAccount, remedyPorts, remedyCapture,
			},
			Confidence: "inferred",
		},
		{
			ID: "server.status.connection-timeout", Status: "Connection timeout", ShownWith: "winrm.timeout",
			Title: lang.Text{EN: "a directory server has the status Connection timeout", JA: "ディレクトリ サーバーの状態が Connection timeout"},
			Meaning: lang.Text{
				EN: "the server does not answer the firewall on the network",
				JA: "ネットワーク上でサーバーからファイアウォールへの応答がありません",
			},
			Causes: []lang.Text{
				{EN: "a firewall on the way, or that of the server, drops the packets", JA: "途中のファイアウォール、またはサーバーのファイアウォールがパケットを破棄している"},
				{EN: "there is no route to the server, or none back, from the interface of the service route", JA: "サービス ルートのインターフェースからサーバーへの経路、または戻りの経路がない"},
				{EN: "the address of the server-monitor entry is not the server's, or the server is down", JA: "サーバー モニター エントリのアドレスが誤っている、またはサーバーが停止している"},
				{EN: "the server's address is not among the permitted IP addresses of the firewall's interface", JA: "サーバーのアドレスがファイアウォールのインターフェースの許可 IP アドレスに含まれていない"},
			},
			Remedies:   []lang.Text{remedyPing, remedyPorts, remedyRoute, remedyPermitted, remedyCapture},
			Confidence: "documented",
		},
		{
			ID: "server.status.connection-refused-0", Status: "Connection refused(0)", ShownWith: "winrm.not-reached",
			Title: lang.Text{EN: "a directory server has the status Connection refused(0)", JA: "ディレクトリ サーバーの状態が Connection refused(0)"},
			Meaning: lang.Text{
				EN: "the firewall's WinRM request brought no HTTP answer; that 0 is the response code is inferred. The error in its log says whether name, connection or certificate failed",
				JA: "WinRM の要求に対して HTTP の応答がありませんでした（0 が応答コードであることは推定です）。名前解決、接続、証明書のどれに失敗したかはログのエラーで分かります",
			},
			Causes: []lang.Text{
				{EN: "nothing listens on the WinRM port, or it is blocked", JA: "WinRM のポートで待ち受けていない、または遮断されている"},
				{EN: "the name of the server does not resolve on the firewall", JA: "ファイアウォールでサーバー名を解決できない"},
				{EN: "WinRM-HTTPS: the server's certificate is not accepted, often after it was renewed", JA: "WinRM-HTTPS: サーバー証明書が受け入れられない（更新後に多い）"},
			},
			Remedies:   []lang.Text{remedyLog, remedyPing, remedyPorts, remedyRoute, remedyPermitted},
			Confidence: "documented",
		},
		{
			ID: "server.status.connection-refused", Status: "Connection refused", ShownWith: "winrm.unauthorized",
			Title: lang.Text{EN: "a directory server has the status Connection refused", JA: "ディレクトリ サーバーの状態が Connection refused"},
			Meaning: lang.Text{
				EN: "the server answered the firewall's WinRM request and refused its log-in, as a rule with 401",
				JA: "サーバーは WinRM の要求に応答しましたが、ログインを拒否しました（通常は 401）",
			},
			Causes: []lang.Text{
				{EN: "WinRM does not accept the authentication that the firewall uses", JA: "ファイアウォールが使う認証方式を WinRM が受け付けない"},
				{EN: "user name or password is wrong", JA: "ユーザー名またはパスワードが誤っている"},
			},
			Remedies:   []lang.Text{remedyLog, remedyAccount, remedyHTTPS, remedyWinRMGuide},
			Confidence: "documented",
		},
		{
			ID: "server.status.access-denied", Status: "Access denied", ShownWith: "winrm.access-denied",
			Title: lang.Text{EN: "a directory server has the status Access denied", JA: "ディレクトリ サーバーの状態が Access denied"},
			Meaning: lang.Text{
				EN: "the server knows the service account and does not let it read",
				JA: "サーバーはサービス アカウントを認証しましたが、読み取りを許可していません",
			},
			Causes: []lang.Text{
				{EN: "the account is not in the groups that monitoring needs", JA: "アカウントが監視に必要なグループに所属していない"},
				{EN: "WMI: the server demands more of DCOM than the firewall can (KB5014692 and later updates)", JA: "WMI: サーバーがファイアウォールの対応していない DCOM の保護を要求している（KB5014692 以降の更新プログラム）"},
			},
			Remedies:   []lang.Text{remedyLog, remedyGroups, remedyToWinRM, remedyAccount},
			Confidence: "documented",
		},
		{
			ID: "server.status.not-connected", Status: "Not connected", NoFault: noWMI,
			Title: lang.Text{EN: "a directory server is Not connected", JA: "ディレクトリ サーバーが Not connected"},
			Meaning: lang.Text{
				EN: "the firewall holds no session with the server; on the passive unit of an active/passive pair this is normal and ends with the failover",
				JA: "ファイアウォールはサーバーとのセッションを持っていません。アクティブ/パッシブ構成のパッシブ機では正常で、フェイルオーバー後に接続されます",
			},
			Causes: []lang.Text{
				{EN: "this is the passive unit of an active/passive pair", JA: "アクティブ/パッシブ構成のパッシブ機である"},
				{EN: "WMI: the account may not use the namespace (0x80041003 in the log)", JA: "WMI: アカウントに名前空間の権限がない（ログの 0x80041003）"},
			},
			Remedies: []lang.Text{
				{
					EN: "see whether the unit is passive: show high-availability all, then Mode and State under Local Information",
					JA: "パッシブ機かどうかを確認する: show high-availability all の Local Information の Mode と State",
				},
				remedyLog, remedyNamespace, remedyRoute, remedyPermitted, remedyAccount,
			},
			Confidence: "documented",
		},
		{
			ID: "ha.passive", Normal: true,
			Title:   lang.Text{EN: "this unit is the passive one of a pair", JA: "この機器はペアのパッシブ機"},
			Pattern: `(?m)^\s*Local Information:[^\n]*\n(?:[^\n]*\n){0,40}?\s*State:\s*passive\b`,
			Meaning: lang.Text{
				EN: "normal: a passive unit keeps no session with directory servers and shows them as Not connected; the active one does the work",
				JA: "正常です。パッシブ機はディレクトリ サーバーとのセッションを持たず Not connected と表示し、アクティブ機が処理します",
			},
			Confidence: "documented",
		},
	}
	for i, s := range rows {
		rows[i].Article = article
		if s.Pattern == "" {
			rows[i].Pattern = directoryRow(statusWords(s.Status))
		}
		if s.ID == "server.status.connection-refused" { // the number is the response code
			rows[i].Pattern = directoryRow(statusWords(s.Status) + `(?:\s*[(（][1-9]\d*[)）])?`)
		}
	}
	return rows
}
