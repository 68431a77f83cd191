package deviceinfo

import "testing"

// The model stands in the titles that are published, whatever their language and
// blanks.
func TestModelFromTitle(t *testing.T) {
	t.Parallel()
	for title, want := range map[string]string{
		"User Authentication : iR-ADV C3530 : iR-ADV C3530":           "iR-ADV C3530",
		"User Authentication :\u00a0iR-ADV\u00a0C3530 : iR-ADV C3530": "iR-ADV C3530",
		"Default Authentication : Login : iR-ADV C356":                "iR-ADV C356",
		"Remote UI: Login: iR1643i II: iR1643i II":                    "iR1643i II",
		"Remote UI: Portal: MF632C/634C: MF632C/634C":                 "MF632C/634C",
		"리모트 UI: 로그인:MF633C/635C:MF633C/635C":                         "MF633C/635C",
		"Удаленный ИП: Вход: MF460 Series: MF460 Series":              "MF460 Series",
		"リモートUI：ログイン：iR2425：iR2425":                                   "iR2425",
		"Remote UI<Top page>: iR2530":                                 "iR2530",
		"Login":                                                       "",
	} {
		if got := findModel(titleParts(title)); got != want {
			t.Errorf("%q: %q, want %q", title, got, want)
		}
	}
}
