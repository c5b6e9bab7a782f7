package symptom

import "github.com/uidprobe/uidprobe/lang"

// authentication are what "test authentication" shows. Its literal output is not documented;
// the words are recalled and seen in public notes.
func authentication() []Symptom {
	rows := []Symptom{
		{
			ID: "authentication.succeeded", Normal: true,
			Title:   lang.Text{EN: "test authentication succeeds", JA: "test authentication が成功"},
			Pattern: `(?mi)\bAuthentication succeeded\b`,
			Meaning: lang.Text{
				EN: "the profile accepts user and password; it is asked by another daemon with its own settings, so that this does not prove the way of the server monitor",
				JA: "プロファイルでユーザーとパスワードが受け付けられました。別のデーモンが独自の設定で問い合わせるため、サーバー モニターの経路の証明にはなりません",
			},
			Confidence: "recalled",
		},
		{
			ID:      "authentication.failed",
			Title:   lang.Text{EN: "test authentication fails", JA: "test authentication が失敗"},
			Pattern: `(?mi)\bAuthentication failed\b|\bis not in (?:the )?allow list\b|\bnot in allow list\b`,
			Meaning: lang.Text{
				EN: "the profile does not accept user and password, or its server was not reached; each refused password counts towards the lockout",
				JA: "プロファイルでユーザーとパスワードが受け付けられないか、サーバーに到達できません。拒否されたパスワードはロックアウトの回数に数えられます",
			},
			Causes: []lang.Text{
				{EN: "user name or password is wrong, or the account is locked, disabled or expired", JA: "ユーザー名またはパスワードが誤っている、またはアカウントがロック中、無効、期限切れである"},
				{EN: "the user is not in the allow list of the authentication profile: no server was asked", JA: "ユーザーが認証プロファイルの許可リストにない（サーバーへの問い合わせは行われない）"},
				{EN: "the server of the profile is not reached, or its realm is wrong", JA: "プロファイルのサーバーに到達できない、またはレルムが誤っている"},
			},
			Remedies: []lang.Text{
				{EN: "read the lines before it: they name the server, the realm and what was refused", JA: "その前の行を確認する（サーバー、レルム、拒否の内容が示される）"},
				{EN: "do not repeat it with a password that was refused: look at the account on the domain controller first", JA: "拒否されたパスワードで繰り返さない。まずドメイン コントローラーでアカウントを確認する"},
				remedyAccount,
			},
			Confidence: "recalled",
		},
	}
	for i := range rows {
		rows[i].Article, rows[i].NoFault = article, noShell
	}
	return rows
}
