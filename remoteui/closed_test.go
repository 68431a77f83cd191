package remoteui_test

import (
	"errors"
	"testing"

	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// A closed session asks the device nothing any more, in whatever way.
func TestClosedSession(t *testing.T) {
	t.Parallel()
	dev, err := simdevice.New(simdevice.Config{ID: "1000", Password: "1000", Language: "en"})
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	s, err := remoteui.Dial(bounded(t), remoteui.Config{
		URL: dev.URL(), DialContext: dev.DialContext, Identity: remoteui.Identity{TrustOnFirstUse: true},
		Credentials: remoteui.Credentials{DepartmentID: "1000", Password: remoteui.NewSecret("1000")},
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.Portal(bounded(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(bounded(t)); err != nil {
		t.Fatal(err)
	}
	asked := s.Requests()
	for name, do := range map[string]func() error{
		"Portal":       func() error { _, err := s.Portal(bounded(t)); return err },
		"Walk":         func() error { _, err := s.Walk(bounded(t), labels.Settings); return err },
		"Handshake":    func() error { _, err := s.Handshake(bounded(t)); return err },
		"AwaitRestart": func() error { return s.AwaitRestart(bounded(t), remoteui.RestartOptions{}) },
		"BeginWriting": s.BeginWriting,
		"Retry":        func() error { return s.Retry(bounded(t), func() error { t.Error("done"); return nil }) },
		"Follow":       func() error { _, err := p.Follow(bounded(t), labels.Settings); return err },
		"Press":        func() error { _, err := p.Press(bounded(t), labels.Settings); return err },
		"Do":           func() error { _, err := s.Do(bounded(t), remoteui.Intent{}); return err },
		"Rehearse":     func() error { _, err := s.Rehearse(bounded(t), remoteui.Intent{}); return err },
	} {
		if err := do(); !errors.Is(err, remoteui.ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := s.Requests(); n != asked {
		t.Errorf("%d requests", n-asked)
	}
}
