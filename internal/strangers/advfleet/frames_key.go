package advfleet

import (
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const frameDev = "Settings/Registration: Management Settings: Device Management"

func framesKeys(c *ctx) {
	id, _ := strconv.Atoi(c.v("KeyID"))
	k := c.d.key(id)
	switch c.v("PageFlag") {
	case "c_keydetail.tpl":
		if k != nil && k.cert != nil {
			framesDetail(c, k)
			return
		}
	case "c_keycert.tpl":
		if k != nil {
			framesCert(c, k)
			return
		}
	}
	msg := ""
	if c.post() {
		if !c.from("c_keylist.tpl") {
			framesError(c, "Cannot display the specified page.")
			return
		}
		if k == nil {
			msg = "Select a key and certificate."
		} else if c.d.remove(k) != nil {
			msg = "The key is in use and cannot be deleted."
		}
	}
	framesKeyList(c, msg)
}

func framesKeyList(c *ctx, msg string) {
	c.saw("c_keylist.tpl")
	c.frameHead(frameDev, "Key and Certificate Settings")
	c.f(`<script language="JavaScript"><!--
function doDelete() {
  var i, n = 0, r = document.frm.elements;
  for (i = 0; i < r.length; i++) { if (r[i].type == "radio" && r[i].checked) n++; }
  if (n == 0) { alert("Select a key and certificate."); return; }
  if (confirm("Delete the selected key and certificate?")) { document.frm.submit(); }
}
//--></script>
<font color="red">%s</font>
<form name="frm" method="post" action="/rps/ckeylist.cgi">%s
<p><a href="/rps/ckeygen.cgi?Flag=Init_Data&amp;PageFlag=c_keygen.tpl&amp;Dummy=%s"><img src="/media/b_gen.gif" alt="Generate Key" border=0></a>
<a href="javascript:doDelete()"><img src="/media/b_del.gif" alt="Delete" border=0></a></p>
<table border=1><tr><td>&nbsp;</td><td>Key Name</td><td>Key Usage</td><td>Certificate</td></tr>
`, msg, c.frameHidden("Exec_Data", "ckeylist.cgi", "c_keylist.tpl"), c.dummy())
	for _, k := range c.d.keys {
		name, icon := esc(k.name), "Certificate"
		if k.cert == nil {
			name = `<img src="/media/i_nocert.gif" alt="The certificate for the key does not exist."> ` + name
		} else {
			name = fmt.Sprintf(`<a href="/rps/ckeylist.cgi?Flag=Init_Data&amp;PageFlag=c_keydetail.tpl&amp;KeyID=%d&amp;Dummy=%s">%s</a>`, k.id, c.dummy(), name)
		}
		c.f(`<tr><td><input type="radio" name="KeyID" value="%[1]d"></td><td>%[2]s</td><td>%[3]s</td>
<td><a href="/rps/ckeylist.cgi?Flag=Init_Data&amp;PageFlag=c_keycert.tpl&amp;KeyID=%[1]d&amp;Dummy=%[4]s"><img src="/media/i_cert.gif" alt="%[5]s" border=0></a></td></tr>`+"\n",
			k.id, name, framesUses(c.d, k), c.dummy(), icon)
	}
	c.f("</table></form>")
	c.frameFoot()
}

func framesDetail(c *ctx, k *key) {
	alg, size := k.algorithm()
	if alg == "RSA" {
		size += " bit"
	}
	x := k.cert
	c.f(`<html><head><title>Certificate Details</title></head><body>
<small>%s &gt; <a href="/rps/ckeylist.cgi?Flag=Init_Data&amp;PageFlag=c_keylist.tpl&amp;Dummy=%s">Key and Certificate Settings</a></small>
<h3>Certificate Details</h3>
<table border=1>
<tr><td>Key Name:</td><td>%s</td></tr>
<tr><td>Serial Number:</td><td>%s</td></tr>
<tr><td>Signature Algorithm:</td><td>%s</td></tr>
<tr><td>Issued To:</td><td>%s</td></tr>
<tr><td>Validity Start Date:</td><td>%s</td></tr>
<tr><td>Validity End Date:</td><td>%s</td></tr>
<tr><td>Issuer:</td><td>%s</td></tr>
<tr><td>Public Key:</td><td>%s %s</td></tr>
<tr><td>Certificate Thumbprint:</td><td>%s</td></tr>
</table>
`, frameDev, c.dummy(), esc(k.name), spaced(x.SerialNumber.Bytes(), " "), strings.Replace(x.SignatureAlgorithm.String(), "-RSA", "", 1),
		esc(x.Subject.String()), x.NotBefore.Format("2006/01/02"), x.NotAfter.Format("2006/01/02"), esc(x.Issuer.String()), alg, size, spaced(k.thumb(), " "))
	if c.v("Verify") != "" {
		c.f("<p>The certificate is valid.</p>")
	}
	c.f(`<a href="/rps/ckeylist.cgi?Flag=Init_Data&amp;PageFlag=c_keydetail.tpl&amp;KeyID=%d&amp;Verify=1&amp;Dummy=%s">Verify Certificate</a>`, k.id, c.dummy())
	c.frameFoot()
}

func framesCert(c *ctx, k *key) {
	msg := ""
	if c.post() {
		if !c.from("c_keycert.tpl") {
			framesError(c, "Cannot display the specified page.")
			return
		}
		f, _, err := c.r.FormFile("CertFile")
		if err == nil {
			b, _ := io.ReadAll(io.LimitReader(f, 1<<16))
			err = c.d.register(k, b)
		}
		if err == nil {
			framesKeyList(c, "")
			return
		}
		msg = "The file cannot be registered."
	}
	c.frameHead(frameDev+" &gt; Key and Certificate Settings", "Certificate")
	c.f(`<p>Key Name: %s</p><font color="red">%s</font>`, esc(k.name), msg)
	if c.v("Reg") == "" && msg == "" {
		c.f(`<a href="/rps/ckeylist.cgi?Flag=Init_Data&amp;PageFlag=c_keycert.tpl&amp;KeyID=%d&amp;Reg=1&amp;Dummy=%s">Register Certificate...</a>`, k.id, c.dummy())
		if k.cert != nil {
			c.f(`<p>SHA1 %s</p>`, hex.EncodeToString(k.thumb()))
		}
		c.frameFoot()
		return
	}
	c.saw("c_keycert.tpl")
	c.f(`<form name="frm" method="post" action="/rps/ckeylist.cgi" enctype="multipart/form-data">%s<input type="hidden" name="KeyID" value="%d">
<input type="file" name="CertFile"> <input type="submit" value="Register"></form>`, c.frameHidden("Exec_Data", "ckeylist.cgi", "c_keycert.tpl"), k.id)
	c.frameFoot()
}

var framesReasons = map[error]string{errName: "Use alphanumeric characters for the key name.", errTaken: "This key name is already used.",
	errFull: "No more keys can be registered.", errHash: "This combination of algorithms cannot be used.", errDate: "The validity dates are incorrect.",
	errCountry: "The country code is incorrect.", errText: "Use alphanumeric characters.", errBusy: "A key is being generated.", errOther: "The key could not be generated."}

func framesGenerate(c *ctx) {
	crumb := frameDev + " &gt; Key and Certificate Settings"
	switch tpl := c.v("PageFlag"); {
	case c.v("Flag") == "Csr_Data":
		id, _ := strconv.Atoi(c.v("KeyID"))
		if k := c.d.key(id); k != nil && k.csr != nil {
			c.w.Header().Set("Content-Type", "application/octet-stream")
			c.w.Header().Set("Content-Disposition", `attachment; filename="csr.txt"`)
			c.f("%s", devicetest.RequestText(k.csr))
			c.flush()
			return
		}
		framesError(c, "Cannot display the specified page.")
	case tpl == "c_keynet.tpl" || tpl == "c_keycsr.tpl":
		csr := tpl == "c_keycsr.tpl"
		if !c.post() {
			framesGenForm(c, csr, "")
			return
		}
		if !c.from(tpl) {
			framesError(c, "Cannot display the specified page.")
			return
		}
		k, err := c.d.generate(framesRequest(c, csr))
		if err != nil {
			framesGenForm(c, csr, framesReasons[err])
			return
		}
		c.s.seen[tpl] = false
		if !csr {
			framesKeyList(c, "")
			return
		}
		c.frameHead(crumb, "Key and Certificate Signing Request (CSR)")
		c.f(`<textarea rows=20 cols=70 readonly>%s</textarea><p><a href="/rps/ckeygen.cgi?Flag=Csr_Data&amp;KeyID=%d&amp;Dummy=%s">Store in File</a></p>`,
			devicetest.RequestText(k.csr), k.id, c.dummy())
		c.frameFoot()
	default:
		c.frameHead(crumb, "Generate Key")
		c.frameItems([2]string{"ckeygen.cgi?Flag=Init_Data&PageFlag=c_keynet.tpl", "Network Communication"},
			[2]string{"ckeygen.cgi?Flag=Init_Data&PageFlag=c_keycsr.tpl", "Key and Certificate Signing Request (CSR)"})
		c.frameFoot()
	}
}

func framesRequest(c *ctx, csr bool) *genReq {
	p := c.r.PostForm
	q := &genReq{name: p.Get("KeyName"), hash: p.Get("SigAlg"), alg: p.Get("KeyAlg"), csr: csr, state: p.Get("St"), city: p.Get("Loc"),
		org: p.Get("Org"), unit: p.Get("OrgU"), cn: p.Get("Cn"), country: p.Get("CtList")}
	q.size = p.Get("RsaLen")
	if q.alg == "ECDSA" {
		q.size = p.Get("EcType")
	}
	if p.Get("CtSel") == "1" {
		q.country = p.Get("CtCode")
	}
	pad := func(s string) string {
		if len(s) == 1 {
			return "0" + s
		}
		return s
	}
	q.from = p.Get("SY") + "/" + pad(p.Get("SM")) + "/" + pad(p.Get("SD"))
	q.to = p.Get("EY") + "/" + pad(p.Get("EM")) + "/" + pad(p.Get("ED"))
	return q
}

func framesGenForm(c *ctx, csr bool, msg string) {
	tpl, title := "c_keynet.tpl", "Network Communication"
	if csr {
		tpl, title = "c_keycsr.tpl", "Generate Key and Certificate Signing Request (CSR)"
	}
	c.saw(tpl)
	c.frameHead(frameDev+" &gt; Key and Certificate Settings &gt; Generate Key", title)
	c.f(`<font color="red">%s</font><form name="frm" method="post" action="/rps/ckeygen.cgi">%s
<h4>Key Settings</h4><table border=1>
<tr><td>Key Name</td><td><input type="text" name="KeyName" maxlength="24"></td></tr>
<tr><td>Signature Algorithm</td><td><select name="SigAlg"><option value="SHA1">SHA1</option><option value="SHA256" selected>SHA256</option><option value="SHA384">SHA384</option><option value="SHA512">SHA512</option></select></td></tr>
<tr><td>Key Algorithm</td><td><input type="radio" name="KeyAlg" value="RSA" checked> RSA <select name="RsaLen"><option value="512">512 bit</option><option value="1024">1024 bit</option><option value="2048" selected>2048 bit</option><option value="4096">4096 bit</option></select><br>
<input type="radio" name="KeyAlg" value="ECDSA"> ECDSA <select name="EcType"><option value="P256">P256</option><option value="P384">P384</option><option value="P521">P521</option></select></td></tr></table>
<h4>Certificate Settings</h4><table border=1>
`, msg, c.frameHidden("Exec_Data", "ckeygen.cgi", tpl))
	if !csr {
		now := c.d.cfg.Now()
		for _, r := range []struct {
			l, n string
			y    int
		}{{"Validity Start Date (YYYY/MM/DD)", "S", 0}, {"Validity End Date (YYYY/MM/DD)", "E", 5}} {
			c.f(`<tr><td>%s</td><td><input type="text" name="%[2]sY" size=4 maxlength=4 value="%[3]d">/<input type="text" name="%[2]sM" size=2 maxlength=2 value="%02[4]d">/<input type="text" name="%[2]sD" size=2 maxlength=2 value="%02[5]d"></td></tr>`+"\n",
				r.l, r.n, now.Year()+r.y, int(now.Month()), min(now.Day(), 28))
		}
	}
	c.f(`<tr><td rowspan=2>Country/Region</td><td><input type="radio" name="CtSel" value="0" checked> Select Country/Region Name <select name="CtList"><option value="JP">Japan (JP)</option><option value="TW">Taiwan (TW)</option><option value="US" selected>United States (US)</option><option value="GB">United Kingdom (GB)</option></select></td></tr>
<tr><td><input type="radio" name="CtSel" value="1"> Enter Internet Country Code <input type="text" name="CtCode" size=2 maxlength=2></td></tr>
<tr><td>State</td><td><input type="text" name="St"></td></tr><tr><td>City</td><td><input type="text" name="Loc"></td></tr>
<tr><td>Organization</td><td><input type="text" name="Org"></td></tr><tr><td>Organization Unit</td><td><input type="text" name="OrgU"></td></tr>
<tr><td>Common Name</td><td><input type="text" name="Cn" value="%s"></td></tr></table>
<p><input type="submit" value="OK"></p></form>`, esc(c.host()))
	c.frameFoot()
}
