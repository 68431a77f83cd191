package main

import (
	"io"

	"github.com/rekey-go/rekey/internal/printable"
)

// visible writes nothing that is not seen: records hold names that devices chose,
// and may have been tampered with, and a terminal takes some characters for
// commands. They are escaped as in JSON, so that JSON stays JSON. A text comes
// whole in one call, as from package fmt and encoding/json.
type visible struct{ io.Writer }

// Write escapes and writes.
func (w visible) Write(p []byte) (int, error) {
	if _, err := w.Writer.Write(printable.JSON(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}
