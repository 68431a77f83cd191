// Package survey says how well the pages of a device are understood: it walks over
// every page that the procedures need, looks for every label that they look for,
// and looks ahead at every act. It changes nothing. The pages of a usage are those
// of its row in package usage.
package survey

import (
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rekey-go/rekey/internal/deviceinfo"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/models"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/usage"
)

// Report tells how well a device's pages are understood: every page that
// the procedures need, every label looked for on it, and what could be done.
// Its JSON is stable: fields are added, none changes its meaning.
type Report struct {
	Device      models.Device   `json:"device"`
	Eligibility models.Verdict  `json:"eligibility"`
	Family      remoteui.Family `json:"family"`   // empty: no address told it
	Language    string          `json:"language"` // empty: not recognised, all are tried
	Login       string          `json:"login"`    // kind of login form; "none"
	TLS         TLS             `json:"tls"`
	Pages       []Page          `json:"pages"`
	// Procedures say what could be done as far as the pages show.
	Procedures []Procedure `json:"procedures"`
	// Acts say what a run would press, and where it would stop.
	Acts     []Act    `json:"acts"`
	Profiles []string `json:"profiles"`
	Requests int      `json:"requests"`
	// Error ended the survey early; empty: it is complete.
	Error string `json:"error,omitempty"`
}

// TLS are facts of the connection.
type TLS struct {
	Version    string        `json:"version"`
	Cipher     string        `json:"cipher"`
	Key        string        `json:"key"` // such as "RSA 2048"
	Pin        string        `json:"pin"`
	SelfSigned bool          `json:"selfSigned"`
	NotAfter   time.Time     `json:"notAfter"`
	Weak       keys.Weakness `json:"weak"`
}

// Page is a page that a procedure needs.
type Page struct {
	Name string           `json:"name"`
	Path []remoteui.Label `json:"path"` // the labels that lead there
	// State: "read"; "missing" (nothing that is known leads there); "not-offered"
	// (this device does not have the function, as far as can be told; the reason
	// says how far); or "unseen" (nothing on this device leads there at present,
	// or only a request that may change the device).
	State  string `json:"state"`
	Reason string `json:"reason,omitempty"` // of a page that was not read
	// Optional: not every device has the page.
	Optional bool    `json:"optional"`
	Labels   []Label `json:"labels"`
	// ScriptErrors with their positions; often harmless.
	ScriptErrors []string `json:"scriptErrors,omitempty"`
}

// Label is a label looked for on a page.
type Label struct {
	remoteui.Finding
	// Optional: the procedures do without it, or another one was found.
	Optional bool `json:"optional"`
}

// Procedure is a piece of work and whether it could be done.
type Procedure struct {
	Name     string `json:"name"`
	Possible bool   `json:"possible"`
	// NotOffered: it is not possible because the device does not have the function.
	NotOffered bool `json:"notOffered,omitempty"`
	// Reason: what is missing, as "page: label", or what is set at present.
	Reason string `json:"reason,omitempty"`
}

// Complete reports whether everything was found that is needed. A page that is
// optional does not count if nothing leads there.
func (r *Report) Complete() bool {
	return r.Error == "" && !slices.ContainsFunc(r.Pages, func(p Page) bool { return len(p.missing()) > 0 })
}

// missing lists what is needed and was not found.
func (p *Page) missing() []string {
	if p.State != pageRead {
		if p.Optional || p.State == pageUnseen || p.State == pageNotOffered {
			return nil
		}
		return []string{p.Name + ": no way to this page"}
	}
	var all []string
	for _, l := range p.Labels {
		if l.State != remoteui.Found && !l.Optional {
			all = append(all, p.Name+": "+string(l.Label)+" "+string(l.State))
		}
	}
	return all
}

const (
	pageRead    = "read"
	pageMissing = "missing"
	pageUnseen  = "unseen"
	// pageNotOffered: see [surveyor.notFound].
	pageNotOffered = "not-offered"
)

// New begins the survey of a device.
func New(d models.Device) *Report {
	return &Report{Device: d, Profiles: []string{}, Pages: []Page{}, Procedures: []Procedure{}, Acts: []Act{}}
}

// Options say how to walk.
type Options struct {
	// Recorder takes down what was seen of the pages; nil: nothing is.
	Recorder *remoteui.Recorder
	// OnProgress is told what is being looked at.
	OnProgress func(text string)
}

// Walk goes over every page that the procedures need, in a session that should be
// read-only, and takes down what it finds; most callers want rekey.Survey, which
// opens one. With an error, the report holds what was seen until then.
func (r *Report) Walk(ctx context.Context, s *remoteui.Session, o Options) error {
	r.Device.URL, r.Language, r.Login = s.URL(), s.Language(), s.Login()
	if r.Login == "" {
		r.Login = "none"
	}
	leaf, rec := s.Certificate(), o.Recorder
	r.tls(s, leaf)
	// The model decides which profiles count. What is not understood of it is in
	// the table below.
	info, err := deviceinfo.Read(ctx, s)
	if err != nil && (ctx.Err() != nil || !isPageProblem(err)) {
		return err
	}
	r.Device.Model, r.Device.Controller, r.Eligibility = info.Model, info.Controller, info.Eligibility.Verdict
	rec.Keep(r.Device.Model, r.Device.Controller, keys.DefaultKey, keys.AMSKey, keys.DeviceSignatureKey)
	rec.Mask(leaf.Subject.String(), leaf.Issuer.String(), info.Serial)
	v := &surveyor{s: s, r: r, names: map[string][]string{}, event: o.OnProgress}
	for _, page := range allPages {
		if err := v.visit(ctx, &page); err != nil {
			return err
		}
	}
	r.Family = s.Family()
	settings, err := usage.ReadAll(ctx, s)
	if err != nil && (ctx.Err() != nil || !isPageProblem(err)) {
		return err
	}
	for _, names := range v.names {
		rec.Mask(names...)
	}
	r.judge(settings)
	return v.rehearse(ctx, settings)
}

// keyText describes a public key.
func keyText(public any) string {
	switch k := public.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", k.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA " + k.Params().Name
	}
	return fmt.Sprintf("%T", public)
}

// ends reports whether an error ends the work with a session, not with a page.
func ends(ctx context.Context, err error) bool {
	_, identity := errors.AsType[*remoteui.IdentityError](err)
	_, login := errors.AsType[*remoteui.LoginError](err)
	return ctx.Err() != nil || identity || login
}

func isPageProblem(err error) bool {
	_, ok := errors.AsType[*remoteui.PageError](err)
	_, version := errors.AsType[*models.VersionError](err)
	return ok || version
}

func (r *Report) tls(s *remoteui.Session, leaf *x509.Certificate) {
	r.TLS.Version, r.TLS.Cipher = s.TLS()
	r.TLS.Key, r.TLS.Pin, r.TLS.NotAfter = keyText(leaf.PublicKey), remoteui.HashSPKI(leaf).String(), leaf.NotAfter
	r.TLS.SelfSigned = leaf.Subject.String() == leaf.Issuer.String()
	finding, isRSA := keys.CheckKey(leaf.PublicKey, keys.DefaultRounds)
	r.TLS.Weak = finding.State
	if !isRSA {
		r.TLS.Weak = keys.NotFound
	}
}
