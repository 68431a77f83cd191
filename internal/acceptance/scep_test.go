package acceptance_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/memnet"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/internal/testca"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/scep"
)

// scepPeer is a SCEP server in memory, and the one that the device is set to.
func scepPeer(t *testing.T, cfg *simdevice.Config, does testca.SCEP) *testca.CA {
	t.Helper()
	ca, err := testca.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	server, err := ca.Server(does)
	if err != nil {
		t.Fatal(err)
	}
	l, h := memnet.Listen(scepPort), &http.Server{Handler: server}
	go func() { _ = h.Serve(l) }() // until it is closed
	t.Cleanup(func() { _ = h.Close() })
	cfg.SCEPURL = fmt.Sprintf("http://ca.example:%d/scep", scepPort)
	cfg.SCEPDial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if !strings.HasSuffix(addr, fmt.Sprintf(":%d", scepPort)) {
			return nil, memnet.Refused(network)
		}
		return l.Dial(ctx, network)
	}
	return ca
}

const scepPort = 8081

// bySCEP has every usage but SIP served by SCEP.
func bySCEP(o *rekey.Options) {
	o.Kind, o.Kinds = rekey.BySCEP, map[keys.Use]rekey.CertificateKind{keys.UseSIP: rekey.SelfSigned}
	o.AssumeTrusted = true
	o.SCEP = &rekey.DeviceSCEP{Timeout: 20 * time.Second}
}

// The device asks its SCEP server for every key but SIP's, with one restart for
// all; the timer is put back. // G-7 G-8
func TestSCEP(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		cfg := full(3)
		ca := scepPeer(t, &cfg, testca.SCEP{OneTime: []string{"one", "two", "three", "four"}, Pending: 1})
		cfg.SCEPTimer = true
		want := map[string]bool{"TLS": true, "IEEE 802.1X": true, "IPSec": true}
		dev, o := start(t, cfg), options(t)
		bySCEP(o)
		passwords := []string{"one", "two", "three", "four"}
		o.SCEP.Challenge = func(context.Context, rekey.DeviceInfo) (rekey.Secret, error) {
			next := passwords[0]
			passwords = passwords[1:]
			return rekey.NewSecret(next), nil
		}
		before := dev.Settings()
		r, err := rekey.Remediate(bounded(t), sipPort(access(dev, cfg), dev), o)
		if err != nil {
			t.Fatalf("%v\n%v", err, r)
		}
		for _, k := range dev.Keys() {
			for _, use := range k.Active {
				if k.Weak || want[use] != (k.Certificate.CheckSignatureFrom(ca.Certificate()) == nil) {
					t.Errorf("%q of %s: weak %v, issued by %s", k.Name, use, k.Weak, k.Certificate.Issuer)
				}
			}
		}
		if now := dev.Settings(); others(now) != others(before) {
			t.Errorf("settings:\n got %+v\nwere %+v", now, before)
		}
		if r.Restarts != 1 {
			t.Errorf("%d restarts, want 1", r.Restarts)
		}
		for _, u := range r.Usages {
			if u.Affected && !u.Verified {
				t.Errorf("%+v", u)
			}
		}
	})
}

// Stopped anywhere, it is finished and the timer is as it was. // G-8
func TestSCEPStopped(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	stopEverywhere(t, issuedTLS(2), 2, func(t *testing.T, cfg *simdevice.Config, o *rekey.Options) {
		scepPeer(t, cfg, testca.SCEP{})
		cfg.SCEPTimer = true
		bySCEP(o)
	})
}

// A server that does not want to: the usage is unfinished, nothing else has
// changed, and the timer is on again. // G-8
func TestSCEPRefused(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	const secret = "ch4llenge-s3cret"
	unreachable := errors.New("server of another office")
	elsewhere := scep.DeviceSettings{ServerURL: "http://ca.example/scep", Port: "8080"}
	for name, tc := range map[string]struct {
		set     func(*rekey.DeviceSCEP)
		want    error
		touched bool // the timer was off in between
		says    string
	}{
		// Its row in the device's list of requests is quoted.
		"wrong challenge": {func(s *rekey.DeviceSCEP) { s.Timeout = time.Hour }, rekey.ErrUnfinished, true, " | "},
		"wrong server":    {func(s *rekey.DeviceSCEP) { s.Check = func(context.Context, string) error { return unreachable } }, unreachable, false, "nothing was changed"},
		"wrong server to be set": {func(s *rekey.DeviceSCEP) {
			s.Server = elsewhere
			s.Check = func(_ context.Context, url string) error { return fmt.Errorf("asked %s: %w", url, unreachable) }
		}, unreachable, false, "asked http://ca.example:8080/scep"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T) {
				cfg := issuedTLS(1)
				scepPeer(t, &cfg, testca.SCEP{Challenge: "open sesame"})
				cfg.SCEPTimer = true
				dev, o := start(t, cfg), options(t)
				bySCEP(o)
				o.SCEP.Challenge = func(context.Context, rekey.DeviceInfo) (rekey.Secret, error) { return rekey.NewSecret(secret), nil }
				tc.set(o.SCEP)
				logged := o.OnEvent
				o.OnEvent = func(e rekey.Event) {
					logged(e)
					if strings.Contains(fmt.Sprintf("%+v", e), secret) {
						t.Errorf("the challenge is in the event %+v", e)
					}
				}
				before, changes := dev.Settings(), dev.StateChanges()
				r, err := rekey.Remediate(bounded(t), access(dev, cfg), o)
				if !errors.Is(err, tc.want) || !strings.Contains(err.Error(), tc.says) || (dev.StateChanges() != changes) != tc.touched {
					t.Errorf("%v, %d changes\n%v", err, dev.StateChanges()-changes, r)
				}
				if now := dev.Settings(); now != before {
					t.Errorf("settings:\n got %+v\nwere %+v", now, before)
				}
				text, jsonErr := json.Marshal(r)
				if jsonErr != nil || strings.Contains(fmt.Sprintf("%v %+v %#v %v %+v %s", err, err, err, r, r, text)+stateFiles(t, o.Dir), secret) {
					t.Errorf("the challenge is in the error, the report or the state: %v", jsonErr)
				}
				if !slices.Equal(names(dev), []string{"Default Key", "TLS-2021"}) || dev.Restarts() != 0 {
					t.Errorf("keys %q, %d restarts", names(dev), dev.Restarts())
				}
			})
		})
	}
}

// stateFiles is the content of all files below a directory.
func stateFiles(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	files := os.DirFS(dir)
	err := fs.WalkDir(files, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := fs.ReadFile(files, path)
		all.Write(data)
		return err
	})
	if err != nil || all.Len() == 0 {
		t.Errorf("state: %v, %d bytes", err, all.Len())
	}
	return all.String()
}

// The server is written to the device's settings where that was asked for, and
// asked; it is looked at before. // G-7
func TestSCEPServerWritten(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		cfg := issuedTLS(3)
		ca := scepPeer(t, &cfg, testca.SCEP{})
		url := cfg.SCEPURL
		cfg.SCEPURL, cfg.SCEPTimer = "http://127.0.0.1:1/old", true
		dev, o := start(t, cfg), options(t)
		bySCEP(o)
		var err error
		if o.SCEP.Server, err = scep.ServerSettings(url); err != nil {
			t.Fatal(err)
		}
		looked := ""
		o.SCEP.Check = func(_ context.Context, url string) error {
			if looked = url; dev.StateChanges() != 0 {
				t.Error("the device was changed before its server was looked at")
			}
			return nil
		}
		r, err := rekey.Remediate(bounded(t), access(dev, cfg), o)
		if err != nil || looked != url || bound(dev).Certificate.CheckSignatureFrom(ca.Certificate()) != nil || !dev.Settings().SCEPTimer {
			t.Errorf("%v, looked at %q\n%v", err, looked, r)
		}
		if !strings.Contains(r.String(), "SCEP server is set to "+url) {
			t.Errorf("that the setting was changed is not said:\n%v", r)
		}
	})
}
