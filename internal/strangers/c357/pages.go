package c357

import (
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

func endDate(k *key) string {
	c, err := x509.ParseCertificate(k.der)
	if err != nil {
		return "-"
	}
	return c.NotAfter.UTC().Format("2006/01/02")
}

var statusMenu = [][2]string{
	{"Job Status", ""},
	{"Print", "jstatpri.cgi?CorePGTAG=1"},
	{"Send", "jsvl.cgi?CorePGTAG=7"},
	{"Fax", "jlf.cgi?CorePGTAG=9"},
	{"Receive", "jlr.cgi?CorePGTAG=6"},
	{"Device", ""},
	{"Error Information", "dstatus.cgi?CorePGTAG=11"},
	{"Device Information", "dinfo.cgi?CorePGTAG=13"},
	{"Check Counter", "dcounter.cgi?CorePGTAG=14"},
}

func index(crumbs, title string, items ...[3]string) view {
	return func(d *Device, w http.ResponseWriter, s *session, _ url.Values) {
		p := d.page(s, "", crumbs, title)
		p.w("<ul class=\"Index\">\n")
		for _, x := range items {
			p.w("<li>%s</li>\n", p.link(x[0], x[1], x[2], ""))
		}
		p.w("</ul>\n")
		p.show(w)
	}
}

func readOnly(crumbs, title string, rows ...[2]string) view {
	return func(d *Device, w http.ResponseWriter, s *session, _ url.Values) {
		p := d.page(s, "", crumbs, title)
		p.rows(rows...)
		p.show(w)
	}
}

// jobs is a list that the page's script writes.
func jobs(title string) view {
	return func(d *Device, w http.ResponseWriter, s *session, _ url.Values) {
		p := d.page(s, "", "Job Status: "+title, title)
		p.menu = "status"
		p.w(`<div class="ItemListComponent"><script type="text/javascript">
//<![CDATA[
var jobList = [];
write_jobs(jobList, "There are no jobs.");
//]]>
</script></div>`)
		p.show(w)
	}
}

func statusRows(crumbs, title string, body func(p *page)) view {
	return func(d *Device, w http.ResponseWriter, s *session, _ url.Values) {
		p := d.page(s, "", crumbs, title)
		p.menu = "status"
		body(p)
		p.show(w)
	}
}

func confirmRestart(title, crumbs, cgi, tpl, text string) view {
	return func(d *Device, w http.ResponseWriter, s *session, _ url.Values) {
		p := d.page(s, cgi, crumbs, title)
		p.buttons = button("OK", "OK_Button", "form_exec('RESTART_FORM','Exec_Data')") + button("Cancel", "", p.href("cpaper.cgi", "c_paper.tpl", ""))
		p.w("<p>%s</p>", text)
		f := p.form("RESTART_FORM", cgi, tpl, tpl, "Exec_Data")
		f.end()
		p.show(w)
	}
}

func restartExec(d *Device, w http.ResponseWriter, s *session, _ url.Values, _ map[string][]byte) {
	s.old[s.token] = true
	s.token = ""
	fmt.Fprintf(w, restartHTML, model, model)
	d.restart()
}

func plain(f func(d *Device, w http.ResponseWriter, s *session, a, b string)) view {
	return func(d *Device, w http.ResponseWriter, s *session, _ url.Values) { f(d, w, s, "", "") }
}

func init() {
	addPolicies()
	views = map[string]view{
		"cpaper.cgi c_paper.tpl": readOnly("Preferences: Paper Settings", "Paper Settings", [2]string{"Drawer 1", "A4 Plain 1 (64-75 g/m2)"},
			[2]string{"Drawer 2", "A4 Recycled 1 (64-75 g/m2)"}, [2]string{"Multi-Purpose Tray", "Not Specified"}),
		"cnw.cgi c_nw_top.tpl": index("Preferences: Network Settings", "Network Settings",
			[3]string{"IP Address Settings", "cnwip.cgi", "c_nw_ip.tpl"}, [3]string{"TLS Settings", "cnwtls.cgi", "c_nw_tls.tpl"},
			[3]string{"IEEE 802.1X Settings", "cnw8021x.cgi", "c_nw_8021x.tpl"}, [3]string{"IPSec Policy List", "cnwipsec.cgi", "c_nw_ipsec.tpl"},
			[3]string{"SIP Settings", "cnwsip.cgi", "c_nw_sip.tpl"}, [3]string{"Bluetooth Settings", "cnwbt.cgi", "c_nw_bt.tpl"}),
		"cnwip.cgi c_nw_ip.tpl": readOnly(crNet+"IP Address Settings", "IP Address Settings", [2]string{"IP Address", "192.0.2.57"},
			[2]string{"Subnet Mask", "255.255.255.0"}, [2]string{"Gateway Address", "192.0.2.1"}, [2]string{"Host Name", "Canonf41c57"}),
		"csend.cgi c_send_top.tpl": index("Function Settings: Send", "Send", [3]string{"S/MIME Settings", "csmset.cgi", "c_sm_set.tpl"}),
		"cdm.cgi c_dm_top.tpl": index(crDM, "Device Management", [3]string{"Key and Certificate Settings", "ckey.cgi", "c_key_list.tpl"},
			[3]string{"S/MIME Certificate Settings", "csmime.cgi", "c_sm_list.tpl"}, [3]string{"Export Device Signature", "cdm.cgi", "c_dm_exp.tpl"},
			[3]string{"Restart Device", "crestart.cgi", "c_restart.tpl"}),
		"clic.cgi c_lic_top.tpl": index("Management Settings: License/Other", "License/Other",
			[3]string{"ACCESS MANAGEMENT SYSTEM Settings", "clicams.cgi", "c_lic_ams.tpl"}),
		"ckey.cgi c_key_list.tpl": plain(keyList),
		"ckey.cgi c_key_det.tpl": func(d *Device, w http.ResponseWriter, s *session, q url.Values) {
			keyDetail(d, w, s, atoi(q.Get("KeyNo")), "", "")
		},
		"ckey.cgi c_key_csr.tpl": func(d *Device, w http.ResponseWriter, s *session, q url.Values) {
			csrPage(d, w, s, atoi(q.Get("KeyNo")), "", "")
		},
		"ckey.cgi c_key_reg.tpl": func(d *Device, w http.ResponseWriter, s *session, q url.Values) {
			regPage(d, w, s, atoi(q.Get("KeyNo")), "")
		},
		"ckey.cgi c_key_gen.tpl": keyGenMenu,
		"ckeygen.cgi c_gen_net.tpl": func(d *Device, w http.ResponseWriter, s *session, _ url.Values) {
			genForm(d, w, s, false, nil, s.host, "")
		},
		"ckeygen.cgi c_gen_csr.tpl": func(d *Device, w http.ResponseWriter, s *session, _ url.Values) {
			genForm(d, w, s, true, nil, s.host, "")
		},
		"ckeygen.cgi c_gen_sig.tpl":   func(d *Device, w http.ResponseWriter, s *session, _ url.Values) { sigPage(d, w, s, "") },
		"ckeygen.cgi c_key_wait.tpl":  waitPage,
		"cdm.cgi c_dm_exp.tpl":        exportPage,
		"csmime.cgi c_sm_list.tpl":    plain(smimeCerts),
		"csmime.cgi c_sm_reg.tpl":     func(d *Device, w http.ResponseWriter, s *session, _ url.Values) { smimeReg(d, w, s, "") },
		"cnwipsec.cgi c_nw_ipsec.tpl": policyList,
		"cnwipsec.cgi c_nw_pol.tpl":   policyPage,
		"capply.cgi c_apply.tpl": confirmRestart("Apply Setting Changes", "Apply Setting Changes", "capply.cgi", "c_apply.tpl",
			"The main unit will be restarted to apply the setting changes. Do you want to continue?"),
		"crestart.cgi c_restart.tpl": confirmRestart("Restart Device", crDM+" &gt; Restart Device", "crestart.cgi", "c_restart.tpl",
			"The main unit will be restarted. Do you want to continue?"),
		"jstatpri.cgi ": jobs("Print"),
		"jsvl.cgi ":     jobs("Send"),
		"jlf.cgi ":      jobs("Fax"),
		"jlr.cgi ":      jobs("Receive"),
		"dstatus.cgi ":  statusRows("Device: Error Information", "Error Information", func(p *page) { p.w("<p>There are no errors.</p>") }),
		"dinfo.cgi ": statusRows("Device: Device Information", "Device Information", func(p *page) {
			p.w("<h3>Device Information</h3>")
			p.rows([2]string{"Device Name", model}, [2]string{"Product Name", model}, [2]string{"Serial Number", "2RX04417"},
				[2]string{"Location", "2nd floor"}, [2]string{"Administrator", "-"})
			p.w("<h3>Version Information</h3>")
			p.rows([2]string{"Controller", controller}, [2]string{"Boot ROM", "12.04"}, [2]string{"Printer Engine", "09.07"},
				[2]string{"Scanner", "05.02"}, [2]string{"Fax", "14.01"})
		}),
		"dcounter.cgi ": statusRows("Device: Check Counter", "Check Counter", func(p *page) {
			p.w("<script type=\"text/javascript\">\n//<![CDATA[\nwrite_value(\"101\", \"Total 1\", 48211);\nwrite_value(\"112\", \"Black & White\", 30962);\n//]]>\n</script>")
		}),
	}
	actions = map[string]action{
		"ckey.cgi c_key_list.tpl Delete_Data":  keyDelete,
		"ckey.cgi c_key_det.tpl Verify_Data":   keyVerify,
		"ckey.cgi c_key_csr.tpl Csr_Data":      csrSave,
		"ckey.cgi c_key_reg.tpl Exec_Data":     regExec,
		"ckeygen.cgi c_gen_net.tpl Exec_Data":  genExec(false),
		"ckeygen.cgi c_gen_csr.tpl Exec_Data":  genExec(true),
		"ckeygen.cgi c_gen_sig.tpl Exec_Data":  sigExec,
		"cdm.cgi c_dm_exp.tpl Export_Data":     exportExec,
		"csmime.cgi c_sm_list.tpl Delete_Data": smimeDelete,
		"csmime.cgi c_sm_reg.tpl Exec_Data":    smimeRegExec,
		"ckeysel.cgi c_keysel.tpl Use_Data":    keyUse,
		"capply.cgi c_apply.tpl Exec_Data":     restartExec,
		"crestart.cgi c_restart.tpl Exec_Data": restartExec,
	}
	for _, id := range []string{"tlsopt", "dot1x", "sip", "bt", "smime", "ams", "ike"} {
		st := settingsPages[id]
		if id == "ike" {
			st = settingsPages["ike1"]
		}
		of := func(v url.Values) *settings {
			if id == "ike" {
				return settingsPages["ike"+v.Get("PolicyNo")]
			}
			return st
		}
		views[st.cgi+" "+st.tpl] = func(d *Device, w http.ResponseWriter, s *session, q url.Values) {
			if x := of(q); x != nil {
				showSettings(d, w, s, x, d.current(x), "", "")
			}
		}
		actions[strings.Join([]string{st.cgi, st.tpl, "Exec_Data"}, " ")] = func(d *Device, w http.ResponseWriter, s *session, v url.Values, _ map[string][]byte) {
			setExec(d, w, s, of(v), v)
		}
		if st.keyButton != "" {
			actions[strings.Join([]string{st.cgi, st.tpl, "Key_Data"}, " ")] = func(d *Device, w http.ResponseWriter, s *session, v url.Values, _ map[string][]byte) {
				chooseKey(d, w, s, of(v), v)
			}
		}
	}
}
