package rekey

import (
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/revocation"
)

// neighbours is a state directory of n devices, d0.example and so on, of each of which
// an old key and the pin are known; and a device of it with an empty call.
func neighbours(t *testing.T, n int) (*runner, *call) {
	t.Helper()
	o := Options{Dir: t.TempDir()}
	c, err := o.begin()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := c.openState(false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Close() })
	r := &runner{connection: connection{o: c, host: "own.example", dir: dir}}
	if r.store, err = revocation.OpenStore(evidenceDir(o.Dir)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.store.Close() })
	for i := range n {
		host := fmt.Sprintf("d%d.example", i)
		old := revocation.Evidence{
			Device: revocation.Device{URL: "https://" + host + "/"}, Key: "TLS-2021", Source: revocation.SourceHandshake,
			PublicKey: &revocation.PublicKeyRecord{Algorithm: "RSA", Bits: 2048, DER: []byte("old key of " + host)},
		}
		if _, err := r.store.Put(t.Context(), old); err != nil {
			t.Fatal(err)
		}
		if err := dir.SetPin(host, sha256.Sum256([]byte("key of "+host))); err != nil {
			t.Fatal(err)
		}
	}
	return r, c
}

func newKeyOf(spki string) *newKey {
	return &newKey{spec: keys.Spec{Name: "new"}, csr: &x509.CertificateRequest{RawSubjectPublicKeyInfo: []byte(spki)}}
}

// A key that a device has just made is nobody's: not by the evidence and the pins that
// are there when a call first asks, whoever put them there, not by what its devices have
// shown since, and not by an earlier request.
func TestOwners(t *testing.T) {
	t.Parallel()
	r, _ := neighbours(t, 3)
	look := func(spki, says string) {
		t.Helper()
		err := r.checkOwner(newKeyOf(spki))
		if shared, ok := errors.AsType[*SharedKeyError](err); says == "" && err != nil || says != "" && (!ok || !strings.Contains(shared.Error(), says)) {
			t.Errorf("%s: %v, want %q", spki, err, says)
		}
	}
	look("a new key", "")
	look("old key of d1.example", `the old key "TLS-2021" of d1.example`)
	look("key of d2.example", `the device at "d2.example"`)
	r.host = "d1.example" // its own old key is not a new one either; what it is known by is its own
	look("old key of d1.example", `the old key "TLS-2021" of d1.example`)
	look("key of d1.example", "")
	r.host = "own.example"
	other := &connection{o: r.o, host: "later.example", dir: r.dir}
	if err := other.pinTo(sha256.Sum256([]byte("shown since"))); err != nil {
		t.Fatal(err)
	}
	look("shown since", `the device at "later.example"`)
	if err := r.pinTo(sha256.Sum256([]byte("its own"))); err != nil {
		t.Fatal(err)
	}
	look("its own", "")
	later := revocation.Evidence{
		Device: revocation.Device{URL: "https://later.example/"}, Key: "SIP", Source: revocation.SourceHandshake, PublicKey: &revocation.PublicKeyRecord{DER: []byte("old, since")},
	}
	if later, err := revocation.NewEvidence(later); err != nil {
		t.Fatal(err)
	} else if err := r.putEvidence(t.Context(), new(oldKey), later); err != nil {
		t.Fatal(err)
	}
	look("old, since", `the old key "SIP" of later.example`)
	if _, err := r.dir.ClaimKey([]byte("asked for"), state.Claim{Host: "third.example", Key: "x"}); err != nil {
		t.Fatal(err)
	}
	look("asked for", "in an earlier CSR")
}

// What a device of a fleet reads of the state directory does not grow with the number of
// the others: they are read once for all.
func TestCostOfADeviceIsFlat(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/thread-self/io"); err != nil {
		t.Skip("this system does not say how much a thread has read")
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	read := func() (bytes int) {
		b, err := os.ReadFile("/proc/thread-self/io")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Sscanf(string(b), "rchar: %d", &bytes); err != nil {
			t.Fatal(err)
		}
		return bytes
	}
	few := 0
	for _, n := range []int{5, 50} {
		r, c := neighbours(t, n)
		known := &roster{listed: map[string]Device{}, pinned: map[string]map[remoteui.SPKIHash][]state.Known{}}
		device := func(host string) {
			r.host = host
			if err := known.add(Device{URL: "https://" + host + "/"}, c.Options); err != nil {
				t.Error(err)
			}
			if err := r.checkOwner(newKeyOf("new key of " + host)); err != nil {
				t.Error(err)
			}
			for _, err := range r.store.Find(revocation.Query{Device: host}) {
				t.Error(err)
			}
		}
		before := read()
		device("first.example")
		first := read()
		device("second.example")
		after := read()
		if first-before < 50*n {
			t.Fatalf("of %d devices, %d bytes were read: nothing is measured", n, first-before)
		}
		t.Logf("%d devices: the first reads %d bytes, the second %d", n, first-before, after-first)
		if few == 0 {
			few = after - first
		} else if after-first > few+512 {
			t.Errorf("among %d devices, one reads %d bytes, and among fewer %d", n, after-first, few)
		}
	}
}
