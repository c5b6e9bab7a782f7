package certs

import (
	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
)

// The rules of Examine. Those of Judge are among them.
const (
	RuleReadable    = "certs.readable"
	RuleSize        = "certs.size"
	RuleChain       = "certs.chain" // it leads to a CA of the profile
	RuleUsage       = "certs.usage" // it may be used by a server
	RuleKeyUsage    = "certs.key-usage"
	RuleCritical    = "certs.critical"
	RuleCA          = "certs.ca"
	RulePathLength  = "certs.path-length"
	RuleKey         = "certs.key"
	RuleSignature   = "certs.signature"
	RuleName        = "certs.name" // it is for the name asked for
	RuleRevocation  = "certs.revocation"
	RuleDates       = "certs.dates" // it is valid now
	RuleConstraints = "certs.constraints"
	RuleOrder       = "certs.order"
	RuleSuperfluous = "certs.superfluous"
	RuleCross       = "certs.cross"
	RuleSerial      = "certs.serial"
	RuleStaple      = "certs.staple"
)

// MaxChainBytes is the longest certificate message that OpenSSL takes by default
// (SSL_MAX_CERT_LIST_DEFAULT of ssl.h, "max_cert_list" of SSL_CTX_set_max_cert_list(3)).
const MaxChainBytes = 100 << 10

// Rules lists the rules of Examine in the order in which OpenSSL asks its own questions,
// and then those that it does not ask. They have no target and are not run.
func Rules() []check.Check {
	return []check.Check{
		{ID: RuleReadable, Source: "RFC 5280 section 4.1; 4.2.1.6",
			Title: lang.Text{EN: "every certificate can be read", JA: "すべての証明書を読み取れる"}},
		{ID: RuleSize, Source: "OpenSSL SSL_CTX_set_max_cert_list(3): 102400 bytes",
			Title: lang.Text{EN: "the chain is as small as OpenSSL wants it", JA: "証明書チェーンが OpenSSL の上限より小さい"}},
		{ID: RuleChain, Source: "RFC 5280 section 6.1; PAN-OS 11.1 guide, Configure Server Monitoring Using WinRM: the certificate profile",
			Title: lang.Text{EN: "the chain leads to a CA of the certificate profile", JA: "チェーンが証明書プロファイルの CA につながる"}},
		{ID: RuleUsage, Source: "RFC 5280 section 4.2.1.12",
			Title: lang.Text{EN: "the certificate is for servers", JA: "証明書がサーバー認証に使える"}},
		{ID: RuleKeyUsage, Source: "RFC 5280 section 4.2.1.3; OpenSSL x509v3_purp: KU_TLS",
			Title: lang.Text{EN: "the key may be used for TLS", JA: "鍵を TLS に使うことが許可されている"}},
		{ID: RuleCritical, Source: "RFC 5280 section 4.2",
			Title: lang.Text{EN: "no critical extension is unknown", JA: "未知のクリティカル拡張がない"}},
		{ID: RuleCA, Source: "RFC 5280 sections 4.2.1.9 and 4.2.1.3",
			Title: lang.Text{EN: "every issuer is a CA that may sign certificates", JA: "すべての発行者が証明書に署名できる CA である"}},
		{ID: RulePathLength, Source: "RFC 5280 section 4.2.1.9",
			Title: lang.Text{EN: "no more CAs follow than each allows", JA: "パス長制約が守られている"}},
		{ID: RuleKey, Source: "OpenSSL SSL_CTX_set_security_level(3): 112 bits at level 2",
			Title: lang.Text{EN: "every key is long enough", JA: "すべての鍵の長さが十分である"}},
		{ID: RuleSignature, Source: "OpenSSL SSL_CTX_set_security_level(3); RFC 9155",
			Title: lang.Text{EN: "every signature is of a strong kind", JA: "すべての署名アルゴリズムが十分に強い"}},
		{ID: RuleName, Source: "RFC 9525; libcurl lib/vtls/hostcheck.c; PAN-OS web help, Server Monitoring: Network Address",
			Title: lang.Text{EN: "the certificate is for the name in Network Address", JA: "証明書の名前が Network Address と一致する"}},
		{ID: RuleRevocation, Source: "RFC 5280 section 6.3; RFC 6960",
			Title: lang.Text{EN: "no certificate is revoked, and its CA can be asked", JA: "失効した証明書がなく、失効情報を取得できる"}},
		{ID: RuleDates, Source: "RFC 5280 section 4.1.2.5",
			Title: lang.Text{EN: "every certificate is valid now, and for a while", JA: "すべての証明書が現在有効で、期限まで余裕がある"}},
		{ID: RuleConstraints, Source: "RFC 5280 section 4.2.1.10",
			Title: lang.Text{EN: "the names are among those its CAs may vouch for", JA: "名前が CA の名前制約で許可されている"}},
		{ID: RuleOrder, Source: "RFC 5246 section 7.4.2; RFC 8446 section 4.4.2",
			Title: lang.Text{EN: "each certificate is followed by the one that signed it", JA: "各証明書の次にその発行者の証明書が並んでいる"}},
		{ID: RuleSuperfluous, Source: "RFC 5246 section 7.4.2",
			Title: lang.Text{EN: "nothing is sent that is not needed", JA: "不要な証明書が送信されていない"}},
		{ID: RuleCross, Source: "OpenSSL CHANGES, 1.1.0: X509_V_FLAG_TRUSTED_FIRST is on by default",
			Title: lang.Text{EN: "no way leads to a root that has expired", JA: "期限切れのルートにつながる経路がない"}},
		{ID: RuleSerial, Source: "RFC 5280 section 4.1.2.2",
			Title: lang.Text{EN: "no serial number is used twice by one CA", JA: "同じ CA がシリアル番号を重複して使っていない"}},
		{ID: RuleStaple, Source: "RFC 7633",
			Title: lang.Text{EN: "a stapled OCSP response is there if it is demanded", JA: "要求されている場合に OCSP 応答が添付されている"}},
	}
}
