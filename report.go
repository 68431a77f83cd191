package rekey

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"reflect"
	"slices"
	"time"

	"github.com/rekey-go/rekey/internal/printed"
	"github.com/rekey-go/rekey/internal/row"
	"github.com/rekey-go/rekey/internal/scrub"
	"github.com/rekey-go/rekey/internal/thumbprint"
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
	Proof       Proof  `json:"proof"` // empty if not verified
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
	Policy  string   `json:"policy,omitempty"` // of IPSec, where it is about one
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
//	  "address":     as the device was asked for, by AssessAll and RemediateAll,
//	  "device":      {"url", "model", "controller", "serial"},
//	  "eligibility": "vulnerable" | "fixed" | "older" | "unlisted" | "unknown-range",
//	  "usages":      [{"usage", "policy", "affected", "reason",
//	                   "oldKey": {"name", "spki", "weak"}, "newKey": {…},
//	                   "certificate", "verified", "proof", "bound", "backedOut"}],
//	  "steps":       [{"id", "usage", "policy", "outcome", "note"}],
//	  "tasks":       [{"id", "usage", "policy", "title", "summary", "text", "old", "new", "revocation"}],
//	  "restarts", "requests": numbers,
//	  "evidence":    [{"key", "spki", "file"}],
//	  "revocations": [{"key", "usages", "issuer", "serial", "sha256", "outcome",
//	                   "reason", "asked", "by", "status", "file"}],
//	  "lookedAt":    [address, …] besides the Remote UI's, asked for a certificate,
//	  "unverifiedLabels": [{"label", "text", "page", "profile"}],
//	  "notices":     [text, …],
//	  "plan":        the plan, where one was made,
//	  "authorization": {"change", "author", "approver", "digest"}, where somebody gave it,
//	  "started", "ended": times (RFC 3339),
//	  "error":       text, empty if there was none
//	  "exit":        {"code", "class", "retry"}
//	}
//
// "usage" is tls, ieee8021x, ipsec, sip or deviceSignature; "weak" is proved,
// not-found or unknown; "proof" is served, peer, bound or empty; "outcome" is
// done, skipped, withheld or failed. A step that failed does not make the run fail:
// what was tried again, or planned anew, has a later step; "error" tells.
type Report struct {
	Address          string                     `json:"address,omitempty"` // see [Assessment]
	Device           DeviceInfo                 `json:"device"`
	Eligibility      models.Verdict             `json:"eligibility"`
	Usages           []UsageReport              `json:"usages"`
	Steps            []StepReport               `json:"steps"`
	Tasks            []Task                     `json:"tasks"` // the most urgent first
	Restarts         int                        `json:"restarts"`
	Requests         int                        `json:"requests"`
	Evidence         []EvidenceRef              `json:"evidence"`
	Revocations      []RevocationReport         `json:"revocations"`
	LookedAt         []string                   `json:"lookedAt,omitempty"` // see [Device].TLSPorts
	UnverifiedLabels []remoteui.UnverifiedLabel `json:"unverifiedLabels"`
	Notices          []string                   `json:"notices"`
	Plan             *Plan                      `json:"plan,omitempty"`
	Authorization    *Authorization             `json:"authorization,omitempty"` // see [Options]
	Started          time.Time                  `json:"started"`
	Ended            time.Time                  `json:"ended"`
	Error            string                     `json:"error"`
	Exit             Exit                       `json:"exit"`
}

// newReport begins the report of a plan.
func newReport(p *Plan) *Report {
	r := &Report{Device: p.Device, Eligibility: p.Eligibility, Plan: p, Notices: slices.Clone(p.Notices)}
	for _, c := range p.Changes {
		r.Usages = append(r.Usages, UsageReport{
			Place: c.Place, Affected: true, Reason: c.Reason, OldKey: c.OldKey, NewKey: KeyRef{Name: c.New.Name},
			Bound: c.From == usage.FromRestart || c.From == usage.FromDelete,
		})
	}
	for _, k := range p.Kept {
		r.Usages = append(r.Usages, UsageReport{Place: k.Place, Affected: k.Unresolved, Reason: k.Reason, OldKey: k.Key, BackedOut: k.BackedOut})
		if k.Unresolved {
			r.stepIn("", k.Place, Withheld, k.Reason)
		}
	}
	return r
}

// usage returns the row of a change.
func (r *Report) usage(c Change) *UsageReport {
	i := slices.IndexFunc(r.Usages, func(u UsageReport) bool {
		return u.Use == c.Use && u.Policy == c.Policy && u.OldKey.Name == c.OldKey.Name
	})
	return &r.Usages[i]
}

// with joins the report of a later pass to that of the ones before; either may
// be nil.
func (r *Report) with(next *Report) *Report {
	switch {
	case r == nil:
		return next
	case next == nil:
		return r
	}
	for _, u := range next.Usages {
		r.addUsage(u)
	}
	if next.Plan != nil && !next.Plan.Empty() {
		r.Plan = next.Plan
	}
	if next.Device.Model != "" { // a pass may have ended before it had read that
		r.Device, r.Eligibility = next.Device, next.Eligibility
	}
	r.Steps, r.Evidence = append(r.Steps, next.Steps...), append(r.Evidence, next.Evidence...)
	r.Revocations = slices.DeleteFunc(r.Revocations, func(row RevocationReport) bool {
		return slices.ContainsFunc(next.Revocations, func(later RevocationReport) bool { return later.File == row.File })
	})
	r.Revocations = append(r.Revocations, next.Revocations...)
	r.Tasks = union(r.Tasks, next.Tasks, func(a, b Task) bool { return a.ID == b.ID && a.Use == b.Use && a.Text == b.Text })
	r.Notices = union(r.Notices, next.Notices, func(a, b string) bool { return a == b })
	r.Restarts, r.Requests = r.Restarts+next.Restarts, r.Requests+next.Requests
	r.UnverifiedLabels = mergeLabels(r.UnverifiedLabels, next.UnverifiedLabels)
	r.LookedAt = union(r.LookedAt, next.LookedAt, func(a, b string) bool { return a == b })
	return r
}

// addUsage adds a row, in the place of an earlier one about the same. That a
// key which the pass before has proved is left alone says nothing new.
func (r *Report) addUsage(u UsageReport) {
	for i, was := range r.Usages {
		if was.Use != u.Use || was.Policy != u.Policy {
			continue
		}
		if was.Verified && !u.Affected && u.OldKey.Name == was.NewKey.Name {
			return
		}
		if was.OldKey.Name == u.OldKey.Name {
			r.Usages[i] = u
			return
		}
	}
	r.Usages = append(r.Usages, u)
}

func (r *Report) step(id string, u keys.Use, out Outcome, note string) {
	r.stepIn(id, usage.Place{Use: u}, out, note)
}

func (r *Report) stepIn(id string, p usage.Place, out Outcome, note string) {
	r.Steps = append(r.Steps, StepReport{ID: id, Usage: p.Use, Policy: p.Policy, Outcome: out, Note: note})
}

// end closes the report.
func (r *Report) end(o *call, err error) (*Report, error) {
	if o.over != nil {
		err = endedBy(o.over(), err)
	}
	r.Ended, r.Error, r.Authorization = o.Now(), "", o.Authorization
	if err != nil {
		r.Error = err.Error()
	}
	r.Exit = r.exit(err, len(o.deeds) > 0)
	r.Tasks = slices.DeleteFunc(r.Tasks, func(t Task) bool { // of an earlier pass
		return t.ID == row.PendingRestart && slices.ContainsFunc(r.Usages, func(u UsageReport) bool { return u.Place == t.Place && u.Verified })
	})
	r.byUrgency()
	r.noNil()
	*r = scrub.Value(o.secrets, *r)
	return r, o.clean(err)
}

// noNil makes lists empty rather than absent, so that their JSON is [].
func (r *Report) noNil() {
	r.Usages, r.Steps, r.Tasks = orEmpty(r.Usages), orEmpty(r.Steps), orEmpty(r.Tasks)
	r.Evidence, r.UnverifiedLabels, r.Notices = orEmpty(r.Evidence), orEmpty(r.UnverifiedLabels), orEmpty(r.Notices)
	r.Revocations = orEmpty(r.Revocations)
}

func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func mergeLabels(a, b []remoteui.UnverifiedLabel) []remoteui.UnverifiedLabel {
	return orEmpty(union(a, b, func(a, b remoteui.UnverifiedLabel) bool { return a.Label == b.Label && a.Text == b.Text }))
}

// union appends to a what of b it does not hold already.
func union[T any](a, b []T, same func(T, T) bool) []T {
	for _, x := range b {
		if !slices.ContainsFunc(a, func(y T) bool { return same(x, y) }) {
			a = append(a, x)
		}
	}
	return a
}

// clean takes the secrets of the run out of the text of an error.
func (o *call) clean(err error) error { return o.secrets.Error(err) }

// needs returns the scrubber if a value holds a secret, else nil: most values are
// shown as they are. What is planned and done rests on what the device says.
func needs[T any](s *scrub.Scrubber, v T) *scrub.Scrubber {
	if reflect.DeepEqual(scrub.Value(s, v), v) {
		return nil
	}
	return s
}

// MarshalJSON leaves out the secrets that the device quoted. A plan made of an
// assessment that held one is refused: it names what is not there.
func (a Assessment) MarshalJSON() ([]byte, error) {
	type fields Assessment
	return json.Marshal(fields(scrub.Value(a.secrets, a)))
}

// MarshalJSON leaves out the secrets that the device quoted; such a plan can be
// applied as it is, and not once it was read back.
func (p Plan) MarshalJSON() ([]byte, error) {
	type fields Plan
	return json.Marshal(fields(scrub.Value(p.secrets, p)))
}

// Trust says how the peers of a usage come to trust its new certificate, where
// they must before the machine can talk to them again. // Order
type Trust string

// The ways of trust.
const (
	// TrustNone: nothing has to be known of the certificate beforehand.
	TrustNone Trust = ""
	// TrustDistributed: [Options.Distribute] makes it known. The certificate is
	// first seen in a handshake, so the key serves TLS before it serves the usage.
	TrustDistributed Trust = "distributed"
	// TrustAssumed: [Options.AssumeTrusted] was given.
	TrustAssumed Trust = "assumed"
	// TrustIssued: a CA issues it, and who trusts the CA trusts it.
	TrustIssued Trust = "issued"
)

// Distribution is a new certificate that somebody has to trust: the
// authentication server of IEEE 802.1X, the peers of IPSec, the other IP-fax
// machines of SIP. // E-1
type Distribution struct {
	Device      DeviceInfo      `json:"device"`
	usage.Place                 // IPSec policy
	OldKey      KeyRef          `json:"oldKey"`
	NewKey      KeyRef          `json:"newKey"`
	Old         CertificateInfo `json:"old"` // to be kept until the work is done: it serves until the restart
	New         CertificateInfo `json:"new"`
}

// Verification asks whether a peer of a usage saw the new key at work, after
// the restart.
type Verification struct {
	Device DeviceInfo
	usage.Place
	NewKey KeyRef
	New    CertificateInfo
}

// CertificateInfo is what is known of a certificate: all of it, or, where the
// device does not give it out, what its details page says.
type CertificateInfo struct {
	PEM     string `json:"pem,omitempty"` // empty if the certificate could not be had
	Subject string `json:"subject,omitempty"`
	Issuer  string `json:"issuer,omitempty"`
	Serial  string `json:"serial,omitempty"` // lower-case hex, an even number of digits; what is no such number, as the page has it
	SHA256  string `json:"sha256,omitempty"` // fingerprint of the certificate, hex
	SHA1    string `json:"sha1,omitempty"`
	// NotBefore and NotAfter are zero if the certificate could not be had.
	NotBefore time.Time `json:"notBefore,omitzero"`
	NotAfter  time.Time `json:"notAfter,omitzero"`
	// Fields are the details page's, verbatim and in order; empty if it was not
	// read.
	Fields []remoteui.Pair `json:"fields,omitempty"`
}

// infoOf tells what is known of a certificate; each argument may be nil.
func infoOf(cert *x509.Certificate, d *keys.Details) CertificateInfo {
	var info CertificateInfo
	if d != nil {
		info.Subject, info.Issuer, info.Serial, info.Fields = d.Subject, d.Issuer, printed.SerialHex(d.Serial), d.Fields
	}
	if cert == nil {
		return info
	}
	s1, s256 := thumbprint.SHA1(cert.Raw), sha256.Sum256(cert.Raw)
	info.PEM = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}))
	info.Subject, info.Issuer, info.Serial = cert.Subject.String(), cert.Issuer.String(), printed.SerialHex(cert.SerialNumber.Text(16))
	info.SHA1, info.SHA256 = hex.EncodeToString(s1[:]), hex.EncodeToString(s256[:])
	info.NotBefore, info.NotAfter = cert.NotBefore, cert.NotAfter
	return info
}

// distribute has a new certificate made known, and waits for the answer.
func (r *runner) distribute(ctx context.Context, c *change) error {
	return r.o.Distribute(ctx, Distribution{
		Device: r.report.Device, Place: c.Place, OldKey: c.OldKey, NewKey: c.row.NewKey,
		Old: c.old.info(), New: infoOf(c.new.cert, c.new.details),
	})
}
