package rekey

import (
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rekey-go/rekey/internal/scrub"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/models"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/usage"
)

// SurveyReport tells how well a device's pages are understood: every page that
// the procedures need, every label looked for on it, and what could be done.
// Its JSON is stable: fields are added, none changes its meaning.
type SurveyReport struct {
	Device      DeviceInfo      `json:"device"`
	Eligibility models.Verdict  `json:"eligibility"`
	Family      remoteui.Family `json:"family"`   // empty: no address told it
	Language    string          `json:"language"` // empty: not recognised, all are tried
	Login       string          `json:"login"`    // kind of login form; "none"
	TLS         SurveyTLS       `json:"tls"`
	Pages       []SurveyPage    `json:"pages"`
	// Procedures say what could be done as far as the pages show.
	Procedures []SurveyProcedure `json:"procedures"`
	// Acts say what a run would press, and where it would stop.
	Acts     []SurveyAct `json:"acts"`
	Profiles []string    `json:"profiles"`
	Requests int         `json:"requests"`
	// Error ended the survey early; empty: it is complete.
	Error string `json:"error,omitempty"`
}

// SurveyTLS are facts of the connection.
type SurveyTLS struct {
	Version    string        `json:"version"`
	Cipher     string        `json:"cipher"`
	Key        string        `json:"key"` // such as "RSA 2048"
	Pin        string        `json:"pin"`
	SelfSigned bool          `json:"selfSigned"`
	NotAfter   time.Time     `json:"notAfter"`
	Weak       keys.Weakness `json:"weak"`
}

// SurveyPage is a page that a procedure needs.
type SurveyPage struct {
	Name string           `json:"name"`
	Path []remoteui.Label `json:"path"` // the labels that lead there
	// State: "read"; "missing" (nothing that is known leads there); "not-offered"
	// (this device does not have the function, as far as can be told; the reason
	// says how far); or "unseen" (nothing on this device leads there at present,
	// or only a request that may change the device).
	State  string `json:"state"`
	Reason string `json:"reason,omitempty"` // of a page that was not read
	// Optional: not every device has the page.
	Optional bool          `json:"optional"`
	Labels   []SurveyLabel `json:"labels"`
	// ScriptErrors with their positions; often harmless.
	ScriptErrors []string `json:"scriptErrors,omitempty"`
}

// SurveyLabel is a label looked for on a page.
type SurveyLabel struct {
	remoteui.Finding
	// Optional: the procedures do without it, or another one was found.
	Optional bool `json:"optional"`
}

// SurveyProcedure is a piece of work and whether it could be done.
type SurveyProcedure struct {
	Name     string `json:"name"`
	Possible bool   `json:"possible"`
	// NotOffered: it is not possible because the device does not have the function.
	NotOffered bool `json:"notOffered,omitempty"`
	// Reason: what is missing, as "page: label", or what is set at present.
	Reason string `json:"reason,omitempty"`
}

// Complete reports whether everything was found that is needed. A page that is
// optional does not count if nothing leads there.
func (r *SurveyReport) Complete() bool {
	return r.Error == "" && !slices.ContainsFunc(r.Pages, func(p SurveyPage) bool { return len(p.missing()) > 0 })
}

// missing lists what is needed and was not found.
func (p *SurveyPage) missing() []string {
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

// Survey walks over every page that the procedures need and says how well it
// is understood; it changes nothing, its session refuses every act that could.
// Of the options, Dir (read only, but for a refused password; see [Assess]), Rounds, Now, OnEvent, Logger and
// RequestTimeout count. With an error, the report holds what was seen until
// then. A recorder, which may be nil, takes down the walk; see
// [remoteui.Recorder.WriteBundle].
func Survey(ctx context.Context, d Device, o *Options, rec *remoteui.Recorder) (*SurveyReport, error) {
	opts, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	r := &SurveyReport{Device: DeviceInfo{URL: addressOf(d.URL)}, Profiles: []string{}, Pages: []SurveyPage{}, Procedures: []SurveyProcedure{}, Acts: []SurveyAct{}}
	for _, p := range d.Profiles {
		r.Profiles = append(r.Profiles, p.Name())
	}
	dir, err := openState(&opts, true)
	if err != nil {
		return r, err
	}
	defer dir.Close()
	opts.recorder = rec
	ctx, over := withBudget(ctx, &opts)
	s, err := dial(ctx, d, &opts, dir, mode{readOnly: true})
	if err == nil {
		func() {
			defer s.Close(ctx)
			err = r.walk(ctx, s, &opts, rec)
		}()
		r.Requests = s.Requests()
	}
	err = over(err)
	if err != nil {
		r.Error = err.Error()
	}
	*r = scrub.Value(opts.secrets, *r)
	return r, opts.clean(err)
}

func (r *SurveyReport) walk(ctx context.Context, s *remoteui.Session, o *Options, rec *remoteui.Recorder) error {
	r.Device.URL, r.Language, r.Login = s.URL(), s.Language(), s.Login()
	if r.Login == "" {
		r.Login = "none"
	}
	leaf := s.Certificate()
	r.tls(s, leaf, o)
	// The model decides which profiles count. What is not understood of it is in
	// the table below.
	a := &Assessment{}
	if err := a.readDevice(ctx, s); err != nil && (ctx.Err() != nil || !isPageProblem(err)) {
		return err
	}
	r.Device.Model, r.Device.Controller, r.Eligibility = a.Device.Model, a.Device.Controller, a.Eligibility.Verdict
	rec.Keep(r.Device.Model, r.Device.Controller, keys.DefaultKey, keys.AMSKey, keys.DeviceSignatureKey)
	rec.Mask(leaf.Subject.String(), leaf.Issuer.String())
	v := &surveyor{s: s, r: r, names: map[string][]string{}, event: func(text string) { o.event(EventProgress, "", text) }}
	for _, page := range surveyPages {
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

func isPageProblem(err error) bool {
	_, ok := errors.AsType[*remoteui.PageError](err)
	_, version := errors.AsType[*models.VersionError](err)
	return ok || version
}

func (r *SurveyReport) tls(s *remoteui.Session, leaf *x509.Certificate, o *Options) {
	r.TLS.Version, r.TLS.Cipher = s.TLS()
	r.TLS.Key, r.TLS.Pin, r.TLS.NotAfter = keyText(leaf.PublicKey), remoteui.HashSPKI(leaf).String(), leaf.NotAfter
	r.TLS.SelfSigned = leaf.Subject.String() == leaf.Issuer.String()
	finding, isRSA := keys.CheckKey(leaf.PublicKey, o.Rounds)
	r.TLS.Weak = finding.State
	if !isRSA {
		r.TLS.Weak = keys.NotFound
	}
}
