package remoteui_test

import (
	"strings"
	"testing"

	"github.com/rekey-go/rekey/remoteui"
)

func TestParsePin(t *testing.T) {
	t.Parallel()
	const good = "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
	pin, err := remoteui.ParsePin(" " + good + "\n")
	if err != nil || pin.String() != good || pin.IsZero() {
		t.Errorf("ParsePin(%q) = %v, %v", good, pin, err)
	}
	for _, bad := range []string{"", "sha256//", "sha1//47DEQpj8", good[8:], good + "A", strings.Repeat("x", 1<<16), "sha256//47DEQpj8HBSa"} {
		if pin, err := remoteui.ParsePin(bad); err == nil || !pin.IsZero() {
			t.Errorf("ParsePin(%.40q) = %v, %v, want an error", bad, pin, err)
		} else if len(err.Error()) > 300 {
			t.Errorf("ParsePin(%.40q): error of %d bytes", bad, len(err.Error()))
		}
	}
}
