// Package acceptance tests the library on whole devices: simulated ones of
// internal/simdevice, ones that others have written, and hostile ones. It has
// nothing but tests. What needs no device is tested beside the code.
//
// Flags of "go test ./internal/acceptance" widen what runs: -every-fault lets
// every fault happen at every request, -every-layout prints the whole matrix of
// families, languages and layouts, -every-newcomer meets every device with every
// case, -devices sets how many TestManyDevices assesses at once, and -family,
// -language and -layout run every test on one kind of device.
package acceptance
