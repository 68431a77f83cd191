// Package models answers whether a device's firmware still makes the weak RSA
// keys of CVE-2022-26320: the table of Canon's advisory, row by row with its
// source, the matching of model names as devices and people spell them, and
// the comparison of controller versions.
//
// [Assess] is the whole answer. The package never guesses: a name that it
// cannot read completely, or that the table does not hold, is Unlisted, which
// means that the advisory says nothing and only the keys themselves can tell.
package models
