package wording

// Question asks whether to change a device: what it costs, and what cannot be undone.
// The answer that goes ahead is "yes" in every language.
func (l Lang) Question(url string, restarts int, deleted []string, mail bool) string {
	text := l.say("This changes %s.", url)
	switch {
	case restarts == 1:
		text += l.say(" The device restarts once, and nobody can print meanwhile.")
	case restarts > 1:
		text += l.say(" The device restarts %d times, and nobody can print meanwhile.", restarts)
	}
	if len(deleted) > 0 {
		text += l.say(" There is no way back to the keys that are deleted: %s.", l.And(deleted))
	}
	if mail {
		text += l.say(" Mail encrypted for the old device signature can no longer be read at the device.")
	}
	return text + "\n" + l.say("Go ahead? Type yes, or anything else to leave all as it is:") + " "
}
