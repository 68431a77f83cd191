package rekey

import (
	"encoding/json"
	"time"

	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/models"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/revocation"
	"github.com/rekey-go/rekey/usage"
)

// DeviceInfo is what the device says of itself. // M-1
type DeviceInfo = models.Device

// KeyRef names a key in a report.
type KeyRef struct {
	Name string        `json:"name"`
	SPKI string        `json:"spki"` // SHA-256 of the SPKI in hex; empty if it could not be had
	Weak keys.Weakness `json:"weak"` // proved, not-found or unknown
}

// UsageReport is what became of one usage of a key.
type UsageReport struct {
	usage.Place
	// Affected: the key of this usage has to be replaced.
	Affected bool   `json:"affected"`
	Reason   string `json:"reason"` // why, or why not
	OldKey   KeyRef `json:"oldKey"`
	NewKey   KeyRef `json:"newKey"`
	// Certificate of the new key, PEM; empty if it was not seen.
	Certificate string `json:"certificate"`
	Verified    bool   `json:"verified"`
	Proof       string `json:"proof"` // served, peer or bound; empty if not verified
	// Bound: the new key was chosen, which is not yet a proof. BackedOut: the old
	// key is in use again by [BackOut].
	Bound     bool `json:"bound"`
	BackedOut bool `json:"backedOut,omitempty"`
}

// MarshalJSON writes the policy also where there is none.
func (u UsageReport) MarshalJSON() ([]byte, error) {
	type fields UsageReport
	return json.Marshal(struct {
		Usage  keys.Use `json:"usage"`
		Policy string   `json:"policy"`
		fields
	}{u.Use, u.Policy, fields(u)})
}

// Outcome of a step.
type Outcome string

// The outcomes.
const (
	Done     Outcome = "done"
	Skipped  Outcome = "skipped"
	Withheld Outcome = "withheld"
	Failed   Outcome = "failed"
)

// StepReport says how one step ended.
type StepReport struct {
	ID      string   `json:"id"` // row of the procedure, e.g. "G-1"
	Usage   keys.Use `json:"usage"`
	Outcome Outcome  `json:"outcome"`
	Note    string   `json:"note,omitempty"`
}

// Task is something that only a person can do.
type Task struct {
	ID          string `json:"id"` // row of the procedure, e.g. "V-1"
	usage.Place        // of use "bluetooth" and "ams" for B-1 and A-1
	Summary     string `json:"summary"` // Text in a sentence
	Text        string `json:"text"`
	// Old and New are the certificates that the task speaks of, as data; nil if
	// it speaks of none.
	Old *CertificateInfo `json:"old,omitempty"`
	New *CertificateInfo `json:"new,omitempty"`
	// Revocation is how a person has the old certificate revoked, with a letter
	// to the CA's team; nil where [Options.Revoker] did not say.
	Revocation *revocation.Instruction `json:"revocation,omitempty"`
}

// EvidenceRef points to the evidence of a key that was replaced. // W-4
type EvidenceRef struct {
	Key  string `json:"key"`
	SPKI string `json:"spki"`
	File string `json:"file"`
}

// Report is the result of a run, complete also when the run failed. Its JSON
// form is this struct's, field by field:
//
//	{
//	  "device":      {"url", "model", "controller"},
//	  "eligibility": "vulnerable" | "fixed" | "older" | "unlisted" | "unknown-range",
//	  "usages":      [{"usage", "policy", "affected", "reason",
//	                   "oldKey": {"name", "spki", "weak"}, "newKey": {…},
//	                   "certificate", "verified", "proof", "bound"}],
//	  "steps":       [{"id", "usage", "outcome", "note"}],
//	  "tasks":       [{"id", "usage", "policy", "title", "text", "old", "new", "revocation"}],
//	  "restarts", "requests": numbers,
//	  "evidence":    [{"key", "spki", "file"}],
//	  "revocations": [{"key", "usages", "issuer", "serial", "sha256", "outcome",
//	                   "reason", "asked", "by", "status", "file"}],
//	  "unverifiedLabels": [{"label", "text", "page"}],
//	  "notices":     [text, …],
//	  "plan":        the plan, where one was made,
//	  "started", "ended": times (RFC 3339),
//	  "error":       text, empty if there was none
//	  "exit":        {"code", "class", "retry"}
//	}
//
// "usage" is tls, ieee8021x, ipsec, sip or deviceSignature; "weak" is proved,
// not-found or unknown; "proof" is served, peer, bound or empty; "outcome" is
// done, skipped, withheld or failed.
type Report struct {
	Device           DeviceInfo                 `json:"device"`
	Eligibility      models.Verdict             `json:"eligibility"`
	Usages           []UsageReport              `json:"usages"`
	Steps            []StepReport               `json:"steps"`
	Tasks            []Task                     `json:"tasks"` // the most urgent first
	Restarts         int                        `json:"restarts"`
	Requests         int                        `json:"requests"`
	Evidence         []EvidenceRef              `json:"evidence"`
	Revocations      []RevocationReport         `json:"revocations"`
	UnverifiedLabels []remoteui.UnverifiedLabel `json:"unverifiedLabels"`
	Notices          []string                   `json:"notices"`
	Plan             *Plan                      `json:"plan,omitempty"`
	Started          time.Time                  `json:"started"`
	Ended            time.Time                  `json:"ended"`
	Error            string                     `json:"error"`
	Exit             Exit                       `json:"exit"`
}
