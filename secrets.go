package rekey

import (
	"encoding/json"
	"reflect"

	"github.com/rekey-go/rekey/internal/scrub"
)

// clean takes the secrets of the run out of the text of an error.
func (o *call) clean(err error) error { return o.secrets.Error(err) }

// needs returns the scrubber if a value holds a secret, else nil: most values are
// shown as they are. What is planned and done rests on what the device says.
func needs[T any](s *scrub.Scrubber, v T) *scrub.Scrubber {
	if reflect.DeepEqual(scrub.Value(s, v), v) {
		return nil
	}
	return s
}

// MarshalJSON leaves out the secrets that the device quoted. A plan made of an
// assessment that held one is refused: it names what is not there.
func (a Assessment) MarshalJSON() ([]byte, error) {
	type fields Assessment
	return json.Marshal(fields(scrub.Value(a.secrets, a)))
}

// MarshalJSON leaves out the secrets that the device quoted; such a plan can be
// applied as it is, and not once it was read back.
func (p Plan) MarshalJSON() ([]byte, error) {
	type fields Plan
	return json.Marshal(fields(scrub.Value(p.secrets, p)))
}
