// Package acceptance tests the library on whole devices: simulated ones of
// internal/simdevice, ones that others have written, and hostile ones. It has
// nothing but tests. What needs no device is tested beside the code.
//
// What devices take their time for is simulated: they are in memory, in bubbles of
// testing/synctest. On sockets and the real clock are the tests that are about these: a
// device that restarts at another port (TestRestarts), somebody in its place who makes
// TLS handshakes of his own (TestRestartWindow, TestOddCertificate), the servers of CAs
// (TestRevocationSeen, TestForgedCertificateRevokesNobody), what happens to a process,
// with the SIP port (TestProcessDeath, TestDiskFull, TestFIPSOnly), whatever has scripts
// compute (TestHostileDevices, TestManyDevices, a few of TestTurnsHostile), other
// devices (TestOtherDevices), and wrong passwords, which take no time.
//
// Flags of "go test ./internal/acceptance" widen what runs: -every-fault lets
// every fault happen at every request, -every-layout prints the whole matrix of
// families, languages and layouts, -every-newcomer meets every device with every
// case, -devices sets how many TestManyDevices assesses at once, and -family,
// -language and -layout run every test on one kind of device.
package acceptance
