package simdevice

import (
	"maps"
	"net/http"
	"slices"
)

// pageSpec is a page under /rps/.
type pageSpec struct {
	after []PageKind // the pages one of which leads here
	read  func(*exchange)
	write func(*exchange) // nil: nothing to write
}

var pageTable = map[PageKind]pageSpec{
	PageStatus:        {[]PageKind{PageEntry}, (*exchange).showStatus, nil},
	PageDeviceInfo:    {[]PageKind{PageStatus}, (*exchange).showDeviceInfo, nil},
	PageSettings:      {[]PageKind{PageEntry}, (*exchange).showSettings, nil},
	PageFrameset:      {[]PageKind{PageEntry}, (*exchange).showFrameset, nil},
	PageMenu:          {[]PageKind{PageFrameset}, (*exchange).showMenu, nil},
	PageNetwork:       {[]PageKind{PageSettings}, (*exchange).showNetwork, nil},
	PageManagement:    {[]PageKind{PageSettings}, (*exchange).showManagement, nil},
	PageLicense:       {[]PageKind{PageSettings}, (*exchange).showLicense, nil},
	PageSend:          {[]PageKind{PageSettings}, (*exchange).showSend, nil},
	PageNotAvailable:  {[]PageKind{PageSettings}, (*exchange).showNotAvailable, nil},
	PageKeyList:       {[]PageKind{PageManagement}, (*exchange).showKeyList, (*exchange).deleteKeys},
	PageKeyDetails:    {[]PageKind{PageKeyList}, (*exchange).showDetails, nil},
	PageVerify:        {[]PageKind{PageKeyDetails}, (*exchange).showVerify, nil},
	PageRegister:      {[]PageKind{PageKeyList}, (*exchange).showRegister, nil},
	PageRegisterFile:  {[]PageKind{PageRegister}, (*exchange).showRegisterFile, (*exchange).registerCertificate},
	PageSCEP:          {[]PageKind{PageManagement}, (*exchange).showSCEP, nil},
	PageSCEPServer:    {[]PageKind{PageSCEP}, (*exchange).showForm, (*exchange).storeSCEP},
	PageSCEPTimer:     {[]PageKind{PageSCEP}, (*exchange).showForm, (*exchange).storeSCEP},
	PageSCEPRequest:   {[]PageKind{PageSCEP}, (*exchange).showSCEPRequest, (*exchange).sendSCEP},
	PageSCEPSent:      {[]PageKind{PageSCEPRequest}, (*exchange).showSCEPSent, (*exchange).apply},
	PageSCEPStatus:    {[]PageKind{PageSCEP, PageSCEPSent}, (*exchange).showSCEPStatus, nil},
	PageDelete:        {[]PageKind{PageKeyList}, (*exchange).showDelete, (*exchange).deleteKeys},
	PageGenerateMenu:  {[]PageKind{PageKeyList}, (*exchange).showGenerateMenu, nil},
	PageGenerate:      {[]PageKind{PageGenerateMenu}, (*exchange).showGenerate, (*exchange).generate},
	PageCSR:           {[]PageKind{PageGenerateMenu}, (*exchange).showGenerate, (*exchange).generate},
	PageCSRData:       {[]PageKind{PageCSR, PageRegister}, (*exchange).showCSR, nil},
	PageCSRFile:       {[]PageKind{PageCSRData}, (*exchange).csrFile, nil},
	PageGenerating:    {[]PageKind{PageGenerate, PageCSR}, (*exchange).showGenerating, nil},
	PageTLS:           {[]PageKind{PageNetwork}, (*exchange).showTLS, (*exchange).storeTLS},
	PageTLSKeys:       {[]PageKind{PageTLS}, (*exchange).showTLSKeys, (*exchange).useKey},
	PageIPSec:         {[]PageKind{PageNetwork}, (*exchange).showPolicies, nil},
	PagePolicy:        {[]PageKind{PageIPSec}, (*exchange).showPolicy, (*exchange).storePolicy},
	PageIKE:           {[]PageKind{PagePolicy}, (*exchange).showForm, (*exchange).storeForm},
	PageIKEKeys:       {[]PageKind{PageIKE}, (*exchange).showChooser, (*exchange).choose},
	PageBluetooth:     {[]PageKind{PageNetwork}, (*exchange).showForm, (*exchange).storeForm},
	PageAMS:           {[]PageKind{PageLicense}, (*exchange).showForm, (*exchange).storeForm},
	PageSignature:     {[]PageKind{PageGenerateMenu}, (*exchange).showSignature, (*exchange).renewSignature},
	PageSignatureOK:   {[]PageKind{PageSignature}, (*exchange).showSignatureOK, (*exchange).renewSignature},
	PageExport:        {[]PageKind{PageManagement}, (*exchange).showExport, nil},
	PageExportFile:    {[]PageKind{PageExport}, (*exchange).exportFile, nil},
	PageSMIMECerts:    {[]PageKind{PageManagement}, (*exchange).showSMIMECerts, (*exchange).deleteSMIME},
	PageSMIMEDetails:  {[]PageKind{PageSMIMECerts}, (*exchange).showSMIMEDetails, nil},
	PageSMIMERegister: {[]PageKind{PageSMIMECerts}, (*exchange).showSMIMERegister, (*exchange).registerSMIME},
	PagePrintJobs:     {[]PageKind{PageStatus}, (*exchange).showJobs, nil},
	PageSendJobs:      {[]PageKind{PageStatus}, (*exchange).showJobs, nil},
	PageReceiveJobs:   {[]PageKind{PageStatus}, (*exchange).showJobs, nil},
	PageFaxMemory:     {[]PageKind{PageStatus}, (*exchange).showJobs, nil},
	PageSMIME:         {[]PageKind{PageSend}, (*exchange).showForm, (*exchange).storeForm},
	PageApply:         {[]PageKind{PageSettings}, (*exchange).showApply, (*exchange).apply},
}

// Pages lists the pages in the order of their names.
func Pages() []PageKind {
	outside := []PageKind{PagePortal, PageLogin, PagePassword, PageCode, PageEntry, PageLogout}
	return slices.Sorted(slices.Values(withFunctions(slices.AppendSeq(outside, maps.Keys(pageTable)))))
}

// pageOf is a page; of a function's, its row says which.
func pageOf(kind PageKind) pageSpec {
	place, ok := placeOfPage(kind)
	switch {
	case !ok:
		return pageTable[kind]
	case kind == functions[place].page:
		return pageSpec{[]PageKind{PageNetwork}, (*exchange).showForm, (*exchange).storeForm}
	}
	return pageSpec{[]PageKind{functions[place].page}, (*exchange).showChooser, (*exchange).choose}
}

// answer does what the request asks and makes the answer.
func (x *exchange) answer() {
	switch x.kind {
	case PagePortal:
		if x.l.small() {
			x.showSmallEntry()
			return
		}
		x.showPortal()
		return
	case PageLogin, PageCode:
		x.answerLogin()
		return
	case PageScript:
		x.header.Set("Content-Type", "text/javascript;charset=UTF-8")
		x.body = x.l.commonScript()
		return
	case PageImage:
		x.image()
		return
	case PageUnknown:
		x.d.obs.violate(InvariantKnownRequest, "%s %s is no page of the device", x.r.Method, x.r.URL.Path)
		x.cannotOpen()
		return
	}
	if !x.admitted() {
		if x.l.small() && (x.sess == nil || !x.loginHolds(x.sess)) {
			x.toLogin()
			return
		}
		x.cannotOpen()
		return
	}
	if x.writes() && slices.Contains(x.d.cfg.Locked, x.kind) {
		x.notice(wSetByPolicy)
		return
	}
	switch x.kind {
	case PagePassword:
		x.confirmPassword()
	case PageEntry:
		x.enter()
	case PageLogout:
		x.logout()
	default:
		x.answerPage(pageOf(x.kind))
	}
}

// admitted tells whether the request comes in a session that got this far.
func (x *exchange) admitted() bool {
	if x.d.sessions.wasLeft(x.r) {
		x.d.obs.violate(InvariantLoggedOut, "%s %s was sent in a session that had logged out", x.r.Method, x.r.URL.Path)
		return false
	}
	s := x.sess
	if s == nil || x.expired(s) {
		x.sess = nil
		return false
	}
	s.lastUse = x.now
	switch {
	case x.kind == PageLogout: // also before the login is complete
		return true
	case x.kind == PagePassword:
		return s.password
	case !x.loginHolds(s):
		return false
	case x.kind == PageEntry:
		return true
	}
	if x.d.cfg.enforces(RuleEntryCookie) && !x.l.small() {
		c, err := x.r.Cookie(cookieEntry)
		if err != nil || s.entry == "" || c.Value != s.entry {
			return false
		}
	}
	return true
}

// expired ends a session that was idle for too long.
func (x *exchange) expired(s *session) bool {
	limit := x.d.cfg.SessionTimeout
	if limit == 0 || x.now.Sub(s.lastUse) <= limit {
		return false
	}
	x.d.sessions.end(s)
	return true
}

// loginHolds tells whether the session is past the login, by its cookie.
func (x *exchange) loginHolds(s *session) bool {
	if x.d.cfg.Login == LoginNotNecessary {
		return true
	}
	c, err := x.r.Cookie(x.l.loginCookie())
	return s.loggedIn && err == nil && c.Value == s.login
}

// answerPage answers for a page under /rps/.
func (x *exchange) answerPage(spec pageSpec) {
	s := x.sess
	if x.r.Method != http.MethodPost && x.get("Flag") == "Exec_Data" {
		x.cannotOpen()
		return
	}
	led := slices.ContainsFunc(spec.after, func(k PageKind) bool { return s.visited[k] })
	if !led && x.d.cfg.enforces(RulePageOrder) {
		x.cannotOpen()
		return
	}
	if !x.writes() {
		x.dropDraft()
		spec.read(x)
		s.visited[x.kind] = true
		if x.r.Method == http.MethodPost {
			x.leadBack()
		}
		return
	}
	if spec.write == nil || !x.tokenGood() || !x.hiddenGood() {
		x.cannotOpen()
		return
	}
	spec.write(x)
	x.leadBack()
}

// tokenGood uses up the token of the page just loaded.
func (x *exchange) tokenGood() bool {
	want := x.sess.token
	x.sess.token = ""
	if x.d.cfg.NoToken || !x.d.cfg.enforces(RuleToken) {
		return true
	}
	got := x.values(x.l.tokenField())
	return want != "" && len(got) == 1 && got[0] == want
}

// hiddenGood wants the hidden fields of the form back, repeated ones as often.
func (x *exchange) hiddenGood() bool {
	if !x.d.cfg.enforces(RuleHiddenFields) {
		return true
	}
	for _, f := range x.l.fixedFields(x.kind) {
		var want []string
		for _, same := range x.l.fixedFields(x.kind) {
			if same.Name == f.Name {
				want = append(want, same.Value)
			}
		}
		if !slices.Equal(x.values(f.Name), want) {
			return false
		}
	}
	return true
}

// dropDraft forgets what was entered on the TLS page when the client goes
// somewhere else without storing it, and the request that was shown.
func (x *exchange) dropDraft() {
	if x.kind == PageMenu {
		return
	}
	if x.kind != PageTLS && x.kind != PageTLSKeys || x.leftForm() {
		x.sess.draft = nil
	}
	if d := x.sess.entered; d != nil && (!slices.Contains(d.pages(), x.kind) || x.leftForm() && x.kind == d.kind) {
		x.sess.entered = nil
	}
	if x.kind != PageCSRData && x.kind != PageCSRFile && x.kind != PageGenerating {
		x.sess.csr = nil
	}
}

// leftForm tells whether the page shows settings whose form is another.
func (x *exchange) leftForm() bool { return x.l.editForm(x.kind) && !x.editing }

// cannotOpen answers with the error page, which has status 200.
func (x *exchange) cannotOpen() {
	x.refuse(wCannotOpen)
	x.plainPage("Remote UI : "+x.l.text(wCannotOpen), x.l.text(wCannotOpen), x.l.text(wCannotOpenText))
}

// notice answers with a page that says nothing but w.
func (x *exchange) notice(w word) {
	x.refuse(w)
	x.plainPage("Remote UI", x.l.text(w))
}

// refuse notes for the log that the answer is a refusal.
func (x *exchange) refuse(w word) { x.refused = x.l.text(w) }

// image answers with one transparent pixel, whatever the icon.
func (x *exchange) image() {
	if x.r.URL.Path != pathImage {
		x.status = http.StatusNotFound
		return
	}
	x.header.Set("Content-Type", "image/gif")
	x.body = "GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
}
