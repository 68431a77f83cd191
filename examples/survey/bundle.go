package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/usage/survey"
)

// bundle is the file of -bundle in the making: beside the place where it is to
// stand, so that there is never half of one. Nil: none is wanted.
type bundle struct {
	name string
	file *os.File
}

// newBundle finds out whether the file can be made. An older one is not
// overwritten.
func newBundle(name string) (*bundle, error) {
	if name == "" {
		return nil, nil
	}
	if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			err = fmt.Errorf("%s is there already: choose another name, or remove it", name)
		}
		return nil, fmt.Errorf("-bundle: %w", err)
	}
	file, err := os.CreateTemp(filepath.Dir(name), ".survey-*.zip")
	if err != nil {
		return nil, fmt.Errorf("-bundle: no file can be made there: %w", err)
	}
	return &bundle{name, file}, nil
}

// write writes the bundle also of a survey that failed: that is what it is for.
func (b *bundle) write(rec *remoteui.Recorder, r *survey.Report, say func(format string, args ...any)) error {
	if b == nil {
		return nil
	}
	about, err := rec.WriteBundle(b.file, r.String())
	if err == nil {
		err = b.file.Sync()
	}
	if err = errors.Join(err, b.file.Close()); err == nil {
		err = os.Rename(b.file.Name(), b.name)
	}
	if err != nil {
		return fmt.Errorf("-bundle: it was not written: %w", err)
	}
	say("%s: %d requests and answers, masked. Read its kept.txt before you give it away: %d texts were kept because they stand where labels do; -mask TEXT masks one.", b.name, about.Pages, len(about.Kept))
	if about.Cut {
		say("The walk was longer than a bundle may be: its end is not in it.")
	}
	return nil
}

// discard removes what was not finished.
func (b *bundle) discard() {
	if b != nil {
		b.file.Close()
		os.Remove(b.file.Name()) // gone by now if it was finished
	}
}
