package audit_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/fleet/audit"
)

type entry struct {
	Device string `json:"device"`
	Text   string `json:"text"`
}

func newKey(t testing.TB) *audit.Key {
	t.Helper()
	k, err := audit.NewKey("rekey.test")
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// written makes a log of n entries with a signature after every third.
func written(t testing.TB, k *audit.Key, n int) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "audit.jsonl")
	l, err := audit.Open(path, k)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if err := l.Append(entry{fmt.Sprintf("192.0.2.%d", i), "made a key \u202e\n\"},\"hash\":\""}); err != nil {
			t.Fatal(err)
		}
		if i%3 == 2 {
			if err := l.Sign(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// signed is such a log, with its key and its head.
func signed(t testing.TB, n int) (k *audit.Key, log, head []byte) {
	t.Helper()
	k = newKey(t)
	path := written(t, k, n)
	return k, contents(t, path), contents(t, path+audit.HeadSuffix)
}

func put(t testing.TB, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func contents(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func verify(log, head []byte, k *audit.Key, kept ...[]byte) error {
	_, err := audit.Verify(bytes.NewReader(log), head, k.Verifier(), kept, nil)
	return err
}

func TestVerify(t *testing.T) {
	t.Parallel()
	k := newKey(t)
	path := written(t, k, 5)
	var seen []string
	head, err := audit.VerifyFile(path, k.Verifier(), nil, func(line int, value json.RawMessage) error {
		var e entry
		if err := json.Unmarshal(value, &e); err != nil {
			return err
		}
		seen = append(seen, fmt.Sprint(line, " ", e.Device))
		return nil
	})
	want := []string{"1 192.0.2.0", "2 192.0.2.1", "3 192.0.2.2", "5 192.0.2.3", "6 192.0.2.4"}
	if err != nil || head.Lines != 7 || !slices.Equal(seen, want) {
		t.Errorf("%+v, %v, %q", head, err, seen)
	}
	for line := range bytes.Lines(contents(t, path)) {
		if !json.Valid(line) {
			t.Errorf("no JSON: %s", line)
		}
	}
	if err := verify(contents(t, path), contents(t, path+audit.HeadSuffix), newKey(t)); !errors.Is(err, audit.ErrSignature) {
		t.Errorf("by another key: %v", err)
	}
	boom := errors.New("boom")
	if _, err := audit.VerifyFile(path, k.Verifier(), nil, func(int, json.RawMessage) error { return boom }); !errors.Is(err, boom) {
		t.Error(err)
	}
}

// Every byte that is changed, taken out or put in is found, in the line where it is.
func TestEveryByteCounts(t *testing.T) {
	t.Parallel()
	k, log, head := signed(t, 2)
	rng := rand.New(rand.NewPCG(1, 2))
	line := 1
	check := func(what string, at int, changed []byte) {
		fault, ok := errors.AsType[*audit.Fault](verify(changed, head, k))
		if !ok || fault.Line != line {
			t.Errorf("%s at byte %d, line %d: %v", what, at, line, fault)
		}
	}
	for i := range log {
		other := byte(rng.IntN(255)) + 1
		for _, x := range []byte{1, 0x20, other} { // the next digit, the other case, any
			changed := bytes.Clone(log)
			changed[i] ^= x
			check("changed", i, changed)
		}
		check("taken out", i, slices.Delete(bytes.Clone(log), i, i+1))
		if c := byte('0'); log[i] != c {
			check("put in", i, slices.Insert(bytes.Clone(log), i, c))
		}
		if log[i] == '\n' {
			line++
		}
	}
	for i := range head {
		for _, x := range []byte{1, 0x20, byte(rng.IntN(255)) + 1} {
			changed := bytes.Clone(head)
			changed[i] ^= x
			if err := verify(log, changed, k); err == nil {
				t.Errorf("head: byte %d changed by %#x is not found", i, x)
			}
		}
		if verify(log, head[:i], k) == nil || verify(log, slices.Delete(bytes.Clone(head), i, i+1), k) == nil {
			t.Errorf("head: cut at byte %d is not found", i)
		}
	}
}

func TestCutAtEveryByte(t *testing.T) {
	t.Parallel()
	k, log, head := signed(t, 3)
	for i := range log {
		fault, ok := errors.AsType[*audit.Fault](verify(log[:i], head, k))
		if want := bytes.Count(log[:i], []byte("\n")) + 1; !ok || fault.Line != want {
			t.Errorf("cut at byte %d, line %d: %v", i, want, fault)
		}
	}
}

func TestLinesSwappedTakenOutAdded(t *testing.T) {
	t.Parallel()
	k, log, head := signed(t, 5)
	lines := slices.Collect(bytes.Lines(log))
	check := func(what string, line int, changed [][]byte) {
		fault, ok := errors.AsType[*audit.Fault](verify(bytes.Join(changed, nil), head, k))
		if !ok || fault.Line != line {
			t.Errorf("%s: %v, want line %d", what, fault, line)
		}
	}
	for i := range lines {
		for j := range i {
			changed := slices.Clone(lines)
			changed[i], changed[j] = changed[j], changed[i]
			check(fmt.Sprint("swapped ", i+1, j+1), j+1, changed)
		}
		check(fmt.Sprint("taken out ", i+1), i+1, slices.Delete(slices.Clone(lines), i, i+1))
		for j := range len(lines) {
			if j < len(lines)-1 { // put behind all others it is an added line, see below
				check(fmt.Sprint("put in ", i+1, " before ", j+1), j+1+b2i(i == j), slices.Insert(slices.Clone(lines), j, lines[i]))
			}
		}
		check(fmt.Sprint("added ", i+1), len(lines)+1, append(slices.Clone(lines), lines[i]))
	}
	// Another log of the same key is another log.
	path := filepath.Join(t.TempDir(), "other.jsonl")
	l, err := audit.Open(path, k)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 9 {
		if err := l.Append(i); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	other := slices.Collect(bytes.Lines(contents(t, path)))
	check("a line of another log behind", 8, append(slices.Clone(lines), other[7]))
	check("a line of another log", 2, slices.Replace(slices.Clone(lines), 1, 2, other[1]))
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// rechain writes lines anew as somebody without the key can.
func rechain(t *testing.T, log []byte, change func(n int, entry string) string) []byte {
	t.Helper()
	var out bytes.Buffer
	prev := [sha256.Size]byte{}
	n := 0
	for line := range bytes.Lines(log) {
		n++
		var l struct{ Entry, Head json.RawMessage }
		if err := json.Unmarshal(line, &l); err != nil {
			t.Fatal(err)
		}
		field, value := "entry", string(l.Entry)
		if l.Head != nil {
			field, value = "head", string(l.Head)
		} else if value = change(n, value); value == "" {
			n--
			continue
		}
		body := fmt.Sprintf(`{"n":%d,"prev":"%x","%s":%s`, n, prev, field, value)
		prev = sha256.Sum256([]byte(body))
		fmt.Fprintf(&out, `%s,"hash":"%x"}`+"\n", body, prev)
	}
	return out.Bytes()
}

// Who has no key can chain lines anew, and is found by the next head.
func TestChainedAnew(t *testing.T) {
	t.Parallel()
	k, log, head := signed(t, 8) // 1 2 3 head 5 6 7 head 9 10 head
	same := rechain(t, log, func(_ int, e string) string { return e })
	if !bytes.Equal(same, log) {
		t.Fatal("the forger writes otherwise than the log")
	}
	for _, tc := range []struct{ change, from, to int }{{1, 0, 4}, {3, 0, 4}, {5, 3, 8}, {9, 7, 11}, {10, 7, 11}} {
		for what, change := range map[string]func(int, string) string{
			"changed":   func(int, string) string { return `{"device":"other"}` },
			"taken out": func(int, string) string { return "" },
		} {
			done := false
			forged := rechain(t, log, func(n int, e string) string {
				if n == tc.change && !done {
					done = true
					return change(n, e)
				}
				return e
			})
			fault, ok := errors.AsType[*audit.Fault](verify(forged, head, k))
			if !ok || fault.Signed != tc.from || fault.Line > tc.to {
				t.Errorf("%s %d: %v", what, tc.change, fault)
			}
		}
	}
}

// What is no JSON is no entry, whoever chained it; lines in the wrong order are called so.
func TestNoEntry(t *testing.T) {
	t.Parallel()
	k, log, head := signed(t, 8)
	for _, entry := range []string{`{"device":`, `{"a":1}}`, `no`} {
		forged := rechain(t, log, func(n int, e string) string {
			if n == 10 {
				return entry
			}
			return e
		})
		if fault, ok := errors.AsType[*audit.Fault](verify(forged, head, k)); !ok || fault.Line != 10 || !strings.Contains(fault.Error(), "a byte of it was changed") {
			t.Errorf("%s: %v", entry, fault)
		}
	}
	lines := bytes.SplitAfter(log, []byte("\n"))
	again := slices.Concat(lines[0], lines[1], lines[1])
	if fault, ok := errors.AsType[*audit.Fault](verify(again, head, k)); !ok || fault.Line != 3 || !strings.Contains(fault.Error(), "added or moved") {
		t.Errorf("%v", fault)
	}
}

// Cut back to an earlier head, a log is in order by itself; a later head that was
// kept elsewhere shows it.
func TestKeptHeads(t *testing.T) {
	t.Parallel()
	k := newKey(t)
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	var logs, heads [][]byte
	for range 3 {
		l, err := audit.Open(path, k)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(l.Append(entry{"a", "b"}), l.Close()); err != nil {
			t.Fatal(err)
		}
		logs, heads = append(logs, contents(t, path)), append(heads, contents(t, path+audit.HeadSuffix))
	}
	if err := verify(logs[2], heads[2], k, heads[0], heads[1]); err != nil {
		t.Error(err)
	}
	if err := verify(logs[1], heads[1], k); err != nil {
		t.Error(err)
	}
	fault, ok := errors.AsType[*audit.Fault](verify(logs[1], heads[1], k, heads[2]))
	if !ok || fault.Line != 5 || !strings.Contains(fault.What, "6 lines") {
		t.Error(fault)
	}
	other := contents(t, written(t, k, 4)+audit.HeadSuffix)
	if err := verify(logs[2], heads[2], k, other); err == nil {
		t.Error("a head of another log")
	}
}

// A crash at any byte after the last signature costs nothing that was signed, and is
// said; the log goes on.
func TestCrashAnywhere(t *testing.T) {
	t.Parallel()
	k := newKey(t)
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l, err := audit.Open(path, k)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(l.Append(entry{"a", "1"}), l.Sign()); err != nil {
		t.Fatal(err)
	}
	signed, head := contents(t, path), contents(t, path+audit.HeadSuffix)
	if err := errors.Join(l.Append(entry{"a", "2"}), l.Append(entry{"a", "3"}), l.Close()); err != nil {
		t.Fatal(err)
	}
	log := contents(t, path)
	dir := t.TempDir()
	for end := len(signed); end <= len(log); end++ {
		whole := bytes.Count(log[len(signed):end], []byte("\n"))
		torn := end - bytes.LastIndexByte(log[:end], '\n') - 1
		err := verify(log[:end], head, k)
		if e, ok := errors.AsType[*audit.UnsignedError](err); (end > len(signed)) != ok || ok && (e.From != 3 || e.To != 2+whole || e.Torn != torn) {
			t.Fatalf("cut at %d: %v", end, err)
		}
		if torn > 1 && end%149 != 0 {
			continue // what follows goes to the disk several times
		}
		path := filepath.Join(dir, fmt.Sprint(end))
		if err := errors.Join(os.WriteFile(path, log[:end], 0o600), os.WriteFile(path+audit.HeadSuffix, head, 0o600)); err != nil {
			t.Fatal(err)
		}
		l, err := audit.Open(path, k)
		if err != nil {
			t.Fatalf("cut at %d: %v", end, err)
		}
		if err := errors.Join(l.Append(entry{"b", "4"}), l.Close()); err != nil {
			t.Fatal(err)
		}
		said := ""
		_, err = audit.VerifyFile(path, k.Verifier(), [][]byte{head}, func(_ int, e json.RawMessage) error {
			if bytes.Contains(e, []byte("recovered")) {
				said = string(e)
			}
			return nil
		})
		want := ""
		if end > len(signed) {
			unsigned := whole
			if whole == 3 { // the head in the log is there, the one beside it is not
				unsigned = 1
			}
			want = fmt.Sprintf(`{"recovered":{"unsigned":%d,"cut":%d}}`, unsigned, torn)
		}
		if err != nil || said != want || !bytes.HasPrefix(contents(t, path), log[:end-torn]) {
			t.Fatalf("cut at %d: %v, said %q, want %q", end, err, said, want)
		}
	}
}

// A log that was changed is not gone on with.
func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	k := newKey(t)
	path := written(t, k, 4)
	log := contents(t, path)
	log[40] ^= 1
	put(t, path, log)
	if _, err := audit.Open(path, k); !isFault(err) {
		t.Errorf("changed: %v", err)
	}
	if _, err := audit.Open(written(t, k, 3), newKey(t)); !errors.Is(err, audit.ErrSignature) {
		t.Errorf("another key: %v", err)
	}
	put(t, path, log[:60])
	if _, err := audit.Open(path, k); !isFault(err) {
		t.Errorf("cut: %v", err)
	}
}

func isFault(err error) bool {
	_, ok := errors.AsType[*audit.Fault](err)
	return ok
}

func TestTwoWriters(t *testing.T) {
	t.Parallel()
	k := newKey(t)
	path := written(t, k, 2)
	a, err := audit.Open(path, k)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := audit.Open(path, k); !errors.Is(err, audit.ErrOtherWriter) {
		t.Errorf("opened twice: %v", err)
	}
	if err := a.Append(1); err != nil {
		t.Error(err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	if a, err = audit.Open(path, k); err != nil {
		t.Fatal(err)
	}
	if _, err := audit.VerifyFile(path, k.Verifier(), nil, nil); err != nil {
		t.Error(err)
	}
	// Who does not ask for the lock is found by what he leaves.
	other, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.WriteString("x"); err != nil || other.Close() != nil {
		t.Fatal(err)
	}
	if err := a.Append(2); !errors.Is(err, audit.ErrOtherWriter) {
		t.Error(err)
	}
	if err := a.Close(); !errors.Is(err, audit.ErrOtherWriter) {
		t.Error(err)
	}
}

func TestLoadVerifiers(t *testing.T) {
	t.Parallel()
	a, b := newKey(t).Verifier(), newKey(t).Verifier()
	path := filepath.Join(t.TempDir(), "approvers")
	for text, want := range map[string]int{
		"": 0, "# nobody\n\n": 0, a.String(): 1, "\t" + a.String() + "\r\n# the other\n" + b.String() + "\n": 2,
		a.String() + "\n" + b.String()[1:] + "\n": -2, // its hash is another key's
	} {
		put(t, path, []byte(text))
		all, err := audit.LoadVerifiers(path)
		if want < 0 {
			if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("line %d", -want)) {
				t.Errorf("%q: %v", text, err)
			}
		} else if err != nil || len(all) != want || want > 1 && all[1].String() != b.String() {
			t.Errorf("%q: %v, %v", text, all, err)
		}
	}
}

func TestKeyFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	made, err := audit.CreateKey(path, "rekey.example")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := audit.CreateKey(path, "rekey.example"); !errors.Is(err, os.ErrExist) {
		t.Errorf("an earlier key is overwritten: %v", err)
	}
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	read, err1 := audit.LoadKey(path)
	public, err2 := audit.LoadVerifier(path + ".pub")
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	note, err := read.Sign("to be or\nnot\n")
	if err != nil || public.String() != made.Verifier().String() {
		t.Fatal(err)
	}
	if text, err := public.Open(note); text != "to be or\nnot\n" || err != nil {
		t.Error(text, err)
	}
	if _, err := audit.LoadVerifier(path); err == nil || strings.Contains(err.Error(), string(contents(t, path)[30:60])) {
		t.Errorf("a private key for a public one: %v", err)
	}
	for _, text := range []string{"", "no line end", "a\x00\n", "\xff\n"} {
		if _, err := read.Sign(text); err == nil {
			t.Errorf("%q is signed", text)
		}
	}
	for _, name := range []string{"", "a b", "a+b", "a\n"} {
		if _, err := audit.NewKey(name); err == nil {
			t.Errorf("%q is a name", name)
		}
	}
	text := public.String()
	for i := range text {
		for _, x := range []byte{1, 0x20} {
			changed := []byte(text)
			changed[i] ^= x
			if _, err := audit.ParseVerifier(string(changed)); err == nil && strings.TrimSpace(string(changed)) == string(changed) {
				t.Errorf("%q for %q", changed, text)
			}
		}
	}
}

const (
	othersKey  = "rekey.test+4a9ccbb2+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
	othersNote = "rekey.test\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n" +
		"— rekey.test SpzLsmLctmrsklfUILwczQgRi1quFl0Vf3hW7vNaGu4lhwgENAlR3LWK7sBVGIqVx+I1pylOWYPv+QZUwPCWwrzeKQA=\n"
)

// A note of this form, made by golang.org/x/mod/sumdb/note with a key of 32 zeros.
func TestNoteOfOthers(t *testing.T) {
	t.Parallel()
	v, err := audit.ParseVerifier(othersKey)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := v.Open([]byte(othersNote)); err != nil || text != "rekey.test\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n" {
		t.Errorf("%q, %v", text, err)
	}
	if h, err := v.OpenHead([]byte(othersNote)); err != nil || h.Lines != 0 || h.Root != sha256.Sum256(nil) {
		t.Errorf("%+v, %v", h, err)
	}
}

func BenchmarkVerify(b *testing.B) {
	k := newKey(b)
	path := filepath.Join(b.TempDir(), "audit.jsonl")
	l, err := audit.Open(path, k)
	if err != nil {
		b.Fatal(err)
	}
	e := entry{"192.0.2.7", strings.Repeat("x", 600)}
	for range 1000 { // devices, each with a head
		for range 100 {
			if err := l.Append(e); err != nil {
				b.Fatal(err)
			}
		}
		if err := l.Sign(); err != nil {
			b.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(contents(b, path))))
	for b.Loop() {
		if _, err := audit.VerifyFile(path, k.Verifier(), nil, nil); err != nil {
			b.Fatal(err)
		}
	}
}
