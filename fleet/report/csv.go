package report

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/printable"
	"github.com/rekey-go/rekey/keys"
)

const (
	cve        = "CVE-2022-26320"
	cwe        = 330
	summary    = "RSA key whose primes are close together: its private key can be computed from the public one"
	mitigation = "Replace the key on the device (after the firmware update), have the old certificate revoked or distrusted, and change passwords that were sent under it."
)

// finding is a usage of a key that was weak, or may be.
type finding struct {
	d     *Device
	u     rekey.UsageReport
	fixed bool
}

// findings are those of devices that were looked at: nothing is said of the others.
func (f *Fleet) findings() (all []finding) {
	for i := range f.Devices {
		d := &f.Devices[i]
		for _, u := range d.Report.Usages {
			if u.Verified || openUsage(u) {
				all = append(all, finding{d, u, u.Verified})
			}
		}
	}
	return all
}

func (x finding) usage() string {
	if x.u.Policy != "" {
		return string(x.u.Use) + " " + x.u.Policy
	}
	return string(x.u.Use)
}

// proof is what shows the weakness, and its cure.
func (x finding) proof() string {
	parts := []string{"usage: " + x.usage(), "old key: " + x.u.OldKey.Weak.String()}
	if old := fingerprint(x.u.OldKey.SPKI); old != "" {
		parts = append(parts, "old SPKI SHA-256: "+old)
	}
	if x.fixed {
		parts = append(parts, "new key verified: "+string(x.u.Proof))
		if now := fingerprint(x.u.NewKey.SPKI); now != "" {
			parts = append(parts, "new SPKI SHA-256: "+now)
		}
	} else if x.u.Reason != "" {
		parts = append(parts, "open: "+x.u.Reason)
	}
	return strings.Join(parts, "; ")
}

// table writes rows whose cells are made harmless and are cut to what the reader takes;
// 0: any length.
func table(w io.Writer, columns []string, most []int, rows [][]string) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write(columns); err != nil {
		return err
	}
	for _, r := range rows {
		for i, cell := range r {
			cell = strings.ReplaceAll(cell, "\n", " ")
			if runes := []rune(cell); i < len(most) && most[i] > 0 && len(runes) > most[i]-8 { // Cell may add some
				cell = string(runes[:most[i]-8])
			}
			r[i] = printable.Cell(cell)
		}
		if err := out.Write(r); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// ServiceNow writes the columns of its template for the manual ingestion of
// vulnerabilities: a row for each usage that has, or had, a key to be replaced.
func (f *Fleet) ServiceNow(w io.Writer) error {
	columns := []string{"Asset ID", "MAC Address", "FQDN", "NETBIOS", "IP Address", "Hostname", "Vulnerability ID", "Vulnerability Summary", "Severity", "Port", "Protocol", "Proof", "State"}
	most := []int{255, 24, 255, 255, 255, 255, 255, 512, 0, 0, 40, 4000, 0}
	var rows [][]string
	for _, x := range f.findings() {
		host, port := x.d.place()
		if host == "" {
			continue // it names no asset
		}
		fqdn, ip, name, state := "", "", "", "open"
		switch _, err := netip.ParseAddr(host); {
		case err == nil:
			ip = host
		case strings.Contains(host, "."):
			fqdn = host
		default:
			name = host
		}
		if x.fixed {
			state = "fixed"
		}
		number, protocol := "", ""
		if x.u.Use == keys.UseTLS && port > 0 {
			number, protocol = strconv.Itoa(port), "tcp"
		}
		rows = append(rows, []string{x.d.Name, "", fqdn, "", ip, name, cve, summary, "critical", number, protocol, x.proof(), state})
	}
	return table(w, columns, most, rows)
}

func (x finding) title() string { return fmt.Sprintf("Weak RSA key (%s) of %s", cve, x.usage()) }

func (x finding) description() string {
	device := x.d.title()
	if m := x.d.Report.Device.Model; m != "" {
		device += " (" + m + ")"
	}
	return summary + ". Device: " + device + "; " + x.proof()
}

func (x finding) date() time.Time { return x.d.Report.Ended.UTC() }

// endpoint is the device's address without what a URL may carry besides.
func (x finding) endpoint() string {
	host, port := x.d.place()
	switch {
	case host == "":
		return ""
	case strings.Contains(host, ":"):
		host = "[" + host + "]"
	}
	if port > 0 {
		return "https://" + host + ":" + strconv.Itoa(port)
	}
	return "https://" + host
}

// DefectDojo writes the CSV of its Generic Findings Import. It has no date of
// mitigation, which that import cannot take empty: [Fleet.DefectDojoJSON] has.
func (f *Fleet) DefectDojo(w io.Writer) error {
	columns := []string{"Date", "Title", "CweId", "Url", "Severity", "Description", "Mitigation", "Impact", "References", "Active", "Verified", "FalsePositive", "Duplicate", "IsMitigated", "CVE"}
	var rows [][]string
	for _, x := range f.findings() {
		rows = append(rows, []string{
			x.date().Format(time.DateOnly), x.title(), strconv.Itoa(cwe), x.endpoint(), "Critical", x.description(), mitigation,
			"Whoever computes the private key can pose as the device, and read what is sent to it.", "https://www.cve.org/CVERecord?id=" + cve,
			boolean(!x.fixed), boolean(x.u.OldKey.Weak == keys.Proved), "FALSE", "FALSE", boolean(x.fixed), cve,
		})
	}
	return table(w, columns, nil, rows)
}

func boolean(b bool) string { return strings.ToUpper(strconv.FormatBool(b)) }

// DefectDojoJSON writes the JSON of the same import, with dates of mitigation, and an
// identity by which the next report closes what this one leaves open.
func (f *Fleet) DefectDojoJSON(w io.Writer) error {
	list := []map[string]any{}
	for _, x := range f.findings() {
		date := x.date().Format(time.DateOnly)
		one := map[string]any{
			"title": x.title(), "description": x.description(), "severity": "Critical", "mitigation": mitigation, "date": date,
			"cve": cve, "cwe": cwe, "active": !x.fixed, "verified": x.u.OldKey.Weak == keys.Proved, "is_mitigated": x.fixed,
			"unique_id_from_tool": strings.Join([]string{cve, x.d.host(), x.usage(), fingerprint(x.u.OldKey.SPKI)}, ":"),
			"references":          "https://www.cve.org/CVERecord?id=" + cve,
		}
		if x.fixed {
			one["mitigated"] = x.date().Format(time.RFC3339)
		}
		if e := x.endpoint(); e != "" {
			one["endpoints"] = []string{e}
		}
		if x.d.Site != "" {
			one["tags"] = []string{"site " + x.d.Site}
		}
		list = append(list, one)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	return e.Encode(map[string]any{"findings": list})
}
