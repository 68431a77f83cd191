// Package remoteui drives the Remote UI of a Canon multifunction device: one
// logged-in session, its pages, their forms and scripts, and the restart that
// puts settings in effect.
//
// It is a small browser that knows it is talking to a printer. Nobody has
// published the URLs or field names of the certificate and network pages, so
// nothing here knows them: a page is reached as a person reaches it, by the
// labels of links and buttons, and a field is found by the label beside it.
// The labels are data, per language (see [Label]).
//
// # Safety
//
// A session talks to the host it was given and to no other, over TLS with a
// known identity ([Identity]); credentials are sent once, and never again
// after the device refused them ([CredentialMemory]). One request is in flight
// at a time and none is repeated behind the caller's back. Acts that may change
// the device are kept apart from readings: a session with Config.ReadOnly refuses
// [Page.Press], and every request that looks like an act.
//
// An act that changes the device is an [Intent]: it says what is wanted, and
// [Session.Do] carries it out over whatever pages the device shows.
// docs/dialogues.md says what it asks of each page, and what it never presses.
//
// The device's words are shown without the secrets that it was sent ([Scrubber]).
//
// # Stability
//
// Session, Page and the errors are stable. The page engine behind them is
// internal: it will change with the first devices that surprise it.
package remoteui
