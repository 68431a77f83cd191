package rekey

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rekey-go/rekey/internal/deviceinfo"
	"github.com/rekey-go/rekey/internal/printed"
	"github.com/rekey-go/rekey/internal/row"
	"github.com/rekey-go/rekey/internal/scrub"
	"github.com/rekey-go/rekey/internal/wait"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/models"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/revocation"
	"github.com/rekey-go/rekey/scep"
	"github.com/rekey-go/rekey/usage"
	"github.com/rekey-go/rekey/usage/survey"
)

// Assessment is what a device looked like at one moment. It holds nothing
// secret and survives a round trip through JSON.
type Assessment struct {
	// Address is what [AssessAll] was given for the device; Device.URL is where it
	// answered. Empty by [Assess].
	Address     string            `json:"address,omitempty"`
	Device      DeviceInfo        `json:"device"`
	Eligibility models.Assessment `json:"eligibility"`
	Keys        []KeyState        `json:"keys"`
	// Served is the certificate that the Remote UI presents, DER; ServedKey the
	// name of the key it was recognised as, empty if none fits.
	Served    []byte `json:"served"`
	ServedKey string `json:"servedKey"`
	// Others are the certificates presented at other ports, LookedAt the addresses
	// that were asked for one.
	Others   []PortCertificate `json:"others,omitempty"`
	LookedAt []string          `json:"lookedAt,omitempty"`
	// TLS is what the TLS page shows.
	TLS *usage.TLSSettings `json:"tls"`
	// TLSProblem says why it was not asked for: the way there looks like an act.
	TLSProblem string `json:"tlsProblem,omitempty"`
	// Settings are what the pages of the other usages show; nil if they were not
	// read. // C-2 to C-7
	Settings *usage.Settings `json:"settings"`
	// SignatureProblem says why the device signature's certificate could not be
	// exported; empty if it could, or if there is no such key. SignatureUnread:
	// there is an export, and it was not understood. // C-5
	SignatureProblem string `json:"signatureProblem,omitempty"`
	SignatureUnread  bool   `json:"signatureUnread,omitempty"`
	// SCEP are the device's SCEP settings, where the options speak of them;
	// SCEPProblem says why they could not be read. TimerOff: an earlier run left
	// the timer switched off. // G-8
	SCEP        *scep.DeviceSettings `json:"scep,omitempty"`
	SCEPProblem string               `json:"scepProblem,omitempty"`
	TimerOff    bool                 `json:"timerOff,omitempty"`
	// Owed is what earlier runs could not do on other devices. // V-5, E-2
	Owed []Owed `json:"owed,omitempty"`
	// Generator is what is known of how the device makes keys. // M-5
	Generator Generator `json:"generator,omitzero"`
	// Clock is the device's, as printed on its pages; zero if none is printed, or if
	// what is printed far off does not go on.
	Clock time.Time `json:"clock"`
	Taken time.Time `json:"taken"`
	// Language of the device's pages.
	Language         string                     `json:"language"`
	UnverifiedLabels []remoteui.UnverifiedLabel `json:"unverifiedLabels"`
	Requests         int                        `json:"requests"`
	Notices          []string                   `json:"notices"`
	// Unfinished is what the journal says earlier runs left half done.
	Unfinished []Unfinished `json:"unfinished,omitempty"`

	secrets *scrub.Scrubber // nil: no text of the assessment holds one
	certs   *certificates   // nil: it was read from JSON
}

// KeyState is a key of the list with all that is known of it.
type KeyState struct {
	keys.Entry
	Details *keys.Details `json:"details"`
	// SPKI is the hex SHA-256 of the public key, empty if it could not be had.
	SPKI    string       `json:"spki"`
	Finding keys.Finding `json:"finding"`
	// Certificate in DER; empty if it could not be had. Source says where it was.
	Certificate []byte            `json:"certificate,omitempty"`
	Source      revocation.Source `json:"source,omitempty"`
	// Ours: made by rekey, by the journal or by name and validity. MadeBy is the
	// controller version that made it then, empty if it is not known.
	Ours   bool   `json:"ours"`
	MadeBy string `json:"madeBy,omitempty"`

	certs *certificates // of the call that saw it; nil: it is from a file
}

// cert is its certificate; nil if that could not be had.
func (k *KeyState) cert() *x509.Certificate { return k.certs.parse(k.Certificate) }

func (k *KeyState) ref() KeyRef { return KeyRef{Name: k.Name, SPKI: k.SPKI, Weak: k.Finding.State} }

// leaves is the change by which the key leaves a place, with all that is known of it.
func (k *KeyState) leaves(p usage.Place, from usage.Stage, why string) Change {
	return Change{Place: p, OldKey: k.ref(), OldCertificate: k.Certificate, OldSource: k.Source, From: from, Reason: why}
}

// Assess looks at a device and changes nothing: its session refuses every act
// that could, and every link that reads like one; what lies behind such a link is
// unknown then. Options.Dir is read, for pins, refused credentials and what
// earlier runs did, and one thing only is written there: that the device refused
// the password, as a salted slow hash, so that nobody sends it again. Its JSON
// has no secret that the device quoted; see docs/limits.md. With an error, the assessment holds what
// was read until then.
func Assess(ctx context.Context, d Device, o *Options) (_ *Assessment, err error) {
	defer func(ctx context.Context) { err = ended(ctx, err) }(ctx)
	opts, err := o.begin()
	if err != nil {
		return nil, err
	}
	return opts.assess(ctx, d)
}

func (o *call) assess(ctx context.Context, d Device) (*Assessment, error) {
	v, err := look(ctx, d, o, nil)
	v.close(ctx)
	return v.a, o.clean(err)
}

// Survey walks over every page that the procedures need and says how well it
// is understood; it changes nothing, its session refuses every act that could.
// Of the options, Dir (read only, but for a refused password; see [Assess]), Now, OnEvent, Logger and
// Timeouts count. With an error, the report holds what was seen until
// then. A recorder, which may be nil, takes down the walk; see
// [remoteui.Recorder.WriteBundle].
func Survey(ctx context.Context, d Device, o *Options, rec *remoteui.Recorder) (_ *survey.Report, err error) {
	defer func(ctx context.Context) { err = ended(ctx, err) }(ctx)
	opts, err := o.begin()
	if err != nil {
		return nil, err
	}
	r := survey.New(DeviceInfo{URL: addressOf(d.URL)})
	for _, p := range d.Profiles {
		r.Profiles = append(r.Profiles, p.Name())
	}
	dir, err := opts.openState(true)
	if err != nil {
		return r, err
	}
	defer dir.Close()
	opts.recorder = rec
	ctx, over := withBudget(ctx, opts)
	s, err := opts.connection(d, dir).dial(ctx, mode{readOnly: true})
	if err == nil {
		func() {
			defer s.Close(ctx)
			err = r.Walk(ctx, s, survey.Options{Recorder: rec, OnProgress: func(text string) { opts.event(EventProgress, "", text) }})
		}()
		r.Requests = s.Requests()
	}
	err = over(err)
	if err != nil {
		r.Error = err.Error()
	}
	*r = scrub.Value(opts.secrets, *r)
	return r, opts.clean(err)
}

// read goes over the pages.
func (a *Assessment) read(ctx context.Context, s *remoteui.Session, c connection) error {
	o := c.o
	a.Device.URL, a.Language = s.URL(), s.Language()
	if err := a.readDevice(ctx, s); err != nil {
		return err
	}
	if err := a.readSerial(s, c); err != nil {
		return err
	}
	o.event(EventProgress, row.ReadFirmware, fmt.Sprintf("%s, controller %s: %s", a.Device.Model, a.Device.Controller, a.Eligibility.Verdict))
	list, details, err := keys.ReadAllDetails(ctx, s)
	if err != nil {
		return err
	}
	journal, err := c.dir.Journal(c.host)
	if err != nil {
		return err
	}
	printed := a.readClock(list.Updated)
	for _, e := range list.Entries {
		k := KeyState{Entry: e, Details: details[e.Name], certs: a.certs}
		made, err := journal.Made(e.Name)
		if err != nil {
			return err
		}
		k.Ours = made && !e.Reserved() || madeByPattern(e.Name, k.Details)
		if k.Details != nil && k.Details.Problem != "" {
			a.Notices = append(a.Notices, fmt.Sprintf("key %q: its details page could not be read: %s", e.Name, k.Details.Problem))
		}
		a.Keys = append(a.Keys, k)
	}
	if a.Unfinished, err = unfinished(journal); err != nil {
		return err
	}
	line, err := readHistory(journal)
	if err != nil {
		return err
	}
	for i := range a.Unfinished {
		u := &a.Unfinished[i]
		u.Told = slices.Contains(line.told, u.ID()+" "+u.NewKey)
	}
	a.TimerOff, a.Owed = line.timerOff, line.owed
	o.event(EventProgress, row.ReadUsages, fmt.Sprintf("%d keys: %s", len(a.Keys), strings.Join(list.Names(), ", ")))
	if a.TLS, err = usage.ReadTLS(ctx, s); errors.Is(err, remoteui.ErrMayWrite) {
		a.TLSProblem = err.Error()
		a.Notices = append(a.Notices, a.TLSProblem)
	} else if err != nil {
		return err
	}
	if a.Settings, err = usage.ReadAll(ctx, s); err != nil {
		return err
	}
	if err := a.readSignature(ctx, s, o); err != nil {
		return err
	}
	if err := a.readSCEP(ctx, s, o); err != nil {
		return err
	}
	leaf, err := s.Handshake(ctx)
	if err != nil {
		return err
	}
	a.Served = leaf.Raw
	if err := a.readGenerator(ctx, s, &line, o); err != nil {
		return err
	}
	a.LookedAt = c.device.ports(s.URL())
	a.Others = probe(ctx, c.device, a.LookedAt)
	return a.watchClock(ctx, s, printed)
}

// readDevice reads what the device says of itself. // M-1
func (a *Assessment) readDevice(ctx context.Context, s *remoteui.Session) error {
	info, err := deviceinfo.Read(ctx, s)
	a.Device.Model, a.Device.Controller, a.Device.Serial, a.Eligibility = info.Model, info.Controller, info.Serial, info.Eligibility
	return err
}

// users are the keys that the list gives a use. While a choice waits for the
// restart there are two on some devices: the key in use, and the one chosen.
func (a *Assessment) users(u keys.Use) (all []*KeyState) {
	for i := range a.Keys {
		if a.Keys[i].UsedBy(u) {
			all = append(all, &a.Keys[i])
		}
	}
	return all
}

// tlsUser returns the one key that is chosen for TLS: the list gives it to no
// other, or only to the one that is being served, which the choice is to follow.
func (a *Assessment) tlsUser() (*KeyState, bool) {
	all := a.users(keys.UseTLS)
	if len(all) == 2 {
		all = slices.DeleteFunc(all, func(k *KeyState) bool { return k.Name == a.ServedKey })
	}
	if len(all) != 1 {
		return nil, false
	}
	return all[0], true
}

// idle reports whether nothing is known to use a key, now or after the next
// restart: neither the list nor the page of a usage names it. A list may show
// only what is in use, a page only what is chosen.
func (a *Assessment) idle(k *KeyState) bool {
	return k.Unused() && !slices.ContainsFunc(a.places(), func(s usage.Setting) bool { return s.Key == k.Name })
}

func (a *Assessment) key(name string) *KeyState {
	i := slices.IndexFunc(a.Keys, func(k KeyState) bool { return k.Name == name })
	if i < 0 {
		return nil
	}
	return &a.Keys[i]
}

// Report returns a report of a run that changed nothing: of what was seen and,
// if it came to a plan, of what would be done. The plan may be nil.
func (a *Assessment) Report(p *Plan) *Report {
	r := &Report{Device: a.Device, Eligibility: a.Eligibility.Verdict, Notices: slices.Clone(a.Notices)}
	if p != nil {
		r = newReport(p)
	} else {
		for _, k := range a.Keys {
			for _, u := range k.Uses {
				// What the plan would say, were there one.
				d := a.decide(&k, &Options{})
				r.Usages = append(r.Usages, UsageReport{Place: usage.Place{Use: u}, Affected: d.replace, Reason: d.reason, OldKey: k.ref()})
			}
		}
	}
	r.Requests, r.UnverifiedLabels, r.LookedAt = a.Requests, a.UnverifiedLabels, a.LookedAt
	r.Started, r.Ended, r.Exit = a.Taken, a.Taken, ExitOf(nil)
	r.noNil()
	*r = scrub.Value(a.secrets, *r)
	return r
}

var (
	tlsPlace       = usage.Place{Use: keys.UseTLS}
	signaturePlace = usage.Place{Use: keys.UseDeviceSignature}
)

// places are the settings that name a key, TLS first.
func (a *Assessment) places() []usage.Setting {
	tls := usage.Setting{Place: tlsPlace, Need: usage.Needed}
	if k, ok := a.tlsUser(); ok {
		tls.Key = k.Name
	}
	if a.TLSProblem != "" {
		tls.Need, tls.Reason = usage.Unknown, a.TLSProblem
	}
	all := []usage.Setting{tls}
	if a.Settings != nil {
		all = append(all, a.Settings.Places...)
	}
	return all
}

// PortCertificate is a certificate presented at a port other than the Remote
// UI's. It was seen only: nobody showed to hold its private key.
type PortCertificate struct {
	Addr        string `json:"addr"`
	Certificate []byte `json:"certificate"` // DER
}

// probeTime bounds the look at one port: most devices have most of them
// closed, or filtered.
const probeTime = 3 * time.Second

// defaultPorts are asked unless the caller names others: Remote UI, IPPS, SIP.
var defaultPorts = []int{8443, 443, 631, 5061}

// ports are the addresses at which a device may present other certificates
// than that of its Remote UI.
func (d *Device) ports(uiURL string) []string {
	ui, err := url.Parse(uiURL)
	if err != nil {
		return nil
	}
	ports := d.TLSPorts
	if ports == nil {
		ports = defaultPorts
	}
	var addrs []string
	for _, port := range ports {
		if addr := net.JoinHostPort(ui.Hostname(), strconv.Itoa(port)); addr != ui.Host {
			addrs = append(addrs, addr)
		}
	}
	return addrs
}

// probe looks at the device's other TLS ports. Whatever does not answer is no
// error: it is evidence that is not to be had.
func probe(ctx context.Context, d Device, addrs []string) []PortCertificate {
	found := make([]PortCertificate, len(addrs))
	var wg sync.WaitGroup
	for i, addr := range addrs {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, probeTime)
			defer cancel()
			if seen, err := keys.ServedCertificate(ctx, d.DialContext, addr); err == nil {
				found[i] = PortCertificate{Addr: addr, Certificate: seen.Chain[0]}
			}
		})
	}
	wg.Wait()
	return slices.DeleteFunc(found, func(p PortCertificate) bool { return p.Certificate == nil })
}

const (
	// clockNear is how far from ours a printed time may be that is believed at once.
	clockNear = 24 * time.Hour
	// clockPause lies at least between two readings by which a clock is seen to go.
	clockPause = 2 * time.Second
	// clockSlack is by how much more than the time between them it may have gone on:
	// a clock does not jump, the time of the last change does.
	clockSlack = time.Minute
)

// printedTime is a time that a page shows and that may be the device's clock.
type printedTime struct {
	clock time.Time
	read  time.Time // by our own clock
}

// readClock reads the device's clock off the line in which a page tells when it
// was made. Some devices tell there when the settings were last changed: what is
// far off is returned, to be looked at again.
func (a *Assessment) readClock(line string) *printedTime {
	clock, ok := printed.Clock(line, a.Taken)
	if !ok {
		return nil
	}
	if clock.Sub(a.Taken).Abs() > clockNear {
		return &printedTime{clock, time.Now()}
	}
	a.Clock = clock
	return nil
}

// watchClock reads the line again, if it was far off: a clock has gone on.
func (a *Assessment) watchClock(ctx context.Context, s *remoteui.Session, first *printedTime) error {
	if first == nil {
		return nil
	}
	if err := wait.For(ctx, clockPause-time.Since(first.read)); err != nil {
		return err
	}
	l, err := keys.ReadList(ctx, s)
	if err != nil {
		return err
	}
	passed := time.Since(first.read)
	days := int(first.clock.Sub(a.Taken).Abs().Hours() / 24)
	second, ok := printed.Clock(l.Updated, first.clock)
	switch went := second.Sub(first.clock); {
	case ok && went > 0 && went <= passed+clockSlack:
		a.Clock = first.clock
		a.Notices = append(a.Notices, fmt.Sprintf("the device's clock is %d days off (%s): "+
			"certificates it makes begin and end by that clock; set it right first if that matters", days, first.clock.Format(time.DateOnly)))
	default:
		a.Notices = append(a.Notices, fmt.Sprintf("the device's clock is not known: its pages show a time %d days off (%s) that does not go on like a clock, "+
			"and may be that of the last change; ours is used", days, first.clock.Format(time.DateOnly)))
	}
	return nil
}
