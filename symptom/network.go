package symptom

import "github.com/uidprobe/uidprobe/lang"

// network are what ping and traceroute show at the firewall. The words are those of Linux's
// programs, which the firewall's commands print; no capture of a firewall was at hand.
func network() []Symptom {
	rows := []Symptom{
		{
			ID: "network.ping-answered", Normal: true,
			Title:   lang.Text{EN: "the host answers the firewall's ping", JA: "ホストがファイアウォールの ping に応答"},
			Pattern: `(?m)\b[1-9]\d* (?:packets )?received,(?:[^\n]*,)? (?:0|0\.0+)% packet loss`,
			Meaning: lang.Text{
				EN: "name, route and way back work for ICMP; a port may be blocked all the same",
				JA: "名前解決、経路、戻りの経路は ICMP では正常です。ただしポートが遮断されている可能性は残ります",
			},
		},
		{
			ID:      "network.ping-some-lost",
			Title:   lang.Text{EN: "some of the firewall's pings are not answered", JA: "ファイアウォールの ping の一部に応答がない"},
			Pattern: `(?m)\b[1-9]\d* (?:packets )?received,(?:[^\n]*,)? (?:[1-9]\d?|0\.0*[1-9]\d*|[1-9]\d?\.\d+)% packet loss`,
			Meaning: lang.Text{
				EN: "the host is reached, but not always: a path that loses packets makes queries time out",
				JA: "ホストには到達しますが、常にではありません。パケットを失う経路では問い合わせがタイムアウトします",
			},
			Causes: []lang.Text{
				{EN: "a loaded or faulty link, or one of several paths that does not work", JA: "負荷や障害のあるリンク、または複数経路の一部の不通"},
				{EN: "the first packet waited for ARP: harmless if only that one was lost", JA: "最初のパケットが ARP を待った（失われたのがそれだけなら問題ない）"},
			},
			Remedies: []lang.Text{
				{EN: "repeat it with more packets: ping count 100 host ADDRESS, from the source address of the service route", JA: "パケット数を増やして繰り返す: サービス ルートの送信元アドレスから ping count 100 host ADDRESS"},
			},
		},
		{
			ID:      "network.ping-lost",
			Title:   lang.Text{EN: "no ping of the firewall is answered", JA: "ファイアウォールの ping に一度も応答がない"},
			Pattern: `(?m)\b0 (?:packets )?received,(?:[^\n]*,)? 100(?:\.0+)?% packet loss`,
			Meaning: lang.Text{
				EN: "nothing came back; a host that ignores ping looks the same, the ports tell more",
				JA: "応答がありませんでした。ping に応答しないホストでも同じ結果になるため、ポートの確認が必要です",
			},
			Causes: []lang.Text{
				{EN: "the host, or a firewall on the way, drops ICMP", JA: "ホストまたは途中のファイアウォールが ICMP を破棄している"},
				{EN: "no route to the host, or none back to the source address that was used", JA: "ホストへの経路、または使用した送信元アドレスへの戻りの経路がない"},
				{EN: "the address is wrong or the host is down", JA: "アドレスが誤っている、またはホストが停止している"},
			},
			Remedies: []lang.Text{remedyPing, remedyRoute, remedyPorts},
		},
		{
			ID:      "network.unreachable",
			Title:   lang.Text{EN: "a router says that the host is not reached", JA: "ルーターがホストに到達できないと応答"},
			Pattern: `(?mi)\bDestination (?:Host|Net(?:work)?|Port) (?:Unreachable|Prohibited)|\bconnect: Network is unreachable|\bNetwork is unreachable\s*$|\bPacket filtered\s*$|^\s*\d+\s.*\s![HNXP]\b`,
			Meaning: lang.Text{
				EN: "the firewall or a router on the way has no route, gets no answer to ARP, or is told to prohibit it",
				JA: "ファイアウォールまたは途中のルーターに経路がないか、ARP に応答がないか、通信が禁止されています",
			},
			Causes: []lang.Text{
				{EN: "a route is missing, on the firewall's management interface or in the virtual router of the service route", JA: "管理インターフェースまたはサービス ルートの仮想ルーターに経路がない"},
				{EN: "the host is not on its network at the moment", JA: "ホストが現在そのネットワークに存在しない"},
				{EN: "an access list on the way prohibits it", JA: "途中のアクセス リストが禁止している"},
			},
			Remedies: []lang.Text{
				{EN: "look at the route: for the management interface its default gateway, for a data interface test routing fib-lookup virtual-router NAME ip ADDRESS", JA: "経路を確認する: 管理インターフェースではデフォルト ゲートウェイ、データ インターフェースでは test routing fib-lookup virtual-router NAME ip ADDRESS"},
				remedyRoute,
			},
		},
		{
			ID:      "network.name-unknown",
			Title:   lang.Text{EN: "the firewall does not resolve the name of the host", JA: "ファイアウォールがホスト名を解決できない"},
			Pattern: `(?mi)\b(?:ping|traceroute|connect)\S*:.*(?:unknown host|Name or service not known|Temporary failure in name resolution|No address associated)|\bping: unknown host\b|^\s*unknown host\b|cannot handle "host" cmdline arg`,
			Meaning: lang.Text{
				EN: "the firewall's DNS gave no address for the name; everything that uses the name fails likewise",
				JA: "ファイアウォールの DNS から名前のアドレスを得られません。その名前を使う処理はすべて失敗します",
			},
			Causes: []lang.Text{
				{EN: "the firewall's DNS servers do not know the AD domain, or are not reached", JA: "ファイアウォールの DNS サーバーが AD ドメインを解決できない、または到達できない"},
				{EN: "the name is misspelt or short", JA: "名前が誤っている、または短縮名である"},
			},
			Remedies: resolverRemedies(),
		},
		{
			ID: "network.traceroute-arrived", Normal: true,
			Title:   lang.Text{EN: "the firewall's traceroute reaches the host", JA: "ファイアウォールの traceroute がホストに到達"},
			Pattern: `(?m)^traceroute to \S+ \([^)\n]+\)[^\n]*\n(?:[^\n]*\n)*?\s*\d+\s+\S+ \([^)\n]+\)[^\n*!]*(?:\d ms)\s*\z`,
			Meaning: lang.Text{
				EN: "the path from the firewall to the host works for the packets of traceroute; a port may be blocked all the same",
				JA: "traceroute のパケットではホストまでの経路は正常です。ただしポートが遮断されている可能性は残ります",
			},
		},
		{
			ID:      "network.traceroute-stops",
			Title:   lang.Text{EN: "the firewall's traceroute does not reach the host", JA: "ファイアウォールの traceroute がホストに到達しない"},
			Pattern: `(?m)^traceroute to [^\n]*\n(?:[^\n]*\n)*?\s*\d+\s+\*\s+\*\s+\*\s*\z`,
			Meaning: lang.Text{
				EN: "after the last router that answers nobody does; a host that ignores traceroute looks the same",
				JA: "応答した最後のルーターより先からは応答がありません。traceroute に応答しないホストでも同じ結果になります",
			},
			Causes: []lang.Text{
				{EN: "a firewall behind the last answering router, or the host's own, drops the packets", JA: "最後に応答したルーターより先のファイアウォール、またはホスト自身のファイアウォールが破棄している"},
				{EN: "a router has no route to the host, or none back", JA: "ルーターにホストへの経路、または戻りの経路がない"},
			},
			Remedies: []lang.Text{
				{EN: "look at the device behind the last hop that answered", JA: "最後に応答したホップの次の機器を確認する"},
				remedyRoute, remedyPorts,
			},
		},
	}
	for i := range rows {
		rows[i].Article, rows[i].Confidence, rows[i].NoFault = article, "inferred", noShell
	}
	return rows
}
