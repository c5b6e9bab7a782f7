package symptom

import "github.com/uidprobe/uidprobe/lang"

// NTStatus is what Active Directory adds to a refusal (KERB-EXT-ERROR, MS-KILE section
// 2.2.1): it says which of several reasons a Kerberos number stands for. The firewall does
// not log it; a probe that asks the KDC itself can read it, and so can a capture.
type NTStatus struct {
	Code    uint32
	Symbol  string // of MS-ERREF section 2.3.1
	Meaning lang.Text
	Remedy  lang.Text
	// Symptoms are the IDs of the symptoms that it narrows down, the likeliest first.
	Symptoms []string
}

// NTStatuses returns the ones that a KDC sends with a refused ticket. The slice is the
// caller's.
func NTStatuses() []NTStatus {
	revokedOrPolicy := []string{"kerberos.client-revoked", "kerberos.policy"}
	return []NTStatus{
		{
			0xC0000072, "STATUS_ACCOUNT_DISABLED",
			lang.Text{EN: "the service account is disabled", JA: "サービス アカウントが無効になっています"},
			lang.Text{EN: "enable the account: Enable-ADAccount NAME", JA: "アカウントを有効にする: Enable-ADAccount NAME"},
			[]string{"kerberos.client-revoked"},
		},
		{
			0xC0000234, "STATUS_ACCOUNT_LOCKED_OUT",
			lang.Text{EN: "the service account is locked out after too many wrong passwords", JA: "誤ったパスワードが繰り返されたため、サービス アカウントがロックアウトされています"},
			lang.Text{EN: "first find and correct what still sends the old password, then unlock it: Unlock-ADAccount NAME", JA: "まず古いパスワードを送り続けている機器を特定して修正し、その後ロックを解除する: Unlock-ADAccount NAME"},
			[]string{"kerberos.client-revoked"},
		},
		{
			0xC0000193, "STATUS_ACCOUNT_EXPIRED",
			lang.Text{EN: "the service account has passed its expiry date", JA: "サービス アカウントの有効期限が切れています"},
			lang.Text{EN: "extend it, or let it never expire: Clear-ADAccountExpiration NAME", JA: "期限を延長するか無期限にする: Clear-ADAccountExpiration NAME"},
			[]string{"kerberos.client-revoked"},
		},
		{
			0xC0000071, "STATUS_PASSWORD_EXPIRED",
			lang.Text{EN: "the password of the service account has expired", JA: "サービス アカウントのパスワードの有効期限が切れています"},
			lang.Text{EN: "set a new password on the account and on the firewall", JA: "アカウントとファイアウォールの両方に新しいパスワードを設定する"},
			[]string{"kerberos.password-expired"},
		},
		{
			0xC0000224, "STATUS_PASSWORD_MUST_CHANGE",
			lang.Text{EN: "the service account must change its password at the next logon, which a firewall cannot do", JA: "次回ログオン時のパスワード変更が必要な設定ですが、ファイアウォールからは変更できません"},
			lang.Text{EN: "untick User must change password at next logon on the account", JA: "アカウントの「ユーザーは次回ログオン時にパスワード変更が必要」のチェックを外す"},
			[]string{"kerberos.password-expired"},
		},
		{
			0xC000006E, "STATUS_ACCOUNT_RESTRICTION",
			lang.Text{EN: "a restriction of the service account forbids this logon", JA: "サービス アカウントの制限によりログオンが許可されていません"},
			lang.Text{EN: "look for logon hours, Log On To, authentication policies and Protected Users on the account", JA: "アカウントのログオン時間、ログオン先、認証ポリシー、Protected Users グループを確認する"},
			revokedOrPolicy,
		},
		{
			0xC000006F, "STATUS_INVALID_LOGON_HOURS",
			lang.Text{EN: "the service account may not log on at this hour", JA: "この時間帯はサービス アカウントのログオンが許可されていません"},
			lang.Text{EN: "allow all hours: account properties > Account > Logon Hours", JA: "すべての時間帯を許可する: アカウントのプロパティ > アカウント > ログオン時間"},
			revokedOrPolicy,
		},
		{
			0xC0000070, "STATUS_INVALID_WORKSTATION",
			lang.Text{EN: "the service account may log on only from named computers, and the firewall is none of them", JA: "サービス アカウントのログオン先が指定されたコンピューターに限られており、ファイアウォールは含まれていません"},
			lang.Text{EN: "remove the restriction: account properties > Account > Log On To", JA: "制限を解除する: アカウントのプロパティ > アカウント > ログオン先"},
			revokedOrPolicy,
		},
	}
}
