package remoteui

import (
	"context"
	"errors"
	"time"
)

// Intent is what an act is for: what a person has in mind who goes to a page, chooses,
// fills in, presses, answers what is asked, and looks what became of it. It says
// nothing of the pages on which all this happens: how many there are, and what they
// look like, the device decides. [Session.Do] carries it out.
type Intent struct {
	// Name says what is done, for messages: "deleting key \"TLS-2021\"".
	Name string
	// Way leads to the page where the act begins, from the portal page on.
	Way []Label
	// Open, in place of Way, goes there where it takes more than labels. It only
	// reads, and may be called again.
	Open func(context.Context) (*Page, error)
	// Seen reports whether the page where the act begins need not be loaded: it was
	// read a moment ago, see [Page.Moment], or nothing on it matters. Then the steps
	// that only lead on from it are not clicked, where it is known from an earlier act
	// what they ask for. Their checks are made, without the page. Nil: it is loaded.
	Seen func() bool
	// Back is what leads back to the page where the act began, from one of a later
	// step that shows itself again: the page's own name. Empty: nothing is known.
	Back Label
	// Steps are what is clicked or chosen, in order. The last one carries the act
	// out.
	Steps []Step
	// Fields are filled in on whatever page of the act they turn up.
	Fields []Field
	// About says what the act is about. A question that names something else is
	// answered no, and ends the act. Nil: nothing has a name.
	About *Object
	// See is shown each page that comes after the last step, before anything is
	// pressed on it; true ends the act. Nil: nobody looks.
	See func(context.Context, *Page) bool
	// Done tells by reading whether it happened. Nil: what the device says is all,
	// and one that says it is busy has done nothing.
	Done func(context.Context) (bool, error)
	// Leaves: the device goes down by it, so no page that comes is waited on.
	Leaves bool
	// Slow: the device may take its time for it after it answered, so that one
	// reading that finds nothing says nothing.
	Slow bool
	// Timeout and Interval of the readings of what is slow; zero: 10 min and 2 s.
	Timeout, Interval time.Duration
}

// Step is one thing that is clicked or chosen: a link, a button or a tab of that
// name, a radio button or an option that is followed by a button to go on, or a box
// to tick with a button that carries it out.
type Step struct {
	// Labels are its names, the best first.
	Labels []Label
	// Section prefers the one below this heading, where there is one.
	Section Label
	// Row finds the row of a list that it is a command for, or the table cell in
	// Where; nil: it is for no row.
	Row func(context.Context, *Page) (*Table, *Row, error)
	// Column is one of the list that Row looks in: where the list comes in pages, a
	// row that is not on one ([*NoRowError]) is looked for on the next. Empty: on one
	// page only.
	Column Label
	// Where says more of where it stands; of Row, if there is one.
	Where Where
	// Writes: pressing it may change the device. It happens once at most before
	// [Intent.Done] was asked.
	Writes bool
	// Optional: a device that offers what comes after it does without.
	Optional bool
	// On is a label that the page must have, too, for the step to be this one: [OK]
	// stands on many pages. Empty: any page will do.
	On Label
	// Off is a label that the page must not have.
	Off Label
	// Check is asked right before it is clicked, on the very page. An error ends
	// the act, but [ErrDone] and [ErrUndone].
	Check func(context.Context, *Page) error
}

// ErrDone is returned by [Step].Check if there is nothing left to do.
var ErrDone = errors.New("done already")

// ErrUndone is returned by [Step].Check if the page does not show what the step
// before was for: the runner then does as after an answer that was lost.
var ErrUndone = errors.New("not done")

// Field is something to fill in.
type Field struct {
	Label Label
	// Text is typed. It is also what tells the form that was filled in when the
	// device shows it again.
	Text string
	// Set fills in what is more than a text; nil: Text is typed.
	Set func(context.Context, *Page) error
	// Optional: a form without it is filled in all the same.
	Optional bool
}

// Ahead is the field for [Session.Rehearse]: it is looked for and not filled in.
func (f Field) Ahead() Field {
	return Field{Label: f.Label, Optional: f.Optional, Set: func(ctx context.Context, p *Page) error {
		if f.Label == fileField {
			_, err := p.FileField(ctx)
			return err
		}
		_, err := p.Controls(ctx, f.Label)
		return err
	}}
}

// Answer is what came of an act.
type Answer struct {
	// Page is the last one that the device showed; nil if its answer was lost.
	Page *Page
	// Said is what the device said after the last step, on one line; empty if it
	// said nothing.
	Said string
	// Trace is what was done and met, in order, fit to be shown.
	Trace []string
}

// Named finds a row by what it shows in a column, for [Step].Row.
func Named(column Label, text string) func(context.Context, *Page) (*Table, *Row, error) {
	return func(ctx context.Context, p *Page) (*Table, *Row, error) {
		t, err := p.Table(ctx, column)
		if err != nil {
			return nil, nil, err
		}
		r, err := t.Find(column, text)
		return t, r, err
	}
}
