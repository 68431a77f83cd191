// Package proof holds what has to be in hand before a key may be deleted, as
// types. A [Receipt] says that the evidence of the key is on disk; a
// [Clearance] says that nothing needs the key any more: [InUse] because its
// successor was proved in use, [Unused] because it is an orphan of ours.
//
// All fields are unexported and the package is internal, so nobody outside the
// module can make a value that is accepted; inside it, a test of this package
// allows each constructor in the one place only that knows the fact. Zero values are
// refused everywhere, and a constructor given incomplete facts returns one.
package proof

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Key says which key a proof is about. Two keys are the same when all three
// parts are equal, so one device's proof cannot serve on another, nor a key's
// proof on a later key of the same name.
type Key struct {
	// Device is the device's host as [DeviceOf] gives it.
	Device string
	// Name is the key's name in the device's list.
	Name string
	// Fingerprint is the hex SHA-256 of the key's SPKI; for a key whose SPKI
	// cannot be had, any other stable fingerprint with its kind in front
	// ("details-sha256:…").
	Fingerprint string
}

// Valid reports whether all three parts are given.
func (k Key) Valid() bool { return k.Device != "" && k.Name != "" && k.Fingerprint != "" }

// DeviceOf reduces a device's URL to the part that stays the same over ports,
// schemes and paths: its host in lower case. A bare host is accepted; what has
// no host gives "".
func DeviceOf(rawURL string) string {
	if !strings.Contains(rawURL, "//") {
		rawURL = "//" + rawURL
	}
	u, err := url.Parse(rawURL)
	if err != nil {
		return ""
	}
	return strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
}

// Receipt says that the evidence of a key is on disk and synced (W-4). It is
// minted by the evidence store alone. The zero value is refused.
type Receipt struct {
	key    Key
	record string
	shown  string // by line, so that receipts can be compared
}

// Shown is a field of a key's details page, word for word.
type Shown struct{ Label, Value string }

// MintReceipt makes the receipt for the record at the given path within the
// store, and of what the key's details page said by the record. Incomplete
// arguments give the zero value.
func MintReceipt(k Key, record string, shown ...Shown) Receipt {
	if !k.Valid() || record == "" {
		return Receipt{}
	}
	var lines strings.Builder
	for _, f := range shown {
		fmt.Fprintf(&lines, "%q %q\n", f.Label, f.Value)
	}
	return Receipt{key: k, record: record, shown: lines.String()}
}

// Valid reports whether the receipt was minted by the store.
func (r Receipt) Valid() bool { return r.record != "" }

// Key is the key whose evidence was stored.
func (r Receipt) Key() Key { return r.key }

// Record is the path of the record within the store, with slashes.
func (r Receipt) Record() string { return r.record }

// Shown is what the key's details page said by the record: a later key of the
// same name says something else. Empty if the record has none of it.
func (r Receipt) Shown() []Shown {
	var all []Shown
	for line := range strings.Lines(r.shown) {
		var f Shown
		if _, err := fmt.Sscanf(line, "%q %q", &f.Label, &f.Value); err == nil {
			all = append(all, f)
		}
	}
	return all
}

// Covers reports whether the receipt is valid and about this very key.
func (r Receipt) Covers(k Key) bool { return r.Valid() && r.key == k }

// Clearance is a proof that nothing needs a key any more: an [InUse] or an
// [Unused]. No other type can implement it.
type Clearance interface {
	// Clears reports whether the proof is valid and lets this key go.
	Clears(Key) bool
	sealed()
}

// InUse says that the successor of a key was proved in use. The zero value is
// refused.
type InUse struct {
	replaced, successor Key
	usages              []string
	grade               Grade
	at                  time.Time
}

// MintInUse makes the proof that successor serves every one of the usages
// ("tls", "ieee8021x" …) that replaced served, each proved to at least the
// grade, at the given time. Incomplete arguments, or a key succeeding itself,
// give the zero value.
func MintInUse(replaced, successor Key, usages []string, g Grade, at time.Time) InUse {
	switch {
	case !replaced.Valid(), !successor.Valid(), replaced == successor,
		replaced.Device != successor.Device,
		len(usages) == 0, slices.Contains(usages, ""), !g.Valid(), at.IsZero():
		return InUse{}
	}
	return InUse{replaced, successor, slices.Clone(usages), g, at}
}

// Valid reports whether the proof was minted by a verification.
func (p InUse) Valid() bool { return p.grade.Valid() }

// Replaced is the old key, the one that may go.
func (p InUse) Replaced() Key { return p.replaced }

// Successor is the key that was proved in use.
func (p InUse) Successor() Key { return p.successor }

// Usages are the usages the successor was proved in.
func (p InUse) Usages() []string { return slices.Clone(p.usages) }

// Grade is the weakest grade among the usages.
func (p InUse) Grade() Grade { return p.grade }

// At is when the last usage was proved.
func (p InUse) At() time.Time { return p.at }

// Clears implements [Clearance]: the replaced key may go.
func (p InUse) Clears(k Key) bool { return p.Valid() && p.replaced == k }

// String describes the proof, as "served: rkTLS… in use for tls".
func (p InUse) String() string {
	if !p.Valid() {
		return "no proof"
	}
	return p.grade.String() + ": " + p.successor.Name + " in use for " + strings.Join(p.usages, ", ")
}

// Unused says that a key is an orphan of ours, in no usage, with all usages
// known. The zero value is refused.
type Unused struct {
	key Key
	at  time.Time
}

// MintUnused makes the proof that the key was made by us and was in no usage
// at the given time. Incomplete arguments give the zero value.
func MintUnused(k Key, at time.Time) Unused {
	if !k.Valid() || at.IsZero() {
		return Unused{}
	}
	return Unused{k, at}
}

// Valid reports whether the proof was minted by a verification.
func (p Unused) Valid() bool { return !p.at.IsZero() }

// Key is the orphan.
func (p Unused) Key() Key { return p.key }

// At is when it was found unused.
func (p Unused) At() time.Time { return p.at }

// Clears implements [Clearance]: the orphan may go.
func (p Unused) Clears(k Key) bool { return p.Valid() && p.key == k }

// String describes the proof.
func (p Unused) String() string {
	if !p.Valid() {
		return "no proof"
	}
	return p.key.Name + " in no usage"
}

func (InUse) sealed()  {}
func (Unused) sealed() {}
