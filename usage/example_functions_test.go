package usage_test

import (
	"fmt"

	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/usage"
)

// All functions of a device that have a key, and the rows of the procedure for each.
func ExampleFunctions() {
	for _, f := range usage.Functions() {
		fmt.Printf("%s %q %q %q\n", f.Title, f.NeededRow, f.BindingRow, f.DisableRow)
	}
	fmt.Println(usage.Of(keys.UseSIP).OwnKey) // it takes no key that another function has
	// Output:
	// TLS "C-1" "R-1" "V-1"
	// IEEE 802.1X "C-2" "R-2" "V-2"
	// IPSec "C-3" "R-3" "V-3"
	// SIP "C-4" "R-4" "V-4"
	// Device signature "C-5" "" "V-5"
	// Bluetooth "" "" ""
	// ACCESS MANAGEMENT SYSTEM "" "" ""
	// true
}

// A place is written as one word in journals, and read again.
func ExamplePlaceOf() {
	place := usage.PlaceOf("ipsec/HQ")
	fmt.Println(place.Use, place.Policy, place.ID())
	fmt.Println(place.Title())
	// Output:
	// ipsec HQ ipsec/HQ
	// IPSec policy "HQ"
}
