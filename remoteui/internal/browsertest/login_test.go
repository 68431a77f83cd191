package browsertest

import (
	"context"

	"github.com/chromedp/chromedp"

	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/remoteui"
)

// Texts that the library does without, in all languages: it goes by published
// names there.
var (
	managerMode = []string{"系統管理員模式", "System Manager Mode", "システム管理者モード"}
	no          = []string{"否", "No", "いいえ"}
)

// login logs in by the form that the device shows, if it shows one.
func (w *twins) login(ctx context.Context) {
	w.t.Helper()
	w.do("login", func() error {
		c := remoteui.Credentials{DepartmentID: w.cfg.ID, Password: remoteui.NewSecret(w.cfg.Password)}
		switch w.cfg.Login {
		case simdevice.LoginUserName, simdevice.LoginRSAChallenge:
			c.DepartmentID, c.UserName = "", w.cfg.ID
		case simdevice.LoginNotNecessary:
			c = remoteui.Credentials{}
		}
		s, err := remoteui.Dial(ctx, remoteui.Config{URL: w.ours.URL(), Identity: remoteui.Identity{TrustOnFirstUse: true}, Credentials: c, Now: w.cfg.Now})
		if err != nil {
			return err
		}
		w.session = s
		w.t.Cleanup(func() { s.Close(context.WithoutCancel(ctx)) })
		return nil
	}, w.enter)
}

// enter opens the device and fills its login form: the box of the password,
// the one before it, and the one button; System Manager Mode where there are
// modes. The device may propose to change the password.
func (w *twins) enter() {
	w.t.Helper()
	w.tab.open(w.theirs.URL())
	w.arrive()
	if w.cfg.Login != simdevice.LoginNotNecessary {
		if w.reads(managerMode) {
			w.tab.check(managerMode, scope{}, true)
		}
		if w.cfg.Login != simdevice.LoginPIN {
			w.tab.typeInto(w.tab.find("loginBox", "text"), w.cfg.ID)
		}
		w.tab.typeInto(w.tab.find("loginBox", "password"), w.cfg.Password)
		w.pressAt(w.tab.find("loginBox", "button"))
	}
	if w.cfg.ExpiredPassword {
		w.press(no, scope{})
	}
	if w.cfg.Family != simdevice.FamilySmall || w.cfg.Login == simdevice.LoginNotNecessary {
		return
	}
	home, err := chromedp.Run(w.tab.ctx, chromedp.Evaluate[string]("location.href"))
	if err != nil {
		w.t.Fatal("Chromium: ", err)
	}
	w.home = home
}
