package wording

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rekey-go/rekey/internal/lazyregexp"
)

// What the library says is English: notices, steps, reasons and errors are read by
// programs and put into logs, too. Here a sentence is recognised by its form, which is
// the format that the code has it from, and said again in the reader's language with
// the same texts in it. An error wraps another, a reason holds one, so what is in a
// form is looked at likewise. What nobody knows stays English, and so do names, and
// what a device said.

//go:embed sentences.txt
var sentences string

// form is what a sentence is known by.
type form struct {
	format string                // in English
	next   string                // of a reason: what to do about it
	has    string                // the longest of its words that do not change
	match  func() *regexp.Regexp // made when it is first needed: there are hundreds
	open   []bool                // of each place: whether a sentence may stand there
	in     map[string]string
}

// forms are all that is known, those first that say more. Who reads English needs none.
var forms = sync.OnceValue(func() []form {
	var all []form
	for _, r := range reasons {
		all = append(all, newForm(r.reason, r.next, map[string]string{"zh-TW": zhTW[r.reason], "ja": ja[r.reason]}))
	}
	for _, lines := range blocks(sentences) {
		all = append(all, newForm(strings.TrimPrefix(strings.TrimPrefix(lines[0], composed), foreign), "", map[string]string{"zh-TW": lines[1], "ja": lines[2]}))
	}
	slices.SortStableFunc(all, func(a, b form) int {
		if a.hint() != b.hint() {
			return map[bool]int{true: -1, false: 1}[a.hint()]
		}
		return len(b.literal()) - len(a.literal())
	})
	return all
})

// composed marks a sentence that the code puts together of several, foreign one of
// the standard library.
const composed, foreign = "+ ", "* "

// blocks are the three lines of each sentence in the table.
func blocks(table string) (all [][]string) {
	for block := range strings.SplitSeq(strings.ReplaceAll(table, "\r\n", "\n"), "\n\n") {
		var lines []string
		for line := range strings.Lines(block) {
			if line = strings.TrimRight(line, "\n"); line != "" && !strings.HasPrefix(line, "# ") {
				lines = append(lines, strings.ReplaceAll(line, `\n`, "\n"))
			}
		}
		if len(lines) == 3 {
			all = append(all, lines)
		}
	}
	return all
}

var verb = lazyregexp.New(`%(?:\[\d\])?[-+#.0-9]*[a-z]`)

func (f *form) literal() string { return verb.ReplaceAllString(f.format, "") }

// hint reports whether a form is any sentence with a remark in brackets behind it.
func (f *form) hint() bool {
	return strings.HasPrefix(f.format, "%s (") && strings.HasSuffix(f.format, ")") && strings.Count(f.format, "%") == 1
}

func newForm(format, next string, in map[string]string) form {
	f := form{format: format, next: next, in: in}
	pattern, last := "^", 0
	for _, at := range verb.FindAllStringIndex(format, -1) {
		pattern += f.fixed(format[last:at[0]])
		last = at[1]
		quoted := format[at[1]-1] == 'q'
		f.open = append(f.open, !quoted)
		switch {
		case format[at[1]-1] == 'd':
			pattern += `(-?[0-9]+)`
		case quoted:
			pattern += `"((?:[^"\\]|\\.)*)"`
		case at[0] == 0 && !strings.HasPrefix(format[last:], ";"):
			pattern += `([^;\n]+?)` // a sentence that stands before another is not its beginning
		default:
			pattern += `([^\n]+?)`
		}
	}
	pattern += f.fixed(format[last:]) + "$"
	f.match = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
	return f
}

// fixed is a part of a form that does not change.
func (f *form) fixed(part string) string {
	if len(part) > len(f.has) {
		f.has = part
	}
	return regexp.QuoteMeta(part)
}

// deepest bounds how many sentences one may hold: a device's text may look like one.
const deepest = 5

// What is looked at: so many bytes, or so many lines of that.
const longest, mostLines = 2000, 50

// Sentence is something that the library says, in the language, and each thing once.
func (l Lang) Sentence(text string) string {
	if len(text) > longest {
		lines := strings.Split(text, "\n")
		if len(lines) == 1 || len(lines) > mostLines || slices.ContainsFunc(lines, func(s string) bool { return len(s) > longest }) {
			return text
		}
		lines = alike(together(lines))
		for i, line := range lines {
			lines[i] = l.Sentence(line)
		}
		return strings.Join(lines, "\n")
	}
	if text = once(text); translations[string(l)] == nil {
		return text
	}
	said, _ := l.tell(text, deepest)
	return said
}

// Sayf is a sentence of which the caller has the format. It is in sentences.txt, which
// a test sees to, and need not be recognised by what was put into it.
func (l Lang) Sayf(format string, args ...any) string {
	verbs := verb.FindAllString(format, -1)
	f := byFormat()[format]
	if translations[string(l)] == nil || f == nil || len(verbs) != len(args) {
		return l.Sentence(fmt.Sprintf(format, args...))
	}
	texts := make([]any, len(args))
	for i, a := range args {
		text := fmt.Sprintf(verbs[i], a)
		if strings.HasSuffix(verbs[i], "q") {
			text = text[1 : len(text)-1]
		}
		texts[i] = text
	}
	said, _ := l.fill(f, texts, deepest)
	return said
}

// byFormat finds a form by its format.
var byFormat = sync.OnceValue(func() map[string]*form {
	all, by := forms(), map[string]*form{}
	for i := range all {
		by[all[i].format] = &all[i]
	}
	return by
})

// tell says how much of the text nobody knows, in bytes. Where sentences follow on one
// another, or one is about another, that is taken apart in the way that leaves least.
func (l Lang) tell(text string, depth int) (said string, unknown int) {
	said, unknown = text, len(text)
	if depth == 0 || strings.TrimSpace(text) == "" {
		return said, unknown
	}
	if lines := strings.Split(text, "\n"); len(lines) > 1 && !recognised(text) {
		return l.each(lines, "\n", "\n", depth)
	}
	better := func(other string, n int) {
		if n < unknown {
			said, unknown = other, n
		}
	}
	if parts := outside(text, "; "); len(parts) > 1 {
		better(l.each(parts, "; ", l.say("; "), depth))
	}
	if unknown > 0 {
		better(l.known(text, depth))
	}
	if parts := outside(text, ": "); len(parts) > 1 && unknown > 0 {
		before, a := l.tell(parts[0], depth-1)
		after, b := l.tell(strings.Join(parts[1:], ": "), depth-1)
		if n := a + b + len(": "); n < len(text) {
			better(l.say("%[1]s: %[2]s", before, after), n)
		}
	}
	return said, unknown
}

// each tells every part of a text, with another separator than before.
func (l Lang) each(parts []string, before, between string, depth int) (string, int) {
	all := (len(parts) - 1) * len(before)
	for i, part := range parts {
		said, unknown := l.tell(part, depth-1)
		parts[i], all = said, all+unknown
	}
	return strings.Join(parts, between), all
}

// whole is a text that is in the tables as it is; empty if it is not.
func (l Lang) whole(text string) string {
	if said := translations[string(l)][text]; !strings.Contains(text, "%") && said != "" {
		return said // a usage, say
	}
	if f, args := recognise(text); f != nil && len(args) == 0 {
		return f.in[string(l)]
	}
	return ""
}

// known says a text whose form is known; else all of it is unknown.
func (l Lang) known(text string, depth int) (said string, unknown int) {
	if said := l.whole(text); said != "" {
		return said, 0
	}
	f, args := recognise(text)
	if f == nil {
		return text, len(text)
	}
	return l.fill(f, args, depth)
}

// fill puts texts into a sentence of the language, each told itself if it is one.
func (l Lang) fill(f *form, args []any, depth int) (said string, unknown int) {
	for i, a := range args {
		if !f.open[i] {
			continue // a name, whatever it looks like
		}
		s := a.(string)
		if name, err := strconv.Unquote(s); err == nil && strconv.Quote(name) == `"`+name+`"` { // in quotes of the language
			args[i] = name
		} else if d, err := time.ParseDuration(s); err == nil && s != "0" { // a number
			args[i] = l.duration(d)
		} else if s == anyone {
			args[i] = l.say(anyone)
		} else {
			var n int
			if args[i], n = l.tell(s, depth-1); strings.Count(s, " ") > 2 { // else a name
				unknown += n
			}
		}
	}
	return fmt.Sprintf(f.in[string(l)], args...), unknown
}

func recognised(text string) bool { f, _ := recognise(text); return f != nil }

// duration is a time that something takes, of which people read two units at most.
func (l Lang) duration(d time.Duration) string {
	whole := d.Round(time.Second)
	h, m, s := int(whole.Hours()), int(whole.Minutes())%60, int(whole.Seconds())%60
	switch {
	case whole < 10*time.Second && d != whole:
		return l.say("%.1fs", d.Seconds())
	case h > 0 && m > 0:
		return l.say("%dh %dm", h, m)
	case h > 0:
		return l.say("%dh", h)
	case m > 0 && s > 0:
		return l.say("%dm %ds", m, s)
	case m > 0:
		return l.say("%dm", m)
	}
	return l.say("%ds", s)
}

// recognise finds the form of a text, and what is in it.
func recognise(text string) (*form, []any) {
	all := forms()
	for i := range all {
		f := &all[i]
		if !strings.Contains(text, f.has) { // soon seen
			continue
		}
		if m := f.match().FindStringSubmatch(text); m != nil {
			args := make([]any, len(m)-1)
			for j := range args {
				args[j] = m[j+1]
			}
			return f, args
		}
	}
	return nil, nil
}

// outside splits a text where a separator stands outside of quotes and brackets.
func outside(text, separator string) (parts []string) {
	quoted, depth, begin := false, 0, 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')':
			depth = max(0, depth-1)
		case depth == 0 && strings.HasPrefix(text[i:], separator):
			parts = append(parts, text[begin:i])
			begin = i + len(separator)
			i = begin - 1
		}
	}
	return append(parts, text[begin:])
}
