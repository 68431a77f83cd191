package acceptance_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/hostile"
	"github.com/rekey-go/rekey/remoteui"
)

// places are where a device can put a text of its own, such as the password.
var places = map[string]func(echo string) *hostile.Device{
	"redirect after the login": func(echo string) *hostile.Device {
		return page("login", func(w http.ResponseWriter, r *http.Request) {
			http.SetCookie(w, &http.Cookie{Name: "session", Value: "1", Path: "/"})
			w.Header().Set("Location", "/"+url.PathEscape(echo))
			w.WriteHeader(http.StatusFound)
		})
	},
	"path": func(echo string) *hostile.Device {
		d := page("device", hostile.Text(hostile.Frame("device", `<a href="/x/`+url.PathEscape(echo)+`">Key and Certificate Settings</a>`)))
		d.Pages["file"] = func(w http.ResponseWriter, r *http.Request) { http.Error(w, "no", http.StatusForbidden) }
		return d
	},
	"content type": func(echo string) *hostile.Device { return withHeader("Content-Type", "text/"+echo, http.StatusOK) },
	"title of an error": func(echo string) *hostile.Device {
		return page("keys", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, "<title>"+html.EscapeString(strings.Repeat("w ", 32)+echo)+"</title>")
		})
	},
	"title": func(echo string) *hostile.Device {
		return page("keys", hostile.Text(hostile.Frame(html.EscapeString(echo), "")))
	},
	"key":      func(echo string) *hostile.Device { return &hostile.Device{Keys: []string{echo}} },
	"two keys": func(echo string) *hostile.Device { return &hostile.Device{Keys: []string{echo, echo}} },
	"heading": func(echo string) *hostile.Device {
		return withList(`<table><tr><th>Key Name<th>` + html.EscapeString(echo) + `<th>b<tr><td>a<td>x<td>y</table>`)
	},
	"heading, cut": func(echo string) *hostile.Device {
		return withList(`<table><tr><th>Key Name<th>` + strings.Repeat("w", 188) + html.EscapeString(echo) + `<tr><td>a<td>x</table>`)
	},
	"foreign host": func(echo string) *hostile.Device {
		return withHeader("Location", "https://"+bare(echo)+".evil.example/", http.StatusFound)
	},
	"scheme": func(echo string) *hostile.Device {
		return withHeader("Location", "x"+bare(echo)+":foo", http.StatusFound)
	},
	"value of the details": func(echo string) *hostile.Device {
		return page("detail", hostile.Text(hostile.Frame("detail", detailsHead+`<tr><th>Issuer<td>`+html.EscapeString(echo)+"</table>")))
	},
	"label of the details": func(echo string) *hostile.Device {
		return page("detail", hostile.Text(hostile.Frame("detail", detailsHead+`<tr><th>`+html.EscapeString(echo)+"<td>x</table>")))
	},
	"model":   func(echo string) *hostile.Device { return &hostile.Device{Model: echo, Version: "1"} },
	"version": func(echo string) *hostile.Device { return &hostile.Device{Model: "iR-ADV C5560 III", Version: echo} },
	"script error": func(echo string) *hostile.Device {
		return withList("<script>throw new Error(" + string(marshal(echo)) + ")</script>")
	},
	"script file": func(echo string) *hostile.Device {
		return withList(`<script src="/x/` + url.PathEscape(echo) + `.js"></script>`)
	},
	"refresh": func(echo string) *hostile.Device {
		return page("keys", hostile.Text(`<meta http-equiv=refresh content="0;url=/x/`+url.PathEscape(echo)+`">`))
	},
	"status line": func(echo string) *hostile.Device { return page("keys", raw("SSH-2.0-"+echo+"\r\n")) },
	"content length": func(echo string) *hostile.Device {
		return page("keys", raw("HTTP/1.1 200 OK\r\nContent-Length: "+echo+"\r\n\r\n"))
	},
	"header": func(echo string) *hostile.Device { return page("keys", raw("HTTP/1.1 200 OK\r\n"+echo+"\r\n\r\n")) },
	"transfer encoding": func(echo string) *hostile.Device {
		return page("keys", raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: "+echo+"\r\n\r\n"))
	},
	"refused": func(echo string) *hostile.Device {
		return refusing(strings.Repeat("w", 188) + " " + html.EscapeString(echo))
	},
	"locked": func(echo string) *hostile.Device {
		return refusing("The account is locked: " + html.EscapeString(echo))
	},
	"alert": func(echo string) *hostile.Device {
		return withList("<script>alert(" + string(marshal(echo)) + ")</script>")
	},
	"link in clear": func(echo string) *hostile.Device {
		return page("device", hostile.Text(hostile.Frame("device", `<a href="http://127.0.0.1/`+url.PathEscape(echo)+`">Key and Certificate Settings</a>`)))
	},
}

const detailsHead = "<table><tr><th>Public Key<td>RSA 2048 bit"

func marshal(s string) []byte { return must(json.Marshal(s)) }

func bare(s string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "+", "", "%", "", "=", "").Replace(s))
}

func withList(body string) *hostile.Device {
	return page("keys", hostile.Text(hostile.Frame("keys", body)))
}

func withHeader(name, value string, status int) *hostile.Device {
	return page("keys", func(w http.ResponseWriter, r *http.Request) {
		w.Header()[name] = []string{value}
		w.WriteHeader(status)
	})
}

func refusing(text string) *hostile.Device {
	return page("login", hostile.Text(`<form name="login" action="/login" method="post"><p>`+text+`</p>Department ID: <input name="deptid"> PIN: <input type="password" name="password"></form>`))
}

// Whatever a device puts the password into, and in which spelling, it comes out
// nowhere: not in errors, events and logs, not in reports, and not on disk.
func TestSecretInEveryPlace(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	const password = hostile.Password
	spellings := []string{
		password, url.QueryEscape(password), strings.ToUpper(password), base64.StdEncoding.EncodeToString([]byte("7:" + password)), fmt.Sprintf("%x", password),
	}
	n := 0
	for name, device := range places {
		n++
		for _, echo := range []string{password, spellings[n%len(spellings)]} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				dev := device(echo)
				dev.Start()
				defer dev.Close()
				var log bytes.Buffer
				shown := map[string]string{}
				o := options(t)
				o.Timeouts.Request = 2 * time.Second
				o.OnEvent = func(e rekey.Event) { shown["events"] += e.Text + "\n" }
				o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug - 8}))
				d := rekey.Device{URL: dev.URL(), DepartmentID: hostile.DepartmentID, Password: rekey.NewSecret(password), TrustOnFirstUse: true, TLSPorts: []int{}}
				a, err := rekey.Assess(bounded(t), d, o)
				shown["log"], shown["assessment"], shown["error"] = log.String(), string(must(json.Marshal(a))), fmt.Sprintf("%v %+v %#v", err, err, err)
				if a != nil {
					r := a.Report(nil)
					shown["report"], shown["report's JSON"] = r.String(), string(must(json.Marshal(r)))
					if p, err := a.Plan(o); err == nil {
						shown["plan"] = p.String() + string(must(json.Marshal(p)))
					} else {
						r, _ := rekey.Remediate(bounded(t), d, o)
						shown["report of the run"] = r.String() + string(must(json.Marshal(r)))
					}
				}
				fs.WalkDir(os.DirFS(o.Dir), ".", func(file string, e fs.DirEntry, err error) error {
					if err == nil && !e.IsDir() {
						shown[file] = file + string(must(os.ReadFile(filepath.Join(o.Dir, file))))
					}
					return err
				})
				for where, text := range shown {
					for _, needle := range append(spellings, url.PathEscape(password), bare(password)) {
						if i := strings.Index(text, needle); i >= 0 {
							t.Errorf("%q in the %s: …%s…", echo, where, text[max(0, i-60):min(len(text), i+60)])
						}
					}
				}
			})
		}
	}
}

// A device's own secrets, where it does without cookies: in parameters of paths.
func TestSessionInPath(t *testing.T) {
	t.Parallel()
	const known, unknown = "C0FFEE1234567890SESSION", "not-a-cookie-0815"
	dev := &hostile.Device{Pages: map[string]http.HandlerFunc{
		"login": func(w http.ResponseWriter, r *http.Request) {
			http.SetCookie(w, &http.Cookie{Name: "session", Value: known, Path: "/"})
			http.Redirect(w, r, "/", http.StatusFound)
		},
		"device": hostile.Text(hostile.Frame("device", `<a href="/x/`+known+`/keys;jsessionid=`+known+`;t=`+unknown+`?s=`+known+`">Key and Certificate Settings</a>`)),
		"file":   func(w http.ResponseWriter, r *http.Request) { http.Error(w, "no", http.StatusForbidden) },
	}}
	dev.Start()
	defer dev.Close()
	var log bytes.Buffer
	o := options(t)
	o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug - 8}))
	_, err := rekey.Assess(bounded(t), rekey.Device{URL: dev.URL(), DepartmentID: hostile.DepartmentID, Password: rekey.NewSecret(hostile.Password), TrustOnFirstUse: true, TLSPorts: []int{}}, o)
	for _, text := range []string{log.String(), fmt.Sprint(err)} {
		if !strings.Contains(text, "jsessionid=") || strings.Contains(text, known) || strings.Contains(text, unknown) {
			t.Error(text)
		}
	}
}

// A session and a recorder print as what they are, and hold nothing that printing
// reaches.
func TestSessionAndRecorderPrint(t *testing.T) {
	t.Parallel()
	const cookie = "c00kie-of-the-session"
	dev := page("login", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "session", Value: cookie, Path: "/"})
		http.Redirect(w, r, "/", http.StatusFound)
	})
	dev.Start()
	defer dev.Close()
	rec := new(remoteui.Recorder)
	s, err := remoteui.Dial(bounded(t), remoteui.Config{URL: dev.URL(), Recorder: rec, Identity: remoteui.Identity{TrustOnFirstUse: true},
		Credentials: remoteui.Credentials{DepartmentID: hostile.DepartmentID, Password: rekey.NewSecret(hostile.Password)}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(t.Context())
	p, err := s.Portal(bounded(t))
	if err != nil {
		t.Fatal(err)
	}
	type holder struct {
		s *remoteui.Session
		r *remoteui.Recorder
		p *remoteui.Page
	}
	for _, v := range []any{s, rec, p, *p, holder{s, rec, p}, &rekey.Options{OtherDevices: []rekey.Device{{Password: rekey.NewSecret(hostile.Password)}}}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x", "%q"} {
			out := fmt.Sprintf(verb, v)
			for _, needle := range []string{hostile.Password, cookie, fmt.Sprintf("%x", hostile.Password), fmt.Sprintf("%x", cookie)} {
				if strings.Contains(out, needle) {
					i := strings.Index(out, needle)
					t.Errorf("%s of %T: %s", verb, v, out[max(0, i-300):i+10])
				}
			}
		}
	}
}
