package ipc165

import (
	"crypto/sha1"
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const crumbKeys = "Settings/Registration: Management Settings: Device Management > Key and Certificate Settings"

const urlKeys, urlGen, urlSel = "/rps/ckeycert.cgi", "/rps/ckeygen.cgi", "/rps/ckeysel.cgi"

// pager writes the line of page numbers above a list and offers them.
func pager(p *page, f *form, formName string, cur, rows int) {
	pages := max(1, (rows+rowsPerPage-1)/rowsPerPage)
	var nums []string
	s := ""
	for i := 1; i <= pages; i++ {
		n := strconv.Itoa(i)
		nums = append(nums, n)
		if i == cur {
			s += " <b>" + n + "</b>"
		} else {
			s += fmt.Sprintf(` <a href="javascript:list_page('%s')">%s</a>`, n, n)
		}
	}
	f.scripted("PAGE_NO", strconv.Itoa(cur), nums...)
	p.js("function list_page(n) { rui_set(\"%s\", \"PAGE_NO\", n, \"Html_Data\"); }", formName)
	first, last := (cur-1)*rowsPerPage+1, min(cur*rowsPerPage, rows)
	f.add(`<p class="Pager">%d-%d / %d &nbsp; Page:%s</p>`, first, last, rows, s)
}

func pageOf[T any](list []T, n int) []T {
	lo := min((n-1)*rowsPerPage, len(list))
	return list[lo:min(lo+rowsPerPage, len(list))]
}

func (c *ctx) usageText(k *key) string {
	s := ""
	for _, u := range c.d.uses(k) {
		s += "[" + u + "] "
	}
	return s
}

func (c *ctx) keys() { c.keyList(1) }

func (c *ctx) keyList(n int) {
	d := c.d
	if (n-1)*rowsPerPage >= len(d.keys) {
		n = 1
	}
	p := c.page("Key and Certificate Settings", crumbKeys)
	f := p.form("LIST_FORM", urlKeys, "c_keylst.tpl", []string{"Html_Data", "Detail_Data", "Csr_Data", "Delete_Data", "New_Data"},
		func(c *ctx, v url.Values) {
			id, _ := strconv.Atoi(v.Get("KEY_ID"))
			pg, _ := strconv.Atoi(v.Get("PAGE_NO"))
			switch v.Get("Flag") {
			case "Detail_Data":
				c.keyDetails(c.d.key(id), "")
			case "Csr_Data":
				c.csrPage(c.d.key(id), false)
			case "New_Data":
				c.genKind()
			case "Delete_Data":
				id, _ = strconv.Atoi(v.Get("KEY_SEL"))
				c.deleteKey(c.d.key(id))
			default:
				c.keyList(pg)
			}
		})
	var ids []string
	for _, k := range pageOf(d.keys, n) {
		ids = append(ids, strconv.Itoa(k.id))
	}
	f.scripted("KEY_ID", "", ids...)
	p.js(`function key_detail(id) { rui_set("LIST_FORM", "KEY_ID", id, "Detail_Data"); }
function key_csr(id) { rui_set("LIST_FORM", "KEY_ID", id, "Csr_Data"); }
function key_delete() { rui_need("LIST_FORM", "KEY_SEL", "Delete_Data", "Select a key."); }`)
	f.b.WriteString(buttons("Generate Key...", "rui_submit('LIST_FORM','New_Data')", "Delete", "key_delete()"))
	pager(p, f, "LIST_FORM", n, len(d.keys))
	f.add(`<div class="ItemListComponent"><table class="List"><tr><th>Select</th><th>Key Name</th><th>Key Usage</th><th>Certificate</th></tr>`)
	for _, k := range pageOf(d.keys, n) {
		icon := "&nbsp;"
		if k.cert == nil {
			icon = fmt.Sprintf(`<a href="javascript:key_csr('%d')"><img src="/rps/media/ico_nocert.gif" width="16" height="16" border="0" alt="No certificate" title="No certificate" /></a>`, k.id)
		}
		extra := ""
		if k.fixed() {
			extra = ` disabled="disabled"`
		}
		f.add(`<tr><td>%s</td><td><a href="javascript:key_detail('%d')">%s</a></td><td>%s</td><td>%s</td></tr>`,
			f.radio("KEY_SEL", strconv.Itoa(k.id), "", false, extra), k.id, esc(k.name), c.usageText(k), icon)
	}
	f.add("</table></div>")
	p.finish(f)
}

// inUse tells whether a key is in use now or after the next restart.
func (d *Device) inUse(id int) bool {
	return len(usesIn(d.active, id)) > 0 || len(usesIn(d.store.bindings(), id)) > 0
}

func (c *ctx) deleteKey(k *key) {
	if k == nil {
		c.keys()
		return
	}
	if c.d.inUse(k.id) {
		c.d.Violate("deletion of the key %s attempted while it is in use", k.name)
		c.note("Delete Key and Certificate", crumbKeys, "The key and certificate cannot be deleted because they are in use or set to be used.", urlKeys, (*ctx).keys)
		return
	}
	c.ask("Delete Key and Certificate", crumbKeys+" > Delete", "<p>Delete the following key and certificate?</p><p>Key Name: "+esc(k.name)+"</p>",
		urlKeys, "c_keydel.tpl", "OK", func(c *ctx) {
			if !c.d.inUse(k.id) {
				c.d.keys = slices.DeleteFunc(c.d.keys, func(o *key) bool { return o == k })
			}
			c.keys()
		}, (*ctx).keys)
}

// backLink is the way to the list at the top of the details.
func (c *ctx) backLink() string {
	return fmt.Sprintf("<p><a href=\"%s\">Key and Certificate Settings</a> &gt; Certificate Details</p>\n",
		c.link(urlKeys, "Flag", "Init_Data", "PageFlag", "c_keylst.tpl", "FuncTypeFlag", "SettingPage"))
}

func colons(b []byte) string {
	return strings.ReplaceAll(strings.TrimSpace(fmt.Sprintf("% X", b)), " ", ":")
}

func (c *ctx) keyDetails(k *key, message string) {
	if k == nil {
		c.keys()
		return
	}
	if k.cert == nil {
		c.csrPage(k, false)
		return
	}
	x, err := x509.ParseCertificate(k.cert)
	if err != nil {
		c.note("Certificate Details", crumbKeys, "The key is corrupted or invalid.", urlKeys, (*ctx).keys)
		return
	}
	p := c.page("Certificate Details", crumbKeys+" > Certificate Details")
	p.message = message
	p.b.WriteString(c.backLink())
	sum := sha1.Sum(k.cert)
	p.f(`<table class="List">`)
	for _, r := range [][2]string{
		{"Key Name", k.name}, {"Version", "V" + strconv.Itoa(x.Version)},
		{"Serial Number", colons(x.SerialNumber.Bytes())}, {"Signature Algorithm", x.SignatureAlgorithm.String()},
		{"Issued To", x.Subject.String()}, {"Validity Start Date", x.NotBefore.Format("02/01 2006")},
		{"Validity End Date", x.NotAfter.Format("02/01 2006")}, {"Issuer", x.Issuer.String()},
		{"Public Key", devicetest.Algorithm(k.signer) + " bit"}, {"Certificate Thumbprint", colons(sum[:])},
	} {
		v := r[1]
		if strings.HasPrefix(v, "ECDSA") {
			v = strings.TrimSuffix(v, " bit")
		}
		p.f("<tr><th>%s</th><td>%s</td></tr>\n", r[0], esc(v))
	}
	p.f("</table>\n")
	f := p.form("CERT_FORM", urlKeys, "c_keydtl.tpl", []string{"Verify_Data"}, func(c *ctx, v url.Values) {
		now := c.d.cfg.Now()
		text := "The certificate is valid."
		if now.Before(x.NotBefore) || now.After(x.NotAfter) {
			text = "The certificate is outside its validity period."
		}
		c.keyDetails(k, text)
	})
	f.hidden("KEY_ID", strconv.Itoa(k.id))
	f.bar("Verify Certificate", "Verify_Data")
	p.finish(f)
}

// csrPage shows the request of a key; its certificate is registered from here.
func (c *ctx) csrPage(k *key, fresh bool) {
	if k == nil || k.csr == nil || k.cert != nil {
		c.keys()
		return
	}
	p := c.page("Key and Certificate Signing Request (CSR)", crumbKeys+" > CSR")
	if fresh {
		p.message = "The key and certificate signing request (CSR) were generated."
	}
	p.b.WriteString(c.backLink())
	p.f("<p>Key Name: %s</p><p>Public Key: %s</p>\n<textarea id=\"CSR_TEXT\" rows=\"16\" cols=\"70\" readonly=\"readonly\">%s</textarea>\n", esc(k.name), devicetest.Algorithm(k.signer), devicetest.RequestText(k.csr))
	f := p.form("CSR_FORM", urlKeys, "c_keycsr.tpl", []string{"File_Data", "Cert_Data", "Html_Data"}, func(c *ctx, v url.Values) {
		switch v.Get("Flag") {
		case "File_Data":
			c.download(k.name+".csr", "application/pkcs10", []byte(devicetest.RequestText(k.csr)))
		case "Cert_Data":
			c.registerPage(k, "")
		default:
			c.keys()
		}
	})
	f.hidden("KEY_ID", strconv.Itoa(k.id))
	f.bar("Store in File", "File_Data", "Register Certificate...", "Cert_Data", "OK", "Html_Data")
	p.finish(f)
}

func (c *ctx) download(name, kind string, b []byte) {
	c.w.Header().Set("Content-Type", kind)
	c.w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
	c.w.Write(b)
}

func (c *ctx) registerPage(k *key, message string) {
	p := c.page("Register Certificate", crumbKeys+" > Register Certificate")
	p.message = message
	p.f("<p>Key Name: %s</p>\n", esc(k.name))
	f := p.newForm("REG_FORM", urlKeys, "c_certreg.tpl", []string{"Exec_Data", "Html_Data"}, true, func(c *ctx, v url.Values) {})
	f.run = func(c *ctx, v url.Values) {
		if v.Get("Flag") != "Exec_Data" {
			c.keys()
			return
		}
		x, err := devicetest.ReadCertificate(f.file)
		switch {
		case len(f.file) == 0:
			c.registerPage(k, "Specify the file.")
		case err != nil:
			c.registerPage(k, "The file format is not correct.")
		case !devicetest.SamePublic(k.signer, x):
			c.registerPage(k, "The certificate does not match the key.")
		default:
			k.cert, k.csr = x.Raw, nil
			c.note("Register Certificate", crumbKeys, "The certificate was registered.", urlKeys, (*ctx).keys)
		}
	}
	f.hidden("KEY_ID", strconv.Itoa(k.id))
	f.upload("CERT_FILE")
	p.js(`function cert_register() {
  if (document.REG_FORM.CERT_FILE.value == "") { alert("Specify the file."); return; }
  rui_submit("REG_FORM", "Exec_Data");
}`)
	f.b.WriteString(buttons("Register", "cert_register()", "Cancel", "rui_submit('REG_FORM','Html_Data')"))
	p.finish(f)
}

const crumbGen = crumbKeys + " > Generate Key"

// genKind is the first page of the wizard: what to generate.
func (c *ctx) genKind() {
	p := c.page("Generate Key", crumbGen)
	f := p.form("WIZ_FORM", urlGen, "c_kgkind.tpl", []string{"Next_Data", "Html_Data"}, func(c *ctx, v url.Values) {
		if v.Get("Flag") != "Next_Data" {
			c.keys()
			return
		}
		if v.Get("KEY_KIND") == "3" {
			c.genSignature()
			return
		}
		if len(c.d.keys) >= maxKeys || c.d.generating != nil {
			c.note("Generate Key", crumbGen, "No more keys can be registered. Delete unnecessary keys, and try again.", urlGen, (*ctx).keys)
			return
		}
		now := c.d.cfg.Now()
		host := c.r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		c.s.wizard = subject{csr: v.Get("KEY_KIND") == "2", hashName: "SHA256", algo: "RSA", length: "2048", curve: "P256",
			fy: now.Format("2006"), fm: now.Format("01"), fd: now.Format("02"), countryBy: "1", list: "GB", cn: host}
		c.genKey("")
	})
	f.add("<p>Select the key to generate.</p>")
	f.add("<p>%s</p>", f.radio("KEY_KIND", "1", "Network Communication", true, ""))
	f.add("<p>%s</p>", f.radio("KEY_KIND", "2", "Key and Certificate Signing Request (CSR)", false, ""))
	f.add("<p>%s</p>", f.radio("KEY_KIND", "3", "Device Signature", false, ""))
	f.bar("Next", "Next_Data", "Cancel", "Html_Data")
	p.finish(f)
}

func (s subject) title() string {
	if s.csr {
		return "Generate Key and Certificate Signing Request (CSR)"
	}
	return "Generate Network Communication Key"
}

var nameOK = regexp.MustCompile(`^[A-Za-z0-9 ._-]{1,24}$`)
var printable = regexp.MustCompile(`^[ -~]*$`)

func same(v ...string) (o [][2]string) {
	for _, s := range v {
		o = append(o, [2]string{s, s})
	}
	return o
}

// genKey is step 1: the key.
func (c *ctx) genKey(message string) {
	s := &c.s.wizard
	p := c.page(s.title(), crumbGen)
	p.message = message
	f := p.form("WIZ_FORM", urlGen, "c_kgkey.tpl", []string{"Next_Data", "Back_Data", "Html_Data"}, func(c *ctx, v url.Values) {
		s := &c.s.wizard
		switch v.Get("Flag") {
		case "Back_Data":
			c.genKind()
			return
		case "Html_Data", "Init_Data":
			c.keys()
			return
		}
		s.name, s.hashName, s.algo = v.Get("KEY_NAME"), v.Get("SIGN_ALG"), v.Get("KEY_ALG")
		if s.algo == "RSA" {
			s.length = v.Get("KEY_LEN")
		} else {
			s.curve = v.Get("KEY_TYPE")
		}
		if !nameOK.MatchString(s.name) || strings.TrimSpace(s.name) != s.name {
			c.genKey("Enter the key name using alphanumeric characters.")
			return
		}
		for _, k := range c.d.keys {
			if k.name == s.name {
				c.genKey("The key name is already in use.")
				return
			}
		}
		c.genSubject("")
	})
	f.add("<p>Step 1 of 3</p><h3>Key Settings</h3><table>")
	f.add(`<tr><th><label for="KEY_NAME">Key Name</label></th><td>%s</td></tr>`, f.text("KEY_NAME", s.name, 24))
	f.add(`<tr><th><label for="SIGN_ALG">Signature Algorithm</label></th><td>%s</td></tr>`, f.sel("SIGN_ALG", s.hashName, false, same("SHA256", "SHA384", "SHA512")...))
	ec := s.algo == "ECDSA"
	f.add(`<tr><th>Key Algorithm</th><td>%s %s<br />%s %s</td></tr></table>`,
		f.radio("KEY_ALG", "RSA", "RSA", !ec, ` onclick="alg_change()"`),
		f.sel("KEY_LEN", s.length, ec, [2]string{"1024", "1024 bit"}, [2]string{"2048", "2048 bit"}, [2]string{"4096", "4096 bit"}),
		f.radio("KEY_ALG", "ECDSA", "ECDSA", ec, ` onclick="alg_change()"`),
		f.sel("KEY_TYPE", s.curve, !ec, same("P256", "P384", "P521")...))
	f.depends("KEY_LEN", "KEY_ALG", "RSA")
	f.depends("KEY_TYPE", "KEY_ALG", "ECDSA")
	p.js(`function alg_change() {
  var f = document.WIZ_FORM;
  f.KEY_LEN.disabled = (rui_picked("WIZ_FORM", "KEY_ALG") != "RSA");
  f.KEY_TYPE.disabled = !f.KEY_LEN.disabled;
}
function wiz_next() {
  if (document.WIZ_FORM.KEY_NAME.value == "") { alert("Enter the key name."); return; }
  rui_submit("WIZ_FORM", "Next_Data");
}`)
	f.b.WriteString(buttons("Back", "rui_submit('WIZ_FORM','Back_Data')", "Next", "wiz_next()", "Cancel", "rui_submit('WIZ_FORM','Html_Data')"))
	p.finish(f)
}

func (s *subject) dateBoxes(f *form, label, prefix, y, m, d string) {
	f.add(`<tr><th>%s</th><td>%s / %s / %s</td></tr>`, label, f.text(prefix+"_Y", y, 4), f.text(prefix+"_M", m, 2), f.text(prefix+"_D", d, 2))
}

func parseDate(y, m, d string) (time.Time, bool) {
	yi, e1 := strconv.Atoi(y)
	mi, e2 := strconv.Atoi(m)
	di, e3 := strconv.Atoi(d)
	t := time.Date(yi, time.Month(mi), di, 0, 0, 0, 0, time.UTC)
	ok := e1 == nil && e2 == nil && e3 == nil && t.Day() == di && int(t.Month()) == mi && yi >= 2000 && yi <= 2037
	return t, ok
}

var countries = [][2]string{{"AU", "Australia (AU)"}, {"AT", "Austria (AT)"}, {"BE", "Belgium (BE)"}, {"CA", "Canada (CA)"}, {"CN", "China (CN)"},
	{"DK", "Denmark (DK)"}, {"FI", "Finland (FI)"}, {"FR", "France (FR)"}, {"DE", "Germany (DE)"}, {"IE", "Ireland (IE)"}, {"IT", "Italy (IT)"},
	{"JP", "Japan (JP)"}, {"NL", "Netherlands (NL)"}, {"NO", "Norway (NO)"}, {"ES", "Spain (ES)"}, {"SE", "Sweden (SE)"}, {"CH", "Switzerland (CH)"},
	{"TW", "Taiwan (TW)"}, {"GB", "United Kingdom (GB)"}, {"US", "United States (US)"}}

// genSubject is step 2: the certificate.
func (c *ctx) genSubject(message string) {
	s := &c.s.wizard
	p := c.page(s.title(), crumbGen)
	p.message = message
	f := p.form("WIZ_FORM", urlGen, "c_kgsubj.tpl", []string{"Next_Data", "Back_Data", "Html_Data"}, func(c *ctx, v url.Values) {
		if v.Get("Flag") == "Html_Data" {
			c.keys()
			return
		}
		c.takeSubject(v)
	})
	head := "Certificate Settings"
	if s.csr {
		head = "Certificate Signing Request (CSR) Settings"
	}
	f.add("<p>Step 2 of 3</p><h3>%s</h3><table>", head)
	if !s.csr {
		s.dateBoxes(f, "Validity Start Date (YYYY/MM/DD)", "VSTART", s.fy, s.fm, s.fd)
		s.dateBoxes(f, "Validity End Date (YYYY/MM/DD)", "VEND", s.ty, s.tm, s.td)
	}
	byCode := s.countryBy == "2"
	code := f.text("COUNTRY_CODE", s.code, 2)
	if !byCode {
		code = strings.Replace(code, " />", ` disabled="disabled" />`, 1)
	}
	f.add(`<tr><th>Country/Region</th><td>%s %s<br />%s %s</td></tr>`,
		f.radio("COUNTRY_BY", "1", "Select Country/Region Name", !byCode, ` onclick="country_change()"`),
		f.sel("COUNTRY_LIST", s.list, byCode, countries...),
		f.radio("COUNTRY_BY", "2", "Enter Internet Country Code", byCode, ` onclick="country_change()"`), code)
	f.depends("COUNTRY_LIST", "COUNTRY_BY", "1")
	f.depends("COUNTRY_CODE", "COUNTRY_BY", "2")
	for _, r := range []struct {
		label, name, val string
		max              int
	}{{"State", "STATE", s.state, 24}, {"City", "CITY", s.city, 24}, {"Organization", "ORG", s.org, 24}, {"Organization Unit", "ORG_UNIT", s.unit, 24}, {"Common Name", "CN", s.cn, 48}} {
		f.add(`<tr><th><label for="%s">%s</label></th><td>%s</td></tr>`, r.name, r.label, f.text(r.name, r.val, r.max))
	}
	f.add("</table>")
	p.js(`function country_change() {
  var f = document.WIZ_FORM;
  f.COUNTRY_LIST.disabled = (rui_picked("WIZ_FORM", "COUNTRY_BY") != "1");
  f.COUNTRY_CODE.disabled = !f.COUNTRY_LIST.disabled;
}`)
	f.bar("Back", "Back_Data", "Next", "Next_Data", "Cancel", "Html_Data")
	p.finish(f)
}

func (c *ctx) takeSubject(v url.Values) {
	s := &c.s.wizard
	if !s.csr {
		s.fy, s.fm, s.fd = v.Get("VSTART_Y"), v.Get("VSTART_M"), v.Get("VSTART_D")
		s.ty, s.tm, s.td = v.Get("VEND_Y"), v.Get("VEND_M"), v.Get("VEND_D")
	}
	s.countryBy = v.Get("COUNTRY_BY")
	if s.countryBy == "2" {
		s.code = v.Get("COUNTRY_CODE")
		s.country = strings.ToUpper(s.code)
	} else {
		s.list = v.Get("COUNTRY_LIST")
		s.country = s.list
	}
	s.state, s.city, s.org, s.unit, s.cn = v.Get("STATE"), v.Get("CITY"), v.Get("ORG"), v.Get("ORG_UNIT"), v.Get("CN")
	if v.Get("Flag") == "Back_Data" {
		c.genKey("")
		return
	}
	if !s.csr {
		var ok1, ok2 bool
		s.from, ok1 = parseDate(s.fy, s.fm, s.fd)
		s.to, ok2 = parseDate(s.ty, s.tm, s.td)
		switch {
		case !ok1 || !ok2:
			c.genSubject("The validity date is not correct.")
			return
		case s.to.Before(s.from):
			c.genSubject("The validity end date cannot be earlier than the validity start date.")
			return
		}
		s.to = s.to.Add(24*time.Hour - time.Second)
	}
	if s.countryBy == "2" && !regexp.MustCompile(`^[A-Z]{2}$`).MatchString(s.country) {
		c.genSubject("The Internet country code is not correct.")
		return
	}
	if !printable.MatchString(s.state + s.city + s.org + s.unit + s.cn) {
		c.genSubject("Characters that cannot be used are included.")
		return
	}
	c.genConfirm()
}

// genConfirm is step 3: everything once more.
func (c *ctx) genConfirm() {
	s := c.s.wizard
	p := c.page(s.title(), crumbGen)
	alg := s.algo + " " + s.length + " bit"
	if s.algo == "ECDSA" {
		alg = s.algo + " " + s.curve
	}
	p.f("<p>Step 3 of 3</p><h3>Confirm Settings</h3><table class=\"List\">\n")
	rows := [][2]string{{"Key Name", s.name}, {"Signature Algorithm", s.hashName}, {"Key Algorithm", alg}}
	if !s.csr {
		rows = append(rows, [2]string{"Validity Start Date", s.from.Format("2006/01/02")}, [2]string{"Validity End Date", s.to.Format("2006/01/02")})
	}
	rows = append(rows, [2]string{"Country/Region", s.country}, [2]string{"State", s.state}, [2]string{"City", s.city}, [2]string{"Organization", s.org}, [2]string{"Organization Unit", s.unit}, [2]string{"Common Name", s.cn})
	for _, r := range rows {
		p.f("<tr><th>%s</th><td>%s</td></tr>\n", r[0], esc(r[1]))
	}
	p.f("</table>\n<p>It may take a while to generate the key.</p>\n")
	f := p.form("WIZ_FORM", urlGen, "c_kgconf.tpl", []string{"Exec_Data", "Back_Data", "Html_Data"}, func(c *ctx, v url.Values) {
		switch v.Get("Flag") {
		case "Exec_Data":
			c.startGeneration(c.s.wizard, false)
		case "Back_Data":
			c.genSubject("")
		default:
			c.keys()
		}
	})
	f.bar("Back", "Back_Data", "OK", "Exec_Data", "Cancel", "Html_Data")
	p.finish(f)
}

func (c *ctx) startGeneration(s subject, renew bool) {
	if c.d.generating != nil {
		c.note("Generate Key", crumbGen, "Another key is being generated. Try again later.", urlGen, (*ctx).keys)
		return
	}
	c.genWait(c.d.generate(s, renew))
}

// genWait asks again every second by itself until the key is there.
func (c *ctx) genWait(g *generation) {
	select {
	case <-g.done:
		c.genDone(g)
		return
	default:
	}
	p := c.page("Generate Key", crumbGen)
	p.withoutHeader = true
	p.f("<p id=\"progress\">Generating the key and certificate. Please wait...</p>\n")
	f := p.form("WAIT_FORM", urlGen, "c_kgwait.tpl", []string{"Html_Data"}, func(c *ctx, v url.Values) { c.genWait(g) })
	p.end(f)
	p.onload = "setTimeout(wait_again, 1000)"
	p.js(`function wait_again() { rui_submit("WAIT_FORM", "Html_Data"); }`)
	p.send()
}

func (c *ctx) genDone(g *generation) {
	switch {
	case g.err != nil:
		c.note("Generate Key", crumbGen, "The key could not be generated.", urlGen, (*ctx).keys)
	case g.renew:
		c.note("Generate Key", crumbGen, "The device signature key was generated and updated.", urlGen, (*ctx).keys)
	case g.subj.csr:
		c.csrPage(g.key, true)
	default:
		c.note(g.subj.title(), crumbGen, "The key and certificate were generated and registered.", urlGen, (*ctx).keys)
	}
}

// genSignature renews the one device signature key.
func (c *ctx) genSignature() {
	const title, crumb = "Device Signature", crumbGen + " > Device Signature"
	c.ask(title, crumb, "<p>Generates or updates the key and certificate for device signatures.</p>", urlGen, "c_kgsign.tpl", "Generate/Update", func(c *ctx) {
		c.ask(title, crumb, "<p>The current device signature key and certificate will be replaced. OK to continue?</p>", urlGen, "c_kgsig2.tpl", "OK", func(c *ctx) {
			from := c.d.cfg.Now().UTC().Truncate(time.Second)
			c.startGeneration(subject{algo: "RSA", length: "2048", hashName: "SHA256", cn: modelName + " Device Signature", org: "CANON INC.",
				from: from, to: from.AddDate(5, 0, 0)}, true)
		}, (*ctx).keys)
	}, (*ctx).keys)
}
