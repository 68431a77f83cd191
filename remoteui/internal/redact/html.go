package redact

import (
	"strings"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/internal/lazyregexp"
)

// Learn takes the names of a page's own from its source: names and ids of its
// elements, and the identifiers of its scripts.
func (r *Redactor) Learn(src string, isScript bool) {
	if isScript {
		r.learnScript(src)
		return
	}
	z := html.NewTokenizer(strings.NewReader(src))
	script := false
	for z.Next() != html.ErrorToken {
		switch t := z.Token(); t.Type {
		case html.StartTagToken, html.SelfClosingTagToken:
			script = t.Data == "script"
			for _, a := range t.Attr {
				switch {
				case a.Key == "name" || a.Key == "id" || a.Key == "class" || a.Key == "for" || a.Key == "target":
					for word := range strings.FieldsSeq(a.Val) {
						r.words[word] = true
					}
				case strings.HasPrefix(a.Key, "on"), strings.HasPrefix(strings.ToLower(a.Val), "javascript:"):
					r.learnScript(a.Val)
				}
			}
		case html.TextToken:
			if script {
				r.learnScript(t.Data)
			}
		case html.EndTagToken:
			script = false
		}
	}
}

// HTML masks a page.
func (r *Redactor) HTML(src string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(src))
	raw := ""
	for z.Next() != html.ErrorToken {
		text := string(z.Raw())
		t := z.Token()
		switch t.Type {
		case html.DoctypeToken:
			b.WriteString(text)
		case html.CommentToken: // whatever it says, no page needs it
		case html.StartTagToken, html.SelfClosingTagToken:
			b.WriteString(r.tag(t))
			if raw = ""; t.Type == html.StartTagToken && (t.Data == "script" || t.Data == "style" || t.Data == "textarea") {
				raw = t.Data
			}
		case html.EndTagToken:
			raw = ""
			b.WriteString("</" + t.Data + ">")
		case html.TextToken:
			switch raw {
			case "script":
				b.WriteString(r.Script(text))
			case "style":
			case "textarea":
				if strings.TrimSpace(t.Data) != "" {
					b.WriteString(html.EscapeString(r.mask(strings.TrimSpace(t.Data))))
				}
			default:
				b.WriteString(html.EscapeString(r.Text(t.Data)))
			}
		}
	}
	return b.String()
}

func (r *Redactor) tag(t html.Token) string {
	kind, typed := t.Data, false
	if kind == "input" {
		kind = "text"
		for _, a := range t.Attr {
			if a.Key == "type" {
				kind = strings.ToLower(strings.TrimSpace(a.Val))
			}
		}
		switch kind {
		case "submit", "button", "reset", "image", "hidden", "checkbox", "radio":
		default:
			typed = true
		}
	}
	var b strings.Builder
	b.WriteString("<" + t.Data)
	for _, a := range t.Attr {
		b.WriteString(" " + a.Key + `="` + html.EscapeString(r.attr(kind, typed, a)) + `"`)
	}
	if t.Type == html.SelfClosingTagToken {
		b.WriteString(" /")
	}
	return b.String() + ">"
}

func (r *Redactor) attr(kind string, typed bool, a html.Attribute) string {
	switch a.Key {
	case "value":
		switch {
		case typed && (kind == "password" || a.Val == ""):
			return ""
		case typed:
			return r.mask(a.Val)
		case kind == "submit" || kind == "button" || kind == "reset" || kind == "image":
			return r.Text(a.Val)
		}
		return r.Value(a.Val)
	case "alt", "title", "placeholder", "aria-label", "label", "summary":
		return r.Text(a.Val)
	case "href", "src", "action", "formaction", "background":
		return r.Address(a.Val)
	case "content":
		if kind != "meta" {
			break
		}
		if i := strings.Index(strings.ToLower(a.Val), "url="); i >= 0 {
			return a.Val[:i+4] + r.Address(strings.Trim(a.Val[i+4:], `'" `))
		}
	case "style":
		return r.Scrub(foreign.ReplaceAllString(a.Val, ""))
	}
	if strings.HasPrefix(a.Key, "on") {
		return r.Script(a.Val)
	}
	if structural[a.Key] {
		return r.Scrub(a.Val)
	}
	if i := strings.Index(strings.ToLower(a.Val), "charset="); i >= 0 && a.Key == "content" {
		return a.Val[:i+len("charset=")] + r.Value(a.Val[i+len("charset="):])
	}
	return r.Value(a.Val)
}

// foreign is what a style takes from elsewhere, or says to people.
var foreign = lazyregexp.New(`/\*[\s\S]*?\*/|url\([^)]*\)|"[^"]*"|'[^']*'`)

// structural are the attributes that say what an element is and how it looks.
var structural = func() map[string]bool {
	names := map[string]bool{}
	for n := range strings.FieldsSeq(`id class name for type method enctype target form lang dir rel rev language charset http-equiv xmlns role scope headers
		accept-charset autocomplete checked selected disabled readonly multiple required hidden async defer nowrap noresize noshade compact
		colspan rowspan span rows cols wrap size maxlength minlength width height border cellpadding cellspacing align valign bgcolor color face
		frame rules frameborder scrolling marginwidth marginheight tabindex accesskey usemap shape coords hspace vspace clear start media version`) {
		names[n] = true
	}
	return names
}()
