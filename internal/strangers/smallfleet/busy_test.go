package smallfleet

import "testing"

// TestTwoWrites posts while a key is being made.
func TestTwoWrites(t *testing.T) {
	t.Parallel()
	visit(t, "irc3226-tw", testTwoWrites)
}

func testTwoWrites(t *testing.T, b *browser) {
	b.send("/checkLogin.cgi", "i2101", b.d.Credentials().Password)
	for _, n := range []string{"one", "two"} {
		b.get("/k_gennet_edit.html")
		b.send("/cgi/k_gennet_edit.cgi", "i3401", n, "i3407", "2031/01/01")
	}
	b.want("正在處理中")
	b.get("/logout.cgi")
	b.clean("two writes at once: /cgi/k_gennet_edit.cgi")
}

// TestDown meets the closed port of a restart.
func TestDown(t *testing.T) {
	t.Parallel()
	visit(t, "ir2630-ja", testDown)
}

func testDown(t *testing.T, b *browser) {
	v := b.filled("/checkLogin.cgi", "i0012", "1", "i0014", "1000263", "i0016", "4630815")
	v.Del("i0017")
	b.post("/checkLogin.cgi", v)
	b.get("/restart_device.html")
	b.send("/cgi/restart_device.cgi")
	if r, err := b.c.Get(b.d.URL()); err == nil {
		r.Body.Close()
		t.Fatal("answered while down")
	}
	b.restarted(1)
	b.get("/")
	b.want(`name="loginFrm"`)
	b.d.Close()
	b.clean()
}
