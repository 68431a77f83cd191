package caclient_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"crypto/tls"
	"crypto/x509"

	"github.com/rekey-go/rekey/internal/caclient"
)

// A server that says what it was sent, wherever it can say something and in
// whatever spelling, gets nothing of it into an error or an answer.
func TestSecretsOfRequests(t *testing.T) {
	t.Parallel()
	answer := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(status); io.WriteString(w, body) }
	}
	quoted := func(s string) string { b, _ := json.Marshal(s); return string(b) }
	raw := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				io.WriteString(conn, text)
				conn.Close()
			}
		}
	}
	places := map[string]func(said string) http.HandlerFunc{
		"message":       func(s string) http.HandlerFunc { return answer(403, `{"message":`+quoted(s)+`}`) },
		"error_message": func(s string) http.HandlerFunc { return answer(400, `{"error_message":`+quoted(s)+`}`) },
		"errors":        func(s string) http.HandlerFunc { return answer(400, `{"errors":["no",`+quoted(s)+`]}`) },
		"text":          func(s string) http.HandlerFunc { return answer(500, s) },
		"cut":           func(s string) http.HandlerFunc { return answer(500, strings.Repeat("w", 290)+" "+s) },
		"other JSON":    func(s string) http.HandlerFunc { return answer(404, `{"detail":`+quoted(s)+`}`) },
		"page": func(s string) http.HandlerFunc {
			return answer(200, "<html><title>"+html.EscapeString(s)+"</title></html>")
		},
		"page, cut": func(s string) http.HandlerFunc {
			return answer(200, "<html><title>"+strings.Repeat("w", 70)+html.EscapeString(s)+"</title></html>")
		},
		"no JSON":        func(s string) http.HandlerFunc { return answer(200, s) },
		"wrong type":     func(s string) http.HandlerFunc { return answer(200, `{"number":`+quoted(s)+`}`) },
		"answer":         func(s string) http.HandlerFunc { return answer(200, `{"status":`+quoted(s)+`}`) },
		"status line":    func(s string) http.HandlerFunc { return raw("HTTP/9 " + s + "\r\n\r\n") },
		"content length": func(s string) http.HandlerFunc { return raw("HTTP/1.1 200 OK\r\nContent-Length: " + s + "\r\n\r\n") },
		"header":         func(s string) http.HandlerFunc { return raw("HTTP/1.1 200 OK\r\n" + s + "\r\n\r\n") },
		"redirect": func(s string) http.HandlerFunc {
			return raw("HTTP/1.1 302 Found\r\nLocation: https://" + strings.ToLower(s) + ".example/\r\nContent-Length: 0\r\n\r\n")
		},
		"redirect scheme": func(s string) http.HandlerFunc {
			return raw("HTTP/1.1 302 Found\r\nLocation: " + s + "\r\nContent-Length: 0\r\n\r\n")
		},
	}
	const secret = "hvs.CAESIJ-t0ken_1.sIgNaTuRe0815-sIgNaTuRe4711"
	spellings := map[string]string{
		"plain": secret, "upper": strings.ToUpper(secret), "percent": "%68%76%73" + url.QueryEscape(secret[3:]), "base64": base64.StdEncoding.EncodeToString([]byte("X: " + secret)),
		"hex": hex.EncodeToString([]byte(secret)), `\u`: strings.ReplaceAll(secret, "C", `\u0043`), "references": strings.ReplaceAll(secret, "C", "&#67;"), "zero width": strings.ReplaceAll(secret, "C", "C\u200b"), "signature": "sIgNaTuRe0815-sIgNaTuRe4711",
	}
	for place, say := range places {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			said := ""
			web := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { say(said)(w, r) }))
			web.Config.ErrorLog = log.New(io.Discard, "", 0)
			web.StartTLS()
			defer web.Close()
			roots := x509.NewCertPool()
			roots.AddCert(web.Certificate())
			client := caclient.NewClient(&tls.Config{RootCAs: roots})
			for name, spelling := range spellings {
				said = spelling
				var out struct {
					Number int    `json:"number"`
					Status string `json:"status"`
				}
				ask := caclient.Request{Do: "sign", URL: web.URL, Secrets: caclient.TokenParts(secret)}
				status, err := caclient.Send(t.Context(), client, ask, &out)
				shown := strings.ToLower(fmt.Sprintf("%v %+v %#v %q", err, err, err, out.Status))
				if (place != "answer") != (err != nil) {
					t.Errorf("%s: %d, %v", name, status, err)
				}
				for _, part := range []string{"aesij", "t0ken", strings.ToLower(spelling), strings.ToLower(spelling[:min(len(spelling), 8)])} {
					if strings.Contains(shown, part) {
						t.Errorf("%s: %q in %s", name, part, shown)
					}
				}
			}
		})
	}
}
