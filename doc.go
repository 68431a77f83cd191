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
// device nothing; [Apply] is the only function that changes a device. Plans
// and assessments are values: they can be kept as JSON and shown to somebody.
//
// # What is done
//
// The firmware is checked against Canon's advisory (package models): a version
// that still makes weak keys is refused. The modulus of the key in use is
// tested (package keys). Where it is weak, its evidence is stored (package
// revocation), a new key is made on the device and bound to TLS (package
// usage), the device restarts, a fresh handshake proves the new key, which is
// tested in turn, and only then the old key is deleted. TLS is complete; keys
// of other usages are reported.
//
// # Safety
//
// Wherever a run is interrupted, every usage has a working key, and running
// again finishes the work: the state is read from the device, and the journal
// in Options.Dir only says which keys are ours. A key is deleted only with a
// receipt of its stored evidence and a proof that its successor is in use;
// without a Dir none is deleted. A password that a device refused is not sent
// again until it changes, and goes only to a host whose key is known.
//
// The pin of a device that still has its weak key belongs to a key that anyone
// can factor: whoever can read the network may stand between. Work in a
// management network, and change the password afterwards: the report has a
// task for it.
//
// # Errors
//
// Conditions are sentinels ([ErrStillWeak], [ErrUnfinished]), the rest are
// structs to be found by [errors.AsType]: [*FirmwareError], [*DriftError],
// [*VerifyError], and in package remoteui LoginError, LockedError,
// IdentityError, PageError, RefusedError. A [Report] comes also with an error.
package rekey
