package rekey

import (
	"context"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rekey-go/rekey/keys"
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

// defaultPorts are asked where the URL names none: Remote UI, IPPS, SIP.
var defaultPorts = []int{8443, 443, 631, 5061}

// ports are the addresses at which a device may present other certificates
// than that of its Remote UI.
func (d *Device) ports(uiURL string) []string {
	ui, err := url.Parse(uiURL)
	if err != nil {
		return nil
	}
	ports := d.TLSPorts
	if ports == nil && !namesPort(d.URL) {
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
func probe(ctx context.Context, d Device, uiURL string) []PortCertificate {
	addrs := d.ports(uiURL)
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

func namesPort(raw string) bool {
	if !strings.Contains(raw, "://") {
		raw = "https://" + raw
	}
	u, err := url.Parse(raw)
	return err == nil && u.Port() != ""
}
