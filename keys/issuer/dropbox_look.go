package issuer

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/keys"
)

// dropped is what a file was found to be. Certificates themselves are not kept:
// a directory may hold more than a program's memory.
type dropped struct {
	name  string
	size  int64
	time  time.Time
	certs []glimpse
	err   error // why there are none
}

// glimpse is what is kept of a certificate.
type glimpse struct {
	hash    string // of its key, as in the names of requests
	subject string
	isCA    bool
}

const (
	// settled is how long ago a file must have been written to be read only once:
	// clocks of file systems are coarse.
	settled = 3 * time.Second

	maxFiles   = 20_000 // that are looked at
	maxPerFile = 64     // certificates in a file that is meant as an answer
	maxCAs     = 256    // that chains are made of
)

// candidate is a certificate for the key of a request.
type candidate struct {
	file  string
	chain []*x509.Certificate
}

// look reads the directory: the chain, if one of the certificates is the answer,
// else what is wrong with the files that might be meant as one.
func (d *DropBox) look(ctx context.Context, root *os.Root, csr *x509.CertificateRequest) ([]*x509.Certificate, []DropBoxProblem, error) {
	files, requests, err := d.list(ctx, root)
	if err != nil {
		return nil, nil, err
	}
	hash := spkiHash(csr)[:hashDigits]
	ours := func(c glimpse) bool { return c.hash == hash }
	var problems []DropBoxProblem
	var candidates []candidate
	var cas []*x509.Certificate
	for _, f := range files {
		if !slices.ContainsFunc(f.certs, ours) {
			if why := f.problem(csr, requests); why != "" {
				problems = append(problems, DropBoxProblem{f.name, why})
			}
			continue
		}
		if cas == nil {
			cas = d.readCAs(root, files)
		}
		found := d.judge(ctx, readCerts(root, f.name), cas, csr)
		if found.why != "" {
			problems = append(problems, DropBoxProblem{f.name, found.why})
		}
		for _, chain := range found.chains {
			candidates = append(candidates, candidate{f.name, chain})
		}
	}
	chain, doubts := choose(candidates)
	if chain != nil {
		return chain, nil, nil
	}
	return nil, append(problems, doubts...), nil
}

// readCAs are the CAs' certificates that lie in the directory, for making chains.
func (d *DropBox) readCAs(root *os.Root, files []dropped) []*x509.Certificate {
	cas := slices.Clone(d.o.CAs)
	for _, f := range files {
		if !slices.ContainsFunc(f.certs, func(c glimpse) bool { return c.isCA }) {
			continue
		}
		for _, c := range readCerts(root, f.name) {
			if c.IsCA && len(cas) < maxCAs && !slices.ContainsFunc(cas, c.Equal) {
				cas = append(cas, c)
			}
		}
	}
	return cas
}

type judgement struct {
	chains [][]*x509.Certificate
	why    string // the file is no answer, or the certificate in it none
}

// judge checks the certificates for a request's key in one file against what was
// ordered, as far as people decide about it: who can write into the directory
// can put anything there.
func (d *DropBox) judge(ctx context.Context, certs, cas []*x509.Certificate, csr *x509.CertificateRequest) (j judgement) {
	now := d.o.Now()
	e := keys.Expected{CSR: csr, Now: now, CAs: d.o.CAs, Policy: keys.IssuedPolicy{MinValidity: -1}}
	if order, ok := keys.OrderFrom(ctx); ok {
		e.Order, e.Policy = &order, order.Policy
	}
	for _, c := range certs {
		if !sameKey(c.PublicKey, csr.PublicKey) {
			continue
		}
		if now.After(c.NotAfter) {
			j.why = fmt.Sprintf("its certificate expired on %s", c.NotAfter.Format(time.DateOnly))
			continue
		}
		chain, err := bundle.Chain(csr.PublicKey, append([]*x509.Certificate{c}, cas...))
		if err == nil {
			_, err = keys.CheckIssued(chain, e)
		}
		if issued, ok := errors.AsType[*keys.IssuedError](err); ok {
			err = errors.New(issued.Reason)
		}
		if err != nil {
			j.why = "its certificate is not as ordered: " + bundle.Clean(err.Error(), 300)
			continue
		}
		j.chains = append(j.chains, chain)
	}
	return j
}

// choose takes the latest of the certificates that are an answer, if they are all
// of one CA: which is meant cannot be told otherwise.
func choose(all []candidate) (chain []*x509.Certificate, doubts []DropBoxProblem) {
	for i, c := range all {
		if i > 0 && issuerOf(c.chain) != issuerOf(all[0].chain) {
			for _, c := range all {
				doubts = append(doubts, DropBoxProblem{c.file, fmt.Sprintf("it is one of several answers, of different CAs, this one of %s: remove the wrong ones, or say which CA is meant", quote(c.chain[0].Issuer.String()))})
			}
			return nil, doubts
		}
		if chain == nil || c.chain[0].NotBefore.After(chain[0].NotBefore) {
			chain = c.chain
		}
	}
	return chain, nil
}

// issuerOf tells CAs apart: by the key that verified the certificate, or by the
// name and the key identifier that it gives itself where that CA's certificate is
// not there.
func issuerOf(chain []*x509.Certificate) string {
	if len(chain) > 1 {
		return "key " + string(chain[1].RawSubjectPublicKeyInfo)
	}
	return fmt.Sprintf("name %x, key identifier %x", chain[0].RawIssuer, chain[0].AuthorityKeyId)
}

// problem says why a file without a certificate for this request, that may be
// meant for it, is no answer to it; empty if it is none of its business.
func (f *dropped) problem(csr *x509.CertificateRequest, requests []string) string {
	hash := spkiHash(csr)[:hashDigits]
	named := strings.Contains(f.name, hash)
	others := slices.ContainsFunc(requests, func(h string) bool { return h != hash && strings.Contains(f.name, h) })
	switch {
	case others && !named:
		return "" // somebody else's
	case f.err != nil:
		return f.err.Error()
	}
	var names []string
	for _, c := range f.certs {
		if !named && (c.isCA || slices.Contains(requests, c.hash)) {
			return "" // a chain, or the answer to another request
		}
		names = append(names, c.subject)
	}
	return "its certificate is for another key: " + quote(strings.Join(names, ", "))
}

func certHash(c *x509.Certificate) string {
	sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
	return hex.EncodeToString(sum[:])[:hashDigits]
}

// list reads what people put there, in the order of the names, and gives the
// hashes in the names of the requests.
func (d *DropBox) list(ctx context.Context, root *os.Root) (files []dropped, requests []string, err error) {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	known := d.read
	d.read = make(map[string]dropped)
	for _, e := range entries {
		name := e.Name()
		ext := strings.ToLower(path.Ext(name))
		if ext == ".csr" {
			if stem := name[:len(name)-len(ext)]; len(stem) > hashDigits {
				requests = append(requests, stem[len(stem)-hashDigits:])
			}
		}
		if e.IsDir() || name[0] == '.' || ext == ".csr" || ext == ".json" || name == readmeName {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		if len(files) == maxFiles {
			return nil, nil, fmt.Errorf("more than %d files that may be answers: take out what is none", maxFiles)
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // just renamed
		}
		if err != nil {
			return nil, nil, err
		}
		f, ok := known[name]
		if !ok || f.size != info.Size() || !f.time.Equal(info.ModTime()) {
			f = readDropped(root, name)
			f.size, f.time = info.Size(), info.ModTime()
		}
		if time.Since(f.time) > settled {
			d.read[name] = f
		}
		files = append(files, f)
	}
	return files, requests, nil
}

func readDropped(root *os.Root, name string) dropped {
	b, err := readFile(root, name)
	if err != nil {
		// The name is said already.
		if p, ok := errors.AsType[*fs.PathError](err); ok {
			err = p.Err
		}
		return dropped{name: name, err: fmt.Errorf("it cannot be read: %w", err)}
	}
	found, err := bundle.Parse(b)
	if err != nil {
		return dropped{name: name, err: err}
	}
	switch {
	case len(found.Certs) == 0:
		return dropped{name: name, err: errors.New("no certificate is in it")}
	case len(found.Certs) > maxPerFile:
		return dropped{name: name, err: fmt.Errorf("%d certificates are in it: that is no answer to a request", len(found.Certs))}
	}
	f := dropped{name: name}
	for _, c := range found.Certs {
		f.certs = append(f.certs, glimpse{certHash(c), bundle.Clean(c.Subject.String(), 100), c.IsCA})
	}
	return f
}

// readCerts reads the certificates of a file once more; none if it has changed
// so that there are none.
func readCerts(root *os.Root, name string) []*x509.Certificate {
	b, err := readFile(root, name)
	if err != nil {
		return nil
	}
	found, err := bundle.Parse(b)
	if err != nil || len(found.Certs) > maxPerFile {
		return nil
	}
	return found.Certs
}
