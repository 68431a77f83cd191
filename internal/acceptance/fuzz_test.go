package acceptance_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/hostile"
)

// pagesOf are the pages that an assessment may come by.
var pagesOf = []string{"form", "portal", "status", "info", "settings", "device", "keys", "detail", "network", "tls", "login", "logout", "file"}

func hostileDevice(dev *hostile.Device) rekey.Device {
	return rekey.Device{
		URL: dev.URL(), DepartmentID: hostile.DepartmentID, Password: rekey.NewSecret(hostile.Password),
		TrustOnFirstUse: true, TLSPorts: []int{},
	}
}

// FuzzAssess has a device answer with any page in place of one of its own.
// Whatever it is, the assessment ends, with an error or a result that is fit to
// be shown and survives JSON, the password is sent once at most, and nothing
// was changed.
func FuzzAssess(f *testing.F) {
	dev := &hostile.Device{Pages: map[string]http.HandlerFunc{}}
	dev.Start()
	f.Cleanup(dev.Close)
	for i, name := range pagesOf {
		f.Add(uint8(i), hostile.Frame(name, dev.Body(name)))
	}
	f.Add(uint8(3), `<table><tr><th>Controller<td>99.01`)
	f.Add(uint8(3), `Product Name: iR2425<br>Controller: 1.1.1.1.1.1`)
	f.Add(uint8(6), "<table><tr><th>Key Name<th>Key Usage<tr><td><a href=/p/detail>a\u202e\x1b]0;x\x07</a><td>TLS</table>")
	f.Add(uint8(7), "<dl><dt>Public Key<dd>RSA 512 bit<dt>Serial Number<dd>\u2066x</dl>")
	f.Add(uint8(1), `<meta http-equiv=refresh content="0;url=/p/settings"><a href="/p/status">Status Monitor/Cancel</a>`)
	f.Add(uint8(0), `<form action=/login method=post><input name=CHALLENGE value=1><input name=PK value=x><input name=PASSWORD type=password></form>`)
	f.Add(uint8(9), `<p>Key Name: <b>EastWing</b><iframe src=/p/keys></iframe><script>alert("\u202e")</script>`)
	f.Fuzz(func(t *testing.T, which uint8, src string) {
		name := pagesOf[int(which)%len(pagesOf)]
		clear(dev.Pages)
		dev.Pages[name] = hostile.Text(src)
		dev.Passwords.Store(0)
		begun := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		var events []rekey.Event
		o := &rekey.Options{Timeouts: rekey.Timeouts{Request: 10 * time.Second}, OnEvent: func(e rekey.Event) { events = append(events, e) }}
		a, err := rekey.Assess(ctx, hostileDevice(dev), o)
		if took := time.Since(begun); took > time.Minute {
			t.Errorf("took %v", took)
		}
		if n := dev.Passwords.Load(); n > 3 {
			t.Errorf("the password was sent %d times", n)
		}
		if dev.Writes.Load() > 0 {
			t.Fatal("something was changed")
		}
		for _, e := range events {
			if r, bad := hostile.Unsafe(e.Text); bad {
				t.Errorf("%U in event %q", r, e.Text)
			}
		}
		if err != nil {
			if r, bad := hostile.Unsafe(err.Error()); bad {
				t.Errorf("%U in error %q", r, err)
			}
		}
		if a == nil {
			t.Fatal("no assessment")
		}
		checkShown(t, a)
	})
}

// checkShown checks what becomes of an assessment.
func checkShown(t *testing.T, a *rekey.Assessment) {
	t.Helper()
	texts := []string{a.Report(nil).String()}
	if p, err := a.Plan(nil); err == nil {
		texts = append(texts, p.String(), a.Report(p).String())
	}
	for _, text := range texts {
		if r, bad := hostile.Unsafe(text); bad {
			t.Errorf("%U in %q", r, text)
		}
	}
	b, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	var again rekey.Assessment
	if err := json.Unmarshal(b, &again); err != nil {
		t.Fatal(err)
	}
	if b2, err := json.Marshal(&again); err != nil || !slices.Equal(b, b2) {
		t.Errorf("JSON changes: %s, then %s, %v", b, b2, err)
	}
}

// FuzzPlan reads any text as a plan: it is shown, refused when it is not one
// of ours, and never carried out.
func FuzzPlan(f *testing.F) {
	dev := &hostile.Device{}
	dev.Start()
	f.Cleanup(dev.Close)
	a, err := rekey.Assess(f.Context(), hostileDevice(dev), nil)
	if err != nil {
		f.Fatal(err)
	}
	for _, o := range []*rekey.Options{nil, {AssumeWeak: true}, {AssumeWeak: true, KeepOldKeys: true, Strict: true}} {
		p, err := a.Plan(o)
		if err != nil {
			f.Fatal(err)
		}
		b, err := json.Marshal(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"changes":[{"usage":"tls","new":{"name":"x"}}],"turns":[{"make":["y"],"bind":[{"usage":"x","key":"\u202e"}],"delete":["AMS"]}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var p rekey.Plan
		if json.Unmarshal(b, &p) != nil {
			return
		}
		if r, bad := hostile.Unsafe(p.String()); bad {
			t.Errorf("%U in %q", r, p.String())
		}
		if _, err := json.Marshal(&p); err != nil {
			t.Errorf("%s: %v", b, err)
		}
		nowhere := rekey.Device{URL: "https://127.0.0.1:1/", TrustOnFirstUse: true}
		if r, err := rekey.Apply(t.Context(), nowhere, &p, &rekey.Options{Timeouts: rekey.Timeouts{Request: time.Second}}); err == nil && !p.Empty() {
			t.Errorf("%s: applied: %v", b, r)
		}
	})
}
