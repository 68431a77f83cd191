package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"strings"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/examples/internal/program"
	"github.com/rekey-go/rekey/internal/printable"
	"github.com/rekey-go/rekey/internal/wording"
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
	program.Voice
	config  *config
	stdout  io.Writer
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
		o.Line(o.stderr, "checkkey: %d keys, %d broken, %d forbidden", o.summary.Keys, o.summary.Broken, o.summary.Forbidden)
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
		what = o.Say("%s %d bits", what, r.Bits)
	}
	switch {
	case r.Error != "":
		o.line(r.Where, o.Say("unreadable: %s: %s", r.Kind, r.Error))
	case len(r.Findings) == 0:
		o.line(r.Where, o.Say("nothing found: %s", what))
	}
	for _, f := range r.Findings {
		o.line(r.Where, o.Tell(f.String())+" ["+what+"]")
	}
}

// line is one of a key.
func (o *output) line(where, says string) { o.write(printable.Text(where + ": " + says)) }

// write writes a line to the buffer, no wider than what the buffer is of.
func (o *output) write(text string) {
	fmt.Fprintln(o.buffer, wording.Wrap(text, o.Width(o.stdout), 2))
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
	o.Fail(o.stderr, err)
	o.summary.Errors = append(o.summary.Errors, strings.Split(printable.Lines(err.Error()), "\n")...)
}

// end looks at the set as a whole and prints the summary.
func (o *output) end(ctx context.Context) error {
	if err := o.compare(ctx); err != nil {
		o.fail(err)
	}
	s := o.summary
	if o.config.json {
		o.object(struct {
			Summary summary    `json:"summary"`
			Exit    rekey.Exit `json:"exit"`
		}{s, o.exit(ctx)})
	} else {
		o.write(o.Say("%d keys: %d broken, %d forbidden, %d doubtful, %d unreadable; %d files without any", s.Keys, s.Broken, s.Forbidden, s.Doubtful, s.Unreadable, s.NoKey))
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

// exit is how the program ends; its code is a sum, the class the gravest of its parts.
func (o *output) exit(ctx context.Context) rekey.Exit {
	if ctx.Err() != nil {
		return rekey.ExitOf(context.Canceled)
	}
	return program.Sum(o.code, []program.Part{
		{Bit: exitBroken, Class: "weak", Retry: rekey.RetryChange},
		{Bit: exitForbidden, Class: "forbidden", Retry: rekey.RetryChange},
		{Bit: exitFailed, Class: rekey.ExitFailed, Retry: rekey.RetryChange},
		{Bit: exitUnreadable, Class: "unreadable", Retry: rekey.RetryChange},
	})
}
