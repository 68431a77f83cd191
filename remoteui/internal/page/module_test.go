package page

import (
	"context"
	"net/url"
	"strings"
	"testing"
)

// What is wrong with a module is said without the queries of addresses, which may hold
// tokens.
func TestModuleErrors(t *testing.T) {
	t.Parallel()
	const page, file = "4711", "0815"
	for _, code := range []string{
		"import {no} from './x.mjs?token=" + file + "'", "import './x.mjs?token=" + file + "'; import '#script-1'",
		"import {no} from '/a?token=" + page + "#script-1'", "throw new Error(import.meta.url)", "export let a = no",
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			p, err := Load(t.Context(), `<script type="module">`+code+`</script>`, Options{
				URL:   &url.URL{Scheme: "https", Host: "device.example", Path: "/a", RawQuery: "token=" + page},
				Fetch: func(context.Context, *url.URL) (string, error) { return "export let yes = 1", nil },
			})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			errs := p.ScriptErrors()
			if len(errs) == 0 {
				t.Error("nothing is wrong")
			}
			for _, e := range errs {
				if text := e.Error(); strings.Contains(text, page) || strings.Contains(text, file) {
					t.Error(text)
				}
			}
		})
	}
}
