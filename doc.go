// Package rekey replaces the RSA keys that Canon multifunction devices made
// with a flawed crypto library (CVE-2022-26320).
package rekey
