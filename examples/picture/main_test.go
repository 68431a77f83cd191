package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// What is drawn is well-formed, whatever was printed, and no line leaves the frame.
func TestDraw(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	text := "Plan: 1 key.\n  a & b <c>\n\n" + strings.Repeat("wide ", 40) + "\n\n\n"
	if err := draw(strings.NewReader(text), &b, "go run x"); err != nil {
		t.Fatal(err)
	}
	lines, d := 0, xml.NewDecoder(strings.NewReader(b.String()))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, b.String())
		}
		if data, ok := token.(xml.CharData); ok {
			if len([]rune(string(data))) > columns && !strings.Contains(string(data), "font") {
				t.Errorf("too wide: %q", data)
			}
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "text" {
			lines++
		}
	}
	if lines != 4 {
		t.Errorf("%d lines, want the command and three", lines)
	}
}
