package page_test

import (
	"mime"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// The bytes are those that Chromium sends for the same form (see
// ../browsertest).
func TestBody(t *testing.T) {
	t.Parallel()
	fields := []page.Field{{Name: `a"b`, Value: "1 *~'鑰"}, {Name: "n", Value: "x\r\ny"}}
	for _, test := range []struct {
		name string
		r    page.Request
		want string
	}{
		{"urlencoded", page.Request{EncType: page.URLEncoded, Fields: fields}, "a%22b=1+*%7E%27%E9%91%B0&n=x%0D%0Ay"},
		{"charset", page.Request{Charset: "Shift_JIS", Fields: []page.Field{{Name: "v", Value: "鍵☺"}}}, "v=%8C%AE%26%239786%3B"},
		{"text/plain", page.Request{EncType: page.PlainText, Fields: fields}, "a\"b=1 *~'鑰\r\nn=x\r\ny\r\n"},
		{"parts", page.Request{EncType: page.Multipart, Fields: append(fields[:2:2],
			page.Field{Name: "f", Value: "k.CER", File: &page.File{Name: "k.CER", Data: []byte("der")}},
			page.Field{Name: "g", File: &page.File{}})},
			"--B\r\nContent-Disposition: form-data; name=\"a%22b\"\r\n\r\n1 *~'鑰\r\n" +
				"--B\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\nx\r\ny\r\n" +
				"--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"k.CER\"\r\nContent-Type: application/x-x509-ca-cert\r\n\r\nder\r\n" +
				"--B\r\nContent-Disposition: form-data; name=\"g\"; filename=\"\"\r\nContent-Type: application/octet-stream\r\n\r\n\r\n--B--\r\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.r.Method = "POST"
			body, contentType, err := test.r.Body()
			if err != nil {
				t.Fatal(err)
			}
			got := string(body)
			if media, params, err := mime.ParseMediaType(contentType); err != nil || media != test.r.EncType && test.r.EncType != "" {
				t.Errorf("content type %q, %v", contentType, err)
			} else if b := params["boundary"]; b != "" {
				got = strings.ReplaceAll(got, b, "B")
			}
			if got != test.want {
				t.Errorf("got\n%q, want\n%q", got, test.want)
			}
		})
	}
	if body, contentType, err := (&page.Request{Method: "GET"}).Body(); body != nil || contentType != "" || err != nil {
		t.Errorf("GET has body %q of %q, %v", body, contentType, err)
	}
}
