package smallfleet

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"strings"
	"time"
)

// Device A: plain XHTML of an older team. Show page, [Edit...], edit page,
// real submit buttons, rows with one form each; hardly any script.
func productA() product {
	return product{
		model: "iR2425", version: "05.03", max: 5, cookie: "sessid", space: 100 * time.Millisecond,
		cred:     Credentials{DepartmentID: "7654321", Password: "2425731"},
		policies: [2]string{"HQ-Tunnel", "Branch-PSK"},
		seed:     seedA, routes: routesA, expired: expiredA, fault: faultA,
	}
}

func seedA(d *Device) error {
	from := time.Date(2021, 4, 1, 0, 0, 0, 0, time.UTC)
	for i, n := range []string{"mfpkey", "ipseckey"} {
		k, err := seedKey(n, d.weak.Next(), "192.0.2.25", "Example Ltd", from.AddDate(0, i, 0), 10)
		if err != nil {
			return err
		}
		d.add(k)
	}
	e, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	k, err := seedKey("partnerEC", e, "scan.example.com", "Example Partner", from.AddDate(1, 0, 0), 5)
	if err != nil {
		return err
	}
	d.add(k)
	d.saved[useTLS], d.saved[useDot1x] = d.keys[0], d.keys[0]
	d.saved[useIPSec+d.p.policies[0]] = d.keys[1]
	return nil
}

func expiredA(q *rq) { q.redirect("/login.html") }

var faultsA = map[fault]string{
	badToken:  "Cannot display the specified page. The authentication information has been updated.",
	badOrder:  "Cannot display the specified page.",
	busy:      "The device is busy. Try again later.",
	inUse:     "The selected key is being used, and cannot be deleted.",
	full:      "No more keys can be registered.",
	badName:   "Enter the key name in alphanumeric characters.",
	dupName:   "The entered key name is already used.",
	badDate:   "The entered validity date is not correct.",
	badHash:   "SHA384 or SHA512 cannot be used with 512 bit.",
	badField:  "The entered value is not correct.",
	noKey:     "Select a key.",
	badCert:   "The certificate cannot be registered.",
	cantMake:  "Could not generate the key.",
	noPage:    "Cannot display the specified page.",
	badChoice: "The selected key cannot be used.",
	noRight:   "Cannot display the specified page.",
}

func faultA(q *rq, f fault) {
	q.pageA("Error", "", `<p class="errorMessage">`+faultsA[f]+`</p>
<p><a href="/p_paper_select.html">Settings/Registration</a></p>`)
}

// pageA is the frame all pages of A share; side is the left menu.
func (q *rq) pageA(title, side, body string) {
	m := q.d.p.model
	fmt.Fprintf(&q.buf, `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" lang="en" xml:lang="en">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
<title>Remote UI: %s: %s: %s</title>
</head>
<body>
<div id="header"><span id="deviceName">%s / %s</span></div>
`, title, m, m, m, m)
	if q.s != nil {
		q.buf.WriteString(`<div id="navStandard"><ul>
<li><a href="/portal_top.html">To Portal</a></li>
<li><a href="/d_error.html">Status Monitor/Cancel</a></li>
<li><a href="/p_paper_select.html">Settings/Registration</a></li>
<li><a href="/logout.cgi">Log Out</a></li>
</ul></div>
`)
	}
	if side != "" {
		q.buf.WriteString(`<div id="navigation">` + side + "</div>\n")
	}
	q.buf.WriteString(`<div id="contents"><h2>` + title + "</h2>\n" + body)
	q.buf.WriteString("\n</div>\n<div id=\"footer\">Copyright CANON INC. 2020</div>\n</body>\n</html>\n")
}

const sideA = `
<h3>Preferences</h3>
<ul>
<li><a href="/p_paper_select.html">Paper Settings</a></li>
<li><a href="/p_timer.html">Timer Settings</a></li>
<li><a href="/m_network.html">Network Settings</a></li>
</ul>
<h3>Management Settings</h3>
<ul>
<li><a href="/m_device.html">Device Management</a></li>
<li><a href="/m_license.html">License/Other</a></li>
</ul>
<ul>
<li><a href="/restart_device.html">Apply Setting Changes</a></li>
</ul>
`

// setA is a page of Settings/Registration.
func (q *rq) setA(title, body string) {
	q.pageA(title, sideA, `<p class="update">Last Updated : `+q.d.cfg.Now().Format("02/01/2006 15:04:05")+"</p>\n"+body)
}

// tokA is the hidden token; every page has exactly one value.
func (q *rq) tokA() string { return `<input type="hidden" name="iToken" value="` + q.token() + `" />` }

func rowsA(pairs ...string) string {
	var b strings.Builder
	b.WriteString("<table class=\"ItemListComponent\">\n")
	for i := 0; i+1 < len(pairs); i += 2 {
		b.WriteString("<tr><th>" + pairs[i] + "</th><td>" + pairs[i+1] + "</td></tr>\n")
	}
	b.WriteString("</table>\n")
	return b.String()
}

func onOff(b bool) string {
	if b {
		return "On"
	}
	return "Off"
}

func loginPageA(q *rq) {
	msg := ""
	if q.f.Get("err") != "" {
		msg = `<p class="errorMessage">The System Manager ID or PIN is not correct.</p>`
	}
	q.pageA("Login", "", msg+`
<form name="loginFrm" action="/checkLogin.cgi" autocomplete="off" method="post">
<input type="hidden" name="iToken" value="" />
<input type="hidden" name="errText" value="Error!" />
<p><input type="radio" name="i0012" id="i0012A" value="1" checked="checked" /><label for="i0012A">System Manager Mode</label></p>
<dl>
<dt><label for="i0014">System Manager ID:</label></dt><dd><input type="text" name="i0014" id="i0014" maxlength="7" value="" /></dd>
<dt><label for="i0016">System Manager PIN:</label></dt><dd><input type="password" name="i0016" id="i0016" maxlength="7" value="" /></dd>
</dl>
<p><input type="submit" id="submitButton" name="submitButton" value="Log In" /></p>
</form>`)
}

func routesA() map[string]route {
	// A view renews the token too, though it has no form to use it.
	show := func(f func(*rq)) route { return route{get: func(q *rq) { q.token(); f(q) }} }
	edit := func(f func(*rq)) route { return route{get: f} }
	post := func(f func(*rq), from ...string) route { return route{post: f, from: from} }
	return map[string]route{
		"/":                    {get: rootA, open: true},
		"/login.html":          {get: loginPageA, open: true},
		"/checkLogin.cgi":      {post: func(q *rq) { q.tryLogin(q.f.Get("i0014"), q.f.Get("i0016")) }, open: true},
		"/logout.cgi":          {get: (*rq).logout, open: true},
		"/portal_top.html":     show(portalA),
		"/d_error.html":        show(statusA),
		"/d_info.html":         show(infoA),
		"/d_counter.html":      show(counterA),
		"/p_paper_select.html": show(paperA),
		"/p_timer.html":        show(timerA),
		"/m_license.html":      show(licenseA),
		"/m_network.html":      show(networkA),
		"/m_network_airprint.html": show(func(q *rq) {
			q.setA("AirPrint Settings", rowsA("Use AirPrint", "On", "Printer Name", "Canon iR2425"))
		}),
		"/m_device.html":                     show(deviceA),
		"/m_security.html":                   show(tlsA),
		"/m_security_tlskey.html":            edit(tlsKeysA),
		"/cgi/m_security_tlskey_edit.cgi":    post(tlsUseA, "/m_security_tlskey.html"),
		"/m_network_8021x.html":              show(dot1xA),
		"/m_network_8021x_edit.html":         edit(dot1xEditA),
		"/cgi/m_network_8021x_edit.cgi":      post(dot1xSaveA, "/m_network_8021x_edit.html"),
		"/m_network_8021x_key.html":          edit(dot1xKeysA),
		"/cgi/m_network_8021x_key_edit.cgi":  post(dot1xUseA, "/m_network_8021x_key.html"),
		"/m_network_ipsec.html":              show(ipsecA),
		"/m_network_ipsec_policy.html":       show(policyA),
		"/m_network_ipsec_ike_edit.html":     edit(ikeEditA),
		"/cgi/m_network_ipsec_ike_edit.cgi":  post(ikeSaveA, "/m_network_ipsec_ike_edit.html"),
		"/m_network_ipsec_key.html":          edit(ikeKeysA),
		"/cgi/m_network_ipsec_key_edit.cgi":  post(ikeUseA, "/m_network_ipsec_key.html"),
		"/m_device_keycert.html":             edit(listA),
		"/cgi/m_device_keycert_delete.cgi":   post(deleteA, "/m_device_keycert.html"),
		"/m_device_keycert_info.html":        show(detailsA),
		"/m_device_keygen.html":              show(genMenuA),
		"/m_device_keygen_net_edit.html":     edit(genNetA),
		"/m_device_keygen_csr_edit.html":     edit(genCSRA),
		"/cgi/m_device_keygen_net_edit.cgi":  post(genSaveA, "/m_device_keygen_net_edit.html"),
		"/cgi/m_device_keygen_csr_edit.cgi":  post(genSaveA, "/m_device_keygen_csr_edit.html"),
		"/m_device_keycert_csr.html":         show(csrA),
		"/m_device_keycert_csr.cgi":          edit(csrFileA),
		"/m_device_keycert_reg_edit.html":    edit(regA),
		"/cgi/m_device_keycert_reg_edit.cgi": post(regSaveA, "/m_device_keycert_reg_edit.html"),
		"/restart_device.html":               edit(restartA),
		"/cgi/restart_device.cgi":            post(restartNowA, "/restart_device.html"),
	}
}
