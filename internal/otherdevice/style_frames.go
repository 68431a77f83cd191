package otherdevice

import "time"

// frames is a small model in English whose settings are a set of frames: the
// menu in one, the pages in the other, as old models have it. Settings are
// shown as definitions with [Edit]; buttons are links; the device answers
// changes with the page itself; the menu has [Restart Device].
var frames = &style{
	name: "frames", model: "iR C3226", version: "03.05",
	login:       managerLogin,
	credentials: Credentials{DepartmentID: "7654321", Password: "1112223"},
	tokens:      true,
	slow:        500 * time.Millisecond,
	dates:       "02/01 2006",
	factory:     factory{tlsKey: "Lobby", ecKey: "Curve1", imported: "Wild"},
	texts:       textsEN,
	routes: map[string]route{
		"GET /d_top.html":              {page: "status", after: []string{"portal"}},
		"GET /d_info.html":             {page: "info", after: []string{"status"}},
		"GET /p_paper_select.html":     {page: "settings", after: []string{"portal"}},
		"GET /navi.html":               {page: "navi", after: []string{"settings"}},
		"GET /p_top.html":              {page: "first", after: []string{"settings"}},
		"GET /m_network.html":          {page: "network", after: []string{"navi"}},
		"GET /m_manage.html":           {page: "device", after: []string{"navi"}},
		"GET /m_key.html":              {page: "keys", after: []string{"device"}},
		"GET /m_key_detail.html":       {page: "detail", after: []string{"keys"}, do: show("key")},
		"POST /cgi/m_key_del.cgi":      {page: "keys", after: []string{"keys"}, write: true, do: erase("i9001")},
		"GET /m_key_new.html":          {page: "genmenu", after: []string{"keys"}},
		"GET /m_key_net.html":          {page: "genform", after: []string{"genmenu"}},
		"POST /cgi/m_key_net.cgi":      {page: "keys", after: []string{"genform"}, write: true, do: framesGenerate},
		"GET /m_security.html":         {page: "tls", after: []string{"network"}},
		"GET /m_security_edit.html":    {page: "tlsedit", after: []string{"tls"}},
		"GET /m_security_keys.html":    {page: "tlskeys", after: []string{"tlsedit"}},
		"POST /cgi/m_security_k.cgi":   {page: "tlsedit", after: []string{"tlskeys"}, write: true, do: bind("i9002")},
		"GET /restart_device.html":     {page: "askrestart", after: []string{"navi"}},
		"POST /cgi/restart_device.cgi": {page: "restart", after: []string{"askrestart"}, write: true, do: apply},
	},
}

func framesGenerate(v *visit) string {
	g := v.form.Get
	f := keyForm{
		name: g("i9101"), hash: g("i9102"), kind: g("i9103"), size: g("i9104"), start: dateOf(g("i9106")), end: dateOf(g("i9107")),
		country: g("i9108"), state: g("i9109"), city: g("i9110"), org: g("i9111"), unit: g("i9112"), cn: g("i9113"),
	}
	if f.kind == "ECDSA" {
		f.size = g("i9105")
	}
	return v.make(f, "genform", "")
}
