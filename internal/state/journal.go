package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"time"

	"github.com/rekey-go/rekey/internal/durable"
)

const (
	journalFile    = "journal.jsonl"
	maxJournal     = 16 << 20
	maxJournalLine = 1 << 20
)

// Record is one line of a journal: something about to be done to a device, or
// done. It holds no secret; the writer sees to that.
type Record struct {
	Time  time.Time `json:"time"`  // zero: now
	Run   string    `json:"run"`   // tells runs apart
	Step  string    `json:"step"`  // row of the procedure, "G-1"; may be empty
	Usage string    `json:"usage"` // "tls" …; empty: all of the key
	Event Event     `json:"event"`
	// OldKey is the name of the key being replaced; OldSPKI the hex SHA-256 of
	// its SPKI, empty if unknown; OldFingerprint what else identifies it.
	OldKey         string          `json:"oldKey,omitempty"`
	OldSPKI        string          `json:"oldSPKI,omitempty"`
	OldFingerprint string          `json:"oldFingerprint,omitempty"`
	NewKey         string          `json:"newKey,omitempty"` // name of the successor
	Note           string          `json:"note,omitempty"`   // for people
	Data           json.RawMessage `json:"data,omitempty"`   // what the Event says
}

// Journal is the journal of one device: JSON records, one per line, only ever
// appended.
type Journal struct{ dev *device }

// Journal returns the journal of a device; one never written to is empty.
func (d *Dir) Journal(host string) (*Journal, error) {
	dev, err := d.device(host)
	if err != nil {
		return nil, err
	}
	return &Journal{dev}, nil
}

// Append adds a record; when it returns nil the record is on disk. The Dir
// must hold the lock of the device: a journal has one writer.
//
// Errors: [ErrReadOnly], [ErrNotLocked], [*SizeError], those of the record,
// and the file system's.
func (j *Journal) Append(r Record) error {
	if r.Time.IsZero() {
		r.Time = time.Now()
	}
	r.Time = r.Time.UTC()
	line, err := r.encode()
	if err != nil {
		return err
	}
	j.dev.mu.Lock()
	defer j.dev.mu.Unlock()
	if err := j.dev.writable(); err != nil {
		return err
	}
	if err := j.dev.checkLock(); err != nil {
		return err
	}
	return j.write(line)
}

func (r *Record) encode() ([]byte, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	line, err := json.Marshal(struct {
		Format int `json:"format"`
		*Record
	}{format, r})
	if err != nil {
		return nil, fmt.Errorf("state: journal record: %w", err)
	}
	if len(line) >= maxJournalLine {
		return nil, fmt.Errorf("state: journal record of %d bytes: want less than %d", len(line), maxJournalLine)
	}
	return append(line, '\n'), nil
}

// write appends a line, after the last whole one: what a crash left behind it
// was never reported as written.
func (j *Journal) write(line []byte) error {
	name := j.dev.file(journalFile)
	content, err := j.content()
	if err != nil {
		return err
	}
	end := int64(len(content))
	if end+int64(len(line)) > maxJournal {
		return &SizeError{File: j.dev.location(name), Limit: maxJournal}
	}
	f, err := j.dev.root.OpenFile(name, os.O_WRONLY|os.O_CREATE, fileMode)
	if err != nil {
		return fmt.Errorf("state: %w", err)
	}
	err = errors.Join(appendAt(f, end, line), f.Close())
	if err == nil && end == 0 {
		err = durable.SyncDir(j.dev.root, j.dev.dir) // the file may be new
	}
	if err != nil {
		return fmt.Errorf("state: %w", err)
	}
	return nil
}

func appendAt(f *os.File, end int64, line []byte) error {
	if err := f.Truncate(end); err != nil {
		return err
	}
	if _, err := f.Seek(end, io.SeekStart); err != nil {
		return err
	}
	if _, err := f.Write(line); err != nil {
		return err
	}
	return f.Sync()
}

// Records returns the journal from its beginning. A last line that a crash cut
// short does not count; damage before it is a [*CorruptError] with the line,
// given together with the records before it.
func (j *Journal) Records() ([]Record, error) {
	j.dev.mu.Lock()
	defer j.dev.mu.Unlock()
	content, err := j.content()
	if err != nil {
		return nil, err
	}
	var records []Record
	for line := range bytes.Lines(content) {
		if err := j.dev.checkFormat(j.dev.file(journalFile), line); err != nil {
			return nil, err
		}
		var r Record
		err := json.Unmarshal(line, &r)
		if err == nil && (r.Event == "" || r.Time.IsZero()) {
			err = errors.New("not a journal record")
		}
		if err != nil {
			return records, &CorruptError{File: j.dev.location(j.dev.file(journalFile)), Line: len(records) + 1, Err: err}
		}
		records = append(records, r)
	}
	return records, nil
}

// content returns the whole lines of the file. A torn last one ends without a
// newline or, where the file grew before its blocks were written, holds zeros.
func (j *Journal) content() ([]byte, error) {
	name := j.dev.file(journalFile)
	if j.dev.inherits() {
		name = path.Join(j.dev.old, journalFile)
	}
	content, err := j.dev.readFile(name, maxJournal)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	content = content[:bytes.LastIndexByte(content, '\n')+1]
	last := bytes.LastIndexByte(bytes.TrimSuffix(content, []byte("\n")), '\n') + 1
	if bytes.IndexByte(content[last:], 0) >= 0 {
		content = content[:last]
	}
	return content, nil
}
