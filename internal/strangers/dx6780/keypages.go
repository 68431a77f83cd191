package dx6780

import (
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const keyCrumb = "設定/登録：管理設定：デバイス管理 &gt; "

var jaUse = map[string]string{"Device Signature": "機器署名"}

func (d *Device) useText(k *key) string {
	var u []string
	for _, x := range d.uses(k, d.active) {
		if y := jaUse[x]; y != "" {
			x = y
		}
		u = append(u, x)
	}
	if k.kind == kindAMS {
		u = append(u, "アクセス制限")
	}
	return strings.Join(u, "、")
}

func (p *page) keyListURL() string { return p.u("cdkey.cgi", "c_d_keylist.tpl") }

func (c *ctx) key() *key {
	id, _ := strconv.Atoi(c.v.Get("KeyID"))
	return c.d.keyByID(id)
}

func (c *ctx) keyList() {
	d := c.d
	if c.flag == "Exec_Data" {
		c.spend()
		c.deleteKeys()
		return
	}
	p := c.page("set", "鍵と証明書設定", keyCrumb+"鍵と証明書設定")
	p.upd = "key"
	f := p.form("SUBMIT_FORM", "cdkey.cgi", "c_d_keylist.tpl")
	f.script("Flag", "Exec_Data", "Exec_Data")
	f.w("%s%s", p.button("鍵生成...", p.u("cdkey.cgi", "c_d_keygen.tpl")), act("", "削除", "key_delete(document.SUBMIT_FORM)"))
	f.w(`<p>登録数：%d/%d</p><div class="ItemListComponent"><table class="ItemList"><tr><th>選択</th><th>鍵の名前</th><th>使用先</th><th>証明書</th></tr>`+"\n", len(d.keys), maxKeys)
	fl := &field{optional: true}
	f.fields["DelKey"] = fl
	for _, k := range d.keys {
		box, icon := "", `<img src="/media/cert.gif" alt="証明書" title="証明書" width="16" height="16" />`
		if k.kind == kindNet {
			box = fmt.Sprintf(`<input type="checkbox" name="DelKey" id="DelKey%d" value="%d" />`, k.id, k.id)
			fl.values = append(fl.values, strconv.Itoa(k.id))
		}
		if k.cert == nil {
			icon = fmt.Sprintf(`<a href="javascript:key_cert('%d')"><img src="/media/nocert.gif" alt="証明書なし" title="証明書なし" width="16" height="16" /></a>`, k.id)
			p.u("cdkey.cgi", "c_d_keycrt.tpl", "KeyID", strconv.Itoa(k.id))
		}
		p.u("cdkey.cgi", "c_d_keydtl.tpl", "KeyID", strconv.Itoa(k.id))
		f.w(`<tr><td>%s</td><td><a href="javascript:key_detail('%d')">%s</a></td><td>%s</td><td>%s</td></tr>`+"\n", box, k.id, esc(k.name), d.useText(k), icon)
	}
	f.w("</table></div>")
	p.w("%s", f.end())
	p.send()
}

func (c *ctx) deleteKeys() {
	d := c.d
	back := "./cdkey.cgi?Flag=Init_Data&PageFlag=c_d_keylist.tpl&FuncTypeFlag=SettingPage"
	ids := c.v["DelKey"]
	if len(ids) == 0 {
		c.refuse("鍵が選択されていません。", back)
		return
	}
	for _, x := range ids {
		id, _ := strconv.Atoi(x)
		k := d.keyByID(id)
		if k == nil {
			c.refuse("指定された鍵は存在しません。", back)
			return
		}
		if k.kind != kindNet {
			d.Violate("deletion of %s attempted", k.name)
			c.refuse("この鍵は削除できません。", back)
			return
		}
		if d.inUse(k) {
			d.Violate("deletion of the key %s, which is in use, attempted", k.name)
			c.refuse("使用中の鍵は削除できません。("+k.name+")", back)
			return
		}
	}
	for _, x := range ids {
		id, _ := strconv.Atoi(x)
		d.keys = slices.DeleteFunc(d.keys, func(k *key) bool { return k.id == id })
	}
	d.touch("key")
	c.flag = "Init_Data"
	c.keyList()
}

func dn(n pkix.Name) string { return esc(devicetest.NameText(n)) }

func (k *key) publicText() string {
	a := devicetest.Algorithm(k.priv)
	if strings.HasPrefix(a, "RSA") {
		return a + " bit"
	}
	return a
}

// details writes the rows of a certificate.
func (p *page) details(der []byte) {
	x, err := x509.ParseCertificate(der)
	if err != nil {
		return
	}
	row := func(l, v string) { p.w("<tr><th>%s：</th><td>%s</td></tr>\n", l, v) }
	pub := (&key{priv: pubOnly{x.PublicKey}}).publicText()
	row("バージョン", "X.509v"+strconv.Itoa(x.Version))
	row("シリアル番号", hexPairs(x.SerialNumber.Bytes()))
	row("署名アルゴリズム", x.SignatureAlgorithm.String())
	row("発行先", dn(x.Subject))
	row("有効期間開始日", jst(x.NotBefore))
	row("有効期間終了日", jst(x.NotAfter))
	row("発行者", dn(x.Issuer))
	row("公開鍵", pub)
	h := sha1.Sum(der)
	row("証明書の拇印", hexPairs(h[:]))
}

func hexPairs(b []byte) string {
	return strings.TrimSpace(regexp.MustCompile("..").ReplaceAllString(fmt.Sprintf("%X", b), "$0 "))
}

func (c *ctx) keyDetail() {
	k := c.key()
	if k == nil {
		c.cannotOpen("指定された鍵は存在しません。")
		return
	}
	p := c.page("set", "証明書詳細情報", "")
	p.crumb = "設定/登録：管理設定：デバイス管理 > " + p.link("鍵と証明書設定", p.keyListURL()) + " > 証明書詳細情報"
	p.w(`<table class="ItemTable"><tr><th>鍵の名前：</th><td>%s</td></tr>`, esc(k.name))
	if k.cert == nil {
		p.w(`<tr><th>公開鍵：</th><td>%s</td></tr></table><p>証明書が登録されていません。</p>`, k.publicText())
		p.send()
		return
	}
	p.details(k.cert)
	p.w("</table>")
	if c.v.Get("Verify") == "1" {
		x, _ := x509.ParseCertificate(k.cert)
		msg := "この証明書は正常です。"
		if now := c.d.cfg.Now(); now.Before(x.NotBefore) || now.After(x.NotAfter) {
			msg = "この証明書は有効期間外です。"
		}
		p.w(`<p class="Notice">%s</p>`, msg)
	}
	p.w("%s", p.button("証明書検証", p.u("cdkey.cgi", "c_d_keydtl.tpl", "KeyID", strconv.Itoa(k.id), "Verify", "1")))
	p.send()
}

func (c *ctx) genMenu() {
	p := c.page("set", "鍵生成", "")
	p.crumb = keyCrumb + p.link("鍵と証明書設定", p.keyListURL()) + " > 鍵生成"
	p.w(`<ul class="IndexList"><li>%s</li><li>%s</li><li>%s</li></ul>`,
		p.link("ネットワーク通信", p.u("cdkey.cgi", "c_d_gennet.tpl")),
		p.link("鍵と証明書署名要求(CSR)", p.u("cdkey.cgi", "c_d_gencsr.tpl")), p.link("機器署名", p.u("cdkey.cgi", "c_d_gensig.tpl")))
	p.send()
}

var countries = [][2]string{{"JP", "日本"}, {"AU", "オーストラリア"}, {"AT", "オーストリア"}, {"BE", "ベルギー"}, {"BR", "ブラジル"}, {"CA", "カナダ"}, {"CN", "中国"},
	{"CZ", "チェコ"}, {"DK", "デンマーク"}, {"FI", "フィンランド"}, {"FR", "フランス"}, {"DE", "ドイツ"}, {"GR", "ギリシャ"}, {"HK", "香港"}, {"HU", "ハンガリー"}, {"IN", "インド"},
	{"ID", "インドネシア"}, {"IE", "アイルランド"}, {"IT", "イタリア"}, {"KR", "韓国"}, {"MY", "マレーシア"}, {"NL", "オランダ"}, {"NZ", "ニュージーランド"}, {"NO", "ノルウェー"},
	{"PH", "フィリピン"}, {"PL", "ポーランド"}, {"PT", "ポルトガル"}, {"RU", "ロシア"}, {"SG", "シンガポール"}, {"ES", "スペイン"}, {"SE", "スウェーデン"}, {"CH", "スイス"},
	{"TW", "台湾"}, {"TH", "タイ"}, {"GB", "イギリス"}, {"US", "アメリカ合衆国"}, {"VN", "ベトナム"}}

func is(name, val string) func(url.Values) bool {
	return func(v url.Values) bool { return v.Get(name) == val }
}

// genNet is the page of both network communication keys and CSRs.
func (c *ctx) genNet() {
	tpl := c.v.Get("PageFlag")
	csr := tpl == "c_d_gencsr.tpl"
	if c.flag == "Exec_Data" {
		c.spend()
		c.genExec(tpl, csr)
		return
	}
	title := "ネットワーク通信の鍵生成"
	if csr {
		title = "鍵と証明書署名要求(CSR)の生成"
	}
	p := c.page("set", title, "")
	p.crumb = keyCrumb + p.link("鍵と証明書設定", p.keyListURL()) + " > " + p.link("鍵生成", p.u("cdkey.cgi", "c_d_keygen.tpl")) + " > " + title
	f := p.form("SUBMIT_FORM", "cdkey.cgi", tpl)
	f.script("Flag", "Exec_Data", "Exec_Data")
	f.w("%s%s<h3>鍵設定</h3><table class=\"ItemTable\">\n", act("OK_Button", "OK", "gen_exec(document.SUBMIT_FORM)"), p.button("キャンセル", p.u("cdkey.cgi", "c_d_keygen.tpl")))
	f.row("鍵の名前：", "KeyName", f.text("KeyName", "", 24, nil, false)+" (半角英数字 24文字まで)")
	f.row("署名アルゴリズム：", "SigAlg", f.sel("SigAlg", "1", [][2]string{{"0", "SHA1"}, {"1", "SHA256"}, {"2", "SHA384"}, {"3", "SHA512"}}, nil, false))
	f.row("鍵のアルゴリズム：", "", f.radio("KeyAlg", "0", "0", "RSA", "gen_alg(this.form)")+" "+
		f.sel("RsaLen", "1", [][2]string{{"0", "1024 bit"}, {"1", "2048 bit"}, {"2", "4096 bit"}}, is("KeyAlg", "0"), false)+"<br />"+
		f.radio("KeyAlg", "1", "0", "ECDSA", "gen_alg(this.form)")+" "+
		f.sel("EcType", "0", [][2]string{{"0", "P256"}, {"1", "P384"}, {"2", "P521"}}, is("KeyAlg", "1"), true))
	head := "証明書設定"
	if csr {
		head = "証明書署名要求(CSR)設定"
	}
	f.w("</table><h3>%s</h3><table class=\"ItemTable\">\n", head)
	if !csr {
		t := c.d.cfg.Now().In(time.FixedZone("JST", 9*3600))
		date := func(n string, y, m, dd string) string {
			return f.text(n+"Y", y, 4, nil, false) + " / " + f.text(n+"M", m, 2, nil, false) + " / " + f.text(n+"D", dd, 2, nil, false)
		}
		f.row("有効期限開始日(YYYY/MM/DD)：", "", date("Start", t.Format("2006"), t.Format("01"), t.Format("02")))
		f.row("有効期限終了日(YYYY/MM/DD)：", "", date("End", "", "", ""))
	}
	f.row("国名/地域名：", "", f.radio("CtyKind", "0", "0", "国名/地域名を選択する", "gen_cty(this.form)")+" "+f.sel("CtySel", "JP", countries, is("CtyKind", "0"), false)+"<br />"+
		f.radio("CtyKind", "1", "0", "インターネット国コードを入力する", "gen_cty(this.form)")+" "+f.text("CtyCode", "", 2, is("CtyKind", "1"), true))
	host, _, _ := strings.Cut(c.r.Host, ":")
	for _, x := range [][3]string{{"都道府県", "State", ""}, {"市区町村", "City", ""}, {"組織", "Org", ""}, {"組織単位", "OrgUnit", ""}, {"共通名", "CommonName", host}} {
		max := 24
		if x[1] == "CommonName" {
			max = 48
		}
		f.row(x[0]+"：", x[1], f.text(x[1], x[2], max, nil, false))
	}
	f.w("</table>")
	p.w("%s", f.end())
	p.send()
}

var (
	alnum     = regexp.MustCompile(`^[A-Za-z0-9]{1,24}$`)
	printable = regexp.MustCompile(`^[\x20-\x7e]*$`)
	code2     = regexp.MustCompile(`^[A-Za-z]{2}$`)
)

func pick(list []string, x string) string {
	i, err := strconv.Atoi(x)
	if err != nil || i < 0 || i >= len(list) {
		return list[0]
	}
	return list[i]
}

func (c *ctx) genExec(tpl string, csr bool) {
	d, v := c.d, c.v
	back := "./cdkey.cgi?Flag=Init_Data&PageFlag=" + tpl + "&FuncTypeFlag=SettingPage"
	fail := func(msg string) { c.refuse(msg, back) }
	sp := keySpec{csr: csr, name: v.Get("KeyName"), alg: v.Get("KeyAlg"), hash: pick([]string{"SHA1", "SHA256", "SHA384", "SHA512"}, v.Get("SigAlg"))}
	if !alnum.MatchString(sp.name) {
		fail("鍵の名前は半角英数字で入力してください。")
		return
	}
	for _, k := range d.keys {
		if k.name == sp.name {
			fail("同じ名前の鍵がすでに登録されています。")
			return
		}
	}
	if len(d.keys) >= maxKeys {
		fail("登録できる鍵の数が上限に達しています。不要な鍵を削除してください。")
		return
	}
	if d.job != nil && !d.job.ready {
		fail("ほかの鍵を生成しています。しばらくしてからやりなおしてください。")
		return
	}
	if sp.alg == "1" {
		sp.length = pick([]string{"P256", "P384", "P521"}, v.Get("EcType"))
	} else {
		sp.length = pick([]string{"1024", "2048", "4096"}, v.Get("RsaLen"))
	}
	if !csr {
		date := func(n string) (time.Time, bool) {
			y, e1 := strconv.Atoi(v.Get(n + "Y"))
			m, e2 := strconv.Atoi(v.Get(n + "M"))
			dd, e3 := strconv.Atoi(v.Get(n + "D"))
			t := time.Date(y, time.Month(m), dd, 0, 0, 0, 0, time.UTC)
			return t, e1 == nil && e2 == nil && e3 == nil && t.Day() == dd && int(t.Month()) == m && y >= 2000 && y <= 2049
		}
		var ok1, ok2 bool
		sp.from, ok1 = date("Start")
		sp.to, ok2 = date("End")
		if !ok1 || !ok2 {
			fail("有効期限の日付が正しくありません。")
			return
		}
		if sp.to.Before(sp.from) {
			fail("有効期限終了日には、有効期限開始日以降の日付を入力してください。")
			return
		}
		sp.to = sp.to.Add(24*time.Hour - time.Second)
	}
	cty := v.Get("CtySel")
	if v.Get("CtyKind") == "1" {
		if cty = strings.ToUpper(v.Get("CtyCode")); !code2.MatchString(cty) {
			fail("インターネット国コードは半角英字2文字で入力してください。")
			return
		}
	}
	sp.subj = pkix.Name{Country: []string{cty}, CommonName: v.Get("CommonName")}
	for n, dst := range map[string]*[]string{"State": &sp.subj.Province, "City": &sp.subj.Locality, "Org": &sp.subj.Organization, "OrgUnit": &sp.subj.OrganizationalUnit} {
		if !printable.MatchString(v.Get(n)) {
			fail("半角英数字で入力してください。")
			return
		}
		if v.Get(n) != "" {
			*dst = []string{v.Get(n)}
		}
	}
	if !printable.MatchString(sp.subj.CommonName) {
		fail("半角英数字で入力してください。")
		return
	}
	d.generate(sp)
	c.waitPage()
}

// waitPage loads itself again until the key is there.
func (c *ctx) waitPage() {
	p := c.page("set", "鍵生成", keyCrumb+"鍵と証明書設定 > 鍵生成")
	u := p.u("cdkey.cgi", "c_d_genwait.tpl", "Flag", "Stat_Data")
	p.urls = append(p.urls, fmt.Sprintf("setTimeout(function(){ rui_go('%s'); }, 1000);", u))
	p.w(`<p class="Notice">鍵を生成しています。しばらくお待ちください...</p>`)
	p.send()
}

func (c *ctx) genWait() {
	j := c.d.job
	switch {
	case j == nil:
		c.flag = "Init_Data"
		c.keyList()
	case !j.ready:
		c.waitPage()
	case j.err != "":
		c.refuse(j.err, "./cdkey.cgi?Flag=Init_Data&PageFlag=c_d_keylist.tpl&FuncTypeFlag=SettingPage")
	case j.csr:
		c.showCSR(j.keyID)
	case j.sign:
		p := c.page("set", "機器署名", keyCrumb+"鍵と証明書設定 > 鍵生成 > 機器署名")
		p.w(`<p class="Notice">機器署名の鍵と証明書を更新しました。</p>%s`, act("OK_Button", "OK", fmt.Sprintf("rui_go('%s')", esc(p.keyListURL()))))
		p.send()
	default:
		p := c.page("set", "鍵生成", keyCrumb+"鍵と証明書設定 > 鍵生成")
		p.w(`<p class="Notice">鍵と証明書を登録しました。</p>%s`, act("OK_Button", "OK", fmt.Sprintf("rui_go('%s')", esc(p.keyListURL()))))
		p.send()
	}
}

func (c *ctx) showCSR(id int) {
	k := c.d.keyByID(id)
	if k == nil {
		c.cannotOpen("指定された鍵は存在しません。")
		return
	}
	p := c.page("set", "証明書署名要求(CSR)", "")
	p.crumb = keyCrumb + p.link("鍵と証明書設定", p.keyListURL()) + " > 証明書署名要求(CSR)"
	p.w(`<table class="ItemTable"><tr><th>鍵の名前：</th><td>%s</td></tr><tr><th>署名アルゴリズム：</th><td>%s</td></tr><tr><th>公開鍵：</th><td>%s</td></tr></table>`, esc(k.name), k.sigAlg, k.publicText())
	p.w(`<textarea name="CsrData" id="CsrData" rows="20" cols="70" readonly="readonly">%s</textarea>`, devicetest.RequestText(k.csr))
	p.w("%s%s", p.button("ファイルに保存", p.u("cdkey.cgi", "c_d_csr.tpl", "Flag", "File_Data", "KeyID", strconv.Itoa(id))), act("OK_Button", "OK", fmt.Sprintf("rui_go('%s')", esc(p.keyListURL()))))
	p.send()
}

func (c *ctx) csrPage() {
	k := c.key()
	if k == nil || k.csr == nil {
		c.cannotOpen("指定された鍵は存在しません。")
		return
	}
	if c.flag != "File_Data" {
		c.showCSR(k.id)
		return
	}
	c.w.Header().Set("Content-Type", "application/octet-stream")
	c.w.Header().Set("Content-Disposition", `attachment; filename="`+k.name+`.csr"`)
	io.WriteString(c.w, devicetest.RequestText(k.csr))
}

func (c *ctx) genSign() {
	if c.flag == "Exec_Data" {
		c.spend()
		if c.d.job != nil && !c.d.job.ready {
			c.refuse("ほかの鍵を生成しています。しばらくしてからやりなおしてください。", "./cdkey.cgi?Flag=Init_Data&PageFlag=c_d_gensig.tpl&FuncTypeFlag=SettingPage")
			return
		}
		c.d.renewSignature()
		c.waitPage()
		return
	}
	p := c.page("set", "機器署名", "")
	p.crumb = keyCrumb + p.link("鍵と証明書設定", p.keyListURL()) + " > " + p.link("鍵生成", p.u("cdkey.cgi", "c_d_keygen.tpl")) + " > 機器署名"
	f := p.form("SUBMIT_FORM", "cdkey.cgi", "c_d_gensig.tpl")
	f.script("Flag", "Exec_Data", "Exec_Data")
	f.w("<p>機器署名に使用する鍵と証明書を生成または更新します。</p>%s", act("", "生成/更新", "sign_renew(document.SUBMIT_FORM)"))
	p.w("%s", f.end())
	p.send()
}

// keyCert is the page behind the icon in the certificate column.
func (c *ctx) keyCert() {
	k := c.key()
	if k == nil {
		c.cannotOpen("指定された鍵は存在しません。")
		return
	}
	p := c.page("set", "証明書", "")
	p.crumb = keyCrumb + p.link("鍵と証明書設定", p.keyListURL()) + " > 証明書"
	p.w(`<table class="ItemTable"><tr><th>鍵の名前：</th><td>%s</td></tr><tr><th>証明書：</th><td>登録されていません。</td></tr></table>`, esc(k.name))
	id := strconv.Itoa(k.id)
	p.w("%s%s", p.button("証明書登録...", p.u("cdkey.cgi", "c_d_keyreg.tpl", "KeyID", id)), p.button("証明書署名要求(CSR)表示", p.u("cdkey.cgi", "c_d_csr.tpl", "KeyID", id)))
	p.send()
}

func (p *page) uploadForm(cgi, tpl, label string, extra ...string) {
	f := p.form("SUBMIT_FORM", cgi, tpl)
	f.upload()
	f.script("Flag", "Exec_Data", "Exec_Data")
	for i := 0; i+1 < len(extra); i += 2 {
		f.hidden(extra[i], extra[i+1])
	}
	f.fields["CertFile"] = &field{optional: true}
	f.w(`<table class="ItemTable"><tr><th><label for="CertFile">%s</label></th><td><input type="file" name="CertFile" id="CertFile" size="40" /></td></tr></table>%s`, label, act("OK_Button", "登録", "file_exec(document.SUBMIT_FORM)"))
	p.w("%s", f.end())
}

func (c *ctx) keyRegister() {
	k := c.key()
	if k == nil || k.csr == nil {
		c.cannotOpen("指定された鍵は存在しません。")
		return
	}
	id := strconv.Itoa(k.id)
	if c.flag == "Exec_Data" {
		c.spend()
		back := "./cdkey.cgi?Flag=Init_Data&PageFlag=c_d_keyreg.tpl&FuncTypeFlag=SettingPage&KeyID=" + id
		x, _ := devicetest.ReadCertificate(c.file)
		if x == nil {
			c.refuse("証明書ファイルの形式が正しくありません。", back)
			return
		}
		if !devicetest.SamePublic(k.priv, x) {
			c.refuse("証明書が鍵と一致しません。", back)
			return
		}
		k.cert = x.Raw
		c.d.touch("key")
		c.flag = "Init_Data"
		c.keyList()
		return
	}
	p := c.page("set", "証明書登録", "")
	p.crumb = keyCrumb + p.link("鍵と証明書設定", p.keyListURL()) + " > 証明書登録"
	p.w(`<p>鍵の名前：%s</p>`, esc(k.name))
	p.uploadForm("cdkey.cgi", "c_d_keyreg.tpl", "ファイルのパス：", "KeyID", id)
	p.send()
}

type smimeCert struct {
	id  int
	der []byte
}

func (c *ctx) smimeCertList() {
	d := c.d
	if c.flag == "Exec_Data" {
		c.spend()
		for _, x := range c.v["DelCert"] {
			d.smimeCerts = slices.DeleteFunc(d.smimeCerts, func(s *smimeCert) bool { return strconv.Itoa(s.id) == x })
		}
		d.touch("smc")
	}
	p := c.page("set", "S/MIME証明書設定", keyCrumb+"S/MIME証明書設定")
	p.upd = "smc"
	f := p.form("SUBMIT_FORM", "cdsmime.cgi", "c_d_smlist.tpl")
	f.script("Flag", "Exec_Data", "Exec_Data")
	f.w(`%s%s<div class="ItemListComponent"><table class="ItemList"><tr><th>選択</th><th>発行先</th><th>有効期間終了日</th><th>証明書の拇印</th></tr>`,
		p.button("S/MIME証明書登録...", p.u("cdsmime.cgi", "c_d_smreg.tpl")), act("", "削除", "smime_delete(document.SUBMIT_FORM)"))
	fl := &field{optional: true, values: []string{}}
	f.fields["DelCert"] = fl
	for _, s := range d.smimeCerts {
		x, _ := x509.ParseCertificate(s.der)
		fl.values = append(fl.values, strconv.Itoa(s.id))
		h := sha1.Sum(s.der)
		f.w(`<tr><td><input type="checkbox" name="DelCert" value="%d" /></td><td>%s</td><td>%s</td><td>%s</td></tr>`, s.id, dn(x.Subject), jst(x.NotAfter), hexPairs(h[:]))
	}
	f.w("</table></div>")
	p.w("%s", f.end())
	p.send()
}

func (c *ctx) smimeRegister() {
	d := c.d
	if c.flag == "Exec_Data" {
		c.spend()
		x, _ := devicetest.ReadCertificate(c.file)
		if x == nil {
			c.refuse("証明書ファイルの形式が正しくありません。", "./cdsmime.cgi?Flag=Init_Data&PageFlag=c_d_smreg.tpl&FuncTypeFlag=SettingPage")
			return
		}
		id := 1
		for _, s := range d.smimeCerts {
			id = max(id, s.id+1)
		}
		d.smimeCerts = append(d.smimeCerts, &smimeCert{id: id, der: x.Raw})
		d.touch("smc")
		c.flag = "Init_Data"
		c.smimeCertList()
		return
	}
	p := c.page("set", "S/MIME証明書登録", "")
	p.crumb = keyCrumb + p.link("S/MIME証明書設定", p.u("cdsmime.cgi", "c_d_smlist.tpl")) + " > S/MIME証明書登録"
	p.uploadForm("cdsmime.cgi", "c_d_smreg.tpl", "ファイルのパス：")
	p.send()
}

func (c *ctx) exportSign() {
	if c.flag == "File_Data" {
		for _, k := range c.d.keys {
			if k.kind == kindSign {
				c.w.Header().Set("Content-Type", "application/x-x509-ca-cert")
				c.w.Header().Set("Content-Disposition", `attachment; filename="devicesign.cer"`)
				c.w.Write(k.cert)
			}
		}
		return
	}
	p := c.page("set", "機器署名のエクスポート", keyCrumb+"機器署名のエクスポート")
	p.w("<p>機器署名の証明書をファイルにエクスポートします。</p>%s", p.button("エクスポート開始", p.u("cdexpsig.cgi", "c_d_expsig.tpl", "Flag", "File_Data")))
	p.send()
}
