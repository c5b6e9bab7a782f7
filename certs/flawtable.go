package certs

import (
	"slices"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
)

// flawTable is every flaw, with what others say of it.
func flawTable() []flawRow {
	return slices.Concat(dateFlaws(), chainFlaws(), authorityFlaws(), usageFlaws(), nameFlaws(), strengthFlaws(), revocationFlaws())
}

func row(flaw Flaw, title lang.Text, rule string, status check.Status, change func(*spec) error) flawRow {
	return flawRow{FlawInfo: FlawInfo{Flaw: flaw, Title: title, Check: rule, Status: status}, change: change}
}

// judged adds the rule of Judge that finds the flaw as well.
func (r flawRow) judged(rule string) flawRow { r.Rule = rule; return r }

// peers adds what others say.
func (r flawRow) peers(p Peers) flawRow { r.Peers = p; return r }

// because says why they differ.
func (r flawRow) because(why string) flawRow { r.Why = why; return r }

func (r flawRow) ownCA() flawRow  { r.OwnCA = true; return r }
func (r flawRow) online() flawRow { r.Online = true; return r }

func dateFlaws() []flawRow {
	return []flawRow{
		row(FlawExpired, lang.Text{EN: "the certificate has expired", JA: "証明書の有効期限が切れている"},
			RuleDates, check.Fail, func(s *spec) error { expire(s.mill, s.leaf); return nil }).
			judged(RuleDates).peers(Peers{Verify: 10, VerifyCRL: 10, Client: 10, Curl: 60, Go: "certificate has expired or is not yet valid"}),
		row(FlawNotYetValid, lang.Text{EN: "the certificate is not valid yet", JA: "証明書の有効期間がまだ始まっていない"},
			RuleDates, check.Fail, changeNotYetValid).
			judged(RuleDates).peers(Peers{Verify: 9, VerifyCRL: 9, Client: 9, Curl: 60, Go: "certificate has expired or is not yet valid"}),
	}
}

func chainFlaws() []flawRow {
	return []flawRow{
		row(FlawSelfSigned, lang.Text{EN: "the certificate is self-signed", JA: "証明書が自己署名である"},
			RuleChain, check.Fail, func(s *spec) error { s.selfSigned = true; return nil }).
			judged(RuleChain).peers(Peers{Verify: 18, VerifyCRL: 18, Client: 18, Curl: 60, Go: "signed by unknown authority"}),
		row(FlawUnknownCA, lang.Text{EN: "the certificate was signed by an unknown authority", JA: "証明書が未知の認証局によって署名されている"},
			RuleChain, check.Fail, changeUnknownCA).
			judged(RuleChain).peers(Peers{Verify: 20, VerifyCRL: 20, Client: 20, Curl: 60, Go: "signed by unknown authority"}),
		row(FlawOldRoot, lang.Text{EN: "the CA was renewed and the old root is trusted", JA: "CA が更新され、信頼されているのは古いルートである"},
			RuleChain, check.Fail, changeOldRoot).
			judged(RuleChain).peers(Peers{Verify: 19, VerifyCRL: 19, Client: 19, Curl: 60, Go: "signed by unknown authority"}),
		row(FlawMissingMiddle, lang.Text{EN: "the server does not send the intermediate certificate", JA: "サーバーが中間証明書を送信しない"},
			RuleChain, check.Fail, changeMissingMiddle).
			judged(RuleChain).peers(Peers{Verify: 20, VerifyCRL: 20, Client: 20, Curl: 60, Go: "signed by unknown authority"}),
		row(FlawWrongOrder, lang.Text{EN: "the server sends its chain in the wrong order", JA: "サーバーが送信する証明書チェーンの順序が正しくない"},
			RuleOrder, check.Warn, changeWrongOrder),
		row(FlawSuperfluous, lang.Text{EN: "the server sends a certificate that has nothing to do with its own", JA: "サーバーが自身の証明書と無関係な証明書を送信する"},
			RuleSuperfluous, check.Warn, changeSuperfluous),
		row(FlawCrossSigned, lang.Text{EN: "the trusted root is cross-signed by one that has expired", JA: "信頼されたルートが期限切れの別のルートによって相互署名されている"},
			RuleCross, check.Warn, changeCrossSigned).
			judged(RuleDates),
		row(FlawDuplicateSerial, lang.Text{EN: "two certificates of one CA have the same serial number", JA: "同じ CA の 2 つの証明書が同じシリアル番号を持つ"},
			RuleSerial, check.Warn, changeDuplicateSerial),
		row(FlawHugeChain, lang.Text{EN: "the chain is larger than OpenSSL takes", JA: "証明書チェーンが OpenSSL の受け入れる大きさを超えている"},
			RuleSize, check.Fail, changeHugeChain).
			peers(Peers{Client: HandshakeFails, Curl: 35}).
			because("OpenSSL bounds the message of a handshake, not a file; Go takes 256 KiB"),
	}
}

func authorityFlaws() []flawRow {
	return []flawRow{
		row(FlawNoBasicConstraints, lang.Text{EN: "the CA certificate has no basic constraints", JA: "CA 証明書に基本制約がない"},
			RuleCA, check.Fail, changeNoBasicConstraints).
			judged(RuleChain).peers(Peers{Verify: 79, VerifyCRL: 79, Client: 79, Curl: 60, Go: "signed by unknown authority"}),
		row(FlawNotACA, lang.Text{EN: "the CA certificate says that it is none (CA:FALSE)", JA: "CA 証明書の基本制約が CA:FALSE である"},
			RuleCA, check.Fail, changeNotACA).
			judged(RuleChain).peers(Peers{Verify: 79, VerifyCRL: 79, Client: 79, Curl: 60, Go: "signed by unknown authority"}),
		row(FlawPathLength, lang.Text{EN: "there are more CAs in the chain than one of them allows", JA: "チェーン内の CA の数がパス長制約を超えている"},
			RulePathLength, check.Fail, changePathLength).
			judged(RuleChain).peers(Peers{Verify: 25, VerifyCRL: 25, Client: 25, Curl: 60, Go: "too many intermediates for path length constraint"}),
		row(FlawNameConstraint, lang.Text{EN: "the certificate has a name that its CA must not vouch for", JA: "証明書に、CA の名前制約で許可されない名前が含まれている"},
			RuleConstraints, check.Fail, changeNameConstraint).
			judged(RuleChain).peers(Peers{Verify: 47, VerifyCRL: 47, Client: 47, Curl: 60, Go: "not permitted by any constraint"}),
	}
}

func usageFlaws() []flawRow {
	return []flawRow{
		row(FlawExtendedKeyUsage, lang.Text{EN: "the certificate is not for servers (extended key usage)", JA: "証明書の拡張キー使用法にサーバー認証がない"},
			RuleUsage, check.Fail, changeExtendedKeyUsage).
			judged(RuleUsage).peers(Peers{Verify: 26, VerifyCRL: 26, Client: 26, Curl: 60, Go: "incompatible key usage"}),
		row(FlawKeyUsage, lang.Text{EN: "the key may not be used for TLS (key usage)", JA: "証明書のキー使用法で TLS に使うことが許可されていない"},
			RuleKeyUsage, check.Fail, changeKeyUsage).
			peers(Peers{Verify: 26, VerifyCRL: 26, Client: 26, Curl: 60}).
			because("Go does not look at the key usage of a server"),
		row(FlawCritical, lang.Text{EN: "the certificate has a critical extension that nobody knows", JA: "証明書に未知のクリティカル拡張がある"},
			RuleCritical, check.Fail, changeCritical).
			judged(RuleChain).peers(Peers{Verify: 34, VerifyCRL: 34, Client: 34, Curl: 60, Go: "unhandled critical extension"}),
	}
}

func nameFlaws() []flawRow {
	return []flawRow{
		row(FlawNameMismatch, lang.Text{EN: "the certificate is for another name", JA: "証明書の名前が接続先と一致しない"},
			RuleName, check.Fail, changeNameMismatch).
			judged(RuleName).peers(Peers{Verify: 62, VerifyCRL: 62, Client: 62, Curl: 60, Go: "certificate is valid for"}),
		row(FlawCommonName, lang.Text{EN: "the name stands in the common name only", JA: "名前が共通名 (CN) にしかない"},
			RuleName, check.Warn, changeCommonName).
			judged(RuleName).peers(Peers{Go: "relies on legacy Common Name field"}).
			because("OpenSSL and libcurl fall back to the common name where there is no alternative name; Go does not"),
		row(FlawAddressOnly, lang.Text{EN: "the certificate is for an address and no name", JA: "証明書に IP アドレスしかなく、名前がない"},
			RuleName, check.Fail, changeAddressOnly).
			judged(RuleName).peers(Peers{Verify: 62, VerifyCRL: 62, Client: 62, Curl: 60, Go: "certificate is not valid for any names"}),
		row(FlawShortName, lang.Text{EN: "the certificate is for the short name only", JA: "証明書の名前が短いホスト名だけである"},
			RuleName, check.Fail, changeShortName).ownCA().
			judged(RuleName).peers(Peers{Verify: 62, VerifyCRL: 62, Client: 62, Curl: 60, Go: "certificate is valid for"}),
		row(FlawWildcard, lang.Text{EN: "the certificate is for a wildcard", JA: "証明書の名前がワイルドカードである"},
			RuleName, check.Warn, changeWildcard),
		row(FlawTrailingDot, lang.Text{EN: "the name in the certificate ends in a dot", JA: "証明書の名前の末尾にドットがある"},
			RuleName, check.Warn, changeTrailingDot).ownCA().
			judged(RuleName).peers(Peers{Verify: 62, VerifyCRL: 62, Client: 62, Go: "certificate is"}).
			because("libcurl compares names itself and ignores a dot at the end; the firewall has libcurl"),
		row(FlawNotASCII, lang.Text{EN: "a name in the certificate is not ASCII", JA: "証明書の名前に ASCII 以外の文字が含まれている"},
			RuleReadable, check.Warn, changeNotASCII).
			judged(RuleChain).peers(Peers{Go: "SAN dNSName is malformed"}).
			because("OpenSSL compares bytes; the parser of Go wants ASCII"),
	}
}

func strengthFlaws() []flawRow {
	return []flawRow{
		row(FlawSHA1, lang.Text{EN: "the certificate is signed with SHA-1", JA: "証明書が SHA-1 で署名されている"},
			RuleSignature, check.Fail, changeSHA1).
			judged(RuleChain).peers(Peers{Verify: 68, VerifyCRL: 68, Client: 68, Curl: 60, Go: "insecure algorithm SHA1-RSA"}),
		row(FlawRSA1024, lang.Text{EN: "the server's key is RSA of 1024 bits", JA: "サーバーの鍵が 1024 ビットの RSA である"},
			RuleKey, check.Fail, changeRSA1024).
			peers(Peers{Verify: 66, VerifyCRL: 66, Client: 66, Curl: 60}).
			because("OpenSSL refuses it at security level 2, Debian's; Go takes RSA from 1024 bits on"),
	}
}

func revocationFlaws() []flawRow {
	return []flawRow{
		row(FlawRevokedCRL, lang.Text{EN: "the certificate is on its CA's revocation list", JA: "証明書が CA の失効リスト (CRL) に載っている"},
			RuleRevocation, check.Fail, changeRevokedCRL).ownCA().online().
			peers(Peers{VerifyCRL: 23}).
			because("nobody asks for the status unless told to; a certificate profile can tell a firewall"),
		row(FlawRevokedOCSP, lang.Text{EN: "the certificate is revoked, as its CA's OCSP responder says", JA: "OCSP レスポンダーによると証明書は失効している"},
			RuleRevocation, check.Fail, changeRevokedOCSP).ownCA().online().
			peers(Peers{VerifyCRL: 23}).
			because("nobody asks for the status unless told to; a certificate profile can tell a firewall"),
		row(FlawCRLUnreachable, lang.Text{EN: "the revocation list cannot be fetched", JA: "失効リスト (CRL) を取得できない"},
			RuleRevocation, check.Warn, changeCRLUnreachable).online().
			peers(Peers{VerifyCRL: 3}).
			because("who wants a list and has none refuses"),
		row(FlawMustStaple, lang.Text{EN: "the certificate demands a stapled OCSP response and there is none", JA: "証明書が OCSP ステープリングを要求しているが、応答が添付されていない"},
			RuleStaple, check.Warn, changeMustStaple),
	}
}
