// Package browsertest is the referee of the page engine: headless Chromium
// does the same acts as package page, by real clicks and keys, on small pages
// (../page/testdata/corpus) and on the pages of simulated devices, and every
// request that it sends must be the one that our engine works out: method,
// address, fields in order, content type and bytes of the body.
//
// Chromium has to be installed (Debian: apt-get install chromium); without it
// the tests fail. It reaches nothing but loopback.
package browsertest
