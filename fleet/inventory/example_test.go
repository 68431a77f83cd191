package inventory_test

import (
	"fmt"
	"strings"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/fleet/inventory"
)

// A list as a spreadsheet saves it. Lines without faults are of use although
// another has one, and each fault says where it is and what to do.
func ExampleRead() {
	list, err := inventory.Read(strings.NewReader(`address;password-ref;site;window
192.0.2.7;printers/7;Taipei;Mon-Fri 22:00-05:00 Asia/Taipei
192.0.2.8;printers/8;Taipei;at night
`))
	fmt.Println(err)
	vault := func(ref string) (rekey.Secret, error) { return rekey.NewSecret("the password of " + ref), nil }
	for _, e := range list.Entries {
		device, err := e.DeviceWith(vault)
		if err != nil {
			fmt.Println(err)
			continue
		}
		member := e.Member(&rekey.Options{}) // for rekey.FleetOptions.Member
		fmt.Println(device.URL, device.Password, member.Groups, member.Window)
	}
	// Output:
	// line 3, column window: window "at night": "at" are no hours: write for example "Mon-Fri 22:00-05:00 Europe/Berlin"
	// 192.0.2.7 [redacted] [subnet 192.0.2.0/24 site Taipei] Mon,Tue,Wed,Thu,Fri 22:00-05:00 Asia/Taipei
}
