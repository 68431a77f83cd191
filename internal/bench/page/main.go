// Command page writes what benchmarks measured into the tables of
// docs/benchmarks.md: .ci/bench runs it last.
//
//	go run ./page OUTPUT ../../docs/benchmarks.md
//
// OUTPUT has lines as "go test -bench" prints them. A row of a table names its
// benchmark, and the head of a column its unit, both as code; "A / B" is the ratio
// of two benchmarks in a row, and of the unit to that of benchmark B in a head, and
// "A:unit" a row of another unit. What was not measured keeps its figures, and is
// named.
package main

import (
	"fmt"
	"log"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

func main() {
	log.SetFlags(0)
	output, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	page, err := os.ReadFile(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	filled, missing := fill(string(page), parse(string(output)))
	if err := os.WriteFile(os.Args[2], []byte(filled), 0o644); err != nil {
		log.Fatal(err)
	}
	for _, m := range missing {
		fmt.Println("not measured:", m)
	}
}

// results are the values of each benchmark and unit, over the runs.
type results map[[2]string][]float64

var (
	line   = regexp.MustCompile(`\b(Benchmark\S+?)(?:-\d+)?\s+\d+((?:\s+[0-9.e+-]+ \S+)+)`)
	metric = regexp.MustCompile(`([0-9.e+-]+) (\S+)`)
)

func parse(output string) results {
	r := results{}
	for _, m := range line.FindAllStringSubmatch(output, -1) {
		for _, v := range metric.FindAllStringSubmatch(m[2], -1) {
			if x, err := strconv.ParseFloat(v[1], 64); err == nil {
				r[[2]string{m[1], v[2]}] = append(r[[2]string{m[1], v[2]}], x)
			}
		}
	}
	return r
}

var code = regexp.MustCompile("`([^`]+)`")

// names are what stands as code in a cell: of a row with a figure at least one is a
// benchmark, and of a head with figures one a unit.
func names(cell string) (all []string) {
	for _, m := range code.FindAllStringSubmatch(cell, -1) {
		all = append(all, m[1])
	}
	return all
}

// cells are those of a line of a table, or nil.
func cells(text string) []string {
	text, is := strings.CutPrefix(text, "|")
	if !is {
		return nil
	}
	row := strings.Split(strings.TrimSuffix(text, "|"), "|")
	for i := range row {
		row[i] = strings.TrimSpace(row[i])
	}
	return row
}

// benchmarks are those that a row names, in its second cell.
func benchmarks(row []string) []string {
	if len(row) < 3 || !strings.HasPrefix(row[1], "`Benchmark") {
		return nil
	}
	return names(row[1])
}

// fill returns the page with the figures, and which of them there are not.
func fill(page string, r results) (filled string, missing []string) {
	lines := strings.Split(page, "\n")
	var head []string
	for i, text := range lines {
		row := cells(text)
		if row == nil || strings.HasPrefix(row[0], "---") {
			continue
		}
		if i == 0 || !strings.HasPrefix(lines[i-1], "|") {
			head = row
		}
		of := benchmarks(row)
		for c := 2; c < len(row) && of != nil; c++ {
			unit := names(head[c])
			if row[c] == "" || len(unit) == 0 {
				continue
			}
			if figure, is := r.figure(of, unit); is {
				row[c] = figure
			} else {
				missing = append(missing, row[1]+" "+head[c])
			}
		}
		lines[i] = strings.ReplaceAll("| "+strings.Join(row, " | ")+" |", "  ", " ")
	}
	return strings.Join(lines, "\n"), missing
}

func (r results) figure(of, unit []string) (string, bool) {
	a, own := r.values(of[0], unit[0])
	if len(of) == 1 && len(unit) == 1 {
		return text(a, nanoseconds.MatchString(own)), a != nil
	}
	b, _ := r.values(slices.Concat(of[1:], unit[1:])[0], unit[0])
	if a == nil || b == nil {
		return "", false
	}
	return text([]float64{middle(a) / middle(b)}, false), true
}

var nanoseconds = regexp.MustCompile(`(^|-)ns(/|$)`)

// values are what was measured, in order, and in which unit.
func (r results) values(name, unit string) ([]float64, string) {
	if n, own, is := strings.Cut(name, ":"); is {
		name, unit = n, own
	}
	v := slices.Sorted(slices.Values(r[[2]string{name, unit}]))
	if strings.Contains(unit, "best") && v != nil { // of all runs, too
		v = v[:1]
	}
	return v, unit
}

func middle(sorted []float64) float64 { return sorted[len(sorted)/2] }

// text is the median to three digits, or the least and the most where they are more
// than a tenth apart.
func text(sorted []float64, nanoseconds bool) string {
	if len(sorted) == 0 {
		return ""
	}
	unit, by := "", 1.0
	if nanoseconds {
		for _, u := range []string{" ns", " µs", " ms", " s"} {
			if unit = u; middle(sorted)/by < 1000 {
				break
			}
			by *= 1000
		}
	}
	number := func(x float64) string {
		x /= by
		if x == 0 {
			return "0"
		}
		digits := 2 - int(math.Floor(math.Log10(math.Abs(x))))
		return strconv.FormatFloat(x, 'f', max(0, min(digits, 3)), 64)
	}
	least, most := number(sorted[0]), number(sorted[len(sorted)-1])
	if sorted[len(sorted)-1] > 1.1*sorted[0] && least != most {
		return least + "-" + most + unit
	}
	return number(middle(sorted)) + unit
}
