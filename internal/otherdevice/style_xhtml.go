package otherdevice

// xhtml is a machine of 2013: nested layout tables, labels in the cell to the
// left, font tags, links that fill the third form of the page, pictures for
// buttons, no Token, department ID.
var xhtml = &style{
	name: "xhtml", model: "iR-ADV 4545", version: "67.42",
	login:       departmentLogin,
	credentials: Credentials{DepartmentID: "7654321", Password: "20130415"},
	dates:       "2006/01/02",
	params:      []string{"CorePGTAG", "PageFlag", "Flag"},
	tail:        "\x00",
	factory:     factory{tlsKey: "mfp3f2019", ecKey: "wlanEC", imported: "corpP12", ecUses: []string{useIPSec}},
	words:       map[string]string{useSignature: "裝置簽章"},
	texts:       textsZH,
	routes: map[string]route{
		"GET /sysmonitor/": {page: "monitor", after: []string{"portal"}, to: nativeTop + "?RUIPNxBundle=&CorePGTAG=PGTAG_DEV_STAT&Dummy="},
		"GET /sysmonitor":  {page: "monitor", after: []string{"portal"}, to: nativeTop + "?RUIPNxBundle=&CorePGTAG=PGTAG_DEV_STAT&Dummy="},
		"GET /usermode":    {page: "usermode", after: []string{"portal"}, to: nativeTop + "?RUIPNxBundle=&CorePGTAG=PGTAG_CONF_ENV_PAP&Dummy="},

		"GET /rps/nativetop.cgi":                     {page: "status", after: []string{"portal"}},
		"GET /rps/nativetop.cgi PGTAG_DEV_STAT":      {page: "status", after: []string{"portal"}},
		"GET /rps/nativetop.cgi PGTAG_CONF_ENV_PAP":  {page: "settings", after: []string{"portal"}},
		"GET /rps/jstatpri.cgi 1":                    {page: "status", after: []string{"status"}},
		"GET /rps/dstatus.cgi 11":                    {page: "status", after: []string{"status"}},
		"GET /rps/dinfo.cgi 13":                      {page: "info", after: []string{"status"}},
		"GET /rps/dcounter.cgi 14":                   {page: "status", after: []string{"status"}},
		"GET /rps/cpaper.cgi c_paper.tpl Init_Data":  {page: "settings", after: []string{"settings"}},
		"GET /rps/clic.cgi c_lictop.tpl Init_Data":   {page: "other", after: []string{"settings"}},
		"GET /rps/cdvm.cgi c_dvmtop.tpl Init_Data":   {page: "device", after: []string{"settings"}},
		"GET /rps/cdvi.cgi c_dvinfo.tpl Init_Data":   {page: "other", after: []string{"device"}},
		"GET /rps/cukc.cgi c_ukcl.tpl Init_Data":     {page: "other", after: []string{"device"}},
		"GET /rps/ccac.cgi c_cacl.tpl Init_Data":     {page: "other", after: []string{"device"}},
		"GET /rps/cscep.cgi c_sceptop.tpl Init_Data": {page: "other", after: []string{"device"}},
		"GET /rps/cnwk.cgi c_nwktop.tpl Init_Data":   {page: "network", after: []string{"settings"}},
		"GET /rps/ctcp.cgi c_tcpip.tpl Init_Data":    {page: "other", after: []string{"network"}},
		"GET /rps/cdot1x.cgi c_dot1x.tpl Init_Data":  {page: "8021x", after: []string{"network"}},
		"GET /rps/cbt.cgi c_bt.tpl Init_Data":        {page: "bluetooth", after: []string{"network"}},

		"GET /rps/ckcl.cgi c_kcl.tpl Init_Data":     {page: "keys", after: []string{"device"}},
		"GET /rps/ckcl.cgi c_kcdet.tpl Init_Data":   {page: "detail", after: []string{"keys"}, do: show("KcNo")},
		"POST /rps/ckcl.cgi c_kcl.tpl Exec_Data":    {page: "keys", after: []string{"keys"}, write: true, do: erase("ck")},
		"GET /rps/ckgen.cgi c_kgmenu.tpl Init_Data": {page: "genmenu", after: []string{"keys"}},
		"GET /rps/ckgen.cgi c_kgnet.tpl Init_Data":  {page: "genform", after: []string{"genmenu"}},
		"GET /rps/ckgen.cgi c_kgcsr.tpl Init_Data":  {page: "other", after: []string{"genmenu"}},
		"GET /rps/ckgen.cgi c_kgsig.tpl Init_Data":  {page: "other", after: []string{"genmenu"}},
		"POST /rps/ckgen.cgi c_kgnet.tpl Exec_Data": {page: "keys", after: []string{"genform"}, write: true, do: xhtmlGenerate},

		"GET /rps/ctls.cgi c_tlstop.tpl Init_Data":       {page: "tls", after: []string{"network"}},
		"GET /rps/ctls.cgi c_tlskey.tpl Init_Data":       {page: "tlskeys", after: []string{"tls"}},
		"POST /rps/ctls.cgi c_tlskey.tpl Exec_Data":      {page: "tls", after: []string{"tlskeys"}, write: true, do: bind("pick")},
		"POST /rps/creflect.cgi c_reflect.tpl Exec_Data": {page: "restart", after: []string{"settings"}, write: true, do: apply},
	},
}

// textsZH words refusals in Chinese.
var textsZH = map[refusal]string{
	badName: "鍵值名稱不正確。請使用英數字元。", nameTaken: "鍵值名稱已經註冊。", badHash: "此鍵值長度無法使用所選的簽章演算法。",
	badDates: "有效期不正確。", badSubject: "輸入的字元不正確。", badKind: "無法生成鍵值。", storeFull: "無法再註冊鍵值。",
	keyInUse: "鍵值正在使用中，無法刪除。", keyFixed: "無法選擇此鍵值。", noSuchKey: "請選擇鍵值。", noLogin: "識別碼或密碼不正確。",
}

func xhtmlGenerate(v *visit) string {
	g := v.form.Get
	f := keyForm{
		name: g("kg_nm"), hash: map[string]string{"4": "SHA256", "5": "SHA384", "6": "SHA512"}[g("kg_sg")],
		start: dateOf(g("kg_vs")), end: dateOf(g("kg_ve")), country: g("kg_cl"),
		state: g("kg_st"), city: g("kg_ci"), org: g("kg_og"), unit: g("kg_ou"), cn: g("kg_cn"),
	}
	if g("kg_cs") == "c" {
		f.country = g("kg_cc")
	}
	if f.kind, f.size = "RSA", map[string]string{"0": "512", "1": "1024", "2": "2048", "3": "4096"}[g("kg_rl")]; g("kg_al") == "1" {
		f.kind, f.size = "ECDSA", map[string]string{"0": "P256", "1": "P384", "2": "P521"}[g("kg_et")]
	}
	return v.make(f, "genform", "keys")
}
