package deviceinfo_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/deviceinfo"
	"github.com/rekey-go/rekey/remoteui"
)

// Only a number that is surely the device's own is its serial number.
func TestOwnSerial(t *testing.T) {
	t.Parallel()
	rows := func(pairs ...string) string {
		var b strings.Builder
		b.WriteString("<table>")
		for i := 0; i < len(pairs); i += 2 {
			fmt.Fprintf(&b, "<tr><th>%s</th><td>%s</td></tr>", pairs[i], pairs[i+1])
		}
		return b.String() + "</table>"
	}
	lines := func(pairs ...string) string {
		var b strings.Builder
		for i := 0; i < len(pairs); i += 2 {
			fmt.Fprintf(&b, "<p>%s: %s</p>", pairs[i], pairs[i+1])
		}
		return b.String()
	}
	const model = "iR-ADV C3530"
	for name, tt := range map[string]struct{ body, want string }{
		"a wording that names the device":    {rows("Product Name", model, "Device Serial Number", "QLA00255"), "QLA00255"},
		"a bare wording":                     {rows("Product Name", model, "Location", "3rd floor", "Serial Number", "QLA00255"), "QLA00255"},
		"before the product":                 {rows("Serial Number", "QLA00255", "Product Name", model), "QLA00255"},
		"lines":                              {lines("Product Name", model, "Serial Number", "QLA00255"), "QLA00255"},
		"two lines in a block":               {"<div>" + lines("Product Name", model, "Serial Number", "QLA00255") + "</div>", "QLA00255"},
		"a list of terms":                    {`<dl><dt>Product Name</dt><dd>` + model + `</dd><dt>Serial Number</dt><dd>QLA 00255</dd></dl>`, "QLA 00255"},
		"and a finisher's, headed":           {rows("Product Name", model, "Serial Number", "QLA00255") + "<h3>Finisher</h3>" + rows("Serial Number", "ABC12345"), "QLA00255"},
		"and a finisher's, in the table":     {rows("Product Name", model, "Device Serial Number", "QLA00255", "Serial Number", "ABC12345"), "QLA00255"},
		"and a finisher's, by its own name":  {rows("Product Name", model, "Device Serial Number", "QLA00255", "Finisher Serial Number", "ABC12345"), "QLA00255"},
		"a finisher's, headed":               {rows("Product Name", model) + "<h3>Finisher</h3>" + rows("Serial Number", "ABC12345"), ""},
		"a finisher's, headed in a line":     {lines("Product Name", model) + "<p>Finisher</p>" + lines("Serial Number", "ABC12345"), ""},
		"a finisher's, headed in the table":  {`<table><tr><th>Product Name</th><td>` + model + `</td></tr><tr><th colspan="2">Finisher</th></tr><tr><th>Serial Number</th><td>ABC12345</td></tr></table>`, ""},
		"a finisher's, headed without value": {`<table><tr><td>Product Name</td><td>` + model + `</td></tr><tr><td>Finisher</td><td></td></tr><tr><td>Serial Number</td><td>ABC12345</td></tr></table>`, ""},
		"a finisher's, headed, the device":   {"<h3>Finisher</h3>" + rows("Device Serial Number", "ABC12345") + "<h3>Device</h3>" + rows("Product Name", model), ""},
		"a finisher's with a product name":   {rows("Product Name", model) + "<h3>Option</h3>" + rows("Product Name", "Finisher-X1", "Serial Number", "ABC12345"), ""},
		"the device's is not known":          {rows("Product Name", model, "Device Serial No.", "QLA00255", "Serial Number", "ABC12345"), ""},
		"the device's is not known, headed":  {rows("Product Name", model, "Device Serial No.", "QLA00255") + "<h3>Finisher</h3>" + rows("Serial Number", "ABC12345"), ""},
		"a list of options":                  {rows("Product Name", model) + `<table><tr><th>Unit</th><th>Serial Number</th></tr><tr><td>Finisher</td><td>ABC12345</td></tr></table>`, ""},
		"a list of options, plain":           {rows("Product Name", model) + `<table><tr><td>Unit</td><td>Serial Number</td></tr><tr><td>Finisher</td><td>ABC12345</td></tr></table>`, ""},
		"two":                                {rows("Product Name", model, "Serial Number", "QLA00255", "Serial Number", "QLA00256"), ""},
		"nobody's":                           {rows("Product Name", "Finisher-X1", "Serial Number", "QLA00255"), ""},
		"no number":                          {rows("Product Name", model, "Serial Number", "n/a"), ""},
		"none":                               {rows("Product Name", model), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := 0
			srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html;charset=UTF-8")
				switch r.URL.Path {
				case "/":
					fmt.Fprint(w, `<html lang="en"><head><title>Remote UI</title></head><body><a href="/status">Status Monitor/Cancel</a> <a href="/out">Log Out</a></body></html>`)
				case "/status":
					fmt.Fprint(w, `<html lang="en"><head><title>Status</title></head><body><a href="/info">Device Information</a> <a href="/out">Log Out</a></body></html>`)
				case "/info": // with another tab, which leads nowhere
					fmt.Fprint(w, `<html lang="en"><head><title>Info</title></head><body><p><a href="/out">Log Out</a></p><p>Device <a href="/tab">Network</a></p>`+tt.body+`<h3>Version Information</h3>`+rows("Controller", "70.05")+`</body></html>`)
				case "/tab":
					asked++
					http.Error(w, "", http.StatusInternalServerError)
				default:
					http.NotFound(w, r)
				}
			}))
			defer srv.Close()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			s, err := remoteui.Dial(ctx, remoteui.Config{URL: srv.URL, Identity: remoteui.Identity{TrustOnFirstUse: true}, ReadOnly: true, Language: "en"})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close(ctx)
			info, err := deviceinfo.Read(ctx, s)
			if err != nil || info.Serial != tt.want || info.Controller != "70.05" {
				t.Errorf("%+v, %v, want %q", info, err, tt.want)
			}
			if asked > 0 {
				t.Errorf("the other tab was asked for %d times", asked)
			}
		})
	}
}
