package state

import (
	"encoding/json"
	"fmt"
)

// format is that of everything written here. What has none was written before
// there were formats, and reads the same.
const format = 1

// VersionError means that a file was written by a later version of rekey, whose
// meaning this one does not know.
type VersionError struct {
	File   string // path
	Format int
}

// Error says which version to use.
func (e *VersionError) Error() string {
	return fmt.Sprintf("state: %q was written by a newer rekey (format %d, this one knows %d): use that one", e.File, e.Format, format)
}

// checkFormat looks at the format of a JSON object; what is none has none.
func (d *Dir) checkFormat(name string, content []byte) error {
	var head struct {
		Format int `json:"format"`
	}
	if json.Unmarshal(content, &head) == nil && head.Format > format {
		return &VersionError{File: d.location(name), Format: head.Format}
	}
	return nil
}
