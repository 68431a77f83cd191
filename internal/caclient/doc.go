// Package caclient is the HTTP client for the servers of CAs: those that issue
// certificates (keys/issuer) and revoke them (revocation/revoker). It speaks
// https only, to the address given and nowhere else; answers are bounded, and
// what a server says is made fit to be quoted.
//
// It does not know what the requests mean; the packages that do put their names
// in front of the errors.
package caclient
