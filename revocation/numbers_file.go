package revocation

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"

	"github.com/rekey-go/rekey/internal/durable"
)

// numbersName is the file of remembered CRL numbers in a store's directory.
const numbersName = "crl-numbers.json"

// CRLNumbers reads which CRLs were seen by earlier runs, for
// [Verifier.Numbers]; none if nothing was kept. Errors are of type
// [*StoreError].
func (s *Store) CRLNumbers() (*CRLNumbers, error) {
	n := new(CRLNumbers)
	content, err := s.readFile(numbersName)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return n, nil
	case err == nil:
		err = json.Unmarshal(content, n)
	}
	if err != nil {
		return nil, &StoreError{"read", numbersName, err}
	}
	return n, nil
}

// SetCRLNumbers keeps them for the next run.
func (s *Store) SetCRLNumbers(ctx context.Context, n *CRLNumbers) error {
	content, err := json.MarshalIndent(n, "", "  ")
	if err != nil {
		return &StoreError{"write", numbersName, err}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := durable.WriteFile(s.root, numbersName, append(content, '\n')); err != nil {
		return &StoreError{"write", numbersName, err}
	}
	return nil
}
