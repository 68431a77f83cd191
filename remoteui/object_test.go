package remoteui_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// What a question is about: the object, nothing that has a name, or something
// else of the same list.
func TestObjectConcerns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		question string
		own      string
		others   []string
		named    bool
		foreign  []string
	}{
		{"Delete the selected key and certificate?", "mmm", []string{"nnn"}, false, nil},
		{"Delete mmm?", "mmm", []string{"nnn"}, true, nil},
		{"Delete nnn?", "mmm", []string{"nnn"}, false, []string{"nnn"}},
		{"Delete mmm, nnn?", "mmm", []string{"nnn"}, true, []string{"nnn"}},
		{"Delete key10?", "key1", []string{"key10"}, false, []string{"key10"}},
		{"Delete key1?", "key10", []string{"key1"}, false, []string{"key1"}},
		{"Delete key1?", "key1", []string{"key10"}, true, nil},
		{"Delete my-key?", "key", []string{"my-key"}, false, []string{"my-key"}},
		{"Delete TLS  2?", "TLS", []string{"TLS 2"}, false, []string{"TLS 2"}},
		{"Delete TLS 2?", "TLS 2", []string{"TLS"}, true, nil},
		{"Delete the key?", "mmm", []string{"Key"}, false, nil}, // as it is spelled
		{"鍵nnnを削除しますか？", "mmm", []string{"nnn"}, false, []string{"nnn"}},
		{"是否刪除mmm？", "mmm", []string{"nnn"}, true, nil},
		{"削除：予備鍵2", "mmm", []string{"予備鍵"}, false, []string{"予備鍵"}}, // in doubt, no
		{"Delete nnn-long...?", "mmm", []string{"nnn-long-name"}, false, []string{"nnn-long…"}},
		{"Delete mmm-long…?", "mmm-long-name", []string{"nnn"}, true, nil},
		{"Delete same-a…?", "same-a1", []string{"same-a2"}, false, nil}, // either of them
		{"Delete same?", "same", []string{"same"}, false, nil},          // two rows read alike
		{"", "mmm", []string{"nnn"}, false, nil},
		// Marks of which nothing is seen are no part of a name.
		{"Delete Leeds\u200b3rd?", "mine", []string{"Leeds3rd"}, false, []string{"Leeds3rd"}},
		{"Delete Leeds3rd?", "mine", []string{"Leeds\u00ad3rd"}, false, []string{"Leeds3rd"}},
		{"Delete m\ufeffine\u2060?", "mine", []string{"Leeds3rd"}, true, nil},
		{"Delete TLS\u00a02?", "TLS", []string{"TLS 2"}, false, []string{"TLS 2"}},
	} {
		o := remoteui.Object{Names: []string{c.own}, Others: c.others}
		named, foreign := o.Concerns(c.question)
		if named != c.named || !slices.Equal(foreign, c.foreign) {
			t.Errorf("%q, about %q, others %q: named %v, foreign %q", c.question, c.own, c.others, named, foreign)
		}
	}
}

// What was meant is said if it has a name.
func TestQuestionErrorSaysWhatWasMeant(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]*remoteui.QuestionError{
		`page "p" asks about "b", and "a" was meant: answered no (it said "Delete b?")`:   {Page: "p", Question: "Delete b?", Object: []string{"a"}, About: []string{"b"}},
		`page "p" asks about "b", which was not meant: answered no (it said "Delete b?")`: {Page: "p", Question: "Delete b?", About: []string{"b"}},
	} {
		if got := e.Error(); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
}

// A script asks with the marks that a name has in its page, and of which nothing is seen.
func TestQuestionOfAScriptWithMarks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ask  string // of the name in the box or the cell
		own  string
		sent bool
	}{
		"another":            {`'Delete the key ' + name + '?'`, "mine", false},
		"another, in quotes": {`'Delete the key "' + name + '"?'`, "mine", false},
		"its own":            {`'Delete the key ' + name + '?'`, "Leeds3rd", true},
		"its own, in quotes": {`'Delete the key "' + name + '"?'`, "Leeds3rd", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &liveDevice{pages: map[string]string{"/act": `<html lang="en"><head><title>Keys</title></head><body><p><a href="/out">Log Out</a></p><i id="n">Leeds&#8203;3r&shy;d</i>
				<form method="post" action="/do"><input type="hidden" name="k" value="1"><input type="submit" value="Delete" onclick="var name = document.getElementById('n').textContent; return confirm(` + strings.ReplaceAll(c.ask, `"`, "&quot;") + `)"></form>`}}
			p, err := d.open(t, false)
			if err != nil {
				t.Fatal(err)
			}
			about := &remoteui.Object{Names: []string{c.own}, Others: []string{"mine", "Leeds3rd", "x"}}
			about.Others = slices.DeleteFunc(about.Others, func(n string) bool { return n == c.own })
			_, err = p.Press(bounded(t), labels.Delete, remoteui.Where{About: about})
			_, refused := errors.AsType[*remoteui.QuestionError](err)
			if sent := strings.Contains(d.seen(), "POST /do"); sent != c.sent || refused == c.sent || about.Named != c.sent {
				t.Errorf("sent: %t, named: %t; %v", sent, about.Named, err)
			}
		})
	}
}
