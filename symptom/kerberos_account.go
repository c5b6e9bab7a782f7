package symptom

import "github.com/uidprobe/uidprobe/lang"

// kerberosAccount are the numbers of an account that is unknown, or may not log on.
func kerberosAccount() []Symptom {
	return []Symptom{
		kerberosRow("client-unknown", -1765328378, Symptom{
			Title: lang.Text{EN: "the domain controller does not know the service account", JA: "ドメイン コントローラーにサービス アカウントが存在しない"},
			Meaning: lang.Text{
				EN: "there is no account of that name in this realm (KDC_ERR_C_PRINCIPAL_UNKNOWN, 6, 0x6); the password was not looked at",
				JA: "このレルムにその名前のアカウントがありません（KDC_ERR_C_PRINCIPAL_UNKNOWN、6、0x6）。パスワードは検証されていません",
			},
			Causes: []lang.Text{
				{EN: "the user name in Server Monitor Account is misspelt, or the account was renamed or deleted", JA: "Server Monitor Account のユーザー名の誤り、またはアカウント名の変更・削除"},
				{EN: "the account is in another domain than Domain's DNS Name says", JA: "アカウントが Domain's DNS Name とは別のドメインにある"},
				{EN: "the UPN has a prefix that is not the sAMAccountName, or a suffix that is not the realm", JA: "UPN の前半が sAMAccountName と異なる、または後半（サフィックス）がレルムと異なる"},
			},
			Remedies: []lang.Text{
				{
					EN: "compare the name with the account: Get-ADUser NAME -Properties UserPrincipalName shows SamAccountName and UserPrincipalName",
					JA: "名前をアカウントと照合する: Get-ADUser NAME -Properties UserPrincipalName で SamAccountName と UserPrincipalName を確認する",
				},
				{EN: "enter the user name in the UPN form with the AD domain as its suffix: svc-userid@corp.example", JA: "ユーザー名を AD ドメインをサフィックスとする UPN 形式で入力する: svc-userid@corp.example"},
			},
			Confidence: "documented",
		}),
		kerberosRow("client-revoked", -1765328366, Symptom{
			Title: lang.Text{EN: "the service account is disabled, locked out or expired", JA: "サービス アカウントが無効、ロックアウト、または期限切れ"},
			Meaning: lang.Text{
				EN: "the account exists and may not log on (KDC_ERR_CLIENT_REVOKED, 18, 0x12); the firewall's number does not say which of the reasons it is, the NTSTATUS in the KDC's answer does",
				JA: "アカウントは存在しますがログオンできません（KDC_ERR_CLIENT_REVOKED、18、0x12）。どの理由かは番号では区別できず、KDC の応答に含まれる NTSTATUS で分かります",
			},
			Causes: []lang.Text{
				{EN: "disabled: NTSTATUS 0xC0000072", JA: "無効: NTSTATUS 0xC0000072"},
				{EN: "locked out: NTSTATUS 0xC0000234 (Samba sends none with it), often by something else that still uses the old password", JA: "ロックアウト: NTSTATUS 0xC0000234（Samba は付けない）。古いパスワードを使い続ける別の機器が原因のことが多い"},
				{EN: "past its expiry date: NTSTATUS 0xC0000193 (an MIT KDC says -1765328383 instead)", JA: "有効期限切れ: NTSTATUS 0xC0000193（MIT の KDC では -1765328383 になる）"},
				{EN: "restricted: NTSTATUS 0xC000006F logon hours, 0xC0000070 workstations, 0xC000006E other (some KDCs say -1765328372 instead)", JA: "制限: NTSTATUS 0xC000006F ログオン時間、0xC0000070 ログオン先、0xC000006E その他（KDC によっては -1765328372 になる）"},
			},
			Remedies: []lang.Text{
				{
					EN: "look at the account: Get-ADUser NAME -Properties Enabled,LockedOut,AccountExpirationDate,LogonHours,LogonWorkstations",
					JA: "アカウントを確認する: Get-ADUser NAME -Properties Enabled,LockedOut,AccountExpirationDate,LogonHours,LogonWorkstations",
				},
				{
					EN: "locked out: correct the password on the firewall, and whatever else locks it, before you unlock it",
					JA: "ロックアウトの場合: ファイアウォールのパスワードと、ロックの原因になっているほかの機器を修正してから解除する",
				},
				{EN: "otherwise enable the account, move its expiry date, or lift the restriction", JA: "それ以外の場合: アカウントの有効化、期限の延長、または制限の解除を行う"},
			},
			Confidence: "documented",
		}),
		kerberosRow("name-expired", -1765328383, Symptom{
			Title: lang.Text{EN: "the service account has passed its expiry date", JA: "サービス アカウントの有効期限切れ"},
			Meaning: lang.Text{
				EN: "the account's entry has expired (KDC_ERR_NAME_EXP, 1, 0x1); Active Directory and Samba say -1765328366 for it",
				JA: "アカウントのエントリの有効期限が切れています（KDC_ERR_NAME_EXP、1、0x1）。Active Directory と Samba では -1765328366 になります",
			},
			Causes:   []lang.Text{{EN: "the expiry date of the account is in the past", JA: "アカウントの有効期限を過ぎている"}},
			Remedies: []lang.Text{{EN: "extend it, or let the account never expire", JA: "期限を延長するか、無期限に設定する"}},
			Article:  kerberosArticle, Confidence: "inferred",
		}),
		kerberosRow("client-not-yet", -1765328363, Symptom{
			Title: lang.Text{EN: "the service account is not valid yet", JA: "サービス アカウントがまだ有効期間前"},
			Meaning: lang.Text{
				EN: "the KDC says: try again later (KDC_ERR_CLIENT_NOTYET, 21, 0x15)",
				JA: "KDC は後で再試行するよう応答しています（KDC_ERR_CLIENT_NOTYET、21、0x15）",
			},
			Causes: []lang.Text{
				{EN: "the account begins to be valid at a later date", JA: "アカウントの有効期間の開始日時がまだ来ていない"},
				{EN: "the clock of the domain controller is behind", JA: "ドメイン コントローラーの時計が遅れている"},
			},
			Remedies: []lang.Text{
				{EN: "compare the clock of the domain controller with a time source: w32tm /query /status", JA: "ドメイン コントローラーの時刻を時刻源と比較する: w32tm /query /status"},
				{EN: "then look for a start date on the account", JA: "次に、アカウントの有効期間の開始日時を確認する"},
			},
			Article: kerberosArticle, Confidence: "inferred",
		}),
		kerberosRow("password-expired", -1765328361, Symptom{
			Title: lang.Text{EN: "the password of the service account has expired or must be changed", JA: "サービス アカウントのパスワードが期限切れ、または変更が必要"},
			Meaning: lang.Text{
				EN: "the domain controller wants a new password first (KDC_ERR_KEY_EXPIRED, 23, 0x17), and a firewall cannot set one",
				JA: "ドメイン コントローラーが先にパスワードの変更を求めています（KDC_ERR_KEY_EXPIRED、23、0x17）。ファイアウォールからは変更できません",
			},
			Causes: []lang.Text{
				{EN: "the password is older than the policy allows: NTSTATUS 0xC0000071", JA: "パスワードがポリシーの有効期間を過ぎている: NTSTATUS 0xC0000071"},
				{EN: "User must change password at next logon is ticked: NTSTATUS 0xC0000224", JA: "「ユーザーは次回ログオン時にパスワード変更が必要」が有効: NTSTATUS 0xC0000224"},
			},
			Remedies: []lang.Text{
				{EN: "set a new password on the account and, in the same change, in Server Monitor Account; untick User must change password at next logon", JA: "アカウントと Server Monitor Account に同時に新しいパスワードを設定し、「ユーザーは次回ログオン時にパスワード変更が必要」のチェックを外す"},
				{EN: "for later, put the date of the next change into a calendar, or give the account a password policy of its own", JA: "今後に備え、次回の変更日を予定に入れるか、このアカウント専用のパスワード ポリシーを適用する"},
			},
			Article: kerberosArticle, Confidence: "inferred",
		}),
		kerberosRow("policy", -1765328372, Symptom{
			Title: lang.Text{EN: "a policy of the domain forbids the logon of the service account", JA: "ドメインのポリシーがサービス アカウントのログオンを禁止"},
			Meaning: lang.Text{
				EN: "the KDC's policy rejects the request (KDC_ERR_POLICY, 12, 0xc)",
				JA: "KDC のポリシーにより要求が拒否されました（KDC_ERR_POLICY、12、0xc）",
			},
			Causes: []lang.Text{
				{EN: "the account may not log on at this hour: NTSTATUS 0xC000006F", JA: "ログオン時間の制限: NTSTATUS 0xC000006F"},
				{EN: "the account may log on only from named computers: NTSTATUS 0xC0000070", JA: "ログオン先コンピューターの制限: NTSTATUS 0xC0000070"},
				{EN: "the account must use a smart card", JA: "スマート カードによるログオンが必須"},
			},
			Remedies: []lang.Text{
				{EN: "read the Security event 4768 of the account on the domain controller: result code 0xC, and when it happens", JA: "ドメイン コントローラーのセキュリティ イベント 4768 で結果コード 0xC と発生時刻を確認する"},
				{EN: "lift that restriction for this one account: Logon Hours, Log On To, Smart card is required", JA: "このアカウントに限って該当する制限（ログオン時間、ログオン先、スマート カード必須）を解除する"},
			},
			Article: kerberosArticle, Confidence: "inferred",
		}),
	}
}
