package profile

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// Hints for what RE2 does not have. Which constructs a firewall takes is not documented;
// all published profiles are in the subset that RE2 and POSIX share.
const (
	hintLook = "match the text itself and take the value as a group: what stands round a group is left out anyway"
	hintBack = "write the repeated text out"
	hintElse = "every published profile does without"
)

// constructs are the groups and escapes of other regular expressions that RE2 lacks.
var constructs = []struct{ begins, name, hint string }{
	{"(?=", "look-ahead", hintLook},
	{"(?!", "negative look-ahead", hintLook},
	{"(?<=", "look-behind", hintLook},
	{"(?<!", "negative look-behind", hintLook},
	{"(?P=", "back-reference", hintBack},
	{`\k`, "back-reference", hintBack},
	{`\g`, "back-reference", hintBack},
	{"(?>", "atomic group", hintElse},
	{"(?|", "branch reset", hintElse},
	{"(?#", "comment", hintElse},
	{"(?(", "condition", hintElse},
	{"(?R", "recursion", hintElse},
	{"(?P>", "recursion", hintElse},
}

// refusal says why RE2 does not take an expression, naming the construct and where it
// stands; message is empty if it does take it.
func refusal(source string) (message, hint string) {
	for at := 0; at < len(source); {
		rest := source[at:]
		for _, c := range constructs {
			if strings.HasPrefix(rest, c.begins) {
				return unsupported(c.name, c.begins, source, at), c.hint
			}
		}
		switch {
		case rest[0] == '(':
			at++ // look into the group
			continue
		case len(rest) > 1 && rest[0] == '\\' && '1' <= rest[1] && rest[1] <= '9':
			return unsupported("back-reference", rest[:2], source, at), hintBack
		}
		at = atomEnd(source, at, len(source))
	}
	_, err := regexp.Compile(source)
	var wrong *syntax.Error
	switch {
	case err == nil:
		return "", ""
	case !errors.As(err, &wrong):
		return err.Error(), ""
	case wrong.Code == syntax.ErrInvalidRepeatOp && strings.HasSuffix(wrong.Expr, "+"):
		return unsupported("possessive quantifier", wrong.Expr, source, strings.Index(source, wrong.Expr)), hintElse
	case wrong.Expr == "" || wrong.Expr == source || !strings.Contains(source, wrong.Expr):
		return wrong.Code.String(), ""
	}
	return fmt.Sprintf("%s: %s at character %d", wrong.Code, brief(wrong.Expr),
		character(source, strings.Index(source, wrong.Expr))), ""
}

func unsupported(name, text, source string, at int) string {
	return fmt.Sprintf("%s %s at character %d: RE2 has none", name, brief(text), character(source, at))
}

// character counts from 1.
func character(source string, at int) int { return 1 + utf8.RuneCountInString(source[:max(at, 0)]) }
