package scrub

import "strings"

// needles are what is looked for, all of them at once: a page is gone over many
// times, and each cookie alone has some thirty spellings.
type needles struct {
	all   []needle
	exact []int            // those looked for in the text as it is
	begin map[uint32][]int // the others, by their first four bytes
	may   [heads / 64]uint64
}

// heads is how many bits tell most texts from those that some needle begins.
const heads = 1 << 12

func sorted(all []needle) *needles {
	s := &needles{all: all, begin: make(map[uint32][]int, len(all))}
	for i, n := range all {
		if n.exact {
			s.exact = append(s.exact, i)
			continue
		}
		head := uint32(n.text[0]) | uint32(n.text[1])<<8 | uint32(n.text[2])<<16 | uint32(n.text[3])<<24
		s.begin[head] = append(s.begin[head], i)
		bit := bitOf(head)
		s.may[bit/64] |= 1 << (bit % 64)
	}
	return s
}

func bitOf(head uint32) uint32 { return head * 2654435761 >> 20 }

// find looks for the needles in what a text reads like, undone layer by layer.
func (s *needles) find(text string) []span {
	var all []span
	for _, i := range s.exact {
		n := s.all[i]
		for at := 0; ; {
			i := strings.Index(text[at:], n.text)
			if i < 0 {
				break
			}
			all = append(all, span{at + i, at + i + len(n.text), n.word})
			at += i + len(n.text)
		}
	}
	for v, depth := piece(text), 0; ; depth++ {
		// Nearly always there is none: then nobody asks where what stood.
		if read := string(fold(v, false).b); s.in(read, nil) {
			folded := fold(v, true)
			s.in(read, func(n needle, at int) { all = append(all, folded.whole(text, n, at)...) })
			all = append(all, s.cut(folded, read)...)
		}
		var more bool
		if v, more = decode(v); !more || depth == maxDepth {
			return all
		}
	}
}

// in calls found for each place of each needle, which do not overlap. Without found
// it reports whether there may be any, cut off or not.
func (s *needles) in(read string, found func(n needle, at int)) bool {
	if found == nil && strings.Contains(read, "…") {
		return true
	}
	var free map[int]int // where the last place of a needle ended
	var head uint32
	for end := range len(read) {
		if head = head>>8 | uint32(read[end])<<24; end < MinLength-1 {
			continue
		}
		if bit := bitOf(head); s.may[bit/64]>>(bit%64)&1 == 0 {
			continue
		}
		at := end - (MinLength - 1)
		for _, i := range s.begin[head] {
			n := s.all[i]
			if at < free[i] || !strings.HasPrefix(read[at:], n.text) {
				continue
			}
			if found == nil {
				return true
			}
			if free == nil {
				free = make(map[int]int)
			}
			free[i] = at + len(n.text)
			found(n, at)
		}
	}
	return false
}

// whole is where a needle stands that was found at a place of a folded view, if it
// is one.
func (v view) whole(text string, n needle, at int) []span {
	f := span{v.from(at), v.to(at + len(n.text) - 1), n.word}
	if n.base64 {
		f = widen(text, f, isBase64)
	}
	if n.plain && len(n.text) < shortDigits && f.to-f.from == len(n.text) && allOf(n.text, isHex) {
		if w := widen(text, f, func(c byte) bool { return isHex(c) || c == ':' }); w.to-w.from >= minHash {
			return nil
		}
	}
	return []span{f}
}

// cut finds secrets of which an ellipsis has left the beginning.
func (s *needles) cut(v view, read string) (all []span) {
	for at := 0; ; {
		i := strings.Index(read[at:], "…")
		if i < 0 {
			return all
		}
		end := at + i
		at = end + len("…")
		for _, n := range s.all {
			if !n.plain || n.exact {
				continue
			}
			for k := min(len(n.text), end); k >= MinLength; k-- {
				if read[end-k:end] == n.text[:k] {
					all = append(all, span{v.from(end - k), v.to(end - 1), n.word})
					break
				}
			}
		}
	}
}
