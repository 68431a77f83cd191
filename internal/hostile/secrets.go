package hostile

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"maps"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Secrets are texts that must not come out anywhere, in no spelling. It is
// safe for concurrent use.
type Secrets struct {
	mu        sync.Mutex
	spellings map[string]string // to the name of the secret
	outputs   int
}

// Plant adds a secret. One of fewer than six bytes would be found by chance.
func (s *Secrets) Plant(name, value string) {
	if len(value) < 6 {
		return
	}
	quoted := strconv.Quote(value)
	texts := []string{
		value, url.QueryEscape(value), url.PathEscape(value), html.EscapeString(value), quoted[1 : len(quoted)-1],
		// As %x, % x and %v of bytes print it.
		hex.EncodeToString([]byte(value)), strings.ToUpper(hex.EncodeToString([]byte(value))),
		fmt.Sprintf("% x", value), strings.Trim(fmt.Sprint([]byte(value)), "[]"),
	}
	s.add(name, append(texts, inBase64([]byte(value))...))
}

// PlantNumber adds a number, such as a factor of a modulus.
func (s *Secrets) PlantNumber(name string, n *big.Int) {
	raw := n.Bytes()
	texts := []string{n.String(), n.Text(16), strings.ToUpper(n.Text(16)), fmt.Sprintf("% x", raw), strings.Trim(fmt.Sprint(raw), "[]"), string(raw)}
	s.add(name, append(texts, inBase64(raw)...))
}

func (s *Secrets) add(name string, spellings []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.spellings == nil {
		s.spellings = map[string]string{}
	}
	for _, text := range spellings {
		s.spellings[text] = name
	}
}

// inBase64 are the characters that stand for b wherever in a base64 text it
// begins, in both alphabets.
func inBase64(b []byte) []string {
	var all []string
	for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for shift := range 3 {
			text := enc.EncodeToString(append(make([]byte, shift), b...))
			// The first characters hold bits of what comes before, the last of what follows.
			from, to := (shift*8+5)/6, (shift+len(b))*8/6
			if to-from >= 8 {
				all = append(all, text[from:to])
			}
		}
	}
	return all
}

// Find returns the names of the secrets in a text.
func (s *Secrets) Find(text string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outputs++
	found := map[string]bool{}
	for spelling, name := range s.spellings {
		if strings.Contains(text, spelling) {
			found[name] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// FindIn looks into a value in all ways in which Go prints it, and as JSON; an
// error with all that it wraps.
func (s *Secrets) FindIn(v any) []string {
	found := s.Find(fmt.Sprintf("%v\n%+v\n%#v\n%q", v, v, v, v))
	if b, err := json.Marshal(v); err == nil {
		found = append(found, s.Find(string(b))...)
	}
	if err, ok := v.(error); ok {
		found = append(found, s.Find(err.Error())...)
		if many, ok := v.(interface{ Unwrap() []error }); ok {
			for _, e := range many.Unwrap() {
				found = append(found, s.FindIn(e)...)
			}
		}
		if inner := errors.Unwrap(err); inner != nil {
			found = append(found, s.FindIn(inner)...)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// FindBelow looks into the names and contents of all files below a directory:
// where it found a secret, by file.
func (s *Secrets) FindBelow(dir string) (found map[string][]string, files int, err error) {
	found = map[string][]string{}
	err = filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		files++
		if names := s.Find(file + "\n" + string(b)); len(names) > 0 {
			found[file] = names
		}
		return nil
	})
	return found, files, err
}

// Size is how many spellings are looked for, and in how many outputs.
func (s *Secrets) Size() (spellings, outputs int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.spellings), s.outputs
}
