package dxc5840

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
)

type route struct {
	cgi   string
	serve func(*req)
}

var routes map[string]route

func init() {
	set := func(r *req) { r.settingServe() }
	routes = map[string]route{
		"j_statpri.tpl": {"jstatpri.cgi", (*req).jobs}, "j_ls.tpl": {"jls.cgi", (*req).jobs}, "j_lr.tpl": {"jlr.cgi", (*req).jobs}, "j_svl.tpl": {"jsvl.cgi", (*req).jobs},
		"d_tops.tpl": {"dstatus.cgi", (*req).deviceStatus}, "d_info.tpl": {"dinfo.cgi", (*req).deviceInfo}, "d_counter.tpl": {"dcounter.cgi", (*req).counter},
		"c_network.tpl": {"cnetwork.cgi", (*req).network}, "c_send.tpl": {"csend.cgi", (*req).send}, "c_license.tpl": {"clicense.cgi", (*req).license}, "c_devmng.tpl": {"cdevmng.cgi", (*req).deviceManagement},
		"c_tls.tpl": {"cnetwork.cgi", set}, "c_1x.tpl": {"cnetwork.cgi", set}, "c_sip.tpl": {"cnetwork.cgi", set}, "c_bt.tpl": {"cnetwork.cgi", set}, "c_ike.tpl": {"cnetwork.cgi", set}, "c_ipsecpol.tpl": {"cnetwork.cgi", set},
		"c_smime.tpl": {"csend.cgi", set}, "c_ams.tpl": {"clicense.cgi", set},
		"c_ipseclist.tpl": {"cnetwork.cgi", (*req).policies}, "c_keysel.tpl": {"cnetwork.cgi", (*req).keyChosen},
		"c_certlist.tpl": {"ccert.cgi", (*req).certList}, "c_certdetail.tpl": {"ccert.cgi", (*req).certDetail}, "c_keytype.tpl": {"ccert.cgi", (*req).keyType},
		"c_keygen.tpl": {"ccert.cgi", (*req).keyGen}, "c_csr.tpl": {"ccert.cgi", (*req).keyGen}, "c_devsig.tpl": {"ccert.cgi", (*req).devSig}, "c_devsigcf.tpl": {"ccert.cgi", (*req).devSigConfirm},
		"c_keywait.tpl": {"ccert.cgi", (*req).keyWait}, "c_csrdisp.tpl": {"ccert.cgi", (*req).csrFile}, "c_certreg.tpl": {"ccert.cgi", (*req).certReg}, "c_certup.tpl": {"ccert.cgi", (*req).certUpload},
		"c_smlist.tpl": {"csmcert.cgi", (*req).smimeList}, "c_smup.tpl": {"csmcert.cgi", (*req).smimeUpload}, "c_expsig.tpl": {"cexpsig.cgi", (*req).exportSignature},
		"c_apply.tpl": {"capply.cgi", (*req).apply},
	}
	for _, m := range settingsMenu {
		if m.cgi == "cpanel.cgi" {
			routes[m.tpl] = route{m.cgi, (*req).panelOnly}
		}
	}
	routes["c_netpanel.tpl"] = route{"cpanel.cgi", (*req).panelOnly}
}

// item is one line of a settings page.
type item struct {
	kind  string // sec, check, text, radio, select, pass, note, keyname, key, jump
	name  string
	label string
	opts  []string // select: "value=text"; radio: one of them
	max   int
	in    int
	lo    int // text: numbers from lo to hi, if hi is set
	hi    int
}

// setPage is one page with settings and [確定].
type setPage struct {
	tpl, cgi, crumbs, title string
	items                   []item
	vals                    map[string]string
	use                     string // of the key that is chosen here
	pol                     string
	up                      func(*req)
	restart                 bool
}

const netCrumbs = "參數選擇：網路設定"

func (d *Device) makeSettings() {
	network := func(r *req) { r.network() }
	d.set = map[string]*setPage{
		"c_tls.tpl": {tpl: "c_tls.tpl", cgi: "cnetwork.cgi", crumbs: netCrumbs + " &gt; TLS設定", title: "TLS設定", use: "TLS", up: network, restart: true, items: []item{
			{kind: "sec", label: "鍵值和憑證設定"}, {kind: "keyname", label: "鍵值名稱："}, {kind: "key", label: "鍵值和憑證"},
			{kind: "sec", label: "可使用的版本"},
			{kind: "select", name: "VerMax", label: "上限版本：", opts: []string{"3=TLS 1.3", "2=TLS 1.2", "1=TLS 1.1"}}, {kind: "select", name: "VerMin", label: "下限版本：", opts: []string{"2=TLS 1.2", "1=TLS 1.1", "0=TLS 1.0"}},
			{kind: "sec", label: "加密演算法設定"}, {kind: "check", name: "Aes256", label: "AES-CBC (256-bit)"}, {kind: "check", name: "AesGcm", label: "AES-GCM (256-bit)"}, {kind: "check", name: "Des3", label: "3DES-CBC"},
		}, vals: map[string]string{"VerMax": "2", "VerMin": "2", "Aes256": "1", "AesGcm": "1"}},
		"c_1x.tpl": {tpl: "c_1x.tpl", cgi: "cnetwork.cgi", crumbs: netCrumbs + " &gt; IEEE 802.1X設定", title: "IEEE 802.1X設定", use: "IEEE 802.1X", up: network, restart: true, items: []item{
			{kind: "check", name: "Use1x", label: "使用IEEE 802.1X"}, {kind: "text", name: "LoginName", label: "登入名稱：", max: 24, in: 1}, {kind: "check", name: "VerSrv", label: "驗證認證伺服器憑證", in: 1},
			{kind: "check", name: "VerName", label: "驗證認證伺服器名稱", in: 1}, {kind: "text", name: "SrvName", label: "認證伺服器名稱：", max: 64, in: 2},
			{kind: "check", name: "UseTls", label: "使用TLS", in: 1}, {kind: "note", label: "*在[TLS設定]下的「鍵值和憑證設定」中設定預設鍵值以使用TLS。", in: 2}, {kind: "keyname", label: "鍵值名稱：", in: 2}, {kind: "key", label: "鍵值和憑證", in: 2},
			{kind: "check", name: "UseTtls", label: "使用TTLS", in: 1}, {kind: "note", label: "TTLS設定(TTLS協定)：", in: 2}, {kind: "radio", name: "TtlsProto", opts: []string{"0=使用MSCHAPv2"}, in: 2}, {kind: "radio", name: "TtlsProto", opts: []string{"1=使用PAP"}, in: 2},
			{kind: "check", name: "UsePeap", label: "使用PEAP", in: 1}, {kind: "check", name: "SameName", label: "將登入名稱用作使用者名稱", in: 1}, {kind: "text", name: "UserName", label: "使用者名稱：", max: 24, in: 1}, {kind: "pass", name: "Pass1x", label: "密碼：", in: 1},
		}, vals: map[string]string{"Use1x": "1", "LoginName": "mfp-3f@formosa", "VerSrv": "1", "UseTls": "1", "TtlsProto": "0", "SameName": "1"}},
		"c_sip.tpl": {tpl: "c_sip.tpl", cgi: "cnetwork.cgi", crumbs: netCrumbs + " &gt; SIP設定", title: "SIP設定", use: "SIP", up: network, restart: true, items: []item{
			{kind: "sec", label: "內部網路設定"}, {kind: "check", name: "UseIntra", label: "使用內部網路"}, {kind: "select", name: "TransSip", label: "SIP傳輸：", opts: []string{"0=UDP", "1=TCP"}}, {kind: "check", name: "SipTls", label: "使用TLS"},
			{kind: "text", name: "SipPort", label: "SIP接收連接埠號：", max: 5, lo: 1, hi: 65535}, {kind: "select", name: "T38Trans", label: "T.38傳送傳輸：", opts: []string{"0=UDPTL", "1=TCP"}}, {kind: "select", name: "T38Media", label: "T.38介質類型：", opts: []string{"0=影像", "1=應用程式"}},
			{kind: "text", name: "T38Port", label: "T.38接收連接埠號：", max: 5, lo: 1, hi: 65535}, {kind: "text", name: "RtpPort", label: "RTP接收連接埠號：", max: 5, lo: 1024, hi: 65534},
			{kind: "sec", label: "TLS設定"}, {kind: "keyname", label: "鍵值名稱："}, {kind: "key", label: "鍵值和憑證..."},
			{kind: "note", label: "接收設定："}, {kind: "check", name: "ReqClient", label: "要求用戶端認證", in: 1}, {kind: "note", label: "傳送設定："}, {kind: "check", name: "VerServer", label: "驗證伺服器憑證", in: 1}, {kind: "check", name: "VerCn", label: "添加CN至驗證項目", in: 1},
		}, vals: map[string]string{"UseIntra": "1", "TransSip": "1", "SipTls": "1", "SipPort": "5060", "T38Trans": "0", "T38Media": "0", "T38Port": "49152", "RtpPort": "5004", "VerServer": "1"}},
		"c_bt.tpl": {tpl: "c_bt.tpl", cgi: "cnetwork.cgi", crumbs: netCrumbs + " &gt; 藍芽設定", title: "藍芽設定", up: network, restart: true, items: []item{
			{kind: "check", name: "UseBt", label: "使用藍芽"}, {kind: "text", name: "BtName", label: "裝置名稱：", max: 32}, {kind: "pass", name: "BtPin", label: "PIN碼："},
		}, vals: map[string]string{"UseBt": "1", "BtName": "Canon iR-ADV C5840"}},
		"c_smime.tpl": {tpl: "c_smime.tpl", cgi: "csend.cgi", crumbs: "功能設定：傳送 &gt; S/MIME設定", title: "S/MIME設定", up: func(r *req) { r.send() }, items: []item{
			{kind: "note", label: "加密設定："}, {kind: "radio", name: "EncSet", opts: []string{"2=總是加密"}, in: 1}, {kind: "radio", name: "EncSet", opts: []string{"1=僅傳送時加密"}, in: 1}, {kind: "radio", name: "EncSet", opts: []string{"0=不加密"}, in: 1},
			{kind: "check", name: "AddSign", label: "添加數位簽章"}, {kind: "select", name: "EncAlg", label: "加密演算法：", opts: []string{"0=3DES", "1=AES128", "2=AES256"}}, {kind: "select", name: "SigAlg", label: "簽章演算法：", opts: []string{"0=SHA1", "1=SHA256"}},
			{kind: "check", name: "VerRecv", label: "接收時驗證簽章"}, {kind: "check", name: "PrtRecv", label: "接收時列印簽章"},
		}, vals: map[string]string{"EncSet": "1", "AddSign": "1", "EncAlg": "2", "SigAlg": "1"}},
		"c_ams.tpl": {tpl: "c_ams.tpl", cgi: "clicense.cgi", crumbs: "管理設定：授權/其他 &gt; ACCESS MANAGEMENT SYSTEM設定", title: "ACCESS MANAGEMENT SYSTEM設定", up: func(r *req) { r.license() }, restart: true, items: []item{
			{kind: "check", name: "UseAms", label: "使用ACCESS MANAGEMENT SYSTEM"},
		}, vals: map[string]string{"UseAms": "1"}},
	}
	for i, pol := range []struct{ name, auth, local, remote string }{{"HQ-Gateway", "1", "0", "192.0.2.1"}, {"3F-Clients", "0", "0", "192.0.2.128/25"}} {
		n := strconv.Itoa(i + 1)
		d.set["c_ipsecpol.tpl"+n] = &setPage{tpl: "c_ipsecpol.tpl", cgi: "cnetwork.cgi", pol: n, crumbs: netCrumbs + " &gt; IPSec策略清單 &gt; 註冊策略", title: "註冊策略", up: func(r *req) { r.policies() }, restart: true, items: []item{
			{kind: "text", name: "PolName", label: "策略名稱：", max: 24}, {kind: "check", name: "PolOn", label: "策略 開啟/關閉"},
			{kind: "sec", label: "選擇器設定"}, {kind: "select", name: "LocalAddr", label: "本機位址：", opts: []string{"0=所有IP位址", "1=IPv4位址", "2=IPv6位址"}}, {kind: "text", name: "RemoteAddr", label: "遠端位址：", max: 64}, {kind: "select", name: "SelPort", label: "連接埠：", opts: []string{"0=所有連接埠", "1=指定連接埠"}},
			{kind: "sec", label: "IKE設定"}, {kind: "jump", name: "c_ike.tpl", label: "IKE設定"},
			{kind: "sec", label: "IPSec通訊設定"}, {kind: "text", name: "SaTime", label: "有效期 時間(分鐘)：", max: 5, lo: 1, hi: 65535}, {kind: "check", name: "Pfs", label: "PFS"},
		}, vals: map[string]string{"PolName": pol.name, "PolOn": "1", "LocalAddr": pol.local, "RemoteAddr": pol.remote, "SelPort": "0", "SaTime": "480", "Pfs": "1"}}
		d.set["c_ike.tpl"+n] = &setPage{tpl: "c_ike.tpl", cgi: "cnetwork.cgi", pol: n, crumbs: netCrumbs + " &gt; IPSec策略清單 &gt; 註冊策略 &gt; IKE", title: "IKE", use: "IPSec" + n, restart: true, items: []item{
			{kind: "sec", label: "IKE模式"}, {kind: "radio", name: "IkeMode", opts: []string{"0=主要"}}, {kind: "radio", name: "IkeMode", opts: []string{"1=積極"}},
			{kind: "sec", label: "有效期"}, {kind: "text", name: "IkeTime", label: "時間(分鐘)：", max: 5, lo: 1, hi: 65535},
			{kind: "sec", label: "認證方法"}, {kind: "radio", name: "AuthMethod", opts: []string{"0=預共用鍵值方法："}}, {kind: "pass", name: "PreKey", label: "共用鍵值：", in: 1},
			{kind: "radio", name: "AuthMethod", opts: []string{"1=數位簽章方法："}}, {kind: "keyname", label: "鍵值名稱：", in: 1}, {kind: "key", label: "鍵值和憑證", in: 1},
			{kind: "sec", label: "認證/加密演算法"}, {kind: "radio", name: "IkeAlg", opts: []string{"0=自動"}}, {kind: "radio", name: "IkeAlg", opts: []string{"1=手動設定"}},
			{kind: "select", name: "IkeAuth", label: "認證：", opts: []string{"0=SHA1", "1=SHA2"}, in: 1}, {kind: "select", name: "IkeEnc", label: "加密：", opts: []string{"0=3DES-CBC", "1=AES-CBC"}, in: 1}, {kind: "select", name: "IkeDh", label: "DH群組：", opts: []string{"0=群組1(768)", "1=群組2(1024)", "2=群組14(2048)"}, in: 1},
		}, vals: map[string]string{"IkeMode": "0", "IkeTime": "480", "AuthMethod": pol.auth, "IkeAlg": "1", "IkeAuth": "1", "IkeEnc": "1", "IkeDh": "2"}}
	}
}

// showSettings writes a settings page with vals, which may be unsaved.
func (r *req) showSettings(sp *setPage, vals map[string]string, msg string) {
	r.begin(settingsMenu, sp.crumbs, sp.title)
	r.message("ErrMsg", msg)
	next := []string{sp.tpl}
	for _, it := range sp.items {
		switch it.kind {
		case "key":
			next = append(next, "c_keysel.tpl")
		case "jump":
			next = append(next, it.name)
		}
	}
	r.open("SET_FORM", sp.cgi, sp.tpl, "", false, next, "Exec_Data", "Temp_Data")
	r.hidden("PolIdx", sp.pol)
	r.button("OK_Button", "確定", "set_exec()", false)
	var back string
	switch sp.cgi {
	case "csend.cgi":
		back = r.jump(sp.cgi, "c_send.tpl", "Init_Data", "")
	case "clicense.cgi":
		back = r.jump(sp.cgi, "c_license.tpl", "Init_Data", "")
	default:
		back = r.jump(sp.cgi, "c_network.tpl", "Init_Data", "")
		if sp.tpl == "c_ike.tpl" {
			back = r.jump(sp.cgi, "c_ipsecpol.tpl", "Back_Data", sp.pol)
		} else if sp.pol != "" {
			back = r.jump(sp.cgi, "c_ipseclist.tpl", "Init_Data", "")
		}
	}
	r.button("", "取消", back, false)
	r.f("<div class=\"Set\">\n")
	for _, it := range sp.items {
		if it.kind == "sec" {
			r.f("<h3>%s</h3>\n", it.label)
			continue
		}
		r.f(`<div class="in%d">`, it.in)
		switch it.kind {
		case "note":
			r.f(`<span class="Note">%s</span>`, it.label)
		case "check":
			r.check(it.name, it.label, vals[it.name] == "1")
		case "radio":
			v, t, _ := strings.Cut(it.opts[0], "=")
			script := ""
			if it.name == "AuthMethod" {
				script = "auth_change()"
			}
			r.radio(it.name, v, t, vals[it.name] == v, true, script)
		case "text":
			r.f(`<label for="%s">%s</label>`, it.name, it.label)
			r.text("text", it.name, vals[it.name], it.max, false)
			if it.hi > 0 {
				r.f("(%d-%d)", it.lo, it.hi)
			}
		case "select":
			r.f(`<label for="%s">%s</label>`, it.name, it.label)
			r.sel(it.name, vals[it.name], it.opts, false)
		case "pass":
			r.check(it.name+"Chg", "變更", false)
			r.f(` <label for="%s">%s</label>`, it.name, it.label)
			r.text("password", it.name, "", 24, false)
		case "keyname":
			name := ""
			if n, _ := strconv.Atoi(vals["KEY"]); n > 0 {
				if k := r.d.key(n); k != nil {
					name = k.name
				}
			}
			r.f(`<span class="Cap">%s</span> <span class="Val">%s</span>`, it.label, esc(name))
		case "key":
			if !strings.HasSuffix(it.label, "...") && sp.tpl != "c_tls.tpl" {
				r.f(`<span class="Cap">%s：</span>`, it.label)
			}
			r.button("Key_Button", it.label, "set_temp('c_keysel.tpl')", sp.tpl == "c_ike.tpl" && vals["AuthMethod"] != "1")
		case "jump":
			r.button("", it.label, "set_temp('"+it.name+"')", false)
		}
		r.f("</div>\n")
	}
	r.f("</div>\n")
	r.shut()
	r.end()
}

// current is what is stored for a settings page.
func (r *req) current(sp *setPage) map[string]string {
	vals := maps.Clone(sp.vals)
	if sp.use != "" && r.d.stored[sp.use] > 0 {
		vals["KEY"] = strconv.Itoa(r.d.stored[sp.use])
	}
	return vals
}

func (r *req) settingServe() {
	tpl, pol := r.q.Get("PageFlag"), r.q.Get("PolIdx")
	if r.q.Has("ItemIdx") {
		pol = r.q.Get("ItemIdx")
	}
	sp := r.d.set[tpl+pol]
	if sp == nil {
		r.errorPage("無法顯示指定的頁面。")
		return
	}
	id := tpl + pol
	draft := r.s.draft[id]
	if r.r.Method == "GET" {
		if r.q.Get("Flag") != "Back_Data" || draft == nil {
			draft = r.current(sp)
			r.s.draft[id] = draft
		}
		r.showSettings(sp, draft, "")
		return
	}
	if draft == nil {
		draft = r.current(sp)
		r.s.draft[id] = draft
	}
	for _, it := range sp.items {
		switch it.kind {
		case "check", "text", "radio", "select":
			draft[it.name] = r.q.Get(it.name)
		case "pass":
			draft[it.name] = ""
			if r.q.Get(it.name+"Chg") == "1" {
				draft[it.name] = r.q.Get(it.name) + "\x00" // changed, even to nothing
			}
		}
	}
	if r.q.Get("Flag") == "Temp_Data" {
		if next := r.q.Get("CoreNXPage"); next == "c_ike.tpl" {
			ike := r.d.set[next+pol]
			r.s.draft[next+pol] = r.current(ike)
			r.showSettings(ike, r.s.draft[next+pol], "")
			return
		}
		r.keySelect(sp, "")
		return
	}
	for _, it := range sp.items {
		if n, err := strconv.Atoi(draft[it.name]); it.hi > 0 && (err != nil || n < it.lo || n > it.hi) {
			r.showSettings(sp, draft, fmt.Sprintf("%s 請輸入%d到%d之間的數字。", strings.TrimSuffix(it.label, "："), it.lo, it.hi))
			return
		}
	}
	if tpl == "c_1x.tpl" && draft["UseTls"] == "1" && (draft["UseTtls"] == "1" || draft["UsePeap"] == "1") {
		r.showSettings(sp, draft, "使用TLS不能與使用TTLS或使用PEAP同時設定。")
		return
	}
	if (tpl == "c_ike.tpl" && draft["AuthMethod"] == "1" || tpl == "c_1x.tpl" && draft["UseTls"] == "1") && draft["KEY"] == "" {
		r.showSettings(sp, draft, "請設定鍵值和憑證。")
		return
	}
	for _, it := range sp.items {
		if it.name == "" || it.kind == "jump" || draft[it.name] == sp.vals[it.name] {
			continue
		}
		r.d.Violate("%s: the setting %s was changed from %q to %q", sp.title, it.name, sp.vals[it.name], strings.TrimRight(draft[it.name], "\x00"))
		sp.vals[it.name] = draft[it.name]
		if it.kind == "pass" {
			sp.vals[it.name] = ""
		}
		r.d.dirty = r.d.dirty || sp.restart
	}
	if n, _ := strconv.Atoi(draft["KEY"]); n > 0 && sp.use != "" {
		r.d.stored[sp.use] = n
	}
	delete(r.s.draft, id)
	if tpl == "c_ike.tpl" {
		parent := r.d.set["c_ipsecpol.tpl"+pol]
		if r.s.draft[parent.tpl+pol] == nil {
			r.s.draft[parent.tpl+pol] = r.current(parent)
		}
		r.showSettings(parent, r.s.draft[parent.tpl+pol], "")
		return
	}
	sp.up(r)
}

// keySelect lists the keys with [使用].
func (r *req) keySelect(sp *setPage, msg string) {
	r.begin(settingsMenu, sp.crumbs+" &gt; 鍵值和憑證", "鍵值和憑證")
	r.message("ErrMsg", msg)
	flag := "Temp_Data"
	if sp.use == "TLS" {
		flag = "Exec_Data"
	}
	r.open("SUBMIT_FORM", "cnetwork.cgi", "c_keysel.tpl", "", false, []string{sp.tpl}, flag)
	r.hidden("FromPage", sp.tpl)
	r.hidden("PolIdx", sp.pol)
	var able []string
	for _, k := range r.d.keys {
		if r.usable(k, sp.use) == "" {
			able = append(able, strconv.Itoa(k.no))
		}
	}
	r.hidden("KeyIdx", "", able...)
	r.shut()
	r.button("", "返回", r.jump(sp.cgi, sp.tpl, "Back_Data", sp.pol), false)
	r.f(`<div class="ItemListComponent"><table summary="鍵值和憑證"><tr><th>鍵值名稱</th><th>使用位置</th><th>憑證</th><th>&nbsp;</th></tr>` + "\n")
	for _, k := range r.d.keys {
		if k.kind == kindSign || k.kind == kindAMS {
			continue // never for network communication
		}
		r.f(`<tr><td>%s</td><td>%s</td><td>%s</td><td>`, esc(k.name), r.useText(k), icon(k))
		r.button("", "使用", fmt.Sprintf("use_key('%d')", k.no), r.usable(k, sp.use) != "")
		r.f("</td></tr>\n")
	}
	r.f("</table></div>\n")
	if sp.use == "SIP" {
		r.f(`<p class="Note">*無法選擇其他功能正在使用的鍵值和憑證。</p>`)
	}
	r.end()
}

// usable tells why k cannot serve use, or "".
func (r *req) usable(k *key, use string) string {
	switch {
	case k.kind == kindSign || k.kind == kindAMS:
		return "無法使用此鍵值。"
	case k.cert == nil:
		return "此鍵值的憑證不存在。"
	case use == "SIP":
		for _, m := range []map[string]int{r.d.effect, r.d.stored} {
			for _, u := range r.d.uses(k, m) {
				if u != "SIP" {
					return "此鍵值正在使用中。"
				}
			}
		}
	}
	return ""
}

func (r *req) keyChosen() {
	pol := r.q.Get("PolIdx")
	sp := r.d.set[r.q.Get("FromPage")+pol]
	n, _ := strconv.Atoi(r.q.Get("KeyIdx"))
	k := r.d.key(n)
	if r.r.Method != "POST" || sp == nil {
		r.errorPage("無法顯示指定的頁面。")
		return
	}
	if k == nil {
		r.keySelect(sp, "指定的鍵值不存在。")
		return
	}
	if why := r.usable(k, sp.use); why != "" {
		r.keySelect(sp, why)
		return
	}
	if sp.use == "TLS" {
		r.d.stored["TLS"] = n
		delete(r.s.draft, sp.tpl)
		r.showSettings(sp, r.current(sp), "")
		return
	}
	if r.s.draft[sp.tpl+pol] == nil {
		r.s.draft[sp.tpl+pol] = r.current(sp)
	}
	draft := r.s.draft[sp.tpl+pol]
	draft["KEY"] = strconv.Itoa(n)
	r.showSettings(sp, draft, "")
}

// policies lists the IPSec policies.
func (r *req) policies() {
	r.begin(settingsMenu, netCrumbs+" &gt; IPSec策略清單", "IPSec策略清單")
	r.f(`<div class="ItemListComponent"><table summary="IPSec策略清單"><tr><th>優先順序</th><th>策略名稱</th><th>狀態</th></tr>` + "\n")
	for _, n := range []string{"1", "2"} {
		v, on := r.d.set["c_ipsecpol.tpl"+n].vals, "關閉"
		if v["PolOn"] == "1" {
			on = "開啟"
		}
		r.f("<tr><td>%s</td><td>%s</td><td>%s</td></tr>\n", n, r.link("cnetwork.cgi", "c_ipsecpol.tpl", n, esc(v["PolName"])), on)
	}
	r.f("</table></div>\n")
	r.end()
}
