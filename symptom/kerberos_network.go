package symptom

import "github.com/uidprobe/uidprobe/lang"

// kerberosNetwork are the numbers of KDCs that do not answer, or answer that they cannot.
func kerberosNetwork() []Symptom {
	return []Symptom{
		kerberosRow("kdc-unreachable", -1765328228, Symptom{
			Title: lang.Text{EN: "no domain controller answers on the Kerberos port", JA: "Kerberos ポートで応答するドメイン コントローラーがない"},
			Meaning: lang.Text{
				EN: "none of the KDCs in the Kerberos Server Profile answered, or the name of each does not exist (KRB5_KDC_UNREACH); no KDC has seen the password",
				JA: "Kerberos Server Profile のどの KDC も応答しないか、どの名前も存在しません（KRB5_KDC_UNREACH）。パスワードはどの KDC にも届いていません",
			},
			Causes: []lang.Text{
				{EN: "port 88 is blocked on the way, UDP and TCP: security policy, route, host firewall", JA: "途中でポート 88（UDP と TCP）が遮断されている（セキュリティ ポリシー、経路、ホストのファイアウォール）"},
				{EN: "the name in the Kerberos Server Profile does not exist (NXDOMAIN): misspelt, or the firewall asks another DNS", JA: "Kerberos Server Profile の名前が存在しない（NXDOMAIN）。綴りの誤り、またはファイアウォールが別の DNS に問い合わせている"},
				{EN: "the address or the port in the Kerberos Server Profile is wrong", JA: "Kerberos Server Profile のアドレスまたはポートが誤っている"},
				{EN: "the service route of the UID Agent leaves by an interface from which the domain controller is not reached", JA: "UID Agent のサービス ルートが、ドメイン コントローラーに到達できないインターフェースを使っている"},
				{EN: "the domain controller, or its KDC service, is down", JA: "ドメイン コントローラーまたはその KDC サービスが停止している"},
			},
			Remedies: []lang.Text{
				{
					EN: "compare the Kerberos Server Profile with the domain controllers: name or address, port 88",
					JA: "Kerberos Server Profile の名前またはアドレスとポート 88 をドメイン コントローラーと照合する",
				},
				{
					EN: "on the firewall: ping host NAME tells whether the name resolves; from a data interface ping source ADDRESS host NAME",
					JA: "ファイアウォールで ping host NAME を実行し、名前解決を確認する。データ インターフェースの場合は ping source ADDRESS host NAME",
				},
				{
					EN: "allow UDP 88 and TCP 88 from the firewall's source address (Device > Setup > Services > Service Route Configuration > UID Agent) to every domain controller: replies to accounts in many groups need TCP",
					JA: "ファイアウォールの送信元アドレス（Device > Setup > Services > Service Route Configuration > UID Agent）から全ドメイン コントローラーへの UDP 88 と TCP 88 を許可する。所属グループの多いアカウントの応答には TCP が必要",
				},
			},
			Confidence: "documented",
		}),
		kerberosRow("unavailable", -1765328355, Symptom{
			Title: lang.Text{EN: "the domain controllers answer that they cannot serve now", JA: "ドメイン コントローラーが現在処理できないと応答"},
			Meaning: lang.Text{
				EN: "a service that the KDC needs is not available (KDC_ERR_SVC_UNAVAILABLE, 29, 0x1d); the client tries every KDC again before it gives up, which takes many seconds",
				JA: "KDC が必要とするサービスが利用できません（KDC_ERR_SVC_UNAVAILABLE、29、0x1d）。クライアントは断念する前に全 KDC へ再試行するため、数十秒かかることがあります",
			},
			Causes: []lang.Text{
				{EN: "the domain controller is starting, or its directory database is not ready", JA: "ドメイン コントローラーが起動中、またはディレクトリ データベースの準備ができていない"},
				{EN: "a read-only domain controller cannot reach a writable one", JA: "読み取り専用ドメイン コントローラーが書き込み可能なドメイン コントローラーに到達できない"},
			},
			Remedies: []lang.Text{
				{EN: "look at the domain controller itself: dcdiag, and the state of its Kerberos Key Distribution Center service", JA: "ドメイン コントローラー自体を確認する: dcdiag と Kerberos Key Distribution Center サービスの状態"},
				{EN: "put a second domain controller into the Kerberos Server Profile", JA: "Kerberos Server Profile に 2 台目のドメイン コントローラーを追加する"},
			},
			Article: kerberosArticle, Confidence: "inferred",
		}),
		kerberosRow("generic", -1765328324, Symptom{
			Title: lang.Text{EN: "the domain controller reports a generic error", JA: "ドメイン コントローラーが一般的なエラーを返した"},
			Meaning: lang.Text{
				EN: "the KDC failed and its code does not say why (KRB_ERR_GENERIC, 60, 0x3c); the reason, if any, is in the text of its answer, which the firewall does not log",
				JA: "KDC で処理が失敗しましたが、コードからは理由が分かりません（KRB_ERR_GENERIC、60、0x3c）。理由は応答の文字列に含まれることがありますが、ファイアウォールのログには出ません",
			},
			Causes: []lang.Text{
				{EN: "an internal failure of the domain controller; it cannot be told from the number", JA: "ドメイン コントローラーの内部エラー（番号からは判断できない）"},
			},
			Remedies: []lang.Text{
				{EN: "read the System and Security events of the domain controller at that moment", JA: "その時刻のドメイン コントローラーのシステム イベントとセキュリティ イベントを確認する"},
				{EN: "capture port 88 and read e-text and e-data of the KRB-ERROR", JA: "ポート 88 をキャプチャし、KRB-ERROR の e-text と e-data を確認する"},
			},
			Article: kerberosArticle, Confidence: "inferred",
		}),
	}
}
