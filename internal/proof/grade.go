package proof

import "fmt"

// Grade says how a successor was proved in use. Grades are ordered: a higher
// one proves more, so they may be compared with <. The zero value is no grade.
type Grade uint8

const (
	// Bound: after a restart that positively happened, in a new session, the
	// usage's page names the successor, its function is still on, and the key
	// list gives the successor that usage and the old key none.
	Bound Grade = iota + 1
	// Peer: the caller's own verifier saw the successor at work.
	Peer
	// Served: a fresh handshake was made in which the device proved that it
	// holds the successor's private key.
	Served
)

var gradeNames = [...]string{Bound: "bound", Peer: "peer", Served: "served"}

// Valid reports whether g is one of the three grades.
func (g Grade) Valid() bool { return g >= Bound && g <= Served }

// String is "bound", "peer" or "served", and "none" for the zero value.
func (g Grade) String() string {
	switch {
	case g == 0:
		return "none"
	case g.Valid():
		return gradeNames[g]
	}
	return fmt.Sprintf("Grade(%d)", uint8(g))
}

// MarshalText writes the grade as [Grade.String] does; the zero value is "".
func (g Grade) MarshalText() ([]byte, error) {
	switch {
	case g == 0:
		return nil, nil
	case g.Valid():
		return []byte(gradeNames[g]), nil
	}
	return nil, fmt.Errorf("proof: %v is no grade", g)
}

// UnmarshalText reads what [Grade.MarshalText] writes.
func (g *Grade) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*g = 0
		return nil
	}
	for v := Bound; v <= Served; v++ {
		if string(text) == gradeNames[v] {
			*g = v
			return nil
		}
	}
	return fmt.Errorf("proof: unknown grade %.20q (want served, peer or bound)", text)
}
