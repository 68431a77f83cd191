package rekey

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rekey-go/rekey/internal/address"
	"github.com/rekey-go/rekey/internal/row"
	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/usage"
)

// ordered is what the journal keeps of a CSR, and later of the certificate that came
// back, in DER.
type ordered struct {
	CSR         []byte `json:"csr,omitempty"`
	Certificate []byte `json:"certificate,omitempty"`
}

// preflight looks whether the CAs can be reached and are the right ones, before
// the device is touched.
func (r *runner) preflight(ctx context.Context) error {
	return errors.Join(r.checkIssuer(ctx), r.checkRevoker(ctx))
}

// checkIssuer looks at the plan's issuer.
func (r *runner) checkIssuer(ctx context.Context) error {
	if !r.plan.asksIssuer() {
		return nil
	}
	if r.o.Issuer == nil {
		return errors.New("the plan has certificates issued for CSRs, and there is no Issuer: give the one that it was made with; nothing was changed")
	}
	checker, ok := r.o.Issuer.(keys.Checker)
	if !ok {
		return nil
	}
	info, err := checker.Check(ctx)
	if err != nil {
		return fmt.Errorf("checking the issuer: %w; nothing was changed", err)
	}
	r.cas = info.CAs
	r.o.event(EventProgress, row.IssueCertificate, fmt.Sprintf("issuer %s: %s", info.Name, info.Names))
	for _, note := range info.Notes {
		r.notice("issuer " + info.Name + ": " + note)
	}
	return r.noteAgent(info.Agent)
}

// noteAgent journals who reads the requests in the CA's place, and says so where
// that is somebody else than the last time: the challenge password is for him.
func (r *runner) noteAgent(agent *x509.Certificate) error {
	if agent == nil {
		return nil
	}
	sum := sha256.Sum256(agent.Raw)
	now := hex.EncodeToString(sum[:])
	if now == r.history.agent {
		return nil
	}
	if r.history.agent != "" {
		r.notice(fmt.Sprintf("requests go to another certificate of a registration authority than the last time: now %s (SHA-256 %s), before SHA-256 %s; ask the CA's people if it is theirs", quote(agent.Subject.String()), now, r.history.agent))
	}
	r.history.agent = now
	data, err := json.Marshal(smallNote{Agent: now})
	if err != nil {
		return err
	}
	return r.journal(state.Record{Event: state.Noted, Data: data})
}

// asksIssuer reports whether a CSR is to be sent to the issuer.
func (p *Plan) asksIssuer() bool {
	for _, c := range p.Changes {
		if c.Kind == ByCSR && (c.From == usage.FromGenerate || c.From == usage.FromRequest && len(c.Certificate) == 0) {
			return true
		}
	}
	return false
}

// request makes a key whose certificate a CA issues: the device makes key and
// CSR, the CA a certificate, the device registers it. // G-4, G-5, G-6
func (r *runner) request(ctx context.Context, k *newKey, cs []*change) error {
	u := cs[0].Use
	if csr, err := keys.ParseCSR(cs[0].Request); err == nil {
		k.csr = csr
	}
	if k.csr != nil {
		// The journal may be of a version that did not look, or in other hands.
		if err := r.checkCSR(k); err != nil {
			return fmt.Errorf("%w; delete key %q by hand, and run again", err, k.spec.Name)
		}
		r.doneBefore(row.MakeCSR, u)
	} else {
		text := "make key " + quote(k.spec.Name) + " and its CSR"
		if err := r.step(ctx, row.MakeCSR, u, text, func(ctx context.Context) error { return r.makeCSR(ctx, k, cs) }); err != nil {
			return err
		}
	}
	if k.cert != nil {
		if err := r.checkJournaled(k); err != nil {
			return fmt.Errorf("key %q: the certificate in the journal: %w", k.spec.Name, err)
		}
		r.doneBefore(row.IssueCertificate, u)
	} else if err := r.issue(ctx, k, cs); err != nil {
		return err
	}
	return r.step(ctx, row.RegisterCertificate, u, "register the certificate of key "+quote(k.spec.Name), func(ctx context.Context) error {
		d, err := keys.RegisterCertificate(ctx, r.s, k.spec.Name, k.cert)
		if err != nil {
			return err
		}
		k.details, k.checked = d, true
		return r.journal(state.Record{Event: state.Generated, NewKey: k.spec.Name})
	})
}

// makeCSR has the device make the key, or finds the CSR of the one that an
// earlier run had it make. // G-4
func (r *runner) makeCSR(ctx context.Context, k *newKey, cs []*change) error {
	var err error
	if cs[0].From == usage.FromRequest {
		k.csr, err = keys.ReadCSR(ctx, r.s, k.spec.Name)
	} else {
		err = r.generateCSR(ctx, k, cs)
	}
	if errors.Is(err, keys.ErrCSRLost) {
		r.notice(fmt.Sprintf("the CSR of key %q was lost, and the device shows it once only: the key is deleted and made anew", k.spec.Name))
		if err := r.dropUnused(ctx, k.spec.Name); err != nil {
			return err
		}
		err = r.generateCSR(ctx, k, cs)
	}
	if err != nil {
		return err
	}
	// Before it is journaled: of a request that is not as ordered no later run
	// shall know, but delete its key and have another made.
	if err := r.checkCSR(k); err != nil {
		return err
	}
	data, err := json.Marshal(ordered{CSR: k.csr.Raw})
	if err != nil {
		return err
	}
	return r.journal(state.Record{Event: state.Requested, NewKey: k.spec.Name, Data: data})
}

func (r *runner) generateCSR(ctx context.Context, k *newKey, cs []*change) error {
	w := r.wait()
	if err := r.beginAll(cs); err != nil {
		return err
	}
	r.o.event(EventProgress, row.MakeCSR, "the device makes the key; this takes a while")
	var err error
	k.csr, err = keys.GenerateCSR(ctx, r.s, k.spec, w)
	return r.full(ctx, k.spec.Name, err)
}

// checkCSR checks the whole CSR against the order: a device that still makes weak keys,
// or asks for names that are not its own, is found out here, before anything was
// sent anywhere or bound.
func (r *runner) checkCSR(k *newKey) error {
	err := r.order(k).Check(k.csr, keys.DefaultRounds)
	if weak, ok := errors.AsType[*keys.WeakKeyError](err); ok {
		err := r.journal(state.Record{Event: state.Abandoned, NewKey: k.spec.Name, Note: weak.Finding.String()})
		err = errors.Join(err, r.sawCSR(k, true))
		return errors.Join(fmt.Errorf("%w (%w)", ErrStillWeak, weak), err)
	}
	if err != nil {
		return err
	}
	if err := r.checkOwner(k); err != nil || k.spec.Algorithm.Curve != "" {
		return err
	}
	return r.sawCSR(k, false)
}

// SharedKeyError means that a device asks for a certificate for a key that is not
// its own alone, as far as the state directory knows.
type SharedKeyError struct {
	Key   string // its name on the device
	Whose string // in words
}

func (e *SharedKeyError) Error() string {
	return fmt.Sprintf("CSR of key %q: its public key is that of %s: whoever holds that could pose as this device; delete the key on the device by hand", e.Key, e.Whose)
}

// checkOwner looks whether a key that was just made has been seen before: in the
// evidence about old keys, as the one that another device is known by, in the CSR
// of another key.
func (r *runner) checkOwner(k *newKey) error {
	if r.o.Dir == "" {
		return nil
	}
	spki := k.csr.RawSubjectPublicKeyInfo
	known, err := r.o.owners.find(r.o.Dir, sha256.Sum256(spki), r.host, r.readOwners)
	switch {
	case err != nil:
		return err
	case known != nil && known.key != "":
		return &SharedKeyError{k.spec.Name, fmt.Sprintf("the old key %s of %s", quote(known.key), known.host)}
	case known != nil:
		return &SharedKeyError{k.spec.Name, "the device at " + quote(known.host)}
	}
	other, err := r.dir.ClaimKey(spki, state.Claim{Host: r.host, Key: k.spec.Name})
	if other != nil {
		return &SharedKeyError{k.spec.Name, fmt.Sprintf("key %s of %s, in an earlier CSR", quote(other.Key), quote(other.Host))}
	}
	return err
}

// sawCSR notes what a CSR says of the firmware that made its key.
func (r *runner) sawCSR(k *newKey, weak bool) error {
	for _, c := range r.of(func(c *change) bool { return c.new == k }) {
		return r.sawKey(r.madeBy(c), k.spec.Name, weak)
	}
	return nil
}

// order is what the certificate of a key is asked for.
func (r *runner) order(k *newKey) keys.Order {
	o := keys.Order{Device: address.Host(r.report.Device.URL), Model: r.report.Device.Model, Spec: k.spec, Validity: max(0, r.o.Validity-r.o.spread(r.report.Device.URL)), Policy: r.o.IssuedPolicy}
	for _, c := range r.changes {
		if c.new == k && !slices.Contains(o.Uses, c.Use) {
			o.Uses = append(o.Uses, c.Use)
		}
	}
	return o
}

// issue has the certificate issued. // G-5
func (r *runner) issue(ctx context.Context, k *newKey, cs []*change) error {
	var pending error
	err := r.step(ctx, row.IssueCertificate, cs[0].Use, "have the certificate of key "+quote(k.spec.Name)+" issued", func(ctx context.Context) error {
		chain, err := r.askIssuer(ctx, k)
		if errors.Is(err, keys.ErrPending) {
			pending = err
			return &skipped{Withheld, err.Error()}
		}
		if err != nil {
			return err
		}
		if k.cert, err = keys.CheckIssued(chain, r.expected(k)); err != nil {
			return err
		}
		k.issued = true
		r.noteIssued(k)
		if err := r.testNewKey(cs[0], k.cert); err != nil {
			return err
		}
		data, err := json.Marshal(ordered{Certificate: k.cert.Raw})
		if err != nil {
			return err
		}
		return r.journal(state.Record{Event: state.Issued, NewKey: k.spec.Name, Data: data})
	})
	if pending != nil {
		return fmt.Errorf("%w: key %q: %w", ErrUnfinished, k.spec.Name, pending)
	}
	return err
}

func (r *runner) askIssuer(ctx context.Context, k *newKey) ([]*x509.Certificate, error) {
	done, err := r.o.atCA(ctx, r.report.Device, r.o.Issuer)
	if err != nil {
		return nil, err
	}
	defer done()
	return r.o.Issuer.Issue(keys.WithOrder(ctx, r.order(k)), k.csr)
}

// noteIssued says what people should know of a certificate that was issued.
func (r *runner) noteIssued(k *newKey) {
	if len(r.cas) == 0 {
		r.notice(fmt.Sprintf("the certificate of key %q was issued by %q: which CA was meant is not known", k.spec.Name, k.cert.Issuer.String()))
	}
	const soon = 30 * 24 * time.Hour
	if left := k.cert.NotAfter.Sub(r.deviceTime()); left < soon {
		r.notice(fmt.Sprintf("the certificate of key %q is valid for %v only: nothing renews it by itself", k.spec.Name, left.Round(time.Hour)))
	}
}

// checkJournaled checks a certificate that an earlier run was given by what can be
// told of it alone: the journal may have been in other hands.
func (r *runner) checkJournaled(k *newKey) error {
	e := r.expected(k)
	e.CAs, e.Policy.RequireCA, e.Policy.MinValidity = nil, false, -1
	_, err := keys.CheckIssued([]*x509.Certificate{k.cert}, e)
	return err
}

// expected is what the CA's answer is checked against.
func (r *runner) expected(k *newKey) keys.Expected {
	order := r.order(k)
	e := keys.Expected{CSR: k.csr, Order: &order, Now: r.deviceTime(), CAs: r.cas, Policy: r.o.IssuedPolicy}
	if namer, ok := r.o.Issuer.(keys.Namer); ok {
		e.Names = namer.AddedNames(k.csr)
	}
	for _, old := range r.olds {
		e.Old = append(e.Old, old.cert())
	}
	for _, c := range r.changes {
		// Where the old certificate did without a purpose its peers do not ask.
		if c.new == k && (c.old.cert() == nil || keys.Allows(c.old.cert(), c.Use)) {
			e.Uses = append(e.Uses, c.Use)
		}
	}
	return e
}

// deviceTime is the time by the device's clock, as far as it is known. Its time
// zone is not printed: what is less than a day off may be right.
func (r *runner) deviceTime() time.Time {
	now, off := r.o.Now(), r.plan.Clock.Sub(r.plan.Made)
	if r.plan.Clock.IsZero() || off.Abs() <= clockNear {
		return now
	}
	return now.Add(off)
}

// dropUnused deletes a key of ours that is of no use to anybody: nothing uses
// it, and all that could has been read. // D-1
func (r *runner) dropUnused(ctx context.Context, name string) error {
	if r.store == nil {
		return fmt.Errorf("key %q: delete it by hand, and run again (there is no evidence store: nothing is deleted)", name)
	}
	old := oldKeyOf(KeyRef{Name: name}, r.o.certs)
	if err := r.recordEvidence(ctx, old, nil); err != nil {
		return fmt.Errorf("key %q: %w; delete it by hand, and run again", name, err)
	}
	unused, err := usage.ProveUnused(ctx, r.s, old.key, r.o.Now())
	if err != nil {
		return err
	}
	if err := r.checkEvidence(ctx, old); err != nil {
		return err
	}
	if err := r.journal(state.Record{Event: state.IntentDelete, OldKey: name}); err != nil {
		return err
	}
	if err := keys.Delete(ctx, r.s, old.key, old.receipt, unused); err != nil {
		return r.tellLost(err)
	}
	return r.journal(state.Record{Event: state.Deleted, OldKey: name})
}
