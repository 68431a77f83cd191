package dom

import "strings"

// set is a set of tag names.
type set map[string]bool

func tags(names string) set {
	s := make(set)
	for name := range strings.FieldsSeq(names) {
		s[name] = true
	}
	return s
}

var (
	// voidTags have no content and no end tag.
	voidTags = tags("area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr")

	// headTags stand in the head as long as the body has not begun.
	headTags = tags("base basefont bgsound link meta title style script noscript template")

	// blockTags end a paragraph, and cannot be closed over by an inline end tag.
	blockTags = tags(`address article aside blockquote center details dialog dir div dl fieldset figcaption figure footer form
		h1 h2 h3 h4 h5 h6 header hgroup hr main menu nav ol p pre listing section summary table ul
		dd dt li td th tr tbody thead tfoot caption body html button select textarea`)

	// formattingTags may be closed without closing the blocks inside them.
	formattingTags = tags("a b big code em font i nobr s small strike strong tt u")

	headings = tags("h1 h2 h3 h4 h5 h6")

	// scopeTags hide the open elements outside them from end tags within.
	scopeTags = tags("table td th caption html template object marquee applet")

	tableSections  = tags("tbody thead tfoot")
	tableStructure = tags("table tbody thead tfoot tr")
	tableTags      = tags("table tbody thead tfoot tr td th caption col colgroup")

	listScope = tags("ul ol menu dir table td th caption html template")
	dlScope   = tags("dl table td th caption html template")

	selectScope = tags("select")
	optionScope = tags("select optgroup")
	// pScope is what a p cannot be closed across.
	pScope = tags("table td th caption html button object template")

	// selectTags are all that may stand in a select.
	selectTags = tags("option optgroup script template hr")
)
