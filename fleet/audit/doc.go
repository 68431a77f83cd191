// Package audit keeps a log that shows whether anybody changed it: JSON lines, each
// with the hash of the one before, and a signed head.
//
// A line is
//
//	{"n":2,"prev":"<hash of line 1>","entry":{…},"hash":"<hash>"}
//
// where hash is the SHA-256, in hex, of all that stands before `,"hash":` in the line;
// prev of the first line is zeros. A line with "head" in the place of "entry" has a
// signed head of the lines before it, so that even who chains anew what he changed can
// do so between two heads only.
//
// The head is a checkpoint of C2SP (tlog-checkpoint) as a signed note with Ed25519
// (signed-note): name of the key, number of lines, and the root of the RFC 6962 tree
// whose leaves are the lines. It stands in a file beside the log, and is short enough
// for a change ticket: [Verify] takes heads that were kept elsewhere, too.
//
// What no log can show by itself: that it was cut back to an earlier head, together
// with the file of its head. Who has a later head sees it. And whoever has the signing
// key can write another log.
package audit
