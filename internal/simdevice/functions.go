package simdevice

import "slices"

// function is a function of the device that has one key, which is named on a page of
// the network settings. What the device has to know of it stands in its row, its
// texts too: a new one is a row of functions, whose heading is the word after the
// last there is.
type function struct {
	use        string   // as lists of keys print it
	page, keys PageKind // where its key is named, and the list to choose from
	menu       string   // names its item of the menu in what the seed draws
	heading    word
	entries    []entry // one is a text at least: by it a form that was sent is known
	on         int     // index of the entry that says whether it uses a key
	ownKey     bool    // it takes no key that is in use elsewhere
}

// What the functions are called, and their pages.
const (
	Use8021X               = "IEEE 802.1X"
	PageIEEE8021X PageKind = "ieee8021x"
	Page8021XKeys PageKind = "ieee8021x-keys"

	UseSIP               = "SIP"
	PageSIP     PageKind = "sip-settings"
	PageSIPKeys PageKind = "sip-keys"
)

// Places that have a key: an index of bindings. The policies of IPSec follow
// one another.
const (
	forTLS = iota
	for8021X
	forSIP
	forPolicy   = len(functions)
	maxPolicies = 10
)

// functions by their places; there is none at that of TLS.
var functions = [...]function{
	for8021X: {
		use: Use8021X, page: PageIEEE8021X, keys: Page8021XKeys, menu: "8021x", on: 5,
		heading: worded(w8021X, []string{"IEEE 802.1X設定", "IEEE 802.1X 設定"}, []string{"IEEE 802.1X Settings"}, []string{"IEEE 802.1X設定"}),
		entries: []entry{
			check(wUse8021X, "1"), text(wEAPLogin, "mfp"), check(wVerifyServer, "1"), check(wVerifyServerName, ""), text(wServerName, "radius.example"),
			check(wUseTLS, ""), keyEntry(), check(wUseTTLS, ""), radio(wTTLSProtocol, 7, wMSCHAP, wPAP), check(wUsePEAP, ""),
			text(wUserName, "mfp"), {kind: entryPassword, label: wPassword, factory: "secret", needs: -1, section: -1},
		},
	},
	forSIP: {
		use: UseSIP, page: PageSIP, keys: PageSIPKeys, menu: "sip", ownKey: true,
		heading: worded(wSIP, []string{"SIP設定", "SIP 設定"}, []string{"SIP Settings"}, []string{"SIP設定"}),
		entries: []entry{
			under(wIntranet, check(wUseTLS, "")), text(wT38Port, "49152"), text(wRTPPort, "5004"),
			under(wTLS, keyEntry()), under(wSIPReceive, check(wClientAuth, "")), under(wSIPSend, check(wVerifySIP, "1")), check(wAddCN, ""),
		},
	},
}

// worded gives a text that a function's row brings along its wordings.
func worded(w word, zh, en, ja []string) word {
	wordsChinese[w], wordsEnglish[w], wordsJapanese[w] = zh, en, ja
	return w
}

// functionAt is the function at a place; nil: that of TLS or of a policy.
func functionAt(place int) *function {
	if place > forTLS && place < forPolicy {
		return &functions[place]
	}
	return nil
}

// ownKey reports whether a place takes no key that is in use elsewhere.
func ownKey(place int) bool {
	f := functionAt(place)
	return f != nil && f.ownKey
}

// placeOfPage is the place whose key a page names, or lists the choice for.
func placeOfPage(kind PageKind) (place int, ok bool) {
	i := slices.IndexFunc(functions[:], func(f function) bool { return f.use != "" && (f.page == kind || f.keys == kind) })
	return i, i >= 0
}

// byPage adds to a table of pages what the functions' rows say.
func byPage[V any](table map[PageKind]V, of func(function) V) map[PageKind]V {
	for _, f := range functions[forTLS+1:] {
		table[f.page] = of(f)
	}
	return table
}

// withFunctions adds to pages those of the functions that are not among them: at the
// end, so that what a seed draws for the others stays as it was.
func withFunctions(pages []PageKind) []PageKind {
	for _, f := range functions[forTLS+1:] {
		for _, kind := range []PageKind{f.page, f.keys} {
			if !slices.Contains(pages, kind) {
				pages = append(pages, kind)
			}
		}
	}
	return pages
}
