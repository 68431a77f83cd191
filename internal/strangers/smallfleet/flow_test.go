package smallfleet

import (
	"io"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestA(t *testing.T) {
	t.Parallel()
	visit(t, "ir2425-en", testA)
}

func testA(t *testing.T, b *browser) {
	login := func() {
		b.get("/login.html")
		b.send("/checkLogin.cgi", "i0014", b.d.Credentials().DepartmentID, "i0016", b.d.Credentials().Password)
		b.want("Settings/Registration")
	}
	login()
	b.get("/d_info.html")
	b.want("<th>Controller</th><td>05.03</td>")
	b.get("/m_device_keycert.html")
	b.want("[TLS] [IEEE 802.1X]")
	b.get("/m_device_keycert_info.html?no=1")
	b.want("RSA 2048 bit")
	old := b.served()
	if k := b.key("mfpkey"); !k.Weak || k.SPKI != old {
		t.Fatal("the old key is not served or not weak")
	}
	for _, n := range []string{"tlsnew", "ikenew"} {
		b.get("/m_device_keygen_net_edit.html")
		b.send("/cgi/m_device_keygen_net_edit.cgi", "i2601", n, "i2606", "2026", "i2607", "1", "i2608", "2",
			"i2609", "2030", "i2610", "12", "i2611", "31", "i2613", "JP", "i2617", "Example")
		b.want(n)
	}
	use := func(no string) {
		action := regexp.MustCompile(`action="(/cgi/[^"]*)"`).FindStringSubmatch(b.page)[1]
		v := b.form(action)
		for k := range v {
			if k != "iToken" && k != "i2400" {
				v.Set(k, no)
			}
		}
		b.post(action, v)
	}
	b.get("/m_security_tlskey.html")
	use("4")
	b.want("<th>Key Name:</th><td>tlsnew</td>")
	b.get("/m_network_8021x_edit.html")
	b.send("/cgi/m_network_8021x_edit.cgi", "i2309", "Key and Certificate")
	use("4")
	b.want("<td>tlsnew</td>")
	b.send("/cgi/m_network_8021x_edit.cgi", "submitButton", "OK")
	b.want("<td>tlsnew</td>")
	b.get("/m_network_ipsec_ike_edit.html?no=1")
	b.send("/cgi/m_network_ipsec_ike_edit.cgi", "i2408", "Key and Certificate")
	use("5")
	b.send("/cgi/m_network_ipsec_ike_edit.cgi", "submitButton", "OK")
	if b.served() != old {
		t.Fatal("the new key is served before the restart")
	}
	b.get("/restart_device.html")
	b.send("/cgi/restart_device.cgi")
	b.restarted(1)
	b.uses("tlsnew", "TLS", "IEEE 802.1X")
	b.uses("ikenew", "IPSec HQ-Tunnel")
	if b.served() != b.key("tlsnew").SPKI {
		t.Fatal("the new key is not served")
	}
	b.get("/m_device_keycert.html")
	b.want(`name="loginFrm"`)
	login()
	for _, no := range []string{"1", "2"} {
		b.get("/m_device_keycert.html")
		b.send("/cgi/m_device_keycert_delete.cgi", "i2501", no)
	}
	if n := len(b.d.Keys()); n != 3 {
		t.Fatal("keys", n)
	}
	b.shut()
}

// submitB is a script that fills SUBMIT_FORM.
func (b *browser) submitB(action, no, extra string) string {
	b.t.Helper()
	v := b.form("")
	v.Set("i3001", no)
	v.Set("i3002", extra)
	return b.post(action, v)
}

func TestB(t *testing.T) {
	t.Parallel()
	visit(t, "irc3226-tw", testB)
}

func testB(t *testing.T, b *browser) {
	login := func() {
		b.get("/login.html")
		b.send("/checkLogin.cgi", "i2101", b.d.Credentials().Password)
		b.want("設定/註冊")
	}
	b.get("/k_list.html")
	b.want("工作階段已過期")
	login()
	b.get("/d_info.html")
	b.want("<dt>控制器</dt><dd>02.21</dd>")
	b.get("/k_info.html?no=3")
	b.want("RSA (2048 bit)")
	for _, n := range []string{"tls2026", "vpn2026", "fax2026"} {
		b.get("/k_gennet_edit.html")
		start := time.Now()
		b.send("/cgi/k_gennet_edit.cgi", "i3401", n, "i3407", "2031/01/01", "i3413", "Example Co.")
		b.want(`http-equiv="refresh"`)
		for strings.HasPrefix(b.path, "/k_wait") {
			time.Sleep(300 * time.Millisecond)
			b.get("/k_wait.html")
		}
		if time.Since(start) < 1900*time.Millisecond || !strings.Contains(b.page, n) {
			t.Fatal("too fast, or no key: " + b.path)
		}
	}
	b.get("/m_security_key.html")
	b.want(`5:{nm:"tls2026`)
	b.submitB("/cgi/m_security_edit.cgi", "5", "")
	b.want("套用設定變更")
	b.get("/n_dot1x_edit.html")
	v := b.form("/cgi/n_dot1x_edit.cgi")
	b.post("/cgi/n_dot1x_keep.cgi", v)
	b.submitB("/cgi/n_dot1x_key_edit.cgi", "5", "")
	b.send("/cgi/n_dot1x_edit.cgi")
	b.want("tls2026")
	b.get("/n_ipsec_ike_edit.html?no=1")
	b.post("/cgi/n_ipsec_ike_keep.cgi", b.form("/cgi/n_ipsec_ike_edit.cgi"))
	b.submitB("/cgi/n_ipsec_key_edit.cgi", "6", "1")
	b.send("/cgi/n_ipsec_ike_edit.cgi")
	b.get("/n_sip_key.html")
	b.want(`us:"TLS, IEEE 802.1X",uf:0`)
	b.get("/n_sip_edit.html")
	b.post("/cgi/n_sip_keep.cgi", b.form("/cgi/n_sip_edit.cgi"))
	b.submitB("/cgi/n_sip_key_edit.cgi", "7", "")
	b.send("/cgi/n_sip_edit.cgi")
	b.get("/restart_device.html")
	b.submitB("/cgi/restart_device.cgi", "", "")
	b.restarted(1)
	b.uses("tls2026", "TLS", "IEEE 802.1X")
	b.uses("vpn2026", "IPSec Taipei_Core")
	b.uses("fax2026", "SIP")
	if b.served() != b.key("tls2026").SPKI {
		t.Fatal("the new key is not served")
	}
	login()
	for _, no := range []string{"1", "2", "3"} {
		b.get("/k_delete.html?no=" + no)
		b.submitB("/cgi/k_delete_edit.cgi", no, "")
	}
	if n := len(b.d.Keys()); n != 4 {
		t.Fatal("keys", n)
	}
	b.shut()
}

// onward follows a page that submits itself.
func (b *browser) onward() {
	b.t.Helper()
	b.want(`onload="document.NEXT_FORM.submit();"`)
	to := regexp.MustCompile(`NEXT_FORM" action="([^"]*)"`).FindStringSubmatch(b.page)[1]
	b.get(to + "?" + b.form(to).Encode())
}

func TestC(t *testing.T) {
	t.Parallel()
	visit(t, "ir2630-ja", testC)
}

func testC(t *testing.T, b *browser) {
	login := func() {
		b.get("/login.html")
		v := b.filled("/checkLogin.cgi", "i0012", "1", "i0014", b.d.Credentials().DepartmentID, "i0016", b.d.Credentials().Password)
		v.Del("i0017")
		v.Del("i0019")
		b.post("/checkLogin.cgi", v)
		b.want("設定/登録")
	}
	b.send("/checkLogin.cgi") // General User Mode is the default
	b.want("ポータルページ")
	b.get("/c_keylist.html")
	b.want("権限がありません")
	b.get("/logout.cgi")
	login()
	b.get("/d_info.html")
	b.want("<th>コントローラー</th><td>708.0.105</td>")
	for _, n := range []string{"tls26", "ike26"} {
		b.get("/c_keygen1_edit.html?type=0")
		b.send("/cgi/c_keygen1_edit.cgi", "i6501", n)
		b.send("/cgi/c_keygen2_edit.cgi", "i6514", "2032", "i6525", "Example KK")
		b.want("生成しました")
	}
	b.get("/m_security_sel.html")
	b.send("/cgi/m_security_sel_edit.cgi", "i6900", "5")
	b.onward()
	b.want("鍵の名前：tls26")
	b.send("/cgi/m_security_edit.cgi")
	b.get("/n_ieee8021x_edit.html")
	b.get("/n_ieee8021x_sel.html")
	b.send("/cgi/n_ieee8021x_sel_edit.cgi", "i6900", "5")
	b.onward()
	b.want("鍵の名前：tls26")
	b.send("/cgi/n_ieee8021x_edit.cgi")
	b.want("鍵の名前：tls26")
	b.get("/n_ipsec_sel.html?no=1")
	b.send("/cgi/n_ipsec_sel_edit.cgi", "i6900", "6")
	b.onward()
	b.send("/cgi/n_ipsec_ike_edit.cgi")
	b.get("/n_ipsec_ike_edit.html?no=2") // the other policy posts back as it is
	b.send("/cgi/n_ipsec_ike_edit.cgi")
	for _, p := range []string{"/n_ipsec_reg_edit.html?no=1", "/f_smime_edit.html", "/n_bluetooth_edit.html", "/c_ams_edit.html"} {
		b.get(p)
		f := regexp.MustCompile(`action="(/cgi/[^"]*)"`).FindStringSubmatch(b.page)[1]
		b.send(f)
	}
	sign := b.key("Device Signature Key")
	b.get("/c_sign_edit.html")
	b.send("/cgi/c_sign_edit.cgi")
	if n := b.key("Device Signature Key"); !sign.Weak || n.Weak || n.SPKI == sign.SPKI || len(n.Uses) != 1 {
		t.Fatal("device signature", n)
	}
	b.get("/c_export.cgi")
	b.get("/restart_device.html")
	b.send("/cgi/restart_device.cgi")
	b.restarted(1)
	b.uses("tls26", "TLS", "IEEE 802.1X")
	b.uses("ike26", "IPSec honsha")
	login()
	for _, no := range []string{"1", "2"} {
		b.get("/c_keylist.html")
		b.send("/cgi/c_keylist_edit.cgi", "i6120", no)
	}
	if n := len(b.d.Keys()); n != 4 {
		t.Fatal("keys", n)
	}
	b.shut()
}

// TestViolations does on A what no browser would do.
func TestViolations(t *testing.T) {
	t.Parallel()
	visit(t, "ir2425-en", testViolations)
}

func testViolations(t *testing.T, b *browser) {
	for range 2 {
		b.get("/login.html")
		b.send("/checkLogin.cgi", "i0014", "1", "i0016", "2")
		b.want("not correct")
	}
	b.send("/checkLogin.cgi", "i0014", b.d.Credentials().DepartmentID, "i0016", b.d.Credentials().Password)
	b.get("/m_device_keycert.html")
	v := b.filled("/cgi/m_device_keycert_delete.cgi", "i2501", "1")
	b.post("/cgi/m_device_keycert_delete.cgi", v)
	b.want("being used")
	b.post("/cgi/m_device_keycert_delete.cgi", v)
	b.get("/m_network_8021x_edit.html")
	b.post("/cgi/m_device_keycert_delete.cgi", url.Values{"iToken": {"7"}})
	b.post("/cgi/m_device_keycert_delete.cgi", b.form1())
	b.get("/m_network_8021x_edit.html")
	b.send("/cgi/m_network_8021x_edit.cgi", "i2302", "other")
	if r, err := b.c.Get(b.d.URL() + "portal_top.html"); err == nil {
		_, _ = io.ReadAll(r.Body)
		t.Fatal("a request too soon was answered")
	}
	b.d.Close()
	b.clean("refused credential repeated", "deletion of a key in use attempted: mfpkey",
		"stale token: /cgi/m_device_keycert_delete.cgi", "wrong token: /cgi/m_device_keycert_delete.cgi",
		"page out of order: /cgi/m_device_keycert_delete.cgi after /m_network_8021x_edit.html",
		`other settings changed: /m_network_8021x_edit.html: i2302 is ["other"], was ["ir2425-floor2"]`,
		"session not logged out at Close")
}

// form1 is the 802.1X form, loaded afresh.
func (b *browser) form1() url.Values {
	b.get("/m_network_8021x_edit.html")
	return b.form("/cgi/m_network_8021x_edit.cgi")
}
