package remoteui

import (
	"encoding/hex"
	"net"

	"github.com/rekey-go/rekey/internal/refusal"
)

// DeviceID is what tells a device apart from others when a refused credential is
// remembered: one that is called by its name today, and was by its address
// yesterday, is the same. Fields that are not known are empty.
type DeviceID struct {
	Host string // as the caller names it, in lower case
	Port string
	Addr string   // the IP address that was connected to
	Key  SPKIHash // of the certificate that it presented
}

// CredentialMemory remembers over runs which credentials a device refused, so
// that none is ever sent twice. Implementations keep no password in a form
// that could be read back.
type CredentialMemory interface {
	// Refused reports whether the device refused this credential before.
	Refused(d DeviceID, c Credentials) (bool, error)
	// Remember records a refusal; it is called before anything else happens.
	Remember(d DeviceID, c Credentials) error
}

// deviceID is whom the session is with.
func (s *Session) deviceID() DeviceID {
	id := DeviceID{Host: s.t.host}
	if s.entry != nil {
		if _, port, err := net.SplitHostPort(hostPort(s.entry)); err == nil {
			id.Port = port
		}
	}
	if addr, ok := s.t.peer.Load().(string); ok {
		id.Addr = addr
	}
	if leaf := s.Certificate(); leaf != nil {
		id.Key = HashSPKI(leaf)
	}
	return id
}

// peerAddress is the IP address of a connection, empty if it has none.
func peerAddress(conn net.Conn) string {
	if a, ok := conn.RemoteAddr().(*net.TCPAddr); ok {
		return a.IP.String()
	}
	return ""
}

// processMemory is that of sessions without one of their own.
type processMemory struct{}

func (processMemory) Refused(d DeviceID, c Credentials) (bool, error) {
	for _, r := range refusal.Process.Of(d.refusal()) {
		if same, err := r.Of(c.parts()...); same || err != nil {
			return same, err
		}
	}
	return false, nil
}

func (processMemory) Remember(d DeviceID, c Credentials) error {
	r, err := refusal.New(d.refusal(), refusal.MinIterations, c.parts()...)
	if err == nil {
		refusal.Process.Add(r, nil)
	}
	return err
}

func (d DeviceID) refusal() refusal.Device {
	of := refusal.Device{Host: d.Host, Port: d.Port, Addr: d.Addr}
	if !d.Key.IsZero() {
		of.SPKI = hex.EncodeToString(d.Key[:])
	}
	return of
}

// parts are what a credential consists of.
func (c Credentials) parts() []string {
	return []string{c.UserName, c.DepartmentID, c.Password.Reveal(), c.Destination}
}
