package issuer

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/internal/durable"
	"github.com/rekey-go/rekey/keys"
)

// DropBoxOptions say how long to wait for people. The zero value does not wait.
type DropBoxOptions struct {
	// Wait is how long one call of Issue waits for the certificate. Zero looks
	// once; a [*PendingError] follows, and a later call goes on.
	Wait time.Duration
	// Interval is the time between two looks; zero is five seconds.
	Interval time.Duration
	// Notify, if not nil, is told what is to be done when waiting begins, and
	// again when a file turns out to be no answer. It must not block for long.
	Notify func(*PendingError)
	// CAs that are to sign: certificates of others are no answer. Empty: whoever
	// can write into the directory can put in a certificate of another CA; of
	// several CAs none is taken.
	CAs []*x509.Certificate
	// Now is the clock by which answers expire; nil is time.Now.
	Now func() time.Time
}

// DropBox hands requests to people: it writes them to a directory and takes the
// certificates from there. The public key says which file is the answer to
// which request, so it matters neither what people call the file nor which of
// the usual forms it has (DER, PEM, PKCS#7, base64; with or without the chain).
// The chain may lie there in files of its own.
//
// A request is two files, called after the order's device, model, uses and key, or
// without an order after the common name, and the first 16 digits of the SHA-256 of
// the public key:
//
//	192.0.2.7-iR-ADV_C5560_III-tls-rktls20261129ezimjo-5be0c1d2e3f40516.csr     the request, PEM
//	192.0.2.7-iR-ADV_C5560_III-tls-rktls20261129ezimjo-5be0c1d2e3f40516.json    what it is about, see [DropBoxRecord]
//
// and README.txt tells people what to do. Files are 0600; the directory is made
// with 0700 if it is not there. Nothing is ever removed, and no file of other
// people is written to. Names beginning with a dot mean nothing.
//
// A DropBox is safe for concurrent use, and several may share a directory.
type DropBox struct {
	dir string
	o   DropBoxOptions

	mu   sync.Mutex
	read map[string]dropped // by name: what was read already
}

var (
	_ keys.Issuer  = (*DropBox)(nil)
	_ keys.Checker = (*DropBox)(nil)
)

// NewDropBox makes one in a directory, which is made when it is needed. opts may
// be nil.
func NewDropBox(dir string, opts *DropBoxOptions) (*DropBox, error) {
	if dir == "" {
		return nil, errors.New("issuer: drop box: no directory given")
	}
	dir, err := filepath.Abs(dir) // messages must say where, wherever they are read
	if err != nil {
		return nil, fmt.Errorf("issuer: drop box: %w", err)
	}
	d := &DropBox{dir: dir, read: make(map[string]dropped)}
	if opts != nil {
		d.o = *opts
	}
	if d.o.Interval <= 0 {
		d.o.Interval = 5 * time.Second
	}
	if d.o.Now == nil {
		d.o.Now = time.Now
	}
	return d, nil
}

// PendingError means that no answer to a request lies in the drop box yet. It is
// a [keys.ErrPending].
type PendingError struct {
	// Request is the file to have signed, and Answer the one to put the
	// certificate in; another in the same directory does as well.
	Request, Answer string
	// Since is when the request was first written.
	Since time.Time
	// Problems tell of files that are there but are no answer.
	Problems []DropBoxProblem
}

// DropBoxProblem is a file that is no answer, and why.
type DropBoxProblem struct {
	File, Why string
}

// Error says what to do.
func (e *PendingError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "issuer: %v (asked for on %s): have %s signed by the CA, put the certificate there as %s, and run again",
		keys.ErrPending, e.Since.Format(time.DateOnly), e.Request, filepath.Base(e.Answer))
	const most = 10
	for _, p := range e.Problems[:min(len(e.Problems), most)] {
		fmt.Fprintf(&b, "; no answer is %s: %s", bundle.Clean(p.File, 100), p.Why)
	}
	if more := len(e.Problems) - most; more > 0 {
		fmt.Fprintf(&b, "; and %d more files that are no answer", more)
	}
	return b.String()
}

// Unwrap gives [keys.ErrPending] and, where a certificate is there that is no
// answer, a [*keys.IssuedError] with its file and why.
func (e *PendingError) Unwrap() []error {
	all := []error{keys.ErrPending}
	for _, p := range e.Problems {
		if strings.HasPrefix(p.Why, itsCertificate) {
			all = append(all, &keys.IssuedError{Reason: fmt.Sprintf("file %s: %s", bundle.Clean(p.File, 100), p.Why)})
		}
	}
	return all
}

// itsCertificate begins what is wrong with a file that holds a certificate.
const itsCertificate = "its certificate "

// Check looks whether the directory can be written to, or made. It leaves
// nothing behind.
func (d *DropBox) Check(ctx context.Context) (*keys.IssuerInfo, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := writable(d.dir); err != nil {
		return nil, fmt.Errorf("issuer: drop box: %w", err)
	}
	note := "requests wait there for people: run again when the certificates are there"
	if d.o.Wait > 0 {
		note = fmt.Sprintf("requests wait there for people; each up to %v, later ones need another run", d.o.Wait)
	}
	if len(d.o.CAs) == 0 {
		note += "; which CA is to sign was not said: whoever can write into the directory can put in a certificate of another"
	}
	if info, err := os.Stat(d.dir); err == nil && durable.Loose(info) {
		note += fmt.Sprintf("; and others than its owner can (mode %v)", info.Mode().Perm())
	}
	return &keys.IssuerInfo{
		Name:  "people, by the directory " + d.dir,
		Names: "those that were ordered, as far as the people who sign give it them",
		Notes: []string{note},
		CAs:   slices.Clone(d.o.CAs),
	}, nil
}

// Issue writes the request, unless it is there already, and waits for the
// certificate as long as DropBoxOptions.Wait says. A certificate that has expired
// or is not as it was ordered is no answer. If there are several of one CA, the
// latest is taken; of different CAs, none.
//
// Without an answer the error is a [*PendingError]; another one means that the
// directory could not be used.
func (d *DropBox) Issue(ctx context.Context, csr *x509.CertificateRequest) ([]*x509.Certificate, error) {
	if err := checkRequest(ctx, csr); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return nil, fmt.Errorf("issuer: drop box: %w", err)
	}
	root, err := os.OpenRoot(d.dir)
	if err != nil {
		return nil, fmt.Errorf("issuer: drop box: %w", err)
	}
	defer root.Close()
	chain, err := d.issue(ctx, root, csr)
	if _, pending := errors.AsType[*PendingError](err); err != nil && !pending && ctx.Err() == nil {
		err = fmt.Errorf("issuer: drop box %s: %w", d.dir, err)
	}
	return chain, err
}

func (d *DropBox) issue(ctx context.Context, root *os.Root, csr *x509.CertificateRequest) ([]*x509.Certificate, error) {
	stem, err := stemOf(ctx, root, csr)
	if err != nil {
		return nil, err
	}
	since, err := writeRequest(ctx, root, stem, csr, d.o.Now())
	if err != nil {
		return nil, err
	}
	end := time.NewTimer(d.o.Wait)
	defer end.Stop()
	tick := time.NewTicker(d.o.Interval)
	defer tick.Stop()
	pending := func(problems []DropBoxProblem) *PendingError {
		return &PendingError{filepath.Join(d.dir, stem+".csr"), filepath.Join(d.dir, stem+".cer"), since, problems}
	}
	var before, told []DropBoxProblem
	for first := true; ; first = false {
		chain, problems, err := d.look(ctx, root, csr)
		if err != nil || chain != nil {
			return chain, err
		}
		if d.o.Wait <= 0 {
			return nil, pending(problems)
		}
		// A file may be half copied: a problem is one if it is still there at the
		// next look.
		if settled := slices.Equal(problems, before); d.o.Notify != nil && (first || settled && !slices.Equal(problems, told)) {
			told = problems
			d.o.Notify(pending(problems))
		}
		before = problems
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-end.C:
			return nil, pending(problems)
		case <-tick.C:
		}
	}
}
