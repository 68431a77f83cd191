package peertest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/keys"
)

// mfp is a device that authenticates to the network with a weak key.
func mfp(t *testing.T, seed uint64) (*simdevice.Device, rekey.Device, *rekey.Options) {
	t.Helper()
	dev, err := simdevice.New(simdevice.Config{
		Seed: seed, Errorf: t.Errorf,
		Keys: []simdevice.KeySpec{
			{Name: "Default Key"}, {Name: "AMS"}, {Name: "tls", Weak: true, Uses: []string{"TLS"}},
			{Name: "dot1x", Weak: true, Uses: []string{"IEEE 802.1X"}, CommonName: "mfp.example"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(dev.Close)
	access := rekey.Device{
		URL: dev.URL(), DialContext: dev.DialContext, TrustOnFirstUse: true,
		DepartmentID: "7654321", Password: rekey.NewSecret("7654321"),
	}
	return dev, access, &rekey.Options{Dir: t.TempDir(), Timeouts: rekey.Timeouts{Poll: 20 * time.Millisecond, Restart: 30 * time.Second}}
}

// identity is what the device authenticates with now.
func identity(t *testing.T, dev *simdevice.Device) (cert, key string) {
	t.Helper()
	pair, err := dev.KeyPair("IEEE 802.1X")
	if err != nil {
		t.Fatal(err)
	}
	return encode("CERTIFICATE", pair.Certificate[0]), keyPEM(t, pair.PrivateKey)
}

// A network that admits by EAP-TLS lets the device in before, and after with
// its new key, which Distribute alone has made known; with the old key nobody
// gets in any more, once what task V-2 names is off the list. // R-2, E-1, V-2
//
// This is way (b), a self-signed certificate; [TestEAPTLSFromCA] is way (a).
func TestEAPTLS(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	server := newRadius(t)
	dev, access, o := mfp(t, 1)
	oldCert, oldKey := identity(t, dev)
	server.trust[thumbprint(t, oldCert)] = oldCert
	server.start()
	if !server.admits(oldCert, oldKey) {
		t.Fatal("before: the old key is not admitted")
	}

	o.Distribute = func(_ context.Context, d rekey.Distribution) error {
		if d.Use != keys.UseIEEE8021X || d.New.PEM == "" {
			return errors.New("this network knows certificates for IEEE 802.1X only")
		}
		server.trust[d.New.SHA1] = d.New.PEM
		server.start()
		return nil
	}
	r, err := rekey.Remediate(ctx, access, o)
	if err != nil || r.Restarts != 2 {
		t.Fatalf("%v\n%v", err, r)
	}
	cert, key := identity(t, dev)
	if cert == oldCert || !server.admits(cert, key) {
		t.Error("the new key is not admitted")
	}

	i := slices.IndexFunc(r.Tasks, func(task rekey.Task) bool { return task.ID == "V-2" })
	if i < 0 {
		t.Fatal("no task V-2")
	}
	remove(t, server, r.Tasks[i].Old)
	server.start()
	if server.admits(oldCert, oldKey) {
		t.Error("V-2: the old key is still admitted")
	}
	if !server.admits(cert, key) {
		t.Error("V-2: the new key is no longer admitted")
	}
}

// Way (a): the network trusts a CA, and nobody has to be told of the new
// certificate: one restart. // R-2, G-4 to G-6, V-2
func TestEAPTLSFromCA(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	server, ca := newRadius(t), newAuthority(t)
	dev, access, o := mfp(t, 3)
	oldCert, oldKey := identity(t, dev)
	server.trust[thumbprint(t, oldCert)] = oldCert
	server.trust["the CA"] = encode("CERTIFICATE", ca.cert.Raw)
	server.start()
	if !server.admits(oldCert, oldKey) {
		t.Fatal("before: the old key is not admitted")
	}
	o.Kinds, o.Issuer = map[keys.Use]rekey.CertificateKind{keys.UseIEEE8021X: rekey.ByCSR}, ca
	o.Distribute = func(_ context.Context, d rekey.Distribution) error {
		t.Errorf("asked to distribute for %s", d.Use)
		return nil
	}
	r, err := rekey.Remediate(ctx, access, o)
	if err != nil || r.Restarts != 1 {
		t.Fatalf("%v\n%v", err, r)
	}
	cert, key := identity(t, dev)
	if cert == oldCert || !server.admits(cert, key) {
		t.Error("the new key is not admitted")
	}
	i := slices.IndexFunc(r.Tasks, func(task rekey.Task) bool { return task.ID == "V-2" })
	if i < 0 {
		t.Fatal("no task V-2")
	}
	remove(t, server, r.Tasks[i].Old)
	server.start()
	if server.admits(oldCert, oldKey) || !server.admits(cert, key) {
		t.Errorf("V-2: old key admitted: %v, new key admitted: %v", server.admits(oldCert, oldKey), server.admits(cert, key))
	}
}

// remove takes off the list what a task names: by thumbprint, which its details
// page shows where the certificate itself could not be had.
func remove(t *testing.T, server *radius, old *rekey.CertificateInfo) {
	t.Helper()
	before := len(server.trust)
	for print := range server.trust {
		for _, f := range old.Fields {
			if strings.EqualFold(strings.NewReplacer(" ", "", ":", "").Replace(f.Value), print) {
				delete(server.trust, print)
			}
		}
	}
	if len(server.trust) != before-1 {
		t.Fatalf("V-2: %d entries fit %+v, want one", before-len(server.trust), old)
	}
}

// Without a way to have the new certificate trusted nothing happens to IEEE
// 802.1X, and the device stays on the network.
func TestEAPTLSWithheld(t *testing.T) {
	t.Parallel()
	server := newRadius(t)
	dev, access, o := mfp(t, 2)
	cert, key := identity(t, dev)
	server.trust["old"] = cert
	server.start()
	if r, err := rekey.Remediate(t.Context(), access, o); !errors.Is(err, rekey.ErrUnfinished) {
		t.Fatalf("%v\n%v", err, r)
	}
	if now, _ := identity(t, dev); now != cert || !server.admits(cert, key) {
		t.Error("the device lost the network")
	}
}
