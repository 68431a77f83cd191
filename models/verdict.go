package models

import "fmt"

// Verdict is what the advisory says of a model and its controller version.
// The zero value is Unlisted: it says nothing.
type Verdict uint8

const (
	// Unlisted: the table does not hold the model. Not the same as safe.
	Unlisted Verdict = iota
	// Vulnerable: the version is in the model's range. The firmware still makes
	// weak keys; update it before generating any.
	Vulnerable
	// Fixed: the version is above the range. Keys made before the update may
	// still be weak.
	Fixed
	// Older: the version is below the range. The advisory says nothing of it.
	Older
	// UnknownRange: the table holds the model but not its range, and the version
	// is not in the one that we infer. // M-4
	UnknownRange
)

// verdictNames is the spelling of reports and JSON.
var verdictNames = [...]string{
	Unlisted: "unlisted", Vulnerable: "vulnerable", Fixed: "fixed", Older: "older", UnknownRange: "unknown-range",
}

// String returns "vulnerable", "fixed", "older", "unlisted" or "unknown-range".
func (v Verdict) String() string {
	if int(v) < len(verdictNames) {
		return verdictNames[v]
	}
	return fmt.Sprintf("Verdict(%d)", uint8(v))
}

// MarshalText returns what String returns. A value that is none of the
// constants is an error.
func (v Verdict) MarshalText() ([]byte, error) {
	if int(v) >= len(verdictNames) {
		return nil, fmt.Errorf("models: %v is not a verdict", v)
	}
	return []byte(v.String()), nil
}

// UnmarshalText accepts exactly what MarshalText returns.
func (v *Verdict) UnmarshalText(text []byte) error {
	for i, name := range verdictNames {
		if string(text) == name {
			*v = Verdict(i)
			return nil
		}
	}
	return fmt.Errorf("models: %.20q is not a verdict: want one of %q", text, verdictNames)
}
