// Package pseudo makes terminals for tests, on Linux.
package pseudo
