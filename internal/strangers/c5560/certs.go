package c5560

import (
	"crypto/x509/pkix"
	"fmt"
	"io"
	"strings"

	"github.com/rekey-go/rekey/internal/devicetest"
)

func initCerts() {
	reads["c_keycert.tpl"] = func(c *ctx) {
		k := c.keyOr()
		if k == nil {
			return
		}
		body := buttons(button("REG_Button", "註冊憑證...", c.link("ckeycert.cgi", "c_keyreg.tpl", "52", k.no)))
		if k.cert == nil {
			body += `<p><img src="/media/ic_nocert.gif" alt=""/> 金鑰的憑證不存在。</p>`
		} else {
			body += `<table class="info">` + certRows(k.cert, pubText(k)) + "</table>"
		}
		c.setting(c.up()+" > 憑證", "憑證", "", "<p>鍵值名稱： "+esc(k.name)+"</p>"+body)
	}
	reads["c_keyreg.tpl"] = certForm
	writes["c_keyreg.tpl"] = certTake
	reads["c_keycsrfile.tpl"] = func(c *ctx) {
		k := c.keyOr()
		if k == nil {
			return
		}
		h := c.w.Header()
		h.Set("Content-Type", "application/octet-stream")
		h.Set("Content-Disposition", `attachment; filename="`+k.name+`.csr"`)
		io.WriteString(c.w, devicetest.RequestText(k.csr))
	}
	reads["c_keysig.tpl"] = sigPage
	writes["c_keysig.tpl"] = func(c *ctx) {
		c.setting(c.up()+" > 生成鍵值 > 裝置簽章", "裝置簽章", "function sig_ok() { var f = document.OK_FORM; f.Dummy.value = (new Date()).getTime(); f.submit(); }",
			c.open("OK_FORM", "ckeygen.cgi", "c_keysigok.tpl", "c_keywait.tpl", "", "")+`<div class="msg"><p><img src="/media/ms_caut.gif" alt=""/> 將生成/更新裝置簽章的鍵值和憑證。<br/>現有的鍵值和憑證將會被取代。是否繼續？</p>`+
				buttons(button("OK_Button", "確定", "sig_ok()"), button("Cancel_Button", "取消", c.link("ckeygen.cgi", "c_keygen.tpl", "52", "")))+"</div></form>")
	}
	writes["c_keysigok.tpl"] = func(c *ctx) {
		if c.err = c.busy(); c.err != "" {
			sigPage(c)
			return
		}
		now := c.d.cfg.Now().UTC()
		c.d.run(request{kind: "sig", name: "Device Signature Key", alg: "RSA 2048", hash: "256", from: now, to: now.AddDate(5, 0, 0),
			subject: pkix.Name{Organization: []string{"CANON INC."}, OrganizationalUnit: []string{"QMT03721"}, CommonName: "iR-ADV C5560 Device Signature"}})
		keyWait(c)
	}
	reads["c_sigexp.tpl"] = func(c *ctx) {
		k := c.d.key(sigNo)
		c.setting(devCrumb+"匯出裝置簽章", "匯出裝置簽章", "function exp_start() { var f = document.EXP_FORM; f.Dummy.value = (new Date()).getTime(); f.submit(); }",
			c.open("EXP_FORM", "cdevsig.cgi", "c_sigexp.tpl", "c_sigexp.tpl", "", "")+`<p>匯出裝置簽章的憑證(S/MIME憑證)。</p><table class="info"><tr><th>憑證拇指紋 (SHA1)</th><td>`+thumb(k.cert)+`</td></tr></table>`+
				buttons(button("EXP_Button", "開始匯出", "exp_start()"))+"</form>")
	}
	writes["c_sigexp.tpl"] = func(c *ctx) {
		h := c.w.Header()
		h.Set("Content-Type", "application/octet-stream")
		h.Set("Content-Disposition", `attachment; filename="device_sign.cer"`)
		c.w.Write(c.d.key(sigNo).cert.Raw)
	}
	reads["c_smlist.tpl"] = smList
	reads["c_smreg.tpl"] = smForm
	writes["c_smdel.tpl"] = smAsk
	writes["c_smdelok.tpl"] = smDelete
	writes["c_smreg.tpl"] = smTake
}

const upScript = `function reg_start() {
  var f = document.FILE_FORM;
  if (f.CertFile.value == '') { alert('請指定檔案。'); return; }
  f.Dummy.value = (new Date()).getTime();
  f.submit();
}`

func certForm(c *ctx) {
	k := c.keyOr()
	if k == nil {
		return
	}
	c.setting(c.up()+" > 憑證 > 註冊憑證", "註冊憑證", upScript, c.open("FILE_FORM", "ckeycert.cgi", "c_keyreg.tpl", "c_keycert.tpl", k.no, multi)+
		`<table class="set"><tr><th>鍵值名稱</th><td>`+esc(k.name)+`</td></tr><tr><th><label for="CertFile">檔案路徑</label></th><td><input type="file" id="CertFile" name="CertFile"/></td></tr></table>`+
		buttons(button("REG_Button", "註冊", "reg_start()"), button("Cancel_Button", "取消", c.link("ckeycert.cgi", "c_keycert.tpl", "52", k.no)))+"</form>")
}

func certTake(c *ctx) {
	k := c.d.key(c.sec)
	cert, err := devicetest.ReadCertificate(c.file)
	switch {
	case k == nil || k.fixed:
		c.err = "無法在此鍵值註冊憑證。"
	case err != nil:
		c.err = "檔案格式不正確。無法註冊。"
	case !devicetest.SamePublic(k.signer, cert):
		c.err = "憑證與鍵值不符。無法註冊。"
	case c.d.bound(k):
		c.err = "使用中的鍵值無法註冊憑證。"
	default:
		k.cert = cert
		c.message(c.up()+" > 憑證", "註冊憑證", "已註冊憑證。("+esc(k.name)+")", c.link("ckeylist.cgi", "c_keylist.tpl", "52", ""))
		return
	}
	certForm(c)
}

func sigPage(c *ctx) {
	k := c.d.key(sigNo)
	c.setting(c.up()+" > 生成鍵值 > 裝置簽章", "裝置簽章", "function sig_gen() { var f = document.SIG_FORM; f.Dummy.value = (new Date()).getTime(); f.submit(); }",
		c.open("SIG_FORM", "ckeygen.cgi", "c_keysig.tpl", "c_keysigok.tpl", "", "")+`<table class="info"><tr><th>鍵值名稱</th><td>`+esc(k.name)+`</td></tr><tr><th>有效期結束日期</th><td>`+dateText(k.cert.NotAfter)+`</td></tr></table>`+
			buttons(button("SIG_Button", "生成/更新", "sig_gen()"))+"</form>")
}

func smList(c *ctx) {
	var b strings.Builder
	c.sec = ""
	b.WriteString(c.open("DEL_FORM", "csmime.cgi", "c_smdel.tpl", "c_smdelok.tpl", "", "") + buttons(button("REG_Button", "註冊S/MIME憑證...", c.link("csmime.cgi", "c_smreg.tpl", "52", "")), button("DEL_Button", "刪除", "delete_cert()")))
	b.WriteString(`<div class="ItemListComponent"><table><tr><th></th><th>發佈至</th><th>有效期結束日期</th><th>憑證拇指紋 (SHA1)</th></tr>
`)
	for _, p := range c.d.smime {
		fmt.Fprintf(&b, "<tr><td><input type=\"radio\" name=\"CertNo\" value=\"%s\"/></td><td>%s</td><td>%s</td><td>%s</td></tr>\n", p.no, esc(p.cert.Subject.CommonName), dateText(p.cert.NotAfter), thumb(p.cert))
	}
	if len(c.d.smime) == 0 {
		b.WriteString("<tr><td colspan=\"4\">沒有已註冊的憑證。</td></tr>")
	}
	c.setting(devCrumb+"S/MIME憑證設定", "S/MIME憑證設定", `function delete_cert() {
  var f = document.DEL_FORM, i, n = 0;
  for (i = 0; i < f.elements.length; i++) {
    if (f.elements[i].name == 'CertNo' && f.elements[i].checked) { n++; }
  }
  if (n == 0) { alert('請選擇要刪除的憑證。'); return; }
  f.Dummy.value = (new Date()).getTime();
  f.submit();
}`, b.String()+"</table></div></form>")
}

func (d *Device) peer(no string) *peerCert {
	for _, p := range d.smime {
		if p.no == no {
			return p
		}
	}
	return nil
}

func smAsk(c *ctx) {
	p := c.d.peer(c.form.Get("CertNo"))
	if p == nil {
		c.err = "請選擇要刪除的憑證。"
		smList(c)
		return
	}
	c.setting(devCrumb+"S/MIME憑證設定 > 刪除", "刪除S/MIME憑證", "function del_ok() { var f = document.OK_FORM; f.Dummy.value = (new Date()).getTime(); f.submit(); }",
		c.open("OK_FORM", "csmime.cgi", "c_smdelok.tpl", "c_smlist.tpl", p.no, "")+`<div class="msg"><p><img src="/media/ms_caut.gif" alt=""/> 是否要刪除下列憑證？</p><ul><li>`+esc(p.cert.Subject.CommonName)+"</li></ul>"+
			buttons(button("OK_Button", "確定", "del_ok()"), button("Cancel_Button", "取消", c.link("csmime.cgi", "c_smlist.tpl", "52", "")))+"</div></form>")
}

func smDelete(c *ctx) {
	for i, p := range c.d.smime {
		if p.no == c.sec {
			c.d.smime = append(c.d.smime[:i], c.d.smime[i+1:]...)
			break
		}
	}
	smList(c)
}

func smForm(c *ctx) {
	c.setting(devCrumb+"S/MIME憑證設定 > 註冊S/MIME憑證", "註冊S/MIME憑證", upScript, c.open("FILE_FORM", "csmime.cgi", "c_smreg.tpl", "c_smlist.tpl", "", multi)+
		`<table class="set"><tr><th><label for="CertFile">檔案路徑</label></th><td><input type="file" id="CertFile" name="CertFile"/></td></tr></table>`+
		buttons(button("REG_Button", "註冊", "reg_start()"), button("Cancel_Button", "取消", c.link("csmime.cgi", "c_smlist.tpl", "52", "")))+"</form>")
}

func smTake(c *ctx) {
	cert, err := devicetest.ReadCertificate(c.file)
	if err != nil {
		c.err = "檔案格式不正確。無法註冊。"
	} else {
		for _, p := range c.d.smime {
			if p.cert.Equal(cert) {
				c.err = "相同的憑證已註冊。"
			}
		}
	}
	if c.err != "" {
		smForm(c)
		return
	}
	for i := 1; ; i++ {
		if no := fmt.Sprintf("%03d", i); c.d.peer(no) == nil {
			c.d.smime = append(c.d.smime, &peerCert{no, cert})
			break
		}
	}
	smList(c)
}
