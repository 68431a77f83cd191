package remoteui_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/remoteui"
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
				Name: "generating", Way: []remoteui.Label{remoteui.Settings},
				Steps: []remoteui.Step{{Labels: []remoteui.Label{remoteui.Generate}, Writes: true}},
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
