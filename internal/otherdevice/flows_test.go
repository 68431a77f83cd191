package otherdevice_test

import (
	"net/url"

	"github.com/rekey-go/rekey/internal/otherdevice"
)

// flow is the TLS job in the addresses and field names of one style. Slots
// are known: the device starts with 1 to 5, 3 being the weak key in use.
type flow struct {
	weak, version string
	login         func(*browser, *otherdevice.Device)
	info          []string // from the portal to the version
	keys          []string // from the portal to the key list
	detail        func(slot string) string
	form          []string // from the details to the generation form
	generate      string
	values        url.Values
	wait          string // page to reload until the key is listed
	list          string
	select_       []string // from the key list to the list with [使用]
	bind          func(*browser)
	apply         func(*browser)
	erase         func(*browser)
}

const native = "/rps/nativetop.cgi?RUIPNxBundle=&Dummy=1&CorePGTAG="

var flows = map[string]flow{
	"xhtml": {
		weak: "mfp3f2019", version: "67.42",
		login: func(b *browser, d *otherdevice.Device) {
			b.get("/")
			b.wants("deptid")
			b.post("/login", url.Values{"uri": {"%2F"}, "deptid": {d.User()}, "password": {d.Password()}})
			b.wants("狀態確認/取消")
		},
		info: []string{"/sysmonitor/", "/rps/dinfo.cgi?CorePGTAG=13&Dummy=1"},
		keys: []string{"/usermode", "/rps/cdvm.cgi?Flag=Init_Data&PageFlag=c_dvmtop.tpl", "/rps/ckcl.cgi?Flag=Init_Data&PageFlag=c_kcl.tpl"},
		detail: func(slot string) string {
			return "/rps/ckcl.cgi?Flag=Init_Data&PageFlag=c_kcdet.tpl&KcNo=" + slot
		},
		form:     []string{"/rps/ckgen.cgi?Flag=Init_Data&PageFlag=c_kgmenu.tpl", "/rps/ckgen.cgi?Flag=Init_Data&PageFlag=c_kgnet.tpl"},
		generate: "/rps/ckgen.cgi",
		values: url.Values{"Flag": {"Exec_Data"}, "PageFlag": {"c_kgnet.tpl"}, "kg_nm": {"rknew1"}, "kg_sg": {"4"}, "kg_al": {"0"}, "kg_rl": {"2"},
			"kg_vs": {"2026/01/01"}, "kg_ve": {"2027/01/01"}, "kg_cs": {"l"}, "kg_cl": {"TW"}, "kg_cn": {"127.0.0.1"}},
		list:    "/rps/ckcl.cgi?Flag=Init_Data&PageFlag=c_kcl.tpl",
		select_: []string{"/rps/cnwk.cgi?Flag=Init_Data&PageFlag=c_nwktop.tpl", "/rps/ctls.cgi?Flag=Init_Data&PageFlag=c_tlstop.tpl", "/rps/ctls.cgi?Flag=Init_Data&PageFlag=c_tlskey.tpl"},
		bind: func(b *browser) {
			b.post("/rps/ctls.cgi", url.Values{"Flag": {"Exec_Data"}, "PageFlag": {"c_tlskey.tpl"}, "pick": {"6"}})
			b.wants("rknew1")
		},
		apply: func(b *browser) {
			b.post("/rps/creflect.cgi", url.Values{"Flag": {"Exec_Data"}, "PageFlag": {"c_reflect.tpl"}})
		},
		erase: func(b *browser) {
			b.post("/rps/ckcl.cgi", url.Values{"Flag": {"Exec_Data"}, "PageFlag": {"c_kcl.tpl"}, "ck": {"3"}})
		},
	},
	"script": {
		weak: "TLSKEY01", version: `"37.41"`,
		login:    userLogin,
		info:     []string{native + "PGTAG_DEV_STAT", "/rps/devinfo.cgi?Flag=Init_Data&PageFlag=d_inf.tpl&Token=TOKEN"},
		keys:     []string{native + "PGTAG_CONF_ENV_PAP", "/rps/cdtop.cgi?Flag=Init_Data&PageFlag=c_dtop.tpl", "/rps/kclist.cgi?Flag=Init_Data&PageFlag=d_kcl.tpl"},
		detail:   func(slot string) string { return "/rps/kcprop.cgi?Flag=Init_Data&PageFlag=d_kcp.tpl&Slot=" + slot },
		form:     []string{"/rps/kgsel.cgi?Flag=Init_Data&PageFlag=d_kgs.tpl", "/rps/kgnew.cgi?Flag=Init_Data&PageFlag=d_kgn.tpl"},
		generate: "/rps/kgexec.cgi",
		values: url.Values{"Flag": {"Exec_Data"}, "PageFlag": {"d_kgn.tpl"}, "h_p1": {"rknew1"}, "h_p2": {"1"}, "h_alg": {"rsa"}, "h_rsabit": {"2048"},
			"h_p5": {"2026/01/01"}, "h_p6": {"2027/01/01"}, "h_p7": {"1"}, "h_p9": {"TW"}, "h_p14": {"127.0.0.1"}, "Token": {""}},
		wait:    "/rps/kclist.cgi?Flag=Init_Data&PageFlag=d_kcl.tpl",
		list:    "/rps/kclist.cgi?Flag=Init_Data&PageFlag=d_kcl.tpl",
		select_: []string{"/rps/cntop.cgi?Flag=Init_Data&PageFlag=c_ntop.tpl", "/rps/ctlsset.cgi?Flag=Init_Data&PageFlag=c_tl.tpl", "/rps/ctlsset.cgi?Flag=Init_Data&PageFlag=c_tlk.tpl"},
		bind: func(b *browser) {
			b.post("/rps/ctlsexec.cgi", url.Values{"Flag": {"Exec_Data"}, "PageFlag": {"c_tlk.tpl"}, "Slot": {"6"}, "Token": {""}})
			b.wants("rknew1")
		},
		apply: func(b *browser) {
			b.get("/", native+"PGTAG_CONF_ENV_PAP")
			b.post("/rps/creset.cgi", url.Values{"Flag": {"Exec_Data"}, "PageFlag": {"c_rst.tpl"}, "Token": {""}})
		},
		erase: func(b *browser) {
			b.post("/rps/kcdel.cgi", url.Values{"Flag": {"Exec_Data"}, "PageFlag": {"d_kcl.tpl"}, "Slots": {"3,"}, "Token": {""}})
		},
	},
}

// userLogin is the login with user name and password, in clear over TLS.
func userLogin(b *browser, d *otherdevice.Device) {
	b.get("/")
	b.wants("userID")
	b.post("/login", url.Values{"uri": {"%2F"}, "userID": {d.User()}, "password": {d.Password()}})
}
