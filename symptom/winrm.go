package symptom

import (
	"regexp"
	"strings"

	"github.com/uidprobe/uidprobe/lang"
)

// The vendor's pages that the article leads to from a WinRM line; of some only the title is
// known, and then the article stands for them.
const (
	winrmGuide = "https://docs.paloaltonetworks.com/content/techdocs/en_US/pan-os/11-1/pan-os-admin/user-id/map-ip-addresses-to-users/configure-server-monitoring-using-winrm.html"
	statusZero = "Connection refused(0)"
)

var (
	remedyHTTPS = lang.Text{
		EN: "consider WinRM-HTTPS in place of WinRM-HTTP; it needs a valid certificate that is installed on the server and configured for WinRM",
		JA: "WinRM-HTTP の代わりに WinRM-HTTPS の使用を検討する。サーバーに有効な証明書をインストールし、WinRM 用に設定する必要がある",
	}
	remedyWinRMGuide = lang.Text{
		EN: "go through Configure Server Monitoring Using WinRM of the administrator's guide once more, step by step",
		JA: "管理者ガイドの「Configure Server Monitoring Using WinRM」を最初から順に見直す",
	}
	remedyGroups = lang.Text{
		EN: "add the service account to Event Log Readers, Distributed COM Users and, for WinRM, Remote Management Users; Server Operators only for session monitoring",
		JA: "サービス アカウントを Event Log Readers、Distributed COM Users、WinRM の場合は Remote Management Users に追加する。Server Operators はセッション監視の場合だけ必要",
	}
	remedyNamespace = lang.Text{
		EN: "on the server, wmimgmt.msc > WMI Control > Properties > Security > Root > CIMV2: give the account Enable Account and Remote Enable",
		JA: "サーバーの wmimgmt.msc > WMI コントロール > プロパティ > セキュリティ > Root > CIMV2 で、アカウントに「アカウントの有効化」と「リモートの有効化」を許可する",
	}
	remedyListener = lang.Text{
		EN: "on the server: winrm enumerate winrm/config/listener must list the transport with its port (HTTP 5985, HTTPS 5986); winrm quickconfig, or winrm quickconfig -transport:https, makes it",
		JA: "サーバーで winrm enumerate winrm/config/listener を実行し、トランスポートとポート（HTTP は 5985、HTTPS は 5986）があることを確認する。ない場合は winrm quickconfig または winrm quickconfig -transport:https で作成する",
	}
	remedyCA = lang.Text{
		EN: "put the root CA of the server's certificate, after a renewal the new one, into the certificate profile of Device > User Identification > Connection Security, and let the server send its intermediates",
		JA: "サーバー証明書のルート CA（更新後は新しい CA）を Device > User Identification > Connection Security の証明書プロファイルに登録し、中間証明書をサーバーから送信させる",
	}
	remedyListenerCertificate = lang.Text{
		EN: "on the server: compare CertificateThumbprint in winrm enumerate winrm/config/listener with the current certificate; WinRM may hold on to the thumbprint of the old one",
		JA: "サーバーで winrm enumerate winrm/config/listener の CertificateThumbprint を現在の証明書と照合する（WinRM は古い証明書の拇印を保持していることがある）",
	}
	remedyCertificate = lang.Text{
		EN: "see what is wrong with the chain itself: dates, name (SAN = the FQDN of the server-monitor entry), purpose server authentication, CA certificates with basic constraints CA:TRUE",
		JA: "チェーン自体を確認する: 有効期間、名前（SAN がサーバー モニター エントリの FQDN と一致）、用途「サーバー認証」、CA 証明書の基本制約 CA:TRUE",
	}
)

// winrm are the log lines of a WinRM query that failed.
func winrm() []Symptom {
	rows := winrmSilent()
	rows = append(rows, winrmCertificate()...)
	return append(rows, winrmAnswered()...)
}

// winrmRow completes a row of a line that ends with a text of libcurl.
func winrmRow(slug, status string, s Symptom) Symptom {
	s.ID, s.Status, s.Logged = "winrm."+slug, status, true
	if s.Pattern == "" {
		s.Pattern = winrmLine + `0\s*,\s*error:?\s*(?:` + curlPattern(s.ID) + `)`
	}
	if s.Article == "" {
		s.Article = article
	}
	return s
}

// winrmLine finds the line up to its response code. What stands before it changes.
const winrmLine = `(?i)\bresponse code\s*[=:]\s*`

// curlPattern is a pattern of all texts of libcurl that mean a symptom.
func curlPattern(id string) string {
	var texts []string
	for _, c := range curlErrors {
		if text := strings.ReplaceAll(regexp.QuoteMeta(c.Text), "'", "['’]"); c.Symptom == id && !strings.Contains(strings.Join(texts, "|"), text) {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, "|")
}

// winrmStatus is a pattern of a response code, when libcurl had nothing to say.
func winrmStatus(code string) string { return winrmLine + code + `\b` }

// winrmSilent are the lines without an HTTP answer that have nothing to do with certificates.
func winrmSilent() []Symptom {
	return []Symptom{
		winrmRow("unresolved", statusZero, Symptom{
			Title: lang.Text{EN: "the firewall cannot resolve the name of the server", JA: "ファイアウォールがサーバーの名前を解決できない"},
			Meaning: lang.Text{
				EN: "the name in the server-monitor entry has no address for the firewall's DNS (curl 6); no connection was tried",
				JA: "サーバー モニター エントリの名前をファイアウォールの DNS で解決できません（curl 6）。接続は試みられていません",
			},
			Causes: []lang.Text{
				{EN: "the firewall's DNS servers do not know the AD domain, or are not reached", JA: "ファイアウォールの DNS サーバーが AD ドメインを解決できない、または到達できない"},
				{EN: "the name in the server-monitor entry is misspelt or short", JA: "サーバー モニター エントリの名前が誤っている、または短縮名である"},
			},
			Remedies: []lang.Text{
				{
					EN: "on the firewall: ping host NAME tells whether the name resolves; if not, set Device > Setup > Services > DNS to servers that know the AD domain, and look at the service route of DNS",
					JA: "ファイアウォールで ping host NAME を実行し、名前解決を確認する。解決できない場合は Device > Setup > Services の DNS に AD ドメインを解決できるサーバーを設定し、DNS のサービス ルートを確認する",
				},
				{
					EN: "compare Network Address of the server-monitor entry with the server's FQDN; with Kerberos an address in its place does not work",
					JA: "サーバー モニター エントリの Network Address をサーバーの FQDN と照合する。Kerberos ではアドレスで代用できない",
				},
			},
			Confidence: "documented",
		}),
		winrmRow("not-reached", statusZero, Symptom{
			Title: lang.Text{EN: "the firewall cannot connect to WinRM on the server", JA: "ファイアウォールがサーバーの WinRM に接続できない"},
			Meaning: lang.Text{
				EN: "the TCP connection failed (curl 7): it was refused, or nothing answered until the system gave up",
				JA: "TCP 接続に失敗しました（curl 7）。拒否されたか、システムが断念するまで応答がありませんでした",
			},
			Causes: []lang.Text{
				{EN: "WinRM is stopped on the server, or has no listener for this transport", JA: "サーバーの WinRM が停止している、またはこのトランスポートのリスナーがない"},
				{EN: "the Windows firewall or a firewall on the way blocks TCP 5985 (HTTP) or 5986 (HTTPS)", JA: "Windows ファイアウォールまたは途中のファイアウォールが TCP 5985（HTTP）または 5986（HTTPS）を遮断している"},
				{EN: "the service route of the UID Agent leaves by another interface than expected", JA: "UID Agent のサービス ルートが想定と異なるインターフェースを使っている"},
			},
			Remedies:   []lang.Text{remedyListener, remedyPorts, remedyPing, remedyRoute, remedyPermitted},
			Confidence: "documented",
		}),
		winrmRow("timeout", "Connection timeout", Symptom{
			Title: lang.Text{EN: "WinRM on the server does not answer the firewall in time", JA: "サーバーの WinRM が時間内に応答しない"},
			Meaning: lang.Text{
				EN: "libcurl's time-out was reached (curl 28), during the connection or while waiting for the answer; that the status is then Connection timeout is inferred",
				JA: "接続中または応答待ちの間に libcurl のタイムアウトに達しました（curl 28）。このとき状態が Connection timeout になることは推定です",
			},
			Causes: []lang.Text{
				{EN: "packets are dropped on the way, or by the Windows firewall", JA: "途中または Windows ファイアウォールでパケットが破棄されている"},
				{EN: "the server or its WMI is overloaded, or its security log is very large", JA: "サーバーまたはその WMI が過負荷である、またはセキュリティ ログが非常に大きい"},
			},
			Remedies:   []lang.Text{remedyPing, remedyPorts, remedyRoute, remedyCapture},
			Confidence: "inferred",
		}),
		winrmRow("cut", statusZero, Symptom{
			Title: lang.Text{EN: "the connection to WinRM ends without an answer", JA: "WinRM への接続が応答なしで終了する"},
			Meaning: lang.Text{
				EN: "the server or something on the way closed the connection after it stood (curl 52, 55, 56)",
				JA: "接続の確立後に、サーバーまたは途中の機器が接続を閉じました（curl 52、55、56）",
			},
			Causes: []lang.Text{
				{EN: "HTTP is spoken to the HTTPS port, or the other way round", JA: "HTTPS のポートに HTTP で接続している、またはその逆"},
				{EN: "a proxy or an inspecting firewall on the way ends the connection", JA: "途中のプロキシーや検査を行うファイアウォールが接続を切断している"},
				{EN: "WinRM was restarted", JA: "WinRM が再起動された"},
			},
			Remedies:   []lang.Text{remedyListener, remedyPorts, remedyCapture},
			Confidence: "inferred",
		}),
		winrmRow("other-error", statusZero, Symptom{
			Title: lang.Text{EN: "the WinRM request fails within the firewall's HTTP library", JA: "WinRM の要求がファイアウォールの HTTP ライブラリ内で失敗する"},
			Meaning: lang.Text{
				EN: "libcurl gives an error that is neither name, connection, time nor certificate; the text is its own",
				JA: "名前解決、接続、タイムアウト、証明書のいずれでもないエラーを libcurl が返しました。文言は libcurl のものです",
			},
			Causes: []lang.Text{
				{EN: "the text itself says it: a proxy that is not found, a malformed address, an answer that broke off, no memory", JA: "文言が示すとおり（プロキシーが見つからない、アドレスの形式の誤り、応答の途中終了、メモリー不足など）"},
			},
			Remedies:   []lang.Text{remedyWinRMGuide, remedyCapture},
			Confidence: "inferred",
			NoFault:    "it is what libcurl itself cannot do, on a firewall: no server brings that about",
		}),
	}
}

// winrmCertificate are the lines of a TLS session that does not come to stand.
func winrmCertificate() []Symptom {
	return []Symptom{
		winrmRow("certificate-untrusted", statusZero, Symptom{
			Title: lang.Text{EN: "the server's certificate does not verify against the certificate profile", JA: "サーバー証明書を証明書プロファイルで検証できない"},
			Meaning: lang.Text{
				EN: "the chain does not end in a CA that the firewall was given (curl 60 of libcurl up to 7.61); a name that does not match has another text there",
				JA: "証明書チェーンがファイアウォールに登録された CA に到達しません（libcurl 7.61 以前の curl 60）。名前の不一致は別の文言になります",
			},
			Causes: []lang.Text{
				{EN: "the root CA is not in the certificate profile, often after the CA or the certificate was renewed", JA: "ルート CA が証明書プロファイルにない（CA または証明書の更新後に多い）"},
				{EN: "the server does not send an intermediate certificate", JA: "サーバーが中間証明書を送信していない"},
				{EN: "the certificate has expired, is self-signed, or is not meant for servers", JA: "証明書の有効期限が切れている、自己署名である、またはサーバー用ではない"},
				{EN: "a CA certificate of the chain lacks its basic constraints", JA: "チェーンの CA 証明書に基本制約がない"},
			},
			Remedies:   []lang.Text{remedyCA, remedyListenerCertificate, remedyCertificate},
			Confidence: "documented",
		}),
		winrmRow("certificate-refused", statusZero, Symptom{
			Title: lang.Text{EN: "the server's certificate is not accepted", JA: "サーバー証明書が受け入れられない"},
			Meaning: lang.Text{
				EN: "with libcurl up to 7.61 the certificate is not for the name of the server-monitor entry (curl 51); from 7.62 on this is the text of every certificate that does not verify (curl 60)",
				JA: "libcurl 7.61 以前では、証明書の名前がサーバー モニター エントリと一致しないことを示します（curl 51）。7.62 以降では、検証に失敗したすべての場合にこの文言になります（curl 60）",
			},
			Causes: []lang.Text{
				{EN: "the certificate names another host than the Network Address of the server-monitor entry", JA: "証明書の名前がサーバー モニター エントリの Network Address と異なる"},
				{EN: "the root CA is not in the certificate profile, often after a renewal, or an intermediate is missing", JA: "ルート CA が証明書プロファイルにない（更新後に多い）、または中間証明書がない"},
				{EN: "the certificate has expired, or a CA certificate of the chain lacks its basic constraints", JA: "証明書の有効期限が切れている、またはチェーンの CA 証明書に基本制約がない"},
			},
			Remedies:   []lang.Text{remedyCertificate, remedyCA, remedyListenerCertificate},
			Confidence: "documented",
		}),
		winrmRow("handshake", statusZero, Symptom{
			Title: lang.Text{EN: "the TLS handshake with WinRM breaks off", JA: "WinRM との TLS ハンドシェイクが失敗する"},
			Meaning: lang.Text{
				EN: "no TLS session came to stand, for another reason than the trust in the certificate (curl 35 and its like)",
				JA: "証明書の信頼以外の理由で TLS セッションを確立できませんでした（curl 35 など）",
			},
			Causes: []lang.Text{
				{EN: "no certificate is bound to port 5986, or it has gone since", JA: "ポート 5986 に証明書が割り当てられていない、または削除された"},
				{EN: "firewall and server have no TLS version or cipher in common", JA: "ファイアウォールとサーバーに共通の TLS バージョンまたは暗号スイートがない"},
				{EN: "what listens there does not speak TLS", JA: "待ち受けているサービスが TLS に対応していない"},
			},
			Remedies:   []lang.Text{remedyListenerCertificate, remedyListener, remedyCapture},
			Confidence: "inferred",
		}),
	}
}

// winrmAnswered are the lines with an HTTP answer.
func winrmAnswered() []Symptom {
	return []Symptom{
		winrmRow("unauthorized", "Connection refused", Symptom{
			Title:   lang.Text{EN: "WinRM refuses the firewall's log-in (401)", JA: "WinRM がファイアウォールのログインを拒否（401）"},
			Pattern: winrmStatus("401") + `|` + winrmLine + `0\s*,\s*error:?\s*(?:` + curlPattern("winrm.unauthorized") + `)`,
			Meaning: lang.Text{
				EN: "the server answered and did not accept the authentication: HTTP 401. The firewall logs (null) because libcurl itself had no error",
				JA: "サーバーは応答しましたが、認証を受け付けませんでした（HTTP 401）。libcurl 自体のエラーではないため、ログには (null) と記録されます",
			},
			Causes: []lang.Text{
				{EN: "WinRM-HTTPS without a Kerberos Server Profile uses Basic, which is switched off in WinRM by default", JA: "Kerberos Server Profile のない WinRM-HTTPS は Basic 認証を使うが、WinRM では既定で無効になっている"},
				{EN: "user name or password is wrong, or the account is locked", JA: "ユーザー名またはパスワードが誤っている、またはアカウントがロックされている"},
				{EN: "Basic with a domain account to a server that is no domain controller (an Exchange server)", JA: "ドメイン コントローラーではないサーバー（Exchange サーバーなど）に、ドメイン アカウントで Basic 認証を使っている"},
				{EN: "Kerberos: HTTP/FQDN is registered on another account, the clocks differ by more than five minutes, or Kerberos is switched off in WinRM", JA: "Kerberos: HTTP/FQDN が別のアカウントに登録されている、時刻が 5 分以上ずれている、または WinRM で Kerberos が無効になっている"},
			},
			Remedies: []lang.Text{
				{
					EN: "on the server: winrm get winrm/config/service/auth must say Kerberos = true, and for WinRM-HTTPS with Basic: Basic = true (winrm set winrm/config/service/auth @{Basic=\"true\"}); AllowUnencrypted is never needed",
					JA: "サーバーで winrm get winrm/config/service/auth を実行し、Kerberos = true、Basic 認証の WinRM-HTTPS では Basic = true であることを確認する（winrm set winrm/config/service/auth @{Basic=\"true\"}）。AllowUnencrypted は不要",
				},
				remedyAccount,
				remedyHTTPS,
				remedyWinRMGuide,
				{
					EN: "with Kerberos: setspn -Q HTTP/FQDN must name the server's own computer account or nothing",
					JA: "Kerberos の場合: setspn -Q HTTP/FQDN の結果がサーバー自身のコンピューター アカウント、または該当なしであることを確認する",
				},
			},
			Confidence: "documented",
		}),
		winrmRow("access-denied", "Access denied", Symptom{
			Title:   lang.Text{EN: "WinRM lets the account in and does not let it read (500)", JA: "WinRM はログインを許可したが読み取りを拒否（500）"},
			Pattern: winrmStatus("500"),
			Meaning: lang.Text{
				EN: "the log-in succeeded and the query was answered with a SOAP fault: HTTP 500. For the firewall, which encrypts its requests, this is missing authorisation as a rule",
				JA: "ログインは成功しましたが、問い合わせに SOAP フォールトが返りました（HTTP 500）。要求を暗号化するファイアウォールでは、通常は権限の不足です",
			},
			Causes: []lang.Text{
				{EN: "the account is not in Remote Management Users (WSManFault 5, 0x80070005)", JA: "アカウントが Remote Management Users に所属していない（WSManFault 5、0x80070005）"},
				{EN: "it has no right to the namespace root\\CIMV2 (0x80338104, 0x80338106)", JA: "名前空間 root\\CIMV2 の権限がない（0x80338104、0x80338106）"},
				{EN: "it is not in Event Log Readers (0x80338105; inferred)", JA: "Event Log Readers に所属していない（0x80338105、推定）"},
			},
			Remedies:   []lang.Text{remedyGroups, remedyNamespace, remedyWinRMGuide},
			Confidence: "documented",
		}),
		winrmRow("other-status", "Connection refused", Symptom{
			Title:   lang.Text{EN: "an HTTP answer that WinRM does not give as a rule", JA: "WinRM が通常返さない HTTP 応答"},
			Pattern: winrmStatus(`(?:[1-36-9]\d\d|40[02-9]|4[1-9]\d|50[1-9]|5[1-9]\d)`),
			Meaning: lang.Text{
				EN: "the answer is neither 401 nor 500: what answers on the port may not be WinRM, or it does not serve the address that the firewall asks for",
				JA: "401 でも 500 でもない応答です。ポートで応答しているのが WinRM ではないか、ファイアウォールが要求する URL を提供していない可能性があります",
			},
			Causes: []lang.Text{
				{EN: "404: another web server listens on the port, or WinRM has another URL prefix than wsman", JA: "404: 別の Web サーバーがそのポートを使っている、または WinRM の URL プレフィックスが wsman ではない"},
				{EN: "503: the WinRM service behind the port is stopped or restarting", JA: "503: ポートの背後の WinRM サービスが停止中または再起動中である"},
				{EN: "3xx, 403, 407: a proxy or portal on the way answers", JA: "3xx、403、407: 途中のプロキシーやポータルが応答している"},
			},
			Remedies:   []lang.Text{remedyListener, remedyWinRMGuide, remedyCapture},
			Confidence: "inferred",
		}),
	}
}

// ByHTTP returns the symptom of a response code of WinRM in the firewall's log. 0 says that no
// answer came, which is no symptom by itself: the text beside it is one.
func ByHTTP(code int) (Symptom, bool) {
	switch {
	case code == 401:
		return Find("winrm.unauthorized")
	case code == 500:
		return Find("winrm.access-denied")
	case code >= 100 && code <= 999:
		return Find("winrm.other-status")
	}
	return Symptom{}, false
}
