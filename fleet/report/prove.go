package report

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"maps"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/rekey-go/rekey/internal/durable"
	"github.com/rekey-go/rekey/keycheck"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/revocation"
)

// Proof shows a third party that a key which was replaced is broken: a statement that
// names the key, signed with the private key that was computed from the public one. It
// gives away nothing of the private key. See [keycheck.Proof].
type Proof struct {
	SPKI string `json:"spki"` // SHA-256 of the key, hex
	Kind string `json:"kind"` // what is wrong with it: see [keycheck.Kind]
	// PublicKey is what the proof is checked with, PEM.
	PublicKey string         `json:"publicKey"`
	Proof     keycheck.Proof `json:"proof"`
}

// Prove makes the proofs for the keys that were to be replaced and were proved weak, from
// the evidence in StateDir and the certificates in the tasks. Each key is factored anew
// for it, on all processors: some 0.1 s each for those of CVE-2022-26320, most of which
// is to tell whether the primes are neighbours. The factors are forgotten. A key of which
// neither is there has no proof. The error is ctx's.
func (f *Fleet) Prove(ctx context.Context) error {
	if err := f.check(); err != nil {
		return err
	}
	if f.Nonce == nil {
		f.Nonce = newNonce()
	}
	at := f.generated()
	if at.IsZero() {
		at = time.Now()
	}
	proofs := map[string]*Proof{} // by SPKI: many devices may have one key
	wanted := make([][]string, len(f.Devices))
	for i := range f.Devices {
		d := &f.Devices[i]
		var evidence []record
		for _, u := range d.Report.Usages {
			spki := u.OldKey.SPKI
			if spki == "" || u.OldKey.Weak != keys.Proved || slices.Contains(wanted[i], spki) {
				continue
			}
			wanted[i] = append(wanted[i], spki)
			if proofs[spki] == nil {
				if evidence == nil {
					evidence = f.evidence(d)
				}
				if der := publicKey(d, evidence, spki); der != nil {
					proofs[spki] = &Proof{SPKI: spki, PublicKey: string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))}
				}
			}
		}
	}
	jobs := make(chan *Proof)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			var c keycheck.Checker
			for p := range jobs {
				p.make(ctx, &c, f.Nonce, at)
			}
		})
	}
	for _, spki := range slices.Sorted(maps.Keys(proofs)) {
		jobs <- proofs[spki]
	}
	close(jobs)
	workers.Wait()
	if err := ctx.Err(); err != nil {
		return err
	}
	for i := range f.Devices {
		f.Devices[i].Proofs = nil
		for _, spki := range wanted[i] {
			if p := proofs[spki]; p != nil && p.Proof.Signature != nil {
				f.Devices[i].Proofs = append(f.Devices[i].Proofs, *p)
			}
		}
	}
	f.proved = true
	return nil
}

// make signs for a key; one that is not broken stays without a signature.
func (p *Proof) make(ctx context.Context, c *keycheck.Checker, nonce []byte, at time.Time) {
	block, _ := pem.Decode([]byte(p.PublicKey))
	k, err := keycheck.ParseSPKI(block.Bytes)
	if err != nil {
		return
	}
	found, err := c.Check(ctx, k)
	if err != nil {
		return
	}
	for _, finding := range found {
		if !finding.Provable {
			continue
		}
		if proof, err := finding.Prove(k, nonce, at); err == nil {
			p.Kind, p.Proof = string(finding.Kind), proof
			return
		}
	}
}

// Verify checks a proof against its key and the nonce.
func (p Proof) Verify(nonce []byte) error {
	block, _ := pem.Decode([]byte(p.PublicKey))
	if block == nil {
		return keycheck.ErrProof
	}
	k, err := keycheck.ParseSPKI(block.Bytes)
	if err != nil {
		return err
	}
	if hex.EncodeToString(k.SPKI[:]) != p.SPKI {
		return keycheck.ErrProof
	}
	return p.Proof.Verify(k, nonce)
}

// record is the evidence of one key, as it is on the disk.
type record struct {
	content []byte
	revocation.Evidence
}

const maxRecord = 4 << 20

// evidence reads what the report points to; what cannot be read, or is not of the key
// that the report says, is left out: the report's own lines say that it was recorded.
func (f *Fleet) evidence(d *Device) (all []record) {
	if f.StateDir == "" || len(d.Report.Evidence) == 0 {
		return nil
	}
	root, err := os.OpenRoot(f.StateDir)
	if err != nil {
		return nil
	}
	defer root.Close()
	for _, ref := range d.Report.Evidence {
		r := record{}
		r.content, err = durable.ReadFile(root, path.Clean(filepath.ToSlash(ref.File)), maxRecord)
		if err != nil || json.Unmarshal(r.content, &r.Evidence) != nil {
			continue
		}
		if ref.SPKI == "" || r.PublicKey != nil && r.PublicKey.SPKI == ref.SPKI {
			all = append(all, r)
		}
	}
	return all
}

// publicKey is the SubjectPublicKeyInfo with a hash, from evidence or tasks.
func publicKey(d *Device, evidence []record, spki string) []byte {
	is := func(der []byte) bool {
		sum := sha256.Sum256(der)
		return hex.EncodeToString(sum[:]) == spki
	}
	for _, e := range evidence {
		if e.PublicKey != nil && is(e.PublicKey.DER) {
			return e.PublicKey.DER
		}
	}
	for _, t := range d.Report.Tasks {
		if t.Old == nil {
			continue
		}
		if block, _ := pem.Decode([]byte(t.Old.PEM)); block != nil {
			if c, err := revocation.ParseCertificate(block.Bytes); err == nil && is(c.PublicKey.SPKI) {
				return c.PublicKey.SPKI
			}
		}
	}
	return nil
}
