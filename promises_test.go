package rekey_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/remoteui"
)

// documents are what users read, by path.
func documents(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{"README.md": contents(t, "README.md")}
	pages, err := filepath.Glob(filepath.Join("docs", "*.md"))
	if err != nil || len(pages) < 15 {
		t.Fatal(len(pages), err)
	}
	for _, path := range pages {
		all[path] = contents(t, path)
	}
	return all
}

// spans are what a text shows as code: what stands between backticks, and the
// lines of fences.
func spans(text string) (all []string) {
	for i, part := range strings.Split(text, "```") {
		if i%2 == 1 {
			all = append(all, strings.Split(part, "\n")...)
			continue
		}
		for _, m := range regexp.MustCompile("`([^`\n]+)`").FindAllStringSubmatch(part, -1) {
			all = append(all, m[1])
		}
	}
	return all
}

// goFiles calls do with each Go file of the module and of those in it.
func goFiles(t *testing.T, do func(path, text string)) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".go") {
			do(path, contents(t, path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A flag that a document names is one of a program, of a test or of the go command.
func TestDocumentedFlags(t *testing.T) {
	t.Parallel()
	flags := map[string]bool{"help": true}
	for _, name := range []string{"run", "v", "race", "timeout", "count", "bench", "benchmem", "benchtime", "tags", "C", "h"} { // go test
		flags[name] = true
	}
	binds := regexp.MustCompile(`\.(?:\w+Var|Func|BoolFunc|Bool|String|Int|Uint64|Duration)\((?:&[\w.]+, )?"([a-zA-Z0-9-]+)"`)
	goFiles(t, func(_, text string) {
		for _, m := range binds.FindAllStringSubmatch(text, -1) {
			flags[m[1]] = true
		}
	})
	asked, seen := regexp.MustCompile(`(?:^|[ (])-([a-z][a-z0-9-]+)`), 0
	for path, text := range documents(t) {
		for _, span := range spans(text) {
			if !strings.HasPrefix(span, "-") && !regexp.MustCompile(`^(remediate|survey|revocation|checkkey|go (run|test)) `).MatchString(span) {
				continue
			}
			for _, m := range asked.FindAllStringSubmatch(span, -1) {
				if seen++; !flags[m[1]] {
					t.Errorf("%s: `%s`: -%s is no flag", path, span, m[1])
				}
			}
		}
	}
	if seen < 60 {
		t.Errorf("%d flags", seen)
	}
}

// Fields and functions that documents name are there.
func TestDocumentedNames(t *testing.T) {
	t.Parallel()
	declared, all := map[string]bool{}, map[string]bool{} // "rekey.Assess", and of methods and fields "Report.Exit"
	goFiles(t, func(path, text string) {
		if strings.Contains(path, "testdata") {
			return
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if declare(f, all); !strings.HasSuffix(path, "_test.go") && !strings.HasPrefix(path, "internal") {
			declare(f, declared)
		}
	})
	names := map[string]bool{} // without what they are in
	for name := range all {
		of, in, _ := strings.Cut(name, ".")
		names[in], names[of] = true, true
	}
	// Of others: of Go's library, of the pages, of those that are compared with.
	for _, name := range strings.Fields("http.NoBody tls.Config big.Int rsa.VerifyPKCS1v15 document.NAME dev.Missing goodkey.GoodKey " +
		"Date TextEncoder FormData Blob FileReader Flag Init_Data Detail_Data GetBody ContentLength VerifyPeerCertificate MinVersion CipherSuites Primes") {
		declared[name], names[name] = true, true
	}
	qualified, word := regexp.MustCompile(`^\*?([A-Za-z]\w+\.[A-Z]\w*)`), regexp.MustCompile(`^\[?([A-Z][a-z]+\w*)\]?$`)
	seen := 0
	for path, text := range documents(t) {
		for _, span := range spans(text) {
			if m := qualified.FindStringSubmatch(span); m != nil {
				if seen++; !declared[m[1]] {
					t.Errorf("%s: `%s`: %s is not there", path, span, m[1])
				}
			} else if m := word.FindStringSubmatch(span); m != nil {
				if seen++; !names[m[1]] {
					t.Errorf("%s: nothing is called `%s`", path, span)
				}
			}
		}
	}
	if seen < 150 {
		t.Errorf("%d names", seen)
	}
}

// declare notes what a file declares.
func declare(f *ast.File, names map[string]bool) {
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			of := f.Name.Name
			if d.Recv != nil {
				t := d.Recv.List[0].Type
				if p, ok := t.(*ast.StarExpr); ok {
					t = p.X
				}
				if id, ok := t.(*ast.Ident); ok {
					of = id.Name
				}
			}
			names[of+"."+d.Name.Name] = true
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.ValueSpec:
					for _, n := range s.Names {
						names[f.Name.Name+"."+n.Name] = true
					}
				case *ast.TypeSpec:
					names[f.Name.Name+"."+s.Name.Name] = true
					if st, ok := s.Type.(*ast.StructType); ok {
						for _, field := range st.Fields.List {
							for _, n := range field.Names {
								names[s.Name.Name+"."+n.Name] = true
							}
						}
					}
				}
			}
		}
	}
}

// Links lead to headings that are there, and paths in code to files.
func TestDocumentedPlaces(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^):#]*)#([^)]+)\)`)
	heading := regexp.MustCompile(`(?m)^#+ (.+)$`)
	file := regexp.MustCompile(`^(?:docs|internal|remoteui|keys|usage|revocation|scep|models|keycheck|examples|\.ci)/[\w./-]+$`)
	seen := 0
	for path, text := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			to := path
			if m[1] != "" {
				to = filepath.Join(filepath.Dir(path), m[1])
			}
			var anchors []string
			for _, h := range heading.FindAllStringSubmatch(contents(t, to), -1) {
				anchor := regexp.MustCompile(`[^\w\- ]`).ReplaceAllString(strings.ToLower(h[1]), "")
				anchors = append(anchors, strings.ReplaceAll(anchor, " ", "-"))
			}
			if seen++; !slices.Contains(anchors, m[2]) {
				t.Errorf("%s: no heading #%s in %s", path, m[2], to)
			}
		}
		for _, span := range spans(text) {
			if file.MatchString(span) {
				if _, err := os.Stat(filepath.FromSlash(span)); err != nil {
					t.Errorf("%s: %v", path, err)
				}
				seen++
			}
		}
	}
	if seen < 30 {
		t.Errorf("%d places", seen)
	}
}

// figures are those that documents and doc comments promise, each beside the code
// that it comes from.
var figures = []struct{ file, promise, source, code string }{
	{"README.md", "You need Go 1.26 and nothing else", "go.mod", "\ngo 1.26"},
	{"docs/pages-and-scripts.md", "measured with v0.27.0", "go.mod", "modernc.org/quickjs v0.27.0"},
	{"docs/benchmarks.md", "boulder v0.20260811.0", "internal/bench/go.mod", "letsencrypt/boulder v0.20260811.0"},
	{"docs/benchmarks.md", "zlint v3.7.3", "internal/bench/go.mod", "zmap/zlint/v3 v3.7.3"},
	{"docs/events.md", "Framework 1.8 (`TestOCSF`)", "fleet/events/ocsf.go", `OCSFVersion = "1.8.0"`},
	{"docs/weak-keys.md", "100,000 rounds of Fermat's method", "keycheck/check.go", `DefaultRounds = 100_000`},
	{"docs/weak-keys.md", "division by the primes below 752", "keycheck/check.go", `752`},
	{"docs/survey.md", "is tried, up to 20", "usage/survey/walk.go", `maxRowsTried = 20`},
	{"docs/survey.md", "A text of more than 8 KiB is masked whole", "remoteui/internal/redact/redact.go", `maxText = 8 << 10`},
	{"docs/survey.md", "one larger than 64 MB (packed or unpacked), a page of more than 8 MB", "remoteui/internal/walk/walk.go", `MaxBytes     = 64 << 20`},
	{"docs/pages-and-scripts.md", "An act makes 30 of them at most, and four more for each second", "remoteui/internal/page/options.go", "setDefault(&l.Requests, 30)"},
	{"docs/pages-and-scripts.md", "timers of up to 30 s run at once", "remoteui/internal/page/options.go", "setDefault(&l.VirtualTime, 30*time.Second)"},
	{"docs/pages-and-scripts.md", "At most three lie one over the other", "remoteui/window.go", "maxWindows = 3"},
	{"docs/events.md", "Up to 10,000 lines wait", "fleet/events/stream.go", `DefaultBuffer = 10_000`},
	{"docs/threats.md", "(600,000 rounds for each guess)", "internal/refusal/refusal.go", `Iterations = 600_000`},
	{"docs/threats.md", "make 30 requests to itself per act, and 4 per second waited for; open three windows", "remoteui/window.go", "maxWindows = 3"},
	{"docs/threats.md", "cost 20 requests and a minute per round", "revocation/verify.go", "return 20\n"},
	{"docs/threats.md", "cut to 400 characters", "fleet/report/view.go", `maxText = 400`},
	{"docs/limits.md", "**256 MiB of memory**", "internal/acceptance/hostile_test.go", `mostMemory = 256 << 20`},
	{"docs/limits.md", "two minutes with a `RequestTimeout` of 2 s (25 s where", "internal/acceptance/hostile_test.go", `mostTime   = 2 * time.Minute`},
	{"docs/limits.md", "two minutes with a `RequestTimeout` of 2 s (25 s where", "internal/acceptance/hostile_test.go", `return 25 * time.Second`},
	{"docs/limits.md", "10,000 requests, 1 h of waiting", "remoteui/limits.go", `maxRequests = 10_000`},
	{"docs/limits.md", "1 h of waiting for answers", "remoteui/limits.go", `maxBusy = time.Hour`},
	{"docs/limits.md", "4 × `RequestTimeout`, 100 files; 16 MiB of files", "remoteui/limits.go", `pageTimes = 4`},
	{"docs/limits.md", "100 files", "remoteui/limits.go", `maxScriptFiles = 100`},
	{"docs/limits.md", "16 MiB of files", "remoteui/limits.go", `maxScriptBytes = 16 << 20`},
	{"docs/limits.md", "64 MiB of all frames", "internal/share/share.go", `Script = 64 << 20`},
	{"docs/limits.md", "180 of 4,096 bytes", "remoteui/limits.go", `maxCookies = 180`},
	{"docs/limits.md", "180 of 4,096 bytes", "remoteui/limits.go", `maxCookie  = 4096`},
	{"docs/limits.md", "3 s for a look whether another port", "assess.go", `probeTime = 3 * time.Second`},
	{"docs/limits.md", "`Timeouts.Assess` (1 h)", "options.go", `Assess:   time.Hour`},
	{"docs/limits.md", "jobs a hundred times at most", "usage/jobs.go", `maxLooks = 100`},
	{"docs/limits.md", "`RequestTimeout` (30 s); reads are tried 3 times", "remoteui/request.go", `maxReadTries = 3`},
	{"docs/limits.md", "`RequestTimeout` (30 s); reads", "remoteui/config.go", `c.RequestTimeout = 30 * time.Second`},
	{"docs/limits.md", "gzip, deflate, three layers at most", "internal/unpack/unpack.go", `maxEncodings = 3`},
	{"docs/limits.md", "its header 64 KiB", "remoteui/transport.go", `MaxResponseHeaderBytes: 64 << 10`},
	{"docs/limits.md", "(status 503, 429) | `WaitTimeout` (10 min)", "remoteui/config.go", `c.WaitTimeout = 10 * time.Minute`},
	{"docs/limits.md", "5 times by default", "remoteui/login.go", `pause = min(2*pause, maxLoginPause)`},
	{"docs/limits.md", "pages that send the browser on | 10; 12", "remoteui/request.go", "maxRedirects = 10"},
	{"docs/limits.md", "pages that send the browser on | 10; 12", "remoteui/request.go", "maxHops = 12"},
	{"docs/limits.md", "a file beyond 100 is a script error", "remoteui/limits.go", `maxScriptFiles = 100`},
	{"docs/limits.md", "all frames of a window (8 at most) together", "remoteui/frames.go", `maxFrames    = 8`},
	{"docs/limits.md", "140,000 nodes, 8 MiB of source and of what scripts write; 512 deep", "remoteui/internal/page/options.go", "setDefault(&l.Nodes, 140_000)\n\tsetDefault(&l.Depth, 512)"},
	{"docs/limits.md", "8 MiB of source and of what scripts write", "remoteui/internal/page/options.go", "setDefault(&l.Bytes, 8<<20)"},
	{"docs/limits.md", "256 attributes of one element", "remoteui/internal/dom/source.go", "maxAttrs = 256"},
	{"docs/limits.md", "5 s of their own work per page or act, 2,000 timers", "remoteui/internal/page/options.go", "setDefault(&l.ScriptTime, 5*time.Second)"},
	{"docs/limits.md", "1 s in the rest of a session in which one did not end", "remoteui/limits.go", "scriptTimeAfterwards = time.Second"},
	{"docs/limits.md", "2,000 timers", "remoteui/internal/page/options.go", "setDefault(&l.Timers, 2_000)"},
	{"docs/limits.md", "30 per act, and 4 for each second waited", "remoteui/internal/page/options.go", "setDefault(&l.Requests, 30)"},
	{"docs/limits.md", "4 for each second waited; 3 over each other", "remoteui/window.go", "maxWindows = 3"},
	{"docs/limits.md", "32 with 20,000 rules, 10 million comparisons", "remoteui/internal/dom/style.go", "maxSheets     = 32\n\tmaxRules      = 20_000\n\tmaxStyleSteps = 10_000_000"},
	{"docs/limits.md", "one per session, up to 64 MiB and one processor", "internal/share/share.go", `Script = 64 << 20`},
	{"docs/limits.md", "200, and together what a page may hold; 50", "remoteui/internal/page/made.go", "maxMade = 200"},
	{"docs/limits.md", "what a page may hold; 50", "remoteui/internal/page/place.go", "maxPlaces = 50"},
	{"docs/limits.md", "10 s more to log out", "remoteui/session.go", `logoutTime = 10 * time.Second`},
	{"docs/limits.md", "logging out is always left, with 10 s", "remoteui/session.go", `logoutTime = 10 * time.Second`},
	{"docs/limits.md", "256 KiB, 32 certificates and 3 s for a look", "keys/handshake_read.go", `maxHandshake = 256 << 10`},
	{"docs/limits.md", "256 KiB, 32 certificates and 3 s for a look", "keys/handshake_read.go", `maxServedChain = 32`},
	{"docs/limits.md", "(30 s for a handshake that is to prove something)", "keys/handshake.go", `handshakeTime = 30 * time.Second`},
	{"docs/limits.md", "40 policies", "usage/ipsec.go", `maxPolicies = 40`},
	{"docs/limits.md", "2,000 bytes, 32 uses of 12 words each", "keys/use.go", "maxUseText  = 2000 // bytes of a cell\n\tmaxUses     = 32   // named in a cell\n\tmaxUseWords = 12"},
	{"docs/limits.md", "the first 20 and how many more there are", "remoteui/profile_parse.go", "maxProblems = 20"},
	{"docs/limits.md", "64 KiB, 256 KiB | the key is reported as unread", "keys/details.go", "maxDetails = 64 << 10"},
	{"docs/limits.md", "64 KiB, 256 KiB | the key is reported as unread", "usage/setting.go", "maxFields = 256 << 10"},
	{"docs/limits.md", "`FleetOptions.Concurrency` (10)", "fleet.go", `cmp.Or(f.Concurrency, 10)`},
	{"docs/limits.md", "20 MiB for each device at once, at least 1 GiB, in `examples/fleet`", "examples/fleet/main.go", `max(1024, c.fleet.Concurrency*share.Usual>>20)`},
	{"docs/limits.md", "20 MiB each; one that needs more", "internal/share/share.go", "Usual  = 20 << 20"},
	{"docs/limits.md", "has room for 256 MiB", "internal/share/share.go", "Most   = 256 << 20"},
	{"docs/limits.md", "| a device with 20 MiB |", "internal/share/share.go", "Usual  = 20 << 20"},
	{"docs/limits.md", "could not be stopped takes 64 MiB", "internal/share/share.go", "Script = 64 << 20"},
	{"docs/limits.md", "1,000 blocks, 100 labels; 500,000 labels", "remoteui/internal/page/cards.go", "maxCards = 1000"},
	{"docs/limits.md", "100 labels; 500,000 labels", "remoteui/internal/page/cards.go", "maxCardSteps = 500_000"},
	{"docs/limits.md", "100 labels; 500,000 labels", "remoteui/internal/page/grid.go", "maxSpan = 100"},
	{"docs/limits.md", "500 statements, calls 20 deep, texts of 64 KiB", "remoteui/internal/script/foresee.go", "maxDepth      = 20\n\tmaxStatements = 500\n\tmaxText       = 1 << 16"},
	{"docs/limits.md", "1 MiB that loops write", "remoteui/internal/script/list.go", "maxListed  = 1 << 20"},
	{"docs/limits.md", "of lists of 64 KiB together", "remoteui/internal/script/list.go", "maxLiteral = 1 << 16"},
	{"docs/limits.md", "answers of 1 MiB, 8,000 nodes, 512 KiB of source, 4 MiB of scripts, 1 MiB of script files kept", "remoteui/limits.go", "amounts{1 << 20, 1 << 20, page.Limits{Nodes: 8_000, Bytes: 512 << 10, ScriptMemory: 4 << 20,"},
	{"docs/limits.md", "a list of devices | 64 MiB", "fleet/inventory/inventory.go", `maxSize = 64 << 20`},
	{"docs/limits.md", "4,096; with `-yes` 65,536", "examples/scan/main.go", `confirmBits, mostBits = 12, 16`},
	{"docs/limits.md", "a plan for many devices | 512 MiB", "fleet/change/change.go", `maxSize = 512 << 20`},
	{"docs/limits.md", "16,384, 256, 1,024 bits", "internal/keysize/keysize.go", "MaxModulusBits = 16384"},
	{"docs/limits.md", "16,384, 256, 1,024 bits", "internal/keysize/keysize.go", "MaxExponentBits = 256"},
	{"docs/limits.md", "16,384, 256, 1,024 bits", "internal/keysize/keysize.go", "MaxSerialBits = 1024"},
	{"docs/limits.md", "signatures looked at for one chain | 100", "internal/bundle/chain.go", `maxChecks = 100`},
	{"docs/limits.md", "sends with an answer | 32 | error; the first 32", "scep/server.go", `maxShown = 32`},
	{"docs/limits.md", "20,000 files that may be answers, 1 MiB and 64 certificates each, 256 CAs", "keys/issuer/dropbox_look.go", "maxFiles   = 20_000 // that are looked at\n\tmaxPerFile = 64     // certificates in a file that is meant as an answer\n\tmaxCAs     = 256"},
	{"docs/limits.md", "1 MiB and 64 certificates each", "keys/issuer/localca_load.go", `maxFile = 1 << 20`},
	{"docs/limits.md", "`RequestTimeout` (10 s); `MaxOCSP` (64 KiB), `MaxCRL` (64 MiB)", "revocation/verify_http.go", "defaultMaxOCSP = 64 << 10\n\tdefaultMaxCRL  = 64 << 20"},
	{"docs/limits.md", "nextUpdate says, up to 8 days", "revocation/verify.go", `longest = time.Hour, 8 * 24 * time.Hour`},
	{"docs/limits.md", "`Oldest` (90 days), whatever its nextUpdate says; `MaxAge` (24 h)", "revocation/verify.go", "return 90 * 24 * time.Hour"},
	{"docs/limits.md", "`Oldest` (90 days), whatever its nextUpdate says; `MaxAge` (24 h)", "revocation/verify.go", "return 24 * time.Hour"},
	{"docs/limits.md", "(64 of at least 8 characters and at most 4,096 bytes)", "internal/scrub/scrub.go", `maxSome, maxBytes = 64, 4096`},
	{"docs/limits.md", "Of fewer than 4 characters a secret is not looked for", "internal/scrub/scrub.go", `MinLength = 4`},
	{"docs/limits.md", "(up to 7) are not found within 16 hex digits", "internal/scrub/scrub.go", `minHash, shortDigits = 16, 8`},
	{"docs/limits.md", "a single word of up to 12 letters", "internal/scrub/scrub.go", `if len(secret) > 12 {`},
	{"examples/checkkey/usage.txt", "default 100000", "keycheck/check.go", `DefaultRounds = 100_000`},
	{"examples/fleet/usage.txt", "default 1,10,10%", "fleet.go", `[]Wave{{Count: 1}, {Count: 10}, {Percent: 10}}`},
	{"examples/fleet/usage.txt", "from the fifth", "internal/fleet/fleet.go", `percentFrom = 5`},
	{"examples/river/usage.txt", "at most 4m30s", "examples/river/work.go", `jobTimeout  = 5 * time.Minute`},
	{"examples/river/usage.txt", "at most 4m30s", "examples/river/main.go", `c.work.leg > jobTimeout-30*time.Second`},
	{"examples/river/usage.txt", "at most 30s", "examples/river/main.go", `c.work.lease > 30*time.Second`},
	{"docs/fleet.md", "renewed three times in its length", "examples/river/leg.go", `l.config.lease / 3`},
	{"examples/river/leg.go", "// The library's defaults.\nconst generateTime, jobsTime = 10 * time.Minute, 10 * time.Minute", "options.go", "Generate: 10 * time.Minute,\n\tJobs:     10 * time.Minute"},
	{"examples/remediate/usage.txt", "default 15m", "options.go", `Restart:  15 * time.Minute`},
	{"examples/remediate/usage.txt", "default ./rekey-state", "examples/remediate/flags.go", `defaultState = "./rekey-state"`},
	{"examples/remediate/usage.txt", "8443, 443, 631 and 5061", "assess.go", `defaultPorts = []int{8443, 443, 631, 5061}`},
	{"examples/remediate/usage.txt", "825d by that unless given", "keys/issuer/localca.go", `DefaultValidity = 825 * 24 * time.Hour`},
	{"examples/remediate/usage.txt", "at most 10y", "examples/remediate/values.go", `maxValidity = 3653 * day`},
	{"options.go", "before a restart; zero: 10 min", "options.go", `Jobs:     10 * time.Minute`},
	{"examples/remediate/usage.txt", "before the restart (default 10m)", "options.go", `Jobs:     10 * time.Minute`},
	{"options.go", "making of one key; zero: 10 min", "options.go", `Generate: 10 * time.Minute`},
	{"options.go", "connections any more is waited for; zero: 15 min", "options.go", `Restart:  15 * time.Minute`},
	{"options.go", "restarts or makes a key;\n\t// zero: 2 s", "options.go", `Poll:     2 * time.Second`},
	{"options.go", "looks at the device, or [Remediate] and [BackOut] do\n\t// before they change anything; zero: 1 h", "options.go", `Assess:   time.Hour`},
	{"options.go", "bounds one request; zero: 30 s", "options.go", `Request:  30 * time.Second`},
	{"options.go", "logging out has 10 s beyond that", "remoteui/session.go", `logoutTime = 10 * time.Second`},
	{"apply_scep.go", "wait for one certificate; zero: 10 min", "scep/device_await.go", `awaitTimeout  = 10 * time.Minute`},
	{"text.go", "in columns; zero: 80", "text.go", `cmp.Or(o.Width, 80)`},
	{"remoteui/config.go", "bounds one request; zero: 30 s", "remoteui/config.go", `c.RequestTimeout = 30 * time.Second`},
	{"remoteui/config.go", "nobody in at present; zero: 10 min", "remoteui/config.go", `c.WaitTimeout = 10 * time.Minute`},
	{"remoteui/config.go", "restarts it, say; zero: 15\n\t// min", "remoteui/config.go", `c.ReturnTimeout = 15 * time.Minute`},
	{"remoteui/config.go", "next request, at most 2 s", "remoteui/spacing.go", `calm = 2 * time.Second`},
	{"remoteui/intent.go", "what is slow; zero: 10 min and 2 s", "remoteui/dialogue.go", "in.Timeout = 10 * time.Minute\n\t}\n\tif in.Interval <= 0 {\n\t\tin.Interval = 2 * time.Second"},
	{"remoteui/restart.go", "the whole restart; zero: 15 min", "remoteui/restart.go", `o.Timeout = 15 * time.Minute`},
	{"remoteui/restart.go", "looks at the device; zero: 2 s", "remoteui/restart.go", `o.Interval = 2 * time.Second`},
	{"usage/restart.go", "// zero: 15 min", "remoteui/restart.go", `o.Timeout = 15 * time.Minute`},
	{"usage/restart.go", "// zero: 2 s", "remoteui/restart.go", `o.Interval = 2 * time.Second`},
	{"keys/generate.go", "// zero: 10 min", "keys/generate.go", `most = 10 * time.Minute`},
	{"keys/generate.go", "// zero: 2 s", "keys/generate.go", `interval = 2 * time.Second`},
	{"keys/handshake.go", "ends after 30 s", "keys/handshake.go", `handshakeTime = 30 * time.Second`},
	{"keys/handshake.go", "silent for 15 s", "keys/handshake.go", `Timeout: handshakeTime / 2`},
	{"scep/client.go", "one HTTP request; 0 is a minute", "scep/client.go", `cmp.Or(c.opts.Timeout, time.Minute)`},
	{"scep/client.go", "not issued yet; 0 is 30 s", "scep/client.go", `cmp.Or(c.opts.PollInterval, 30*time.Second)`},
	{"scep/client.go", "go on asking; 0 is five minutes", "scep/client.go", `cmp.Or(c.opts.PollFor, 5*time.Minute)`},
	{"docs/limits.md", "asked every 30 s for 5 min", "scep/client.go", `cmp.Or(c.opts.PollFor, 5*time.Minute)`},
	{"revocation/verify.go", "clocks may differ. 0: 5 minutes", "revocation/verify.go", `defaultSkew = 5 * time.Minute`},
	{"revocation/verify.go", "how long it is valid.\n\t// 0: 24 hours", "revocation/verify.go", "v.MaxAge <= 0 {\n\t\treturn 24 * time.Hour"},
	{"revocation/verify.go", "says nothing of today. 0: 90 days", "revocation/verify.go", "v.Oldest <= 0 {\n\t\treturn 90 * 24 * time.Hour"},
	{"revocation/verify.go", "0: 64 KiB and 64 MiB", "revocation/verify_http.go", "defaultMaxOCSP = 64 << 10\n\tdefaultMaxCRL  = 64 << 20"},
	{"revocation/verify.go", "with its answer. 0: 10 seconds", "revocation/verify_http.go", `timeout = 10 * time.Second`},
	{"revocation/verify.go", "[StateUnknown]. 0: 20 requests\n\t// and one minute", "revocation/verify.go", "return 20\n"},
	{"docs/limits.md", "`MaxRequests` (20, redirects included), `MaxTime` (1 min)", "revocation/verify.go", "v.MaxTime <= 0 {\n\t\treturn time.Minute"},
	{"docs/limits.md", "256 KiB, 1,000 bytes a line, 5,000 statements, 200 characters", "remoteui/profile_parse.go", "maxProfileLine = 1000 // bytes\n\tmaxProfileText = 200  // of a label, in characters\n\tmaxStatements  = 5000"},
	{"docs/limits.md", "256 KiB, 1,000 bytes a line", "remoteui/profile.go", `maxProfile = 256 << 10`},
	{"docs/profiles.md", "the first 20, and how many more", "remoteui/profile_parse.go", `maxProblems = 20`},
	{"docs/limits.md", "100 keys with names of 256 bytes", "keys/list.go", "maxKeys = 100\n\tmaxName = 256"},
	{"docs/limits.md", "one answer | 8 MiB", "remoteui/transport.go", `maxBody = 8 << 20`},
	{"docs/limits.md", "a minute each time at most; a write is made again four times", "remoteui/busy.go", "maxBusyWrites = 4"},
	{"docs/limits.md", "a minute each time at most", "remoteui/busy.go", `mostBusy  = time.Minute`},
	{"docs/limits.md", "asked again after 30 s to 4 min", "remoteui/login.go", "loginPause    = 30 * time.Second\n\tmaxLoginPause = 4 * time.Minute"},
	{"docs/limits.md", "(8 times; 3 after a restart)", "remoteui/session.go", `maxLogins = 8`},
	{"docs/limits.md", "(8 times; 3 after a restart)", "remoteui/session.go", `restartLogins = 3`},
	{"docs/limits.md", "pages of one act | 24 each time", "remoteui/dialogue.go", `maxPages = 24`},
	{"docs/limits.md", "done again twice after a lost answer, 8 times after \"busy\"", "remoteui/dialogue.go", `maxBusyTries = 8`},
	{"docs/dialogues.md", "20 times after words that\nnobody knows, three times after a lost answer", "remoteui/dialogue.go", `saidLooks = 20`},
	{"docs/dialogues.md", "three times after a lost answer", "remoteui/dialogue.go", `doubtLooks = 3`},
	{"docs/dialogues.md", "twice\nat most, and after \"busy\" eight times", "remoteui/dialogue.go", `maxTries = 3`},
	{"docs/dialogues.md", "One act leads over 24 pages", "remoteui/dialogue.go", `maxPages = 24`},
	{"docs/interruptions.md", "read again, three times in all", "remoteui/request.go", `maxReadTries = 3`},
	{"docs/interruptions.md", "reading decides: three looks", "remoteui/dialogue.go", `doubtLooks = 3`},
	{"docs/interruptions.md", "tried again after 30 s, 1 min and so on", "remoteui/login.go", `loginPause    = 30 * time.Second`},
	{"docs/interruptions.md", "slows the next three requests down, to 2 s", "remoteui/spacing.go", `calmFor = 3`},
	{"docs/interruptions.md", "250 ms are left between any two", "remoteui/spacing.go", `leastSpacing = 250 * time.Millisecond`},
	{"docs/interruptions.md", "1 s, 2 s and so on; a write four times", "remoteui/busy.go", `maxBusyWrites = 4`},
	{"docs/requests.md", "for 15 seconds, as long as nothing was pressed", "remoteui/shortcut.go", `fresh = 15 * time.Second`},
	{"docs/requests.md", "for ten minutes: its evidence", "apply_check.go", `freshPlan = 10 * time.Minute`},
	{"docs/state-directory.md", "watches it for twelve seconds", "internal/state/lock.go", "heartbeat   = 5 * time.Second\n\tdeadBeats   = 2.4"},
	{"docs/state-directory.md", "a journal beyond 16 MiB", "internal/state/journal.go", `maxJournal     = 16 << 20`},
	{"caserver/acme.go", "with all waiting; zero is five minutes for issuing", "keys/issuer/acme.go", `c.Timeout = 5 * time.Minute`},
	{"keys/issuer/dropbox.go", "between two looks; zero is five seconds", "keys/issuer/dropbox.go", `d.o.Interval = 5 * time.Second`},
	{"fleet.go", "worked on at once; zero: 10", "fleet.go", `cmp.Or(f.Concurrency, 10)`},
	{"fleet.go", "that it is for are held; zero: 1", "internal/fleet/fleet.go", `max(s.MaxRefusals, 1)`},
	{"examples/remediate/usage.txt", "for 5 minutes; none yet: exit code 10", "scep/client.go", `cmp.Or(c.opts.PollFor, 5*time.Minute)`},
}

// Whoever changes a figure in the code meets here those who rely on it, and the
// other way round.
func TestDocumentedLimits(t *testing.T) {
	t.Parallel()
	for _, tc := range figures {
		if !strings.Contains(contents(t, filepath.FromSlash(tc.file)), tc.promise) {
			t.Errorf("%s does not say %q any more (%s has %s)", tc.file, tc.promise, tc.source, tc.code)
		}
		if !strings.Contains(contents(t, filepath.FromSlash(tc.source)), tc.code) {
			t.Errorf("%s does not have %s any more: %s says %q", tc.source, tc.code, tc.file, tc.promise)
		}
	}
}

// No figure stands in the tables of limits that no row of figures holds, but for what
// was measured, and numbers that bound nothing.
func TestEveryLimitIsHeld(t *testing.T) {
	t.Parallel()
	number, bounds := regexp.MustCompile(`\b\d[\d,]*(?:\.\d+)?\b`), regexp.MustCompile(`TLS 1\.\d|exit code \d+|256 KiB of certificates, which Go sees to`)
	seen := 0
	for line := range strings.Lines(contents(t, filepath.Join("docs", "limits.md"))) {
		if !strings.HasPrefix(line, "| ") || strings.HasSuffix(line, " MiB |\n") {
			continue // of what was measured each line ends with the memory
		}
		line = bounds.ReplaceAllString(line, "")
		var held [][]int
		for _, f := range figures {
			if at := strings.Index(line, f.promise); at >= 0 && f.file == "docs/limits.md" {
				held = append(held, []int{at, at + len(f.promise)})
			}
		}
		for _, at := range number.FindAllStringIndex(line, -1) {
			if seen++; !slices.ContainsFunc(held, func(h []int) bool { return h[0] <= at[0] && at[1] <= h[1] }) {
				t.Errorf("docs/limits.md: no row of figures holds %q of %s", line[at[0]:at[1]], line)
			}
		}
	}
	if seen < 80 {
		t.Errorf("%d figures", seen)
	}
}

// What docs/limits.md says was measured are cases of TestHostileDevices, by their
// names, within the bounds that it holds.
func TestMeasuredCases(t *testing.T) {
	t.Parallel()
	cases, seen := contents(t, filepath.Join("internal", "acceptance", "hostile_test.go")), 0
	for _, m := range regexp.MustCompile(`(?m)^\| (.+?)(?: \(.*\))? \| ([\d.]+) s \| (\d+) MiB \|$`).FindAllStringSubmatch(contents(t, filepath.Join("docs", "limits.md")), -1) {
		for name := range strings.SplitSeq(m[1], "; ") {
			if seen++; !strings.Contains(cases, `{"`+name+`", `) {
				t.Errorf("TestHostileDevices has no case %q", name)
			}
		}
		took, err := strconv.ParseFloat(m[2], 64)
		if err != nil || took > 120 {
			t.Errorf("%s: %s s", m[1], m[2])
		}
		if peak, err := strconv.Atoi(m[3]); err != nil || peak > 256 {
			t.Errorf("%s: %s MiB", m[1], m[3])
		}
	}
	if seen < 18 {
		t.Errorf("%d cases", seen)
	}
}

// A doc comment of a public package that says what zero stands for, in figures, is
// held by a row of figures.
func TestDefaultsAreHeld(t *testing.T) {
	t.Parallel()
	says, seen := regexp.MustCompile(`//.*?\b((?:zero|0)(?::| is) (?:\d|a minute|five)[^;.,\n]*)`), 0
	goFiles(t, func(path, text string) {
		path = filepath.ToSlash(path)
		if strings.HasSuffix(path, "_test.go") || strings.Contains("/"+path, "/internal/") || strings.HasPrefix(path, "remoteui/remoteuitest/") || strings.HasPrefix(path, "examples/") {
			return
		}
		for _, m := range says.FindAllStringSubmatch(text, -1) {
			seen++
			if !slices.ContainsFunc(figures, func(f struct{ file, promise, source, code string }) bool {
				return f.file == path && strings.Contains(f.promise, strings.TrimSpace(m[1]))
			}) {
				t.Errorf("%s says %q, and no row of figures holds it", path, m[1])
			}
		}
	})
	if seen < 20 {
		t.Errorf("%d defaults", seen)
	}
}

// Each error that has an exit class is named where callers look for them: in the
// comment of the package.
func TestErrorsAreNamed(t *testing.T) {
	t.Parallel()
	_, section, _ := strings.Cut(contents(t, "doc.go"), "// # Errors")
	section, _, _ = strings.Cut(section, "// # Packages")
	kinds := regexp.MustCompile(`(?:as\[\*|is\()([\w.]+)[\])]\)?\}`).FindAllStringSubmatch(contents(t, "errors.go"), -1)
	for _, m := range kinds {
		pkg, name, of := strings.Cut(m[1], ".")
		if !of {
			name = pkg
		}
		if pkg == "state" || pkg == "context" || !token.IsExported(name) {
			continue // internal, or not ours
		}
		if !regexp.MustCompile(`\b` + name + `\b`).MatchString(section) {
			t.Errorf("doc.go does not name %s among the errors", m[1])
		}
	}
	if len(kinds) < 25 {
		t.Errorf("%d kinds of errors", len(kinds))
	}
}

// The doc comment of Report has its JSON field by field.
func TestDocumentedJSON(t *testing.T) {
	t.Parallel()
	_, comment, _ := strings.Cut(contents(t, "report.go"), "// Report is the result of a run")
	comment, _, _ = strings.Cut(comment, "type Report struct")
	rows := map[string]reflect.Type{
		"": reflect.TypeFor[rekey.Report](), "device": reflect.TypeFor[rekey.DeviceInfo](), "usages": reflect.TypeFor[rekey.UsageReport](),
		"steps": reflect.TypeFor[rekey.StepReport](), "evidence": reflect.TypeFor[rekey.EvidenceRef](), "exit": reflect.TypeFor[rekey.Exit](),
		"revocations": reflect.TypeFor[rekey.RevocationReport](), "unverifiedLabels": reflect.TypeFor[remoteui.UnverifiedLabel](), "tasks": reflect.TypeFor[rekey.Task](),
	}
	for name, typ := range rows {
		text := comment
		if name != "" {
			_, text, _ = strings.Cut(comment, `"`+name+`":`)
			text = text[:strings.IndexByte(text, '}')+1]
			if name == "usages" {
				_, text, _ = strings.Cut(comment, `"usages":`)
				text, _, _ = strings.Cut(text, "//	  \"steps\"")
			}
		}
		for _, field := range reflect.VisibleFields(typ) {
			tag, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if tag != "" && tag != "-" && !strings.Contains(text, `"`+tag+`"`) {
				t.Errorf("the comment of Report lacks %s.%s", name, tag)
			}
		}
	}
}

// Each field of other JSON that is meant to last is named where it is described: in
// a document or a comment.
func TestDocumentedFields(t *testing.T) {
	t.Parallel()
	tag := regexp.MustCompile(`json:"(\w+)`)
	for _, c := range []struct{ source, from, to, text string }{
		{"fleet/events/events.go", "type Record struct", "// OfEvent", "docs/events.md"},
		{"fleet/report/report.go", "return e.Encode(struct {", "}{Version", "fleet/report/report.go"},
		{"examples/revocation/summary.go", "type row struct", "// add takes", "docs/guide.md"},
		{"usage/survey/survey.go", "", "", "docs/survey.md"},
		{"usage/survey/acts.go", "", "", "docs/survey.md"},
		{"examples/checkkey/work.go", "", "", "docs/weak-keys.md"},
		{"examples/checkkey/output.go", "", "", "docs/weak-keys.md"},
		{"examples/scan/scan.go", "", "", "docs/fleet.md"},
		{"examples/fleet/work.go", "", "", "docs/fleet.md"},
		{"examples/audit/main.go", "type result struct", "// say tells", "docs/fleet.md"},
	} {
		source := contents(t, filepath.FromSlash(c.source))
		if c.from != "" {
			_, source, _ = strings.Cut(source, c.from)
			source, _, _ = strings.Cut(source, c.to)
		}
		tags := tag.FindAllStringSubmatch(source, -1)
		text := contents(t, filepath.FromSlash(c.text))
		for _, m := range tags {
			if !strings.Contains(text, "`"+m[1]+"`") && !regexp.MustCompile(`//.*"`+m[1]+`"`).MatchString(text) {
				t.Errorf("%s says nothing of the field %q of %s", c.text, m[1], c.source)
			}
		}
		if len(tags) < 4 {
			t.Errorf("%s: %d fields", c.source, len(tags))
		}
	}
}

// The defaults that help texts name are those of the flags.
func TestDocumentedDefaults(t *testing.T) {
	t.Parallel()
	elsewhere := map[string]string{ // where the flag's own value is not written out
		"100000":        "keycheck.DefaultRounds", // figures has its value
		"./rekey-state": `"rekey-state"`,
		"$DATABASE_URL": `os.Getenv("DATABASE_URL")`,
		"department-id": "string(simdevice.LoginDepartmentID)",
		"1s":            "time.Second",
		"zh-TW":         `"zh-TW"`, "tls": `"tls"`,
	}
	units := map[string]string{"h": "*time.Hour", "m": "*time.Minute", "s": "*time.Second"}
	pages, err := filepath.Glob(filepath.Join("examples", "*", "usage.txt"))
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, page := range pages {
		var source string
		sources, _ := filepath.Glob(filepath.Join(filepath.Dir(page), "*.go"))
		for _, path := range sources {
			source += contents(t, path)
		}
		flag := ""
		for line := range strings.Lines(contents(t, page)) {
			if m := regexp.MustCompile(`^  -([a-z-]+)`).FindStringSubmatch(line); m != nil {
				flag = m[1]
			}
			m := regexp.MustCompile(`[( ]default ([\d.]+[hms]?|[$.]\S+?)[),;]`).FindStringSubmatch(line)
			if m == nil && filepath.Base(filepath.Dir(page)) == "device" {
				m = regexp.MustCompile(`\(([\w-]+)\)$`).FindStringSubmatch(strings.TrimSpace(line))
			}
			if m == nil || flag == "waves" || (flag == "restart-timeout" || flag == "jobs-timeout") && strings.Contains(page, "remediate") || flag == "state" { // rows of figures
				continue
			}
			want, ok := elsewhere[m[1]]
			if !ok {
				digits := strings.TrimRight(m[1], "hms")
				want = digits + units[strings.TrimPrefix(m[1], digits)]
			}
			if seen++; !regexp.MustCompile(`"` + flag + `", ` + regexp.QuoteMeta(want) + `[,)]`).MatchString(source) {
				t.Errorf("%s: -%s is by default %s, and not %s in the code", page, flag, m[1], want)
			}
		}
	}
	if seen < 25 {
		t.Errorf("%d defaults", seen)
	}
}

// Words that programs read are in the documents, all of them, and no others.
func TestDocumentedWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ doc, from, to, word, source, has string }{
		{"docs/weak-keys.md", "## What is found", "Not looked for", "(?m)^\\| `([a-z-]+)` \\|", "keycheck/finding.go", `Kind += "([a-z-]+)"`},
		{"docs/events.md", "## Prometheus", "", "`(rekey_\\w+)`", "fleet/events/metrics.go", `"(rekey_\w+)"`},
		{"docs/events.md", "| kind | when | `fields` |", "A result's", "`([a-z-]+)`(?:, | \\|)", "fleet/events/events.go options.go", `Kind += "([a-z-]+)"`},
		{"docs/fleet.md", "| outcome |", "## Finding", "(?m)^\\| `([a-z ]+)` \\|", "internal/fleet/fleet.go", `Outcome = "([a-z ]+)"`},
		{"docs/survey.md", "A page is\n", "Where a label", `(?m)^\* \*\*([a-z ]+)\*\*`, "usage/survey/walk.go usage/survey/survey.go usage/survey/pages.go", `page\w+ += "([a-z-]+)"`},
	} {
		words := func(text, pattern string) (all []string) {
			for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
				all = append(all, strings.ReplaceAll(m[1], " ", "-"))
			}
			slices.Sort(all)
			return slices.Compact(all)
		}
		_, text, _ := strings.Cut(contents(t, filepath.FromSlash(c.doc)), c.from)
		if c.to != "" {
			text, _, _ = strings.Cut(text, c.to)
		}
		var source string
		for path := range strings.FieldsSeq(c.source) {
			if b, err := os.ReadFile(filepath.FromSlash(path)); err == nil {
				source += string(b)
			}
		}
		if said, has := words(text, c.word), words(source, c.has); !slices.Equal(said, has) || len(has) < 4 {
			t.Errorf("%s has %q\n%s has %q", c.doc, said, c.source, has)
		}
	}
}
