package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
)

var (
	//go:embed page.tmpl
	pageText string
	//go:embed style.css
	styleText string

	pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
		"style": func() template.CSS { return template.CSS(styleText) },
		"num":   func(x float64) string { return fmt.Sprintf("%.3f", x) },
	}).Parse(pageText))
)

// HTML writes the page, in one of [Languages]: one file without scripts, which loads
// nothing.
func (f *Fleet) HTML(w io.Writer, language string) error {
	if !slices.Contains(Languages(), language) {
		return fmt.Errorf("report: language %q: want one of %q", language, Languages())
	}
	if err := f.check(); err != nil {
		return err
	}
	return pageTemplate.Execute(w, f.page(lang(language)))
}
