// Package remoteuitest provides a simulated Canon imageRUNNER ADVANCE device
// with its Remote UI, in the spirit of [net/http/httptest]: a stateful device
// that serves real TLS with the key that is bound to it, generates real keys
// and certificates, restarts, forgets sessions and refuses what the real one
// refuses.
//
// It is meant for testing programs that operate such a device by its web
// pages. What is publicly known of those pages (login forms, cookies, the
// conventions of forms, the labels) is as published. What nobody has published
// (addresses, templates, field names, identifiers, script functions, the order
// of columns, how buttons and lists are made) is drawn from [Config.Seed], so
// a program that memorised a name passes under one seed and fails under the
// next. Test under several.
//
//	dev, err := remoteuitest.New(remoteuitest.Config{Seed: 1, Errorf: t.Errorf})
//	if err != nil {
//		t.Fatal(err)
//	}
//	defer dev.Close()
//	if err := dev.Start(); err != nil {
//		t.Fatal(err)
//	}
//	run(dev.URL()) // the program under test
//
// Without [Device.Start] the device is reached only by [Device.DialContext],
// in memory, which also works inside a [testing/synctest] bubble.
//
// # What must never happen
//
// Every request is followed by a check of what must hold whoever operates the
// device: it serves TLS with a sound key, no setting changes that nobody meant
// to change, no session stays open, no job is lost. What is violated is in
// [Device.Violations] and is told to [Config.Errorf]. [Config.Faults] makes the
// network and the device fail at chosen requests.
//
// # Certificates of a CA
//
// The device makes real certificate signing requests, and asks the server of
// [Config.SCEPURL] for certificates by SCEP (RFC 8894), over HTTP without TLS
// as the real one does. It connects to nothing else.
//
// # Limits
//
// What no public document says is made up: that a certificate signing request
// is shown once, which files certificates are registered from. A registered
// certificate is served alone, without those between it and its root.
//
// Of SCEP these are guesses: every word of the status; that a key may stand in
// the list without certificate while its request is under way; that a restart
// ends the request; that the use location IPSec means every policy; that the
// port is taken from its own field, not from the address. The device trusts
// what GetCACert says, and its timer never sends a request.
package remoteuitest
