//go:build !unix

package durable

const nonBlocking = 0 // there are no pipes with names in directories
