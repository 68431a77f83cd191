package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/fleet/report"
	"github.com/rekey-go/rekey/internal/address"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/usage"
)

// tables are what vulnerability management imports: the keys that are proved weak, as
// the report of a fleet has them, so that the report on their replacement closes them.
type tables struct {
	serviceNow, defectDojo string // files; empty: none
	found                  report.Fleet
	files                  []*os.File
}

// open makes the files, before a host is contacted.
func (t *tables) open() error {
	for _, name := range []string{t.serviceNow, t.defectDojo} {
		var f *os.File
		if name != "" {
			var err error
			if f, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600); err != nil {
				return err
			}
		}
		t.files = append(t.files, f)
	}
	return nil
}

// add takes what was found at a host: one finding for a key, whatever the number of
// ports that show it.
func (t *tables) add(r result) {
	var keysSeen []string
	for i, p := range r.Ports {
		if !p.weak || slices.Contains(keysSeen, p.spki) && p.spki != "" {
			continue
		}
		keysSeen = append(keysSeen, p.spki)
		where := fmt.Sprintf("seen at port %d", p.Port)
		for _, other := range r.Ports[i+1:] {
			if other.weak && other.spki == p.spki {
				where += fmt.Sprintf(" and %d", other.Port)
			}
		}
		url := "https://" + net.JoinHostPort(address.Host(r.Address), strconv.Itoa(p.Port)) + "/"
		t.found.Devices = append(t.found.Devices, report.Device{Name: r.Name, Site: r.Site, Report: &rekey.Report{
			Address: url, Device: rekey.DeviceInfo{URL: url, Model: r.Model}, Ended: time.Now(),
			Usages: []rekey.UsageReport{{
				Place: usage.Place{Use: keys.UseTLS}, Affected: true, Reason: where, OldKey: rekey.KeyRef{Weak: keys.Proved, SPKI: p.spki},
			}},
		}})
	}
}

func (t *tables) close() error {
	t.found.Sort()
	var errs []error
	for i, write := range []func(io.Writer) error{t.found.ServiceNow, t.found.DefectDojoJSON} {
		if f := t.files[i]; f != nil {
			errs = append(errs, cmp.Or(write(f), f.Sync()), f.Close())
		}
	}
	return errors.Join(errs...)
}
