package lazyregexp_test

import (
	"reflect"
	"regexp"
	"testing"

	"github.com/rekey-go/rekey/internal/lazyregexp"
)

// Each method is that of regexp.Regexp, called twice: as the first use, and later.
func TestMethods(t *testing.T) {
	t.Parallel()
	const expr = `(?P<letter>[a-z])(\d?)`
	re, upper := regexp.MustCompile(expr), func(s string) string { return "<" + s + ">" }
	args := map[string][]any{
		"Match":                   {[]byte("-a1b2")},
		"MatchString":             {"-a1b2"},
		"SubexpIndex":             {"letter"},
		"FindString":              {"-a1b2"},
		"FindSubmatch":            {[]byte("-a1b2")},
		"FindStringSubmatch":      {"-a1b2"},
		"FindStringIndex":         {"-a1b2"},
		"FindStringSubmatchIndex": {"-a1b2"},
		"FindAllString":           {"-a1b2", 1},
		"FindAllStringIndex":      {"-a1b2", 2},
		"FindAllStringSubmatch":   {"-a1b2", -1},
		"ReplaceAllString":        {"-a1b2", "$2$letter"},
		"ReplaceAllStringFunc":    {"-a1b2", upper},
	}
	for m := range reflect.TypeFor[*lazyregexp.Regexp]().Methods() {
		var in []reflect.Value
		for _, arg := range args[m.Name] {
			in = append(in, reflect.ValueOf(arg))
		}
		if in == nil {
			t.Errorf("%s is not tested", m.Name)
			continue
		}
		want := reflect.ValueOf(re).MethodByName(m.Name).Call(in)[0].Interface()
		ours := reflect.ValueOf(lazyregexp.New(expr)).MethodByName(m.Name)
		for range 2 {
			if got := ours.Call(in)[0].Interface(); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %v, want %v", m.Name, got, want)
			}
		}
	}
}

// In a test a bad expression is seen at once, without its being used.
func TestBadExpression(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("taken")
		}
	}()
	lazyregexp.New(`(`)
}
