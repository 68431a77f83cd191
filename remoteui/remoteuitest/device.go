package remoteuitest

import (
	"context"
	"crypto/x509"
	"net"
	"time"

	"github.com/rekey-go/rekey/internal/simdevice"
)

// Device is a simulated device. Its methods are safe for concurrent use.
type Device struct{ all *simdevice.Device }

// New returns a device that is switched on. It can be reached by
// [Device.DialContext]; [Device.Start] opens real ports. Close it when done.
//
// The error is about a Config that makes no sense.
func New(cfg Config) (*Device, error) {
	all, err := cfg.device()
	if err != nil {
		return nil, err
	}
	dev, err := simdevice.New(all)
	if err != nil {
		return nil, err
	}
	return &Device{dev}, nil
}

// Start opens a TLS port and a plain port on the loopback interface. The
// address of [Device.URL] changes to theirs.
func (d *Device) Start() error { return d.all.Start() }

// Close switches the device off for good and waits for everything it does.
// A session that is still open then is a violation, and so is a timer of SCEP
// that is not as it was.
func (d *Device) Close() { d.all.Close() }

// URL is the address of the Remote UI: "https://127.0.0.1:port/" after
// [Device.Start], before it one for [Device.DialContext].
func (d *Device) URL() string { return d.all.URL() }

// SIPAddr is where SIP is served over TLS after [Device.Start], "host:port";
// empty if the device does not, or not yet.
func (d *Device) SIPAddr() string { return d.all.SIPAddr() }

// DialContext connects to the device in memory, whatever host addr names: the
// port alone decides. It fits [net/http.Transport.DialContext].
func (d *Device) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	return d.all.DialContext(ctx, network, addr)
}

// Restart restarts the device as a person does who presses its switch.
func (d *Device) Restart() { d.all.Restart() }

// ExpireSessions ends every session, as the device does after a while.
func (d *Device) ExpireSessions() { d.all.ExpireSessions() }

// FinishJobs ends the jobs of [Config.Jobs].
func (d *Device) FinishJobs() { d.all.FinishJobs() }

// LoginAttempts counts the logins tried, with success or without.
func (d *Device) LoginAttempts() int { return d.all.LoginAttempts() }

// StateChanges counts the requests that changed keys or settings, or applied
// them: a program that only reads leaves it at zero.
func (d *Device) StateChanges() int { return d.all.StateChanges() }

// Violations returns what should not have happened, one text each. They begin
// with a name in brackets: "[no-open-session] session 1 was still open at the end".
func (d *Device) Violations() []string { return d.all.Violations() }

// KeyState is a key of the device as it is, which may differ from what the
// pages show.
type KeyState struct {
	Name      string
	Algorithm string // "RSA" or "ECDSA"
	Bits      int    // of the modulus or the curve
	Weak      bool   // the primes are close
	// Uses are the stored bindings, Active those in effect since the last
	// restart, in the order TLS, IEEE 802.1X, IPSec, SIP.
	Uses, Active []string
	// Certificate is nil as long as none was registered for the key.
	Certificate *x509.Certificate
}

// Keys returns the keys in the order of their slots.
func (d *Device) Keys() []KeyState {
	var keys []KeyState
	for _, k := range d.all.Keys() {
		keys = append(keys, KeyState{
			Name: k.Name, Algorithm: k.Algorithm, Bits: k.Bits, Weak: k.Weak,
			Uses: k.Uses, Active: k.Active, Certificate: k.Certificate,
		})
	}
	return keys
}

// LogEntry is one request the device saw.
type LogEntry struct {
	Time   time.Time
	Method string
	Path   string
	Page   string // one of [Pages], "script", "image" or "unknown"
	// Session counts logins; zero means no session.
	Session int
	// Status of the answer; zero if there was none.
	Status int
	// Refused is the text of the error page or message that was the answer.
	Refused string
	// Change says what the request changed; empty if nothing.
	Change string
	// Fault that happened, if any.
	Fault FaultKind
}

// Log returns the requests in the order they were dealt with. Those the plain
// port answered with a redirect are not among them.
func (d *Device) Log() []LogEntry {
	var log []LogEntry
	for _, e := range d.all.Log() {
		log = append(log, LogEntry{
			Time: e.Time, Method: e.Method, Path: e.Path, Page: string(e.Page), Session: e.Session,
			Status: e.Status, Refused: e.Refused, Change: e.Change, Fault: FaultKind(e.Fault),
		})
	}
	return log
}
