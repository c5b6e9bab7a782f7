package plan

import (
	"net/netip"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/profile"
	"github.com/uidprobe/uidprobe/profile/library"
)

// withSample gives a profile out of a configuration a sample message, which no configuration has:
// that of a profile of the library which looks for the same, or one made of what the profile looks
// for. Without one the profile is returned as it is; ok says which.
func withSample(p profile.Profile, dialect panos.Dialect) (_ profile.Profile, ok bool) {
	if len(p.Samples) > 0 {
		return p, true
	}
	for _, vendor := range library.All() {
		for _, known := range vendor.Profiles {
			if sameIdentifier(p, known) && len(known.Samples) > 0 {
				p.Samples = known.Samples
				return p, true
			}
		}
	}
	for _, message := range candidates(p, dialect) {
		if reads(p, dialect, message) {
			p.Samples = []profile.Sample{{Message: message, User: "${user}", Address: "${address}"}}
			return p, true
		}
	}
	return p, false
}

func sameIdentifier(a, b profile.Profile) bool {
	switch {
	case a.Regex != nil && b.Regex != nil:
		return *a.Regex == *b.Regex
	case a.Field != nil && b.Field != nil:
		return *a.Field == *b.Field
	}
	return false
}

// candidates are messages made of the parts that a profile looks for, in each order: an expression
// may be bound to the start or the end, and a prefix may also stand in another part.
func candidates(p profile.Profile, dialect panos.Dialect) (list []string) {
	var event, user, address string
	switch {
	case p.Field != nil:
		f := p.Field
		event = escaped(f.EventString)
		user = escaped(f.UsernamePrefix) + "${user}" + delimiter(f.UsernameDelimiter)
		address = escaped(f.AddressPrefix) + "${address}" + delimiter(f.AddressDelimiter)
	case p.Regex != nil:
		event = madeOf(p.Regex.EventRegex, "", dialect)
		user = madeOf(p.Regex.UsernameRegex, "${user}", dialect)
		address = madeOf(p.Regex.AddressRegex, "${address}", dialect)
	}
	for _, between := range []string{" ", "", ", "} {
		for _, parts := range [][]string{
			{event, user, address}, {event, address, user}, {user, event, address},
			{address, event, user}, {user, address, event}, {address, user, event},
		} {
			list = append(list, strings.Join(parts, between))
		}
	}
	return list
}

// delimiter is what stands for a delimiter in a message. Of a line break there is nothing: the end of
// the message is one as well.
func delimiter(text string) string {
	switch text {
	case `\s`:
		return " "
	case `\t`:
		return "\t"
	case `\n`:
		return ""
	}
	return escaped(text)
}

// escaped is a text within a template, where a dollar sign begins a placeholder.
func escaped(text string) string { return strings.ReplaceAll(text, "$", "$$") }

// reads says whether the profile reads the user and the address out of the message.
func reads(p profile.Profile, dialect panos.Dialect, message string) bool {
	if !strings.Contains(message, "${user}") || !strings.Contains(message, "${address}") || strings.ContainsAny(message, "\r\n") {
		return false
	}
	matcher, err := profile.Compile(profile.Config{Attachments: []profile.Attachment{{Profile: p, Event: panos.Login}}, Dialect: dialect})
	if err != nil {
		return false
	}
	// As probe composes them; an expression may read no more than letters and digits.
	for _, user := range []string{DefaultUsers + "0a1b2c-001", "uidprobe0a1b2c001"} {
		address := netip.MustParseAddr("198.51.100.7")
		text := strings.NewReplacer("$$", "$", "${user}", user, "${address}", address.String()).Replace(message)
		found := matcher.Match(nil, []byte(text))
		if len(found) == 1 && strings.EqualFold(found[0].User, user) && slices.Equal(found[0].Addresses, []netip.Addr{address}) {
			return true
		}
	}
	return false
}

// madeOf makes a short text that an expression finds. The group that the dialect takes becomes the
// placeholder; without a group the whole does.
func madeOf(expression, placeholder string, dialect panos.Dialect) string {
	re, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return ""
	}
	m := maker{placeholder: placeholder, group: 1}
	if dialect.Group == panos.GroupLast {
		m.group = re.MaxCap()
	}
	if placeholder != "" && re.MaxCap() == 0 {
		return placeholder
	}
	m.add(re, 0)
	return m.text.String()
}

type maker struct {
	text        strings.Builder
	placeholder string
	group       int
}

// maxMade bounds what is made of nested repetitions.
const maxMade = 2048

func (m *maker) add(re *syntax.Regexp, depth int) {
	if m.text.Len() > maxMade || depth > 100 {
		return
	}
	switch re.Op {
	case syntax.OpLiteral:
		m.text.WriteString(escaped(string(re.Rune)))
	case syntax.OpCharClass:
		m.text.WriteString(escaped(string(oneOf(re.Rune))))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		m.text.WriteByte('x')
	case syntax.OpCapture:
		if m.placeholder != "" && re.Cap == m.group {
			m.text.WriteString(m.placeholder)
			return
		}
		m.add(re.Sub[0], depth+1)
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			m.add(sub, depth+1)
		}
	case syntax.OpAlternate, syntax.OpPlus:
		m.add(re.Sub[0], depth+1)
	case syntax.OpRepeat:
		for range re.Min {
			m.add(re.Sub[0], depth+1)
		}
	case syntax.OpStar, syntax.OpQuest:
		if holds(re.Sub[0], m.group) && m.placeholder != "" {
			m.add(re.Sub[0], depth+1)
		}
	}
}

// holds says whether a group stands in an expression.
func holds(re *syntax.Regexp, group int) bool {
	return re.Op == syntax.OpCapture && re.Cap == group ||
		slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return holds(sub, group) })
}

// oneOf is a character of a class, one that people write if there is one. ranges are pairs.
func oneOf(ranges []rune) rune {
	in := func(r rune) bool {
		for i := 0; i+1 < len(ranges); i += 2 {
			if ranges[i] <= r && r <= ranges[i+1] {
				return true
			}
		}
		return false
	}
	for _, r := range "a1A -:=," {
		if in(r) {
			return r
		}
	}
	for i := 0; i+1 < len(ranges); i += 2 {
		for r := ranges[i]; r <= ranges[i+1] && r < ranges[i]+128; r++ {
			if unicode.IsPrint(r) {
				return r
			}
		}
	}
	return 'x'
}
