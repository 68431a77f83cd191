package main

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"io"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/internal/weaktest"
)

// BenchmarkStream is the whole way from a line to its verdict; BenchmarkParse
// what crypto/x509 takes for reading the same certificate.
func BenchmarkStream(b *testing.B) {
	line := base64.StdEncoding.EncodeToString(soundCertificate(b)) + "\n"
	b.ReportAllocs()
	b.ResetTimer()
	code := run(b.Context(), []string{"-rounds", "100", "-"}, strings.NewReader(strings.Repeat(line, b.N)), io.Discard, io.Discard, nil)
	if code != 0 {
		b.Fatal(code)
	}
}

func BenchmarkParse(b *testing.B) {
	der := soundCertificate(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := x509.ParseCertificate(der); err != nil {
			b.Fatal(err)
		}
	}
}

func soundCertificate(b *testing.B) []byte {
	return certificate(b, &rsa.PublicKey{N: weaktest.Sound(weaktest.Rand(6), 2048).N(), E: 65537})
}
