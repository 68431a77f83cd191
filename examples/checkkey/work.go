package main

import (
	"context"
	"encoding/hex"
	"runtime"
	"sync"
	"time"

	"github.com/rekey-go/rekey/keycheck"
)

// result is what is said of one key.
type result struct {
	Where     string             `json:"where"`
	Kind      string             `json:"kind"`
	Algorithm string             `json:"algorithm,omitempty"`
	Bits      int                `json:"bits,omitempty"`
	SPKI      string             `json:"spki_sha256,omitempty"`
	Findings  []keycheck.Finding `json:"findings"`
	Proof     *keycheck.Proof    `json:"proof,omitempty"`
	// Error says why the key could not be read.
	Error string `json:"error,omitempty"`

	key keycheck.Key
	err error // the check was not finished
}

// worker judges keys.
type worker struct {
	config    *config
	blocklist *keycheck.Blocklist
	known     map[[32]byte]string
}

func (w worker) checker() *keycheck.Checker {
	c := &keycheck.Checker{Rounds: w.config.rounds, Thorough: w.config.thorough, Blocklist: w.blocklist}
	if w.known != nil {
		c.Known = func(spki [32]byte) (string, bool) {
			where, known := w.known[spki]
			return where, known
		}
	}
	return c
}

func (w worker) results(ctx context.Context, c *keycheck.Checker, r raw) []result {
	var all []result
	for _, d := range decode(r) {
		res := result{Where: r.where, Kind: d.kind, Algorithm: d.key.Algorithm, Findings: []keycheck.Finding{}, key: d.key}
		if d.err != nil {
			res.Error = d.err.Error()
			all = append(all, res)
			continue
		}
		if d.key.N != nil {
			res.Bits = d.key.N.BitLen()
		}
		if d.key.SPKI != ([32]byte{}) {
			res.SPKI = hex.EncodeToString(d.key.SPKI[:])
		}
		found, err := c.Check(ctx, d.key)
		if found != nil {
			res.Findings = found
		}
		res.err = err
		res.prove(w.config.nonce)
		all = append(all, res)
	}
	return all
}

// prove adds the proof, where one is asked for and can be had.
func (r *result) prove(nonce string) {
	for _, f := range r.Findings {
		if nonce == "" || !f.Provable || r.Proof != nil {
			continue
		}
		if p, err := f.Prove(r.key, []byte(nonce), time.Now()); err == nil {
			r.Proof = &p
		}
	}
}

// batch is how many keys go to a worker at once: they take microseconds.
const batch = 64

// pipeline runs a worker on each processor and passes their results on in the
// order of the keys. No more than some batches are in memory.
func pipeline(ctx context.Context, w worker, source func(yield func(raw)) error, sink func(result)) error {
	type job struct {
		keys    []raw
		results chan []result
	}
	n := runtime.GOMAXPROCS(0)
	todo, order := make(chan job, 2*n), make(chan job, 4*n)
	var workers sync.WaitGroup
	for range n {
		workers.Go(func() {
			c := w.checker()
			for j := range todo {
				var all []result
				for _, r := range j.keys {
					all = append(all, w.results(ctx, c, r)...)
				}
				j.results <- all
			}
		})
	}
	var sourceErr error
	workers.Go(func() {
		var keys []raw
		give := func() {
			j := job{keys, make(chan []result, 1)}
			order <- j
			todo <- j
			keys = nil
		}
		sourceErr = source(func(r raw) {
			if keys = append(keys, r); len(keys) == batch {
				give()
			}
		})
		if len(keys) > 0 {
			give()
		}
		close(todo)
		close(order)
	})
	for j := range order {
		for _, r := range <-j.results {
			sink(r)
		}
	}
	workers.Wait()
	return sourceErr
}
