package symptom

import "github.com/uidprobe/uidprobe/lang"

// skewArticle is the vendor's page on a clock that is off, met with GlobalProtect.
const skewArticle = "https://knowledgebase.paloaltonetworks.com/kCSArticleDetail?id=kA10g000000Cm45"

// kerberosClock are the numbers of clocks that are too far apart.
func kerberosClock() []Symptom {
	causes := []lang.Text{
		{EN: "the firewall has no NTP server, or does not reach it", JA: "ファイアウォールに NTP サーバーが設定されていない、または到達できない"},
		{EN: "the domain controller's clock is off, often a virtual machine after a pause or a restore", JA: "ドメイン コントローラーの時計がずれている（仮想マシンの一時停止や復元の後に多い）"},
	}
	remedies := []lang.Text{
		{
			EN: "compare the two clocks in UTC: show clock on the firewall, w32tm /query /status on the domain controller",
			JA: "両方の時刻を UTC で比較する: ファイアウォールの show clock とドメイン コントローラーの w32tm /query /status",
		},
		{
			EN: "give both the same time source: Device > Setup > Services > NTP on the firewall; then correct the one that is off",
			JA: "両方に同じ時刻源を設定し（ファイアウォールは Device > Setup > Services の NTP）、ずれている方を修正する",
		},
		{
			EN: "do not widen the tolerance in the domain policy: it protects against replayed requests",
			JA: "ドメイン ポリシーの許容誤差は広げない（要求の再送攻撃を防ぐための設定である）",
		},
	}
	return []Symptom{
		kerberosRow("clock-skew", -1765328347, Symptom{
			Title: lang.Text{EN: "the clocks of the firewall and the domain controller are too far apart", JA: "ファイアウォールとドメイン コントローラーの時刻差が大きすぎる"},
			Meaning: lang.Text{
				EN: "the KDC refuses the time stamp of the request, usually at more than 5 minutes (KRB_AP_ERR_SKEW, 37, 0x25). A client with MIT's defaults takes over the KDC's time and does not show this for its first ticket: silence here does not prove the clocks right",
				JA: "KDC が要求のタイムスタンプを拒否しました。通常は 5 分を超える場合です（KRB_AP_ERR_SKEW、37、0x25）。MIT の既定のクライアントは KDC の時刻に合わせるため、最初のチケットではこの番号が出ません。番号が出ないことは時刻が正しい証拠にはなりません",
			},
			Causes: causes, Remedies: remedies,
			Article: skewArticle, Confidence: "inferred",
		}),
		kerberosRow("reply-skew", -1765328236, Symptom{
			Title: lang.Text{EN: "the reply of the domain controller is from another time", JA: "ドメイン コントローラーの応答の時刻が大きくずれている"},
			Meaning: lang.Text{
				EN: "a ticket came, but its times are too far from the firewall's clock (KRB5_KDCREP_SKEW); the client finds this itself, mostly where pre-authentication is off",
				JA: "チケットは届きましたが、その時刻がファイアウォールの時計から離れすぎています（KRB5_KDCREP_SKEW）。クライアント側の検査で、主に事前認証が無効な場合に発生します",
			},
			Causes: causes, Remedies: remedies,
			Article: skewArticle, Confidence: "inferred",
		}),
	}
}
