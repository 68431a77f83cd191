package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const top = "../../.."

// Every row of docs/benchmarks.md with a figure names a benchmark that exists and
// that .ci/bench runs, and every figure has a unit that this benchmark measures.
func TestPage(t *testing.T) {
	t.Parallel()
	read := func(name string) string {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	script := read(filepath.Join(top, ".ci/bench"))
	sources := map[string]string{} // by benchmark
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && (strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "/bench/fleet/main.go")) {
			text := read(path)
			for _, m := range regexp.MustCompile(`func (Benchmark\w+)|Printf\("(Benchmark\w+)/`).FindAllStringSubmatch(text, -1) {
				sources[m[1]+m[2]] += text
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	rows, head := 0, []string(nil)
	for before, text := "", strings.Split(read(filepath.Join(top, "docs/benchmarks.md")), "\n"); len(text) > 0; before, text = text[0], text[1:] {
		row := cells(text[0])
		if row == nil || strings.HasPrefix(row[0], "---") {
			continue
		}
		if !strings.HasPrefix(before, "|") {
			head = row
			if len(row) < 3 || row[1] != "benchmark" {
				t.Errorf("a table without benchmarks: %s", row)
			}
			continue
		}
		rows++
		of := benchmarks(row)
		if of == nil || len(row) != len(head) {
			t.Errorf("a row without its benchmark: %s", row)
			continue
		}
		for _, name := range slices.Concat(of, names(strings.Join(head, " "))) {
			if !strings.HasPrefix(name, "Benchmark") {
				continue
			}
			name, unit, _ := strings.Cut(name, ":")
			benchmark, sub, _ := strings.Cut(name, "/")
			source := sources[benchmark]
			if source == "" || !strings.Contains(script, benchmark) {
				t.Errorf("%s: it does not exist, or .ci/bench does not run it", benchmark)
			}
			if !literal(source, benchmark, sub) {
				t.Errorf("%s has no %q", benchmark, sub)
			}
			for c := 2; c < len(row); c++ {
				if units := names(head[c]); unit == "" && row[c] != "" && len(units) > 0 && units[0] != "ns/op" && !strings.Contains(source, units[0]) {
					t.Errorf("%s measures no %q", name, units[0])
				} else if len(units) == 0 {
					t.Errorf("%q has no unit", head[c])
				}
			}
			if unit != "" && unit != "ns/op" && !strings.Contains(source, unit) {
				t.Errorf("%s measures no %q", name, unit)
			}
		}
	}
	if rows < 30 {
		t.Errorf("%d rows", rows)
	}
}

// literal reports whether sub is a string of the source, by itself or after its
// benchmark, or made from one with %d.
func literal(source, benchmark, sub string) bool {
	if sub == "" {
		return true
	}
	for _, m := range regexp.MustCompile(`"([^"\n]+)"`).FindAllStringSubmatch(source, -1) {
		text, _, _ := strings.Cut(strings.TrimPrefix(m[1], benchmark+"/"), " ")
		if text == sub || strings.Contains(text, "=%d") && regexp.MustCompile("^"+strings.ReplaceAll(regexp.QuoteMeta(text), "%d", `\d+`)+"$").MatchString(sub) {
			return true
		}
	}
	return false
}

func TestFill(t *testing.T) {
	t.Parallel()
	const page = "# Page\n\n" +
		"| what | benchmark | `best-ns/key` | to b: `best-ns/key` / `BenchmarkA/b` | note |\n" +
		"| --- | --- | ---: | ---: | --- |\n" +
		"| a | `BenchmarkA/a` | - | - | x |\n" +
		"| b | `BenchmarkA/b` | 3 s | | |\n" +
		"| other unit | `BenchmarkA/b:count` | - | | |\n" +
		"| ratio | `BenchmarkA/a` / `BenchmarkA/b` | - | | |\n" +
		"| absent | `BenchmarkA/c` | 7 | | |\n\n" +
		"text | `BenchmarkA/a` | 1 |\n"
	const output = "goos: linux\n" +
		"BenchmarkA/a-2 \t 100\t 3000 best-ns/key\n    x_test.go:1: BenchmarkA/b-2 1 1500 best-ns/key 7 count\n" +
		"BenchmarkA/a-2 \t 100\t 4500 best-ns/key\nBenchmarkA/b-2 1 1600 best-ns/key 9.25 count\nBenchmarkA/b-2 1 2000000 best-ns/key 8 count\n"
	want := strings.NewReplacer(
		"| a | `BenchmarkA/a` | - | - |", "| a | `BenchmarkA/a` | 3.00 µs | 2.00 |",
		"`BenchmarkA/b` | 3 s |", "`BenchmarkA/b` | 1.50 µs |",
		"`BenchmarkA/b:count` | - |", "`BenchmarkA/b:count` | 7.00-9.25 |",
		"`BenchmarkA/b` | - |", "`BenchmarkA/b` | 2.00 |",
	).Replace(page)
	got, missing := fill(page, parse(output))
	if got != want || !slices.Equal(missing, []string{"`BenchmarkA/c` `best-ns/key`"}) {
		t.Errorf("%q\n%s", missing, got)
	}
	for want, v := range map[string][]float64{"0": {0}, "93.0": {93}, "440 µs": {440_123}, "1.16 ms": {1_160_000}, "2.00 s": {2e9}, "0.053": {0.0534}, "12000": {12_000}} {
		if got := text(v, strings.HasSuffix(want, "s")); got != want {
			t.Errorf("%v: %q, want %q", v, got, want)
		}
	}
}
