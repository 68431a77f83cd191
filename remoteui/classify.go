package remoteui

import (
	"slices"
	"strings"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// Errors come as pages with status 200. Only their English texts are public;
// in other languages such a page is recognised by what it lacks, which is why
// [Session.Walk] logs in anew once before it gives up on a label.
var lostTexts = []string{
	"cannot open this page",
	"cannot display the specified page",
	"authentication information has been updated",
	"session has expired",
	"certification has been updated or has expired",
	"don't open this page",
}

// lostReason tells whether a page, got while logged in, means that the session
// is gone; empty if not.
func (s *Session) lostReason(p *page.Page) string {
	if s.form != nil {
		if l := findLogin(p, s.words, s.form); l != nil {
			return "the device shows its login form again (" + l.kind.name + ")"
		}
		if s.isOutside(p) {
			return "the device shows its start page as before the login"
		}
	}
	text := strings.ToLower(p.Title() + "\n" + clip(p.Text(), 2000))
	for _, t := range lostTexts {
		if strings.Contains(text, t) {
			return "the device says " + t
		}
	}
	return ""
}

// lockWords are stems by which a page says that logging in is locked. No
// public source shows such a page: a word that is missing here makes a lock
// look like a refusal, which is treated with the same care.
var lockWords = []string{"locked out", "locked", "lockout", "ロックアウト", "ロックされ", "鎖定", "锁定", "잠겼", "잠금", "gesperrt", "bloccat", "bloquead", "verrouill"}

// lockText returns the line of a refused login's page that speaks of a lock.
func lockText(text string) string {
	for line := range strings.Lines(text) {
		low := strings.ToLower(line)
		if slices.ContainsFunc(lockWords, func(w string) bool { return strings.Contains(low, w) }) {
			return clip(line, 200)
		}
	}
	return ""
}
