package inventory_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/fleet/inventory"
)

// A list of objects is the list of the same devices as CSV.
func TestJSON(t *testing.T) {
	t.Parallel()
	want, err := inventory.Read(strings.NewReader("address,name,tls-ports,legacy-tls,external-keys,ca,model\na.example,One,5061 631,yes,My Key|Other,sub,x\nb.example,,,,,,\n"))
	if err != nil {
		t.Fatal(err)
	}
	one, two := `{"address":"a.example","Name":"One","tls_ports":[5061,631],"legacyTLS":true,"external-keys":["My Key","Other"],"ca":"sub","model":"x","ports":[{"port":1}],"more":{},"deep":[["x"]],"note":null}`, `{"address":"b.example","Name":null}`
	for name, text := range map[string]string{
		"array": " [" + one + ",\n" + two + "]\n", "lines": "\ufeff" + one + "\n" + two + "\n", "lines, no end": one + "\n" + two,
	} {
		got, err := inventory.Read(strings.NewReader(text))
		if err != nil || len(got.Entries) != 2 || fmt.Sprint(got.Ignored) != "[model note]" {
			t.Errorf("%s: %+v, %v", name, got, err)
			continue
		}
		for i := range got.Entries {
			if got.Entries[i].Line != i+1 {
				t.Errorf("%s: line %d", name, got.Entries[i].Line)
			}
			got.Entries[i].Line = want.Entries[i].Line
		}
		if !reflect.DeepEqual(got.Entries, want.Entries) {
			t.Errorf("%s: %+v\nwant %+v", name, got.Entries, want.Entries)
		}
	}
	// What only a later object has is a column, too.
	if got, err := inventory.Read(strings.NewReader("{\"address\":\"a\"}\n{\"address\":\"b\",\"site\":\"B\"}")); err != nil || got.Entries[0].Site != "" || got.Entries[1].Site != "B" {
		t.Errorf("%+v, %v", got, err)
	}
	// A device that has an exit, as in the lines of examples/fleet, is a device.
	if got, err := inventory.Read(strings.NewReader("{\"url\":\"a\",\"exit\":{\"code\":9}}\n{\"exit\":{\"code\":0}}")); err != nil || len(got.Entries) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	for text, want := range map[string]string{
		"{\"address\":\"a\"}\n{\"address\":}": "line 2, column 1: this is no JSON",
		"[{\"address\":\"a\"}":                "this is no JSON",
		"[{\"address\":\"a\"}] x":             "more behind",
		"[1]":                                 "this is no JSON",
		"[]":                                  "named address",
		"[{\"address\":\"a\"},\n\n{\"address\":\"A\"}]":                     "line 3, column address: the same device as in line 1",
		"{\"address\":\"a\",\"password\":\"x\"}":                            "a list holds no passwords",
		"{\"address\":\"a\",\"windows\":\"x\"}":                             "is window meant",
		"{\"address\":\"a\",\"password-env\":\"A\",\"password-ref\":\"x\"}": "two places",
	} {
		if l, err := inventory.Read(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %+v, %v", text, l, err)
		}
	}
}

// A password may be kept by somebody whom the program asks.
func TestPasswordByReference(t *testing.T) {
	t.Parallel()
	l, err := inventory.Read(strings.NewReader("address,password-ref\na,vault/7\n"))
	if err != nil {
		t.Fatal(err)
	}
	e := &l.Entries[0]
	d, err := e.DeviceWith(func(ref string) (rekey.Secret, error) { return rekey.NewSecret("of " + ref), nil })
	if err != nil || d.Password.Reveal() != "of vault/7" {
		t.Errorf("%v", err)
	}
	for says, ask := range map[string]func(string) (rekey.Secret, error){
		"asks nobody": nil, `"vault/7": it is empty`: func(string) (rekey.Secret, error) { return rekey.Secret{}, nil },
		`"vault/7": sealed`: func(string) (rekey.Secret, error) { return rekey.NewSecret("x"), errors.New("sealed") },
	} {
		d, err := e.DeviceWith(ask)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %s", err, says)
		}
		if f, ok := errors.AsType[*inventory.Fault](err); !ok || strings.Contains(err.Error(), "nil") || f.Line != 2 || f.Column != "password-ref" || !d.Password.Empty() {
			t.Errorf("%v", err)
		}
	}
}
