package models

import (
	"strings"
	"unicode"

	"github.com/rekey-go/rekey/internal/lazyregexp"
)

// maxNameLen bounds what is read as a model name, in bytes.
const maxNameLen = 200

// name is a model name taken apart. Family and generation are part of the
// identity: "iR C3226" and "iR-ADV C3226" are different machines, "C5560" and
// "C5560 III" too. The DX mark and the suffixes that tell an equipment (i, iF,
// iFC, F, iZ, PRO) are not. // M-3
type name struct {
	family     string // iR-ADV, iR or iPR
	number     string // "C5560", "2425"
	variant    string // "B" or ""
	generation string // "II", "III" or ""
}

// nameHead splits a clean name into family, number and what follows. The
// families with more words stand first, else "iR" would match all of them.
var nameHead = lazyregexp.New(`^(?i:canon )?(?i:` +
	`(?P<adv>image ?runner[ -]?adv(?:ance)?|ir[ -]?adv(?:ance)?)(?:[ -]?dx)?|` +
	`(?P<press>(?:image ?press|ipr)(?: lite)?)|` +
	`(?P<runner>image ?runner|ir)` +
	`)[ -]?(?P<number>[Cc]?[0-9]+)(?P<tail>.*)$`)

// The two shapes of what follows the number: a suffix other than i or none,
// and the suffix i. "III" fits both (i + II): see splitTail.
var (
	plainTail = lazyregexp.New(`^(?i:(b?)(?: ?(?:ifc|if|iz|f|pro))?(?:[ -]?(iii|ii))?)$`)
	iTail     = lazyregexp.New(`^(?i:(b?) ?i(?:[ -]?(iii|ii))?)$`)
	threeI    = lazyregexp.New(`^(?i:b?)([ -]?)([Ii]{3})$`)
)

// parseName takes a model name apart. It fails unless the whole text is a name
// of one of the three families of the table, whether listed or not.
func parseName(s string) (name, bool) {
	text, ok := clean(s, maxNameLen)
	if !ok {
		return name{}, false
	}
	match := nameHead.FindStringSubmatch(text)
	if match == nil {
		return name{}, false
	}
	group := func(key string) string { return match[nameHead.SubexpIndex(key)] }
	n := name{family: "iR", number: strings.ToUpper(group("number"))}
	switch {
	case group("adv") != "":
		n.family = "iR-ADV"
	case group("press") != "":
		n.family = "iPR"
	}
	n.variant, n.generation, ok = splitTail(group("tail"), strings.ContainsFunc(text, unicode.IsLower))
	return n, ok
}

// splitTail reads what follows the number. Anything beyond a variant, one
// known suffix and a generation is refused: what "V2" or "UFR II" means for
// the firmware nobody has said.
//
// Three letters I can be the generation III or the suffix i with generation
// II. Case, a space or a hyphen decides; where neither does, and for i + II, which no
// row has, the name is refused. cased tells that the name as a whole uses
// small letters.
func splitTail(tail string, cased bool) (variant, generation string, ok bool) {
	shape := plainTail
	if m := threeI.FindStringSubmatch(tail); m != nil {
		apart, letters := m[1] != "", m[2]
		third := letters == "III" && (apart || cased) || letters == "iii" && apart
		if !third {
			return "", "", false
		}
	} else if iTail.MatchString(tail) {
		shape = iTail
	}
	m := shape.FindStringSubmatch(tail)
	if m == nil {
		return "", "", false
	}
	return strings.ToUpper(m[1]), strings.ToUpper(m[2]), true
}

// otherFamily matches the beginning of names of Canon machines that no row of
// the table speaks of.
var otherFamily = lazyregexp.New(`^(?i:(?:canon )?(?:` +
	`image(?:force|class|prograf|press)|i-sensys|satera|varioprint|maxify|pixma|lbp|mf` +
	`)[ -]?[a-z]{0,3}[ -]?[0-9]{3,5})`)

// LooksLikeModel tells whether a text of a page begins like the name of a
// Canon machine, listed or not, whatever follows. It finds the model where no
// label names it; use [Match] for what the name means. // M-1
func LooksLikeModel(text string) bool {
	cleaned, ok := clean(text, maxNameLen)
	if !ok {
		return false
	}
	if match := nameHead.FindStringSubmatch(cleaned); match != nil {
		digits := len(strings.TrimLeft(match[nameHead.SubexpIndex("number")], "Cc"))
		return digits == 3 || digits == 4
	}
	return otherFamily.MatchString(cleaned)
}
