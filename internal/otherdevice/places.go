package otherdevice

import (
	"net/url"
	"slices"
)

// place is a usage besides TLS whose page names a key.
type place struct {
	name, use, key string
	fields         url.Values // what its form holds, as a browser sends it
}

// placeState is what is stored and what is in effect, by slot.
type placeState struct{ stored, active int }

// placeView is a place as a page shows it.
type placeView struct {
	Key    string
	Fields url.Values
}

func newPlaces(s *style) map[string]*placeState {
	all := map[string]*placeState{}
	for _, p := range s.places {
		all[p.name] = &placeState{}
	}
	return all
}

func (d *Device) bindPlaces() {
	for _, p := range d.style.places {
		id := d.findName(p.key).id
		*d.places[p.name] = placeState{id, id}
	}
}

func (d *Device) activatePlaces() {
	for _, p := range d.places {
		p.active = p.stored
	}
}

func (d *Device) placesPending() bool {
	for _, p := range d.places {
		if p.active != p.stored {
			return true
		}
	}
	return false
}

// placed tells whether a place has the key, stored or in effect.
func (d *Device) placed(k *storedKey) bool {
	for _, p := range d.places {
		if p.active == k.id || p.stored == k.id {
			return true
		}
	}
	return false
}

func (s *style) place(name string) place {
	return s.places[slices.IndexFunc(s.places, func(p place) bool { return p.name == name })]
}

// showPlace fills in the page: with what was chosen and not stored, if draft.
func showPlace(name string, draft bool) func(*visit) string {
	return func(v *visit) string {
		id := v.d.places[name].stored
		if chosen := v.s.chosen[name]; draft && chosen != 0 {
			id = chosen
		}
		if !draft {
			delete(v.s.chosen, name)
		}
		v.view.Place = placeView{v.d.find(id).name, v.d.style.place(name).fields}
		return ""
	}
}

// usePlace is [Use] on a row of the list: stored by the form only.
func usePlace(name, field, form string) func(*visit) string {
	return func(v *visit) string {
		k := v.d.find(v.id(field))
		if k == nil || k.name == "AMS" {
			v.d.blame("%s: key %d chosen", name, v.id(field))
			return ""
		}
		if name == "sip" && k.id != v.d.places[name].stored && (k.id == v.d.bound || v.d.placed(k)) {
			v.d.blame("R-4: key %s in use chosen for SIP", k.name)
			return ""
		}
		v.s.choose(name, k.id)
		v.to = form
		return ""
	}
}

// storePlace is [OK] on the form, or the way to the list of keys if the button
// for that was pressed. Whatever the form holds has to come back as it was.
func storePlace(name, button, list, next string) func(*visit) string {
	return func(v *visit) string {
		p := v.d.style.place(name)
		for field, want := range p.fields {
			if got := v.form[field]; !slices.Equal(got, want) {
				v.d.blame("%s: field %s is %q, was %q", name, field, got, want)
			}
		}
		if v.form.Has(button) {
			v.to = list
			return ""
		}
		if id := v.s.chosen[name]; id != 0 {
			v.d.places[name].stored = id
		}
		delete(v.s.chosen, name)
		v.to = next
		return ""
	}
}

// choose keeps what was chosen until the form is stored.
func (s *session) choose(name string, id int) {
	if s.chosen == nil {
		s.chosen = map[string]int{}
	}
	s.chosen[name] = id
}

// goTo answers with a redirect after what do did.
func goTo(next string, do func(*visit) string) func(*visit) string {
	return func(v *visit) string {
		page := do(v)
		if page == "" && v.view.Error == "" {
			v.to = next
		}
		return page
	}
}
