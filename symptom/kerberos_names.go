package symptom

import "github.com/uidprobe/uidprobe/lang"

// kerberosNames are the numbers of a realm or a service that has another name.
func kerberosNames() []Symptom {
	return []Symptom{
		kerberosRow("reply-modified", -1765328237, Symptom{
			Title: lang.Text{EN: "the domain controller answers in another realm name than the firewall used", JA: "ドメイン コントローラーの応答のレルム名がファイアウォールの指定と異なる"},
			Meaning: lang.Text{
				EN: "a ticket came, but for other names than were asked for, so the client throws it away (KRB5_KDCREP_MODIFIED); the KDC accepted the password",
				JA: "チケットは届きましたが、要求と名前が異なるためクライアントが破棄しました（KRB5_KDCREP_MODIFIED）。パスワードは KDC に受け入れられています",
			},
			Causes: []lang.Text{
				{EN: "Domain's DNS Name holds the NetBIOS name of the domain (CORP) and not its DNS name (corp.example)", JA: "Domain's DNS Name に DNS 名（corp.example）ではなく NetBIOS 名（CORP）が入っている"},
				{EN: "the user name has a UPN suffix that is not the domain", JA: "ユーザー名の UPN サフィックスがドメインと異なる"},
				{EN: "the realm is in lower case; whether the firewall turns it into upper case is not known", JA: "レルムが小文字になっている（ファイアウォールが大文字に変換するかどうかは分かっていない）"},
				{EN: "rarely: the ticket's lifetime or the nonce is not the one asked for", JA: "まれに、チケットの有効期間または nonce が要求と異なる"},
			},
			Remedies: []lang.Text{
				{
					EN: "Server Monitor Account: enter the AD DNS domain as Domain's DNS Name, commit; if the number stays, enter it in upper case (CORP.EXAMPLE)",
					JA: "Server Monitor Account の Domain's DNS Name に AD の DNS ドメイン名を入力し、コミットする。番号が変わらない場合は大文字（CORP.EXAMPLE）で入力する",
				},
				{
					EN: "see the realm as the domain writes it: the part after @ of klist on any computer of the domain",
					JA: "ドメイン側の表記を確認する: ドメイン参加コンピューターの klist の出力で @ の後の部分",
				},
			},
			Confidence: "documented",
		}),
		kerberosRow("wrong-realm", -1765328316, Symptom{
			Title: lang.Text{EN: "the domain controller belongs to another domain than the service account", JA: "ドメイン コントローラーがサービス アカウントとは別のドメインに属している"},
			Meaning: lang.Text{
				EN: "the KDC does not serve this realm and names the right one in its answer, which the firewall does not follow (KDC_ERR_WRONG_REALM, 68, 0x44)",
				JA: "この KDC は指定のレルムを担当しておらず、応答で正しいレルムを示していますが、ファイアウォールはそれを追いません（KDC_ERR_WRONG_REALM、68、0x44）",
			},
			Causes: []lang.Text{
				{EN: "the Kerberos Server Profile names domain controllers of another domain or forest", JA: "Kerberos Server Profile に別のドメインまたはフォレストのドメイン コントローラーが設定されている"},
				{EN: "the account is in a child or parent domain of the one in Domain's DNS Name", JA: "アカウントが Domain's DNS Name のドメインの子ドメインまたは親ドメインにある"},
			},
			Remedies: []lang.Text{
				{EN: "put domain controllers of the account's own domain into the Kerberos Server Profile, and that domain into Domain's DNS Name, then commit", JA: "Kerberos Server Profile にアカウントの属するドメインのドメイン コントローラーを、Domain's DNS Name にそのドメインを設定し、コミットする"},
			},
			Confidence: "documented",
		}),
		kerberosRow("service-unknown", -1765328377, Symptom{
			Title: lang.Text{EN: "the domain controller does not know the service that a ticket was asked for", JA: "チケットを要求したサービスがドメイン コントローラーに登録されていない"},
			Meaning: lang.Text{
				EN: "no account has that service principal name (KDC_ERR_S_PRINCIPAL_UNKNOWN, 7, 0x7); for WinRM it is HTTP/ and the FQDN of the monitored server. How the firewall logs a refused service ticket is not known",
				JA: "そのサービス プリンシパル名を持つアカウントがありません（KDC_ERR_S_PRINCIPAL_UNKNOWN、7、0x7）。WinRM では HTTP/ と監視対象サーバーの FQDN です。サービス チケットが拒否されたときのファイアウォールのログは分かっていません",
			},
			Causes: []lang.Text{
				{EN: "the server is monitored by an alias, a short name or an address, and not by the FQDN of its computer account", JA: "監視対象が、コンピューター アカウントの FQDN ではなく別名、短い名前、またはアドレスで登録されている"},
				{EN: "the service principal name is missing, or stands on two accounts", JA: "サービス プリンシパル名がない、または 2 つのアカウントに重複して登録されている"},
			},
			Remedies: []lang.Text{
				{EN: "enter the server's FQDN as Network Address of the monitored server", JA: "監視対象サーバーの Network Address にサーバーの FQDN を入力する"},
				{EN: "look for the name: setspn -Q HTTP/dc1.corp.example, and for duplicates: setspn -X", JA: "名前を検索する: setspn -Q HTTP/dc1.corp.example。重複を検索する: setspn -X"},
			},
			Article: kerberosArticle, Confidence: "inferred",
		}),
	}
}
