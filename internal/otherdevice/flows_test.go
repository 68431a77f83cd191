package otherdevice_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/url"
	"regexp"

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
	kind          func(*browser) // posts instead of opening a page; nil if none
	form          []string       // from the details to the generation form
	generate      string
	values        url.Values
	confirm       func(*browser) // answers the page that asks back; nil if none
	wait          string         // page to reload until the key is listed
	list          string
	picks         []string // from the key list to the list with [使用]
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
		list:  "/rps/ckcl.cgi?Flag=Init_Data&PageFlag=c_kcl.tpl",
		picks: []string{"/rps/cnwk.cgi?Flag=Init_Data&PageFlag=c_nwktop.tpl", "/rps/ctls.cgi?Flag=Init_Data&PageFlag=c_tlstop.tpl", "/rps/ctls.cgi?Flag=Init_Data&PageFlag=c_tlskey.tpl"},
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
		wait:  "/rps/kclist.cgi?Flag=Init_Data&PageFlag=d_kcl.tpl",
		list:  "/rps/kclist.cgi?Flag=Init_Data&PageFlag=d_kcl.tpl",
		picks: []string{"/rps/cntop.cgi?Flag=Init_Data&PageFlag=c_ntop.tpl", "/rps/ctlsset.cgi?Flag=Init_Data&PageFlag=c_tl.tpl", "/rps/ctlsset.cgi?Flag=Init_Data&PageFlag=c_tlk.tpl"},
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
	"modern": {
		weak: "rui", version: `["控制器", "18.05"]`,
		login: challengeLogin,
		info:  []string{native + "PGTAG_DEV_STAT", "/rps/dev_info.cgi?Flag=Init_Data&PageFlag=d_info.tpl"},
		keys:  []string{native + "PGTAG_CONF_ENV_PAP", "/rps/mgmt_menu.cgi?Flag=Init_Data&PageFlag=m_menu.tpl", "/rps/cert_store.cgi?Flag=Init_Data&PageFlag=v_store.tpl"},
		detail: func(slot string) string {
			return "/rps/cert_view.cgi?Flag=Init_Data&PageFlag=v_cert.tpl&entry=" + slot
		},
		form:     []string{"/rps/cert_new.cgi?Flag=Init_Data&PageFlag=v_kind.tpl", "/rps/cert_new.cgi?Flag=Init_Data&PageFlag=v_net.tpl"},
		generate: "/rps/cert_new.cgi",
		values:   modernKey("v_net.tpl"),
		confirm:  func(b *browser) { b.post("/rps/cert_new.cgi", modernKey("v_make.tpl")) },
		wait:     "/rps/cert_wait.cgi?Flag=Init_Data&PageFlag=v_wait.tpl",
		list:     "/rps/cert_store.cgi?Flag=Init_Data&PageFlag=v_store.tpl",
		picks:    []string{"/rps/net_menu.cgi?Flag=Init_Data&PageFlag=n_menu.tpl", "/rps/net_tls.cgi?Flag=Init_Data&PageFlag=n_tls.tpl", "/rps/net_tls.cgi?Flag=Init_Data&PageFlag=n_keys.tpl"},
		bind: func(b *browser) {
			b.post("/rps/net_tls.cgi", url.Values{"Flag": {"Exec_Data"}, "PageFlag": {"n_keys.tpl"}, "entry": {"6"}, "Token": {""}})
			b.wants("rknew1", "套用設定變更")
		},
		apply: func(b *browser) {
			b.get("/rps/reflect.cgi?Flag=Init_Data&PageFlag=r_ask.tpl")
			b.post("/rps/reflect.cgi", url.Values{"Flag": {"Exec_Data"}, "PageFlag": {"r_go.tpl"}, "Token": {""}})
		},
		erase: func(b *browser) {
			b.post("/rps/cert_store.cgi", url.Values{"Flag": {"Html_Data"}, "PageFlag": {"v_ask.tpl"}, "target": {"3"}, "Token": {""}})
			b.post("/rps/cert_store.cgi", url.Values{"Flag": {"Clear_Data"}, "PageFlag": {"v_ask.tpl"}, "target": {"3"}, "Token": {""}})
		},
	},
	"english": {
		weak: "EastWing", version: "38.02",
		login:    userLogin,
		info:     []string{native + "PGTAG_DEV_STAT", "/rps/st.cgi?Flag=Init_Data&PageFlag=st_info.tpl"},
		keys:     []string{native + "PGTAG_CONF_ENV_PAP", "/rps/dm.cgi?Flag=Init_Data&PageFlag=dm_top.tpl", "/rps/knc.cgi?Flag=Init_Data&PageFlag=kn_list.tpl"},
		detail:   func(slot string) string { return "/rps/knc.cgi?Flag=Init_Data&PageFlag=kn_prop.tpl&k=" + slot },
		form:     []string{"/rps/knc.cgi?Flag=Init_Data&PageFlag=kn_kind.tpl", "/rps/kgn.cgi?Flag=Init_Data&PageFlag=kg_net.tpl"},
		generate: "/rps/kgn.cgi",
		values: url.Values{"Flag": {"Exec_Data"}, "PageFlag": {"kg_net.tpl"}, "keyname": {"rknew1"}, "hash": {"sha256"}, "keyalg": {"rsa"}, "rsalen": {"2048 bit"},
			"from": {"2026/01/01"}, "to": {"2027/01/01"}, "cmode": {"1"}, "ccode": {"GB"}, "cname": {"127.0.0.1"}, "Token": {""}},
		wait:  "/rps/kgn.cgi?Flag=Init_Data&PageFlag=kg_wait.tpl",
		list:  "/rps/knc.cgi?Flag=Init_Data&PageFlag=kn_list.tpl",
		picks: []string{"/rps/nw.cgi?Flag=Init_Data&PageFlag=nw_top.tpl", "/rps/nw.cgi?Flag=Init_Data&PageFlag=nw_tls.tpl", "/rps/nw.cgi?Flag=Init_Data&PageFlag=nw_tlskey.tpl"},
		bind: func(b *browser) {
			b.post("/rps/nw.cgi", url.Values{"Flag": {"Exec_Data"}, "PageFlag": {"nw_tlskey.tpl"}, "k": {"6"}, "Token": {""}})
			b.wants("rknew1")
		},
		apply: func(b *browser) {
			b.get("/", native+"PGTAG_CONF_ENV_PAP")
			b.wants("Apply Setting Changes")
			b.get("/rps/ap.cgi?Flag=Init_Data&PageFlag=ap_ask.tpl")
			b.post("/rps/ap.cgi", url.Values{"Flag": {"Exec_Data"}, "PageFlag": {"ap_go.tpl"}, "Token": {""}})
		},
		erase: func(b *browser) {
			b.post("/rps/knc.cgi", url.Values{"Flag": {"Clear_Data"}, "PageFlag": {"kn_ask.tpl"}, "k": {"3"}, "Token": {""}})
			b.post("/rps/knc.cgi", url.Values{"Flag": {"Exec_Data"}, "PageFlag": {"kn_list.tpl"}, "k": {"3"}, "Token": {""}})
		},
	},
	"japanese": {
		weak: "fukugoki2020", version: "18.11",
		login: func(b *browser, d *otherdevice.Device) {
			b.get("/")
			b.wants("設定/登録")
		},
		info:   []string{native + "PGTAG_DEV_STAT", "/rps/joho.cgi?Flag=Init_Data&PageFlag=jh.tpl"},
		keys:   []string{native + "PGTAG_CONF_ENV_PAP", "/rps/kanri.cgi?Flag=Init_Data&PageFlag=kr.tpl", "/rps/kagi.cgi?Flag=Init_Data&PageFlag=kg.tpl"},
		detail: func(slot string) string { return "/rps/kagi.cgi?Flag=Init_Data&PageFlag=shosai.tpl&bango=" + slot },
		kind: func(b *browser) {
			b.get("/rps/kagi.cgi?Flag=Init_Data&PageFlag=kg.tpl")
			b.post("/rps/kagi.cgi", url.Values{"Flag": {"Exec_Data"}, "cmd": {"鍵生成"}, "Token": {""}})
		},
		form:     []string{"/rps/seisei.cgi?Flag=Init_Data&PageFlag=nw.tpl"},
		generate: "/rps/seisei.cgi",
		values: url.Values{"Flag": {"Exec_Data"}, "PageFlag": {"nw.tpl"}, "namae": {"rknew1"}, "shomei": {"256"}, "hoshiki": {"R"}, "nagasa": {"2048"},
			"kaishi": {"2026/01/01"}, "shuryo": {"2027/01/01"}, "kuni": {"l"}, "kunimei": {"JP"}, "kyotsu": {"127.0.0.1"}, "Token": {""}},
		wait:  "/rps/kagi.cgi?Flag=Init_Data&PageFlag=kg.tpl",
		list:  "/rps/kagi.cgi?Flag=Init_Data&PageFlag=kg.tpl",
		picks: []string{"/rps/nettowaku.cgi?Flag=Init_Data&PageFlag=nt.tpl", "/rps/tls.cgi?Flag=Init_Data&PageFlag=tl.tpl", "/rps/tls.cgi?Flag=Init_Data&PageFlag=kagi.tpl"},
		bind: func(b *browser) {
			b.post("/rps/tls.cgi", url.Values{"Flag": {"Exec_Data"}, "PageFlag": {"kagi.tpl"}, "erabu": {"6"}, "Token": {""}})
			b.wants("rknew1", "設定の反映")
		},
		apply: func(b *browser) {
			b.post("/rps/hanei.cgi", url.Values{"Flag": {"Exec_Data"}, "Token": {""}})
		},
		erase: func(b *browser) {
			b.post("/rps/kagi.cgi", url.Values{"Flag": {"Exec_Data"}, "cmd": {"削除"}, "kagi": {"s3"}, "Token": {""}})
		},
	},
}

func modernKey(page string) url.Values {
	return url.Values{"Flag": {"Exec_Data"}, "PageFlag": {page}, "label": {"rknew1"}, "digest": {"SHA256"}, "algorithm": {"rsa"}, "length": {"2048"},
		"startY": {"2026"}, "startM": {"1"}, "startD": {"1"}, "endY": {"2027"}, "endM": {"1"}, "endD": {"1"}, "how": {"list"}, "country": {"TW"}, "common": {"127.0.0.1"}, "Token": {""}}
}

// userLogin is the login with user name and password, in clear over TLS.
func userLogin(b *browser, d *otherdevice.Device) {
	b.get("/")
	b.wants("userID")
	b.post("/login", url.Values{"uri": {"%2F"}, "userID": {d.User()}, "password": {d.Password()}})
}

var (
	challenge = regexp.MustCompile(`name="CHALLENGE" value="([^"]+)"`)
	publicKey = regexp.MustCompile(`name="PK" value="([^"]+)"`)
)

// challengeLogin encrypts password and challenge with the key in the form.
func challengeLogin(b *browser, d *otherdevice.Device) {
	page := b.get("/")
	nonce := challenge.FindStringSubmatch(page)[1]
	block, _ := pem.Decode([]byte(publicKey.FindStringSubmatch(page)[1]))
	pub, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		b.t.Fatal(err)
	}
	//lint:ignore SA1019 the padding is what the real login form uses
	cipher, err := rsa.EncryptPKCS1v15(rand.Reader, pub.(*rsa.PublicKey), []byte(d.Password()+nonce))
	if err != nil {
		b.t.Fatal(err)
	}
	b.post("/login", url.Values{"USERNAME": {d.User()}, "PASSWORD": {base64.StdEncoding.EncodeToString(cipher)}, "PASSWORD_T": {""}, "CHALLENGE": {nonce}, "URI": {"/"}, "DOMAIN": {"localhost"}})
	b.wants("狀態確認/取消")
}
