package iprc170

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"net/http"
)

func (d *Device) routes() {
	d.mux = map[string]func(*ctx){
		"/": (*ctx).portal, "/rps/": (*ctx).portal, "/login": (*ctx).portal,
		"/sysmonitor":         func(c *ctx) { c.enter("PGTAG_JOB_PRT_STAT") },
		"/usermode":           func(c *ctx) { c.enter("PGTAG_CONF_ENV_PAP") },
		"/rps/nativetop.cgi":  (*ctx).nativeTop,
		"/rps/logout.cgi":     (*ctx).logout,
		"/rps/jstatpri.cgi":   (*ctx).jobs,
		"/rps/jls.cgi":        (*ctx).jobs,
		"/rps/jsvl.cgi":       (*ctx).jobs,
		"/rps/jlp.cgi":        (*ctx).jobs,
		"/rps/dstatus.cgi":    (*ctx).deviceStatus,
		"/rps/dinfo.cgi":      (*ctx).deviceInfo,
		"/rps/cnetwork.cgi":   (*ctx).networkIndex,
		"/rps/csend.cgi":      (*ctx).sendIndex,
		"/rps/cdevmng.cgi":    (*ctx).deviceIndex,
		"/rps/clicense.cgi":   (*ctx).licenseIndex,
		"/rps/cams.cgi":       (*ctx).amsPage,
		"/rps/capply.cgi":     (*ctx).apply,
		"/rps/ckeylist.cgi":   (*ctx).keyList,
		"/rps/ckeygen.cgi":    (*ctx).keyGen,
		"/rps/ckeywait.cgi":   (*ctx).keyWait,
		"/rps/cdevsig.cgi":    (*ctx).signature,
		"/rps/cdevsigex.cgi":  (*ctx).signatureExport,
		"/rps/ckeycert.cgi":   (*ctx).certRegister,
		"/rps/ckeyverify.cgi": (*ctx).certVerify,
		"/rps/ckeycsr.csr":    (*ctx).csrFile,
		"/rps/ctls.cgi":       (*ctx).tlsPage,
		"/rps/ctlskey.cgi":    (*ctx).tlsKeyPage,
		"/rps/cdot1x.cgi":     (*ctx).dot1x,
		"/rps/ckeywin.cgi":    (*ctx).keyWindow,
		"/rps/cipsec.cgi":     (*ctx).ipsecList,
		"/rps/cipsecpol.cgi":  (*ctx).ipsecPolicy,
		"/rps/cipsecike.cgi":  (*ctx).ipsecIKE,
		"/rps/csmime.cgi":     (*ctx).smimePage,
		"/rps/csmimecert.cgi": (*ctx).smimeCerts,
	}
}

func (c *ctx) portal() {
	d := c.d
	c.send(c.shell("入口網站", "", "入口網站", `
<table style="float:right;width:250px"><tr><td><a href="/sysmonitor"><b>狀態確認/取消</b></a><br />工作狀態、工作記錄、裝置資訊</td></tr>
<tr><td><a href="/usermode"><b>設定/註冊</b></a><br />環境、功能、管理的各項設定</td></tr>
<tr><td><a href="/portal/calib.html" onclick="alert('未安裝服務「自動漸層調整管理」的授權。');return false;">自動漸層調整管理</a></td></tr></table>
<h3>裝置基本資訊</h3><table>`+row("裝置名稱", shortName)+row("產品名稱", modelName)+row("位置", "3F 印務室")+row("列印機", "準備列印。")+row("掃描器", "準備掃描。")+`</table>
<h3>耗材資訊</h3><table><tr><th>紙匣 1</th><td>SRA3</td><td>OK</td></tr><tr><th>紙匣 2</th><td>A4</td><td>OK</td></tr><tr><th>POD 紙匣</th><td>330 x 483 mm</td><td>不足</td></tr></table>
<p>上次重新啟動次數計數：`+fmt.Sprint(d.Restarted)+`</p><div style="clear:both"></div>`))
}

func (c *ctx) enter(tag string) {
	u := fmt.Sprintf("/rps/nativetop.cgi?RUIPNxBundle=&CorePGTAG=%s&Dummy=%d", tag, c.d.now().UnixMilli())
	c.d.offer(`"` + u + `"`)
	http.Redirect(c.w, c.r, u, http.StatusFound)
}

func (c *ctx) nativeTop() {
	n, _ := rand.Int(rand.Reader, big.NewInt(1<<31))
	c.s.ir = n.String()
	c.cookie("iR", c.s.ir)
	if c.form.Get("CorePGTAG") == "PGTAG_CONF_ENV_PAP" {
		c.settings("設定/註冊", "首頁", `<p>請從左側選單選擇要設定的項目。</p><ul><li>參數選擇：網路設定</li><li>功能設定：傳送</li><li>管理設定：裝置管理、授權/其他</li></ul>`)
		return
	}
	c.jobs()
}

func (c *ctx) status(title, body string) {
	item := func(cgi, n, t string) string {
		return `<dd><a href="javascript:go('/rps/` + cgi + `?CorePGTAG=` + n + `&amp;FromTopPage=1')">` + t + `</a></dd>`
	}
	side := `<dl><dt>工作</dt>` + item("jstatpri.cgi", "1", "列印") + item("jls.cgi", "4", "傳送") + item("jsvl.cgi", "7", "儲存") + item("jlp.cgi", "2", "工作記錄") +
		`<dt>裝置</dt><dd><a href="javascript:go('/rps/dstatus.cgi?CorePGTAG=11&amp;PageFlag=d_tops.tpl')">裝置狀態</a></dd>` + item("dinfo.cgi", "13", "裝置資訊") + `</dl>`
	c.send(c.shell(title, side, "狀態確認/取消："+title, body))
}

func (c *ctx) jobs() {
	t := map[string]string{"/rps/jls.cgi": "傳送", "/rps/jsvl.cgi": "儲存", "/rps/jlp.cgi": "工作記錄"}[c.r.URL.Path]
	if t == "" {
		t = "列印"
	}
	c.status(t, `<div class="ItemListComponent"><table><tr><th>編號</th><th>狀態</th><th>文件名稱</th><th>使用者名稱</th><th>時間</th></tr></table></div>
<script type="text/javascript">
//<![CDATA[
var jobList = {};
var n=0;for(var i in jobList){n++;}if(n==0){document.writeln('<p>沒有工作。</p>');}
//]]>
</script>`)
}

func (c *ctx) deviceStatus() {
	c.status("裝置狀態", `<table>`+row("列印機", "準備列印。")+row("掃描器", "準備掃描。")+row("整理裝置", "未發生錯誤。")+`</table>`)
}

func (c *ctx) deviceInfo() {
	c.status("裝置資訊", `<h3>裝置資訊</h3><table>`+row("產品名稱", modelName)+row("裝置名稱", shortName)+row("序號", "2QX04417")+row("最大列印速度", "70 ppm")+`</table>
<h3>版本資訊</h3><table>`+row("控制器", controller)+row("PS/PCL", "12.07")+row("ECU", "03.15")+row("色彩控制", "05.02")+row("MEAP 內容", "39.12.01")+`</table>
<h3>記憶體</h3><table>`+row("總記憶體", "4096 MB")+`</table>`)
}

func index(items ...string) string {
	s := `<div class="ItemListComponent"><table>`
	for _, i := range items {
		s += `<tr><td>` + i + `</td></tr>`
	}
	return s + `</table></div>`
}

func (c *ctx) networkIndex() {
	c.settings("網路設定", "參數選擇：網路設定", `<h3>TCP/IP 設定</h3>`+index(link("ctls.cgi", "c_tls.tpl", "TLS設定"), link("cipsec.cgi", "c_ipsec.tpl", "IPSec策略清單"))+
		`<h3>有線網路</h3>`+index(link("cdot1x.cgi", "c_dot1x.tpl", "IEEE 802.1X設定")))
}

func (c *ctx) sendIndex() {
	c.settings("傳送", "功能設定：傳送", index(link("csmime.cgi", "c_smime.tpl", "S/MIME設定")))
}

func (c *ctx) deviceIndex() {
	c.settings("裝置管理", "管理設定：裝置管理", index(link("ckeylist.cgi", "c_keylist.tpl", "鍵值和憑證設定"), link("csmimecert.cgi", "c_smimecert.tpl", "S/MIME憑證設定"),
		link("cdevsigex.cgi", "c_devsigex.tpl", "匯出裝置簽章"))+`<h3>維護</h3>`+index(link("capply.cgi", "c_restart.tpl", "重新啟動裝置")))
}

func (c *ctx) licenseIndex() {
	c.settings("授權/其他", "管理設定：授權/其他", index(link("cams.cgi", "c_ams.tpl", "ACCESS MANAGEMENT SYSTEM設定")))
}

func (c *ctx) amsPage() {
	if c.flag == "Exec_Data" {
		c.d.ams = c.form.Get("UseAMS") == "1"
		c.d.pending = true
		c.s.note = "已更新設定。"
	}
	c.settings("ACCESS MANAGEMENT SYSTEM設定", "管理設定：授權/其他 > ACCESS MANAGEMENT SYSTEM設定", begin("AMS_FORM", "cams.cgi", "c_ams.tpl", "c_ams.tpl")+
		`<p>`+checkbox("UseAMS", "使用ACCESS MANAGEMENT SYSTEM", c.d.ams)+`</p><p>變更此設定後，必須重新啟動裝置。</p><div class="tools">`+button("確定", "ex('AMS_FORM','Exec_Data')")+`</div></form>`)
}

// apply is the page that asks before the restart, and the last one before it.
func (c *ctx) apply() {
	title, crumb := "套用設定變更", "套用設定變更"
	if c.page == "c_restart.tpl" {
		title, crumb = "重新啟動裝置", "管理設定：裝置管理 > 重新啟動裝置"
	}
	if c.flag != "Exec_Data" {
		c.settings(title, crumb, `<p>將重新啟動裝置。重新啟動期間無法使用遠端使用者介面，且所有使用者都會登出。<br />若有處理中的工作，將被取消。</p>`+
			begin("APPLY_FORM", "capply.cgi", c.tpl("c_apply.tpl", "c_restart.tpl"), "c_apply.tpl")+`<div class="tools">`+button("確定", "ex('APPLY_FORM','Exec_Data')")+
			button("取消", "go('"+ref("cdevmng.cgi", "c_dev_idx.tpl")+"')")+`</div></form>`)
		return
	}
	if j := c.d.job; j != nil && !j.done {
		c.fail("正在生成鍵值，無法重新啟動。請稍候再試。")
		c.flag = ""
		c.apply()
		return
	}
	c.send(doctype + `<title>遠端使用者介面 : 重新啟動中 : ` + shortName + ` : ` + modelName + `</title><link rel="stylesheet" type="text/css" href="/rps/media/rui.css" /></head>
<body><div id="head"><b>` + modelName + `</b></div><div id="main" style="margin-left:12px"><h2>重新啟動中</h2><p>正在重新啟動裝置以套用設定。請等候裝置啟動，然後再次登入遠端使用者介面。</p>
<p><a href="/">登入頁面</a></p></div></body></html>`)
	c.d.restart()
}

// tpl is the template asked for if it is one of those given, else the first.
func (c *ctx) tpl(names ...string) string {
	for _, n := range names {
		if n == c.page {
			return n
		}
	}
	return names[0]
}

func (c *ctx) fail(why string) { c.s.note, c.s.noteErr = why, true }

// setting notes that a setting changed that needs a restart.
func (c *ctx) setting() {
	c.d.changed, c.d.pending = c.d.now(), true
}
