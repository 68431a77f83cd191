//go:build !race

package remoteui_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
	"github.com/rekey-go/rekey/remoteui/remoteuitest"
)

// A first session: log in, go to a page as a person does, read what stands
// there, log out.
func Example() {
	printer, err := remoteuitest.New(remoteuitest.Config{Language: "en"}) // stands in for a real one
	if err != nil {
		log.Fatal(err)
	}
	defer printer.Close()

	ctx := context.Background()
	s, err := remoteui.Dial(ctx, remoteui.Config{
		URL:         printer.URL(),
		DialContext: printer.DialContext, // in memory; leave it out for a real device
		Credentials: remoteui.Credentials{DepartmentID: "7654321", Password: remoteui.NewSecret("7654321")},
		Identity:    remoteui.Identity{TrustOnFirstUse: true}, // better: Pins or Roots
		ReadOnly:    true,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close(ctx)

	page, err := s.Walk(ctx, labels.StatusMonitor, labels.DeviceInformation)
	if err != nil {
		log.Fatal(err)
	}
	version, err := page.Value(ctx, labels.Controller)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(s.Language(), s.Family(), "controller", version)
	// Output:
	// en ir-adv controller 37.31
}

// Without anything to know the device by, nothing is sent to it: the error
// names the pin of its key, to be compared at the device's panel.
func ExampleDial_identity() {
	printer, err := remoteuitest.New(remoteuitest.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer printer.Close()

	config := remoteui.Config{
		URL: printer.URL(), DialContext: printer.DialContext,
		Credentials: remoteui.Credentials{DepartmentID: "7654321", Password: remoteui.NewSecret("7654321")},
	}
	_, err = remoteui.Dial(context.Background(), config)
	stranger, ok := errors.AsType[*remoteui.IdentityError](err)
	fmt.Println("refused:", ok, "logins:", printer.LoginAttempts())

	config.Identity.Pins = []remoteui.SPKIHash{stranger.Got} // after it was compared
	s, err := remoteui.Dial(context.Background(), config)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("logged in, over the pinned key:", s.Vouched())
	s.Close(context.Background())
	// Output:
	// refused: true logins: 0
	// logged in, over the pinned key: true
}

// A login form of one's own, for a test of a login that no other device has: a
// handler over TLS is enough. The form is the one that is published for older
// devices; a password that is refused is not sent a second time.
func ExampleDial_ownServer() {
	const form = `<html><head><title>Default Authentication</title></head><body>
		<form name="login" action="/login" method="post">
			Department ID <input type="text" name="deptid"/>
			Password <input type="password" name="password"/>
			<input type="submit" value="Log In"/>
		</form></body></html>`
	asked := 0
	device := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=UTF-8")
		session, _ := r.Cookie("session")
		switch {
		case r.URL.Path == "/login" && r.FormValue("deptid") == "1000" && r.FormValue("password") == "right":
			http.SetCookie(w, &http.Cookie{Name: "session", Value: "1", Path: "/"})
			http.Redirect(w, r, "/", http.StatusFound)
		case r.URL.Path == "/login":
			asked++
			fmt.Fprint(w, "<p>Wrong.</p>", form)
		case r.URL.Path == "/logout":
			http.SetCookie(w, &http.Cookie{Name: "session", Path: "/", MaxAge: -1})
		case session == nil:
			fmt.Fprint(w, form)
		default:
			fmt.Fprint(w, `<html><body><a href="/settings">Settings/Registration</a> <a href="/logout">Log Out</a></body></html>`)
		}
	}))
	defer device.Close()

	ctx := context.Background()
	login := func(password string) {
		s, err := remoteui.Dial(ctx, remoteui.Config{
			URL:         device.URL,
			Credentials: remoteui.Credentials{DepartmentID: "1000", Password: remoteui.NewSecret(password)},
			Identity:    remoteui.Identity{Pins: []remoteui.SPKIHash{remoteui.HashSPKI(device.Certificate())}},
		})
		if refused, ok := errors.AsType[*remoteui.LoginError](err); ok {
			fmt.Println("refused; not even sent:", refused.Before)
			return
		}
		if err != nil {
			log.Fatal(err)
		}
		defer s.Close(ctx)
		fmt.Println("logged in:", s.Login())
	}
	login("wrong")
	login("wrong")
	login("right")
	fmt.Println("refused by the device itself:", asked)
	// Output:
	// refused; not even sent: false
	// refused; not even sent: true
	// logged in: department ID
	// refused by the device itself: 1
}

// A profile says how a device words its labels, where our own data does not
// know; docs/profiles.md describes the file.
func ExampleParseProfile() {
	profile, err := remoteui.ParseProfile("east-wing.profile", strings.NewReader(`
[labels en]
controller = Main Controller Firmware
`))
	if err != nil {
		log.Fatal(err)
	}
	printer, err := remoteuitest.New(remoteuitest.Config{
		Language: "en", Labels: map[string]string{"Controller": "Main Controller Firmware"},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer printer.Close()

	ctx := context.Background()
	for _, profiles := range [][]*remoteui.Profile{nil, {profile}} {
		s, err := remoteui.Dial(ctx, remoteui.Config{
			URL: printer.URL(), DialContext: printer.DialContext, Identity: remoteui.Identity{TrustOnFirstUse: true},
			Credentials: remoteui.Credentials{DepartmentID: "7654321", Password: remoteui.NewSecret("7654321")},
			Profiles:    profiles,
		})
		if err != nil {
			log.Fatal(err)
		}
		page, err := s.Walk(ctx, labels.StatusMonitor, labels.DeviceInformation)
		if err != nil {
			log.Fatal(err)
		}
		version, err := page.Value(ctx, labels.Controller)
		missing, ok := errors.AsType[*remoteui.PageError](err)
		fmt.Printf("%q, not found: %t\n", version, ok && missing.Label == labels.Controller)
		s.Close(ctx)
	}

	_, err = remoteui.ParseProfile("mistaken.profile", strings.NewReader("[labels en]\ncontroler = Firmware\n"))
	fmt.Println(err)
	// Output:
	// "", not found: true
	// "37.31", not found: false
	// profile mistaken.profile:2: label "controler" is not known: controller?
}

// A pin is the SHA-256 of a key, as curl writes it.
func ExampleParsePin() {
	pin, err := remoteui.ParsePin("sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
	fmt.Println(pin, pin.IsZero(), err)
	_, err = remoteui.ParsePin("sha256//short")
	fmt.Println(err)
	// Output:
	// sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU= false <nil>
	// pin "sha256//short": want the base64 of 32 bytes
}

// No way of printing reveals a secret.
func ExampleNewSecret() {
	password := remoteui.NewSecret("open sesame")
	fmt.Println(password)
	fmt.Printf("%v %+v %#v %q\n", password, password, password, password)
	// Output:
	// [redacted]
	// [redacted] [redacted] [redacted] [redacted]
}

// An act says what is wanted, and how to tell that it happened; the session meets
// whatever pages the device puts in the way. Here an unused key is deleted, after
// a rehearsal that presses nothing. (Package keys does this with more care: it
// takes a receipt and a proof for it.)
func ExampleSession_Do() {
	printer, err := remoteuitest.New(remoteuitest.Config{
		Language: "en", Keys: []remoteuitest.KeySpec{{Name: "Default Key"}, {Name: "unused"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer printer.Close()
	ctx := context.Background()
	s, err := remoteui.Dial(ctx, remoteui.Config{
		URL: printer.URL(), DialContext: printer.DialContext, Identity: remoteui.Identity{TrustOnFirstUse: true},
		Credentials: remoteui.Credentials{DepartmentID: "7654321", Password: remoteui.NewSecret("7654321")},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close(ctx)

	toKeys := []remoteui.Label{labels.Settings, labels.DeviceManagement, labels.KeyList}
	act := remoteui.Intent{
		Name: "deleting the unused key",
		Way:  toKeys,
		Steps: []remoteui.Step{{
			Labels: []remoteui.Label{labels.Delete}, Row: remoteui.Named(labels.KeyName, "unused"), Writes: true,
		}},
		About: &remoteui.Object{Names: []string{"unused"}, Others: []string{"Default Key"}},
		Done: func(ctx context.Context) (bool, error) {
			page, err := s.Walk(ctx, toKeys...)
			if err != nil {
				return false, err
			}
			return !strings.Contains(page.Text(), "unused"), nil
		},
	}
	if _, err := s.Rehearse(ctx, act); err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(printer.Keys()), "keys")
	if _, err := s.Do(ctx, act); err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(printer.Keys()), "key")
	// Output:
	// 2 keys
	// 1 key
}
