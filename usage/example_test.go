//go:build !race

package usage_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/remoteuitest"
	"github.com/rekey-go/rekey/revocation"
	"github.com/rekey-go/rekey/usage"
)

// What is unknown is never taken for unused.
func ExampleReadAll() {
	s, done := exampleSession(remoteuitest.Config{
		Keys:    []remoteuitest.KeySpec{{Name: "office", Uses: []string{"TLS", "IEEE 802.1X"}}},
		Missing: []string{"sip-settings"},
	})
	defer done()
	settings, err := usage.ReadAll(context.Background(), s)
	if err != nil {
		log.Fatal(err)
	}
	for _, place := range settings.Places {
		fmt.Printf("%s: %s %q\n", place.Title(), place.Need, place.Key)
	}
	fmt.Println("Bluetooth:", settings.Bluetooth.Need)
	// Output:
	// IEEE 802.1X: needed "office"
	// SIP: unknown ""
	// Bluetooth: not-needed
}

// A key is chosen for TLS, and the device restarts to put it in effect: it comes
// back with the certificate that the key's details page named before.
func ExampleBind() {
	s, done := exampleSession(remoteuitest.Config{
		Keys: []remoteuitest.KeySpec{{Name: "old", Uses: []string{"TLS"}, Weak: true}, {Name: "new"}},
	})
	defer done()
	ctx := context.Background()
	successor, err := keys.ReadDetails(ctx, s, "new")
	if err != nil {
		log.Fatal(err)
	}
	if _, err := usage.Bind(ctx, s, usage.Place{Use: keys.UseTLS}, "new"); err != nil {
		log.Fatal(err)
	}
	err = usage.Restart(ctx, s, usage.RestartOptions{
		Interval:  10 * time.Millisecond,
		Successor: successor.Recognise("printer.example"),
	})
	if err != nil {
		log.Fatal(err)
	}
	list, err := keys.ReadList(ctx, s)
	if err != nil {
		log.Fatal(err)
	}
	now, _ := list.User(keys.UseTLS)
	fmt.Println("TLS uses:", now.Name)
	// Output:
	// TLS uses: new
}

// One place is read afresh, and a key of another is bound to it.
func ExampleRead() {
	s, done := exampleSession(remoteuitest.Config{
		Keys: []remoteuitest.KeySpec{{Name: "web", Uses: []string{"TLS"}}, {Name: "tunnel", Uses: []string{"IPSec"}}},
	})
	defer done()
	ctx := context.Background()
	place := usage.Place{Use: keys.UseIPSec, Policy: "Policy1"}
	was, err := usage.Read(ctx, s, place)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := usage.Bind(ctx, s, place, "web"); err != nil {
		log.Fatal(err)
	}
	now, err := usage.Read(ctx, s, place)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %q, then %q\n", place.Title(), was.Key, now.Key)
	fmt.Println("anything else:", was.Changes(now, was.Key, now.Key))
	// Output:
	// IPSec policy "Policy1": "tunnel", then "web"
	// anything else: []
}

// The whole way of a key by hand: its evidence is stored, another is chosen and
// proved, and only with the receipt and the proof can the old one be removed.
func ExampleProveTLS() {
	s, done := exampleSession(remoteuitest.Config{
		Keys: []remoteuitest.KeySpec{{Name: "old", Uses: []string{"TLS"}, Weak: true}, {Name: "new"}},
	})
	defer done()
	ctx := context.Background()
	receipt := exampleEvidence(ctx, s, "old")
	successor, err := keys.ReadDetails(ctx, s, "new")
	if err != nil {
		log.Fatal(err)
	}
	if _, err := usage.BindTLS(ctx, s, "new"); err != nil {
		log.Fatal(err)
	}
	_, err = usage.ProveTLS(ctx, s, receipt.Key(), successor, "printer.example", time.Now())
	fmt.Println("proved before the restart:", err == nil)
	err = usage.Restart(ctx, s, usage.RestartOptions{Interval: 10 * time.Millisecond, Successor: successor.Recognise("printer.example")})
	if err != nil {
		log.Fatal(err)
	}
	proved, err := usage.ProveTLS(ctx, s, receipt.Key(), successor, "printer.example", time.Now())
	if err != nil {
		log.Fatal(err)
	}

	fmt.Println("removed without a proof:", keys.Delete(ctx, s, receipt.Key(), receipt) == nil)
	if _, err := keys.Remove(ctx, s, receipt.Key(), receipt, proved.InUse); err != nil {
		log.Fatal(err)
	}
	list, err := keys.ReadList(ctx, s)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("keys:", list.Names())
	// Output:
	// proved before the restart: false
	// removed without a proof: false
	// keys: [new]
}

// A key that nothing uses needs no successor: that it is unused is proof enough.
func ExampleProveUnused() {
	s, done := exampleSession(remoteuitest.Config{
		Keys: []remoteuitest.KeySpec{{Name: "office", Uses: []string{"TLS"}}, {Name: "spare", Weak: true}},
	})
	defer done()
	ctx := context.Background()
	for _, name := range []string{"office", "spare"} {
		receipt := exampleEvidence(ctx, s, name)
		unused, err := usage.ProveUnused(ctx, s, receipt.Key(), time.Now())
		if err == nil {
			err = keys.Delete(ctx, s, receipt.Key(), receipt, unused)
		}
		fmt.Println(name, "deleted:", err == nil)
	}
	// Output:
	// office deleted: false
	// spare deleted: true
}

// A restart would break off jobs and lose received faxes.
func ExampleAwaitIdle() {
	s, done := exampleSession(remoteuitest.Config{Jobs: 1})
	defer done()
	err := usage.AwaitIdle(context.Background(), s, keys.Wait{Timeout: time.Millisecond, Interval: time.Millisecond})
	fmt.Println(err)
	// Output:
	// 1 jobs are running ("Document1 Processing" ...): a restart could lose them; wait, or restart all the same (Options.IgnoreJobs)
}

// exampleEvidence stores what a key's details page says, and gives the receipt.
func exampleEvidence(ctx context.Context, s *remoteui.Session, key string) revocation.Receipt {
	details, err := keys.ReadDetails(ctx, s, key)
	if err != nil {
		log.Fatal(err)
	}
	evidence := revocation.Evidence{Device: revocation.Device{URL: s.URL()}, Key: key, TakenAt: time.Now(), Source: revocation.SourceDetails}
	for _, f := range details.Fields {
		evidence.Fields = append(evidence.Fields, revocation.Field{Label: f.Label, Value: f.Value})
	}
	if evidence, err = revocation.NewEvidence(evidence); err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "evidence")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	store, err := revocation.OpenStore(dir)
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	receipt, err := store.Put(ctx, evidence)
	if err != nil {
		log.Fatal(err)
	}
	return receipt
}

// exampleSession logs in to a simulated device; done logs out and ends it.
func exampleSession(cfg remoteuitest.Config) (s *remoteui.Session, done func()) {
	cfg.Language, cfg.RestartTime = "en", time.Millisecond
	printer, err := remoteuitest.New(cfg)
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	s, err = remoteui.Dial(ctx, remoteui.Config{
		URL: printer.URL(), DialContext: printer.DialContext, Identity: remoteui.Identity{TrustOnFirstUse: true},
		Credentials: remoteui.Credentials{DepartmentID: "7654321", Password: remoteui.NewSecret("7654321")},
	})
	if err != nil {
		log.Fatal(err)
	}
	return s, func() {
		s.Close(ctx)
		printer.Close()
	}
}

// The page of a place is looked at beforehand: whether a key can be chosen there. TLS
// has a page of its own kind, of which everything but the key has to stay.
func ExampleCheckBinding() {
	s, done := exampleSession(remoteuitest.Config{
		Keys: []remoteuitest.KeySpec{{Name: "old", Uses: []string{"TLS"}}, {Name: "new"}}, Missing: []string{"sip-settings"},
	})
	defer done()
	ctx := context.Background()
	for _, use := range []keys.Use{keys.UseTLS, keys.UseSIP} {
		fmt.Println(use, usage.CheckBinding(ctx, s, usage.Place{Use: use}) == nil)
	}
	before, err := usage.ReadTLS(ctx, s)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := usage.BindTLS(ctx, s, "new"); err != nil {
		log.Fatal(err)
	}
	after, err := usage.ReadTLS(ctx, s)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("anything else:", before.Changes(after, "old", "new"))
	// Output:
	// tls true
	// sip false
	// anything else: []
}

// What only peers see is proved by the device's pages after the restart; a peer that
// has met the new key makes more of it.
func ExampleProveBound() {
	s, done := exampleSession(remoteuitest.Config{
		Keys: []remoteuitest.KeySpec{{Name: "old", Uses: []string{"TLS", "IEEE 802.1X"}, Weak: true}, {Name: "new"}},
	})
	defer done()
	ctx := context.Background()
	place := usage.Place{Use: keys.UseIEEE8021X}
	receipt := exampleEvidence(ctx, s, "old")
	successor, err := keys.ReadDetails(ctx, s, "new")
	if err != nil {
		log.Fatal(err)
	}
	_, err = usage.BindIf(ctx, s, place, "new", func(now usage.Setting) error {
		fmt.Println("was:", now.Key)
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := usage.BindTLS(ctx, s, "new"); err != nil {
		log.Fatal(err)
	}
	err = usage.Restart(ctx, s, usage.RestartOptions{Interval: 10 * time.Millisecond, Successor: successor.Recognise("printer.example")})
	if err != nil {
		log.Fatal(err)
	}
	bound, now, err := usage.ProveBound(ctx, s, nil, receipt.Key(), successor, place, time.Now())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("is:", now.Key, bound.Clears(receipt.Key()))
	fmt.Println(bound.Grade(), "or by what a peer saw:", usage.SeenByPeer(bound).Grade())
	// Output:
	// was: old
	// is: new true
	// bound or by what a peer saw: peer
}
