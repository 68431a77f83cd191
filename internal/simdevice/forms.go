package simdevice

import (
	"fmt"
	"slices"
	"strings"
)

// entryKind is the kind of a field of a form.
type entryKind int

const (
	entryCheck entryKind = iota // "1" or ""
	entryText
	entryPassword // shown empty, and stored only if something is typed
	entryRadio    // the number of the choice
	entryKey      // not a field: the key's name, and the button to choose another
)

// entry is a field of a form page.
type entry struct {
	kind    entryKind
	label   word
	choices []word // of entryRadio
	factory string
	// needs is the index of a check box that has to be on; -1: none.
	needs int
	// section is the heading above it, -1: the one before, or none.
	section word
}

// values are what the entries of a page are set to.
type values [maxEntries]string

const maxEntries = 16

// formPages are the pages with a form of this kind. IKE settings exist once for
// each policy.
var formPages = byPage(map[PageKind][]entry{
	PageIKE: {
		radio(wIKEMode, -1, wMain, wAggressive), text(wMinutes, "480"), radio(wAuthMethod, -1, wPSK, wDigSig), keyEntry(),
	},
	// What the timer's page has besides is a guess.
	PageSCEPServer: {text(wSCEPURL, ""), text(wSCEPPort, "80"), text(wSCEPTimeout, "30")},
	PageSCEPTimer:  {check(wSCEPTimer, ""), text(wSCEPStart, "2030/01/01 03:00"), text(wSCEPInterval, "7")},
	PageBluetooth:  {check(wUseBluetooth, ""), text(wBluetoothName, "MFP")},
	PageAMS:        {check(wUseAMS, "")},
	PageSMIME:      {radio(wEncryption, -1, wAlways, wSending, wNoEncryption), check(wAddSignature, "")},
}, func(f function) []entry { return f.entries })

func check(w word, factory string) entry {
	return entry{kind: entryCheck, label: w, factory: factory, needs: -1, section: -1}
}

func text(w word, factory string) entry {
	return entry{kind: entryText, label: w, factory: factory, needs: -1, section: -1}
}

func radio(w word, needs int, choices ...word) entry {
	return entry{kind: entryRadio, label: w, choices: choices, factory: "0", needs: needs, section: -1}
}

func keyEntry() entry { return entry{kind: entryKey, label: wKeyName, needs: -1, section: -1} }

func under(section word, e entry) entry {
	e.section = section
	return e
}

// Indices of entries that mean something to the device.
const (
	entryIKEMethod   = 2
	entrySMIMEMethod = 0
	entrySMIMESign   = 1
)

// formValues are the values of all form pages; the policies' at the end.
type formValues [forPolicy - 1 + len(otherForms) + maxPolicies]values

// otherForms are those without a key of their own.
var otherForms = [...]PageKind{PageBluetooth, PageAMS, PageSMIME, PageSCEPServer, PageSCEPTimer}

// formOrder is the order of the pages' values: first those of the functions.
var formOrder = func() (all []PageKind) {
	for _, f := range functions[forTLS+1:] {
		all = append(all, f.page)
	}
	return append(all, otherForms[:]...)
}()

// forms are what the form pages store.
type forms struct{ stored, active formValues }

// formAt is the index of a page's values.
func formAt(kind PageKind, policy int) int {
	if kind == PageIKE {
		return len(formOrder) + policy
	}
	return slices.Index(formOrder, kind)
}

// factoryForms is what the device comes with.
func (l *layout) factoryForms(cfg Config) forms {
	var v formValues
	fill := func(at int, kind PageKind) {
		for i, e := range formPages[kind] {
			v[at][i] = e.factory
		}
	}
	for i, kind := range formOrder {
		fill(i, kind)
	}
	on := func(use string) string {
		uses := slices.ContainsFunc(cfg.Keys, func(k KeySpec) bool { return slices.Contains(k.Uses, use) })
		return mark(uses && !slices.Contains(cfg.Off, use))
	}
	for _, f := range functions[forTLS+1:] {
		v[formAt(f.page, 0)][f.on] = on(f.use)
	}
	v[formAt(PageBluetooth, 0)][0] = mark(cfg.Bluetooth == Yes)
	v[formAt(PageAMS, 0)][0] = mark(cfg.AMS == Yes)
	v[formAt(PageSMIME, 0)][entrySMIMEMethod] = map[bool]string{true: "0", false: "2"}[cfg.SMIMEEncrypt]
	v[formAt(PageSMIME, 0)][entrySMIMESign] = mark(cfg.SMIMESign)
	if cfg.SCEPURL != "" {
		v[formAt(PageSCEPServer, 0)] = cfg.scepServer().values()
	}
	v[formAt(PageSCEPTimer, 0)][0] = mark(cfg.SCEPTimer)
	for i, p := range cfg.Policies {
		at := formAt(PageIKE, i)
		fill(at, PageIKE)
		v[at][entryIKEMethod] = map[bool]string{true: "0", false: "1"}[p.PreShared || slices.Contains(cfg.Off, UseIPSec)]
	}
	return forms{v, v}
}

func mark(on bool) string {
	if on {
		return "1"
	}
	return ""
}

func (d *Device) policiesText() string {
	var parts []string
	for i, name := range d.store.policies {
		parts = append(parts, name+"="+d.store.stored.name(forPolicy+i))
	}
	return strings.Join(parts, ";")
}

func (d *Device) formsText() string { return fmt.Sprintf("%q", d.forms.stored) }
