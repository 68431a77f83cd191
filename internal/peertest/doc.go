// Package peertest holds tests against real programs in the place of what a
// device talks to. They run where the programs are installed and are skipped,
// saying so, elsewhere.
package peertest
