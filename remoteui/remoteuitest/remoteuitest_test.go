package remoteuitest

import (
	"crypto/tls"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/simdevice"
)

// Whatever a caller sets reaches the device, and what it leaves out stays out.
func TestConfigIsHandedOn(t *testing.T) {
	t.Parallel()
	var c Config
	fill(reflect.ValueOf(&c).Elem())
	c.Missing, c.Faults[0].Page = []string{"sip-settings"}, "key-list"
	got, err := c.device()
	if err != nil {
		t.Fatal(err)
	}
	if got.Family != simdevice.FamilySmall {
		t.Errorf("Small makes family %q", got.Family)
	}
	handedOn(t, reflect.ValueOf(c), reflect.ValueOf(got), "Small")
	handedOn(t, reflect.ValueOf(c.Keys[0]), reflect.ValueOf(got.Keys[0]))
	handedOn(t, reflect.ValueOf(c.Faults[0]), reflect.ValueOf(got.Faults[0]))

	if got, err := (Config{}).device(); err != nil || !reflect.DeepEqual(got, simdevice.Config{}) {
		t.Errorf("of nothing: %+v, %v", got, err)
	}
	if got, err := (Config{Keys: []KeySpec{}}).device(); err != nil || got.Keys == nil {
		t.Errorf("no keys at all became %v, %v: those of nil", got.Keys, err)
	}
}

// fill sets every field that can be set, and one element of every slice.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
	case reflect.Func:
		v.Set(reflect.MakeFunc(v.Type(), nil))
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	default:
		v.Set(reflect.ValueOf(1).Convert(v.Type()))
	}
}

func handedOn(t *testing.T, from, to reflect.Value, but ...string) {
	t.Helper()
	for i := range from.NumField() {
		name := from.Type().Field(i).Name
		if slices.Contains(but, name) {
			continue
		}
		field := to.FieldByName(name)
		switch {
		case !field.IsValid():
			t.Errorf("the device has no %s", name)
		case field.IsZero():
			t.Errorf("%s is not handed on", name)
		case field.Kind() == reflect.String && field.String() != from.Field(i).String():
			t.Errorf("%s is %q, want %q", name, field, from.Field(i))
		}
	}
}

// The names of faults and logins are those of the device, each of them; a name that
// is misspelt is refused, as is a device that makes no sense.
func TestNames(t *testing.T) {
	t.Parallel()
	for _, name := range Pages() {
		if _, err := (Config{Missing: []string{name}, Faults: []Fault{{Page: name}}}).device(); err != nil {
			t.Error(err)
		}
	}
	for _, kind := range []LoginKind{LoginDepartmentID, LoginUserName, LoginRSAChallenge, LoginNotNecessary, LoginManager, LoginPIN} {
		dev, err := New(Config{Login: kind, Small: kind == LoginManager || kind == LoginPIN})
		if err != nil {
			t.Error(err)
			continue
		}
		dev.Close()
	}
	for want, c := range map[string]Config{
		`Missing: no page "sip"`:     {Missing: []string{"sip"}},
		`Fault: no page "keys"`:      {Faults: []Fault{{Page: "keys"}}},
		`unknown kind of fault "no"`: {Faults: []Fault{{Kind: "no"}}},
		`no login kind "pin"`:        {Login: LoginPIN},
		`no pages in language "de"`:  {Language: "de"},
	} {
		if dev, err := New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want an error with %q", err, want)
			if err == nil {
				dev.Close()
			}
		}
	}
}

// Each fault happens as it is called, and the log says which.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, kind := range []FaultKind{
		FaultResetBefore, FaultResetAfter, FaultStatus500, FaultTruncate, FaultExpireSession, FaultDelay, FaultBusy, FaultRestartNow, FaultAnswer,
	} {
		dev, err := New(Config{RestartTime: time.Millisecond, Faults: []Fault{{
			Kind: kind, Page: "portal", Delay: time.Millisecond, Answer: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) },
		}}})
		if err != nil {
			t.Fatal(err)
		}
		client := &http.Client{Transport: &http.Transport{
			DialContext: dev.DialContext, TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
		}}
		if resp, err := client.Get(dev.URL()); err == nil {
			_ = resp.Body.Close()
		}
		client.CloseIdleConnections()
		dev.Close()
		if log := dev.Log(); len(log) == 0 || log[0].Fault != kind || log[0].Page != "portal" || log[0].Time.IsZero() {
			t.Errorf("%s: %+v", kind, log)
		}
	}
}
