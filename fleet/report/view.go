package report

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/printable"
	"github.com/rekey-go/rekey/internal/row"
	"github.com/rekey-go/rekey/internal/task"
	"github.com/rekey-go/rekey/internal/wording"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/usage"
)

// page is what the template shows.
type page struct {
	Lang                             string
	Others                           []string // other languages
	Title, Change, Generated, Worked string
	State                            string // good, open or none
	Headline                         string
	Lines                            []string
	Stats                            []stat
	Outcomes                         []segment
	Usages                           []bar
	Timeline                         template.HTML // coordinates that we computed
	TimeFrom, TimeTo                 string
	Devices                          []deviceRow
	Teams                            []teamView
	NotDone                          []notDone
	Allowed                          []rekey.Authorization
	Shared                           []sharedRow
	Key, Head, Nonce                 string
	Proofs                           int
	l                                lang
}

type stat struct{ Label, Value string }

type segment struct {
	Label, Class, Share string
	Count               int
	X, Width            float64 // percent
}

type bar struct {
	Label          string
	Done, Open     int
	DoneAt, OpenAt float64 // widths in percent
}

type deviceRow struct {
	Title, URL, Model, Site string
	Outcome, Class          string
	Keys                    []keyRow
	None                    string // why there are no keys
}

type keyRow struct {
	Usage, State, Class string
	Old, New            string
	Weak, WeakClass     string
	Proof               bool
}

type notDone struct{ Device, Site, Outcome, Class, Usage, Reason, Next string }

type sharedRow struct {
	What, SPKI string
	Factory    bool
	Places     []string
}

type teamView struct {
	ID, Title, Intro string
	Groups           []groupView
	Hosts            []string // for CUPS
}

type groupView struct {
	ID, Anchor, Title string
	Text              []string // paragraphs
	Caption           string
	Rows              []taskRow
}

type taskRow struct {
	Device, Policy                                              string
	OldSubject, OldIssuer, OldSerial, OldSHA256, NewSHA, NewPin string
}

// Say is for the template.
func (p *page) Say(key string, args ...any) string { return p.l.say(key, args...) }
func (p *page) Gap() string                        { return p.l.gap() }
func (p *page) Colon() string                      { return p.l.colon() }

// teams in the order in which they are shown.
var teams = []string{"ca", "network", "desktop", "phone", "printer"}

// teamOf is who does a task.
func teamOf(t *rekey.Task) string {
	switch t.ID {
	case row.EnableNew:
		return whoTrusts(t)
	case row.DisableOldSignature, row.EnableNewSignature, row.FetchRestrictions:
		return "desktop"
	case row.PairBluetooth:
		return "phone"
	case t.Function().DisableRow:
		if issued(t) {
			return "ca"
		}
		return whoTrusts(t)
	}
	return "printer"
}

// whoTrusts is who has the machines that have to trust a certificate, or no more.
func whoTrusts(t *rekey.Task) string {
	if t.Use != keys.UseTLS {
		return "network"
	}
	return "desktop"
}

// issued reports whether a CA issued the certificate that the task speaks of.
func issued(t *rekey.Task) bool {
	return t.Revocation != nil || t.Old != nil && t.Old.Issuer != "" && t.Old.Subject != "" && t.Old.Issuer != t.Old.Subject
}

// general is what a task says to whoever does it on many devices.
func general(t *rekey.Task, l lang) (title string, paragraphs []string) {
	kind := task.SelfSigned
	if issued(t) && t.ID != row.EnableNew {
		kind = task.CSR
	}
	var facts task.Facts // what the wording depends on, and nothing that names one device
	if t.Old != nil {
		facts.Old = task.Cert{SHA256: t.Old.SHA256, Attached: t.Old.PEM != ""}
	}
	if t.New != nil {
		facts.New = task.Cert{SHA256: t.New.SHA256, Attached: t.New.PEM != ""}
	}
	text, err := task.Text(t.ID, string(t.Use), kind, string(l), facts)
	if err != nil || text == "" {
		text = t.Text // of a later version, or of no certificate: as the run said it
	}
	parts := strings.Split(strings.TrimSpace(text), "\n\n")
	// The last is a list of what is known of one certificate: that is in the table.
	one := func(s string) bool {
		return strings.Contains(s, "\n  ") && !strings.Contains(s, "\n1.") ||
			facts.Old.SHA256 != "" && strings.Contains(s, task.Fingerprint(facts.Old.SHA256)) || facts.New.SHA256 != "" && strings.Contains(s, task.Fingerprint(facts.New.SHA256))
	}
	if len(parts) > 1 && one(parts[len(parts)-1]) {
		parts = parts[:len(parts)-1]
	}
	return parts[0], parts[1:]
}

const (
	maxText = 400  // characters of a name
	maxWhy  = 1500 // of a reason
)

func clean(s string) string { return printable.Line(s, maxText, '\ufffd') }

func moment(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format("2006-01-02 15:04")
}

func (f *Fleet) page(l lang) *page {
	p := &page{Lang: string(l), l: l, Title: clean(cmp.Or(f.Title, l.say("title"))), Change: clean(f.change()), Generated: moment(f.generated()), Head: f.Head, Nonce: hex.EncodeToString(f.Nonce)}
	for _, other := range Languages() {
		if other != string(l) {
			p.Others = append(p.Others, other)
		}
	}
	if began, ended := f.span(); !began.IsZero() {
		if p.Worked = moment(began) + " – " + moment(ended); began.UTC().Format(time.DateOnly) == ended.UTC().Format(time.DateOnly) {
			p.Worked = moment(began) + " – " + ended.UTC().Format("15:04")
		}
	}
	for _, a := range f.allowed() {
		p.Allowed = append(p.Allowed, rekey.Authorization{Change: clean(a.Change), Author: clean(a.Author), Approver: clean(a.Approver), Digest: clean(a.Digest)})
	}
	for _, s := range f.Shared {
		r := sharedRow{What: l.say("shared " + string(s.Kind)), SPKI: fingerprint(s.SPKI), Factory: s.Factory}
		for _, at := range s.Places {
			r.Places = append(r.Places, l.place(at))
		}
		p.Shared = append(p.Shared, r)
	}
	if f.AuditKey != nil {
		p.Key = f.AuditKey.Verifier().String()
	}
	replaced, open, stillWeak, tasks, restarts := 0, 0, 0, 0, 0
	unseen := 0
	for i := range f.Devices {
		d := &f.Devices[i]
		p.Devices = append(p.Devices, p.device(d))
		p.Proofs += len(d.Proofs)
		tasks += len(d.Report.Tasks)
		restarts += d.Report.Restarts
		if d.Report.Device.Model == "" {
			unseen++
		}
		for _, u := range d.Report.Usages {
			switch {
			case u.Verified:
				replaced++
			case u.Affected || u.BackedOut:
				open++
				if u.OldKey.Weak == keys.Proved {
					stillWeak++
				}
			}
		}
		p.notDone(d)
	}
	counts := f.counts()
	undone := len(f.Devices) - counts[rekey.FleetDone]
	switch {
	case len(f.Devices) == 0:
		p.State, p.Headline = "none", l.say("none")
	case undone == 0 && open == 0:
		p.State, p.Headline = "good", l.say("good", len(f.Devices))
	default:
		// A device that is done may have a usage that was backed out: it is open all the same.
		for i := range f.Devices {
			if f.Devices[i].Outcome == rekey.FleetDone && slices.ContainsFunc(f.Devices[i].Report.Usages, openUsage) {
				undone++
			}
		}
		p.State, p.Headline = "open", l.say("open", undone, len(f.Devices))
	}
	say := func(n int, key string) {
		if n > 0 {
			p.Lines = append(p.Lines, l.say(key, n))
		}
	}
	say(stillWeak, "still")
	say(unseen, "unknown")
	if tasks > 0 {
		say(tasks, "left")
	} else if len(f.Devices) > 0 {
		p.Lines = append(p.Lines, l.say("nothing"))
	}
	for _, s := range []struct {
		key string
		n   int
	}{{"devices", len(f.Devices)}, {"replaced", replaced}, {"openkeys", open}, {"tasksleft", tasks}, {"restarts", restarts}, {"proofs", p.Proofs}} {
		p.Stats = append(p.Stats, stat{l.say(s.key), fmt.Sprint(s.n)})
	}
	p.outcomes(counts, len(f.Devices))
	p.usages(f)
	p.timeline(f)
	for _, id := range teams {
		if t := f.team(id, l); len(t.Groups) > 0 {
			p.Teams = append(p.Teams, t)
		}
	}
	return p
}

// openUsage: its key is still to be replaced.
func openUsage(u rekey.UsageReport) bool { return !u.Verified && (u.Affected || u.BackedOut) }

func class(o rekey.FleetOutcome) string { return strings.ReplaceAll(string(o), " ", "-") }

func (p *page) device(d *Device) deviceRow {
	r := d.Report
	out := deviceRow{
		Title: clean(d.title()), URL: clean(r.Device.URL), Site: clean(d.Site),
		Outcome: p.l.outcome(d.Outcome), Class: class(d.Outcome), Model: p.Say("model?"),
	}
	if r.Device.Model != "" {
		out.Model = clean(r.Device.Model)
		if r.Device.Controller != "" {
			out.Model += ", " + p.Say("controller", clean(r.Device.Controller))
		}
	}
	proved := map[string]bool{}
	for _, proof := range d.Proofs {
		proved[proof.SPKI] = true
	}
	for _, u := range r.Usages {
		if !u.Affected && !u.Verified && !u.BackedOut {
			continue
		}
		k := keyRow{
			Usage: p.usage(u.Place), Old: fingerprint(u.OldKey.SPKI), New: fingerprint(u.NewKey.SPKI),
			State: p.Say("open usage"), Class: "withheld", Proof: proved[u.OldKey.SPKI],
		}
		switch {
		case u.BackedOut:
			k.State = p.Say("back")
		case u.Verified && words[string(u.Proof)] != (text{}):
			k.State, k.Class = p.Say(string(u.Proof)), "done"
		case u.Verified:
			k.State, k.Class = clean(string(u.Proof)), "done"
		}
		switch u.OldKey.Weak {
		case keys.Proved:
			k.Weak, k.WeakClass = p.Say("weak"), "failed"
		case keys.NotFound:
			k.Weak = p.Say("weak no")
		default:
			k.Weak = p.Say("weak?")
		}
		out.Keys = append(out.Keys, k)
	}
	if len(out.Keys) == 0 {
		out.None = p.Say("nokeys?")
		if d.Outcome == rekey.FleetDone {
			out.None = p.Say("nokeys")
		}
	}
	return out
}

// fingerprint is 64 digits of hex, or empty: what else stands there is no fingerprint.
func fingerprint(s string) string {
	if b, err := hex.DecodeString(s); err != nil || len(b) != 32 {
		return ""
	}
	return strings.ToLower(s)
}

// pin is a fingerprint as programs take it.
func pin(spki string) string {
	b, err := hex.DecodeString(spki)
	if err != nil || len(b) != 32 {
		return ""
	}
	return "sha256//" + base64.StdEncoding.EncodeToString(b)
}

func (p *page) notDone(d *Device) {
	r := d.Report
	name, site := clean(d.title()), clean(d.Site)
	if d.Outcome != rekey.FleetDone {
		n := notDone{Device: name, Site: site, Outcome: p.l.outcome(d.Outcome), Class: class(d.Outcome)}
		if why := "why " + string(d.Outcome); words[why] != (text{}) {
			n.Reason = p.Say(why)
		}
		if r.Error != "" {
			n.Reason = strings.TrimSpace(n.Reason + p.Gap() + p.sentence(r.Error))
		}
		n.Next = wording.Lang(p.Lang).Ending(r.Exit.Code, string(r.Exit.Class))
		p.NotDone = append(p.NotDone, n)
	}
	for _, u := range r.Usages {
		if openUsage(u) {
			p.NotDone = append(p.NotDone, notDone{
				Device: name, Site: site, Outcome: p.Say("open usage"), Class: "withheld",
				Usage: p.usage(u.Place), Reason: p.sentence(u.Reason),
			})
		}
	}
}

// usage is the name of a usage, of which no line begins with the number.
func (p *page) usage(at usage.Place) string {
	return strings.ReplaceAll(clean(wording.Lang(p.Lang).Usage(string(at.Use), at.Policy)), "IEEE 802", "IEEE\u00a0802")
}

// sentence is an error or a reason in the language of the page, as far as it is known.
func (p *page) sentence(s string) string {
	return printable.Line(wording.Lang(p.Lang).Sentence(s), maxWhy, '\ufffd')
}

func (p *page) outcomes(counts map[rekey.FleetOutcome]int, all int) {
	x := 0.0
	for i := len(order) - 1; i >= 0; i-- {
		o := order[i]
		if counts[o] == 0 {
			continue
		}
		w := 100 * float64(counts[o]) / float64(all)
		p.Outcomes = append(p.Outcomes, segment{p.l.outcome(o), class(o), fmt.Sprintf("%.1f %%", w), counts[o], x, w})
		x += w
	}
}

func (p *page) usages(f *Fleet) {
	most := 0
	for i := range f.Devices {
		for _, u := range f.Devices[i].Report.Usages {
			if !u.Verified && !openUsage(u) {
				continue
			}
			name := p.usage(usage.Place{Use: u.Use})
			at := slices.IndexFunc(p.Usages, func(b bar) bool { return b.Label == name })
			if at < 0 {
				at = len(p.Usages)
				p.Usages = append(p.Usages, bar{Label: name})
			}
			if u.Verified {
				p.Usages[at].Done++
			} else {
				p.Usages[at].Open++
			}
			most = max(most, p.Usages[at].Done+p.Usages[at].Open)
		}
	}
	for i := range p.Usages {
		b := &p.Usages[i]
		b.DoneAt, b.OpenAt = 100*float64(b.Done)/float64(most), 100*float64(b.Open)/float64(most)
	}
}

// timeline is how many devices were done when, as the points of a line in a field of
// 600 by 120.
func (p *page) timeline(f *Fleet) {
	began, ended := f.span()
	var times []time.Time
	for i := range f.Devices {
		if f.Devices[i].Outcome == rekey.FleetDone {
			times = append(times, f.Devices[i].Report.Ended)
		}
	}
	took := ended.Sub(began).Seconds()
	if len(times) < 2 || began.IsZero() || took <= 0 {
		return
	}
	slices.SortFunc(times, time.Time.Compare)
	var b strings.Builder
	b.WriteString("0,120")
	was := 0
	for i, t := range times {
		x := int(600 * t.Sub(began).Seconds() / took)
		fmt.Fprintf(&b, " %d,%.1f %d,%.1f", x, 120-120*float64(was)/float64(len(f.Devices)), x, 120-120*float64(i+1)/float64(len(f.Devices)))
		was = i + 1
	}
	fmt.Fprintf(&b, " 600,%.1f", 120-120*float64(was)/float64(len(f.Devices)))
	p.Timeline = template.HTML(`<polyline points="` + b.String() + `"/>`)
	p.TimeFrom, p.TimeTo = moment(began), moment(ended)
}

// tasksOf gives the tasks of a team, in the order of the procedure.
func (f *Fleet) tasksOf(team string, yield func(d *Device, t *rekey.Task)) {
	for i := range f.Devices {
		d := &f.Devices[i]
		for j := range d.Report.Tasks {
			if t := &d.Report.Tasks[j]; teamOf(t) == team {
				yield(d, t)
			}
		}
	}
}

func (f *Fleet) team(id string, l lang) teamView {
	v := teamView{ID: id, Title: l.say("team " + id), Intro: l.say("intro " + id)}
	at := map[string]int{}
	f.tasksOf(id, func(d *Device, t *rekey.Task) {
		key := fmt.Sprint(t.ID, " ", t.Use)
		i, known := at[key]
		if !known {
			i = len(v.Groups)
			at[key] = i
			g := groupView{ID: t.ID, Anchor: fmt.Sprintf("task-%s-%d", id, i+1)}
			g.Title, g.Text = general(t, l)
			g.Title = clean(g.Title)
			g.Caption = l.say("table task", clean(t.ID))
			v.Groups = append(v.Groups, g)
		}
		r := taskRow{Device: clean(d.title()), Policy: clean(t.Policy)}
		if t.Old != nil {
			r.OldSubject, r.OldIssuer, r.OldSerial, r.OldSHA256 = clean(t.Old.Subject), clean(t.Old.Issuer), clean(t.Old.Serial), fingerprint(t.Old.SHA256)
		}
		if t.New != nil {
			r.NewSHA = fingerprint(t.New.SHA256)
		}
		r.NewPin = pin(newSPKI(d, t))
		v.Groups[i].Rows = append(v.Groups[i].Rows, r)
	})
	ids := task.IDs()
	slices.SortStableFunc(v.Groups, func(a, b groupView) int { return slices.Index(ids, a.ID) - slices.Index(ids, b.ID) })
	if id == "desktop" {
		v.Hosts = f.changedHosts()
	}
	return v
}

// newSPKI is the hash of the new key that a task is about.
func newSPKI(d *Device, t *rekey.Task) string {
	for _, u := range d.Report.Usages {
		if u.Place == t.Place && u.Verified {
			return u.NewKey.SPKI
		}
	}
	return ""
}

// changedHosts are those whose TLS key was replaced.
func (f *Fleet) changedHosts() (hosts []string) {
	for i := range f.Devices {
		d := &f.Devices[i]
		for _, u := range d.Report.Usages {
			if host, _ := d.place(); u.Use == keys.UseTLS && u.Verified && host != "" && !slices.Contains(hosts, host) {
				hosts = append(hosts, host)
			}
		}
	}
	return hosts
}
