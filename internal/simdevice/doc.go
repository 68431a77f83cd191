// Package simdevice is the simulated device of remoteui/remoteuitest, which
// says what it is for and where it guesses, with all that only our own tests
// turn: what pages look like, rules, invariants.
//
// Every rule the device enforces is a [Rule] that [Config.Broken] switches
// off, one at a time, to see the library notice. Every request is followed by
// a check of what must hold whoever operates the device (an [Invariant]).
// [Layout] forces what is otherwise drawn from [Config.Seed]. What no public
// document says is a switch of [Config] where programs may depend on it.
package simdevice
