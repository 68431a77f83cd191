package remoteuitest_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"log"
	"net/http"
	"slices"

	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/remoteuitest"
)

// A device as its owner has it after the firmware update: the firmware is
// sound, the key made before is not.
func Example() {
	dev, err := remoteuitest.New(remoteuitest.Config{Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dev.Close()
	for _, k := range dev.Keys() {
		fmt.Println(k.Name, k.Algorithm, k.Bits, k.Weak, k.Uses)
	}
	// Output:
	// Default Key RSA 2048 false []
	// AMS RSA 2048 false []
	// TLS-2021 RSA 2048 true [TLS]
}

// Requests go over TLS, in memory unless Start opened real ports.
func ExampleDevice_DialContext() {
	dev, err := remoteuitest.New(remoteuitest.Config{Language: "en"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dev.Close()
	transport := &http.Transport{
		DialContext:     dev.DialContext,
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // a real program pins the key
	}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Get(dev.URL())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	fmt.Println(resp.StatusCode, resp.TLS.PeerCertificates[0].Subject)
	for _, entry := range dev.Log() {
		fmt.Println(entry.Method, entry.Path, entry.Page)
	}
	// Output:
	// 200 CN=printer.example,O=Example Office
	// GET / portal
}

// Faults make single requests go wrong: here the connection drops in the middle
// of the answer with the list of keys, which is read again.
func ExampleFault() {
	dev, err := remoteuitest.New(remoteuitest.Config{
		Faults: []remoteuitest.Fault{{Kind: remoteuitest.FaultTruncate, Page: "key-list"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer dev.Close()
	ctx := context.Background()
	s, err := remoteui.Dial(ctx, remoteui.Config{
		URL: dev.URL(), DialContext: dev.DialContext, Identity: remoteui.Identity{TrustOnFirstUse: true},
		Credentials: remoteui.Credentials{DepartmentID: "7654321", Password: remoteui.NewSecret("7654321")},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close(ctx)
	list, err := keys.ReadList(ctx, s)
	if err != nil {
		log.Fatal(err)
	}
	asked := 0
	for _, entry := range dev.Log() {
		if entry.Page == "key-list" {
			asked++
		}
	}
	fmt.Println(len(list.Entries), "keys; the list was asked for", asked, "times")
	// Output:
	// 3 keys; the list was asked for 2 times
}

// What a program does wrong is in Violations, and goes to Config.Errorf if that
// is set: here a program forgets to log out.
func ExampleDevice_Violations() {
	dev, err := remoteuitest.New(remoteuitest.Config{})
	if err != nil {
		log.Fatal(err)
	}
	_, err = remoteui.Dial(context.Background(), remoteui.Config{
		URL: dev.URL(), DialContext: dev.DialContext, Identity: remoteui.Identity{TrustOnFirstUse: true},
		Credentials: remoteui.Credentials{DepartmentID: "7654321", Password: remoteui.NewSecret("7654321")},
	})
	if err != nil {
		log.Fatal(err)
	}
	dev.Close()
	fmt.Println(dev.Violations())
	// Output:
	// [[no-open-session] session 1 was still open at the end]
}

// Pages that a device can lack, and at which a fault can come.
func ExamplePages() {
	fmt.Println(slices.Contains(remoteuitest.Pages(), "key-list"))
	// Output:
	// true
}
