package otherdevice

import (
	"net/url"
	"time"
)

// manager is a small model in Chinese: System Manager ID and PIN, pages that
// show settings with [編輯] to their form, labels and values in blocks side by
// side, buttons that submit, a page that restarts and no [套用設定變更]. It has
// IEEE 802.1X, an IPSec policy and SIP besides TLS.
var manager = &style{
	name: "manager", model: "iR2625", version: "710.0.12",
	login:       managerLogin,
	credentials: Credentials{DepartmentID: "1234567", Password: "7004512"},
	tokens:      true,
	slow:        600 * time.Millisecond,
	dates:       "2006/01/02",
	factory:     factory{tlsKey: "Kyoku1F", ecKey: "EcSpare", imported: "FromPFX"},
	places: []place{
		{"dot1x", use8021X, "Radius2020", url.Values{"i3110": {"0", "1"}, "i3112": {"mfp-1f"}, "i3114": {"0", "1"}, "i3116": {"0"}}},
		{"ike", useIPSec, "TunnelKey", url.Values{"i3301": {"2"}, "i3302": {"480"}, "i3305": {"1"}}},
		{"sip", "SIP", "FaxKey", url.Values{"i3401": {"0", "1"}, "i3402": {"49152"}, "i3403": {"0"}, "i3404": {"0", "1"}}},
	},
	words: map[string]string{useSignature: "裝置簽章"},
	texts: textsZH,
	routes: map[string]route{
		"GET /d_joblist.html":      {page: "status", after: []string{"portal"}},
		"GET /d_info.html":         {page: "info", after: []string{"status"}},
		"GET /p_paper_select.html": {page: "settings", after: []string{"portal"}},
		"GET /p_timer.html":        {page: "other"},
		"GET /m_network.html":      {page: "network", after: []string{"settings"}},
		"GET /m_system.html":       {page: "device", after: []string{"settings"}},
		"GET /m_license.html":      {page: "other", after: []string{"settings"}},

		"GET /m_security.html":              {page: "tls", after: []string{"network"}},
		"GET /m_security_edit.html":         {page: "tlsedit", after: []string{"tls"}},
		"GET /m_security_key.html":          {page: "tlskeys", after: []string{"tlsedit"}},
		"POST /cgi/m_security_key.cgi":      {page: "tlskeys", after: []string{"tlskeys"}, write: true, do: goTo("/m_security_edit.html", bind("i5520"))},
		"GET /m_8021x.html":                 {page: "dot1x", after: []string{"network"}, do: showPlace("dot1x", false)},
		"GET /m_8021x_edit.html":            {page: "dot1xedit", after: []string{"dot1x"}, do: showPlace("dot1x", true)},
		"POST /cgi/m_8021x_edit.cgi":        {page: "dot1x", after: []string{"dot1xedit"}, write: true, do: storePlace("dot1x", "i3120", "/m_8021x_key.html", "/m_8021x.html")},
		"GET /m_8021x_key.html":             {page: "dot1xkeys", after: []string{"dot1xedit"}},
		"POST /cgi/m_8021x_key.cgi":         {page: "dot1xkeys", after: []string{"dot1xkeys"}, write: true, do: usePlace("dot1x", "i5520", "/m_8021x_edit.html")},
		"GET /m_ipsec.html":                 {page: "policies", after: []string{"network"}},
		"GET /m_ipsec_policy.html":          {page: "policy", after: []string{"policies"}},
		"GET /m_ipsec_ike.html":             {page: "ike", after: []string{"policy"}, do: showPlace("ike", false)},
		"GET /m_ipsec_ike_edit.html":        {page: "ikeedit", after: []string{"ike"}, do: showPlace("ike", true)},
		"POST /cgi/m_ipsec_ike_edit.cgi":    {page: "ike", after: []string{"ikeedit"}, write: true, do: storePlace("ike", "i3120", "/m_ipsec_ike_key.html", "/m_ipsec_ike.html")},
		"GET /m_ipsec_ike_key.html":         {page: "ikekeys", after: []string{"ikeedit"}},
		"POST /cgi/m_ipsec_ike_key.cgi":     {page: "ikekeys", after: []string{"ikekeys"}, write: true, do: usePlace("ike", "i5520", "/m_ipsec_ike_edit.html")},
		"GET /m_ipsec_psk.html":             {page: "psk", after: []string{"policies"}},
		"GET /m_ipsec_psk_ike.html":         {page: "pskike", after: []string{"psk"}},
		"GET /m_sip.html":                   {page: "sip", after: []string{"network"}, do: showPlace("sip", false)},
		"GET /m_sip_edit.html":              {page: "sipedit", after: []string{"sip"}, do: showPlace("sip", true)},
		"POST /cgi/m_sip_edit.cgi":          {page: "sip", after: []string{"sipedit"}, write: true, do: storePlace("sip", "i3120", "/m_sip_key.html", "/m_sip.html")},
		"GET /m_sip_key.html":               {page: "sipkeys", after: []string{"sipedit"}},
		"POST /cgi/m_sip_key.cgi":           {page: "sipkeys", after: []string{"sipkeys"}, write: true, do: usePlace("sip", "i5520", "/m_sip_edit.html")},
		"GET /m_system_key.html":            {page: "keys", after: []string{"device"}},
		"GET /m_system_key_detail.html":     {page: "detail", after: []string{"keys"}, do: show("no")},
		"POST /cgi/m_system_key_del.cgi":    {page: "keys", after: []string{"keys"}, write: true, do: goTo("/m_system_key.html", erase("i5510"))},
		"GET /m_system_keygen.html":         {page: "genmenu", after: []string{"keys"}},
		"GET /m_system_keygen_net.html":     {page: "genform", after: []string{"genmenu"}},
		"GET /m_system_keygen_csr.html":     {page: "other", after: []string{"genmenu"}},
		"POST /cgi/m_system_keygen_net.cgi": {page: "wait", after: []string{"genform"}, write: true, do: managerGenerate},
		"GET /m_system_keygen_wait.html":    {page: "wait", after: []string{"genform"}, do: whenReady("keys")},
		"GET /restart_device.html":          {page: "askrestart", after: []string{"settings"}},
		"POST /cgi/restart_device.cgi":      {page: "restart", after: []string{"askrestart"}, write: true, do: apply},
	},
}

func managerGenerate(v *visit) string {
	g := v.form.Get
	f := keyForm{
		name: g("i5531"), hash: map[string]string{"1": "SHA256", "2": "SHA384", "3": "SHA512"}[g("i5532")], kind: "RSA",
		size:  map[string]string{"0": "512", "1": "1024", "2": "2048", "3": "4096"}[g("i5534")],
		start: dateOf(g("i5536"), g("i5537"), g("i5538")), end: dateOf(g("i5539"), g("i5540"), g("i5541")), country: g("i5543"),
		state: g("i5545"), city: g("i5546"), org: g("i5547"), unit: g("i5548"), cn: g("i5549"),
	}
	if g("i5542") == "2" {
		f.country = g("i5544")
	}
	if g("i5533") == "2" {
		f.kind, f.size = "ECDSA", "P"+g("i5535")
	}
	page := v.make(f, "genform", "")
	if page == "" {
		v.to = "/m_system_keygen_wait.html"
	}
	return page
}
