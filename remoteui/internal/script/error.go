package script

import (
	"errors"
	"strconv"
	"strings"

	"modernc.org/quickjs"

	"github.com/rekey-go/rekey/internal/lazyregexp"
)

// Error is what a script threw.
type Error struct {
	Message      string
	Line, Column int // 1-based; 0 if unknown
}

func (e *Error) Error() string { return e.Message }

// convert makes an *Error of what the engine reports.
func convert(result any, err error) (any, error) {
	thrown, ok := errors.AsType[*quickjs.Error](err)
	switch {
	case err == nil:
		return result, nil
	case !ok:
		return nil, err
	case thrown.Name == "InternalError" && strings.Contains(thrown.Message, "out of memory"):
		return nil, ErrMemory
	case thrown.Name == "InternalError" && thrown.Message == "interrupted":
		return nil, ErrTime
	}
	e := NewError(thrown.Error(), thrown.Stack)
	if thrown.LineNumber > 0 {
		e.Line, e.Column = thrown.LineNumber, thrown.ColumnNumber
	}
	return nil, e
}

var frame = lazyregexp.New(`:(\d+)(?::(\d+))?\)?\s*$`)

// NewError makes an Error of a message and the engine's stack trace; its
// position is that of the innermost frame outside the prelude.
func NewError(message, stack string) *Error {
	e := &Error{Message: message}
	for l := range strings.Lines(stack) {
		m := frame.FindStringSubmatch(l)
		if m == nil {
			continue
		}
		line, err := strconv.Atoi(m[1])
		if err != nil || line >= preludeLine {
			continue
		}
		e.Line = line
		e.Column, _ = strconv.Atoi(m[2])
		return e
	}
	return e
}
