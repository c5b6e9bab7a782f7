package credential

import (
	"strings"
	"unicode"
)

// skeleton is what a directory may make of a name, and what the name of a gate is made of. To Active
// Directory jésush and jesush are one user, and so are ﾔﾏﾀﾞ and やまだ: it compares without regard to
// marks, width and kana (Microsoft's article 839515; Samba's bug 14847, which found no document of the
// rules). So this is coarser than they may be: two accounts of one gate cost nothing until one has a
// password refused that is the other's too; one account of two gates costs an attempt.
//
// A name of ASCII letters is its own skeleton.
func skeleton(name string) string {
	var b strings.Builder
	for _, r := range fold(name) {
		r = narrow(r)
		switch base, ok := bases[r]; {
		case unicode.Is(unicode.M, r) || r == '゛' || r == '゜':
		case ok:
			b.WriteString(base)
		default:
			b.WriteRune(r)
		}
	}
	return fold(b.String())
}

// narrow takes width off a character, and makes hiragana of katakana.
func narrow(r rune) rune {
	switch {
	case 'ｦ' <= r && r <= 'ﾟ':
		r = halfWidth[r-'ｦ']
	case '！' <= r && r <= '～':
		r -= '！' - '!'
	case r == '　':
		r = ' '
	}
	if 'ァ' <= r && r <= 'ヶ' || r == 'ヽ' || r == 'ヾ' {
		r -= 'ァ' - 'ぁ'
	}
	return r
}

// halfWidth are the wide characters of U+FF66 to U+FF9F.
var halfWidth = []rune("ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン゛゜")

// bases gives a letter without its mark, in lower case.
var bases = func() map[rune]string {
	m := map[rune]string{}
	for base, letters := range marked {
		for _, r := range letters {
			m[r] = base
		}
	}
	return m
}()

// marked are the letters of Latin, Greek, Cyrillic and hiragana that have a mark: those which Unicode
// decomposes into a letter and marks, and those that Unicode does not and a keyboard does (ø, ł, ß).
var marked = map[string]string{
	"a": "ªàáâãäåāăąǎǟǡǻȁȃȧḁạảấầẩẫậắằẳẵặ", "ae": "æǣǽ", "b": "ƀɓḃḅḇ", "c": "çćĉċčƈḉ",
	"d": "ðďđɗḋḍḏḑḓ", "e": "èéêëēĕėęěȅȇȩɇḕḗḙḛḝẹẻẽếềểễệ", "f": "ƒḟ", "g": "ĝğġģǥǧǵḡ",
	"h": "ĥħȟḣḥḧḩḫẖ", "i": "ìíîïĩīĭįıǐȉȋɨḭḯỉị", "j": "ĵǰɉ", "k": "ķĸƙǩḱḳḵ", "l": "ĺļľłŀɫḷḹḻḽ",
	"m": "ḿṁṃ", "n": "ñńņňŉŋǹṅṇṉṋ", "o": "ºòóôõöøōŏőơǒǫǭǿȍȏȫȭȯȱɵṍṏṑṓọỏốồổỗộớờởỡợ", "oe": "œ",
	"p": "ƥṕṗ", "r": "ŕŗřȑȓɍṙṛṝṟ", "s": "śŝşšșſṡṣṥṧṩẛ", "ss": "ßẞ", "t": "ţťŧƭțṫṭṯṱẗ", "th": "þ",
	"u": "ùúûüũūŭůűųưǔǖǘǚǜȕȗʉṳṵṷṹṻụủứừửữự", "v": "ṽṿ", "w": "ŵẁẃẅẇẉẘ", "x": "ẋẍ", "y": "ýÿŷƴȳɏẏẙỳỵỷỹ",
	"z":  "źżžƶẑẓẕ",
	"ff": "ﬀ", "fi": "ﬁ", "fl": "ﬂ", "ffi": "ﬃ", "ffl": "ﬄ", "st": "ﬅﬆ", "ij": "ĳ", "lj": "ǉ", "nj": "ǌ", "dz": "ǆǳ",
	"α": "άἀἁἂἃἄἅἆἇὰάᾰᾱᾲᾳᾴᾶᾷ", "ε": "έἐἑἒἓἔἕὲέ", "η": "ήἠἡἢἣἤἥἦἧὴήῂῃῄῆῇ", "ι": "ΐίϊἰἱἲἳἴἵἶἷὶίῐῑῒΐῖῗ",
	"ο": "όὀὁὂὃὄὅὸό", "ρ": "ῤῥ", "υ": "ΰϋύὐὑὒὓὔὕὖὗὺύῠῡῢΰῦῧ", "ω": "ώὠὡὢὣὤὥὦὧὼώῲῳῴῶῷ",
	"а": "ӑӓ", "г": "ѓ", "е": "ѐёӗ", "ж": "ӂӝ", "з": "ӟ", "и": "йѝӣӥ", "і": "ї", "к": "ќ", "о": "ӧ", "у": "ўӯӱӳ",
	"ч": "ӵ", "ы": "ӹ", "э": "ӭ",
	"う": "ゔ", "か": "が", "き": "ぎ", "く": "ぐ", "け": "げ", "こ": "ご", "さ": "ざ", "し": "じ", "す": "ず", "せ": "ぜ", "そ": "ぞ",
	"た": "だ", "ち": "ぢ", "つ": "づ", "て": "で", "と": "ど", "は": "ばぱ", "ひ": "びぴ", "ふ": "ぶぷ", "へ": "べぺ", "ほ": "ぼぽ", "ゝ": "ゞ",
}
