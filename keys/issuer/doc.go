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
// All of them check the request and the answer: a request whose self-signature does
// not verify, or that asks for something else than the order it comes with
// ([keys.WithOrder]), is sent to nobody; a certificate for any other key than the
// request's is an error. The chain that they return begins with the issued
// certificate and goes on with its issuers, in whatever order the CA sent it.
//
// None of them checks what only the caller can know: that the certificate is valid
// by the device's clock, that the chain ends at a root that the device's peers
// trust ([keys.CheckIssued]), and, without an order, that the key is not weak.
package issuer
