package scrub

import (
	"bytes"
	"html"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// view is a text as it reads once something was undone. Each of its bytes knows
// where it came from; without places it is the text itself.
type view struct {
	b      []byte
	places [][2]int32
}

func piece(text string) view { return view{b: []byte(text)} }

func (v view) from(i int) int {
	if v.places == nil {
		return i
	}
	return int(v.places[i][0])
}

func (v view) to(i int) int {
	if v.places == nil {
		return i + 1
	}
	return int(v.places[i][1])
}

// put adds what some bytes of another view read like.
func (v *view) put(b []byte, of view, from, to int) {
	place := [2]int32{int32(of.from(from)), int32(of.to(to - 1))}
	for _, c := range b {
		v.b = append(v.b, c)
		v.places = append(v.places, place)
	}
}

// fold leaves out what is not seen, and the difference between letters that
// read the same. Without places, the result does not know where it came from.
func fold(v view, places bool) view {
	out := view{b: make([]byte, 0, len(v.b))}
	put := func(b []byte, from, to int) { out.b = append(out.b, b...) }
	if places {
		out.places = make([][2]int32, 0, len(v.b))
		put = func(b []byte, from, to int) { out.put(b, v, from, to) }
	}
	for i := 0; i < len(v.b); {
		if c := v.b[i]; c < utf8.RuneSelf {
			switch f := folded[c]; {
			case f == 0:
			case places:
				put(folded[c:c+1], i, i+1)
			default:
				out.b = append(out.b, f)
			}
			i++
			continue
		}
		r, n := utf8.DecodeRune(v.b[i:])
		if r == utf8.RuneError && n == 1 {
			put(v.b[i:i+1], i, i+1)
		} else if r = same(r); !unseen(r) {
			var b [utf8.UTFMax]byte
			put(b[:utf8.EncodeRune(b[:], r)], i, i+n)
		}
		i += n
	}
	return out
}

// folded is what fold makes of each character of ASCII, of which nearly all texts
// consist; 0: it is left out.
var folded = func() []byte {
	all := make([]byte, utf8.RuneSelf)
	for c := range rune(utf8.RuneSelf) {
		if r := same(c); !unseen(r) {
			all[c] = byte(r)
		}
	}
	return all
}()

// unseen: the replacement character stands for what a message did not show.
func unseen(r rune) bool {
	return r == '+' || r == utf8.RuneError || r == 0x34f || r >= 0xfe00 && r <= 0xfe0f || unicode.IsSpace(r) || unicode.In(r, unicode.Cc, unicode.Cf)
}

func same(r rune) rune {
	if r >= 0xff01 && r <= 0xff5e {
		r -= 0xff01 - '!'
	}
	return unicode.ToLower(unicode.ToUpper(r))
}

// decode undoes one layer of percent-encoding, of character references and of
// escapes, and reports whether there was any.
func decode(v view) (view, bool) {
	if !bytes.ContainsAny(v.b, `%&\`) {
		return v, false
	}
	out, changed := view{b: make([]byte, 0, len(v.b)), places: make([][2]int32, 0, len(v.b))}, false
	for i := 0; i < len(v.b); {
		read, n := undo(v.b[i:])
		if n == 0 {
			read, n = v.b[i:i+1], 1
		} else {
			changed = true
		}
		out.put(read, v, i, i+n)
		i += n
	}
	return out, changed
}

// undo reads one encoded character, and says in how many bytes it was written;
// 0 if b begins with none.
func undo(b []byte) ([]byte, int) {
	switch b[0] {
	case '%':
		if c, ok := number(b, 1, 2); ok {
			return []byte{byte(c)}, 3
		}
	case '&':
		const longest = 34 // of a name in HTML
		n := 1
		for n < len(b) && n < longest && (b[n] == '#' || b[n] >= '0' && b[n] <= '9' || b[n]|0x20 >= 'a' && b[n]|0x20 <= 'z') {
			n++
		}
		if n < len(b) && b[n] == ';' {
			n++
		}
		if s := html.UnescapeString(string(b[:n])); s != string(b[:n]) {
			return []byte(s), n
		}
	case '\\':
		return escape(b)
	}
	return nil, 0
}

// number reads hex digits.
func number(b []byte, at, digits int) (rune, bool) {
	if len(b) < at+digits {
		return 0, false
	}
	c, err := strconv.ParseUint(string(b[at:at+digits]), 16, 32)
	return rune(c), err == nil
}

func escape(b []byte) ([]byte, int) {
	if len(b) < 2 {
		return nil, 0
	}
	switch b[1] {
	case 'u':
		if len(b) > 2 && b[2] == '{' {
			end := strings.IndexByte(string(b[:min(len(b), 12)]), '}')
			if end > 3 {
				if c, ok := number(b, 3, end-3); ok {
					return utf8.AppendRune(nil, c), end + 1
				}
			}
			return nil, 0
		}
		c, ok := number(b, 2, 4)
		if !ok {
			return nil, 0
		}
		if utf16.IsSurrogate(c) && len(b) >= 12 && b[6] == '\\' && b[7] == 'u' {
			if low, ok := number(b, 8, 4); ok {
				return utf8.AppendRune(nil, utf16.DecodeRune(c, low)), 12
			}
		}
		return utf8.AppendRune(nil, c), 6
	case 'U':
		if c, ok := number(b, 2, 8); ok {
			return utf8.AppendRune(nil, c), 10
		}
	case 'x':
		if c, ok := number(b, 2, 2); ok {
			// Go writes bytes so, JavaScript characters: those of a password in
			// ASCII are the same.
			return utf8.AppendRune(nil, c), 4
		}
	case 'n', 'r', 't', 'v', 'f', 'b', 'a', '0':
		return []byte{' '}, 2
	case '"', '\'', '\\', '/', '`':
		return b[1:2], 2
	}
	return nil, 0
}
