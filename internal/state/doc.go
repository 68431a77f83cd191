// Package state keeps what rekey must remember from run to run about each
// device: the key it was recognised by, the credentials it refused, the
// journal of what was done to it, and a lock against two runs at a time.
//
// # Layout
//
// Everything about a device lies in a directory of its own, so that runs on
// different devices share no file but those that say whose a key is:
//
//	devices/<host>-<hash>/pin.json            the public key it is known by
//	devices/<host>-<hash>/refused-<id>.json   one refused credential, hashed
//	devices/<host>-<hash>/journal.jsonl       one record per line
//	devices/<host>-<hash>/lock-<n>.json       who works on it; kept when free
//	requests/<hash>.json                      whose the public key of a CSR is
//
// The host has its port with it where the caller says so. A device that has no
// directory yet reads the one of its host alone, in which earlier versions kept
// what they knew, and begins its own with a copy. Everything carries the version of
// its format; a file of a later one is a [*VersionError].
//
// Files named ".new-…" were being written when a run died, and mean nothing.
// Directories are of mode 0700, files 0600. The subdirectory "evidence" of the
// same state directory is package revocation's.
package state
