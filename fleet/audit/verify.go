package audit

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
)

const maxLine = 64 << 20

// Fault says where a log is not as it was written. Line counts from 1; Offset is where
// that line begins, in bytes.
type Fault struct {
	Line   int
	Offset int64
	What   string
	// Signed is how many lines before are as a head in the log signed them: what is
	// wrong is behind them.
	Signed int
}

func (f *Fault) Error() string {
	return fmt.Sprintf("line %d (at byte %d): %s; up to line %d all is as it was signed", f.Line, f.Offset, f.What, f.Signed)
}

// UnsignedError says that whole lines follow which the head does not know: the program
// was interrupted before it signed, or somebody added them.
type UnsignedError struct {
	From, To int // lines
	Torn     int // bytes of a line behind them that has no end
}

func (e *UnsignedError) Error() string {
	if e.To < e.From {
		return fmt.Sprintf("the log ends with %d bytes of an unfinished line, behind all that is signed: it was interrupted", e.Torn)
	}
	return fmt.Sprintf("lines %d to %d are behind the signed head: the program was interrupted before it signed them, or somebody added them", e.From, e.To)
}

// state is how far a log was read.
type state struct {
	tree   tree
	prev   [sha256.Size]byte
	end    int64 // of the last whole line
	torn   int   // bytes behind it
	signed int   // lines that the last good head covers
}

// Verify reads a log and checks it against its head, and against earlier or later heads
// that were kept elsewhere. entry, which may be nil, is given each entry, from lines whose own
// hash is right; only when Verify returns nil are they proved.
//
// Errors: [*Fault] (where), [*UnsignedError], [ErrSignature] for a head, and what
// reading says.
func Verify(log io.Reader, head []byte, v *Verifier, kept [][]byte, entry func(line int, entry json.RawMessage) error) (Head, error) {
	s := &state{}
	wanted := map[int][]Head{}
	final, err := v.OpenHead(head)
	if err != nil {
		return Head{}, fmt.Errorf("head: %w", err)
	}
	wanted[final.Lines] = append(wanted[final.Lines], final)
	longest := final.Lines
	for i, note := range kept {
		h, err := v.OpenHead(note)
		if err != nil {
			return Head{}, fmt.Errorf("kept head %d: %w", i+1, err)
		}
		wanted[h.Lines] = append(wanted[h.Lines], h)
		longest = max(longest, h.Lines)
	}
	if err := s.read(log, v, wanted, entry); err != nil {
		return Head{}, err
	}
	lines := int(s.tree.n)
	switch {
	case lines < longest:
		what := fmt.Sprintf("the log ends here, and a signed head says that it had %d lines", longest)
		if s.torn > 0 {
			what = fmt.Sprintf("the line is cut after %d bytes; a signed head says that the log had %d lines", s.torn, longest)
		}
		return Head{}, &Fault{lines + 1, s.end, what, s.signed}
	case lines > final.Lines || s.torn > 0:
		return final, &UnsignedError{final.Lines + 1, lines, s.torn}
	}
	return final, nil
}

// read reads whole lines until the first that is wrong.
func (s *state) read(log io.Reader, v *Verifier, wanted map[int][]Head, entry func(int, json.RawMessage) error) error {
	in := bufio.NewReaderSize(log, 1<<16)
	if err := s.compare(wanted); err != nil {
		return err
	}
	for {
		line, err := readLine(in)
		switch {
		case errors.Is(err, io.EOF):
			s.torn = len(line)
			return nil
		case err != nil:
			return err
		}
		parts, what := s.parse(line)
		if what == "" && parts.head != nil {
			what = s.checkHead(parts.head, v)
		}
		if what != "" {
			return &Fault{int(s.tree.n) + 1, s.end, what, s.signed}
		}
		if entry != nil && parts.entry != nil {
			if err := entry(int(s.tree.n)+1, parts.entry); err != nil {
				return err
			}
		}
		s.take(line, parts.hash)
		if err := s.compare(wanted); err != nil {
			return err
		}
	}
}

func (s *state) take(line []byte, hash [sha256.Size]byte) {
	s.tree.add(line[:len(line)-1])
	s.prev, s.end = hash, s.end+int64(len(line))
}

// compare checks the lines so far against the heads of so many lines.
func (s *state) compare(wanted map[int][]Head) error {
	for _, h := range wanted[int(s.tree.n)] {
		if h.Root != s.tree.head().Root {
			return &Fault{s.signed + 1, s.end, fmt.Sprintf("from here to line %d something was changed by somebody without the key, who chained the lines anew", s.tree.n), s.signed}
		}
		s.signed = int(s.tree.n)
	}
	return nil
}

// readLine reads a line with its end; with [io.EOF] what has none.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > maxLine {
			return nil, fmt.Errorf("audit: a line of more than %d bytes", maxLine)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

type parsed struct {
	entry json.RawMessage
	head  []byte
	hash  [sha256.Size]byte
}

const hashMark = `,"hash":"`

// parse takes a line apart to the byte: there is one way to write it.
func (s *state) parse(line []byte) (p parsed, what string) {
	const other = "a byte of it was changed: the line does not have its hash"
	tail := len(hashMark) + 2*sha256.Size + len("\"}\n")
	if len(line) < tail {
		return p, "this is no line of the log"
	}
	body, end := line[:len(line)-tail], line[len(line)-tail:]
	p.hash = sha256.Sum256(body)
	if string(end) != hashMark+hex.EncodeToString(p.hash[:])+"\"}\n" {
		return p, other
	}
	rest, ok := bytes.CutPrefix(body, []byte(`{"n":`))
	number, rest, ok2 := bytes.Cut(rest, []byte(`,"prev":"`))
	prev, rest, ok3 := bytes.Cut(rest, []byte(`",`))
	n, err := strconv.Atoi(string(number))
	if !ok || !ok2 || !ok3 || err != nil {
		return p, other
	}
	switch due := int(s.tree.n) + 1; {
	case n > due:
		return p, fmt.Sprintf("it says that it is line %d: lines were taken out or moved", n)
	case n < due:
		return p, fmt.Sprintf("it says that it is line %d: lines were added or moved", n)
	case string(prev) != hex.EncodeToString(s.prev[:]):
		return p, "the line before it is not the one that it was written after"
	}
	if value, ok := bytes.CutPrefix(rest, []byte(`"head":`)); ok {
		var text string
		if err := json.Unmarshal(value, &text); err != nil {
			return p, other
		}
		p.head = []byte(text)
		return p, ""
	}
	value, ok := bytes.CutPrefix(rest, []byte(`"entry":`))
	if !ok || !json.Valid(value) {
		return p, other
	}
	p.entry = value
	return p, ""
}

// checkHead checks the lines so far against the head in the log.
func (s *state) checkHead(note []byte, v *Verifier) string {
	h, err := v.OpenHead(note)
	if err != nil || h != s.tree.head() {
		return fmt.Sprintf("the signed head in it is not of the lines before it: one of lines %d to %d was changed by somebody without the key", s.signed+1, s.tree.n+1)
	}
	s.signed = h.Lines
	return ""
}
