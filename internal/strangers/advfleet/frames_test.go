package advfleet

import (
	"strings"
	"testing"
)

func (b *browser) framesEnter(d *Device) {
	b.t.Helper()
	b.get("/")
	v := b.form()
	v.Set("deptid", d.Credentials().DepartmentID)
	v.Set("password", d.Credentials().Password)
	b.post("/login", v)
	b.has("Settings/Registration")
	b.get("/usermode")
	b.has(`name="CONTENT"`)
	b.get("/rps/cmenu.cgi?CorePGTAG=30")
}

func TestFrames(t *testing.T) {
	t.Parallel()
	visit(t, "iradv-c255-frames", testFrames)
}

func testFrames(t *testing.T, d *Device, b *browser) {
	old := served(t, d)
	if !state(t, d, "NetKey1").Weak || state(t, d, "ImportedEC").Weak {
		t.Error("weakness of the initial keys is wrong")
	}
	b.framesEnter(d)
	b.get("/rps/dinfo.cgi?CorePGTAG=13")
	b.has("69.04")
	list := "/rps/ckeylist.cgi?Flag=Init_Data&PageFlag=c_keylist.tpl"
	b.get(list)
	b.has("[TLS] [IEEE 802.1X]")
	b.get("/rps/ckeylist.cgi?Flag=Init_Data&PageFlag=c_keydetail.tpl&KeyID=1")
	b.has("RSA 2048 bit")
	b.get("/rps/ckeygen.cgi?Flag=Init_Data&PageFlag=c_keynet.tpl")
	v := b.form()
	v.Set("KeyName", "new1")
	b.post("/rps/ckeygen.cgi", v)
	b.has("new1")
	id := b.find(`KeyID=(\d+)[^>]*>new1`)
	for _, p := range []string{"ctls.cgi?Flag=Init_Data&PageFlag=c_tls.tpl", "c8021x.cgi?Flag=Init_Data&PageFlag=c_8021x.tpl", "cipsec.cgi?Flag=Init_Data&PageFlag=c_ike.tpl&No=1"} {
		cgi, _, _ := strings.Cut(p, "?")
		b.get("/rps/" + p)
		v := b.form()
		v.Set("Flag", "Temp_Data")
		b.post("/rps/"+cgi, v)
		b.has("useKey('" + id + "')")
		v = b.form()
		v.Set("KeyID", id)
		b.post("/rps/"+cgi, v)
		b.has("<td>new1</td>")
		b.post("/rps/"+cgi, b.form())
	}
	if served(t, d) != old {
		t.Error("TLS key changed before the restart")
	}
	wantUses(t, d, "new1")
	b.get("/rps/creboot.cgi?Flag=Init_Data&PageFlag=c_reboot.tpl")
	b.post("/rps/creboot.cgi", b.form())
	waitRestart(t, d, 1)
	if got := served(t, d); got != state(t, d, "new1").SPKI {
		t.Error("new key is not served after the restart")
	}
	wantUses(t, d, "new1", "TLS", "IEEE 802.1X", "IPSec BranchVPN")
	b.get(list)
	b.has("session has expired")
	b.framesEnter(d)
	for _, k := range []string{"1", "2"} {
		b.get(list)
		v := b.form()
		v.Set("KeyID", k)
		b.post("/rps/ckeylist.cgi", v)
	}
	finish(t, d, b, "NetKey1", "VpnKey")
}

func TestFramesViolations(t *testing.T) {
	t.Parallel()
	visit(t, "iradv-c255-frames", testFramesViolations)
}

func testFramesViolations(t *testing.T, d *Device, b *browser) {
	for range 2 {
		b.get("/")
		v := b.form()
		v.Set("deptid", "1")
		v.Set("password", "2")
		b.post("/login", v)
		b.has("Default Authentication")
	}
	b.get("/")
	v := b.form()
	v.Set("deptid", d.Credentials().DepartmentID)
	v.Set("password", d.Credentials().Password)
	b.post("/login", v)
	b.get("/rps/ckeylist.cgi?Flag=Init_Data&PageFlag=c_keylist.tpl")
	b.has("Cannot open this page")
	b.get("/usermode")
	b.get("/rps/ckeylist.cgi?Flag=Init_Data&PageFlag=c_keylist.tpl")
	v = b.form()
	v.Set("KeyID", "1")
	b.post("/rps/ckeylist.cgi", v)
	b.has("in use")
	b.get("/rps/c8021x.cgi?Flag=Init_Data&PageFlag=c_8021x.tpl")
	v = b.form()
	v.Del("EapId")
	b.post("/rps/c8021x.cgi", v)
	d.Close()
	want := []string{"refused credential", "page out of order", "deletion of a key in use", "other settings changed: 1x: login was dropped", "session not logged out"}
	got := d.Violations()
	if len(got) != len(want) {
		t.Fatalf("%q", got)
	}
	for i, w := range want {
		if !strings.HasPrefix(got[i], w) {
			t.Errorf("%q, want %q", got[i], w)
		}
	}
}
