// Package keys works on the keys and certificates that a device holds: its key
// list and details pages, the generation of a key, the deletion of one; and it
// says whether a modulus is weak in the way of CVE-2022-26320 ([CheckModulus]).
//
// The device is driven through a [remoteui.Session], by labels. What the
// device answers is never taken as success: after every change the list is
// read again. Deleting needs a receipt of stored evidence and a proof that the
// key is not needed any more (rows W-4, D-1 of the procedure).
package keys
