package rekey

import (
	"reflect"
	"testing"
	"time"
)

// A timeout that is zero has its default, one that is set is as set, and a negative
// one is refused; each by itself.
func TestTimeouts(t *testing.T) {
	t.Parallel()
	for i := range reflect.TypeFor[Timeouts]().NumField() {
		name := reflect.TypeFor[Timeouts]().Field(i).Name
		for _, tc := range []struct{ set, want time.Duration }{
			{0, time.Duration(reflect.ValueOf(defaultTimeouts).Field(i).Int())}, {7 * time.Second, 7 * time.Second}, {-1, 0},
		} {
			var o Options
			reflect.ValueOf(&o.Timeouts).Elem().Field(i).SetInt(int64(tc.set))
			c, err := o.begin()
			switch got := time.Duration(reflect.ValueOf(c.Timeouts).Field(i).Int()); {
			case (err != nil) != (tc.set < 0):
				t.Errorf("%s %v: error %v", name, tc.set, err)
			case err == nil && (got != tc.want || got <= 0):
				t.Errorf("%s %v: is %v, want %v", name, tc.set, got, tc.want)
			}
		}
	}
}
