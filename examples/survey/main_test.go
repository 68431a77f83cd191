package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/race"
	"github.com/rekey-go/rekey/remoteui/remoteuitest"
)

func survey(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, strings.NewReader(""), &out, &errs, func(string) (string, bool) { return "7654321", true })
	return code, out.String(), errs.String()
}

func TestExitCodes(t *testing.T) {
	if race.Enabled {
		t.Skip("page scripts are a hundred times slower under the race detector; the tests of runs cover the program there")
	}
	t.Parallel()
	dev, err := remoteuitest.New(remoteuitest.Config{Errorf: t.Errorf, Labels: map[string]string{"TLS設定": "TLS/SSL 通訊設定"}})
	if err == nil {
		err = dev.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(dev.Close)
	profile, bundle := filepath.Join(t.TempDir(), "my.profile"), filepath.Join(t.TempDir(), "b.zip")
	if err := os.WriteFile(profile, []byte("[labels zh-TW]\ntls-settings = TLS/SSL 通訊設定\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	access := []string{"-url", dev.URL(), "-dept-id", "7654321", "-password-env", "P", "-trust-on-first-use"}
	code, out, _ := survey(t, append(access, "-bundle", bundle)...)
	if info, err := os.Stat(bundle); code != exitPage || !strings.Contains(out, "TLS/SSL 通訊設定") || err != nil || info.Size() == 0 {
		t.Errorf("broken label: exit code %d, bundle %v\n%s", code, err, out)
	}
	if code, out, _ = survey(t, append(access, "-profile", profile, "-json")...); code != exitDone {
		t.Errorf("with the profile: exit code %d\n%s", code, out)
	}
	var r rekey.SurveyReport
	if err := json.Unmarshal([]byte(out), &r); err != nil || !r.Complete() {
		t.Errorf("-json: %v", err)
	}
	if code, _, errs := survey(t, "-url", dev.URL(), "-dept-id", "7654321", "-password-env", "P"); code != exitLogin {
		t.Errorf("unknown identity: exit code %d: %s", code, errs)
	}
	if code, _, errs := survey(t, append(access, "-profile", bundle)...); code != exitUsage {
		t.Errorf("a profile that is none: exit code %d: %s", code, errs)
	}
}
