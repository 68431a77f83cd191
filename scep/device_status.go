package scep

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// requests finds what the device's SCEP pages say of the requests for a key. Where
// they list them, and in which words, is published nowhere: any list will do that
// has the key's name in a cell of its own, on a page that is one click away. What
// it says is quoted, and its words only decide whether waiting makes sense.
type requests struct {
	s    *remoteui.Session
	name string
	// old are the rows that were there before the request: those of earlier ones.
	old []string
	// at is the place where a row was found, as an index of places; places are nil
	// until the SCEP page was seen.
	places []place
	found  *place
}

// place is a page that may have the list: the first of the SCEP pages, one behind
// an item that is not known, or one behind an item that is.
type place struct {
	text  string
	label remoteui.Label
}

// maxPlaces bounds the items that are not known and looked behind.
const maxPlaces = 8

// rows are those of this request, each as it stands. thorough looks on every page,
// else on the one where a row was found. What cannot be read shows nothing: the
// list of keys is what counts.
func (r *requests) rows(ctx context.Context, thorough bool) ([]string, error) {
	places := r.places
	switch {
	case r.found != nil:
		places = []place{*r.found}
	case !thorough:
		return nil, nil
	case places == nil:
		var err error
		if places, err = r.explore(ctx); err != nil {
			return nil, tolerable(ctx, err)
		}
		r.places = places
	}
	for _, at := range places {
		rows, err := r.rowsAt(ctx, at)
		if err != nil {
			if err := tolerable(ctx, err); err != nil {
				return nil, err
			}
			continue
		}
		if rows = without(rows, r.old); len(rows) > 0 {
			r.found = &at
			return rows, nil
		}
	}
	return nil, nil
}

// explore lists where to look, the likeliest first.
func (r *requests) explore(ctx context.Context) ([]place, error) {
	menu, err := r.s.Walk(ctx, path[:len(path)-1]...)
	if err != nil {
		return nil, err
	}
	before := menu.Actions()
	p, err := r.s.Walk(ctx, path...)
	if err != nil {
		return nil, err
	}
	places := []place{{}}
	for _, text := range p.Actions() {
		at := place{text: text}
		if text != "" && !slices.Contains(before, text) && !slices.Contains(places, at) && !p.Knows(text) && len(places) <= maxPlaces {
			places = append(places, at)
		}
	}
	for _, l := range []remoteui.Label{labels.CertificateRequest, labels.AutoRequestSettings} {
		if p.Has(l) {
			places = append(places, place{label: l})
		}
	}
	return places, nil
}

func (r *requests) rowsAt(ctx context.Context, at place) (rows []string, err error) {
	p, err := r.s.Walk(ctx, path...)
	switch {
	case err != nil:
		return nil, err
	case at.text != "":
		p, err = p.Look(ctx, at.text)
	case at.label != "":
		p, err = p.Follow(ctx, at.label, remoteui.Where{Reads: true})
	}
	if err != nil {
		return nil, err
	}
	for _, cells := range p.RowsNaming(r.name) {
		rows = append(rows, strings.Join(cells, " | "))
	}
	return rows, nil
}

// without takes the rows that were there before out of those that are there now,
// one for one: two requests in the same minute may read alike.
func without(rows, old []string) []string {
	old = slices.Clone(old)
	return slices.DeleteFunc(rows, func(row string) bool {
		i := slices.Index(old, row)
		if i >= 0 {
			old = slices.Delete(old, i, i+1)
		}
		return i >= 0
	})
}

// words are what a row says besides the key's name, which may be any word.
func (r *requests) words(row string) string {
	return strings.Join(slices.DeleteFunc(strings.Split(row, " | "), func(cell string) bool { return cell == r.name }), " ")
}

// denied reports whether every row says no.
func (r *requests) denied(rows []string) bool {
	return len(rows) > 0 && !slices.ContainsFunc(rows, func(row string) bool { return !remoteui.Denies(r.words(row)) })
}

// underway reports whether a row says that it is being done.
func (r *requests) underway(rows []string) bool {
	return slices.ContainsFunc(rows, func(row string) bool { return remoteui.Delays(r.words(row)) })
}

// refusal quotes the rows, or else what the device said when it was asked.
func (r *requests) refusal(rows []string, said string) error {
	text := said
	if len(rows) > 0 {
		text = strings.Join(rows, "; ")
	}
	return fmt.Errorf("SCEP request for key %q: %w", r.name, &remoteui.RefusedError{Page: "list of certificate requests", Text: text})
}

// tolerable is nil for what a page that only may say something does not: it is
// not there, or not understood.
func tolerable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if errors.Is(err, remoteui.ErrClosed) {
		return err
	}
	return nil
}
