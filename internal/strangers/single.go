package strangers

import (
	"github.com/rekey-go/rekey/internal/devicetest"
	"github.com/rekey-go/rekey/internal/strangers/adv4535"
	"github.com/rekey-go/rekey/internal/strangers/adv525iii"
	"github.com/rekey-go/rekey/internal/strangers/adv8595iii"
	"github.com/rekey-go/rekey/internal/strangers/c357"
	"github.com/rekey-go/rekey/internal/strangers/c5560"
	"github.com/rekey-go/rekey/internal/strangers/c7580"
	"github.com/rekey-go/rekey/internal/strangers/dx6780"
	"github.com/rekey-go/rekey/internal/strangers/dx8795"
	"github.com/rekey-go/rekey/internal/strangers/dxc5840"
	"github.com/rekey-go/rekey/internal/strangers/ipc165"
	"github.com/rekey-go/rekey/internal/strangers/iprc170"
	"github.com/rekey-go/rekey/internal/strangers/ir2425"
	"github.com/rekey-go/rekey/internal/strangers/ir2630"
	"github.com/rekey-go/rekey/internal/strangers/ir2645"
	"github.com/rekey-go/rekey/internal/strangers/irc3226"
)

// Single are the devices with a package of their own, as they come from their makers.
// Each was met once as the library stood then: docs/first-contact.md.
var Single = map[string]func() devicetest.Device{
	"adv4535":    func() devicetest.Device { return adv4535.New(adv4535.Config{}) },
	"adv525iii":  func() devicetest.Device { return adv525iii.New(adv525iii.Config{}) },
	"adv8595iii": func() devicetest.Device { return adv8595iii.New(adv8595iii.Config{}) },
	"c357":       func() devicetest.Device { return c357.New(c357.Config{}) },
	"c5560":      func() devicetest.Device { return c5560.New(c5560.Config{}) },
	"c7580":      func() devicetest.Device { return c7580.New(c7580.Config{}) },
	"dx6780":     func() devicetest.Device { return dx6780.New(dx6780.Config{}) },
	"dx8795":     func() devicetest.Device { return dx8795.New(dx8795.Config{}) },
	"dxc5840":    func() devicetest.Device { return dxc5840.New(dxc5840.Config{}) },
	"ipc165":     func() devicetest.Device { return ipc165.New(ipc165.Config{}) },
	"iprc170":    func() devicetest.Device { return iprc170.New(iprc170.Config{}) },
	"ir2425":     func() devicetest.Device { return ir2425.New(ir2425.Config{}) },
	"ir2630":     func() devicetest.Device { return ir2630.New(ir2630.Config{}) },
	"ir2645":     func() devicetest.Device { return ir2645.New(ir2645.Config{}) },
	"irc3226":    func() devicetest.Device { return irc3226.New(irc3226.Config{}) },
}
