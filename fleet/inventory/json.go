package inventory

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// isJSON reports whether a list is one of objects: in an array, or one after another.
func isJSON(data []byte) bool {
	data = bytes.TrimLeft(data, " \t\r\n")
	return len(data) > 0 && (data[0] == '{' || data[0] == '[')
}

// jsonRecords reads objects as records: the first names the fields of all, in the order
// in which they come. What is no text, number, yes or no, or list of these, has no field.
func jsonRecords(data []byte) (records [][]string, lines []int, err error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	line := func() int { return 1 + bytes.Count(data[:d.InputOffset()], []byte("\n")) }
	fault := func(err error) (_ [][]string, _ []int, _ error) {
		at := line()
		if bad, ok := errors.AsType[*json.SyntaxError](err); ok {
			at = 1 + bytes.Count(data[:min(int(bad.Offset), len(data))], []byte("\n"))
		}
		return nil, nil, &Fault{at, "1", "this is no JSON: " + err.Error(), "write an array of objects, or an object in each line"}
	}
	array := bytes.TrimLeft(data, " \t\r\n")[0] == '['
	if array {
		if _, err := d.Token(); err != nil {
			return fault(err)
		}
	}
	var names []string
	var objects []map[string]string
	for !array || d.More() {
		var raw map[string]any
		err := d.Decode(&raw)
		if !array && errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fault(err)
		}
		_, ends := raw["exit"].(map[string]any) // how the program ended whose lines these are
		for name := range raw {
			ends = ends && columnOf(name) != &columns[0]
		}
		if ends {
			continue
		}
		o := map[string]string{}
		for name, v := range raw {
			sep := " "
			if plain(name) == "externalkeys" { // names of keys have blanks
				sep = "|"
			}
			if text, ok := field(v, sep); ok {
				o[name] = text
			}
		}
		var more []string
		for name := range o {
			if !slices.Contains(names, name) {
				more = append(more, name)
			}
		}
		slices.Sort(more)
		names, objects, lines = append(names, more...), append(objects, o), append(lines, line())
	}
	if array {
		if _, err := d.Token(); err != nil {
			return fault(err)
		}
		if _, err := d.Token(); !errors.Is(err, io.EOF) {
			return fault(errors.New("there is more behind the array"))
		}
	}
	records = append(records, names)
	for _, o := range objects {
		r := make([]string, len(names))
		for i, name := range names {
			r[i] = o[name]
		}
		records = append(records, r)
	}
	return records, append([]int{1}, lines...), nil
}

// field is a value as a list has it.
func field(v any, sep string) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "", true
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return fmt.Sprint(v), true
	case []any:
		var all []string
		for _, e := range v {
			text, ok := field(e, sep)
			if _, nested := e.([]any); !ok || nested {
				return "", false
			}
			all = append(all, text)
		}
		return strings.Join(all, sep), true
	}
	return "", false
}
