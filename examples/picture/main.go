// Command picture draws what a program printed as a terminal of 80 columns, in SVG,
// for README.md:
//
//	go run ./examples/remediate 2>/dev/null | go run ./examples/picture >docs/terminal.svg
package main

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"log"
	"os"
	"strings"

	"github.com/rekey-go/rekey/internal/wording"
)

// The measures of a character in pixels, and of the frame around the text.
const (
	columns = 80
	wide    = 8.4
	high    = 18
	margin  = 16
	bar     = 30 // on top, with the command
)

func main() {
	if err := draw(os.Stdin, os.Stdout, "go run ./examples/remediate"); err != nil {
		log.Fatal(err)
	}
}

// draw draws the lines of r below a command.
func draw(r io.Reader, w io.Writer, command string) error {
	var lines []string
	in := bufio.NewScanner(r)
	for in.Scan() {
		lines = append(lines, strings.TrimRight(in.Text(), " "))
	}
	if err := in.Err(); err != nil {
		return err
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	width, height := int(columns*wide)+2*margin, (len(lines)+1)*high+2*margin+bar
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" role="img" aria-label="What %[3]s prints">
<style>text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#d8dee9;white-space:pre}.b{font-weight:bold;fill:#fff}.g{fill:#a3be8c}.c{fill:#81a1c1}</style>
<rect width="100%%" height="100%%" rx="8" fill="#22272e"/>
<text x="%d" y="%d" class="c">$ %[3]s</text>
`, width, height, html.EscapeString(command), margin, bar)
	for i, line := range lines {
		if line == "" {
			continue
		}
		fmt.Fprintf(&b, "<text x=\"%d\" y=\"%d\"%s>%s</text>\n", margin, bar+(i+1)*high+margin/2, class(line), html.EscapeString(wording.Fit(line, columns)))
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// class is how a line is drawn.
func class(line string) string {
	switch {
	case strings.HasPrefix(line, "Plan: "), strings.Contains(line, " done; "):
		return ` class="b"`
	case strings.HasPrefix(line, "  TLS  done"):
		return ` class="g"`
	}
	return ""
}
