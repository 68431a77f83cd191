package issuer_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/keys/issuer"
)

// wide is text as Windows editors save it.
func wide(text []byte) []byte {
	out := []byte{0xff, 0xfe}
	for _, b := range text {
		out = append(out, b, 0)
	}
	return out
}

func TestLoadLocalCA(t *testing.T) {
	t.Parallel()
	block := func(kind string, der []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	}
	root := newAuthority(t, "Root", ecKey(), nil, nil)
	rsaCA := newAuthority(t, "RSA CA", rsaKey(), root, nil)
	ecCA := newAuthority(t, "EC CA", ecKey(), root, nil)
	edCA := newAuthority(t, "Ed CA", edKey(), root, nil)
	sec1 := block("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(ecCA.key.(*ecdsa.PrivateKey))))
	pkcs8 := func(key any) []byte { return block("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(key))) }
	for _, tc := range []struct {
		name      string
		cert, key []byte
		want      string // empty: it works
	}{
		{"PKCS#1", certPEM(rsaCA.cert, root.cert), block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey().(*rsa.PrivateKey))), ""},
		{"PKCS#8 RSA", certPEM(rsaCA.cert), pkcs8(rsaKey()), ""},
		{"PKCS#8 Ed25519", certPEM(edCA.cert), pkcs8(edCA.key), ""},
		{"SEC 1 after parameters", certPEM(ecCA.cert), slices.Concat(block("EC PARAMETERS", []byte{5, 0}), sec1), ""},
		{"root first, one file", slices.Concat(sec1, certPEM(root.cert, ecCA.cert)), slices.Concat(certPEM(root.cert), sec1), ""},
		{"text around", slices.Concat([]byte("subject=CA\r\n"), certPEM(ecCA.cert)), slices.Concat([]byte("Bag Attributes\n"), sec1), ""},
		{"encrypted PKCS#8", certPEM(ecCA.cert), block("ENCRYPTED PRIVATE KEY", []byte("SECRETSECRET")), "encrypted"},
		{"encrypted the old way", certPEM(ecCA.cert), pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY",
			Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-128-CBC,00"}, Bytes: []byte("SECRETSECRET")}), "encrypted"},
		{"another key", certPEM(ecCA.cert, root.cert), pkcs8(edKey()), "none of the 2 certificates"},
		{"no key", certPEM(ecCA.cert), certPEM(ecCA.cert), "no private key in"},
		{"no certificate", sec1, sec1, "no certificate in"},
		{"DER", ecCA.cert.Raw, sec1, ""},
		{"DER both", ecCA.cert.Raw, must(x509.MarshalPKCS8PrivateKey(ecCA.key)), ""},
		{"DER, SEC 1, padding", append(slices.Clone(ecCA.cert.Raw), 0), append(must(x509.MarshalECPrivateKey(ecCA.key.(*ecdsa.PrivateKey))), "\r\n"...), ""},
		{"mark", slices.Concat([]byte("\ufeff"), certPEM(ecCA.cert)), slices.Concat([]byte("\ufeff"), sec1), ""},
		{"CR only", bytes.ReplaceAll(certPEM(ecCA.cert), []byte("\n"), []byte("\r")), bytes.ReplaceAll(sec1, []byte("\n"), []byte("\r")), ""},
		{"without padding characters", bytes.ReplaceAll(certPEM(ecCA.cert), []byte("="), nil), bytes.ReplaceAll(sec1, []byte("="), nil), ""},
		{"UTF-16", wide(certPEM(ecCA.cert)), wide(sec1), ""},
		{"no key, DER", certPEM(ecCA.cert), ecCA.cert.Raw, "no private key in"},
		{"broken key", certPEM(ecCA.cert), block("PRIVATE KEY", []byte("SECRETSECRET")), "the private key in"},
		{"unknown key", certPEM(ecCA.cert), block("OPENSSH PRIVATE KEY", []byte("SECRETSECRET")), "not known"},
		{"not for signing", certPEM(ecCA.cert), pkcs8(must(ecdh.X25519().GenerateKey(rand.Reader))), "cannot sign"},
		{"broken certificate", block("CERTIFICATE", []byte{1}), sec1, "no certificate in"},
		{"huge", slices.Concat(certPEM(ecCA.cert), make([]byte, 2<<20)), sec1, "more than"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			ca, err := issuer.LoadLocalCA(write(t, "ca.pem", tc.cert), write(t, "key.pem", tc.key), nil)
			if tc.want != "" {
				if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "SECRET") {
					t.Errorf("got %v, want %q", err, tc.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := ca.Issue(t.Context(), newCSR(t, ecKey(), "mfp.example")); err != nil {
				t.Error(err)
			}
		})
	}
	if _, err := issuer.LoadLocalCA("/nonexistent/ca.pem", write(t, "key.pem", sec1), nil); err == nil {
		t.Error("a file that is not there")
	}
}

func TestLoadCAs(t *testing.T) {
	t.Parallel()
	root := newAuthority(t, "Root", ecKey(), nil, nil)
	leaf := root.issue(t, ecKey().Public(), "mfp.example", nil)
	for _, tc := range []struct {
		name    string
		content []byte
		want    int // certificates; 0: an error
	}{
		{"PEM", certPEM(root.cert), 1}, {"DER", root.cert.Raw, 1}, {"several", certPEM(root.cert, newAuthority(t, "B", ecKey(), nil, nil).cert), 2},
		{"a device's", certPEM(leaf), 0}, {"with a device's", certPEM(root.cert, leaf), 0}, {"rubbish", []byte("rubbish"), 0},
		{"one broken", append(certPEM(root.cert), "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n"...), 0},
	} {
		if cas, err := issuer.LoadCAs(write(t, "ca", tc.content)); len(cas) != tc.want || (err == nil) != (tc.want > 0) {
			t.Errorf("%s: %d, %v", tc.name, len(cas), err)
		}
	}
	if _, err := issuer.LoadCAs(t.TempDir() + "/none"); err == nil {
		t.Error("a file that is not there")
	}
}

// A key or a drop box that others can write to is named.
func TestLooseModesAreSaid(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("modes mean little there")
	}
	ca := newAuthority(t, "CA", ecKey(), nil, nil)
	key := write(t, "key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: must(x509.MarshalPKCS8PrivateKey(ca.key))}))
	cert, dir := write(t, "cert", certPEM(ca.cert)), t.TempDir()
	for mode, want := range map[os.FileMode]bool{0o600: false, 0o640: true, 0o666: true} {
		if err := os.Chmod(key, mode); err != nil {
			t.Fatal(err)
		}
		info, err := must(issuer.LoadLocalCA(cert, key, nil)).Check(t.Context())
		if err != nil || slices.ContainsFunc(info.Notes, func(n string) bool { return strings.Contains(n, "others than its owner") }) != want {
			t.Errorf("key of mode %v: %v, %v", mode, info, err)
		}
	}
	for mode, want := range map[os.FileMode]bool{0o700: false, 0o755: false, 0o770: true, 0o777: true} {
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		info, err := newDropBox(t, dir, nil).Check(t.Context())
		if err != nil || strings.Contains(info.Notes[0], "others than its owner") != want {
			t.Errorf("box of mode %v: %v, %v", mode, info, err)
		}
	}
}
