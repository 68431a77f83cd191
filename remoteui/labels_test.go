package remoteui_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// declaredLabels reads the Label constants off the source, so that none can be
// forgotten.
func declaredLabels(t *testing.T) []remoteui.Label {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("labels", "labels.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var all []remoteui.Label
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if id, ok := spec.Type.(*ast.Ident); ok && id.Name == "Label" {
			text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, remoteui.Label(text))
		}
		return true
	})
	return all
}

func TestEveryLabelHasATextInEveryLanguage(t *testing.T) {
	t.Parallel()
	labels := declaredLabels(t)
	if len(labels) < 40 {
		t.Fatalf("found only %d labels", len(labels))
	}
	for _, lang := range []string{"zh-TW", "en", "ja"} {
		for _, l := range labels {
			texts := remoteui.LabelTexts(lang, l)
			if len(texts) == 0 {
				t.Errorf("%s: label %q has no text", lang, l)
			}
			for _, text := range texts {
				if text.Verified == (text.Source == "-") {
					t.Errorf("%s: label %q, text %q: verified %v, source %q", lang, l, text.Text, text.Verified, text.Source)
				}
			}
		}
	}
}

// The advisory names every label of the TLS procedure in Traditional Chinese:
// these must not rest on a guess.
func TestTLSLabelsAreVerified(t *testing.T) {
	t.Parallel()
	for _, l := range []remoteui.Label{
		labels.StatusMonitor, labels.DeviceInformation, labels.VersionInformation, labels.Controller, // M-1
		labels.Settings, labels.DeviceManagement, labels.KeyList, labels.PublicKey, // W-1, W-2
		labels.GenerateKey, labels.NetworkCommunication, labels.KeyName, labels.SignatureAlgorithm, // G-1
		labels.KeyAlgorithm, labels.ValidityStart, labels.ValidityEnd, labels.CommonName, labels.OK,
		labels.Network, labels.TLSSettings, labels.KeyAndCertificate, labels.Use, labels.ApplyChanges,
		labels.Delete, // D-1
	} {
		texts := remoteui.LabelTexts("zh-TW", l)
		if len(texts) == 0 || !texts[0].Verified {
			t.Errorf("label %q: %+v", l, texts)
		}
	}
}

// Of other languages a part is known: what is there is well formed and is
// needed, and what is not is told.
func TestPartialLanguages(t *testing.T) {
	t.Parallel()
	all := declaredLabels(t)
	for _, lang := range []string{"de", "it", "ko", "es", "fr", "zh-CN"} {
		there := 0
		for _, l := range all {
			for _, text := range remoteui.LabelTexts(lang, l) {
				there++
				if text.Verified == (text.Source == "-") {
					t.Errorf("%s: label %q, text %q: verified %v, source %q", lang, l, text.Text, text.Verified, text.Source)
				}
			}
		}
		lacking := remoteui.Lacking(lang, all...)
		if there < 10 || len(lacking) == 0 || !slices.Contains(lacking, labels.KeyAndCertificate) {
			t.Errorf("%s: %d texts, %d labels lacking", lang, there, len(lacking))
		}
	}
	for _, lang := range []string{"zh-TW", "en", "ja", ""} {
		if lacking := remoteui.Lacking(lang, all...); len(lacking) != 0 {
			t.Errorf("%q lacks %q", lang, lacking)
		}
	}
}

// A text stands for a label once, and is not of a label and its opposite.
func TestLabelTextsDoNotRepeat(t *testing.T) {
	t.Parallel()
	opposites := [][2]remoteui.Label{{labels.OK, labels.Cancel}, {labels.On, labels.Off}, {labels.Use, labels.Delete}, {labels.Next, labels.Back}, {labels.OK, labels.Close}, {labels.Issuer, labels.Subject}, {labels.ValidityStart, labels.ValidityEnd}}
	for _, lang := range remoteui.Languages() {
		of := map[string]map[remoteui.Label]bool{}
		for _, l := range declaredLabels(t) {
			for _, text := range remoteui.LabelTexts(lang, l) {
				if of[text.Text] == nil {
					of[text.Text] = map[remoteui.Label]bool{}
				}
				if of[text.Text][l] {
					t.Errorf("%s: %q stands twice for %q", lang, text.Text, l)
				}
				of[text.Text][l] = true
			}
		}
		for text, labels := range of {
			for _, pair := range opposites {
				if labels[pair[0]] && labels[pair[1]] {
					t.Errorf("%s: %q is %q and %q", lang, text, pair[0], pair[1])
				}
			}
		}
	}
}

// Who a certificate is issued to and by decides whether it is self-signed: as
// translators put it, too.
func TestSubjectAndIssuerLabels(t *testing.T) {
	t.Parallel()
	for lang, want := range map[string]map[remoteui.Label]string{
		"zh-TW": {labels.Subject: "發佈對象", labels.Issuer: "發佈者"}, "ja": {labels.Subject: "発行先", labels.Issuer: "発行元"},
		"en": {labels.Subject: "Issued To", labels.Issuer: "Issued By"}, "zh-CN": {labels.Subject: "颁发给", labels.Issuer: "颁发者"},
		"ko": {labels.Subject: "발급 대상"}, "de": {labels.Subject: "Ausgestellt für"}, "it": {labels.Subject: "Rilasciato a"}, "es": {labels.Subject: "Emitido para"}, "fr": {labels.Subject: "Délivré à"},
	} {
		for l, text := range want {
			if !slices.ContainsFunc(remoteui.LabelTexts(lang, l), func(o remoteui.LabelText) bool { return o.Text == text }) {
				t.Errorf("%s: %q does not read %q", lang, l, text)
			}
		}
	}
}
