package issuer

import (
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
)

// dropped is what a file was found to be.
type dropped struct {
	name  string
	size  int64
	time  time.Time
	certs []*x509.Certificate
	err   error // why there are none
}

// settled is how long ago a file must have been written to be read only once:
// clocks of file systems are coarse.
const settled = 3 * time.Second

// look reads the directory: all certificates, if one of them is the answer, else
// what is wrong with the files that might be meant as one.
func (d *DropBox) look(root *os.Root, csr *x509.CertificateRequest) ([]*x509.Certificate, []DropBoxProblem, error) {
	files, requests, err := d.list(root)
	if err != nil {
		return nil, nil, err
	}
	now := d.o.Now()
	var all []*x509.Certificate
	var problems []DropBoxProblem
	answered := false
	for _, f := range files {
		var expired []*x509.Certificate
		for _, c := range f.certs {
			switch ours := sameKey(c.PublicKey, csr.PublicKey); {
			case ours && now.After(c.NotAfter):
				expired = append(expired, c)
			default:
				answered = answered || ours
				all = append(all, c)
			}
		}
		if why := f.problem(csr, requests, expired); why != "" {
			problems = append(problems, DropBoxProblem{f.name, why})
		}
	}
	if answered {
		return all, nil, nil
	}
	return nil, problems, nil
}

// problem says why a file that may be meant for this request is no answer to it;
// empty if it is none of its business.
func (f *dropped) problem(csr *x509.CertificateRequest, requests []string, expired []*x509.Certificate) string {
	hash := spkiHash(csr)[:hashDigits]
	named := strings.Contains(f.name, hash)
	others := slices.ContainsFunc(requests, func(h string) bool { return h != hash && strings.Contains(f.name, h) })
	switch {
	case len(expired) > 0:
		return fmt.Sprintf("its certificate expired on %s", expired[0].NotAfter.Format(time.DateOnly))
	case others && !named:
		return "" // somebody else's
	case f.err != nil:
		return f.err.Error()
	}
	var names []string
	for _, c := range f.certs {
		if !named && (c.IsCA || slices.Contains(requests, certHash(c))) {
			return "" // a chain, or the answer to another request
		}
		names = append(names, c.Subject.String())
	}
	return "its certificate is for another key: " + quote(strings.Join(names, ", "))
}

func certHash(c *x509.Certificate) string {
	sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
	return hex.EncodeToString(sum[:])[:hashDigits]
}

// list reads what people put there, in the order of the names, and gives the
// hashes in the names of the requests.
func (d *DropBox) list(root *os.Root) (files []dropped, requests []string, err error) {
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
	if len(found.Certs) == 0 {
		return dropped{name: name, err: errors.New("no certificate is in it")}
	}
	return dropped{name: name, certs: found.Certs}
}
