package iprc170

import (
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const keyCrumb = "管理設定：裝置管理 > "

func keyLink() string { return link("ckeylist.cgi", "c_keylist.tpl", "鍵值和憑證設定") }

func (c *ctx) sentKey() *key {
	n, _ := strconv.Atoi(c.form.Get("KeyNo"))
	return c.d.keyByNo(n)
}

func (c *ctx) keyList() {
	switch c.flag {
	case "Detail_Data":
		if k := c.sentKey(); k != nil {
			c.keyDetail(k, "")
			return
		}
	case "Cert_Data":
		if k := c.sentKey(); k != nil {
			c.certPage(k)
			return
		}
	case "Confirm_Data":
		if c.confirmDelete() {
			return
		}
	case "Exec_Data":
		c.deleteKeys()
	}
	d := c.d
	var rows strings.Builder
	star := false
	for _, k := range d.keys {
		n := strconv.Itoa(k.no)
		box, state := "", ""
		if k.kind == kindUser {
			box = `<input type="checkbox" name="Sel` + n + `" value="` + n + `" />`
		}
		cert := `<a href="javascript:key_cert('` + n + `')"><img src="/rps/media/ic_cert.png" alt="憑證" title="憑證" /></a>`
		if k.cert == nil {
			state = `<img src="/rps/media/ic_none.png" alt="金鑰的憑證不存在" title="金鑰的憑證不存在" />`
		}
		u := d.useText(k)
		star = star || strings.Contains(u, "*")
		rows.WriteString(`<tr><td>` + box + `</td><td><a href="javascript:key_detail('` + n + `')">` + esc(k.name) + `</a></td><td>` + u + `</td><td>` + state + `</td><td>` + cert + "</td></tr>\n")
	}
	foot := fmt.Sprintf("<p>已註冊：%d / %d</p>", len(d.keys), maxKeys)
	if star {
		foot += "<p>* 重新啟動裝置後生效。</p>"
	}
	c.settings("鍵值和憑證設定", keyCrumb+"鍵值和憑證設定", begin("KEY_FORM", "ckeylist.cgi", "c_keylist.tpl", "c_keylist.tpl", "KeyNo", "")+
		`<div class="tools"><span class="fly">`+button("生成鍵值", "fly('genMenu')")+`<ul id="genMenu"><li>`+link("ckeygen.cgi", "c_keygen1.tpl", "網路通訊")+`</li><li>`+
		link("ckeygen.cgi", "c_csrgen1.tpl", "鍵值和憑證簽署請求(CSR)")+`</li><li>`+link("cdevsig.cgi", "c_devsig.tpl", "裝置簽章")+`</li></ul></span> `+
		button("刪除", "ex('KEY_FORM','Confirm_Data')")+`</div><div class="ItemListComponent"><table><tr><th>選擇</th><th>鍵值名稱</th><th>鍵值使用位置</th><th>狀態</th><th>憑證</th></tr>
`+rows.String()+`</table></div></form>`+foot)
}

// selected are the keys ticked; a message says what cannot be deleted.
func (c *ctx) selected() (l []*key, why string) {
	for n, vs := range c.form {
		if !strings.HasPrefix(n, "Sel") {
			continue
		}
		no, _ := strconv.Atoi(vs[0])
		k := c.d.keyByNo(no)
		if k == nil {
			continue
		}
		l = append(l, k)
		if k.kind != kindUser {
			c.d.Violate("deletion of %s attempted", k.name)
			why = "無法刪除「" + esc(k.name) + "」。"
		} else if len(c.d.usesNow(k)) > 0 || len(c.d.usesSet(k)) > 0 {
			c.d.Violate("deletion of the key %s, which is in use, attempted", k.name)
			why = "鍵值「" + esc(k.name) + "」正在使用中，無法刪除。"
		}
	}
	if len(l) == 0 {
		why = "未選擇鍵值和憑證。"
	}
	return l, why
}

func (c *ctx) confirmDelete() bool {
	l, why := c.selected()
	if why != "" {
		c.fail(why)
		return false
	}
	var more []string
	rows := ""
	for _, k := range l {
		n := strconv.Itoa(k.no)
		more = append(more, "Sel"+n, n)
		rows += `<tr><td>` + esc(k.name) + `</td><td>` + devicetest.Algorithm(k.priv) + "</td></tr>"
	}
	c.settings("刪除鍵值和憑證", keyCrumb+keyLink()+" > 刪除", `<p>將刪除下列鍵值和憑證。刪除後無法復原。是否繼續？</p><table><tr><th>鍵值名稱</th><th>公開鍵值</th></tr>`+rows+`</table>`+
		begin("DEL_FORM", "ckeylist.cgi", "c_keydel.tpl", "c_keylist.tpl", more...)+`<div class="tools">`+button("確定", "ex('DEL_FORM','Exec_Data')")+
		button("取消", "go('"+ref("ckeylist.cgi", "c_keylist.tpl")+"')")+`</div></form>`)
	return true
}

func (c *ctx) deleteKeys() {
	l, why := c.selected()
	if why != "" {
		c.fail(why)
		return
	}
	for _, k := range l {
		for i, x := range c.d.keys {
			if x == k {
				c.d.keys = append(c.d.keys[:i], c.d.keys[i+1:]...)
				break
			}
		}
	}
	c.s.note = "已刪除鍵值和憑證。"
}

func dn(n pkix.Name) string { return esc(n.String()) }

func publicKey(k *key) string {
	a := devicetest.Algorithm(k.priv)
	if strings.HasPrefix(a, "RSA") {
		return a + " bit"
	}
	return a
}

func certRows(x *x509.Certificate) string {
	return row("版本", "V"+strconv.Itoa(x.Version)) + row("序號", fmt.Sprintf("%X", x.SerialNumber)) + row("簽章演算法", x.SignatureAlgorithm.String()) +
		row("發佈者", dn(x.Issuer)) + row("有效期開始日期", x.NotBefore.Format("2006/01/02 15:04:05")) + row("有效期結束日期", x.NotAfter.Format("2006/01/02 15:04:05")) +
		row("發佈至", dn(x.Subject))
}

func thumb(der []byte) string {
	s := strings.TrimSpace(regexp.MustCompile("..").ReplaceAllString(fmt.Sprintf("%X", sha1.Sum(der)), "$0 "))
	return row("憑證指紋 (SHA1)", s)
}

func (c *ctx) keyDetail(k *key, verdict string) {
	c.detailNote(verdict)
	body := `<table>` + row("鍵值名稱", esc(k.name))
	if k.cert != nil {
		x, _ := x509.ParseCertificate(k.cert)
		body += certRows(x) + row("公開鍵值", publicKey(k)) + thumb(k.cert)
	} else {
		body += row("憑證", "金鑰的憑證不存在") + row("公開鍵值", publicKey(k))
	}
	body += `</table><div class="tools">`
	if k.cert != nil {
		body += button("確認憑證", fmt.Sprintf("go('/rps/ckeyverify.cgi?Flag=Init_Data&amp;PageFlag=c_keydetail.tpl&amp;KeyNo=%d')", k.no))
	}
	c.settings("憑證詳細資訊", keyCrumb+keyLink()+" > 憑證詳細資訊", body+`</div>`)
}

func (c *ctx) detailNote(v string) {
	if v != "" {
		c.s.note = v
	}
}

func (c *ctx) certVerify() {
	k := c.sentKey()
	if k == nil || k.cert == nil {
		c.cannot("無法顯示指定的頁面。")
		return
	}
	x, _ := x509.ParseCertificate(k.cert)
	v := "此憑證有效。"
	if t := c.d.now(); t.Before(x.NotBefore) || t.After(x.NotAfter) {
		v = "此憑證不在有效期內。"
	}
	c.keyDetail(k, v)
}

func (c *ctx) certPage(k *key) {
	n := strconv.Itoa(k.no)
	body := `<table>` + row("鍵值名稱", esc(k.name))
	if k.cert != nil {
		x, _ := x509.ParseCertificate(k.cert)
		body += row("憑證", "已註冊") + row("發佈者", dn(x.Issuer)) + row("發佈至", dn(x.Subject))
	} else {
		body += row("憑證", "未註冊")
	}
	body += `</table>`
	if k.cert == nil && k.csr != nil {
		body += csrBlock(k) + `<div class="tools">` + button("註冊憑證...", "go('"+ref("ckeycert.cgi", "c_certreg.tpl")+"&amp;KeyNo="+n+"')") + `</div>`
	}
	c.settings("憑證", keyCrumb+keyLink()+" > 憑證", body)
}

func csrBlock(k *key) string {
	return `<p>鍵值和憑證簽署請求(CSR)：</p><pre class="csr">` + devicetest.RequestText(k.csr) + `</pre><div class="tools">` +
		button("儲存到檔案中", fmt.Sprintf("go('/rps/ckeycsr.csr?Flag=Html_Data&amp;KeyNo=%d')", k.no)) + `</div>`
}

func (c *ctx) csrFile() {
	k := c.sentKey()
	if k == nil || k.csr == nil {
		c.cannot("無法顯示指定的頁面。")
		return
	}
	c.download("CertificateRequest.csr", "application/pkcs10", []byte(devicetest.RequestText(k.csr)))
}

func (c *ctx) download(name, kind string, b []byte) {
	h := c.w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Content-Length", strconv.Itoa(len(b)))
	_, _ = c.w.Write(b)
}

func upload(name, cgi, tpl, next, note string, more ...string) string {
	f := begin(name, cgi, tpl, next, more...)
	return strings.Replace(f, `method="post"`, `method="post" enctype="multipart/form-data"`, 1) +
		`<table>` + row(`<label for="CertFile">檔案路徑</label>`, `<input type="file" name="CertFile" id="CertFile" size="50" />`) + `</table><p>` + note + `</p><div class="tools">` +
		button("註冊", "ex('"+name+"','Exec_Data')")
}

const derNote = "可註冊 DER 編碼的 X.509 憑證檔案 (*.cer、*.der)。"

// certRegister registers the certificate issued for a request.
func (c *ctx) certRegister() {
	k := c.sentKey()
	if k == nil || k.kind != kindUser || k.cert != nil {
		c.cannot("無法顯示指定的頁面。")
		return
	}
	if c.flag == "Exec_Data" {
		x, err := x509.ParseCertificate(c.file)
		switch {
		case len(c.file) == 0:
			c.fail("請指定檔案。")
		case err != nil:
			c.fail("無法註冊憑證。檔案格式不正確。")
		case !devicetest.SamePublic(k.priv, x):
			c.fail("無法註冊憑證。憑證與鍵值不符。")
		default:
			k.cert, k.csr = c.file, nil
			c.s.note = "已註冊憑證。"
			c.flag = ""
			c.keyList()
			return
		}
	}
	n := strconv.Itoa(k.no)
	c.settings("註冊憑證", keyCrumb+keyLink()+" > 憑證 > 註冊憑證", upload("REG_FORM", "ckeycert.cgi", "c_certreg.tpl", "c_keylist.tpl", "鍵值名稱："+esc(k.name)+"<br />"+derNote, "KeyNo", n)+
		button("取消", "go('"+ref("ckeylist.cgi", "c_keylist.tpl")+"')")+`</div></form>`)
}

// keyGen is the wizard of two pages for both kinds of keys.
func (c *ctx) keyGen() {
	csr := strings.HasPrefix(c.page, "c_csrgen")
	w := c.s.wiz
	switch c.flag {
	case "Init_Data":
		t := c.d.now()
		w = map[string][]string{"SigAlg": {"SHA256"}, "KeyAlg": {"RSA"}, "RsaLen": {"2048"}, "EcType": {"P256"}, "CtryKind": {"list"}, "Ctry": {"TW"},
			"SY": {t.Format("2006")}, "SM": {t.Format("01")}, "SD": {t.Format("02")}, "EY": {t.AddDate(5, 0, 0).Format("2006")}, "EM": {t.Format("01")}, "ED": {t.Format("02")},
			"CN": {strings.Split(c.r.Host, ":")[0]}}
		c.s.wiz = w
	default:
		if w == nil {
			c.cannot("無法顯示指定的頁面。")
			return
		}
		for n, v := range c.form {
			if len(n) < 9 && n != "Flag" && n != "Token" && n != "Dummy" && n != "disp" {
				w[n] = v
			}
		}
		switch c.flag {
		case "Next_Data":
			if why := c.checkStep1(); why != "" {
				c.fail(why)
			} else {
				c.genStep2(csr)
				return
			}
		case "Exec_Data":
			spec, why := c.genSpec(csr)
			if why == "" {
				why = c.checkStep1()
			}
			if why != "" {
				c.fail(why)
				c.genStep2(csr)
				return
			}
			what := "self"
			if csr {
				what = "csr"
			}
			c.s.wiz = nil
			c.waitPage(c.d.generate(what, spec))
			return
		}
	}
	title, tpl, crumb := genNames(csr)
	c.settings(title, crumb, `<p>步驟 1/2：鍵值設定</p>`+begin("GEN_FORM", "ckeygen.cgi", tpl+"1.tpl", tpl+"2.tpl")+`<table>`+
		row(`<label for="KeyName">鍵值名稱</label>`, text("KeyName", w.Get("KeyName"), 24)+" (英數字元，最多 24 字元)")+
		row(`<label for="SigAlg">簽章演算法</label>`, choice("SigAlg", w.Get("SigAlg"), "SHA1", "SHA1", "SHA256", "SHA256", "SHA384", "SHA384", "SHA512", "SHA512"))+
		row("鍵值演算法", radio("KeyAlg", "RSA", "RSA", w.Get("KeyAlg"))+choice("RsaLen", w.Get("RsaLen"), "512", "512 bit", "1024", "1024 bit", "2048", "2048 bit", "4096", "4096 bit")+
			"<br />"+radio("KeyAlg", "ECDSA", "ECDSA", w.Get("KeyAlg"))+choice("EcType", w.Get("EcType"), "P256", "P256", "P384", "P384", "P521", "P521"))+
		`</table><div class="tools">`+button("下一步", "ex('GEN_FORM','Next_Data')")+button("取消", "go('"+ref("ckeylist.cgi", "c_keylist.tpl")+"')")+`</div></form>`)
}

func genNames(csr bool) (title, tpl, crumb string) {
	if csr {
		return "生成鍵值和憑證簽署請求(CSR)", "c_csrgen", keyCrumb + keyLink() + " > 生成鍵值和憑證簽署請求(CSR)"
	}
	return "生成網路通訊鍵值", "c_keygen", keyCrumb + keyLink() + " > 生成網路通訊鍵值"
}

func (c *ctx) genStep2(csr bool) {
	w := c.s.wiz
	title, tpl, crumb := genNames(csr)
	date := func(p string) string {
		return text(p+"Y", w.Get(p+"Y"), 4) + " / " + text(p+"M", w.Get(p+"M"), 2) + " / " + text(p+"D", w.Get(p+"D"), 2)
	}
	algo := "RSA " + w.Get("RsaLen") + " bit"
	if w.Get("KeyAlg") == "ECDSA" {
		algo = "ECDSA " + w.Get("EcType")
	}
	dates := ""
	if !csr {
		dates = row("有效期開始日期(YYYY/MM/DD)", date("S")) + row("有效期結束日期(YYYY/MM/DD)", date("E"))
	}
	lab := func(n, t string) string { return `<label for="` + n + `">` + t + `</label>` }
	c.settings(title, crumb, `<p>步驟 2/2：憑證設定</p>`+begin("GEN_FORM", "ckeygen.cgi", tpl+"2.tpl", "c_keylist.tpl")+`<table>`+
		row("鍵值名稱", esc(w.Get("KeyName")))+row("鍵值演算法", algo+" / "+w.Get("SigAlg"))+dates+
		row("國家名稱/區域名稱", radio("CtryKind", "list", "選擇國家名稱/區域名稱", w.Get("CtryKind"))+
			choice("Ctry", w.Get("Ctry"), "CN", "中國 (CN)", "DE", "德國 (DE)", "HK", "香港 (HK)", "JP", "日本 (JP)", "SG", "新加坡 (SG)", "TW", "台灣 (TW)", "US", "美國 (US)")+"<br />"+
			radio("CtryKind", "code", "輸入網際網路國碼", w.Get("CtryKind"))+text("CtryCode", w.Get("CtryCode"), 2))+
		row(lab("ST", "省區"), text("ST", w.Get("ST"), 24))+row(lab("L", "城市"), text("L", w.Get("L"), 24))+row(lab("O", "組織"), text("O", w.Get("O"), 24))+
		row(lab("OU", "組織單位"), text("OU", w.Get("OU"), 24))+row(lab("CN", "一般名稱"), text("CN", w.Get("CN"), 48))+
		`</table><div class="tools">`+button("確定", "ex('GEN_FORM','Exec_Data')")+button("上一步", "ex('GEN_FORM','Prev_Data')")+
		button("取消", "go('"+ref("ckeylist.cgi", "c_keylist.tpl")+"')")+`</div></form>`)
}

var (
	reName  = regexp.MustCompile(`^[A-Za-z0-9]{1,24}$`)
	rePrint = regexp.MustCompile(`^[ -~]*$`)
	reCtry  = regexp.MustCompile(`^[A-Z]{2}$`)
)

func (c *ctx) checkStep1() string {
	w := c.s.wiz
	n := w.Get("KeyName")
	switch {
	case !reName.MatchString(n):
		return "請使用英數字元輸入鍵值名稱 (1 至 24 字元)。"
	case c.d.keyByName(n) != nil:
		return "已註冊相同名稱的鍵值。請輸入其他名稱。"
	case len(c.d.keys) >= maxKeys:
		return "已註冊的鍵值已達上限。請刪除不需要的鍵值後再試。"
	case c.d.job != nil && !c.d.job.done:
		return "正在生成其他鍵值。請稍候再試。"
	case w.Get("KeyAlg") != "ECDSA" && w.Get("RsaLen") == "512" && (w.Get("SigAlg") == "SHA384" || w.Get("SigAlg") == "SHA512"):
		return "鍵值長度為 512 bit 時，無法選擇 SHA384 或 SHA512。"
	case w.Get("KeyAlg") != "ECDSA" && w.Get("RsaLen") == "512":
		return "安全策略設定禁止使用長度不足 1024 bit 的鍵值。"
	}
	return ""
}

func (c *ctx) genSpec(csr bool) (s keySpec, why string) {
	w := c.s.wiz
	s.name, s.hash, s.algo = w.Get("KeyName"), w.Get("SigAlg"), w.Get("RsaLen")
	if w.Get("KeyAlg") == "ECDSA" {
		s.algo = w.Get("EcType")
	}
	if !csr {
		var err1, err2 error
		s.from, err1 = time.Parse("2006/1/2", w.Get("SY")+"/"+w.Get("SM")+"/"+w.Get("SD"))
		s.to, err2 = time.Parse("2006/1/2", w.Get("EY")+"/"+w.Get("EM")+"/"+w.Get("ED"))
		if err1 != nil || err2 != nil || s.from.Year() < 2000 || s.to.Year() > 2049 {
			return s, "有效期的日期不正確。"
		}
		if s.to.Before(s.from) {
			return s, "有效期結束日期不能早於有效期開始日期。"
		}
		s.to = s.to.Add(24*time.Hour - time.Second)
	}
	co := w.Get("Ctry")
	if w.Get("CtryKind") == "code" {
		co = w.Get("CtryCode")
		if !reCtry.MatchString(co) {
			return s, "請以兩個大寫英文字母輸入網際網路國碼。"
		}
	}
	one := func(n string) []string {
		if w.Get(n) == "" {
			return nil
		}
		return []string{w.Get(n)}
	}
	for _, n := range []string{"ST", "L", "O", "OU", "CN"} {
		if !rePrint.MatchString(w.Get(n)) {
			return s, "包含無法使用的字元。請使用英數字元輸入。"
		}
	}
	s.subject = pkix.Name{Country: []string{co}, Province: one("ST"), Locality: one("L"), Organization: one("O"), OrganizationalUnit: one("OU"), CommonName: w.Get("CN")}
	return s, ""
}

// waitPage asks again by itself until the generation is over.
func (c *ctx) waitPage(j *genJob) {
	c.settings("生成鍵值", keyCrumb+"生成鍵值", `<p>正在生成鍵值。這可能需要一些時間，請稍候...</p><div class="bar"><div id="prog" style="width:10%"></div></div>`+
		begin("WAIT_FORM", "ckeywait.cgi", "c_keywait.tpl", "c_keywait.tpl", "JobNo", strconv.Itoa(j.no))+`</form>
<script type="text/javascript">
//<![CDATA[
setTimeout(function(){el('prog').style.width='60%';},250);
setTimeout(function(){ex('WAIT_FORM','Wait_Data');},600);
//]]>
</script>`)
}

func (c *ctx) keyWait() {
	j := c.d.job
	if j == nil || c.form.Get("JobNo") != strconv.Itoa(j.no) {
		c.cannot("無法顯示指定的頁面。")
		return
	}
	if !j.done {
		c.waitPage(j)
		return
	}
	ok := `<div class="tools">` + button("確定", "go('"+ref("ckeylist.cgi", "c_keylist.tpl")+"')") + `</div>`
	k := c.d.keyByNo(j.key)
	switch {
	case k == nil:
		c.keyList()
	case j.what == "csr":
		c.settings("鍵值和憑證簽署請求(CSR)", keyCrumb+keyLink()+" > 鍵值和憑證簽署請求(CSR)", `<p>已生成鍵值「`+esc(k.name)+`」和 CSR。註冊核發的憑證之前，無法使用此鍵值。</p>`+csrBlock(k)+ok)
	case j.what == "sig":
		c.settings("裝置簽章", keyCrumb+keyLink()+" > 裝置簽章", `<p class="msg">已更新裝置簽章的鍵值和憑證。</p>`+ok)
	default:
		c.settings("生成網路通訊鍵值", keyCrumb+keyLink()+" > 生成網路通訊鍵值", `<p class="msg">已生成鍵值和憑證「`+esc(k.name)+`」，並註冊到本裝置。</p>`+ok)
	}
}

func (c *ctx) signature() {
	if c.flag == "Exec_Data" {
		if c.d.job == nil || c.d.job.done {
			c.waitPage(c.d.generate("sig", keySpec{}))
			return
		}
		c.fail("正在生成其他鍵值。請稍候再試。")
	}
	k := c.d.keyByName("Device Signature Key")
	x, _ := x509.ParseCertificate(k.cert)
	c.settings("裝置簽章", keyCrumb+keyLink()+" > 裝置簽章", begin("SIG_FORM", "cdevsig.cgi", "c_devsig.tpl", "c_devsig.tpl")+`<table>`+
		row("鍵值名稱", k.name)+row("有效期結束日期", x.NotAfter.Format("2006/01/02"))+`</table><div class="tools">`+
		button("生成/更新", "ask('將生成新的裝置簽章鍵值和憑證，並取代目前的鍵值和憑證。是否繼續？',function(){ex('SIG_FORM','Exec_Data');})")+`</div></form>`)
}

func (c *ctx) signatureExport() {
	if c.flag == "Exec_Data" {
		// The page stays in the browser, so its token stays good.
		c.download("DeviceSignature.cer", "application/x-x509-ca-cert", c.d.keyByName("Device Signature Key").cert)
		return
	}
	c.settings("匯出裝置簽章", keyCrumb+"匯出裝置簽章", `<p>將裝置簽章的憑證 (S/MIME 憑證) 匯出至檔案。</p>`+begin("EXP_FORM", "cdevsigex.cgi", "c_devsigex.tpl", "c_devsigex.tpl")+
		`<div class="tools">`+button("開始匯出", "ex('EXP_FORM','Exec_Data')")+`</div></form>`)
}

func (c *ctx) smimeCerts() {
	d := c.d
	crumb := keyCrumb + "S/MIME憑證設定"
	switch {
	case c.flag == "Exec_Data" && c.page == "c_smimereg.tpl":
		x, err := x509.ParseCertificate(c.file)
		if err == nil && len(d.peers) < 20 {
			no := 1
			for _, p := range d.peers {
				no = max(no, p.no+1)
			}
			d.peers = append(d.peers, &peerCert{no: no, cert: x})
			c.s.note = "已註冊憑證。"
			break
		}
		c.fail("無法註冊憑證。檔案格式不正確，或已達註冊上限。")
		fallthrough
	case c.page == "c_smimereg.tpl":
		c.settings("註冊S/MIME憑證", keyCrumb+link("csmimecert.cgi", "c_smimecert.tpl", "S/MIME憑證設定")+" > 註冊S/MIME憑證",
			upload("REG_FORM", "csmimecert.cgi", "c_smimereg.tpl", "c_smimecert.tpl", derNote)+button("取消", "go('"+ref("csmimecert.cgi", "c_smimecert.tpl")+"')")+`</div></form>`)
		return
	case c.flag == "Exec_Data":
		c.fail("未選擇憑證。")
		for i, p := range d.peers {
			if c.form.Get("CertSel") == strconv.Itoa(p.no) {
				d.peers = append(d.peers[:i], d.peers[i+1:]...)
				c.s.note, c.s.noteErr = "已刪除憑證。", false
				break
			}
		}
	}
	rows := ""
	for _, p := range d.peers {
		n := strconv.Itoa(p.no)
		rows += `<tr><td><input type="radio" name="CertSel" id="CertSel_` + n + `" value="` + n + `" /></td><td><label for="CertSel_` + n + `">` + dn(p.cert.Subject) + `</label></td><td>` +
			dn(p.cert.Issuer) + `</td><td>` + fmt.Sprintf("%X", p.cert.SerialNumber) + `</td><td>` + p.cert.NotAfter.Format("2006/01/02") + `</td></tr>`
	}
	c.settings("S/MIME憑證設定", crumb, begin("SM_FORM", "csmimecert.cgi", "c_smimecert.tpl", "c_smimecert.tpl")+`<div class="tools">`+
		button("註冊S/MIME憑證...", "go('"+ref("csmimecert.cgi", "c_smimereg.tpl")+"')")+button("刪除", "ask('是否刪除選擇的憑證？',function(){ex('SM_FORM','Exec_Data');})")+
		`</div><div class="ItemListComponent"><table><tr><th>選擇</th><th>發佈至</th><th>發佈者</th><th>序號</th><th>有效期結束日期</th></tr>`+rows+`</table></div></form>`)
}
