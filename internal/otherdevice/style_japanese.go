package otherdevice

import (
	"strings"
	"time"
)

// japanese is a machine without login behind a plain port that redirects:
// definition lists, one radio per key, submit buttons told apart by value,
// the algorithm as a list with the length in a field of its own.
var japanese = &style{
	name: "japanese", model: "iR-ADV C3830", version: "18.11",
	plain:      true,
	tokens:     true,
	showsBound: true,
	slow:       250 * time.Millisecond,
	dates:      "2006/01/02",
	params:     []string{"CorePGTAG", "PageFlag", "Flag", "cmd"},
	factory:    factory{tlsKey: "fukugoki2020", ecKey: "ipsecEC", imported: "torikomi", ecUses: []string{useIPSec}},
	words:      map[string]string{useSignature: "機器署名"},
	texts:      textsJA,
	routes: map[string]route{
		"GET /rps/nativetop.cgi":                    {page: "status", after: []string{"portal"}},
		"GET /rps/nativetop.cgi PGTAG_DEV_STAT":     {page: "status", after: []string{"portal"}},
		"GET /rps/nativetop.cgi PGTAG_CONF_ENV_PAP": {page: "settings", after: []string{"portal"}},
		"GET /rps/jobu.cgi jb.tpl Init_Data":        {page: "status", after: []string{"status"}},
		"GET /rps/joho.cgi jh.tpl Init_Data":        {page: "info", after: []string{"status"}},
		"GET /rps/yoshi.cgi ys.tpl Init_Data":       {page: "other", after: []string{"settings"}},
		"GET /rps/raisensu.cgi rs.tpl Init_Data":    {page: "other", after: []string{"settings"}},
		"GET /rps/kanri.cgi kr.tpl Init_Data":       {page: "device", after: []string{"settings"}},
		"GET /rps/riyosha.cgi ry.tpl Init_Data":     {page: "other", after: []string{"device"}},
		"GET /rps/scep.cgi sp.tpl Init_Data":        {page: "other", after: []string{"device"}},
		"GET /rps/nettowaku.cgi nt.tpl Init_Data":   {page: "network", after: []string{"settings"}},
		"GET /rps/ip.cgi ip.tpl Init_Data":          {page: "other", after: []string{"network"}},

		"GET /rps/kagi.cgi kg.tpl Init_Data":       {page: "keys", after: []string{"device"}},
		"GET /rps/kagi.cgi shosai.tpl Init_Data":   {page: "detail", after: []string{"keys"}, do: show("bango")},
		"POST /rps/kagi.cgi Exec_Data 鍵生成":         {page: "genmenu", after: []string{"keys"}, write: true},
		"POST /rps/kagi.cgi Exec_Data 削除":          {page: "keys", after: []string{"keys"}, write: true, do: japaneseDelete},
		"GET /rps/seisei.cgi nw.tpl Init_Data":     {page: "genform", after: []string{"genmenu"}},
		"GET /rps/seisei.cgi csr.tpl Init_Data":    {page: "other", after: []string{"genmenu"}},
		"GET /rps/seisei.cgi shomei.tpl Init_Data": {page: "other", after: []string{"genmenu"}},
		"POST /rps/seisei.cgi nw.tpl Exec_Data":    {page: "done", after: []string{"genform"}, write: true, do: japaneseGenerate},

		"GET /rps/tls.cgi tl.tpl Init_Data":    {page: "tls", after: []string{"network"}},
		"GET /rps/tls.cgi kagi.tpl Init_Data":  {page: "tlskeys", after: []string{"tls"}},
		"POST /rps/tls.cgi kagi.tpl Exec_Data": {page: "tls", after: []string{"tlskeys"}, write: true, do: bind("erabu")},
		"POST /rps/hanei.cgi Exec_Data":        {page: "restart", after: []string{"settings"}, write: true, do: apply},
	},
}

// textsJA words refusals in Japanese.
var textsJA = map[refusal]string{
	badName: "鍵の名前が正しくありません。", nameTaken: "この鍵の名前は登録されています。", badHash: "この鍵の長さでは使用できない署名アルゴリズムです。",
	badDates: "有効期限が正しくありません。", badSubject: "入力された文字が正しくありません。", badKind: "鍵を生成できませんでした。",
	storeFull: "これ以上登録できません。", keyInUse: "鍵は使用中のため削除できません。", keyFixed: "この鍵は選択できません。", noSuchKey: "鍵を選択してください。",
}

// japaneseDelete takes the slot of the one radio, which has a letter before.
func japaneseDelete(v *visit) string {
	if v.form.Has("kagi") {
		v.form.Set("kagi", strings.TrimPrefix(v.form.Get("kagi"), "s"))
	}
	return erase("kagi")(v)
}

func japaneseGenerate(v *visit) string {
	g := v.form.Get
	f := keyForm{
		name: g("namae"), hash: "SHA" + g("shomei"), kind: "RSA", size: g("nagasa"),
		start: dateOf(g("kaishi")), end: dateOf(g("shuryo")), country: g("kunimei"),
		state: g("ken"), city: g("shi"), org: g("soshiki"), unit: g("bumon"), cn: g("kyotsu"),
	}
	if g("kuni") == "c" {
		f.country = g("kunicode")
	}
	if g("hoshiki") == "E" {
		f.kind, f.size = "ECDSA", g("shurui")
	}
	return v.make(f, "genform", "done")
}
