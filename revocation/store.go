package revocation

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/rekey-go/rekey/internal/durable"
	"github.com/rekey-go/rekey/internal/proof"
)

// Receipt says that the evidence of a key is on disk and synced; deleting the
// key needs it. Only [Store.Put] makes one, and the zero value is refused.
type Receipt = proof.Receipt

// Store keeps evidence in a directory, laid out as the package comment says.
// It is safe for concurrent use, by several processes too.
type Store struct {
	dir  string
	root *os.Root
	mu   sync.Mutex // one Put at a time
}

// OpenStore opens the store in dir and makes the directory if there is none.
// Call Close when done. Errors are of type [*StoreError]; one is [ErrOthersWrite].
func OpenStore(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return nil, &StoreError{"open", dir, err}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, &StoreError{"open", dir, err}
	}
	if info, err := root.Stat("."); err != nil || durable.OthersWrite(info) {
		root.Close()
		return nil, &StoreError{"open", dir, cmp.Or(err, ErrOthersWrite)}
	}
	return &Store{dir: dir, root: root}, nil
}

// Close releases the directory.
func (s *Store) Close() error { return s.root.Close() }

// Put completes e by [NewEvidence], writes it, waits until file and directory
// are on disk, and gives the receipt. Evidence that is there already (the time
// it was taken aside) is synced again and not written twice; different
// evidence of the same key is kept beside the earlier.
//
// Errors: [ErrNoEvidence], [ErrTooLarge], [*StoreError], and ctx's.
func (s *Store) Put(ctx context.Context, e Evidence) (Receipt, error) {
	e, err := NewEvidence(e)
	if err != nil {
		return Receipt{}, err
	}
	record, err := encodeRecord(e)
	if err != nil {
		return Receipt{}, err
	}
	// Reading it back proves that it can be read, and makes the digest one of
	// what the file says: JSON keeps no malformed UTF-8.
	stored, err := decodeRecord(record)
	if err != nil {
		return Receipt{}, fmt.Errorf("revocation: evidence: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return Receipt{}, err
	}
	name, err := s.write(stored, record)
	if err != nil {
		return Receipt{}, &StoreError{"write", name, err}
	}
	return receiptFor(e, name), nil
}

// Check reads back what a receipt of [Store.Put] stands for, and compares it
// with the evidence that was put: between the two a disk may have lost it, or
// somebody taken it away. The directory has to be where it was opened. Errors
// are of type [*StoreError].
func (s *Store) Check(r Receipt, e Evidence) error {
	name := r.Record()
	if err := s.check(name, e); err != nil {
		return &StoreError{"read back", name, err}
	}
	return nil
}

func (s *Store) check(name string, e Evidence) error {
	opened, err := s.root.Stat(".")
	if err != nil {
		return err
	}
	if now, err := os.Stat(s.dir); err != nil {
		return err
	} else if !os.SameFile(opened, now) {
		return fmt.Errorf("%s is another directory than it was", s.dir)
	}
	e, err = NewEvidence(e)
	if err != nil {
		return err
	}
	record, err := encodeRecord(e)
	if err != nil {
		return err
	}
	written, err := decodeRecord(record) // JSON keeps no malformed UTF-8
	if err != nil {
		return err
	}
	stored, err := s.read(name)
	if err != nil {
		return err
	}
	want, err := written.digest()
	if err != nil {
		return err
	}
	if got, err := stored.digest(); err != nil || got != want {
		return errors.Join(errors.New("it is not what was written"), err)
	}
	if e.Certificate == nil {
		return nil
	}
	stem := strings.TrimSuffix(name, ".json")
	for file, want := range map[string][]byte{stem + ".cer": e.Certificate.DER, stem + ".pem": pemChain(e.Certificate)} {
		if got, err := s.readFile(file); err != nil || !bytes.Equal(got, want) {
			return errors.Join(fmt.Errorf("%s is not what was written", file), err)
		}
	}
	return nil
}

func receiptFor(e Evidence, name string) Receipt {
	var shown []proof.Shown
	for _, f := range e.Fields {
		shown = append(shown, proof.Shown(f))
	}
	return proof.MintReceipt(e.proofKey(), name, shown...)
}

// write puts a record under its name, or finds it there, and syncs it. The
// certificate's files come first: a record that is there is complete. The
// name, or the one that failed, is returned in any case.
func (s *Store) write(e Evidence, record []byte) (name string, err error) {
	dir := safeName(proof.DeviceOf(e.Device.URL))
	if err := s.makeDir(dir); err != nil {
		return dir, err
	}
	stem, found, err := s.place(dir, e)
	if err != nil {
		return dir, err
	}
	if e.Certificate != nil {
		if err := s.addFile(stem+".cer", e.Certificate.DER); err != nil {
			return stem + ".cer", err
		}
		if err := s.addFile(stem+".pem", pemChain(e.Certificate)); err != nil {
			return stem + ".pem", err
		}
	}
	name = stem + ".json"
	if found {
		err = durable.SyncFile(s.root, name)
	} else {
		err = durable.WriteFile(s.root, name, record)
	}
	if err != nil {
		return name, err
	}
	return name, durable.SyncDir(s.root, dir)
}

// place finds the record's path without extension: where it is already, or
// where it can go.
func (s *Store) place(dir string, e Evidence) (stem string, found bool, err error) {
	digest, err := e.digest()
	if err != nil {
		return "", false, err
	}
	base := path.Join(dir, slug(e.Key)+"-"+digest[:hashDigits])
	for n := range maxBeside {
		stem = base
		if n > 0 {
			stem = fmt.Sprintf("%s-%d", base, n+1)
		}
		earlier, err := s.read(stem + ".json")
		if errors.Is(err, fs.ErrNotExist) {
			return stem, false, nil
		}
		if err != nil {
			continue // damaged: leave it alone and stand beside it
		}
		if d, _ := earlier.digest(); d == digest {
			return stem, true, nil
		}
	}
	return "", false, fmt.Errorf("%d damaged records beside each other: set them aside", maxBeside)
}

// All gives every record, by device and key name. A record that cannot be read
// is a [*RecordError] (with zero Evidence), and the rest go on; a [*StoreError]
// means that a directory could not be listed.
func (s *Store) All() iter.Seq2[Evidence, error] { return s.Find(Query{}) }

// Query selects records; empty fields match every one.
type Query struct {
	Device string // URL or host; the host is compared
	Key    string // key name
	SPKI   string // hex SHA-256 of the public key
	SHA256 string // thumbprint of the certificate
}

// Find gives the records that match every field of q. Errors come as in
// [Store.All]: an unreadable record may be the one looked for. Of those whose name
// says that they are of another device or key nothing is read: what one device costs
// does not grow with the others of its fleet.
func (s *Store) Find(q Query) iter.Seq2[Evidence, error] {
	return func(yield func(Evidence, error) bool) {
		for name, err := range s.records(q) {
			var e Evidence
			if err == nil {
				if e, err = s.borneOut(name); err != nil {
					e, err = Evidence{}, &RecordError{name, err}
				} else if !q.matches(e) {
					continue
				}
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

func (q Query) matches(e Evidence) bool {
	pub := cmp.Or(e.PublicKey, &PublicKeyRecord{})
	crt := cmp.Or(e.Certificate, &CertificateRecord{})
	return (q.Device == "" || proof.DeviceOf(q.Device) == proof.DeviceOf(e.Device.URL)) &&
		(q.Key == "" || q.Key == e.Key) &&
		(q.SPKI == "" || strings.EqualFold(q.SPKI, pub.SPKI)) &&
		(q.SHA256 == "" || strings.EqualFold(q.SHA256, crt.SHA256))
}

// devices lists the directories that can have what a query asks for.
func (s *Store) devices(q Query) ([]fs.DirEntry, error) {
	if q.Device == "" {
		return fs.ReadDir(s.root.FS(), ".")
	}
	info, err := s.root.Lstat(safeName(proof.DeviceOf(q.Device)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	return []fs.DirEntry{fs.FileInfoToDirEntry(info)}, nil
}

// records lists the paths of the JSON files that can be what a query asks for,
// sorted.
func (s *Store) records(q Query) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		devices, err := s.devices(q)
		if err != nil && !yield("", &StoreError{"list", ".", err}) {
			return
		}
		for _, device := range devices {
			if !device.IsDir() || isTemporary(device.Name()) {
				continue
			}
			if info, err := device.Info(); err == nil && durable.OthersWrite(info) {
				if !yield("", &StoreError{"list", device.Name(), ErrOthersWrite}) {
					return
				}
				continue
			}
			files, err := fs.ReadDir(s.root.FS(), device.Name())
			if err != nil && !yield("", &StoreError{"list", device.Name(), err}) {
				return
			}
			files = slices.DeleteFunc(files, func(f fs.DirEntry) bool {
				return isTemporary(f.Name()) || path.Ext(f.Name()) != ".json" || strings.HasSuffix(f.Name(), progressSuffix) ||
					q.Key != "" && !strings.HasPrefix(f.Name(), slug(q.Key)+"-")
			})
			for _, f := range files {
				if !yield(path.Join(device.Name(), f.Name()), nil) {
					return
				}
			}
		}
	}
}

func encodeRecord(e Evidence) ([]byte, error) {
	b, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("revocation: evidence: %w", err)
	}
	if len(b) >= maxRecordBytes {
		return nil, ErrTooLarge
	}
	return append(b, '\n'), nil
}

// decodeRecord reads a record and checks it as far as it can vouch for itself.
func decodeRecord(b []byte) (Evidence, error) {
	var e Evidence
	if err := json.Unmarshal(b, &e); err != nil {
		return e, err
	}
	switch c := e.Certificate; {
	case e.Version != schemaVersion:
		return e, fmt.Errorf("schema version %d, this program knows %d", e.Version, schemaVersion)
	case !e.proofKey().Valid():
		return e, ErrNoEvidence
	case c != nil && hexSHA256(c.DER) != c.SHA256:
		return e, fmt.Errorf("certificate does not have the thumbprint %.64s", c.SHA256)
	case e.PublicKey != nil && hexSHA256(e.PublicKey.DER) != e.PublicKey.SPKI:
		return e, fmt.Errorf("public key does not have the hash %.64s", e.PublicKey.SPKI)
	}
	return e, nil
}

func pemChain(c *CertificateRecord) []byte {
	var out []byte
	for _, der := range append([][]byte{c.DER}, c.Chain...) {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	return out
}
