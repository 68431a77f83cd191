package revocation

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/internal/durable"
)

// Remembered CRL numbers are in files of the store's directory that begin and end
// so. There is one, as a rule. Who keeps more writes a file of its own, with all
// that it found, and removes those that it found only then: so runs side by side,
// or interrupted, lose nothing, and need no lock that one of them may die with.
const (
	numbersPrefix = "crl-numbers"
	numbersSuffix = ".json"
)

// CRLNumbers reads which CRLs were seen by earlier runs, for
// [Verifier.Numbers]; none if nothing was kept. Errors are of type
// [*StoreError].
func (s *Store) CRLNumbers() (*CRLNumbers, error) {
	n, _, err := s.readNumbers()
	return n, err
}

// readNumbers reads them from all files there are, which it names.
func (s *Store) readNumbers() (n *CRLNumbers, files []string, err error) {
	const tries = 10 // a file may be replaced while it is looked for
	for range tries {
		if n, files, err = s.readNumbersOnce(); !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return n, files, err
}

func (s *Store) readNumbersOnce() (*CRLNumbers, []string, error) {
	entries, err := fs.ReadDir(s.root.FS(), ".")
	if err != nil {
		return nil, nil, &StoreError{"list", ".", err}
	}
	n := new(CRLNumbers)
	var files []string
	for _, e := range entries {
		name := e.Name()
		if !strings.HasPrefix(name, numbersPrefix) || !strings.HasSuffix(name, numbersSuffix) {
			continue
		}
		one := new(CRLNumbers)
		content, err := s.readFile(name)
		if err == nil {
			err = json.Unmarshal(content, one)
		}
		if err != nil {
			return nil, nil, &StoreError{"read", name, err}
		}
		n.merge(one)
		files = append(files, name)
	}
	return n, files, nil
}

// SetCRLNumbers keeps them for the next run, together with what other runs have
// kept, which n takes over: of each list the newest counts, whoever saw it.
// Errors are of type [*StoreError], and ctx's.
func (s *Store) SetCRLNumbers(ctx context.Context, n *CRLNumbers) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	found, files, err := s.readNumbers()
	if err != nil {
		return err
	}
	if !n.merge(found) && len(files) <= 1 {
		return nil
	}
	content, err := json.MarshalIndent(n, "", "  ")
	if err != nil {
		return &StoreError{"write", numbersPrefix, err}
	}
	name := numbersPrefix + "-" + strings.ToLower(rand.Text()[:16]) + numbersSuffix
	err = durable.WriteFile(s.root, name, append(content, '\n'))
	if err == nil {
		err = durable.SyncDir(s.root, ".")
	}
	for _, old := range slices.DeleteFunc(files, func(string) bool { return err != nil }) {
		if e := s.root.Remove(old); e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = e
		}
	}
	if err != nil {
		return &StoreError{"write", name, err}
	}
	n.kept()
	return nil
}

// kept notes that what is remembered is on disk.
func (n *CRLNumbers) kept() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.changed = false
}

// recall has a verifier know what other runs have seen.
func (s *Store) recall(v *Verifier) error {
	v.init()
	kept, err := s.CRLNumbers()
	if err == nil {
		v.numbers.merge(kept)
	}
	return err
}

// keep writes down what a verifier has seen, at once: a run may be interrupted.
func (s *Store) keep(ctx context.Context, v *Verifier) error {
	v.numbers.mu.Lock()
	changed := v.numbers.changed
	v.numbers.mu.Unlock()
	if !changed {
		return nil
	}
	return s.SetCRLNumbers(ctx, v.numbers)
}
