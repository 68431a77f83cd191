// Package revoker asks CAs to revoke certificates. // V-1 to V-4
//
// Every type here is a [revocation.Revoker]:
//
//   - [StepCA] asks step-ca by its revoke API;
//   - [ACME] asks an ACME server (RFC 8555) that issued the certificate to the
//     same account;
//   - [EJBCA] asks EJBCA by its REST API;
//   - [Vault] asks the PKI secrets engine of Vault or OpenBao;
//   - [Func] calls back, for any other CA;
//   - [Instructions] asks nobody: it writes what a person is to do, for
//     Microsoft AD CS, OpenSSL, and CAs unknown;
//   - [First] chooses among several by who issued the certificate.
//
// All but Func are a [revocation.Needer], and those that speak with a server a
// [revocation.RevokerChecker] and a [revocation.Prechecker] too.
//
// These revoke only certificates that are proved to be the server's own, by the
// issuer's signature or by the server's word on the very certificate. They speak
// https with the server that was named, always verify its certificate, follow no
// redirection, and read at most a mebibyte. Neither output nor errors hold a
// secret. A certificate that is revoked already is a success.
package revoker
