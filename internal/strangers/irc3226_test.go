package strangers_test

import (
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/strangers/irc3226"
)

// onIRC3226 is a visitor who knows the forms of this device.
type onIRC3226 struct{ *visitor }

// sends posts a form of pairs of names and values.
func (v onIRC3226) sends(path string, fields ...string) {
	v.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	v.post(path, form)
}

func (v onIRC3226) login(pin string) {
	v.t.Helper()
	v.sends("/checkLogin.cgi", "iToken", "", "i0012", "1", "i0014", v.d.Credentials().DepartmentID, "i0016", pin, "errText", "エラー", "submitButton", "ログイン")
}

func (v onIRC3226) token() string {
	v.t.Helper()
	return regexp.MustCompile(`name="iToken" value="(\d+)"`).FindStringSubmatch(v.page)[1]
}

// sees a text, and the device the faults.
func (v onIRC3226) sees(text string, faults ...string) {
	v.t.Helper()
	v.has(text)
	v.faulty(faults...)
}

func TestIRC3226Locks(t *testing.T) {
	meet(t, irc3226.New(irc3226.Config{}), func(first *visitor) {
		v, right := onIRC3226{first}, first.d.Credentials().Password
		v.login("1")
		v.sees("正しくありません")
		v.login("2")
		v.sees("正しくありません", "attempt 2")
		v.login("3")
		v.sees("ロックアウト", "attempt 3")
		v.login(right)
		v.sees("ロックアウト", "locked")
		time.Sleep(time.Hour)
		v.login(right)
		v.sees("ポータル")
		v.login(right)
		v.sees("ポータル", "another session")
		v.open(2)
		time.Sleep(16 * time.Minute)
		v.get("/m_keycert.html")
		v.sees("有効期限が切れました")
		v.open(0)
	})
}

func TestIRC3226Notices(t *testing.T) {
	meet(t, irc3226.New(irc3226.Config{}), func(first *visitor) {
		v := onIRC3226{first}
		v.login(v.d.Credentials().Password)
		v.sees("ポータル")
		v.get("/m_keycert.html")
		v.sees("Default Key", "never offered")
		v.get("/p_paper_select.html")
		v.get("/m_device.html")
		v.get("/m_keycert.html")
		v.sees("Default Key")
		token := v.token()
		v.sends("/cgi/m_keycert_del.cgi", "iToken", token, "i4001", "2")
		v.sees("使用中の鍵", "in use (TLS)")
		v.sends("/cgi/m_keycert_del.cgi", "iToken", token, "i4001", "1")
		v.sees("削除できません", "not on offer", "Default Key")
		v.sends("/cgi/m_keycert_del.cgi", "i4001", "1")
		v.sees("エラー", "without the token")
		v.sends("/cgi/restart_device.cgi", "iToken", token)
		v.sees("エラー", "another form")
		v.get("/cgi/restart_device.cgi")
		v.sees("405", "by GET")
		v.sends("/cgi/x.cgi", "a", "b")
		v.sees("404", "no target")
		for _, path := range []string{"/m_network.html", "/m_network_8021x.html", "/m_network_8021x_edit.html"} {
			v.get(path)
		}
		v.sees("Dot1X_3F")
		form := []string{"iToken", v.token(), "i5201", "0", "i5201", "1", "i5202", "irc3226-3f", "i5203", "0", "i5203", "1", "i5204", "0", "i5204", "1", "i5205", "radius01.example.co.jp",
			"i5206", "0", "i5206", "1", "i5207", "0", "i5208", "1", "i5209", "0", "i5210", "0", "i5210", "1", "i5212", "0"}
		v.sends("/cgi/m_network_8021x_edit.cgi", form...)
		v.sees("IEEE 802.1X")
		form[7] = "other"
		v.sends("/cgi/m_network_8021x_edit.cgi", form...)
		v.sees("設定の反映", "i5202")
		v.sends("/cgi/m_network_8021x_edit.cgi", form[:8]...)
		v.sees("不正", "i5203")
		v.get("/logout.cgi")
		v.sees("ログイン")
		v.open(0)
	})
}

func TestIRC3226Guest(t *testing.T) {
	meet(t, irc3226.New(irc3226.Config{}), func(first *visitor) {
		v := onIRC3226{first}
		v.sends("/checkLogin.cgi", "iToken", "", "i0012", "2", "i0019", "", "errText", "エラー", "submitButton", "ログイン")
		v.sees("一般ユーザー")
		v.get("/j_print.html")
		v.sees("ジョブはありません")
		v.get("/p_timer.html")
		v.sees("権限がありません", "never offered")
		v.get("/logout.cgi")
		v.sees("ログイン")
	})
}
