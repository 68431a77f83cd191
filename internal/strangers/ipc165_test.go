package strangers_test

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/strangers/ipc165"
)

// onIPC165 is a visitor who knows the menus of this device.
type onIPC165 struct{ *visitor }

func (v onIPC165) login(password string) {
	v.t.Helper()
	v.get("/")
	v.post("/login", url.Values{"uri": {"/"}, "userID": {v.d.Credentials().UserName}, "password": {password}})
}

// menu goes to a page of the settings as the menus do.
func (v onIPC165) menu(labels ...string) {
	v.t.Helper()
	v.get("/usermode")
	v.get(regexp.MustCompile(`location.replace\("([^"]+)"`).FindStringSubmatch(v.page)[1])
	for _, l := range labels {
		link := regexp.MustCompile(`<a href="([^"]+)">` + regexp.QuoteMeta(l) + `</a>`).FindStringSubmatch(v.page)
		if link == nil {
			v.t.Fatalf("no link %s", l)
		}
		v.get(html.UnescapeString(link[1]))
	}
}

func TestIPC165(t *testing.T) {
	meet(t, ipc165.New(ipc165.Config{}), func(first *visitor) {
		v, right := onIPC165{first}, first.d.Credentials().Password
		v.login(right)
		v.menu("Network", "IEEE 802.1X Settings")
		v.faulty()
		v.open(1)
		form := v.fields()
		form.Set("Flag", "Exec_Data")
		form.Set("DX_LOGIN", "other")
		v.post("/rps/cdot1x.cgi", form)
		v.faulty("DX_LOGIN changed")
		v.post("/rps/cdot1x.cgi", form) // an old token
		v.has("Cannot display")
		v.faulty() // a second click is only refused
		v.menu("Network", "IEEE 802.1X Settings")
		form = v.fields()
		form.Del("DX_SERVER")
		v.post("/rps/cdot1x.cgi", form)
		v.faulty("DX_SERVER is missing")
		form.Set("Token", "12345678901234567890")
		v.post("/rps/cdot1x.cgi", form)
		v.faulty("without a valid token")
		v.get("/rps/cdot1x.cgi?Flag=Exec_Data&PageFlag=c_dot1x.tpl")
		v.faulty("a write by GET", "never offered")
		v.get("/rps/ckeycert.cgi?Flag=Init_Data&PageFlag=c_guess.tpl")
		v.faulty("never offered")
		v.menu("Device Management", "Key and Certificate Settings")
		form = v.fields()
		v.faulty()
		form.Set("Flag", "Delete_Data")
		form.Set("KEY_SEL", "1")
		v.post("/rps/ckeycert.cgi", form)
		v.faulty("KEY_SEL cannot have the value")
		onIPC165{v.another()}.login(right)
		v.faulty("a second session")
		time.Sleep(16 * time.Minute)
		v.open(0)
		v.get("/portal")
		v.has(`name="userID"`) // the login page

		v = onIPC165{v.another()}
		v.login("x")
		v.has("incorrect")
		if strings.Contains(v.page, `name="password"`) {
			t.Error("the page after a failure has the form:", v.page)
		}
		v.faulty()
		v.login("x")
		v.faulty("a wrong password again")
		v.login("x")
		v.has("locked")
		v.login(right)
		v.has("locked")
		time.Sleep(time.Hour)
		v.login(right)
		v.has("Status Monitor/Cancel")
	})
}
