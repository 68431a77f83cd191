// Package rekey replaces the RSA keys that Canon multifunction devices made
// with a flawed crypto library (CVE-2022-26320: primes so close together that
// Fermat's method factors the public key), over the device's own Remote UI,
// and proves that it did.
//
// For most uses one call does it:
//
//	report, err := rekey.Remediate(ctx, rekey.Device{
//		URL:          "https://192.0.2.7:8443/",
//		DepartmentID: "7654321",
//		Password:     rekey.NewSecret(os.Getenv("PRINTER_PASSWORD")),
//		Pins:         []remoteui.SPKIHash{pin},
//	}, &rekey.Options{Dir: "rekey-state"})
//
// [Assess] looks and changes nothing; [Assessment.Plan] decides and asks the
// device nothing; only [Apply], [Remediate] and [BackOut] change a device. Plans
// and assessments are values: they can be kept as JSON and shown to somebody.
//
// # What is done
//
// The firmware is checked against Canon's advisory (package models): a version
// that still makes weak keys is refused. The pages of TLS, IEEE 802.1X, IPSec
// and SIP tell which key each uses (package usage); what can be had of their
// moduli is tested (package keys). Where a key is weak, or made before the
// firmware update and not to be seen, its evidence is stored (package
// revocation), a new key is made on the device and bound in its place, the
// device restarts, the new key is proved in use and tested in turn, and only
// then the old key is deleted. The device signature is renewed in place. Before
// keys that nobody can see are trusted, one that this firmware made is seen
// ([Assessment].Generator, [Plan].Probe).
//
// Whoever a device talks to by IEEE 802.1X, IPSec or SIP has to trust its new
// certificate before: see [Options.Distribute] and [Options.AssumeTrusted].
// Without either these usages are left as they are, with [ErrUnfinished].
//
// # Certificates from a CA
//
// Like for like is the default: what a CA issued is replaced by what
// [Options.Issuer] issues for a CSR that the device makes, or by what the device
// gets from a SCEP server itself ([Options.SCEP]). Who trusts the CA need not be
// told of the new certificate. What is not issued at once ends the run with
// [ErrUnfinished], and the next one goes on with the same key and CSR.
//
// # Safety
//
// Wherever a run is interrupted, every usage has a working key, and running
// again finishes the work: the state is read from the device, and the journal
// in Options.Dir only says which keys are ours. A key is deleted only with a
// receipt of its stored evidence and a proof that its successor is in use;
// without a Dir none is deleted. A password that a device refused is not sent
// again until it changes, and goes only to a host whose key is known. Who can
// still do what, and the tests that hold it: docs/threats.md. What a device may
// cost: docs/limits.md.
//
// The new key of TLS gets the password only if the device named it before, over
// the session with the old one: by the thumbprint on its details page, or because
// its certificate was registered. Where the page shows no thumbprint all that it
// shows is compared, and [Options.ConfirmSuccessor] is asked; nothing is known by
// its subject or serial number, which are public, in no later run either.
//
// What this cannot mend: the old key can be factored. Whoever has done so and
// stands between during the run poses as the device: he reads the password, can
// change what its pages show and what is sent to it, and can name a key of his own
// as the new one. Then he is the one who is verified, pinned and sent the next
// password, until somebody compares the key at the device's panel. Whoever
// recorded older connections with RSA key exchange can read the password in them.
// So work in a management network; compare the new key at the panel, and then
// change the password: the report has a task for each (P-2, P-1).
//
// # Errors
//
// Conditions are sentinels ([ErrStillWeak], [ErrUnfinished], [ErrDeclined]), the
// rest are structs to be found by [errors.AsType]: [*FirmwareError], [*DriftError],
// [*VerifyError], [*KeyStoreError], [*SuccessorError], [*BudgetError],
// [*UnknownError], [*OtherError], [*SerialError], of a fleet [*HeldError]; in package keys
// FieldError, OtherKeyError, LostKeysError, RequestError, IssuedError, ErrPending;
// in package usage BusyError; in package window ClosedError; in package revocation
// StoreError; and in package remoteui LoginError, LockedError, IdentityError,
// PageError, RefusedError, QuestionError, LimitError, ErrPlainHTTP, ErrOneTimeCode,
// ErrPasswordExpired, ErrGreyed, ErrSilent, ErrRestartNotSeen, ErrSucceeded. [ExitOf]
// classes them all.
// A [Report] comes also with an error.
//
// # Packages
//
// docs/architecture.md has a table of all packages, and of where to put what;
// docs/procedure.md says what the rows mean that reports and comments cite, such
// as G-1.
package rekey
