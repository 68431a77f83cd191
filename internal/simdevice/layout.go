package simdevice

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
)

// layout is everything about the pages that nobody has published. It is drawn
// from the seed: each decision by a key of its own, so that a new decision
// does not move the others.
type layout struct {
	seed   uint64
	family Family
	frames bool
	force  map[string]int // draws that are taken from the configuration, by the beginning of their key
	words  lexicon
	names  map[string]string // by key
	taken  map[string]bool
	routes map[PageKind]route
	kinds  map[route]PageKind
}

// route is the address of a page: a CGI under /rps/ and a template.
type route struct{ cgi, tpl string }

// Addresses that are published.
const (
	pathLogin    = "/login"
	pathPassword = "/PwdConfirm"
	pathRPS      = "/rps/"
	cgiEntry     = "nativetop.cgi"
	cgiLogout    = "logout.cgi"
	tagStatus    = "PGTAG_DEV_STAT"
	tagSettings  = "PGTAG_CONF_ENV_PAP"
)

// drawnPages have an address that is drawn.
var drawnPages = withFunctions([]PageKind{
	PageSettings, PageNetwork, PageManagement, PageLicense, PageNotAvailable,
	PageKeyList, PageKeyDetails, PageVerify, PageRegister, PageDelete,
	PageGenerateMenu, PageGenerate, PageGenerating, PageTLS, PageTLSKeys, PageApply,
	PageIEEE8021X, Page8021XKeys, PageIPSec, PagePolicy, PageIKE, PageIKEKeys, PageSIP, PageSIPKeys,
	PageBluetooth, PageAMS, PageSend, PageSMIME, PageSMIMECerts, PageSMIMEDetails, PageSMIMERegister,
	PageSignature, PageSignatureOK, PageExport, PageExportFile, PagePrintJobs, PageSendJobs, PageReceiveJobs, PageFaxMemory,
	PageCSR, PageCSRData, PageCSRFile, PageRegisterFile,
	PageSCEP, PageSCEPServer, PageSCEPTimer, PageSCEPRequest, PageSCEPSent, PageSCEPStatus,
})

func drawLayout(cfg Config) *layout {
	l := &layout{
		seed:   cfg.Seed,
		family: cfg.Family,
		frames: cfg.Layout.Frames == Yes && cfg.Family == FamilyAdvance,
		force:  cfg.Layout.forced(),
		words:  cfg.lexicon(),
		names:  make(map[string]string),
		taken:  make(map[string]bool),
		routes: make(map[PageKind]route),
		kinds:  make(map[route]PageKind),
	}
	if l.small() {
		for _, kind := range append([]PageKind{PageStatus, PageDeviceInfo}, drawnPages...) {
			l.addRoute(kind, route{l.drawStem(kind), ""})
		}
		return l
	}
	l.addRoute(PageStatus, route{"dstatus.cgi", "d_tops.tpl"})
	l.addRoute(PageDeviceInfo, route{"dinfo.cgi", ""})
	sharing := l.pick("routes.sharing", 3)
	pages := drawnPages
	if l.frames {
		pages = append(slices.Clone(pages), PageFrameset, PageMenu)
	}
	for i, kind := range pages {
		cgi := string(kind)
		if sharing == 1 {
			cgi = fmt.Sprint("group", i/4)
		}
		l.addRoute(kind, route{"c" + strings.ToLower(l.name("cgi."+cgi)) + ".cgi", "c_" + strings.ToLower(l.name("tpl."+string(kind))) + ".tpl"})
	}
	return l
}

func (l *layout) addRoute(kind PageKind, r route) {
	l.routes[kind] = r
	l.kinds[r] = kind
}

func (l *layout) draw(key string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(key)) // never fails
	return rand.New(rand.NewPCG(l.seed, h.Sum64()))
}

// pick draws one of n possibilities, unless the configuration forces one.
func (l *layout) pick(key string, n int) int {
	for begins, forced := range l.force {
		if strings.HasPrefix(key, begins) {
			return min(forced, n-1)
		}
	}
	return l.draw(key).IntN(n)
}

// yes draws a decision, or takes it from c.
func (l *layout) yes(key string, c Choice) bool {
	if c == Drawn {
		return l.pick(key, 2) == 1
	}
	return c == Yes
}

// order draws an order of n things.
func (l *layout) order(key string, n int) []int { return l.draw(key).Perm(n) }

func wordKey(w word) string { return fmt.Sprintf("word.%d.", int(w)) }

// text draws the wording of w.
func (l *layout) text(w word) string {
	all := l.words[w]
	return all[l.pick(wordKey(w), len(all))]
}

// name draws the name of a field, an identifier or a function; the same for
// the same key, and different for different ones.
func (l *layout) name(key string) string {
	if name, ok := l.names[key]; ok {
		return name
	}
	r := l.draw("name." + key)
	style := l.pick("names.style", 3)
	if l.small() && !strings.HasPrefix(key, "fn.") && !strings.HasPrefix(key, "var.") {
		style = 3
	}
	for {
		name := l.spell(r, style)
		if fold := strings.ToLower(name); !l.taken[fold] {
			l.taken[fold] = true
			l.names[key] = name
			return name
		}
	}
}

var syllables = strings.Fields("ka ne ro ti su mo ve da pi lu fa ge ho ji ki la me no pu ra se to vi wa ze bo cu di")

// spell makes a name the way one author would have: short words with capitals,
// words with underscores, or numbers.
func (l *layout) spell(r *rand.Rand, style int) string {
	var parts []string
	for range 2 + r.IntN(2) {
		parts = append(parts, syllables[r.IntN(len(syllables))])
	}
	switch style {
	case 0:
		for i := 1; i < len(parts); i++ {
			parts[i] = strings.ToUpper(parts[i][:1]) + parts[i][1:]
		}
		return strings.Join(parts, "") + fmt.Sprint(r.IntN(10))
	case 1:
		return strings.Join(parts, "_") + fmt.Sprint("_", r.IntN(100))
	}
	if style == 3 { // published for the small family
		return fmt.Sprintf("i%04d", 3000+r.IntN(7000))
	}
	return fmt.Sprintf("i%04d%s", 1000+r.IntN(9000), strings.ToUpper(parts[0][:1]))
}

// label is a text with the colon this page's author puts after labels, if any.
func (l *layout) label(area string, w word) string {
	return l.text(w) + []string{"", ":", "："}[l.pick("colon."+area, 3)]
}
