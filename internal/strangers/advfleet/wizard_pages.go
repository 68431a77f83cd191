package advfleet

import (
	"fmt"
	"net/url"
	"strconv"
)

func wizardTLS(c *ctx) {
	p := &wizForm{page: "tls", cgi: "nw_tls.cgi", tpl: "c_tls.tpl", crumb: wizardNet, title: "TLS設定", direct: true,
		fields: []field{{canon: "max", name: "tls_ver_upper"}, {canon: "min", name: "tls_ver_lower"}, {canon: "cbc", name: "alg_cbc", box: true}, {canon: "gcm", name: "alg_gcm", box: true}},
		body: func(c *ctx, v url.Values, key string) {
			c.f("<fieldset><legend>使用可能なバージョン指定</legend>\n")
			for _, r := range [][2]string{{"tls_ver_upper", "上限バージョン"}, {"tls_ver_lower", "下限バージョン"}} {
				c.f(`<p><label for="%[1]s">%[2]s</label><select id="%[1]s" name="%[1]s">`, r[0], r[1])
				for _, o := range []string{"1.0", "1.1", "1.2", "1.3"} {
					c.f(`<option value="%[1]s"%[2]s>TLS %[1]s</option>`, o, sel(v.Get(r[0]) == o))
				}
				c.f("</select></p>\n")
			}
			c.f("</fieldset>\n<fieldset><legend>暗号化アルゴリズムの設定</legend>\n")
			c.tick("alg_cbc", "AES-CBC", v)
			c.tick("alg_gcm", "AES-GCM", v)
			c.f("</fieldset>\n")
			c.keyPart(key, "")
		}}
	p.serve(c)
}

func wizard1X(c *ctx) {
	p := &wizForm{page: "1x", cgi: "nw_8021x.cgi", tpl: "c_8021x.tpl", crumb: wizardNet, title: "IEEE 802.1X設定",
		fields: []field{{canon: "use", name: "x_use", box: true}, {canon: "login", name: "x_login"}, {canon: "vcert", name: "x_vcert", box: true}, {canon: "vname", name: "x_vname", box: true},
			{canon: "sname", name: "x_sname"}, {canon: "tls", name: "x_eaptls", box: true}, {canon: "ttls", name: "x_ttls", box: true}, {canon: "proto", name: "x_ttls_proto"}, {canon: "peap", name: "x_peap", box: true}},
		body: func(c *ctx, v url.Values, key string) {
			c.tick("x_use", "IEEE 802.1Xを使用", v)
			c.text("x_login", "ログイン名", "", v)
			c.tick("x_vcert", "認証サーバー証明書を検証", v)
			c.tick("x_vname", "認証サーバー名を検証", v)
			c.text("x_sname", "認証サーバー名", "", v)
			c.f("<fieldset><legend>TLS</legend>\n")
			c.tick("x_eaptls", "TLSを使用", v)
			c.keyPart(key, "")
			c.f("</fieldset><fieldset><legend>TTLS/PEAP</legend>\n")
			c.tick("x_ttls", "TTLSを使用", v)
			c.f(`<p><input type="radio" id="pr1" name="x_ttls_proto" value="mschap"%s/><label for="pr1">MSCHAPv2</label><input type="radio" id="pr2" name="x_ttls_proto" value="pap"%s/><label for="pr2">PAP</label></p>`+"\n",
				on(v.Get("x_ttls_proto") == "mschap"), on(v.Get("x_ttls_proto") == "pap"))
			c.tick("x_peap", "PEAPを使用", v)
			c.f("</fieldset>\n")
		}}
	p.serve(c)
}

func wizardIPSec(c *ctx) {
	no, _ := strconv.Atoi(c.v("No"))
	tpl := c.v("PageFlag")
	if no < 1 || no > len(c.d.policies) || tpl == "c_ipseclist.tpl" {
		c.wizHead(wizardNet, "IPSecポリシー一覧")
		c.f("<ol>\n")
		for i, n := range c.d.policies {
			c.f("<li>%s</li>\n", c.link("nw_ipsec.cgi", fmt.Sprintf("c_policy.tpl&amp;No=%d", i+1), esc(n)))
		}
		c.f("</ol>\n")
		c.wizFoot()
		return
	}
	if tpl == "c_policy.tpl" {
		p := &wizForm{page: fmt.Sprintf("pol%d", no), cgi: "nw_ipsec.cgi", tpl: tpl, crumb: wizardNet + " &gt; IPSecポリシー一覧", title: esc(c.d.policies[no-1]), policy: no, keyless: true,
			fields: []field{{canon: "on", name: "pol_on", box: true}, {canon: "nonpol", name: "pol_other"}},
			body: func(c *ctx, v url.Values, _ string) {
				c.tick("pol_on", "ポリシーを有効にする", v)
				c.f(`<p><label for="pol_other">ポリシー以外のパケット</label><select id="pol_other" name="pol_other"><option value="allow"%s>許可</option><option value="reject"%s>拒否</option></select></p>`+"\n", sel(v.Get("pol_other") == "allow"), sel(v.Get("pol_other") == "reject"))
				c.f("<p>%s</p>\n", c.link("nw_ipsec.cgi", fmt.Sprintf("c_ike.tpl&amp;No=%d", no), "IKE設定"))
			}}
		p.serve(c)
		return
	}
	p := &wizForm{page: fmt.Sprintf("ike%d", no), cgi: "nw_ipsec.cgi", tpl: "c_ike.tpl", crumb: wizardNet + " &gt; IPSecポリシー一覧 &gt; " + esc(c.d.policies[no-1]), title: "IKE", policy: no,
		fields: []field{{canon: "mode", name: "ike_mode"}, {canon: "time", name: "ike_time"}, {canon: "auth", name: "ike_auth"}},
		extra: func(c *ctx) {
			// The stored key is never shown; it is changed only when asked for.
			if c.r.PostForm.Get("ike_psk") != "" || c.r.PostForm.Get("ike_psk_chg") == "1" {
				c.d.Violate("other settings changed: ike%d: pre-shared key", no)
			}
		},
		body: func(c *ctx, v url.Values, key string) {
			c.f(`<p><label for="ike_mode">IKEモード</label><select id="ike_mode" name="ike_mode"><option value="main"%s>メイン</option><option value="aggr"%s>アグレッシブ</option></select></p>`+"\n", sel(v.Get("ike_mode") == "main"), sel(v.Get("ike_mode") == "aggr"))
			c.text("ike_time", "有効期間", "分 (1-65535)", v)
			c.f(`<fieldset><legend>認証方式</legend>
<p><input type="radio" id="au1" name="ike_auth" value="psk"%s/><label for="au1">事前共有鍵方式</label> <input type="password" name="ike_psk" value=""/> <input type="checkbox" id="chg" name="ike_psk_chg" value="1"/><label for="chg">変更する</label></p>
<p><input type="radio" id="au2" name="ike_auth" value="sig"%s/><label for="au2">電子署名方式</label></p>
`, on(v.Get("ike_auth") == "psk"), on(v.Get("ike_auth") == "sig"))
			c.keyPart(key, "")
			c.f("</fieldset>\n")
		}}
	p.serve(c)
}

func wizardSIP(c *ctx) {
	p := &wizForm{page: "sip", cgi: "nw_sip.cgi", tpl: "c_sip.tpl", crumb: wizardNet, title: "SIP設定",
		fields: []field{{canon: "usetls", name: "sip_tls", box: true}, {canon: "server", name: "sip_server"}, {canon: "t38port", name: "sip_t38"}, {canon: "rtpport", name: "sip_rtp"},
			{canon: "client", name: "sip_cli", box: true}, {canon: "vserver", name: "sip_ver", box: true}, {canon: "addcn", name: "sip_cn", box: true}},
		body: func(c *ctx, v url.Values, key string) {
			c.f("<fieldset><legend>イントラネット設定</legend>\n")
			c.tick("sip_tls", "TLSを使用", v)
			c.text("sip_server", "SIPサーバーのアドレス", "", v)
			c.f("</fieldset>\n")
			c.text("sip_t38", "T.38受信ポート番号", "(1-65535)", v)
			c.text("sip_rtp", "RTP受信ポート番号", "(1024-65534)", v)
			c.f("<fieldset><legend>TLS設定</legend>\n")
			c.keyPart(key, "...")
			c.f("<p>受信設定</p>\n")
			c.tick("sip_cli", "クライアント認証を要求", v)
			c.f("<p>送信設定</p>\n")
			c.tick("sip_ver", "サーバー証明書を検証", v)
			c.tick("sip_cn", "CNを検証項目に追加", v)
			c.f("</fieldset>\n")
		}}
	p.serve(c)
}

func wizardBluetooth(c *ctx) {
	p := &wizForm{page: "bt", cgi: "nw_bt.cgi", tpl: "c_bt.tpl", crumb: wizardNet, title: "Bluetooth設定", keyless: true,
		fields: []field{{canon: "use", name: "bt_use", box: true}, {canon: "name", name: "bt_name"}},
		body: func(c *ctx, v url.Values, _ string) {
			c.tick("bt_use", "Bluetoothを使用", v)
			c.text("bt_name", "デバイス名", "", v)
		}}
	p.serve(c)
}

func wizardRestart(c *ctx) {
	if !c.post() {
		c.saw("c_restart.tpl")
		c.wizHead("設定/登録", "設定の反映")
		c.f("<p>設定を反映するため、本体を再起動します。よろしいですか?</p>%s", c.hiddenSet("restart.cgi", "c_restart.tpl", c.token()))
		c.f(`<button type="submit" name="act" value="ok">OK</button> <button type="button" onclick="history.back()">キャンセル</button></form>`)
		c.wizFoot()
		return
	}
	if !c.wizPost("c_restart.tpl", false) {
		return
	}
	c.f(`<!DOCTYPE html><html lang="ja"><head><meta http-equiv="refresh" content="10;url=/"/><title>リモートUI : 再起動</title></head><body><p>再起動しています。しばらくお待ちください。</p></body></html>`)
	c.flush()
	c.d.restart()
}
