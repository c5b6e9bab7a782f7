package syslog

import (
	"fmt"
	"strings"
	"time"

	"github.com/uidprobe/uidprobe/nearest"
)

// TemplateError says what is wrong with a template.
type TemplateError struct {
	Column  int // of the place's dollar sign, in characters from 1
	Problem string
}

func (e *TemplateError) Error() string {
	return fmt.Sprintf("template column %d: %s", e.Column, e.Problem)
}

// cutPlace reads one "${name}" or "${time:layout}" at the start of s, and its size in bytes.
func cutPlace(s string) (name, layout string, size int, problem string) {
	inner, ok := strings.CutPrefix(s, "${")
	if !ok {
		return "", "", 0, `"$" begins a place such as ${user}; a dollar sign itself is written "$$"`
	}
	inner, _, ok = strings.Cut(inner, "}")
	if !ok {
		return "", "", 0, fmt.Sprintf(`%q has no closing "}"`, head(s))
	}
	name, layout, hasLayout := strings.Cut(inner, ":")
	switch {
	case name == "time":
		layout, problem = timeLayout(layout)
	case !isPlace(name):
		problem = fmt.Sprintf("unknown place ${%s}; %s", head(inner), suggestion(name))
	case hasLayout:
		problem = fmt.Sprintf("${%s} takes nothing behind a colon", name)
	}
	return name, layout, len("${}") + len(inner), problem
}

// timeLayout is the layout that a name stands for, or the layout itself.
func timeLayout(s string) (layout, problem string) {
	if named, ok := namedLayouts[s]; ok {
		return named, ""
	}
	if s == "" {
		return "", "${time} wants a layout: ${time:rfc3164}, ${time:rfc3339} or one of Go's, as ${time:2006-01-02 15:04:05}"
	}
	// A layout in another language ("yyyy-MM-dd") would print itself in every message.
	if time.Date(1999, 3, 28, 19, 46, 37, 123456789, time.UTC).Format(s) == s {
		return "", fmt.Sprintf("time layout %q holds no field of Go's, such as 2006-01-02 15:04:05; there are also rfc3164 and rfc3339", head(s))
	}
	return s, ""
}

func isPlace(name string) bool {
	for _, p := range Placeholders() {
		if p.Name == name {
			return true
		}
	}
	return false
}

// suggestion names the nearest place, or all if none is near.
func suggestion(name string) string {
	var names, all []string
	full := map[string]string{} // "time" is written "time:rfc3164"
	for _, p := range Placeholders() {
		short, _, isTime := strings.Cut(p.Name, ":")
		if _, seen := full[short]; seen {
			continue
		}
		full[short] = p.Name
		names = append(names, short)
		if isTime {
			short = "time:…"
		}
		all = append(all, "${"+short+"}")
	}
	if best := nearest.Word(strings.ToLower(name), names); best != "" {
		return fmt.Sprintf("did you mean ${%s}?", full[best])
	}
	return "there are " + strings.Join(all, " ")
}

// head is the beginning of a foreign text, to be shown in an error.
func head(s string) string {
	const limit = 40
	if len(s) > limit {
		return strings.ToValidUTF8(s[:limit], "") + "…"
	}
	return s
}
