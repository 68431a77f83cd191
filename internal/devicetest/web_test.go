package devicetest_test

import (
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

// Identifiers and tokens have the length that was asked for, and are others each time.
func TestRandomTexts(t *testing.T) {
	t.Parallel()
	id, token := regexp.MustCompile(`^[0-9a-f]{32}$`), regexp.MustCompile(`^[1-9][0-9]{18}$`)
	seen := map[string]bool{}
	for range 50 {
		a, b := devicetest.Hex(16), devicetest.Decimal(19)
		if !id.MatchString(a) || !token.MatchString(b) || seen[a] || seen[b] {
			t.Errorf("%q, %q", a, b)
		}
		seen[a], seen[b] = true, true
	}
}

// What a test does not choose, what a page's headers say, and how a name is written.
func TestCommon(t *testing.T) {
	t.Parallel()
	now := func() time.Time { return time.Unix(1, 0) }
	if c := (devicetest.Config{}).OrDefault(); c.Now == nil || c.RestartTime != 700*time.Millisecond {
		t.Errorf("%+v", c)
	}
	if c := (devicetest.Config{Now: now, RestartTime: 1}).OrDefault(); !c.Now().Equal(now()) || c.RestartTime != 1 {
		t.Errorf("%+v", c)
	}
	h := http.Header{}
	devicetest.Unkept(h)
	if len(h) != 5 || h.Get("X-Frame-Options") != "DENY" || h.Get("Pragma") != "no-cache" {
		t.Errorf("%v", h)
	}
	for want, n := range map[string][6]string{
		"":                                {},
		"CN=mfp":                          {5: "mfp"},
		"C=TW, O=Example, CN=mfp":         {0: "TW", 3: "Example", 5: "mfp"},
		"C=A, ST=B, L=C, O=D, OU=E, CN=F": {"A", "B", "C", "D", "E", "F"},
	} {
		if got := devicetest.NameText(devicetest.Subject(n[0], n[1], n[2], n[3], n[4], n[5])); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
