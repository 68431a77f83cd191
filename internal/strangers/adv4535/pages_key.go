package adv4535

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const (
	areaEnv  = "環境設定"
	areaFunc = "ファンクション設定"
	areaMan  = "管理設定"
)

var useWords = map[string]string{"Device Signature": "機器署名"}

func (d *Device) useText(k *key) string {
	var out []string
	for _, u := range d.uses(k) {
		if w := useWords[u]; w != "" {
			u = w
		}
		out = append(out, u)
	}
	if k.kind == kindAMS && d.active["ams"]["UseAMS"] == "1" {
		out = append(out, "アクセス制限")
	}
	return strings.Join(out, "、")
}

func (d *Device) devCrumb() crumb {
	return crumb{"デバイス管理", d.cgi("cdev.cgi", "CorePGTAG", "38", "Flag", "Init_Data", "PageFlag", "c_dev.tpl")}
}

func (d *Device) keyCrumbs(more ...crumb) []crumb {
	return append([]crumb{d.devCrumb(), {"鍵と証明書設定", d.cgi("ckeycert.cgi", "Flag", "Init_Data", "PageFlag", "c_keylist.tpl")}}, more...)
}

func (d *Device) genCrumb() crumb {
	return crumb{"鍵生成", d.cgi("ckeygen.cgi", "Flag", "Init_Data", "PageFlag", "c_keygen.tpl")}
}

// keyCert is ckeycert.cgi: the list, the details, the CSR and the register page.
func keyCert(c *ctx) {
	d := c.d
	k := d.keyByID(c.v.Get("KeyID"))
	tpl, flag := c.v.Get("PageFlag"), c.v.Get("Flag")
	switch {
	case tpl == "c_keylist.tpl" && flag == "Exec_Data":
		c.deleteKeys(c.v["SelKey"])
		c.keyList()
	case tpl == "c_keydtl.tpl" && k != nil:
		if flag == "Chk_Data" {
			x, err := x509.ParseCertificate(k.cert)
			now := d.cfg.Now()
			switch {
			case err != nil:
				c.err = "鍵が壊れているか無効です。"
			case now.Before(x.NotBefore) || now.After(x.NotAfter):
				c.err = "証明書の有効期限外です。"
			default:
				c.info = "この証明書は有効です。"
			}
		}
		c.keyDetails(k)
	case tpl == "c_keycsr.tpl" && k != nil && k.cert == nil && flag == "File_Data":
		c.w.Header().Set("Content-Type", "application/octet-stream")
		c.w.Header().Set("Content-Disposition", `attachment; filename="`+k.name+`.csr"`)
		io.WriteString(c.w, devicetest.RequestText(k.csr))
	case tpl == "c_keycsr.tpl" && k != nil && k.cert == nil:
		c.keyCSR(k)
	case tpl == "c_keyreg.tpl" && k != nil && k.cert == nil:
		c.registerPage(k)
	default:
		c.keyList()
	}
}

func (c *ctx) deleteKeys(ids []string) {
	d := c.d
	for _, id := range ids {
		k := d.keyByID(id)
		switch {
		case k == nil:
			c.err = "指定された鍵は存在しません。"
		case k.kind == kindDefault:
			d.Violate("deletion of Default Key attempted")
			c.err = "Default Keyは削除できません。"
		case k.kind != "":
			d.Violate("deletion of %s attempted", k.name)
			c.err = k.name + "は削除できません。"
		case d.bound(k):
			d.Violate("deletion of the key %s, which is in use, attempted", k.name)
			c.err = "使用中の鍵は削除できません。鍵を使用している機能の設定を変更してから、削除してください。(" + k.name + ")"
		}
	}
	if c.err != "" || len(ids) == 0 {
		return
	}
	d.keys = slices.DeleteFunc(d.keys, func(k *key) bool { return slices.Contains(ids, k.id) })
	c.info = "削除しました。"
}

func (c *ctx) keyList() {
	d := c.d
	c.show(areaMan, []crumb{d.devCrumb()}, "鍵と証明書設定", func(p *page) {
		f := p.form("KEY_LIST_FORM", "ckeycert.cgi", false, []string{"Exec_Data"}, []string{"c_keylist.tpl"})
		p.w("<div>%s%s</div>\n", button("GEN_Button", "鍵生成...", "location.href='"+d.genCrumb().addr+"'", false), button("DEL_Button", "削除", "delete_selected('KEY_LIST_FORM','SelKey','c_keylist.tpl')", false))
		p.w("<p>登録数：%d/%d</p>\n<div class=\"ItemListComponent\"><table class=\"List\"><tr><th>選択</th><th>鍵の名前</th><th>鍵の使用先</th><th>証明書</th></tr>\n", len(d.keys), maxKeys)
		var ids []string
		for _, k := range d.keys {
			ids = append(ids, k.id)
			icon := `<img src="./media/ic_cert.gif" alt="証明書あり" title="証明書あり" width="16" height="16" />`
			if k.cert == nil {
				icon = `<a href="javascript:row_send('SUBMIT_FORM','` + k.id + `','Init_Data','c_keycsr.tpl')"><img src="./media/ic_nocert.gif" alt="証明書がありません" title="証明書がありません" width="16" height="16" border="0" /></a>`
			}
			p.w("<tr><td>%s</td><td><a href=\"javascript:row_send('SUBMIT_FORM','%s','Init_Data','c_keydtl.tpl')\">%s</a></td><td>%s&nbsp;</td><td align=\"center\">%s</td></tr>\n", f.check("SelKey", k.id, false, "", ""), k.id, esc(k.name), d.useText(k), icon)
		}
		p.w("</table></div>\n")
		f.close()
		g := p.form("SUBMIT_FORM", "ckeycert.cgi", false, []string{"Init_Data"}, []string{"c_keydtl.tpl", "c_keycsr.tpl"})
		g.vary("KeyID", "", ids...)
		g.close()
	})
}

func (c *ctx) keyDetails(k *key) {
	c.show(areaMan, c.d.keyCrumbs(), "証明書詳細情報", func(p *page) {
		p.w("<table class=\"List\">\n")
		p.row("鍵の名前：", esc(k.name))
		if x, err := x509.ParseCertificate(k.cert); err == nil {
			for _, r := range certRows(x) {
				p.row(r[0]+"：", esc(r[1]))
			}
		} else {
			p.row("公開鍵：", devicetest.Algorithm(k.priv)+pick(strings.HasPrefix(devicetest.Algorithm(k.priv), "RSA"), " bit"))
			p.row("証明書：", "証明書がありません。")
		}
		p.w("</table>\n")
		f := p.form("SETTING_FORM", "ckeycert.cgi", false, []string{"Chk_Data"}, []string{"c_keydtl.tpl"})
		f.hidden("KeyID", k.id)
		f.close()
		p.w("%s\n", button("VER_Button", "証明書検証", "send('SETTING_FORM','Chk_Data','c_keydtl.tpl')", k.cert == nil))
	})
}

func (c *ctx) keyCSR(k *key) {
	c.show(areaMan, c.d.keyCrumbs(), "鍵と証明書署名要求(CSR)詳細", func(p *page) {
		x, _ := x509.ParseCertificateRequest(k.csr)
		p.w("<table class=\"List\">\n")
		p.row("鍵の名前：", esc(k.name))
		p.row("発行先：", esc(devicetest.NameText(x.Subject)))
		p.row("公開鍵：", devicetest.Algorithm(k.priv)+pick(strings.HasPrefix(devicetest.Algorithm(k.priv), "RSA"), " bit"))
		p.w("</table>\n<p>証明書署名要求(CSR)：</p>\n<pre class=\"Csr\">%s</pre>\n", devicetest.RequestText(k.csr))
		f := p.form("SETTING_FORM", "ckeycert.cgi", false, []string{"Init_Data", "File_Data"}, []string{"c_keycsr.tpl", "c_keyreg.tpl"})
		f.hidden("KeyID", k.id)
		f.close()
		p.w("%s%s%s\n", button("FILE_Button", "ファイルに保存", "send('SETTING_FORM','File_Data','c_keycsr.tpl')", false), button("REG_Button", "証明書登録...", "send('SETTING_FORM','Init_Data','c_keyreg.tpl')", false),
			button("BACK_Button", "戻る", "location.href='"+c.d.keyCrumbs()[1].addr+"'", false))
	})
}

func (c *ctx) registerPage(k *key) {
	c.show(areaMan, c.d.keyCrumbs(), "証明書登録", func(p *page) {
		f := p.form("UPLOAD_FORM", "ckeyreg.cgi", true, []string{"Exec_Data"}, []string{"c_keyreg.tpl"})
		f.hidden("KeyID", k.id)
		p.w("<table class=\"List\">\n")
		p.row("鍵の名前：", esc(k.name))
		p.row("ファイルパス：", f.file("CertFile"))
		p.w("</table>\n<p>登録できるのは、X.509証明書(.cer/.der/.pem/.crt)です。</p>\n%s%s\n", button("REG_Button", "登録", "send('UPLOAD_FORM','Exec_Data')", false), button("CANCEL_Button", "キャンセル", "location.href='"+c.d.keyCrumbs()[1].addr+"'", false))
		f.close()
	})
}

func readCert(b []byte) (*x509.Certificate, bool) {
	x, err := devicetest.ReadCertificate(b)
	return x, err == nil
}

// keyReg is ckeyreg.cgi: the issued certificate comes as a file.
func keyReg(c *ctx) {
	k := c.d.keyByID(c.v.Get("KeyID"))
	if k == nil || c.r.Method != "POST" {
		c.keyList()
		return
	}
	x, ok := readCert(c.file)
	switch {
	case len(c.file) == 0:
		c.err = "登録するファイルを指定してください。"
	case !ok:
		c.err = "証明書ファイルの形式が正しくありません。"
	case !devicetest.SamePublic(k.priv, x):
		c.err = "証明書が鍵と一致しません。"
	}
	if c.err != "" {
		c.registerPage(k)
		return
	}
	k.cert, c.info = x.Raw, "証明書を登録しました。"
	c.keyList()
}

var countries = []string{"JP", "日本 (JP)", "AU", "オーストラリア (AU)", "CA", "カナダ (CA)", "CN", "中国 (CN)", "DE", "ドイツ (DE)", "ES", "スペイン (ES)", "FR", "フランス (FR)", "GB", "イギリス (GB)", "HK", "香港 (HK)",
	"IT", "イタリア (IT)", "KR", "韓国 (KR)", "NL", "オランダ (NL)", "SG", "シンガポール (SG)", "TW", "台湾 (TW)", "US", "アメリカ合衆国 (US)"}

// keyGen is ckeygen.cgi: the choice, the three kinds, and the wait.
func keyGen(c *ctx) {
	d := c.d
	tpl, flag := c.v.Get("PageFlag"), c.v.Get("Flag")
	switch {
	case flag == "Wait_Data":
		c.waitKey()
	case tpl == "c_keydev.tpl" && flag == "Exec_Data":
		now := d.cfg.Now().Truncate(time.Second)
		c.begin("dev", "2048", "SHA256", "Device Signature Key", pkix.Name{Organization: []string{"CANON INC."}, CommonName: "iR-ADV 4535 QLA04535"}, now, now.AddDate(5, 0, 0))
	case tpl == "c_keydev.tpl":
		c.show(areaMan, d.keyCrumbs(d.genCrumb()), "機器署名", func(p *page) {
			f := p.form("SETTING_FORM", "ckeygen.cgi", false, []string{"Exec_Data"}, []string{"c_keydev.tpl"})
			f.close()
			p.w("<p>機器署名に使用する鍵と証明書を生成/更新します。</p>\n%s\n", button("GEN_Button", "生成/更新", "if(confirm('機器署名の鍵と証明書を生成/更新します。よろしいですか？')){send('SETTING_FORM','Exec_Data')}", false))
		})
	case tpl == "c_keynet.tpl" || tpl == "c_keycsrgen.tpl":
		csr := tpl == "c_keycsrgen.tpl"
		v := c.v
		if flag == "Exec_Data" {
			subj, from, to, err := d.checkKey(v, csr)
			if c.err = err; err == "" {
				size := v.Get("KeyLen")
				if v.Get("KeyAlg") == "ECDSA" {
					size = v.Get("KeyType")
				}
				c.begin(map[bool]string{true: "csr", false: "net"}[csr], size, v.Get("SignAlg"), v.Get("KeyName"), subj, from, to)
				return
			}
		} else {
			host, _, _ := strings.Cut(c.r.Host, ":")
			now := d.cfg.Now()
			v = url.Values{"SignAlg": {"SHA256"}, "KeyAlg": {"RSA"}, "KeyLen": {"2048"}, "KeyType": {"P256"}, "CountryType": {"0"}, "CountrySel": {"JP"}, "CommonName": {host},
				"StartY": {now.Format("2006")}, "StartM": {now.Format("01")}, "StartD": {now.Format("02")}}
		}
		c.keyForm(v, csr)
	default:
		c.show(areaMan, d.keyCrumbs(), "鍵生成", func(p *page) {
			p.w("<p>生成する鍵の種類を選択してください。</p>\n<ul>\n")
			for _, x := range [][2]string{{"c_keynet.tpl", "ネットワーク通信"}, {"c_keycsrgen.tpl", "鍵と証明書署名要求(CSR)"}, {"c_keydev.tpl", "機器署名"}} {
				p.w("<li><a href=\"%s\">%s</a></li>\n", esc(d.cgi("ckeygen.cgi", "Flag", "Init_Data", "PageFlag", x[0])), x[1])
			}
			p.w("</ul>\n")
		})
	}
}

func (c *ctx) keyForm(v url.Values, csr bool) {
	d := c.d
	tpl, title := "c_keynet.tpl", "ネットワーク通信"
	if csr {
		tpl, title = "c_keycsrgen.tpl", "鍵と証明書署名要求(CSR)"
	}
	c.show(areaMan, d.keyCrumbs(d.genCrumb()), title, func(p *page) {
		f := p.form("SETTING_FORM", "ckeygen.cgi", false, []string{"Exec_Data"}, []string{tpl})
		p.w("<div>%s%s</div>\n", button("OK_Button", "OK", "chk_key('SETTING_FORM','Exec_Data','"+tpl+"')", false), button("CANCEL_Button", "キャンセル", "location.href='"+d.genCrumb().addr+"'", false))
		p.w("<h3>鍵の設定</h3><table class=\"List\">\n")
		p.row("鍵の名前：", f.text("KeyName", v.Get("KeyName"), 32, 24)+" (半角英数字 最大24文字)")
		p.row("署名アルゴリズム：", f.sel("SignAlg", v.Get("SignAlg"), "SHA1", "SHA1", "SHA256", "SHA256", "SHA384", "SHA384", "SHA512", "SHA512"))
		rsa := v.Get("KeyAlg") != "ECDSA"
		p.row("鍵のアルゴリズム：", f.radio("KeyAlg", "RSA", rsa, "RSA", "chg_keyalg()")+" "+f.sel("KeyLen", v.Get("KeyLen"), "512", "512 bit", "1024", "1024 bit", "2048", "2048 bit", "4096", "4096 bit")+
			"<br />\n"+f.radio("KeyAlg", "ECDSA", !rsa, "ECDSA", "chg_keyalg()")+" "+f.sel("KeyType", v.Get("KeyType"), "P256", "P256", "P384", "P384", "P521", "P521"))
		p.w("</table>\n<h3>%s</h3><table class=\"List\">\n", map[bool]string{true: "証明書署名要求(CSR)の設定", false: "証明書の設定"}[csr])
		if !csr {
			for _, x := range [][2]string{{"Start", "有効期限開始日(YYYY/MM/DD)："}, {"End", "有効期限終了日(YYYY/MM/DD)："}} {
				p.row(x[1], f.text(x[0]+"Y", v.Get(x[0]+"Y"), 4, 4)+" / "+f.text(x[0]+"M", v.Get(x[0]+"M"), 2, 2)+" / "+f.text(x[0]+"D", v.Get(x[0]+"D"), 2, 2)+" (2000/01/01-2037/12/31)")
			}
		}
		list := v.Get("CountryType") != "1"
		p.row("国名/地域名：", f.radio("CountryType", "0", list, "国名/地域名を選択", "chg_country()")+" "+f.sel("CountrySel", v.Get("CountrySel"), countries...)+
			"<br />\n"+f.radio("CountryType", "1", !list, "インターネット国コードを入力", "chg_country()")+" "+f.text("CountryCode", v.Get("CountryCode"), 4, 2))
		for _, x := range [][2]string{{"State", "都道府県："}, {"City", "市区町村："}, {"Org", "組織："}, {"OrgUnit", "組織単位："}, {"CommonName", "共通名："}} {
			p.row(x[1], f.text(x[0], v.Get(x[0]), 40, map[bool]int{true: 48, false: 24}[x[0] == "CommonName"]))
		}
		p.w("</table>\n")
		f.optional("KeyLen", "KeyType", "CountrySel", "CountryCode")
		f.close()
		p.w("<script type=\"text/javascript\">chg_keyalg(); chg_country();</script>\n")
	})
}

var (
	alnum = regexp.MustCompile(`^[0-9A-Za-z]+$`)
	ascii = regexp.MustCompile(`^[ -~]*$`)
	iso   = regexp.MustCompile(`^[A-Z]{2}$`)
)

func (d *Device) checkKey(v url.Values, csr bool) (subj pkix.Name, from, to time.Time, msg string) {
	fail := func(s string) (pkix.Name, time.Time, time.Time, string) { return subj, from, to, s }
	country := v.Get("CountrySel")
	if v.Get("CountryType") == "1" {
		country = v.Get("CountryCode")
	}
	switch name := v.Get("KeyName"); {
	case d.busy():
		return fail("他の鍵を生成中のため、実行できません。しばらくしてから、もう一度実行してください。")
	case !alnum.MatchString(name):
		return fail("鍵の名前は半角英数字で入力してください。")
	case slices.ContainsFunc(d.keys, func(k *key) bool { return k.name == name }):
		return fail("同じ名前の鍵がすでに登録されています。")
	case len(d.keys) >= maxKeys:
		return fail("登録できる鍵の数が上限に達しています。不要な鍵を削除してください。")
	case v.Get("KeyAlg") == "RSA" && v.Get("KeyLen") == "512":
		return fail("セキュリティーポリシーで使用が制限されているため、512 bitの鍵は生成できません。")
	case !iso.MatchString(country):
		return fail("インターネット国コードは半角英大文字2文字で入力してください。")
	}
	for _, n := range []string{"State", "City", "Org", "OrgUnit", "CommonName"} {
		if !ascii.MatchString(v.Get(n)) {
			return fail("証明書の設定は半角英数字で入力してください。")
		}
	}
	one := func(n string) []string {
		if v.Get(n) == "" {
			return nil
		}
		return []string{v.Get(n)}
	}
	subj = pkix.Name{Country: []string{country}, Province: one("State"), Locality: one("City"), Organization: one("Org"), OrganizationalUnit: one("OrgUnit"), CommonName: v.Get("CommonName")}
	if csr {
		return fail("")
	}
	day := func(n string) (time.Time, bool) {
		y, e1 := strconv.Atoi(v.Get(n + "Y"))
		m, e2 := strconv.Atoi(v.Get(n + "M"))
		dd, e3 := strconv.Atoi(v.Get(n + "D"))
		t := time.Date(y, time.Month(m), dd, 0, 0, 0, 0, time.Local)
		return t, e1 == nil && e2 == nil && e3 == nil && t.Day() == dd && int(t.Month()) == m && y >= 2000 && y <= 2037
	}
	from, ok1 := day("Start")
	to, ok2 := day("End")
	if !ok1 || !ok2 {
		return fail("有効期限の日付が正しくありません。")
	}
	if to.Before(from) {
		return fail("有効期限終了日は有効期限開始日以降の日付を入力してください。")
	}
	to = to.Add(24*time.Hour - time.Second)
	return fail("")
}

func (d *Device) busy() bool {
	for _, j := range d.jobs {
		if !j.done {
			return true
		}
	}
	return false
}

func (c *ctx) begin(kind, size, hash, name string, subj pkix.Name, from, to time.Time) {
	if c.d.busy() {
		c.err = "他の鍵を生成中のため、実行できません。しばらくしてから、もう一度実行してください。"
		c.keyList()
		return
	}
	id := devicetest.Decimal(6)
	j := &job{kind: kind}
	c.d.jobs[id] = j
	c.d.generate(j, size, hash, name, subj, from, to)
	c.waitPage(id)
}

func (c *ctx) waitPage(id string) {
	to := c.d.cgi("ckeygen.cgi", "Flag", "Wait_Data", "PageFlag", "c_keywait.tpl", "JobID", id)
	html := head + `<meta http-equiv="refresh" content="1;URL=` + esc(to) + `" />
<title>リモートUI : 鍵生成 : ` + model + `</title></head>
<body><div id="Head">` + model + `</div><div class="WaitMsg"><p>鍵を生成しています。しばらくお待ちください。</p><p>この処理には時間がかかることがあります。</p></div></body></html>
`
	c.w.Write([]byte(html))
}

func (c *ctx) waitKey() {
	id := c.v.Get("JobID")
	j := c.d.jobs[id]
	switch {
	case j == nil:
		c.keyList()
	case !j.done:
		c.waitPage(id)
	case j.err != nil:
		c.err = "鍵を生成できませんでした。"
		c.keyList()
	case j.kind == "csr" && j.key.cert == nil && c.d.keyByID(j.key.id) != nil:
		c.info = "鍵と証明書署名要求(CSR)を生成しました。"
		c.keyCSR(j.key)
	default:
		c.info = "鍵と証明書を生成しました。"
		c.keyList()
	}
}
