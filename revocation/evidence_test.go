package revocation_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/revocation"
)

var noon = time.Date(2024, 5, 1, 12, 0, 0, 999, time.UTC)

// handshake is evidence with a certificate, as a probe of the device gives it.
func handshake(t testing.TB, key string) revocation.Evidence {
	return revocation.Evidence{
		Device:   revocation.Device{URL: "https://MFP.example:8443/", Model: "iR-ADV C5560", Controller: "67.31", Serial: "ABC01234"},
		Key:      key,
		Usages:   []string{"tls"},
		TakenAt:  noon,
		Source:   revocation.SourceHandshake,
		Weakness: revocation.Weakness{State: "proved", Rounds: 1},
		Certificate: &revocation.CertificateRecord{
			DER:   testdata(t, "issued.der"),
			Chain: [][]byte{testdata(t, "ca.der")},
		},
	}
}

// details is evidence of a key that has no certificate to be had.
func details(key string) revocation.Evidence {
	return revocation.Evidence{
		Device:  revocation.Device{URL: "https://mfp.example"},
		Key:     key,
		TakenAt: noon,
		Source:  revocation.SourceDetails,
		Fields: []revocation.Field{
			{Label: "版本", Value: "V3"},
			{Label: "序號", Value: "01"},
			{Label: "發佈者", Value: "C=JP\u202e <b>"},
			{Label: "序號", Value: ""},
		},
	}
}

func TestW4_EvidenceIsCompletedFromTheCertificate(t *testing.T) {
	t.Parallel()
	e, err := revocation.NewEvidence(handshake(t, "TLS2021"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"device":{"url":"https://MFP.example:8443/","model":"iR-ADV C5560","controller":"67.31","serial":"ABC01234"}`,
		`"key":"TLS2021"`, `"fingerprint":"` + issuedSPKI + `"`, `"usages":["tls"]`,
		`"takenAt":"2024-05-01T12:00:00Z"`, `"source":"handshake"`,
		`"publicKey":{"algorithm":"RSA","bits":1024,"spki":"` + issuedSPKI + `"`,
		`"weakness":{"state":"proved","rounds":1}`,
		`"sha256":"d1024427561c83ce5c713f685e4b899a776e34cb9490eaa7fc633b7316ffa09c"`,
		`"issuer":"CN=Test CA,O=Test"`, `"serialHex":"c0ffee0123456789abcdef"`, `"serialDec":"233322351226215633162849775"`,
		`"aki":"a38e1bd4a83a7c0ffde426045067acf17880ffe3"`, `"crlURLs":["http://ca.example/a.crl"`,
		`"ocspURLs":["http://ocsp.example/"]`, `"selfSigned":"no"`,
	} {
		if !strings.Contains(string(b), want) {
			t.Errorf("no %s in\n%s", want, b)
		}
	}
}

func TestNewEvidence(t *testing.T) {
	t.Parallel()
	request, err := revocation.RequestPublicKey(testdata(t, "request.der"))
	if err != nil {
		t.Fatal(err)
	}
	base := details("K")
	for _, tc := range []struct {
		name  string
		edit  func(*revocation.Evidence)
		err   error
		check func(revocation.Evidence) bool
	}{
		{"details page only", func(e *revocation.Evidence) {}, nil, func(e revocation.Evidence) bool {
			return e.Fingerprint == revocation.FieldsFingerprint(base.Fields) && e.Weakness.State == "unknown" && e.Certificate == nil
		}},
		{"CSR's key", func(e *revocation.Evidence) { e.PublicKey = revocation.PublicKeyRecordOf(request); e.Fields = nil }, nil,
			func(e revocation.Evidence) bool { return e.Fingerprint == issuedSPKI }},
		{"caller's fingerprint", func(e *revocation.Evidence) { e.Fingerprint = "issuer-serial:x" }, nil,
			func(e revocation.Evidence) bool { return e.Fingerprint == "issuer-serial:x" }},
		{"unreadable certificate", func(e *revocation.Evidence) {
			e.Certificate = &revocation.CertificateRecord{DER: []byte("what is this"), Issuer: "a lie"}
		}, nil, func(e revocation.Evidence) bool {
			return strings.HasPrefix(e.Fingerprint, "cert-sha256:") && e.Certificate.Issuer == "" && e.Certificate.Note != ""
		}},
		{"certificate beats what the caller says", func(e *revocation.Evidence) {
			e.PublicKey = &revocation.PublicKeyRecord{SPKI: "00"}
			e.Certificate = &revocation.CertificateRecord{DER: testdata(t, "issued.der"), SHA256: "00"}
		}, nil, func(e revocation.Evidence) bool {
			return e.PublicKey.SPKI == issuedSPKI && strings.HasPrefix(e.Certificate.SHA256, "d102")
		}},
		{"credentials in the URL", func(e *revocation.Evidence) { e.Device.URL = "https://7654321:pw@mfp.example/x?token=1#f" }, nil,
			func(e revocation.Evidence) bool { return e.Device.URL == "https://mfp.example/x" }},
		{"bare host", func(e *revocation.Evidence) { e.Device.URL = "mfp.example:8443" }, nil,
			func(e revocation.Evidence) bool { return e.Device.URL == "mfp.example:8443" }},
		{"nothing at all", func(e *revocation.Evidence) { e.Fields = nil }, revocation.ErrNoEvidence, nil},
		{"empty certificate", func(e *revocation.Evidence) { e.Fields = nil; e.Certificate = &revocation.CertificateRecord{} }, revocation.ErrNoEvidence, nil},
		{"no key name", func(e *revocation.Evidence) { e.Key = "" }, revocation.ErrNoEvidence, nil},
		{"no device", func(e *revocation.Evidence) { e.Device.URL = "" }, revocation.ErrNoEvidence, nil},
		{"bad device", func(e *revocation.Evidence) { e.Device.URL = "https://u:pw@%zz" }, revocation.ErrNoEvidence, nil},
		{"huge certificate", func(e *revocation.Evidence) { e.Certificate = &revocation.CertificateRecord{DER: make([]byte, 1<<20)} }, revocation.ErrTooLarge, nil},
		{"endless chain", func(e *revocation.Evidence) {
			e.Certificate = &revocation.CertificateRecord{DER: []byte{1}, Chain: make([][]byte, 1000)}
		}, revocation.ErrTooLarge, nil},
	} {
		in := details("K")
		tc.edit(&in)
		got, err := revocation.NewEvidence(in)
		if !errors.Is(err, tc.err) {
			t.Errorf("%s: error %v, want %v", tc.name, err, tc.err)
		} else if err == nil && !tc.check(got) {
			t.Errorf("%s: %+v", tc.name, got)
		}
	}
}

// Completing evidence must not write into what the caller passed by pointer.
func TestNewEvidenceLeavesItsArgumentAlone(t *testing.T) {
	t.Parallel()
	in := handshake(t, "K")
	in.PublicKey = &revocation.PublicKeyRecord{SPKI: "00", DER: []byte{1}}
	if _, err := revocation.NewEvidence(in); err != nil {
		t.Fatal(err)
	}
	if in.Certificate.SHA256 != "" || in.PublicKey.SPKI != "00" {
		t.Error("argument changed")
	}
}
