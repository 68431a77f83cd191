// Package change keeps what is to be done to many devices as one plan, which one
// person makes and another approves, and what became of each device.
//
//	p := change.New("CHG0031337", "alice", time.Now(), 72*time.Hour)
//	for a, err := range rekey.AssessAll(ctx, devices, o) {
//		p.Add(a, options, err)
//	}
//	p.Seal()
//	err := p.Write("plan.json")              // alice sends it to bob
//	p, err := change.Read("plan.json")       // bob reads it
//	err = p.Approve("bob", p.Digest, time.Now())
//	err = p.Check(time.Now())                // before it is carried out
//	member, err := p.Member(device, member)  // for rekey.FleetOptions.Member
//
// Without keys, names are taken at their word: who may write the file may write any
// name into it. What cannot be done unseen then is to change the plan once its digest
// was noted elsewhere, in the ticket for example. With keys, only an approver can have
// approved it:
//
//	err = p.Sign(key)                                // bob, whose key it is
//	err = p.CheckSigned(time.Now(), approvers)       // whoever carries it out has a list
package change

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/fleet/audit"
	"github.com/rekey-go/rekey/internal/address"
	"github.com/rekey-go/rekey/internal/deviceinfo"
	"github.com/rekey-go/rekey/internal/durable"
)

const (
	version = 1
	// maxSize bounds a plan's file, in bytes: 10,000 devices of 50 KB.
	maxSize = 512 << 20
)

// Plan is what is to be done to many devices. Its devices are in the order of their
// addresses.
type Plan struct {
	Version int       `json:"version"`
	Change  string    `json:"change"` // number of the change
	Author  string    `json:"author"`
	Made    time.Time `json:"made"`
	Expires time.Time `json:"expires"`
	Devices []Device  `json:"devices"`
	// Digest is a SHA-256 of all that, in hex.
	Digest   string    `json:"digest"`
	Approval *Approval `json:"approval,omitempty"` // nil: nobody has approved it
}

// Device is what is to be done to one of them.
type Device struct {
	URL string `json:"url"` // as [rekey.Assessment] has it in Address
	// Plan is nil where nothing could be planned; Why says why not, Exit and Outcome
	// what that means, as of a run.
	Plan    *rekey.Plan        `json:"plan,omitempty"`
	Why     string             `json:"why,omitempty"`
	Exit    *rekey.Exit        `json:"exit,omitempty"`
	Outcome rekey.FleetOutcome `json:"outcome,omitempty"`
	// Digest is a SHA-256 of all that, in hex.
	Digest string `json:"digest"`
}

// Approval says who approved what.
type Approval struct {
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Digest string    `json:"digest"` // of the plan
	// Devices are the digests of the devices, by their URL: they tell which of them
	// were changed since.
	Devices map[string]string `json:"devices"`
	// Signature is a signed note (docs/fleet.md) of the approver; empty: nobody signed.
	Signature string `json:"signature,omitempty"`
}

// RefusedError says why a plan is not carried out. Nothing was contacted.
type RefusedError struct{ Reasons []string }

func (e *RefusedError) Error() string {
	return "the plan is refused: " + strings.Join(e.Reasons, "; ")
}

// New begins a plan without devices.
func New(number, author string, now time.Time, lasts time.Duration) *Plan {
	p := &Plan{Version: version, Change: number, Author: author, Made: now.UTC().Truncate(time.Second), Devices: []Device{}}
	p.Expires = p.Made.Add(lasts)
	return p
}

// Add plans for a device, by what [rekey.AssessAll] yielded for it. Options are the
// device's, as it is to be worked on.
func (p *Plan) Add(a *rekey.Assessment, o *rekey.Options, err error) {
	d := Device{URL: a.Address}
	if err == nil {
		d.Plan, err = a.Plan(o)
	}
	if err != nil {
		e := rekey.ExitOf(err)
		d.Plan, d.Why, d.Exit, d.Outcome = nil, err.Error(), &e, rekey.FleetOutcomeOf(e, err)
	}
	d.Digest = d.digest()
	at, there := p.find(d.URL)
	if there {
		p.Devices[at] = d
	} else {
		p.Devices = slices.Insert(p.Devices, at, d)
	}
	p.Digest, p.Approval = "", nil
}

// Seal ends a plan once the last device was added; one that is not sealed is refused.
func (p *Plan) Seal() { p.Digest = p.digest() }

// Key is one for every spelling of a device's address.
func Key(url string) string { return strings.ToLower(address.Device(url)) }

func (p *Plan) find(url string) (at int, there bool) {
	return slices.BinarySearchFunc(p.Devices, Key(url), func(d Device, k string) int { return strings.Compare(Key(d.URL), k) })
}

// Of returns what is planned for a device of a list; nil: it does not stand in the plan.
// Its serial number counts, where the list and the plan have one: what was planned at
// another address is for the device that has moved, and what was planned at this one for
// another device is a [*rekey.SerialError].
func (p *Plan) Of(d rekey.Device) (*Device, error) {
	at := p.Device(d.URL)
	if deviceinfo.SerialKey(d.Serial) == "" || at != nil && deviceinfo.SameSerial(at.serial(), d.Serial) {
		return at, nil
	}
	for i := range p.Devices {
		if deviceinfo.SameSerial(p.Devices[i].serial(), d.Serial) {
			return &p.Devices[i], nil
		}
	}
	if at != nil && at.serial() != "" {
		return nil, &rekey.SerialError{Addr: at.URL, Want: d.Serial, Got: at.serial(), Planned: true}
	}
	return at, nil
}

// serial is the number that the device showed when it was planned for.
func (d *Device) serial() string {
	if d.Plan == nil {
		return ""
	}
	return d.Plan.Device.Serial
}

// Device returns what is planned for a device; nil: it does not stand in the plan.
func (p *Plan) Device(url string) *Device {
	if at, there := p.find(url); there {
		return &p.Devices[at]
	}
	return nil
}

func (d *Device) digest() string { return digest(d.URL, d.Plan, d.Why, d.Exit, d.Outcome) }

func digest(of ...any) string {
	b, err := json.Marshal(of)
	if err != nil {
		panic(err) // nothing of a plan can fail to marshal
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func (p *Plan) digest() string {
	devices := make([][2]string, 0, len(p.Devices))
	for _, d := range p.Devices {
		devices = append(devices, [2]string{d.URL, d.Digest})
	}
	return digest(p.Version, p.Change, p.Author, p.Made, p.Expires, devices)
}

// Approve notes that somebody agrees to the plan with a digest, which is to be the
// one that he was shown. An error is a [*RefusedError], and the plan is as before.
func (p *Plan) Approve(by, digest string, now time.Time) error {
	reasons := p.faults(now)
	switch {
	case strings.TrimSpace(by) == "":
		reasons = append(reasons, "nobody is named who approves it")
	case same(by, p.Author):
		reasons = append(reasons, fmt.Sprintf("%s has made it, and somebody else has to approve it", p.Author))
	}
	if digest != p.Digest {
		reasons = append(reasons, fmt.Sprintf("what was looked at has the digest %s, and this one %s", digest, p.Digest))
	}
	if reasons != nil {
		return &RefusedError{reasons}
	}
	p.Approval = &Approval{By: strings.TrimSpace(by), At: now.UTC().Truncate(time.Second), Digest: p.Digest, Devices: map[string]string{}}
	for _, d := range p.Devices {
		p.Approval.Devices[d.URL] = d.Digest
	}
	return nil
}

// same reports whether two names are one person's: letter case and blanks do not
// make another.
func same(a, b string) bool {
	plain := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	return strings.EqualFold(plain(a), plain(b))
}

// Check returns nil if the plan may be carried out now: it is as it was made, has not
// expired, and somebody else than its author has approved just this. Else a
// [*RefusedError] names all that is wrong, devices that were changed by their
// addresses. Whether the devices are still as planned shows when they are met: see
// [rekey.FleetMember].Plan.
func (p *Plan) Check(now time.Time) error {
	return refused(p.objections(now))
}

func refused(reasons []string) error {
	if reasons == nil {
		return nil
	}
	return &RefusedError{reasons}
}

// CheckSigned is [Plan.Check], and wants the approval signed with a key of the list
// that has the approver's name. Whoever may write the list decides who may approve:
// keep it from those who plan.
func (p *Plan) CheckSigned(now time.Time, approvers []*audit.Verifier) error {
	reasons := p.objections(now)
	if a := p.Approval; a != nil && !slices.ContainsFunc(approvers, func(v *audit.Verifier) bool {
		text, err := v.Open([]byte(a.Signature))
		return err == nil && same(v.Name(), a.By) && text == p.approvalText()
	}) {
		reasons = append(reasons, fmt.Sprintf("the approval is not signed with a key of %s that the list of approvers has", a.By))
	}
	return refused(reasons)
}

// Sign signs the approval, with the key of who approved: it has his name.
func (p *Plan) Sign(k *audit.Key) error {
	switch a := p.Approval; {
	case a == nil:
		return &RefusedError{[]string{"nobody has approved it"}}
	case !same(k.Verifier().Name(), a.By):
		return &RefusedError{[]string{fmt.Sprintf("%s has approved it, and the key is that of %s", a.By, k.Verifier().Name())}}
	}
	note, err := k.Sign(p.approvalText())
	if err == nil {
		p.Approval.Signature = string(note)
	}
	return err
}

// approvalText is what is signed. It begins with what it is, so that no note that the
// key signs for something else, the head of a log say, passes for it. Names are quoted:
// none makes a line of its own.
func (p *Plan) approvalText() string {
	return fmt.Sprintf("rekey approval of a plan for a fleet\nchange %q\nauthor %q\napprover %q\nat %s\ndigest %s\n",
		p.Change, p.Author, p.Approval.By, p.Approval.At.UTC().Format(time.RFC3339), p.Approval.Digest)
}

// objections are what speaks against carrying a plan out.
func (p *Plan) objections(now time.Time) []string {
	reasons := p.faults(now)
	switch a := p.Approval; {
	case a == nil:
		reasons = append(reasons, "nobody has approved it")
	case strings.TrimSpace(a.By) == "" || same(a.By, p.Author):
		reasons = append(reasons, fmt.Sprintf("%q has approved it, and has to be somebody else than its author", a.By))
	case a.Digest != p.Digest:
		reasons = append(reasons, fmt.Sprintf("it was changed since %s approved it", a.By))
		for _, d := range p.Devices {
			switch was, there := a.Devices[d.URL]; {
			case !there:
				reasons = append(reasons, fmt.Sprintf("%s was added", d.URL))
			case was != d.Digest:
				reasons = append(reasons, fmt.Sprintf("what is planned for %s was changed", d.URL))
			}
		}
		for _, url := range slices.Sorted(maps.Keys(a.Devices)) {
			if p.Device(url) == nil {
				reasons = append(reasons, fmt.Sprintf("%s was taken out", url))
			}
		}
	}
	return reasons
}

// faults are what is wrong with a plan whoever has approved it.
func (p *Plan) faults(now time.Time) (reasons []string) {
	if p.Version != version {
		return []string{fmt.Sprintf("its form is version %d, and this program knows %d", p.Version, version)}
	}
	for i := range p.Devices {
		switch d := &p.Devices[i]; {
		case d.Digest != d.digest():
			reasons = append(reasons, fmt.Sprintf("what is planned for %s was edited", d.URL))
		case i > 0 && Key(p.Devices[i-1].URL) >= Key(d.URL):
			reasons = append(reasons, fmt.Sprintf("%s stands in it twice, or not in its place", d.URL))
		}
	}
	switch {
	case p.Digest != p.digest() && reasons == nil:
		reasons = append(reasons, "its beginning, or which devices it has, was edited")
	case !now.Before(p.Expires):
		reasons = append(reasons, fmt.Sprintf("it has expired at %s: plan again", p.Expires.Format(time.RFC3339)))
	}
	return reasons
}

// UnplannedError says that nothing was planned for a device, and why. It wraps a
// [*rekey.HeldError] where the device was never contacted.
type UnplannedError struct {
	URL, Why string
	Exit     rekey.Exit // of the attempt
	held     error
}

func (e *UnplannedError) Error() string {
	return "nothing was planned: " + e.Why
}
func (e *UnplannedError) Unwrap() error { return e.held }

func (d *Device) unplanned() error {
	e := &UnplannedError{URL: d.URL, Why: d.Why, Exit: rekey.ExitOf(rekey.ErrUnfinished)}
	if d.Exit != nil {
		e.Exit = *d.Exit
	}
	if d.Outcome == rekey.FleetHeld || d.Outcome == rekey.FleetNotStarted {
		e.held = &rekey.HeldError{URL: d.URL, Why: d.Why, NotStarted: d.Outcome == rekey.FleetNotStarted}
	}
	return e
}

// Member is what is particular to a device, with what is planned for it: give it to
// [rekey.RemediateAll] by FleetOptions.Member. An error, an [*UnplannedError] where the
// device stands in the plan, says that nothing is planned for it: it must not be given
// to RemediateAll. See [Plan.Of] for which device it is.
func (p *Plan) Member(of rekey.Device, m rekey.FleetMember) (rekey.FleetMember, error) {
	d, err := p.Of(of)
	switch {
	case err != nil:
		return m, err
	case d == nil:
		return m, fmt.Errorf("%s does not stand in the plan", of.URL)
	case d.Plan == nil:
		return m, d.unplanned()
	}
	var o rekey.Options
	if m.Options != nil {
		o = *m.Options
	}
	o.Authorization = p.Authorization()
	m.Options, m.Plan = &o, d.Plan
	return m, nil
}

// Authorization is what journals and reports of the devices say of the plan.
func (p *Plan) Authorization() *rekey.Authorization {
	a := &rekey.Authorization{Change: p.Change, Author: p.Author, Digest: p.Digest}
	if p.Approval != nil {
		a.Approver = p.Approval.By
	}
	return a
}

// Write writes the plan to a file, which appears whole or not at all, and can be
// read by its owner only.
func (p *Plan) Write(file string) error {
	b, err := json.MarshalIndent(p, "", " ")
	if err != nil {
		return err
	}
	return inDir(file, func(root *os.Root, name string) error { return durable.WriteFile(root, name, append(b, '\n')) })
}

func inDir(file string, do func(*os.Root, string) error) error {
	root, err := os.OpenRoot(filepath.Dir(file))
	if err != nil {
		return err
	}
	defer root.Close()
	return do(root, filepath.Base(file))
}

// Read reads a plan's file. Whether it may be carried out says [Plan.Check].
func Read(file string) (*Plan, error) {
	p := new(Plan)
	err := inDir(file, func(root *os.Root, name string) error {
		b, err := durable.ReadFile(root, name, maxSize)
		if err != nil {
			return err
		}
		return decode(b, p)
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return p, nil
}

// decode reads JSON that has nothing behind it, and no field that means nothing here.
func decode(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more behind it")
	}
	return nil
}
