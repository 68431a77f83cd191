// Package revocation keeps certificates as evidence.
//
// Before a key is deleted, everything a CA will ask for is recorded (W-4):
// [Evidence] says which device and key it was, what the key was used for and
// how it was found weak, and carries the certificate, or, where none can be
// had, the details page word for word. A [Store] puts it on disk and answers
// with a [Receipt]; without one no key is deleted.
//
// Certificates come from devices and are hostile input. [ParseCertificate]
// reads those too that crypto/x509 refuses: negative serial numbers, odd
// extensions, RSA keys of 512 bits, exponents that fit no int.
//
// # The directory of a store
//
// The directory is meant to be handed to a CA's team as it is:
//
//	mfp-3f.example-1c9a2b44/                one directory per device
//	    TLS2021-5be0c1d2e3f40516.json       the Evidence
//	    TLS2021-5be0c1d2e3f40516.cer        its certificate, DER
//	    TLS2021-5be0c1d2e3f40516.pem        the same with the rest of the chain, PEM
//	    TLS2021-5be0c1d2e3f40516.revocation.json   the Progress of its revocation, if that is due
//
// A name is a readable rest of the host or key name, letters, digits, dot,
// dash and underscore only, followed by a hash: of the whole host for the
// device, of the whole record for the key. So names that differ only in what
// was left out stay apart, and a record is never overwritten by a different
// one. Directories are 0700 and files 0600. Names that begin with a dot are
// unfinished writes and mean nothing. The JSON file is written last: where it
// stands, the record is complete.
package revocation
