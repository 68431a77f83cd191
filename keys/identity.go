package keys

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/rekey-go/rekey/internal/printed"
	"github.com/rekey-go/rekey/internal/proof"
)

// OtherKeyError means that the key in the list is not the one that was meant:
// somebody has deleted that, and made another under its name. It was left alone.
type OtherKeyError struct {
	Name string
	Why  string // what its details page says otherwise
}

func (e *OtherKeyError) Error() string {
	return fmt.Sprintf("key %q is another one than was recorded (%s): somebody made it anew under that name; it was left alone", e.Name, e.Why)
}

// differs says why the page is not that of the key of which it was recorded
// what its page showed; empty if it is. A thumbprint decides alone. Without one
// every field that tells keys apart has to be as it was. Where the page has none
// of the fields, nothing can be said.
func (d *Details) differs(recorded []proof.Shown) string {
	now := map[string][]string{}
	for _, f := range d.Fields {
		now[f.Label] = append(now[f.Label], squeezed(f.Value))
	}
	common, why := false, ""
	for _, f := range recorded {
		values := now[f.Label]
		same := false
		for i, v := range values { // a label may be there twice: in its order
			if same = v == squeezed(f.Value); same {
				now[f.Label] = append(values[:i:i], values[i+1:]...)
				break
			}
		}
		common = common || len(values) > 0
		switch {
		case isPrint(f.Value) && same:
			return ""
		case isPrint(f.Value):
			return differing(f, values)
		case !same && why == "" && telling(f.Value):
			why = differing(f, values)
		}
	}
	if !common {
		return ""
	}
	return why
}

func differing(f proof.Shown, values []string) string {
	if len(values) == 0 {
		return fmt.Sprintf("%q was %q, and is not shown any more", f.Label, clip(f.Value))
	}
	return fmt.Sprintf("%q was %q, and is %q", f.Label, clip(f.Value), clip(values[0]))
}

func squeezed(s string) string { return strings.Join(strings.Fields(s), " ") }

// isPrint reports whether a value is a thumbprint, or as good as one: a serial
// number of 20 octets.
func isPrint(value string) bool {
	v := printed.Compact(value)
	_, err := hex.DecodeString(v)
	return err == nil && (len(v) == 40 || len(v) == 64)
}

// telling reports whether a value is one by which keys differ: a number, a day,
// a name. What a key is used for, or whether it was checked, may change.
func telling(value string) bool { return strings.ContainsAny(value, "0123456789=") }
