package smallfleet

import (
	"strconv"
	"strings"
)

func rootA(q *rq) {
	q.hdr.Add("Set-Cookie", "language=en; path=/")
	q.redirect("/login.html")
}

func portalA(q *rq) {
	q.pageA("Portal", "", `<h3>Device Basic Information</h3>
`+rowsA("Printer", "Ready to print.", "Scanner", "Ready to scan.", "Product Name", q.d.p.model, "Location", "2F East")+`
<h3>Consumables Information</h3>
`+rowsA("Black", "60%"))
}

const statusSideA = `<ul>
<li><a href="/d_error.html">Error Information</a></li>
<li><a href="/d_info.html">Device Information</a></li>
<li><a href="/d_counter.html">Check Counter</a></li>
</ul>`

func statusA(q *rq)  { q.pageA("Error Information", statusSideA, "<p>There are no errors.</p>") }
func counterA(q *rq) { q.pageA("Check Counter", statusSideA, rowsA("101: Total 1", "48211")) }

func infoA(q *rq) {
	q.pageA("Device Information", statusSideA, "<h3>Device Information</h3>\n"+
		rowsA("Product Name", q.d.p.model, "Device Name", "iR2425", "Location", "2F East", "Serial Number", "XYZ02425")+
		"<h3>Version Information</h3>\n"+rowsA("Controller", q.d.p.version, "Boot ROM", "10.04", "Language", "en 12.01"))
}

func paperA(q *rq) {
	q.setA("Paper Settings", rowsA("Drawer 1", "A4: Plain 2", "Drawer 2", "A3: Plain 2"))
}
func timerA(q *rq) {
	q.setA("Timer Settings", rowsA("Auto Sleep Time", "1 min.", "Auto Reset Time", "2 min."))
}
func licenseA(q *rq) {
	q.setA("License/Other", rowsA("Remote UI", "On"))
}

func networkA(q *rq) {
	q.setA("Network Settings", `<ul>
<li><a href="/m_network_airprint.html">AirPrint Settings</a></li>
<li><a href="/m_security.html">TLS Settings</a></li>
<li><a href="/m_network_8021x.html">IEEE 802.1X Settings</a></li>
<li><a href="/m_network_ipsec.html">IPSec Policy List</a></li>
</ul>`)
}

func deviceA(q *rq) {
	q.setA("Device Management", `<ul>
<li><a href="/m_device_keycert.html">Key and Certificate Settings</a></li>
</ul>`)
}

func tlsA(q *rq) {
	q.setA("TLS Settings", "<h3>Key and Certificate Settings</h3>\n"+
		rowsA("Key Name:", esc(q.keyName(useTLS)), "Key and Certificate:",
			`<a href="/m_security_tlskey.html">Key and Certificate</a>`)+
		"<h3>Allowed Versions</h3>\n"+rowsA("Maximum Version", "TLS 1.3", "Minimum Version", "TLS 1.2"))
}

// keyName is the stored key of a use, or the one chosen but not confirmed.
func (q *rq) keyName(use string) string {
	if k := q.keyOf(use); k != nil {
		return k.name
	}
	return ""
}

func (q *rq) keyOf(use string) *key {
	if n := q.s.draft[use]; n != "" {
		return q.d.keyAt(n)
	}
	return q.d.saved[use]
}

// chooseA is a selection list: a form and a submit button in each row.
func (q *rq) chooseA(title, use, action, field, extra string) {
	t := q.tokA()
	var b strings.Builder
	b.WriteString("<table>\n<tr><th>Key Name</th><th>Key Usage</th><th></th></tr>\n")
	for _, k := range q.d.keys {
		if !q.d.bindable(use, k) {
			continue
		}
		b.WriteString("<tr><td>" + k.name + "</td><td>" + usageA(q.d, k) + `</td><td><form action="` + action +
			`" method="post">` + t + extra + `<input type="hidden" name="` + field + `" value="` + strconv.Itoa(k.slot) +
			`" /><input type="submit" value="Use" /></form></td></tr>` + "\n")
	}
	q.setA(title, b.String()+"</table>")
}

func tlsKeysA(q *rq) {
	q.chooseA("Key and Certificate", useTLS, "/cgi/m_security_tlskey_edit.cgi", "i2144", "")
}

func tlsUseA(q *rq) {
	if f := q.d.bind(useTLS, q.f.Get("i2144")); f != "" {
		faultA(q, f)
		return
	}
	q.redirect("/m_security.html")
}

func dot1xA(q *rq) {
	delete(q.s.draft, useDot1x)
	q.setA("IEEE 802.1X Settings", rowsA("Use IEEE 802.1X", onOff(true), "Login Name:", "ir2425-floor2",
		"Verify Authentication Server Certificate", onOff(true), "Verify Authentication Server Name", onOff(true),
		"Authentication Server Name:", "radius.example.com", "Use TLS", onOff(true),
		"Key Name:", esc(q.keyName(useDot1x)), "Use TTLS", onOff(false), "Use PEAP", onOff(false))+
		`<form action="/m_network_8021x_edit.html" method="get"><input type="submit" value="Edit..." /></form>`)
}

func dot1xEditA(q *rq) {
	f := q.form()
	l := func(id, t string) string { return `<label for="` + id + `">` + t + `</label>` }
	q.setA("IEEE 802.1X Settings", `<form name="dot1xFrm" action="/cgi/m_network_8021x_edit.cgi" method="post">`+q.tokA()+rowsA(
		l("i2301A", "Use IEEE 802.1X"), f.check("i2301", true),
		l("i2302", "Login Name:"), f.text("i2302", "ir2425-floor2", `maxlength="24"`),
		l("i2303A", "Verify Authentication Server Certificate"), f.check("i2303", true),
		l("i2304A", "Verify Authentication Server Name"), f.check("i2304", true),
		l("i2305", "Authentication Server Name:"), f.text("i2305", "radius.example.com"),
		l("i2306A", "Use TLS"), f.check("i2306", true),
		"Key Name:", esc(q.keyName(useDot1x)),
		"Key and Certificate:", `<input type="submit" name="i2309" value="Key and Certificate" />`,
		l("i2310A", "Use TTLS"), f.check("i2310", false),
		"TTLS Settings (TTLS Protocol):", f.radio("i2311", "A", "0", true)+l("i2311A", "Use MSCHAPv2")+
			f.radio("i2311", "B", "1", false)+l("i2311B", "Use PAP"),
		l("i2312A", "Use PEAP"), f.check("i2312", false),
		l("i2313", "User Name"), f.text("i2313", ""),
		"Password", f.secret("i2314", "i2315", "Set/Change Password"))+
		`<p><input type="submit" name="submitButton" value="OK" /> <input type="button" value="Cancel" onclick="location.href='/m_network_8021x.html'" /></p>
</form>`)
}

// dot1xSaveA takes OK and the key button: both submit the whole form.
func dot1xSaveA(q *rq) {
	q.intact()
	if q.f.Has("i2309") {
		q.redirect("/m_network_8021x_key.html")
		return
	}
	q.confirmA(useDot1x, "/m_network_8021x.html")
}

func (q *rq) confirmA(use, next string) {
	if n := q.s.draft[use]; n != "" {
		if f := q.d.bind(use, n); f != "" {
			faultA(q, f)
			return
		}
		delete(q.s.draft, use)
	}
	q.redirect(next)
}

func dot1xKeysA(q *rq) {
	q.chooseA("Key and Certificate", useDot1x, "/cgi/m_network_8021x_key_edit.cgi", "i2320", "")
}

func dot1xUseA(q *rq) { q.draftA(useDot1x, q.f.Get("i2320"), "/m_network_8021x_edit.html") }

func (q *rq) draftA(use, no, next string) {
	if k := q.d.keyAt(no); k == nil || !q.d.bindable(use, k) {
		faultA(q, badChoice)
		return
	}
	q.s.draft[use] = no
	q.redirect(next)
}

func ipsecA(q *rq) {
	p := q.d.p.policies
	q.setA("IPSec Policy List", `<table>
<tr><th>Priority</th><th>Policy Name</th><th>Policy On/Off</th></tr>
<tr><td>1</td><td><a href="/m_network_ipsec_policy.html?no=1">`+p[0]+`</a></td><td>On</td></tr>
<tr><td>2</td><td><a href="/m_network_ipsec_policy.html?no=2">`+p[1]+`</a></td><td>On</td></tr>
</table>`)
}

// policyNo is the policy of a page: 1 or 2, and its use.
func (q *rq) policyNo(field string) (no string, use string) {
	if no = q.f.Get(field); no == "2" {
		return no, useIPSec + q.d.p.policies[1]
	}
	return "1", useIPSec + q.d.p.policies[0]
}

func policyA(q *rq) {
	no, use := q.policyNo("no")
	delete(q.s.draft, use)
	q.setA("Register IPSec Policy", rowsA("Policy Name", use[len(useIPSec):], "Policy On/Off", "On",
		"Receive Non-Policy Packets:", "Allow", "Selector Settings", "All IP Addresses")+
		`<p><a href="/m_network_ipsec_ike_edit.html?no=`+no+`">IKE Settings</a></p>`)
}

func ikeEditA(q *rq) {
	no, use := q.policyNo("no")
	f := q.form()
	psk := no == "2"
	q.setA("IKE", `<form action="/cgi/m_network_ipsec_ike_edit.cgi" method="post">`+q.tokA()+f.hidden("i2400", no)+rowsA(
		"IKE Mode", f.radio("i2401", "A", "0", true)+`<label for="i2401A">Main</label>`+
			f.radio("i2401", "B", "1", false)+`<label for="i2401B">Aggressive</label>`,
		"Validity: Time", f.text("i2402", "480", `maxlength="5"`)+" min. (1-65535)",
		"Authentication Method", f.radio("i2403", "A", "0", psk)+`<label for="i2403A">Pre-Shared Key Method</label> `+
			f.secret("i2404", "i2405", "Set/Change Shared Key"),
		"", f.radio("i2403", "B", "1", !psk)+`<label for="i2403B">Digital Signature Method</label>`,
		"Key Name:", esc(q.keyName(use)),
		"Key and Certificate:", `<input type="submit" name="i2408" value="Key and Certificate" />`)+
		`<p><input type="submit" name="submitButton" value="OK" /> <input type="button" value="Cancel" onclick="location.href='/m_network_ipsec_policy.html?no=`+no+`'" /></p>
</form>`)
}

func ikeSaveA(q *rq) {
	q.intact()
	no, use := q.policyNo("i2400")
	if q.f.Has("i2408") {
		q.redirect("/m_network_ipsec_key.html?no=" + no)
		return
	}
	q.confirmA(use, "/m_network_ipsec_policy.html?no="+no)
}

func ikeKeysA(q *rq) {
	no, use := q.policyNo("no")
	q.chooseA("Key and Certificate", use, "/cgi/m_network_ipsec_key_edit.cgi", "i2420",
		`<input type="hidden" name="i2400" value="`+no+`" />`)
}

func ikeUseA(q *rq) {
	no, use := q.policyNo("i2400")
	q.draftA(use, q.f.Get("i2420"), "/m_network_ipsec_ike_edit.html?no="+no)
}
