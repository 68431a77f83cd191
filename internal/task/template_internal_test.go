package task

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"text/template"
	"text/template/parse"
)

// Every text comes out as text/template writes it, whatever facts there are.
func TestTemplatesAgree(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 1))
	some := func(texts ...string) string { return texts[rng.IntN(len(texts))] }
	certificate := func() certView {
		c := certView{
			Key: some("", "Key <&>"), Subject: some("", "CN=a"), Issuer: some("", "CN=b"), Serial: some("", "5E"), From: some("", "2020"), Until: some("", "2030"),
			SHA1: some("", "b1"), SHA256: some("", "a1"), Pin: some("", "sha256//"), Attached: rng.IntN(2) == 0,
		}
		for range rng.IntN(3) {
			c.Fields = append(c.Fields, Field{"Label", some("value", "other")})
		}
		return c
	}
	var views []view
	count := 100
	if testing.Short() { // with the race detector; here is no concurrency
		count = 10
	}
	for range count {
		views = append(views, view{
			Device: some("", "iR"), URL: some("", "https://192.0.2.7/"), Policy: some("", "Head office"), Machines: some("", "one, two"), Failed: some("", "three"),
			Old: certificate(), New: certificate(), Reason: some("keyCompromise", "superseded"), Asked: some("", "2026"), Confirmed: some("", "CRL"),
			Commands: [][]string{nil, {"one"}, {"one", "two"}}[rng.IntN(3)],
		})
	}
	for _, lang := range Languages() {
		theirs := template.Must(template.ParseFS(files, "text/"+lang+"/*.tmpl"))
		ours := texts[lang]()
		whole := 0
		for name := range ours {
			if !strings.Contains(name, "/") {
				continue // a part, for others to call with what they have
			}
			whole++
			for _, v := range views {
				var want, got strings.Builder
				if err := theirs.ExecuteTemplate(&want, name, v); err != nil {
					t.Fatal(err)
				}
				if err := ours.execute(&got, name, reflect.ValueOf(v)); err != nil || got.String() != want.String() {
					t.Fatalf("%s, %s, of %+v: %v\n%s\nwant\n%s", lang, name, v, err, got.String(), want.String())
				}
			}
		}
		if whole < 20 {
			t.Errorf("%s: %d texts", lang, whole)
		}
	}
}

// What is not known here is an error, and no text.
func TestTemplatesRefuse(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"{{.None}}", "{{.Old}}", "{{.Old.Key.More}}", "{{$x := .URL}}", "{{with .URL}}{{end}}", "{{range .URL}}{{end}}", "{{range .Commands}}{{else}}{{end}}",
		`{{template "none" .}}`, "{{if and}}{{end}}", "{{if not}}{{end}}", "{{if eq .URL}}{{end}}", "{{if .None}}{{end}}", "{{if or .URL .None}}{{end}}", "{{.URL | eq}}", "{{.URL .URL}}", "{{1}}",
	} {
		all := templates{}
		_, err := parse.New("text").Parse(text, "", "", all, functions)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		var b strings.Builder
		if err := all.execute(&b, "text", reflect.ValueOf(view{})); err == nil {
			t.Errorf("%s: %q, want an error", text, b.String())
		}
	}
}
