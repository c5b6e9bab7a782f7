package plan

import (
	"github.com/uidprobe/uidprobe/lang"
)

// Where the rules come from.
const (
	sourceServers  = `web help 11.2, "Configure Access to Monitored Servers"`
	sourceAccount  = `web help, "Server Monitor Account"`
	sourceWinRM    = `administrator's guide 11.1, "Configure Server Monitoring Using WinRM"`
	sourceSchema   = "configuration schema, PAN-OS 10.0.5"
	sourceArticle  = `KB article "How to troubleshoot connection errors between the PAN-OS integrated User-ID agent and monitored servers"`
	sourcePractice = "practice"
)

var configRules = []ConfigRule{
	{
		Code: "server-by-address", find: serverByAddress, Source: sourceServers,
		Title: lang.Text{EN: "servers that are asked with Kerberos have their full names", JA: "Kerberos で問い合わせるサーバーは完全修飾名で指定されている"},
		Hint:  "write the full name (FQDN) as Network Address: the ticket is for a name",
	},
	{
		Code: "realm-netbios", find: realmNetBIOS, Source: sourceAccount,
		Title: lang.Text{EN: "Domain's DNS Name is a Kerberos realm", JA: "ドメインの DNS 名は Kerberos のレルム名である"},
		Hint:  "write the DNS name of the domain, such as corp.example, in the Server Monitor Account",
	},
	{
		Code: "http-without-kerberos", find: httpWithoutKerberos, Source: sourceWinRM,
		Title: lang.Text{EN: "WinRM-HTTP has a Kerberos Server Profile", JA: "WinRM-HTTP には Kerberos サーバープロファイルがある"},
		Hint:  "choose a Kerberos Server Profile in the Server Monitor Account, or use WinRM-HTTPS",
	},
	{
		Code: "https-without-certificate-profile", find: httpsWithoutProfile, Source: sourceWinRM,
		Title: lang.Text{EN: "WinRM-HTTPS has a certificate profile", JA: "WinRM-HTTPS には証明書プロファイルがある"},
		Hint:  "choose the profile with the root CA of the servers' certificates: Device > User Identification > Connection Security",
	},
	{
		Code: "ca-expiry", find: caExpiry, Source: "RFC 5280 section 4.1.2.5",
		Title: lang.Text{EN: "the CAs of the certificate profile stay valid", JA: "証明書プロファイルの CA は有効期限内である"},
		Hint:  "import the new CA, add it to the certificate profile, and renew the servers' certificates under it",
	},
	{
		Code: "sender-without-profile", find: senderWithoutProfile, Source: sourceServers,
		Title: lang.Text{EN: "each syslog sender has a parse profile for logins", JA: "各 syslog 送信元にログイン用の解析プロファイルがある"},
		Hint:  "attach a parse profile with the event type login, or disable the entry",
	},
	{
		Code: "profile-unused", find: profileUnused, Source: sourcePractice,
		Title: lang.Text{EN: "each parse profile is attached to a sender", JA: "各解析プロファイルはいずれかの送信元に割り当てられている"},
		Hint:  "attach it, or remove it",
	},
	{
		Code: "login-logout-alike", find: loginLogoutAlike, Source: sourceServers,
		Title: lang.Text{EN: "logins and logouts of a sender are told apart", JA: "送信元のログインとログアウトは区別される"},
		Hint:  "give each profile an event string that stands in its messages alone",
	},
	{
		Code: "listener-off", find: listenerOff, Source: sourceSchema + "; " + sourceArticle,
		Title: lang.Text{EN: "the listener is on where the senders' messages arrive", JA: "送信元のメッセージが届くインターフェースでリスナーが有効である"},
		Hint:  "switch User-ID Syslog Listener-UDP or -SSL on: in the interface management profile, or for the management interface under Device > Setup > Interfaces",
	},
	{
		Code: "not-permitted", find: notPermitted, Source: sourceArticle,
		Title: lang.Text{EN: "senders and servers are among the permitted IP addresses", JA: "送信元とサーバーは許可 IP アドレスに含まれている"},
		Hint:  "add the address to the permitted IP addresses of the interface of the UID agent's service route",
	},
	{
		Code: "one-server", find: oneServer, Source: sourceServers,
		Title: lang.Text{EN: "at least two servers are monitored", JA: "2 台以上のサーバーが監視されている"},
		Hint:  "monitor a second domain controller: each logs only the log-ins that it took itself",
	},
	{
		Code: "account-not-ignored", find: accountNotIgnored, Source: sourcePractice,
		Title: lang.Text{EN: "the monitor account is an ignored user", JA: "監視アカウントは無視ユーザーに含まれている"},
		Hint:  "add the account to the Ignore User List: its own log-ins would map the firewall's address, and that of every tool that uses it",
	},
	{
		Code: "timeout-below-interim", find: timeoutBelowInterim, Source: sourceSchema + ": ip-user-mapping-timeout",
		Title: lang.Text{EN: "mappings outlast the senders' interim intervals", JA: "マッピングの有効期限は送信元の中間更新間隔より長い"},
		Hint:  "raise User Identification Timeout above the interval at which the sender repeats itself",
	},
	{
		Code: "no-zone", find: noZone, Source: sourceSchema + ": enable-user-identification",
		Title: lang.Text{EN: "a zone has User-ID enabled", JA: "User-ID を有効にしたゾーンがある"},
		Hint:  "enable User-ID in the zones where the users are: policy uses mappings in no other",
	},
	{
		Code: "udp-sender", find: udpSender, Source: sourceServers,
		Title: lang.Text{EN: "senders use TLS where the firewall offers it", JA: "ファイアウォールが TLS を提供する場合、送信元は TLS を使う"},
		Hint:  "send over SSL: anybody can write UDP messages in the sender's name",
	},
	{
		Code: "limits", find: limits, Source: sourceSchema,
		Title: lang.Text{EN: "the numbers of servers, senders and profiles are within the limits", JA: "サーバー、送信元、プロファイルの数は上限内である"},
		Hint:  "spread them over several virtual systems or firewalls, or use a Windows User-ID agent",
	},
	{
		Code: "no-ntp", find: noNTP, Source: sourceServers,
		Title: lang.Text{EN: "the firewall has an NTP server", JA: "ファイアウォールに NTP サーバーが設定されている"},
		Hint:  "set the domain's time source: Device > Setup > Services > NTP",
	},
	{
		Code: "differs", find: differs, Source: sourcePractice,
		Title: lang.Text{EN: "both configurations say the same of User-ID", JA: "両方の設定で User-ID の内容が一致している"},
		Hint:  "make the two the same, or push the template and commit",
	},
}
