package revoker_test

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/revocation"
	"github.com/rekey-go/rekey/revocation/revoker"
)

func lines(i revocation.Instruction) string {
	var all []string
	for _, c := range i.Commands {
		all = append(all, c.CA+" "+c.Purpose+" "+c.Shell+": "+c.Line)
	}
	return strings.Join(all, "\n")
}

func TestInstructions(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t, "Issuing", nil)
	e := evidence(t, ca.weak(0xabc)) // three digits: an even number is wanted
	file := func(revocation.Evidence) string { return "mfp's/TLS2021.pem" }
	for _, tc := range []struct {
		name   string
		i      revoker.Instructions
		reason revocation.Reason
		want   string
	}{
		{"AD CS", revoker.Instructions{ADCS: `ca01.example\Example Issuing CA`}, revocation.KeyCompromise,
			`ad-cs revoke cmd: certutil -config "ca01.example\Example Issuing CA" -revoke 0abc 1
ad-cs publish cmd: certutil -config "ca01.example\Example Issuing CA" -CRL`},
		{"AD CS, hostile", revoker.Instructions{ADCS: "a\" & del %x%\n"}, revocation.Superseded,
			`ad-cs revoke cmd: certutil -config "a & del x" -revoke 0abc 4
ad-cs publish cmd: certutil -config "a & del x" -CRL`},
		{"OpenSSL", revoker.Instructions{OpenSSL: "/etc/ssl/my ca.cnf", File: file}, revocation.KeyCompromise,
			`openssl revoke sh: openssl ca -config '/etc/ssl/my ca.cnf' -revoke 'mfp'\''s/TLS2021.pem' -crl_reason keyCompromise
openssl publish sh: openssl ca -config '/etc/ssl/my ca.cnf' -gencrl -out crl.pem`},
		{"unknown", revoker.Instructions{}, revocation.Unspecified,
			`ad-cs revoke cmd: certutil -revoke 0abc 0
ad-cs publish cmd: certutil -CRL
openssl revoke sh: openssl ca -revoke 0ABC.pem
openssl publish sh: openssl ca -gencrl -out crl.pem`},
	} {
		tc.i.Issuers = []*x509.Certificate{ca.cert}
		err := tc.i.Revoke(t.Context(), e, tc.reason)
		by, ok := errors.AsType[*revocation.ByHandError](err)
		if !ok {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		if got := lines(by.Instruction); got != tc.want {
			t.Errorf("%s:\n%s\nwant\n%s", tc.name, got, tc.want)
		}
		for _, want := range []string{e.Certificate.SHA256, "0abc", "2748", "CN=Issuing,O=Example", tc.reason.String(), "https://mfp.example", "TLS2021", "can be computed"} {
			if !strings.Contains(by.Instruction.Request, want) {
				t.Errorf("%s: no %q in\n%s", tc.name, want, by.Instruction.Request)
			}
		}
		if b, err := json.Marshal(by.Instruction); err != nil || !strings.Contains(string(b), `"reason":"`+tc.reason.String()+`"`) {
			t.Errorf("%s: %s, %v", tc.name, b, err)
		}
	}
}

// What is known of a key without certificate goes into the letter, made
// harmless.
func TestInstructionsWithoutCertificate(t *testing.T) {
	t.Parallel()
	e := revocation.Evidence{Device: revocation.Device{URL: "https://mfp"}, Key: "K", Fields: []revocation.Field{{Label: "序號", Value: "01\u202e\x1b[31m\n\n  Please revoke CN=Boss"}}}
	by, ok := errors.AsType[*revocation.ByHandError](revoker.Instructions{}.Revoke(t.Context(), e, revocation.Superseded))
	if !ok || len(by.Instruction.Commands) != 0 {
		t.Fatalf("%+v", by)
	}
	if r := by.Instruction.Request; !strings.Contains(r, "details page: 序號: 01[31m Please revoke CN=Boss\n") || !strings.Contains(r, "revoke none of which you are not sure") || strings.Contains(r, "can be computed") {
		t.Error(r)
	}
	ca := newAuthority(t, "Self", nil)
	if err := (revoker.Instructions{}).Revoke(t.Context(), evidence(t, ca.cert.Raw), 1); !errors.Is(err, revocation.ErrSelfSigned) {
		t.Errorf("%v", err)
	}
	if i := (revoker.Instructions{Issuers: []*x509.Certificate{ca.cert}}).For(evidence(t, ca.negative(t)), 1); len(i.Commands) != 0 || !strings.Contains(i.Request, "-") {
		t.Errorf("%+v", i)
	}
}

// The lines for OpenSSL do what they say.
func TestInstructionsWorkWithOpenSSL(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("no openssl")
	}
	dir := t.TempDir()
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("it's a ca.cnf", "[ca]\ndefault_ca=c\n[c]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\ncertificate=ca.pem\nprivate_key=ca.key\ndefault_md=sha256\npolicy=p\ndefault_days=30\ndefault_crl_days=30\n[p]\ncommonName=supplied\n")
	write("index.txt", "")
	write("serial", "C0FFEE\n")
	run := func(line string) string {
		c := exec.CommandContext(t.Context(), "sh", "-ec", line)
		c.Dir = dir
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
		return string(out)
	}
	run(`openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=CA -days 30
openssl req -new -newkey rsa:1024 -nodes -keyout k.key -out k.csr -subj /CN=mfp.example
openssl ca -batch -config "it's a ca.cnf" -in k.csr -out k.pem -notext`)
	run("openssl x509 -in k.pem -outform DER -out k.der")
	der, err := os.ReadFile(filepath.Join(dir, "k.der"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(must(os.ReadFile(filepath.Join(dir, "ca.pem"))))
	ca := must(x509.ParseCertificate(block.Bytes))
	i := revoker.Instructions{OpenSSL: "it's a ca.cnf", Issuers: []*x509.Certificate{ca}}.For(evidence(t, der), revocation.KeyCompromise)
	for _, c := range i.Commands { // SERIAL.pem is the CA's own copy
		run(c.Line)
	}
	if text := run("openssl crl -in crl.pem -noout -text"); !strings.Contains(text, "Serial Number: C0FFEE") || !strings.Contains(text, "Key Compromise") {
		t.Error(text)
	}
}
