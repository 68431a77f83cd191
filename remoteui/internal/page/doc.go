// Package page is a small browser page for the Remote UI of Canon devices: it
// builds the document from HTML as browsers do, runs its scripts, and finds
// links, buttons, fields, values and lists by the texts that people read.
//
// Nothing about URLs, field names or layouts of a device is known here. A page
// never talks to the network: what a click or a script wants to load is handed
// back as a [Request], which the caller sends.
//
// A Page is not safe for concurrent use.
package page
