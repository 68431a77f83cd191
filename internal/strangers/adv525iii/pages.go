package adv525iii

import (
	mrand "math/rand/v2"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

// job is work that the pages wait for.
type job struct {
	id    string
	done  bool
	err   error
	final func(q *req)
}

// job starts work without the lock; nil is work that is soon done.
func (d *Device) job(work func() (func(q *req), error)) *job {
	j := &job{id: devicetest.Decimal(6)}
	d.jobs[j.id] = j
	go func() {
		end := time.Now().Add(150 * time.Millisecond)
		var fin func(q *req)
		var err error
		if work != nil {
			end = time.Now().Add(time.Duration(500+mrand.IntN(900)) * time.Millisecond)
			fin, err = work()
		}
		time.Sleep(time.Until(end))
		d.Mu.Lock()
		defer d.Mu.Unlock()
		if j.done, j.err = true, err; fin != nil {
			j.final = fin
		}
	}()
	return j
}

// busy is the page shown while a job runs; it asks again by itself.
func (d *Device) busy(q *req, j *job) {
	p := d.page(q, "処理中", "")
	u := "./cwait.cgi?Flag=Wait_Data&PageFlag=c_wait.tpl&JobNo=" + j.id
	d.offer(u)
	p.head = `<meta http-equiv="Refresh" content="1; URL=` + esc(u+"&Dummy="+d.dummy()) + `" />` + "\n"
	p.end("<p>処理中です。しばらくお待ちください...</p>\n")
}

func (d *Device) wait(q *req) {
	j := d.jobs[q.v.Get("JobNo")]
	switch {
	case j == nil:
		d.cannot(q.w, noPage)
	case !j.done:
		d.busy(q, j)
	case j.err != nil:
		d.message(q, "エラー", "", "処理に失敗しました。登録できる鍵の数の上限に達しているか、同じ名前の鍵が登録されています。", keyListURL, true)
	default:
		j.final(q)
	}
}

// static are the pages that only show something: title, path and content.
var static = map[string][3]string{
	"cpaper.cgi":   {"用紙設定", "設定/登録：環境設定：用紙設定", "<table>\n<tr><th>カセット1</th><td>A4 普通紙1(64-75 g/m2)</td></tr>\n<tr><th>手差しトレイ</th><td>指定なし</td></tr>\n</table>\n"},
	"dstatus.cgi":  {"デバイス状況", "状況確認/中止：デバイス状況", "<table>\n<tr><th>プリンター</th><td>スリープ中です。</td></tr>\n<tr><th>スキャナー</th><td>スリープ中です。</td></tr>\n<tr><th>ファクス</th><td>待機中です。</td></tr>\n</table>\n"},
	"jstatpri.cgi": {"プリント ジョブ状況", "状況確認/中止：プリント：ジョブ状況", noJobs},
	"jstatcpy.cgi": {"コピー ジョブ状況", "状況確認/中止：コピー：ジョブ状況", noJobs},
	"jstatsnd.cgi": {"送信 ジョブ状況", "状況確認/中止：送信：ジョブ状況", noJobs},
	"jstatfax.cgi": {"ファクス ジョブ状況", "状況確認/中止：ファクス：ジョブ状況", noJobs},
	"jstatrcv.cgi": {"受信 ジョブ状況", "状況確認/中止：受信：ジョブ状況", noJobs},
	"dinfo.cgi":    {"デバイス情報", "状況確認/中止：デバイス情報", asset("dinfo.html")},
}

// noJobs is a list of jobs, written by a script and empty.
var noJobs = asset("nojobs.html")

const initData = ".cgi?Flag=Init_Data&PageFlag="

// menus are the left frames: a heading, or a label with its address.
var menus = map[string][][2]string{
	"cmenu.cgi": {{"環境設定"}, {"用紙設定", "./cpaper" + initData + "c_paper.tpl"}, {"ネットワーク", "./cindex" + initData + "c_netidx.tpl"}, {"ファンクション設定"}, {"送信", "./cindex" + initData + "c_sendidx.tpl"},
		{"管理設定"}, {"デバイス管理", "./cindex" + initData + "c_devidx.tpl"}, {"ライセンス/その他", "./cindex" + initData + "c_licidx.tpl"}, {"再起動"}, {"設定の反映", "./capply" + initData + "c_apply.tpl"}},
	"jmenu.cgi": {{"ジョブ状況"}, {"プリント", "./jstatpri" + initData + "j_pri.tpl&CorePGTAG=1"}, {"コピー", "./jstatcpy" + initData + "j_cpy.tpl&CorePGTAG=3"},
		{"送信", "./jstatsnd" + initData + "j_snd.tpl&CorePGTAG=4"}, {"ファクス", "./jstatfax" + initData + "j_fax.tpl&CorePGTAG=5"}, {"受信", "./jstatrcv" + initData + "j_rcv.tpl&CorePGTAG=6"},
		{"デバイス"}, {"デバイス状況", "./dstatus.cgi?CorePGTAG=11&PageFlag=d_tops.tpl"}, {"デバイス情報", "./dinfo.cgi?CorePGTAG=13"}},
}

// indexes list the pages of a group: title and path first, then label, cgi and template.
var indexes = map[string][][3]string{
	"c_netidx.tpl": {{"ネットワーク設定", "設定/登録：環境設定：ネットワーク"}, {"TLS設定", "cnettls.cgi", "c_nettls.tpl"}, {"IEEE 802.1X設定", "cnet1x.cgi", "c_net1x.tpl"},
		{"IPSecポリシー一覧", "cnetips.cgi", "c_netips.tpl"}, {"SIP設定", "cnetsip.cgi", "c_netsip.tpl"}, {"Bluetooth設定", "cnetbt.cgi", "c_netbt.tpl"}},
	"c_sendidx.tpl": {{"送信", "設定/登録：ファンクション設定：送信"}, {"S/MIME設定", "csmime.cgi", "c_smime.tpl"}},
	"c_devidx.tpl": {{"デバイス管理", "設定/登録：管理設定：デバイス管理"}, {"鍵と証明書設定", "ckeylist.cgi", "c_keylist.tpl"}, {"S/MIME証明書設定", "csmcert.cgi", "c_smcert.tpl"},
		{"機器署名のエクスポート", "cdevexp.cgi", "c_devexp.tpl"}},
	"c_licidx.tpl": {{"ライセンス/その他", "設定/登録：管理設定：ライセンス/その他"}, {"ACCESS MANAGEMENT SYSTEM設定", "cams.cgi", "c_ams.tpl"}},
}

// routes gives the pages with a program of their own.
func routes() map[string]func(d *Device, q *req) {
	return map[string]func(d *Device, q *req){
		"chead.cgi": (*Device).top, "cindex.cgi": (*Device).index, "ckeylist.cgi": (*Device).keyList, "ckeydtl.cgi": (*Device).keyDetail, "ckeygen.cgi": (*Device).genMenu,
		"cdevsign.cgi": (*Device).deviceSign, "cdevexp.cgi": (*Device).exportSign, "ccertreg.cgi": (*Device).certReg, "ccsrfile.cgi": (*Device).csrFile,
		"csmcert.cgi": (*Device).smimeCerts, "cnetips.cgi": (*Device).policyPages, "cwait.cgi": (*Device).wait, "capply.cgi": (*Device).apply,
	}
}

// route finds the page of the native UI.
func (d *Device) route(q *req) {
	if sp := d.set[q.v.Get("PageFlag")]; sp != nil && sp.cgi == q.name {
		d.settingsPage(q, sp)
	} else if h := routes()[q.name]; h != nil {
		h(d, q)
	} else if m := menus[q.name]; m != nil {
		d.menu(q, m)
	} else if st, ok := static[q.name]; ok {
		p := d.page(q, st[0], st[1])
		p.f("%s", st[2])
		p.send()
	} else {
		d.cannot(q.w, noPage)
	}
}

func (d *Device) top(q *req) {
	d.offer("/rps/logout.cgi")
	d.write(q.w, "リモートUI", script(asset("logout.js")), `<body><table width="100%"><tr><td>`+model+` / fukugouki-03</td><td align="right">`+adminName+` <a href="/" target="_top">ポータルページへ</a> <a href="javascript:logout()"><script type="text/javascript">document.writeln('ログアウト');</script></a></td></tr></table></body>`, "")
}

func (d *Device) menu(q *req, items [][2]string) {
	b := ""
	for _, it := range items {
		if it[1] == "" {
			b += `<div class="MenuTitle">` + it[0] + "</div>\n"
		} else {
			b += `<li><a href="` + esc(it[1]) + `" target="body">` + it[0] + "</a></li>\n"
		}
	}
	d.write(q.w, "リモートUI : メニュー", "", "<body>\n"+b+"</body>", "")
}

func (d *Device) index(q *req) {
	items := indexes[q.v.Get("PageFlag")]
	if items == nil {
		d.cannot(q.w, noPage)
		return
	}
	p := d.page(q, items[0][0], items[0][1])
	p.js = "function page_jump(c,t){location.href='./'+c+'?Flag=Init_Data&PageFlag='+t+'&FuncTypeFlag=SettingPage&Dummy='+new Date().getTime();}\n"
	for _, it := range items[1:] {
		d.offer("./" + strings.TrimSuffix(it[1], ".cgi") + initData + it[2] + "&FuncTypeFlag=SettingPage")
		p.f("<li><a href=\"javascript:page_jump('%s','%s')\">%s</a></li>\n", it[1], it[2], it[0])
	}
	p.send()
}

func (d *Device) csrFile(q *req) {
	if k := q.key(d); k != nil && k.csr != nil {
		q.file("csr.pem", "application/octet-stream", []byte(devicetest.RequestText(k.csr)))
		return
	}
	d.cannot(q.w, noPage)
}

// apply restarts the device after a confirmation.
func (d *Device) apply(q *req) {
	if q.flag() != "Exec_Data" {
		d.page(q, "設定の反映", "設定/登録：設定の反映").ask("変更した設定を反映するため、デバイスを再起動します。よろしいですか？<br />実行中のジョブがある場合は、終了してから再起動してください。",
			"capply.cgi", "c_apply.tpl", ` target="_top"`, "./cpaper"+initData+"c_paper.tpl")
		return
	}
	d.restart()
	d.write(q.w, "リモートUI : 設定の反映 : "+model, "", asset("restart.html"), "")
}
