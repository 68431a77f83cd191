package dx6780

import (
	"fmt"
	"strings"
)

func (c *ctx) jobs() {
	title := "プリント ジョブ状況"
	for _, it := range statMenu {
		if strings.HasSuffix(c.r.URL.Path, "/"+it.cgi) {
			title = it.label
		}
	}
	p := c.page("stat", title, "状況確認/中止 > ジョブ")
	p.urls = append(p.urls, "var jobList = [];")
	p.w(`<div class="ItemListComponent"><table class="ItemList"><tr><th>受付番号</th><th>ジョブ名</th><th>ユーザー名</th><th>状況</th></tr>
<script type="text/javascript">
//<![CDATA[
rui_jobs(jobList);
//]]>
</script></table></div>`)
	p.send()
}

func (c *ctx) devStatus() {
	p := c.page("stat", "デバイス状況", "状況確認/中止 > デバイス")
	p.w(`<table class="ItemTable"><tr><th>プリンター：</th><td>スリープ中です。</td></tr><tr><th>スキャナー：</th><td>スリープ中です。</td></tr><tr><th>エラー情報：</th><td>エラーはありません。</td></tr></table>`)
	p.send()
}

func (c *ctx) devInfo() {
	p := c.page("stat", "デバイス情報", "状況確認/中止 > デバイス")
	t := func(head string, kv ...string) {
		p.w(`<h3>%s</h3><table class="ItemTable">`, head)
		for i := 0; i < len(kv); i += 2 {
			p.w("<tr><th>%s：</th><td>%s</td></tr>\n", kv[i], kv[i+1])
		}
		p.w("</table>")
	}
	t("デバイス情報", "デバイス名", "MFP-3F", "製品名", modelName, "シリアル番号", serialNo, "設置場所", "本館3階", "最大印刷速度", "80 ppm")
	t("バージョン情報", "コントローラー", controller, "Boot ROM", "07.02", "DCON", "12.04", "RCON", "04.11", "言語モジュール(ja)", "31.05", "MEAP Contents", "31.02")
	t("オプション", "Bluetooth", "あり", "ファクス", "なし")
	p.send()
}

func (c *ctx) counter() {
	p := c.page("stat", "カウンター確認", "状況確認/中止 > デバイス")
	p.w(`<table class="ItemList"><tr><th>番号</th><th>種類</th><th>カウンター値</th></tr><script type="text/javascript">
//<![CDATA[
write_value("101", "トータル1", 184220);
write_value("113", "白黒/小", 171904);
//]]>
</script></table>`)
	p.send()
}

func (c *ctx) paper() {
	p := c.page("set", "用紙設定", "設定/登録：環境設定：用紙設定")
	p.w(`<table class="ItemList"><tr><th>給紙箇所</th><th>用紙サイズ</th><th>用紙種類</th></tr>`)
	for i, x := range []string{"A4", "A3", "A4R", "B4"} {
		p.w("<tr><td>カセット%d</td><td>%s</td><td>普通紙2 (64-75 g/m2)</td></tr>", i+1, x)
	}
	p.w("</table>")
	p.send()
}

// index writes a page of links to setting pages.
func (c *ctx) index(title, crumb string, groups ...[]string) {
	p := c.page("set", title, crumb)
	for _, g := range groups {
		p.w(`<h3>%s</h3><ul class="IndexList">`, g[0])
		for i := 1; i+2 < len(g); i += 3 {
			p.w("<li>%s</li>\n", p.link(g[i], p.u(g[i+1], g[i+2])))
		}
		p.w("</ul>")
	}
	p.send()
}

func (c *ctx) netIndex() {
	c.index("ネットワーク", "設定/登録：環境設定：ネットワーク設定",
		[]string{"TCP/IP設定", "TLS設定", "cntls.cgi", "c_n_tls.tpl", "IPSecポリシー一覧", "cnipsec.cgi", "c_n_iplist.tpl"},
		[]string{"IEEE 802.1X設定", "IEEE 802.1X設定", "cn8021x.cgi", "c_n_1x.tpl"},
		[]string{"Bluetooth設定", "Bluetooth設定", "cnbt.cgi", "c_n_bt.tpl"})
}

func (c *ctx) sendIndex() {
	c.index("送信", "設定/登録：ファンクション設定：送信", []string{"Eメール/Iファクス設定", "S/MIME設定", "csend.cgi", "c_s_smime.tpl"})
}

func (c *ctx) devIndex() {
	c.index("デバイス管理", "設定/登録：管理設定：デバイス管理",
		[]string{"証明書設定", "鍵と証明書設定", "cdkey.cgi", "c_d_keylist.tpl", "S/MIME証明書設定", "cdsmime.cgi", "c_d_smlist.tpl", "機器署名のエクスポート", "cdexpsig.cgi", "c_d_expsig.tpl"})
}

func (c *ctx) licIndex() {
	c.index("ライセンス/その他", "設定/登録：管理設定：ライセンス/その他", []string{"ライセンス/その他", "ACCESS MANAGEMENT SYSTEM設定", "clams.cgi", "c_l_ams.tpl"})
}

type btSettings struct {
	On   bool
	Name string
}

func (c *ctx) bluetooth() {
	d := c.d
	back := "./cnet.cgi?Flag=Init_Data&PageFlag=c_n_idx.tpl&FuncTypeFlag=SettingPage"
	if c.flag == "Exec_Data" {
		c.spend()
		if d.bt != (btSettings{c.v.Get("BtUse") == "1", c.v.Get("BtName")}) {
			d.Violate("Bluetooth settings changed")
		}
		d.bt = btSettings{c.v.Get("BtUse") == "1", c.v.Get("BtName")}
		d.pending = true
		d.touch("bt")
		c.netIndex()
		return
	}
	p := c.page("set", "Bluetooth設定", "設定/登録：環境設定：ネットワーク設定 > Bluetooth設定")
	p.upd = "bt"
	f := p.form("SUBMIT_FORM", "cnbt.cgi", "c_n_bt.tpl")
	f.script("Flag", "Exec_Data", "Exec_Data")
	f.w("%s%s<table class=\"ItemTable\">", act("OK_Button", "OK", "rui_submit(document.SUBMIT_FORM)"), p.button("キャンセル", back))
	f.row("Bluetooth", "", f.check("BtUse", "Bluetoothを使用", d.bt.On, ""))
	f.row("デバイス名：", "BtName", f.text("BtName", d.bt.Name, 16, nil, false))
	f.w("</table></form>")
	p.w("%s", f.b.String())
	p.send()
}

func (c *ctx) ams() {
	d := c.d
	back := "./clic.cgi?Flag=Init_Data&PageFlag=c_l_idx.tpl&FuncTypeFlag=SettingPage"
	if c.flag == "Exec_Data" {
		c.spend()
		if on := c.v.Get("AmsUse") == "1"; on != d.amsOn {
			d.Violate("ACCESS MANAGEMENT SYSTEM switched")
			d.amsOn, d.pending = on, true
		}
		d.touch("ams")
		c.licIndex()
		return
	}
	p := c.page("set", "ACCESS MANAGEMENT SYSTEM設定", "設定/登録：管理設定：ライセンス/その他 > ACCESS MANAGEMENT SYSTEM設定")
	p.upd = "ams"
	f := p.form("SUBMIT_FORM", "clams.cgi", "c_l_ams.tpl")
	f.script("Flag", "Exec_Data", "Exec_Data")
	f.w("%s%s<p>%s</p></form>", act("OK_Button", "OK", "rui_submit(document.SUBMIT_FORM)"), p.button("キャンセル", back),
		f.check("AmsUse", "ACCESS MANAGEMENT SYSTEMを使用する", d.amsOn, ""))
	p.w("%s", f.b.String())
	p.send()
}

type smimeSettings struct {
	Enc           string
	Sign          bool
	Alg, Sig      string
	Verify, Print bool
}

func (c *ctx) smimePage() {
	d, v := c.d, c.v
	if c.flag == "Exec_Data" {
		c.spend()
		n := smimeSettings{v.Get("SmEnc"), v.Get("SmSign") == "1", v.Get("SmAlg"), v.Get("SmSig"), v.Get("SmVerify") == "1", v.Get("SmPrint") == "1"}
		if n != d.smime {
			d.Violate("S/MIME settings changed")
		}
		d.smime = n
		d.touch("smime")
		c.sendIndex()
		return
	}
	p := c.page("set", "S/MIME設定", "設定/登録：ファンクション設定：送信 > S/MIME設定")
	p.upd = "smime"
	f := p.form("SUBMIT_FORM", "csend.cgi", "c_s_smime.tpl")
	f.script("Flag", "Exec_Data", "Exec_Data")
	s := d.smime
	f.w("%s%s<table class=\"ItemTable\">", act("OK_Button", "OK", "rui_submit(document.SUBMIT_FORM)"), p.button("キャンセル", p.u("csend.cgi", "c_s_idx.tpl")))
	f.row("暗号化設定：", "", f.radio("SmEnc", "0", s.Enc, "常に暗号化する", "")+"<br />"+f.radio("SmEnc", "1", s.Enc, "送信時のみ暗号化する", "")+"<br />"+f.radio("SmEnc", "2", s.Enc, "暗号化しない", ""))
	f.row("電子署名：", "", f.check("SmSign", "電子署名を付ける", s.Sign, ""))
	f.row("暗号化アルゴリズム：", "SmAlg", f.sel("SmAlg", s.Alg, [][2]string{{"0", "3DES"}, {"1", "AES128"}, {"2", "AES256"}}, nil, false))
	f.row("署名アルゴリズム：", "SmSig", f.sel("SmSig", s.Sig, [][2]string{{"0", "SHA1"}, {"1", "SHA256"}, {"2", "SHA384"}, {"3", "SHA512"}}, nil, false))
	f.row("受信時：", "", f.check("SmVerify", "受信時に署名を検証する", s.Verify, "")+"<br />"+f.check("SmPrint", "受信時に署名をプリントする", s.Print, ""))
	f.w("</table></form>")
	p.w("%s", f.b.String())
	p.send()
}

func (f *form) end() string { return f.b.String() + fmt.Sprintln("</form>") }
