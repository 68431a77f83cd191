package ir2645

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

var device = item{"/m_device.html", "裝置管理"}
var keyCrumbs = []item{device, {"/c_key.html", "鍵值和憑證設定"}}

func (d *Device) useText(k *key) string {
	if k.devSg {
		return "裝置簽章"
	}
	return strings.Join(d.now_.uses(k.name), ", ")
}

func certIcon(k *key) string {
	if k.cert == nil {
		return fmt.Sprintf(`<a href="/c_csr.html?no=%d"><img src="/media/ic_nocert.gif" width="16" height="16" alt="憑證不存在" title="憑證不存在" /></a>`, k.no)
	}
	return fmt.Sprintf(`<a href="/c_key_detail.html?no=%d"><img src="/media/ic_cert.gif" width="16" height="16" alt="憑證" title="憑證" /></a>`, k.no)
}

func keyList(q *req) {
	d := q.d
	f := q.newForm("keyFrm", "/cgi/c_key_delete.cgi")
	f.raw(`<div class="buttons">` + button("生成鍵值...", "location.href='/c_key_gen.html'") + ` ` + button("刪除", "deleteKey()") + `</div>
<table class="ItemListComponent"><tr><th>選擇</th><th>鍵值名稱</th><th>鍵值用途</th><th>憑證</th></tr>`)
	for _, k := range d.keys {
		f.raw(`<tr><td>`)
		if k.name != "Default Key" && !k.devSg {
			f.radio("i4301", fmt.Sprint(k.no), false, "", "")
		}
		f.raw(fmt.Sprintf(`</td><td><a href="/c_key_detail.html?no=%d">%s</a></td><td>%s</td><td>%s</td></tr>`+"\n", k.no, esc(k.name), d.useText(k), certIcon(k)))
	}
	f.raw(fmt.Sprintf(`</table><p class="note">可註冊的鍵值數：%d / %d</p>`, len(d.keys), maxKeys))
	q.page("c", "鍵值和憑證設定", []item{device}, f.String())
}

func keyDelete(q *req) {
	d := q.d
	k := d.keyByNo(q.val("i4301"))
	switch {
	case k == nil:
		q.back("/c_key.html", "請選擇要刪除的鍵值和憑證。")
	case k.name == "Default Key" || k.devSg:
		d.Violate("deletion of %s attempted", k.name)
		q.back("/c_key.html", "無法刪除此鍵值和憑證。")
	case len(d.now_.uses(k.name))+len(d.next.uses(k.name)) > 0 || d.keyRefKept(k.name):
		d.Violate("deletion of the key %s attempted, which is in use", k.name)
		q.back("/c_key.html", "此鍵值和憑證正在使用中，無法刪除。")
	default:
		d.keys = slices.DeleteFunc(d.keys, func(x *key) bool { return x == k })
		q.back("/c_key.html", "已刪除鍵值和憑證。")
	}
}

// keyRefKept tells whether a function that is off still names the key.
func (d *Device) keyRefKept(name string) bool {
	return d.next.dot1x.keyRef == name || d.now_.dot1x.keyRef == name
}

func publicText(k *key) string {
	switch p := k.priv.Public().(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d bit", p.N.BitLen())
	case *ecdsa.PublicKey:
		return fmt.Sprintf("ECDSA P%d", p.Curve.Params().BitSize)
	}
	return ""
}

func hexColons(b []byte) string {
	return strings.ReplaceAll(fmt.Sprintf("% X", b), " ", ":")
}

func keyDetail(q *req) {
	k := q.d.keyByNo(q.query("no"))
	if k == nil {
		q.errorPage("找不到鍵值。")
		return
	}
	rows := []string{"鍵值名稱：", esc(k.name), "公開鍵值：", publicText(k)}
	buttons := ""
	if c, err := x509.ParseCertificate(k.cert); err == nil {
		const day = "2006/01/02 15:04:05"
		sum := sha1.Sum(k.cert)
		rows = []string{"版本：", fmt.Sprintf("V%d", c.Version), "序號：", hexColons(c.SerialNumber.Bytes()), "簽章演算法：", c.SignatureAlgorithm.String(),
			"發佈至：", esc(c.Subject.String()), "有效期開始日期：", c.NotBefore.Format(day), "有效期結束日期：", c.NotAfter.Format(day),
			"發佈者：", esc(c.Issuer.String()), "公開鍵值：", publicText(k), "憑證指紋：", hexColons(sum[:])}
		buttons = button("確認憑證", fmt.Sprintf("location.href='/c_key_verify.html?no=%d'", k.no)) + " "
	}
	q.page("c", "憑證詳細資訊", keyCrumbs, `<h3>`+esc(k.name)+`</h3>`+table(rows...)+
		`<div class="buttons">`+buttons+button("返回", "location.href='/c_key.html'")+`</div>`)
}

func keyVerify(q *req) {
	k := q.d.keyByNo(q.query("no"))
	if k == nil || k.cert == nil {
		q.errorPage("找不到憑證。")
		return
	}
	msg := "憑證有效。"
	if c, err := x509.ParseCertificate(k.cert); err != nil {
		msg = "憑證損毀或無效。"
	} else if now := q.d.cfg.Now(); now.Before(c.NotBefore) || now.After(c.NotAfter) {
		msg = "憑證不在有效期內。"
	}
	q.back(fmt.Sprintf("/c_key_detail.html?no=%d", k.no), msg)
}

func genMenu(q *req) {
	f := q.newForm("genFrm", "/cgi/c_key_gen.cgi")
	f.raw(`<p>請選擇要生成的鍵值。</p><p>`)
	f.radio("i4400", "0", true, "網路通訊", "")
	f.raw(`</p><p>`)
	f.radio("i4400", "1", false, "鍵值和憑證簽署請求(CSR)", "")
	f.raw(`</p><p>`)
	f.radio("i4400", "2", false, "裝置簽章", "")
	f.raw(`</p>` + okCancel("genFrm", "/c_key.html"))
	q.page("c", "生成鍵值", keyCrumbs, f.String())
}

func genChoose(q *req) {
	to := map[string]string{"0": "/c_key_gen_net.html", "1": "/c_key_gen_csr.html", "2": "/c_key_gen_sign.html"}[q.val("i4400")]
	if to == "" {
		q.back("/c_key_gen.html", "請選擇要生成的鍵值。")
		return
	}
	if to != "/c_key_gen_sign.html" && len(q.d.keys) >= maxKeys {
		q.back("/c_key.html", "無法再註冊鍵值和憑證。請刪除不需要的鍵值和憑證。")
		return
	}
	delete(q.s.draft, "gen")
	q.redirect(to)
}

var countries = []string{"AU", "澳洲(AU)", "CN", "中國(CN)", "FR", "法國(FR)", "DE", "德國(DE)", "HK", "香港(HK)", "IT", "義大利(IT)", "JP", "日本(JP)",
	"KR", "韓國(KR)", "MY", "馬來西亞(MY)", "SG", "新加坡(SG)", "ES", "西班牙(ES)", "TW", "台灣(TW)", "TH", "泰國(TH)", "GB", "英國(GB)", "US", "美國(US)", "VN", "越南(VN)"}

func genForm(csr bool) func(*req) {
	title, target := "生成網路通訊鍵值", "/cgi/c_key_gen_net.cgi"
	if csr {
		title, target = "生成鍵值和憑證簽署請求(CSR)", "/cgi/c_key_gen_csr.cgi"
	}
	return func(q *req) {
		v := q.s.draft["gen"]
		get := func(n, def string) string {
			if x, ok := v[n]; ok {
				return x[len(x)-1]
			}
			return def
		}
		now := q.d.cfg.Now()
		host, _, _ := strings.Cut(q.r.Host, ":")
		ec, code := get("i4403", "0") == "1", get("i4410", "0") == "1"
		f := q.newForm("genFrm", target)
		f.raw(`<h3>鍵值設定</h3><table class="PropertyListComponent">`)
		f.row("鍵值名稱：", "i4401")
		f.text("text", "i4401", get("i4401", ""), 24, false)
		f.end()
		f.row("簽章演算法：", "i4402")
		f.choose("i4402", get("i4402", "SHA256"), false, "SHA256", "SHA256", "SHA384", "SHA384", "SHA512", "SHA512")
		f.end()
		f.row("鍵值演算法：", "")
		f.radio("i4403", "0", !ec, "RSA", "algChanged(this.form)")
		f.choose("i4404", get("i4404", "2048"), ec, "1024", "1024 bit", "2048", "2048 bit", "4096", "4096 bit")
		f.raw(`<br />`)
		f.radio("i4403", "1", ec, "ECDSA", "algChanged(this.form)")
		f.choose("i4405", get("i4405", "P256"), !ec, "P256", "P256", "P384", "P384", "P521", "P521")
		f.raw("</td></tr></table>\n<h3>")
		if csr {
			f.raw("憑證簽署請求(CSR)設定")
		} else {
			f.raw("憑證設定")
		}
		f.raw(`</h3><table class="PropertyListComponent">`)
		if !csr {
			f.row("有效期開始日期(YYYY/MM/DD)：", "i4406")
			f.text("text", "i4406", get("i4406", now.Format("2006/01/02")), 10, false)
			f.end()
			f.row("有效期結束日期(YYYY/MM/DD)：", "i4407")
			f.text("text", "i4407", get("i4407", now.AddDate(5, 0, 0).Format("2006/01/02")), 10, false)
			f.end()
		}
		f.row("國家名稱/區域名稱：", "")
		f.radio("i4410", "0", !code, "選擇國家名稱/區域名稱", "countryChanged(this.form)")
		f.choose("i4411", get("i4411", "TW"), code, countries...)
		f.raw(`<br />`)
		f.radio("i4410", "1", code, "輸入網際網路國碼", "countryChanged(this.form)")
		f.text("text", "i4412", get("i4412", ""), 2, !code)
		f.end()
		for _, x := range [][2]string{{"i4413", "省區"}, {"i4414", "城市"}, {"i4415", "組織"}, {"i4416", "組織單位"}} {
			f.row(x[1]+"：", x[0])
			f.text("text", x[0], get(x[0], ""), 24, false)
			f.end()
		}
		f.row("一般名稱：", "i4417")
		f.text("text", "i4417", get("i4417", host), 64, false)
		for _, n := range []string{"i4404", "i4405", "i4411", "i4412"} {
			f.spec.fields[n].optional = true // the script switches these on and off
		}
		f.raw(`</td></tr></table><div class="buttons">` + button("確定", "generateKey(document.genFrm)") + ` ` +
			button("取消", "location.href='/c_key.html'") + `</div>`)
		q.page("c", title, append(keyCrumbs[:2:2], item{"/c_key_gen.html", "生成鍵值"}), f.String())
	}
}

var ascii = regexp.MustCompile(`^[ -~]*$`)
var countryCode = regexp.MustCompile(`^[A-Za-z]{2}$`)

func genStart(csr bool) func(*req) {
	form := "/c_key_gen_net.html"
	if csr {
		form = "/c_key_gen_csr.html"
	}
	return func(q *req) {
		d := q.d
		ec, code := q.val("i4403") == "1", q.val("i4410") == "1"
		q.enabledOnly(!ec, "i4404")
		q.enabledOnly(ec, "i4405")
		q.enabledOnly(!code, "i4411")
		q.enabledOnly(code, "i4412")
		g := genSpec{csr: csr, name: q.val("i4401"), hash: q.val("i4402"), alg: "RSA " + q.val("i4404"), country: q.val("i4411"),
			state: q.val("i4413"), city: q.val("i4414"), org: q.val("i4415"), unit: q.val("i4416"), cn: q.val("i4417")}
		if ec {
			g.alg = "ECDSA " + q.val("i4405")
		}
		msg := ""
		if code {
			g.country = strings.ToUpper(q.val("i4412"))
			if g.country != "" && !countryCode.MatchString(g.country) {
				msg = "網際網路國碼不正確。"
			}
		}
		if !csr {
			var err1, err2 error
			g.start, err1 = time.Parse("2006/01/02", q.val("i4406"))
			g.end, err2 = time.Parse("2006/01/02", q.val("i4407"))
			g.end = g.end.Add(24*time.Hour - time.Second)
			if err1 != nil || err2 != nil {
				msg = "請以YYYY/MM/DD的格式輸入日期。"
			} else if g.end.Before(g.start) || g.end.Year() > 2037 || g.start.Year() < 2000 {
				msg = "有效期不正確。有效期結束日期不能早於有效期開始日期。"
			}
		}
		for _, s := range []string{g.name, g.state, g.city, g.org, g.unit, g.cn} {
			if !ascii.MatchString(s) {
				msg = "請使用英數字元輸入。"
			}
		}
		switch {
		case msg != "":
		case strings.TrimSpace(g.name) == "":
			msg = "請輸入鍵值名稱。"
		case d.keyByName(g.name) != nil:
			msg = "已使用相同的鍵值名稱。請輸入其他名稱。"
		case len(d.keys) >= maxKeys:
			msg = "無法再註冊鍵值和憑證。請刪除不需要的鍵值和憑證。"
		case d.gen != nil && !d.gen.done:
			msg = "正在產生其他鍵值。請稍候再試一次。"
		}
		if msg != "" {
			q.s.draft["gen"] = q.form
			q.back(form, msg)
			return
		}
		delete(q.s.draft, "gen")
		d.generate(g, func(k *key) string {
			d.addKey(k)
			if csr {
				return fmt.Sprintf("/c_csr.html?no=%d", k.no)
			}
			return "/c_key.html"
		})
		q.redirect("/c_key_wait.html")
	}
}

// generate makes a key in the background; store registers it and names the page that follows.
func (d *Device) generate(spec genSpec, store func(*key) string) {
	g := &generation{}
	d.gen = g
	var k *key
	var err error
	d.InBackground(time.Duration(600+rand.IntN(500))*time.Millisecond, func() { k, err = spec.make() }, func() {
		g.done = true
		if err != nil {
			g.err, g.result = "無法生成鍵值。", "/c_key.html"
			return
		}
		g.result = store(k)
	})
}

func genWait(q *req) {
	g := q.d.gen
	switch {
	case g == nil:
		q.redirect("/c_key.html")
	case g.done:
		q.d.gen = nil
		msg := g.err
		if msg == "" && g.result == "/c_key.html" {
			msg = "已生成並註冊鍵值和憑證。"
		}
		q.back(g.result, msg)
	default:
		q.send(head("生成鍵值", `<meta http-equiv="refresh" content="1;URL=/c_key_wait.html" />`) +
			`<div id="contents"><h2>生成鍵值</h2><p>正在生成鍵值。這可能需要一些時間，請稍候...</p></div>` + foot)
	}
}

func signForm(q *req) {
	f := q.newForm("sgFrm", "/cgi/c_key_gen_sign.cgi")
	f.raw(`<p>生成或更新用於裝置簽章的鍵值和憑證。</p><div class="buttons">` + button("生成/更新", "renewSignature()") + ` ` +
		button("取消", "location.href='/c_key.html'") + `</div>`)
	q.page("c", "裝置簽章", append(keyCrumbs[:2:2], item{"/c_key_gen.html", "生成鍵值"}), f.String())
}

func signStart(q *req) {
	d := q.d
	if d.gen != nil && !d.gen.done {
		q.back("/c_key_gen_sign.html", "正在產生其他鍵值。請稍候再試一次。")
		return
	}
	now := d.cfg.Now().UTC().Truncate(time.Second)
	d.generate(genSpec{name: "Device Signature Key", hash: "SHA256", alg: "RSA 2048", start: now, end: now.AddDate(5, 0, 0), cn: product}, func(n *key) string {
		for _, k := range d.keys {
			if k.devSg {
				k.priv, k.cert, k.weak = n.priv, n.cert, false
			}
		}
		return "/c_key.html"
	})
	q.redirect("/c_key_wait.html")
}

func (q *req) download(name, kind string, b []byte) {
	h := q.w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	q.w.Write(b)
}

func signExport(q *req) {
	f := q.newForm("expFrm", "/cgi/c_sign_export.cgi")
	f.raw(`<p>匯出用於裝置簽章的憑證。</p><div class="buttons">` + button("開始匯出", "document.expFrm.submit()") + `</div>`)
	q.page("c", "匯出裝置簽章", []item{device}, f.String())
}

func signSave(q *req) {
	for _, k := range q.d.keys {
		if k.devSg {
			q.download("DeviceSignature.cer", "application/octet-stream", k.cert)
		}
	}
}

func csrPage(q *req) {
	k := q.d.keyByNo(q.query("no"))
	if k == nil || k.csr == nil || k.cert != nil {
		q.errorPage("找不到憑證簽署請求(CSR)。")
		return
	}
	f := q.newForm("csrFrm", "/cgi/c_csr_save.cgi")
	f.hidden("i4501", fmt.Sprint(k.no))
	f.raw(table("鍵值名稱：", esc(k.name), "公開鍵值：", publicText(k)) + `<h3>CSR資料</h3><pre id="csrData">` + devicetest.RequestText(k.csr) + `</pre><div class="buttons">` +
		button("儲存到檔案中", "document.csrFrm.submit()") + ` ` + button("註冊憑證...", fmt.Sprintf("location.href='/c_cert_install.html?no=%d'", k.no)) + ` ` +
		button("返回", "location.href='/c_key.html'") + `</div>`)
	q.page("c", "鍵值和憑證簽署請求(CSR)", keyCrumbs, f.String())
}

func csrSave(q *req) {
	if k := q.d.keyByNo(q.val("i4501")); k != nil && k.csr != nil {
		q.download("CSR.pem", "application/octet-stream", []byte(devicetest.RequestText(k.csr)))
		return
	}
	q.errorPage("找不到憑證簽署請求(CSR)。")
}

func certForm(q *req) {
	k := q.d.keyByNo(q.query("no"))
	if k == nil || k.cert != nil {
		q.errorPage("找不到鍵值。")
		return
	}
	f := q.newForm("certFrm", "/cgi/c_cert_install.cgi")
	f.hidden("i4501", fmt.Sprint(k.no))
	f.field("i4502", field{})
	f.raw(table("鍵值名稱：", esc(k.name)) + `<p><label for="i4502">檔案路徑：</label> <input type="file" id="i4502" name="i4502" size="40" /></p>
<p class="note">可註冊X.509格式(DER或Base64)的憑證檔案。</p><div class="buttons">` + button("註冊", "registerCert(document.certFrm)") + ` ` +
		button("取消", "location.href='/c_key.html'") + `</div>`)
	body := strings.Replace(f.String(), `method="post"`, `method="post" enctype="multipart/form-data"`, 1)
	q.page("c", "註冊憑證", keyCrumbs, body)
}

func certStore(q *req) {
	k := q.d.keyByNo(q.val("i4501"))
	if k == nil || k.cert != nil {
		q.errorPage("找不到鍵值。")
		return
	}
	form := fmt.Sprintf("/c_cert_install.html?no=%d", k.no)
	c, err := devicetest.ReadCertificate(q.file)
	if err != nil {
		q.back(form, "檔案格式不正確，無法註冊憑證。")
		return
	}
	if !devicetest.SamePublic(k.priv, c) {
		q.back(form, "憑證與鍵值不符，無法註冊。")
		return
	}
	k.cert = c.Raw
	q.back("/c_key.html", "已註冊憑證。")
}
