package wording

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rekey-go/rekey/internal/lazyregexp"
)

// Cells is the room that s takes on a terminal: East Asian text is two cells
// wide, a mark above a letter takes none.
func Cells(s string) (n int) {
	for _, r := range s {
		n += runeCells(r)
	}
	return n
}

func runeCells(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case r >= 0x1100 && r < 0x1160, r >= 0x2e80: // Hangul, and from the CJK radicals on
		return 2
	}
	return 1
}

// Fit shortens s to a number of cells.
func Fit(s string, room int) string {
	if Cells(s) <= room {
		return s
	}
	room-- // for the ellipsis
	used := 0
	for i, r := range s {
		if used += runeCells(r); used > room {
			return s[:i] + "…"
		}
	}
	return s
}

// Pad fills s up to a number of cells.
func Pad(s string, room int) string { return s + strings.Repeat(" ", max(0, room-Cells(s))) }

// Wrap breaks every line of text that is wider than width cells, at blanks and
// between East Asian characters; lines after the first begin with hang blanks
// more than the line itself. A word that is longer than a line is cut, unless it is
// a path or an address, which somebody may want to paste. A flag stays with its value. Width zero or less: nothing is broken.
func Wrap(text string, width, hang int) string {
	if width <= 0 {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = wrapLine(strings.TrimRight(line, " "), width, hang)
	}
	return strings.Join(lines, "\n")
}

// pasted is a path, an address or the name of a file.
var pasted = lazyregexp.New(`[/\\]|^[\w.-]+\.[a-z]{3}[,;:.]?\s*$`)

func wrapLine(line string, width, hang int) string {
	if Cells(line) <= width {
		return line
	}
	body := strings.TrimLeft(line, " ")
	indent := strings.Repeat(" ", min(len(line)-len(body), width/2))
	next := strings.Repeat(" ", min(len(indent)+hang, width/2))
	var lines []string
	now, empty := indent, true
	end := func() { lines, now, empty = append(lines, strings.TrimRight(now, " ")), next, true }
	for _, piece := range pieces(body) {
		if !empty && wider(piece, width-Cells(now)) {
			end()
		}
		for !pasted.MatchString(piece) && wider(piece, width-Cells(now)) { // longer than a line
			head := cut(piece, width-Cells(now))
			now, piece = now+head, piece[len(head):]
			end()
		}
		now, empty = now+piece, false
	}
	end()
	return strings.Join(lines, "\n")
}

// wider reports whether s, but for blanks at its end, takes more than room. It does
// not read on where that is clear: a device's text may be long.
func wider(s string, room int) bool {
	used, blanks := 0, 0
	for _, r := range s {
		if r == ' ' {
			blanks++
			continue
		}
		if used, blanks = used+blanks+runeCells(r), 0; used > room {
			return true
		}
	}
	return false
}

// cut is the beginning of s that fits into room, one character at least.
func cut(s string, room int) string {
	used, colon := 0, 0 // a fingerprint is cut behind a colon
	for i, r := range s {
		if used += runeCells(r); used > room && i > 0 {
			if colon > i/2 {
				return s[:colon]
			}
			return s[:i]
		}
		if r == ':' {
			colon = i + 1
		}
	}
	return s
}

// pieces are what a line may be broken between.
func pieces(s string) []string {
	var all []string
	begin := 0
	for i, r := range s {
		if i == begin {
			continue
		}
		before, _ := utf8.DecodeLastRuneInString(s[:i])
		if breakable(before, r) && !flagBefore(s[begin:i]) {
			all, begin = append(all, s[begin:i]), i
		}
	}
	return append(all, s[begin:])
}

// breakable reports whether a line may end between two characters.
func breakable(before, after rune) bool {
	if after == ' ' || strings.ContainsRune("，。、；：！？）」』］〉》…ー・〜々ぁぃぅぇぉっゃゅょァィゥェォッャュョ", after) || strings.ContainsRune("（「『［〈《", before) {
		return false
	}
	return before == ' ' || runeCells(before) == 2 || runeCells(after) == 2
}

// flagBefore reports whether the words end in a flag of a command line, whose
// value follows.
func flagBefore(s string) bool {
	word := strings.TrimRight(s, " ")
	last := word[strings.LastIndexByte(word, ' ')+1:]
	return len(word) < len(s) && len(last) > 2 && last[0] == '-' && unicode.IsLower(rune(last[1])) && !strings.ContainsAny(last, ",:;.)")
}
