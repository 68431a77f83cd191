// Package revocation keeps certificates as evidence, and has them revoked.
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
//	revocation.csv                          a table of all, by Store.WriteHandOver
//	mfp-3f.example-1c9a2b44/                one directory per device
//	    TLS2021-5be0c1d2e3f40516.json       the Evidence
//	    TLS2021-5be0c1d2e3f40516.cer        its certificate, DER
//	    TLS2021-5be0c1d2e3f40516.pem        the same with the rest of the chain, PEM
//	    TLS2021-5be0c1d2e3f40516.revocation.json   the Progress of its revocation, if that is due
//
// and crl-numbers-….json, which lists were seen and what was seen to be revoked,
// of the [Verifier].
//
// A name is a readable rest of the host or key name, letters, digits, dot,
// dash and underscore only, followed by a hash: of the whole host for the
// device, of the whole record for the key. So names that differ only in what
// was left out stay apart, and a record is never overwritten by a different
// one. Directories are 0700 and files 0600. Names that begin with a dot are
// unfinished writes and mean nothing. The JSON file is written last: where it
// stands, the record is complete. One that says something else than when it was
// stored, or than its certificate, is not read ([RecordError]); a directory in
// which others can write is none ([ErrOthersWrite]).
//
// The table has one row for each certificate of a key, or key without one, in
// whichever records. It is CSV by RFC 4180, in UTF-8, with these columns:
//
//	device, model, device_serial, key, usages: device_serial is what the caller put
//	                  into Device.Serial. Package rekey leaves it empty: no public text
//	                  says where a device shows it
//	subject, issuer, issuer_der_base64, serial_hex, serial_dec
//	sha256, sha1, aki, not_before, not_after, crl_urls, ocsp_urls
//	self_signed       yes, no, unknown: yes is none that a CA can revoke
//	key_algorithm, key_bits, spki_sha256
//	weakness          proved, not-found, unknown; weakness_rounds of Fermat's method
//	reason            given or proposed to the CA, by its name in RFC 5280
//	status            of the revocation: asked, confirmed by what, not yet
//	note              what could not be read
//	details           the details page, a line for each label and value; where there
//	                  is nothing else, subject, issuer, serial_hex, sha256 and sha1
//	                  are from it, if they can mean one thing only
//	files             of the records, separated by spaces
//
// Lists within a cell are separated by spaces. What cannot be seen is left out
// of a cell, and one that a spreadsheet would take for a formula, since it
// begins with "=", "+", "-" or "@", has "'" before it: the records have it to the
// letter. Spreadsheets take serial numbers for numbers, and round them: import
// the columns as text.
//
// # Revoking
//
// A [Revoker] asks a CA; the package revoker has those for the usual ones.
// [KnownCertificates] are what a CA issued, and complete evidence for which the
// certificate could not be had.
package revocation
