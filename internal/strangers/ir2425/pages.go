package ir2425

import (
	"bytes"
	"cmp"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

func keyCrumbs(more ...string) []string {
	return append([]string{"Management Settings", "/m_device.html|Device Management", "/m_keycert.html|Key and Certificate Settings"}, more...)
}

// refuse shows why something cannot be done with the keys.
func (c *ctx) refuse(text string) {
	c.message("Key and Certificate Settings", text, "/m_keycert.html")
}

// usageText is the usage column: what is in effect, and what will be.
func (c *ctx) usageText(k *key) string {
	now, s := uses(k, &c.eff), ""
	for _, u := range now {
		s += "[" + u + "]<br />"
	}
	for _, u := range uses(k, &c.stored) {
		if !slices.Contains(now, u) {
			s += "[" + u + "]*<br />"
		}
	}
	return cmp.Or(strings.TrimSuffix(s, "<br />"), "-")
}

func (c *ctx) inUse(k *key) bool { return len(uses(k, &c.eff))+len(uses(k, &c.stored)) > 0 }

func validity(k *key) string {
	x, err := x509.ParseCertificate(k.cert)
	if err != nil {
		return "-"
	}
	return x.NotAfter.Format("2006/01/02")
}

func (c *ctx) keyList() {
	f := newForm("delForm", "/cgi/m_keycert_delete.cgi")
	f.hidden("i2701", "")
	f.fields[0].values = []string{} // set by the script only
	s := "<fieldset>" + button("Generate Key...", "location.href='/m_keycert_type.html'") + `</fieldset>
<div class="ItemListComponent"><table>
<tr><th>No.</th><th>Key Name</th><th>Key Usage</th><th>Certificate</th><th>Validity End Date</th><th></th></tr>
`
	for i, k := range c.store {
		if k == nil {
			continue
		}
		to, del := fmt.Sprintf("/m_keycert_detail.html?no=%d", i+1), ""
		if !k.fixed && c.inUse(k) {
			del = `<input type="button" class="ButtonDisable" value="Delete" disabled="disabled" />`
		} else if !k.fixed {
			f.field("i2701", false, fmt.Sprint(i+1))
			del = button("Delete", fmt.Sprintf("delKey('%d','%s')", i+1, k.name))
		}
		icon := `<img src="/media/ic_cert.gif" alt="Certificate" title="Certificate" />`
		if k.cert == nil {
			icon = `<img src="/media/ic_nocert.gif" alt="The certificate does not exist." title="The certificate does not exist." />`
		}
		s += fmt.Sprintf("<tr><td>%d</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>\n",
			i+1, link(to, k.name), c.usageText(k), strings.Replace(link(to, "@"), "@", icon, 1), validity(k), del)
	}
	s += "</table></div>\n<p class=\"Remark\">*: Used after the setting changes are applied. A key and certificate in use cannot be deleted.</p>\n"
	c.show(view{title: "Key and Certificate Settings", crumbs: keyCrumbs(), forms: []*form{f}, body: s + f.markup()})
}

func (c *ctx) keyDelete() {
	switch k := c.slot(c.in.Get("i2701")); {
	case k == nil:
		c.refuse("The specified key does not exist.")
	case k.fixed:
		c.Violate("deletion of %s attempted", k.name)
		c.refuse("This key and certificate cannot be deleted.")
	case c.inUse(k):
		c.Violate("deletion of the key %s attempted while it is in use", k.name)
		c.refuse("The key and certificate cannot be deleted because it is being used.")
	default:
		c.store[slices.Index(c.store[:], k)] = nil
		c.s.draft = nil
		c.redirect("/m_keycert.html")
	}
}

func publicText(k *key) string {
	return k.alg + map[bool]string{true: " bit"}[strings.HasPrefix(k.alg, "RSA")]
}

func hexPairs(b []byte) string { return strings.ReplaceAll(fmt.Sprintf("% X", b), " ", ":") }

func csrPEM(k *key) string {
	return devicetest.RequestText(k.csr)
}

// keyDetail shows the certificate, or the request that waits for one.
func (c *ctx) keyDetail() {
	no := c.r.URL.Query().Get("no")
	k := c.slot(no)
	if k == nil {
		c.refuse("The specified key does not exist.")
		return
	}
	x, err := x509.ParseCertificate(k.cert)
	if err != nil {
		c.show(view{title: "Key and Certificate Signing Request (CSR)", crumbs: keyCrumbs("Key and Certificate Signing Request (CSR)"),
			body: table("Key Name", k.name, "Public Key", publicText(k), "Certificate", "The certificate does not exist.") +
				`<textarea id="csrData" rows="20" cols="68" readonly="readonly">` + csrPEM(k) + "</textarea>\n<fieldset>" +
				button("Store in File", "location.href='/request.csr?no="+no+"'") +
				button("Register Certificate...", "location.href='/m_keycert_reg.html?no="+no+"'") + "</fieldset>\n"})
		return
	}
	sum, result := sha1.Sum(k.cert), ""
	if now := c.cfg.Now(); c.r.URL.Query().Get("verify") != "" && (now.Before(x.NotBefore) || now.After(x.NotAfter)) {
		result = errText("The certificate is not within its validity period.")
	} else if c.r.URL.Query().Get("verify") != "" {
		result = "<p>The certificate is valid.</p>\n"
	}
	c.show(view{title: "Certificate Details", crumbs: keyCrumbs("Certificate Details"), body: result +
		table("Key Name", k.name, "Version", fmt.Sprintf("v%d", x.Version), "Serial Number", hexPairs(x.SerialNumber.Bytes()),
			"Signature Algorithm", x.SignatureAlgorithm.String(), "Issued To", esc(x.Subject.String()),
			"Validity Start Date", x.NotBefore.Format("2006/01/02 15:04:05"), "Validity End Date", x.NotAfter.Format("2006/01/02 15:04:05"),
			"Issuer", esc(x.Issuer.String()), "Public Key", publicText(k), "Certificate Thumbprint", hexPairs(sum[:])) +
		"<fieldset>" + button("Verify Certificate", "location.href='/m_keycert_detail.html?no="+no+"&verify=1'") + "</fieldset>\n"})
}

func (c *ctx) genType() {
	f := newForm("typeForm", "/cgi/m_keycert_type.cgi")
	f.add("%s<br />\n%s<br />\n%s\n%s", f.radio("i2501", "1", "i2501A", "Network Communication", true, ""),
		f.radio("i2501", "2", "i2501B", "Key and Certificate Signing Request (CSR)", false, ""),
		f.radio("i2501", "3", "i2501C", "Device Signature", false, ""), buttons("OK", "once()", "/m_keycert.html"))
	c.show(view{title: "Generate Key", crumbs: keyCrumbs("Generate Key"), body: "<p>Select the key to generate.</p>\n" + f.markup(), forms: []*form{f}})
}

func (c *ctx) genTypeChosen() {
	to := map[string]string{"2": "/m_keycert_gen.html?type=2", "3": "/m_devsign.html"}
	c.redirect(cmp.Or(to[c.in.Get("i2501")], "/m_keycert_gen.html?type=1"))
}

var countries = []string{"|", "AU|AU: Australia", "CA|CA: Canada", "CN|CN: China", "DE|DE: Germany", "ES|ES: Spain", "FR|FR: France", "GB|GB: United Kingdom",
	"IT|IT: Italy", "JP|JP: Japan", "KR|KR: Korea", "NL|NL: Netherlands", "SG|SG: Singapore", "TW|TW: Taiwan", "US|US: United States"}

func (c *ctx) genPage() {
	host, _, _ := strings.Cut(c.r.Host, ":")
	now := c.cfg.Now()
	c.genForm(url.Values{"i2512": {"1"}, "i2511": {"SHA256"}, "i2513": {"2048"}, "i2514": {"P256"}, "i2530": {"1"}, "i2537": {host},
		"i2520": {now.Format("2006")}, "i2521": {now.Format("01")}, "i2522": {now.Format("02")}}, c.r.URL.Query().Get("type"), "")
}

// genForm shows the settings of a key: type 1 self-signed, type 2 with a request.
func (c *ctx) genForm(in url.Values, typ, msg string) {
	f := newForm("genForm", "/cgi/m_keycert_gen.cgi")
	f.hidden("i2500", typ)
	f.add("<h2>Key Settings</h2>\n<table class=\"PropertyListComponent\">\n")
	f.row(`<label for="i2510">Key Name:</label>`, f.text("i2510", in.Get("i2510"), 26, 24, false)+" (24 characters max.)")
	f.row(`<label for="i2511">Signature Algorithm:</label>`, f.choice("i2511", in.Get("i2511"), false, "SHA1|SHA1", "SHA256|SHA256", "SHA384|SHA384", "SHA512|SHA512"))
	ec, code := in.Get("i2512") == "2", in.Get("i2530") == "2"
	f.row("Key Algorithm:", f.radio("i2512", "1", "i2512A", "RSA", !ec, "algorithm()")+" "+
		f.choice("i2513", in.Get("i2513"), ec, "1024|1024 bit", "2048|2048 bit", "4096|4096 bit")+"<br />"+
		f.radio("i2512", "2", "i2512B", "ECDSA", ec, "algorithm()")+" "+f.choice("i2514", in.Get("i2514"), !ec, "P256|P256", "P384|P384", "P521|P521"))
	title, head := "Generate Network Communication Key", "Certificate Settings"
	if typ == "2" {
		title, head = "Generate Key and Certificate Signing Request (CSR)", "Certificate Signing Request (CSR) Settings"
	}
	f.add("</table>\n<h2>%s</h2>\n<table class=\"PropertyListComponent\">\n", head)
	date := func(a, b, c string) string {
		return f.text(a, in.Get(a), 5, 4, false) + "/" + f.text(b, in.Get(b), 3, 2, false) + "/" + f.text(c, in.Get(c), 3, 2, false)
	}
	if typ != "2" {
		f.row("Validity Start Date (YYYY/MM/DD):", date("i2520", "i2521", "i2522"))
		f.row("Validity End Date (YYYY/MM/DD):", date("i2523", "i2524", "i2525"))
	}
	f.field("i2532", true)
	f.row("Country/Region:", f.radio("i2530", "1", "i2530A", "Select Country/Region Name", !code, "country()")+" "+f.choice("i2531", in.Get("i2531"), code, countries...)+
		"<br />"+f.radio("i2530", "2", "i2530B", "Enter Internet Country Code", code, "country()")+" "+f.text("i2532", in.Get("i2532"), 4, 2, !code))
	for i, l := range []string{"State", "City", "Organization", "Organization Unit", "Common Name"} {
		n := fmt.Sprintf("i253%d", 3+i)
		f.row(`<label for="`+n+`">`+l+":</label>", f.text(n, in.Get(n), 40, 41, false))
	}
	f.add("</table>\n%s", buttons("OK", "genCheck()", "/m_keycert.html"))
	c.show(view{title: title, crumbs: keyCrumbs("/m_keycert_type.html|Generate Key", title), onload: "algorithm();country()", body: errText(msg) + f.markup(), forms: []*form{f}})
}

var (
	nameOK    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 ._-]{0,23}$`)
	subjectOK = regexp.MustCompile(`^[ -~]*$`)
	codeOK    = regexp.MustCompile(`^([A-Z]{2})?$`)
)

// order reads the key generation page; the second value is the refusal.
func (c *ctx) order(csr bool) (o order, refusal string) {
	in := c.in
	one := func(s string) []string { return slices.DeleteFunc([]string{s}, func(s string) bool { return s == "" }) }
	o = order{name: in.Get("i2510"), hash: in.Get("i2511"), csr: csr, alg: "RSA " + in.Get("i2513"), subject: pkix.Name{Country: one(in.Get("i2531")),
		Province: one(in.Get("i2533")), Locality: one(in.Get("i2534")), Organization: one(in.Get("i2535")), OrganizationalUnit: one(in.Get("i2536")), CommonName: in.Get("i2537")}}
	if in.Get("i2512") == "2" {
		o.alg = "ECDSA " + in.Get("i2514")
	}
	if in.Get("i2530") == "2" {
		o.subject.Country = one(in.Get("i2532"))
	}
	var ok1, ok2 bool
	o.from, ok1 = yearMonthDay(in.Get("i2520"), in.Get("i2521"), in.Get("i2522"))
	o.to, ok2 = yearMonthDay(in.Get("i2523"), in.Get("i2524"), in.Get("i2525"))
	text := in.Get("i2533") + in.Get("i2534") + in.Get("i2535") + in.Get("i2536") + in.Get("i2537")
	switch {
	case !nameOK.MatchString(o.name):
		refusal = "The key name is not correct. Enter the key name using alphanumeric characters."
	case slices.ContainsFunc(c.store[:], func(k *key) bool { return k != nil && k.name == o.name }):
		refusal = "The key name is already used. Enter another key name."
	case !csr && (!ok1 || !ok2):
		refusal = "The validity date is not correct. Enter a date from 2000/01/01 to 2037/12/31."
	case !csr && o.to.Before(o.from):
		refusal = "The validity end date must not be earlier than the validity start date."
	case !codeOK.MatchString(strings.Join(o.subject.Country, "")):
		refusal = "The Internet country code is not correct. Enter two letters."
	case !subjectOK.MatchString(text):
		refusal = "Characters that cannot be used are entered. Use alphanumeric characters."
	case c.job != nil && !c.job.done:
		refusal = "Another key is being generated. Wait for a while, and then try again."
	case !slices.Contains(c.store[:], nil):
		refusal = "The maximum number of keys is already registered. Delete unnecessary keys, and then try again."
	}
	o.to = o.to.Add(24*time.Hour - time.Second)
	return o, refusal
}

func (c *ctx) genStart() {
	csr := c.in.Get("i2500") == "2"
	o, refusal := c.order(csr)
	if refusal != "" {
		c.genForm(c.in, c.in.Get("i2500"), refusal)
		return
	}
	free, next := slices.Index(c.store[:], nil), "/m_keycert.html"
	if csr {
		next = fmt.Sprintf("/m_keycert_detail.html?no=%d", free+1)
	}
	c.generate(o, free, next)
	c.redirect("/m_keycert_wait.html")
}

func (c *ctx) genWait() {
	switch {
	case c.job == nil:
		c.redirect("/m_keycert.html")
	case c.job.err != "":
		c.refuse(c.job.err)
	case c.job.done:
		c.redirect(c.job.next)
	default:
		c.show(view{title: "Generate Key", crumbs: keyCrumbs("Generate Key"), head: `<meta http-equiv="refresh" content="1;url=/m_keycert_wait.html" />` + "\n",
			body: "<p>The key and certificate are being generated. Wait a moment...</p>\n"})
	}
}

// signature finds the device signature key.
func (d *Device) signature() int {
	return slices.IndexFunc(d.store[:], func(k *key) bool { return k != nil && k.devsig })
}

func (c *ctx) devSign() {
	k := c.store[c.signature()]
	f := newForm("signForm", "/cgi/m_devsign.cgi")
	f.add("%s", buttons("Generate/Update", "ask('The device signature key will be generated/updated. Do you want to continue?')", "/m_keycert.html"))
	c.show(view{title: "Device Signature", crumbs: keyCrumbs("/m_keycert_type.html|Generate Key", "Device Signature"), forms: []*form{f}, body: table("Key Name", k.name,
		"Validity End Date", validity(k)) + "<p>If the key is updated, the current device signature key and certificate are replaced.</p>\n" + f.markup()})
}

func (c *ctx) devSignStart() {
	if c.job != nil && !c.job.done {
		c.refuse("Another key is being generated. Wait for a while, and then try again.")
		return
	}
	i, now := c.signature(), c.cfg.Now().UTC().Truncate(time.Second)
	c.generate(order{name: c.store[i].name, hash: "SHA256", alg: "RSA 2048", subject: pkix.Name{CommonName: "iR2425 Device Signature"},
		from: now, to: now.AddDate(5, 0, 0), devsig: true}, i, "/m_keycert.html")
	c.redirect("/m_keycert_wait.html")
}

// waiting finds the key whose certificate is still to be registered.
func (c *ctx) waiting(no string) *key {
	if k := c.slot(no); k != nil && k.csr != nil {
		return k
	}
	c.refuse("There is no certificate signing request for the specified key.")
	return nil
}

func (c *ctx) download(name string, data []byte) {
	c.w.Header().Set("Content-Type", "application/octet-stream")
	c.w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	c.w.Write(data)
}

func (c *ctx) csrFile() {
	if k := c.waiting(c.r.URL.Query().Get("no")); k != nil {
		c.download(k.name+".csr", []byte(csrPEM(k)))
	}
}

func (c *ctx) regPage() { c.regForm(c.r.URL.Query().Get("no"), "") }

func (c *ctx) regForm(no, msg string) {
	k := c.waiting(no)
	if k == nil {
		return
	}
	f := newForm("regForm", "/cgi/m_keycert_reg.cgi")
	f.multi = true
	f.hidden("i2710", no)
	f.field("i2711", false)
	f.add("<table class=\"PropertyListComponent\">\n")
	f.row("Key Name", k.name)
	f.row(`<label for="i2711">File Path:</label>`, `<input type="file" name="i2711" id="i2711" size="40" />`)
	f.add("</table>\n%s", buttons("Register", "need('i2711','Specify the file.')&&once()", "/m_keycert_detail.html?no="+no))
	c.show(view{title: "Register Certificate", crumbs: keyCrumbs("Register Certificate"), body: errText(msg) + f.markup(), forms: []*form{f}})
}

func (c *ctx) regFile() {
	no := c.in.Get("i2710")
	if k := c.waiting(no); k == nil {
		return // said already
	} else if msg := k.issued(bytes.TrimSpace(c.file)); msg != "" {
		c.regForm(no, msg)
	} else {
		c.redirect("/m_keycert_detail.html?no=" + no)
	}
}

func (c *ctx) exportPage() {
	k := c.store[c.signature()]
	f := newForm("expForm", "/cgi/devsign_export.cgi")
	f.add(`<div class="SubmitButtonModule"><fieldset><input type="submit" class="ButtonEnable" value="Start Exporting" /></fieldset></div>`)
	c.show(view{title: "Export Device Signature", crumbs: []string{"Management Settings", "/m_device.html|Device Management", "Export Device Signature"},
		body: table("Key Name", k.name, "Validity End Date", validity(k)) + f.markup(), forms: []*form{f}})
}

func (c *ctx) exportFile() {
	c.s.cur = c.in.Get("iToken") // the page stays; it may be used again
	c.download("device_signature.cer", c.store[c.signature()].cert)
}

func netCrumbs(more ...string) []string {
	return append([]string{"Preferences", "/m_network.html|Network Settings"}, more...)
}

func (c *ctx) tlsPage() {
	c.show(view{title: "TLS Settings", crumbs: netCrumbs("TLS Settings"),
		body: table("Key Name", c.stored.TLS.name, "Key and Certificate", button("Key and Certificate...", "location.href='/m_keyselect.html?use=1'"),
			"Maximum Version", "TLS 1.2", "Minimum Version", "TLS 1.0", "Algorithm Settings", "AES-CBC (256-bit), AES-CBC (128-bit), AES-GCM (128-bit)")})
}

// drafted returns the settings being edited, or a fresh copy of those stored.
func (c *ctx) drafted(kind string, n int) *draft {
	if d := c.s.draft; d != nil && d.kind == kind && d.policy == n {
		return d
	}
	return &draft{x: c.stored.X, ike: c.stored.Policies[n]}
}

// keySelect lists the keys that may be used: one page for three purposes.
func (c *ctx) keySelect() {
	use := c.r.URL.Query().Get("use")
	cur, path, back := c.purpose(use)
	if path == nil {
		c.expired()
		return
	}
	f := newForm("useForm", "/cgi/m_keyselect.cgi")
	f.hidden("i2700", use)
	f.hidden("i2702", "")
	f.fields[1].values = []string{}
	s := `<div class="ItemListComponent"><table>
<tr><th>Key Name</th><th>Key Usage</th><th>Validity End Date</th><th></th></tr>
`
	for i, k := range c.store {
		if k == nil || k.devsig {
			continue
		}
		set := ""
		if k == cur {
			set = "(Current Setting)"
		} else if usable(k) {
			f.field("i2702", false, strconv.Itoa(i+1))
			set = button("Set as Default Key", fmt.Sprintf("useKey('%d')", i+1))
		}
		s += fmt.Sprintf("<tr><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>\n", k.name, c.usageText(k), validity(k), set)
	}
	s += "</table></div>\n"
	c.show(view{title: "Key and Certificate", crumbs: append(path, "Key and Certificate"), forms: []*form{f},
		body: s + f.markup() + "<fieldset>" + button("Back", "location.href='"+back+"'") + "</fieldset>\n"})
}

// purpose tells the key chosen so far, the way to the page and the page itself.
func (c *ctx) purpose(use string) (*key, []string, string) {
	d := c.s.draft
	switch {
	case use == "1":
		return c.stored.TLS, netCrumbs("/m_security.html|TLS Settings"), "/m_security.html"
	case use == "2" && d != nil && d.kind == "2":
		return d.x.Key, netCrumbs("/m_network_8021x.html|IEEE 802.1X Settings"), "/m_network_8021x_edit.html?r=1"
	case use == "3" && d != nil && d.kind == "3":
		return d.ike.Key, netCrumbs("/m_ipsec.html|IPSec Policy List", "IKE"), fmt.Sprintf("/m_ipsec_ike_edit.html?no=%d&r=1", d.policy+1)
	}
	return nil, nil, ""
}

func (c *ctx) keySelected() {
	use, k := c.in.Get("i2700"), c.slot(c.in.Get("i2702"))
	_, path, back := c.purpose(use)
	switch {
	case path == nil:
		c.expired()
		return
	case !usable(k):
		c.message("Key and Certificate", "The specified key and certificate cannot be used.", back)
		return
	case use == "1":
		c.stored.TLS = k
	default: // kept with the other fields of the page until its OK
		c.s.draft.x.Key, c.s.draft.ike.Key = k, k
	}
	c.redirect(back)
}

func (c *ctx) dot1xPage() {
	x := c.stored.X
	proto := map[bool]string{false: "MSCHAPv2", true: "PAP"}[x.PAP]
	c.s.draft = nil
	c.show(view{title: "IEEE 802.1X Settings", crumbs: netCrumbs("IEEE 802.1X Settings"),
		body: "<fieldset>" + button("Edit...", "location.href='/m_network_8021x_edit.html'") + "</fieldset>\n" +
			table("Use IEEE 802.1X", onOff[x.On], "Login Name", esc(x.Login), "Verify Authentication Server Certificate", onOff[x.VerifyCert],
				"Verify Authentication Server Name", onOff[x.VerifyName], "Authentication Server Name", esc(x.Server), "Use TLS", onOff[x.TLS], "Key Name", x.Key.name,
				"Use TTLS", onOff[x.TTLS], "TTLS Settings (TTLS Protocol)", proto, "Use PEAP", onOff[x.PEAP], "User Name", esc(x.User), "Password", "********")})
}

func (c *ctx) dot1xEdit() {
	d := c.drafted("2", 0)
	if c.r.URL.Query().Get("r") == "" {
		c.s.draft, d.x = nil, c.stored.X
	}
	c.dot1xForm(d.x, "")
}

func (c *ctx) dot1xForm(x dot1x, msg string) {
	f := newForm("dot1xForm", "/cgi/m_network_8021x_edit.cgi")
	f.hidden("i2699", "0", "1")
	f.add("<table class=\"PropertyListComponent\">\n")
	f.row("", f.checkbox("i2640", "Use IEEE 802.1X", x.On, ""))
	f.row(`<label for="i2641">Login Name:</label>`, f.text("i2641", x.Login, 24, 24, false))
	f.row("", f.checkbox("i2642", "Verify Authentication Server Certificate", x.VerifyCert, ""))
	f.row("", f.checkbox("i2643", "Verify Authentication Server Name", x.VerifyName, ""))
	f.row(`<label for="i2644">Authentication Server Name:</label>`, f.text("i2644", x.Server, 40, 64, false))
	f.row("", f.checkbox("i2645", "Use TLS", x.TLS, ""))
	f.row("Key Name:", `<span id="keyName">`+x.Key.name+"</span>")
	f.row("Key and Certificate:", button("Key and Certificate...", "pickKey('dot1xForm','i2699')"))
	f.row("", f.checkbox("i2646", "Use TTLS", x.TTLS, ""))
	f.row("TTLS Settings (TTLS Protocol):", f.radio("i2647", "1", "i2647A", "Use MSCHAPv2", !x.PAP, "")+f.radio("i2647", "2", "i2647B", "Use PAP", x.PAP, ""))
	f.row("", f.checkbox("i2648", "Use PEAP", x.PEAP, ""))
	f.row(`<label for="i2649">User Name:</label>`, f.text("i2649", x.User, 24, 24, false))
	f.row("Password:", f.checkbox("i2160", "Change Password", false, "changePw()")+" "+f.password("i2172", true))
	f.add("</table>\n%s", buttons("OK", "once()", "/m_network_8021x.html"))
	c.show(view{title: "Edit IEEE 802.1X Settings", crumbs: netCrumbs("/m_network_8021x.html|IEEE 802.1X Settings", "Edit IEEE 802.1X Settings"),
		onload: "changePw()", body: errText(msg) + f.markup(), forms: []*form{f}})
}

func (c *ctx) dot1xSave() {
	d := c.drafted("2", 0)
	x := dot1x{On: c.checked("i2640"), Login: c.in.Get("i2641"), VerifyCert: c.checked("i2642"), VerifyName: c.checked("i2643"),
		Server: c.in.Get("i2644"), TLS: c.checked("i2645"), TTLS: c.checked("i2646"), PAP: c.in.Get("i2647") == "2", PEAP: c.checked("i2648"),
		User: c.in.Get("i2649"), Password: d.x.Password, Key: d.x.Key}
	if c.checked("i2160") {
		x.Password = c.in.Get("i2172")
	}
	if c.in.Get("i2699") == "1" {
		c.s.draft = &draft{kind: "2", x: x}
		c.redirect("/m_keyselect.html?use=2")
		return
	}
	switch {
	case x.TLS && (x.TTLS || x.PEAP):
		c.dot1xForm(x, "[Use TLS] cannot be used together with [Use TTLS] or [Use PEAP].")
		return
	case x.On && x.Login == "":
		c.dot1xForm(x, "Enter the login name.")
		return
	}
	same := x
	same.Key = c.stored.X.Key
	if same != c.stored.X {
		c.Violate("IEEE 802.1X settings other than the key changed")
	}
	c.stored.X, c.s.draft = x, nil
	c.redirect("/m_network_8021x.html")
}

func (c *ctx) ipsec() {
	s := `<div class="ItemListComponent"><table><tr><th>Priority</th><th>Policy Name</th><th>Status</th></tr>
`
	for i, n := range policyNames {
		s += fmt.Sprintf("<tr><td>%d</td><td>%s</td><td>On</td></tr>\n", i+1, link(fmt.Sprintf("/m_ipsec_policy.html?no=%d", i+1), n))
	}
	s += "</table></div>\n"
	c.show(view{title: "IPSec Policy List", crumbs: netCrumbs("IPSec Policy List"), body: table("Use IPSec", "On", "Receive Non-Policy Packets", "Allow") + s})
}

// policy reads the number of a policy.
func policy(no string) int { return map[string]int{"2": 1}[no] }

func (c *ctx) policyPage() {
	n := policy(c.r.URL.Query().Get("no"))
	c.s.draft = nil
	k := c.stored.Policies[n]
	method := map[bool]string{false: "Pre-Shared Key Method", true: "Digital Signature Method"}[k.Sign]
	c.show(view{title: "IPSec Policy", crumbs: netCrumbs("/m_ipsec.html|IPSec Policy List", policyNames[n]),
		body: "<h2>Policy Settings</h2>\n" + table("Policy Name", policyNames[n], "Status", "On") +
			"<h2>Selector Settings</h2>\n" + table("Local Address", "All IPv4 Addresses", "Remote Address", fmt.Sprintf("198.51.100.%d", 10+n), "Port", "All Ports") +
			"<h2>IKE Settings</h2>\n" + table("Authentication Method", method, "Key Name", k.Key.name) +
			"<fieldset>" + button("IKE Settings...", fmt.Sprintf("location.href='/m_ipsec_ike_edit.html?no=%d'", n+1)) + "</fieldset>\n" +
			"<h2>IPSec Network Settings</h2>\n" + table("Validity", "480 min.", "PFS", "Off", "Authentication/Encryption Algorithm", "Auto")})
}

func (c *ctx) ikeEdit() {
	n := policy(c.r.URL.Query().Get("no"))
	d := c.drafted("3", n)
	if c.r.URL.Query().Get("r") == "" {
		c.s.draft, d.ike = nil, c.stored.Policies[n]
	}
	c.ikeForm(n, d.ike, "")
}

func (c *ctx) ikeForm(n int, k ike, msg string) {
	f := newForm("ikeForm", "/cgi/m_ipsec_ike_edit.cgi")
	f.hidden("i2690", strconv.Itoa(n+1))
	f.hidden("i2699", "0", "1")
	f.add("<table class=\"PropertyListComponent\">\n")
	f.row("IKE Mode:", f.radio("i2650", "1", "i2650A", "Main", !k.Aggressive, "")+f.radio("i2650", "2", "i2650B", "Aggressive", k.Aggressive, ""))
	f.row("Validity:", `<label for="i2651">Time</label> `+f.text("i2651", k.Minutes, 6, 5, false)+" min. (1-65535)")
	f.row("Authentication Method:", f.radio("i2652", "1", "i2652A", "Pre-Shared Key Method", !k.Sign, "")+"<br />"+
		f.checkbox("i2655", "Change Shared Key", false, "changePsk()")+" "+f.password("i2656", true)+"<br />"+
		f.radio("i2652", "2", "i2652B", "Digital Signature Method", k.Sign, ""))
	f.row("Key Name:", `<span id="keyName">`+k.Key.name+"</span>")
	f.row("Key and Certificate:", button("Key and Certificate...", "pickKey('ikeForm','i2699')"))
	f.row(`<label for="i2653">Authentication:</label>`, f.choice("i2653", k.Auth, false, "SHA1|SHA1", "SHA256|SHA256"))
	f.row(`<label for="i2654">Encryption:</label>`, f.choice("i2654", k.Enc, false, "3DES-CBC|3DES-CBC", "AES-CBC|AES-CBC"))
	f.row(`<label for="i2657">DH Group:</label>`, f.choice("i2657", k.DH, false, "Group2(1024)|Group2(1024)", "Group14(2048)|Group14(2048)"))
	f.add("</table>\n%s", buttons("OK", "once()", fmt.Sprintf("/m_ipsec_policy.html?no=%d", n+1)))
	c.show(view{title: "IKE", onload: "changePsk()", forms: []*form{f}, body: errText(msg) + f.markup(),
		crumbs: netCrumbs("/m_ipsec.html|IPSec Policy List", fmt.Sprintf("/m_ipsec_policy.html?no=%d|%s", n+1, policyNames[n]), "IKE")})
}

func (c *ctx) ikeSave() {
	n := policy(c.in.Get("i2690"))
	old, d := c.stored.Policies[n], c.drafted("3", n)
	k := ike{Aggressive: c.in.Get("i2650") == "2", Sign: c.in.Get("i2652") == "2", Minutes: c.in.Get("i2651"),
		PSK: d.ike.PSK, Auth: c.in.Get("i2653"), Enc: c.in.Get("i2654"), DH: c.in.Get("i2657"), Key: d.ike.Key}
	if c.checked("i2655") {
		k.PSK = c.in.Get("i2656")
	}
	if c.in.Get("i2699") == "1" {
		c.s.draft = &draft{kind: "3", policy: n, ike: k}
		c.redirect("/m_keyselect.html?use=3")
		return
	}
	m, err := strconv.Atoi(k.Minutes)
	switch {
	case err != nil || m < 1 || m > 65535:
		c.ikeForm(n, k, "The validity is not correct. Enter a value from 1 to 65535.")
		return
	case k.Sign && k.Key == noKey:
		c.ikeForm(n, k, "The key and certificate are not set. Set them in [Key and Certificate].")
		return
	case !k.Sign && k.PSK == "":
		c.ikeForm(n, k, "Enter the shared key.")
		return
	}
	same := k
	same.Key = old.Key
	if same != old {
		c.Violate("IKE settings of the policy %s other than the key changed", policyNames[n])
	}
	c.stored.Policies[n], c.s.draft = k, nil
	c.redirect(fmt.Sprintf("/m_ipsec_policy.html?no=%d", n+1))
}
