package simdevice

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"net"
	"slices"
	"sync"
)

// Device is a simulated device. Its methods are safe for concurrent use.
type Device struct {
	cfg   Config
	lay   *layout
	power *power

	ctx        context.Context // ends at Close
	stop       context.CancelFunc
	background sync.WaitGroup // certificate requests

	mu       sync.Mutex
	store    *keystore
	settings settings
	forms    forms
	sessions sessions
	gen      *generation // a key in the making, or nil
	enrol    *enrolment  // a certificate request under way, or nil
	scepLog  []scepResult
	faults   []*armedFault
	obs      observer
	restarts int
	exported map[string]bool // certificates of the device signature that were exported
	// firstSignature is the certificate that the device came with.
	firstSignature []byte
	smimeCerts     []*x509.Certificate // of other machines
	jobs, received int
	rsaLogin       *rsa.PrivateKey // of the RSA challenge login
}

// New returns a device that is switched on. It can be reached by
// [Device.DialContext]; [Device.Start] opens real ports. Close it when done.
//
// The error is about a Config that makes no sense.
func New(cfg Config) (*Device, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	store, err := newKeystore(cfg)
	if err != nil {
		return nil, err
	}
	lay := drawLayout(cfg)
	d := &Device{
		cfg:      cfg,
		lay:      lay,
		store:    store,
		settings: lay.factorySettings(),
		forms:    lay.factoryForms(cfg),
		sessions: newSessions(cfg.Seed, lay.sessionCookie()),
	}
	for _, f := range cfg.Faults {
		d.faults = append(d.faults, &armedFault{Fault: f})
	}
	if err := d.factoryCertificates(); err != nil {
		return nil, err
	}
	if len(cfg.Saved) > 0 {
		if err := d.restore(cfg.Saved); err != nil {
			return nil, err
		}
	}
	d.jobs, d.received = cfg.Jobs, cfg.Received
	d.obs.begin(d)
	d.power = newPower(d)
	d.ctx, d.stop = context.WithCancel(context.Background())
	if err := d.power.on(); err != nil {
		return nil, err
	}
	return d, nil
}

// Start opens a TLS port and a plain port on the loopback interface. The
// addresses of [Device.URL] and [Device.PlainURL] change to theirs.
func (d *Device) Start() error { return d.power.start() }

// Started reports whether the device is on loopback.
func (d *Device) Started() bool {
	d.power.mu.Lock()
	defer d.power.mu.Unlock()
	return d.power.loopback
}

// Close switches the device off for good and waits for everything it does.
// A session that is still open then is a violation, and so is a timer of SCEP
// that is not as it was.
func (d *Device) Close() {
	d.stop()
	d.power.close()
	d.background.Wait()
	d.mu.Lock()
	d.checkOpenSessions()
	d.checkTimer()
	found := d.obs.takeUnreported()
	d.mu.Unlock()
	d.tell(found)
}

// URL is the address of the Remote UI, with TLS unless
// [Config.PlainHTTPOnly]: "https://127.0.0.1:port/" after [Device.Start],
// before it one for [Device.DialContext].
func (d *Device) URL() string {
	if d.cfg.PlainHTTPOnly {
		return d.PlainURL()
	}
	return "https://" + d.power.address(true) + "/"
}

// PlainURL is the address without TLS. Unless [Config.PlainHTTPOnly] it only
// redirects to the other.
func (d *Device) PlainURL() string { return "http://" + d.power.address(false) + "/" }

// DialContext connects to the device in memory, whatever host addr names: the
// port alone decides. It fits [net/http.Transport.DialContext].
func (d *Device) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	return d.power.dial(ctx, network, addr)
}

// Restart restarts the device as a person does who presses its switch.
func (d *Device) Restart() { d.power.restart(0) }

// ExpireSessions ends every session, as the device does after a while.
func (d *Device) ExpireSessions() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sessions.forget()
}

// Keys returns the keys in the order of their slots.
func (d *Device) Keys() []KeyState {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.finishGenerating()
	var all []KeyState
	for _, k := range d.store.keys {
		all = append(all, k.state(d.store))
	}
	return all
}

// Settings returns what is stored.
func (d *Device) Settings() Settings {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.snapshot()
}

// Log returns the requests in the order they were dealt with. Those the plain
// port answered with a redirect are not among them.
func (d *Device) Log() []LogEntry {
	d.mu.Lock()
	defer d.mu.Unlock()
	entries := slices.Clone(d.obs.log)
	for i := range entries {
		entries[i].Fields = slices.Clone(entries[i].Fields)
	}
	return entries
}

// StateChanges counts the requests that changed keys or settings, or applied
// them.
func (d *Device) StateChanges() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.obs.changes
}

// OpenSessions counts the sessions that were entered and not left.
func (d *Device) OpenSessions() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.sessions.open())
}

// LoginAttempts counts the logins tried, with success or without.
func (d *Device) LoginAttempts() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.sessions.attempts
}

// Restarts counts how often the device went down to start again.
func (d *Device) Restarts() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.restarts
}

// Violations returns what should not have happened, one text each. They begin
// with the [Invariant] in brackets.
func (d *Device) Violations() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.obs.violations)
}

// rebooted is what a restart does to the device's mind, while its ports are
// closed.
func (d *Device) rebooted() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.restarts++
	if d.jobs+d.received > 0 {
		d.obs.violate(InvariantNoJobLost, "a restart lost %d jobs and %d received faxes", d.jobs, d.received)
	}
	d.gen = nil // a key in the making is lost
	d.abandonEnrolment()
	before := d.store.active
	d.store.activate(d.cfg)
	d.obs.inEffect(d, before)
	d.settings.activate()
	d.forms.active = d.forms.stored
	if d.cfg.enforces(RuleRestartForgets) {
		d.sessions.forget()
	}
}

// report adds a violation from outside a request. No invariant means that the
// simulated device itself is at fault.
func (d *Device) report(i Invariant, text string) {
	d.mu.Lock()
	d.obs.violate(i, "%s", text)
	found := d.obs.takeUnreported()
	d.mu.Unlock()
	d.tell(found)
}

// tell passes violations on. It is called without the lock: Errorf may ask the
// device.
func (d *Device) tell(violations []string) {
	if d.cfg.Errorf == nil {
		return
	}
	for _, v := range violations {
		d.cfg.Errorf("simulated device: %s", v)
	}
}
