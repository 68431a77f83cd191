// Package casrv speaks with the servers of CAs, for whoever has certificates
// issued by them or revoked: over https only, to the address given and nowhere
// else, with answers bounded and whatever a server says fit to be quoted.
//
// Nothing here knows what is asked; the packages that do put their names in
// front of the errors.
package casrv
