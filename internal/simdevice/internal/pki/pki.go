// Package pki makes the key material of the simulated device: RSA keys as the
// flawed crypto library made them (CVE-2022-26320), sound RSA keys and ECDSA
// keys, all reproducible from a seed.
//
// The standard library's key generators ignore a caller's random source, so
// the package searches its own primes. Searching takes a quarter of a second
// for 2048 bits; [Pool] therefore hands out keys from an embedded table first.
//
// The keys are for tests. Everybody can read their primes in this repository.
package pki

//go:generate go run ./genpool -out primes.txt
