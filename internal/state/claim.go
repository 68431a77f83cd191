package state

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/rekey-go/rekey/internal/durable"
	"github.com/rekey-go/rekey/remoteui"
)

const requestsDir = "requests"

// Claim is whose a public key is: a device's, by the name of the key there.
type Claim struct {
	Host string `json:"host"`
	Key  string `json:"key,omitempty"`
}

// ClaimKey notes that a device asks for a certificate for a key, given as
// SubjectPublicKeyInfo. If another asked for one first, or the same device under
// another name of the key, that claim is returned and stays. Of two at a time one
// is first.
func (d *Dir) ClaimKey(spki []byte, c Claim) (other *Claim, err error) {
	c.Host = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(c.Host), "."))
	if d.readOnly {
		return nil, ErrReadOnly
	}
	if err := d.root.MkdirAll(requestsDir, dirMode); err != nil {
		return nil, fmt.Errorf("state: %w", err)
	}
	sum := sha256.Sum256(spki)
	name := path.Join(requestsDir, hex.EncodeToString(sum[:])+".json")
	// Written under a name of its own and linked: a claim is whole, and of two at a
	// time one is first.
	own := path.Join(requestsDir, durable.Temporary+rand.Text())
	if err := d.writeJSON(own, c); err != nil {
		return nil, err
	}
	err = d.root.Link(own, name)
	_ = d.root.Remove(own) // it means nothing
	switch {
	case err == nil:
		return nil, errors.Join(durable.SyncDir(d.root, requestsDir), durable.SyncDir(d.root, "."))
	case !errors.Is(err, fs.ErrExist):
		if _, err := d.root.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return nil, d.writeJSON(name, c) // a file system without links
		}
	}
	var first Claim
	if err := d.readJSON(name, &first); err != nil || first == c {
		return nil, err
	}
	return &first, nil
}

// Pinned returns by which public keys devices were recognised last: the devices of
// each, of which there are several where devices share a key.
func (d *Dir) Pinned() (map[remoteui.SPKIHash][]Known, error) {
	all := map[remoteui.SPKIHash][]Known{}
	if d.root == nil {
		return all, nil
	}
	devices, err := fs.ReadDir(d.root.FS(), devicesDir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("state: %w", err)
	}
	for _, dev := range devices {
		var r pinRecord
		// An unreadable pin is reported where that device is meant.
		if d.readJSON(path.Join(devicesDir, dev.Name(), pinFile), &r) != nil {
			continue
		}
		if pin, err := remoteui.ParsePin(r.Pin); err == nil {
			all[pin] = append(all[pin], Known{r.Host, r.Serial})
		}
	}
	return all, nil
}
