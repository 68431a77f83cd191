package c7580

import (
	"fmt"
	"maps"
	"strconv"
)

func init() {
	for _, sp := range setPages {
		on(sp.cgi, sp.tpl, sp.serve)
		if sp.keyTpl != "" {
			on(sp.cgi, sp.keyTpl, sp.useKey)
		}
	}
	on("cipsec.cgi", "c_ipslist.tpl", policyList)
	on("capply.cgi", "c_apply.tpl", func(c *ctx) { apply(c, "c_apply.tpl", "Apply Setting Changes") })
	on("capply.cgi", "c_restart.tpl", func(c *ctx) { apply(c, "c_restart.tpl", "Restart Device") })
}

// section is the policy that the page is about.
func (sp *setPage) section(c *ctx) (int, bool) {
	if sp.cgi != "cipsec.cgi" {
		return 0, true
	}
	n, err := strconv.Atoi(c.v.Get("SecID"))
	return n - 1, err == nil && n >= 1 && n <= len(c.d.set.policies)
}

// entered takes the fields of the form, and the key of the draft.
func (sp *setPage) entered(c *ctx, old fields) fields {
	v := maps.Clone(old)
	for _, l := range sp.lines {
		if l.name != "" {
			v[l.name] = c.v.Get(l.name)
		}
	}
	if c.s.draft != nil {
		v["key"] = c.s.draft["key"]
	}
	return v
}

func (sp *setPage) serve(c *ctx) {
	d, s := c.d, c.s
	i, ok := sp.section(c)
	if !ok {
		c.cannotOpen("Cannot display the specified page.")
		return
	}
	old := sp.vals(d.set, i)
	if c.r.Method == "GET" {
		s.draft = nil
		sp.show(c, i, old, "")
		return
	}
	v := sp.entered(c, old)
	switch c.v.Get("Flag") {
	case "Temp_Data":
		s.draft, s.secID = v, c.v.Get("SecID")
		sp.keyList(c, i, "")
	case "Exec_Data":
		if sp.check != nil {
			if msg := sp.check(v); msg != "" {
				sp.show(c, i, v, msg)
				return
			}
		}
		for _, l := range sp.lines {
			if l.name != "" && v[l.name] != old[l.name] && (sp.keyTpl != "" || sp.cgi == "cipsec.cgi") {
				d.Violate("%s: %q changed from %q to %q beside the key", sp.title, l.label, old[l.name], v[l.name])
			}
		}
		if !maps.Equal(old, v) && sp.restart {
			d.changed = true
		}
		maps.Copy(old, v)
		s.draft = nil
		switch sp.tpl {
		case "c_ipsike.tpl":
			setPages[3].show(c, i, d.set.policies[i].pol, "")
		case "c_ipspol.tpl":
			policyList(c)
		default:
			c.index(sp.upTpl)
		}
	default:
		c.cannotOpen("Cannot display the specified page.")
	}
}

// show writes the page with the values v.
func (sp *setPage) show(c *ctx, i int, v fields, msg string) {
	p := c.page("", sp.crumb, sp.title)
	p.errMsg(msg)
	p.form("MAIN_FORM", sp.cgi, sp.tpl, false)
	cancel := p.jump(sp.upCGI, sp.upTpl)
	if sp.cgi == "cipsec.cgi" {
		p.hidden("SecID", strconv.Itoa(i+1))
		if sp.tpl == "c_ipsike.tpl" {
			cancel = p.jumpID(sp.upCGI, sp.upTpl, strconv.Itoa(i+1))
		}
	}
	p.buttons(fmt.Sprintf("exec_form('MAIN_FORM','Exec_Data','%s')", sp.upTpl), cancel)
	p.f("<table class=\"PropTable\">\n")
	for _, l := range sp.lines {
		sp.line(c, p, l, v)
	}
	p.f("</table>\n")
	if sp.tpl == "c_ipspol.tpl" {
		p.f("<fieldset>")
		p.button("IKE Settings", "", p.jumpID("cipsec.cgi", "c_ipsike.tpl", strconv.Itoa(i+1)))
		p.f("</fieldset>\n")
	}
	p.end()
	p.done()
}

func (sp *setPage) line(c *ctx, p *page, l fdef, v fields) {
	switch l.kind {
	case 'h':
		p.f("<tr><td colspan=\"2\" class=\"sec\">%s</td></tr>\n", esc(l.label))
	case 'n':
		p.f("<tr><td colspan=\"2\">%s</td></tr>\n", esc(l.label))
	case 'c':
		p.check(l.label, l.name, v[l.name])
	case 't':
		p.text(l.label+":", l.name, v[l.name], l.max, l.after)
	case 'p':
		p.password(l.label+":", l.name, v[l.name], l.max)
	case 's':
		p.f("<tr><th>%s:</th><td>", esc(l.label))
		p.sel(l.name, v[l.name], l.opts...)
		p.f("</td></tr>\n")
	case 'r':
		p.f("<tr><th>%s:</th><td>", esc(l.label))
		for i := 0; i < len(l.opts); i += 2 {
			p.radio(l.name, l.opts[i], v[l.name], l.opts[i+1], "")
			p.f("<br />")
		}
		p.f("</td></tr>\n")
	case 'k':
		p.f("<tr><th>Key Name:</th><td>%s</td></tr>\n<tr><th>Key and Certificate:</th><td>", esc(c.d.keyName(v["key"])))
		call := fmt.Sprintf("exec_form('MAIN_FORM','Temp_Data','%s')", sp.keyTpl)
		if sp.tpl == "c_tls.tpl" {
			call = p.jump(sp.cgi, sp.keyTpl)
		}
		p.button(l.label, "", call)
		p.f("</td></tr>\n")
	}
}

// keyList is the list with a [Use] on each row.
func (sp *setPage) keyList(c *ctx, i int, msg string) {
	d := c.d
	crumbs := append(append([]crumb(nil), sp.crumb...), crumb{sp.title + " > ", "", ""})
	p := c.page("", crumbs, "Key and Certificate")
	p.errMsg(msg)
	p.form("USE_FORM", sp.cgi, sp.keyTpl, false)
	back := p.jump(sp.cgi, sp.tpl)
	if sp.cgi == "cipsec.cgi" {
		p.hidden("SecID", strconv.Itoa(i+1))
		back = p.jumpID(sp.cgi, sp.tpl, strconv.Itoa(i+1))
	}
	p.hidden("KeyID", "")
	r := rule{need: true}
	p.f("<div class=\"ItemListComponent\"><table class=\"ListTable\">\n<tr><th></th><th>Key Name</th><th>Key Usage</th><th>Validity End Date</th></tr>\n")
	for _, k := range d.keys {
		if k.noBind {
			continue
		}
		p.f("<tr><td>")
		end := "-"
		if k.cert != nil {
			end = k.cert.NotAfter.Format("02/01 2006")
			p.button("Use", "", fmt.Sprintf("use_key('%s','%s')", k.id, sp.tpl))
			r.one = append(r.one, k.id)
		}
		p.f("</td><td>%s</td><td>%s</td><td>%s</td></tr>\n", esc(k.name), usage(d, k), end)
	}
	p.spec.rules["KeyID"] = r
	p.f("</table></div>\n<fieldset>")
	p.button("Back", "", back)
	p.f("</fieldset>\n")
	p.end()
	p.done()
}

func (sp *setPage) useKey(c *ctx) {
	d, s := c.d, c.s
	i, ok := sp.section(c)
	if !ok {
		c.cannotOpen("Cannot display the specified page.")
		return
	}
	if c.r.Method == "GET" { // only TLS comes this way
		sp.keyList(c, i, "")
		return
	}
	k := d.key(c.v.Get("KeyID"))
	if k == nil || k.cert == nil || c.v.Get("Flag") != "Exec_Data" {
		sp.keyList(c, i, "The specified key and certificate cannot be used.")
		return
	}
	old := sp.vals(d.set, i)
	if sp.cgi == "csip.cgi" && k.id != old["key"] && d.inUse(k) {
		sp.keyList(c, i, "The specified key is used by another function. Specify another key.")
		return
	}
	if sp.cgi == "ctls.cgi" {
		if old["key"] != k.id {
			old["key"] = k.id
			d.changed = true
		}
		sp.show(c, i, old, "")
		return
	}
	if s.draft == nil || s.secID != c.v.Get("SecID") {
		c.cannotOpen("The page has expired. Display the page again, and then try again.")
		return
	}
	s.draft["key"] = k.id
	sp.show(c, i, s.draft, "")
}

// policyList writes its rows by script, as the address lists do.
func policyList(c *ctx) {
	p := c.page("", netCrumb, "IPSec Policy List")
	p.offer("cipsec.cgi", "c_ipspol.tpl")
	p.f("<div class=\"ItemListComponent\"><script type=\"text/javascript\">//<![CDATA[\nvar policyList = {")
	for i, pol := range c.d.set.policies {
		if i > 0 {
			p.f(",")
		}
		p.f("%d:{nm:%q,on:%d}", i+1, pol.pol["PLCYNM"]+"  ", len(pol.pol["PLCYUSE"]))
	}
	p.f("};\nwrite_policies(policyList);\n//]]></script></div>\n")
	p.done()
}

// apply asks, and restarts.
func apply(c *ctx, tpl, title string) {
	p := c.page("", []crumb{{"Settings/Registration : ", "", ""}}, title)
	if c.r.Method == "POST" && c.v.Get("Flag") == "Exec_Data" {
		p.f("<p>The machine is being restarted. Wait for a while, and then access the Remote UI again.</p>\n")
		p.done()
		c.d.beginRestart()
		return
	}
	p.form("MAIN_FORM", "capply.cgi", tpl, false)
	if tpl == "c_apply.tpl" {
		p.f("<p>The machine is restarted to apply the setting changes. Jobs that are being processed are canceled. Do you want to continue?</p>\n")
	} else {
		p.f("<p>Do you want to restart the machine? Jobs that are being processed are canceled.</p>\n")
	}
	p.buttons("exec_form('MAIN_FORM','Exec_Data','"+tpl+"')", p.jump("cpaper.cgi", "c_paper.tpl"))
	p.end()
	p.done()
}
