//go:build !race

package scep_test

import (
	"context"
	"fmt"
	"log"
	"net/http/httptest"
	"time"

	"github.com/rekey-go/rekey/internal/testca"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/remoteuitest"
	"github.com/rekey-go/rekey/scep"
)

// A device gets a certificate from a SCEP server itself. Its timer for automatic
// requests stands in the way, and is switched on again afterwards.
func ExampleEnrol() {
	handler, err := plainCA().Server(testca.SCEP{Challenge: "open sesame"})
	if err != nil {
		log.Fatal(err)
	}
	server := httptest.NewServer(handler)
	defer server.Close()
	printer, err := remoteuitest.New(remoteuitest.Config{Language: "en", SCEPTimer: true, SCEPURL: "http://old.example/scep"})
	if err != nil {
		log.Fatal(err)
	}
	defer printer.Close()
	ctx := context.Background()
	s, err := remoteui.Dial(ctx, remoteui.Config{
		URL: printer.URL(), DialContext: printer.DialContext, Identity: remoteui.Identity{TrustOnFirstUse: true},
		Credentials: remoteui.Credentials{DepartmentID: "7654321", Password: remoteui.NewSecret("7654321")},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close(ctx)

	was, err := scep.ReadDevice(ctx, s)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("timer:", was.Timer)
	if err := scep.SetTimer(ctx, s, false); err != nil {
		log.Fatal(err)
	}
	want, err := scep.ServerSettings(server.URL + "/scep")
	if err != nil {
		log.Fatal(err)
	}
	if err := scep.SetServer(ctx, s, want); err != nil {
		log.Fatal(err)
	}
	details, err := scep.Enrol(ctx, s, scep.DeviceRequest{
		Spec:      keys.Spec{Name: "tls2026", Hash: "SHA256", Algorithm: keys.Algorithm{RSABits: 2048}, CommonName: "printer.example"},
		Challenge: remoteui.NewSecret("open sesame"),
	}, keys.Wait{Interval: 10 * time.Millisecond})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(details.Name, "issued by", details.Issuer)
	if err := scep.SetTimer(ctx, s, was.Timer); err != nil {
		log.Fatal(err)
	}
	// Output:
	// timer: true
	// tls2026 issued by CN=Test CA,O=Rekey tests
}
