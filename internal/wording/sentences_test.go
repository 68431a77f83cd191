package wording_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rekey-go/rekey/internal/race"
	"github.com/rekey-go/rekey/internal/wording"
)

// literals are the texts of a package's code, a sum of texts as one, with %s for
// what is put between.
func literals(t *testing.T, dir string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("../..", dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ImportSpec:
				return false
			case ast.Expr:
				if text, ok := folded(n); ok {
					all[text] = true
					if sum, ok := n.(*ast.BinaryExpr); ok { // its parts, too
						ast.Inspect(sum, func(n ast.Node) bool {
							if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
								text, _ := strconv.Unquote(lit.Value)
								all[text] = true
							}
							return true
						})
					}
					return false
				}
			}
			return true
		})
	}
	return all
}

func folded(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, e.Kind == token.STRING && err == nil
	case *ast.ParenExpr:
		return folded(e.X)
	case *ast.BinaryExpr:
		if e.Op != token.ADD {
			return "", false
		}
		before, a := folded(e.X)
		after, b := folded(e.Y)
		if !a {
			before = "%s"
		}
		if !b {
			after = "%s"
		}
		return before + after, a || b
	}
	return "", false
}

// speakers are the packages whose sentences people read.
var speakers = []string{".", "remoteui", "keys", "usage", "revocation", "models", "internal/proof", "internal/address", "internal/bundle", "internal/state", "keys/issuer", "scep", "revocation/revoker", "caserver", "internal/caclient", "internal/wording", "keycheck", "fleet/compare", "fleet/inventory", "fleet/change", "fleet/audit", "fleet/window", "internal/fleet", "usage/survey", "examples/remediate", "examples/survey", "examples/revocation", "examples/fleet", "examples/scan", "examples/checkkey", "examples/audit", "examples/river", "examples/internal/access", "examples/internal/program"}

// notForRace leaves out what one goroutine does, which reads the code of the module and
// compares texts: the race detector finds nothing there, and makes it ten times as slow.
func notForRace(t *testing.T) {
	t.Helper()
	if race.Enabled {
		t.Skip("one goroutine that compares texts")
	}
}

// Every sentence of the table is in every language, takes the same texts in each,
// and is said somewhere.
func TestSentences(t *testing.T) {
	notForRace(t)
	t.Parallel()
	table, err := os.ReadFile("sentences.txt")
	if err != nil {
		t.Fatal(err)
	}
	said, fragments := map[string]bool{}, strings.Builder{}
	for _, dir := range speakers {
		for text := range literals(t, dir) {
			said[text] = true
			fragments.WriteString(text + "\n")
		}
	}
	seen := map[string]bool{}
	for _, lines := range wording.Table() {
		text, composed := strings.CutPrefix(lines[0], wording.Composed)
		text, foreign := strings.CutPrefix(text, wording.Foreign)
		if seen[text] {
			t.Errorf("twice: %q", text)
		}
		seen[text] = true
		if !composed && !foreign && !said[text] {
			t.Errorf("nobody says %q any more: mend sentences.txt", text)
		}
		if composed {
			for part := range strings.SplitSeq(regexp.MustCompile(`%[a-z]|"|\(|\)|, |: | (?:at|by)\b|says`).ReplaceAllString(text, "\x00"), "\x00") {
				if part = strings.TrimSpace(part); len(part) > 4 && !strings.Contains(fragments.String(), part) {
					t.Errorf("nobody says %q of %q", part, text)
				}
			}
		}
		for i, lang := range []string{"zh-TW", "ja"} {
			if a, b := verbs(text), verbs(lines[i+1]); a != b {
				t.Errorf("%s: %q takes %s, and its translation %s", lang, text, a, b)
			}
			if strings.Contains(lines[i+1], "%q") || !strings.ContainsFunc(lines[i+1], func(r rune) bool { return r > 0x2e80 }) {
				t.Errorf("%s: %q is not in the language", lang, lines[i+1])
			}
		}
	}
	blocks := 0
	for block := range strings.SplitSeq(strings.TrimSpace(string(table)), "\n\n") {
		if !strings.HasPrefix(block, "# ") {
			blocks++
		}
	}
	if n := len(seen); n < 300 || n != blocks {
		t.Errorf("%d sentences in %d blocks: one lacks a language", n, blocks)
	}
}

// untold are texts of each package that need no translation, by their beginnings.
var untold = map[string][]string{
	".": {
		"options: ", "Spread ", "Validity ", "SCEP.Timeout", "KeySlots ", "a timeout ", "Language %q", "Key %v", "Kind %q", "RequireProof ", "Hash %q", // what a program gives, not a person
		"\n", "+  key", "   the old key", " (SPKI", "which is there already", "%s, %s, CN", "%s %q", "%q %q", "drop %q", "1 %s", "%d %s", "%s, %s", // the plan for programs
		"served certificate", "controller %s", "(key being served)", "key %q: %s%s", // what a plan rests on
		"key to replace", "keys to replace", "old key to delete", "old keys to delete", "binding was", "bindings were", "whatever key", "key %q", "of %s", // counted, and put into others
		"; the old key is kept", "; done until then", "%s; no unused", "%s; these are", "; asked: ", "; nothing was", "device changed since", // composed: the table has them so
		"; the server is not looked at", "%s; but", "SHA-1 ", "key %q: ",
	},
	"examples/remediate":        {"PATH HOME", "SYSTEMROOT ", "-csr-dir DIR or"},
	"examples/survey":           {"survey tells", "  -"}, // its help
	"examples/revocation":       {},
	"examples/fleet":            {},
	"examples/scan":             {"%s, nothing found", ", nothing found", "a certificate that cannot be read", "no answer in time", "not checked to the end", "seen at port", "the name is not known"}, // its table
	"examples/checkkey":         {"-----BEGIN", "DSA PRIVATE", "EC PRIVATE", "ENCRYPTED PRIVATE", "NEW CERTIFICATE", "OPENSSH PRIVATE", "RSA P"},                                                       // of files
	"examples/audit":            {},
	"examples/river":            {"SELECT ", "UPDATE ", "INSERT ", "DELETE ", "DROP ", "CREATE ", "\n", " ON CONFLICT", " WHERE "}, // for the database
	"examples/internal/access":  {"  -"},                                                                                           // help
	"examples/internal/program": {"  -", "only a text is asked for", "the time for it was over"},
	"usage/survey":              {"could be done\t", "page\trole", "\nwhat a run would press", "\neverything that is needed was found%s"}, // of the table that is sent to us
	"keycheck":                  {"CA/B BR", ", by itself", "The private key of this public key has been computed"},
	"fleet/compare":             {},
	"caserver":                  {},
	"internal/caclient":         {},
	"keys/issuer":               {"Certificate requests of devices are kept"}, // a file that has all languages in it
	"revocation/revoker":        {"Microsoft AD CS"},
	"scep":                      {},
	"remoteui": {
		"Active la", "Attivare l'", "Canon Imaging", "Seite ist", "Startup of", "Turn on the TLS", "already in use", "authentication information", "cannot be registered", "cannot connect to the auth", "cannot display", "cannot open this", "certification has", "clock does", "could not find the auth", "criteri", "currently being used", "currently in use by", "directiva ", "do not have the priv", "don't open", "fonctions ", "functions required", "funciones ", "funzioni ", "für die ", "is currently busy", "is not correct", "jobs are being", "machine is busy", "maximale ", "maximum number of", "ne peut pas", "no es posible", "no se ", "nombre max", "not enough space", "number of connections", "numero massimo", "politica ", "printer is busy", "privileges to display", "session has expired", "system is busy", "time set on", "todas las", "todos los", "too many sessions", "tutte le", "tutti i", "versuchen ", "vuelva ", "wait a moment", "wait and try", // what devices say
		"failed to parse certificate", "negative serial number", // what Go says
		"This is a recorded walk", "giving up a session", "recorder of", "line %d: want label, text", // of a bundle, in logs, of our own tables
		"ask for [%s] again", "ready to press [%s]", // of an account of the way
		"%s, key %s, certificate", "%s; run again", "%w (where Go refuses", "holds the invisible", "its certificate breaks rules", "label %q is not known", "login form: its public key is %T", // composed: the table has them so
	},
	"keys":            {"keys: %v is not", "keys: %.20q is not", "Device Signature Key"}, // of programs, and a name
	"usage":           {"usage: no page for", "ACCESS MANAGEMENT SYSTEM"},
	"revocation":      {},
	"internal/bundle": {"EC PRIVATE", "ENCRYPTED PRIVATE", "RSA PRIVATE", "it cannot sign (", "cannot compare "}, // of files; with a type: the table has them so
	"internal/state":  {"state: the zero pin"},
	"fleet/inventory": {},
	"fleet/change":    {"rekey approval of a plan"}, // what is signed
	"fleet/audit":     {},
	"fleet/window":    {},
}

// Whatever the root package and the programs say of three words or more is known, and
// what they ask CAs by: people read it.
func TestEverythingIsTold(t *testing.T) {
	notForRace(t)
	t.Parallel()
	for dir, untold := range untold {
		n := 0
		for text := range literals(t, dir) {
			words := 0
			for w := range strings.FieldsSeq(wording.Literal(text)) {
				if strings.Trim(w, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'-,;:") == "" {
					words++
				}
			}
			if words < 3 {
				continue
			}
			n++
			if !wording.Known(strings.Trim(text, "\n")) && !slices.ContainsFunc(untold, func(begin string) bool { return strings.HasPrefix(text, begin) }) && !part(t, text) {
				t.Errorf("%s: no translation of %q: put it into sentences.txt", dir, text)
			}
		}
		if n < 2 || dir == "." && n < 150 {
			t.Errorf("%s: %d texts: the test looks in the wrong place", dir, n)
		}
	}
}

// part reports whether a text is a part of a sum that is known as a whole.
func part(t *testing.T, text string) bool {
	t.Helper()
	text = strings.TrimRight(strings.TrimPrefix(strings.TrimPrefix(text, "; "), "but "), " ")
	if slices.ContainsFunc(theTable(), func(lines []string) bool { return strings.Contains(lines[0], text) }) {
		return true
	}
	text = anyVerb.ReplaceAllString(text, "%s")
	return slices.ContainsFunc(theTexts(), func(reason string) bool { return strings.Contains(reason, text) })
}

var (
	theTable, theTexts = sync.OnceValue(wording.Table), sync.OnceValue(wording.Texts)
	anyVerb            = regexp.MustCompile(`%[a-z]`)
)

// A sentence is known by its form, also where it is one of several, is about another
// or is in another. What nobody knows, names and what a device said stay as they are.
func TestSentence(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, zh, ja string }{
		{"done", "完成", "完了"},
		{"something new", "something new", "something new"},
		{"something new; and more: of it", "something new; and more: of it", "something new; and more: of it"},
		{`bind key "delete key x" to Device signature`, "將金鑰「delete key x」用於裝置簽章", "鍵「delete key x」を機器署名に設定"},
		{`bind key "k" to IPSec policy "HQ"`, "將金鑰「k」用於IPSec 策略「HQ」", "鍵「k」をIPSec ポリシー「HQ」に設定"},
		{"planned: 1 key to replace, 1 restart", "計畫：更換 1 個金鑰，重新啟動 1 次", "計画：鍵 1 個を交換、再起動 1 回"},
		{"planned: 4 keys to replace, 2 restarts; planning anew for that many", "計畫：更換 4 個金鑰，重新啟動 2 次；依此數目重新計畫", "計画：鍵 4 個を交換、再起動 2 回。その数に合わせて計画し直します"},
		{"skipped: in effect already", "略過：已經生效", "省略：すでに有効です"},
		{"flag provided but not defined: -wrong (-help lists the flags)", "沒有 -wrong 這個旗標（-help 會列出所有旗標）", "フラグ -wrong はありません（フラグの一覧は -help）"},
		{`invalid value "never" for flag -validity: want days or years from 1d to 10y`, "旗標 -validity 的值「never」無效：請給天數或年數，從 1d 到 10y", "フラグ -validity の値「never」は無効です：1d から 10y までの日数か年数を指定してください"},
		{"dial tcp: lookup nosuch.invalid on 192.0.2.53:53: no such host", "找不到主機 nosuch.invalid（依 192.0.2.53:53）", "ホスト nosuch.invalid が見つかりません（192.0.2.53:53 による）"},
		{"planned: 1 old key to delete, 0 restarts", "計畫：刪除 1 個舊金鑰，重新啟動 0 次", "計画：古い鍵 1 個を削除、再起動 0 回"},
		{"restart the device: EOF", "重新啟動裝置：EOF", "デバイスを再起動：EOF"},
		{`stopped before D-1 (delete key tls): context canceled; running again goes on from here`, "在 D-1（刪除金鑰「tls」）之前停止：已中斷；再執行一次會從此處繼續", "D-1（鍵「tls」を削除）の前で停止：中断されました。もう一度実行すると、ここから続けます"},
		{`login to printer:443 refused (department ID form): "wrong; try: again"; check user and password in a browser: this one will not be sent again`,
			`登入 printer:443 遭拒（部門識別碼 表單）：「wrong; try: again」；請以瀏覽器確認使用者與密碼：此密碼不會再送出`, `printer:443 へのログインが拒否されました（部門 ID のフォーム）：「wrong; try: again」。ブラウザーでユーザーとパスワードを確認してください：これは再送しません`},
		{"it is off\nit is on", "該功能已關閉\n該功能已開啟", "機能がオフです\n機能がオンです"},
		{`device changed since the plan was made: no longer: model "A"; now: model "B"; plan again; nothing was changed`,
			"作成計畫後裝置已變更：不再是：機型「A」；現在：機型「B」；請重新計畫；未進行任何變更", "計画後にデバイスが変わりました：変更前：機種「A」；変更後：機種「B」；計画し直してください。何も変更していません"},
	} {
		for lang, want := range map[wording.Lang]string{"zh-TW": tt.zh, "ja": tt.ja, "en": tt.text, "de": tt.text} {
			if got := lang.Sentence(tt.text); got != want {
				t.Errorf("%s: %q\n%s\nwant\n%s", lang, tt.text, got, want)
			}
		}
	}
}

// A device cannot make the reader wait: what it says is looked at as far as people
// read, however much it looks like sentences.
func FuzzSentence(f *testing.F) {
	f.Add(strings.Repeat("it is off: it is on; ", 95))
	f.Add(strings.Repeat("(\"; \\\": ", 200))
	f.Add(strings.Repeat("x: x; ", 330))
	f.Add(`bind key "k" to IPSec policy "%s"; planned: 4 keys to replace, 2 restarts: 192.0.2.1:443: EOF`)
	f.Fuzz(func(t *testing.T, text string) {
		said := wording.Lang("ja").Sentence(text)
		if again := wording.Lang("ja").Sentence(text); again != said || strings.Count(said, "%!") > strings.Count(text, "%!") {
			t.Errorf("%q became %q and %q", text, said, again)
		}
	})
}

// A text that is too long for one of ours is left as it is, and not looked at.
func TestLongTextsAreLeft(t *testing.T) {
	t.Parallel()
	short, long := strings.Repeat("applying the plan\n", 100), strings.Repeat("applying the plan\n", 120)
	if got := wording.Lang("ja").Sentence(short); strings.Contains(got, "applying") {
		t.Errorf("of %d bytes: %.60q", len(short), got)
	}
	if got := wording.Lang("ja").Sentence(long); got != long {
		t.Errorf("of %d bytes: %.60q", len(long), got)
	}
	several := strings.Repeat("restart the device: "+strings.Repeat("x", 500)+"\n", 6) // lines as people read them
	if got := wording.Lang("ja").Sentence(several); strings.Count(got, "デバイスを再起動") != 6 {
		t.Errorf("of %d bytes in lines: %.60q", len(several), got)
	}
	why := strings.Repeat("x", 1100)
	if got, want := wording.Lang("en").Sentence("192.0.2.1:443: "+why+"\n192.0.2.1:80: "+why), "192.0.2.1:443, 80: "+why; got != want {
		t.Errorf("of two ports: %.60q", got)
	}
}
