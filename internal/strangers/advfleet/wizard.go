package advfleet

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

// The third make: a Japanese device of the newest generation. The password goes
// out under RSA, pages are plain markup with real links, a key is made in steps
// with a wait page, and forms carry their values through the key list.

func wizardModel() model {
	return model{
		product: "imageRUNNER ADVANCE DX C5840i", version: "18.05",
		cred:    Credentials{UserName: "kanri", Password: "Dx5840#pass"},
		maxKeys: 8, maxTLS: tls.VersionTLS13, server: "CANON HTTP Server",
		genDelay: 2 * time.Second,
		setup:    wizardSetup, serve: wizardServe,
		plain: func(http.ResponseWriter, *http.Request) {}, // set by setup, needs the port
	}
}

func wizardSetup(d *Device) {
	named := func(cn string) pkix.Name {
		return pkix.Name{Country: []string{"JP"}, Province: []string{"Tokyo"}, Locality: []string{"Ota"}, Organization: []string{"Example KK"}, OrganizationalUnit: []string{"IT"}, CommonName: cn}
	}
	tlsKey := d.stock("WebKey", d.weak.Next(), named("127.0.0.1"), 900, nil)
	d.stock("Import2023", devicetest.Strong(2048), named("import.example.test"), 400, officeCA("Example KK Root", d.cfg.Now()))
	sip := d.stock("SipKey", d.weak.Next(), named("ipfax.example.test"), 880, officeCA("Example KK CA", d.cfg.Now()))
	vpn := d.stock("IpsecKey", d.weak.Next(), named("c5840.example.test"), 880, nil)
	d.policies = []string{"Kyoten-A", "Kyoten-B"}
	d.set = binding{tls: tlsKey.id, x1: tlsKey.id, sip: sip.id, ipsec: map[int]int{1: vpn.id}}
	d.pages["tls"] = map[string]string{"max": "1.3", "min": "1.2", "cbc": "0", "gcm": "1"}
	d.pages["1x"] = map[string]string{"use": "1", "login": "dx5840@example.test", "vcert": "0", "vname": "0", "sname": "nps.example.test", "tls": "1", "ttls": "0", "proto": "mschap", "peap": "0"}
	d.pages["pol1"] = map[string]string{"on": "1", "nonpol": "allow"}
	d.pages["pol2"] = map[string]string{"on": "1", "nonpol": "reject"}
	d.pages["ike1"] = map[string]string{"mode": "main", "time": "480", "auth": "sig"}
	d.pages["ike2"] = map[string]string{"mode": "aggr", "time": "60", "auth": "psk"}
	d.pages["sip"] = map[string]string{"usetls": "1", "server": "10.0.0.5", "t38port": "49152", "rtpport": "5004", "client": "1", "vserver": "1", "addcn": "1"}
	d.pages["bt"] = map[string]string{"use": "0", "name": "DX5840"}
	d.model.plain = func(w http.ResponseWriter, r *http.Request) {
		to := "https://null:8443/"
		_, port, _ := net.SplitHostPort(d.TLSAddr())
		if r.Host != "" {
			host, _, _ := strings.Cut(r.Host, ":")
			to = "https://" + host + ":" + port + "/"
		}
		w.Header().Set("Server", d.model.server)
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusFound)
	}
}

// loginKey is made once: only the password travels under it.
var loginKey = sync.OnceValue(func() *rsa.PrivateKey { return devicetest.Strong(2048) })

var wizardPages map[string]func(*ctx)

func init() {
	wizardPages = map[string]func(*ctx){
		"jstatpri.cgi": wizardJobs, "dinfo.cgi": wizardInfo, "csettop.cgi": wizardTop,
		"nw_top.cgi": wizardNetwork, "dm_top.cgi": wizardDevice,
		"nw_tls.cgi": wizardTLS, "nw_8021x.cgi": wizard1X, "nw_ipsec.cgi": wizardIPSec, "nw_sip.cgi": wizardSIP, "nw_bt.cgi": wizardBluetooth,
		"sec_key.cgi": wizardKeys, "sec_genkey.cgi": wizardGenerate, "sec_cert.cgi": wizardCert, "restart.cgi": wizardRestart,
	}
}

func wizardServe(c *ctx) {
	h := c.w.Header()
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-XSS-Protection", "1; mode=block")
	path := c.r.URL.Path
	switch {
	case path == "/login":
		wizardLogin(c)
	case path == "/js/login.js":
		h.Set("Content-Type", "text/javascript;charset=UTF-8")
		c.f("%s", wizardLoginJS)
		c.flush()
	case c.s == nil && (path == "/" || path == "/rps/"):
		wizardLoginPage(c, "")
	case c.s == nil:
		wizardError(c, "認証情報が更新されたか、セッションの有効期限が切れました。")
	case path == "/" || path == "/rps/":
		wizardPortal(c)
	case path == "/sysmonitor" || path == "/sysmonitor/":
		c.redirect("/rps/nativetop.cgi?RUIPNxBundle=&CorePGTAG=PGTAG_DEV_STAT&Dummy=" + c.dummy())
	case path == "/usermode" || path == "/usermode/":
		c.redirect("/rps/nativetop.cgi?RUIPNxBundle=&CorePGTAG=PGTAG_CONF_ENV_PAP&Dummy=" + c.dummy())
	case path == "/rps/nativetop.cgi":
		c.native()
		to := "/rps/jstatpri.cgi?CorePGTAG=1&FromTopPage=1&Dummy="
		if c.v("CorePGTAG") == "PGTAG_CONF_ENV_PAP" {
			to = "/rps/csettop.cgi?Flag=Init_Data&PageFlag=c_settop.tpl&FromTopPage=1&Dummy="
		}
		c.redirect(to + c.dummy())
	case path == "/rps/logout.cgi":
		c.logout()
		wizardLoginPage(c, "ログアウトしました。")
	case !strings.HasPrefix(path, "/rps/") || !c.entered() || !c.sameOrigin():
		wizardError(c, "指定されたページを表示できません。")
	default:
		if p := wizardPages[strings.TrimPrefix(path, "/rps/")]; p != nil {
			p(c)
			return
		}
		wizardError(c, "指定されたページを表示できません。")
	}
}

// sameOrigin: a write must say that it comes from a page of this device.
func (c *ctx) sameOrigin() bool {
	me := "https://" + c.r.Host
	if !c.post() || c.r.Header.Get("Origin") == me || strings.HasPrefix(c.r.Referer(), me+"/") {
		return true
	}
	c.d.Violate("page out of order: %s without Referer", c.r.URL.Path)
	return false
}

func wizardLogin(c *ctx) {
	p := c.r.PostForm
	ch := p.Get("CHALLENGE")
	ck, err := c.r.Cookie("sessionid")
	if !c.post() {
		wizardLoginPage(c, "")
		return
	}
	if err != nil || !c.d.challenge[ck.Value+ch] {
		c.d.Violate("page out of order: login with a challenge that was not offered")
		wizardLoginPage(c, "ログインできません。")
		return
	}
	delete(c.d.challenge, ck.Value+ch)
	raw, _ := base64.StdEncoding.DecodeString(p.Get("PASSWORD"))
	//lint:ignore SA1019 it is what the login page uses
	plain, err := rsa.DecryptPKCS1v15(rand.Reader, loginKey(), raw)
	pw, fresh := strings.CutSuffix(string(plain), ch)
	if err != nil || !fresh || p.Get("DOMAIN") != "localhost" || p.Get("PASSWORD_T") != "" || !c.d.login(p.Get("USERNAME"), pw) {
		wizardLoginPage(c, "ユーザー名またはパスワードが正しくありません。")
		return
	}
	c.open(devicetest.Hex(16))
	c.redirect("https://" + c.r.Host + "/")
}

func wizardLoginPage(c *ctx, msg string) {
	sid := devicetest.Hex(16)
	ch := devicetest.Hex(16)
	c.d.challenge[sid+ch] = true
	c.cookie("sessionid", sid)
	c.cookie("portalLang", "ja")
	der, _ := x509.MarshalPKIXPublicKey(loginKey().Public())
	pk := strings.ReplaceAll(pemText("PUBLIC KEY", der), "\n", "\r\n")
	c.f(`<!DOCTYPE html>
<html lang="ja"><head><meta charset="UTF-8"/><title>ログイン : %s</title><script src="/js/login.js"></script></head>
<body><div id="login"><h1>%s</h1><p class="error">%s</p>
<form name="login" id="loginForm" action="/login" method="post" onsubmit="return loginSubmit(this);">
<input type="hidden" name="CHALLENGE" value="%s"/>
<input type="hidden" name="PK" value="%s"/>
<input type="hidden" name="PASSWORD" value=""/>
<input type="hidden" name="URI" value="/"/><input type="hidden" name="policy" value=""/><input type="hidden" name="admin" value=""/><input type="hidden" name="GUEST" value=""/><input type="hidden" name="invalidCH" value=""/>
<p><label for="USERNAME">ユーザー名</label><input type="text" id="USERNAME" name="USERNAME" value=""/></p>
<p><label for="PASSWORD_T">パスワード</label><input type="password" id="PASSWORD_T" name="PASSWORD_T" value=""/></p>
<p><label for="DOMAIN">ログイン先</label><select id="DOMAIN" name="DOMAIN"><option value="localhost" selected="selected">本体</option></select></p>
<input type="submit" name="LoginButton" value="ログイン"/></form></div></body></html>
`, c.d.model.product, c.d.model.product, msg, ch, pk)
	c.flush()
}

// wizardLoginJS is RSAES-PKCS1-v1_5 in the browser.
const wizardLoginJS = `function b64bytes(s) { return Array.from(atob(s), function (x) { return x.charCodeAt(0); }); }
function readKey(pem) {
  var d = b64bytes(pem.replace(/-----[^-]+-----/g, "").replace(/\s/g, "")), p = 0;
  function len() { var l = d[p++], n; if (l < 128) { return l; } n = l & 127; l = 0; while (n--) { l = l * 256 + d[p++]; } return l; }
  function enter() { p++; return len(); }
  function num() { p++; var l = len(), h = ""; while (l--) { h += ("0" + d[p++].toString(16)).slice(-2); } return BigInt("0x" + h); }
  var skip; enter(); skip = enter(); p += skip; enter(); p++; enter();
  return { n: num(), e: num() };
}
function rsaEncrypt(pem, text) {
  var k = readKey(pem), len = Math.ceil(k.n.toString(16).length / 2), m = Array.from(new TextEncoder().encode(text)), em = [0, 2], r = new Uint8Array(1), x, y = 1n, e, h, out = "", i;
  while (em.length < len - m.length - 1) { crypto.getRandomValues(r); if (r[0]) { em.push(r[0]); } }
  em = em.concat([0], m);
  x = BigInt("0x" + em.map(function (b) { return ("0" + b.toString(16)).slice(-2); }).join(""));
  for (e = k.e; e > 0n; e >>= 1n) { if (e & 1n) { y = y * x % k.n; } x = x * x % k.n; }
  h = y.toString(16).padStart(len * 2, "0");
  for (i = 0; i < h.length; i += 2) { out += String.fromCharCode(parseInt(h.substr(i, 2), 16)); }
  return btoa(out);
}
function loginSubmit(f) {
  f.PASSWORD.value = rsaEncrypt(f.PK.value, f.PASSWORD_T.value + f.CHALLENGE.value);
  f.PASSWORD_T.value = "";
  return true;
}
`

func wizardError(c *ctx, msg string) {
	c.f(`<!DOCTYPE html><html lang="ja"><head><title>リモートUI : このページを開けません。</title></head><body><p class="error">%s</p><p><a href="/">ポータルページ</a></p></body></html>`, msg)
	c.flush()
}

func wizardPortal(c *ctx) {
	c.f(`<!DOCTYPE html><html lang="ja"><head><title>リモートUI : ポータル : %[1]s</title></head><body>
<div id="header"><span>%[1]s</span> <a id="logout" href="/rps/logout.cgi?Dummy=%[2]s">ログアウト</a></div>
<ul id="portal"><li><a href="/sysmonitor/" title="状況確認/中止"><span>状況確認/中止</span></a></li><li><a href="/usermode/" title="設定/登録"><span>設定/登録</span></a></li></ul>
<dl><dt>デバイス名</dt><dd>%[1]s</dd><dt>設置場所</dt><dd>5F</dd></dl></body></html>`, c.d.model.product, c.dummy())
	c.flush()
}
