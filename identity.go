package rekey

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/rekey-go/rekey/internal/address"
	"github.com/rekey-go/rekey/internal/deviceinfo"
	"github.com/rekey-go/rekey/internal/row"
	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/revocation"
)

// hostOf names a device in the state directory: by its address, or by the one under
// which it was known before.
func (o *call) hostOf(d Device) string {
	if host := address.Device(d.URL); o.known == "" || host != o.device {
		return host
	}
	return o.known
}

// meet notes which device a call is about: the first it is told.
func (o *call) meet(d Device) {
	if o.device == "" {
		o.device = address.Device(d.URL)
	}
}

// addressOf returns a device URL for a report, without what may be secret.
func addressOf(raw string) string {
	if u, err := url.Parse(strings.TrimSpace(raw)); err == nil && u.Host != "" {
		return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
	}
	return cmp.Or(address.Device(raw), address.Host(raw)) // with its port: many devices may be behind one host
}

// identity joins what the caller says about the device's identity with what
// the state directory knows.
func (c connection) identity() (remoteui.Identity, error) {
	d := c.device
	stored, known, err := c.dir.Pin(c.host)
	if err != nil {
		return remoteui.Identity{}, err
	}
	journal, err := c.dir.Journal(c.host)
	if err != nil {
		return remoteui.Identity{}, err
	}
	l, err := readHistory(journal)
	if err != nil {
		return remoteui.Identity{}, err
	}
	id := remoteui.Identity{Pins: l.replacePins(d.Pins), Roots: d.Roots, Successors: l.last(), TrustOnFirstUse: d.TrustOnFirstUse}
	accepted := id.Pins
	if known {
		id.Stored = stored
		accepted = append(accepted[:len(accepted):len(accepted)], stored)
	}
	id.Successor = l.successor(accepted, d.Roots != nil && len(d.Pins) == 0)
	id.Also = l.refuseReplaced
	return id, nil
}

// pinnedTo is the device as the assessment met it: a device that was trusted on
// first use has to show the same key again.
func pinnedTo(d Device, a *Assessment) Device {
	cert := a.certs.parse(a.Served)
	if cert != nil && len(d.Pins) == 0 && d.Roots == nil {
		d.Pins = []remoteui.SPKIHash{remoteui.HashSPKI(cert)}
	}
	return d
}

// meetsSerial holds the serial number that a device shows against the one that is
// meant, and against the one that the state directory keeps, which is forgotten only where
// the caller names another device (by its number, its key or its certificate's issuer)
// and nothing was begun or done on the one before: what a journal says is of one device.
func (c connection) meetsSerial(shown string, served remoteui.SPKIHash) error {
	if deviceinfo.SerialKey(shown) == "" {
		return nil
	}
	e := &SerialError{Addr: addressOf(c.device.URL), Want: c.device.Serial, Got: shown, Done: c.o.done()}
	given := deviceinfo.SerialKey(e.Want) != ""
	if given && !deviceinfo.SameSerial(e.Want, shown) {
		return e
	}
	kept, err := c.keptSerial()
	if err != nil || kept == "" || deviceinfo.SameSerial(kept, shown) {
		return err
	}
	e.Want, e.Kept = kept, true
	pin, _, err := c.dir.Pin(c.host)
	if err == nil && (given || pin != served) {
		if e.Begun, err = c.begun(); err == nil && !e.Begun {
			return nil
		}
	}
	if err != nil {
		return err
	}
	return e
}

// keptSerial is the serial number that the state directory keeps of the device; empty:
// none.
func (c connection) keptSerial() (string, error) {
	kept, err := c.dir.Serial(c.host)
	if deviceinfo.SerialKey(kept) == "" {
		kept = ""
	}
	return kept, err
}

// begun reports whether the state directory has a journal of the device.
func (c connection) begun() (bool, error) {
	journal, err := c.dir.Journal(c.host)
	if err != nil {
		return false, err
	}
	records, err := journal.Records()
	return len(records) > 0, err
}

// keepSerial keeps the serial number of a device that is the one that is meant, beside the
// key that it serves and beside no other. A key that is to be proved in place of the
// kept one is kept by its proof.
func (c connection) keepSerial(shown string, served remoteui.SPKIHash) error {
	pin, known, err := c.dir.Pin(c.host)
	if err != nil || !known || c.o.Dir == "" {
		return err
	}
	if pin != served {
		id, err := c.identity()
		if err != nil {
			return err
		}
		begun, err := c.begun()
		if err != nil || begun && (id.Successor != nil || !slices.Contains(c.device.Pins, served)) {
			return err
		}
		err = c.pinTo(served)
		if err == nil {
			err = c.dir.SetSerial(c.host, shown)
		}
		return writable(err)
	}
	if shown == "" {
		return nil
	}
	return writable(c.dir.SetSerial(c.host, shown))
}

// writable takes no offence where nothing may be written.
func writable(err error) error {
	if errors.Is(err, state.ErrReadOnly) {
		return nil
	}
	return err
}

// readSerial decides by its serial number whether a device is the one that is meant, and
// keeps that for later runs. A number that is, or holds, a password is kept nowhere.
func (a *Assessment) readSerial(s *remoteui.Session, c connection) error {
	shown := a.Device.Serial
	if c.o.secrets.Message(shown) != shown {
		a.Device.Serial = ""
		a.Notices = append(a.Notices, "the device's serial number holds its password, so neither is kept or shown: anybody who sees the device can read it; change the password")
	}
	served := remoteui.HashSPKI(s.Certificate())
	if err := c.meetsSerial(shown, served); err != nil {
		return err
	}
	text, err := c.notCompared(shown)
	if text != "" {
		a.Notices = append(a.Notices, text)
	}
	if err != nil {
		return err
	}
	return c.keepSerial(a.Device.Serial, served)
}

// notCompared is the notice that a serial number which is meant was compared with nothing;
// empty: it was.
func (c connection) notCompared(shown string) (string, error) {
	want, err := c.device.Serial, error(nil)
	switch {
	case want != "" && deviceinfo.SerialKey(want) == "":
		return fmt.Sprintf("%q is no serial number that is understood, so it was compared with nothing: which device it is was told by its key alone", safe(want)), nil
	case want == "":
		want, err = c.keptSerial()
	}
	if shown != "" || want == "" {
		return "", err
	}
	return fmt.Sprintf("the device's page of device information shows no serial number that is understood, so it could not be compared with %s: which device it is was told by its key alone", safe(want)), err
}

// isFor refuses a plan that was made for another device.
func (p *Plan) isFor(d Device) error {
	if deviceinfo.SerialKey(d.Serial) == "" || p.Device.Serial == "" || deviceinfo.SameSerial(d.Serial, p.Device.Serial) {
		return nil
	}
	return &SerialError{Addr: addressOf(d.URL), Want: d.Serial, Got: p.Device.Serial, Planned: true}
}

// Successor is a key that a device presents and that may be the one it was to
// serve from then on: all that the device showed of it agrees, and nothing of
// that is proof.
type Successor struct {
	Device string            `json:"device"` // its address
	Key    string            `json:"key"`    // its name in the device's list
	Pin    remoteui.SPKIHash `json:"pin"`
	New    CertificateInfo   `json:"new"` // with the fingerprints to compare
	// Compared is what was compared, and agrees, in words.
	Compared []string `json:"compared"`
}

func successorOf(addr string, e *remoteui.UnconfirmedError) Successor {
	return Successor{Device: addr, Key: e.Key, Pin: remoteui.HashSPKI(e.Certificate), New: infoOf(e.Certificate, nil), Compared: e.Compared}
}

// confirm asks the caller for a key that nothing proves, once.
func (o *call) confirm(ctx context.Context, addr string, e *remoteui.UnconfirmedError) error {
	refused := &SuccessorError{Addr: addr, Successor: successorOf(addr, e)}
	switch {
	case refused.Pin == o.confirmed:
		return nil
	case o.refused != nil && refused.Pin == o.refused.Pin:
		return o.refused
	}
	if o.ConfirmSuccessor == nil {
		return refused
	}
	o.event(EventNotice, row.Restart, "the device presents a key that may be the new one, and nothing it showed proves it: asking")
	if refused.Err = o.ConfirmSuccessor(ctx, refused.Successor); refused.Err != nil {
		o.refused = refused
		return refused
	}
	o.confirmed = refused.Pin
	return nil
}

// askSuccessor is [call.confirm] for a session with the device.
func (c connection) askSuccessor(ctx context.Context, e *remoteui.UnconfirmedError) error {
	return c.o.confirm(ctx, addressOf(c.device.URL), e)
}

// unconfirmed puts a [*SuccessorError] in the place of an error of the session
// that is about a key nobody confirmed.
func unconfirmed(url string, err error) error {
	if _, about := errors.AsType[*remoteui.IdentityError](err); !about {
		return err
	}
	if said, ok := errors.AsType[*SuccessorError](err); ok {
		return said
	}
	if e, ok := errors.AsType[*remoteui.UnconfirmedError](err); ok {
		return &SuccessorError{Addr: addressOf(url), Successor: successorOf(addressOf(url), e)}
	}
	return err
}

// roster is what AssessAll and RemediateAll know of where devices are and were: an
// address says little of which device has it today.
type roster struct {
	listed map[string]Device                              // of the call, by host
	pinned map[string]map[remoteui.SPKIHash][]state.Known // by Options.Dir, from before the call
	atHome sync.Map                                       // hosts that were met where they were known
}

var errMoved = errors.New("it is known under another address")

// add notes a device of the call, and reads what its state directory knows.
func (r *roster) add(d Device, o *Options) error {
	r.listed[address.Device(d.URL)] = d
	if r.pinned[o.Dir] != nil {
		return nil
	}
	dir, err := o.openState(true)
	if err != nil {
		return err
	}
	defer dir.Close()
	r.pinned[o.Dir], err = dir.Pinned()
	return err
}

// moved returns the other address under which a device is known that presents a key;
// empty: none. Of devices that share a key nothing is known by that: which of them it is
// says the serial number, where the list has it (bySerial), and that it is none of them.
func (r *roster) moved(dir string, d Device, key remoteui.SPKIHash) (known string, bySerial bool) {
	all := r.pinned[dir][key]
	if deviceinfo.SerialKey(d.Serial) != "" {
		is := func(k state.Known) bool { return deviceinfo.SameSerial(k.Serial, d.Serial) }
		if bySerial = slices.ContainsFunc(all, is); bySerial {
			all = all[slices.IndexFunc(all, is):][:1]
		} else {
			all = slices.DeleteFunc(slices.Clone(all), func(k state.Known) bool { return k.Serial != "" })
		}
	}
	if len(all) != 1 || all[0].Host == address.Device(d.URL) {
		return "", false
	}
	return all[0].Host, bySerial
}

// met decides which device it is whose key was refused at its address: the one that
// has moved there, which is known then; a new one that shares its key, of which
// nothing is known; or the refusal stands.
func (o *call) met(ctx context.Context, d Device, refused *remoteui.IdentityError) error {
	r := o.roster
	known, bySerial := r.moved(o.Dir, d, refused.Got)
	if known == "" {
		return refused
	}
	there, listed := r.listed[known]
	if !listed {
		there = Device{URL: known, DialContext: d.DialContext}
	}
	_, atHome := r.atHome.Load(known)
	switch {
	case bySerial, slices.Contains(d.Pins, refused.Got): // the list itself says which device it is
	case atHome || o.presents(ctx, there, refused.Got):
		o.roster = nil
		return nil
	case listed:
		return &remoteui.IdentityError{Addr: refused.Addr, Got: refused.Got, Reason: fmt.Sprintf("it is the device that was known as %s, which has a line of its own: addresses have changed since the list was made", known)}
	}
	o.known = known
	o.event(EventNotice, "", "it is the device that was known as "+known+": what is known of that goes on")
	return nil
}

// presents reports whether a key is seen at a device's address now.
func (o *call) presents(ctx context.Context, d Device, key remoteui.SPKIHash) bool {
	u, err := address.Parse(d.URL)
	if err != nil {
		return false
	}
	ports := []string{"8443", "443"}
	if u.Port() != "" {
		ports = []string{u.Port()}
	}
	return slices.ContainsFunc(ports, func(port string) bool {
		return o.seen(ctx, d, net.JoinHostPort(u.Hostname(), port)) == key
	})
}

// seen is the key that is presented at an address; zero: none.
func (o *call) seen(ctx context.Context, d Device, addr string) (key remoteui.SPKIHash) {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	seen, err := keys.ServedCertificate(ctx, d.DialContext, addr)
	if err != nil {
		return key
	}
	if cert := o.certs.parse(seen.Chain[0]); cert != nil {
		key = remoteui.HashSPKI(cert)
	}
	return key
}

// recognise finds out, before the journal is read, under which address the device of a
// kept plan is known. The session looks at its key once more.
func (o *call) recognise(ctx context.Context, d Device, dir *state.Dir, at string) error {
	o.meet(d)
	host := address.Device(d.URL)
	u, err := address.Parse(at)
	if own, e := address.Parse(d.URL); err == nil && e == nil && address.Device(d.URL) != address.Device(at) { // it has moved since the plan was made
		port := cmp.Or(u.Port(), "443")
		if own.Scheme == "https" {
			port = cmp.Or(own.Port(), port)
		}
		u.Host = net.JoinHostPort(own.Hostname(), port)
	}
	if _, known, e := dir.Pin(host); err != nil || e != nil || known || o.roster == nil || len(o.roster.pinned[o.Dir]) == 0 {
		return errors.Join(err, e)
	}
	key := o.seen(ctx, d, u.Host)
	if known, _ := o.roster.moved(o.Dir, d, key); known == "" {
		return nil
	}
	return o.met(ctx, d, &remoteui.IdentityError{Addr: u.Host, Got: key, Reason: errMoved.Error()})
}

// owners are the devices whose public keys are known of state directories, as they were
// when a call first asked, and what its devices have shown since. They are read once
// for a call: what a device costs does not grow with the number of others.
type owners struct {
	mu sync.Mutex
	of map[string]map[remoteui.SPKIHash][]owner // by Options.Dir
}

type owner struct {
	host string
	key  string // the name of the old key that it was; empty: the device is known by it
}

// note adds what is on disk by now.
func (w *owners) note(dir string, key remoteui.SPKIHash, by owner) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if of := w.of[dir]; of != nil && !slices.Contains(of[key], by) { // else it is read with the rest
		of[key] = append(of[key], by)
	}
}

// find returns whose a key is, before that of the device that asks.
func (w *owners) find(dir string, key remoteui.SPKIHash, asks string, read func() (map[remoteui.SPKIHash][]owner, error)) (*owner, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.of[dir] == nil {
		all, err := read()
		if err != nil {
			return nil, err
		}
		if w.of == nil {
			w.of = map[string]map[remoteui.SPKIHash][]owner{}
		}
		w.of[dir] = all
	}
	for _, o := range w.of[dir][key] {
		if o.key != "" || o.host != asks {
			return &o, nil
		}
	}
	return nil, nil
}

// pinTo makes a key the one by which later runs know the device.
func (c *connection) pinTo(key remoteui.SPKIHash) error {
	err := c.dir.SetPin(c.host, key)
	if err == nil {
		c.o.owners.note(c.o.Dir, key, owner{host: c.host})
	}
	return err
}

// putEvidence stores what is known of an old key.
func (r *runner) putEvidence(ctx context.Context, k *oldKey, e revocation.Evidence) (err error) {
	if k.receipt, err = r.store.Put(ctx, e); err == nil {
		if key, ok := hashOf(e); ok {
			r.o.owners.note(r.o.Dir, key, owner{address.Host(e.Device.URL), e.Key})
		}
	}
	return err
}

func hashOf(e revocation.Evidence) (key remoteui.SPKIHash, ok bool) {
	b, err := hex.DecodeString(spkiOf(e))
	if err != nil || len(b) != len(key) {
		return key, false
	}
	return remoteui.SPKIHash(b), true
}

// readOwners reads the keys of all evidence and pins.
func (r *runner) readOwners() (map[remoteui.SPKIHash][]owner, error) {
	all := map[remoteui.SPKIHash][]owner{}
	for e, err := range r.store.Find(revocation.Query{}) {
		if key, ok := hashOf(e); err == nil && ok { // what cannot be read is told elsewhere
			all[key] = append(all[key], owner{address.Host(e.Device.URL), e.Key})
		}
	}
	pins, err := r.dir.Pinned()
	for key, known := range pins {
		for _, k := range known {
			all[key] = append(all[key], owner{host: k.Host})
		}
	}
	return all, err
}
