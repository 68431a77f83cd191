// Package walk is the form in which a recorded walk over a device's pages is
// kept: a zip file with walk.json and the pages.
package walk

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/rekey-go/rekey/internal/lazyregexp"
)

// Format is the version of the form.
const Format = 1

// Bounds of a bundle. A walk has about two hundred requests.
const (
	MaxExchanges = 2000
	MaxFiles     = 2100
	maxFile      = 8 << 20
	MaxBytes     = 64 << 20 // unpacked
)

// State is what the device thinks of the one who asks.
type State string

// The states of a request.
const (
	Outside State = "outside" // before the login, or after leaving
	Login   State = "login"   // it logs in
	Inside  State = "inside"
	Logout  State = "logout" // it leaves
)

// Field of a form or query.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Exchange is a request and its answer.
type Exchange struct {
	State       State    `json:"state"`
	Method      string   `json:"method"`
	Path        string   `json:"path"`
	Query       []Field  `json:"query,omitempty"`
	Fields      []Field  `json:"fields,omitempty"`
	Status      int      `json:"status"`
	ContentType string   `json:"contentType,omitempty"`
	Location    string   `json:"location,omitempty"` // path and query
	Cookies     []string `json:"cookies,omitempty"`  // names of those that were set
	File        string   `json:"file,omitempty"`     // the answer's body; empty: it had none
}

// Walk is a recorded walk.
type Walk struct {
	Format    int        `json:"format"`
	Host      string     `json:"host"` // the mask of the device's
	Exchanges []Exchange `json:"exchanges"`

	Files map[string]string `json:"-"` // by name
}

// FileName is the name of the n-th file.
func FileName(n int, ext string) string { return fmt.Sprintf("pages/%04d.%s", n, ext) }

var fileName = lazyregexp.New(`^pages/[0-9]{4}\.(html|js|txt)$`)

const index = "walk.json"

// Write writes a bundle; extra are files for people, by name.
func (k *Walk) Write(w io.Writer, extra map[string]string) error {
	z := zip.NewWriter(w)
	text, err := json.MarshalIndent(k, "", " ")
	if err != nil {
		return err
	}
	all := maps.Clone(extra)
	if all == nil {
		all = map[string]string{}
	}
	all[index] = string(text) + "\n"
	maps.Copy(all, k.Files)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		// No time of the file: bundles of the same walk are the same.
		f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Time{}})
		if err != nil {
			return err
		}
		if _, err := io.WriteString(f, all[name]); err != nil {
			return err
		}
	}
	return z.Close()
}

// Read reads a bundle. It may come from anywhere: its size, and the names in
// it, are bounded.
func Read(r io.ReaderAt, size int64) (*Walk, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("bundle: %w: it is no zip file, or not all of it", err)
	}
	if len(z.File) > MaxFiles {
		return nil, fmt.Errorf("bundle: %d files, more than %d", len(z.File), MaxFiles)
	}
	k := &Walk{Files: map[string]string{}}
	var text []byte
	left := int64(MaxBytes)
	for _, f := range z.File {
		if f.Name != index && !fileName.MatchString(f.Name) {
			continue // for people
		}
		if _, twice := k.Files[f.Name]; twice || f.Name == index && text != nil {
			return nil, fmt.Errorf("bundle: %s stands twice", f.Name)
		}
		data, err := readFile(f, min(left, maxFile))
		if err != nil {
			return nil, fmt.Errorf("bundle: %s: %w", f.Name, err)
		}
		if left -= int64(len(data)); left < 0 {
			return nil, fmt.Errorf("bundle: %s: the files up to this one hold more than %d bytes", f.Name, int64(MaxBytes))
		}
		if f.Name == index {
			text = data
		} else {
			k.Files[f.Name] = string(data)
		}
	}
	if text == nil {
		return nil, errors.New("bundle: there is no " + index + " in it: is it a survey's bundle?")
	}
	if err := json.Unmarshal(text, k); err != nil {
		return nil, fmt.Errorf("bundle: %s: %w", index, err)
	}
	return k, k.check()
}

func readFile(f *zip.File, limit int64) ([]byte, error) {
	rc, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer rc.Close()
	data, err := io.ReadAll(io.LimitReader(rc, limit+1))
	if err == nil && int64(len(data)) > maxFile {
		err = fmt.Errorf("is larger than %d bytes", int64(maxFile))
	}
	return data, err
}

func (k *Walk) check() error {
	if k.Format != Format {
		return fmt.Errorf("bundle: %s: format %d is not known, only %d: is this program too old?", index, k.Format, Format)
	}
	if len(k.Exchanges) == 0 || len(k.Exchanges) > MaxExchanges {
		return fmt.Errorf("bundle: %s: %d exchanges: want 1 to %d", index, len(k.Exchanges), MaxExchanges)
	}
	for i, e := range k.Exchanges {
		if _, ok := k.Files[e.File]; e.File != "" && !ok {
			return fmt.Errorf("bundle: %s: exchange %d: its file %.100q is missing", index, i+1, e.File)
		}
		if e.Status < 200 || e.Status > 599 {
			return fmt.Errorf("bundle: %s: exchange %d: status %d", index, i+1, e.Status)
		}
		switch e.State {
		case Outside, Login, Inside, Logout:
		default:
			return fmt.Errorf("bundle: %s: exchange %d: state %.100q is not known", index, i+1, string(e.State))
		}
	}
	return nil
}
