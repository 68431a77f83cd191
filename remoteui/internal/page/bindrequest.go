package page

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// A script's own requests (XMLHttpRequest, fetch) are made one at a time when
// the script that began them has ended, as everything a browser does later. A
// synchronous one is made at once, while the script waits.

// Response is the answer to a script's request.
type Response struct {
	Status int
	URL    *url.URL // after redirects
	Header http.Header
	Text   string
}

// scriptRequest is one that waits to be made.
type scriptRequest struct {
	id      int
	request *Request
	timeout time.Duration // 0: none but the caller's
}

var requestOperations = map[string]operation{
	"canRequest": func(p *Page, a arguments) (any, error) { return p.opts.Exchange != nil, nil },
	"request": func(p *Page, a arguments) (any, error) {
		q, err := p.scriptRequest(a)
		if err != nil {
			return nil, err
		}
		if len(p.requests) >= p.limits.Requests {
			return nil, errors.New("too many requests of scripts wait to be made")
		}
		p.requestID++
		q.id = p.requestID
		p.requests = append(p.requests, q)
		return q.id, nil
	},
	"requestNow": func(p *Page, a arguments) (any, error) {
		q, err := p.scriptRequest(a)
		if err != nil {
			return nil, err
		}
		res, err := p.exchange(q)
		if err != nil {
			return nil, err
		}
		return res.list(), nil
	},
	"abort": func(p *Page, a arguments) (any, error) {
		p.requests = slices.DeleteFunc(p.requests, func(q *scriptRequest) bool { return q.id == a.number(0) })
		return nil, nil
	},
}

// scriptRequest reads method, address, header lines, body, pairs, time-out in ms, and
// whether each character of the body is a byte. Pairs, as JSON, are sent as multipart.
func (p *Page) scriptRequest(a arguments) (*scriptRequest, error) {
	u, err := p.doc.Resolve(a.text(1))
	switch {
	case err != nil:
		return nil, err
	case p.opts.Exchange == nil:
		return nil, errors.New("unsupported: requests by scripts")
	case p.doc.URL == nil || u.Scheme != p.doc.URL.Scheme || u.Host != p.doc.URL.Host:
		return nil, errors.New("NetworkError: a script's request to another origin is not made")
	}
	u.Fragment, u.RawFragment = "", ""
	method := strings.ToUpper(strings.TrimSpace(a.text(0)))
	if method != http.MethodGet && method != http.MethodHead && method != http.MethodPost {
		return nil, fmt.Errorf("NetworkError: unsupported method %s", clip(method, 20))
	}
	r := &Request{Method: method, URL: u, Script: &Script{Header: scriptHeader(a.text(2)), Clicked: p.op.clicking}}
	if method == http.MethodPost {
		if err := p.setScriptBody(r, a.text(3), a.text(4), a.flag(6)); err != nil {
			return nil, err
		}
	}
	return &scriptRequest{request: r, timeout: time.Duration(a.number(5)) * time.Millisecond}, nil
}

func (p *Page) setScriptBody(r *Request, body, pairs string, isBytes bool) error {
	if pairs != "" {
		var all [][2]any
		_ = json.Unmarshal([]byte(pairs), &all) // made by the prelude
		files := 0
		for _, pair := range all {
			f := p.scriptField(pair[0], pair[1])
			if f.File != nil {
				files += len(f.File.Data) // one file may be sent any number of times
			}
			if files > p.limits.Bytes {
				return errors.New("QuotaExceededError: the files of a request are too large")
			}
			r.Fields = append(r.Fields, f)
		}
		r.EncType = Multipart
		return nil
	}
	r.Script.Body = []byte(body)
	r.EncType = r.Script.Header.Get("Content-Type")
	if isBytes {
		var err error
		if r.Script.Body, err = bytesOf(body); err != nil {
			return err
		}
		body = string(r.Script.Body)
	} else if r.EncType == "" {
		r.EncType = "text/plain;charset=UTF-8"
	}
	if strings.HasPrefix(strings.ToLower(r.EncType), URLEncoded) {
		for pair := range strings.SplitSeq(body, "&") {
			name, value, _ := strings.Cut(pair, "=")
			if pair != "" {
				r.Fields = append(r.Fields, Field{Name: unescaped(name), Value: unescaped(value)})
			}
		}
	}
	return nil
}

// scriptField is one field of a form that a script has made: its value is a text, or
// says which file.
func (p *Page) scriptField(name, value any) Field {
	f := Field{}
	f.Name, _ = name.(string)
	switch v := value.(type) {
	case string:
		f.Value = v
	case map[string]any:
		file := *p.madeFile(int(number(v["file"])))
		file.Name, _ = v["name"].(string)
		f.Value, f.File = file.Name, &file
	}
	return f
}

func unescaped(s string) string {
	if decoded, err := url.QueryUnescape(s); err == nil {
		return decoded
	}
	return s
}

// maxHeaders bounds the header lines of one request by script.
const maxHeaders = 50

// scriptHeader reads "Name: value" lines, without those that browsers keep to
// themselves.
func scriptHeader(lines string) http.Header {
	h := http.Header{}
	for line := range strings.SplitSeq(lines, "\n") {
		name, value, ok := strings.Cut(line, ":")
		name = http.CanonicalHeaderKey(strings.TrimSpace(name))
		if !ok || name == "" || len(h) >= maxHeaders || strings.ContainsAny(name, " \t\r\x00") || strings.ContainsAny(value, "\r\x00") || ownHeader(name) {
			continue
		}
		h.Set(name, strings.TrimSpace(value))
	}
	return h
}

// ownHeader reports whether scripts cannot set a header field.
func ownHeader(name string) bool {
	switch name {
	case "Accept-Charset", "Accept-Encoding", "Connection", "Content-Length", "Cookie", "Cookie2", "Date", "Dnt", "Expect", "Host", "Keep-Alive",
		"Origin", "Referer", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "User-Agent", "Via":
		return true
	}
	return strings.HasPrefix(name, "Sec-") || strings.HasPrefix(name, "Proxy-") || strings.HasPrefix(name, "Access-Control-Request-")
}

// list is a response as the prelude takes it.
func (r *Response) list() []any {
	var b strings.Builder
	names := make([]string, 0, len(r.Header))
	for name := range r.Header {
		if name != "Set-Cookie" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(&b, "%s: %s\r\n", strings.ToLower(name), strings.Join(r.Header[name], ", "))
	}
	address := ""
	if r.URL != nil {
		address = r.URL.String()
	}
	return []any{r.Status, http.StatusText(r.Status), address, b.String(), r.Text}
}

// exchange makes a request of a script, within the bounds.
func (p *Page) exchange(q *scriptRequest) (*Response, error) {
	o := p.op
	if o.requests++; o.requests > p.limits.Requests+int(o.slept.Seconds()*requestsPerSecond) {
		return nil, p.refuse(q, "too many requests of scripts")
	}
	p.polls = true
	ctx := o.ctx
	if q.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, q.timeout)
		defer cancel()
	}
	var res *Response
	var err error
	p.vm.Outside(o.ctx, func() { res, err = p.opts.Exchange(ctx, q.request) })
	switch {
	case err == nil && len(res.Text) > p.limits.Bytes:
		return nil, p.refuse(q, "answer is too large")
	case err != nil && o.ctx.Err() == nil && ctx.Err() != nil:
		return nil, errTimedOut
	case err != nil:
		return nil, p.refuse(q, err.Error())
	}
	o.answered++
	return res, nil
}

// requestsPerSecond is how many requests of scripts an act may make for each
// second in which it waits, beyond [Limits.Requests].
const requestsPerSecond = 4

var errTimedOut = errors.New("TimeoutError: the request took too long")

// refuse records why a script did not get an answer.
func (p *Page) refuse(q *scriptRequest, why string) error {
	e := ScriptError{Where: "request of " + where(q.request.URL, ""), Message: why}
	p.threw(e)
	return errors.New("NetworkError: " + why)
}

// answer makes the request that has waited longest and tells the script.
func (p *Page) answer() error {
	q := p.requests[0]
	p.requests = p.requests[1:]
	res, err := p.exchange(q)
	switch {
	case err == nil:
		_, err = p.call(append([]any{"answered", q.id}, res.list()...)...)
	case p.op.ctx.Err() != nil:
		return p.op.ctx.Err()
	default:
		_, err = p.call("unanswered", q.id, errors.Is(err, errTimedOut))
	}
	return err
}
