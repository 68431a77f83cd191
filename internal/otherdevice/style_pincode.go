package otherdevice

import (
	"strings"
	"time"
)

// pincode is a small model in Japanese: a PIN alone, pages that lead on by
// refreshing (three of them after each change), forms without [編集], labels in
// header cells, the menu and the list of keys written by script,
// [設定の反映] only while a change is pending.
var pincode = &style{
	name: "pincode", model: "iR2425", version: "06.01",
	login:       pinLogin,
	credentials: Credentials{Password: "2500017"},
	tokens:      true,
	showsBound:  true,
	slow:        900 * time.Millisecond,
	dates:       "2006 01/02",
	params:      []string{"step"},
	factory:     factory{tlsKey: "Tokyo1", ecKey: "P384key", imported: "PkcsKey"},
	texts:       textsJA,
	routes: map[string]route{
		"GET /index.html":          {page: "tologin2"},
		"GET /d_status.html":       {page: "status", after: []string{"portal"}},
		"GET /d_info.html":         {page: "info", after: []string{"status"}},
		"GET /p_paper_select.html": {page: "settings", after: []string{"portal"}},
		"GET /p_volume.html":       {page: "other"},
		"GET /m_network.html":      {page: "network", after: []string{"settings"}},
		"GET /m_device.html":       {page: "device", after: []string{"settings"}},
		"GET /m_cert.html":         {page: "keys", after: []string{"device"}},
		"GET /m_cert_detail.html":  {page: "detail", after: []string{"keys"}, do: show("no")},
		"POST /cgi/m_cert_ask.cgi": {page: "askdelete", after: []string{"keys"}, write: true, do: choose("i7001")},
		"POST /cgi/m_cert_del.cgi": {page: "done", after: []string{"askdelete"}, write: true, do: erase("i7001")},
		"GET /m_keygen.html":       {page: "genmenu", after: []string{"keys"}},
		"GET /m_keygen_net.html":   {page: "genform", after: []string{"genmenu"}},
		"POST /cgi/m_keygen.cgi":   {page: "wait", after: []string{"genform"}, write: true, do: pincodeGenerate},
		"GET /m_keygen_wait.html":  {page: "wait", after: []string{"wait"}, do: whenReady("done")},

		"GET /m_cert_done.html 1":      {page: "done1", after: []string{"done"}},
		"GET /m_cert_done.html 2":      {page: "done2", after: []string{"done1"}},
		"GET /m_security.html":         {page: "tls", after: []string{"network"}},
		"GET /m_security_key.html":     {page: "tlskeys", after: []string{"tls"}},
		"POST /cgi/m_security_key.cgi": {page: "bound", after: []string{"tlskeys"}, write: true, do: bind("i7002")},
		"POST /cgi/restart_device.cgi": {page: "restart", after: []string{"askrestart"}, write: true, do: apply},
		"GET /restart_device.html":     {page: "askrestart", after: []string{"settings"}},
	},
}

func pincodeGenerate(v *visit) string {
	g := v.form.Get
	f := keyForm{
		name: g("i7101"), hash: g("i7102"), kind: strings.ToUpper(g("i7103")), size: g("i7104"),
		start: dateOf(strings.Split(g("i7106"), "/")...), end: dateOf(strings.Split(g("i7107"), "/")...), country: g("i7108"),
		state: g("i7110"), city: g("i7111"), org: g("i7112"), unit: g("i7113"), cn: g("i7114"),
	}
	if f.kind == "ECDSA" {
		f.size = g("i7105")
	}
	return v.make(f, "genform", "wait")
}
