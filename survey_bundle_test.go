package rekey_test

import (
	"bytes"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/remoteuitest"
	"github.com/rekey-go/rekey/remoteui/remoteuitest/replay"
)

func TestReplayShow(t *testing.T) {
	dev, err := remoteuitest.New(remoteuitest.Config{Errorf: t.Errorf, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(dev.Close)
	rec := &remoteui.Recorder{}
	r, err := rekey.Survey(t.Context(), surveyed(t, dev), nil, rec)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	rep, err := rec.WriteBundle(&b, r.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Log(rep.Pages, b.Len(), rep.Kept)
	again, err := replay.New(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	d := surveyed(t, dev)
	d.URL, d.DialContext = again.URL(), nil
	r2, err := rekey.Survey(t.Context(), d, nil, nil)
	t.Log(again.Missing())
	if err != nil {
		t.Fatal(err)
	}
	if r.Table() != r2.Table() {
		t.Errorf("%s", r2.Table())
	}
}
