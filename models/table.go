package models

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/rekey-go/rekey/internal/lazyregexp"
)

// tableCSV is the table of the advisory, a line per model.
//
//go:embed models.csv
var tableCSV string

// Source tells what a row rests on.
type Source string

const (
	// Advisory: the advisory states it.
	Advisory Source = "A"
	// Inferred: the advisory does not state it; we read it from its layout.
	Inferred Source = "I"
)

// Row is one model of the table. From and To are the first and the last
// controller version that makes weak keys. // M-2
type Row struct {
	Name   string  `json:"name"` // as the advisory spells it, one generation each
	From   Version `json:"from"`
	To     Version `json:"to"`
	Source Source  `json:"source"` // of the range
	Line   int     `json:"line"`   // in the advisory's text
}

// entry is a row with its name taken apart.
type entry struct {
	name
	row Row
}

// table is read once from the embedded text, at first need, in the advisory's
// order. A fault in that text is a fault of the program.
var table = sync.OnceValue(func() []entry { return mustReadTable(tableCSV) })

// byName finds a row of the table by the name taken apart.
var byName = sync.OnceValue(func() map[name]*Row {
	index := make(map[name]*Row, len(table()))
	for i, e := range table() {
		if index[e.name] != nil {
			panic("models.csv: " + e.row.Name + " stands twice")
		}
		index[e.name] = &table()[i].row
	}
	return index
})

func mustReadTable(text string) []entry {
	records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		panic("models.csv: " + err.Error())
	}
	entries := make([]entry, 0, len(records))
	for _, record := range records[1:] { // the first line names the columns
		e, err := readEntry(record)
		if err != nil {
			panic(fmt.Sprintf("models.csv: %q: %v", record, err))
		}
		entries = append(entries, e)
	}
	return entries
}

func readEntry(record []string) (e entry, err error) {
	var ok bool
	if e.name, ok = parseName(record[0]); !ok {
		return e, fmt.Errorf("no model name")
	}
	e.row = Row{Name: record[0], Source: Source(record[3])}
	if e.row.From, err = ParseVersion(record[1]); err != nil {
		return e, err
	}
	if e.row.To, err = ParseVersion(record[2]); err != nil {
		return e, err
	}
	e.row.Line, err = strconv.Atoi(record[4])
	return e, err
}

// All returns the rows in the order of the advisory.
func All() iter.Seq[Row] {
	return func(yield func(Row) bool) {
		for _, e := range table() {
			if !yield(e.row) {
				return
			}
		}
	}
}

// Match finds the row of a model by its name, in any of the usual spellings.
// It reports false for a name that is not listed, that holds anything it does
// not understand, or that is no name. // M-3
func Match(model string) (Row, bool) {
	n, ok := parseName(model)
	if !ok {
		return Row{}, false
	}
	row := byName()[n]
	if row == nil {
		return Row{}, false
	}
	return *row, true
}

// maxRelatives bounds the relatives that are named.
const maxRelatives = 8

var anyNumber = lazyregexp.New(`[Cc]?[0-9]{3,}`)

// relatives names the listed models nearest to a name that is not listed:
// those with a number of the name, whatever their family and generation, or
// else those of its series (same family, same number but for the last two
// digits). They help a person to see a misspelt name; nothing is concluded
// from them.
func relatives(model string) []string {
	text, ok := clean(model, maxNameLen)
	if !ok {
		return nil
	}
	numbers := anyNumber.FindAllString(text, -1)
	near := namesOf(func(e entry) bool {
		return slices.ContainsFunc(numbers, func(number string) bool { return digits(number) == digits(e.number) })
	})
	if n, ok := parseName(model); ok && len(near) == 0 {
		near = namesOf(func(e entry) bool {
			return e.family == n.family && series(e.number) == series(n.number)
		})
	}
	return near[:min(len(near), maxRelatives)]
}

func namesOf(wanted func(entry) bool) []string {
	var names []string
	for _, e := range table() {
		if wanted(e) {
			names = append(names, e.row.Name)
		}
	}
	return names
}

// digits is a model number without the C of a colour machine.
func digits(number string) string { return strings.TrimLeft(number, "Cc") }

// series is a model number with its last two digits blanked.
func series(number string) string { return number[:max(len(number)-2, 0)] + "xx" }
