//go:build !race

package replay_test

import (
	"bytes"
	"context"
	"fmt"
	"log"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/remoteuitest"
	"github.com/rekey-go/rekey/remoteui/remoteuitest/replay"
)

// A survey takes down what a device shows, with everything secret masked; played
// back, the bundle is surveyed as the device was.
func Example() {
	printer, err := remoteuitest.New(remoteuitest.Config{Language: "en"}) // stands in for a real one
	if err != nil {
		log.Fatal(err)
	}
	defer printer.Close()
	ctx := context.Background()
	device := rekey.Device{
		URL: printer.URL(), DialContext: printer.DialContext, TrustOnFirstUse: true,
		DepartmentID: "7654321", Password: rekey.NewSecret("7654321"),
	}
	var recorder remoteui.Recorder
	seen, err := rekey.Survey(ctx, device, nil, &recorder)
	if err != nil {
		log.Fatal(err)
	}
	var bundle bytes.Buffer
	if _, err := recorder.WriteBundle(&bundle, seen.String()); err != nil {
		log.Fatal(err)
	}

	played, err := replay.New(bundle.Bytes())
	if err != nil {
		log.Fatal(err)
	}
	defer played.Close()
	device.URL, device.DialContext = played.URL(), nil // on loopback, with any password
	again, err := rekey.Survey(ctx, device, nil, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("pages:", len(again.Pages), "missing:", again.Missing(), "as on the device:", again.Table() == seen.Table())
	// Output:
	// pages: 31 missing: [] as on the device: true
}
