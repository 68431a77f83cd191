package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/rekey-go/rekey/internal/durable"
)

// HeadSuffix is what the name of a log's head ends with.
const HeadSuffix = ".head"

// Log is a log that is written. One writes it at a time: it is locked from [Open] to
// [Log.Close], or until the process ends.
type Log struct {
	mu   sync.Mutex
	key  *Key
	root *os.Root
	name string
	file *os.File
	s    state
	err  error // the first that writing met: nothing is written after it
}

// ErrOtherWriter: somebody else wrote to the log, which has one writer at a time.
var ErrOtherWriter = errors.New("audit: somebody else writes to this log")

// recovered is the entry of a log that was interrupted.
type recovered struct {
	Recovered struct {
		Unsigned int `json:"unsigned"` // lines before this one that no head had signed
		Cut      int `json:"cut"`      // bytes of an unfinished line that were dropped
	} `json:"recovered"`
}

// Open opens a log for writing, or makes it; its head is in path+".head". A log that
// was changed is refused: the error is that of [Verify]; one that somebody else has
// open, with [ErrOtherWriter]. One that was interrupted is continued, and a line in it
// says so.
func Open(path string, key *Key) (_ *Log, err error) {
	root, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	l := &Log{key: key, root: root, name: filepath.Base(path)}
	defer func() {
		if err != nil {
			l.shut()
		}
	}()
	if l.file, err = root.OpenFile(l.name, os.O_RDWR|os.O_CREATE, durable.FileMode); err != nil {
		return nil, err
	}
	if info, err := l.file.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(fmt.Errorf("audit: %s: %w", path, durable.ErrIrregular), err)
	}
	if err := lock(l.file); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	head, err := durable.ReadFile(root, l.name+HeadSuffix, maxKeyFile)
	if errors.Is(err, fs.ErrNotExist) {
		head, err = key.signHead((&tree{}).head()) // of no lines
	}
	if err != nil {
		return nil, err
	}
	last, err := key.Verifier().OpenHead(head)
	if err != nil {
		return nil, fmt.Errorf("%s%s: %w", path, HeadSuffix, err)
	}
	_, err = Verify(l.file, head, key.Verifier(), nil, nil)
	unsigned, interrupted := errors.AsType[*UnsignedError](err)
	if err != nil && !interrupted {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if _, err := l.file.Seek(0, 0); err != nil {
		return nil, err
	}
	if err := l.s.read(l.file, key.Verifier(), nil, nil); err != nil {
		return nil, err
	}
	if err := l.file.Truncate(l.s.end); err != nil {
		return nil, err
	}
	if _, err := l.file.Seek(l.s.end, 0); err != nil {
		return nil, err
	}
	if !interrupted {
		return l, nil
	}
	var r recovered
	r.Recovered.Unsigned, r.Recovered.Cut = int(l.s.tree.n)-max(last.Lines, l.s.signed), unsigned.Torn
	if err := l.Append(r); err != nil {
		return nil, err
	}
	return l, l.Sign()
}

// Append adds an entry, any JSON value. It is in the file when Append returns, and on
// disk and signed after [Log.Sign].
func (l *Log) Append(entry any) error {
	value, err := json.Marshal(entry)
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.append("entry", value)
}

func (l *Log) append(field string, value []byte) error {
	if l.err != nil {
		return l.err
	}
	line := fmt.Appendf(nil, `{"n":%d,"prev":"%x","%s":%s`, l.s.tree.n+1, l.s.prev, field, value)
	hash := sha256.Sum256(line)
	line = append(append(append(line, hashMark...), hex.EncodeToString(hash[:])...), "\"}\n"...)
	if len(line) > maxLine {
		return fmt.Errorf("audit: an entry of %d bytes: at most %d", len(line), maxLine)
	}
	if info, err := l.file.Stat(); err != nil || info.Size() != l.s.end {
		l.err = errors.Join(ErrOtherWriter, err)
		return l.err
	}
	if _, err := l.file.Write(line); err != nil {
		l.err = err
		return err
	}
	l.s.take(line, hash)
	return nil
}

// Sign puts a signed head into the log, brings the log to the disk, and then the head
// beside it.
func (l *Log) Sign() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return l.err
	}
	note, err := l.key.signHead(l.s.tree.head())
	if err != nil {
		return err
	}
	value, err := json.Marshal(string(note))
	if err != nil {
		return err
	}
	if err := l.append("head", value); err != nil {
		return err
	}
	if err := l.file.Sync(); err != nil {
		l.err = err
		return err
	}
	if note, err = l.key.signHead(l.s.tree.head()); err == nil {
		err = durable.WriteFile(l.root, l.name+HeadSuffix, note)
	}
	if err == nil {
		err = durable.SyncDir(l.root, ".")
	}
	l.err = err
	return err
}

// Head is the signed head as it stands in the file beside the log: for a change
// ticket, or a report. Empty before the first [Log.Sign].
func (l *Log) Head() (string, error) {
	head, err := durable.ReadFile(l.root, l.name+HeadSuffix, maxKeyFile)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return string(head), err
}

// Close signs, and closes the file.
func (l *Log) Close() error { return errors.Join(l.Sign(), l.shut()) }

func (l *Log) shut() error {
	var err error
	if l.file != nil {
		err = l.file.Close()
	}
	return errors.Join(err, l.root.Close())
}

// VerifyFile is [Verify] for a log and the head beside it.
func VerifyFile(path string, v *Verifier, kept [][]byte, entry func(line int, entry json.RawMessage) error) (Head, error) {
	root, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return Head{}, err
	}
	defer root.Close()
	head, err := durable.ReadFile(root, filepath.Base(path)+HeadSuffix, maxKeyFile)
	if err != nil {
		return Head{}, fmt.Errorf("the head of the log: %w", err)
	}
	log, err := durable.Open(root, filepath.Base(path))
	if err != nil {
		return Head{}, err
	}
	defer log.Close()
	return Verify(log, head, v, kept, entry)
}
