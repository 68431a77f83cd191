package c357

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// item is one line of a settings page.
type item struct {
	kind, name, label string
	opts              []string // "value|text"
}

// settings is one page of settings with OK and Cancel.
type settings struct {
	id, cgi, tpl, ext   string
	crumbs, title       string
	backCGI, backTpl    string
	keyButton           string
	items               []item
	refuse              func(v map[string]string) string
	needsRestart, inUse bool // inUse: a key in use elsewhere cannot be chosen
}

type policy struct{ no, name, local, remote, port string }

var policies = []policy{
	{"1", "fileserver", "All IPv4 Addresses", "192.0.2.20", "445"},
	{"2", "branch", "All IPv4 Addresses", "198.51.100.0/24", "All"},
	{"3", "printserver", "All IPv4 Addresses", "192.0.2.21", "9100"},
}

const secret = "********" // shown in place of a stored password

const crNet = "Preferences: Network Settings &gt; "

var settingsPages = map[string]*settings{
	"tlsopt": {cgi: "cnwtls.cgi", tpl: "c_nw_tls.tpl", crumbs: crNet, title: "TLS Settings", backCGI: "cnw.cgi", backTpl: "c_nw_top.tpl",
		keyButton: "Key and Certificate", needsRestart: true, items: []item{
			{"key", "", "Key Name", nil},
			{"select", "TlsMax", "Maximum Version", []string{"1.2|TLS 1.2", "1.1|TLS 1.1", "1.0|TLS 1.0"}},
			{"select", "TlsMin", "Minimum Version", []string{"1.2|TLS 1.2", "1.1|TLS 1.1", "1.0|TLS 1.0"}},
			{"head", "", "Encryption Algorithm Settings", nil},
			{"check", "AesCbc256", "AES-CBC (256-bit)", nil},
			{"check", "AesGcm256", "AES-GCM (256-bit)", nil},
			{"check", "Des3", "3DES-CBC", nil},
		}, refuse: func(v map[string]string) string {
			if v["TlsMin"] > v["TlsMax"] {
				return "Set the minimum version to the maximum version or lower."
			}
			return ""
		}},
	"dot1x": {cgi: "cnw8021x.cgi", tpl: "c_nw_8021x.tpl", crumbs: crNet, title: "IEEE 802.1X Settings", backCGI: "cnw.cgi", backTpl: "c_nw_top.tpl",
		keyButton: "Key and Certificate", needsRestart: true, items: []item{
			{"check", "Use8021X", "Use IEEE 802.1X", nil},
			{"text", "LoginName", "Login Name:", nil},
			{"check", "VerifyCert", "Verify Authentication Server Certificate", nil},
			{"check", "VerifyName", "Verify Authentication Server Name", nil},
			{"text", "ServerName", "Authentication Server Name:", nil},
			{"check", "UseEAPTLS", "Use TLS", nil},
			{"note", "", `*Set the default key in "Key and Certificate" under [TLS Settings] to use TLS.`, nil},
			{"key", "", "Key Name:", nil},
			{"check", "UseTTLS", "Use TTLS", nil},
			{"radio", "TtlsProt", "TTLS Settings (TTLS Protocol):", []string{"1|Use MSCHAPv2", "2|Use PAP"}},
			{"check", "UsePEAP", "Use PEAP", nil},
			{"check", "SameName", "Use Login Name as User Name", nil},
			{"text", "EapUser", "User Name:", nil},
			{"password", "EapPass", "Password:", nil},
		}, refuse: func(v map[string]string) string {
			if v["UseEAPTLS"] == "1" && (v["UseTTLS"] == "1" || v["UsePEAP"] == "1") {
				return "TLS cannot be used together with TTLS or PEAP."
			}
			if v["UseEAPTLS"] == "1" && v["KeyNo"] == "" {
				return "Set the key and certificate to use TLS."
			}
			return ""
		}},
	"sip": {cgi: "cnwsip.cgi", tpl: "c_nw_sip.tpl", crumbs: crNet, title: "SIP Settings", backCGI: "cnw.cgi", backTpl: "c_nw_top.tpl",
		keyButton: "Key and Certificate...", needsRestart: true, inUse: true, items: []item{
			{"head", "", "Intranet Settings", nil},
			{"check", "UseIntranet", "Use Intranet", nil},
			{"text", "SipUser", "User Name:", nil},
			{"text", "SipServer", "SIP Server Address:", nil},
			{"check", "SipUseTLS", "Use TLS", nil},
			{"head", "", "T.38/RTP Settings", nil},
			{"static", "", "T.38 Sending Transport:", []string{"UDPTL"}},
			{"static", "", "T.38 Media Type:", []string{"image"}},
			{"text", "T38Port", "T.38 RX Port Number (1-65535):", nil},
			{"text", "RtpPort", "RTP RX Port Number (1024-65534):", nil},
			{"head", "", "TLS Settings", nil},
			{"key", "", "Key Name:", nil},
			{"head", "", "Receiving Settings", nil},
			{"check", "ReqClient", "Request Client Authentication", nil},
			{"head", "", "Sending Settings", nil},
			{"check", "VerifyServer", "Verify Server Certificate", nil},
			{"check", "AddCN", "Add CN to Verification Items", nil},
		}, refuse: func(v map[string]string) string {
			if n := atoi(v["T38Port"]); n < 1 || n > 65535 {
				return "The T.38 RX port number is out of range."
			}
			if n := atoi(v["RtpPort"]); n < 1024 || n > 65534 {
				return "The RTP RX port number is out of range."
			}
			if v["SipUseTLS"] == "1" && v["KeyNo"] == "" {
				return "Set the key and certificate to use TLS."
			}
			return ""
		}},
	"bt": {cgi: "cnwbt.cgi", tpl: "c_nw_bt.tpl", crumbs: crNet, title: "Bluetooth Settings", backCGI: "cnw.cgi", backTpl: "c_nw_top.tpl",
		items: []item{{"check", "UseBt", "Use Bluetooth", nil}, {"text", "BtName", "Device Name:", nil}}},
	"smime": {cgi: "csmset.cgi", tpl: "c_sm_set.tpl", crumbs: "Function Settings: Send &gt; ", title: "S/MIME Settings", backCGI: "csend.cgi", backTpl: "c_send_top.tpl",
		items: []item{
			{"radio", "EncSet", "Encryption Settings:", []string{"1|Always Encrypt", "2|Encrypt Only When Sending", "3|Do Not Encrypt"}},
			{"check", "AddSign", "Add Digital Signatures", nil},
			{"select", "EncAlg", "Encryption Algorithm:", []string{"1|3DES", "2|RC2", "3|AES128", "4|AES256"}},
			{"select", "SignHash", "Signature Algorithm:", []string{"1|SHA1", "2|SHA256", "3|SHA384", "4|SHA512"}},
			{"check", "VerifyRx", "Verify Signature When Receiving", nil},
			{"check", "PrintRx", "Print Signature When Receiving", nil},
		}},
	"ams": {cgi: "clicams.cgi", tpl: "c_lic_ams.tpl", crumbs: "Management Settings: License/Other &gt; ", title: "ACCESS MANAGEMENT SYSTEM Settings",
		backCGI: "clic.cgi", backTpl: "c_lic_top.tpl", needsRestart: true,
		items: []item{{"check", "UseAms", "Use ACCESS MANAGEMENT SYSTEM", nil}}},
}

func addPolicies() {
	for id, s := range settingsPages {
		s.id = id
	}
	for _, p := range policies {
		id := "ike" + p.no
		settingsPages[id] = &settings{id: id, cgi: "cnwike.cgi", tpl: "c_nw_ike.tpl", ext: "PolicyNo=" + p.no,
			crumbs: crNet + "IPSec Policy List &gt; Register Policy &gt; ", title: "IKE", backCGI: "cnwipsec.cgi", backTpl: "c_nw_pol.tpl",
			keyButton: "Key and Certificate", needsRestart: true, items: []item{
				{"radio", "IkeMode", "IKE Mode", []string{"1|Main", "2|Aggressive"}},
				{"text", "IkeTime", "Validity: Time (1-65535 min.)", nil},
				{"head", "", "Authentication Method", nil},
				{"oneradio", "AuthMethod", "Pre-Shared Key Method:", []string{"1"}},
				{"password", "SharedKey", "Shared Key:", nil},
				{"oneradio", "AuthMethod", "Digital Signature Method:", []string{"2"}},
				{"key", "", "Key Name:", nil},
				{"head", "", "Authentication/Encryption Algorithm", nil},
				{"radio", "IkeAlg", "Algorithm", []string{"1|Auto", "2|Manual Settings"}},
				{"select", "DhGroup", "DH Group", []string{"1|Group 1 (762)", "2|Group 2 (1024)", "14|Group 14 (2048)"}},
			}, refuse: func(v map[string]string) string {
				if n := atoi(v["IkeTime"]); n < 1 || n > 65535 {
					return "The validity time is out of range."
				}
				if v["AuthMethod"] == "2" && v["KeyNo"] == "" {
					return "Set the key and certificate to use the digital signature method."
				}
				if v["AuthMethod"] == "1" && v["SharedKey"] == "" {
					return "Enter the shared key."
				}
				return ""
			}}
	}
}

func factorySettings() map[string]map[string]string {
	ike := map[string]string{"IkeMode": "1", "IkeTime": "480", "AuthMethod": "2", "SharedKey": "", "IkeAlg": "1", "DhGroup": "14", "KeyNo": ""}
	with := func(kv ...string) map[string]string {
		m := map[string]string{}
		for k, v := range ike {
			m[k] = v
		}
		for i := 0; i < len(kv); i += 2 {
			m[kv[i]] = kv[i+1]
		}
		return m
	}
	return map[string]map[string]string{
		"tlsopt": {"TlsMax": "1.2", "TlsMin": "1.2", "AesCbc256": "1", "AesGcm256": "1", "Des3": ""},
		"dot1x": {"Use8021X": "1", "LoginName": "prn-c357", "VerifyCert": "1", "VerifyName": "1", "ServerName": "radius.example.com",
			"UseEAPTLS": "1", "UseTTLS": "", "TtlsProt": "1", "UsePEAP": "", "SameName": "", "EapUser": "", "EapPass": ""},
		"sip": {"UseIntranet": "1", "SipUser": "fax357", "SipServer": "192.0.2.80", "SipUseTLS": "1", "T38Port": "49152", "RtpPort": "5004",
			"ReqClient": "", "VerifyServer": "1", "AddCN": "1"},
		"bt":    {"UseBt": "1", "BtName": "iR-ADV C357"},
		"smime": {"EncSet": "3", "AddSign": "1", "EncAlg": "4", "SignHash": "2", "VerifyRx": "1", "PrintRx": ""},
		"ams":   {"UseAms": ""},
		"ike1":  with(),
		"ike2":  with("AuthMethod", "1", "SharedKey", "Vx71harbour", "IkeTime", "240"),
		"ike3":  with("IkeMode", "2", "IkeTime", "60"),
	}
}

// current tells the stored values with the key number.
func (d *Device) current(st *settings) map[string]string {
	m := map[string]string{}
	for k, v := range d.stored.pages[st.id] {
		m[k] = v
	}
	if st.id == "tlsopt" {
		m["KeyNo"] = strconv.Itoa(d.stored.tls)
	}
	return m
}

func showSettings(d *Device, w http.ResponseWriter, s *session, st *settings, v map[string]string, note, errText string) {
	p := d.page(s, st.cgi, "", st.title)
	p.crumbs = st.crumbs + st.title
	if strings.HasPrefix(st.id, "ike") {
		p.crumbs = crNet + p.link("IPSec Policy List", "cnwipsec.cgi", "c_nw_ipsec.tpl", "") + " &gt; " +
			p.link("Register Policy", "cnwipsec.cgi", "c_nw_pol.tpl", st.ext) + " &gt; IKE"
	}
	p.note, p.err = note, errText
	p.buttons = button("OK", "OK_Button", "form_exec('SET_FORM','Exec_Data')") + button("Cancel", "", p.href(st.backCGI, st.backTpl, st.ext))
	flags := []string{"Exec_Data"}
	if st.keyButton != "" {
		flags = append(flags, "Key_Data")
	}
	f := p.form("SET_FORM", st.cgi, st.tpl, st.tpl, flags...)
	if st.ext != "" {
		n, x, _ := strings.Cut(st.ext, "=")
		f.hidden(n, x)
	}
	if st.keyButton != "" {
		f.hidden("KeyNo", v["KeyNo"])
	}
	p.w("<table class=\"PropertyList\">\n")
	for _, it := range st.items {
		cell := ""
		switch it.kind {
		case "head":
			p.w("<tr><th colspan=\"2\" class=\"Head\">%s</th></tr>\n", it.label)
			continue
		case "note":
			p.w("<tr><td colspan=\"2\" class=\"Note\">%s</td></tr>\n", it.label)
			continue
		case "check":
			p.w("<tr><td colspan=\"2\">%s</td></tr>\n", f.check(it.name, it.label, v[it.name] == "1"))
			continue
		case "oneradio":
			p.w("<tr><td colspan=\"2\">%s</td></tr>\n", f.radio(it.name, it.opts[0], it.label, v[it.name] == it.opts[0], ""))
			continue
		case "static":
			cell = it.opts[0]
		case "text":
			cell = f.text(it.name, v[it.name], 32, 64)
		case "password":
			x := v[it.name]
			if x != "" {
				x = secret
			}
			cell = f.password(it.name, x)
		case "select":
			cell = f.choice(it.name, v[it.name], it.opts, false)
		case "radio":
			for _, o := range it.opts {
				val, t, _ := strings.Cut(o, "|")
				cell += f.radio(it.name, val, t, v[it.name] == val, "") + " "
			}
		case "key":
			name := ""
			if k := d.byID(atoi(v["KeyNo"])); k != nil {
				name = esc(k.name)
			}
			p.w("<tr><th>%s</th><td>%s</td></tr>\n", it.label, name)
			p.w("<tr><th>%s</th><td>%s</td></tr>\n", map[bool]string{true: "&nbsp;", false: "Key and Certificate:"}[st.inUse],
				button(st.keyButton, "", "form_exec('SET_FORM','Key_Data')"))
			continue
		}
		p.w("<tr><th>%s</th><td>%s</td></tr>\n", it.label, cell)
	}
	p.w("</table>\n")
	f.end()
	p.show(w)
}

// typed takes the values of the form, passwords as they will be stored.
func (d *Device) typed(st *settings, v url.Values) map[string]string {
	m := map[string]string{"KeyNo": v.Get("KeyNo")}
	for _, it := range st.items {
		if it.name == "" {
			continue
		}
		m[it.name] = v.Get(it.name)
		if it.kind == "password" && m[it.name] == secret {
			m[it.name] = d.stored.pages[st.id][it.name]
		}
	}
	return m
}

const applyNote = "The settings have been changed. Perform [Apply Setting Changes] to restart the main unit and make the settings effective."

func setExec(d *Device, w http.ResponseWriter, s *session, st *settings, v url.Values) {
	m := d.typed(st, v)
	if st.refuse != nil {
		if bad := st.refuse(m); bad != "" {
			showSettings(d, w, s, st, m, "", bad)
			return
		}
	}
	old := d.current(st)
	if st.keyButton != "" && m["KeyNo"] != old["KeyNo"] {
		for n, x := range m {
			if n != "KeyNo" && x != old[n] {
				d.Violate("binding a key on [%s] also changed %s from %q to %q", st.title, n, old[n], x)
			}
		}
	}
	if st.keyButton == "" || st.id == "tlsopt" {
		delete(m, "KeyNo")
	}
	d.stored.pages[st.id] = m
	if !st.needsRestart {
		e := map[string]string{}
		for k, x := range m {
			e[k] = x
		}
		d.effect.pages[st.id] = e
		showSettings(d, w, s, st, d.current(st), "The settings have been changed.", "")
		return
	}
	note := "The settings have been changed."
	if !d.stored.equal(d.effect) {
		note = applyNote
	}
	showSettings(d, w, s, st, d.current(st), note, "")
}

// chooseKey shows the keys for a function; what is typed on its page is kept.
func chooseKey(d *Device, w http.ResponseWriter, s *session, st *settings, v url.Values) {
	s.target, s.draft = st.id, d.typed(st, v)
	p := d.page(s, "ckeysel.cgi", "", "Key and Certificate Settings")
	p.crumbs = st.crumbs + p.link(st.title, st.cgi, st.tpl, st.ext) + " &gt; Key and Certificate"
	p.buttons = button("Cancel", "", p.href(st.cgi, st.tpl, st.ext))
	f := p.form("KEY_FORM", "ckeysel.cgi", "c_keysel.tpl", st.tpl, "Use_Data")
	f.script("KeyNo", "")
	f.end()
	p.w(`<div class="ItemListComponent"><table><tr><th>Key Name</th><th>Key Usage</th><th>Public Key</th><th>Validity End Date</th><th>&nbsp;</th></tr>` + "\n")
	for _, k := range d.keys {
		if k.der == nil || k.system == "ams" || k.system == "signature" {
			continue
		}
		use := strings.Join(d.uses(k, d.effect), ", ")
		b := fmt.Sprintf(`<input type="button" value="Use" onclick="key_use('%d')" />`, k.id)
		if st.inUse && d.usedElsewhere(k) {
			b = "&nbsp;"
		}
		if use == "" {
			use = "-"
		}
		p.w("<tr><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>\n", esc(k.name), use, pubText(k), endDate(k), b)
	}
	p.w("</table></div>\n")
	p.show(w)
}

func (d *Device) usedElsewhere(k *key) bool {
	for _, u := range slices.Concat(d.uses(k, d.effect), d.uses(k, d.stored)) {
		if u != "SIP" {
			return true
		}
	}
	return false
}

func keyUse(d *Device, w http.ResponseWriter, s *session, v url.Values, _ map[string][]byte) {
	st := settingsPages[s.target]
	k := d.byID(atoi(v.Get("KeyNo")))
	if st == nil || k == nil || k.der == nil || k.system == "ams" || k.system == "signature" || st.inUse && d.usedElsewhere(k) {
		d.Violate("use of a key that the list does not offer: %s", v.Get("KeyNo"))
		d.cannotOpen(w, "Cannot display the specified page.")
		return
	}
	if st.id == "tlsopt" {
		d.stored.tls = k.id
		note := "The key and certificate have been set."
		if !d.stored.equal(d.effect) {
			note = applyNote
		}
		s.draft["KeyNo"] = v.Get("KeyNo")
		showSettings(d, w, s, st, s.draft, note, "")
		return
	}
	s.draft["KeyNo"] = v.Get("KeyNo")
	showSettings(d, w, s, st, s.draft, "", "")
}

func policyList(d *Device, w http.ResponseWriter, s *session, _ url.Values) {
	p := d.page(s, "cnwipsec.cgi", crNet+"IPSec Policy List", "IPSec Policy List")
	p.w(`<div class="ItemListComponent"><table><tr><th>Priority</th><th>Policy Name</th><th>Status</th></tr>` + "\n")
	for _, x := range policies {
		p.w("<tr><td>%s</td><td>%s</td><td>On</td></tr>\n", x.no, p.link(x.name, "cnwipsec.cgi", "c_nw_pol.tpl", "PolicyNo="+x.no))
	}
	p.w("</table></div><p class=\"Note\">Use IPSec: On&nbsp;&nbsp;Receive Non-Policy Packets: Allow</p>")
	p.show(w)
}

func policyPage(d *Device, w http.ResponseWriter, s *session, q url.Values) {
	p := d.page(s, "cnwipsec.cgi", "", "Register Policy")
	p.crumbs = crNet + p.link("IPSec Policy List", "cnwipsec.cgi", "c_nw_ipsec.tpl", "") + " &gt; Register Policy"
	for _, x := range policies {
		if x.no == q.Get("PolicyNo") {
			p.rows([2]string{"Policy Name", x.name}, [2]string{"Policy Status", "On"}, [2]string{"Local Address", x.local},
				[2]string{"Remote Address", x.remote}, [2]string{"Port", x.port})
			p.w("<ul class=\"Index\"><li>%s</li></ul>", p.link("IKE Settings", "cnwike.cgi", "c_nw_ike.tpl", "PolicyNo="+x.no))
		}
	}
	p.buttons = button("Back to List", "", p.href("cnwipsec.cgi", "c_nw_ipsec.tpl", ""))
	p.show(w)
}
