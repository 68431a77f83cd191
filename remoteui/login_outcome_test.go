package remoteui_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rekey-go/rekey/remoteui"
)

// userForm is the form of the SDK's sample, published kind (b).
const userForm = `<html><head><title>Login</title></head><body><form name="login" action="/login" method="post"><input type="hidden" name="uri" value="%2F">
User Name <input name="userID" maxlength="32"> Password <input type="password" name="password"><input type="submit" value="Log In"></form></body></html>`

// sample is how the SDK's sample refuses: a page without any login form.
func sample(text string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		fmt.Fprintf(w, `<html><head><title>LoginSample</title></head><body><form name="ok" method="post"><input type="hidden" name="uri" value="%%2F"><b>%s</b><input type="submit" value="OK"></form></body></html>`, text)
	}
}

func redirect(to string, cookies ...http.Cookie) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		for _, c := range cookies {
			http.SetCookie(w, &c)
		}
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusFound)
	}
}

// memory remembers refused credentials.
type memory struct{ refused int }

func (m *memory) Refused(remoteui.DeviceID, remoteui.Credentials) (bool, error) {
	return m.refused > 0, nil
}
func (m *memory) Remember(remoteui.DeviceID, remoteui.Credentials) error { m.refused++; return nil }

// What came of a login: the device's words, in whatever page, decide whether the
// password was refused, and then it is sent once and remembered; or not looked at,
// and then it is sent again, politely and not for ever.
func TestLoginOutcomes(t *testing.T) {
	t.Parallel()
	type want struct {
		failure  remoteui.LoginFailure // of the LoginError
		locked   bool                  // a LockedError
		in       bool                  // logged in
		other    bool                  // another error
		sent     int
		refused  bool          // remembered
		is       error         // of errors.Is
		at, most time.Duration // waited
	}
	const (
		users   = "The maximum number of users are logged in."
		early   = "Startup of the functions required to log in is not complete."
		expired = "The page has expired."
	)
	again := func(text string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { fmt.Fprint(w, "<p>"+text+"</p>"+userForm) }
	}
	portal := func(w http.ResponseWriter) {
		fmt.Fprint(w, `<a href="/s">Settings/Registration</a> <a href="/logout.cgi">Log Out</a>`)
	}
	wrong := want{sent: 1, refused: true}
	for name, c := range map[string]struct {
		first  []func(http.ResponseWriter)
		begin  []string
		grant  func(http.ResponseWriter)
		always func(http.ResponseWriter) // how every login is answered
		want   want
	}{
		"redirect and cookie": {want: want{in: true, sent: 1}},
		"portal at once, with a cookie": {grant: func(w http.ResponseWriter) {
			http.SetCookie(w, &http.Cookie{Name: "session", Value: "0123456789abcdef"})
			portal(w)
		}, want: want{in: true, sent: 1}},
		"portal at once":                     {grant: portal, want: want{in: true, sent: 1}},
		"page that goes on":                  {grant: func(w http.ResponseWriter) { fmt.Fprint(w, `<script>location.href = "/"</script>`) }, want: want{in: true, sent: 1}},
		"Refresh header":                     {grant: func(w http.ResponseWriter) { w.Header().Set("Refresh", "0; url=/") }, want: want{in: true, sent: 1}},
		"page in unknown words":              {grant: func(w http.ResponseWriter) { redirect("/x")(w) }, want: want{in: true, sent: 1}},
		"form again":                         {always: again("Wrong."), want: wrong},
		"form again, alert":                  {always: again(`<script>alert("Wrong.")</script>`), want: wrong},
		"page without a form":                {always: sample("The user name or password is incorrect."), want: wrong},
		"page without a form, unknown words": {always: sample("Nepareiza parole."), want: wrong},
		"page without a form, language cookie": {always: func(w http.ResponseWriter) {
			http.SetCookie(w, &http.Cookie{Name: "portalLang", Value: "en"})
			sample("Nepareiza parole.")(w)
		}, want: wrong},
		"redirect to the form":            {always: redirect("/?err=1"), want: wrong},
		"redirect to a page without form": {always: redirect("/error"), want: wrong},
		"redirect to words among links":   {always: redirect("/why", http.Cookie{Name: "portalLang", Value: "en"}), want: want{failure: remoteui.AccountExpired, sent: 1}},
		"locked":                          {always: again("This account is locked."), want: want{locked: true, sent: 1, refused: true}},
		"locked, page without a form":     {always: sample("The account is locked out until 12:00."), want: want{locked: true, sent: 1, refused: true}},
		"too many locked out":             {always: sample("The number of locked-out users has reached the limit."), want: want{locked: true, sent: 1, refused: true}},
		"a warning of a lock":             {always: again("Wrong. You will be locked out after 2 attempts. The maximum number of users is 5."), want: want{locked: true, sent: 1, refused: true}},
		"too many users, for a while":     {first: []func(http.ResponseWriter){again(users), sample(users)}, want: want{in: true, sent: 3, at: 90 * time.Second, most: 2 * time.Minute}},
		"too many users, for long":        {always: sample(users), want: want{failure: remoteui.TooManyUsers, sent: 5, at: 9 * time.Minute, most: 11 * time.Minute}},
		"too many users, then wrong":      {first: []func(http.ResponseWriter){sample(users)}, always: again("Wrong."), want: want{sent: 2, refused: true, at: 30 * time.Second, most: time.Minute}},
		"too many users, ja":              {first: []func(http.ResponseWriter){again("ログインできる最大人数に達しています。")}, want: want{in: true, sent: 2, at: 30 * time.Second, most: time.Minute}},
		"too many users, zh-TW":           {first: []func(http.ResponseWriter){again("登入的使用者已達上限。")}, want: want{in: true, sent: 2, at: 30 * time.Second, most: time.Minute}},
		"wrong, or too many users":        {always: sample("The user name or password is incorrect, or the maximum number of users are logged in."), want: wrong},
		"wrong, or too many users, ja":    {always: sample("パスワードが正しくないか、ログインできる最大人数に達しています。"), want: wrong},
		"wrong, or expired":               {always: sample("The page has expired, or the password is wrong."), want: wrong},
		"failed, too many users":          {first: []func(http.ResponseWriter){sample("Login failed. " + users)}, want: want{in: true, sent: 2, at: 30 * time.Second, most: time.Minute}},
		"too many browsers":               {begin: []string{"<p>The number of connections to access the login page has reached the limit.</p>"}, want: want{in: true, sent: 1, at: 30 * time.Second, most: time.Minute}},
		"just started":                    {first: []func(http.ResponseWriter){sample(early)}, want: want{in: true, sent: 2, at: 30 * time.Second, most: time.Minute}},
		"just started, no form yet":       {begin: []string{"<b>" + early + "</b>", "<b>" + early + "</b>"}, want: want{in: true, sent: 1, at: 90 * time.Second, most: 2 * time.Minute}},
		"busy":                            {first: []func(http.ResponseWriter){sample("The device is busy. Try again later.")}, want: want{in: true, sent: 2, at: 30 * time.Second, most: time.Minute}},
		"busy, form again, ja":            {first: []func(http.ResponseWriter){again("処理中です。しばらくしてからもう一度試してください。")}, want: want{in: true, sent: 2, at: 30 * time.Second, most: time.Minute}},
		"busy, no form yet":               {begin: []string{"<p>裝置忙碌中。請稍後再試。</p>"}, want: want{in: true, sent: 1, at: 30 * time.Second, most: time.Minute}},
		"busy, or wrong":                  {always: sample("The device is busy, or the password is wrong. Try again."), want: wrong},
		"try again":                       {always: again("Try again."), want: wrong},
		"again, ja":                       {always: again("もう一度入力してください。"), want: wrong},
		"page expired":                    {first: []func(http.ResponseWriter){sample(expired)}, want: want{in: true, sent: 2}},
		"page expired again":              {always: sample(expired), want: want{failure: remoteui.PageExpired, sent: 2}},
		"status 401, form again":          {always: func(w http.ResponseWriter) { w.WriteHeader(http.StatusUnauthorized); again("Wrong.")(w) }, want: wrong},
		"status 403, no form":             {always: func(w http.ResponseWriter) { w.WriteHeader(http.StatusForbidden); sample("Access denied.")(w) }, want: wrong},
		"status 403, text": {always: func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/plain")
			w.WriteHeader(http.StatusForbidden)
		}, want: wrong},
		"redirect to another host": {always: redirect("https://192.0.2.8/"), want: want{sent: 1, other: true}},
		"redirect to plain HTTP":   {always: redirect("http://192.0.2.7/"), want: want{sent: 1, other: true}},
		"no page":                  {always: func(w http.ResponseWriter) { w.Header().Set("Content-Type", "image/gif") }, want: want{sent: 1, other: true}},
		"status 403, locked":       {always: func(w http.ResponseWriter) { w.WriteHeader(http.StatusForbidden); sample("The account is locked.")(w) }, want: want{locked: true, sent: 1, refused: true}},
		"TLS is off":               {always: sample("Turn on the TLS setting."), want: want{failure: remoteui.TLSOff, sent: 1, is: remoteui.ErrPlainHTTP}},
		"TLS is off, no form":      {begin: []string{"<p>Turn on the TLS setting.</p>"}, want: want{failure: remoteui.TLSOff, is: remoteui.ErrPlainHTTP}},
		"account expired":          {always: sample("The account has expired."), want: want{failure: remoteui.AccountExpired, sent: 1}},
		"password expired":         {always: again("The password has expired."), want: want{failure: remoteui.PasswordExpired, sent: 1, is: remoteui.ErrPasswordExpired}},
		"privileges":               {always: sample("You do not have the privileges to display the specified page."), want: want{failure: remoteui.NoPrivilege, sent: 1}},
		"clock":                    {always: sample("The clock does not match that of the server."), want: want{failure: remoteui.ClockMismatch, sent: 1}},
		"no server":                {always: sample("Could not find the authentication server."), want: want{failure: remoteui.NoServer, sent: 1}},
		"busy, then taken": {first: []func(http.ResponseWriter){func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusServiceUnavailable)
		}}, want: want{in: true, sent: 2, at: 7 * time.Second, most: 20 * time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := &door{page: userForm, begin: c.begin, first: c.first, grant: c.grant, refuse: c.always, pages: map[string]string{
					"/x": `<p>Sveiki</p><a href="/1">Viens</a> <a href="/2">Divi</a> <a href="/3">Tris</a>`, "/error": "<b>Nepareizi</b>",
					"/why": `<p>The account has expired.</p><a href="/1">Viens</a> <a href="/2">Divi</a> <a href="/3">Tris</a>`,
				}}
				d.right = func(f url.Values) bool { return c.always == nil && f.Get("password") == password }
				known := &memory{}
				began := time.Now()
				err := d.dial(t, remoteui.Credentials{UserName: "Administrator", Password: remoteui.NewSecret(password)}, func(cfg *remoteui.Config) { cfg.Memory = known })
				waited := time.Since(began)
				if len(d.sent) != c.want.sent || known.refused > 1 || (known.refused == 1) != c.want.refused {
					t.Errorf("the password was sent %d times, want %d; remembered %d times", len(d.sent), c.want.sent, known.refused)
				}
				for _, f := range d.sent {
					if f.Get("uri") != "%2F" || f.Get("userID") != "Administrator" {
						t.Errorf("sent %v", f)
					}
				}
				_, locked := errors.AsType[*remoteui.LockedError](err)
				refused, is := errors.AsType[*remoteui.LoginError](err)
				switch {
				case c.want.in:
					if err != nil {
						t.Error(err)
					}
				case c.want.other:
					if err == nil || locked || is {
						t.Errorf("%v", err)
					}
				case c.want.locked != locked, c.want.locked == is, is && refused.Failure != c.want.failure, c.want.is != nil && !errors.Is(err, c.want.is):
					t.Errorf("%v", err)
				case is && name != "redirect to the form" && (refused.Reason == "" || !strings.Contains(err.Error(), refused.Reason)):
					t.Errorf("the device's words are lost: %v", err)
				}
				if waited < c.want.at || waited > max(c.want.most, 5*time.Second) {
					t.Errorf("waited %v", waited)
				}
			})
		})
	}
}
