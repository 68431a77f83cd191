package revocation

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"strings"

	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/internal/durable"
)

const (
	maxKnownFile = 64 << 20 // bytes of a file of known certificates
	maxBundle    = 1 << 20  // above it a file is taken in pieces
)

// KnownDir gives the certificates in the files of a directory and those below
// it, such as the "newcerts" of "openssl ca" or an export of another CA: DER,
// PEM, PKCS#7, base64, one or many in a file, whatever its name. Other files, of
// keys, requests and lists, are passed over; names that begin with a dot and
// links that lead out of the directory are too. A file that is named as one of
// certificates (.cer, .crt, .der, .pem, .p7b, .p7c) and is damaged, one that cannot
// be read, one of more than 64 MiB, and a PKCS#7 of more than one are errors; the
// others go on.
//
// The files are read anew every time. Private keys that stand in them are
// neither kept nor passed on.
func KnownDir(dir string) KnownCertificates {
	return func(ctx context.Context) iter.Seq2[[]byte, error] {
		return func(yield func([]byte, error) bool) {
			root, err := os.OpenRoot(dir)
			if err != nil {
				yield(nil, fmt.Errorf("revocation: known certificates: %w", err))
				return
			}
			defer root.Close()
			_ = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
				switch {
				case ctx.Err() != nil:
					return fs.SkipAll
				case err != nil:
					return knownError(name, err, yield)
				case name != "." && strings.HasPrefix(d.Name(), "."):
					if d.IsDir() {
						return fs.SkipDir
					}
					return nil
				case d.IsDir():
					return nil
				}
				return readKnown(root, name, yield)
			})
		}
	}
}

func knownError(name string, err error, yield func([]byte, error) bool) error {
	if !yield(nil, fmt.Errorf("revocation: known certificates: %q: %w", name, err)) {
		return fs.SkipAll
	}
	return nil
}

// readKnown gives what is in a file.
func readKnown(root *os.Root, name string, yield func([]byte, error) bool) error {
	info, err := root.Stat(name) // of what a link leads to
	if err != nil || !info.Mode().IsRegular() {
		if named(name) && err != nil {
			return knownError(name, err, yield)
		}
		return nil
	}
	if info.Size() > maxKnownFile {
		if !named(name) {
			return nil
		}
		return knownError(name, ErrTooLarge, yield)
	}
	data, err := readFile(root, name)
	if err != nil {
		return knownError(name, err, yield)
	}
	found := 0
	for _, piece := range pieces(data) {
		ders, damaged, err := bundle.ParseRaw(piece)
		for _, der := range ders {
			if _, _, _, err := readCertificate(der); err != nil { // said here, where the file's name is known
				damaged = append(damaged, err)
				continue
			}
			found++
			if !yield(der, nil) {
				return fs.SkipAll
			}
		}
		if _, other := errors.AsType[*bundle.KindError](err); err != nil && !other && !bytes.Contains(piece, []byte("PRIVATE KEY-----")) {
			damaged = append(damaged, err)
		}
		for _, err := range damaged {
			if !named(name) && found == 0 {
				continue
			}
			if err := knownError(name, err, yield); err != nil {
				return err
			}
		}
	}
	return nil
}

func readFile(root *os.Root, name string) ([]byte, error) {
	f, err := durable.Open(root, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() { // it was when its name was looked at
		return nil, cmp.Or(err, durable.ErrIrregular)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxKnownFile+1)) // it may be growing
	if err == nil && len(b) > maxKnownFile {
		err = ErrTooLarge
	}
	return b, err
}

// pieces are the PEM blocks of a file that is long, without what stands between
// them, and else all of it.
func pieces(data []byte) (all [][]byte) {
	begin, end := []byte("-----BEGIN "), []byte("-----END ")
	if len(data) <= maxBundle || !bytes.Contains(data, begin) {
		return [][]byte{data}
	}
	_, rest, more := bytes.Cut(data, begin)
	for more {
		var block []byte
		block, rest, more = bytes.Cut(rest, begin)
		if body, last, ok := bytes.Cut(block, end); ok {
			label, _, _ := bytes.Cut(last, []byte("-----"))
			block = block[:len(body)+len(end)+min(len(label)+len("-----"), len(last))]
		}
		all = append(all, append(bytes.Clone(begin), block...))
	}
	return all
}

// named reports whether a file has the name of one of certificates.
func named(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".cer", ".crt", ".der", ".pem", ".p7b", ".p7c":
		return true
	}
	return false
}
