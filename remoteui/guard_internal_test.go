package remoteui

import (
	"net/url"
	"testing"
)

// An address that reads like an act, and one that does not, though it is about
// one.
func TestActs(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"/p/delete?key=1": true, "/cgi/keydel.cgi?action=delete": true, "/rps/restart.cgi": true, "/p/x?cmd=deleteKey": true, "/x/Remove": true,
		"/x?del=3": true, "/x?q=Exec_Data": true, "/reboot;jsessionid=1": true, "/p?do=factory-reset": true,
		"/": false, "/rps/nkeylist.cgi?Flag=Init_Data&PageFlag=c_keydelete.tpl": false, "/m_delete.html": false, "/p/keys": false, "/delivery": false,
		"/rps/csp.cgi?CorePGTAG=PGTAG_CONF_ENV_SEC&Dummy=1": false, "/x?name=Model": false, "/restarts.html;jsessionid=1": false,
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := acts(u); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}
