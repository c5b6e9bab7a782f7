package symptom

import "github.com/uidprobe/uidprobe/lang"

// article is the vendor's page on connection errors between the integrated User-ID agent
// and monitored servers. All rows of this file but the "disabled" wording are its.
const article = "https://knowledgebase.paloaltonetworks.com/KCSArticleDetail?id=kA14u0000008X3mCAE&lang=ja"

// syslog are the symptoms of the syslog listener.
func syslog() []Symptom {
	return []Symptom{
		{
			ID:      "syslog.listener.enabled",
			Title:   lang.Text{EN: "syslog listener service is enabled", JA: "Syslog リスナー サービスが有効"},
			Normal:  true,
			Pattern: `(?m)^\s*(UDP|SSL) Syslog Listener Service is enabled\s*$`,
			Meaning: lang.Text{
				EN: "the listener service is on for the interface that collects the mappings",
				JA: "マッピングを収集するインターフェースでリスナー サービスが有効になっています",
			},
			Article: article, Confidence: "documented",
		},
		{
			ID:      "syslog.listener.disabled",
			Title:   lang.Text{EN: "syslog listener service is disabled", JA: "Syslog リスナー サービスが無効"},
			Pattern: `(?m)^\s*(UDP|SSL) Syslog Listener Service is disabled\s*$`,
			Meaning: lang.Text{
				EN: "the firewall takes no syslog messages over this transport",
				JA: "このトランスポートの Syslog メッセージをファイアウォールは受け付けません",
			},
			Causes: []lang.Text{
				{EN: "the service is not ticked on the interface where the messages arrive", JA: "メッセージが届くインターフェースでサービスにチェックが入っていない"},
				{EN: "the change has not been committed", JA: "変更がコミットされていない"},
			},
			Remedies: []lang.Text{
				{
					EN: "management interface: Device > Setup > Interfaces > Management, tick User-ID Syslog Listener-UDP or -SSL, then commit",
					JA: "管理インターフェースの場合: Device > Setup > Interfaces > Management で User-ID Syslog Listener-UDP または -SSL にチェックを入れ、コミットする",
				},
				{
					EN: "dataplane interface: Network > Network Profiles > Interface Mgmt, the same in the profile of that interface, then commit",
					JA: "データプレーン インターフェースの場合: Network > Network Profiles > Interface Mgmt で、そのインターフェースのプロファイルに同じ設定を行い、コミットする",
				},
			},
			Article: article, Confidence: "inferred",
		},
		{
			ID:      "syslog.status.not-available",
			Title:   lang.Text{EN: "a UDP sender has the status N/A", JA: "UDP 送信元の状態が N/A"},
			Normal:  true,
			Status:  "N/A",
			Pattern: `(?m)^.*\sUDP\s.*\sN/A\s*$`,
			Meaning: lang.Text{
				EN: "normal for a UDP sender: UDP has no connection, so there is no state to show; the counters tell",
				JA: "UDP 送信元では正常です。UDP には接続がないため状態は表示されません。カウンターで判断します",
			},
			Article: article, Confidence: "documented",
		},
		{
			ID:      "syslog.status.connected",
			Title:   lang.Text{EN: "an SSL sender is Connected", JA: "SSL 送信元が Connected"},
			Normal:  true,
			Status:  "Connected",
			Pattern: `(?m)^.*\sSSL\s.*\sConnected\s*$`,
			Meaning: lang.Text{
				EN: "the sender holds a TLS connection to the listener",
				JA: "送信元がリスナーへの TLS 接続を保持しています",
			},
			Article: article, Confidence: "documented",
		},
		{
			ID:      "syslog.status.not-connected",
			Title:   lang.Text{EN: "an SSL sender is Not connected", JA: "SSL 送信元が Not connected"},
			Status:  "Not connected",
			Pattern: `(?m)^.*\sSSL\s.*\sNot connected\s*$`,
			Meaning: lang.Text{
				EN: "no TLS connection from the sender stands at the moment",
				JA: "現在、送信元からの TLS 接続が確立されていません",
			},
			Causes: []lang.Text{
				{EN: "the sender refuses the listener's certificate: expired, unknown CA, or another name", JA: "送信元がリスナーの証明書を拒否している（有効期限切れ、不明な CA、名前の不一致）"},
				{EN: "the sender cannot reach TCP 6514: route, security policy, permitted IP addresses", JA: "送信元が TCP 6514 に到達できない（経路、セキュリティ ポリシー、許可 IP アドレス）"},
				{EN: "the sender connects only when it has something to send", JA: "送信元が送信時にのみ接続する"},
				{EN: "this is the passive unit of an active/passive pair, where it is normal", JA: "アクティブ/パッシブ構成のパッシブ機である（この場合は正常）"},
			},
			Remedies: []lang.Text{
				{
					EN: "read the sender's own log: it names the certificate or the connection error",
					JA: "送信元自身のログを確認する（証明書または接続のエラーが記録されている）",
				},
				{
					EN: "renew or replace the certificate of the Syslog Service Profile (Device > User Identification > User Mapping > Palo Alto Networks User-ID Agent Setup > Server Monitor), then commit",
					JA: "Syslog Service Profile の証明書を更新または交換し（Device > User Identification > User Mapping > Palo Alto Networks User-ID Agent Setup > Server Monitor）、コミットする",
				},
			},
			Article: article, Confidence: "documented",
		},
		{
			ID:      "syslog.counters.no-log-messages",
			Title:   lang.Text{EN: "number of log messages does not rise", JA: "number of log messages が増えない"},
			Pattern: `(?m)^\s*number of log messages\s*:\s*0\s*$`,
			Meaning: lang.Text{
				EN: "the firewall receives nothing from this sender",
				JA: "ファイアウォールはこの送信元から何も受信していません",
			},
			Causes: []lang.Text{
				{EN: "the sender's address is not among the permitted IP addresses of the interface", JA: "送信元アドレスがインターフェースの許可 IP アドレスに含まれていない"},
				{EN: "the address of the server-monitor entry is not the one the messages come from (NAT, a second interface)", JA: "サーバー モニター エントリのアドレスが実際の送信元アドレスと異なる（NAT、別インターフェース）"},
				{EN: "the entry expects the other transport, or is disabled", JA: "エントリのトランスポートが異なる、またはエントリが無効"},
				{EN: "a route or a security policy on the way drops the messages", JA: "途中の経路またはセキュリティ ポリシーがメッセージを破棄している"},
				{EN: "the change has not been committed", JA: "変更がコミットされていない"},
			},
			Remedies: []lang.Text{
				{
					EN: "compare Permitted IP Addresses of the interface (management, or the Interface Mgmt profile) with the sender's address",
					JA: "インターフェース（管理、または Interface Mgmt プロファイル）の Permitted IP Addresses を送信元アドレスと照合する",
				},
				{
					EN: "see whether the datagrams arrive: tcpdump filter \"host SENDER\" snaplen 0, then view-pcap mgmt-pcap mgmt.pcap",
					JA: "パケットの到達を確認する: tcpdump filter \"host SENDER\" snaplen 0 の後、view-pcap mgmt-pcap mgmt.pcap",
				},
			},
			Article: article, Confidence: "documented",
		},
		{
			ID:      "syslog.counters.no-auth-success",
			Title:   lang.Text{EN: "number of auth. success messages does not rise", JA: "number of auth. success messages が増えない"},
			Pattern: `(?m)^\s*number of auth\. success messages\s*:\s*0\s*$`,
			Meaning: lang.Text{
				EN: "messages arrive, but none matches a parse profile that is attached as a login",
				JA: "メッセージは届いていますが、login として割り当てられた解析プロファイルに一致しません",
			},
			Causes: []lang.Text{
				{EN: "no parse profile, or the wrong one, is attached to the sender", JA: "送信元に解析プロファイルが割り当てられていない、または誤っている"},
				{EN: "the profile is attached with the event type logout", JA: "プロファイルのイベント タイプが logout になっている"},
				{EN: "the sender's message format has changed and no longer matches", JA: "送信元のメッセージ形式が変わり、一致しなくなった"},
				{EN: "the change has not been committed", JA: "変更がコミットされていない"},
			},
			Remedies: []lang.Text{
				{
					EN: "see what the profile makes of a real message: uidprobe profile trace PROFILE < message.log",
					JA: "実際のメッセージをプロファイルで確認する: uidprobe profile trace PROFILE < message.log",
				},
				{
					EN: "Device > User Identification > User Mapping > Server Monitoring: open the sender, compare its Filter list and each Event Type with the site file",
					JA: "Device > User Identification > User Mapping > Server Monitoring で送信元を開き、Filter の一覧と各 Event Type をサイト ファイルと照合する",
				},
			},
			Article: article, Confidence: "documented",
		},
		{
			ID:      "syslog.counters.no-active-connections",
			Title:   lang.Text{EN: "number of active connections is 0", JA: "number of active connections が 0"},
			Pattern: `(?m)^\s*number of active connections\s*:\s*0\s*$`,
			Meaning: lang.Text{
				EN: "no TLS connection from this sender is open; a UDP sender has no such line",
				JA: "この送信元からの TLS 接続はありません。UDP 送信元にはこの行がありません",
			},
			Article: article, Confidence: "documented",
			ShownWith: "syslog.status.not-connected",
		},
		{
			ID:      "syslog.counters.no-connections-made",
			Title:   lang.Text{EN: "total connections made is 0", JA: "total connections made が 0"},
			Pattern: `(?m)^\s*total connections made\s*:\s*0\s*$`,
			Meaning: lang.Text{
				EN: "this sender has never completed a TLS connection since the counters were reset",
				JA: "カウンターのリセット以降、この送信元は TLS 接続を一度も確立していません",
			},
			Article: article, Confidence: "documented",
			ShownWith: "syslog.status.not-connected",
		},
	}
}
