package dom

import (
	"io"
	"strings"

	"golang.org/x/net/html"
)

// source is the HTML still to be read. Text written by a script is put in
// front of the rest, so that what several scripts write in pieces is read as
// one, as if it had been in the page.
type source struct {
	pieces []piece // the one that is read from next comes last
	tokens *html.Tokenizer
	line   int // 1-based line of the page where the next token begins
}

type piece struct {
	text    string
	read    int // bytes of it that were
	written bool
}

func newSource(text string) *source {
	s := &source{pieces: []piece{{text: text}}, line: 1}
	s.restart()
	return s
}

// next reads one token.
func (s *source) next() html.TokenType {
	t := s.tokens.Next()
	if t == html.ErrorToken {
		return t
	}
	s.drop(len(s.tokens.Raw()))
	return t
}

// splice puts text before what has not been read.
func (s *source) splice(text string) {
	s.pieces = append(s.pieces, piece{text: text, written: true})
	s.restart()
}

func (s *source) restart() {
	s.tokens = html.NewTokenizer(&ahead{pieces: s.pieces})
}

// ahead reads what has not been read, as the pieces are now. The tokenizer
// reads ahead of the tokens that it gives: there may be many thousands of
// pieces, of which it gets to a few before the next is spliced in.
type ahead struct {
	pieces []piece
	begun  bool // with the last of them
	from   int
}

func (r *ahead) Read(b []byte) (int, error) {
	for ; len(r.pieces) > 0; r.pieces, r.begun = r.pieces[:len(r.pieces)-1], false {
		p := &r.pieces[len(r.pieces)-1]
		if !r.begun {
			r.begun, r.from = true, p.read
		}
		if n := copy(b, p.text[r.from:]); n > 0 {
			r.from += n
			return n, nil
		}
	}
	return 0, io.EOF
}

// drop forgets the n bytes that were read. Lines count only in the page's own
// text.
func (s *source) drop(n int) {
	for n > 0 && len(s.pieces) > 0 {
		p := &s.pieces[len(s.pieces)-1]
		read := p.text[p.read:min(p.read+n, len(p.text))]
		if !p.written {
			s.line += strings.Count(read, "\n")
		}
		n -= len(read)
		if p.read += len(read); p.read == len(p.text) {
			s.pieces = s.pieces[:len(s.pieces)-1]
		}
	}
}

// inWritten reports whether the next token begins in written text.
func (s *source) inWritten() bool {
	return len(s.pieces) > 0 && s.pieces[len(s.pieces)-1].written
}

// clean drops what devices leave in pages by mistake: NUL bytes and a byte
// order mark.
func clean(text string) string {
	return strings.ReplaceAll(strings.TrimPrefix(text, "\ufeff"), "\x00", "")
}

// maxAttrs bounds the attributes of one element. What looks for one goes over
// all of them, and does so often.
const maxAttrs = 256

// token returns the current token, with attribute names in lower case as the
// tokenizer gives them and only the first of repeated attributes.
func (s *source) token() (html.Token, error) {
	t := s.tokens.Token()
	if len(t.Attr) < 2 {
		return t, nil
	}
	seen := make(map[string]bool, min(len(t.Attr), maxAttrs))
	kept := t.Attr[:0]
	for _, a := range t.Attr {
		if !seen[a.Key] {
			seen[a.Key] = true
			kept = append(kept, a)
		}
		if len(kept) > maxAttrs {
			return t, &LimitError{"attributes", maxAttrs}
		}
	}
	t.Attr = kept
	return t, nil
}
