package strangers_test

import (
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/strangers/dx8795"
)

func TestDX8795Notices(t *testing.T) {
	meet(t, dx8795.New(dx8795.Config{}), func(v *visitor) {
		v.get("/")
		v.has("-----BEGIN PUBLIC KEY-----")
		v.faulty()
		v.another().get("/rps/ckeylist.cgi?Flag=Init_Data")
		v.another().get("/login?USERNAME=a&PASSWORD=" + v.d.Credentials().Password)
		v.faulty("never offered", "in clear", "by GET")
	})
}

func TestDX8795Login(t *testing.T) {
	meet(t, dx8795.New(dx8795.Config{}), func(v *visitor) {
		in := func(password string) bool {
			another := v.another()
			another.challenged(password, "PASSWORD_T", "", "domainname", "localhost")
			v.page = another.page
			return !strings.HasSuffix(another.at, "/login")
		}
		right := v.d.Credentials().Password
		if !in(right) {
			t.Fatal(v.page)
		}
		v.open(1)
		time.Sleep(16 * time.Minute)
		v.open(0)
		v.faulty()
		for i := range 3 {
			if in("wrong") || strings.Contains(v.page, "locked") != (i == 2) {
				t.Error(i, v.page)
			}
		}
		if in(right) {
			t.Error("not locked")
		}
		v.faulty("number 2", "number 3", "locked")
		time.Sleep(11 * time.Minute)
		if !in(right) {
			t.Error("still locked")
		}
	})
}
