package rekey

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"slices"
	"time"

	"github.com/rekey-go/rekey/internal/fleet"
	"github.com/rekey-go/rekey/internal/scrub"
	"github.com/rekey-go/rekey/internal/share"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/revocation"
)

// Options tune what is done. They are copied at entry; nil works: everything
// is bound and proved, but old keys are kept, because without a Dir there is
// no place for their evidence.
type Options struct {
	// Dir keeps evidence, journal, pins and refused credentials, for this device
	// and others; created if need be. Empty: nothing is kept, and no old key is
	// deleted. Copy it before you delete anything of it.
	Dir string

	// Strict also replaces keys that were tested and not found weak.
	Strict bool
	// AssumeWeak also replaces keys of which no modulus is to be had, where
	// firmware and model leave the question open.
	AssumeWeak bool
	// ExternalKeys names keys that were made outside the device and imported:
	// they are exempt. One that is proved weak is withheld, and replaced with Strict;
	// a name that no key has is among the plan's notices. // W-3
	ExternalKeys []string
	// IgnoreClock makes certificates also where the device's clock is so far off
	// that they have expired as soon as they are made.
	IgnoreClock bool
	// KeepOldKeys binds and proves, but deletes nothing.
	KeepOldKeys bool

	// KeySlots is how many keys the device can hold, the factory's included (3,
	// 5 and 8 are known); zero: not known. The plan then takes the room for
	// granted, and [Remediate] plans once more if the device refuses a key.
	KeySlots int

	// Distribute makes a new certificate known to those who have to trust it
	// before the device can talk to them again, and returns nil when they do.
	// It is called before the restart that puts the certificate in effect; for
	// SIP, whose certificate is seen at its own port only, right after it. Nil:
	// see AssumeTrusted.
	Distribute func(context.Context, Distribution) error
	// AssumeTrusted goes ahead where new certificates of IEEE 802.1X, IPSec and
	// SIP have to be trusted and there is no Distribute: somebody sees to it,
	// with the tasks of the report. Without both, these usages are withheld.
	AssumeTrusted bool
	// ConfirmSuccessor is asked before the password goes to the new key of TLS, and
	// before the old one is deleted, where the device showed nothing of the new
	// certificate that proves it: no thumbprint on its details page, and no CA
	// issued it. Nil is to be returned only if the fingerprint was compared with the
	// device's own panel. An error, or no ConfirmSuccessor, ends the run with
	// [*SuccessorError]; the next one may have the new key among its pins.
	ConfirmSuccessor func(context.Context, Successor) error
	// Verify is asked after the restart whether a peer saw the new key of IEEE
	// 802.1X, IPSec or SIP at work; an error keeps the old key. Nil: nobody is
	// asked.
	Verify func(context.Context, Verification) error
	// RequireProof is the least proof by which IEEE 802.1X, IPSec and SIP count
	// as done; empty: ProofBound.
	RequireProof Proof
	// OtherDevices are devices under management that may hold this device's
	// S/MIME certificate: there the old one is removed and the new one
	// registered, each in a session of its own. // V-5, E-2
	OtherDevices []Device

	// IgnoreJobs restarts whatever is running or in memory.
	IgnoreJobs bool

	// Kind of the new certificate; empty: like for like. What a CA issued is left
	// alone and reported where there is neither an Issuer nor another Kind.
	Kind CertificateKind
	// Kinds overrides Kind for single usages; nil: none.
	Kinds map[keys.Use]CertificateKind
	// Issuer has certificates issued for the CSRs that devices make; nil: none.
	// It is checked before a device is touched if it is a [keys.Checker]. The next
	// run continues with what it has not issued yet ([keys.ErrPending]). // G-5
	Issuer keys.Issuer
	// IssuedPolicy says what a CA may decide about the certificates that it issues
	// for CSRs; the zero value is good. What is not as ordered and not as the
	// policy allows is not registered. // G-5
	IssuedPolicy keys.IssuedPolicy
	// SCEP has devices ask a SCEP server themselves; nil: they are not told to.
	SCEP *DeviceSCEP
	// KnownCertificates are those that the caller has, of the CA that issued the
	// devices' for example: a key of which only the details page is seen is
	// recognised among them by thumbprint or by issuer and serial number, which
	// gives its modulus to the test and its certificate to the evidence. Nil: none.
	// See [revocation.IndexKnown]; a fleet shares one. // W-2, W-4
	KnownCertificates *revocation.KnownIndex
	// Revoker asks the CA to revoke the old certificate that a CA issued, once its
	// successor is proved and its key deleted; nil: people are asked to, by tasks.
	// It is checked before a device is touched if it is a
	// [revocation.RevokerChecker]. What failed the next run asks for again.
	// // V-1 to V-4
	Revoker revocation.Revoker
	// ConfirmedCertificates are the SHA-256, in hex, of old certificates that a
	// person confirms to be the devices'. One that was only found among
	// KnownCertificates, by what a details page says, may be another machine's, and
	// the Revoker is not asked about it otherwise.
	ConfirmedCertificates []string
	// Verifier looks whether old certificates are revoked that the Revoker, or a
	// person, has asked the CA about; nil: nobody looks. If its Timeout is set the
	// run waits so long for a revocation it asked for to be seen; else it looks
	// once, and [revocation.VerifyRevocation] looks again later.
	Verifier *revocation.Verifier

	// CommonName of the new certificate; empty: the old one's if it is an IP
	// address or a host name, else the device's host. {host} and
	// {model} in it are replaced. // G-3
	CommonName string
	// Organization of the new certificate; empty: the old one's.
	Organization string
	// Validity of the new certificate; zero: as long as the old one's, and five years
	// where that is not known; at most ten years. A CA may decide itself.
	Validity time.Duration
	// Spread lets new certificates end up to so much earlier, each device's by whole
	// days that follow from its address, so that those made in one night do not all
	// end in one; of those by CSR only where Validity is set. At most half of the
	// validity; zero: all end as they would.
	Spread time.Duration
	// Key is the kind of key to make; the zero value: RSA of 2048 bits, or of
	// 4096 if the old key has more than 2048. RSA of fewer than 2048 is refused.
	Key keys.Algorithm
	// Hash of the certificate's signature: SHA256, SHA384 or SHA512; empty:
	// SHA256. // G-2
	Hash keys.Hash

	// Timeouts bound what a device may take; the zero value is good.
	Timeouts Timeouts

	// BeforeRestart is asked before each restart that is to put new keys in effect,
	// and before the wait for running jobs that precedes it; it may wait itself. An
	// error ends the run there with it: what was chosen waits for a restart, the old
	// keys serve, and the next run goes on. done, if not nil, is called once the
	// device is back, or was given up. Nil: a device may restart at any time.
	BeforeRestart func(context.Context, DeviceInfo) (done func(), err error)
	// BeforeCA is asked before a CA is, by [Options].Issuer or by the device's SCEP, for
	// each certificate: it may wait for a turn among programs that share the CA. Another
	// run goes on where the error is [keys.ErrPending]; any other is that of the step.
	// done, if not nil, is called once the CA has answered. Nil: a CA may be asked at any
	// time. See [FleetOptions].CAInterval.
	BeforeCA func(context.Context, DeviceInfo) (done func(), err error)

	// Language of the tasks in the report, and of [Report.Text]: "zh-TW", "en" or
	// "ja"; empty: "en". That of the device's pages is [Device.Language].
	Language string
	// Approve is shown the plan by [Remediate] before anything is changed, and once
	// more only where the run has to plan anew, and that plan has a change, a deletion
	// or a restart which the approved one had not; an
	// error ends the run with it. The session with the device stays open meanwhile; a
	// device that forgets it is logged in to anew. Nil: approved.
	Approve func(*Plan) error
	// Authorization says who allowed the work; journal and report carry it. Nil:
	// nothing is said of that.
	Authorization *Authorization
	// OnEvent is told of progress, synchronously and in order; nil: nobody.
	OnEvent func(Event)
	// Logger gets debug records of requests, without values; nil: none.
	Logger *slog.Logger
	// Now is the clock; nil: time.Now.
	Now func() time.Time
}

// Proof says how well it was proved that a key is in use. Each is more than the one
// before.
type Proof string

// The proofs.
const (
	// ProofBound: after a restart the device's own pages name the key.
	ProofBound Proof = "bound"
	// ProofPeer: a peer saw it at work ([Options].Verify).
	ProofPeer Proof = "peer"
	// ProofServed: the device served it in a handshake.
	ProofServed Proof = "served"
)

// Timeouts bound what a device may take its time for. A field that is zero is as it
// says.
type Timeouts struct {
	// Assess bounds the time, on the clock and from the call on, in which
	// [Assess] or [Survey] looks at the device, or [Remediate] and [BackOut] do
	// before they change anything; zero: 1 h. All counts: answers, pages that ask
	// to wait, a device that says when to come back, one that is away. Then they
	// return a [*BudgetError]; logging out has 10 s beyond that.
	Assess time.Duration
	// Request bounds one request; zero: 30 s.
	Request time.Duration
	// Generate bounds the making of one key; zero: 10 min.
	Generate time.Duration
	// Jobs bounds the wait for running jobs and for received faxes in memory
	// before a restart; zero: 10 min.
	Jobs time.Duration
	// Restart bounds one restart, also one that nobody asked for: a device that
	// takes no connections any more is waited for; zero: 15 min.
	Restart time.Duration
	// Poll is the time between two looks at a device that restarts or makes a key;
	// zero: 2 s.
	Poll time.Duration
}

var defaultTimeouts = Timeouts{
	Assess:   time.Hour,
	Request:  30 * time.Second,
	Generate: 10 * time.Minute,
	Jobs:     10 * time.Minute,
	Restart:  15 * time.Minute,
	Poll:     2 * time.Second,
}

// orDefault has the defaults where a field is zero.
func (t Timeouts) orDefault() Timeouts {
	d := defaultTimeouts
	return Timeouts{
		cmp.Or(t.Assess, d.Assess), cmp.Or(t.Request, d.Request), cmp.Or(t.Generate, d.Generate),
		cmp.Or(t.Jobs, d.Jobs), cmp.Or(t.Restart, d.Restart), cmp.Or(t.Poll, d.Poll),
	}
}

// call is one call of the library: its options, and what its sessions found out.
type call struct {
	*Options
	recorder *remoteui.Recorder // of Survey
	// spacing is what an earlier session of the same call found the device to want.
	spacing time.Duration
	reached bool // an earlier session of the same call reached the device
	// loggedIn: a device took a credential of the call.
	loggedIn bool
	deeds    []deed // what was done to the device since the call began
	certs    *certificates
	approved *approval // by Approve
	// device and run are told with events.
	device, run string
	over        func() error // the Err of the call's context; nil: it has none yet
	// known is the device in the state directory, where it has moved since; roster
	// are the devices of AssessAll and RemediateAll, nil: of another call; owners of keys
	// are known to all devices of a call.
	known  string
	roster *roster
	owners *owners
	// mayRestart is asked right before a restart, and pace for a turn at a CA; nil: of
	// another call than RemediateAll.
	mayRestart func() error
	pace       *fleet.Pace
	share      *share.Share // of memory; nil: all that a device may take
	before     *Report      // of what was done with a share that was too small
	// secrets of the call's devices, which nothing that is shown may hold.
	secrets   *scrub.Scrubber
	confirmed remoteui.SPKIHash // by ConfirmSuccessor
	refused   *SuccessorError   // by ConfirmSuccessor
}

// begin copies the options, which may be nil, and checks them.
func (o *Options) begin() (*call, error) {
	var c Options
	if o != nil {
		c = *o
	}
	if c.Hash == "" {
		c.Hash = keys.SHA256
	}
	c.Timeouts = c.Timeouts.orDefault()
	if c.OnEvent == nil {
		c.OnEvent = func(Event) {}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.SCEP != nil {
		c.SCEP = new(*c.SCEP)
	}
	c.OtherDevices, c.Kinds = slices.Clone(c.OtherDevices), maps.Clone(c.Kinds)
	return &call{Options: &c, owners: new(owners), secrets: new(scrub.Scrubber), certs: newCertificates(), run: rand.Text()[:12]}, c.validate()
}

// validate names every fault at once.
func (o *Options) validate() error {
	var errs []error
	fault := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf("options: "+format, args...))
		}
	}
	fault(o.Validity < 0 || o.Validity > maxValidity, "Validity %v: want at most ten years", o.Validity)
	fault(o.Spread < 0 || o.Spread > maxValidity/2 || o.Validity > 0 && o.Spread > o.Validity/2, "Spread %v: want at most half of Validity, and five years", o.Spread)
	fault(o.SCEP != nil && o.SCEP.Timeout < 0, "SCEP.Timeout is negative")
	fault(o.KeySlots < 0, "KeySlots is negative")
	t := o.Timeouts
	fault(min(t.Assess, t.Request, t.Generate, t.Jobs, t.Restart, t.Poll) < 0, "a timeout is negative")
	switch o.Language {
	case "", "zh-TW", "en", "ja":
	default:
		fault(true, "Language %q: tasks are written in zh-TW, en and ja", o.Language)
	}
	if err := o.Key.Validate(); err != nil {
		errs = append(errs, fmt.Errorf("options: Key: %w", err))
	}
	fault(o.Key.RSABits == 512 || o.Key.RSABits == 1024, "Key %v: RSA of fewer than 2048 bits can be factored, and a device that has such a key for TLS may not be reached again", o.Key)
	for _, kind := range append(slices.Collect(maps.Values(o.Kinds)), o.Kind) {
		switch kind {
		case LikeForLike, SelfSigned:
		case ByCSR:
			fault(o.Issuer == nil, "Kind %q: it needs an Issuer", kind)
		case BySCEP:
			fault(o.SCEP == nil, "Kind %q: it needs SCEP", kind)
			fault(o.Key.Curve != "", "Kind %q: by SCEP devices make RSA keys only", kind)
		default:
			fault(true, "Kind %q: want %q, %q, %q or nothing", kind, SelfSigned, ByCSR, BySCEP)
		}
	}
	switch o.RequireProof {
	case "", ProofBound, ProofPeer, ProofServed:
	default:
		fault(true, "RequireProof %q: want %q, %q or %q", o.RequireProof, ProofBound, ProofPeer, ProofServed)
	}
	switch o.Hash {
	case keys.SHA256, keys.SHA384, keys.SHA512:
	default:
		fault(true, "Hash %q: want %s, %s or %s", o.Hash, keys.SHA256, keys.SHA384, keys.SHA512)
	}
	return errors.Join(errs...)
}

// maxValidity bounds certificates: ten years, leap days included.
const maxValidity = (10*365 + 3) * 24 * time.Hour

// Event is one line of progress.
type Event struct {
	Time time.Time
	// Device that it is about, the host of its URL with its port if that is not the
	// usual one. Run tells calls apart, of one device and of several at a time.
	Device string
	Run    string
	Kind   EventKind
	Step   string // ID of the step under way, e.g. "G-1"; empty between steps
	Text   string // one line ("; " between those of an error), without secrets, safe to print
}

// EventKind classes events.
type EventKind string

// The kinds of events.
const (
	EventPhase    EventKind = "phase"     // assessment, plan, application begin
	EventStep     EventKind = "step"      // a step begins
	EventStepDone EventKind = "step-done" // a step ended, Text says how
	EventProgress EventKind = "progress"  // something goes on: connected, waiting …
	EventNotice   EventKind = "notice"    // worth reading afterwards
	EventPaused   EventKind = "paused"    // of a fleet: nothing goes on there until it is begun again
)

// Secret is a password that no way of printing reveals; see [remoteui.Secret].
type Secret = remoteui.Secret

// NewSecret wraps a password.
func NewSecret(text string) Secret { return remoteui.NewSecret(text) }

// Device says which machine is meant, how it is recognised and how to log in
// to it.
type Device struct {
	// URL of the Remote UI, "https://192.0.2.7:8443/", or a bare host, for which
	// the usual ports are tried. Required.
	URL string

	// UserName or DepartmentID, and Password: what the login form that the
	// device shows asks for. All empty where the device asks for no login.
	UserName     string
	DepartmentID string
	Password     Secret
	// LoginDestination chooses among the destinations of the login form, by
	// text or value; empty keeps what is preselected.
	LoginDestination string

	// Pins, Roots and TrustOnFirstUse say how the device is recognised before
	// the password is sent; see [remoteui.Identity] for their precedence. With
	// none of them, the pin of an earlier run (Options.Dir) or the system's
	// roots must vouch for it.
	Pins            []remoteui.SPKIHash
	Roots           *x509.CertPool
	TrustOnFirstUse bool
	// Serial is the device's own serial number: [Assess], and what changes a device,
	// end with a [*SerialError] where its pages show another, before anything is
	// changed; the page is behind the login, so the password was sent by then. Letter
	// case, blanks, hyphens, what is said in brackets at the end, and zeros lost at the front
	// do not count. A device that shows none, and a number here that is none (it has no
	// digit, or other characters), are told of in the notices. Empty: the one that the
	// state directory keeps of the device, or whatever it is. What Options.Dir keeps of a
	// device that was begun with is never given to another. [Survey] does not look at it.
	Serial string

	// Language of the device's pages, e.g. "zh-TW"; empty: read off the portal.
	Language string
	// Profiles say how this device's labels read, and where its pages and fields
	// are, where our own data does not; nil: none. See docs/profiles.md.
	Profiles []*remoteui.Profile
	// TLSPorts are asked for the certificates they present, besides the port of
	// the Remote UI: that of SIP among them is how its key is tested and proved. Nil:
	// 8443, 443, 631 and 5061; empty, not nil: none. What was asked is in
	// [Assessment].LookedAt and [Report].LookedAt.
	TLSPorts []int
	// LegacyTLS allows TLS 1.0 and RSA key exchange, for old firmware.
	LegacyTLS bool

	// DialContext opens connections to the device; nil: a net.Dialer.
	DialContext func(ctx context.Context, network, addr string) (net.Conn, error)
}
