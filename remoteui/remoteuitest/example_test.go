package remoteuitest_test

import (
	"crypto/tls"
	"fmt"
	"net/http"

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
