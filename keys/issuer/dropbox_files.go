package issuer

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/durable"
	"github.com/rekey-go/rekey/keys"
)

// DropBoxRecord is the JSON file beside a request: what people may want to know
// before they sign.
type DropBoxRecord struct {
	// Version of this record's layout; 1.
	Version int `json:"version"`
	// Device, Model, KeyName and Uses are those of the order, if there is one.
	Device  string     `json:"device,omitempty"`
	Model   string     `json:"model,omitempty"`
	KeyName string     `json:"keyName,omitempty"`
	Uses    []keys.Use `json:"uses,omitempty"`
	// Subject of the request.
	Subject string `json:"subject"`
	// Names (SAN) that the request asks for; none means its common name.
	Names []string `json:"names,omitempty"`
	// Key is its kind and length, such as "RSA 2048".
	Key string `json:"key"`
	// SPKI is the hex SHA-256 of the public key.
	SPKI string `json:"spki"`
	// Requested is when the request was first written.
	Requested time.Time `json:"requested"`
	// Request and Answer are file names.
	Request string `json:"request"`
	Answer  string `json:"answer"`
}

const (
	readmeName = "README.txt"
)

// readme is for people who come upon the directory.
const readme = `Certificate requests of devices are kept here.

For each NAME.csr that has no certificate yet:
1. Compare its subject and key with NAME.json.
2. Have NAME.csr signed by your CA as a TLS server and client certificate.
3. Put the certificate here, best as NAME.cer. DER, PEM and PKCS#7 (.p7b) will
   do, with or without the CA's certificates.
4. Run the program again that wrote the request.
Do not rename or remove NAME.csr and NAME.json.

此處存放裝置的憑證簽署要求 (CSR)。請將每個 NAME.csr 交由 CA 簽署 (TLS 伺服器與
用戶端)，將發行的憑證以 NAME.cer 存放於此處 (DER、PEM、PKCS#7 均可)，然後再次執行
產生要求的程式。

ここにはデバイスの証明書署名要求 (CSR) が保存されています。各 NAME.csr を CA で署名
(TLS サーバー・クライアント) し、発行された証明書を NAME.cer としてここに置いて
(DER、PEM、PKCS#7 のいずれも可)、要求を作成したプログラムを再度実行してください。
`

// stemOf is the name of a request's files without extension: where it comes from,
// for people, and the key, which no other request has. A request that is there
// already keeps its name.
func stemOf(ctx context.Context, root *os.Root, csr *x509.CertificateRequest) (string, error) {
	hash := "-" + spkiHash(csr)[:hashDigits]
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if stem, ok := strings.CutSuffix(e.Name(), ".csr"); ok && strings.HasSuffix(stem, hash) {
			return stem, nil
		}
	}
	parts := []string{csr.Subject.CommonName}
	if o, ok := keys.OrderFrom(ctx); ok && o.Device != "" {
		var uses []string
		for _, u := range o.Uses {
			uses = append(uses, string(u))
		}
		parts = []string{o.Device, o.Model, strings.Join(uses, "_"), o.Spec.Name}
	}
	var name []string
	for _, p := range parts {
		if p = slug(p); p != "" {
			name = append(name, p)
		}
	}
	if len(name) == 0 {
		name = []string{"request"}
	}
	return strings.Join(name, "-") + hash, nil
}

// slug makes a text a part of a file's name.
func slug(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-' || r == '.' {
			return r
		}
		return '_'
	}, s)
	return strings.TrimLeft(s[:min(len(s), 40)], ".-")
}

const hashDigits = 16

// writeRequest writes the files of a request that are not there yet, and says
// when it was first written.
func writeRequest(ctx context.Context, root *os.Root, stem string, csr *x509.CertificateRequest, now time.Time) (since time.Time, err error) {
	record := DropBoxRecord{
		Version: 1, Subject: csr.Subject.String(), Key: keyKind(csr), SPKI: spkiHash(csr),
		Requested: now.UTC().Truncate(time.Second), Request: stem + ".csr", Answer: stem + ".cer",
	}
	names := sanNames{csr.DNSNames, csr.IPAddresses, csr.EmailAddresses, csr.URIs}
	record.Names = names.strings()
	if o, ok := keys.OrderFrom(ctx); ok {
		record.Device, record.Model, record.KeyName, record.Uses = o.Device, o.Model, o.Spec.Name, o.Uses
	}
	if _, err := root.Lstat(readmeName); errors.Is(err, fs.ErrNotExist) {
		if err := writeFile(root, readmeName, []byte(readme)); err != nil {
			return since, err
		}
	}
	var earlier DropBoxRecord
	if b, err := readFile(root, stem+".json"); err == nil && json.Unmarshal(b, &earlier) == nil &&
		earlier.SPKI == record.SPKI && !earlier.Requested.IsZero() {
		record.Requested = earlier.Requested
	} else {
		b, err := json.MarshalIndent(record, "", "  ")
		if err != nil {
			return since, err
		}
		if err := writeFile(root, stem+".json", append(b, '\n')); err != nil {
			return since, err
		}
	}
	// The request comes last: where it is, all is.
	content := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: csr.Raw})
	if b, err := readFile(root, stem+".csr"); err != nil || !bytes.Equal(b, content) {
		if err := writeFile(root, stem+".csr", content); err != nil {
			return since, err
		}
	}
	return record.Requested, nil
}

func keyKind(csr *x509.CertificateRequest) string {
	switch k := csr.PublicKey.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", k.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA " + k.Curve.Params().Name
	}
	return csr.PublicKeyAlgorithm.String()
}

// writeFile makes the file appear whole or not at all, durably.
func writeFile(root *os.Root, name string, content []byte) error {
	if err := durable.WriteFile(root, name, content); err != nil {
		return err
	}
	return durable.SyncDir(root, ".")
}

// readFile reads a regular file of at most maxFile bytes.
func readFile(root *os.Root, name string) ([]byte, error) {
	b, err := durable.ReadFile(root, name, maxFile)
	if errors.Is(err, durable.ErrTooLarge) {
		return nil, fmt.Errorf("more than %d bytes", maxFile)
	}
	return b, err
}

// writable looks whether files can be made in a directory, or in the next one
// above that is there, by making one and removing it.
func writable(dir string) error {
	for {
		info, err := os.Stat(dir)
		if err == nil && !info.IsDir() {
			return fmt.Errorf("%s is not a directory", dir)
		}
		if err == nil {
			break
		}
		if up := filepath.Dir(dir); errors.Is(err, fs.ErrNotExist) && up != dir {
			dir = up
			continue
		}
		return err
	}
	f, err := os.CreateTemp(dir, durable.Temporary)
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}
