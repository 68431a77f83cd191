package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rekey-go/rekey/fleet/inventory"
	"github.com/rekey-go/rekey/internal/weaktest"
	"github.com/rekey-go/rekey/models"
)

// network is what a test can reach: TLS servers in memory.
type network struct {
	servers map[string]*tls.Certificate // by address
	silent  map[string]bool
	mu      sync.Mutex
	asked   []string
}

func (n *network) dial(ctx context.Context, _, addr string) (net.Conn, error) {
	n.mu.Lock()
	n.asked = append(n.asked, addr)
	n.mu.Unlock()
	host, _, _ := net.SplitHostPort(addr)
	if n.silent[host] {
		return nil, &net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}
	}
	cert := n.servers[addr]
	if cert == nil {
		return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	}
	client, server := net.Pipe()
	go func() {
		defer server.Close()
		_ = tls.Server(server, &tls.Config{Certificates: []tls.Certificate{*cert}, MaxVersion: tls.VersionTLS12}).HandshakeContext(ctx)
	}()
	return client, nil
}

func scan(ctx context.Context, n *network, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(ctx, args, &out, &errs, nil, n.dial)
	return code, out.String(), errs.String()
}

// certificate of a public key; the signatures are another's, which nobody looks at.
func certificate(t *testing.T, pub *rsa.PublicKey, key *rsa.PrivateKey, name string) *tls.Certificate {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Unix(1<<32, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, pub, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// Whatever is asked, what prints is not contacted; and a wrong wish ends the scan
// before anything is.
func TestNeverContactsWhatPrints(t *testing.T) {
	t.Parallel()
	n := &network{}
	file := func(text string) string {
		path := filepath.Join(t.TempDir(), "list")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	forbidden := []int{515, 9100, 9101, 9102, 9103, 9104, 9105, 9106, 9107, 9112, 9113, 9114, 9115, 9116, 9999}
	for _, port := range forbidden {
		for _, args := range [][]string{
			{"-port", fmt.Sprint(port), "192.0.2.1"},
			{"-port", fmt.Sprintf("0%d", port), "192.0.2.1"},
			{fmt.Sprintf("192.0.2.1:%d", port)},
			{fmt.Sprintf("192.0.2.1:0%d", port)},
			{fmt.Sprintf("[2001:db8::1]:%d", port)},
			{fmt.Sprintf("https://printer.example:%d/", port), "192.0.2.2"},
			{"-port", fmt.Sprint(port), "-yes", "-cidr", "192.0.2.0/28"},
			{"-f", file(fmt.Sprintf("192.0.2.3\n192.0.2.1:%d\n", port))},
			{"-inventory", file(fmt.Sprintf("address,tls-ports\n192.0.2.1,443 %d\n", port))},
			{"-inventory", file(fmt.Sprintf("address\nhttps://192.0.2.1:%d/\n", port))},
		} {
			if code, out, errs := scan(t.Context(), n, args...); code != exitError || out != "" || errs == "" {
				t.Errorf("%v: %d, %q, %q", args, code, out, errs)
			}
		}
		if guard(fmt.Sprintf("192.0.2.1:%d", port)) == nil { // of the socket
			t.Errorf("port %d is let through", port)
		}
	}
	for _, addr := range []string{"192.0.2.1:hp-pdl-datastr", "192.0.2.1:printer", "192.0.2.1"} {
		if guard(addr) == nil {
			t.Errorf("%s is let through", addr)
		}
	}
	for _, port := range append(usualPorts, 9108, 9111, 9117, 514, 516, 9998) {
		if err := guard(fmt.Sprintf("192.0.2.1:%d", port)); err != nil {
			t.Error(err)
		}
	}
	if len(n.asked) > 0 {
		t.Errorf("contacted: %q", n.asked)
	}
}

func TestScan(t *testing.T) {
	t.Parallel()
	good, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	bad := &rsa.PublicKey{N: weaktest.Published()[0], E: 65537}
	var listed models.Row
	for listed = range models.All() {
		break
	}
	n := &network{
		servers: map[string]*tls.Certificate{
			"192.0.2.1:8443": certificate(t, bad, good, listed.Name),
			"192.0.2.1:5061": certificate(t, &good.PublicKey, good, "sip"),
			"192.0.2.2:443":  certificate(t, &good.PublicKey, good, "anything"),
		},
		silent: map[string]bool{"192.0.2.3": true},
	}
	args := []string{"-rate", "10000", "-net-rate", "10000", "-timeout", "1m", "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.1"}
	code, out, errs := scan(t.Context(), n, args...)
	if code != exitWeak|exitUnscannable || errs != "" {
		t.Errorf("%d, %s", code, errs)
	}
	l, err := inventory.Read(strings.NewReader(out))
	if err != nil || len(l.Entries) != 4 {
		t.Fatalf("no inventory: %v\n%s", err, out)
	}
	for _, e := range l.Entries {
		if want := strings.HasPrefix(e.Address, "https://192.0.2.2:443"); (len(e.Pins) == 1) != want {
			t.Errorf("%+v", e)
		}
	}
	for _, want := range []string{"https://192.0.2.1:8443/,,proved," + listed.Name + ",\"8443: weak: next-prime", "https://192.0.2.2:443/,sha256//", ",not-found,", "192.0.2.3:8443/,,unscannable,,8443: no answer in time,,,\n", "443: closed"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	asked := slices.Clone(n.asked)
	slices.Sort(asked)
	if len(slices.Compact(slices.Clone(asked))) != len(asked)-1 || len(asked) != 14 { // the silent one twice
		t.Errorf("asked %q", asked)
	}

	code, out, _ = scan(t.Context(), n, append([]string{"-json"}, args...)...)
	hosts, last, _ := strings.Cut(out, `{"exit":`)
	if last != `{"code":6,"class":"weak","retry":"change"}}`+"\n" {
		t.Errorf("it ends with %s", last)
	}
	for line := range strings.Lines(hosts) {
		var r result
		if err := json.Unmarshal([]byte(line), &r); err != nil || r.Weak == "" || len(r.Ports) == 0 {
			t.Errorf("%s: %v", line, err)
		}
	}
	if strings.Count(hosts, "\n") != 4 || code != exitWeak|exitUnscannable {
		t.Errorf("%d\n%s", code, out)
	}
	// As a list it has the same devices as the other form; both in any order.
	again, err := inventory.Read(strings.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range []*inventory.List{l, again} {
		slices.SortFunc(list.Entries, func(a, b inventory.Entry) int { return strings.Compare(a.Address, b.Address) })
		for i := range list.Entries {
			list.Entries[i].Line = 0
		}
	}
	if !reflect.DeepEqual(l.Entries, again.Entries) {
		t.Errorf("%+v\nand as JSON\n%+v", l.Entries, again.Entries)
	}
}

// What is proved weak is in the tables that vulnerability management imports, once for
// each key; what the list says of a host goes along.
func TestTables(t *testing.T) {
	t.Parallel()
	good, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	bad := certificate(t, &rsa.PublicKey{N: weaktest.Published()[0], E: 65537}, good, "printer")
	other := certificate(t, &rsa.PublicKey{N: weaktest.Published()[1], E: 65537}, good, "printer")
	n := &network{servers: map[string]*tls.Certificate{
		"192.0.2.1:8443": bad, "192.0.2.1:443": bad, "192.0.2.1:5061": other, "192.0.2.2:443": certificate(t, &good.PublicKey, good, "sound"),
	}}
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(at("list"), []byte("address,name,site,group\n192.0.2.1,=First,B,3rd floor\n192.0.2.2,,C,\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"-rate", "10000", "-net-rate", "10000", "-inventory", at("list"), "-servicenow", at("now.csv"), "-defectdojo", at("dojo.json")}
	code, out, errs := scan(t.Context(), n, args...)
	if code != exitWeak || errs != "" || !strings.Contains(out, ",=First,B,3rd floor\n") {
		t.Errorf("%d, %s%s", code, out, errs)
	}
	if l, err := inventory.Read(strings.NewReader(out)); err != nil || len(l.Entries) != 2 || l.Entries[0].Site+l.Entries[1].Site != "BC" && l.Entries[0].Site+l.Entries[1].Site != "CB" {
		t.Errorf("%+v, %v", l, err)
	}
	rows, err := os.ReadFile(at("now.csv"))
	if err != nil || strings.Count(string(rows), "\r\n") != 3 {
		t.Fatalf("%v\n%s", err, rows)
	}
	for _, want := range []string{"'=First,,,,192.0.2.1,,CVE-2022-26320,", ",critical,8443,tcp,", "seen at port 8443 and 443,open", ",critical,5061,tcp,"} {
		if !bytes.Contains(rows, []byte(want)) {
			t.Errorf("%q is not in\n%s", want, rows)
		}
	}
	var dojo struct {
		Findings []struct {
			ID        string   `json:"unique_id_from_tool"`
			Endpoints []string `json:"endpoints"`
			Tags      []string `json:"tags"`
			Active    bool     `json:"active"`
			Verified  bool     `json:"verified"`
		} `json:"findings"`
	}
	text, err := os.ReadFile(at("dojo.json"))
	if err == nil {
		err = json.Unmarshal(text, &dojo)
	}
	if err != nil || len(dojo.Findings) != 2 || dojo.Findings[0].ID == dojo.Findings[1].ID {
		t.Fatalf("%v\n%s", err, text)
	}
	for _, f := range dojo.Findings {
		if !f.Active || !f.Verified || !slices.Equal(f.Tags, []string{"site B"}) || len(f.Endpoints) != 1 {
			t.Errorf("%+v", f)
		}
	}
	n.asked = nil
	if code, _, errs := scan(t.Context(), n, append(args, "-defectdojo", filepath.Join(dir, "absent", "x"))...); code != exitError || errs == "" || n.asked != nil {
		t.Errorf("a table that cannot be written: %d, %s, %q", code, errs, n.asked)
	}
}

func TestRateAndDryRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := &network{}
		begun := time.Now()
		code, out, _ := scan(t.Context(), n, "-dry-run", "-rate", "10", "-cidr", "192.0.2.0/28")
		if code != 0 || len(n.asked) != 0 || !strings.HasPrefix(out, "14 hosts, at most 112 connections") || !strings.Contains(out, "6s") {
			t.Errorf("%d, %s, %q", code, out, n.asked)
		}
		if code, _, _ := scan(t.Context(), n, "-rate", "10", "-cidr", "192.0.2.0/28"); code != exitUnscannable {
			t.Errorf("%d", code)
		}
		if took := time.Since(begun); len(n.asked) != 56 || took != 5500*time.Millisecond {
			t.Errorf("%d connections in %v", len(n.asked), took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if code, _, errs := scan(ctx, n, "-rate", "10", "-cidr", "192.0.2.0/24"); code&exitError == 0 || !strings.Contains(errs, "interrupted") {
			t.Errorf("%d, %s", code, errs)
		}
	})
	for _, args := range [][]string{{}, {"192.0.2.0/24"}, {"-cidr", "10.0.0.0/16"}, {"-yes", "-cidr", "10.0.0.0/8"}, {"-rate", "0", "a"}, {"-rate", "NaN", "a"}, {"two words"}} {
		if code, _, errs := scan(t.Context(), &network{}, args...); code != exitError || errs == "" {
			t.Errorf("%v: %d", args, code)
		}
	}
	if code, _, _ := scan(t.Context(), &network{}, "-dry-run", "-yes", "-cidr", "10.0.0.0/16"); code != 0 {
		t.Error("65536 addresses are refused with -yes")
	}
}

// The order is drawn anew each time, so that no network is asked from its one end to
// the other; the connections of one /24 are spaced more than those of all.
func TestOrderAndNetRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		networks := []string{"-port", "8443", "-cidr", "192.0.2.0/26", "-cidr", "198.51.100.0/26"}
		n := &network{}
		begun := time.Now()
		code, _, errs := scan(t.Context(), n, append(networks, "-rate", "100", "-net-rate", "5", "-parallel", "64")...)
		// 62 of each network, five a second; the two networks side by side.
		if took := time.Since(begun); code != exitUnscannable || errs != "" || len(n.asked) != 124 || took < 12*time.Second || took > 13*time.Second {
			t.Errorf("%d, %s: %d connections in %v", code, errs, len(n.asked), took)
		}
		var orders [3][]string
		for i := range orders {
			n := &network{}
			scan(t.Context(), n, append(networks, "-rate", "10000", "-net-rate", "10000", "-parallel", "1")...)
			orders[i] = n.asked
		}
		inOrder := slices.Clone(orders[0])
		slices.Sort(inOrder)
		for i, o := range orders {
			if slices.Equal(o, inOrder) || slices.Equal(o, orders[(i+1)%3]) {
				t.Errorf("order %d is no other", i)
			}
		}
	})
}

// What an earlier output has is left out, but not its last line where that was cut.
func TestResume(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "out")
	for _, form := range [][]string{nil, {"-json"}} {
		args := append(form, "-rate", "10000", "-net-rate", "10000", "-resume", file, "192.0.2.1", "192.0.2.2", "192.0.2.3")
		if err := os.RemoveAll(file); err != nil {
			t.Fatal(err)
		}
		_, out, errs := scan(t.Context(), &network{}, args...)
		if strings.Count(out, "https://192.0.2.") != 3 || errs != "" {
			t.Fatalf("%s%s", out, errs)
		}
		hosts, end, _ := strings.Cut(out, `{"exit":`)
		if err := os.WriteFile(file, []byte(hosts[:len(hosts)-3]), 0o600); err != nil {
			t.Fatal(err)
		}
		n := &network{}
		_, more, errs := scan(t.Context(), n, args...)
		if strings.Count(more, "https://192.0.2.") != 1 || strings.HasPrefix(more, "address") || len(n.asked) != 4 || errs != "" {
			t.Errorf("%v: %q\n%s%s", form, n.asked, more, errs)
		}
		if form != nil { // as it ends where it was interrupted
			out, end = hosts+`{"error":"interrupted: not every host was looked at","exit":{"code":1}}`+"\n", `{"exit":{"code":0,"class":"done","retry":"no"}}`+"\n"
		}
		if err := os.WriteFile(file, []byte(out), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, more, errs := scan(t.Context(), n, args...); code != 0 || more != end || errs != "" {
			t.Errorf("nothing is left: %d, %s%s", code, more, errs)
		}
	}
}

// docs/exit-codes.md says what each part of the code means.
func TestExitCodesAreDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/exit-codes.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []int{exitWeak, exitError, exitUnscannable} {
		e := exitOf(t.Context(), part)
		if row := fmt.Sprintf("| `scan` | %d | `%s` | %s |", e.Code, e.Class, e.Retry); !strings.Contains(string(page), row) {
			t.Errorf("no %s", row)
		}
	}
	ended, end := context.WithCancel(t.Context())
	if end(); exitOf(ended, exitError).Class != "interrupted" {
		t.Error("an interruption is none")
	}
}
