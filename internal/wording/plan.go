package wording

import (
	"fmt"
	"strings"
)

// Plan is a plan as far as people read it.
type Plan struct {
	Device, Controller, URL string
	Usages                  []Usage // Planned, Withheld or Stays
	Keys, Left              int     // old ones to be replaced, and those that only have to go
	Restarts                int
	Empty                   bool     // nothing is to be done
	Steps, Notices          []string // in their order, in the library's words
}

// Summary says in a sentence what the plan comes to.
func (p *Plan) Summary(l Lang) string {
	withheld := 0
	for _, u := range p.Usages {
		if u.State == Withheld {
			withheld++
		}
	}
	text := l.count(p.Keys, "%d key to replace", "%d keys to replace")
	if p.Left > 0 {
		left := l.count(p.Left, "%d old key to delete", "%d old keys to delete")
		if text = l.say("%[1]s, %[2]s", text, left); p.Keys == 0 {
			text = left
		}
	}
	text = l.say("%[1]s, %[2]s", text, l.count(p.Restarts, "%d restart", "%d restarts"))
	switch {
	case p.Empty && withheld > 0:
		text = l.say("nothing can be done now")
	case p.Empty:
		text = l.say("nothing to do")
	}
	if withheld > 0 {
		text += l.say("; %s", l.count(withheld, "%d usage would be withheld", "%d usages would be withheld"))
	}
	return l.say("Plan: %s.", text)
}

// Brief is the plan in as few lines as say what happens to each key; the report
// that follows says the rest.
func (p *Plan) Brief(o Options) string { return p.text(o, true) }

// Text is the plan with its reasons; the steps, too, if Verbose.
func (p *Plan) Text(o Options) string { return p.text(o, false) }

func (p *Plan) text(o Options, brief bool) string {
	t := &text{Options: o}
	l := o.Lang
	t.line(0, 2, l.say("%[1]s, %[2]s, at %[3]s", p.Device, l.say("controller %s", p.Controller), p.URL))
	t.b.WriteString(t.paint(Wrap(p.Summary(l), t.Width, 2), bold) + "\n")
	var going []string
	us := make([]Usage, 0, len(p.Usages))
	for _, u := range p.Usages {
		if u.Deletes {
			going = append(going, u.Old)
		}
		if brief {
			if u.State != Planned {
				continue
			}
			u.Reason = ""
		}
		us = append(us, u)
	}
	t.usages(us)
	if going = unique(going); len(going) > 0 {
		t.line(2, 2, l.say("Deleted in the end, each when its successor is proved: %s.", l.And(going)))
	}
	if !brief && t.Verbose && len(p.Steps) > 0 {
		t.gap()
		for i, s := range p.Steps {
			t.line(2, 4, fmt.Sprintf("%2d. %s", i+1, t.sentence(s)))
		}
	}
	if !brief {
		if len(p.Notices) > 0 {
			t.gap()
		}
		for _, n := range p.Notices {
			t.line(0, 2, l.say("note: %s", t.sentence(n)))
		}
		t.gap()
		nexts := []string{}
		for _, u := range p.Usages {
			if n := o.next(u.Reason); n != "" && u.State == Withheld {
				nexts = append(nexts, n)
			}
		}
		for _, n := range unique(nexts) {
			t.line(0, 2, l.say("To have nothing withheld: %s.", n))
		}
		t.b.WriteString(t.paint(Wrap(p.Summary(l), t.Width, 2), bold) + "\n")
	}
	return t.b.String()
}

func unique(texts []string) (all []string) {
	seen := map[string]bool{}
	for _, s := range texts {
		if !seen[s] && strings.TrimSpace(s) != "" {
			all = append(all, s)
		}
		seen[s] = true
	}
	return all
}
