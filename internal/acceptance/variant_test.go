package acceptance_test

import (
	"flag"
	"hash/fnv"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/internal/race"
	"github.com/rekey-go/rekey/internal/simdevice"
)

// What a test does not say about its device is chosen by the test's name and
// seed, so that the behaviour tests together run over families, languages and
// layouts; these flags run them all on one of each.
var (
	onFamily   = flag.String("family", "", "run every test whose device has no family of its own on `ir-adv` or small-mf")
	onLanguage = flag.String("language", "", "run every test whose device has no language of its own in `zh-TW`, en or ja")
	onLayout   = flag.String("layout", "", "run every test whose device has no layout of its own on one of those of TestMatrix")
)

var (
	families  = []simdevice.Family{simdevice.FamilyAdvance, simdevice.FamilySmall}
	languages = []string{"zh-TW", "en", "ja"}
)

// varied fills in what a configuration leaves open.
func varied(t *testing.T, cfg simdevice.Config) simdevice.Config {
	t.Helper()
	name, _, _ := strings.Cut(t.Name(), "/")
	h := fnv.New32a()
	h.Write([]byte(name))
	n := int(h.Sum32()>>3%97) + int(cfg.Seed)
	if cfg.Family == "" && fitsAnyFamily(cfg) {
		cfg.Family = families[n%2]
		if *onFamily != "" {
			cfg.Family = simdevice.Family(*onFamily)
		}
	}
	if cfg.Language == "" {
		cfg.Language = languages[n/2%3]
		if *onLanguage != "" {
			cfg.Language = *onLanguage
		}
	}
	switch {
	case cfg.Layout != (simdevice.Layout{}):
	case *onLayout != "":
		cfg.Layout = layoutNamed(t, *onLayout)
	case race.Enabled:
		cfg.Layout = plain()
	}
	return cfg
}

// fitsAnyFamily tells whether a configuration asks for nothing that one family
// only has.
func fitsAnyFamily(cfg simdevice.Config) bool {
	return cfg.Model == "" && cfg.Version == "" && (cfg.Login == "" || cfg.Login == simdevice.LoginNotNecessary) &&
		!cfg.ExpiredPassword && !cfg.OneTimeCode && len(cfg.LoginDestinations) == 0
}
