package dxc5840

import (
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const certCrumbs = "管理設定：裝置管理 &gt; 鍵值和憑證設定"

var countries = []string{"AU=澳大利亞(AU)", "BR=巴西(BR)", "CA=加拿大(CA)", "CN=中國(CN)", "DE=德國(DE)", "FR=法國(FR)", "GB=英國(GB)", "HK=香港(HK)", "IN=印度(IN)", "IT=義大利(IT)", "JP=日本(JP)", "KR=韓國(KR)",
	"MY=馬來西亞(MY)", "NL=荷蘭(NL)", "NZ=紐西蘭(NZ)", "PH=菲律賓(PH)", "SE=瑞典(SE)", "SG=新加坡(SG)", "TH=泰國(TH)", "TW=台灣(TW)", "US=美國(US)", "VN=越南(VN)"}

func icon(k *key) string {
	if k.cert == nil {
		return `<img src="/rps/image/ic_nocert.gif" width="16" height="16" alt="憑證不存在" title="憑證不存在" />`
	}
	return `<img src="/rps/image/ic_cert.gif" width="16" height="16" alt="憑證" title="憑證" />`
}

// useText is the column of the list that tells what a key serves now.
func (r *req) useText(k *key) string {
	if k.kind == kindAMS {
		return "存取限制"
	}
	s := strings.Join(r.d.uses(k, r.d.effect), ", ")
	return strings.ReplaceAll(s, "Device Signature", "裝置簽章")
}

// keyOf finds the key that a request names.
func (r *req) keyOf() *key {
	s := r.q.Get("ItemIdx")
	if s == "" {
		s = r.q.Get("KeyIdx")
	}
	n, _ := strconv.Atoi(s)
	return r.d.key(n)
}

func (r *req) certList() {
	msg, class := "", "ErrMsg"
	if r.r.Method == "POST" && r.q.Get("PageFlag") == "c_certlist.tpl" {
		if msg = r.deleteKey(r.keyOf()); msg == "" {
			msg, class = "已刪除鍵值和憑證。", "InfoMsg"
		}
	}
	r.showList(class, msg)
}

func (r *req) showList(class, msg string) {
	r.begin(settingsMenu, certCrumbs, "鍵值和憑證設定")
	r.message(class, msg)
	r.open("LIST_FORM", "ccert.cgi", "c_certlist.tpl", "", false, nil, "Exec_Data")
	r.button("", "生成鍵值...", r.jump("ccert.cgi", "c_keytype.tpl", "Init_Data", ""), false)
	r.button("", "刪除", "key_del()", false)
	r.f("<p>已註冊的鍵值：%d/%d</p>\n", r.d.userKeys(), maxKeys)
	r.f(`<div class="ItemListComponent"><table summary="鍵值和憑證清單"><tr><th>選擇</th><th>鍵值名稱</th><th>使用位置</th><th>憑證</th></tr>` + "\n")
	for _, k := range r.d.keys {
		no := strconv.Itoa(k.no)
		r.f(`<tr><td>`)
		r.radio("KeyIdx", no, "", false, true, "")
		target := "c_certdetail.tpl"
		if k.cert == nil {
			target = "c_certreg.tpl"
		}
		r.f("</td><td>%s</td><td>%s</td><td>%s</td></tr>\n", r.link("ccert.cgi", "c_certdetail.tpl", no, esc(k.name)), r.useText(k), r.link("ccert.cgi", target, no, icon(k)))
	}
	r.f("</table></div>\n")
	r.shut()
	r.end()
}

func (r *req) deleteKey(k *key) string {
	d := r.d
	if k == nil {
		return "指定的鍵值不存在。"
	}
	if k.kind != kindUser {
		d.Violate("deletion of %s attempted", k.name)
		return "無法刪除預先安裝的鍵值或裝置簽章的鍵值。"
	}
	for _, m := range []map[string]int{d.effect, d.stored} {
		if u := d.uses(k, m); u != nil {
			d.Violate("deletion of the key %s attempted, which is in use for %s", k.name, strings.Join(u, ", "))
			return "此鍵值正在使用中，無法刪除。"
		}
	}
	for i := range d.keys {
		if d.keys[i] == k {
			d.keys = append(d.keys[:i:i], d.keys[i+1:]...)
			break
		}
	}
	return ""
}

func (r *req) certDetail() {
	k := r.keyOf()
	if k == nil {
		r.errorPage("指定的鍵值不存在。")
		return
	}
	r.begin(settingsMenu, "管理設定：裝置管理 &gt; "+r.link("ccert.cgi", "c_certlist.tpl", "", "鍵值和憑證設定")+" &gt; 憑證詳細資訊", "憑證詳細資訊")
	c := k.parsed()
	if r.q.Get("Flag") == "Check_Data" && c != nil {
		if now := r.d.cfg.Now(); now.Before(c.NotBefore) || now.After(c.NotAfter) {
			r.message("ErrMsg", "憑證不在有效期內。")
		} else {
			r.message("InfoMsg", "此憑證有效。")
		}
	}
	if c == nil {
		r.props([2]string{"鍵值名稱", k.name}, [2]string{"公開鍵值", algorithm(k.pub(), " bit")}, [2]string{"憑證", "憑證不存在"})
		r.end()
		return
	}
	r.button("", "確認憑證", r.jump("ccert.cgi", "c_certdetail.tpl", "Check_Data", strconv.Itoa(k.no)), false)
	r.props(append([][2]string{{"鍵值名稱", k.name}}, r.certRows(c)...)...)
	r.end()
}

func (r *req) certRows(c *x509.Certificate) [][2]string {
	const day = "2006/01/02 15:04:05"
	return [][2]string{{"版本", fmt.Sprintf("X.509 v%d", c.Version)}, {"序號", spaced(c.SerialNumber.Bytes())}, {"簽章演算法", c.SignatureAlgorithm.String()},
		{"發佈者", devicetest.NameText(c.Issuer)}, {"有效期開始日期", c.NotBefore.Format(day)}, {"有效期結束日期", c.NotAfter.Format(day)}, {"主體", devicetest.NameText(c.Subject)},
		{"公開鍵值", algorithm(c.PublicKey, " bit")}, {"憑證指紋(SHA1)", thumb(c.Raw)}}
}

func spaced(b []byte) string { return fmt.Sprintf("% x", b) }

func thumb(der []byte) string {
	s := sha1.Sum(der)
	return spaced(s[:])
}

func (r *req) keyType() {
	r.begin(settingsMenu, certCrumbs+" &gt; 生成鍵值", "生成鍵值")
	r.f("<p>請選擇要生成的鍵值類型。</p><ul class=\"SetList\"><li>%s</li><li>%s</li><li>%s</li></ul>\n", r.link("ccert.cgi", "c_keygen.tpl", "", "網路通訊"),
		r.link("ccert.cgi", "c_csr.tpl", "", "鍵值和憑證簽署請求(CSR)"), r.link("ccert.cgi", "c_devsig.tpl", "", "裝置簽章"))
	r.button("", "取消", r.jump("ccert.cgi", "c_certlist.tpl", "Init_Data", ""), false)
	r.end()
}

// keyGen is the form of both kinds: self-signed and CSR.
func (r *req) keyGen() {
	tpl := r.q.Get("PageFlag")
	if r.r.Method == "POST" {
		rq, msg := r.parseRequest(tpl == "c_csr.tpl")
		if msg == "" {
			r.d.generate(rq)
			r.showWait()
			return
		}
		r.showGen(tpl, msg)
		return
	}
	now := r.d.cfg.Now()
	for k, v := range map[string]string{"SignAlg": "2", "KeyAlg": "0", "RsaLen": "3", "EcType": "0", "CntSel": "0", "CntList": "TW",
		"StartY": now.Format("2006"), "StartM": now.Format("01"), "StartD": now.Format("02"), "EndY": now.AddDate(5, 0, 0).Format("2006"), "EndM": now.Format("01"), "EndD": now.Format("02")} {
		r.q.Set(k, v)
	}
	host, _, _ := strings.Cut(r.r.Host, ":")
	r.q.Set("CommonName", host)
	r.showGen(tpl, "")
}

func (r *req) showGen(tpl, msg string) {
	title, dates := "網路通訊", "true"
	if tpl == "c_csr.tpl" {
		title, dates = "鍵值和憑證簽署請求(CSR)", "false"
	}
	v := r.q.Get
	r.begin(settingsMenu, certCrumbs+" &gt; 生成鍵值 &gt; "+title, title)
	r.message("ErrMsg", msg)
	r.open("GEN_FORM", "ccert.cgi", tpl, "", false, []string{"c_keywait.tpl"}, "Exec_Data")
	r.button("OK_Button", "確定", "gen_exec("+dates+")", false)
	r.button("", "取消", r.jump("ccert.cgi", "c_keytype.tpl", "Init_Data", ""), false)
	row := func(label string) { r.f("</td></tr>\n<tr><th>%s</th><td>", label) }
	r.f(`<h3>鍵值設定</h3><table class="Prop"><tr><th>鍵值名稱</th><td>`)
	r.text("text", "KeyName", v("KeyName"), 24, false)
	row("簽章演算法")
	r.sel("SignAlg", v("SignAlg"), []string{"1=SHA1", "2=SHA256", "3=SHA384", "4=SHA512"}, false)
	row("鍵值演算法")
	r.radio("KeyAlg", "0", "RSA", v("KeyAlg") == "0", true, "alg_change()")
	r.sel("RsaLen", v("RsaLen"), []string{"1=512 bit", "2=1024 bit", "3=2048 bit", "4=4096 bit"}, v("KeyAlg") != "0")
	r.f("<br />")
	r.radio("KeyAlg", "1", "ECDSA", v("KeyAlg") == "1", true, "alg_change()")
	r.sel("EcType", v("EcType"), []string{"0=P256", "1=P384", "2=P521"}, v("KeyAlg") != "1")
	r.f(`</td></tr></table><h3>憑證設定</h3><table class="Prop">`)
	if dates == "true" {
		for i, p := range []string{"Start", "End"} {
			r.f("<tr><th>%s(YYYY/MM/DD)</th><td>", []string{"有效期開始日期", "有效期結束日期"}[i])
			r.text("text", p+"Y", v(p+"Y"), 4, false)
			r.f("/")
			r.text("text", p+"M", v(p+"M"), 2, false)
			r.f("/")
			r.text("text", p+"D", v(p+"D"), 2, false)
			r.f("</td></tr>\n")
		}
	}
	r.f("<tr><th>國家名稱/區域名稱</th><td>")
	r.radio("CntSel", "0", "選擇國家名稱/區域名稱", v("CntSel") == "0", true, "cnt_change()")
	r.sel("CntList", v("CntList"), countries, v("CntSel") != "0")
	r.f("<br />")
	r.radio("CntSel", "1", "輸入網際網路國碼", v("CntSel") == "1", true, "cnt_change()")
	r.text("text", "CntCode", v("CntCode"), 2, true)
	for _, p := range [][2]string{{"State", "省區"}, {"City", "城市"}, {"Org", "組織"}, {"OrgUnit", "組織單位"}} {
		row(p[1])
		r.text("text", p[0], v(p[0]), 24, false)
	}
	row("一般名稱")
	r.text("text", "CommonName", v("CommonName"), 48, false)
	r.f("</td></tr></table>\n")
	r.shut()
	r.end()
}

func ascii(s string) bool {
	for _, c := range s {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// parseRequest judges the form of key generation.
func (r *req) parseRequest(csr bool) (request, string) {
	v := r.q.Get
	rq := request{kind: "self", name: v("KeyName"), hash: map[string]string{"1": "SHA1", "2": "SHA256", "3": "SHA384", "4": "SHA512"}[v("SignAlg")]}
	if csr {
		rq.kind = "csr"
	}
	if rq.name == "" || !ascii(rq.name) {
		return rq, "鍵值名稱請輸入英數字元。"
	}
	for _, k := range r.d.keys {
		if k.name == rq.name {
			return rq, "已註冊相同名稱的鍵值。請輸入其他名稱。"
		}
	}
	if r.d.userKeys() >= maxKeys {
		return rq, "鍵值的註冊數量已達上限。請刪除不需要的鍵值。"
	}
	if r.d.job != nil && !r.d.job.done {
		return rq, "正在生成其他鍵值。請稍候再試。"
	}
	if v("KeyAlg") == "1" {
		rq.size = map[string]string{"0": "P256", "1": "P384", "2": "P521"}[v("EcType")]
	} else if rq.size = map[string]string{"2": "1024", "3": "2048", "4": "4096"}[v("RsaLen")]; rq.size == "" {
		if rq.hash >= "SHA384" {
			return rq, "簽章演算法選擇SHA384或SHA512時，鍵值長度不能設定為512 bit。"
		}
		return rq, "由於安全性策略的設定，無法生成512 bit的鍵值。"
	}
	list := func(s string) []string {
		if s == "" {
			return nil
		}
		return []string{s}
	}
	country := v("CntList")
	if v("CntSel") == "1" {
		country = v("CntCode")
		if len(country) != 2 || !ascii(country) {
			return rq, "網際網路國碼請輸入2個英文字母。"
		}
	}
	for _, n := range []string{"State", "City", "Org", "OrgUnit", "CommonName"} {
		if !ascii(v(n)) {
			return rq, "憑證的資訊請輸入英數字元。"
		}
	}
	rq.subject = pkix.Name{Country: list(country), Province: list(v("State")), Locality: list(v("City")), Organization: list(v("Org")), OrganizationalUnit: list(v("OrgUnit")), CommonName: v("CommonName")}
	if csr {
		return rq, ""
	}
	for i, p := range []string{"Start", "End"} {
		y, _ := strconv.Atoi(v(p + "Y"))
		m, _ := strconv.Atoi(v(p + "M"))
		dd, _ := strconv.Atoi(v(p + "D"))
		t := time.Date(y, time.Month(m), dd, 0, 0, 0, 0, time.UTC)
		if y < 2000 || y > 2099 || t.Month() != time.Month(m) || t.Day() != dd {
			return rq, "有效期的日期不正確。"
		}
		if i == 0 {
			rq.start = t
		} else {
			rq.until = t.Add(24*time.Hour - time.Second)
		}
	}
	if rq.until.Before(rq.start) {
		return rq, "有效期結束日期不能早於有效期開始日期。"
	}
	return rq, ""
}

// showWait is the page that asks again every second.
func (r *req) showWait() {
	r.begin(settingsMenu, certCrumbs+" &gt; 生成鍵值", "生成鍵值")
	r.f("<p id=\"WaitMsg\">正在生成鍵值。請稍候...</p>\n")
	r.open("WAIT_FORM", "ccert.cgi", "c_keywait.tpl", "", false, nil, "Status_Data")
	r.shut()
	r.f("<script type=\"text/javascript\">\n//<![CDATA[\nwait_poll();\n//]]>\n</script>\n")
	r.end()
}

func (r *req) keyWait() {
	j := r.d.job
	switch {
	case j == nil:
		r.showList("", "")
	case !j.done:
		r.showWait()
	case j.kind == "csr" && j.err == "":
		r.showCSR(j.key)
	default:
		r.begin(settingsMenu, certCrumbs+" &gt; 生成鍵值", "生成鍵值")
		if j.err != "" {
			r.message("ErrMsg", j.err)
		} else if j.kind == "sign" {
			r.message("InfoMsg", "已更新裝置簽章的鍵值和憑證。")
		} else {
			r.message("InfoMsg", "已生成並註冊鍵值和憑證。")
		}
		r.button("OK_Button", "確定", r.jump("ccert.cgi", "c_certlist.tpl", "Init_Data", ""), false)
		r.end()
	}
}

func (r *req) showCSR(k *key) {
	r.begin(settingsMenu, certCrumbs+" &gt; 生成鍵值 &gt; 鍵值和憑證簽署請求(CSR)", "憑證簽署請求(CSR)")
	r.f("<p>已生成鍵值和憑證簽署請求(CSR)。請以下列資料向憑證授權單位要求核發憑證。</p>\n")
	r.props([2]string{"鍵值名稱", k.name})
	r.f("<p><textarea id=\"CsrData\" rows=\"20\" cols=\"70\" readonly=\"readonly\">\n%s</textarea></p>\n", devicetest.RequestText(k.csr))
	r.open("FILE_FORM", "ccert.cgi", "c_csrdisp.tpl", "", true, nil, "File_Data")
	r.hidden("KeyIdx", strconv.Itoa(k.no))
	r.button("", "儲存到檔案中", "file_exec()", false)
	r.shut()
	r.button("OK_Button", "確定", r.jump("ccert.cgi", "c_certlist.tpl", "Init_Data", ""), false)
	r.end()
}

func (r *req) download(name string, b []byte) {
	r.w.Header().Set("Content-Type", "application/octet-stream")
	r.w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	r.w.Write(b)
}

func (r *req) csrFile() {
	k := r.keyOf()
	if r.r.Method != "POST" || k == nil || k.csr == nil {
		r.errorPage("無法顯示指定的頁面。")
		return
	}
	r.download("certreq.csr", []byte(devicetest.RequestText(k.csr)))
}

// certReg is the page behind the icon of a key without a certificate.
func (r *req) certReg() {
	k := r.keyOf()
	if k == nil {
		r.errorPage("指定的鍵值不存在。")
		return
	}
	r.begin(settingsMenu, certCrumbs+" &gt; 憑證", "憑證")
	r.props([2]string{"鍵值名稱", k.name}, [2]string{"公開鍵值", algorithm(k.pub(), " bit")}, [2]string{"憑證", "憑證不存在"})
	r.button("", "註冊憑證...", r.jump("ccert.cgi", "c_certup.tpl", "Init_Data", strconv.Itoa(k.no)), false)
	r.button("", "返回", r.jump("ccert.cgi", "c_certlist.tpl", "Init_Data", ""), false)
	r.end()
}

// upload is the page with one file to register.
func (r *req) upload(cgi, tpl, crumbs, title, back, idx, msg string) {
	r.begin(settingsMenu, crumbs, title)
	r.message("ErrMsg", msg)
	r.open("UP_FORM", cgi, tpl, ` enctype="multipart/form-data"`, false, nil, "Exec_Data")
	r.hidden("KeyIdx", idx)
	r.f(`<p><label for="CertFile">檔案路徑：</label><input type="file" name="CertFile" id="CertFile" size="50" /></p>` + "\n")
	r.cur.fields = append(r.cur.fields, field{name: "CertFile"})
	r.button("", "註冊", "up_exec()", false)
	r.button("", "取消", back, false)
	r.shut()
	r.end()
}

func (r *req) certUpload() {
	k, msg := r.keyOf(), ""
	if k == nil {
		r.errorPage("指定的鍵值不存在。")
		return
	}
	if r.r.Method == "POST" {
		err := k.register(r.file)
		if err == nil {
			r.showList("InfoMsg", "已註冊憑證。")
			return
		}
		msg = err.Error()
	}
	r.upload("ccert.cgi", "c_certup.tpl", certCrumbs+" &gt; 註冊憑證", "註冊憑證", r.jump("ccert.cgi", "c_certlist.tpl", "Init_Data", ""), strconv.Itoa(k.no), msg)
}

func (r *req) signKey() *key {
	for _, k := range r.d.keys {
		if k.kind == kindSign {
			return k
		}
	}
	return nil
}

func (r *req) devSig() {
	k := r.signKey()
	r.begin(settingsMenu, certCrumbs+" &gt; 生成鍵值 &gt; 裝置簽章", "裝置簽章")
	r.props([2]string{"鍵值名稱", k.name}, [2]string{"有效期結束日期", k.parsed().NotAfter.Format("2006/01/02")})
	r.button("", "生成/更新", r.jump("ccert.cgi", "c_devsigcf.tpl", "Init_Data", ""), false)
	r.button("", "取消", r.jump("ccert.cgi", "c_keytype.tpl", "Init_Data", ""), false)
	r.end()
}

func (r *req) devSigConfirm() {
	if r.r.Method == "POST" {
		if r.d.job == nil || r.d.job.done {
			now := r.d.cfg.Now().UTC()
			r.d.generate(request{kind: "sign", size: "2048", hash: "SHA256", start: now.Add(-time.Minute), until: now.AddDate(20, 0, 0), subject: r.signKey().parsed().Subject})
		}
		r.showWait()
		return
	}
	r.begin(settingsMenu, certCrumbs+" &gt; 生成鍵值 &gt; 裝置簽章", "裝置簽章")
	r.f("<p>將生成/更新裝置簽章的鍵值和憑證。目前的鍵值和憑證將被覆寫。確定要執行嗎？</p>\n")
	r.open("SET_FORM", "ccert.cgi", "c_devsigcf.tpl", "", false, []string{"c_keywait.tpl"}, "Exec_Data")
	r.button("OK_Button", "確定", "set_exec()", false)
	r.button("", "取消", r.jump("ccert.cgi", "c_devsig.tpl", "Init_Data", ""), false)
	r.shut()
	r.end()
}

func (r *req) exportSignature() {
	if r.r.Method == "POST" {
		r.download("DeviceSignature.cer", r.signKey().cert)
		return
	}
	r.begin(settingsMenu, "管理設定：裝置管理 &gt; 匯出裝置簽章", "匯出裝置簽章")
	r.f("<p>匯出裝置簽章的公開鍵值憑證(S/MIME憑證)。</p>\n")
	r.open("FILE_FORM", "cexpsig.cgi", "c_expsig.tpl", "", true, nil, "File_Data")
	r.button("", "開始匯出", "file_exec()", false)
	r.shut()
	r.end()
}

func (r *req) smimeList() {
	msg, class := "", "ErrMsg"
	if r.r.Method == "POST" {
		n, _ := strconv.Atoi(r.q.Get("CertIdx"))
		msg = "指定的憑證不存在。"
		for i, c := range r.d.smime {
			if c.no == n {
				r.d.smime = append(r.d.smime[:i:i], r.d.smime[i+1:]...)
				msg, class = "已刪除憑證。", "InfoMsg"
				break
			}
		}
	}
	r.showSMIME(class, msg)
}

func (r *req) showSMIME(class, msg string) {
	r.begin(settingsMenu, "管理設定：裝置管理 &gt; S/MIME憑證設定", "S/MIME憑證設定")
	r.message(class, msg)
	r.open("LIST_FORM", "csmcert.cgi", "c_smlist.tpl", "", false, nil, "Exec_Data")
	r.button("", "註冊S/MIME憑證...", r.jump("csmcert.cgi", "c_smup.tpl", "Init_Data", ""), false)
	r.button("", "刪除", "sm_del()", len(r.d.smime) == 0)
	r.f(`<div class="ItemListComponent"><table summary="S/MIME憑證"><tr><th>選擇</th><th>主體</th><th>發佈者</th><th>有效期結束日期</th><th>憑證指紋(SHA1)</th></tr>` + "\n")
	for _, c := range r.d.smime {
		r.f("<tr><td>")
		r.radio("CertIdx", strconv.Itoa(c.no), "", false, true, "")
		r.f("</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>\n", esc(devicetest.NameText(c.cert.Subject)), esc(devicetest.NameText(c.cert.Issuer)), c.cert.NotAfter.Format("2006/01/02"), thumb(c.der))
	}
	r.f("</table></div>\n")
	r.shut()
	r.end()
}

func (r *req) smimeUpload() {
	msg := ""
	if r.r.Method == "POST" {
		c, err := devicetest.ReadCertificate(r.file)
		if err == nil {
			err = r.d.addSMIME(c.Raw)
		}
		if err == nil {
			r.showSMIME("InfoMsg", "已註冊憑證。")
			return
		}
		msg = err.Error()
	}
	r.upload("csmcert.cgi", "c_smup.tpl", "管理設定：裝置管理 &gt; S/MIME憑證設定 &gt; 註冊S/MIME憑證", "註冊S/MIME憑證", r.jump("csmcert.cgi", "c_smlist.tpl", "Init_Data", ""), "", msg)
}
