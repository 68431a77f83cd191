package otherdevice

import "time"

// modern is a machine of 2021: buttons with listeners, labels with for,
// fieldsets, lists built from JSON with innerHTML, dates in three parts,
// pages that ask back instead of confirm(), RSA challenge, Referer needed.
var modern = &style{
	name: "modern", model: "iR-ADV C5870", version: "18.05",
	login:       challengeLogin,
	credentials: Credentials{UserName: "Administrator", Password: "Tr0ub4dor&3 雨"},
	tokens:      true,
	referer:     true,
	showsBound:  true,
	slow:        300 * time.Millisecond,
	dates:       "2006/01/02",
	params:      []string{"CorePGTAG", "PageFlag", "Flag"},
	factory:     factory{tlsKey: "rui", ecKey: "ike2022", imported: "importedFromCA", ecUses: []string{useIPSec}},
	words:       map[string]string{useSignature: "裝置簽章"},
	texts:       textsZH,
	routes: map[string]route{
		"GET /rps/nativetop.cgi":                       {page: "settings", after: []string{"portal"}},
		"GET /rps/nativetop.cgi PGTAG_DEV_STAT":        {page: "status", after: []string{"portal"}},
		"GET /rps/nativetop.cgi PGTAG_CONF_ENV_PAP":    {page: "settings", after: []string{"portal"}},
		"GET /rps/job_list.cgi j_list.tpl Init_Data":   {page: "status", after: []string{"status"}},
		"GET /rps/dev_err.cgi d_err.tpl Init_Data":     {page: "status", after: []string{"status"}},
		"GET /rps/dev_info.cgi d_info.tpl Init_Data":   {page: "info", after: []string{"status"}},
		"GET /rps/pref_disp.cgi p_disp.tpl Init_Data":  {page: "other", after: []string{"settings"}},
		"GET /rps/data_menu.cgi m_data.tpl Init_Data":  {page: "other", after: []string{"settings"}},
		"GET /rps/mgmt_menu.cgi m_menu.tpl Init_Data":  {page: "device", after: []string{"settings"}},
		"GET /rps/user_certs.cgi v_user.tpl Init_Data": {page: "other", after: []string{"device"}},
		"GET /rps/ca_store.cgi v_ca.tpl Init_Data":     {page: "other", after: []string{"device"}},
		"GET /rps/net_menu.cgi n_menu.tpl Init_Data":   {page: "network", after: []string{"settings"}},
		"GET /rps/net_ip.cgi n_ip.tpl Init_Data":       {page: "other", after: []string{"network"}},
		"GET /rps/net_wifi.cgi n_wifi.tpl Init_Data":   {page: "other", after: []string{"network"}},

		"GET /rps/cert_store.cgi v_store.tpl Init_Data": {page: "keys", after: []string{"device"}},
		"GET /rps/cert_view.cgi v_cert.tpl Init_Data":   {page: "detail", after: []string{"keys"}, do: show("entry")},
		"GET /rps/cert_view.cgi v_check.tpl Init_Data":  {page: "other", after: []string{"detail"}},
		"POST /rps/cert_store.cgi v_ask.tpl Html_Data":  {page: "askdelete", after: []string{"keys"}, write: true, do: choose("target")},
		"POST /rps/cert_store.cgi v_ask.tpl Clear_Data": {page: "keys", after: []string{"askdelete"}, write: true, do: erase("target")},
		"GET /rps/cert_new.cgi v_kind.tpl Init_Data":    {page: "genmenu", after: []string{"keys"}},
		"GET /rps/cert_new.cgi v_net.tpl Init_Data":     {page: "genform", after: []string{"genmenu"}},
		"GET /rps/cert_new.cgi v_csr.tpl Init_Data":     {page: "other", after: []string{"genmenu"}},
		"GET /rps/cert_new.cgi v_sig.tpl Init_Data":     {page: "other", after: []string{"genmenu"}},
		"POST /rps/cert_new.cgi v_net.tpl Exec_Data":    {page: "confirm", after: []string{"genform"}, write: true, do: modernCheck},
		"POST /rps/cert_new.cgi v_make.tpl Exec_Data":   {page: "wait", after: []string{"confirm"}, write: true, do: func(v *visit) string { return v.make(modernForm(v), "genform", "wait") }},
		"GET /rps/cert_wait.cgi v_wait.tpl Init_Data":   {page: "wait", after: []string{"wait"}, do: whenReady("keys")},

		"GET /rps/net_tls.cgi n_tls.tpl Init_Data":   {page: "tls", after: []string{"network"}},
		"GET /rps/net_tls.cgi n_keys.tpl Init_Data":  {page: "tlskeys", after: []string{"tls"}},
		"POST /rps/net_tls.cgi n_keys.tpl Exec_Data": {page: "tls", after: []string{"tlskeys"}, write: true, do: bind("entry")},
		"GET /rps/reflect.cgi r_ask.tpl Init_Data":   {page: "askrestart", after: []string{"settings"}},
		"POST /rps/reflect.cgi r_go.tpl Exec_Data":   {page: "restart", after: []string{"askrestart"}, write: true, do: apply},
	},
}

// modernCheck looks at the form before the page that asks back.
func modernCheck(v *visit) string {
	v.view.In = v.form
	if v.refuse(v.d.check(modernForm(v))) {
		return "genform"
	}
	return ""
}

func modernForm(v *visit) keyForm {
	g := v.form.Get
	f := keyForm{
		name: g("label"), hash: g("digest"), kind: "RSA", size: g("length"),
		start: dateOf(g("startY"), g("startM"), g("startD")), end: dateOf(g("endY"), g("endM"), g("endD")),
		country: g("country"), state: g("province"), city: g("locality"), org: g("org"), unit: g("unit"), cn: g("common"),
	}
	if g("algorithm") == "ec" {
		f.kind, f.size = "ECDSA", g("curve")
	}
	return f
}
