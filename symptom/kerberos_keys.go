package symptom

import "github.com/uidprobe/uidprobe/lang"

// aesRemedies give an account AES keys and let it use them.
func aesRemedies() []lang.Text {
	return []lang.Text{
		{
			EN: "set the account's password again and enter it on the firewall: that makes the AES keys",
			JA: "アカウントのパスワードを再設定し、ファイアウォールにも入力する（AES 鍵が作成される）",
		},
		{
			EN: "tick This account supports Kerberos AES 128 bit and AES 256 bit encryption (msDS-SupportedEncryptionTypes 24, 0x18)",
			JA: "アカウントで「このアカウントで Kerberos AES 128 ビット暗号化をサポートする」と「AES 256 ビット」の両方を有効にする（msDS-SupportedEncryptionTypes 24、0x18）",
		},
		{
			EN: "on the domain controllers, look at the policy Network security: Configure encryption types allowed for Kerberos; do not allow RC4 for the firewall, it would not use it",
			JA: "ドメイン コントローラーのポリシー「ネットワーク セキュリティ: Kerberos で許可する暗号化の種類を構成する」を確認する。ファイアウォールは使わないため、RC4 は許可しない",
		},
	}
}

// kerberosKeys are the numbers of encryption types that the two sides do not share.
func kerberosKeys() []Symptom {
	return []Symptom{
		kerberosRow("etype-unsupported", -1765328370, Symptom{
			Title: lang.Text{EN: "the service account and the firewall share no encryption type", JA: "サービス アカウントとファイアウォールに共通の暗号化タイプがない"},
			Meaning: lang.Text{
				EN: "the firewall offers AES128 and AES256 only, and the KDC cannot use either for this account (KDC_ERR_ETYPE_NOSUPP, 14, 0xe)",
				JA: "ファイアウォールは AES128 と AES256 だけを提示しますが、KDC はこのアカウントでどちらも使えません（KDC_ERR_ETYPE_NOSUPP、14、0xe）",
			},
			Causes: []lang.Text{
				{EN: "the account has no AES keys: its password was last set before the domain could make them", JA: "アカウントに AES 鍵がない（ドメインが AES に対応する前からパスワードが変更されていない）"},
				{EN: "msDS-SupportedEncryptionTypes of the account leaves AES out (4 is RC4 only)", JA: "アカウントの msDS-SupportedEncryptionTypes に AES が含まれていない（4 は RC4 のみ）"},
				{EN: "a group policy takes AES away on the domain controllers", JA: "グループ ポリシーによりドメイン コントローラーで AES が無効になっている"},
			},
			Remedies:   aesRemedies(),
			Confidence: "documented",
		}),
		kerberosRow("preauth-no-etype", -1765328174, Symptom{
			Title: lang.Text{EN: "the firewall finds no encryption type it can pre-authenticate with", JA: "事前認証に使える暗号化タイプをファイアウォールが見つけられない"},
			Meaning: lang.Text{
				EN: "the KDC asks for pre-authentication and names no encryption type that the firewall can use (KRB5_PREAUTH_FAILED of the library); the password was not sent and is not in question",
				JA: "KDC が事前認証を求めましたが、ファイアウォールが使える暗号化タイプが示されていません（ライブラリの KRB5_PREAUTH_FAILED）。パスワードは送信されておらず、正誤とは無関係です",
			},
			Causes: []lang.Text{
				{EN: "the account has RC4 keys only", JA: "アカウントに RC4 の鍵しかない"},
			},
			Remedies: aesRemedies(),
			Article:  kerberosArticle, Confidence: "inferred",
		}),
	}
}
