package rekey

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/deviceinfo"
	"github.com/rekey-go/rekey/internal/row"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
	"github.com/rekey-go/rekey/usage"
)

// checkPages goes, before anything is changed, to the pages that the plan will
// write to, and looks whether they are understood. What only shows while a
// change is pending ([Apply Setting Changes] on many devices) cannot be seen.
func (r *runner) checkPages(ctx context.Context) error {
	if err := r.checkEachPage(ctx); err != nil {
		return fmt.Errorf("%w; nothing was changed", err)
	}
	return nil
}

func (r *runner) checkEachPage(ctx context.Context) error {
	if err := r.checkLanguage(); err != nil {
		return err
	}
	// The pages of one policy are those of another: one stands for all.
	var seen []keys.Use
	for _, s := range r.plan.Steps {
		if s.kind() != chooseStep || slices.Contains(seen, s.Place.Use) {
			continue
		}
		seen = append(seen, s.Place.Use)
		if err := usage.CheckBinding(ctx, r.s, s.Place); err != nil {
			return err
		}
	}
	for _, csr := range []bool{false, true} {
		if !r.plan.makesBy(csr) || r.plan.beginsBy(csr) {
			continue
		}
		if err := keys.CheckForm(ctx, r.s, csr); err != nil {
			return err
		}
	}
	return nil
}

// beginsBy reports whether the first change to the device is a key made by that
// form: then it is looked at when it is filled in, and need not be before.
func (p *Plan) beginsBy(csr bool) bool {
	first := slices.IndexFunc(p.Steps, func(s Step) bool { return s.kind() != recordStep })
	want := row.GenerateKey
	if csr {
		want = row.MakeCSR
	}
	return first >= 0 && p.Steps[first].Row == want && !p.Steps[first].Done
}

// makesBy reports whether the plan has a key made by the form for self-signed
// certificates, or by that for requests.
func (p *Plan) makesBy(csr bool) bool {
	if csr && p.Probe != nil && p.Probe.By == ByRequest {
		return true
	}
	return slices.ContainsFunc(p.Changes, func(c Change) bool {
		return !c.Function().InPlace && c.From == usage.FromGenerate && c.Kind != BySCEP && (c.Kind == ByCSR) == csr
	})
}

// always are labels of every run; those of single pages are looked for there.
var always = []remoteui.Label{
	labels.Settings, labels.DeviceManagement, labels.KeyList, labels.KeyName, labels.GenerateKey,
	labels.Network, labels.TLSSettings, labels.KeyAndCertificate, labels.Use, labels.OK, labels.ApplyChanges, labels.Delete,
}

// checkLanguage refuses a language of which not even these are known.
func (r *runner) checkLanguage() error {
	lang := r.s.Language()
	if lacking := r.s.Lacking(always...); len(lacking) > 0 {
		return &remoteui.PageError{
			Page: "language " + lang, Label: lacking[0],
			Reason: fmt.Sprintf("has no text: of this language only a part is known, without %q; set the device's pages to English, Japanese or Traditional Chinese", lacking),
		}
	}
	return nil
}

// validate refuses what is no plan of ours: applying it could do anything.
func (p *Plan) validate() error {
	if p == nil {
		return errors.New("no plan given")
	}
	switch {
	case p.Version > planVersion:
		return fmt.Errorf("plan: its form is version %d, by a newer rekey; this one knows version %d: apply it with that, or plan again", p.Version, planVersion)
	case p.digest() != p.Digest:
		return errors.New("plan: it does not have its digest: it was edited, or made by another version; plan again")
	}
	stages := []usage.Stage{usage.FromGenerate, usage.FromRequest, usage.FromBind, usage.FromRestart, usage.FromDelete}
	for _, c := range p.Changes {
		if c.Function().NeededRow == "" || !slices.Contains(stages, c.From) {
			return fmt.Errorf("plan: a change of %q from stage %q is not known", c.Use, c.From)
		}
	}
	for i := range p.Steps {
		if err := p.Steps[i].check(); err != nil {
			return err
		}
	}
	return nil
}

// sameMachine checks, before a password is sent, that the device presents the
// certificate it presented when the plan was made: a name may lead to another
// printer by now.
func (p *Plan) sameMachine(cert *x509.Certificate) error {
	for _, line := range p.Precondition {
		if strings.HasPrefix(line, servedPrefix) && line != servedLine(cert.Raw) {
			return &DriftError{Changes: []string{"no longer: " + line, "now: " + servedLine(cert.Raw)}}
		}
	}
	return nil
}

// checkDrift compares the device with what the plan rests on.
func (r *runner) checkDrift(ctx context.Context) error {
	l, err := keys.ReadList(ctx, r.s)
	if err != nil {
		return err
	}
	cert, err := r.s.Handshake(ctx)
	if err != nil {
		return err
	}
	controller, err := r.controller(ctx)
	if err != nil {
		return err
	}
	if e, ok := l.User(keys.UseTLS); ok {
		r.served.name, r.served.cert = e.Name, cert
	} else if r.plan.served != "" {
		r.served.name, r.served.cert = r.plan.served, cert
	}
	r.leaveOutLate(l)
	now := append(stateLines(controller, l), servedLine(cert.Raw))
	if slices.Equal(now, r.plan.Precondition) {
		return nil
	}
	drift := &DriftError{Done: r.o.done()}
	for _, line := range r.plan.Precondition {
		if !slices.Contains(now, line) {
			drift.Changes = append(drift.Changes, "no longer: "+line)
		}
	}
	for _, line := range now {
		if !slices.Contains(r.plan.Precondition, line) {
			drift.Changes = append(drift.Changes, "now: "+line)
		}
	}
	return drift
}

// leaveOutLate takes keys out of the list that an earlier run asked for, and that
// came since the plan was made: they are in no use, and what to do with them does
// not depend on when they came.
func (r *runner) leaveOutLate(l *keys.List) {
	l.Entries = slices.DeleteFunc(l.Entries, func(e keys.Entry) bool {
		return e.Unused() && slices.Contains(r.asked, e.Name) && !slices.Contains(r.plan.Precondition, keyLine(e))
	})
}

// freshPlan is how long the controller's version, and the details of a key whose
// row is as it was, are taken to be what they were.
const freshPlan = 10 * time.Minute

// isFresh reports whether the plan is of now. How old one is that was made later
// than now, by a clock set back since, nobody knows.
func (r *runner) isFresh() bool {
	age := r.o.Now().Sub(r.plan.Made)
	return age >= 0 && age < freshPlan
}

// controller reads the version again if the plan is not of now: a plan kept
// for days may meet other firmware, on which nothing may be generated. // M-5
// With it the serial number is looked at once more, where there is one to compare it
// with: the caller's, else the plan's, else the one that is kept. Devices may share their
// key. Of a plan of now, which is carried out in the session in which it was made, that
// is done where the caller names one, or where the session had to log in again since:
// another machine does not know it.
func (r *runner) controller(ctx context.Context) (string, error) {
	c := r.connection
	planned, named := deviceinfo.SerialKey(r.plan.Device.Serial) != "", deviceinfo.SerialKey(c.device.Serial) != ""
	if deviceinfo.SerialKey(c.device.Serial) == "" && planned {
		c.device.Serial = r.plan.Device.Serial
	}
	kept, err := c.keptSerial()
	if err != nil {
		return "", err
	}
	again := kept != "" || deviceinfo.SerialKey(c.device.Serial) != ""
	if r.isFresh() && (!again || r.visit != nil && !named && r.s.Logins() == r.visit.logins) {
		return r.plan.Device.Controller, nil
	}
	var a Assessment
	if err := a.readDevice(ctx, r.s); err != nil {
		return "", err
	}
	if model := r.plan.Device.Model; a.Device.Model != model {
		return "", &DriftError{Changes: []string{fmt.Sprintf("no longer: model %q", model), fmt.Sprintf("now: model %q", safe(a.Device.Model))}, Done: r.o.done()}
	}
	if again && planned && a.Device.Serial == "" {
		return "", &DriftError{Changes: []string{fmt.Sprintf("no longer: serial number %q", safe(r.plan.Device.Serial)), "now: no serial number"}, Done: r.o.done()}
	}
	if again {
		if err := a.readSerial(r.s, c); err != nil {
			return "", err
		}
		for _, text := range a.Notices {
			if !slices.Contains(r.report.Notices, text) {
				r.notice(text)
			}
		}
	}
	return a.Device.Controller, nil
}
