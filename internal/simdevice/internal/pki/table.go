package pki

import (
	"crypto/rsa"
	_ "embed"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strings"
	"sync"
)

// primesText is the table that genpool writes: one pair of primes a line,
// "bits kind p q", the primes in base 62 as package math/big prints them.
//
//go:embed primes.txt
var primesText string

const tableBase = 62

// pair is the two primes of one key.
type pair struct {
	p, q *big.Int
	key  func() (*rsa.PrivateKey, error) // made once: nothing changes a key
}

// WriteEntry writes one line of the embedded table.
func WriteEntry(w io.Writer, bits int, weak bool, p, q *big.Int) error {
	_, err := fmt.Fprintln(w, bits, kindName(weak), p.Text(tableBase), q.Text(tableBase))
	return err
}

func kindName(weak bool) string {
	if weak {
		return "weak"
	}
	return "strong"
}

// tablePairs returns the pairs of a class in the order of the table. The
// slice is the caller's own.
func tablePairs(c class) []pair { return slices.Clone(table()[c]) }

// table is parsed once. The text is part of the program, so a fault in it is
// a programming error.
var table = sync.OnceValue(func() map[class][]pair {
	pairs := make(map[class][]pair)
	for line := range strings.Lines(primesText) {
		c, pq, err := parseEntry(line)
		if err != nil {
			panic(fmt.Sprintf("pki: primes.txt: %v: run go generate", err))
		}
		pairs[c] = append(pairs[c], pq)
	}
	return pairs
})

func parseEntry(line string) (class, pair, error) {
	var (
		c                class
		kind, text, more string
	)
	if _, err := fmt.Sscan(line, &c.bits, &kind, &text, &more); err != nil {
		return class{}, pair{}, err
	}
	c.weak = kind == kindName(true)
	p, pOK := new(big.Int).SetString(text, tableBase)
	q, qOK := new(big.Int).SetString(more, tableBase)
	if !pOK || !qOK {
		return class{}, pair{}, fmt.Errorf("not numbers of base %d", tableBase)
	}
	key := func() (*rsa.PrivateKey, error) { return weakKey(p, q), nil }
	if !c.weak {
		key = func() (*rsa.PrivateKey, error) { return strongKey(p, q) }
	}
	return c, pair{p: p, q: q, key: sync.OnceValues(key)}, nil
}
