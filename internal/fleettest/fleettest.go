// Package fleettest makes reports on fleets that never were, for tests of what is made
// of them: many devices, each way to end, every kind of task, and texts of devices that
// mean harm.
package fleettest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/fleet/compare"
	"github.com/rekey-go/rekey/fleet/report"
	"github.com/rekey-go/rekey/internal/row"
	"github.com/rekey-go/rekey/internal/task"
	"github.com/rekey-go/rekey/internal/weaktest"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/models"
	"github.com/rekey-go/rekey/usage"
)

// Began is when the work on every fleet began.
var Began = time.Date(2026, 3, 3, 20, 0, 0, 0, time.UTC)

// Hostile are texts that a device may have for its names and words.
var Hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</title></style><h1>`, "{{.Title}}${7*7}`",
	`=HYPERLINK("http://evil.example","x")`, `+1+cmd|' /C calc'!A0`, "@SUM(1)", "-2+3", "\t=1+1", "a;=1+1", "＝1+1", "x\r\n=1+1",
	"../../../etc/passwd", `C:\Windows\x`, "/etc/shadow", "\x00nul", "name\u202egnp.exe", "a\u0000b\x1b[31m", "$(reboot)`reboot`;reboot", strings.Repeat("W", 3000), "<!--", "]]>", "\xff\xfe",
}

// cert is a certificate and the hash of its key.
type cert struct {
	info rekey.CertificateInfo
	spki string
}

// certificates are made once: weak ones of a CA, weak ones that name themselves, and
// new ones.
var certificates = sync.OnceValue(func() (all [3][]cert) {
	rng := weaktest.Rand(21)
	ca, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	for kind := range all {
		for i := range 3 {
			var public any
			if kind == 2 {
				k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
				if err != nil {
					panic(err)
				}
				public = &k.PublicKey
			} else {
				public = &rsa.PublicKey{N: weaktest.Consecutive(rng, 2048).N(), E: 65537}
			}
			name := pkix.Name{CommonName: fmt.Sprintf("printer-%d.example", i), Organization: []string{"Example"}}
			issuer := name
			if kind == 0 {
				issuer = pkix.Name{CommonName: "Example Issuing CA 1", Organization: []string{"Example"}}
			}
			template := &x509.Certificate{SerialNumber: big.NewInt(int64(1000*kind + i + 1)), Subject: name, NotBefore: Began.AddDate(-2, 0, 0), NotAfter: Began.AddDate(3, 0, 0)}
			der, err := x509.CreateCertificate(rand.Reader, template, &x509.Certificate{Subject: issuer}, public, ca)
			if err != nil {
				panic(err)
			}
			all[kind] = append(all[kind], certOf(der))
		}
	}
	return all
})

func certOf(der []byte) cert {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	spki, sum := sha256.Sum256(c.RawSubjectPublicKeyInfo), sha256.Sum256(der)
	return cert{rekey.CertificateInfo{
		PEM:     string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		Subject: c.Subject.String(), Issuer: c.Issuer.String(), Serial: fmt.Sprintf("%04x", c.SerialNumber),
		SHA256: hex.EncodeToString(sum[:]), NotBefore: c.NotBefore, NotAfter: c.NotAfter,
	}, hex.EncodeToString(spki[:])}
}

// Fleet is a report on n devices: one is done; of more, one in ten is something else, and
// from 30 on a device carries each of the hostile texts.
func Fleet(n int) *report.Fleet {
	f := &report.Fleet{Title: "", Change: "CHG0042317", Nonce: []byte("auditor's choice")}
	for i := range n {
		f.Devices = append(f.Devices, device(i, n))
	}
	if n > 1 {
		f.Change = ""
		for i := range f.Devices {
			f.Devices[i].Report.Authorization = &rekey.Authorization{Change: "CHG0042317", Author: "alice", Approver: "<i>bob</i>", Digest: strings.Repeat("5e", 32)}
		}
		shared := compare.Finding{Kind: compare.SameKey, SPKI: certificates()[0][0].spki, Factory: true}
		for i := range min(n, 12) {
			shared.Places = append(shared.Places, compare.Place{Device: f.Devices[i].Report.Device.URL, Key: Hostile[i], Factory: i%2 == 0})
		}
		f.Shared = []compare.Finding{shared, {Kind: compare.SharedPrime, SPKI: certificates()[1][0].spki, Places: shared.Places[:2]}}
	}
	f.Sort()
	return f
}

func device(i, n int) report.Device {
	d := report.Device{Site: []string{"Taipei", "東京本社", "Frankfurt"}[i%3], Outcome: rekey.FleetDone}
	host := fmt.Sprintf("prn-%04d.example.com", i+1)
	r := &rekey.Report{
		Device:      rekey.DeviceInfo{URL: "https://" + host + ":8443/", Model: []string{"iR-ADV C5560 III", "iR-ADV DX 8795", "LBP712C"}[i%3], Controller: "80.09"},
		Eligibility: models.Vulnerable, Exit: rekey.ExitOf(nil), Restarts: 1, Requests: 250,
		Started: Began.Add(time.Duration(i*20) * time.Second), Ended: Began.Add(time.Duration(i*20+240) * time.Second),
	}
	d.Report = r
	if n >= 30 && i < len(Hostile) {
		d.Name, r.Device.Model, d.Site = Hostile[i], Hostile[i], Hostile[i]
	}
	end := func(o rekey.FleetOutcome, err error) {
		d.Outcome, r.Exit, r.Error = o, rekey.ExitOf(err), err.Error()
	}
	never := func() { r.Device.Model, r.Restarts, r.Requests = "", 0, 0 }
	if n == 1 {
		i = 100
	}
	switch i % 30 {
	case 3:
		end(rekey.FleetUnreachable, &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 8443}, Err: errors.New("connect: no route to host")})
		never()
	case 8:
		end(rekey.FleetFailed, errors.New("GET /rps/: the login was refused: <b>\"wrong\"</b> ID"))
	case 13:
		end(rekey.FleetUnsupported, &rekey.FirmwareError{Model: r.Device.Model, Version: "62.01", Caught: true})
	case 18:
		end(rekey.FleetHeld, &rekey.HeldError{URL: r.Device.URL, Why: "2 devices have failed, and 2 is the limit"})
		never()
	case 23:
		end(rekey.FleetWithheld, rekey.ErrUnfinished)
		add(r, usage.Place{Use: keys.UseIEEE8021X}, certificates()[0][i%3], cert{}, "nobody said that the authentication server trusts the new certificate")
	case 28:
		end(rekey.FleetNotStarted, &rekey.HeldError{URL: r.Device.URL, Why: "the call ended before its turn", NotStarted: true})
		never()
	}
	if d.Outcome != rekey.FleetDone && d.Outcome != rekey.FleetWithheld {
		return d
	}
	old := certificates()[i%2][i%3]
	add(r, usage.Place{Use: keys.UseTLS}, old, certificates()[2][i%3], "")
	if i%5 == 0 {
		add(r, usage.Place{Use: keys.UseIEEE8021X}, old, certificates()[2][(i+1)%3], "")
	}
	if i%7 == 0 {
		add(r, usage.Place{Use: keys.UseIPSec, Policy: "HQ " + d.Site}, old, certificates()[2][(i+2)%3], "")
	}
	if i%10 == 0 {
		r.Tasks = append(r.Tasks, taskOf(r, row.PairBluetooth, usage.Place{Use: "bluetooth"}, cert{}, cert{}))
	}
	return d
}

// add adds a usage with its tasks; without a new certificate it is left open.
func add(r *rekey.Report, p usage.Place, before, after cert, why string) {
	u := rekey.UsageReport{Place: p, Affected: true, Reason: why, OldKey: rekey.KeyRef{Name: "Default Key", SPKI: before.spki, Weak: keys.Proved}}
	if after.spki != "" {
		u.NewKey = rekey.KeyRef{Name: "rktls20260303abcdef", SPKI: after.spki, Weak: keys.NotFound}
		u.Verified, u.Bound, u.Proof, u.Certificate = true, true, "served", after.info.PEM
	}
	r.Usages = append(r.Usages, u)
	if !u.Verified {
		return
	}
	ids := []string{usage.Of(p.Use).DisableRow, row.EnableNew}
	if p.Use == keys.UseTLS {
		ids = append(ids, row.CompareKey, row.ChangePassword)
	}
	for _, id := range ids {
		r.Tasks = append(r.Tasks, taskOf(r, id, p, before, after))
	}
}

func taskOf(r *rekey.Report, id string, p usage.Place, before, after cert) rekey.Task {
	kind := task.SelfSigned
	if before.info.Issuer != before.info.Subject && id != row.EnableNew {
		kind = task.CSR
	}
	facts := task.Facts{
		Device: r.Device.Model, URL: r.Device.URL, Policy: p.Policy,
		Old: task.Cert{Key: "Default Key", Subject: before.info.Subject, Issuer: before.info.Issuer, Serial: before.info.Serial, SHA256: before.info.SHA256},
		New: task.Cert{Subject: after.info.Subject, Issuer: after.info.Issuer, Serial: after.info.Serial, SHA256: after.info.SHA256},
	}
	text, err := task.Text(id, string(p.Use), kind, "en", facts)
	if err != nil {
		panic(err)
	}
	t := rekey.Task{ID: id, Place: p, Text: text}
	t.Summary, _, _ = strings.Cut(text, "\n")
	if before.spki != "" {
		t.Old, t.New = &before.info, &after.info
	}
	return t
}
