package report

import (
	"fmt"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
)

// The words of the frame. Statuses are codes and stay as they are in every language.
var (
	wordReady       = lang.Text{EN: "ready", JA: "準備完了"}
	wordNotReady    = lang.Text{EN: "not shown to be ready", JA: "準備完了とは確認できません"}
	wordNothing     = lang.Text{EN: "no check was asked", JA: "実行されたチェックがありません"}
	wordInterrupted = lang.Text{EN: "interrupted", JA: "中断されました"}
	wordRefused     = lang.Text{EN: "refused for safety", JA: "安全のため拒否しました"}
	wordDefect      = lang.Text{
		EN: "a check itself broke: that is a defect of uidprobe, please report it with the evidence",
		JA: "チェック自体が異常終了しました。uidprobe の不具合です。証拠を添えて報告してください",
	}
	wordLimits = lang.Text{
		EN: "What a ready report does not promise: docs/limits.md",
		JA: "この結果が保証しないことについては docs/limits.md を参照してください",
	}

	wordTrace = lang.Text{
		EN: "The tickets that were asked for stand in the domain controllers' security logs (events 4768 and 4769) with this host's address: a firewall that reads them may map the address to the service account. See that the account is among the users that User-ID ignores (ignore-user in the configuration).",
		JA: "要求したチケットは、このホストのアドレスとともにドメイン コントローラーのセキュリティ ログ（イベント 4768、4769）に記録されます。これを読み取るファイアウォールは、このアドレスをサービス アカウントにマッピングすることがあります。アカウントが User-ID の無視するユーザー（設定の ignore-user）に含まれていることを確認してください。",
	}

	labelWanted   = lang.Text{EN: "wanted", JA: "期待"}
	labelNext     = lang.Text{EN: "next", JA: "対処"}
	labelSymptom  = lang.Text{EN: "symptom", JA: "症状"}
	labelShown    = lang.Text{EN: "log line", JA: "ログ"}
	labelMeaning  = lang.Text{EN: "meaning", JA: "意味"}
	labelCauses   = lang.Text{EN: "causes", JA: "原因"}
	labelRemedies = lang.Text{EN: "remedies", JA: "手順"}
	labelArticle  = lang.Text{EN: "article", JA: "記事"}
	labelMeasured = lang.Text{EN: "measured", JA: "測定"}
	labelEvidence = lang.Text{EN: "evidence", JA: "証拠"}
	labelRule     = lang.Text{EN: "rule", JA: "根拠"}
	labelBecause  = lang.Text{EN: "because", JA: "起因"}

	wordLikely   = lang.Text{EN: "the firewall likely shows", JA: "ファイアウォールの表示（推定）"}
	wordMay      = lang.Text{EN: "the firewall may show", JA: "ファイアウォールに表示される可能性があるもの"}
	wordInferred = lang.Text{EN: "its wording is not documented", JA: "表示文言は文書化されていません"}
	wordAbove    = lang.Text{EN: "explained above", JA: "説明は上記のとおり"}

	headMessages = lang.Text{EN: "messages", JA: "メッセージ"}
	headLatency  = lang.Text{EN: "min/med/max", JA: "最小/中央/最大"}
)

// The stages of a message, in their order.
var stages = []struct {
	measure string
	word    lang.Text
}{
	{"sent", lang.Text{EN: "sent", JA: "送信"}},
	{"received", lang.Text{EN: "received", JA: "受信"}},
	{"authenticated", lang.Text{EN: "authenticated", JA: "認証"}},
	{"mapped", lang.Text{EN: "mapped", JA: "マッピング"}},
	{"logged-out", lang.Text{EN: "logged out", JA: "ログアウト"}},
}

// checks is "1 check", "2 checks".
func checks(n int) lang.Text {
	word := "checks"
	if n == 1 {
		word = "check"
	}
	return lang.Text{EN: fmt.Sprintf("%d %s", n, word), JA: fmt.Sprintf("%d 件のチェック", n)}
}

// notAsked introduces the checks that were skipped because of the finding above them.
func notAsked(n int) lang.Text {
	were := "were"
	if n == 1 {
		were = "was"
	}
	return lang.Text{
		EN: fmt.Sprintf("and %s %s not asked because of it:", checks(n).EN, were),
		JA: fmt.Sprintf("これにより %sは実行されませんでした:", checks(n).JA),
	}
}

// alsoRed introduces the checks that did not pass because of the finding above them.
func alsoRed(n int) lang.Text {
	return lang.Text{
		EN: fmt.Sprintf("and %s did not pass because of it:", checks(n).EN),
		JA: fmt.Sprintf("これにより %sも合格しませんでした:", checks(n).JA),
	}
}

// lost says that n of the messages that came as far as one stage did not reach another.
func lost(n, of string, from, to int) lang.Text {
	were := "were"
	if n == "1" {
		were = "was"
	}
	return lang.Text{
		EN: fmt.Sprintf("%s of %s %s %s not %s", n, of, stages[from].word.EN, were, stages[to].word.EN),
		JA: fmt.Sprintf("%s %s 件中 %s 件が%sされませんでした", stages[from].word.JA, of, n, stages[to].word.JA),
	}
}

// moreLines says how much of a piece of evidence is not shown.
func moreLines(n int) lang.Text {
	lines := "lines"
	if n == 1 {
		lines = "line"
	}
	return lang.Text{
		EN: fmt.Sprintf("%d more %s: --verbose, or the JSON report", n, lines),
		JA: fmt.Sprintf("残り %d 行: --verbose または JSON レポートを参照", n),
	}
}

// moreEvidence says how many pieces of evidence are not shown.
func moreEvidence(n int) lang.Text {
	return lang.Text{
		EN: fmt.Sprintf("%d more: --verbose, or the JSON report", n),
		JA: fmt.Sprintf("他 %d 件: --verbose または JSON レポートを参照", n),
	}
}

// within says how long it all took.
func within(d time.Duration) lang.Text {
	return lang.Text{EN: "in " + duration(d), JA: "所要時間 " + duration(d)}
}

// reasons are why a check that need not be asked was not.
var reasons = map[check.SkipReason]lang.Text{
	check.Inapplicable: {EN: "inapplicable", JA: "対象外"},
	check.Chosen:       {EN: "left out by choice", JA: "指定により省略"},
	check.NeedNotMet:   {EN: "a check it needs did not pass", JA: "前提のチェックが合格していない"},
	check.Interrupted:  {EN: "interrupted", JA: "中断"},
	check.OutOfTime:    {EN: "out of time", JA: "時間切れ"},
	check.Refused:      {EN: "refused for safety", JA: "安全のため拒否"},
}

// duration is a time as people say it, in SI units, which read alike in every language.
func duration(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Truncate(100*time.Millisecond).Seconds())
	}
	d = d.Truncate(time.Second)
	return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
}
