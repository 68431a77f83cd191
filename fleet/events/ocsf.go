package events

import (
	"fmt"

	"github.com/rekey-go/rekey"
)

// OCSFVersion is the version of the schema that [OCSF] writes.
const OCSFVersion = "1.8.0"

const cve = "CVE-2022-26320"

// OCSF maps a result to events of the Open Cybersecurity Schema Framework, each to be
// written as a JSON object: a Remediation Activity (7001, Harden) where the device was
// to be remediated, and a Vulnerability Finding (2002) for each usage whose key was
// proved weak, resolved or not. Other records have no class there: nil. See
// docs/events.md.
func OCSF(r Record) []map[string]any {
	f := r.Fields
	if r.Kind != KindResult || f == nil {
		return nil
	}
	var all []map[string]any
	if f.Mode == "remediate" {
		e := r.ocsf(7001, 4, "Harden")
		e["command_uid"] = fmt.Sprintf("%s/%d", r.Device, r.Seq)
		id, status := remediationStatus(f.Outcome)
		e["status_id"], e["status"], e["status_code"] = id, status, string(f.Outcome)
		if r.Text != "" {
			e["status_detail"] = r.Text
		}
		e["severity_id"] = map[bool]int{true: 1, false: 3}[f.Outcome == rekey.FleetDone] // informational, medium
		e["remediation"] = map[string]any{"desc": "Replace every weak RSA key (" + cve + ") and prove that the new keys are in use."}
		all = append(all, e)
	}
	for _, u := range f.Usages {
		if u.Weak != "proved" {
			continue
		}
		activity, name, id, status := 1, "Create", 1, "New"
		if u.Verified {
			activity, name, id, status = 3, "Close", 4, "Resolved"
		}
		e := r.ocsf(2002, activity, name)
		e["status_id"], e["status"], e["severity_id"] = id, status, 4 // high
		e["finding_info"] = map[string]any{
			"uid":   fmt.Sprintf("%s:%s:%s:%s", cve, r.Device, u.Usage, u.OldSPKI),
			"title": "Weak RSA key in use: " + u.Usage,
			"types": []string{"weak key"},
		}
		e["vulnerabilities"] = []any{map[string]any{
			"cve": map[string]any{"uid": cve}, "title": "RSA key whose primes are close together", "vendor_name": "Canon",
			"is_fix_available": true, "references": []string{"https://www.cve.org/CVERecord?id=" + cve},
		}}
		all = append(all, e)
	}
	return all
}

// ocsf is what all classes have.
func (r Record) ocsf(class, activity int, name string) map[string]any {
	device := map[string]any{"hostname": r.Device, "type_id": 99, "type": "Printer"}
	if r.Fields.Model != "" {
		device["model"], device["vendor_name"] = r.Fields.Model, "Canon"
	}
	if r.Fields.Serial != "" {
		device["hw_info"] = map[string]any{"serial_number": r.Fields.Serial}
	}
	return map[string]any{
		"class_uid": class, "category_uid": class / 1000, "activity_id": activity, "activity_name": name, "type_uid": class*100 + activity,
		"time": r.Time.UnixMilli(), "message": r.Text, "device": device,
		"metadata": map[string]any{
			"version": OCSFVersion, "product": map[string]any{"name": "rekey", "vendor_name": "rekey"},
			"sequence": r.Seq, "original_time": r.Time.Format("2006-01-02T15:04:05.000Z07:00"),
		},
	}
}

// remediationStatus is the status of a Remediation Activity.
func remediationStatus(o rekey.FleetOutcome) (int, string) {
	switch o {
	case rekey.FleetDone:
		return 1, "Success"
	case rekey.FleetUnreachable:
		return 2, "Failure"
	case rekey.FleetWithheld:
		return 4, "Partial"
	case rekey.FleetUnsupported:
		return 5, "Unsupported"
	case rekey.FleetFailed:
		return 6, "Error"
	}
	return 99, string(o) // held, interrupted, not started
}
