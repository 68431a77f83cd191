package browsertest

import (
	"github.com/rekey-go/rekey/remoteui/remoteuitest"
)

// takes reports whether the device does the i-th of several parts that are
// alike: every other one, in a sample. In each family and for each part some
// device does it.
func (w *twins) takes(i int) bool { return *every || (uint64(i)+w.cfg.Seed)%2 == 0 }

// devices are those that the procedures are done on: every family with every
// login in every language, or a sample of them that has every language in both
// families, every login, both ways to restart, and frames.
func devices() []remoteuitest.Config {
	type C = remoteuitest.Config
	if !*every {
		return []C{
			{Seed: 1, Language: "zh-TW", Family: remoteuitest.FamilyAdvance, Login: remoteuitest.LoginUserName},
			{Seed: 2, Language: "en", Family: remoteuitest.FamilyAdvance, Login: remoteuitest.LoginRSAChallenge, Layout: remoteuitest.Layout{Frames: remoteuitest.Yes}},
			{Seed: 3, Language: "ja", Family: remoteuitest.FamilyAdvance, Login: remoteuitest.LoginDepartmentID, ExpiredPassword: true},
			{Seed: 4, Language: "zh-TW", Family: remoteuitest.FamilySmall, Login: remoteuitest.LoginManager, Layout: remoteuitest.Layout{RestartItem: remoteuitest.Yes}},
			{Seed: 5, Language: "en", Family: remoteuitest.FamilySmall, Login: remoteuitest.LoginNotNecessary, Layout: remoteuitest.Layout{RestartItem: remoteuitest.No}},
			{Seed: 6, Language: "ja", Family: remoteuitest.FamilySmall, Login: remoteuitest.LoginPIN},
		}
	}
	var all []C
	for n := range *seeds {
		for _, lang := range []string{"zh-TW", "en", "ja"} {
			for family, logins := range map[remoteuitest.Family][]remoteuitest.LoginKind{
				remoteuitest.FamilyAdvance: {remoteuitest.LoginDepartmentID, remoteuitest.LoginUserName, remoteuitest.LoginRSAChallenge, remoteuitest.LoginNotNecessary},
				remoteuitest.FamilySmall:   {remoteuitest.LoginManager, remoteuitest.LoginPIN, remoteuitest.LoginNotNecessary},
			} {
				for _, login := range logins {
					cfg := C{Seed: 100*n + uint64(len(all)) + 1, Language: lang, Family: family, Login: login}
					if family == remoteuitest.FamilyAdvance && len(all)%2 == 0 {
						cfg.Layout.Frames = remoteuitest.Yes
					}
					all = append(all, cfg)
				}
			}
		}
	}
	return all
}
