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
	pieces []piece
	tokens *html.Tokenizer
	line   int // 1-based line of the page where the next token begins
}

type piece struct {
	text    string
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
	s.pieces = append([]piece{{text: text, written: true}}, s.pieces...)
	s.restart()
}

func (s *source) restart() {
	readers := make([]io.Reader, len(s.pieces))
	for i, p := range s.pieces {
		readers[i] = strings.NewReader(p.text)
	}
	s.tokens = html.NewTokenizer(io.MultiReader(readers...))
}

// drop forgets the n bytes that were read. Lines count only in the page's own
// text.
func (s *source) drop(n int) {
	for n > 0 && len(s.pieces) > 0 {
		p := &s.pieces[0]
		read := p.text[:min(n, len(p.text))]
		if !p.written {
			s.line += strings.Count(read, "\n")
		}
		n -= len(read)
		p.text = p.text[len(read):]
		if p.text == "" {
			s.pieces = s.pieces[1:]
		}
	}
}

// inWritten reports whether the next token begins in written text.
func (s *source) inWritten() bool {
	return len(s.pieces) > 0 && s.pieces[0].written
}

// clean drops what devices leave in pages by mistake: NUL bytes and a byte
// order mark.
func clean(text string) string {
	return strings.ReplaceAll(strings.TrimPrefix(text, "\ufeff"), "\x00", "")
}

// token returns the current token, with attribute names in lower case as the
// tokenizer gives them and only the first of repeated attributes.
func (s *source) token() html.Token {
	t := s.tokens.Token()
	if len(t.Attr) < 2 {
		return t
	}
	kept := t.Attr[:0]
	for _, a := range t.Attr {
		if !hasKey(kept, a.Key) {
			kept = append(kept, a)
		}
	}
	t.Attr = kept
	return t
}

func hasKey(attrs []html.Attribute, key string) bool {
	for _, a := range attrs {
		if a.Key == key {
			return true
		}
	}
	return false
}
