package wording

import (
	"net"
	"path"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/internal/lazyregexp"
)

// once says everything in a text once. Errors are about what was done, and each part
// of a program says that anew: "bind key "x" to TLS: binding "x" to TLS: busy". And an
// address of which several ports were tried has one reason for all of them.
func once(text string) string {
	if !strings.Contains(text, ": ") && !strings.Contains(text, "\n") {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = withoutEchoes(line)
	}
	return strings.Join(alike(together(lines)), "\n")
}

// named is what differs where the same is said of several: names and files.
var named = lazyregexp.New(`"(?:[^"\\]|\\.)*"|[^\s,;:]*[/\\][^\s,;]*[^\s,;:]|[\w.]+-[\w.-]+\.[a-z]{3}\b`)

// alike says what holds of several, one after another, of the first; of the others
// only what they are. A file that is named after another is not told beside it.
func alike(lines []string) []string {
	all := slices.Clone(lines)
	for i := 1; i < len(lines); i++ {
		form := named.ReplaceAllString(lines[i], "%")
		if form == lines[i] || form != named.ReplaceAllString(lines[i-1], "%") {
			continue
		}
		var names []string
		for _, name := range named.FindAllString(lines[i], -1) {
			stem := name
			if !strings.HasPrefix(name, `"`) {
				stem = strings.TrimSuffix(name, path.Ext(name))
			}
			if !slices.ContainsFunc(names, func(before string) bool { return strings.Contains(before, stem) }) {
				names = append(names, name)
			}
		}
		all[i] = "likewise: " + strings.Join(names, ", ")
	}
	return all
}

// withoutEchoes leaves out the parts of a chain that say nothing but what an earlier
// part said. The last one is why: it stays.
func withoutEchoes(line string) string {
	parts := outside(line, ": ")
	var kept []string
	for i, part := range parts {
		if i == len(parts)-1 || !slices.ContainsFunc(kept, func(before string) bool { return echoes(before, part) }) {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, ": ")
}

var word = lazyregexp.New(`"(?:[^"\\]|\\.)*"|[^\s"]+`)

// echoes reports whether every word of a text is one of another, in whatever form:
// "binding" is "bind".
func echoes(before, text string) bool {
	said := map[string]bool{}
	for _, w := range word.FindAllString(before, -1) {
		said[stem(w)] = true
	}
	words := word.FindAllString(text, -1)
	for _, w := range words {
		if !said[stem(w)] {
			return false
		}
	}
	return len(words) > 0
}

// stem is what the forms of a verb have in common; a name is itself.
func stem(w string) string {
	switch {
	case strings.HasPrefix(w, `"`):
		return w
	case w == "kept":
		return "keep"
	}
	for _, end := range []string{"ing", "ed", "e"} {
		if s, ok := strings.CutSuffix(w, end); ok && len(s) > 2 {
			return s
		}
	}
	return w
}

// tried is an attempt at an address: what it was for, the address, and how it failed.
var tried = lazyregexp.New(`^((?:.*: )?)(?:GET https?://)?([\w.-]+:\d+|\[[0-9a-fA-F:.%\w]+\]:\d+)/?: (.+)$`)

// together puts attempts that failed alike, one after another, on one line.
func together(lines []string) []string {
	var all []string
	var head, why, of string // of the last line; of is its last host
	var at []string
	for _, line := range lines {
		m := tried.FindStringSubmatch(line)
		if m == nil {
			all, at = append(all, line), nil
			continue
		}
		reason := strings.ReplaceAll(strings.ReplaceAll(m[3], " "+m[2], ""), m[2], "")
		reason = strings.TrimPrefix(strings.TrimPrefix(reason, "dial tcp: "), "connect: ")
		host, port, _ := net.SplitHostPort(m[2])
		if at == nil || m[1] != "" || reason != why {
			head, at, why, of = m[1], []string{m[2]}, reason, host
			all = append(all, line)
			continue
		}
		if of == host {
			at = append(at, port)
		} else {
			at, of = append(at, m[2]), host
		}
		all[len(all)-1] = head + strings.Join(at, ", ") + ": " + why
	}
	return all
}
