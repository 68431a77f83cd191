package main

import (
	"testing"

	"github.com/rekey-go/rekey/fleet/inventory"
)

// A device of the list is found in the rows that an earlier version made.
func TestIDs(t *testing.T) {
	t.Parallel()
	for serial, want := range map[string]string{"0017": "serial 0017", "QLA-00255": "serial QLA-00255", "qla00255": "serial QLA00255", "spare": "serial SPARE", "": "https://a.example"} {
		e := target{Entry: inventory.Entry{Address: "https://A.example/", Serial: serial}}
		if got := e.id(); got != want {
			t.Errorf("%q: %q, want %q", serial, got, want)
		}
	}
}
