package deviceinfo

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// maxSerial bounds a serial number, in characters: those of devices have eight or so.
const maxSerial = 64

// SerialKey is one for every spelling of a serial number that may be a spreadsheet's
// or a person's doing: letter case, blanks and hyphens do not count, nor do the wide
// characters of Japanese pages, what is said in brackets at the end, nor zeros at the front
// of one that has digits only, which spreadsheets lose. Of one with letters they stay.
// Empty: it names no device, because it has no digit ("-", "n/a"), is too long, or has
// other characters: a number that is masked or decorated ("****0255", "No. 0255") is not
// understood, rather than another one.
func SerialKey(text string) string {
	if utf8.RuneCountInString(text) > maxSerial {
		return ""
	}
	digits, others, foreign := 0, 0, false
	key := strings.Map(func(c rune) rune {
		c = narrow(c)
		switch {
		case unicode.IsSpace(c), unicode.Is(unicode.Pd, c), unicode.Is(unicode.Cf, c):
			return -1
		case c >= '0' && c <= '9':
			digits++
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z':
			others++
		default:
			foreign = true
		}
		return unicode.ToUpper(c)
	}, withoutTail(text))
	switch {
	case digits == 0 || foreign:
		return ""
	case others > 0:
		return key
	}
	if short := strings.TrimLeft(key, "0"); short != "" {
		return short
	}
	return "0"
}

func narrow(c rune) rune {
	if c >= '！' && c <= '～' {
		c -= '！' - '!'
	}
	return c
}

// withoutTail leaves out what is said in brackets at the end.
func withoutTail(text string) string {
	text = strings.TrimSpace(strings.Map(narrow, text))
	if i := strings.IndexAny(text, "(["); i > 0 && strings.HasSuffix(text, map[byte]string{'(': ")", '[': "]"}[text[i]]) {
		return text[:i]
	}
	return text
}

// SameSerial reports whether two serial numbers are one device's; what names none is
// no device's.
func SameSerial(a, b string) bool {
	key := SerialKey(a)
	return key != "" && key == SerialKey(b)
}

// ownSerial is the serial number that a page of device information shows as the
// device's own; empty: none that surely is. Finishers, feeders and fax units have numbers
// too, and no public document says what a page calls any of them: so it is believed only
// where nothing but labels and values stands between it and the name of the product,
// and where no other label reads like that of a serial number, unless its own names the
// device. Nothing is waited for or brought to the front: who shows none is read as ever.
func ownSerial(p *remoteui.Page) string {
	if text, pinned := p.Pinned(labels.DeviceSerial); pinned {
		return understood(text)
	}
	pairs := inLines(p.Pairs())
	product := slices.IndexFunc(pairs, func(pair remoteui.Pair) bool {
		return findModel([]string{pair.Value}) != "" && p.Is(labels.ProductName, pair.Label)
	})
	if product < 0 {
		return ""
	}
	shown := tight(p.Text())
	var naming, bare []string // the values of labels that name the device, and of those that name nothing
	unknown := false
	for i, pair := range pairs {
		switch {
		case !p.Is(labels.DeviceSerial, pair.Label):
			unknown = unknown || p.Mentions(labels.DeviceSerial, pair.Label) || strings.Contains(strings.ToLower(pair.Label), "serial")
		case !together(shown, pairs, product, i):
		case p.Is(labels.SerialNumber, pair.Label):
			bare = append(bare, pair.Value)
		default:
			naming = append(naming, pair.Value)
		}
	}
	switch naming, bare = slices.Compact(naming), slices.Compact(bare); {
	case len(naming) == 1:
		return understood(naming[0])
	case len(naming) == 0 && len(bare) == 1 && !unknown:
		return understood(bare[0])
	}
	return ""
}

// inLines takes two lines that stand in a block of their own, each with its label and
// its value, for what they are; a page reads them as one label with its value.
func inLines(pairs []remoteui.Pair) []remoteui.Pair {
	cut := func(line string) (p remoteui.Pair, ok bool) {
		i := strings.IndexAny(line, ":：")
		if i <= 0 {
			return p, false
		}
		p = remoteui.Pair{Label: line[:i], Value: strings.TrimSpace(strings.TrimLeft(line[i:], ":："))}
		return p, p.Value != ""
	}
	var all []remoteui.Pair
	for _, pair := range pairs {
		first, two := cut(pair.Label)
		second, and := cut(pair.Value)
		if two && and {
			all = append(all, first, second)
		} else {
			all = append(all, pair)
		}
	}
	return all
}

func understood(serial string) string {
	if SerialKey(serial) == "" {
		return ""
	}
	return strings.Join(strings.Fields(serial), " ")
}

// together reports whether a text holds the labels and values from that of the product to
// a serial number's with nothing in between. A label without a value may be a heading.
// The number itself, which may hold a password and be masked in the text, need not be in it.
func together(text string, pairs []remoteui.Pair, product, serial int) bool {
	first, last := min(product, serial), max(product, serial)
	var between strings.Builder
	for _, pair := range pairs[first:last] {
		if pair.Value == "" {
			return false
		}
		between.WriteString(pair.Label + pair.Value)
	}
	return strings.Contains(text, tight(between.String()+pairs[last].Label))
}

// tight leaves out what stands between a label and its value.
func tight(text string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) || unicode.Is(unicode.Cf, c) || c == ':' || c == '：' {
			return -1
		}
		return c
	}, text)
}
