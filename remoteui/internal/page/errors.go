package page

import (
	"errors"
	"fmt"
	"strings"

	"github.com/rekey-go/rekey/internal/printable"
)

// ErrClosed is returned by a page that was closed, or that had to be given up
// because one of its scripts did not stop in time.
var ErrClosed = errors.New("page is closed: load it again")

// NotFoundError says that a page has nothing of the wanted role with the
// wanted label.
type NotFoundError struct {
	Role    string   // what was looked for: "action", "control", "value", "table", "option"
	Texts   []string // the label alternatives looked for
	Closest []string // labels of that role that the page does have, most alike first
	// ScriptErrors of the page, which may be why it is missing.
	ScriptErrors []ScriptError
}

func (e *NotFoundError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "no %s labelled %s", e.Role, quoteList(e.Texts, " or "))
	if len(e.Closest) > 0 {
		b.WriteString("; the page has " + quoteList(e.Closest[:min(mostShown, len(e.Closest))], ", "))
	}
	if len(e.ScriptErrors) > 0 {
		b.WriteString("; a script of the page failed: " + e.ScriptErrors[0].Error())
	}
	return b.String()
}

// AmbiguousError says that a label fits several elements of the wanted role
// that do different things.
type AmbiguousError struct {
	Role       string
	Texts      []string
	Candidates []string // one description for each distinct candidate
}

func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("%s labelled %s is ambiguous: %s; name its section or row",
		e.Role, quoteList(e.Texts, " or "), tidy(strings.Join(e.Candidates, "; ")))
}

// LimitError says that a page needs more than a limit allows.
type LimitError struct {
	Limit string // which one: "nodes", "depth", "splices", "bytes", "script time", "script memory", ...
	Max   string
	// Left: the script could not be stopped and goes on, unseen, until it ends by
	// itself.
	Left bool
}

func (e *LimitError) Error() string {
	text := fmt.Sprintf("page exceeds the limit of %s (%s)", e.Limit, e.Max)
	if e.Left {
		text += "; its script could not be stopped and was left behind"
	}
	return text
}

// ScriptError is an error of a page script: at load it is recorded, in the
// handler of a click it is returned.
type ScriptError struct {
	Where        string // "script 2", the URL of a script file, or "onclick of button OK"
	Line, Column int    // 1-based; for inline scripts the line of the page; 0 if unknown
	Message      string
}

func (e *ScriptError) Error() string {
	if e.Line == 0 {
		return tidy(e.Where + ": " + e.Message)
	}
	return tidy(fmt.Sprintf("%s:%d:%d: %s", e.Where, e.Line, e.Column, e.Message))
}

// RefusedError says that the page answered an act with a message.
type RefusedError struct{ Texts []string }

func (e *RefusedError) Error() string {
	return "the device's page refuses: " + tidy(strings.Join(e.Texts, " / "))
}

// DisabledError says that a control cannot be used because it is disabled or
// read-only.
type DisabledError struct{ Label string }

func (e *DisabledError) Error() string {
	return fmt.Sprintf("%q is disabled on the page", e.Label)
}

func quoteList(texts []string, sep string) string {
	quoted := make([]string, len(texts))
	for i, t := range texts {
		quoted[i] = fmt.Sprintf("%q", short(t))
	}
	return strings.Join(quoted, sep)
}

// maxShown bounds what of a page's text an error shows, in characters.
const maxShown = 500

func short(text string) string {
	if len(text) <= maxShown {
		return text
	}
	if runes := []rune(text[:min(len(text), 4*maxShown)]); len(runes) > maxShown {
		return string(runes[:maxShown]) + "…"
	}
	return text
}

// tidy makes a page's text fit to be shown: on one line, bounded, control and
// bidi characters as escapes.
func tidy(text string) string {
	return printable.Text(strings.NewReplacer("\n", " ", "\r", " ", "\t", " ").Replace(short(strings.ToValidUTF8(text, "\ufffd"))))
}
