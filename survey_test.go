package rekey_test

import (
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/remoteui/remoteuitest"
)

func surveyed(t *testing.T, dev *remoteuitest.Device) rekey.Device {
	t.Helper()
	return rekey.Device{
		URL: dev.URL(), DialContext: dev.DialContext, TrustOnFirstUse: true,
		DepartmentID: "7654321", Password: rekey.NewSecret("7654321"),
	}
}

func TestSurveyShow(t *testing.T) {
	dev, err := remoteuitest.New(remoteuitest.Config{Errorf: t.Errorf, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(dev.Close)
	r, err := rekey.Survey(t.Context(), surveyed(t, dev), nil, nil)
	t.Log(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(r.Requests, dev.StateChanges())
}
