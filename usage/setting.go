package usage

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/rekey-go/rekey/internal/printable"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
)

// Need says whether the additional steps are needed. // C-2 to C-7
type Need string

// The needs. What is unknown is never taken for not needed.
const (
	Needed    Need = "needed"
	NotNeeded Need = "not-needed"
	Unknown   Need = "unknown"
)

// Setting is what the page of a place shows.
type Setting struct {
	Place
	Need Need `json:"need"`
	// Reason says why, in words that a person can use.
	Reason string `json:"reason"`
	// Missing: unknown because no menu has such an item, as against one whose
	// page is there and was not understood.
	Missing bool `json:"missing,omitempty"`
	// Key is the name of the key that the page shows, empty if it shows none.
	Key string `json:"key"`
	// Fields are what the page's visible fields are set to, in order.
	Fields []remoteui.FieldState `json:"fields"`
}

// Settings are what the pages of all usages but TLS show.
type Settings struct {
	// Places: IEEE 802.1X, each IPSec policy, SIP. An IPSec list that could not
	// be read is one Setting without a policy.
	Places    []Setting `json:"places"`
	Bluetooth Setting   `json:"bluetooth"` // C-6
	AMS       Setting   `json:"ams"`       // C-7
	// SMIME: Needed if mail is encrypted or signed, so that the S/MIME steps are
	// needed, too. // C-5
	SMIME Setting `json:"smime"`
}

// Switch is the setting of a function that is only on or off; ok is false if it
// is none of these.
func (s *Settings) Switch(u keys.Use) (setting Setting, ok bool) {
	switch u {
	case bluetooth.Use:
		return s.Bluetooth, true
	case ams.Use:
		return s.AMS, true
	}
	return Setting{}, false
}

// ReadAll reads the pages of all usages but TLS. A page that is missing or not
// understood makes a Setting of Need Unknown; an error means that the session
// cannot go on.
func ReadAll(ctx context.Context, s *remoteui.Session) (*Settings, error) {
	all, places := &Settings{}, map[keys.Use][]Setting{}
	// Lists of policies first: on the way the menu is seen that leads to the others.
	for _, listed := range []bool{true, false} {
		for _, f := range functions {
			if !f.named() || f.RemoteUI || (f.names != nil) != listed {
				continue
			}
			settings, err := f.readPlaces(ctx, s)
			if err != nil {
				return nil, err
			}
			places[f.Use] = settings
		}
	}
	for _, f := range functions {
		all.Places = append(all.Places, places[f.Use]...)
	}
	var err error
	if all.Bluetooth, err = readSwitch(ctx, s, bluetooth); err != nil {
		return nil, err
	}
	if all.AMS, err = readSwitch(ctx, s, ams); err != nil {
		return nil, err
	}
	all.SMIME, err = readSMIME(ctx, s)
	return all, err
}

// readPlaces reads the place of a function, or each of them.
func (f *Function) readPlaces(ctx context.Context, s *remoteui.Session) ([]Setting, error) {
	names := []string{""}
	if f.names != nil {
		err := s.Retry(ctx, func() (err error) {
			names, err = f.names(ctx, s)
			return err
		})
		if err != nil {
			setting, err := unknown(ctx, Place{Use: f.Use}, f.item(), err)
			return []Setting{setting}, err
		}
	}
	var all []Setting
	for _, name := range names {
		setting, err := Read(ctx, s, Place{Use: f.Use, Policy: name})
		if err != nil {
			return nil, err
		}
		all = append(all, setting)
	}
	return all, nil
}

// Read reads one place afresh. Its Need is Unknown if the page is missing or
// not understood.
func Read(ctx context.Context, s *remoteui.Session, p Place) (Setting, error) {
	setting, _, err := read(ctx, s, p)
	return setting, err
}

// read is Read, with the page; nil where it is missing or not understood.
func read(ctx context.Context, s *remoteui.Session, p Place) (setting Setting, page *remoteui.Page, err error) {
	f, err := formOf(p)
	if err != nil {
		return Setting{}, nil, err
	}
	err = s.Retry(ctx, func() (err error) {
		if page, err = f.show(ctx, s, p.Policy); err == nil {
			setting, err = f.read(ctx, page)
		}
		return err
	})
	if err != nil {
		setting, err = f.unknown(ctx, err)
		return setting, nil, err
	}
	return setting, page, nil
}

// form is the page of a place.
type form struct {
	*Function
	Place
}

func formOf(p Place) (form, error) {
	f := Of(p.Use)
	if !f.named() || f.RemoteUI {
		return form{}, fmt.Errorf("usage: no page for %q", p.Use)
	}
	return form{f, p}, nil
}

// read reads the place off its page.
func (f form) read(ctx context.Context, p *remoteui.Page) (Setting, error) {
	on, why, err := f.on(ctx, p)
	if err != nil {
		return Setting{}, err
	}
	name, err := shownKey(ctx, p, f.section)
	if err != nil && on {
		return Setting{}, err // without a key in use it does not matter which is shown
	}
	fields, err := fieldsOf(p)
	if err != nil {
		return Setting{}, err
	}
	setting := Setting{Place: f.Place, Need: NotNeeded, Reason: why, Key: name, Fields: fields}
	switch {
	case on && name != "":
		setting.Need = Needed
	case on:
		setting.Reason = why + ", and no key name is shown"
	}
	return setting, nil
}

// maxFields bounds what a settings page is set to, in bytes; a page of a device
// has a few dozen fields.
const maxFields = 256 << 10

// fieldsOf are the fields of a page, for comparing it before and after a change.
func fieldsOf(p *remoteui.Page) ([]remoteui.FieldState, error) {
	fields, size := p.Fields(), 0
	for _, f := range fields {
		size += len(f.Label) + len(f.Value)
	}
	if size > maxFields {
		return nil, &remoteui.PageError{Page: p.Title(), Label: "fields", Reason: fmt.Sprintf("hold %d bytes: not to be believed", size)}
	}
	return fields, nil
}

// unknown is the place where its page was not understood; an error that ends
// the session's work is returned.
func (f form) unknown(ctx context.Context, err error) (Setting, error) {
	return unknown(ctx, f.Place, f.item(), err)
}

func unknown(ctx context.Context, p Place, item remoteui.Label, err error, menus ...remoteui.Label) (Setting, error) {
	if _, ok := errors.AsType[*remoteui.PageError](err); !ok || ctx.Err() != nil {
		return Setting{}, err
	}
	missing := remoteui.Lacks(err, item)
	for _, menu := range menus {
		missing = missing || remoteui.Lacks(err, menu)
	}
	return Setting{Place: p, Need: Unknown, Reason: err.Error(), Missing: missing}, nil
}

// String says what the setting needs, and why.
func (s Setting) String() string { return fmt.Sprintf("%s: %s (%s)", s.name(), s.Need, s.Reason) }

// Changes lists what is not as it was, as "label: before → after". A field that
// shows the name of the key is meant to go from one to the other.
func (s Setting) Changes(now Setting, from, to string) []string {
	return changes(s.Fields, now.Fields, from, to)
}

func changes(before, after []remoteui.FieldState, from, to string) []string {
	var changed []string
	for i := range max(len(before), len(after)) {
		var was, is remoteui.FieldState
		if i < len(before) {
			was = before[i]
		}
		if i < len(after) {
			is = after[i]
		}
		rebound := was.Label == is.Label && was.Value == from && is.Value == to
		if was != is && !rebound {
			changed = append(changed, fmt.Sprintf("%s: %.300q → %.300q", plain(was.Label), was.Value, is.Value))
		}
	}
	return changed
}

// plain is a label of a page for a message: quoted if it would not be shown as
// it is.
func plain(label string) string {
	label = printable.Cut(label, 100)
	if strings.ContainsFunc(label, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fmt.Sprintf("%q", label)
	}
	return label
}
