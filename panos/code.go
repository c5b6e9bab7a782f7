package panos

import "github.com/uidprobe/uidprobe/lang"

// The codes of the API that decide something.
const (
	codeBadRequest       = 400
	codeForbidden        = 403
	codeUnauthorizedRole = 16
	codeSessionTimedOut  = 22
	codeBadXPath         = 6
	codeInvalidCommand   = 17
)

// meanings is the vendor's table ("PAN-OS XML API error codes", PAN-OS 11.1); 22 is from
// the public client pango.
var meanings = map[int]lang.Text{
	codeBadRequest: {EN: "bad request", JA: "不正なリクエスト"},
	codeForbidden: {
		EN: "forbidden: the key, user name or password is not accepted",
		JA: "アクセス拒否: API キー、ユーザー名、またはパスワードが受け付けられない"},
	1:              {EN: "unknown command", JA: "不明なコマンド"},
	2:              internalError,
	3:              internalError,
	4:              internalError,
	5:              internalError,
	codeBadXPath:   {EN: "bad xpath", JA: "xpath の誤り"},
	codeNotPresent: {EN: "object not present", JA: "オブジェクトが存在しない"},
	8:              {EN: "object not unique", JA: "オブジェクトが一意でない"},
	10: {
		EN: "reference count not zero: the object is still used elsewhere",
		JA: "参照カウントが 0 でない: オブジェクトがほかで使われている"},
	11: internalError,
	12: {EN: "invalid object", JA: "無効なオブジェクト"},
	13: {EN: "object not found", JA: "オブジェクトが見つからない"},
	14: {EN: "operation not possible", JA: "実行できない操作"},
	15: {
		EN: "operation denied, for example on the passive device of a pair",
		JA: "操作の拒否 (例: 冗長構成のパッシブ機での実行)"},
	codeUnauthorizedRole: {
		EN: "unauthorized: the role of the API user does not allow it",
		JA: "権限なし: API ユーザーのロールで許可されていない"},
	codeInvalidCommand: {EN: "invalid command", JA: "無効なコマンド"},
	18:                 {EN: "malformed command", JA: "コマンドの形式の誤り"},
	19:                 {EN: "success", JA: "成功"},
	20:                 {EN: "success", JA: "成功"},
	21:                 internalError,
	codeSessionTimedOut: {
		EN: "session timed out: a new key is needed",
		JA: "セッションのタイムアウト: 新しい API キーが必要"},
}

var internalError = lang.Text{EN: "internal error of the firewall", JA: "ファイアウォールの内部エラー"}

// Meaning is what the vendor says of a code of the API. known is false for a code that the
// vendor's table does not have, and the text is then empty.
func Meaning(code int) (meaning lang.Text, known bool) {
	meaning, known = meanings[code]
	return meaning, known
}
