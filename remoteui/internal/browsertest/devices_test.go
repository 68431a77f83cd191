package browsertest

import (
	"github.com/rekey-go/rekey/internal/simdevice"
)

// takes reports whether the device does the i-th of several parts that are
// alike: every other one, in a sample. In each family and for each part some
// device does it.
func (w *twins) takes(i int) bool { return *every || (uint64(i)+w.cfg.Seed)%2 == 0 }

// devices are those that the procedures are done on: every family with every
// login in every language, or a sample of them that has every language in both
// families, every login, both ways to restart, and frames.
func devices() []simdevice.Config {
	type C = simdevice.Config
	if !*every {
		return []C{
			{Seed: 1, Language: "zh-TW", Family: simdevice.FamilyAdvance, Login: simdevice.LoginUserName},
			{Seed: 2, Language: "en", Family: simdevice.FamilyAdvance, Login: simdevice.LoginRSAChallenge, Layout: simdevice.Layout{Frames: simdevice.Yes}},
			{Seed: 3, Language: "ja", Family: simdevice.FamilyAdvance, Login: simdevice.LoginDepartmentID, ExpiredPassword: true},
			{Seed: 4, Language: "zh-TW", Family: simdevice.FamilySmall, Login: simdevice.LoginManager, Layout: simdevice.Layout{RestartItem: simdevice.Yes}},
			{Seed: 5, Language: "en", Family: simdevice.FamilySmall, Login: simdevice.LoginNotNecessary, Layout: simdevice.Layout{RestartItem: simdevice.No}},
			{Seed: 6, Language: "ja", Family: simdevice.FamilySmall, Login: simdevice.LoginPIN},
		}
	}
	var all []C
	for n := range *seeds {
		for _, lang := range []string{"zh-TW", "en", "ja"} {
			for family, logins := range map[simdevice.Family][]simdevice.LoginKind{
				simdevice.FamilyAdvance: {simdevice.LoginDepartmentID, simdevice.LoginUserName, simdevice.LoginRSAChallenge, simdevice.LoginNotNecessary},
				simdevice.FamilySmall:   {simdevice.LoginManager, simdevice.LoginPIN, simdevice.LoginNotNecessary},
			} {
				for _, login := range logins {
					cfg := C{Seed: 100*n + uint64(len(all)) + 1, Language: lang, Family: family, Login: login}
					if family == simdevice.FamilyAdvance && len(all)%2 == 0 {
						cfg.Layout.Frames = simdevice.Yes
					}
					all = append(all, cfg)
				}
			}
		}
	}
	return all
}
