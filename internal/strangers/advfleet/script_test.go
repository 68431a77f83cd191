package advfleet

import (
	"strings"
	"testing"
)

func (b *browser) scriptEnter(d *Device) {
	b.t.Helper()
	b.get("/")
	v := b.form()
	v.Set("uri", "%2F")
	v.Set("userID", d.Credentials().UserName)
	v.Set("password", d.Credentials().Password)
	b.post("/login", v)
	b.has("設定/註冊")
	b.get("/usermode")
	b.post("/rps/cfgtop.cgi", b.form())
	b.has("裝置管理")
}

// call posts the helper form as a script function does.
func (b *browser) call(cgi, flag, tpl string, more ...string) {
	b.t.Helper()
	_, b.body, _ = strings.Cut(b.body, `<form name="SUBMIT_FORM"`)
	b.body, _, _ = strings.Cut(b.body, `<form name="ERR_SUBMIT_FORM"`)
	v := b.form()
	v.Set("Flag", flag)
	v.Set("PageFlag", tpl)
	for i := 0; i < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	b.post("/rps/"+cgi, v)
}

func TestScript(t *testing.T) {
	t.Parallel()
	visit(t, "iradv-c3530iii", testScript)
}

func testScript(t *testing.T, d *Device, b *browser) {
	old := served(t, d)
	b.scriptEnter(d)
	b.get("/rps/dinfo.cgi?CorePGTAG=13")
	b.has("39.12")
	gen := func(name string) string {
		b.get("/rps/cgenkey.cgi?Flag=Init_Data&PageFlag=c_gennet.tpl")
		v := b.form()
		v.Set("KEY_NAME", name)
		v.Set("Flag", "Exec_Data")
		b.post("/rps/cgenkey.cgi", v)
		b.get("/rps/ckeys.cgi?Flag=Init_Data&PageFlag=c_keys.tpl")
		return b.find(`(\d+):\{nm:"` + name)
	}
	net, sip := gen("net2"), gen("sip2")
	for _, p := range [][4]string{{"ctls.cgi", "c_tls", "", net}, {"c1x.cgi", "c_1x", "", net}, {"cipsec.cgi", "c_ike", "2", net}, {"csip.cgi", "c_sip", "", sip}} {
		b.get("/rps/" + p[0] + "?Flag=Init_Data&PageFlag=" + p[1] + ".tpl&No=" + p[2])
		b.has("key_list()")
		b.get("/rps/" + p[0] + "?Flag=Init_Data&PageFlag=" + p[1] + "key.tpl&No=" + p[2])
		b.has(`use_key(\'` + p[3] + `\')`)
		if p[0] == "csip.cgi" && strings.Contains(b.body, `use_key(\'`+net+`\')`) {
			t.Error("a key used elsewhere is offered for SIP")
		}
		b.call(p[0], "Select_Data", p[1]+"key.tpl", "KeyID", p[3], "No", p[2])
		if p[0] != "ctls.cgi" {
			v := b.form()
			v.Set("Flag", "Exec_Data")
			b.post("/rps/"+p[0], v)
		}
		b.has("套用設定變更")
	}
	sig := state(t, d, "Device Signature Key").SPKI
	b.get("/rps/cgenkey.cgi?Flag=Init_Data&PageFlag=c_gensig.tpl")
	b.call("cgenkey.cgi", "Exec_Data", "c_gensig.tpl")
	b.call("cgenkey.cgi", "Exec_Data", "c_gensigok.tpl")
	if k := state(t, d, "Device Signature Key"); k.SPKI == sig || k.Weak {
		t.Error("device signature key not renewed")
	}
	b.get("/rps/csmime.cgi?Flag=Init_Data&PageFlag=c_smime.tpl")
	b.has("僅傳送時加密")
	for _, p := range []string{"cbt.cgi", "cams.cgi", "csmimecert.cgi", "csigexp.cgi", "cnet.cgi", "cdev.cgi"} {
		b.get("/rps/" + p + "?Flag=Init_Data")
		b.has("contents")
	}
	if served(t, d) != old {
		t.Error("TLS key changed before the restart")
	}
	b.call("creset.cgi", "Exec_Data", "c_reset.tpl")
	waitRestart(t, d, 1)
	if served(t, d) != state(t, d, "net2").SPKI {
		t.Error("new key is not served")
	}
	wantUses(t, d, "net2", "TLS", "IEEE 802.1X", "IPSec Plant2")
	wantUses(t, d, "sip2", "SIP")
	b.scriptEnter(d)
	b.get("/rps/ckeys.cgi?Flag=Init_Data&PageFlag=c_keys.tpl")
	ids := b.find(`(\d+):\{nm:"tls2021`) + "," + b.find(`(\d+):\{nm:"ipsec2021`) + "," + b.find(`(\d+):\{nm:"ipfax`) + ","
	b.call("ckeys.cgi", "Exec_Data", "c_keys.tpl", "KeyID", ids)
	finish(t, d, b, "tls2021", "ipsec2021", "ipfax")
}

func TestScriptToken(t *testing.T) {
	t.Parallel()
	visit(t, "iradv-c3530iii", testScriptToken)
}

func testScriptToken(t *testing.T, d *Device, b *browser) {
	b.scriptEnter(d)
	b.get("/rps/c1x.cgi?Flag=Init_Data&PageFlag=c_1x.tpl")
	v := b.form()
	v.Set("Flag", "Exec_Data")
	b.get("/rps/ckeys.cgi?Flag=Init_Data&PageFlag=c_keys.tpl")
	b.post("/rps/c1x.cgi", v)
	b.has("無法開啟此頁面")
	if got := d.Violations(); len(got) != 1 || !strings.HasPrefix(got[0], "token wrong or stale") {
		t.Errorf("%q", got)
	}
}
