// Package otherdevice is a second stand-in for a Canon iR-ADV device, for
// tests only: what a device maker who read nothing but the published facts
// might have built. It shares no code, URL, field name, script or layout with
// anything else in this module, so a client that passes here does not live on
// the habits of the simulator it grew up with.
//
// Every [Styles] entry is one hand-written device. All of them do the whole
// TLS job of the advisory (spec rows M-1, W-1, W-5, G-1 to G-3, R-1, R-5, R-6
// and D-1) over real TLS: the key that serves at first has two close primes,
// generated keys are strong, and a new binding shows after the restart only.
// [Device.Violations] keeps what a client does wrong.
package otherdevice
