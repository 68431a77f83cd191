package simdevice

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"slices"
	"time"
)

// LoginKind is the kind of login page a device shows.
type LoginKind string

// The login pages that are known, and none.
const (
	LoginDepartmentID LoginKind = "department-id" // fields deptid and password
	LoginUserName     LoginKind = "user-name"     // fields userID and password
	LoginRSAChallenge LoginKind = "rsa-challenge" // fields CHALLENGE, PK, USERNAME, PASSWORD
	LoginNotNecessary LoginKind = "none"          // authentication is off
	// Of the small family:
	LoginManager LoginKind = "system-manager" // fields i0014 and i0016
	LoginPIN     LoginKind = "pin"            // field i2101
)

// CertificateFiles says which files with an issued certificate the device
// reads (G-6): no public document does.
type CertificateFiles string

// The files. A file has one certificate, if it is not a bundle.
const (
	FilesDERAndPEM CertificateFiles = "der-pem"
	FilesDER       CertificateFiles = "der"
	FilesPEM       CertificateFiles = "pem"
	// FilesBundles reads PKCS #7 and several certificates in PEM as well, and
	// takes the key's own from among them.
	FilesBundles CertificateFiles = "bundles"
)

// What the zero values of Config stand for.
const (
	defaultLanguage     = "zh-TW"
	defaultHostname     = "printer.example"
	defaultLogin        = LoginDepartmentID
	defaultID           = "7654321" // of the System Manager, as delivered
	defaultPassword     = "7654321"
	defaultKeySlots     = 8
	defaultSCEPPoll     = 50 * time.Millisecond
	defaultRestartDelay = 20 * time.Millisecond
	defaultRestartTime  = 300 * time.Millisecond
)

// Choice overrides something that is otherwise drawn from the seed.
type Choice int

// The choices.
const (
	Drawn Choice = iota // as the seed has it
	Yes
	No
)

// Config describes a simulated device. Its zero value is a device with fixed
// firmware that still serves TLS with a weak key made by older firmware.
type Config struct {
	// Seed draws every name and layout nobody has published, and the keys.
	Seed uint64

	// Family of the Remote UI; empty means [FamilyAdvance].
	Family Family
	// Layout forces what is otherwise drawn from the seed.
	Layout Layout

	// Language of the pages: "zh-TW" (the default), "en" or "ja".
	Language string
	// Labels gives texts of the pages another wording: the key is any of the
	// texts that a device of this Language may show in its place.
	Labels map[string]string
	// Model shown; empty means "iR-ADV C5560 III", or "iR2425" of the small family.
	Model string
	// Version of the controller shown; empty means "37.31", or "05.10".
	Version string
	// Serial is the device's own serial number, as its page shows it; empty means one
	// that is drawn, "-" that the page has none.
	Serial string
	// Hostname is the device's name: the host of its in-memory address and the
	// common name of its first certificates. Empty means "printer.example".
	Hostname string

	// MakesWeakKeys says that the firmware has the flaw (M-5): RSA keys it
	// generates have primes so close that Fermat's method finds them at once.
	MakesWeakKeys bool

	// Login is the kind of login page; empty means [LoginDepartmentID], or
	// [LoginManager] in the small family.
	Login LoginKind
	// ID is the department ID or the user name, Password its password or PIN.
	// If both are empty, both are "7654321".
	ID, Password string
	// LoginDestinations adds a selector of these domains to the login page.
	LoginDestinations []string
	// ExpiredPassword asks for a new password after the login (/PwdConfirm).
	ExpiredPassword bool
	// OneTimeCode asks for a one-time code after the password. None is ever
	// accepted: a program is to recognise the page and say so.
	OneTimeCode bool
	// MaxFailures refused logins in a row lock the login for LockoutTime; zero
	// means never. A zero LockoutTime means until the device is closed. The
	// device's clock counts.
	MaxFailures int
	LockoutTime time.Duration
	// MaxSessions logged in at a time are all there may be: another login is
	// refused. Zero means any number.
	MaxSessions int
	// SessionTimeout ends a session that sent nothing for so long by the
	// device's clock; zero means never.
	SessionTimeout time.Duration

	// NoToken makes pages without one-time tokens, as old firmware does.
	NoToken bool

	// Keys the device starts with; nil means "Default Key" and "AMS", both
	// strong, and a weak RSA-2048 key "TLS-2021" that is bound to TLS.
	Keys []KeySpec
	// Policies of IPSec. Nil: if a key has Uses "IPSec", one policy "Policy1"
	// with that key; else none.
	Policies []PolicySpec
	// Off lists usages, UseTLS excepted, whose function does not use the key
	// that their page shows: [Use TLS] is off, and every policy of IPSec has a
	// pre-shared key.
	Off []string
	// Missing pages have no item in their menu.
	Missing []PageKind
	// Locked pages store nothing, because of a security policy: their [OK] is
	// greyed out, where they are buttons, and what is sent is refused with a text.
	Locked []PageKind
	// Bluetooth and AMS are on (Yes) or off.
	Bluetooth, AMS Choice
	// SMIMEEncrypt: mail is always encrypted; SMIMESign: it is signed.
	SMIMEEncrypt, SMIMESign bool

	// CSRShownAgain shows the certificate signing request of a key until its
	// certificate is registered; otherwise it is shown once, when the key was
	// made. No public document says which devices do.
	CSRShownAgain bool
	// CSRNames are the subject alternative names of the requests the device
	// makes: IP addresses and DNS names. The form has no field for them.
	CSRNames []string
	// CertificateFiles are the files that certificates are registered from;
	// empty means [FilesDERAndPEM].
	CertificateFiles CertificateFiles

	// SCEPURL is the SCEP server set in the device, "http://host:port/path";
	// empty: none is. The device asks it for certificates (G-7) and connects to
	// nothing else, by SCEPDial; nil means [net.Dialer.DialContext].
	SCEPURL  string
	SCEPDial func(ctx context.Context, network, addr string) (net.Conn, error)
	// SCEPTimer: [Enable Timer for Certificate Issuance Auto Request] is ticked.
	// No request is ever made by it.
	SCEPTimer bool
	// SCEPPoll passes before a pending request is asked for again; zero means
	// 50 ms.
	SCEPPoll time.Duration

	// SMIMECertificates are certificates of other machines, DER, that are
	// registered on this one.
	SMIMECertificates [][]byte
	// Jobs are running, and Received faxes are in memory; [Device.FinishJobs]
	// ends them.
	Jobs, Received int

	// KeySlots is the most keys the device holds, preinstalled ones included;
	// zero means 8.
	KeySlots int

	// Now is the clock of the device, as its pages and certificates show it;
	// nil means [time.Now]. It must not call the Device. Delays are always real (or a synctest bubble's).
	Now func() time.Time

	// GenerateTime is how long generating a key takes.
	GenerateTime time.Duration
	// RestartDelay passes between the answer that announces a restart and the
	// closing of the ports; zero means 20 ms.
	RestartDelay time.Duration
	// RestartTime is how long the ports stay closed; zero means 300 ms.
	RestartTime time.Duration
	// NeverComesBack leaves the ports closed after a restart.
	NeverComesBack bool
	// RestartNewPort gives the TLS port another number at every restart. The
	// plain port redirects to it.
	RestartNewPort bool

	// Address of the TLS port that [Device.Start] opens, "host:port"; empty means any
	// free port of the loopback interface. With port 0 all ports of the device are at
	// that host, which should be its own (Linux has all of 127.0.0.0/8): more devices
	// than one address has ports for.
	Address string

	// Saved is what [Device.Save] of a device with the same configuration returned:
	// keys and settings are those, as after the power was cut; Keys and Policies count
	// for nothing but the names of the policies.
	Saved []byte

	// RedirectHost is the host that redirects name after a login and from the
	// plain port, as a device does that knows itself by another name; empty
	// means the host of the request.
	RedirectHost string

	// PlainHTTPOnly is a device with TLS off for its Remote UI.
	PlainHTTPOnly bool
	// MaxTLS is the newest TLS version served ([crypto/tls.VersionTLS12] or
	// [crypto/tls.VersionTLS13]); zero draws it.
	MaxTLS uint16

	// HideApplyUntilPending shows the command that applies setting changes only
	// when there are some.
	HideApplyUntilPending Choice

	// DetailsWithoutNumbers leaves serial number and thumbprint off the details
	// pages: no public document says that they are shown.
	DetailsWithoutNumbers bool

	// Errorf is told of every violation and every unknown request; nil means
	// they are only kept. [testing.T.Errorf] fits.
	Errorf func(format string, args ...any)

	// OnDelete is asked before a key is deleted; an error is a violation of
	// [InvariantProvedSuccessor]. It is for what the device cannot know, whether
	// there is evidence of the key, say. It must not call the Device. Nil: not asked.
	OnDelete func(KeyState) error

	// Broken rules are not enforced.
	Broken []Rule
	// Tolerate lists invariants that are not checked.
	Tolerate []Invariant
	// Faults happen at the requests they match.
	Faults []Fault
}

// withDefaults returns c with every zero field replaced by what it stands for.
// Slices are cloned: the device does not follow later changes of the caller.
func (c Config) withDefaults() Config {
	setDefault(&c.Language, defaultLanguage)
	setDefault(&c.Family, FamilyAdvance)
	if c.Family == FamilySmall {
		setDefault(&c.Model, "iR2425")
		setDefault(&c.Version, "05.10")
		setDefault(&c.Login, LoginManager)
	}
	setDefault(&c.Model, "iR-ADV C5560 III")
	setDefault(&c.Version, "37.31")
	setDefault(&c.Hostname, defaultHostname)
	setDefault(&c.Login, defaultLogin)
	if c.ID == "" && c.Password == "" {
		c.ID, c.Password = defaultID, defaultPassword
	}
	setDefault(&c.KeySlots, defaultKeySlots)
	setDefault(&c.CertificateFiles, FilesDERAndPEM)
	setDefault(&c.SCEPPoll, defaultSCEPPoll)
	setDefault(&c.RestartDelay, defaultRestartDelay)
	setDefault(&c.RestartTime, defaultRestartTime)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Keys == nil {
		c.Keys = defaultKeys()
	}
	c.Keys = slices.Clone(c.Keys)
	c.Policies = c.withPolicies()
	c.Off, c.Missing, c.Locked = slices.Clone(c.Off), slices.Clone(c.Missing), slices.Clone(c.Locked)
	c.CSRNames, c.Saved = slices.Clone(c.CSRNames), slices.Clone(c.Saved)
	c.LoginDestinations = slices.Clone(c.LoginDestinations)
	c.Broken = slices.Clone(c.Broken)
	c.Tolerate = slices.Clone(c.Tolerate)
	c.Faults = slices.Clone(c.Faults)
	return c
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// logins are the kinds of login pages of each family.
var logins = map[Family][]LoginKind{
	FamilyAdvance: {LoginDepartmentID, LoginUserName, LoginRSAChallenge, LoginNotNecessary},
	FamilySmall:   {LoginManager, LoginPIN, LoginNotNecessary},
}

// check reports the first mistake in c, which has its defaults.
func (c Config) check() error {
	if _, ok := lexicons[c.Language]; !ok {
		return fmt.Errorf("simulated device: no pages in language %q: use zh-TW, en or ja", c.Language)
	}
	if !slices.Contains(logins[c.Family], c.Login) {
		return fmt.Errorf("simulated device: family %q has no login kind %q", c.Family, c.Login)
	}
	if c.Family == FamilySmall && (c.ExpiredPassword || c.OneTimeCode || len(c.LoginDestinations) > 0) {
		return fmt.Errorf("simulated device: family %q has no password change, one-time code or login destination that is known", c.Family)
	}
	switch c.CertificateFiles {
	case FilesDERAndPEM, FilesDER, FilesPEM, FilesBundles:
	default:
		return fmt.Errorf("simulated device: unknown certificate files %q", c.CertificateFiles)
	}
	if v := c.scepServer(); c.SCEPURL != "" && !v.valid(c) {
		return fmt.Errorf("simulated device: SCEPURL %q is not like http://host:port/path", c.SCEPURL)
	}
	if err := c.checkLabels(); err != nil {
		return err
	}
	switch c.MaxTLS {
	case 0, tls.VersionTLS12, tls.VersionTLS13:
	default:
		return fmt.Errorf("simulated device: MaxTLS %#x is neither TLS 1.2 nor 1.3", c.MaxTLS)
	}
	for _, r := range c.Broken {
		if !slices.ContainsFunc(Rules(), func(i RuleInfo) bool { return i.Rule == r }) {
			return fmt.Errorf("simulated device: unknown rule %q in Broken", r)
		}
	}
	for _, f := range c.Faults {
		if !slices.Contains(faultKinds, f.Kind) {
			return fmt.Errorf("simulated device: unknown kind of fault %q", f.Kind)
		}
	}
	if len(c.Keys) > c.KeySlots {
		return fmt.Errorf("simulated device: %d keys do not fit into %d slots", len(c.Keys), c.KeySlots)
	}
	return nil
}

func (c Config) enforces(r Rule) bool { return !slices.Contains(c.Broken, r) }
