package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"strings"
	"unicode"

	"github.com/rekey-go/rekey/keycheck"
)

// summary is the last line.
type summary struct {
	Keys       int                   `json:"keys"`
	Broken     int                   `json:"broken"`
	Forbidden  int                   `json:"forbidden"`
	Doubtful   int                   `json:"doubtful"`
	Unreadable int                   `json:"unreadable"`
	NoKey      int                   `json:"no_key"` // files of directories that hold none
	Kinds      map[keycheck.Kind]int `json:"kinds"`
	Errors     []string              `json:"errors,omitempty"`
}

// output prints results as they come.
type output struct {
	config  *config
	buffer  *bufio.Writer // of standard output
	stderr  io.Writer
	summary summary
	code    int
	set     []result // of -set
}

// progressEvery so many keys there is a line.
const progressEvery = 10_000

func (o *output) add(r result) {
	if r.Kind == noKey {
		o.summary.NoKey++
		return
	}
	o.summary.Keys++
	if r.Error != "" {
		o.summary.Unreadable++
		o.code |= exitUnreadable
	}
	if r.err != nil {
		o.fail(fmt.Errorf("%s: %w", r.Where, r.err))
	}
	o.count(r.Findings, nil)
	o.print(r)
	if o.config.set && r.key.N != nil {
		o.set = append(o.set, r)
	}
	if o.config.progress && o.summary.Keys%progressEvery == 0 {
		fmt.Fprintf(o.stderr, "checkkey: %d keys, %d broken, %d forbidden\n", o.summary.Keys, o.summary.Broken, o.summary.Forbidden)
	}
}

// count counts a key by its worst finding; before are those by which it has been
// counted already.
func (o *output) count(found, before []keycheck.Finding) {
	for _, f := range found {
		o.summary.Kinds[f.Kind]++
	}
	was, is := worst(before), max(worst(before), worst(found))
	if was == is {
		return
	}
	if n := o.counter(was); n != nil {
		*n--
	}
	*o.counter(is)++
	switch is {
	case keycheck.Broken:
		o.code |= exitBroken
	case keycheck.Forbidden:
		o.code |= exitForbidden
	}
}

func worst(found []keycheck.Finding) (s keycheck.Severity) {
	for _, f := range found {
		s = max(s, f.Severity)
	}
	return s
}

func (o *output) counter(s keycheck.Severity) *int {
	switch s {
	case keycheck.Broken:
		return &o.summary.Broken
	case keycheck.Forbidden:
		return &o.summary.Forbidden
	case keycheck.Doubtful:
		return &o.summary.Doubtful
	}
	return nil
}

func (o *output) print(r result) {
	if !o.config.all && len(r.Findings) == 0 && r.Error == "" {
		return
	}
	if o.config.json {
		o.object(r)
		return
	}
	what := strings.TrimSpace(r.Kind + ", " + r.Algorithm)
	if r.Bits > 0 {
		what += fmt.Sprintf(" %d bits", r.Bits)
	}
	switch {
	case r.Error != "":
		fmt.Fprintln(o.buffer, printable(fmt.Sprintf("%s: unreadable: %s: %s", r.Where, r.Kind, r.Error)))
	case len(r.Findings) == 0:
		fmt.Fprintln(o.buffer, printable(fmt.Sprintf("%s: nothing found: %s", r.Where, what)))
	}
	for _, f := range r.Findings {
		fmt.Fprintln(o.buffer, printable(fmt.Sprintf("%s: %v [%s]", r.Where, f, what)))
	}
}

func (o *output) object(v any) {
	data, err := json.Marshal(v)
	if err != nil {
		o.fail(err)
		return
	}
	fmt.Fprintf(o.buffer, "%s\n", data)
}

func (o *output) fail(err error) {
	o.code |= exitFailed
	for line := range strings.Lines(err.Error()) {
		line = printable(strings.TrimSpace(line))
		fmt.Fprintln(o.stderr, "checkkey: "+line)
		o.summary.Errors = append(o.summary.Errors, line)
	}
}

// end looks at the set as a whole and prints the summary.
func (o *output) end(ctx context.Context) error {
	if err := o.compare(ctx); err != nil {
		o.fail(err)
	}
	s := o.summary
	if o.config.json {
		o.object(map[string]summary{"summary": s})
	} else {
		fmt.Fprintf(o.buffer, "%d keys: %d broken, %d forbidden, %d doubtful, %d unreadable; %d files without any\n", s.Keys, s.Broken, s.Forbidden, s.Doubtful, s.Unreadable, s.NoKey)
	}
	return o.buffer.Flush()
}

// compare prints what only the set as a whole shows, as results of their own.
func (o *output) compare(ctx context.Context) error {
	if len(o.set) < 2 {
		return nil
	}
	var moduli []*big.Int
	first := map[string]string{}
	for _, r := range o.set {
		moduli = append(moduli, r.key.N)
	}
	shared, err := keycheck.SharedPrimes(ctx, moduli)
	for i, r := range o.set {
		before := r.Findings
		r.Findings, r.Proof = nil, nil
		key := string(r.key.N.Bytes())
		if where, seen := first[key]; seen {
			r.Findings = append(r.Findings, keycheck.Finding{Kind: keycheck.SameKey, Severity: keycheck.Doubtful, Detail: "the same modulus as " + where})
		} else {
			first[key] = r.Where
		}
		if f, is := shared[i]; is {
			r.Findings = append(r.Findings, f)
			r.prove(o.config.nonce)
		}
		if r.Findings != nil {
			o.count(r.Findings, before)
			o.print(r)
		}
	}
	return err
}

// printable takes away what a terminal would act upon.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '\ufffd'
	}, s)
}
