package rekey

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"

	"github.com/rekey-go/rekey/internal/address"
	"github.com/rekey-go/rekey/internal/deviceinfo"
	"github.com/rekey-go/rekey/internal/row"
	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/internal/task"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
	"github.com/rekey-go/rekey/revocation"
	"github.com/rekey-go/rekey/usage"
)

// readSignature exports the certificate of the device signature, if there is
// such a key: it is the one usage whose key the pages give out. // C-5
func (a *Assessment) readSignature(ctx context.Context, s *remoteui.Session, o *call) error {
	k := a.key(keys.DeviceSignatureKey)
	if k == nil {
		return nil
	}
	der, err := keys.ExportSignature(ctx, s)
	if err != nil {
		if ends(ctx, err) {
			return err
		}
		page, isPage := errors.AsType[*remoteui.PageError](err)
		a.SignatureProblem = err.Error()
		a.SignatureUnread = !isPage || page.Label != labels.ExportSignature
		return nil
	}
	cert := o.certs.parse(der)
	if cert == nil {
		a.SignatureProblem, a.SignatureUnread = "the exported certificate cannot be read", true
		return nil
	}
	k.Certificate, k.Source, k.SPKI = der, revocation.SourceExport, usage.Fingerprint(cert)
	k.Finding, _ = o.certs.key(cert)
	o.event(EventProgress, row.SignatureInUse, fmt.Sprintf("device signature: %s", k.Finding))
	return nil
}

// ends reports whether an error ends the work with a session, not with a page.
func ends(ctx context.Context, err error) bool {
	_, identity := errors.AsType[*remoteui.IdentityError](err)
	_, login := errors.AsType[*remoteui.LoginError](err)
	return ctx.Err() != nil || identity || login
}

// signatures are the changes of the key that is renewed in place.
func (r *runner) signatures() []*change {
	return r.of(func(c *change) bool { return c.Function().InPlace && !c.proved })
}

// renewSignature renews the device signature key in place. It comes last, if it
// is not what shows that the device makes keys that are not weak. // S-1
func (r *runner) renewSignature(ctx context.Context) error {
	for _, c := range r.signatures() {
		if err := r.renew(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// spreadSignature has the other machines under management know the new
// certificate. // E-2, V-5
func (r *runner) spreadSignature(ctx context.Context) error {
	for _, c := range r.signatures() {
		err := r.step(ctx, row.EnableNewSignature, c.Use, "export the new certificate", func(ctx context.Context) error { return r.exportSignature(ctx, c) })
		if err != nil {
			return err
		}
		if err := r.toOthers(ctx, c); err != nil {
			return err
		}
		if err := r.journal(state.Record{Event: state.Finished, Step: row.EnableNewSignature, Usage: string(c.Use), NewKey: c.New.Name}); err != nil {
			return err
		}
	}
	return nil
}

func (r *runner) renew(ctx context.Context, c *change) error {
	if c.From != usage.FromGenerate {
		r.doneBefore(row.RenewSignature, c.Use)
		return nil
	}
	if c.old.cert() == nil {
		return &VerifyError{Addr: "device signature", Want: "its old certificate on record", Got: "none"}
	}
	return r.step(ctx, row.RenewSignature, c.Use, "renew the device signature key", func(ctx context.Context) error {
		if err := r.begin(c, nil); err != nil {
			return err
		}
		var err error
		c.exported, err = keys.RenewSignature(ctx, r.s, keys.Wait{Timeout: r.o.Timeouts.Generate, Interval: r.o.Timeouts.Poll})
		if err != nil {
			return err
		}
		return r.journal(state.Record{Event: state.Generated, Usage: string(c.Use), NewKey: c.New.Name})
	})
}

// exportSignature exports the renewed certificate and tests it.
func (r *runner) exportSignature(ctx context.Context, c *change) error {
	der := c.exported
	if der == nil {
		var err error
		if der, err = keys.ExportSignature(ctx, r.s); err != nil {
			return err
		}
	}
	cert := r.o.certs.parse(der)
	if cert == nil {
		return errors.New("the exported certificate cannot be read")
	}
	if usage.Fingerprint(cert) == c.OldKey.SPKI {
		return &VerifyError{Addr: "export of the device signature", Want: "a new key", Got: "the old one"}
	}
	if err := r.testNewKey(c, cert); err != nil {
		return err
	}
	c.proved, c.row.Verified, c.row.Proof = true, true, ProofBound
	return nil
}

// toOthers registers the new S/MIME certificate on the other machines that
// hold the old one, and removes that. What fails is listed, journaled as owed,
// and does not undo what is done.
func (r *runner) toOthers(ctx context.Context, c *change) error {
	for _, d := range r.o.OtherDevices {
		owed := owedTo(d, c.new.cert.Raw)
		if c.old.cert() != nil {
			owed.Old = c.old.Certificate
		}
		// A run that dies in between has to be made up for as well.
		if err := r.noteOwed(owed); err != nil {
			return err
		}
		if err := r.replaceOn(ctx, d, c); err != nil {
			c.failed = errors.Join(c.failed, err)
			r.notDone = append(r.notDone, owed.device())
			continue
		}
		r.doneOn = append(r.doneOn, owed.device())
		owed.Done = true
		if err := r.noteOwed(owed); err != nil {
			return err
		}
	}
	return nil
}

func (r *runner) replaceOn(ctx context.Context, d Device, c *change) error {
	text := fmt.Sprintf("replace the S/MIME certificate on %s", address.Device(d.URL))
	err := r.step(ctx, row.DisableOldSignature, c.Use, text, func(ctx context.Context) error { return r.toOther(ctx, d, c) })
	if err != nil {
		return &OtherError{addressOf(d.URL), err}
	}
	return nil
}

func (r *runner) toOther(ctx context.Context, d Device, c *change) error {
	own := *r.o // what the main device's sessions found out is not about this one
	own.reached, own.spacing = false, 0
	s, err := own.connection(d, r.dir).dial(ctx, mode{})
	if err != nil {
		return err
	}
	defer func() {
		s.Close(ctx)
		r.report.Requests += s.Requests()
		r.report.UnverifiedLabels = mergeLabels(r.report.UnverifiedLabels, s.UnverifiedLabels())
	}()
	if err := r.isOther(ctx, s, own.connection(d, r.dir)); err != nil {
		return err
	}
	entries, err := keys.ReadSMIMECertificates(ctx, s)
	if err != nil {
		return err
	}
	_, found := keys.FindSMIME(entries, c.old.cert())
	if _, registered := keys.FindSMIME(entries, c.new.cert); !registered {
		if !found {
			return &skipped{Skipped, "it does not hold the old certificate"}
		}
		// The new one first: without either, nobody there could write to us.
		if err := keys.RegisterSMIME(ctx, s, c.new.cert.Raw, "rekey.cer"); err != nil {
			return err
		}
	}
	if !found {
		return nil
	}
	return keys.DeleteSMIME(ctx, s, c.old.cert())
}

// isOther looks whether another machine is the one that is meant, where the caller or the
// state directory knows its serial number.
func (r *runner) isOther(ctx context.Context, s *remoteui.Session, c *connection) error {
	kept, err := c.keptSerial()
	if err != nil || kept == "" && deviceinfo.SerialKey(c.device.Serial) == "" {
		return err
	}
	info, err := deviceinfo.Read(ctx, s)
	if err == nil {
		err = c.meetsSerial(info.Serial, remoteui.HashSPKI(s.Certificate()))
	}
	if e, ok := errors.AsType[*SerialError](err); ok {
		e.Done = nil // to that one
	}
	if err != nil {
		return err
	}
	text, err := c.notCompared(info.Serial)
	if text != "" {
		r.notice(address.Device(c.device.URL) + ": " + text)
	}
	if err != nil || c.o.secrets.Message(info.Serial) != info.Serial {
		return err
	}
	return c.keepSerial(info.Serial, remoteui.HashSPKI(s.Certificate()))
}

// Owed is another device on which the S/MIME certificate is to be replaced,
// and was not: it trusts the old one until then. // V-5, E-2
type Owed struct {
	Host string `json:"host"`
	Port string `json:"port,omitempty"` // several may be behind one address; empty: what an earlier version owes
	Old  []byte `json:"old"`            // DER
	New  []byte `json:"new"`
	Done bool   `json:"done,omitempty"` // in the journal: it is owed no more
}

// usualPort is what [address.Device] leaves out.
const usualPort = "8443"

func owedTo(d Device, der []byte) Owed {
	o := Owed{Host: address.Host(d.URL), Port: usualPort, New: der}
	if _, port, err := net.SplitHostPort(address.Device(d.URL)); err == nil {
		o.Port = port
	}
	return o
}

// device is what it is called: its host, and the port if that is not the usual one.
func (o Owed) device() string {
	if o.Port == "" || o.Port == usualPort {
		return o.Host
	}
	return net.JoinHostPort(o.Host, o.Port)
}

// sameDevice reports whether two are of the same device.
func (o Owed) sameDevice(other Owed) bool { return o.Host == other.Host && o.Port == other.Port }

// isTo reports whether it is owed to a device.
func (o Owed) isTo(d Device) bool {
	to := owedTo(d, nil)
	return o.Host == to.Host && (o.Port == "" || o.Port == to.Port)
}

// owes takes a record of the journal. A device may be owed several certificates:
// the newest counts, and all old ones are to go.
func (l *keyHistory) owes(o Owed) {
	same := func(other Owed) bool { return other.sameDevice(o) && slices.Equal(other.Old, o.Old) }
	l.owed = slices.DeleteFunc(l.owed, same)
	if o.Done {
		return
	}
	for i := range l.owed {
		if l.owed[i].sameDevice(o) {
			l.owed[i].New = o.New
		}
	}
	l.owed = append(l.owed, o)
}

// noteOwed journals that something is to be done on another device, or is done.
func (r *runner) noteOwed(o Owed) error {
	r.history.owes(o)
	data, err := json.Marshal(generatorNote{Owed: &o})
	if err != nil {
		return err
	}
	return r.journal(state.Record{Event: state.Noted, Step: row.DisableOldSignature, Usage: string(keys.UseDeviceSignature), Note: o.device(), Data: data})
}

// payOwed does what earlier runs could not do on another device. What it cannot
// do either, or is not told how to, is left to a task until it is done.
func (r *runner) payOwed(ctx context.Context, device string) error {
	for _, o := range slices.Clone(r.history.owed) { // a renewal of this run may have changed what is new
		planned := slices.ContainsFunc(r.plan.Owed, func(p Owed) bool { return p.sameDevice(o) && slices.Equal(p.Old, o.Old) })
		c := o.change(r.o.certs)
		if o.device() != device || !planned || c.new.cert == nil {
			continue
		}
		i := slices.IndexFunc(r.o.OtherDevices, o.isTo)
		err := fmt.Errorf("%w: %s still trusts the old S/MIME certificate: give it as one of the other devices (OtherDevices)", ErrUnfinished, o.device())
		if i >= 0 {
			err = r.replaceOn(ctx, r.o.OtherDevices[i], c)
		}
		if err == nil {
			o.Done = true
			if err := r.noteOwed(o); err != nil {
				return err
			}
			continue
		}
		r.owedErrs = append(r.owedErrs, err)
		before, after := infoOf(c.old.cert(), nil), infoOf(c.new.cert, nil)
		r.report.addTask(r.o.language(), Task{ID: task.EnableNewSignature, Place: c.Place, Old: &before, New: &after}, task.SelfSigned, task.Facts{
			Device: r.report.Device.Model, URL: r.s.URL(), Failed: []string{o.device()},
			Old: certFacts(keys.DeviceSignatureKey, before), New: certFacts(keys.DeviceSignatureKey, after),
		})
	}
	return nil
}

// change stands for the renewal that the device is owed.
func (o Owed) change(c *certificates) *change {
	return &change{
		Change: &Change{Place: signaturePlace, OldKey: KeyRef{Name: keys.DeviceSignatureKey}},
		old:    &oldKey{KeyState: KeyState{Certificate: o.Old, certs: c}}, new: &newKey{cert: c.parse(o.New)},
	}
}
