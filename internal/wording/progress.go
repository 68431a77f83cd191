package wording

import (
	"strings"
	"time"
)

// More is the line of several steps of a kind: the first, and how many follow.
func (l Lang) More(first string, more int) string {
	if more == 0 {
		return l.Sentence(first)
	}
	return l.say("%[1]s, and %[2]d more", l.Sentence(first), more)
}

// Ended is the line of steps of a kind that ended otherwise than done. What the first
// of them says by itself is not said again.
func (l Lang) Ended(first string, more int, how string) string {
	what := l.More(first, more)
	how = strings.TrimPrefix(how, "skipped: ") // the reason says it
	how = strings.TrimPrefix(withoutEchoes(first+": "+how), first+": ")
	return l.say("%[1]s: %[2]s", what, l.Sentence(how))
}

// Note is something worth a remark.
func (l Lang) Note(text string) string { return l.say("note: %s", l.Sentence(text)) }

// Lasting says how long something takes, and how long it took the last time, if
// that is known.
func (l Lang) Lasting(now, before time.Duration) string {
	now, before = now.Truncate(time.Second), before.Truncate(time.Second)
	if before > 0 {
		return l.say("%[1]s of about %[2]s", l.duration(now), l.duration(before))
	}
	return l.duration(now)
}

// Successor asks whether a key that a device presents is the one at its panel.
func (l Lang) Successor(device, key, compared, sha1, sha256 string) string {
	return l.say("%s now presents a key that may be the new one, “%s”. Its pages show nothing that proves it; what they show agrees (%s), and anybody on the way could copy that. The password has not been sent to it.",
		device, key, compared) + "\n" +
		l.say("At the device's panel open Management Settings > Device Management > Certificate Settings > Key and Certificate List, and compare the thumbprint of the key's certificate:") +
		"\n  SHA-1    " + sha1 + "\n  SHA-256  " + sha256 + "\n" +
		l.say("Is it the same? Type yes, or anything else to stop here:") + " "
}
