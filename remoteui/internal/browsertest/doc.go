// Package browsertest is the referee of the page engine: headless Chromium
// does the same acts as package page, by real clicks and keys, on small pages
// (../page/testdata/corpus) and on the pages of simulated devices, and every
// request that it sends must be the one that our engine works out: method,
// address, fields in order, content type and bytes of the body.
//
// Chromium has to be installed (Debian: apt-get install chromium); without it
// the tests fail. It reaches nothing but loopback. "go test -all" does the
// procedures on every family with every login in every language, with frames
// and without; otherwise a sample is taken.
//
// What of the procedure is done in both, by the part of TestProcedures:
//
//	login: all forms, none, the proposal to change the password, and anew after
//	the restart            login, restart
//	M-1                    version
//	W-1, W-4, W-5          key list, details, all details (back by the link)
//	C-5, C-6, C-7          pages of S/MIME settings, Bluetooth, AMS
//	G-1, G-2, G-3          generate rsa2048, generate ecdsa-p256
//	G-4                    CSR, shown or saved; CSR again
//	G-6                    register (multipart)
//	G-7, G-9               SCEP server, SCEP request, with a use location and without
//	G-8                    SCEP timer true, SCEP timer false
//	R-1                    TLS
//	IEEE 802.1X, IPSec, SIP; C-2, C-3, C-4 are read on the way
//	R-5                    restart, by [Apply Setting Changes] or [Restart Device]
//	D-1                    delete
//	D-3                    verify
//	V-5                    delete S/MIME
//	E-2                    export, register S/MIME (multipart)
//	S-1                    renew
//	jobs, faxes in memory  pages of the status monitor
//	log out                log out
//
// Nothing is pressed for M-2 to M-5, W-2, W-3, G-5, R-6, D-2, V-1 to V-4, E-1, B-1
// and A-1: they are decisions, or work elsewhere. The [Restart] on the page
// after a SCEP request is not used: R-5 does it.
package browsertest
