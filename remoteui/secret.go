package remoteui

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/rekey-go/rekey/internal/scrub"
)

// redacted stands wherever a secret would have been printed.
const redacted = scrub.Placeholder

// Secret is a password, PIN or challenge. Every way of printing, logging or
// marshalling it yields a placeholder, also where it lies in unexported fields
// of other values; [Secret.Reveal] alone gives the text. The zero value is the
// empty secret. Secrets cannot be compared.
type Secret struct {
	text func() string // what prints by reflection sees an address
}

// NewSecret wraps text.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{func() string { return text }}
}

// Reveal returns the text itself, for sending it where it belongs.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return s.text()
}

// Empty reports whether there is no secret.
func (s Secret) Empty() bool { return s.text == nil }

// Format writes a placeholder, whatever the verb and its flags.
func (Secret) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// String returns a placeholder.
func (Secret) String() string { return redacted }

// GoString returns a placeholder, for %#v.
func (Secret) GoString() string { return redacted }

// MarshalText returns a placeholder, for JSON and its like.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue returns a placeholder, for log/slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format writes which device the session is with, whatever the verb.
func (s *Session) Format(f fmt.State, _ rune) {
	if s == nil || s.t == nil {
		io.WriteString(f, "no session")
		return
	}
	fmt.Fprintf(f, "session with %s", s.t.host)
}

// Format writes where the page is, whatever the verb.
func (p Page) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "page %q", p.path)
}

// Format writes how much was recorded, whatever the verb.
func (r *Recorder) Format(f fmt.State, _ rune) {
	if r == nil {
		io.WriteString(f, "no recorder")
		return
	}
	h := r.lock()
	defer r.mu.Unlock()
	fmt.Fprintf(f, "recorder of %d requests", len(h.raw))
}
