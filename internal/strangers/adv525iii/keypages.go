package adv525iii

import (
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

const (
	keyListURL = "./ckeylist.cgi?Flag=Init_Data&PageFlag=c_keylist.tpl&FuncTypeFlag=SettingPage"
	pathKeys   = pathDev + `<a href="./ckeylist.cgi?Flag=Init_Data&amp;PageFlag=c_keylist.tpl&amp;FuncTypeFlag=SettingPage">鍵と証明書設定</a>`
	badFile    = "証明書のファイル形式が正しくありません。"
	smimeURL   = "./csmcert.cgi?Flag=Init_Data&PageFlag=c_smcert.tpl"
	pathSmime  = pathDev + `<a href="./csmcert.cgi?Flag=Init_Data&amp;PageFlag=c_smcert.tpl">S/MIME証明書設定</a>`
)

// message is a page with a text and an OK that leads on.
func (d *Device) message(q *req, title, path, text, next string, bad bool) {
	p := d.page(q, title, path)
	p.js = p.goJS("exec_ok", next)
	if bad {
		p.msg = text
	} else {
		p.f("<p>%s</p>\n", esc(text))
	}
	p.buttons("OK_Button", "OK", "exec_ok()")
	p.send()
}

func (q *req) key(d *Device) *key { n, _ := strconv.Atoi(q.v.Get("KeyNo")); return d.key(n) }

// keyList is the list of keys and certificates, with deletion.
func (d *Device) keyList(q *req) {
	if q.r.Method == "POST" && (q.flag() == "Del_Data" || q.flag() == "Exec_Data") {
		n, _ := strconv.Atoi(q.v.Get("SelKey") + q.v.Get("KeyNo"))
		k, bad := d.key(n), ""
		switch {
		case k == nil:
			bad = "鍵と証明書が選択されていません。"
		case k.fixed():
			bad = "この鍵と証明書は削除できません。"
		case d.bound(k, nil):
			bad = "使用中の鍵と証明書は削除できません。"
		case q.flag() == "Del_Data":
			d.page(q, "鍵と証明書の削除", pathKeys+" &gt; 削除").ask("選択した鍵と証明書を削除します。よろしいですか？<br />鍵の名前： "+esc(k.name), "ckeylist.cgi", "c_keylist.tpl", "", keyListURL, "KeyNo", strconv.Itoa(k.id))
			return
		default:
			d.keys = slices.DeleteFunc(d.keys, func(o *key) bool { return o == k })
			d.message(q, "鍵と証明書設定", pathKeys, "鍵と証明書を削除しました。", keyListURL, false)
			return
		}
		if k != nil {
			d.Violate("deletion of %s attempted, which is in use or cannot be deleted", k.name)
		}
		d.message(q, "鍵と証明書設定", pathKeys, bad, keyListURL, true)
		return
	}
	p := d.page(q, "鍵と証明書設定", pathDev+"鍵と証明書設定")
	p.js = p.goJS("key_gen", "./ckeygen.cgi?Flag=Init_Data&PageFlag=c_keygen.tpl") + asset("keylist.js")
	p.form("MAIN_FORM", "ckeylist.cgi", "c_keylist.tpl", "")
	p.buttons("Gen_Button", "鍵生成", "key_gen()", "Del_Button", "削除", "key_del()")
	p.f("<p>登録数：%d/%d</p>\n<div class=\"ItemListComponent\"><table border=\"1\">\n<tr><th>選択</th><th>鍵の名前</th><th>鍵の使用先</th><th>証明書</th></tr>\n", len(d.keys), maxKeys)
	for _, k := range d.keys {
		off, icon := "", ""
		if k.fixed() {
			off = ` disabled="disabled"`
		}
		if k.cert == nil {
			icon = fmt.Sprintf(`<a href="javascript:cert_page('%d')">%s</a>`, k.id, certIcon(k))
		}
		p.f("<tr><td><input type=\"radio\" name=\"SelKey\" value=\"%d\"%s /></td><td><img src=\"/media/ico_key.gif\" alt=\"\" /> <a href=\"javascript:key_detail('%d')\">%s</a></td><td>%s</td><td>%s</td></tr>\n",
			k.id, off, k.id, esc(k.name), d.usesText(k), icon)
	}
	p.f("</table></div>\n</form>\n")
	p.form("CERT_FORM", "ccertreg.cgi", "c_certreg.tpl", "", "KeyNo", "")
	p.f("</form>\n")
	p.form("SUBMIT_FORM", "ckeydtl.cgi", "c_keydtl.tpl", "", "KeyNo", "")
	p.end("</form>\n")
}

func spaced(b []byte) string { return strings.TrimSpace(fmt.Sprintf("% X", b)) }

func (p *page) certTable(c *x509.Certificate, algo string) {
	sum := sha1.Sum(c.Raw)
	for _, r := range [][2]string{{"バージョン", fmt.Sprintf("V%d", c.Version)}, {"シリアル番号", spaced(c.SerialNumber.Bytes())}, {"署名アルゴリズム", c.SignatureAlgorithm.String()},
		{"発行者", c.Issuer.String()}, {"有効期限開始日", c.NotBefore.Format("2006 01/02 15:04:05")}, {"有効期限終了日", c.NotAfter.Format("2006 01/02 15:04:05")},
		{"発行先", c.Subject.String()}, {"公開鍵", algo + " bit"}, {"証明書の拇印", spaced(sum[:])}} {
		p.row(r[0], esc(r[1]))
	}
}

// keyDetail shows a key with its certificate, and checks the certificate.
func (d *Device) keyDetail(q *req) {
	k := q.key(d)
	if k == nil {
		d.message(q, "証明書詳細情報", pathKeys, "鍵が壊れているか無効です。", keyListURL, true)
		return
	}
	p := d.page(q, "証明書詳細情報", pathKeys+" &gt; 証明書詳細情報")
	p.f("<table>\n<tr><th>鍵の名前</th><td>%s</td></tr>\n<tr><th>鍵の使用先</th><td>%s</td></tr>\n", esc(k.name), d.usesText(k))
	var c *x509.Certificate
	if k.cert != nil {
		c, _ = x509.ParseCertificate(k.cert)
		p.certTable(c, k.algo)
	} else {
		p.f("<tr><th>公開鍵</th><td>%s</td></tr>\n<tr><th>証明書</th><td>証明書がありません。</td></tr>\n", k.algo)
	}
	p.f("</table>\n")
	if q.flag() == "Check_Data" && c != nil {
		p.msg = "証明書は有効です。"
		if now := d.cfg.Now(); now.Before(c.NotBefore) || now.After(c.NotAfter) {
			p.msg = "証明書は有効期限外です。"
		}
	}
	p.js = setJS("cert_check", "MAIN_FORM", "Check_Data") + p.goJS("exec_back", keyListURL)
	p.form("MAIN_FORM", "ckeydtl.cgi", "c_keydtl.tpl", "", "KeyNo", strconv.Itoa(k.id))
	p.buttons("Check_Button", "証明書検証", "cert_check()", "Back_Button", "戻る", "exec_back()")
	p.end("</form>\n")
}

const countries = "JP:日本(JP)|US:アメリカ合衆国(US)|GB:イギリス(GB)|DE:ドイツ(DE)|FR:フランス(FR)|IT:イタリア(IT)|ES:スペイン(ES)|CN:中国(CN)|TW:台湾(TW)|KR:韓国(KR)|AU:オーストラリア(AU)|SG:シンガポール(SG)"

// besides are the selects beside the radios.
var besides = map[string]string{"RsaLen": "512:512 bit|1024:1024 bit|2048:2048 bit|4096:4096 bit", "EcType": "P256:P256|P384:P384|P521:P521", "Cntry": countries}

var (
	nameRE  = regexp.MustCompile(`^[0-9A-Za-z]{1,24}$`)
	printRE = regexp.MustCompile(`^[ -~]*$`)
	codeRE  = regexp.MustCompile(`^[A-Z]{2}$`)
)

// genMenu is the choice between the kinds of keys.
func (d *Device) genMenu(q *req) {
	p := d.page(q, "鍵生成", pathKeys+" &gt; 鍵生成")
	for _, l := range [][2]string{{"./ckeynw.cgi?Flag=Init_Data&PageFlag=c_keynw.tpl", "ネットワーク通信"}, {"./ckeynw.cgi?Flag=Init_Data&PageFlag=c_keycsr.tpl", "鍵と証明書署名要求(CSR)"}, {"./cdevsign.cgi?Flag=Init_Data&PageFlag=c_devsign.tpl", "機器署名"}} {
		p.f("<li><a href=\"%s\">%s</a></li>\n", esc(l[0]), l[1])
	}
	p.send()
}

// generation makes a page of settings one that generates a key, with a certificate or a request.
func (d *Device) generation(sp *setPage, csr bool) {
	sp.back = keyListURL
	sp.start = func(q *req) map[string]string {
		v := maps.Clone(sp.vals)
		v["Common"], _, _ = net.SplitHostPort(q.r.Host)
		v["RsaLen"], v["EcType"], v["Cntry"] = "2048", "P256", "JP"
		for i, n := range []string{"Start", "End"} {
			t := d.cfg.Now().AddDate(5*i, 0, 0)
			v[n+"Y"], v[n+"M"], v[n+"D"] = t.Format("2006"), t.Format("01"), t.Format("02")
		}
		return v
	}
	sp.check = func(v map[string]string) string {
		_, msg := d.spec(sp, v, csr)
		return msg
	}
	sp.exec = func(v map[string]string) *job {
		s, _ := d.spec(sp, v, csr)
		return d.job(func() (func(q *req), error) {
			k, err := s.make()
			if err != nil {
				return nil, err
			}
			return func(q *req) {
				if csr {
					d.csrPage(q, k)
				} else {
					d.message(q, sp.title, sp.path, "鍵と証明書を生成し、登録しました。", keyListURL, false)
				}
			}, d.register(k)
		})
	}
}

// register adds a new key; it is called without the lock.
func (d *Device) register(k *key) error {
	defer d.Lock()()
	if len(d.keys) >= maxKeys || d.keyNamed(k.name) != nil {
		return fmt.Errorf("full")
	}
	d.addKey(k)
	return nil
}

// spec reads the form.
func (d *Device) spec(sp *setPage, v map[string]string, csr bool) (s keySpec, msg string) {
	s = keySpec{name: v["KeyName"], hash: v["SigAlg"], ec: v["KeyAlg"] == "2", size: v["RsaLen"], csr: csr}
	country, day := v["Cntry"], map[string]time.Time{}
	if s.ec {
		s.size = v["EcType"]
	}
	if v["CntrySel"] == "2" {
		country = v["CntryCode"]
	}
	one := func(n string) []string {
		return slices.DeleteFunc([]string{v[n]}, func(s string) bool { return s == "" })
	}
	for _, f := range sp.fields {
		n, _ := strconv.Atoi(f.opts)
		if f.kind == "text" && (!printRE.MatchString(v[f.name]) || len(v[f.name]) > n) {
			return s, fmt.Sprintf("%sは、半角英数字%s文字以内で入力してください。", f.label, f.opts)
		}
		if f.kind == "date" {
			t, err := time.ParseInLocation("2006/1/2", shown(f, v), d.cfg.Now().Location())
			if err != nil || t.Year() < 2000 || t.Year() > 2099 {
				return s, f.label + "に正しい日付を入力してください。"
			}
			day[f.name] = t
		}
	}
	s.from, s.to = day["Start"], day["End"].Add(24*time.Hour-time.Second)
	switch {
	case !nameRE.MatchString(s.name):
		return s, "鍵の名前は、半角英数字24文字以内で入力してください。"
	case d.keyNamed(s.name) != nil:
		return s, "同じ名前の鍵がすでに登録されています。"
	case len(d.keys) >= maxKeys:
		return s, "登録できる鍵の数の上限に達しています。不要な鍵を削除してください。"
	case s.size == "512" && (s.hash == "3" || s.hash == "4"):
		return s, "署名アルゴリズムがSHA384またはSHA512のときは、鍵の長さに512 bitを設定できません。"
	case s.size == "512":
		return s, "セキュリティーポリシーにより、鍵の長さに512 bitを設定できません。"
	case s.to.Before(s.from):
		return s, "有効期限終了日は、有効期限開始日以降の日付を入力してください。"
	case !codeRE.MatchString(country):
		return s, "インターネット国コードは、半角英大文字2文字で入力してください。"
	case v["Common"] == "":
		return s, "共通名を入力してください。"
	}
	s.sub = pkix.Name{Country: []string{country}, Province: one("State"), Locality: one("City"), Organization: one("Org"), OrganizationalUnit: one("OrgUnit"), CommonName: v["Common"]}
	return s, ""
}

// csrPage shows the request of a key, and is the way to register its certificate.
func (d *Device) csrPage(q *req, k *key) {
	if k == nil || k.csr == nil || k.cert != nil {
		d.message(q, "鍵と証明書署名要求(CSR)", pathKeys, "鍵が壊れているか無効です。", keyListURL, true)
		return
	}
	p := d.page(q, "鍵と証明書署名要求(CSR)", pathKeys+" &gt; 鍵と証明書署名要求(CSR)")
	p.js = p.goJS("csr_save", fmt.Sprintf("./ccsrfile.cgi?Flag=File_Data&PageFlag=c_csr.tpl&KeyNo=%d", k.id)) + setJS("cert_reg", "SUBMIT_FORM", "Reg_Data") + p.goJS("exec_back", keyListURL)
	c, _ := x509.ParseCertificateRequest(k.csr)
	p.form("SUBMIT_FORM", "ccertreg.cgi", "c_certreg.tpl", "", "KeyNo", strconv.Itoa(k.id))
	p.f("</form>\n<table>\n<tr><th>鍵の名前</th><td>%s</td></tr>\n<tr><th>発行先</th><td>%s</td></tr>\n<tr><th>公開鍵</th><td>%s</td></tr>\n<tr><th>署名アルゴリズム</th><td>%s</td></tr>\n", esc(k.name), esc(c.Subject.String()), k.algo, c.SignatureAlgorithm.String())
	p.f("<tr><th>証明書署名要求</th><td><textarea rows=\"14\" cols=\"70\" readonly=\"readonly\">%s</textarea></td></tr>\n</table>\n", devicetest.RequestText(k.csr))
	p.buttons("Save_Button", "ファイルに保存", "csr_save()", "Reg_Button", "証明書登録...", "cert_reg()", "Back_Button", "戻る", "exec_back()")
	p.send()
}

// upload is the page with the file; cgi takes it with the flag Exec_Data.
func (d *Device) upload(q *req, title, path, cgi, tpl, back, msg string, more ...string) {
	p := d.page(q, title, path+" &gt; "+title)
	p.msg = msg
	p.js = "function exec_reg(){var f=document.MAIN_FORM;if(f.CertFile.value==''){alert('ファイルを指定してください。');return;}f.Flag.value='Exec_Data';f.Dummy.value=new Date().getTime();f.submit();}\n" + p.goJS("exec_cancel", back)
	p.form("MAIN_FORM", cgi, tpl, ` enctype="multipart/form-data"`, more...)
	p.f("<p>登録するファイルを指定してください。</p>\n<table><tr><th>ファイルのパス</th><td><input type=\"file\" name=\"CertFile\" size=\"50\" /></td></tr></table>\n")
	p.buttons("Reg_Button", "登録", "exec_reg()", "Cancel_Button", "キャンセル", "exec_cancel()")
	p.end("</form>\n")
}

// sentCert reads the certificate in the file sent.
func (q *req) sentCert() *x509.Certificate {
	f, _, err := q.r.FormFile("CertFile")
	if err != nil {
		return nil
	}
	defer f.Close()
	b, _ := io.ReadAll(f)
	if blk, _ := pem.Decode(b); blk != nil {
		b = blk.Bytes
	}
	c, _ := x509.ParseCertificate(b)
	return c
}

// certReg leads from the icon of a key without certificate to the upload.
func (d *Device) certReg(q *req) {
	k, title, msg := q.key(d), "証明書登録", ""
	if q.flag() != "Reg_Data" && q.flag() != "Exec_Data" {
		d.csrPage(q, k)
		return
	}
	if k == nil || k.cert != nil || k.csr == nil {
		d.message(q, title, pathKeys, "この鍵に証明書を登録することはできません。", keyListURL, true)
		return
	}
	if q.flag() == "Exec_Data" {
		c := q.sentCert()
		switch {
		case c == nil:
			msg = badFile
		case !devicetest.SamePublic(k.priv, c):
			msg = "証明書が鍵と一致しません。"
		default:
			k.cert, k.csr = c.Raw, nil
			d.message(q, title, pathKeys, "証明書を登録しました。", keyListURL, false)
			return
		}
	}
	d.upload(q, title, pathKeys, "ccertreg.cgi", "c_certreg.tpl", keyListURL, msg, "KeyNo", strconv.Itoa(k.id))
}

func (q *req) file(name, kind string, b []byte) {
	q.w.Header().Set("Content-Type", kind)
	q.w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	q.w.Write(b)
}

// deviceSign renews the device signature key.
func (d *Device) deviceSign(q *req) {
	k := d.keyNamed(signKey)
	path := pathKeys + " &gt; 鍵生成 &gt; 機器署名"
	back := "./cdevsign.cgi?Flag=Init_Data&PageFlag=c_devsign.tpl"
	switch q.flag() {
	case "Exec_Data":
		now := d.cfg.Now()
		c, _ := x509.ParseCertificate(k.cert)
		d.busy(q, d.job(func() (func(q *req), error) {
			n := &key{priv: devicetest.Strong(2048)}
			var err error
			if n.cert, err = devicetest.SelfSigned(n.priv, "SHA256", devicetest.Usual(c.Subject, now, now.AddDate(5, 0, 0))); err != nil {
				return nil, err
			}
			d.Mu.Lock()
			k.priv, k.cert, k.weak = n.priv, n.cert, false
			d.Mu.Unlock()
			return func(q *req) {
				d.message(q, "機器署名", path, "機器署名用の鍵と証明書を生成/更新しました。", keyListURL, false)
			}, nil
		}))
	case "Conf_Data":
		p := d.page(q, "機器署名", path)
		p.ask("機器署名用の鍵と証明書を生成/更新します。現在の鍵と証明書は使用できなくなります。よろしいですか？", "cdevsign.cgi", "c_devsign.tpl", "", back)
	default:
		p := d.page(q, "機器署名", path)
		p.js = setJS("exec_gen", "MAIN_FORM", "Conf_Data") + p.goJS("exec_cancel", keyListURL)
		p.form("MAIN_FORM", "cdevsign.cgi", "c_devsign.tpl", "")
		p.f("<table>\n<tr><th>鍵の名前</th><td>%s</td></tr>\n", signKey)
		c, _ := x509.ParseCertificate(k.cert)
		p.row("有効期限終了日", c.NotAfter.Format("2006 01/02"))
		p.f("</table>\n")
		p.buttons("Gen_Button", "生成/更新", "exec_gen()", "Cancel_Button", "キャンセル", "exec_cancel()")
		p.end("</form>\n")
	}
}

// exportSign sends the certificate of the device signature.
func (d *Device) exportSign(q *req) {
	if q.flag() == "File_Data" {
		q.file("devsign.cer", "application/x-x509-ca-cert", d.keyNamed(signKey).cert)
		return
	}
	p := d.page(q, "機器署名のエクスポート", pathDev+"機器署名のエクスポート")
	p.js = p.goJS("exec_export", "./cdevexp.cgi?Flag=File_Data&PageFlag=c_devexp.tpl")
	p.f("<p>機器署名の証明書(S/MIME証明書)をファイルに保存します。</p>\n")
	p.buttons("Export_Button", "エクスポート開始", "exec_export()")
	p.send()
}

// smimeCerts is the list of S/MIME certificates of others.
func (d *Device) smimeCerts(q *req) {
	title := "S/MIME証明書設定"
	n, _ := strconv.Atoi(q.v.Get("SelCert") + q.v.Get("SubNo"))
	i := slices.IndexFunc(d.smime, func(c *smimeCert) bool { return c.id == n })
	switch q.flag() {
	case "Reg_Data":
		d.upload(q, "S/MIME証明書登録", pathSmime, "csmcert.cgi", "c_smcert.tpl", smimeURL, "")
	case "Exec_Data":
		if i >= 0 && q.v.Get("SubNo") != "" {
			d.smime = slices.Delete(d.smime, i, i+1)
			d.message(q, title, pathSmime, "S/MIME証明書を削除しました。", smimeURL, false)
			return
		}
		c := q.sentCert()
		if c == nil {
			d.upload(q, "S/MIME証明書登録", pathSmime, "csmcert.cgi", "c_smcert.tpl", smimeURL, badFile)
			return
		}
		d.nextKey++
		d.smime = append(d.smime, &smimeCert{d.nextKey, c})
		d.message(q, title, pathSmime, "S/MIME証明書を登録しました。", smimeURL, false)
	case "Del_Data":
		if i < 0 {
			d.message(q, title, pathSmime, "証明書が選択されていません。", smimeURL, true)
			return
		}
		p := d.page(q, "S/MIME証明書の削除", pathSmime+" &gt; 削除")
		p.ask("選択した証明書を削除します。よろしいですか？<br />"+esc(d.smime[i].cert.Subject.String()), "csmcert.cgi", "c_smcert.tpl", "", smimeURL, "SubNo", strconv.Itoa(n))
	default:
		p := d.page(q, title, pathDev+title)
		p.js = setJS("cert_reg", "MAIN_FORM", "Reg_Data") + setJS("cert_del", "MAIN_FORM", "Del_Data")
		p.form("MAIN_FORM", "csmcert.cgi", "c_smcert.tpl", "")
		p.buttons("Reg_Button", "S/MIME証明書登録...", "cert_reg()", "Del_Button", "削除", "cert_del()")
		p.f("<table border=\"1\">\n<tr><th>選択</th><th>発行先</th><th>発行者</th><th>有効期限終了日</th></tr>\n")
		for _, c := range d.smime {
			p.f("<tr><td><input type=\"radio\" name=\"SelCert\" value=\"%d\" /></td><td>%s</td><td>%s</td><td>%s</td></tr>\n", c.id, esc(c.cert.Subject.String()), esc(c.cert.Issuer.String()), c.cert.NotAfter.Format("2006 01/02"))
		}
		if len(d.smime) == 0 {
			p.f("<tr><td colspan=\"4\">登録されている証明書はありません。</td></tr>\n")
		}
		p.end("</table>\n</form>\n")
	}
}
