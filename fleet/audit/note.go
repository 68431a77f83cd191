package audit

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rekey-go/rekey/internal/durable"
)

// Key signs heads and notes. Its text form is that of signed-note tools
// ("PRIVATE+KEY+…").
type Key struct {
	name    string
	private ed25519.PrivateKey
}

// Verifier checks what a [Key] signed. Its text form is a vkey: "name+hash+base64".
type Verifier struct {
	name   string
	public ed25519.PublicKey
}

const (
	algEd25519 = 1
	privateTag = "PRIVATE+KEY+"
	maxKeyFile = 4096
	maxKeyList = 1 << 20
	maxNote    = 16 << 20
)

var b64 = base64.StdEncoding.Strict()

var (
	// ErrSignature: a note has no valid signature of the key, or is no note.
	ErrSignature = errors.New("audit: not signed by the key, or changed since")
	errKey       = errors.New("audit: no key in the form of signed notes")
)

// NewKey makes a key. The name says whose log it is, in heads as their origin; it has
// neither blanks nor "+".
func NewKey(name string) (*Key, error) {
	if !validName(name) {
		return nil, fmt.Errorf("audit: %q is no name of a key: want neither blanks nor +", name)
	}
	_, private, err := ed25519.GenerateKey(rand.Reader)
	return &Key{name, private}, err
}

func validName(name string) bool {
	return name != "" && utf8.ValidString(name) && !strings.ContainsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || r == '+' || !unicode.IsPrint(r) })
}

// LoadKey reads a file of [CreateKey].
func LoadKey(path string) (*Key, error) {
	text, err := readSmall(path)
	if err != nil {
		return nil, err
	}
	rest, ok := strings.CutPrefix(strings.TrimSpace(string(text)), privateTag)
	name, seed, err := parseKey(rest)
	if !ok || err != nil || len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("%s: %w", path, errKey)
	}
	k := &Key{name, ed25519.NewKeyFromSeed(seed)}
	if hash, _, _ := strings.Cut(rest[len(name)+1:], "+"); hash != k.Verifier().hash() {
		return nil, fmt.Errorf("%s: %w: its hash is another key's", path, errKey)
	}
	return k, nil
}

// CreateKey makes a key and writes it to a file that must not be there yet, readable
// by its owner only; what verifies it goes to path+".pub".
func CreateKey(path, name string) (*Key, error) {
	k, err := NewKey(name)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, durable.FileMode)
	if err != nil {
		return nil, err
	}
	seed := append([]byte{algEd25519}, k.private.Seed()...)
	_, err = fmt.Fprintf(f, "%s%s+%s+%s\n", privateTag, name, k.Verifier().hash(), b64.EncodeToString(seed))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.WriteFile(path+".pub", []byte(k.Verifier().String()+"\n"), 0o644)
	}
	return k, err
}

func readSmall(path string) ([]byte, error) {
	root, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return durable.ReadFile(root, filepath.Base(path), maxKeyFile)
}

// Verifier is the public half.
func (k *Key) Verifier() *Verifier { return &Verifier{k.name, k.private.Public().(ed25519.PublicKey)} }

// ParseVerifier reads a vkey.
func ParseVerifier(text string) (*Verifier, error) {
	name, public, err := parseKey(strings.TrimSpace(text))
	if err != nil || len(public) != ed25519.PublicKeySize {
		return nil, errKey
	}
	v := &Verifier{name, public}
	if v.String() != strings.TrimSpace(text) {
		return nil, fmt.Errorf("%w: its hash is another key's", errKey)
	}
	return v, nil
}

// LoadVerifier reads a vkey from a file.
func LoadVerifier(path string) (*Verifier, error) {
	text, err := readSmall(path)
	if err != nil {
		return nil, err
	}
	v, err := ParseVerifier(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return v, nil
}

// LoadVerifiers reads vkeys from a file, one in a line; lines that are empty or begin
// with "#" mean nothing.
func LoadVerifiers(path string) ([]*Verifier, error) {
	root, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	text, err := durable.ReadFile(root, filepath.Base(path), maxKeyList)
	if err != nil {
		return nil, err
	}
	var all []*Verifier
	for i, line := range strings.Split(string(text), "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		v, err := ParseVerifier(line)
		if err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", path, i+1, err)
		}
		all = append(all, v)
	}
	return all, nil
}

// parseKey reads name+hash+base64(algorithm, key).
func parseKey(text string) (name string, key []byte, err error) {
	name, rest, _ := strings.Cut(text, "+")
	_, encoded, _ := strings.Cut(rest, "+")
	key, err = b64.DecodeString(encoded)
	if err != nil || len(key) < 2 || key[0] != algEd25519 || !validName(name) {
		return "", nil, errKey
	}
	return name, key[1:], nil
}

// String is the vkey.
func (v *Verifier) String() string {
	return v.name + "+" + v.hash() + "+" + b64.EncodeToString(append([]byte{algEd25519}, v.public...))
}

// Name is the name of the key.
func (v *Verifier) Name() string { return v.name }

func (v *Verifier) id() []byte {
	sum := sha256.Sum256(append([]byte(v.name+"\n\x01"), v.public...))
	return sum[:4]
}

func (v *Verifier) hash() string { return hex.EncodeToString(v.id()) }

// Sign makes a signed note of a text, which ends with a line end.
func (k *Key) Sign(text string) ([]byte, error) {
	if !strings.HasSuffix(text, "\n") || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' }) {
		return nil, errors.New("audit: a note is lines of UTF-8 without control characters")
	}
	signature := append(k.Verifier().id(), ed25519.Sign(k.private, []byte(text))...)
	return []byte(text + "\n— " + k.name + " " + b64.EncodeToString(signature) + "\n"), nil
}

// Open returns the text of a signed note. Signatures of other keys are not looked at;
// without one of this key, or with a wrong one, the error is [ErrSignature].
func (v *Verifier) Open(note []byte) (text string, err error) {
	split := bytes.LastIndex(note, []byte("\n\n"))
	if len(note) > maxNote || split < 0 || !utf8.Valid(note) || !bytes.HasSuffix(note, []byte("\n")) {
		return "", ErrSignature
	}
	text, signatures := string(note[:split+1]), string(note[split+2:])
	found := false
	for line := range strings.Lines(signatures) {
		rest, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "— ")
		name, encoded, _ := strings.Cut(rest, " ")
		signature, err := b64.DecodeString(encoded)
		if !ok || err != nil || !validName(name) || len(signature) < 5 {
			return "", ErrSignature
		}
		if name != v.name || !bytes.Equal(signature[:4], v.id()) {
			continue
		}
		if found || !ed25519.Verify(v.public, []byte(text), signature[4:]) {
			return "", ErrSignature
		}
		found = true
	}
	if !found {
		return "", ErrSignature
	}
	return text, nil
}

// Head says of a log how many lines it has, and the root of their tree.
type Head struct {
	Lines int
	Root  [sha256.Size]byte
}

func (k *Key) signHead(h Head) ([]byte, error) {
	return k.Sign(fmt.Sprintf("%s\n%d\n%s\n", k.name, h.Lines, b64.EncodeToString(h.Root[:])))
}

// OpenHead reads a signed head.
func (v *Verifier) OpenHead(note []byte) (Head, error) {
	text, err := v.Open(note)
	if err != nil {
		return Head{}, err
	}
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[0] != v.name {
		return Head{}, fmt.Errorf("%w: no head of this log", ErrSignature)
	}
	n, err1 := strconv.Atoi(lines[1])
	root, err2 := b64.DecodeString(lines[2])
	if err1 != nil || err2 != nil || n < 0 || strconv.Itoa(n) != lines[1] || len(root) != sha256.Size {
		return Head{}, fmt.Errorf("%w: no head of this log", ErrSignature)
	}
	return Head{n, [sha256.Size]byte(root)}, nil
}

// tree is the right edge of an RFC 6962 tree: the roots of its complete parts, the
// largest first.
type tree struct {
	n     uint64
	roots [][sha256.Size]byte
}

func (t *tree) add(leaf []byte) {
	h := sha256.New()
	h.Write([]byte{0})
	h.Write(leaf)
	top := [sha256.Size]byte(h.Sum(nil))
	for n := t.n; n&1 == 1; n >>= 1 {
		top = node(t.roots[len(t.roots)-1], top)
		t.roots = t.roots[:len(t.roots)-1]
	}
	t.roots = append(t.roots, top)
	t.n++
}

func (t *tree) head() Head {
	if t.n == 0 {
		return Head{0, sha256.Sum256(nil)}
	}
	root := t.roots[len(t.roots)-1]
	for i := len(t.roots) - 2; i >= 0; i-- {
		root = node(t.roots[i], root)
	}
	return Head{int(t.n), root}
}

func node(left, right [sha256.Size]byte) [sha256.Size]byte {
	var both [1 + 2*sha256.Size]byte
	both[0] = 1
	copy(both[1:], left[:])
	copy(both[1+sha256.Size:], right[:])
	return sha256.Sum256(both[:])
}
