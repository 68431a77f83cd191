package refusal

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"slices"
	"testing"
)

// What a record holds is what the standard's function says, also where it was
// asked for before; and it is made once.
func TestRecord(t *testing.T) {
	t.Parallel()
	r, err := New(Device{Host: "h"}, MinIterations, "user", "pw")
	if err != nil || r.Check() != nil {
		t.Fatal(err, r.Check())
	}
	want, err := pbkdf2.Key(sha256.New, "\x01h\x04user\x02pw", r.Salt, r.Iterations, sha256.Size)
	if err != nil || !slices.Equal(r.Hash, want) {
		t.Errorf("%x, %v, want %x", r.Hash, err, want)
	}
	other := r
	other.Salt = append(slices.Clone(r.Salt[1:]), r.Salt[0])
	more := r
	more.Iterations++
	elsewhere := r
	elsewhere.Host = "hu"
	for _, tc := range []struct {
		name  string
		r     Record
		parts []string
		want  bool
	}{
		{"the same", r, []string{"user", "pw"}, true}, {"another password", r, []string{"user", "pW"}, false},
		{"parts cut elsewhere", r, []string{"use", "rpw"}, false}, {"another salt", other, []string{"user", "pw"}, false},
		{"more iterations", more, []string{"user", "pw"}, false}, {"another host", elsewhere, []string{"user", "pw"}, false},
	} {
		for range 2 {
			if got, err := tc.r.Of(tc.parts...); got != tc.want || err != nil {
				t.Errorf("%s: %t, %v", tc.name, got, err)
			}
		}
	}
	made := len(known.done)
	if same, err := r.Of("user", "pw"); !same || err != nil || len(known.done) != made {
		t.Errorf("asked again: %t, %v, %d hashes made", same, err, len(known.done)-made)
	}
}
