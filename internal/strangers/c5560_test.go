package strangers_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/strangers/c5560"
)

// onC5560 is a visitor who knows the menus of this device.
type onC5560 struct{ *visitor }

func (v onC5560) login(password string) {
	v.t.Helper()
	v.challenged(password, "DOMAIN", "localhost", "domainname", "localhost")
}

// settings logs in and goes to the menu of the settings.
func (v onC5560) settings() {
	v.t.Helper()
	v.login(v.d.Credentials().Password)
	v.has("裝置基本資訊")
	v.get("/usermode")
	v.get(regexp.MustCompile(`location\.replace\("([^"]*)"`).FindStringSubmatch(v.page)[1])
}

// menu follows the script calls for templates.
func (v onC5560) menu(templates ...string) {
	v.t.Helper()
	for _, template := range templates {
		call := regexp.MustCompile(`menu_link\('([^']*)','(` + regexp.QuoteMeta(template) + `)','([^']*)','([^']*)'\)`).FindStringSubmatch(v.page)
		if call == nil {
			v.t.Fatalf("no link to %s on\n%s", template, v.page)
		}
		v.get(call[1] + "?Flag=Init_Data&PageFlag=" + template + "&FuncTypeFlag=SettingPage&CorePGTAG=" + call[3] + "&SecID=" + call[4] + "&Dummy=1")
	}
}

// texts are the fields of the form that is posted, but for choices.
func (v onC5560) texts(changed map[string]string) url.Values {
	v.t.Helper()
	form := fieldsOf(postedForm.FindString(v.page), func(kind string, _ bool) bool { return kind != "checkbox" && kind != "radio" })
	for name, value := range changed {
		form.Set(name, value)
	}
	return form
}

var postedForm = regexp.MustCompile(`(?is)<form [^>]*method="post".*?</form>`)

func TestC5560Refuses(t *testing.T) {
	meet(t, c5560.New(c5560.Config{}), func(first *visitor) {
		v := onC5560{first}
		v.settings()
		v.menu("c_devidx.tpl", "c_keylist.tpl", "c_keygen.tpl")
		generate := func(changed map[string]string, says string) {
			t.Helper()
			v.menu("c_keynet.tpl")
			form := v.texts(map[string]string{"SigAlg": "256", "KeyAlg": "0", "RsaLen": "2048", "CtryWay": "0", "Country": "TW", "KeyName": "a1", "EnY": "2030", "EnM": "1", "EnD": "2"})
			for name, value := range changed {
				form.Set(name, value)
			}
			v.post("./ckeygen.cgi", form)
			v.has(says)
			if strings.Contains(v.page, "ErrMsg") {
				v.menu("c_keygen.tpl")
			}
		}
		generate(map[string]string{"KeyName": "a b"}, "英數字元輸入鍵值名稱")
		generate(map[string]string{"RsaLen": "512", "SigAlg": "512"}, "無法選擇SHA384或SHA512")
		generate(map[string]string{"EnY": "2001"}, "不可早於")
		generate(map[string]string{"KeyName": "ipfax"}, "已被使用")
		v.faulty()
		generate(map[string]string{"KeyName": "big", "RsaLen": "4096", "SigAlg": "512"}, "正在生成鍵值")
		time.Sleep(16 * time.Minute)
		v.open(0)
		v.get("./cset.cgi?Flag=Init_Data")
		v.has("工作階段已逾時")
		v.settings()
		v.menu("c_netidx.tpl", "c_dot1x.tpl")
		form := v.texts(nil)
		form.Del("Token")
		v.post("./cnetset.cgi", form)
		v.has("此網頁已過期")
		v.get("/rps/nowhere.cgi?Flag=Exec_Data")
		v.get("/rps/nowhere.cgi?Flag=Init_Data")
		v.faulty("without the form's token", "by GET", "never offered")
		onC5560{v.another()}.login(v.d.Credentials().Password)
		v.faulty("two sessions")
	})
}

func TestC5560Locks(t *testing.T) {
	meet(t, c5560.New(c5560.Config{}), func(first *visitor) {
		v := onC5560{first}
		v.login("x")
		v.has("請檢查使用者名稱和密碼")
		v.faulty()
		v.login("x")
		v.login("x")
		v.has("帳戶已鎖定")
		v.login(v.d.Credentials().Password)
		v.has("帳戶已鎖定")
		v.faulty("number 2", "number 3")
	})
}

func TestC5560BindingKeepsTheRest(t *testing.T) {
	meet(t, c5560.New(c5560.Config{}), func(first *visitor) {
		v := onC5560{first}
		v.settings()
		v.menu("c_netidx.tpl", "c_dot1x.tpl")
		form, at := v.texts(map[string]string{"TtlsProto": "0", "KeyNo": "05", "SrvName": ""}), v.at
		for _, n := range []string{"Use", "VerCert", "VerName", "UseTls", "SameName"} {
			form.Set(n+"Chk", "1")
		}
		v.get("./ckeysel.cgi?Flag=Init_Data&PageFlag=c_keysel.tpl&FuncTypeFlag=SettingPage&CorePGTAG=33&SecID=dot1x&Dummy=5")
		v.has("use_key('05','ipsecHQ')")
		v.at = at
		v.post("./cnetset.cgi", form)
		v.faulty("SrvName")
		v.has("套用設定變更")
	})
}
