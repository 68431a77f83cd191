package adv4535

import (
	"fmt"
	"slices"

	"github.com/rekey-go/rekey/internal/devicetest"
)

var routes map[string]func(*ctx)

func init() {
	routes = map[string]func(*ctx){
		"ckeycert.cgi": keyCert, "ckeyreg.cgi": keyReg, "ckeygen.cgi": keyGen, "cdevsign.cgi": deviceSign,
		"csmimecert.cgi": mailCerts, "csmimereg.cgi": mailReg,
		"ctls.cgi": tlsPage, "cieee8021x.cgi": set8021X.serve, "cipsecl.cgi": policyList, "cipsecpol.cgi": setPolicy.serve, "cike.cgi": setIKE.serve,
		"csip.cgi": setSIP.serve, "csmime.cgi": setSMIME.serve, "cams.cgi": setAMS.serve,
		"cnet.cgi": netIndex, "cdev.cgi": devIndex, "csend.cgi": sendIndex, "clic.cgi": licIndex, "cstub.cgi": stub,
		"capply.cgi": apply, "creboot.cgi": reboot,
		"dinfo.cgi": info, "dstatus.cgi": status, "dcounter.cgi": counter,
	}
	for _, m := range statusMenu {
		if m.cgi != "" && m.cgi[0] == 'j' {
			routes[m.cgi] = jobs(m.text)
		}
	}
}

// index lists links: title, then cgi, template, text, ...; an empty template is a heading.
func (c *ctx) index(area, title string, links ...[3]string) {
	c.show(area, nil, title, func(p *page) {
		open := false
		for _, l := range links {
			if l[0] == "" {
				p.w("%s<h3>%s</h3>\n<ul>\n", pick(open, "</ul>\n"), l[2])
				open = true
				continue
			}
			p.w("<li><a href=\"%s\">%s</a></li>\n", esc(p.d.cgi(l[0], "Flag", "Init_Data", "PageFlag", l[1])), l[2])
		}
		p.w("</ul>\n")
	})
}

func netIndex(c *ctx) {
	c.index(areaEnv, "ネットワーク設定", [3]string{"", "", "TCP/IP設定"},
		[3]string{"cstub.cgi", "c_ipv4.tpl", "IPv4設定"}, [3]string{"cstub.cgi", "c_ipv6.tpl", "IPv6設定"}, [3]string{"cstub.cgi", "c_dns.tpl", "DNS設定"}, [3]string{"cstub.cgi", "c_lpd.tpl", "LPD設定"},
		[3]string{"cstub.cgi", "c_ipp.tpl", "IPP印刷設定"}, [3]string{"cstub.cgi", "c_sntp.tpl", "SNTP設定"}, [3]string{"ctls.cgi", "c_tls.tpl", "TLS設定"}, [3]string{"cstub.cgi", "c_proxy.tpl", "プロキシ設定"},
		[3]string{"cstub.cgi", "c_ipsec.tpl", "IPSec設定"}, [3]string{"cipsecl.cgi", "c_ipsecl.tpl", "IPSecポリシー一覧"}, [3]string{"csip.cgi", "c_sip.tpl", "SIP設定"},
		[3]string{"", "", "共通設定"}, [3]string{"cstub.cgi", "c_snmp.tpl", "SNMP設定"}, [3]string{"cstub.cgi", "c_port.tpl", "専用ポート設定"},
		[3]string{"cieee8021x.cgi", "c_8021x.tpl", "IEEE 802.1X設定"}, [3]string{"cstub.cgi", "c_fw.tpl", "ファイアウォール設定"})
}

func devIndex(c *ctx) {
	c.index(areaMan, "デバイス管理", [3]string{"", "", "デバイス管理"},
		[3]string{"cstub.cgi", "c_devinfo.tpl", "デバイス情報設定"}, [3]string{"cdevsign.cgi", "c_devsign.tpl", "機器署名のエクスポート"},
		[3]string{"", "", "証明書設定"}, [3]string{"ckeycert.cgi", "c_keylist.tpl", "鍵と証明書設定"}, [3]string{"cstub.cgi", "c_cacert.tpl", "CA証明書設定"}, [3]string{"csmimecert.cgi", "c_smimecert.tpl", "S/MIME証明書設定"},
		[3]string{"cstub.cgi", "c_crl.tpl", "証明書失効リスト(CRL)設定"}, [3]string{"cstub.cgi", "c_ocsp.tpl", "OCSP(オンライン証明書状態プロトコル)設定"},
		[3]string{"", "", "システム"}, [3]string{"creboot.cgi", "c_reboot.tpl", "デバイスの再起動"})
}

func sendIndex(c *ctx) {
	c.index(areaFunc, "送信", [3]string{"", "", "共通設定"}, [3]string{"cstub.cgi", "c_sendcom.tpl", "送信機能の設定"},
		[3]string{"", "", "電子メール/Iファクス設定"}, [3]string{"cstub.cgi", "c_mail.tpl", "電子メール/Iファクスの設定"}, [3]string{"csmime.cgi", "c_smime.tpl", "S/MIME設定"})
}

func licIndex(c *ctx) {
	c.index(areaMan, "ライセンス/その他", [3]string{"", "", "ライセンス/その他"}, [3]string{"cstub.cgi", "c_license.tpl", "ライセンス登録"},
		[3]string{"cams.cgi", "c_ams.tpl", "ACCESS MANAGEMENT SYSTEM設定"}, [3]string{"cstub.cgi", "c_remop.tpl", "リモート操作設定"})
}

// stub stands for the many pages that the advisory does not touch.
func stub(c *ctx) {
	title := map[string]string{"c_paper.tpl": "用紙設定", "c_cacert.tpl": "CA証明書設定"}[c.v.Get("PageFlag")]
	if title == "" {
		title = "設定一覧"
	}
	c.show(areaEnv, nil, title, func(p *page) {
		if title == "用紙設定" {
			p.w("<table class=\"List\"><tr><th>給紙段</th><th>用紙サイズ</th><th>用紙種類</th></tr><tr><td>カセット1</td><td>A4</td><td>普通紙1</td></tr><tr><td>カセット2</td><td>A3</td><td>普通紙1</td></tr></table>\n")
			return
		}
		p.w("<p>この設定は、本体の操作パネルから変更してください。</p>\n")
	})
}

func (d *Device) policyCrumbs() []crumb {
	return d.netCrumbs(crumb{"IPSecポリシー一覧", d.cgi("cipsecl.cgi", "Flag", "Init_Data", "PageFlag", "c_ipsecl.tpl")})
}

func policyList(c *ctx) {
	d := c.d
	c.show(areaEnv, d.netCrumbs(), "IPSecポリシー一覧", func(p *page) {
		p.w("<div class=\"ItemListComponent\"><table class=\"List\"><tr><th>優先順位</th><th>ポリシー名</th><th>ポリシー</th></tr>\n")
		for _, no := range []string{"1", "2"} {
			m := d.stored["pol"+no]
			p.w("<tr><td>%s</td><td><a href=\"%s\">%s</a></td><td>%s</td></tr>\n", no, esc(d.cgi("cipsecpol.cgi", setPolicy.link(no)...)), esc(m["PolName"]), map[string]string{"1": "ON", "0": "OFF"}[m["PolUse"]])
		}
		p.w("</table></div>\n<p>登録数：2/10</p>\n")
	})
}

// deviceSign is cdevsign.cgi: the certificate as a file.
func deviceSign(c *ctx) {
	d := c.d
	i := slices.IndexFunc(d.keys, func(k *key) bool { return k.kind == kindDevSig })
	if c.r.Method == "POST" && c.v.Get("Flag") == "File_Data" {
		c.w.Header().Set("Content-Type", "application/octet-stream")
		c.w.Header().Set("Content-Disposition", `attachment; filename="devsign.cer"`)
		c.w.Write(d.keys[i].cert)
		return
	}
	c.show(areaMan, []crumb{d.devCrumb()}, "機器署名のエクスポート", func(p *page) {
		f := p.form("SETTING_FORM", "cdevsign.cgi", false, []string{"File_Data"}, []string{"c_devsign.tpl"})
		f.close()
		p.w("<p>機器署名の証明書をファイルに保存します。</p>\n%s\n", button("EXP_Button", "エクスポート開始", "send('SETTING_FORM','File_Data')", false))
	})
}

// mailCerts is csmimecert.cgi: list, details, register page.
func mailCerts(c *ctx) {
	d := c.d
	crumbs := []crumb{d.devCrumb()}
	list := append(crumbs, crumb{"S/MIME証明書設定", d.cgi("csmimecert.cgi", "Flag", "Init_Data", "PageFlag", "c_smimecert.tpl")})
	post := c.r.Method == "POST"
	switch tpl := c.v.Get("PageFlag"); {
	case post && tpl == "c_smimereg.tpl":
		c.show(areaMan, list, "S/MIME証明書登録", func(p *page) {
			f := p.form("UPLOAD_FORM", "csmimereg.cgi", true, []string{"Exec_Data"}, []string{"c_smimereg.tpl"})
			p.w("<table class=\"List\">\n")
			p.row("ファイルパス：", f.file("CertFile"))
			p.w("</table>\n%s%s\n", button("REG_Button", "登録", "send('UPLOAD_FORM','Exec_Data')", false), button("CANCEL_Button", "キャンセル", "location.href='"+list[1].addr+"'", false))
			f.close()
		})
		return
	case post && tpl == "c_smimedtl.tpl":
		for _, m := range d.smime {
			if m.id == c.v.Get("KeyID") {
				c.show(areaMan, list, "証明書詳細情報", func(p *page) {
					p.w("<table class=\"List\">\n")
					for _, r := range certRows(m.c) {
						p.row(r[0]+"：", esc(r[1]))
					}
					p.w("</table>\n")
				})
				return
			}
		}
	case post && c.v.Get("Flag") == "Exec_Data" && len(c.v["SelCert"]) > 0:
		d.smime = slices.DeleteFunc(d.smime, func(m *mailCert) bool { return slices.Contains(c.v["SelCert"], m.id) })
		c.info = "削除しました。"
	}
	c.mailList(crumbs)
}

func (c *ctx) mailList(crumbs []crumb) {
	d := c.d
	c.show(areaMan, crumbs, "S/MIME証明書設定", func(p *page) {
		f := p.form("CERT_LIST_FORM", "csmimecert.cgi", false, []string{"Exec_Data"}, []string{"c_smimecert.tpl"})
		p.w("<div>%s%s</div>\n<div class=\"ItemListComponent\"><table class=\"List\"><tr><th>選択</th><th>発行先</th><th>有効期限終了日</th></tr>\n", button("REG_Button", "S/MIME証明書登録...", "send('SUBMIT_FORM','Init_Data','c_smimereg.tpl')", false),
			button("DEL_Button", "削除", "delete_selected('CERT_LIST_FORM','SelCert','c_smimecert.tpl')", len(d.smime) == 0))
		ids := []string{""}
		for _, m := range d.smime {
			ids = append(ids, m.id)
			p.w("<tr><td>%s</td><td><a href=\"javascript:row_send('SUBMIT_FORM','%s','Init_Data','c_smimedtl.tpl')\">%s</a></td><td>%s</td></tr>\n", f.check("SelCert", m.id, false, "", ""), m.id, esc(devicetest.NameText(m.c.Subject)), m.c.NotAfter.Local().Format("2006/01/02"))
		}
		p.w("</table></div>\n")
		f.close()
		g := p.form("SUBMIT_FORM", "csmimecert.cgi", false, []string{"Init_Data"}, []string{"c_smimedtl.tpl", "c_smimereg.tpl"})
		g.vary("KeyID", "", ids...)
		g.close()
	})
}

// mailReg is csmimereg.cgi.
func mailReg(c *ctx) {
	if c.r.Method == "POST" {
		x, ok := readCert(c.file)
		switch {
		case len(c.file) == 0:
			c.err = "登録するファイルを指定してください。"
		case !ok:
			c.err = "証明書ファイルの形式が正しくありません。"
		case slices.ContainsFunc(c.d.smime, func(m *mailCert) bool { return m.c.Equal(x) }):
			c.err = "同じ証明書がすでに登録されています。"
		default:
			c.d.nextID++
			c.d.smime = append(c.d.smime, &mailCert{fmt.Sprint(c.d.nextID), x})
			c.info = "S/MIME証明書を登録しました。"
		}
	}
	c.mailList([]crumb{c.d.devCrumb()})
}

// apply is [設定の反映]; reboot is [デバイスの再起動]. Both ask, then restart.
func apply(c *ctx) {
	text := "変更した設定を有効にするため、デバイスを再起動します。よろしいですか？"
	if !c.d.pending {
		text = "反映が必要な設定はありません。デバイスを再起動する場合は、［OK］を選択してください。"
	}
	c.askRestart("capply.cgi", "c_apply.tpl", "設定の反映", text)
}

func reboot(c *ctx) {
	c.askRestart("creboot.cgi", "c_reboot.tpl", "デバイスの再起動", "デバイスを再起動します。よろしいですか？")
}

func (c *ctx) askRestart(cgi, tpl, title, text string) {
	d := c.d
	back := d.cgi("cstub.cgi", "CorePGTAG", "28", "Flag", "Init_Data", "PageFlag", "c_paper.tpl")
	switch {
	case c.r.Method != "POST" || c.v.Get("Flag") != "Exec_Data":
	case d.busy():
		c.err = "鍵を生成中のため、再起動できません。しばらくしてから、もう一度実行してください。"
	case !d.Away:
		d.restart()
		fmt.Fprintf(c.w, `%s<title>リモートUI : %s : %s : %s</title></head>
<body><div id="Head">%s</div><p>デバイスを再起動しています。</p><p>再起動が完了するまで、しばらくお待ちください。再起動の完了後、リモートUIを使用するには、ログインしなおしてください。</p><p><a href="/">ログイン画面へ</a></p></body></html>
`, head, title, model, model, model)
		return
	}
	c.show(areaMan, nil, title, func(p *page) {
		f := p.form("SETTING_FORM", cgi, false, []string{"Exec_Data"}, []string{tpl})
		f.close()
		p.w("<p>%s</p>\n<p>実行中または待機中のジョブはキャンセルされます。</p>\n%s%s\n", text, button("OK_Button", "OK", "send('SETTING_FORM','Exec_Data')", false), button("CANCEL_Button", "キャンセル", "location.href='"+back+"'", false))
	})
}

const areaStat = "状況確認/中止"

func jobs(title string) func(*ctx) {
	return func(c *ctx) {
		c.show(areaStat, nil, title, func(p *page) {
			p.w("<div class=\"ItemListComponent\"><table class=\"List\"><tr><th>受付番号</th><th>日時</th><th>ジョブ名</th><th>ユーザー名</th><th>状況</th></tr></table></div>\n<p>ジョブはありません。</p>\n")
		})
	}
}

func info(c *ctx) {
	c.show(areaStat, nil, "デバイス情報", func(p *page) {
		p.w("<table class=\"List\">\n")
		for _, r := range [][2]string{{"デバイス名", model}, {"製品名", model}, {"設置場所", "4階 東側"}, {"管理者", "情報システム課"}, {"シリアル番号", "QLA04535"}, {"最大印刷速度", "35 ppm (A4ヨコ)"}, {"総メモリー容量", "3072 MB"}} {
			p.row(r[0]+"：", r[1])
		}
		p.w("</table>\n<h3>バージョン情報</h3><table class=\"List\">\n")
		for _, r := range [][2]string{{"コントローラー", controller}, {"プラットフォーム", "405"}, {"DCON", "15.04"}, {"RCON", "04.02"}, {"FAX1", "12.01"}, {"MEAP Contents", "68.01"}} {
			p.row(r[0]+"：", r[1])
		}
		p.w("</table>\n")
	})
}

func status(c *ctx) {
	c.show(areaStat, nil, "デバイスの状態", func(p *page) {
		p.w("<table class=\"List\">\n")
		p.row("プリンター：", "スリープモードです。")
		p.row("スキャナー：", "スリープモードです。")
		p.row("ファクス：", "送受信できます。")
		p.w("</table>\n")
	})
}

func counter(c *ctx) {
	c.show(areaStat, nil, "カウンター情報", func(p *page) {
		p.w("<table class=\"List\"><tr><th>101 : トータル1</th><td>184213</td></tr><tr><th>113 : トータル(白黒/小)</th><td>179904</td></tr></table>\n")
	})
}
