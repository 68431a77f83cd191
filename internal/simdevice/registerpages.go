package simdevice

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"strconv"

	"github.com/smallstep/pkcs7"
)

// showRegister is the page of an icon in the certificate column (G-6).
func (x *exchange) showRegister() {
	l := x.l
	k := x.keyAt(x.get(l.rowField()))
	if k == nil {
		x.keyList(wErrNotFound)
		return
	}
	row := []Field{{l.rowField(), strconv.Itoa(x.rowID(k))}}
	p := x.frame(PageRegister, wCertificate, wSettings, wManagement, wDevices)
	p.put("<h3>%s</h3>", k.name)
	p.button("register", l.text(wRegister), "", p.opener("register", target{kind: PageRegisterFile, params: row}))
	if x.showsAgain(k) {
		p.button("csr", l.text(wShowCSR), "", p.opener("csr", target{kind: PageCSRData, params: row}))
	}
	p.link("back", l.text(wKeys), target{kind: PageKeyList})
	p.end()
}

// showRegisterFile takes a file (G-6).
func (x *exchange) showRegisterFile() {
	k := x.keyAt(x.get(x.l.rowField()))
	if k == nil {
		x.keyList(wErrNotFound)
		return
	}
	x.registerForm(k, -1)
}

const fieldCertificate = "field.register.file"

func (x *exchange) registerForm(k *key, message word) {
	p := x.frame(PageRegisterFile, wRegister, wSettings, wManagement, wDevices)
	if message >= 0 {
		p.message(message)
	}
	p.put("<h3>%s</h3>", k.name)
	p.fileForm(PageRegisterFile, fieldCertificate, strconv.Itoa(x.rowID(k)))
	p.link("back", x.l.text(wKeys), target{kind: PageKeyList})
	p.end()
}

// registerCertificate stores the certificate of a key that has none (G-6).
func (x *exchange) registerCertificate() {
	k := x.keyAt(x.get(x.l.rowField()))
	if k == nil {
		x.keyList(wErrNotFound)
		return
	}
	certs := certificatesIn([]byte(x.get(x.l.name(fieldCertificate))), x.d.cfg.CertificateFiles)
	own := x.ownCertificate(k, certs)
	switch {
	case k.cert != nil || k.corrupt:
		x.registerForm(k, wErrHasCert)
		return
	case len(certs) == 0:
		x.registerForm(k, wErrCertFile)
		return
	case own == nil:
		x.registerForm(k, wErrCertKey)
		return
	}
	if x.d.cfg.enforces(RuleRegisterStores) {
		k.cert = own
		x.change = "certificate of key " + k.name + " registered"
	}
	x.keyList(-1)
}

// ownCertificate is the one with the key's own public key, or nil.
func (x *exchange) ownCertificate(k *key, certs []*x509.Certificate) *x509.Certificate {
	for _, c := range certs {
		if samePublicKey(c.PublicKey, k.signer.Public()) || !x.d.cfg.enforces(RuleCSROwnKey) {
			return c
		}
	}
	return nil
}

func samePublicKey(a, b crypto.PublicKey) bool {
	key, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && key.Equal(b)
}

// certificatesIn reads a file as far as files of its kind are understood: none
// if it is not.
func certificatesIn(file []byte, files CertificateFiles) []*x509.Certificate {
	bundles := files == FilesBundles
	if c, err := x509.ParseCertificate(file); err == nil && files != FilesPEM {
		return []*x509.Certificate{c}
	}
	if p7, err := pkcs7.Parse(file); err == nil && bundles {
		return p7.Certificates
	}
	if files == FilesDER {
		return nil
	}
	var all []*x509.Certificate
	for rest := file; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if p7, err := pkcs7.Parse(block.Bytes); err == nil && bundles && block.Type == "PKCS7" {
			all = append(all, p7.Certificates...)
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil || block.Type != "CERTIFICATE" {
			return nil
		}
		all = append(all, c)
		if !bundles && len(bytes.TrimSpace(rest)) > 0 {
			return nil // one certificate a file
		}
	}
	return all
}
