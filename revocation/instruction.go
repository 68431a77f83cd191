package revocation

import "fmt"

// Instruction is how a person has a certificate revoked, as data for tasks and
// tickets. What is in it comes from certificates and is safe to print; nothing
// is secret.
//
// As JSON:
//
//	ca           string     what kind of CA: "ad-cs", "openssl", "" unknown
//	reason       string     of RFC 5280, such as "keyCompromise"
//	identifiers  [object]   label, value: all that tells the certificate, most telling first
//	commands     [object]   ca, purpose, shell, line (see Command); in this order
//	request      string     a letter to the CA's team, in English, with all of this
type Instruction struct {
	CA          string    `json:"ca"`
	Reason      Reason    `json:"reason"`
	Identifiers []Field   `json:"identifiers"`
	Commands    []Command `json:"commands,omitempty"`
	Request     string    `json:"request"`
}

// Command is one command line for a person.
type Command struct {
	// CA is the kind of CA that it is for: where that is unknown there are
	// commands for several.
	CA string `json:"ca"`
	// Purpose is "revoke", or "publish" for making the new revocation list known.
	Purpose string `json:"purpose"`
	// Shell is whose quoting the line has: "cmd" (Windows) or "sh".
	Shell string `json:"shell"`
	Line  string `json:"line"`
}

// ByHandError means that nothing was asked of a CA: a person must, as the
// instruction says.
type ByHandError struct {
	Instruction Instruction
}

// Error names the certificate and the first command.
func (e *ByHandError) Error() string {
	i := e.Instruction
	which := "it"
	if len(i.Identifiers) > 0 {
		which = fmt.Sprintf("the certificate (%s %s)", i.Identifiers[0].Label, i.Identifiers[0].Value)
	}
	if len(i.Commands) > 0 && i.CA != "" {
		return fmt.Sprintf("a person must have %s revoked: %s", which, i.Commands[0].Line)
	}
	return fmt.Sprintf("a person must ask the CA to revoke %s", which)
}
