package simdevice

// Layout forces what pages look like; what is zero is drawn from the seed, for
// each page anew.
type Layout struct {
	Fields  FieldLayout
	Buttons ButtonLayout
	Links   LinkLayout
	Lists   ListLayout
	Colons  ColonLayout
	Confirm ConfirmLayout
	Menus   MenuLayout

	// EditForms shows settings as text, with [Edit] leading to their form;
	// otherwise the page is the form.
	EditForms Choice
	// NetworkSettings is the longer name of the network menu.
	NetworkSettings Choice
	// HopPages lead to the key list by a page that goes on by itself.
	HopPages Choice
	// RestartItem has [Restart Device] in the menu in place of [Apply Setting
	// Changes], which the small family may not have.
	RestartItem Choice
	// Frames has the menu of Settings/Registration in a frame of its own; in the
	// iR-ADV family only. Drawn means No: it is known of old models only.
	Frames Choice
}

// FieldLayout is how fields and values get their labels.
type FieldLayout int

// The layouts. Values have the first four only.
const (
	FieldsDrawn FieldLayout = iota
	FieldsHeaderCells
	FieldsCells
	FieldsDefinitions
	FieldsText
	FieldsLegends
	FieldsAbove
)

// ButtonLayout is what buttons are made of.
type ButtonLayout int

// The buttons.
const (
	ButtonsDrawn ButtonLayout = iota
	ButtonsInput
	ButtonsElement
	ButtonsLink
	ButtonsImage
	ButtonsWritten // by script
	ButtonsImageLink
)

// LinkLayout is how links lead on.
type LinkLayout int

// The links.
const (
	LinksDrawn LinkLayout = iota
	LinksAddress
	LinksScript
	LinksHandler
	LinksWritten // by script
)

// ListLayout is how lists are made.
type ListLayout int

// The lists.
const (
	ListsDrawn ListLayout = iota
	ListsMarkup
	ListsPieces // written by script, cell by cell
	ListsData   // script data, keyed by number
	ListsRows   // script data that becomes rows of the tree
)

// ColonLayout is what stands after labels.
type ColonLayout int

// The colons.
const (
	ColonsDrawn ColonLayout = iota
	ColonsNone
	ColonsHalf
	ColonsFull // of full width
)

// ConfirmLayout is how the device asks back.
type ConfirmLayout int

// The ways.
const (
	ConfirmDrawn ConfirmLayout = iota
	ConfirmDialogue
	ConfirmPage
)

// MenuLayout is how menus are made.
type MenuLayout int

// The menus.
const (
	MenusDrawn MenuLayout = iota
	MenusMarkup
	MenusData // script data
)

// forced are the draws it decides, by the beginning of their key.
func (l Layout) forced() map[string]int {
	force := make(map[string]int)
	set := func(n int, keys ...string) {
		for _, key := range keys {
			if n > 0 {
				force[key] = n - 1
			}
		}
	}
	set(int(l.Fields), "fields.")
	set(int(l.Buttons), "button.")
	set(int(l.Links), "link.")
	set(int(l.Lists), "lists.")
	set(int(l.Colons), "colon.")
	set(int(l.Menus), "menus.")
	set(int(l.Confirm), "delete.page", "signature.page")
	switch l.Confirm {
	case ConfirmDialogue:
		force["apply.style"] = applyDialogue
	case ConfirmPage:
		force["apply.style"] = applyPage
	}
	yes := func(c Choice, key string) {
		if c != Drawn {
			force[key] = btoi(c == Yes)
		}
	}
	yes(l.EditForms, "edit.")
	yes(l.HopPages, "hops.")
	yes(l.RestartItem, "restart.item")
	yes(l.NetworkSettings, wordKey(wNetwork))
	return force
}

// editForm tells whether a page only shows its settings.
func (l *layout) editForm(kind PageKind) bool {
	if _, ok := headings[kind]; !ok && kind != PageTLS || kind == PageSCEPServer {
		return false
	}
	return l.pick("edit."+string(kind), 2) == 1
}

// restartItem tells whether the menu has [Restart Device] and nothing else that
// restarts.
func (l *layout) restartItem() bool { return l.small() && l.pick("restart.item", 2) == 1 }
