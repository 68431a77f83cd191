// Package issuer has certificates issued for requests that devices made (G-5).
//
// Every type here is a [keys.Issuer] and a [keys.Checker]:
//
//   - [LocalCA] signs itself, with a CA's certificate and key;
//   - [StepCA] asks step-ca by its sign API;
//   - [ACME] asks any ACME server (RFC 8555) and leaves answering its
//     challenges to the caller;
//   - [DropBox] leaves the request in a directory for people to sign and waits
//     there for the certificate.
//
// SCEP is in the package scep.
//
// What all of them do: a request whose self-signature does not verify, or that
// asks for something else than the order it comes with ([keys.WithOrder]), goes
// nowhere; a certificate for any other key than the request's is no answer; what
// is returned begins with the issued certificate and goes on in the order in
// which the certificates sign each other, whatever order the CA sent them in.
//
// What none of them does, because only the caller can: look whether the
// certificate is valid by the device's clock and whether the chain ends at a root
// that the device's peers trust ([keys.CheckIssued]), and, without an order,
// whether the key is weak.
package issuer
