// Package usage knows the functions of a device that use a key: which key each
// of them uses, how another is bound to it, how the change is put in effect,
// and how it is proved that it is. It is the one place that proves (rows C, R
// of the procedure).
//
// TLS is complete. The other usages are read off the key list, so that none of
// their keys is ever taken for unused.
package usage
