package keycheck

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/big"
)

const (
	recordSize = 16
	recordHash = 15 // bytes of SHA-256 of the modulus; the last byte names the list
)

// Blocklist is a list of moduli of which the private keys are known, in the
// format of badkeys: records of 16 bytes in ascending order, 15 bytes of the
// SHA-256 of the modulus (big-endian, no leading zeros) and a number of the
// source. It is searched where it lies, so a file of any size will do.
type Blocklist struct {
	r     io.ReaderAt
	count int64
	// Names are the sources' names by their number; may be nil.
	Names map[byte]string
}

// NewBlocklist takes a list of so many bytes. It may be used by several
// goroutines if r may.
func NewBlocklist(r io.ReaderAt, size int64) (*Blocklist, error) {
	if size < 0 || size%recordSize != 0 {
		return nil, fmt.Errorf("keycheck: a blocklist of %d bytes: want records of %d", size, recordSize)
	}
	return &Blocklist{r: r, count: size / recordSize}, nil
}

// Lookup says whether n, n > 0, is on the list, and by which source.
func (b *Blocklist) Lookup(n *big.Int) (source string, listed bool, err error) {
	sum := sha256.Sum256(n.Bytes())
	var record [recordSize]byte
	low, high := int64(0), b.count
	for low < high {
		middle := low + (high-low)/2
		if got, err := b.r.ReadAt(record[:], middle*recordSize); got < recordSize {
			if err == nil || errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return "", false, fmt.Errorf("keycheck: blocklist: %w", err)
		}
		switch order := bytes.Compare(sum[:recordHash], record[:recordHash]); {
		case order < 0:
			high = middle
		case order > 0:
			low = middle + 1
		default:
			id := record[recordHash]
			if name := b.Names[id]; name != "" {
				return name, true, nil
			}
			return fmt.Sprintf("source %d", id), true, nil
		}
	}
	return "", false, nil
}
