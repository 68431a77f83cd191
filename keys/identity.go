package keys

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/rekey-go/rekey/internal/printed"
	"github.com/rekey-go/rekey/internal/proof"
	"github.com/rekey-go/rekey/remoteui"
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

// Same reports whether the page is that of the key of which it was recorded what its
// page showed: by a thumbprint, which decides alone, or, where there is none, because
// every field that tells keys apart is as it was. What a page says beside that, of
// settings that wait for a restart say, tells nothing.
func (d *Details) Same(recorded []remoteui.Pair) bool {
	shown := make([]proof.Shown, len(recorded))
	for i, f := range recorded {
		shown[i] = proof.Shown(f)
	}
	why, known := d.identify(shown)
	return known && why == ""
}

// differs says why the page is not that of the key of which it was recorded
// what its page showed; empty if it is, or nothing can be said: see [Details.Same].
func (d *Details) differs(recorded []proof.Shown) string {
	why, _ := d.identify(recorded)
	return why
}

// identify says why a page is of another key; known is false if none of the fields is
// there by which it could be told.
func (d *Details) identify(recorded []proof.Shown) (why string, known bool) {
	now := map[string][]string{}
	for _, f := range d.Fields {
		now[f.Label] = append(now[f.Label], squeezed(f.Value))
	}
	common := false
	for _, f := range recorded {
		values := now[f.Label]
		same := false
		for i, v := range values { // a label may be there twice: in its order
			if same = v == squeezed(f.Value); same {
				now[f.Label] = append(values[:i:i], values[i+1:]...)
				break
			}
		}
		known = known || len(values) > 0 && (isPrint(f.Value) || telling(f.Value))
		common = common || len(values) > 0
		switch {
		case isPrint(f.Value) && same:
			return "", true
		case isPrint(f.Value):
			return differing(f, values), true
		case !same && why == "" && telling(f.Value):
			why = differing(f, values)
		}
	}
	if !common {
		return "", false
	}
	return why, known
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
