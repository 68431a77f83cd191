package adv525iii

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
)

const (
	pathNet  = `設定/登録：環境設定：<a href="./cindex.cgi?Flag=Init_Data&amp;PageFlag=c_netidx.tpl">ネットワーク</a> &gt; `
	pathSend = `設定/登録：ファンクション設定：<a href="./cindex.cgi?Flag=Init_Data&amp;PageFlag=c_sendidx.tpl">送信</a> &gt; `
	pathDev  = `設定/登録：管理設定：<a href="./cindex.cgi?Flag=Init_Data&amp;PageFlag=c_devidx.tpl">デバイス管理</a> &gt; `
	pathLic  = `設定/登録：管理設定：<a href="./cindex.cgi?Flag=Init_Data&amp;PageFlag=c_licidx.tpl">ライセンス/その他</a> &gt; `
	notice   = "設定は、[設定の反映]を実行してデバイスを再起動したあとに有効になります。"
)

// field is a row of a settings page: head, check, text, pass, num, radio, select, key, note.
type field struct{ name, label, kind, opts string }

// setPage is a settings page; its form goes through a page of confirmation when confirm is set.
type setPage struct {
	cgi, tpl, title, path string
	fields                []field
	vals                  map[string]string
	use                   *use
	immediate             bool // a key is stored without OK on the form
	back                  string
	start                 func(q *req) map[string]string
	check                 func(v map[string]string) string
	exec                  func(v map[string]string) *job
	confirm, restart      bool
}

type policy struct {
	no                   int
	name, local, address string
	ike                  string
}

// settings reads the table of the settings pages.
func (d *Device) settings() {
	d.policies = []*policy{{1, "kisha-vpn", "192.168.20.31", "10.8.0.0/16", "c_ike1.tpl"}, {2, "keiri", "192.168.20.31", "192.168.41.7", "c_ike2.tpl"}}
	ips := pathNet + `<a href="./cnetips.cgi?Flag=Init_Data&amp;PageFlag=c_netips.tpl">IPSecポリシー一覧</a> &gt; ポリシー登録 &gt; `
	var sp *setPage
	for line := range strings.Lines(asset("settings.txt")) {
		c := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		switch {
		case c[0] == "=":
			has := func(s string) bool { return strings.Contains(c[6], s) }
			path := map[string]string{"net": pathNet, "send": pathSend, "lic": pathLic, "ips": ips, "keys": pathKeys + " &gt; 鍵生成 &gt; "}[c[4]]
			sp = &setPage{title: c[1], cgi: c[2], tpl: c[3], path: path + c[1], use: d.use(c[5]), immediate: has("immediate"), confirm: has("confirm"), restart: has("restart"), vals: map[string]string{}}
			d.set[sp.tpl] = sp
		case len(c) == 5:
			sp.fields = append(sp.fields, field{c[1], c[2], c[0], c[3]})
			sp.vals[c[1]] = c[4]
		}
	}
}

func options(o string) (out [][2]string) {
	for _, s := range strings.Split(o, "|") {
		if v, l, ok := strings.Cut(s, ":"); ok {
			out = append(out, [2]string{v, l})
		}
	}
	return out
}

func shown(f field, vals map[string]string) string {
	v := vals[f.name]
	switch f.kind {
	case "check":
		return map[bool]string{true: "ON", false: "OFF"}[v == "1"]
	case "pass":
		return strings.Repeat("*", len(v))
	case "date":
		return vals[f.name+"Y"] + "/" + vals[f.name+"M"] + "/" + vals[f.name+"D"]
	}
	for _, o := range options(f.opts) {
		if label, beside, _ := strings.Cut(o[1], "@"); o[0] == v {
			return label + " " + vals[beside]
		}
	}
	return v
}

// choice makes radios, or a select; a radio may have a select or a text beside it, named after an @.
func (p *page) choice(kind, name, opts string, vals map[string]string) (out string) {
	for _, o := range options(opts) {
		label, beside, _ := strings.Cut(o[1], "@")
		mark := ""
		if o[0] == vals[name] {
			mark = map[string]string{"radio": ` checked="checked"`, "select": ` selected="selected"`}[kind]
		}
		if kind == "select" {
			out += fmt.Sprintf(`<option value="%s"%s>%s</option>`, o[0], mark, label)
			continue
		}
		out += fmt.Sprintf(`<input type="radio" name="%s" id="%s_%s" value="%s"%s /><label for="%s_%s">%s</label> `, name, name, o[0], o[0], mark, name, o[0], label)
		if so := besides[beside]; so != "" {
			out += p.choice("select", beside, so, vals)
		} else if beside != "" {
			out += p.text(beside, "2", vals)
		}
		out += "<br />"
	}
	if kind == "select" {
		return fmt.Sprintf(`<select name="%s" id="%s">%s</select>`, name, name, out)
	}
	return out
}

func (p *page) text(name, size string, vals map[string]string) string {
	return fmt.Sprintf(`<input type="text" name="%s" size="%s" maxlength="%s" value="%s" />`, name, size, size, esc(vals[name]))
}

// names are the inputs of a field.
func (f field) names() []string {
	out := []string{f.name}
	switch f.kind {
	case "head", "note", "key":
		return nil
	case "date":
		return []string{f.name + "Y", f.name + "M", f.name + "D"}
	case "radio":
		for _, o := range options(f.opts) {
			if _, b, ok := strings.Cut(o[1], "@"); ok {
				out = append(out, b)
			}
		}
	}
	return out
}

// settingsPage serves one settings page in all its steps.
func (d *Device) settingsPage(q *req, sp *setPage) {
	vals, keyNo, msg := maps.Clone(sp.vals), 0, ""
	if sp.use != nil {
		keyNo = sp.use.cfg
	}
	if sp.start != nil {
		vals = sp.start(q)
	}
	if q.r.Method == "POST" {
		vals = map[string]string{}
		for _, f := range sp.fields {
			for _, n := range f.names() {
				vals[n] = q.v.Get(n)
			}
		}
		msg = sp.wrong(vals)
		if sp.use != nil {
			keyNo, _ = strconv.Atoi(q.v.Get("KeyNo"))
			if k := d.key(keyNo); keyNo != sp.use.cfg && !(k != nil && d.usable(k, sp.use)) {
				keyNo, msg = sp.use.cfg, "この鍵と証明書は使用できません。"
			}
			if keyNo == 0 && (vals["TlsUse"] == "1" || vals["IntraTls"] == "1" || vals["AuthType"] == "2") && msg == "" {
				msg = "使用する鍵と証明書が設定されていません。"
			}
		}
	}
	switch flag := q.flag(); {
	case flag == "Key_Data":
		d.chooseKey(q, sp, vals)
	case flag == "Conf_Data" && msg == "":
		d.settingsForm(q, sp, vals, keyNo, "", true)
	case flag == "Exec_Data" && msg == "" && sp.exec != nil:
		d.busy(q, sp.exec(vals))
	case flag == "Exec_Data" && msg == "":
		for _, f := range sp.fields {
			old, now := sp.vals[f.name], vals[f.name]
			if len(f.names()) == 1 && (f.kind != "pass" || now != "") && old != now {
				d.Violate("%s: setting %s changed from %q to %q", sp.title, f.name, old, now)
				sp.vals[f.name] = now
			}
		}
		if sp.use != nil {
			sp.use.cfg = keyNo
		}
		text := "設定を登録しました。"
		if sp.restart {
			text += notice
		}
		j := d.job(nil)
		j.final = func(q *req) { d.message(q, sp.title, sp.path, text, sp.url(), false) }
		d.busy(q, j)
	case flag == "Conf_Data" || flag == "Exec_Data":
		d.settingsForm(q, sp, vals, keyNo, msg, false)
	default:
		d.settingsForm(q, sp, vals, keyNo, "", false)
	}
}

func (sp *setPage) url() string {
	if sp.back != "" {
		return sp.back
	}
	return "./" + sp.cgi + "?Flag=Init_Data&PageFlag=" + sp.tpl + "&FuncTypeFlag=SettingPage"
}

func (sp *setPage) wrong(v map[string]string) string {
	for _, f := range sp.fields {
		lo, hi, _ := strings.Cut(f.opts, "-")
		a, _ := strconv.Atoi(lo)
		b, _ := strconv.Atoi(hi)
		if n, err := strconv.Atoi(v[f.name]); f.kind == "num" && (err != nil || n < a || n > b) {
			return fmt.Sprintf("%s %s～%sの範囲で入力してください。", f.label, lo, hi)
		}
	}
	switch {
	case v["TlsUse"] == "1" && (v["TtlsUse"] == "1" || v["PeapUse"] == "1"):
		return "TLSとTTLS/PEAPを同時に使用することはできません。"
	case v["VerMin"] > v["VerMax"]:
		return "下限バージョンは上限バージョン以下にしてください。"
	case sp.check != nil:
		return sp.check(v)
	}
	return ""
}

// settingsForm is the form, or with confirm what was entered in it and a question.
func (d *Device) settingsForm(q *req, sp *setPage, vals map[string]string, keyNo int, msg string, confirm bool) {
	p := d.page(q, sp.title, sp.path)
	p.msg = msg
	if confirm {
		p.js = setJS("exec_ok", "SUBMIT_FORM", "Exec_Data") + setJS("exec_back", "SUBMIT_FORM", "Back_Data")
		p.form("SUBMIT_FORM", sp.cgi, sp.tpl, "")
		p.carry(sp, vals, keyNo)
		p.f("<p>次の内容で%sします。よろしいですか？</p>\n", map[bool]string{true: "設定", false: "鍵を生成"}[sp.exec == nil])
	} else {
		p.js = setJS("exec_ok", "MAIN_FORM", map[bool]string{true: "Conf_Data", false: "Exec_Data"}[sp.confirm]) + setJS("key_list", "MAIN_FORM", "Key_Data") + p.goJS("exec_cancel", sp.url())
		p.form("MAIN_FORM", sp.cgi, sp.tpl, ` autocomplete="off"`)
		p.buttons("OK_Button", "OK", "exec_ok()", "Cancel_Button", "キャンセル", "exec_cancel()")
	}
	p.f("<table>\n")
	for _, f := range sp.fields {
		if f.kind == "key" {
			p.row("鍵の名前：", d.keyName(keyNo))
		}
		if confirm && len(f.names()) > 0 {
			p.row(esc(f.label), esc(shown(f, vals)))
		} else if !confirm {
			p.f("%s", fmt.Sprintf(strings.NewReplacer("{name}", f.name, "{label}", esc(f.label), "{opts}", f.opts, "{val}", esc(vals[f.name])).Replace(shapes[f.kind]), p.control(f, vals, keyNo)))
		}
	}
	p.f("</table>\n")
	if confirm {
		p.buttons("OK_Button", "OK", "exec_ok()", "Back_Button", "戻る", "exec_back()")
	}
	p.end("</form>\n")
}

// shapes are the rows of the form.
var shapes = map[string]string{
	"head":   "<tr><td colspan=\"2\"><b>{label}</b>%s</td></tr>\n",
	"note":   "<tr><td colspan=\"2\">{label}%s</td></tr>\n",
	"check":  "<tr><td colspan=\"2\"><input type=\"checkbox\" name=\"{name}\" id=\"{name}\" value=\"1\"%s /><label for=\"{name}\">{label}</label></td></tr>\n",
	"key":    "<tr><th>鍵と証明書：</th><td>%s</td></tr>\n",
	"pass":   "<tr><th>{label}</th><td><input type=\"password\" name=\"{name}\" maxlength=\"{opts}\" value=\"{val}\" />%s (変更する場合のみ入力)</td></tr>\n",
	"num":    "<tr><th>{label}</th><td>%s ({opts})</td></tr>\n",
	"radio":  "<tr><th>{label}</th><td>%s</td></tr>\n",
	"select": "<tr><th>{label}</th><td>%s</td></tr>\n",
	"date":   "<tr><th>{label}</th><td>%s</td></tr>\n",
	"text":   "<tr><th>{label}</th><td>%s</td></tr>\n",
}

// control is what stands in the row of a field.
func (p *page) control(f field, vals map[string]string, keyNo int) string {
	switch f.kind {
	case "check":
		return map[bool]string{true: ` checked="checked"`}[vals[f.name] == "1"]
	case "radio", "select":
		return p.choice(f.kind, f.name, f.opts, vals)
	case "key":
		return fmt.Sprintf(`<input type="hidden" name="KeyNo" value="%d" />`, keyNo) + button("Key_Button", f.label, "key_list()")
	case "num":
		return p.text(f.name, "5", vals)
	case "date":
		return p.text(f.name+"Y", "4", vals) + " / " + p.text(f.name+"M", "2", vals) + " / " + p.text(f.name+"D", "2", vals)
	case "text":
		return p.text(f.name, f.opts, vals)
	}
	return ""
}

func (d *Device) keyName(no int) string {
	if k := d.key(no); k != nil {
		return esc(k.name)
	}
	return ""
}

// carry puts the values of the form into hidden fields.
func (p *page) carry(sp *setPage, vals map[string]string, keyNo int) {
	for _, f := range sp.fields {
		for _, n := range f.names() {
			if vals[n] != "" || f.kind != "check" {
				p.hidden(n, vals[n])
			}
		}
	}
	if sp.use != nil {
		p.hidden("KeyNo", strconv.Itoa(keyNo))
	}
}

// usable tells whether a key may be chosen for a use.
func (d *Device) usable(k *key, u *use) bool {
	return k.cert != nil && k.name != amsKey && k.name != signKey && (u.name != "SIP" || !d.bound(k, u))
}

// chooseKey is the list of keys with a button on each row that may be used.
func (d *Device) chooseKey(q *req, sp *setPage, vals map[string]string) {
	p := d.page(q, "鍵と証明書", sp.path+" &gt; 鍵と証明書")
	next := "Back_Data"
	if sp.immediate {
		next = "Conf_Data"
	}
	p.js = fmt.Sprintf("function use_key(n){var f=document.SUBMIT_FORM;f.KeyNo.value=n;f.Flag.value='%s';f.Dummy.value=new Date().getTime();f.submit();}\n", next) +
		setJS("exec_back", "SUBMIT_FORM", "Back_Data")
	p.form("SUBMIT_FORM", sp.cgi, sp.tpl, "")
	no, _ := strconv.Atoi(q.v.Get("KeyNo"))
	p.carry(sp, vals, no)
	p.f("<div class=\"ItemListComponent\"><table border=\"1\">\n<tr><th>鍵の名前</th><th>鍵の使用先</th><th>証明書</th><th></th></tr>\n")
	for _, k := range d.keys {
		b := ""
		if d.usable(k, sp.use) {
			b = fmt.Sprintf(`<input type="button" value="使用" onclick="use_key('%d')" />`, k.id)
		}
		p.f("<tr><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>\n", esc(k.name), d.usesText(k), certIcon(k), b)
	}
	p.f("</table></div>\n")
	p.buttons("Back_Button", "戻る", "exec_back()")
	p.end("</form>\n")
}

func (d *Device) usesText(k *key) string {
	return strings.ReplaceAll(strings.Join(d.usesOf(k), ", "), "Device Signature", "機器署名")
}

func certIcon(k *key) string {
	if k.cert != nil {
		return ""
	}
	return `<img src="/media/ico_nocert.gif" alt="証明書がありません" title="証明書がありません" />`
}

// policyPages are the list of IPSec policies and the page of one.
func (d *Device) policyPages(q *req) {
	if n, _ := strconv.Atoi(q.v.Get("PolNo")); q.r.Method == "POST" && n >= 1 && n <= len(d.policies) {
		pl := d.policies[n-1]
		p := d.page(q, "ポリシー登録", pathNet+`<a href="./cnetips.cgi?Flag=Init_Data&amp;PageFlag=c_netips.tpl">IPSecポリシー一覧</a> &gt; ポリシー登録`)
		p.js = p.goJS("ike_set", "./cnetike.cgi?Flag=Init_Data&PageFlag="+pl.ike+"&FuncTypeFlag=SettingPage") +
			p.goJS("exec_back", "./cnetips.cgi?Flag=Init_Data&PageFlag=c_netips.tpl")
		p.f("<table>\n<tr><th>ポリシー名</th><td>%s</td></tr>\n<tr><th>状態</th><td>ON</td></tr>\n<tr><th>ローカルアドレス</th><td>%s</td></tr>\n<tr><th>リモートアドレス</th><td>%s</td></tr>\n<tr><th>IKE</th><td>%s</td></tr>\n</table>\n",
			pl.name, pl.local, pl.address, button("Ike_Button", "IKE設定", "ike_set()"))
		p.buttons("Back_Button", "戻る", "exec_back()")
		p.send()
		return
	}
	p := d.page(q, "IPSecポリシー一覧", pathNet+"IPSecポリシー一覧")
	p.js = "function pol_edit(n){var f=document.SUBMIT_FORM;f.PolNo.value=n;f.Dummy.value=new Date().getTime();f.submit();}\n"
	p.f("<div class=\"ItemListComponent\"><table border=\"1\">\n<tr><th>優先順位</th><th>ポリシー名</th><th>状態</th></tr>\n")
	for _, pl := range d.policies {
		p.f("<tr><td>%d</td><td><a href=\"javascript:pol_edit('%d')\">%s</a></td><td>ON</td></tr>\n", pl.no, pl.no, pl.name)
	}
	p.f("</table></div>\n")
	p.form("SUBMIT_FORM", "cnetips.cgi", "c_netips.tpl", "", "PolNo", "")
	p.end("</form>\n")
}
