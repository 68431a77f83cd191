package report

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"strings"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/printable"
	"github.com/rekey-go/rekey/internal/wording"
)

// teamFiles are what each team that has tasks gets: every task in full, a list of old
// and new pins, the certificates in two bundles, and the script for CUPS.
func (f *Fleet) teamFiles() (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, id := range teams {
		var tasks, before, after bytes.Buffer
		var rows [][]string
		seen := map[string]bool{}
		once := func(to *bytes.Buffer, d *Device, text string) {
			block, _ := pem.Decode([]byte(text))
			if block == nil || block.Type != "CERTIFICATE" || seen[fmt.Sprintf("%p", to)+string(block.Bytes)] {
				return
			}
			seen[fmt.Sprintf("%p", to)+string(block.Bytes)] = true
			fmt.Fprintf(to, "# %s\n%s", clean(d.title()), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: block.Bytes}))
		}
		listed := map[string]bool{}
		f.tasksOf(id, func(d *Device, t *rekey.Task) {
			fmt.Fprintf(&tasks, "== %s: %s ==\n\n%s\n", clean(t.ID), clean(d.title()), printableLines(t.Text))
			if t.Old != nil {
				once(&before, d, t.Old.PEM)
			}
			if t.New != nil {
				once(&after, d, t.New.PEM)
			}
			key := fmt.Sprint(d.title(), " ", t.Use, " ", t.Policy)
			if row := pinRow(d, t); row != nil && !listed[key] {
				listed[key] = true
				rows = append(rows, row)
			}
		})
		if tasks.Len() == 0 {
			continue
		}
		dir := "teams/" + id + "/"
		files[dir+"tasks.txt"] = tasks.Bytes()
		if id == "phone" {
			continue
		}
		var pins bytes.Buffer
		columns := []string{"device", "address", "usage", "policy", "old_pin", "new_pin", "old_certificate_sha256", "new_certificate_sha256", "old_issuer", "old_serial_hex", "new_not_after"}
		if err := table(&pins, columns, nil, rows); err != nil {
			return nil, err
		}
		files[dir+"pins.csv"], files[dir+"old.pem"], files[dir+"new.pem"] = pins.Bytes(), before.Bytes(), after.Bytes()
		if hosts := f.changedHosts(); id == "desktop" && len(hosts) > 0 {
			files[dir+"cups-cleanup.sh"] = cupsScript(hosts)
		}
	}
	return files, nil
}

// pinRow is nil for a task that speaks of no certificate.
func pinRow(d *Device, t *rekey.Task) []string {
	if t.Old == nil && t.New == nil {
		return nil
	}
	var before, after rekey.CertificateInfo
	if t.Old != nil {
		before = *t.Old
	}
	if t.New != nil {
		after = *t.New
	}
	oldSPKI := ""
	for _, u := range d.Report.Usages {
		if u.Place == t.Place && u.Verified {
			oldSPKI = u.OldKey.SPKI
		}
	}
	until := ""
	if !after.NotAfter.IsZero() {
		until = after.NotAfter.UTC().Format("2006-01-02")
	}
	return []string{
		d.title(), d.host(), string(t.Use), t.Policy, pin(oldSPKI), pin(newSPKI(d, t)),
		fingerprint(before.SHA256), fingerprint(after.SHA256), before.Issuer, before.Serial, until,
	}
}

// printableLines keeps the lines of a text that the run wrote, and makes them harmless.
func printableLines(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(printable.Text(strings.TrimRight(line, "\r\n")))
		b.WriteByte('\n')
	}
	return b.String()
}

// cupsScript deletes the certificates that CUPS has kept. Hosts are of addresses that
// were read as such, so that none means anything to a shell; they are quoted all the
// same.
func cupsScript(hosts []string) []byte {
	var b bytes.Buffer
	b.WriteString(`#!/bin/sh
# CUPS keeps the first certificate of a printer and stops printing, without a word,
# once the printer has another. This deletes what it kept of printers whose key was
# replaced; it then takes the new one at the next job. Run it as root on each client
# and print server.
set -u
for host in \
`)
	for i, h := range hosts {
		end := " \\"
		if i == len(hosts)-1 {
			end = ""
		}
		fmt.Fprintf(&b, "  %s%s\n", wording.Quote(h), end)
	}
	b.WriteString(`do
  for dir in /etc/cups/ssl /home/*/.cups/ssl /root/.cups/ssl; do
    if [ -f "$dir/$host.crt" ]; then
      rm -f -- "$dir/$host.crt" && echo "deleted $dir/$host.crt"
    fi
  done
done
systemctl restart cups 2>/dev/null || service cups restart
# Queues that have stopped: lpstat -p, then cupsenable QUEUE.
`)
	return b.Bytes()
}
