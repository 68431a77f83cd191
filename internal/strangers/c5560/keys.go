package c5560

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

// job is the generation of a key that runs now or ran last.
type job struct {
	no, kind string
	done     bool
	failed   bool
	key      *key
}

const (
	devCrumb = "設定/註冊：管理設定：裝置管理 > "
	keyCrumb = devCrumb + "鍵值和憑證設定"
)

func (d *Device) useText(k *key) string {
	u := d.uses(k, d.eff)
	for i := range u {
		if u[i] == "Device Signature" {
			u[i] = "裝置簽章"
		}
	}
	if k.no == "02" {
		u = append(u, "存取限制")
	}
	return strings.Join(u, ", ")
}

// up is the link at the top that goes back to the list.
func (c *ctx) up() string {
	return devCrumb + `<a href="` + c.link("ckeylist.cgi", "c_keylist.tpl", "52", "") + `">鍵值和憑證設定</a>`
}

func keyList(c *ctx) {
	d := c.d
	c.sec = ""
	var b strings.Builder
	n := 0
	for _, k := range d.keys {
		if k.no != sigNo {
			n++
		}
	}
	b.WriteString(c.open("DEL_FORM", "ckeydel.cgi", "c_keydel.tpl", "c_keydelok.tpl", "", ""))
	b.WriteString(buttons(button("GEN_Button", "生成鍵值...", c.link("ckeygen.cgi", "c_keygen.tpl", "52", "")), button("DEL_Button", "刪除", "delete_key()")))
	fmt.Fprintf(&b, `<p>已註冊的鍵值和憑證： %d/%d</p><div class="ItemListComponent"><table><tr><th></th><th></th><th>鍵值名稱</th><th>鍵值使用位置</th><th>憑證</th></tr>
`, n, slots)
	for _, k := range d.keys {
		dis := ""
		if k.fixed {
			dis = ` disabled="disabled"`
		}
		st := `<img src="/media/ic_key.gif" alt=""/>`
		if k.cert == nil {
			st = `<img src="/media/ic_nocert.gif" alt="無憑證" title="金鑰的憑證不存在"/>`
		}
		cert := ""
		if !k.fixed {
			cert = fmt.Sprintf(`<a href="%s"><img src="/media/ic_cert.gif" alt="憑證" title="憑證"/></a>`, c.link("ckeycert.cgi", "c_keycert.tpl", "52", k.no))
		}
		fmt.Fprintf(&b, `<tr><td><input type="checkbox" name="DelNo" value="%s"%s/></td><td>%s</td><td><a href="%s">%s</a></td><td>%s</td><td>%s</td></tr>
`, k.no, dis, st, c.link("ckeydet.cgi", "c_keydet.tpl", "52", k.no), esc(k.name), d.useText(k), cert)
	}
	b.WriteString("</table></div></form>")
	c.setting(keyCrumb, "鍵值和憑證設定", `function delete_key() {
  var f = document.DEL_FORM, i, n = 0;
  for (i = 0; i < f.elements.length; i++) {
    if (f.elements[i].name == 'DelNo' && f.elements[i].checked) { n++; }
  }
  if (n == 0) { alert('請選擇要刪除的鍵值和憑證。'); return; }
  f.Dummy.value = (new Date()).getTime();
  f.submit();
}`, b.String())
}

// refuse tells why keys cannot be deleted.
func (d *Device) refuse(nos []string) string {
	for _, no := range nos {
		switch k := d.key(no); {
		case k == nil:
			return "所選的鍵值和憑證不存在。"
		case k.fixed:
			d.Violate("deletion of %s attempted", k.name)
			return "無法刪除此鍵值和憑證：" + esc(k.name)
		case d.bound(k):
			d.Violate("deletion of a key in use attempted: %s", k.name)
			return "使用中的鍵值和憑證無法刪除：" + esc(k.name)
		}
	}
	if len(nos) == 0 {
		return "請選擇要刪除的鍵值和憑證。"
	}
	return ""
}

func keyDelAsk(c *ctx) {
	nos := c.form["DelNo"]
	if c.err = c.d.refuse(nos); c.err != "" {
		keyList(c)
		return
	}
	var b, names strings.Builder
	for _, no := range nos {
		fmt.Fprintf(&b, `<input type="hidden" name="DelNo" value="%s"/>`, no)
		fmt.Fprintf(&names, "<li>%s</li>", esc(c.d.key(no).name))
	}
	c.setting(c.up()+" > 刪除", "刪除鍵值和憑證", "function del_ok() { var f = document.OK_FORM; f.Dummy.value = (new Date()).getTime(); f.submit(); }",
		c.open("OK_FORM", "ckeydel.cgi", "c_keydelok.tpl", "c_keylist.tpl", "", "")+"<div>"+b.String()+`</div><div class="msg"><p><img src="/media/ms_caut.gif" alt=""/> 是否要刪除下列鍵值和憑證？</p><ul>`+names.String()+"</ul>"+
			buttons(button("OK_Button", "確定", "del_ok()"), button("Cancel_Button", "取消", c.link("ckeylist.cgi", "c_keylist.tpl", "52", "")))+"</div></form>")
}

func keyDelete(c *ctx) {
	d := c.d
	if c.err = d.refuse(c.form["DelNo"]); c.err == "" {
		for _, no := range c.form["DelNo"] {
			for i, k := range d.keys {
				if k.no == no {
					d.keys = append(d.keys[:i], d.keys[i+1:]...)
					break
				}
			}
		}
	}
	keyList(c)
}

func pubText(k *key) string {
	switch p := k.signer.Public().(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d bit", p.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA " + strings.ReplaceAll(p.Params().Name, "-", "")
	}
	return ""
}

func certRows(c *x509.Certificate, pub string) string {
	sig := strings.ReplaceAll(strings.ReplaceAll(c.SignatureAlgorithm.String(), "-RSA", "WithRSA"), "ECDSA-", "ECDSAWith")
	var b strings.Builder
	for _, r := range [][2]string{{"版本", fmt.Sprintf("V%d", c.Version)}, {"序號", fmt.Sprintf("%X", c.SerialNumber)}, {"簽章演算法", sig}, {"發佈者", devicetest.NameText(c.Issuer)},
		{"有效期開始日期", dateText(c.NotBefore)}, {"有效期結束日期", dateText(c.NotAfter)}, {"主旨", devicetest.NameText(c.Subject)}, {"公開鍵值", pub}, {"憑證拇指紋 (SHA1)", thumb(c)}} {
		fmt.Fprintf(&b, "<tr><th>%s</th><td>%s</td></tr>\n", r[0], esc(r[1]))
	}
	return b.String()
}

func (c *ctx) keyOr() *key {
	k := c.d.key(c.sec)
	if k == nil {
		errorPage(c.w, "所選的鍵值和憑證不存在。")
	}
	return k
}

func keyDetail(c *ctx) { c.detail("") }

func (c *ctx) detail(msg string) {
	k := c.keyOr()
	if k == nil {
		return
	}
	body := `<table class="info"><tr><th>鍵值名稱</th><td>` + esc(k.name) + "</td></tr>\n"
	if k.cert == nil {
		body += "<tr><th>公開鍵值</th><td>" + pubText(k) + "</td></tr></table><p>金鑰的憑證不存在。</p>"
	} else {
		body += certRows(k.cert, pubText(k)) + "</table>" + msg +
			c.open("VERIFY_FORM", "ckeydet.cgi", "c_keydet.tpl", "c_keydet.tpl", k.no, "") + buttons(button("VERIFY_Button", "確認憑證", "verify_cert()")) + "</form>"
	}
	c.setting(c.up()+" > 憑證詳細資訊", "憑證詳細資訊", "function verify_cert() { var f = document.VERIFY_FORM; f.Dummy.value = (new Date()).getTime(); f.submit(); }", body)
}

func keyVerify(c *ctx) {
	msg := "<p><img src=\"/media/ms_info.gif\" alt=\"\"/> 憑證有效。</p>"
	if k := c.d.key(c.sec); k != nil && k.cert != nil {
		if now := c.d.cfg.Now(); now.Before(k.cert.NotBefore) || now.After(k.cert.NotAfter) {
			msg = "<p><img src=\"/media/ms_err.gif\" alt=\"\"/> 憑證無效。(不在有效期內)</p>"
		}
	}
	c.detail(msg)
}

func keyGenMenu(c *ctx) {
	c.setting(c.up()+" > 生成鍵值", "生成鍵值", "", fmt.Sprintf(`<ul class="index"><li><a href="%s">網路通訊</a></li><li><a href="%s">鍵值和憑證簽署請求(CSR)</a></li><li><a href="%s">裝置簽章</a></li></ul>`,
		c.link("ckeygen.cgi", "c_keynet.tpl", "52", ""), c.link("ckeygen.cgi", "c_keycsr.tpl", "52", ""), c.link("ckeygen.cgi", "c_keysig.tpl", "52", "")))
}

const countries = "AU=澳洲 (AU)|CN=中國 (CN)|DE=德國 (DE)|FR=法國 (FR)|HK=香港 (HK)|JP=日本 (JP)|KR=韓國 (KR)|SG=新加坡 (SG)|TW=台灣 (TW)|GB=英國 (GB)|US=美國 (US)"

// keyForm is the form for a self-signed key (net) or a CSR.
func keyForm(c *ctx, kind string) {
	get := func(n, def string) string {
		if c.form != nil && c.form.Has(n) {
			return c.form.Get(n)
		}
		return def
	}
	tpl, title := "c_keynet.tpl", "生成網路通訊鍵值"
	if kind == "csr" {
		tpl, title = "c_keycsr.tpl", "生成鍵值和憑證簽署請求(CSR)"
	}
	text := func(n, label, def string, max int) string {
		return fmt.Sprintf("<tr><th><label for=\"%s\">%s</label></th><td><input type=\"text\" id=\"%s\" name=\"%s\" maxlength=\"%d\" value=\"%s\"/></td></tr>\n", n, label, n, n, max, esc(get(n, def)))
	}
	off := func(is bool) string {
		if is {
			return ` disabled="disabled"`
		}
		return ""
	}
	alg, way := get("KeyAlg", "0"), get("CtryWay", "0")
	var b strings.Builder
	b.WriteString(c.open("MAIN_FORM", "ckeygen.cgi", tpl, "c_keywait.tpl", "", ""))
	b.WriteString(buttons(button("OK_Button", "確定", "gen_ok()"), button("Cancel_Button", "取消", c.link("ckeygen.cgi", "c_keygen.tpl", "52", ""))))
	b.WriteString("<table class=\"set\"><tr><td colspan=\"2\" class=\"sec\">鍵值設定</td></tr>\n" + text("KeyName", "鍵值名稱", "", 24))
	fmt.Fprintf(&b, `<tr><th><label for="SigAlg">簽章演算法</label></th><td><select id="SigAlg" name="SigAlg">%s</select></td></tr>
<tr><th>鍵值演算法</th><td>%s <select class="dep" name="RsaLen"%s>%s</select><br/>%s <select class="dep" name="EcType"%s>%s</select></td></tr>
`, options("256=SHA256|384=SHA384|512=SHA512", get("SigAlg", "256")),
		strings.Replace(radio("KeyAlg", "0", "RSA", alg), "/>", ` onclick="alg_change()"/>`, 1), off(alg == "1"), options("512=512 bit|1024=1024 bit|2048=2048 bit|4096=4096 bit", get("RsaLen", "2048")),
		strings.Replace(radio("KeyAlg", "1", "ECDSA", alg), "/>", ` onclick="alg_change()"/>`, 1), off(alg == "0"), options("P256=P256|P384=P384|P521=P521", get("EcType", "P256")))
	fmt.Fprintf(&b, "<tr><td colspan=\"2\" class=\"sec\">%s</td></tr>\n", map[string]string{"net": "憑證設定", "csr": "憑證簽署請求(CSR)設定"}[kind])
	if kind == "net" {
		now := c.d.cfg.Now()
		date := func(n, label, y, m, dd string) string {
			in := func(x, def string, l int) string {
				return fmt.Sprintf(`<input type="text" name="%s%s" size="%d" maxlength="%d" value="%s" title="%s"/>`, n, x, l, l, esc(get(n+x, def)), label)
			}
			return "<tr><th>" + label + "</th><td>" + in("Y", y, 4) + " / " + in("M", m, 2) + " / " + in("D", dd, 2) + "</td></tr>\n"
		}
		b.WriteString(date("St", "有效期開始日期(YYYY/MM/DD)", now.Format("2006"), now.Format("01"), now.Format("02")))
		b.WriteString(date("En", "有效期結束日期(YYYY/MM/DD)", "", "", ""))
	}
	fmt.Fprintf(&b, `<tr><th>國家名稱/區域名稱</th><td>%s <select class="dep" name="Country"%s>%s</select><br/>%s <input type="text" class="dep" name="CtryCode" size="3" maxlength="2" value="%s"%s/></td></tr>
`, strings.Replace(radio("CtryWay", "0", "選擇國家名稱/區域名稱", way), "/>", ` onclick="ctry_change()"/>`, 1), off(way == "1"), options(countries, get("Country", "TW")),
		strings.Replace(radio("CtryWay", "1", "輸入網際網路國碼", way), "/>", ` onclick="ctry_change()"/>`, 1), esc(get("CtryCode", "")), off(way == "0"))
	host, _, err := net.SplitHostPort(c.r.Host)
	if err != nil {
		host = c.r.Host
	}
	b.WriteString(text("State", "省區", "", 24) + text("City", "城市", "", 24) + text("Org", "組織", "", 24) + text("Unit", "組織單位", "", 24) + text("CN", "一般名稱", host, 64))
	b.WriteString("</table></form>")
	c.setting(c.up()+" > 生成鍵值 > "+title, title, `function alg_change() {
  var f = document.MAIN_FORM, ec = f.KeyAlg[1].checked;
  f.RsaLen.disabled = ec;
  f.EcType.disabled = !ec;
}
function ctry_change() {
  var f = document.MAIN_FORM, code = f.CtryWay[1].checked;
  f.Country.disabled = code;
  f.CtryCode.disabled = !code;
}
function gen_ok() {
  var f = document.MAIN_FORM;
  if (f.KeyName.value == '') { alert('請輸入鍵值名稱。'); f.KeyName.focus(); return; }
  f.Dummy.value = (new Date()).getTime();
  f.submit();
}`, b.String())
}

var (
	alnum = regexp.MustCompile(`^[A-Za-z0-9]{1,24}$`)
	plain = regexp.MustCompile(`^[ -~]*$`)
)

func (c *ctx) busy() string {
	if j := c.d.job; j != nil && !j.done {
		return "正在生成其他鍵值。請稍候再試。"
	}
	return ""
}

// keyWant reads the form; it returns the refusal's words.
func (c *ctx) keyWant(kind string) (q request, bad string) {
	v := c.form.Get
	q = request{kind: kind, name: v("KeyName"), hash: v("SigAlg")}
	if bad = c.busy(); bad != "" {
		return q, bad
	}
	if !alnum.MatchString(q.name) {
		return q, "請使用英數字元輸入鍵值名稱。(最多24個字元)"
	}
	n := 0
	for _, k := range c.d.keys {
		if strings.EqualFold(k.name, q.name) {
			return q, "此鍵值名稱已被使用。"
		}
		if k.no != sigNo {
			n++
		}
	}
	if n >= slots {
		return q, "已達到可註冊的鍵值和憑證數目上限。請刪除不需要的鍵值和憑證。"
	}
	if v("KeyAlg") == "1" {
		q.alg = "ECDSA " + v("EcType")
	} else {
		q.alg = "RSA " + v("RsaLen")
		if v("RsaLen") == "512" && q.hash != "256" {
			return q, "當鍵值長度為512 bit時，無法選擇SHA384或SHA512。"
		}
		if v("RsaLen") == "512" {
			return q, "安全策略設定禁止使用弱式加密的鍵值。請選擇1024 bit或以上的鍵值長度。"
		}
	}
	if !slices.Contains([]string{"256", "384", "512"}, q.hash) {
		return q, "鍵值演算法的設定不正確。"
	}
	if kind == "net" {
		var err error
		if q.from, err = time.Parse("2006/1/2", v("StY")+"/"+v("StM")+"/"+v("StD")); err != nil {
			return q, "有效期開始日期不正確。"
		}
		if q.to, err = time.Parse("2006/1/2", v("EnY")+"/"+v("EnM")+"/"+v("EnD")); err != nil || q.to.Year() > 2049 {
			return q, "有效期結束日期不正確。"
		}
		if q.to.Before(q.from) {
			return q, "有效期結束日期不可早於有效期開始日期。"
		}
		q.to = q.to.Add(24*time.Hour - time.Second)
	}
	country := v("Country")
	if v("CtryWay") == "1" {
		country = strings.ToUpper(v("CtryCode"))
		if !regexp.MustCompile(`^[A-Z]{2}$`).MatchString(country) {
			return q, "請輸入2個英文字元的網際網路國碼。"
		}
	}
	one := func(s string) []string {
		if s == "" {
			return nil
		}
		if !plain.MatchString(s) {
			bad = "請使用英數字元輸入。"
		}
		return []string{s}
	}
	q.subject = pkix.Name{Country: []string{country}, Province: one(v("State")), Locality: one(v("City")), Organization: one(v("Org")), OrganizationalUnit: one(v("Unit")), CommonName: v("CN")}
	one(v("CN"))
	return q, bad
}

func keyStart(kind string) func(*ctx) {
	return func(c *ctx) {
		q, bad := c.keyWant(kind)
		if bad != "" {
			c.err = bad
			keyForm(c, kind)
			return
		}
		c.d.run(q)
		keyWait(c)
	}
}

// run generates a key in the background; the lock is held by the caller.
func (d *Device) run(q request) {
	j := &job{no: devicetest.Decimal(6), kind: q.kind}
	d.job = j
	var k *key
	var err error
	d.InBackground(time.Duration(600+rand.IntN(700))*time.Millisecond, func() { k, err = generate(q) }, func() {
		j.done = true
		if err != nil {
			j.failed = true
			return
		}
		j.key = k
		if q.kind == "sig" {
			old := d.key(sigNo)
			k.no, k.fixed = sigNo, true
			*old = *k
			return
		}
		for i := 1; i <= slots; i++ {
			if no := fmt.Sprintf("%02d", i); d.key(no) == nil {
				k.no = no
				break
			}
		}
		d.keys = append(d.keys, k)
		d.sortKeys()
	})
}

// keyWait asks again and again until the key is there, then shows the result.
func keyWait(c *ctx) {
	d, j := c.d, c.d.job
	if j == nil {
		keyList(c)
		return
	}
	c.pg, c.sec = "52", j.no
	list := c.link("ckeylist.cgi", "c_keylist.tpl", "52", "")
	switch {
	case !j.done:
		c.offer("ckeywait.cgi", "c_keywait.tpl", "52", j.no, "Html_Data", "SettingPage")
		io.WriteString(c.w, head("生成鍵值", `<script type="text/javascript">
//<![CDATA[
function check_status() {
  location.replace('./ckeywait.cgi?Flag=Html_Data&PageFlag=c_keywait.tpl&FuncTypeFlag=SettingPage&CorePGTAG=52&SecID=`+j.no+`&Dummy=' + (new Date()).getTime());
}
//]]>
</script>
`)+`<body onload="setTimeout('check_status()', 400)"><div id="errorBox"><p><img src="/media/wait.gif" alt=""/> 正在生成鍵值。請稍候...</p></div></body></html>
`)
	case j.failed:
		c.message(c.up()+" > 生成鍵值", "生成鍵值", "無法生成鍵值。", list)
	case j.kind == "sig":
		d.stamps["裝置簽章"] = d.cfg.Now()
		c.message(c.up()+" > 生成鍵值", "裝置簽章", "已生成/更新裝置簽章的鍵值和憑證。", list)
	case j.kind == "csr":
		c.setting(c.up()+" > 生成鍵值", "憑證簽署請求(CSR)", `function save_csr() { location.href = "`+c.href("ckeycsr.cgi", "c_keycsrfile.tpl", "52", j.key.no, "Csr_Data", "SettingPage")+`"; }`,
			`<table class="info"><tr><th>鍵值名稱</th><td>`+esc(j.key.name)+`</td></tr><tr><th>公開鍵值</th><td>`+pubText(j.key)+`</td></tr></table>
<p><textarea id="CSR_TEXT" rows="20" cols="68" readonly="readonly">`+devicetest.RequestText(j.key.csr)+`</textarea></p>`+
				buttons(button("SAVE_Button", "儲存到檔案中", "save_csr()"), button("BACK", "返回", list)))
	default:
		c.message(c.up()+" > 生成鍵值", "生成網路通訊鍵值", "已生成並註冊鍵值和憑證。("+esc(j.key.name)+")", list)
	}
}

func initKeys() {
	reads["c_keylist.tpl"] = keyList
	reads["c_keydet.tpl"] = keyDetail
	reads["c_keygen.tpl"] = keyGenMenu
	reads["c_keynet.tpl"] = func(c *ctx) { keyForm(c, "net") }
	reads["c_keycsr.tpl"] = func(c *ctx) { keyForm(c, "csr") }
	reads["c_keywait.tpl"] = keyWait
	writes["c_keydel.tpl"] = keyDelAsk
	writes["c_keydelok.tpl"] = keyDelete
	writes["c_keydet.tpl"] = keyVerify
	writes["c_keynet.tpl"] = keyStart("net")
	writes["c_keycsr.tpl"] = keyStart("csr")
}
