package irc3226

import (
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

var (
	devicePath = []item{{"", "管理設定"}, {"/m_device.html", "デバイス管理"}}
	keyPath    = append(devicePath[:2:2], item{"/m_keycert.html", "鍵と証明書設定"})
	genPath    = append(keyPath[:3:3], item{"/m_keycert_gen.html", "鍵生成"})
)

// ofKey is a page about the key that its address names.
func ofKey(h func(*Device, *reply, *key)) handler {
	return func(d *Device, x *reply) {
		no, _ := strconv.Atoi(x.r.URL.Query().Get("no"))
		if k := d.key(no); k != nil {
			h(d, x, k)
			return
		}
		d.refuse(x, "指定された鍵は登録されていません。", "/m_keycert.html")
	}
}

func usesJA(u []string) string {
	return strings.ReplaceAll(strings.Join(u, ", "), "Device Signature", "機器署名")
}

func (d *Device) keyList(x *reply) {
	f := newForm("keyListFrm", "/cgi/m_keycert_del.cgi")
	var b strings.Builder
	b.WriteString(`<table class="list"><tr><th>鍵の名前</th><th>鍵の使用先</th><th>証明書</th><th></th></tr>` + "\n")
	var may []string
	for _, k := range d.store {
		icon, del := "登録済み", ""
		link := fmt.Sprintf("/m_keycert_detail.html?no=%d", k.no)
		if k.cert == nil {
			link = fmt.Sprintf("/m_keycert_csr.html?no=%d", k.no)
			icon = fmt.Sprintf(`<a href="/m_keycert_cert.html?no=%d"><img src="/media/ic_nocert.gif" alt="証明書なし" title="証明書なし" width="16" height="16" /></a>`, k.no)
		}
		if k.name != defaultKey && k.name != signKey {
			may = append(may, strconv.Itoa(k.no))
			del = fmt.Sprintf(`<input type="button" value="削除" onclick="return rowAction('keyListFrm','i4001','%d','/cgi/m_keycert_del.cgi','この鍵と証明書を削除してもよろしいですか?')" />`, k.no)
		}
		fmt.Fprintf(&b, "<tr><td><a href=\"%s\">%s</a></td><td>%s</td><td>%s</td><td>%s</td></tr>\n", link, esc(k.name), usesJA(d.bound(k)), icon, del)
	}
	hidden := f.script("i4001", may)
	d.keep(x.s, f)
	d.page(x, "set", "鍵と証明書設定", devicePath, fmt.Sprintf("<p>登録数: %d / %d</p>", d.slots(), maxKeys)+f.open()+"<div>"+hidden+button("鍵生成...", "/m_keycert_gen.html")+"</div>"+b.String()+"</table></form>")
}

func (d *Device) doDelete(x *reply) {
	no, _ := strconv.Atoi(x.v.Get("i4001"))
	k := d.key(no)
	switch {
	case k == nil:
		d.refuse(x, "指定された鍵は登録されていません。", "/m_keycert.html")
	case k.name == defaultKey || k.name == signKey:
		d.Violate("deletion of %s attempted", k.name)
		d.refuse(x, "この鍵は削除できません。", "/m_keycert.html")
	case len(d.bound(k)) > 0:
		d.Violate("deletion of key %q in use (%s) attempted", k.name, strings.Join(d.bound(k), ", "))
		d.refuse(x, "使用中の鍵は削除できません。", "/m_keycert.html")
	default:
		d.store = slices.DeleteFunc(d.store, func(o *key) bool { return o == k })
		d.redirect(x, "/m_keycert.html")
	}
}

func nameJA(n pkix.Name) string {
	var p []string
	for _, a := range n.Names {
		k := map[string]string{"2.5.4.6": "C", "2.5.4.8": "ST", "2.5.4.7": "L", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.3": "CN"}[a.Type.String()]
		p = append(p, fmt.Sprintf("%s=%v", k, a.Value))
	}
	return esc(strings.Join(p, ", "))
}

func hexes(b []byte) string { return strings.TrimSpace(fmt.Sprintf("% x", b)) }

func (d *Device) keyDetail(x *reply, k *key) {
	c, err := x509.ParseCertificate(k.cert)
	if err != nil {
		d.refuse(x, "証明書が登録されていません。", "/m_keycert.html")
		return
	}
	loc := d.cfg.Now().Location()
	sum := sha1.Sum(k.cert)
	d.page(x, "set", "証明書詳細情報", keyPath, table(
		row("鍵の名前", esc(k.name)), row("バージョン", "X.509v3"), row("シリアル番号", hexes(c.SerialNumber.Bytes())),
		row("署名アルゴリズム", strings.ReplaceAll(c.SignatureAlgorithm.String(), "-", " - ")), row("発行先", nameJA(c.Subject)),
		row("有効期間開始日", c.NotBefore.In(loc).Format(stamp)), row("有効期間終了日", c.NotAfter.In(loc).Format(stamp)),
		row("発行者", nameJA(c.Issuer)), row("公開鍵", devicetest.Algorithm(k.priv)+" bit"), row("証明書の拇印 (SHA1)", hexes(sum[:])))+
		`<div class="buttons">`+button("証明書検証", fmt.Sprintf("/m_keycert_verify.html?no=%d", k.no))+button("戻る", "/m_keycert.html")+`</div>`)
}

func (d *Device) keyVerify(x *reply, k *key) {
	result := "証明書は有効です。"
	if c, err := x509.ParseCertificate(k.cert); err != nil || d.cfg.Now().After(c.NotAfter) || d.cfg.Now().Before(c.NotBefore) {
		result = "証明書は無効です。"
	}
	d.page(x, "set", "証明書検証", keyPath, "<p>"+result+"</p>"+button("戻る", fmt.Sprintf("/m_keycert_detail.html?no=%d", k.no)))
}

func (d *Device) genChoice(x *reply) {
	f := newForm("genFrm", "/cgi/m_keycert_gen.cgi")
	r := "<p>" + f.radio("i4050", "1", "1", "A", "ネットワーク通信") + "</p><p>" + f.radio("i4050", "2", "1", "B", "鍵と証明書署名要求(CSR)") + "</p><p>" + f.radio("i4050", "3", "1", "C", "機器署名") + "</p>"
	d.keep(x.s, f)
	d.page(x, "set", "鍵生成", keyPath, "<p>生成する鍵の種類を選択してください。</p>"+f.open()+r+`<div class="buttons">`+send("OK", f.name, f.actions[0])+button("キャンセル", "/m_keycert.html")+"</div></form>")
}

func (d *Device) doChoice(x *reply) {
	to := map[string]string{"1": "/m_keycert_gen_nw.html", "2": "/m_keycert_gen_csr.html", "3": "/m_keycert_gen_sig.html"}[x.v.Get("i4050")]
	if to != "/m_keycert_gen_sig.html" && d.slots() >= maxKeys {
		d.refuse(x, "これ以上、鍵と証明書を登録できません。不要な鍵を削除してください。", "/m_keycert.html")
		return
	}
	d.redirect(x, to)
}

var countries = strings.Fields("JP:日本 US:アメリカ合衆国 GB:イギリス DE:ドイツ FR:フランス IT:イタリア ES:スペイン NL:オランダ BE:ベルギー AT:オーストリア CH:スイス SE:スウェーデン NO:ノルウェー FI:フィンランド DK:デンマーク PL:ポーランド CZ:チェコ HU:ハンガリー PT:ポルトガル GR:ギリシャ IE:アイルランド RU:ロシア TR:トルコ CN:中国 HK:香港 TW:台湾 KR:韓国 SG:シンガポール MY:マレーシア TH:タイ VN:ベトナム ID:インドネシア PH:フィリピン IN:インド AU:オーストラリア NZ:ニュージーランド CA:カナダ MX:メキシコ BR:ブラジル ZA:南アフリカ")

var hashes, lengths, curves = []option{{"1", "SHA256"}, {"2", "SHA384"}, {"3", "SHA512"}},
	[]option{{"1", "1024bit"}, {"2", "2048bit"}, {"3", "4096bit"}},
	[]option{{"1", "P256"}, {"2", "P384"}, {"3", "P521"}}

// keyForm is the one page of settings for both kinds of network keys.
func (d *Device) keyForm(x *reply, title, action string, dates bool) {
	f := newForm("keyFrm", action)
	rows := []string{lrow("i4101", "鍵の名前", f.text("i4101", "", 24, 30)), lrow("i4102", "署名アルゴリズム", f.choose("i4102", "1", hashes))}
	algo := f.radio("i4103", "1", "1", "A", "RSA")
	f.only("i4103", "1", "1")
	algo += " " + f.choose("i4104", "2", lengths) + "<br />"
	f.only("", "", "")
	algo += f.radio("i4103", "2", "1", "B", "ECDSA")
	f.only("i4103", "2", "1")
	rows = append(rows, row("鍵のアルゴリズム", algo+" "+f.choose("i4105", "1", curves)))
	f.only("", "", "")
	key := "<h2>鍵の設定</h2>" + table(rows...)
	rows = nil
	if dates {
		date := func(t time.Time, y, m, day string) string {
			return f.text(y, t.Format("2006"), 4, 4) + " / " + f.text(m, t.Format("01"), 2, 2) + " / " + f.text(day, t.Format("02"), 2, 2)
		}
		now := d.cfg.Now()
		rows = append(rows, row("有効期限開始日(YYYY/MM/DD)", date(now, "i4111", "i4112", "i4113")),
			row("有効期限終了日(YYYY/MM/DD)", date(now.AddDate(5, 0, -1), "i4114", "i4115", "i4116")))
	}
	c := f.radio("i4120", "1", "1", "A", "国名/地域名を選択する")
	f.only("i4120", "1", "1")
	var list []option
	for _, s := range countries {
		code, name, _ := strings.Cut(s, ":")
		list = append(list, option{code, name + " (" + code + ")"})
	}
	c += " " + f.choose("i4121", "JP", list) + "<br />"
	f.only("", "", "")
	c += f.radio("i4120", "2", "1", "B", "インターネット国コードを入力する")
	f.only("i4120", "2", "1")
	c += " " + f.text("i4122", "", 2, 4)
	f.only("", "", "")
	host, _, _ := strings.Cut(x.r.Host, ":")
	rows = append(rows, row("国名/地域名", c), lrow("i4123", "都道府県", f.text("i4123", "", 24, 30)), lrow("i4124", "市区町村", f.text("i4124", "", 24, 30)),
		lrow("i4125", "組織", f.text("i4125", "", 24, 30)), lrow("i4126", "組織単位", f.text("i4126", "", 24, 30)), lrow("i4127", "共通名", f.text("i4127", host, 41, 45)))
	d.keep(x.s, f)
	h := "証明書の設定"
	if !dates {
		h = "証明書署名要求(CSR)の設定"
	}
	d.page(x, "set", title, genPath, f.open()+key+"<h2>"+h+"</h2>"+table(rows...)+
		fmt.Sprintf(`<div class="buttons"><input type="button" value="OK" onclick="checkKeyForm('%s')" />`, action)+button("キャンセル", "/m_keycert.html")+"</div></form>")
}

func (d *Device) genNetwork(x *reply) {
	d.keyForm(x, "ネットワーク通信用鍵の生成", "/cgi/m_keycert_gen_nw.cgi", true)
}

func (d *Device) genCSR(x *reply) {
	d.keyForm(x, "鍵と証明書署名要求(CSR)の生成", "/cgi/m_keycert_gen_csr.cgi", false)
}

var printable = regexp.MustCompile(`^[ -~]*$`)

func (d *Device) doGenerate(x *reply) {
	csr := x.r.URL.Path == "/cgi/m_keycert_gen_csr.cgi"
	back := "/m_keycert_gen_nw.html"
	if csr {
		back = "/m_keycert_gen_csr.html"
	}
	r, why := d.request(x.v, csr)
	if why != "" {
		d.refuse(x, why, back)
		return
	}
	d.generate(r)
	d.redirect(x, "/m_keycert_gen_wait.html")
}

// request reads a generation form, or tells why the machine refuses it.
func (d *Device) request(v url.Values, csr bool) (r genRequest, why string) {
	at := func(name string, list ...string) string {
		i, _ := strconv.Atoi(v.Get(name))
		return list[min(max(i-1, 0), len(list)-1)]
	}
	one := func(name string) []string {
		if s := v.Get(name); s != "" {
			return []string{s}
		}
		return nil
	}
	day := func(y, m, day string) time.Time {
		t, _ := time.ParseInLocation("2006/1/2", v.Get(y)+"/"+v.Get(m)+"/"+v.Get(day), d.cfg.Now().Location())
		return t // the year 1 if it is no date
	}
	country := v.Get("i4121")
	if v.Get("i4120") == "2" {
		country = strings.ToUpper(v.Get("i4122"))
	}
	r = genRequest{name: v.Get("i4101"), csr: csr, hash: at("i4102", "SHA256", "SHA384", "SHA512"), size: at("i4104", "1024", "2048", "4096"),
		from: day("i4111", "i4112", "i4113"), to: day("i4114", "i4115", "i4116").AddDate(0, 0, 1).Add(-time.Second),
		subject: pkix.Name{Country: []string{country}, Province: one("i4123"), Locality: one("i4124"), Organization: one("i4125"), OrganizationalUnit: one("i4126"), CommonName: v.Get("i4127")}}
	if v.Get("i4103") == "2" {
		r.size = at("i4105", "P256", "P384", "P521")
	}
	switch {
	case r.name == "" || !printable.MatchString(r.name) || strings.TrimSpace(r.name) != r.name:
		why = "鍵の名前は半角英数字で入力してください。"
	case slices.ContainsFunc(d.store, func(k *key) bool { return k.name == r.name }):
		why = "同じ名前の鍵がすでに登録されています。"
	case d.job != nil && !d.job.done:
		why = "鍵を生成しています。しばらくしてからやり直してください。"
	case d.slots() >= maxKeys:
		why = "これ以上、鍵と証明書を登録できません。不要な鍵を削除してください。"
	case !csr && (r.from.Year() < 2000 || r.to.Year() < 2000 || r.to.Year() > 2099):
		why = "有効期限は2000/01/01から2099/12/31までの日付を入力してください。"
	case !csr && r.to.Before(r.from):
		why = "有効期限終了日は有効期限開始日より前に設定できません。"
	case !regexp.MustCompile(`^[A-Z]{2}$`).MatchString(country):
		why = "インターネット国コードは半角英字2文字で入力してください。"
	case !printable.MatchString(v.Get("i4123") + v.Get("i4124") + v.Get("i4125") + v.Get("i4126") + v.Get("i4127")):
		why = "証明書の設定は半角英数字で入力してください。"
	case v.Get("i4127") == "":
		why = "共通名を入力してください。"
	}
	return r, why
}

// genWait loads itself again until the key is made.
func (d *Device) genWait(x *reply) {
	if d.job == nil {
		d.redirect(x, "/m_keycert.html")
		return
	}
	if d.job.done {
		d.redirect(x, d.job.target)
		return
	}
	refresh := `<meta http-equiv="refresh" content="1;URL=/m_keycert_gen_wait.html" />`
	d.write(x, strings.Replace(head("鍵生成"), "<!--REFRESH-->", refresh, 1)+"<div id=\"contents\"><h1>鍵生成</h1><p>鍵を生成しています。しばらくお待ちください。</p></div>\n"+foot)
}

func (d *Device) genSignature(x *reply) {
	f := newForm("sigFrm", "/cgi/m_keycert_gen_sig.cgi")
	d.keep(x.s, f)
	d.page(x, "set", "機器署名の鍵生成", genPath, "<p>機器署名の鍵と証明書を生成/更新します。</p>"+f.open()+
		`<div class="buttons"><input type="button" value="生成/更新" onclick="if(confirm('機器署名の鍵と証明書を更新します。よろしいですか?')){sendForm('sigFrm','/cgi/m_keycert_gen_sig.cgi')}" />`+button("キャンセル", "/m_keycert.html")+"</div></form>")
}

func (d *Device) doRenew(x *reply) {
	if d.job != nil && !d.job.done {
		d.refuse(x, "鍵を生成しています。しばらくしてからやり直してください。", "/m_keycert.html")
		return
	}
	now := d.cfg.Now()
	d.generate(genRequest{name: signKey, size: "2048", hash: "SHA256", renew: true, subject: d.signatureName(), from: now, to: now.AddDate(5, 0, 0)})
	d.redirect(x, "/m_keycert_gen_wait.html")
}

func pemCSR(k *key) string {
	return devicetest.RequestText(k.csr)
}

func (d *Device) csrPage(x *reply, k *key) {
	if k.csr == nil {
		d.refuse(x, "証明書署名要求(CSR)がありません。", "/m_keycert.html")
		return
	}
	d.page(x, "set", "証明書署名要求(CSR)", keyPath, table(row("鍵の名前", esc(k.name)), row("公開鍵", devicetest.Algorithm(k.priv)+" bit"))+
		`<textarea rows="20" cols="66" readonly="readonly">`+pemCSR(k)+`</textarea><div class="buttons">`+
		button("ファイルに保存", fmt.Sprintf("/m_keycert_csr.cgi?no=%d", k.no))+button("戻る", "/m_keycert.html")+"</div>")
}

func (d *Device) csrFile(x *reply, k *key) {
	d.download(x, "csr.pem", []byte(pemCSR(k)))
}

func (d *Device) certPage(x *reply, k *key) {
	d.page(x, "set", "証明書", keyPath, table(row("鍵の名前", esc(k.name)), row("証明書", "登録されていません"))+
		`<div class="buttons">`+button("証明書登録...", fmt.Sprintf("/m_keycert_reg.html?no=%d", k.no))+button("戻る", "/m_keycert.html")+"</div>")
}

func (d *Device) registerPage(x *reply, k *key) {
	f := newForm("regFrm", "/cgi/m_keycert_reg.cgi")
	f.multipart = true
	hidden := f.hidden("i4201", strconv.Itoa(k.no))
	f.add("i4202", field{kind: "file"})
	d.keep(x.s, f)
	d.page(x, "set", "証明書の登録", keyPath, f.open()+hidden+table(row("鍵の名前", esc(k.name)), lrow("i4202", "ファイルのパス", `<input type="file" name="i4202" id="i4202" size="50" />`))+
		`<p>登録できるファイル: X.509 DER形式(.cer, .der)</p><div class="buttons">`+send("登録", f.name, f.actions[0])+button("キャンセル", "/m_keycert.html")+"</div></form>")
}

func (d *Device) doRegister(x *reply) {
	no, _ := strconv.Atoi(x.v.Get("i4201"))
	k := d.key(no)
	back := "/m_keycert_reg.html?no=" + url.QueryEscape(x.v.Get("i4201"))
	if k == nil || k.cert != nil {
		d.refuse(x, "指定された鍵は登録されていません。", "/m_keycert.html")
		return
	}
	c, err := x509.ParseCertificate(x.u)
	if err != nil {
		d.refuse(x, "ファイルの形式が正しくありません。", back)
		return
	}
	if !devicetest.SamePublic(k.priv, c) {
		d.refuse(x, "証明書と鍵が対応していません。", back)
		return
	}
	k.cert = c.Raw
	d.redirect(x, "/m_keycert.html")
}

func (d *Device) exportPage(x *reply) {
	f := newForm("expFrm", "/cgi/m_devsig_export.cgi")
	d.keep(x.s, f)
	d.page(x, "set", "機器署名のエクスポート", devicePath, "<p>機器署名の証明書をファイルにエクスポートします。</p>"+f.open()+`<div class="buttons">`+send("エクスポート開始", f.name, f.actions[0])+"</div></form>")
}

func (d *Device) doExport(x *reply) {
	for _, k := range d.store {
		if k.name == signKey {
			d.download(x, "devsig.cer", k.cert)
		}
	}
}
