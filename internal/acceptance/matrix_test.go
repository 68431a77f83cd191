package acceptance_test

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/keys"
)

var everyLayout = flag.Bool("every-layout", false, "TestMatrix: every layout in every family and language, not a sample (four minutes)")

// namedLayout forces one variant; the rest is drawn.
type namedLayout struct {
	name   string
	layout simdevice.Layout
}

func layouts() []namedLayout {
	type L = simdevice.Layout
	yes, no := simdevice.Yes, simdevice.No
	return []namedLayout{
		{"labels=header-cells", L{Fields: simdevice.FieldsHeaderCells}},
		{"labels=cells", L{Fields: simdevice.FieldsCells}},
		{"labels=definitions", L{Fields: simdevice.FieldsDefinitions}},
		{"labels=text", L{Fields: simdevice.FieldsText}},
		{"labels=legends", L{Fields: simdevice.FieldsLegends}},
		{"labels=above", L{Fields: simdevice.FieldsAbove}},
		{"buttons=input", L{Buttons: simdevice.ButtonsInput}},
		{"buttons=element", L{Buttons: simdevice.ButtonsElement}},
		{"buttons=link", L{Buttons: simdevice.ButtonsLink}},
		{"buttons=image", L{Buttons: simdevice.ButtonsImage}},
		{"buttons=written", L{Buttons: simdevice.ButtonsWritten}},
		{"buttons=image-link", L{Buttons: simdevice.ButtonsImageLink}},
		{"links=address", L{Links: simdevice.LinksAddress}},
		{"links=script", L{Links: simdevice.LinksScript}},
		{"links=handler", L{Links: simdevice.LinksHandler}},
		{"links=written", L{Links: simdevice.LinksWritten}},
		{"lists=markup", L{Lists: simdevice.ListsMarkup}},
		{"lists=pieces", L{Lists: simdevice.ListsPieces}},
		{"lists=data", L{Lists: simdevice.ListsData}},
		{"lists=rows", L{Lists: simdevice.ListsRows}},
		{"colons=none", L{Colons: simdevice.ColonsNone}},
		{"colons=half", L{Colons: simdevice.ColonsHalf}},
		{"colons=full", L{Colons: simdevice.ColonsFull}},
		{"confirm=dialogue", L{Confirm: simdevice.ConfirmDialogue}},
		{"confirm=page", L{Confirm: simdevice.ConfirmPage}},
		{"menus=markup", L{Menus: simdevice.MenusMarkup}},
		{"menus=data", L{Menus: simdevice.MenusData}},
		{"forms=edit", L{EditForms: yes}},
		{"forms=direct", L{EditForms: no}},
		{"network=long", L{NetworkSettings: yes}},
		{"network=short", L{NetworkSettings: no}},
		{"hops=yes", L{HopPages: yes}},
		{"hops=no", L{HopPages: no}},
		{"restart=item", L{RestartItem: yes}},
		{"restart=apply", L{RestartItem: no}},
		{"apply=pending", L{RestartItem: no}},
		{"apply=always", L{RestartItem: no}},
		{"frames=yes", L{Frames: yes}},
		{"frames=buttons", L{Frames: yes, Buttons: simdevice.ButtonsInput}}, // the menu's command, too, is a button
	}
}

func layoutNamed(t *testing.T, name string) simdevice.Layout {
	t.Helper()
	for _, l := range layouts() {
		if l.name == name {
			return l.layout
		}
	}
	t.Fatalf("no layout %q", name)
	return simdevice.Layout{}
}

// One run replaces every key of every usage, whatever family, language and
// layout the device has. The table of results is printed with -v.
func TestMatrix(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	var mu sync.Mutex
	cells := map[string]string{}
	t.Cleanup(func() { t.Log("\n" + table(cells)) })
	n := 0
	for f, family := range families {
		for l, language := range languages {
			for i, layout := range layouts() {
				if layout.layout.Frames == simdevice.Yes && family == simdevice.FamilySmall {
					continue // has none that are known
				}
				n++
				framed := layout.layout.Frames == simdevice.Yes && language == "en" // hit by no sample
				if !*everyLayout && (i+7*l+19*f)%31 != 0 && !framed {
					continue
				}
				name := fmt.Sprintf("%s/%s/%s", family, language, layout.name)
				cfg := full(uint64(100 + n))
				cfg.Family, cfg.Language, cfg.Layout = family, language, layout.layout
				cfg.Login = loginsOf(family)[n%len(loginsOf(family))]
				switch layout.name {
				case "apply=pending":
					cfg.HideApplyUntilPending = simdevice.Yes
				case "apply=always":
					cfg.HideApplyUntilPending = simdevice.No
				}
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					bubble(t, func(t *testing.T) {
						defer func() {
							mu.Lock()
							defer mu.Unlock()
							cells[name] = map[bool]string{true: "FAIL", false: "ok"}[t.Failed()]
						}()
						testEveryUsage(t, cfg, []string{"tls", "dot1x", "hq", "lab", "sip"}, map[keys.Use]int{
							keys.UseTLS: 1, keys.UseIEEE8021X: 1, keys.UseIPSec: 2, keys.UseSIP: 1, keys.UseDeviceSignature: 1,
						})
					})
				})
			}
		}
	}
}

func loginsOf(f simdevice.Family) []simdevice.LoginKind {
	if f == simdevice.FamilySmall {
		return []simdevice.LoginKind{simdevice.LoginManager, simdevice.LoginPIN, simdevice.LoginNotNecessary}
	}
	return []simdevice.LoginKind{simdevice.LoginDepartmentID, simdevice.LoginUserName, simdevice.LoginRSAChallenge, simdevice.LoginNotNecessary}
}

// table prints the results, a layout a line.
func table(cells map[string]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-22s", "")
	for _, f := range families {
		for _, l := range languages {
			fmt.Fprintf(&b, " %-14s", string(f)+"/"+l)
		}
	}
	b.WriteByte('\n')
	ran, good := 0, 0
	for _, layout := range layouts() {
		fmt.Fprintf(&b, "%-22s", layout.name)
		for _, f := range families {
			for _, l := range languages {
				result := cells[fmt.Sprintf("%s/%s/%s", f, l, layout.name)]
				if result != "" {
					ran++
				}
				if result == "ok" {
					good++
				}
				fmt.Fprintf(&b, " %-14s", result)
			}
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "%d of %d cells run, %d of them well", ran, len(families)*len(languages)*len(layouts())-2*len(languages), good) // the small family has no frames
	return b.String()
}

// Every layout is in the matrix once.
func TestLayoutsDiffer(t *testing.T) {
	t.Parallel()
	var names []string
	for _, l := range layouts() {
		if slices.Contains(names, l.name) || l.layout == (simdevice.Layout{}) {
			t.Errorf("layout %q", l.name)
		}
		names = append(names, l.name)
	}
}
