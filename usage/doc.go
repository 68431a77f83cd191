// Package usage knows the functions of a device that use a key: which key each
// of them uses, how another is bound to it, how the change is put in effect,
// and how it is proved that it is. It is the one place that proves (rows C, R
// of the procedure).
//
// TLS, IEEE 802.1X, each policy of IPSec and SIP are places that name a key: they
// are read into a [Setting], bound by [Bind] and proved by [ProveTLS], or by
// [ProveBound] and [ProveServed]. What a page does not show, or shows in a way
// that is not understood, is [Unknown], and never taken for unused. Bluetooth,
// ACCESS MANAGEMENT SYSTEM and S/MIME are only read: their keys renew themselves,
// or are the device signature's (package keys).
package usage
