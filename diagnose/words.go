package diagnose

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/uidprobe/uidprobe/lang"
)

// sprintf fills both languages of a text.
func sprintf(en, ja string, args ...any) lang.Text {
	t := lang.Text{EN: fmt.Sprintf(en, args...)}
	if ja != "" {
		t.JA = fmt.Sprintf(ja, args...)
	}
	return t
}

func itoa(n int) string { return strconv.Itoa(n) }

// clipped bounds foreign text within a sentence, and takes secrets out of it.
func clipped(text string) string {
	const most = 80
	text = Redact(strings.TrimSpace(text))
	if utf8.RuneCountInString(text) > most {
		return string([]rune(text)[:most]) + "…"
	}
	return text
}

// family is what symptoms whose IDs begin alike have in common.
type family struct {
	prefix string
	title  lang.Text // the good outcome
	// prove is the command that shows the same from here; {host} stands for the server. Empty
	// where no command of ours can.
	prove string
}

var (
	winrmTitle   = lang.Text{EN: "the server answers the firewall's WinRM query", JA: "サーバーがファイアウォールの WinRM の問い合わせに応答する"}
	wmiTitle     = lang.Text{EN: "the server answers the firewall's WMI query", JA: "サーバーがファイアウォールの WMI の問い合わせに応答する"}
	networkTitle = lang.Text{EN: "the firewall reaches the host", JA: "ファイアウォールからホストに到達できる"}
)

// The first prefix of a symptom's ID is its family.
var families = []family{
	{
		"kerberos.", lang.Text{EN: "the firewall gets a Kerberos ticket for its service account", JA: "ファイアウォールがサービス アカウントの Kerberos チケットを取得できる"},
		"uidprobe probe kerberos --account ACCOUNT --realm REALM --kdc KDC --server {host}",
	},
	{"winrm.unresolved", winrmTitle, "uidprobe probe dns --name {host}"},
	{"winrm.not-reached", winrmTitle, "uidprobe probe net --to tcp://{host}:5985 --to tcp://{host}:5986"},
	{"winrm.timeout", winrmTitle, "uidprobe probe net --to tcp://{host}:5985 --to tcp://{host}:5986"},
	{"winrm.certificate", winrmTitle, "uidprobe probe tls --ca CA.pem {host}"},
	{"winrm.handshake", winrmTitle, "uidprobe probe tls --ca CA.pem {host}"},
	{"wmi.not-reached", wmiTitle, "uidprobe probe net --to tcp://{host}:135"},
	{"network.name-unknown", networkTitle, "uidprobe probe dns --name {host}"},
	{"server.", lang.Text{EN: "the directory server is Connected", JA: "ディレクトリ サーバーが Connected である"}, ""},
	{"winrm.", winrmTitle, ""},
	{"wmi.", wmiTitle, ""},
	{
		"syslog.", lang.Text{EN: "the firewall takes the sender's syslog messages and maps them", JA: "ファイアウォールが送信元の Syslog メッセージを受信してマッピングする"},
		"uidprobe check -c site.yaml",
	},
	{"network.", networkTitle, ""},
	{"authentication.", lang.Text{EN: "the authentication profile accepts the user", JA: "認証プロファイルでユーザーが受け付けられる"}, ""},
	{"capture.", lang.Text{EN: "the packets show no trouble", JA: "パケットに問題が見られない"}, ""},
	{"ha.", lang.Text{EN: "the unit's part in its pair is known", JA: "ペアでの機器の役割が分かっている"}, ""},
}

var otherFamily = family{title: lang.Text{EN: "nothing in the text says that something is wrong", JA: "テキストに問題を示すものがない"}}

func familyOf(id string) family {
	for _, f := range families {
		if strings.HasPrefix(id, f.prefix) {
			return f
		}
	}
	return otherFamily
}

// Commands are the commands of ours that hints name, with placeholders in capital letters.
func Commands() (commands []string) {
	for _, f := range families {
		if f.prove != "" {
			commands = append(commands, strings.ReplaceAll(f.prove, "{host}", "SERVER"))
		}
	}
	return commands
}
