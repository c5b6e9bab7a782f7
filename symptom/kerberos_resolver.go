package symptom

import "github.com/uidprobe/uidprobe/lang"

// resolverRemedies help against every errno that the name resolution leaves behind.
func resolverRemedies() []lang.Text {
	return []lang.Text{
		{
			EN: "on the firewall: ping host NAME with the name of the domain controller; if it does not resolve, look at Device > Setup > Services > DNS and at the service route of DNS",
			JA: "ファイアウォールでドメイン コントローラーの名前を指定して ping host NAME を実行する。解決できない場合は Device > Setup > Services の DNS と DNS のサービス ルートを確認する",
		},
		{
			EN: "let the firewall ask DNS servers that know the AD domain, usually the domain controllers themselves",
			JA: "AD ドメインを解決できる DNS サーバー（通常はドメイン コントローラー自身）をファイアウォールに設定する",
		},
		{
			EN: "until DNS is mended: put the IPv4 address of the domain controller into the Kerberos Server Profile; the monitored server itself still needs its FQDN",
			JA: "DNS が復旧するまでの間は、Kerberos Server Profile にドメイン コントローラーの IPv4 アドレスを設定する。監視対象サーバー側は引き続き FQDN が必要",
		},
	}
}

// kerberosResolver are the numbers that are errno values of the firewall's own system, or
// come from looking for a KDC before any is asked.
func kerberosResolver() []Symptom {
	timedOut := Symptom{
		Title: lang.Text{EN: "the name resolution of the firewall timed out", JA: "ファイアウォールの名前解決がタイムアウト"},
		Causes: []lang.Text{
			{EN: "a DNS server does not answer the firewall at all: address, route, service route, port 53 filtered", JA: "DNS サーバーがまったく応答しない（アドレス、経路、サービス ルート、ポート 53 のフィルタリング）"},
		},
		Remedies:   resolverRemedies(),
		Confidence: "inferred", NoFault: textOnly,
	}
	mips, others := timedOut, timedOut
	mips.Title = lang.Text{EN: timedOut.Title.EN + " (145, MIPS)", JA: timedOut.Title.JA + "（145、MIPS）"}
	mips.Meaning = lang.Text{
		EN: "no Kerberos code but the errno ETIMEDOUT in the numbering of MIPS processors; the same failure is 110 on a firewall with an x86 or ARM processor. The library passes an errno on only from the name resolution",
		JA: "Kerberos のコードではなく、MIPS プロセッサーの errno 番号の ETIMEDOUT です。x86 や ARM のファイアウォールでは同じ障害が 110 になります。ライブラリが errno をそのまま返すのは名前解決の場合だけです",
	}
	others.Title = lang.Text{EN: timedOut.Title.EN + " (110, x86 and ARM)", JA: timedOut.Title.JA + "（110、x86 と ARM）"}
	others.Meaning = lang.Text{
		EN: "no Kerberos code but the errno ETIMEDOUT in the numbering of x86 and ARM processors; the article lists the same failure as 145, its number on MIPS. The library passes an errno on only from the name resolution",
		JA: "Kerberos のコードではなく、x86 と ARM プロセッサーの errno 番号の ETIMEDOUT です。記事には同じ障害が MIPS での番号 145 として載っています。ライブラリが errno をそのまま返すのは名前解決の場合だけです",
	}
	return []Symptom{
		kerberosRow("dns-try-again", 11, Symptom{
			Title: lang.Text{EN: "the DNS servers of the firewall give no answer about the domain controller", JA: "ファイアウォールの DNS サーバーからドメイン コントローラーの回答を得られない"},
			Meaning: lang.Text{
				EN: "no Kerberos code but the errno EAGAIN, the same on every processor: the resolver could not tell whether the KDC's name exists. A name that certainly does not exist gives -1765328228 instead",
				JA: "Kerberos のコードではなく errno の EAGAIN です（どのプロセッサーでも同じ番号）。リゾルバーが KDC の名前の有無を判断できませんでした。名前が確実に存在しない場合は -1765328228 になります",
			},
			Causes: []lang.Text{
				{EN: "the DNS server is not reached, or port 53 is refused", JA: "DNS サーバーに到達できない、またはポート 53 が拒否されている"},
				{EN: "the DNS server answers SERVFAIL: it cannot reach the servers of the AD domain", JA: "DNS サーバーが SERVFAIL を返す（AD ドメインのサーバーに到達できない）"},
				{EN: "the DNS server answers REFUSED: it does not serve the firewall's address", JA: "DNS サーバーが REFUSED を返す（ファイアウォールのアドレスからの問い合わせを許可していない）"},
			},
			Remedies:   resolverRemedies(),
			Confidence: "documented",
		}),
		kerberosRow("resolver-timeout-mips", 145, mips),
		kerberosRow("resolver-timeout", 110, others),
		kerberosRow("resolver-busy", 16, Symptom{
			Title: lang.Text{EN: "a resource of the firewall is busy", JA: "ファイアウォールのリソースがビジー"},
			Meaning: lang.Text{
				EN: "no Kerberos code and no answer of a KDC, but the errno EBUSY, the same on every processor; what is busy is not known, most likely something in the firewall's own name resolution",
				JA: "Kerberos のコードでも KDC の応答でもなく、errno の EBUSY です（どのプロセッサーでも同じ番号）。何がビジーなのかは分かっておらず、ファイアウォール自身の名前解決に関係する可能性が高いと考えられます",
			},
			Causes: []lang.Text{
				{EN: "not known; most likely a passing failure of the resolver or the library on the firewall", JA: "不明。ファイアウォール上のリゾルバーまたはライブラリの一時的な障害の可能性が高い"},
			},
			Remedies: append(resolverRemedies(),
				lang.Text{
					EN: "try the same profile by hand: test authentication authentication-profile NAME username USER password; a wrong password counts towards the lockout",
					JA: "同じプロファイルを手動で試す: test authentication authentication-profile NAME username USER password（パスワードを誤るとロックアウトの回数に数えられる）",
				},
				lang.Text{
					EN: "if it stays, restart the User-ID process in a maintenance window, or open a support case with the log",
					JA: "解消しない場合は、メンテナンス時間に User-ID プロセスを再起動するか、ログを添えてサポートに問い合わせる",
				}),
			Confidence: "inferred", NoFault: textOnly,
		}),
		kerberosRow("realm-unknown", -1765328230, Symptom{
			Title: lang.Text{EN: "the firewall has no domain controller for the realm", JA: "レルムに対応するドメイン コントローラーがファイアウォールにない"},
			Meaning: lang.Text{
				EN: "no KDC is configured for the realm of the account, so none was asked (KRB5_REALM_UNKNOWN)",
				JA: "アカウントのレルムに対する KDC が設定されておらず、どの KDC にも問い合わせていません（KRB5_REALM_UNKNOWN）",
			},
			Causes: []lang.Text{
				{EN: "the Kerberos Server Profile is empty, or not the one of this realm", JA: "Kerberos Server Profile が空、またはこのレルム用のものではない"},
				{EN: "the realm in the user name (UPN suffix) is not the one in Domain's DNS Name", JA: "ユーザー名のレルム（UPN サフィックス）が Domain's DNS Name と異なる"},
			},
			Remedies: []lang.Text{
				{EN: "Server Monitor Account: enter the AD DNS domain as Domain's DNS Name and choose a Kerberos Server Profile with its domain controllers, then commit", JA: "Server Monitor Account で Domain's DNS Name に AD の DNS ドメイン名を入力し、そのドメイン コントローラーを含む Kerberos Server Profile を選択して、コミットする"},
			},
			Article: kerberosArticle, Confidence: "inferred", NoFault: noSetting,
		}),
		kerberosRow("realm-unresolvable", -1765328164, Symptom{
			Title: lang.Text{EN: "the firewall cannot look for a domain controller of the realm", JA: "ファイアウォールがレルムのドメイン コントローラーを検索できない"},
			Meaning: lang.Text{
				EN: "there is no address of a KDC for the realm (KRB5_REALM_CANT_RESOLVE); an empty realm gives it",
				JA: "レルムの KDC のアドレスがありません（KRB5_REALM_CANT_RESOLVE）。レルムが空の場合に発生します",
			},
			Causes: []lang.Text{
				{EN: "the realm is empty: nothing in Domain's DNS Name", JA: "レルムが空（Domain's DNS Name が未入力）"},
			},
			Remedies: []lang.Text{
				{EN: "enter the AD DNS domain as Domain's DNS Name in Server Monitor Account, then commit", JA: "Server Monitor Account の Domain's DNS Name に AD の DNS ドメイン名を入力し、コミットする"},
			},
			Article: kerberosArticle, Confidence: "inferred", NoFault: noSetting,
		}),
	}
}
