package remoteui_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// A question on the way is answered yes if it is about the act's object or names
// nothing; one about another of the list, or about what no act is for, is not.
func TestQuestionsOnTheWay(t *testing.T) {
	t.Parallel()
	const head = `<html lang="en"><head><title>Generate Key</title></head><body><p><a href="/out">Log Out</a></p>`
	for question, yes := range map[string]bool{
		"Generate the key?":                       true,
		`Generate the key "mine"?`:                true,
		`Delete the key "theirs"?`:                false,
		"Initialize the machine?":                 false,
		"All settings are lost. Is that OK?":      false,
		"本機將初始化。確定嗎？":                             false,
		"Format the hard disk and generate keys?": false,
	} {
		t.Run(question, func(t *testing.T) {
			t.Parallel()
			d := &liveDevice{pages: map[string]string{
				"/act":  head + `<form method="post" action="/ask"><input type="submit" value="Generate"></form>`,
				"/ask":  head + "<p>" + question + `</p><form method="post" action="/make"><input type="submit" value="OK"><input type="button" value="Cancel"></form>`,
				"/make": head + "The key is generated.",
			}}
			in := remoteui.Intent{
				Name: "generating", Way: []remoteui.Label{labels.Settings},
				Steps: []remoteui.Step{{Labels: []remoteui.Label{labels.Generate}, Writes: true}},
				About: &remoteui.Object{Names: []string{"mine"}, Others: []string{"theirs"}},
				Done:  func(context.Context) (bool, error) { return strings.Contains(d.seen(), "/make"), nil },
			}
			_, err := d.dial(t, false).Do(bounded(t), in)
			_, refused := errors.AsType[*remoteui.QuestionError](err)
			if made := strings.Contains(d.seen(), "POST /make"); made != yes || refused == yes || yes && err != nil {
				t.Errorf("%v; asked %s", err, d.seen())
			}
		})
	}
}

// What the device says decides how often it is looked whether an act that takes its
// time was done, and whether it is done again: not after a no, nor after the form
// as it was filled in; three times after a page with nothing known on it, twenty
// after words that nobody knows, eight after "busy". A page with something new to
// fill in is not agreed to.
func TestWhatIsSaidDecides(t *testing.T) {
	t.Parallel()
	const head = `<html lang="en"><head><title>Generate Key</title></head><body><p><a href="/out">Log Out</a></p>`
	const form = `<form method="post" action="/do">Key Name <input name="n" value="%s"><input type="submit" value="Generate"></form>`
	for name, c := range map[string]struct {
		answer        string
		pressed, read int
	}{
		"no":                   {head + "The key could not be generated.", 1, 1},
		"the form once more":   {head + "Foo bar." + strings.Replace(form, "%s", "mine", 1), 1, 1},
		"another form":         {head + "Foo bar." + strings.Replace(form, "%s", "", 1), 1, 20},
		"words nobody knows":   {head + "Foo bar.", 1, 20},
		"nothing known":        {`<html><head><title>?</title></head><body><p>Foo</p></body></html>`, 3, 9},
		"busy":                 {head + "The device is busy. Try again later.", 9, 9},
		"more to be filled in": {head + `Foo bar.<form method="post" action="/more">Common Name <input name="c"><input type="submit" value="OK"></form>`, 1, 20},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &liveDevice{pages: map[string]string{"/act": head + strings.Replace(form, "%s", "", 1), "/do": c.answer, "/more": head + "The key is generated."}}
			read := 0
			_, err := d.dial(t, false).Do(bounded(t), remoteui.Intent{
				Name: "generating", Way: []remoteui.Label{labels.Settings}, Slow: true, Interval: time.Millisecond,
				Fields: []remoteui.Field{{Label: labels.KeyName, Text: "mine"}},
				Steps:  []remoteui.Step{{Labels: []remoteui.Label{labels.Generate}, Writes: true}},
				Done:   func(context.Context) (bool, error) { read++; return false, nil },
			})
			if _, refused := errors.AsType[*remoteui.RefusedError](err); !refused || strings.Count(d.seen(), "POST /do") != c.pressed || read != c.read || strings.Contains(d.seen(), "/more") {
				t.Errorf("read %d times, want %d; pressed %d; %v; asked %s", read, c.read, c.pressed, err, d.seen())
			}
		})
	}
}

// A reading session begins no act: nothing is asked for it.
func TestReadingSessionDoesNothing(t *testing.T) {
	t.Parallel()
	d := &liveDevice{pages: map[string]string{}}
	s := d.dial(t, true)
	before := s.Requests()
	a, err := s.Do(bounded(t), remoteui.Intent{
		Name: "generating", Way: []remoteui.Label{labels.Settings},
		Steps: []remoteui.Step{{Labels: []remoteui.Label{labels.Generate}, Writes: true}},
	})
	if !errors.Is(err, remoteui.ErrReadOnly) || a == nil || s.Requests() != before {
		t.Errorf("%v after %d requests", err, s.Requests()-before)
	}
}
