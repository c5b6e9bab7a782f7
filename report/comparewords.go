package report

import (
	"fmt"

	"github.com/uidprobe/uidprobe/lang"
)

// The words of a comparison.
var (
	wordBroke    = lang.Text{EN: "broke", JA: "悪化"}
	wordMended   = lang.Text{EN: "mended", JA: "回復"}
	wordChanged  = lang.Text{EN: "changed", JA: "内容の変化"}
	wordNew      = lang.Text{EN: "new", JA: "新規"}
	wordGone     = lang.Text{EN: "no longer asked", JA: "今回は未実行"}
	wordWorse    = lang.Text{EN: "worse than before", JA: "前回より悪化しています"}
	wordNotWorse = lang.Text{EN: "not worse than before", JA: "前回からの悪化はありません"}
	wordBefore   = lang.Text{EN: "before", JA: "前回"}

	headBeforeAfter = lang.Text{EN: "before > after", JA: "前回 > 今回"}
)

// explains says how many other checks differ because of the one that is told of.
func explains(n int) lang.Text {
	differ := "differ"
	if n == 1 {
		differ = "differs"
	}
	return lang.Text{
		EN: fmt.Sprintf("and %s %s because of it", checks(n).EN, differ),
		JA: fmt.Sprintf("これに伴い %sの結果が変わりました", checks(n).JA),
	}
}

// The heads of tables.
var (
	headTarget = lang.Text{EN: "target", JA: "対象"}
	headCheck  = lang.Text{EN: "check", JA: "チェック"}
	headFound  = lang.Text{EN: "found", JA: "結果"}
	headServer = lang.Text{EN: "server", JA: "サーバー"}
)

// explainsAlso says how many other checks a finding explains.
func explainsAlso(n int) lang.Text {
	were := "were"
	if n == 1 {
		were = "was"
	}
	return lang.Text{
		EN: fmt.Sprintf("and %s did not pass or %s not asked because of it", checks(n).EN, were),
		JA: fmt.Sprintf("これにより %sが不合格または未実行です", checks(n).JA),
	}
}

// moreRows says how many rows a table leaves out.
func moreRows(n int) lang.Text {
	return lang.Text{
		EN: fmt.Sprintf("%d more: see the HTML or JSON report", n),
		JA: fmt.Sprintf("他 %d 件: HTML または JSON レポートを参照", n),
	}
}
