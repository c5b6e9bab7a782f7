package panos

import (
	"slices"
	"strings"
	"unicode"
)

// tableHeader is the head of a table of servers. The zero value reads no row.
type tableHeader struct {
	titles []string // lower case
	starts []int    // in characters
}

// parseTableHeader reads a line that names the columns that matter.
func parseTableHeader(line string) (tableHeader, bool) {
	var h tableHeader
	inWord := false
	for i, r := range []rune(line) {
		switch {
		case unicode.IsSpace(r):
			inWord = false
			continue
		case !inWord:
			h.titles, h.starts = append(h.titles, ""), append(h.starts, i)
		}
		inWord = true
		h.titles[len(h.titles)-1] += string(unicode.ToLower(r))
	}
	for _, want := range []string{"name", "host", "vsys", "status"} {
		if !slices.Contains(h.titles, want) {
			return tableHeader{}, false
		}
	}
	return h, h.titles[0] == "name" && len(h.titles) <= 20
}

// group tells the tables apart by the title of their second column.
func (h tableHeader) group() serverGroup {
	if slices.Contains(h.titles, "connection") {
		return groupSyslog
	}
	return groupDirectory
}

// row reads a line of the table: by its columns if they agree with it, else by the gaps
// of two blanks, else round the vsys, which is one word that is easy to know. Rows get out
// of step when a name is longer than its column.
func (h tableHeader) row(line string) (ServerStatus, bool) {
	if h.titles == nil {
		return ServerStatus{}, false
	}
	for _, cut := range []func(string) []string{h.byColumn, byGap} {
		if cells := cut(line); len(cells) == len(h.titles) {
			if s := h.server(cells); s.plausible(line) {
				return s, true
			}
		}
	}
	return aroundVSys(line)
}

// byColumn cuts a line where the columns start, if a blank stands before each.
func (h tableHeader) byColumn(line string) (cells []string) {
	runes := []rune(line)
	end := len(runes)
	for _, start := range slices.Backward(h.starts) {
		if start >= end || start > 0 && !unicode.IsSpace(runes[start-1]) {
			return nil
		}
		cells = append(cells, oneBlank(string(runes[start:end])))
		end = start
	}
	slices.Reverse(cells)
	return cells
}

// byGap cuts a line where there are two blanks or more.
func byGap(line string) (cells []string) {
	for _, cell := range strings.Split(strings.TrimSpace(line), "  ") {
		if cell = oneBlank(cell); cell != "" {
			cells = append(cells, cell)
		}
	}
	return cells
}

// oneBlank makes one blank of each run of blanks, and none at the ends.
func oneBlank(s string) string { return strings.Join(strings.Fields(s), " ") }

func (h tableHeader) server(cells []string) (s ServerStatus) {
	for i, title := range h.titles {
		switch title {
		case "name":
			s.Name = cells[i]
		case "type", "connection":
			s.Type = cells[i]
		case "host":
			s.Host = cells[i]
		case "vsys":
			s.VSys = cells[i]
		case "status":
			s.Status = cells[i]
		}
	}
	return s
}

// plausible says whether a way of cutting a line made sense.
func (s ServerStatus) plausible(line string) bool {
	if s.Name == "" || s.Status == "" {
		return false
	}
	for _, word := range []string{s.Type, s.Host, s.VSys} {
		if word == "" || strings.Contains(word, " ") {
			return false
		}
	}
	return isVSys(s.VSys) || !slices.ContainsFunc(strings.Fields(line), isVSys)
}

// aroundVSys reads NAME TYPE HOST VSYS STATUS from its words.
func aroundVSys(line string) (ServerStatus, bool) {
	words := strings.Fields(line)
	at := -1
	for i, word := range words {
		if isVSys(word) {
			at = i
		}
	}
	if at < 3 || at == len(words)-1 {
		return ServerStatus{}, false
	}
	return ServerStatus{
		Name:   strings.Join(words[:at-2], " "),
		Type:   words[at-2],
		Host:   words[at-1],
		VSys:   words[at],
		Status: strings.Join(words[at+1:], " "),
	}, true
}

// isVSys says whether a word is the ID of a virtual system: vsys1, vsys2, …
func isVSys(word string) bool {
	digits, ok := strings.CutPrefix(word, "vsys")
	return ok && digits != "" && strings.Trim(digits, "0123456789") == ""
}
