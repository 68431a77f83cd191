package simdevice

import (
	"fmt"
	"html"
	"strings"
)

// column of a list. A cell is one of its templates: the one by the record's
// number in by, or the only one. "%nm%" stands for the record's field nm.
type column struct {
	head string
	html []string
	by   string
}

// record is a row: texts and numbers by short names, in the order written.
type record []struct {
	name  string
	value any
}

// list writes a list in the way this page's author did: as markup, by scripts
// in pieces, or as script data that functions turn into rows.
func (p *page) list(columns []column, records []record) {
	key := "list." + string(p.kind)
	id := p.l.name("id." + key)
	p.put(`<div class="ItemListComponent"><table><tbody id="%s">`, id)
	p.listHead(key, columns)
	switch p.l.pick("lists."+string(p.kind), 4) {
	case 0:
		for _, r := range records {
			p.raw("<tr><td>" + strings.Join(r.cells(columns), "</td><td>") + "</td></tr>")
		}
	case 1:
		for _, r := range records {
			p.write("<tr>")
			for _, cell := range r.cells(columns) {
				p.write("<td>" + cell + "</td>")
			}
			p.write("</tr>")
		}
	case 2:
		p.raw(p.inline(fmt.Sprintf("var %s={%s};", p.l.name("var."+key), numbered(records))))
		p.raw(p.inline(fmt.Sprintf("%s(%s,%s);", p.l.name("fn.write"), p.l.name("var."+key), cellSpecs(columns))))
	default:
		var rows []string
		for i, r := range records {
			rows = append(rows, fmt.Sprintf("{idx:%d,%s}", i, r.script()))
		}
		build := fmt.Sprintf("%s(%s,[%s],%s)", p.l.name("fn.build"), jsString(id), strings.Join(rows, ","), cellSpecs(columns))
		if p.l.pick(key+".late", 2) == 1 {
			p.onload = append(p.onload, build)
		}
		p.raw("</tbody></table></div>")
		if p.l.pick(key+".late", 2) == 0 {
			p.raw(p.inline(build + ";"))
		}
		return
	}
	p.raw("</tbody></table></div>")
}

func (p *page) inline(script string) string {
	return "<script type=\"text/javascript\">//<![CDATA[\n" + script + "\n//]]></script>"
}

func (p *page) listHead(key string, columns []column) {
	cell := []string{"th", "td"}[p.l.pick(key+".head", 2)]
	p.raw("<tr>")
	for _, c := range columns {
		p.raw(fmt.Sprintf("<%[1]s>%[2]s</%[1]s>", cell, html.EscapeString(c.head)))
	}
	p.raw("</tr>")
}

// numbered writes records as old pages do: keyed by number, names unquoted,
// texts padded with blanks.
func numbered(records []record) string {
	var parts []string
	for i, r := range records {
		parts = append(parts, fmt.Sprintf("%d:{%s}", i+3, r.script()))
	}
	return strings.Join(parts, ",")
}

func (r record) script() string {
	var parts []string
	for _, f := range r {
		value := fmt.Sprint(f.value)
		if text, ok := f.value.(string); ok {
			value = jsString(html.EscapeString(text) + "  ")
		}
		parts = append(parts, f.name+":"+value)
	}
	return strings.Join(parts, ",")
}

// cellSpecs are the templates as script data.
func cellSpecs(columns []column) string {
	var parts []string
	for _, c := range columns {
		var templates []string
		for _, t := range c.html {
			templates = append(templates, jsString(t))
		}
		parts = append(parts, fmt.Sprintf("{by:%s,html:[%s]}", jsString(c.by), strings.Join(templates, ",")))
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// cells fills the templates.
func (r record) cells(columns []column) []string {
	var fill []string
	numbers := make(map[string]int)
	for _, f := range r {
		fill = append(fill, "%"+f.name+"%", html.EscapeString(fmt.Sprint(f.value)))
		if n, ok := f.value.(int); ok {
			numbers[f.name] = n
		}
	}
	replace := strings.NewReplacer(fill...)
	var cells []string
	for _, c := range columns {
		cells = append(cells, replace.Replace(c.html[numbers[c.by]]))
	}
	return cells
}
