//go:build !race

package rekey_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/remoteui/remoteuitest"
)

// A simulated device stands in for the real one, which has no DialContext and
// is known by a pin or a CA. Its state directory outlives the program.
func ExampleRemediate() {
	printer, err := remoteuitest.New(remoteuitest.Config{
		ID: "1000", Password: "1000", Language: "en", RestartTime: time.Millisecond,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer printer.Close()
	dir, err := os.MkdirTemp("", "rekey-state")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	report, err := rekey.Remediate(context.Background(), rekey.Device{
		URL:             printer.URL(),
		DialContext:     printer.DialContext,
		DepartmentID:    "1000",
		Password:        rekey.NewSecret("1000"),
		TrustOnFirstUse: true,
	}, &rekey.Options{Dir: dir, Timeouts: rekey.Timeouts{Poll: 10 * time.Millisecond}})
	if err != nil {
		fmt.Println(err)
	}
	if report == nil { // the device was not reached
		return
	}
	for _, u := range report.Usages {
		fmt.Printf("%s: old key %s, new key %s, verified %t\n", u.Use, u.OldKey.Weak, u.NewKey.Weak, u.Verified)
	}
	for _, s := range report.Steps {
		fmt.Println(s.ID, s.Outcome) // docs/procedure.md says what the rows are
	}
	for _, task := range report.Tasks {
		fmt.Println("a person:", task.ID)
	}
	// Output:
	// tls: old key proved, new key not-found, verified true
	// W-4 done
	// G-1 done
	// W-2 done
	// R-1 done
	// R-5 done
	// C-1 done
	// D-1 done
	// a person: P-2
	// a person: P-1
	// a person: E-1
	// a person: V-1
}

// A plan is a value: it is made without asking the device for anything, can be
// shown to somebody and kept as JSON, and is applied later, if the device is
// still as it was.
func ExampleApply() {
	ctx := context.Background()
	printer, device, options := exampleDevice()
	defer printer.Close()
	defer os.RemoveAll(options.Dir)

	assessment, err := rekey.Assess(ctx, device, options) // changes nothing
	if err != nil {
		log.Fatal(err)
	}
	plan, err := assessment.Plan(options)
	if err != nil {
		log.Fatal(err) // of type *FirmwareError: update first
	}
	kept, err := json.Marshal(plan)
	if err != nil {
		log.Fatal(err)
	}

	// Days later:
	var approved rekey.Plan
	if err := json.Unmarshal(kept, &approved); err != nil {
		log.Fatal(err)
	}
	for _, c := range approved.Changes {
		fmt.Printf("%s: key %q is replaced: %s\n", c.Use, c.OldKey.Name, c.Reason)
	}
	report, err := rekey.Apply(ctx, device, &approved, options)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("restarts:", report.Restarts)

	// The plan was for the device as it was, and does not fit it any more.
	_, err = rekey.Apply(ctx, device, &approved, options)
	drift, ok := errors.AsType[*rekey.DriftError](err)
	fmt.Println("again:", ok && len(drift.Done) == 0)
	// Output:
	// tls: key "TLS-2021" is replaced: proved weak: 2048-bit modulus factored by Fermat's method in round 1
	// restarts: 1
	// again: true
}

func ExampleAssess() {
	printer, device, options := exampleDevice()
	defer printer.Close()
	defer os.RemoveAll(options.Dir)

	assessment, err := rekey.Assess(context.Background(), device, options)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(assessment.Device.Model, assessment.Device.Controller, assessment.Eligibility.Verdict)
	for _, k := range assessment.Keys {
		fmt.Printf("%q %v: %s\n", k.Name, k.Uses, k.Finding.State)
	}
	// Output:
	// iR-ADV C5560 III 37.31 fixed
	// "AMS" []: unknown
	// "Default Key" []: unknown
	// "TLS-2021" [tls]: proved
}

func ExampleAssessment_Plan() {
	printer, device, options := exampleDevice()
	defer printer.Close()
	defer os.RemoveAll(options.Dir)

	assessment, err := rekey.Assess(context.Background(), device, options)
	if err != nil {
		log.Fatal(err)
	}
	plan, err := assessment.Plan(options)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("empty:", plan.Empty(), "restarts:", plan.Restarts)
	for _, c := range plan.Changes {
		fmt.Println(c.Use, c.OldKey.Name, c.OldKey.Weak, "RSA", c.New.Algorithm.RSABits)
	}
	// Output:
	// empty: false restarts: 1
	// tls TLS-2021 proved RSA 2048
}

// BackOut chooses the old keys again as long as they are there: here they are
// kept until the new ones have stood the test.
func ExampleBackOut() {
	ctx := context.Background()
	printer, device, options := exampleDevice()
	defer printer.Close()
	defer os.RemoveAll(options.Dir)

	options.KeepOldKeys = true
	if _, err := rekey.Remediate(ctx, device, options); err != nil {
		log.Fatal(err)
	}
	report, err := rekey.BackOut(ctx, device, options)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("restarts:", report.Restarts)
	for _, k := range printer.Keys() {
		if len(k.Uses) > 0 {
			fmt.Println(k.Uses, k.Name, "weak:", k.Weak)
		}
	}
	// Output:
	// restarts: 1
	// [TLS] TLS-2021 weak: true
}

// Survey tells how well an unknown device's pages are understood.
func ExampleSurvey() {
	printer, device, options := exampleDevice()
	defer printer.Close()
	defer os.RemoveAll(options.Dir)

	report, err := rekey.Survey(context.Background(), device, options, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Device.Model, report.Family, report.Language, "complete:", report.Complete())
	fmt.Println("missing:", report.Missing())
	for _, p := range report.Procedures[:3] {
		fmt.Println(p.Name, p.Possible)
	}
	// Output:
	// iR-ADV C5560 III ir-adv en complete: true
	// missing: []
	// identify true
	// read-keys true
	// generate-self-signed true
}

// exampleDevice is the device of ExampleRemediate, how it is reached, and a
// state directory that the example removes.
func exampleDevice() (*remoteuitest.Device, rekey.Device, *rekey.Options) {
	printer, err := remoteuitest.New(remoteuitest.Config{
		ID: "1000", Password: "1000", Language: "en", RestartTime: time.Millisecond,
	})
	if err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "rekey-state")
	if err != nil {
		log.Fatal(err)
	}
	device := rekey.Device{
		URL: printer.URL(), DialContext: printer.DialContext,
		DepartmentID: "1000", Password: rekey.NewSecret("1000"), TrustOnFirstUse: true,
	}
	return printer, device, &rekey.Options{Dir: dir, Timeouts: rekey.Timeouts{Poll: 10 * time.Millisecond}}
}
