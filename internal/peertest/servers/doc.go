// Package servers holds tests against real CA servers on the loopback
// interface: step-ca and micromdm's scepserver, with OpenSSL as the judge of
// every message and certificate. It is a module of its own, because these
// servers need hundreds of modules that the library must not.
package servers
