package remoteui

import "log/slog"

// redacted stands wherever a secret would have been printed.
const redacted = "[redacted]"

// Secret is a password, PIN or challenge. Every way of printing, logging or
// marshalling it yields a placeholder; [Secret.Reveal] alone gives the text.
// The zero value is the empty secret.
type Secret struct{ text string }

// NewSecret wraps text.
func NewSecret(text string) Secret { return Secret{text} }

// Reveal returns the text itself, for sending it where it belongs.
func (s Secret) Reveal() string { return s.text }

// Empty reports whether there is no secret.
func (s Secret) Empty() bool { return s.text == "" }

// String returns a placeholder.
func (Secret) String() string { return redacted }

// GoString returns a placeholder, for %#v.
func (Secret) GoString() string { return redacted }

// MarshalText returns a placeholder, for JSON and its like.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue returns a placeholder, for log/slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }
