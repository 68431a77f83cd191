package simdevice

import (
	"fmt"
	"html"
)

// Settings/Registration as a set of frames: its menu stands in one, and leads
// into the other. Old models are like that; the names of frames are drawn.

func (l *layout) menuFrame() string { return l.name("frame.menu") }
func (l *layout) mainFrame() string { return l.name("frame.main") }

// menuFirst tells which of the frames is the first.
func (l *layout) menuFirst() bool { return l.pick("frames.order", 3) > 0 }

// showFrameset is the page that holds the frames.
func (x *exchange) showFrameset() {
	l := x.l
	frames := []string{l.frameTag(l.menuFrame(), l.address(target{kind: PageMenu}, x)), l.frameTag(l.mainFrame(), l.address(target{kind: PageSettings}, x))}
	cols := "20%,*"
	if !l.menuFirst() {
		frames[0], frames[1], cols = frames[1], frames[0], "*,20%"
	}
	x.shown = PageFrameset
	x.html(fmt.Sprintf(`<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Frameset//EN" "http://www.w3.org/TR/html4/frameset.dtd">
<html lang="%s"><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8"><title>%s</title></head>
<frameset cols="%s" border="0">%s%s<noframes><body>%s</body></noframes></frameset></html>
`, x.d.cfg.Language, html.EscapeString(x.title(l.text(wSettings))), cols, frames[0], frames[1], html.EscapeString(x.d.cfg.Model)))
}

func (l *layout) frameTag(name, url string) string {
	return fmt.Sprintf(`<frame name="%s" src="%s">`, name, html.EscapeString(url))
}

// showMenu is the menu in its frame. It has no form: a token in it would be
// worthless once the other frame has one.
func (x *exchange) showMenu() {
	p := x.newPage(PageMenu, x.title(x.l.text(wSettings)))
	p.settingsMenu()
	p.close()
}

// inMenuFrame tells whether the page is the menu in its frame.
func (p *page) inMenuFrame() bool { return p.l.frames && p.kind == PageMenu }

// targetAttr is that of the menu's links.
func (p *page) targetAttr() string {
	if !p.inMenuFrame() {
		return ""
	}
	return ` target="` + p.l.mainFrame() + `"`
}

// leadMain is a statement of the menu's that has the other frame load a page.
func (p *page) leadMain(key, url string) string {
	at := 0
	if p.l.menuFirst() {
		at = 1
	}
	name, to := p.l.mainFrame(), jsString(url)+" + '&Dummy=' + new Date().getTime()"
	switch p.l.pick("lead."+key, 5) {
	case 0:
		return fmt.Sprintf("parent.%s.location.href = %s", name, to)
	case 1:
		return fmt.Sprintf("parent.frames[%s].location = %s", jsString(name), to)
	case 2:
		return fmt.Sprintf("top.frames[%d].location.replace(%s)", at, to)
	case 3:
		return fmt.Sprintf("window.open(%s, %s)", to, jsString(name))
	}
	return fmt.Sprintf("if (top.%[1]s && parent.length == 2) { window.parent.%[1]s.document.location.href = %[2]s; }", name, to)
}

// refreshMenu has the menu load anew, as it may have more to offer now.
func (p *page) refreshMenu() {
	if p.l.frames && p.kind == PageSettings && p.l.pick("frames.refresh", 2) == 1 {
		p.onload = append(p.onload, fmt.Sprintf("parent.%s.location.replace(%s)", p.l.menuFrame(), jsString(p.l.address(target{kind: PageMenu}, p.x))))
	}
}

// wholeWindow is how scripts name the window of all frames.
func (l *layout) wholeWindow() string {
	if l.frames {
		return "top.location"
	}
	return "location"
}
