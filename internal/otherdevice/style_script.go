package otherdevice

import (
	"strconv"
	"strings"
	"time"
)

// script is a machine whose pages are data: an external script writes rows
// piece by piece and makes the buttons, visible forms are copied into hidden
// ones, and the Token stands in a variable and in addresses. User name.
var script = &style{
	name: "script", model: "iR-ADV C5560 III", version: "37.41",
	login:       userLogin,
	credentials: Credentials{UserName: "Administrator", Password: "s3cret&pass"},
	tokens:      true,
	slow:        400 * time.Millisecond,
	dates:       "2006/01/02",
	params:      []string{"CorePGTAG", "PageFlag", "Flag"},
	factory:     factory{tlsKey: "TLSKEY01", ecKey: "ec8021x", imported: "PurchasedRSA", ecUses: []string{use8021X}},
	words:       map[string]string{useSignature: "裝置簽章"},
	texts:       textsZH,
	routes: map[string]route{
		"GET /rps/nativetop.cgi":                    {page: "status", after: []string{"portal"}},
		"GET /rps/nativetop.cgi PGTAG_DEV_STAT":     {page: "status", after: []string{"portal"}},
		"GET /rps/nativetop.cgi PGTAG_ADR_USR":      {page: "other", after: []string{"portal"}},
		"GET /rps/nativetop.cgi PGTAG_CONF_ENV_PAP": {page: "settings", after: []string{"portal"}},
		"GET /rps/jobs.cgi d_jobs.tpl Init_Data":    {page: "status", after: []string{"status"}},
		"GET /rps/devinfo.cgi d_inf.tpl Init_Data":  {page: "info", after: []string{"status"}},
		"GET /rps/count.cgi d_cnt.tpl Init_Data":    {page: "status", after: []string{"status"}},
		"GET /rps/cpower.cgi c_power.tpl Init_Data": {page: "other", after: []string{"settings"}},
		"GET /rps/cuser.cgi c_user.tpl Init_Data":   {page: "other", after: []string{"settings"}},
		"GET /rps/cdtop.cgi c_dtop.tpl Init_Data":   {page: "device", after: []string{"settings"}},
		"GET /rps/cuk.cgi c_uk.tpl Init_Data":       {page: "other", after: []string{"device"}},
		"GET /rps/csm.cgi c_smc.tpl Init_Data":      {page: "other", after: []string{"device"}},
		"GET /rps/cntop.cgi c_ntop.tpl Init_Data":   {page: "network", after: []string{"settings"}},
		"GET /rps/cip.cgi c_ip.tpl Init_Data":       {page: "other", after: []string{"network"}},

		"GET /rps/kclist.cgi d_kcl.tpl Init_Data":  {page: "keys", after: []string{"device"}},
		"GET /rps/kcprop.cgi d_kcp.tpl Init_Data":  {page: "detail", after: []string{"keys"}, do: show("Slot")},
		"POST /rps/kcdel.cgi d_kcl.tpl Exec_Data":  {page: "keys", after: []string{"keys"}, write: true, do: scriptDelete},
		"GET /rps/kgsel.cgi d_kgs.tpl Init_Data":   {page: "genmenu", after: []string{"keys"}},
		"GET /rps/kgnew.cgi d_kgn.tpl Init_Data":   {page: "genform", after: []string{"genmenu"}},
		"GET /rps/kgnew.cgi d_kgc.tpl Init_Data":   {page: "other", after: []string{"genmenu"}},
		"GET /rps/kgnew.cgi d_kgd.tpl Init_Data":   {page: "other", after: []string{"genmenu"}},
		"POST /rps/kgexec.cgi d_kgn.tpl Exec_Data": {page: "wait", after: []string{"genform"}, write: true, do: scriptGenerate},
		"POST /rps/kgwait.cgi d_kgw.tpl Html_Data": {page: "wait", after: []string{"wait"}, do: whenReady("keys")},

		"GET /rps/ctlsset.cgi c_tl.tpl Init_Data":    {page: "tls", after: []string{"network"}},
		"GET /rps/ctlsset.cgi c_tlk.tpl Init_Data":   {page: "tlskeys", after: []string{"tls"}},
		"POST /rps/ctlsexec.cgi c_tlk.tpl Exec_Data": {page: "tls", after: []string{"tlskeys"}, write: true, do: bind("Slot")},
		"POST /rps/creset.cgi c_rst.tpl Exec_Data":   {page: "restart", after: []string{"settings"}, write: true, do: apply},
	},
}

// scriptDelete takes the slots as one list, each followed by a comma.
func scriptDelete(v *visit) string {
	v.form["sel"] = strings.Split(strings.TrimSuffix(v.form.Get("Slots"), ","), ",")
	return erase("sel")(v)
}

func scriptGenerate(v *visit) string {
	g := func(n int) string { return v.form.Get("h_p" + strconv.Itoa(n)) }
	f := keyForm{
		name: g(1), hash: map[string]string{"1": "SHA256", "2": "SHA384", "3": "SHA512"}[g(2)],
		kind: "RSA", size: v.form.Get("h_rsabit"), start: dateOf(g(5)), end: dateOf(g(6)),
		country: g(8), state: g(10), city: g(11), org: g(12), unit: g(13), cn: g(14),
	}
	if g(7) == "1" {
		f.country = g(9)
	}
	if v.form.Get("h_alg") == "ec" {
		f.kind, f.size = "ECDSA", v.form.Get("h_ectype")
	}
	return v.make(f, "genform", "wait")
}
