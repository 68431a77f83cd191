package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"maps"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/examples/internal/program"
	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/internal/wording/english"
	"github.com/rekey-go/rekey/revocation"
)

// office is a state directory with the evidence of one certificate, whose CA
// publishes a list.
type office struct {
	dir, ca string
	sha256  string // of the certificate
	sha1    string
	revoked atomic.Bool
}

func newOffice(t *testing.T) *office {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sign := func(template, parent *x509.Certificate, public any) *x509.Certificate {
		der, err := x509.CreateCertificate(rand.Reader, template, parent, public, key)
		if err != nil {
			t.Fatal(err)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return cert
	}
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Office CA"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, SubjectKeyId: []byte{1, 2, 3, 4},
	}
	ca = sign(ca, ca, key.Public())
	o := &office{dir: t.TempDir()}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		list := &x509.RevocationList{Number: big.NewInt(time.Now().UnixNano()), ThisUpdate: time.Now().Add(-time.Minute), NextUpdate: time.Now().Add(time.Hour)}
		if o.revoked.Load() {
			list.RevokedCertificateEntries = []x509.RevocationListEntry{{SerialNumber: big.NewInt(0x5e1), RevocationTime: time.Now(), ReasonCode: 1}}
		}
		der, err := x509.CreateRevocationList(rand.Reader, list, ca, key)
		if err != nil {
			t.Error(err)
		}
		w.Write(der)
	}))
	t.Cleanup(server.Close)
	device := sign(&x509.Certificate{
		SerialNumber: big.NewInt(0x5e1), Subject: pkix.Name{CommonName: "mfp.example"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		CRLDistributionPoints: []string{server.URL + "/ca.crl"},
	}, ca, own.Public())
	store, err := revocation.OpenStore(filepath.Join(o.dir, "evidence"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	receipt, err := store.Put(t.Context(), revocation.Evidence{
		Device: revocation.Device{URL: "https://mfp.example/"}, Key: "old\x1b[2J", Usages: []string{"tls"}, Certificate: &revocation.CertificateRecord{DER: device.Raw},
	})
	if err == nil {
		err = store.SetProgress(t.Context(), receipt.Record(), revocation.Progress{Due: time.Now(), Reason: revocation.KeyCompromise})
	}
	if err != nil {
		t.Fatal(err)
	}
	o.sha256 = fmt.Sprintf("%x", sha256.Sum256(device.Raw))
	o.sha1 = fmt.Sprintf("%x", sha1.Sum(device.Raw))
	o.ca = filepath.Join(o.dir, "ca.pem")
	if err := os.WriteFile(o.ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return o
}

// journal writes a line into the device's journal.
func (o *office) journal(t *testing.T, event state.Event, key string) {
	t.Helper()
	dir, err := state.Open(o.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	release, err := dir.Lock(t.Context(), "mfp.example")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	j, err := dir.Journal("mfp.example")
	if err == nil {
		err = j.Append(state.Record{Event: event, OldKey: key})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// run runs the program on the office.
func (o *office) run(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(ctx, append([]string{"-dir", o.dir}, args...), &out, &errs, func(string) (string, bool) { return "", false })
	return code, out.String(), errs.String()
}

// A certificate is followed from "nobody asked" to "seen on the list", by runs
// that know of each other by the directory only.
func TestFollowed(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for _, step := range []struct {
		args   []string
		before func()
		code   int
		want   []string
	}{
		{nil, nil, exitUnfinished, []string{"not asked for", "serial 05e1", `"old\x1b[2J"`}},
		{[]string{"-ad-cs", `CA01\Office CA`, "-issuers", o.ca}, nil, exitFailed, []string{"the journal does not say"}},
		{[]string{"-ad-cs", `CA01\Office CA`, "-issuers", o.ca, "-confirm", o.sha256}, nil, exitUnfinished, []string{`certutil -config`}},
		{[]string{"-ad-cs", `CA01\Office CA`, "-issuers", o.ca}, func() { o.journal(t, state.IntentDelete, "old\x1b[2J") }, exitFailed, []string{"the journal does not say"}},
		{[]string{"-ad-cs", `CA01\Office CA`, "-issuers", o.ca}, func() { o.journal(t, state.Deleted, "another") }, exitFailed, []string{"the journal does not say"}},
		{[]string{"-ad-cs", `CA01\Office CA`}, func() { o.journal(t, state.Deleted, "old\x1b[2J") }, exitUnfinished, []string{"no command"}},
		{[]string{"-ad-cs", `CA01\Office CA`, "-issuers", o.ca}, nil, exitUnfinished, []string{`certutil -config "CA01\Office CA" -revoke 05e1 1`}},
		{[]string{"-issuers", o.ca}, nil, exitUnfinished, []string{"not yet", "not revoked"}},
		{[]string{"-issuers", o.ca}, func() { o.revoked.Store(true) }, exitDone, []string{"confirmed by CRL number", "keyCompromise"}},
		{nil, nil, exitDone, []string{"confirmed by CRL number"}},
	} {
		if step.before != nil {
			step.before()
		}
		code, out, errs := o.run(t.Context(), step.args...)
		if code != step.code || strings.Contains(out, "\x1b") {
			t.Errorf("%q: exit code %d, want %d\n%q\n%s", step.args, code, step.code, out, errs)
		}
		for _, want := range step.want {
			if !strings.Contains(out, want) {
				t.Errorf("%q: no %q in\n%s", step.args, want, out)
			}
		}
	}
	for _, lang := range []string{"zh-TW", "ja"} {
		_, out, errs := o.run(t.Context(), "-task-lang", lang)
		_, _, wrong := o.run(t.Context(), "-task-lang", lang, "-wait", "-1s")
		if left := english.Words(out + errs + wrong); left != "" {
			t.Errorf("%s: English is left: %q in\n%s%s%s", lang, left, out, errs, wrong)
		}
	}
	code, out, errs := o.run(t.Context(), "-hand-over", "-json")
	var object struct {
		Records   []row
		Confirmed int
	}
	if err := json.Unmarshal([]byte(out), &object); err != nil || code != exitDone || object.Confirmed != 1 || object.Records[0].Serial != "05e1" {
		t.Errorf("%d, %v\n%s%s", code, err, out, errs)
	}
	documented(t, out)
	table, err := os.ReadFile(filepath.Join(o.dir, "evidence", "revocation.csv"))
	if err != nil || !strings.Contains(string(table), "confirmed by CRL number") || bytes.Contains(table, []byte("\x1b")) {
		t.Errorf("%v\n%s", err, table)
	}
}

// documented fails for a field of -json that docs/guide.md does not name.
func documented(t *testing.T, object string) {
	t.Helper()
	guide, err := os.ReadFile("../../docs/guide.md")
	if err != nil {
		t.Fatal(err)
	}
	_, said, _ := strings.Cut(string(guide), "`-json` prints one object")
	said, _, _ = strings.Cut(said, "\n")
	var fields map[string]json.RawMessage
	var records []map[string]json.RawMessage
	if err := json.Unmarshal([]byte(object), &fields); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(fields["records"], &records); err != nil || len(records) == 0 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	printed := []string{"revocation.Progress"}
	for _, of := range append(records, fields) {
		printed = slices.AppendSeq(printed, maps.Keys(of))
	}
	var named []string
	for i, span := range strings.Split(said, "`") {
		if i%2 == 1 {
			named = append(named, span)
		}
	}
	slices.Sort(printed)
	slices.Sort(named)
	if printed, named = slices.Compact(printed), slices.Compact(named); !slices.Equal(printed, named) {
		t.Errorf("printed are %q, and docs/guide.md names %q", printed, named)
	}
}

// -crl-url and -ocsp-url are asked, besides what the certificate names.
func TestFurtherAddresses(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	var asked sync.Map
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.Method+" "+strings.SplitAfterN(r.URL.Path, "/", 3)[1], true)
		http.NotFound(w, r)
	}))
	t.Cleanup(server.Close)
	code, out, errs := o.run(t.Context(), "-issuers", o.ca, "-crl-url", server.URL+"/list", "-ocsp-url", server.URL+"/ocsp")
	_, list := asked.Load("GET list")
	_, posted := asked.Load("POST ocsp")
	_, got := asked.Load("GET ocsp/")
	if !list || !posted && !got || code != exitUnfinished {
		t.Errorf("list %v, responder %v; exit code %d\n%s%s", list, posted || got, code, out, errs)
	}
}

// A certificate that only a details page tells of is found among those of the CA,
// and its revocation closes the record. // V-4
func TestKnownCertificate(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	store, err := revocation.OpenStore(filepath.Join(o.dir, "evidence"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	known := t.TempDir()
	for e, err := range store.All() {
		if err == nil {
			err = os.WriteFile(filepath.Join(known, "05e1.cer"), e.Certificate.DER, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	page := revocation.Evidence{
		Device: revocation.Device{URL: "https://mfp2.example/"}, Key: "dot1x", Usages: []string{"802.1X"}, Source: revocation.SourceDetails,
		Fields: []revocation.Field{{Label: "Serial Number", Value: "05 E1"}, {Label: "Issuer", Value: "CN=Office CA"}, {Label: "Thumbprint", Value: o.sha1}},
	}
	receipt, err := store.Put(t.Context(), page)
	if err == nil {
		err = store.SetProgress(t.Context(), receipt.Record(), revocation.Progress{Due: time.Now(), Reason: revocation.Superseded})
	}
	if err != nil {
		t.Fatal(err)
	}
	o.revoked.Store(true)
	if code, out, errs := o.run(t.Context(), "-issuers", o.ca); code != exitUnfinished {
		t.Errorf("without it: %d\n%s%s", code, out, errs)
	}
	for range 2 {
		if code, out, errs := o.run(t.Context(), "-issuers", o.ca, "-known-certs", known, "-hand-over"); code != exitDone {
			t.Errorf("%d\n%s%s", code, out, errs)
		}
	}
	table, err := os.ReadFile(filepath.Join(o.dir, "evidence", "revocation.csv"))
	if err != nil || strings.Count(string(table), "CN=Office CA,") != 2 || strings.Count(string(table), "confirmed by CRL number") != 2 || strings.Count(string(table), o.sha1) < 2 {
		t.Errorf("%v\n%s", err, table)
	}
	if code, _, _ := o.run(t.Context(), "-known-certs", known+"/none"); code != exitUsage {
		t.Errorf("no directory: %d", code)
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if code, _, errs := o.run(stopped); code != exitInterrupted {
		t.Errorf("interrupted: %d\n%s", code, errs)
	}
	for _, args := range [][]string{
		{"more"}, {"-issuers", "nonesuch"}, {"-dir", "nonesuch"}, {"-step-ca", "https://127.0.0.1:1", "-key", "nonesuch"}, {"-vault", "https://127.0.0.1:1"},
		{"-ad-cs", "A", "-vault", "https://127.0.0.1:1"}, {"-wait", "soon"}, {"-confirm", "ab:cd"}, {"-issuers", os.DevNull},
		{"-wait", "1m"}, {"-crl-url", "http://ca.example/list"}, {"-ocsp-url", "http://ca.example/"}, // nobody would look
	} {
		if code, _, errs := o.run(t.Context(), args...); code != exitUsage || !strings.HasPrefix(errs, "revocation: ") {
			t.Errorf("%q: exit code %d\n%s", args, code, errs)
		}
	}
	records, _ := filepath.Glob(filepath.Join(o.dir, "evidence", "*", "*.json"))
	for _, name := range records {
		if !strings.HasSuffix(name, ".revocation.json") {
			if err := os.WriteFile(name, []byte("{"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if code, out, errs := o.run(t.Context()); code != exitFailed || !strings.Contains(out, "unreadable") {
		t.Errorf("damaged: exit code %d\n%s%s", code, out, errs)
	}
}

// The CAs that issue to printers are none that servers are trusted by.
func TestIssuersAreNoTLSRoots(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	var asked atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		http.Error(w, "not now", http.StatusTeapot)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	root := filepath.Join(t.TempDir(), "server.pem")
	if err := os.WriteFile(root, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(t.TempDir(), "key.pem")
	account, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(account)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	env := func(string) (string, bool) { return "hvs.secret", true }
	for _, who := range [][]string{
		{"-vault", server.URL, "-vault-token-env", "TOKEN"},
		{"-acme", server.URL + "/directory", "-key", key},
		{"-step-ca", server.URL, "-provisioner", "p", "-key", key},
	} {
		for _, trusted := range []bool{false, true} {
			asked.Store(0)
			args := append([]string{"-dir", o.dir, "-issuers", o.ca, "-issuers", root}, who...)
			if trusted {
				args = append(args, "-tls-roots", root)
			}
			var out, errs bytes.Buffer
			if code := run(t.Context(), args, &out, &errs, env); code != exitFailed || (asked.Load() > 0) != trusted || strings.Contains(errs.String(), "hvs.secret") {
				t.Errorf("%q: exit code %d, asked %d times\n%s%s", args, code, asked.Load(), out.String(), errs.String())
			}
		}
	}
}

// What somebody wrote into the progress of a record cannot move the cursor, nor
// fill the screen.
func TestTamperedProgress(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	records, err := filepath.Glob(filepath.Join(o.dir, "evidence", "*", "*.revocation.json"))
	if err != nil || len(records) != 1 {
		t.Fatal(records, err)
	}
	evil := "\nhttps://other.example/ key \"k\": confirmed\x1b[2J\u202e\u009b31m\r\x07" + strings.Repeat("A", 1<<20)
	for _, p := range []revocation.Progress{
		{Due: time.Now(), Problem: evil}, {Due: time.Now(), Moot: evil}, {Due: time.Now(), By: evil, Asked: time.Now()},
		{Due: time.Now(), Status: &revocation.Status{At: time.Now(), Why: evil, Disagreement: evil}},
		{Due: time.Now(), Status: &revocation.Status{At: time.Now(), Checks: []revocation.Check{{URL: evil, Why: evil}}}},
	} {
		content, err := json.Marshal(p)
		if err == nil {
			err = os.WriteFile(records[0], content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		_, out, errs := o.run(t.Context())
		if all := out + errs; strings.ContainsAny(all, "\x1b\u202e\u009b\r\x07") || len(all) > 64<<10 || !strings.Contains(out, "05e1") || strings.Contains(all, "\nhttps://other") {
			t.Errorf("%d bytes: %.200q", len(all), all)
		}
	}
}

// A certificate that only a details page named waits for a person.
func TestConfirmed(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	store, err := revocation.OpenStore(filepath.Join(o.dir, "evidence"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for r, err := range store.Records(revocation.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		r.Evidence.Source = revocation.SourceFile
		receipt, err := store.Put(t.Context(), r.Evidence)
		if err == nil {
			err = store.SetProgress(t.Context(), receipt.Record(), r.Progress)
		}
		if err == nil {
			err = store.SetProgress(t.Context(), r.Name, revocation.Progress{})
		}
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	o.journal(t, state.Deleted, "old\x1b[2J")
	ask := []string{"-ad-cs", `CA01\Office CA`, "-issuers", o.ca}
	if code, out, _ := o.run(t.Context(), ask...); code != exitUnfinished || !strings.Contains(out, "a person must confirm") || strings.Contains(out, "certutil") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	sum := strings.ToUpper(o.sha256)
	if code, out, _ := o.run(t.Context(), append(ask, "-confirm", sum[:2]+":"+sum[2:])...); code != exitUnfinished || strings.Count(out, " -revoke 05e1 1") != 1 {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

// Whoever interrupts twice has the object all the same, with what happened.
func TestInterruptedTwice(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	l, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	again := make(chan struct{})
	close(again)
	ctx, cancel := context.WithCancel(program.WithAgain(t.Context(), again))
	defer program.Ended(ctx) // it writes into the office's directory
	defer l.Close()
	defer cancel()
	code, out, errs := o.run(ctx, "-issuers", o.ca, "-crl-url", "http://"+l.Addr().String()+"/", "-json")
	var r struct {
		Error string
		Exit  rekey.Exit
	}
	if err := json.Unmarshal([]byte(out), &r); code != exitInterrupted || err != nil || !strings.Contains(r.Error, "second interruption") || r.Exit != rekey.ExitOf(context.Canceled) || !strings.Contains(errs, "run again") {
		t.Errorf("exit code %d, %v\n%s%s", code, err, out, errs)
	}
}

// A journal that others can write bears nothing out.
func TestOthersWriteTheJournal(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	o := newOffice(t)
	o.journal(t, state.Deleted, "old\x1b[2J")
	ask := []string{"-ad-cs", `CA01\Office CA`, "-issuers", o.ca}
	for mode, want := range map[os.FileMode]string{0o700: "certutil", 0o755: "certutil", 0o775: "others can write there", 0o777: "others can write there"} {
		if err := os.Chmod(o.dir, mode); err != nil {
			t.Fatal(err)
		}
		if _, out, _ := o.run(t.Context(), ask...); !strings.Contains(out, want) || strings.Contains(out, "certutil") != (want == "certutil") {
			t.Errorf("%o: %s", mode, out)
		}
	}
}
