package symptom

import "github.com/uidprobe/uidprobe/lang"

// kerberosSecret are the numbers of a password that is not the account's.
func kerberosSecret() []Symptom {
	return []Symptom{
		kerberosRow("preauth-failed", -1765328360, Symptom{
			Title: lang.Text{EN: "the domain controller refuses the password of the service account", JA: "ドメイン コントローラーがサービス アカウントのパスワードを拒否"},
			Meaning: lang.Text{
				EN: "pre-authentication failed: the KDC could not open the time stamp that the firewall sealed with the password (KDC_ERR_PREAUTH_FAILED, 24, 0x18); each attempt counts as a bad password",
				JA: "事前認証に失敗しました。ファイアウォールがパスワードで暗号化したタイムスタンプを KDC が復号できません（KDC_ERR_PREAUTH_FAILED、24、0x18）。試行のたびに誤ったパスワードとして数えられます",
			},
			Causes: []lang.Text{
				{EN: "the password in Server Monitor Account is wrong, or was changed on the account and not on the firewall", JA: "Server Monitor Account のパスワードが誤っている、またはアカウント側だけが変更された"},
				{EN: "a keytab was made for the account with ktpass, which sets a new password unless told otherwise", JA: "ktpass でこのアカウントの keytab が作成された（指定しない限りパスワードが再設定される）"},
				{EN: "the new password has not replicated to this domain controller yet", JA: "新しいパスワードがこのドメイン コントローラーにまだ複製されていない"},
				{EN: "the account is set to require a smart card, which replaces its password (Samba answers with this number)", JA: "アカウントがスマート カード必須に設定され、パスワードが置き換えられている（Samba はこの番号を返す）"},
			},
			Remedies: []lang.Text{
				{
					EN: "correct the password in Device > User Identification > User Mapping > gear > Server Monitor Account, then commit; stop retrying before the lockout threshold",
					JA: "Device > User Identification > User Mapping > 歯車アイコン > Server Monitor Account のパスワードを修正し、コミットする。ロックアウトのしきい値に達する前に試行を止める",
				},
				{
					EN: "see the attempt on the domain controller: Security event 4771 of the account, failure code 0x18 is a wrong password",
					JA: "ドメイン コントローラーのセキュリティ イベント 4771 で試行を確認する（エラー コード 0x18 はパスワードの誤り）",
				},
				{
					EN: "do not tick Do not require Kerberos preauthentication, which the article reports as a fix: it lets anyone on the network fetch material to guess the password offline, and with a wrong password only changes the number to -1765328353",
					JA: "記事にある「Kerberos 事前認証を必要としない」は有効にしない。誰でもパスワードのオフライン推測に使えるデータを取得できるようになり、パスワードが誤っていれば番号が -1765328353 に変わるだけである",
				},
			},
			Confidence: "documented",
		}),
		kerberosRow("bad-integrity", -1765328353, Symptom{
			Title: lang.Text{EN: "the reply of the domain controller cannot be decrypted with the password", JA: "ドメイン コントローラーの応答をパスワードで復号できない"},
			Meaning: lang.Text{
				EN: "a reply came, but the key made from the firewall's password does not open it; usually no error was sent by the KDC (KRB_AP_ERR_BAD_INTEGRITY, 31, 0x1f)",
				JA: "応答は届きましたが、ファイアウォールのパスワードから作った鍵では復号できません。通常、KDC はエラーを返していません（KRB_AP_ERR_BAD_INTEGRITY、31、0x1f）",
			},
			Causes: []lang.Text{
				{EN: "the account has Do not require Kerberos preauthentication ticked, and the firewall's password is wrong", JA: "アカウントで「Kerberos 事前認証を必要としない」が有効で、かつファイアウォールのパスワードが誤っている"},
				{EN: "the account was renamed and its keys still carry the old name (salt)", JA: "アカウント名が変更され、鍵のソルトが古い名前のままになっている"},
				{EN: "the KDC is an MIT one older than 1.15, which says 31 where others say 24", JA: "KDC が 1.15 より古い MIT 版である（他の KDC が 24 を返す場合に 31 を返す）"},
			},
			Remedies: []lang.Text{
				{EN: "correct the password in Server Monitor Account, then commit", JA: "Server Monitor Account のパスワードを修正し、コミットする"},
				{
					EN: "switch pre-authentication back on: untick Do not require Kerberos preauthentication on the account; without it anyone can fetch material to guess the password offline",
					JA: "事前認証を元に戻す: アカウントの「Kerberos 事前認証を必要としない」のチェックを外す。外さないと誰でもパスワードのオフライン推測に使えるデータを取得できる",
				},
				{EN: "after a rename, set the password again: that makes keys with the new name", JA: "名前を変更した場合はパスワードを再設定する（新しい名前で鍵が作り直される）"},
				{
					EN: "the article's advice, HTTPS and its certificate, does not change this: the ticket is fetched before WinRM is asked",
					JA: "記事が勧める HTTPS と証明書の設定では解消しない。チケットの取得は WinRM への接続より前に行われる",
				},
			},
			Confidence: "documented",
		}),
	}
}
