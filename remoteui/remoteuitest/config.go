package remoteuitest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/simdevice"
)

// LoginKind is the kind of login page a device shows.
type LoginKind string

// The login pages that are known, and none. The last two are of the small models.
const (
	LoginDepartmentID LoginKind = "department-id"
	LoginUserName     LoginKind = "user-name"
	LoginRSAChallenge LoginKind = "rsa-challenge" // user name, and the password encrypted by a script
	LoginNotNecessary LoginKind = "none"          // authentication is off
	LoginManager      LoginKind = "system-manager"
	LoginPIN          LoginKind = "pin"
)

// Config describes a simulated device. Its zero value is a device with fixed
// firmware that still serves TLS with a weak key made by older firmware.
type Config struct {
	// Seed draws every name and layout nobody has published, and the keys.
	Seed uint64
	// Small is the Remote UI of the small models (iR2425), which looks and works
	// differently, instead of that of imageRUNNER ADVANCE.
	Small bool

	// Language of the pages: "zh-TW" (the default), "en" or "ja".
	Language string
	// Labels gives texts of the pages another wording: the key is any of the
	// texts that a device of this Language may show in its place.
	Labels map[string]string
	// Model shown; empty means "iR-ADV C5560 III", or "iR2425" if Small.
	Model string
	// Version of the controller shown; empty means "37.31", or "05.10" if Small.
	Version string
	// Hostname is the device's name: the host of its in-memory address and the
	// common name of its first certificates. Empty means "printer.example".
	Hostname string

	// MakesWeakKeys says that the firmware has the flaw: RSA keys it generates
	// have primes so close that Fermat's method finds them at once.
	MakesWeakKeys bool

	// Login is the kind of login page; empty means [LoginDepartmentID], or
	// [LoginManager] if Small.
	Login LoginKind
	// ID is the department ID or the user name, Password its password or PIN.
	// If both are empty, both are "7654321".
	ID, Password string
	// MaxFailures refused logins in a row lock the login until the device is
	// closed; zero means never.
	MaxFailures int

	// Keys the device starts with; nil means "Default Key" and "AMS", both
	// strong, and a weak RSA-2048 key "TLS-2021" that is bound to TLS.
	Keys []KeySpec
	// KeySlots is the most keys the device holds, preinstalled ones included;
	// zero means 8.
	KeySlots int
	// Missing pages (see [Pages]) have no item in their menu.
	Missing []string
	// Jobs are running; [Device.FinishJobs] ends them.
	Jobs int

	// SCEPURL is the SCEP server set in the device, "http://host:port/path";
	// empty: none is. The device asks it for certificates.
	SCEPURL string
	// SCEPTimer: [Enable Timer for Certificate Issuance Auto Request] is ticked.
	// No request is ever made by it.
	SCEPTimer bool

	// Now is the clock of the device, as its pages and certificates show it;
	// nil means [time.Now]. It must not call the Device. Delays are always real
	// (or those of a bubble of [testing/synctest]).
	Now func() time.Time
	// GenerateTime is how long generating a key takes.
	GenerateTime time.Duration
	// RestartTime is how long the ports stay closed; zero means 300 ms.
	RestartTime time.Duration
	// NeverComesBack leaves the ports closed after a restart.
	NeverComesBack bool

	// Faults happen at the requests they match.
	Faults []Fault
	// Errorf is told of every violation and every unknown request; nil means
	// they are only kept. [testing.T.Errorf] fits.
	Errorf func(format string, args ...any)
}

// KeySpec describes a key a device starts with.
type KeySpec struct {
	// Name in the list. "Default Key", "AMS" and "Device Signature Key" are the
	// preinstalled keys and behave so.
	Name string
	// Bits of an RSA key; zero means 2048. Curve makes an ECDSA key instead:
	// "P256", "P384" or "P521".
	Bits  int
	Curve string
	// Weak gives an RSA key close primes.
	Weak bool
	// Uses: "TLS", "IEEE 802.1X", "IPSec" (by a policy "Policy1"), "SIP". If no
	// key is used for TLS, "Default Key" is.
	Uses []string
	// CommonName of the certificate; empty means [Config.Hostname].
	CommonName string
	// Issue has a CA of the caller's sign the certificate, for a request that the
	// device makes with the key (DER); nil: it is self-signed. The DER of the
	// certificate is returned.
	Issue func(request []byte) ([]byte, error)
}

// Pages names the pages that [Config.Missing] and [Fault] take, as [LogEntry]
// has them: "key-list", say.
func Pages() []string {
	var names []string
	for _, p := range simdevice.Pages() {
		names = append(names, string(p))
	}
	return names
}

// device is the configuration of the whole device.
func (c Config) device() (simdevice.Config, error) {
	all := simdevice.Config{
		Seed: c.Seed, Language: c.Language, Labels: c.Labels, Model: c.Model, Version: c.Version,
		Hostname: c.Hostname, MakesWeakKeys: c.MakesWeakKeys, Login: simdevice.LoginKind(c.Login),
		ID: c.ID, Password: c.Password, MaxFailures: c.MaxFailures, KeySlots: c.KeySlots, Jobs: c.Jobs,
		SCEPURL: c.SCEPURL, SCEPTimer: c.SCEPTimer, Now: c.Now, GenerateTime: c.GenerateTime,
		RestartTime: c.RestartTime, NeverComesBack: c.NeverComesBack, Errorf: c.Errorf,
	}
	if c.Small {
		all.Family = simdevice.FamilySmall
	}
	for _, k := range c.Keys {
		all.Keys = append(all.Keys, simdevice.KeySpec{
			Name: k.Name, Bits: k.Bits, Curve: k.Curve, Weak: k.Weak, Uses: k.Uses, CommonName: k.CommonName, Issue: k.Issue,
		})
	}
	if c.Keys != nil && all.Keys == nil {
		all.Keys = []simdevice.KeySpec{} // none, instead of those of nil
	}
	for _, name := range c.Missing {
		page, err := pageOf(name)
		if err != nil {
			return all, fmt.Errorf("remoteuitest: Missing: %w", err)
		}
		all.Missing = append(all.Missing, page)
	}
	for _, f := range c.Faults {
		if f.Page != "" {
			if _, err := pageOf(f.Page); err != nil {
				return all, fmt.Errorf("remoteuitest: Fault: %w", err)
			}
		}
		all.Faults = append(all.Faults, simdevice.Fault{
			Kind: simdevice.FaultKind(f.Kind), Page: simdevice.PageKind(f.Page),
			Match: f.Match, Skip: f.Skip, Count: f.Count, Delay: f.Delay, Answer: f.Answer,
		})
	}
	return all, nil
}

// pageOf finds a misspelt name, which would match nothing.
func pageOf(name string) (simdevice.PageKind, error) {
	if !slices.Contains(simdevice.Pages(), simdevice.PageKind(name)) {
		return "", fmt.Errorf("no page %q: there are %s", name, strings.Join(Pages(), ", "))
	}
	return simdevice.PageKind(name), nil
}
