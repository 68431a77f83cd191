package revocation

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// crlCache keeps the CRLs that were fetched last, so that a fleet's
// certificates do not cost one download each. Every one is asked for again, with
// a condition: a revocation just made must be seen. The zero value is empty.
type crlCache struct {
	mu   sync.Mutex
	kept map[string]keptCRL
}

type keptCRL struct {
	body      []byte
	condition http.Header
}

// fetchCRL gets the CRL at url, or the kept one if the server says that it has
// not changed.
func (v *Verifier) fetchCRL(ctx context.Context, url string) ([]byte, error) {
	limit := v.MaxCRL
	if limit <= 0 {
		limit = defaultMaxCRL
	}
	kept := v.cache.get(url)
	header := kept.condition.Clone()
	if header == nil {
		header = http.Header{}
	}
	body, resp, err := v.fetch(ctx, url, "", nil, header, limit)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusNotModified {
		return kept.body, nil
	}
	v.cache.put(url, keptCRL{body, conditionOf(resp.Header)}, limit)
	return body, nil
}

// conditionOf is what to ask by next time; nil if the server gives nothing that
// tells two versions apart. Times in HTTP are whole seconds, and entity tags are
// often made from them: of what was written within the last minute the next
// version might look the same, and the newer CRL would never be seen (RFC 9110,
// 8.8.2.2).
func conditionOf(h http.Header) http.Header {
	date, err1 := http.ParseTime(h.Get("Date"))
	written, err2 := http.ParseTime(h.Get("Last-Modified"))
	settled := err1 == nil && err2 == nil && date.Sub(written) >= time.Minute
	switch tag := h.Get("ETag"); {
	case tag != "" && (settled || h.Get("Last-Modified") == ""):
		return http.Header{"If-None-Match": {tag}}
	case settled:
		return http.Header{"If-Modified-Since": {h.Get("Last-Modified")}}
	}
	return nil
}

func (c *crlCache) get(url string) keptCRL {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.kept[url]
}

// put keeps a CRL; all together stay within limit, and what is there gives way.
func (c *crlCache) put(url string, k keptCRL, limit int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.kept, url)
	if k.condition == nil {
		return
	}
	sum := int64(len(k.body))
	for _, other := range c.kept {
		sum += int64(len(other.body))
	}
	if c.kept == nil || sum > limit {
		c.kept = map[string]keptCRL{}
	}
	c.kept[url] = k
}
