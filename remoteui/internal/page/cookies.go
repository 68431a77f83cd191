package page

import "strings"

// cookies are what document.cookie shows and takes.
type cookies struct {
	known string   // as in a Cookie header
	lines []string // what scripts have set, as in Set-Cookie headers
}

const maxCookies = 100

func (c *cookies) header() string { return c.known }

// set takes one cookie as scripts write it.
func (c *cookies) set(line string) {
	pair, attrs, _ := strings.Cut(line, ";")
	pair = strings.TrimSpace(pair)
	name, _, _ := strings.Cut(pair, "=")
	if pair == "" || len(c.lines) >= maxCookies || len(line) > 4096 {
		return
	}
	c.lines = append(c.lines, line)
	var kept []string
	for old := range strings.SplitSeq(c.known, ";") {
		old = strings.TrimSpace(old)
		if n, _, _ := strings.Cut(old, "="); old != "" && n != name {
			kept = append(kept, old)
		}
	}
	attrs = strings.ToLower(strings.ReplaceAll(attrs, " ", ""))
	if !strings.Contains(attrs, "max-age=0") && !strings.Contains(attrs, "1970") {
		kept = append(kept, pair)
	}
	c.known = strings.Join(kept, "; ")
}
