//go:build !race

package change_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/fleet/audit"
	"github.com/rekey-go/rekey/fleet/change"
	"github.com/rekey-go/rekey/remoteui/remoteuitest"
)

// Alice plans, Bob approves, and only then it may be carried out.
func ExamplePlan() {
	printer, err := remoteuitest.New(remoteuitest.Config{ID: "1000", Password: "1000", Language: "en"})
	if err != nil {
		log.Fatal(err)
	}
	defer printer.Close()
	dir, err := os.MkdirTemp("", "change")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "plan.json")
	device := rekey.Device{
		URL: "https://192.0.2.7/", DialContext: printer.DialContext,
		DepartmentID: "1000", Password: rekey.NewSecret("1000"), TrustOnFirstUse: true,
	}
	devices := func(yield func(rekey.Device, error) bool) { yield(device, nil) }
	o := &rekey.Options{Dir: dir}

	p := change.New("CHG0031337", "alice", time.Now(), 72*time.Hour)
	for a, err := range rekey.AssessAll(context.Background(), devices, &rekey.FleetOptions{Options: o}) {
		p.Add(a, o, err)
	}
	p.Seal()
	if err := p.Write(file); err != nil {
		log.Fatal(err)
	}
	refused, ok := errors.AsType[*change.RefusedError](p.Check(time.Now()))
	fmt.Println(ok && refused != nil, "that it is refused")

	p, err = change.Read(file) // Bob has the file, and a key of his own
	if err != nil {
		log.Fatal(err)
	}
	for _, d := range p.Devices {
		fmt.Println(d.URL, d.Plan.Restarts, "restart:", d.Plan.Changes[0].Reason)
	}
	bob, err := audit.NewKey("bob")
	if err != nil {
		log.Fatal(err)
	}
	if err := errors.Join(p.Approve("bob", p.Digest, time.Now()), p.Sign(bob)); err != nil {
		log.Fatal(err)
	}
	fmt.Println(p.CheckSigned(time.Now(), []*audit.Verifier{bob.Verifier()}))
	member, err := p.Member(device, rekey.FleetMember{}) // for rekey.RemediateAll
	fmt.Println(member.Plan != nil, err)
	// Output:
	// true that it is refused
	// https://192.0.2.7/ 1 restart: proved weak: 2048-bit modulus factored by Fermat's method in round 1
	// <nil>
	// true <nil>
}

// What became of a device in an earlier run says whether there is work left.
func ExampleLedger() {
	dir, err := os.MkdirTemp("", "change")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	l, err := change.OpenLedger(filepath.Join(dir, "fleet"))
	if err != nil {
		log.Fatal(err)
	}
	defer l.Close()
	if err := l.Record(change.Entry{URL: "https://192.0.2.7/", Outcome: rekey.FleetDone, At: time.Now()}); err != nil {
		log.Fatal(err)
	}
	fmt.Println(change.Key("Printer.example") == change.Key("https://printer.example:8443/")) // the usual port
	for _, url := range []string{"192.0.2.7", "192.0.2.8"} {
		left, last, err := l.Left(rekey.Device{URL: url}, "", false)
		fmt.Println(url, "left:", left, "known:", last != nil, err)
	}
	// Output:
	// true
	// 192.0.2.7 left: false known: true <nil>
	// 192.0.2.8 left: true known: false <nil>
}
