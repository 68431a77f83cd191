package smallfleet

import (
	"fmt"
	"strings"
	"time"
)

func (q *rq) usageC(k *key) string {
	uses := shown(q.d.usesIn(q.d.saved, k))
	for i, u := range uses {
		if u == useSign {
			uses[i] = "機器署名"
		}
	}
	if k.name == "AMS" {
		uses = append(uses, "AMS")
	}
	return strings.Join(uses, "<br />")
}

const crumbC = "管理設定：デバイス管理"

func iconC(name, text string) string {
	return `<img src="/media/` + name + `.gif" alt="` + text + `" title="` + text + `" />`
}

// listC has an icon per action in each row; the script asks, fills the
// hidden field of the page's helper form and submits that.
func listC(q *rq) {
	q.head = `
<script type="text/javascript">
function delete_key(no){
if(confirm('選択した鍵と証明書を削除しますか？')){
document.SUBMIT_FORM.i6120.value=no;
document.SUBMIT_FORM.submit();
}
}
</script>`
	var b strings.Builder
	b.WriteString(`<p><a href="/c_keygen.html">鍵生成</a></p>
<table class="ItemListComponent"><tr><th>鍵の名前</th><th>使用先</th><th>証明書</th><th>削除</th></tr>
`)
	for _, k := range q.d.keys {
		n := slot(k)
		cert := `<a href="/c_keyinfo.html?no=` + n + `">` + iconC("i_cert", "証明書詳細情報") + `</a>`
		if k.cert == nil {
			cert = `<a href="/c_certreg_edit.html?no=` + n + `">` + iconC("i_nocert", "証明書がありません") + `</a>`
		}
		del := ""
		if !k.fixed {
			del = `<a href="javascript:delete_key(` + n + `)">` + iconC("i_del", "削除") + `</a>`
		}
		b.WriteString(`<tr><td><a href="/c_keyinfo.html?no=` + n + `">` + k.name + "</a></td><td>" + q.usageC(k) +
			"</td><td>" + cert + "</td><td>" + del + "</td></tr>\n")
	}
	b.WriteString(`</table>
<form name="SUBMIT_FORM" action="/cgi/c_keylist_edit.cgi" method="post"><div>` + q.tokC() + `<input type="hidden" name="i6120" value="" /></div></form>`)
	q.setC(crumbC, "鍵と証明書設定", b.String())
}

func deleteC(q *rq) {
	if f := q.d.remove(q.f.Get("i6120")); f != "" {
		faultC(q, f)
		return
	}
	q.redirect("/c_keylist.html")
}

const listLinkC = `<p><a href="/c_keylist.html">鍵と証明書設定</a></p>` + "\n"

func detailsC(q *rq) {
	k := q.d.keyAt(q.f.Get("no"))
	if k == nil {
		faultC(q, noPage)
		return
	}
	alg, bits := k.kind()
	pub := fmt.Sprintf("%s %dbit", alg, bits)
	rows := [][2]string{{"鍵の名前", k.name}, {"公開鍵", pub}}
	if c := k.cert; c != nil {
		const stamp = "2006 01/02 15:04:05"
		rows = [][2]string{{"バージョン", "X.509v3"}, {"シリアル番号", k.serial(":")}, {"署名アルゴリズム", k.sigName()},
			{"発行先", esc(dn(c.Subject, true, "\n"))}, {"有効期間開始日", c.NotBefore.Format(stamp)},
			{"有効期間終了日", c.NotAfter.Format(stamp)}, {"発行者", esc(dn(c.Issuer, true, "\n"))},
			{"公開鍵", pub}, {"証明書の拇印", k.thumb(":")}}
	}
	var b strings.Builder
	b.WriteString(listLinkC)
	if q.f.Get("verify") != "" {
		b.WriteString("<p>証明書は有効です。</p>\n")
	}
	b.WriteString("<h3>" + k.name + "</h3>\n<table class=\"detail\">\n")
	for _, r := range rows {
		b.WriteString("<tr><th>" + r[0] + "</th><td>" + strings.ReplaceAll(r[1], "\n", "<br />") + "</td></tr>\n")
	}
	b.WriteString("</table>\n")
	if k.cert != nil {
		b.WriteString(`<form action="/c_keyinfo.html" method="get"><div><input type="hidden" name="no" value="` + slot(k) +
			`" /><input type="hidden" name="verify" value="1" /><input type="submit" value="証明書検証" /></div></form>`)
	}
	q.setC(crumbC+" &gt; 鍵と証明書設定", "証明書詳細情報", b.String())
}

func genMenuC(q *rq) {
	q.setC(crumbC+" &gt; 鍵と証明書設定", "鍵生成", listLinkC+linksC("/c_keygen1_edit.html?type=0", "ネットワーク通信",
		"/c_keygen1_edit.html?type=1", "鍵と証明書署名要求(CSR)", "/c_sign.html", "機器署名"))
}

func typeC(csr bool) (no, title string) {
	if csr {
		return "1", "鍵と証明書署名要求(CSR)"
	}
	return "0", "ネットワーク通信"
}

// gen1C is step one: the key.
func gen1C(q *rq) {
	q.s.gen = nil
	no, title := typeC(q.f.Get("type") == "1")
	const on = ` checked="checked"`
	radio := func(name, suf, val, label, extra string) string {
		return `<input type="radio" name="` + name + `" id="` + name + suf + `" value="` + val + `"` + extra + ` />` + lab(name+suf, label)
	}
	q.setC(crumbC+" &gt; 鍵と証明書設定 &gt; 鍵生成", title, `<form action="/cgi/c_keygen1_edit.cgi" method="post"><div>`+q.tokC()+
		`<input type="hidden" name="i6500" value="`+no+`" /></div>
`+setBox("鍵の設定 (1/2)", lab("i6501", "鍵の名前")+`<input type="text" name="i6501" id="i6501" value="" maxlength="24" />`,
		"署名アルゴリズム "+radio("i6502", "A", "1", "SHA1", "")+radio("i6502", "B", "2", "SHA256", on)+radio("i6502", "C", "3", "SHA384", "")+radio("i6502", "D", "4", "SHA512", ""),
		"鍵のアルゴリズム "+radio("i6503", "A", "0", "RSA", on)+options("i6504", "2", "0", "512 bit", "1", "1024 bit", "2", "2048 bit", "3", "4096 bit"),
		radio("i6503", "B", "1", "ECDSA", "")+options("i6505", "0", "0", "P256", "1", "P384", "2", "P521"))+
		`<p><input type="submit" name="submitButton" value="次へ" /> <input type="button" value="キャンセル" onclick="location.href='/c_keygen.html'" /></p></form>`)
}

func genNextC(q *rq) {
	v := q.f.Get
	g := &request{name: v("i6501"), sig: pick(v("i6502"), "", "SHA1", "SHA256", "SHA384", "SHA512"),
		alg: pick(v("i6503"), "RSA", "ECDSA"), size: pick(v("i6504"), "512", "1024", "2048", "4096"), csr: true}
	if g.alg == "ECDSA" {
		g.size = pick(v("i6505"), "P256", "P384", "P521")
	}
	// Without dates it is checked like a CSR; step two checks again.
	if f := q.d.admit(g); f != "" {
		faultC(q, f)
		return
	}
	g.csr = v("i6500") == "1"
	q.s.gen = g
	q.redirect("/c_keygen2_edit.html")
}

// gen2C is step two: what the certificate says.
func gen2C(q *rq) {
	if q.s.gen == nil {
		q.d.Violate("page out of order: %s", q.r.URL.Path)
		faultC(q, badOrder)
		return
	}
	in := func(name, label, val string) string {
		return lab(name, label) + `<input type="text" name="` + name + `" id="` + name + `" value="` + esc(val) + `" maxlength="64" />`
	}
	_, title := typeC(q.s.gen.csr)
	dates := ""
	if !q.s.gen.csr {
		dates = setBox("有効期限", "有効期限開始日(YYYY/MM/DD) "+q.dateC("i6511", "i6512", "i6513"),
			"有効期限終了日(YYYY/MM/DD) "+q.dateC("i6514", "i6515", "i6516"))
	}
	q.setC(crumbC+" &gt; 鍵と証明書設定 &gt; 鍵生成", title, `<form action="/cgi/c_keygen2_edit.cgi" method="post"><div>`+q.tokC()+"</div>\n"+
		"<p>鍵の名前："+q.s.gen.name+"</p>\n"+dates+setBox("証明書の設定 (2/2)",
		`国名/地域名 <input type="radio" name="i6520" id="i6520A" value="0" checked="checked" />`+lab("i6520A", "国名/地域名を選択")+
			options("i6521", "JP", countryOptions(2, "%n (%c)")...),
		`<input type="radio" name="i6520" id="i6520B" value="1" />`+lab("i6520B", "インターネット国コードを入力")+
			`<input type="text" name="i6522" id="i6522" value="" maxlength="2" size="3" />`,
		in("i6523", "都道府県", ""), in("i6524", "市区町村", ""), in("i6525", "組織", ""), in("i6526", "組織単位", ""),
		in("i6527", "共通名", q.host()))+
		`<p><input type="button" value="戻る" onclick="history.back()" /> <input type="submit" name="submitButton" value="OK" /></p></form>`)
}

// dateC is a date as three selects, today to begin with.
func (q *rq) dateC(y, m, d string) string {
	list := func(from, to int, form string) []string {
		var o []string
		for i := from; i <= to; i++ {
			v := fmt.Sprintf(form, i)
			o = append(o, v, v)
		}
		return o
	}
	t := q.d.cfg.Now()
	return options(y, t.Format("2006"), list(2000, 2049, "%d")...) + "/" + options(m, t.Format("01"), list(1, 12, "%02d")...) +
		"/" + options(d, t.Format("02"), list(1, 31, "%02d")...)
}

func genSaveC(q *rq) {
	g := q.s.gen
	if g == nil {
		q.d.Violate("page out of order: %s", q.r.URL.Path)
		faultC(q, badOrder)
		return
	}
	v := q.f.Get
	if !g.csr {
		g.start, g.end = day(v("i6511")+"/"+v("i6512")+"/"+v("i6513"), false), day(v("i6514")+"/"+v("i6515")+"/"+v("i6516"), true)
	}
	g.country, g.state, g.city, g.org, g.unit, g.cn = v("i6521"), v("i6523"), v("i6524"), v("i6525"), v("i6526"), v("i6527")
	if v("i6520") == "1" {
		g.country = v("i6522")
	}
	k, f := q.d.generate(g)
	if f != "" {
		faultC(q, f)
		return
	}
	q.s.gen = nil
	body := "<p>鍵と証明書を生成しました。</p>\n"
	if k.csr != nil {
		body = `<p>鍵と証明書署名要求(CSR)を生成しました。</p>
<p><textarea name="csr" rows="18" cols="70" readonly="readonly">` + k.pemCSR() + `</textarea></p>
<form action="/c_csr.cgi" method="get"><div><input type="hidden" name="no" value="` + slot(k) + `" /><input type="submit" value="ファイルに保存" /></div></form>
`
	}
	q.token()
	q.setC(crumbC+" &gt; 鍵と証明書設定", "鍵生成", body+`<form action="/c_keylist.html" method="get"><div><input type="submit" value="OK" /></div></form>`)
}

func csrFileC(q *rq) {
	k := q.d.keyAt(q.f.Get("no"))
	if k == nil || k.csr == nil {
		faultC(q, noPage)
		return
	}
	q.hdr.Set("Content-Type", "application/pkcs10")
	q.hdr.Set("Content-Disposition", `attachment; filename="`+k.name+`.csr"`)
	q.buf.WriteString(k.pemCSR())
}

func regC(q *rq) {
	k := q.d.keyAt(q.f.Get("no"))
	if k == nil || k.csr == nil {
		faultC(q, noPage)
		return
	}
	q.setC(crumbC+" &gt; 鍵と証明書設定", "証明書登録", listLinkC+`<form action="/cgi/c_certreg_edit.cgi" method="post" enctype="multipart/form-data"><div>`+q.tokC()+
		`<input type="hidden" name="i6601" value="`+slot(k)+`" /></div>
`+setBox("証明書の登録...", "鍵の名前："+k.name, lab("i6602", "ファイル")+`<input type="file" name="i6602" id="i6602" />`)+
		`<p><input type="submit" name="submitButton" value="登録" /></p></form>`)
}

func regSaveC(q *rq) {
	k := q.d.keyAt(q.f.Get("i6601"))
	if k == nil {
		faultC(q, noKey)
		return
	}
	if f := k.install(q.file("i6602")); f != "" {
		faultC(q, f)
		return
	}
	q.redirect("/c_keylist.html")
}

func restartC(q *rq) {
	q.setC("管理設定", "デバイスの再起動", `<form action="/cgi/restart_device.cgi" method="post" onsubmit="return confirm('再起動しますか？')"><div>`+q.tokC()+
		`</div><p>デバイスを再起動し、設定を反映します。</p><p><input type="submit" name="submitButton" value="OK" /></p></form>`)
}

func restartNowC(q *rq) {
	q.d.restart()
	// The page loads the login page again by itself, after the restart.
	q.head = "\n" + `<meta http-equiv="refresh" content="` + itoa(int(q.d.cfg.Down/time.Second)+3) + `;url=/login.html" />`
	q.pageC("デバイスの再起動", "", "<p>再起動しています。しばらくお待ちください。</p>")
}
