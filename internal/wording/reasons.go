package wording

import (
	"strings"

	"github.com/rekey-go/rekey/internal/lazyregexp"
)

// A reason comes from the library in English, of two halves where something that
// ought to be done is not: why it ought to be, "; but " why it is not.
const but = "; but "

// reasons are the forms of reasons, with what each says to somebody who has to do
// something about it; empty: nothing. The English form is the library's, with %s
// for what changes.
var reasons = []struct{ reason, next string }{
	{"proved weak: %s-bit modulus factored by Fermat's method in round %s", ""},
	{"proved weak: %s-bit modulus is a square", ""},
	{"proved weak: %s-bit modulus is even", ""},
	{"not found weak: %s-bit modulus withstood %s rounds of Fermat's method", ""},
	{"not an RSA key (%s)", ""},
	{"made at the factory: the advisory exempts it, and it was not found weak", ""},
	{"made by rekey on fixed firmware", ""},
	{"made outside the device, as declared", ""},
	{"it is declared as made outside the device, but it has the device's flaw (%s): take it off the list of external keys (ExternalKeys), or replace it all the same (Strict)",
		"say what becomes of it: without (ExternalKeys), or with (Strict), it is replaced"},
	{"its modulus could not be had, and controller %s, which made it, was caught making weak keys", ""},
	{"its modulus could not be had, and keys made before the firmware update are weak", ""},
	{"its modulus could not be had; assumed weak, as asked", ""},
	{"its modulus could not be had, and the advisory does not speak of this model and version (%s): give it as external key, or assume it weak",
		"say what such keys are: (ExternalKeys) or (AssumeWeak)"},
	{"whoever %s talks to has to trust the new certificate before the restart, and there is no way to see to it: " +
		"give a way to distribute it (Distribute), or say that it is seen to (AssumeTrusted)",
		"say how the other end comes to trust the new certificate: (Distribute), or (AssumeTrusted)"},
	{"its certificate was issued by %s, and nobody is named who issues the new one: give an issuer (Issuer) or have the device ask by SCEP (SCEP), " +
		"or ask for a self-signed certificate (Kind)",
		"say who issues the new certificate: (Issuer), (SCEP), or another kind by (Kind)"},
	{"it cannot be told whether its certificate is self-signed: say which kind the new one is to be (Kind)", "say which kind of certificate the new one is to be: (Kind)"},
	{"the device's clock says %s, and a certificate made by it would have expired at once: set date and time at the device " +
		"(and its time server), and run again, or ask for it all the same (IgnoreClock)", "set date and time at the device, or give (IgnoreClock)"},
	{"somebody chose it, and it is not in effect: TLS is served with key %s until the device restarts; " +
		"restart it, or choose that key again, and run again", "restart the device, and run again"},
	{"an earlier run chose %s in its place and was interrupted", ""},
	{"its details page could not be read", "look at the key's details page in a browser"},
	{"it is off", ""},
	{"made by rekey; the key before it is kept: %s", ""},
	{"as asked", ""},
	{"no evidence store (Options.Dir)", ""},
	{"it is renewed in place", ""},
}

// anyone stands for a usage in a reason that holds of several.
const anyone = "it"

// reason is a reason in the reader's language and terms.
func (o Options) reason(text string) string {
	why, not, both := strings.Cut(text, but)
	said := o.Lang.Sentence(why)
	if both {
		said = o.Lang.say("%s; but %s", said, o.Lang.Sentence(not))
	}
	return o.named(said)
}

// sentence is something that the library says in the reader's language and terms.
func (o Options) sentence(text string) string {
	return o.named(stamp.ReplaceAllString(o.Lang.Sentence(text), "$1 $2 UTC"))
}

// stamp is a time as programs read it. People get it as tasks have theirs.
var stamp = lazyregexp.New(`\b(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\dZ`)

// next is what to do about a reason; empty if that is not known.
func (o Options) next(text string) string {
	if _, not, both := strings.Cut(text, but); both {
		text = not
	}
	if f, _ := recognise(text); f != nil && f.next != "" {
		return bracketed.ReplaceAllString(o.named(o.Lang.say(f.next)), "$1")
	}
	return ""
}

// bracketed is an option where it stands alone, without need of its brackets.
var bracketed = lazyregexp.New(`\(((?:[A-Z][A-Za-z.]*|-[a-z][^()]*))\)`)

var option = lazyregexp.New(`\((?:Options\.)?([A-Z][A-Za-z]*(?:\.[A-Z][A-Za-z]*)?)\)`)

// Named has a text name the options as the reader gives them: the library names
// its fields in brackets, a program its flags.
func Named(text string, names map[string]string) string {
	return option.ReplaceAllStringFunc(text, func(found string) string {
		if name, ok := names[option.FindStringSubmatch(found)[1]]; ok {
			return "(" + name + ")"
		}
		return found
	})
}

func (o Options) named(text string) string { return Named(text, o.Names) }
