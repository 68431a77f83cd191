package report

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/fleet/audit"
	"github.com/rekey-go/rekey/internal/durable"
)

// Manifest is the name of the list of files and their hashes, in a directory of
// [Fleet.WriteDir] and in evidence.zip. It has the form of sha256sum; signed, it is a
// signed note.
const Manifest = "MANIFEST.txt"

// WriteDir makes the proofs, unless [Fleet.Prove] did, and writes everything into a directory, which is made if
// it is not there: the page in each language, JSON, the tables for vulnerability
// management, a directory for each team, and evidence.zip with the report, the evidence
// and the proofs of each device. The manifest comes last: where it is, the rest is
// whole.
func (f *Fleet) WriteDir(ctx context.Context, dir string) error {
	if err := f.check(); err != nil {
		return err
	}
	if !f.proved {
		if err := f.Prove(ctx); err != nil {
			return err
		}
	}
	files, err := f.teamFiles()
	if err != nil {
		return err
	}
	write := func(name string, to func(io.Writer) error) {
		var b bytes.Buffer
		err = errors.Join(err, to(&b))
		files[name] = b.Bytes()
	}
	for _, l := range Languages() {
		write("report."+l+".html", func(w io.Writer) error { return f.HTML(w, l) })
	}
	write("report.json", f.JSON)
	write("servicenow.csv", f.ServiceNow)
	write("defectdojo.csv", f.DefectDojo)
	write("defectdojo.json", f.DefectDojoJSON)
	write("evidence.zip", f.Zip)
	if f.Head != "" {
		files["audit.head"] = []byte(f.Head)
	}
	if err != nil {
		return err
	}
	manifest, err := f.manifest(files)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, durable.DirMode); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := root.Remove(Manifest); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := root.MkdirAll(path.Dir(name), durable.DirMode); err != nil {
			return err
		}
		if err := durable.WriteFile(root, name, files[name]); err != nil {
			return err
		}
	}
	if err := durable.WriteFile(root, Manifest, manifest); err != nil {
		return err
	}
	return durable.SyncDir(root, ".")
}

// manifest lists files with their hashes.
func (f *Fleet) manifest(files map[string][]byte) ([]byte, error) {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(files[name]), name)
	}
	if f.AuditKey == nil {
		return []byte(b.String()), nil
	}
	return f.AuditKey.Sign(b.String())
}

// Zip writes the evidence: of each device its report, the records of the keys that were
// replaced, and the proofs, with a manifest of its own. Names of files are ours: a number
// and what of the device's address fits into a name.
func (f *Fleet) Zip(w io.Writer) error {
	if err := f.check(); err != nil {
		return err
	}
	files := map[string][]byte{}
	for i := range f.Devices {
		d := &f.Devices[i]
		dir := fmt.Sprintf("devices/%04d-%s/", i+1, slug(d.host()))
		report, err := Encode(d.Report)
		if err != nil {
			return fmt.Errorf("report: device %d: %w", i+1, err)
		}
		files[dir+"report.json"] = report
		for j, e := range f.evidence(d) {
			files[fmt.Sprintf("%sevidence-%d.json", dir, j+1)] = e.content
			if e.Certificate != nil {
				files[fmt.Sprintf("%sevidence-%d.pem", dir, j+1)] = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: e.Certificate.DER})
			}
		}
		for j, p := range d.Proofs {
			name := fmt.Sprintf("%sproof-%d", dir, j+1)
			files[name+".pem"], files[name+".txt"], files[name+".sig"] = []byte(p.PublicKey), p.Proof.Statement, p.Proof.Signature
		}
	}
	if f.Head != "" {
		files["audit.head"] = []byte(f.Head)
	}
	manifest, err := f.manifest(files)
	if err != nil {
		return err
	}
	z := zip.NewWriter(w)
	add := func(name string, content []byte) error {
		h := &zip.FileHeader{Name: name, Method: zip.Deflate}
		if at := f.generated(); !at.IsZero() {
			h.Modified = at.Truncate(2 * time.Second)
		}
		out, err := z.CreateHeader(h)
		if err == nil {
			_, err = out.Write(content)
		}
		return err
	}
	if err := add(Manifest, manifest); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := add(name, files[name]); err != nil {
			return err
		}
	}
	return z.Close()
}

// Encode is the report.json of a device in the archive: an audit log that has its hash
// ties the two together.
func Encode(r *rekey.Report) ([]byte, error) {
	b, err := json.MarshalIndent(r, "", " ")
	return append(b, '\n'), err
}

// slug is what of a host fits into the name of a file everywhere.
func slug(host string) string {
	s := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r == '-' || r == '.' {
			return r
		}
		return '_'
	}, strings.ToLower(host))
	const most = 48
	s = strings.Trim(s[:min(len(s), most)], "._-")
	return cmp.Or(s, "device")
}

// TamperError says which file is not as the manifest has it.
type TamperError struct{ File, What string }

func (e *TamperError) Error() string { return fmt.Sprintf("%s: %s", e.File, e.What) }

const (
	maxFile  = 1 << 30
	maxFiles = 1_000_000
)

// Verify checks a directory of [Fleet.WriteDir], or an evidence.zip, against its
// manifest: each file is there, as it was written, and no other. With a verifier the
// manifest has to be signed by its key; nil: signatures are not looked at, and whoever
// could change a file could change the manifest, too.
// Errors: [*TamperError] for the first file that is wrong, [audit.ErrSignature] for the
// manifest.
func Verify(name string, v *audit.Verifier) (files int, err error) {
	info, err := os.Stat(name)
	if err != nil {
		return 0, err
	}
	if info.IsDir() {
		root, err := os.OpenRoot(name)
		if err != nil {
			return 0, err
		}
		defer root.Close()
		return verifyFS(root.FS(), nil, v)
	}
	z, err := zip.OpenReader(name)
	if err != nil {
		return 0, &TamperError{filepath.Base(name), err.Error()}
	}
	defer z.Close()
	seen := map[string]bool{}
	for _, f := range z.File {
		if seen[f.Name] || !fs.ValidPath(f.Name) || f.Mode().Type() != 0 {
			return 0, &TamperError{f.Name, "it is in the archive twice, or has a name of no file"}
		}
		seen[f.Name] = true
	}
	return verifyFS(z, seen, v)
}

// verifyFS verifies what lies below; names are its files, nil: they are looked for.
func verifyFS(in fs.FS, names map[string]bool, v *audit.Verifier) (int, error) {
	content, err := readAll(in, Manifest)
	if err != nil {
		return 0, &TamperError{Manifest, err.Error()}
	}
	text := string(content)
	if list, _, signed := strings.Cut(text, "\n\n"); signed {
		text = list + "\n"
	}
	if v != nil {
		if text, err = v.Open(content); err != nil {
			return 0, fmt.Errorf("%s: %w", Manifest, err)
		}
	}
	if names == nil {
		names = map[string]bool{}
		err := fs.WalkDir(in, ".", func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				names[name] = true
			}
			return err
		})
		if err != nil {
			return 0, err
		}
	}
	delete(names, Manifest)
	n := 0
	for line := range strings.Lines(text) {
		want, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if !ok || !strings.HasSuffix(line, "\n") || !fs.ValidPath(name) || n >= maxFiles {
			return n, &TamperError{Manifest, "it is no list of files and hashes"}
		}
		if !names[name] {
			return n, &TamperError{name, "the file is missing, or in the manifest twice"}
		}
		delete(names, name)
		content, err := readAll(in, name)
		if err != nil {
			return n, &TamperError{name, err.Error()}
		}
		if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != want {
			return n, &TamperError{name, "it is not as it was written"}
		}
		n++
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		return n, &TamperError{name, "it is not in the manifest: somebody added it"}
	}
	return n, nil
}

func readAll(in fs.FS, name string) ([]byte, error) {
	f, err := in.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(durable.ErrIrregular, err)
	}
	var b bytes.Buffer
	if n, err := io.Copy(&b, io.LimitReader(f, maxFile+1)); err != nil || n > maxFile {
		return nil, errors.Join(errors.New("it cannot be read, or is too large"), err)
	}
	return b.Bytes(), nil
}
