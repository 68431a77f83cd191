package models

import (
	"fmt"
	"strings"
)

// Assessment is what the table says of one device.
type Assessment struct {
	Verdict Verdict `json:"verdict"`
	// Row is the listed model, or the zero value if Verdict is Unlisted.
	Row Row `json:"row,omitzero"`
	// Version is the controller version as it was read; the zero value if the
	// model is unlisted and the version unreadable.
	Version Version `json:"version,omitzero"`
	// Relatives names the nearest listed models if Verdict is Unlisted, at most
	// eight, in the order of the table. It may be empty.
	Relatives []string `json:"relatives,omitempty"`
	// Reason says in a sentence or two, in English, why and what follows.
	Reason string `json:"reason"`
}

// Assess looks a device up by its model name and controller version, both as
// the device prints them.
//
// An unlisted model is a verdict, not an error, whatever its version. For a
// listed model a version that cannot be read is a [*VersionError]; the
// assessment then holds the row, and its verdict is meaningless.
func Assess(model, version string) (Assessment, error) {
	row, listed := Match(model)
	v, err := ParseVersion(version)
	if !listed {
		near := relatives(model)
		return Assessment{Version: v, Relatives: near, Reason: unlistedReason(model, near)}, nil
	}
	if err != nil {
		return Assessment{Row: row}, err
	}
	a := Assessment{Row: row, Version: v, Verdict: row.verdict(v)}
	a.Reason = a.listedReason()
	return a, nil
}

// verdict places a version in the row's range, both ends included. // M-4, M-5
func (r Row) verdict(v Version) Verdict {
	below, above := v.Compare(r.From) < 0, v.Compare(r.To) > 0
	switch {
	case !below && !above:
		return Vulnerable
	case r.Source == Inferred:
		return UnknownRange
	case above:
		return Fixed
	default:
		return Older
	}
}

func (a Assessment) listedReason() string {
	span := fmt.Sprintf("%s: firmware %s to %s makes weak keys", a.Row.Name, a.Row.From, a.Row.To)
	if a.Row.Source == Inferred {
		span += " (inferred: the advisory's table leaves the range empty)"
	}
	switch a.Verdict {
	case Vulnerable:
		return fmt.Sprintf("%s, and the device runs %s. Update the firmware first: keys generated now would be weak again.", span, a.Version)
	case Fixed:
		return fmt.Sprintf("%s; the device runs the newer %s. Keys made before the update may still be weak.", span, a.Version)
	case Older:
		return fmt.Sprintf("%s; the device runs the older %s, of which the advisory says nothing. The keys themselves decide.", span, a.Version)
	default:
		return fmt.Sprintf("%s; the device runs %s, outside of it. The keys themselves decide.", span, a.Version)
	}
}

func unlistedReason(model string, near []string) string {
	reason := "The advisory does not list this model"
	if text, ok := clean(model, maxNameLen); ok {
		reason = fmt.Sprintf("The advisory does not list the model %q", excerpt(text))
	}
	if len(near) > 0 {
		reason += " (it lists " + strings.Join(near, ", ") + ")"
	}
	return reason + ". That is no statement of safety: the keys themselves decide."
}
