package otherdevice

import (
	"strings"
	"time"
)

// english is a machine without scripts to speak of: plain links, links for
// buttons, labels as text right before the field, a waiting page by meta
// refresh, the link to apply only while a change is pending, and a usage
// column whose heading is in no list. User name with a login destination.
var english = &style{
	name: "english", model: "iR-ADV C356 III", version: "38.02",
	login:       userLogin,
	credentials: Credentials{UserName: "admin", Password: "plain+English 7"},
	tokens:      true,
	slow:        700 * time.Millisecond,
	dates:       "2006 01/02",
	params:      []string{"CorePGTAG", "PageFlag", "Flag"},
	tail:        "\n<!-- end -->\n",
	factory: factory{tlsKey: "EastWing", ecKey: "dot1xEC", imported: "WildcardPFX",
		ecUses: []string{use8021X, useIPSec}, amsUses: []string{useAccess}},
	texts: textsEN,
	routes: map[string]route{
		"GET /rps/nativetop.cgi":                     {page: "status", after: []string{"portal"}},
		"GET /rps/nativetop.cgi PGTAG_DEV_STAT":      {page: "status", after: []string{"portal"}},
		"GET /rps/nativetop.cgi PGTAG_BOX_USER":      {page: "other", after: []string{"portal"}},
		"GET /rps/nativetop.cgi PGTAG_CONF_ENV_PAP":  {page: "settings", after: []string{"portal"}},
		"GET /rps/st.cgi st_job.tpl Init_Data":       {page: "status", after: []string{"status"}},
		"GET /rps/st.cgi st_info.tpl Init_Data":      {page: "info", after: []string{"status"}},
		"GET /rps/pref.cgi pr_vol.tpl Init_Data":     {page: "other", after: []string{"settings"}},
		"GET /rps/lic.cgi li_top.tpl Init_Data":      {page: "other", after: []string{"settings"}},
		"GET /rps/dm.cgi dm_top.tpl Init_Data":       {page: "device", after: []string{"settings"}},
		"GET /rps/kn_user.cgi ku_list.tpl Init_Data": {page: "other", after: []string{"device"}},
		"GET /rps/kn_ca.cgi ka_list.tpl Init_Data":   {page: "other", after: []string{"device"}},
		"GET /rps/scp.cgi sc_top.tpl Init_Data":      {page: "other", after: []string{"device"}},
		"GET /rps/nw.cgi nw_top.tpl Init_Data":       {page: "network", after: []string{"settings"}},
		"GET /rps/nw.cgi nw_ip.tpl Init_Data":        {page: "other", after: []string{"network"}},
		"GET /rps/nw.cgi nw_dot1x.tpl Init_Data":     {page: "dot1x", after: []string{"network"}},

		"GET /rps/knc.cgi kn_list.tpl Init_Data":  {page: "keys", after: []string{"device"}},
		"GET /rps/knc.cgi kn_prop.tpl Init_Data":  {page: "detail", after: []string{"keys"}, do: show("k")},
		"POST /rps/knc.cgi kn_ask.tpl Clear_Data": {page: "askdelete", after: []string{"keys"}, write: true, do: choose("k")},
		"POST /rps/knc.cgi kn_list.tpl Exec_Data": {page: "keys", after: []string{"askdelete"}, write: true, do: erase("k")},
		"GET /rps/knc.cgi kn_kind.tpl Init_Data":  {page: "genmenu", after: []string{"keys"}},
		"GET /rps/kgn.cgi kg_net.tpl Init_Data":   {page: "genform", after: []string{"genmenu"}},
		"GET /rps/kgn.cgi kg_csr.tpl Init_Data":   {page: "other", after: []string{"genmenu"}},
		"GET /rps/kgn.cgi kg_sig.tpl Init_Data":   {page: "other", after: []string{"genmenu"}},
		"POST /rps/kgn.cgi kg_net.tpl Exec_Data":  {page: "wait", after: []string{"genform"}, write: true, do: englishGenerate},
		"GET /rps/kgn.cgi kg_wait.tpl Init_Data":  {page: "wait", after: []string{"wait"}, do: whenReady("keys")},

		"GET /rps/nw.cgi nw_tls.tpl Init_Data":     {page: "tls", after: []string{"network"}},
		"GET /rps/nw.cgi nw_tlskey.tpl Init_Data":  {page: "tlskeys", after: []string{"tls"}},
		"POST /rps/nw.cgi nw_tlskey.tpl Exec_Data": {page: "tls", after: []string{"tlskeys"}, write: true, do: bind("k")},
		"GET /rps/ap.cgi ap_ask.tpl Init_Data":     {page: "askrestart", after: []string{"settings"}},
		"POST /rps/ap.cgi ap_go.tpl Exec_Data":     {page: "restart", after: []string{"askrestart"}, write: true, do: apply},
	},
}

// textsEN words refusals in English.
var textsEN = map[refusal]string{
	badName: "The key name is not correct. Use alphanumeric characters.", nameTaken: "The key name is already registered.",
	badHash: "The signature algorithm cannot be used with this key length.", badDates: "The validity dates are not correct.",
	badSubject: "Incorrect characters are entered.", badKind: "Could not generate the key.", storeFull: "No more keys can be registered.",
	keyInUse: "The key is in use and cannot be deleted.", keyFixed: "This key cannot be selected.", noSuchKey: "Select a key.",
	noLogin: "The user name or the password is not correct.",
}

func englishGenerate(v *visit) string {
	g := v.form.Get
	f := keyForm{
		name: g("keyname"), hash: strings.ToUpper(g("hash")), kind: "RSA", size: strings.TrimSuffix(g("rsalen"), " bit"),
		start: dateOf(g("from")), end: dateOf(g("to")), country: g("csel"),
		state: g("st"), city: g("ct"), org: g("o"), unit: g("ou"), cn: g("cname"),
	}
	if g("cmode") == "1" {
		f.country = g("ccode")
	}
	if g("keyalg") == "ecdsa" {
		f.kind, f.size = "ECDSA", g("eclen")
	}
	return v.make(f, "genform", "wait")
}
