package rekey

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
)

// PortCertificate is a certificate presented at a port other than the Remote
// UI's. It was seen only: nobody showed to hold its private key.
type PortCertificate struct {
	Addr        string `json:"addr"`
	Certificate []byte `json:"certificate"` // DER
}

// probeTime bounds the look at one port: most devices have most of them
// closed, or filtered.
const probeTime = 3 * time.Second

// defaultPorts are asked unless the caller names others: Remote UI, IPPS, SIP.
var defaultPorts = []int{8443, 443, 631, 5061}

// ports are the addresses at which a device may present other certificates
// than that of its Remote UI.
func (d *Device) ports(uiURL string) []string {
	ui, err := url.Parse(uiURL)
	if err != nil {
		return nil
	}
	ports := d.TLSPorts
	if ports == nil {
		ports = defaultPorts
	}
	var addrs []string
	for _, port := range ports {
		if addr := net.JoinHostPort(ui.Hostname(), strconv.Itoa(port)); addr != ui.Host {
			addrs = append(addrs, addr)
		}
	}
	return addrs
}

// probe looks at the device's other TLS ports. Whatever does not answer is no
// error: it is evidence that is not to be had.
func probe(ctx context.Context, d Device, addrs []string) []PortCertificate {
	found := make([]PortCertificate, len(addrs))
	var wg sync.WaitGroup
	for i, addr := range addrs {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, probeTime)
			defer cancel()
			if seen, err := keys.ServedCertificate(ctx, d.DialContext, addr); err == nil {
				found[i] = PortCertificate{Addr: addr, Certificate: seen.Chain[0]}
			}
		})
	}
	wg.Wait()
	return slices.DeleteFunc(found, func(p PortCertificate) bool { return p.Certificate == nil })
}

const (
	// clockNear is how far from ours a printed time may be that is believed at once.
	clockNear = 24 * time.Hour
	// clockPause lies at least between two readings by which a clock is seen to go.
	clockPause = 2 * time.Second
	// clockSlack is by how much more than the time between them it may have gone on:
	// a clock does not jump, the time of the last change does.
	clockSlack = time.Minute
)

// printedTime is a time that a page shows and that may be the device's clock.
type printedTime struct {
	clock time.Time
	read  time.Time // by our own clock
}

// readClock reads the device's clock off the line in which a page tells when it
// was made. Some devices tell there when the settings were last changed: what is
// far off is returned, to be looked at again.
func (a *Assessment) readClock(line string) *printedTime {
	clock, ok := keys.ParseClock(line, a.Taken)
	if !ok {
		return nil
	}
	if clock.Sub(a.Taken).Abs() > clockNear {
		return &printedTime{clock, time.Now()}
	}
	a.Clock = clock
	return nil
}

// watchClock reads the line again, if it was far off: a clock has gone on.
func (a *Assessment) watchClock(ctx context.Context, s *remoteui.Session, first *printedTime) error {
	if first == nil {
		return nil
	}
	if err := pause(ctx, clockPause-time.Since(first.read)); err != nil {
		return err
	}
	l, err := keys.ReadList(ctx, s)
	if err != nil {
		return err
	}
	passed := time.Since(first.read)
	days := int(first.clock.Sub(a.Taken).Abs().Hours() / 24)
	second, ok := keys.ParseClock(l.Updated, first.clock)
	switch went := second.Sub(first.clock); {
	case ok && went > 0 && went <= passed+clockSlack:
		a.Clock = first.clock
		a.Notices = append(a.Notices, fmt.Sprintf("the device's clock is %d days off (%s): "+
			"certificates it makes begin and end by that clock; set it right first if that matters", days, first.clock.Format(time.DateOnly)))
	default:
		a.Notices = append(a.Notices, fmt.Sprintf("the device's clock is not known: its pages show a time %d days off (%s) that does not go on like a clock, "+
			"and may be that of the last change; ours is used", days, first.clock.Format(time.DateOnly)))
	}
	return nil
}

// pause waits; not at all if the time is not positive.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(max(d, 0))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
