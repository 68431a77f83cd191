package wording

import (
	"fmt"

	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/usage"
)

// classes are the ways to end, in words.
var classes = map[string]string{
	"done":        "done and verified, or nothing to do",
	"planned":     "a plan was made, and nothing was changed",
	"usage":       "wrong usage",
	"firmware":    "update the firmware first",
	"login":       "the login was refused, or the device is not known",
	"page":        "the device could not be understood",
	"failed":      "failed",
	"drift":       "the device changed since it was looked at",
	"decision":    "something was withheld: a decision is missing",
	"unreachable": "the device cannot be reached, or sleeps",
	"waiting":     "something is waited for",
	"locked":      "another run works on the device",
	"policy":      "the device does not allow it",
	"unverified":  "what was done could not be verified",
	"certificate": "a certificate is not as it was ordered",
	"declined":    "nobody agreed",
	"state":       "a file of the state directory cannot be used",
	"interrupted": "interrupted at a safe point",
}

// classNext is what to do after each; empty where that depends on more.
var classNext = map[string]string{
	"firmware":    "update the firmware, then run again.",
	"login":       "correct the login, or say which device it is; nothing that was refused is sent again.",
	"page":        "give the language of its pages, or a profile; docs/survey.md says how to report the device.",
	"failed":      "look at the error, and at the device; running again is safe.",
	"drift":       "plan again: what was planned is out of date (a run without a kept plan does that by itself).",
	"decision":    "decide what the reasons ask for, then run again.",
	"unreachable": "see that the device is on, awake and connected; try again later.",
	"waiting":     "run the same again later: it goes on from there.",
	"locked":      "wait for the other run to end, then run again.",
	"policy":      "look at the device's security policy, and whether a job is running; then run again.",
	"unverified":  "look at the device: the old key was kept; running again is safe.",
	"certificate": "have the certificate issued as ordered, then run again.",
	"declined":    "run again and agree.",
	"state":       "repair the file from a copy, or move it away, then run again.",
	"interrupted": "run the same again: it looks where things stand.",
}

// Class is a way to end in words.
func (l Lang) Class(class string) string { return l.say(classes[class]) }

// Ending is how a program ended, and what to do next.
func (l Lang) Ending(code int, class string) string {
	text := l.say("Exit code %d: %s.", code, l.Class(class))
	if next := classNext[class]; next != "" {
		if translations[string(l)] == nil {
			text += " "
		}
		text += l.say("Next: %s", l.say(next))
	}
	return text
}

// Usage is the name of a usage, with the policy of IPSec.
func (l Lang) Usage(use, policy string) string {
	name := l.say(usage.Of(keys.Use(use)).Title)
	if policy == "" {
		return name
	}
	if l == "zh-TW" || l == "ja" {
		return fmt.Sprintf("%s「%s」", name, policy)
	}
	return fmt.Sprintf("%s “%s”", name, policy)
}
