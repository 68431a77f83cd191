package adv8595iii

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

// genJob is a generation that runs while the page waits.
type genJob struct {
	done bool
	err  error
	kind string // net, csr, ds
	key  *key
}

func (c *ctx) keyCrumbs(more ...string) []string {
	return append([]string{"Management Settings", "", "Device Management", c.tpl("cmenu.cgi", "c_menu.tpl", "MenuID", "device")}, more...)
}

func (c *ctx) keyListURL() string { return c.tpl("ckeycert.cgi", "c_keylist.tpl") }

func (c *ctx) keyNo() *key {
	no, _ := strconv.Atoi(c.v.Get("KeyNo"))
	return c.d.key(no)
}

// keyCert is the list and the deletion.
func (c *ctx) keyCert() {
	switch {
	case c.exec():
		c.keyDelete()
	case c.r.Method == "POST":
		c.keyConfirm()
	default:
		c.keyList("")
	}
}

func (c *ctx) keyList(msg string) {
	d := c.d
	c.begin("settings", c.keyCrumbs("Key and Certificate Settings")...)
	c.errBox(msg)
	f := c.form("KEYLIST_FORM", "ckeycert.cgi", "c_keylist.tpl", "c_keydel.tpl", false)
	c.p("%s %s\n", button("Gen_Button", "Generate Key...", "jump('"+c.tpl("ckeygen.cgi", "c_gentop.tpl")+"')"), button("Del_Button", "Delete", "key_delete()"))
	c.p(`<div class="ItemListComponent"><table class="ItemListComponent"><thead><tr><th>Select</th><th>Key Name</th><th>Certificate</th><th>Key Usage</th></tr></thead><tbody>` + "\n")
	for _, k := range d.keys {
		box := ""
		if k.kind == kindNormal {
			no := strconv.Itoa(k.no)
			f.add("maybe", "KeyNo", no)
			box = fmt.Sprintf(`<input type="checkbox" name="KeyNo" value="%s" title="%s" />`, no, esc(k.name))
		}
		icon, alt := "cert.gif", "Certificate"
		if k.cert == nil {
			icon, alt = "cert_no.gif", "No certificate"
		}
		c.tpl("ckeycert2.cgi", "c_keydetail.tpl", "KeyNo", strconv.Itoa(k.no))
		c.tpl("ckeycert2.cgi", "c_keycert.tpl", "KeyNo", strconv.Itoa(k.no))
		c.p(`<tr><td>%s</td><td><a href="javascript:key_detail('%d');">%s</a></td><td><a href="javascript:key_cert('%d');"><img src="/media/%s" alt="%s" title="%s" border="0" /></a></td><td>%s</td></tr>`+"\n",
			box, k.no, esc(k.name), k.no, icon, alt, alt, d.useText(k))
	}
	c.p("</tbody></table></div>\n<p>Registered keys: %d / %d</p>\n</form>\n", len(d.keys), maxKeys)
	// several KeyNo fields are one field of several values
	var one []field
	for _, fd := range f.fields {
		if i := slices.IndexFunc(one, func(o field) bool { return o.name == fd.name }); i >= 0 {
			one[i].vals = append(one[i].vals, fd.vals...)
		} else {
			one = append(one, fd)
		}
	}
	f.fields = one
	c.p(`<script type="text/javascript">
//<![CDATA[
function key_page(tpl,no){jump("./ckeycert2.cgi?Flag=Init_Data&PageFlag="+tpl+"&FuncTypeFlag=SettingPage&KeyNo="+no+"&Dummy=0");}
function key_detail(no){key_page("c_keydetail.tpl",no);}
function key_cert(no){key_page("c_keycert.tpl",no);}
function key_delete(){
  var e=document.getElementsByName("KeyNo"),i,n=0;
  for(i=0;i<e.length;i++){if(e[i].checked){n++;}}
  if(n==0){alert("Select the key and certificate to delete.");return;}
  send_form("KEYLIST_FORM","c_keydel.tpl","Init_Data");
}
//]]>
</script>` + "\n")
	c.end()
}

// deletable tells why the keys cannot be deleted, "" if they can.
func (c *ctx) deletable(nos []string) string {
	for _, n := range nos {
		no, _ := strconv.Atoi(n)
		k := c.d.key(no)
		switch {
		case k == nil:
			return "The specified key does not exist."
		case k.kind != kindNormal:
			c.d.Violate("deletion of %q attempted", k.name)
			return "This key cannot be deleted."
		case c.d.inUse(k):
			c.d.Violate("deletion of %q attempted, which is in use", k.name)
			return fmt.Sprintf("The key \"%s\" cannot be deleted because it is in use.", k.name)
		}
	}
	return ""
}

func (c *ctx) keyConfirm() {
	nos := c.v["KeyNo"]
	if msg := c.deletable(nos); msg != "" || len(nos) == 0 {
		c.keyList(msg)
		return
	}
	c.begin("settings", c.keyCrumbs("Key and Certificate Settings", c.keyListURL(), "Delete Key and Certificate")...)
	f := c.form("DELETE_FORM", "ckeycert.cgi", "c_keydel.tpl", "c_keylist.tpl", false)
	c.hid(f, "SelKeys", strings.Join(nos, ","))
	c.p("<p>The following keys and certificates will be deleted. Is it OK to delete them?</p><ul>\n")
	for _, n := range nos {
		no, _ := strconv.Atoi(n)
		c.p("<li>%s</li>\n", esc(c.d.key(no).name))
	}
	c.p("</ul>\n%s %s\n</form>\n", button("OK_Button", "OK", "send_form('DELETE_FORM','c_keydel.tpl','Exec_Data')"), button("Cancel_Button", "Cancel", "jump('"+c.keyListURL()+"')"))
	c.end()
}

func (c *ctx) keyDelete() {
	nos := strings.Split(c.v.Get("SelKeys"), ",")
	if msg := c.deletable(nos); msg != "" {
		c.keyList(msg)
		return
	}
	var names []string
	for _, n := range nos {
		no, _ := strconv.Atoi(n)
		names = append(names, c.d.key(no).name)
		c.d.keys = slices.DeleteFunc(c.d.keys, func(k *key) bool { return k.no == no })
	}
	c.s.notice = "Deleted: " + strings.Join(names, ", ")
	c.keyList("")
}

func thumb(der []byte) string {
	s := sha1.Sum(der)
	return strings.ToUpper(fmt.Sprintf("% x", s[:]))
}

func (c *ctx) certTable(der []byte, k *key) {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return
	}
	row := func(n, v string) { c.p("<tr><th>%s</th><td>%s</td></tr>\n", n, esc(v)) }
	c.p(`<table class="ItemListComponent">` + "\n")
	row("Version", fmt.Sprintf("V%d", cert.Version))
	row("Serial Number", strings.ToUpper(fmt.Sprintf("% x", cert.SerialNumber.Bytes())))
	row("Signature Algorithm", cert.SignatureAlgorithm.String())
	row("Issued To", nameText(cert.RawSubject))
	row("Validity Start Date", cert.NotBefore.UTC().Format("2006/01/02 15:04:05"))
	row("Validity End Date", cert.NotAfter.UTC().Format("2006/01/02 15:04:05"))
	row("Issuer", nameText(cert.RawIssuer))
	alg := ""
	switch p := cert.PublicKey.(type) {
	case *rsa.PublicKey:
		alg = fmt.Sprintf("RSA %d bit", p.N.BitLen())
	case *ecdsa.PublicKey:
		alg = fmt.Sprintf("ECDSA P%d", p.Curve.Params().BitSize)
	}
	row("Public Key", alg)
	row("Certificate Thumbprint", thumb(der))
	c.p("</table>\n")
}

// keyDetail holds the pages of one key: details, its certificate, verification, registration.
func (c *ctx) keyDetail() {
	k := c.keyNo()
	if k == nil {
		c.cannot("The specified key does not exist.")
		return
	}
	no := strconv.Itoa(k.no)
	crumbs := func(t string) []string {
		return c.keyCrumbs("Key and Certificate Settings", c.keyListURL(), t)
	}
	back := button("Back_Button", "Back", "jump('"+c.keyListURL()+"')")
	switch {
	case c.r.Method == "POST":
		c.certRegister(k)
	case c.v.Get("PageFlag") == "c_keyverify.tpl": // the small window
		c.p(doctype)
		now, cert := c.d.now(), k.cert
		x, err := x509.ParseCertificate(cert)
		res := "This certificate is valid."
		if err != nil {
			res = "This certificate is invalid."
		} else if now.After(x.NotAfter) || now.Before(x.NotBefore) {
			res = "This certificate is not within its validity period."
		}
		c.p("<head><title>Verify Certificate</title></head><body><p>%s: %s</p><p><input type=\"button\" value=\"Close\" onclick=\"window.close();\" /></p></body></html>\n", esc(k.name), res)
		c.send()
	case c.v.Get("PageFlag") == "c_keyreg.tpl":
		c.regPage(k, "")
	case c.v.Get("PageFlag") == "c_keycert.tpl":
		c.begin("settings", crumbs("Certificate")...)
		c.p("<h2>%s</h2>\n", esc(k.name))
		if k.cert != nil {
			c.certTable(k.cert, k)
			c.p("%s\n", back)
		} else {
			c.p("<p>No certificate is registered for this key.</p>\n%s %s %s\n", button("Reg_Button", "Register Certificate...", "jump('"+c.tpl("ckeycert2.cgi", "c_keyreg.tpl", "KeyNo", no)+"')"),
				button("Csr_Button", "Display CSR", "jump('"+c.tpl("ckeygen.cgi", "c_csrdata.tpl", "KeyNo", no)+"')"), back)
		}
		c.end()
	default:
		c.begin("settings", crumbs("Certificate Details")...)
		c.p("<h2>%s</h2>\n", esc(k.name))
		if k.cert == nil {
			c.p(`<table class="ItemListComponent"><tr><th>Public Key</th><td>%s</td></tr></table><p>The certificate for this key does not exist.</p>`+"\n", devicetest.Algorithm(k.priv)+ifs(strings.HasPrefix(devicetest.Algorithm(k.priv), "RSA"), " bit"))
		} else {
			c.certTable(k.cert, k)
			c.p("%s ", button("Verify_Button", "Verify Certificate", "window.open('"+c.tpl("ckeycert2.cgi", "c_keyverify.tpl", "KeyNo", no)+"','verify','width=420,height=180')"))
		}
		c.p("%s\n", back)
		c.end()
	}
}

func (c *ctx) regPage(k *key, msg string) {
	c.begin("settings", c.keyCrumbs("Key and Certificate Settings", c.keyListURL(), "Register Certificate")...)
	c.errBox(msg)
	f := c.form("REG_FORM", "ckeycert2.cgi", "c_keyreg.tpl", "c_keylist.tpl", true)
	c.hid(f, "KeyNo", strconv.Itoa(k.no))
	f.add("file", "CertFile")
	c.p(`<p>Key Name: %s</p><p><label for="CertFile">File Path:</label> <input type="file" name="CertFile" id="CertFile" size="40" /></p>`+"\n%s %s\n</form>\n", esc(k.name),
		button("OK_Button", "Register", "if($F('REG_FORM').CertFile.value==''){alert('Specify the file to register.');}else{send_form('REG_FORM','c_keyreg.tpl','Exec_Data');}"),
		button("Cancel_Button", "Cancel", "jump('"+c.keyListURL()+"')"))
	c.end()
}

func (c *ctx) certRegister(k *key) {
	cert, err := devicetest.ReadCertificate(c.file)
	if err != nil {
		c.regPage(k, "The format of the specified file is not correct.")
		return
	}
	if !devicetest.SamePublic(k.priv, cert) {
		c.regPage(k, "The certificate does not match the key.")
		return
	}
	if k.cert != nil {
		c.regPage(k, "A certificate is already registered for this key.")
		return
	}
	k.cert = cert.Raw
	c.s.notice = "The certificate has been registered."
	c.keyList("")
}

var countries = []string{"", "(Not specified)", "AU", "Australia (AU)", "CA", "Canada (CA)", "DE", "Germany (DE)", "FR", "France (FR)", "GB", "Great Britain (GB)", "JP", "Japan (JP)", "TW", "Taiwan (TW)", "US", "United States (US)"}

// keyGen is the choice, the forms, the wait and the end of a generation.
func (c *ctx) keyGen() {
	pf := c.v.Get("PageFlag")
	crumbs := func(t ...string) []string {
		return c.keyCrumbs(append([]string{"Key and Certificate Settings", c.keyListURL()}, t...)...)
	}
	top := c.tpl("ckeygen.cgi", "c_gentop.tpl")
	switch {
	case c.exec() && pf == "c_gends.tpl":
		c.startJob("ds", nil)
	case c.exec():
		c.genSubmit(pf)
	case pf == "c_gennet.tpl" || pf == "c_gencsr.tpl":
		c.genForm(pf, "")
	case pf == "c_genwait.tpl":
		c.genWait()
	case pf == "c_csrdata.tpl":
		c.csrPage(c.keyNo())
	case pf == "c_gends.tpl":
		c.begin("settings", crumbs("Generate Key", top, "Device Signature")...)
		for _, k := range c.d.keys {
			if k.kind == kindDevSig {
				x, _ := x509.ParseCertificate(k.cert)
				c.p(`<table class="ItemListComponent"><tr><th>Key Name</th><td>%s</td></tr><tr><th>Validity</th><td>%s - %s</td></tr></table>`+"\n", k.name, x.NotBefore.Format("2006/01/02"), x.NotAfter.Format("2006/01/02"))
			}
		}
		c.form("DS_FORM", "ckeygen.cgi", "c_gends.tpl", "c_genwait.tpl", false)
		c.p(`%s`+"\n"+`<div id="dialogBack"><div id="dialog"><p>The device signature key and certificate will be replaced with new ones. E-mail encrypted with the current certificate can no longer be decrypted.</p>%s %s</div></div></form>`+"\n",
			button("Gen_Button", "Generate/Update", "show_dialog(true)"), button("OK_Button", "OK", "send_form('DS_FORM','c_gends.tpl','Exec_Data')"), button("Cancel_Button", "Cancel", "show_dialog(false)"))
		c.end()
	default:
		c.begin("settings", crumbs("Generate Key")...)
		c.p("<dl class=\"select\">\n")
		for _, e := range [][3]string{{"c_gennet.tpl", "Network Communication", "Generates a key and a self-signed certificate used for TLS, IEEE 802.1X, IPSec, and SIP."},
			{"c_gencsr.tpl", "Key and Certificate Signing Request (CSR)", "Generates a key and the data to request a certificate from a certificate authority."},
			{"c_gends.tpl", "Device Signature", "Generates or updates the key and certificate for the device signature."}} {
			c.p("<dt><a href=\"%s\">%s</a></dt><dd>%s</dd>\n", esc(c.tpl("ckeygen.cgi", e[0])), e[1], e[2])
		}
		c.p("</dl>\n")
		c.end()
	}
}

func (c *ctx) genForm(pf, msg string) {
	csr := pf == "c_gencsr.tpl"
	title := "Generate Network Communication Key"
	if csr {
		title = "Generate Key and Certificate Signing Request (CSR)"
	}
	v := c.v
	if c.r.Method != "POST" {
		host := c.r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		n := c.d.now()
		for k, val := range map[string]string{"HashAlg": "SHA256", "KeyAlg": "RSA", "RsaLen": "2048", "EcType": "P256", "CountrySel": "list", "CommonName": host,
			"StartY": n.Format("2006"), "StartM": n.Format("01"), "StartD": n.Format("02"), "EndY": strconv.Itoa(n.Year() + 5), "EndM": n.Format("01"), "EndD": n.Format("02")} {
			v.Set(k, val)
		}
	}
	c.begin("settings", c.keyCrumbs("Key and Certificate Settings", c.keyListURL(), "Generate Key", c.tpl("ckeygen.cgi", "c_gentop.tpl"), title)...)
	c.errBox(msg)
	f := c.form("GEN_FORM", "ckeygen.cgi", pf, "c_genwait.tpl", false)
	row := func(id, l, x string) {
		c.p(`<tr><th><label for="%s">%s</label></th><td>%s</td></tr>`+"\n", id, l, x)
	}
	c.p("%s %s\n<h2>Key Settings</h2>\n<table class=\"SettingTable\">\n", button("OK_Button", "OK", "send_form('GEN_FORM','"+pf+"','Exec_Data')"), button("Cancel_Button", "Cancel", "jump('"+c.keyListURL()+"')"))
	row("KeyName", "Key Name:", c.text(f, "KeyName", v.Get("KeyName"), `maxlength="24" size="30" `)+" (Max 24 characters)")
	row("HashAlg", "Signature Algorithm:", c.sel(f, "HashAlg", v.Get("HashAlg"), "SHA256", "SHA256", "SHA384", "SHA384", "SHA512", "SHA512"))
	row("", "Key Algorithm:", c.radio(f, "KeyAlg", "RSA", "RSA", v.Get("KeyAlg") == "RSA", "")+" "+c.sel(f, "RsaLen", v.Get("RsaLen"), "1024", "1024 bit", "2048", "2048 bit", "4096", "4096 bit")+
		"<br />"+c.radio(f, "KeyAlg", "ECDSA", "ECDSA", v.Get("KeyAlg") == "ECDSA", "")+" "+c.sel(f, "EcType", v.Get("EcType"), "P256", "P256", "P384", "P384", "P521", "P521"))
	if csr {
		c.p("</table>\n<h2>Certificate Signing Request (CSR) Settings</h2>\n<table class=\"SettingTable\">\n")
	} else {
		c.p("</table>\n<h2>Certificate Settings</h2>\n<table class=\"SettingTable\">\n")
		nums := func(n int) (o []string) {
			for i := 1; i <= n; i++ {
				s := fmt.Sprintf("%02d", i)
				o = append(o, s, s)
			}
			return
		}
		for _, e := range [][2]string{{"Start", "Validity Start Date (YYYY/MM/DD):"}, {"End", "Validity End Date (YYYY/MM/DD):"}} {
			row(e[0]+"Y", e[1], c.text(f, e[0]+"Y", v.Get(e[0]+"Y"), `maxlength="4" size="5" `)+" / "+c.sel(f, e[0]+"M", v.Get(e[0]+"M"), nums(12)...)+" / "+c.sel(f, e[0]+"D", v.Get(e[0]+"D"), nums(31)...))
		}
	}
	list := v.Get("CountrySel") == "list"
	so := `<select name="CountryList" id="CountryList"` + ifs(!list, ` disabled="disabled"`) + `>`
	for i := 0; i < len(countries); i += 2 {
		so += fmt.Sprintf(`<option value="%s"%s>%s</option>`, countries[i], ifs(v.Get("CountryList") == countries[i], ` selected="selected"`), countries[i+1])
	}
	f.add("off", "CountryList")
	f.add("off", "CountryCode")
	row("", "Country/Region:", c.radio(f, "CountrySel", "list", "Select Country/Region Name", list, `onclick="country_sel(true);" `)+" "+so+"</select><br />"+
		c.radio(f, "CountrySel", "code", "Enter Internet Country Code", !list, `onclick="country_sel(false);" `)+
		fmt.Sprintf(` <input type="text" name="CountryCode" id="CountryCode" maxlength="2" size="3" value="%s"%s />`, esc(v.Get("CountryCode")), ifs(list, ` disabled="disabled"`)))
	for _, e := range [][2]string{{"State", "State:"}, {"City", "City:"}, {"Org", "Organization:"}, {"OrgUnit", "Organization Unit:"}, {"CommonName", "Common Name:"}} {
		row(e[0], e[1], c.text(f, e[0], v.Get(e[0]), `maxlength="48" size="40" `))
	}
	c.p("</table>\n</form>\n<script type=\"text/javascript\">\n//<![CDATA[\nfunction country_sel(l){var f=$F(\"GEN_FORM\");f.CountryList.disabled=!l;f.CountryCode.disabled=l;}\n//]]>\n</script>\n")
	c.end()
}

var (
	keyNameOK = regexp.MustCompile(`^[A-Za-z0-9 ._-]{1,24}$`)
	asciiOK   = regexp.MustCompile(`^[ -~]{0,48}$`)
	codeOK    = regexp.MustCompile(`^[A-Z]{2}$`)
)

func (c *ctx) genCheck(pf string) (subject, time.Time, time.Time, error) {
	v := c.v
	s := subject{v.Get("CountryList"), v.Get("State"), v.Get("City"), v.Get("Org"), v.Get("OrgUnit"), v.Get("CommonName")}
	if v.Get("CountrySel") == "code" {
		s.country = v.Get("CountryCode")
	}
	var from, to time.Time
	fail := func(t string) (subject, time.Time, time.Time, error) { return s, from, to, errors.New(t) }
	if v.Get("KeyName") == "" {
		return fail("Enter [Key Name].")
	}
	if !keyNameOK.MatchString(v.Get("KeyName")) {
		return fail("Enter [Key Name] using alphanumeric characters.")
	}
	if s.country != "" && !codeOK.MatchString(s.country) {
		return fail("Enter the Internet country code using two uppercase letters.")
	}
	for _, x := range []string{s.state, s.city, s.org, s.unit, s.cn} {
		if !asciiOK.MatchString(x) {
			return fail("Characters that cannot be used are included.")
		}
	}
	if s.cn == "" {
		return fail("Enter [Common Name].")
	}
	if pf == "c_gennet.tpl" {
		var e1, e2 error
		from, e1 = dateIn(v, "Start")
		to, e2 = dateIn(v, "End")
		if e1 != nil || e2 != nil || from.Year() < 2000 || to.Year() > 2037 {
			return fail("The validity period is not correct. Specify a date from 2000/01/01 to 2037/12/31.")
		}
		if to.Before(from) {
			return fail("[Validity End Date (YYYY/MM/DD)] is earlier than [Validity Start Date (YYYY/MM/DD)].")
		}
		to = to.Add(24*time.Hour - time.Second)
	}
	probe := &key{name: v.Get("KeyName")}
	if err := c.d.addKey(probe); err != nil {
		return s, from, to, err
	}
	c.d.keys = c.d.keys[:len(c.d.keys)-1]
	return s, from, to, nil
}

func (c *ctx) genSubmit(pf string) {
	s, from, to, err := c.genCheck(pf)
	if err != nil {
		c.genForm(pf, err.Error())
		return
	}
	v := c.v
	length := v.Get("RsaLen")
	if v.Get("KeyAlg") == "ECDSA" {
		length = v.Get("EcType")
	}
	kind := "net"
	if pf == "c_gencsr.tpl" {
		kind = "csr"
	}
	name, hash := v.Get("KeyName"), v.Get("HashAlg")
	c.startJob(kind, func() (*key, error) {
		p, err := devicetest.NewKey(length)
		if err != nil {
			return nil, err
		}
		k := &key{name: name, priv: p}
		if kind == "csr" {
			k.csr, err = devicetest.Request(p, hash, s.name())
		} else {
			k.cert, err = selfSign(p, s, hash, from, to)
		}
		return k, err
	})
}

// startJob generates in the background and shows the waiting page.
func (c *ctx) startJob(kind string, gen func() (*key, error)) {
	d := c.d
	for _, j := range d.jobs {
		if !j.done {
			c.cannot("Another key is being generated. Wait a while, and then try again.")
			return
		}
	}
	d.nextJob++
	id := strconv.Itoa(d.nextJob)
	j := &genJob{kind: kind}
	d.jobs[id] = j
	if kind == "ds" {
		n := d.now().UTC().Truncate(24 * time.Hour)
		gen = func() (*key, error) {
			p := devicetest.Strong(2048)
			der, err := selfSign(p, subject{cn: "Canon iR-ADV 8595 III XLS04417", org: "CANON INC."}, "SHA256", n, n.AddDate(5, 0, 0))
			return &key{name: "Device Signature Key", priv: p, cert: der}, err
		}
	}
	var k *key
	var err error
	d.InBackground(time.Duration(500+rand.IntN(700))*time.Millisecond, func() { k, err = gen() }, func() {
		if err == nil && kind == "ds" {
			for _, o := range d.keys {
				if o.kind == kindDevSig {
					o.priv, o.cert = k.priv, k.cert
				}
			}
		} else if err == nil {
			err = d.addKey(k)
		}
		j.done, j.err, j.key = true, err, k
	})
	c.v.Set("ReqNo", id)
	c.genWait()
}

func (c *ctx) genWait() {
	id := c.v.Get("ReqNo")
	j := c.d.jobs[id]
	if j == nil {
		c.keyList("")
		return
	}
	if j.done && j.err == nil && j.kind == "csr" {
		c.csrPage(j.key)
		return
	}
	c.begin("settings", c.keyCrumbs("Key and Certificate Settings", c.keyListURL(), "Generate Key")...)
	ok := button("OK_Button", "OK", "jump('"+c.keyListURL()+"')")
	switch {
	case !j.done:
		c.p("<p>Generating... Wait a moment. Do not close this page or display another page.</p>\n<script type=\"text/javascript\">\n//<![CDATA[\nsetTimeout(function(){jump(\"%s\");},500);\n//]]>\n</script>\n", c.tpl("ckeygen.cgi", "c_genwait.tpl", "ReqNo", id))
	case j.err != nil:
		c.errBox("Could not generate the key. " + j.err.Error())
		c.p("%s\n", ok)
	case j.kind == "ds":
		c.p("<p>The device signature key and certificate have been updated.</p>\n%s\n", ok)
	default:
		c.p("<p>The key and certificate \"%s\" have been generated and registered.</p>\n%s\n", esc(j.key.name), ok)
	}
	c.end()
}

func (c *ctx) csrPage(k *key) {
	if k == nil || k.csr == nil {
		c.cannot("The specified key does not exist.")
		return
	}
	c.begin("settings", c.keyCrumbs("Key and Certificate Settings", c.keyListURL(), "Key and Certificate Signing Request (CSR)")...)
	c.p("<p>Key Name: %s</p>\n<p>Request a certificate from a certificate authority with the following data, and register the issued certificate for this key.</p>\n<pre id=\"csr\">%s</pre>\n%s %s\n", esc(k.name),
		devicetest.RequestText(k.csr), button("Save_Button", "Store in File", "jump('"+c.u("/rps/csrfile.cgi", "Flag", "File_Data", "KeyNo", strconv.Itoa(k.no))+"')"), button("OK_Button", "OK", "jump('"+c.keyListURL()+"')"))
	c.end()
}

func (c *ctx) csrFile() {
	if k := c.keyNo(); k != nil && k.csr != nil {
		c.download(strings.ReplaceAll(k.name, " ", "_")+".csr", "application/pkcs10", []byte(devicetest.RequestText(k.csr)))
		return
	}
	c.cannot("The specified key does not exist.")
}
