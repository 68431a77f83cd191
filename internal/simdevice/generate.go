package simdevice

import (
	"crypto"
	"fmt"
	"net"
	"strings"
	"time"
)

// generation is a key in the making.
type generation struct {
	key   *key
	ready time.Time // real time, not the device's clock
}

// finishGenerating registers a key that has been made by now (G-1).
func (d *Device) finishGenerating() {
	if d.gen == nil || time.Now().Before(d.gen.ready) {
		return
	}
	k := d.gen.key
	d.gen = nil
	if d.cfg.enforces(RuleAutoRegister) {
		d.store.add(k)
	}
}

// The choices of the form.
var (
	hashes     = []string{"SHA256", "SHA384", "SHA512"}
	hashValues = []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512}
	algorithms = []string{"RSA", "ECDSA"}
	rsaLengths = []int{512, 1024, 2048, 4096}
	curves     = []string{"P256", "P384", "P521"}
	countries  = []option{
		{"", "-"}, {"AU", "Australia (AU)"}, {"CA", "Canada (CA)"}, {"DE", "Germany (DE)"}, {"FR", "France (FR)"},
		{"GB", "United Kingdom (GB)"}, {"IT", "Italy (IT)"}, {"JP", "Japan (JP)"}, {"KR", "Korea (KR)"},
		{"SG", "Singapore (SG)"}, {"TW", "Taiwan (TW)"}, {"US", "United States (US)"},
	}
)

func lengthTexts() []string {
	var texts []string
	for _, n := range rsaLengths {
		texts = append(texts, fmt.Sprintf("%d bit", n))
	}
	return texts
}

// keyForm are the values of the form of G-1, as sent or to be shown.
type keyForm struct {
	name, hash, algorithm, length, curve        string
	start, end                                  string // YYYY/MM/DD
	countryMode, country, countryCode           string
	state, city, organization, unit, commonName string
}

// Names of the form's fields; the values are keys of drawn names.
const (
	fieldName         = "field.gen.name"
	fieldHash         = "field.gen.hash"
	fieldAlgorithm    = "field.gen.algorithm"
	fieldLength       = "field.gen.length"
	fieldCurve        = "field.gen.curve"
	fieldStart        = "field.gen.start"
	fieldEnd          = "field.gen.end"
	fieldCountryMode  = "field.gen.countrymode"
	fieldCountry      = "field.gen.country"
	fieldCountryCode  = "field.gen.countrycode"
	fieldState        = "field.gen.state"
	fieldCity         = "field.gen.city"
	fieldOrganization = "field.gen.organization"
	fieldUnit         = "field.gen.unit"
	fieldCommonName   = "field.gen.cn"
)

func (l *layout) hashOptions() []option      { return l.options("hash", hashes) }
func (l *layout) algorithmOptions() []option { return l.options("algorithm", algorithms) }
func (l *layout) lengthOptions() []option    { return l.options("length", lengthTexts()) }
func (l *layout) curveOptions() []option     { return l.options("curve", curves) }

// freshForm is the form as first shown. The common name comes from the host of
// the request, as on the real device.
func (x *exchange) freshForm() keyForm {
	host := x.r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	f := keyForm{
		hash: x.l.hashOptions()[0].value, algorithm: x.l.algorithmOptions()[0].value,
		length: x.l.lengthOptions()[2].value, curve: x.l.curveOptions()[0].value,
		countryMode: "0", commonName: host,
	}
	if x.l.pick("gen.prefilled", 2) == 1 {
		f.start, f.end = x.now.Format("2006/01/02"), x.now.AddDate(5, 0, 0).Format("2006/01/02")
	}
	return f
}

func (x *exchange) sentForm() keyForm {
	get := func(key string) string { return x.get(x.l.name(key)) }
	return keyForm{
		name: get(fieldName), hash: get(fieldHash), algorithm: get(fieldAlgorithm), length: get(fieldLength), curve: get(fieldCurve),
		start: x.sentDate(fieldStart), end: x.sentDate(fieldEnd),
		countryMode: get(fieldCountryMode), country: get(fieldCountry), countryCode: get(fieldCountryCode),
		state: get(fieldState), city: get(fieldCity), organization: get(fieldOrganization), unit: get(fieldUnit), commonName: get(fieldCommonName),
	}
}

// threeBoxes tells whether a date is entered in three boxes.
func (l *layout) threeBoxes() bool { return l.pick("gen.dates", 2) == 1 }

func (x *exchange) sentDate(key string) string {
	if !x.l.threeBoxes() {
		return x.get(x.l.name(key))
	}
	var parts []string
	for i := range 3 {
		parts = append(parts, x.get(x.l.name(fmt.Sprint(key, i))))
	}
	return strings.Join(parts, "/")
}

// generate makes a key from the form (G-1, G-4).
func (x *exchange) generate() {
	d := x.d
	if d.gen != nil {
		x.notice(wBusy)
		return
	}
	form := x.sentForm()
	req, wrong := x.check(form)
	if wrong < 0 && d.full() {
		wrong = wErrFull
	}
	if wrong >= 0 {
		x.generateForm(form, wrong)
		return
	}
	k, err := d.store.make(req.curve, req.bits, d.makesWeak())
	switch {
	case err != nil:
	case x.kind == PageCSR:
		err = x.makeRequest(k, req)
	default:
		err = d.store.certify(k, req.hash, req.subject, req.from, req.to, nil)
	}
	if err != nil {
		d.obs.violate("", "the simulated device cannot make a key: %v", err)
		x.generateForm(form, wErrValue)
		return
	}
	k.name, k.generated = req.name, true
	d.gen = &generation{key: k, ready: time.Now().Add(d.cfg.GenerateTime)}
	x.change = "key " + k.name + " generated"
	x.sess.visited[x.kind] = true
	if x.kind == PageCSR {
		x.sess.csr = k
	}
	if d.cfg.GenerateTime == 0 {
		d.finishGenerating()
	}
	if d.gen == nil && x.l.pick("gen.wait", 2) == 0 {
		x.generated()
		return
	}
	x.waitPage()
}

// makesWeak tells whether the firmware makes weak keys (M-5).
func (d *Device) makesWeak() bool {
	return d.cfg.MakesWeakKeys == d.cfg.enforces(RuleKeyStrength)
}

// showGenerating is where the wait for a new key looks again.
func (x *exchange) showGenerating() {
	if x.d.gen != nil {
		x.waitPage()
		return
	}
	x.generated()
}

// generated is what follows the wait: the list, or the request.
func (x *exchange) generated() {
	if x.sess.csr != nil {
		x.csrPage(x.sess.csr)
		return
	}
	x.keyList(-1)
}

// waitPage says to wait, and looks again after two seconds.
func (x *exchange) waitPage() {
	p := x.newPage(PageGenerating, "Remote UI : "+x.l.text(wGenerate))
	url := x.l.url(target{kind: PageGenerating})
	if x.l.pick("gen.poll", 2) == 0 {
		p.refresh(2, url+x.buster())
	} else {
		name := p.l.name("fn.poll")
		p.script(name, "", p.l.jsCall("go", url))
		p.onload = append(p.onload, "setTimeout("+jsString(name+"()")+", 2000)")
	}
	p.put("<p>%s</p>", x.l.text(wGenerating))
	p.close()
}

// showGenerateMenu offers the kinds of keys.
func (x *exchange) showGenerateMenu() {
	p := x.frame(PageGenerateMenu, wGenerate, wSettings, wManagement, wDevices, wKeys)
	p.menu([]menuItem{
		{"network", wNetComm, PageGenerate}, {"csr", wCSR, PageCSR}, {"signature", wSignatureUse, PageSignature},
	})
}
