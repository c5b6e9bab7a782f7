package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/nearest"
	"github.com/uidprobe/uidprobe/symptom"
)

// maxExplained is the longest text that explain reads, in bytes: some lines or a table, not
// a whole log.
const maxExplained = 256 << 10

func explainCommand() *cli.Command {
	return &cli.Command{
		Name:      "explain",
		Usage:     "say what a number, a status or a log line of the firewall means, and what to do",
		ArgsUsage: "CODE|TEXT|-",
		Description: "CODE is the number of a log line (-1765328360), the error code of a KDC (24, 0x18), the name of either,\n" +
			"an NTSTATUS (0xC0000072) or HRESULT (0x80041003), a response code of WinRM (401), an error of libcurl\n" +
			"(curl 60, or its text), a status (Kerberos error) or the ID of a symptom. TEXT is a log line or the output of a\n" +
			"command; - reads it from standard input. A code that has several meanings is explained in each of them.\n\n" +
			"Example: uidprobe explain -1765328360",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Value: "text", Usage: "text or json"},
			langFlag(),
		},
		Action: explain,
	}
}

func explain(c *cli.Context) error {
	l, err := language(c)
	if err != nil {
		return err
	}
	write, ok := map[string]func(io.Writer, lang.Language, []symptom.Found) error{
		"text": explainText, "json": explainJSON,
	}[c.String("format")]
	if !ok {
		return usagef("--format %q is neither text nor json", c.String("format"))
	}
	query, err := explained(c)
	if err != nil {
		return err
	}
	found := symptom.Lookup(query)
	if err := write(c.App.Writer, l, found); err != nil {
		return fmt.Errorf("write the explanation: %w", err)
	}
	if len(found) == 0 {
		query = strings.TrimSpace(query)
		fmt.Fprintf(c.App.ErrWriter, "uidprobe: explain: nothing is known about %s%s\n", excerpt(query), nearestKnown(query))
		return verdict{exitNotReady}
	}
	return nil
}

// explained is what was asked: the arguments, or standard input for "-".
func explained(c *cli.Context) (string, error) {
	query := strings.Join(c.Args().Slice(), " ")
	if query == "-" {
		data, err := io.ReadAll(io.LimitReader(c.App.Reader, maxExplained+1))
		if err != nil {
			return "", fmt.Errorf("read standard input: %w", err)
		}
		query = string(data)
	}
	switch {
	case len(query) > maxExplained:
		return "", usagef("the text is longer than %d KiB; give the lines that matter", maxExplained>>10)
	case strings.TrimSpace(query) == "":
		return "", usagef("nothing to explain; give a number, a status or a log line, such as -1765328360")
	}
	return query, nil
}

// excerpt shows the beginning of a text on one line.
func excerpt(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return fmt.Sprintf("%q and more", string(runes[:most]))
	}
	return fmt.Sprintf("%q", text)
}

// nearestKnown names what was most likely meant. The case of letters is no slip.
func nearestKnown(query string) string {
	folded := map[string]string{}
	var names []string
	for _, name := range symptom.Names() {
		key := strings.ToLower(name)
		if folded[key] == "" {
			names = append(names, key)
			folded[key] = name
		}
	}
	if best := nearest.Word(strings.ToLower(query), names); best != "" {
		return fmt.Sprintf("; did you mean %q?", folded[best])
	}
	return "; uidprobe list symptoms shows what is"
}

// explanation is one entry of explain --format json. The texts are in the language asked for.
type explanation struct {
	ReadAs   symptom.Reading   `json:"read_as"`
	Note     string            `json:"note,omitempty"`
	Code     *explainedCode    `json:"code,omitempty"`
	NTStatus *explainedNT      `json:"nt_status,omitempty"`
	Symptom  *explainedSymptom `json:"symptom,omitempty"`
}

type explainedCode struct {
	Number    int64          `json:"number"`
	Symbol    string         `json:"symbol,omitempty"`
	Protocol  *int           `json:"protocol,omitempty"`
	RFC       string         `json:"rfc,omitempty"`
	Message   string         `json:"message"`
	Origin    symptom.Origin `json:"origin"`
	Processor string         `json:"processor,omitempty"`
}

type explainedNT struct {
	Code     string   `json:"code"`
	Symbol   string   `json:"symbol"`
	Meaning  string   `json:"meaning"`
	Remedy   string   `json:"remedy"`
	Symptoms []string `json:"symptoms"`
}

type explainedSymptom struct {
	ID         string   `json:"id"`
	Title      string   `json:"title"`
	Normal     bool     `json:"normal"`
	Status     string   `json:"status,omitempty"`
	Shown      string   `json:"shown"` // what a firewall prints
	Meaning    string   `json:"meaning"`
	Causes     []string `json:"causes"`
	Remedies   []string `json:"remedies"`
	Article    string   `json:"article"`
	Confidence string   `json:"confidence"`
}

func explainJSON(w io.Writer, l lang.Language, found []symptom.Found) error {
	entries := []explanation{}
	for _, f := range found {
		entries = append(entries, explanationOf(f, l))
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(entries)
}

func explanationOf(f symptom.Found, l lang.Language) explanation {
	e := explanation{ReadAs: f.As, Note: noteOn(f).In(l)}
	if c := f.Code; c != nil {
		e.Code = &explainedCode{
			Number: c.Number, Symbol: c.Symbol, RFC: c.RFC, Message: c.Message,
			Origin: c.Origin, Processor: c.Processor,
		}
		if c.Protocol >= 0 {
			e.Code.Protocol = &c.Protocol
		}
	}
	if s := f.NTStatus; s != nil {
		e.NTStatus = &explainedNT{
			Code: fmt.Sprintf("0x%08X", s.Code), Symbol: s.Symbol,
			Meaning: s.Meaning.In(l), Remedy: s.Remedy.In(l), Symptoms: s.Symptoms,
		}
	}
	if s := f.Symptom; s != nil {
		e.Symptom = &explainedSymptom{
			ID: s.ID, Title: s.Title.In(l), Normal: s.Normal, Status: s.Status, Shown: s.Golden(),
			Meaning: s.Meaning.In(l), Causes: allIn(s.Causes, l), Remedies: allIn(s.Remedies, l),
			Article: s.Article, Confidence: s.Confidence,
		}
	}
	return e
}

func allIn(texts []lang.Text, l lang.Language) []string {
	said := []string{}
	for _, text := range texts {
		said = append(said, text.In(l))
	}
	return said
}

// The words of explain --format text. The labels are those of a report.
var (
	labelCode     = lang.Text{EN: "code", JA: "コード"}
	labelSymptom  = lang.Text{EN: "symptom", JA: "症状"}
	labelShown    = lang.Text{EN: "shown as", JA: "表示"}
	labelMeaning  = lang.Text{EN: "meaning", JA: "意味"}
	labelCauses   = lang.Text{EN: "causes", JA: "原因"}
	labelRemedies = lang.Text{EN: "remedies", JA: "手順"}
	labelArticle  = lang.Text{EN: "article", JA: "記事"}
	labelNumbers  = lang.Text{EN: "numbers", JA: "番号"}
	labelNote     = lang.Text{EN: "note", JA: "注記"}

	readings = map[symptom.Reading]lang.Text{
		symptom.AsSymptom:  {EN: "a symptom", JA: "症状"},
		symptom.AsNumber:   {EN: "a number that the firewall logs", JA: "ファイアウォールがログに記録する番号"},
		symptom.AsErrno:    {EN: "an errno that the firewall logs", JA: "ファイアウォールがログに記録する errno"},
		symptom.AsProtocol: {EN: "an error code of a KDC", JA: "KDC のエラー コード"},
		symptom.AsSymbol:   {EN: "the name of a code", JA: "コードの名前"},
		symptom.AsStatus:   {EN: "a status", JA: "状態"},
		symptom.AsNTStatus: {EN: "an NTSTATUS that a KDC adds to a refusal", JA: "KDC が拒否の応答に付ける NTSTATUS"},
		symptom.AsHTTP:     {EN: "the response code of WinRM", JA: "WinRM の応答コード"},
		symptom.AsCurl:     {EN: "an error of libcurl", JA: "libcurl のエラー"},
		symptom.AsWindows:  {EN: "a number or name of Windows", JA: "Windows の番号または名前"},
		symptom.AsText:     {EN: "found in the text", JA: "テキスト内で検出"},
	}
	noteNoName = lang.Text{
		EN: "this code has no name; by the rule the firewall would log this number, and more cannot be told",
		JA: "このコードには名前がありません。規則上ファイアウォールのログにはこの番号が出ますが、それ以上は分かりません",
	}
	noteNoSymptom = lang.Text{
		EN: "the vendor's article does not list it, and what leads to it on a firewall cannot be told from here; the log of the domain controller may",
		JA: "ベンダーの記事に記載がなく、ファイアウォールでの原因はここでは判断できません。ドメイン コントローラーのログで分かる場合があります",
	}
	noteStatus = lang.Text{
		EN: "the status alone does not tell the cause; the log of the firewall and the counters do",
		JA: "状態だけでは原因は分かりません。ファイアウォールのログとカウンターで判断します",
	}
	noteInferred = lang.Text{
		EN: "this explanation is inferred, not documented by the vendor",
		JA: "この説明は推定であり、ベンダーの文書には記載がありません",
	}
	noteNotLogged = lang.Text{
		EN: "the firewall does not log it, only the number; it is in the answer of the KDC",
		JA: "ファイアウォールのログには番号だけが出て、この値は出ません。KDC の応答に含まれます",
	}
)

// noteOn says what cannot be told about an answer.
func noteOn(f symptom.Found) lang.Text {
	switch {
	case f.NTStatus != nil:
		return noteNotLogged
	case f.Symptom == nil && f.Code.Symbol == "":
		return noteNoName
	case f.Symptom == nil:
		return noteNoSymptom
	case f.As == symptom.AsStatus && !f.Symptom.Normal:
		return noteStatus
	case f.Symptom.Confidence == "inferred", f.Symptom.Confidence == "recalled":
		return noteInferred
	}
	return lang.Text{}
}

// sheet is an explanation as text, in 80 columns. A line ends at a blank, in Japanese also
// after a comma or a full stop and before a bracket; what is longer without one, such as an
// address, stays whole.
type sheet struct {
	strings.Builder
	lang lang.Language
}

func explainText(w io.Writer, l lang.Language, found []symptom.Found) error {
	s := &sheet{lang: l}
	for i, f := range found {
		if i > 0 {
			s.WriteString("\n")
		}
		s.entry(f)
	}
	_, err := io.WriteString(w, s.String())
	return err
}

func (s *sheet) entry(f symptom.Found) {
	s.wrapped("", "  ", fmt.Sprintf("%s (%s)", heading(f), readings[f.As].In(s.lang)))
	if f.Code != nil {
		s.labelled(labelCode, "", codeLine(f.Code, s.lang))
	}
	if n := f.NTStatus; n != nil {
		s.labelled(labelMeaning, "", n.Meaning.In(s.lang))
		s.labelled(labelRemedies, "", n.Remedy.In(s.lang))
		s.numbers(symptomsOf(n.Symptoms))
	}
	if f.Symptom != nil {
		s.symptom(*f.Symptom)
	}
	if note := noteOn(f).In(s.lang); note != "" {
		s.labelled(labelNote, "", note)
	}
}

// heading names what is explained.
func heading(f symptom.Found) string {
	switch {
	case f.NTStatus != nil:
		return fmt.Sprintf("0x%08X %s", f.NTStatus.Code, f.NTStatus.Symbol)
	case f.Code != nil && f.As == symptom.AsProtocol:
		return strings.TrimSpace(fmt.Sprintf("%d %#[1]x %s", f.Code.Protocol, f.Code.RFC))
	case f.Code != nil:
		return strings.TrimSpace(fmt.Sprintf("%d %s", f.Code.Number, f.Code.Symbol))
	case f.As == symptom.AsStatus:
		return f.Symptom.Status
	}
	return f.Symptom.ID
}

// codeLine says where a code comes from and what it is elsewhere.
func codeLine(c *symptom.KerberosCode, l lang.Language) string {
	var from lang.Text
	switch c.Origin {
	case symptom.FromKDC:
		from = lang.Text{
			EN: fmt.Sprintf("KDC error %d (%#[1]x), logged as %d", c.Protocol, c.Number),
			JA: fmt.Sprintf("KDC のエラー %d（%#[1]x）、ログでは %d", c.Protocol, c.Number),
		}
	case symptom.FromLibrary:
		from = lang.Text{EN: "from the Kerberos library, not from a KDC", JA: "KDC ではなく Kerberos ライブラリのエラー"}
	default:
		from = lang.Text{EN: "errno on " + c.Processor + " processors", JA: "errno（" + c.Processor + " プロセッサー）"}
		if c.Processor == "all" {
			from.JA = "errno（全プロセッサー共通）"
		}
	}
	return fmt.Sprintf("%s: %q", from.In(l), c.Message)
}

func (s *sheet) symptom(shown symptom.Symptom) {
	s.labelled(labelSymptom, "", fmt.Sprintf("%s (%s)", shown.Title.In(s.lang), shown.ID))
	s.labelled(labelShown, "", shown.Status)
	for _, line := range strings.Split(strings.TrimRight(shown.Golden(), "\n"), "\n") {
		if len(line) <= 78 {
			s.WriteString("  " + line + "\n") // a table keeps its blanks
			continue
		}
		s.wrapped("  ", "    ", line)
	}
	s.labelled(labelMeaning, "", shown.Meaning.In(s.lang))
	s.list(labelCauses, shown.Causes, func(int) string { return "- " })
	s.list(labelRemedies, shown.Remedies, func(n int) string { return fmt.Sprintf("%d. ", n+1) })
	s.labelled(labelArticle, "", shown.Article)
	if shown.Number == nil && shown.Status != "" {
		s.numbers(numbersOf(shown.Status))
	}
}

// symptomsOf returns the symptoms of those IDs.
func symptomsOf(ids []string) (symptoms []symptom.Symptom) {
	for _, id := range ids {
		if found, ok := symptom.Find(id); ok {
			symptoms = append(symptoms, found)
		}
	}
	return symptoms
}

// numbersOf returns the symptoms that share a status and are told apart by their numbers.
func numbersOf(status string) (symptoms []symptom.Symptom) {
	for _, other := range symptom.All() {
		if other.Status == status && other.Number != nil {
			symptoms = append(symptoms, other)
		}
	}
	return symptoms
}

// numbers lists the numbers behind a status or an NTSTATUS.
func (s *sheet) numbers(symptoms []symptom.Symptom) {
	label := labelNumbers
	for _, other := range symptoms {
		s.labelled(label, fmt.Sprintf("%-13d", *other.Number), other.Title.In(s.lang))
		label = lang.Text{}
	}
}

func (s *sheet) list(label lang.Text, texts []lang.Text, bullet func(int) string) {
	for n, text := range texts {
		s.labelled(label, bullet(n), text.In(s.lang))
		label = lang.Text{}
	}
}

// labelled writes a text beside its label; an empty text is left out.
func (s *sheet) labelled(label lang.Text, bullet, text string) {
	if text == "" {
		return
	}
	const indent, width = "  ", 10
	name := label.In(s.lang)
	lead := indent + name + strings.Repeat(" ", max(width-columns(name), 1)) + bullet
	s.wrapped(lead, indent+strings.Repeat(" ", width+len(bullet)), text)
}

// wrapped writes a text after a lead, and after another one on the lines that follow.
func (s *sheet) wrapped(lead, next, text string) {
	const most = 80
	line, empty := lead, true
	for _, piece := range pieces(text) {
		if !empty && columns(line)+columns(strings.TrimRight(piece, " ")) > most {
			s.WriteString(strings.TrimRight(line, " ") + "\n")
			line = next
		}
		line += piece
		empty = false
	}
	s.WriteString(strings.TrimRight(line, " ") + "\n")
}

// lineEnd marks in a text where a line may end.
var lineEnd = strings.NewReplacer(" ", " \x00", "、", "、\x00", "。", "。\x00", "（", "\x00（")

// pieces cuts a text wherever a line may end, and makes every run of blanks one.
func pieces(text string) []string {
	text = strings.Join(strings.Fields(text), " ")
	return strings.Split(strings.TrimSuffix(lineEnd.Replace(text), "\x00"), "\x00")
}

// columns is the width of a text of ours on a terminal: its wide characters are Japanese.
func columns(text string) (n int) {
	for _, r := range text {
		n++
		if r >= 0x2e80 {
			n++
		}
	}
	return n
}
