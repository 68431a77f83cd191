// Package strangers is the home of stand-ins for devices whose makers had the
// published facts and the advisory, and had never seen this library, its
// simulated device, or each other's work: iR-ADV devices in advfleet, small
// models in smallfleet. They are for tests, as evidence that the library knows
// devices by what is published. A stranger is mended only where it contradicts
// the facts, never to please the library.
//
// [Single] are those with a package of their own. The tests here ask what each finds fault
// with, and whether what it says of its keys is so.
package strangers
