package smallfleet

func routesC() map[string]route {
	// Pages with links only renew the token too.
	show := func(f func(*rq)) route { return route{get: func(q *rq) { q.token(); f(q) }} }
	free := func(f func(*rq)) route { r := show(f); r.user = true; return r }
	edit := func(f func(*rq)) route { return route{get: f} }
	post := func(f func(*rq), from ...string) route { return route{post: f, from: from} }
	return map[string]route{
		"/": {open: true, get: func(q *rq) {
			q.hdr.Add("Set-Cookie", "language=ja; path=/")
			q.redirect("/login.html")
		}},
		"/login.html":               {get: loginPageC, open: true},
		"/checkLogin.cgi":           {post: loginC, open: true},
		"/logout.cgi":               {get: (*rq).logout, open: true},
		"/portal_top.html":          free(portalC),
		"/d_error.html":             free(errorC),
		"/d_info.html":              free(infoC),
		"/p_paper_select.html":      show(paperC),
		"/p_timer.html":             show(timerC),
		"/m_network.html":           show(networkC),
		"/f_send.html":              show(sendC),
		"/f_smime_edit.html":        edit(smimeC),
		"/cgi/f_smime_edit.cgi":     post(backC("/f_send.html"), "/f_smime_edit.html"),
		"/c_device.html":            show(deviceC),
		"/c_license.html":           show(licenseC),
		"/c_ams_edit.html":          edit(amsC),
		"/cgi/c_ams_edit.cgi":       post(backC("/c_license.html"), "/c_ams_edit.html"),
		"/n_bluetooth_edit.html":    edit(bluetoothC),
		"/cgi/n_bluetooth_edit.cgi": post(backC("/m_network.html"), "/n_bluetooth_edit.html"),

		"/m_security.html":             edit(tlsC),
		"/cgi/m_security_edit.cgi":     post(backC("/m_security.html"), "/m_security.html"),
		"/m_security_sel.html":         edit(func(q *rq) { q.chooseC(useTLS, "/cgi/m_security_sel_edit.cgi", "") }),
		"/cgi/m_security_sel_edit.cgi": post(tlsUseC, "/m_security_sel.html"),
		"/n_ieee8021x_edit.html":       edit(dot1xC),
		"/cgi/n_ieee8021x_edit.cgi":    post(dot1xSaveC, "/n_ieee8021x_edit.html"),
		"/n_ieee8021x_sel.html":        edit(func(q *rq) { q.chooseC(useDot1x, "/cgi/n_ieee8021x_sel_edit.cgi", "") }),
		"/cgi/n_ieee8021x_sel_edit.cgi": post(func(q *rq) { q.carryC("/n_ieee8021x_edit.html", "i6309") },
			"/n_ieee8021x_sel.html"),
		"/n_ipsec_list.html":        show(ipsecC),
		"/n_ipsec_reg_edit.html":    edit(policyC),
		"/cgi/n_ipsec_reg_edit.cgi": post(backC("/n_ipsec_list.html"), "/n_ipsec_reg_edit.html"),
		"/n_ipsec_ike_edit.html":    edit(ikeC),
		"/cgi/n_ipsec_ike_edit.cgi": post(ikeSaveC, "/n_ipsec_ike_edit.html"),
		"/n_ipsec_sel.html": edit(func(q *rq) {
			no, use := q.policyNo("no")
			q.chooseC(use, "/cgi/n_ipsec_sel_edit.cgi", no)
		}),
		"/cgi/n_ipsec_sel_edit.cgi": post(func(q *rq) { q.carryC("/n_ipsec_ike_edit.html", "i6409") }, "/n_ipsec_sel.html"),

		"/c_keylist.html":           edit(listC),
		"/cgi/c_keylist_edit.cgi":   post(deleteC, "/c_keylist.html"),
		"/c_keyinfo.html":           show(detailsC),
		"/c_keygen.html":            show(genMenuC),
		"/c_keygen1_edit.html":      edit(gen1C),
		"/cgi/c_keygen1_edit.cgi":   post(genNextC, "/c_keygen1_edit.html"),
		"/c_keygen2_edit.html":      edit(gen2C),
		"/cgi/c_keygen2_edit.cgi":   post(genSaveC, "/c_keygen2_edit.html"),
		"/c_csr.cgi":                edit(csrFileC),
		"/c_certreg_edit.html":      edit(regC),
		"/cgi/c_certreg_edit.cgi":   post(regSaveC, "/c_certreg_edit.html"),
		"/c_sign.html":              show(signC),
		"/c_sign_edit.html":         edit(signAskC),
		"/cgi/c_sign_edit.cgi":      post(signSaveC, "/c_sign_edit.html"),
		"/c_export.html":            show(exportC),
		"/c_export.cgi":             edit(exportFileC),
		"/c_smimecert.html":         edit(smimeListC),
		"/cgi/c_smimecert_edit.cgi": post(smimeDeleteC, "/c_smimecert.html"),
		"/c_smimecert_edit.html":    edit(smimeRegC),
		"/cgi/c_smimereg_edit.cgi":  post(smimeSaveC, "/c_smimecert_edit.html"),
		"/restart_device.html":      edit(restartC),
		"/cgi/restart_device.cgi":   post(restartNowC, "/restart_device.html"),
	}
}

// backC is [更新] or [OK] of a form nothing of which should change here.
func backC(next string) func(*rq) {
	return func(q *rq) {
		q.intact()
		q.redirect(next)
	}
}
