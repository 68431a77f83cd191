package smallfleet

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// form writes the controls of a settings page and remembers what a browser
// would send back for them if nobody touched them.
type form struct {
	want map[string][]string
}

func (q *rq) form() *form {
	f := &form{want: map[string][]string{}}
	q.s.expect[q.r.URL.Path] = f.want
	return f
}

func attrs(a []string) string {
	if len(a) == 0 {
		return ""
	}
	return " " + strings.Join(a, " ")
}

func (f *form) text(name, val string, a ...string) string {
	f.want[name] = append(f.want[name], val)
	return `<input type="text" name="` + name + `" id="` + name + `" value="` + esc(val) + `"` + attrs(a) + ` />`
}

func (f *form) hidden(name, val string) string {
	f.want[name] = append(f.want[name], val)
	return `<input type="hidden" name="` + name + `" value="` + esc(val) + `" />`
}

// check is the pair of hidden 0 and checkbox 1 all these pages use.
func (f *form) check(name string, on bool, a ...string) string {
	s := `<input type="hidden" name="` + name + `" id="` + name + `B" value="0" />` +
		`<input type="checkbox" name="` + name + `" id="` + name + `A" value="1"` + attrs(a)
	f.want[name] = append(f.want[name], "0")
	if on {
		f.want[name] = append(f.want[name], "1")
		s += ` checked="checked"`
	}
	return s + ` />`
}

func (f *form) radio(name, suffix, val string, on bool, a ...string) string {
	s := `<input type="radio" name="` + name + `" id="` + name + suffix + `" value="` + val + `"` + attrs(a)
	if on {
		f.want[name] = append(f.want[name], val)
		s += ` checked="checked"`
	}
	return s + ` />`
}

func (f *form) sel(name, cur string, opts ...string) string {
	f.want[name] = append(f.want[name], cur)
	return options(name, cur, opts...)
}

// options is a select; opts are value, text, value, text..
func options(name, cur string, opts ...string) string {
	s := `<select name="` + name + `" id="` + name + `">`
	for i := 0; i+1 < len(opts); i += 2 {
		s += `<option value="` + opts[i] + `"`
		if opts[i] == cur {
			s += ` selected="selected"`
		}
		s += `>` + esc(opts[i+1]) + `</option>`
	}
	return s + `</select>`
}

// secret is a password that is only stored when its change box is ticked.
func (f *form) secret(change, name, label string) string {
	f.want[name] = nil
	return f.check(change, false, `onclick="document.getElementById('`+name+`').disabled=!this.checked"`) +
		`<label for="` + change + `A">` + label + `</label> ` +
		`<input type="password" name="` + name + `" id="` + name + `" value="" disabled="disabled" />`
}

// intact compares a post with the page it came from. A difference is a
// violation; the device itself keeps what it has.
func (q *rq) intact() {
	want := q.s.expect[q.s.page]
	names := make([]string, 0, len(want))
	for n := range want {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		got := q.f[n]
		if want[n] == nil && len(got) == 1 && got[0] == "" {
			continue // an empty box sent although the page had it disabled
		}
		if !slices.Equal(got, want[n]) {
			q.d.Violate("other settings changed: %s: %s is %q, was %q", q.s.page, n, got, want[n])
		}
	}
}

// day reads YYYY/MM/DD; the zero time says it was no date.
func day(s string, end bool) time.Time {
	t, err := time.Parse("2006/1/2", strings.TrimSpace(s))
	if err != nil {
		return time.Time{}
	}
	if end {
		t = t.Add(24*time.Hour - time.Second)
	}
	return t
}

// gif is a single transparent dot.
const gif = "GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"

func (d *Device) asset(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, ".gif") {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "image/gif")
	_, _ = w.Write([]byte(gif))
}

// file is what the upload box named name holds.
func (q *rq) file(name string) []byte {
	f, _, err := q.r.FormFile(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	b, _ := io.ReadAll(f)
	return b
}
