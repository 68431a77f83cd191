package smallfleet

import (
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strconv"
	"strings"
)

func signC(q *rq) {
	k := q.d.saved[useSign]
	q.setC(crumbC+" &gt; 鍵と証明書設定 &gt; 鍵生成", "機器署名", listLinkC+"<table><tr><th>鍵の名前</th><td>"+k.name+
		"</td></tr><tr><th>有効期間終了日</th><td>"+k.cert.NotAfter.Format("2006 01/02 15:04:05")+`</td></tr></table>
<form action="/c_sign_edit.html" method="get"><div><input type="submit" value="生成/更新" /></div></form>`)
}

func signAskC(q *rq) {
	q.setC(crumbC+" &gt; 鍵と証明書設定 &gt; 鍵生成", "機器署名", formC(q, "/cgi/c_sign_edit.cgi", "OK", "/c_sign.html",
		"<p>機器署名鍵を生成/更新しますか？</p>\n"))
}

func signSaveC(q *rq) {
	if f := q.d.renewSignature(); f != "" {
		faultC(q, f)
		return
	}
	q.redirect("/c_keylist.html")
}

func exportC(q *rq) {
	q.setC(crumbC, "機器署名のエクスポート", `<p>機器署名の証明書をファイルに保存します。</p>
<form action="/c_export.cgi" method="get"><div><input type="submit" value="エクスポート開始" /></div></form>`)
}

// exportFileC is the certificate alone, DER.
func exportFileC(q *rq) {
	q.hdr.Set("Content-Type", "application/octet-stream")
	q.hdr.Set("Content-Disposition", `attachment; filename="devicesign.cer"`)
	q.buf.Write(q.d.saved[useSign].cert.Raw)
}

func smimeListC(q *rq) {
	var b strings.Builder
	b.WriteString(`<p><a href="/c_smimecert_edit.html">S/MIME証明書登録...</a></p>
<form action="/cgi/c_smimecert_edit.cgi" method="post" onsubmit="return confirm('選択した証明書を削除しますか？')"><div>` + q.tokC() + `</div>
<table class="ItemListComponent"><tr><th></th><th>発行先</th><th>有効期間終了日</th></tr>
`)
	for i, c := range q.d.smime {
		n := strconv.Itoa(i + 1)
		b.WriteString(`<tr><td><input type="radio" name="i6701" value="` + n + `" /></td><td>` + esc(dn(c.Subject, true, ", ")) +
			"</td><td>" + c.NotAfter.Format("2006 01/02") + "</td></tr>\n")
	}
	q.setC(crumbC, "S/MIME証明書設定", b.String()+`</table>
<p><input type="submit" name="submitButton" value="削除" /></p></form>`)
}

func smimeDeleteC(q *rq) {
	i, err := strconv.Atoi(q.f.Get("i6701"))
	if err != nil || i < 1 || i > len(q.d.smime) {
		faultC(q, noKey)
		return
	}
	q.d.smime = slices.Delete(q.d.smime, i-1, i)
	q.redirect("/c_smimecert.html")
}

func smimeRegC(q *rq) {
	q.setC(crumbC+" &gt; S/MIME証明書設定", "S/MIME証明書の登録", `<form action="/cgi/c_smimereg_edit.cgi" method="post" enctype="multipart/form-data"><div>`+q.tokC()+
		`</div><p><input type="file" name="i6710" /></p><p><input type="submit" name="submitButton" value="登録" /></p></form>`)
}

func smimeSaveC(q *rq) {
	data := q.file("i6710")
	if p, _ := pem.Decode(data); p != nil {
		data = p.Bytes
	}
	c, err := x509.ParseCertificate(data)
	if err != nil {
		faultC(q, badCert)
		return
	}
	q.d.smime = append(q.d.smime, c)
	q.redirect("/c_smimecert.html")
}
