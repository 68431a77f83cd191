package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/rekey-go/rekey/keys"
)

// raw is one key as it stands in its source, not yet decoded.
type raw struct {
	where string
	kind  kind
	data  []byte
	// found: it lies in a directory, where other things may lie, too.
	found bool
}

type kind int

const (
	kindDER  kind = iota // of whatever structure
	kindPEM              // one block
	kindPGP              // one packet: its tag and its body
	kindJSON             // a JWK or a set
	kindLine             // a line of text: SSH, base64, hex
	kindNone             // the source holds no key; data says why
	kindBad              // there is a key that cannot be read; data says why
)

// maxDocument bounds what is not read line by line: one DER or JSON document.
const maxDocument = 64 << 20

// maxLine bounds a line, and a PEM block.
const maxLine = 16 << 20

// read passes on every key of the sources. Sources that fail do not keep the
// others from being read: the error is all their errors.
func read(ctx context.Context, sources []string, stdin io.Reader, yield func(raw)) error {
	var errs []error
	for _, source := range sources {
		if err := ctx.Err(); err != nil {
			return err
		}
		var err error
		info, statErr := os.Stat(source)
		switch {
		case source == "-" && stdin != nil:
			err = split(ctx, "standard input", stdin, yield)
		case statErr == nil && info.IsDir():
			err = readDir(ctx, source, yield)
		case statErr == nil:
			err = readFile(ctx, source, yield)
		case isAddress(source):
			err = readServer(ctx, source, yield)
		default:
			err = statErr
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func readDir(ctx context.Context, dir string, yield func(raw)) error {
	var errs []error
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil && d.Type().IsRegular() {
			err = readFile(ctx, path, func(r raw) {
				r.found = true
				yield(r)
			})
		}
		if err != nil {
			errs = append(errs, err)
		}
		return nil
	})
	return errors.Join(append(errs, err)...)
}

func readFile(ctx context.Context, path string, yield func(raw)) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return split(ctx, path, f, yield)
}

func isAddress(source string) bool {
	host, port, err := net.SplitHostPort(source)
	return err == nil && host != "" && port != ""
}

// readServer asks a TLS server. One that speaks nothing below TLS 1.3 shows its
// certificate in a whole handshake only.
func readServer(ctx context.Context, address string, yield func(raw)) error {
	served, err := keys.ServedCertificate(ctx, nil, address)
	if errors.Is(err, keys.ErrTLS13Only) {
		served, err = keys.Handshake(ctx, nil, address)
	}
	if err != nil {
		return err
	}
	for i, der := range served.Chain {
		where := address
		if i > 0 {
			where = fmt.Sprintf("%s, certificate %d", address, i+1)
		}
		yield(raw{where: where, kind: kindDER, data: der})
	}
	return nil
}

// split cuts a source into keys, reading no more than it must.
func split(ctx context.Context, name string, r io.Reader, yield func(raw)) error {
	in := bufio.NewReaderSize(r, 64<<10)
	head, err := in.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: %w", name, err)
	}
	trimmed := bytes.TrimLeft(head, " \t\r\n\ufeff")
	switch {
	case len(head) > 1 && head[0] == 0x30 && (head[1] >= 0x80 || !isText(head)):
		return document(name, kindDER, in, yield)
	case len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '['):
		return document(name, kindJSON, in, yield)
	case isPGP(head):
		_, err := packets(ctx, name, in, yield)
		return err
	case !isText(head):
		yield(raw{where: name, kind: kindNone, data: []byte("no key is found in it: it is neither text nor DER")})
		return nil
	}
	return lines(ctx, name, in, yield)
}

func isText(head []byte) bool { return !bytes.ContainsRune(head, 0) }

func document(name string, kind kind, in io.Reader, yield func(raw)) error {
	data, err := io.ReadAll(io.LimitReader(in, maxDocument+1))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if len(data) > maxDocument {
		yield(raw{where: name, kind: kindBad, data: fmt.Appendf(nil, "longer than %d bytes", maxDocument)})
		return nil
	}
	yield(raw{where: name, kind: kind, data: data})
	return nil
}

// lines reads text: PEM blocks, and between them lines that may be keys.
func lines(ctx context.Context, name string, in *bufio.Reader, yield func(raw)) error {
	scanner := bufio.NewScanner(in)
	scanner.Buffer(make([]byte, 64<<10), maxLine)
	var block []byte
	begin, found := 0, 0
	give := func(line int, r raw) {
		r.where = fmt.Sprintf("%s:%d", name, line)
		found++
		yield(r)
	}
	for line := 1; scanner.Scan(); line++ {
		if line%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		text := scanner.Bytes()
		trimmed := bytes.TrimSpace(text)
		switch {
		case block == nil && bytes.HasPrefix(trimmed, []byte("-----BEGIN ")):
			block, begin = append([]byte{}, trimmed...), line
		case block != nil:
			block = append(append(block, '\n'), trimmed...)
			end := bytes.HasPrefix(trimmed, []byte("-----END "))
			if !end && len(block) <= maxLine {
				break
			}
			is, err := armored(ctx, fmt.Sprintf("%s:%d", name, begin), block, yield)
			if err != nil {
				return err
			}
			if is {
				found++
			} else {
				give(begin, raw{kind: kindPEM, data: append(block, '\n')})
			}
			block = nil
		case looksLikeKey(string(trimmed)):
			give(line, raw{kind: kindLine, data: bytes.Clone(trimmed)})
		}
	}
	if err := scanner.Err(); errors.Is(err, bufio.ErrTooLong) {
		give(0, raw{kind: kindBad, data: fmt.Appendf(nil, "a line is longer than %d bytes; what follows it is not read", maxLine)})
	} else if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if block != nil {
		give(begin, raw{kind: kindBad, data: []byte("a PEM block has no end")})
	}
	if found == 0 {
		yield(raw{where: name, kind: kindNone, data: []byte("no key is found in it")})
	}
	return nil
}

// looksLikeKey: an SSH key, or one word long enough for a key's base64 or hex.
func looksLikeKey(line string) bool {
	if line == "" || line[0] == '#' {
		return false
	}
	if _, _, is := sshKey(line); is {
		return true
	}
	line = strings.TrimPrefix(line, "Modulus=")
	if len(line) < 56 { // an Ed25519 key is 60 characters, a modulus of 256 bits 64
		return false
	}
	for _, c := range []byte(line) {
		switch {
		case c >= '0' && c <= '9', c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c == '+', c == '/', c == '-', c == '_', c == '=', c == ',':
		default:
			return false
		}
	}
	return true
}
