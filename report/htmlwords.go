package report

import (
	"fmt"

	"github.com/uidprobe/uidprobe/lang"
)

// The words of the HTML frame, by the name that the template has for them.
var htmlWords = map[string]lang.Text{
	"title":       {EN: "User-ID readiness", JA: "User-ID 準備状況"},
	"skip":        {EN: "Skip to the findings", JA: "検出事項へ移動"},
	"routes":      {EN: "The way to the firewall", JA: "ファイアウォールまでの経路"},
	"routes-note": {EN: "From the monitored server to the firewall, as it was asked from this host. Arrows point the way that is gone: messages go to the firewall; for server monitoring, the firewall asks.", JA: "監視対象サーバーからファイアウォールまでの経路を、このホストから確認した結果です。矢印は通信の向きを示します。メッセージはファイアウォールへ送られ、サーバー監視ではファイアウォールが問い合わせます。"},
	"findings":    {EN: "What was found", JA: "検出事項"},
	"nothing":     {EN: "Nothing was found that is not well.", JA: "問題は見つかりませんでした。"},
	"numbers":     {EN: "Numbers", JA: "測定値"},
	"as-table":    {EN: "as a table", JA: "表で見る"},
	"all":         {EN: "All checks", JA: "すべてのチェック"},
	"filter":      {EN: "Filter", JA: "絞り込み"},
	"server":      {EN: "Server", JA: "サーバー"},
	"every":       {EN: "all servers", JA: "すべてのサーバー"},
	"status":      {EN: "Status", JA: "状態"},
	"check":       {EN: "Check", JA: "チェック"},
	"found":       {EN: "Found", JA: "結果"},
	"took":        {EN: "Took", JA: "時間"},
	"open":        {EN: "Open all evidence", JA: "証拠をすべて開く"},
	"close":       {EN: "Close all evidence", JA: "証拠をすべて閉じる"},
	"shown":       {EN: "%n of %a checks shown", JA: "%a 件中 %n 件を表示"},
	"evidence":    {EN: "Evidence", JA: "証拠"},
	"explains":    {EN: "Explains", JA: "これに起因する結果"},
	"hidden":      {EN: "Names of users are replaced. What is evidence is as it was seen otherwise.", JA: "ユーザー名は置き換えてあります。それ以外の証拠は確認したとおりです。"},
	"names":       {EN: "This report shows the names of users.", JA: "このレポートにはユーザー名が含まれています。"},
	"made":        {EN: "Made by uidprobe", JA: "作成: uidprobe"},
	"empty":       {EN: "No check matches the filter.", JA: "条件に合うチェックはありません。"},
	"legend":      {EN: "Key", JA: "凡例"},
}

// htmlLabels are the labels that the text report has as well.
var htmlLabels = map[string]lang.Text{
	"next": labelNext, "wanted": labelWanted, "because": labelBecause, "symptom": labelSymptom, "shown": labelShown,
	"meaning": labelMeaning, "causes": labelCauses, "remedies": labelRemedies, "article": labelArticle,
	"measured": labelMeasured, "rule": labelRule,
}

var (
	chartMessages = lang.Text{EN: "How far the test messages came", JA: "試験メッセージの到達状況"}
	chartLatency  = lang.Text{EN: "From message to mapping: shortest, middle, longest", JA: "メッセージからマッピングまでの時間（最小・中央・最大）"}
	chartAnswers  = lang.Text{EN: "Time to answer", JA: "応答時間"}
)

// moreServers says how many servers are not named.
func moreServers(n int) lang.Text {
	return lang.Text{EN: fmt.Sprintf("%d more", n), JA: fmt.Sprintf("他 %d 台", n)}
}

// moreRoutes says how many ways are not drawn.
func moreRoutes(n int) lang.Text {
	return lang.Text{EN: fmt.Sprintf("%d more ways are not drawn; their checks are below.", n), JA: fmt.Sprintf("他 %d 件の経路は図示していません。チェックの結果は下にあります。", n)}
}
