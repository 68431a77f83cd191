package remoteui

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A device that is asked too hastily, or too early, says so by status 503 or 429,
// often with a Retry-After. Either means that the request was not taken (RFC 9110,
// section 15.6.4; RFC 6585, section 4): it is given before the request is handled,
// so that it may be made again, a write as well. No other status means that.

const (
	// maxBusyWrites is how often a write that was not taken is made again: whoever
	// says so for ever does not mean it.
	maxBusyWrites = 4
	// leastBusy and mostBusy bound one wait, whatever the device asks for.
	leastBusy = 250 * time.Millisecond
	mostBusy  = time.Minute
)

// busy reports whether the device says that it did not take the request.
func (r *response) busy() bool {
	return r.status == http.StatusServiceUnavailable || r.status == http.StatusTooManyRequests
}

// retryAfter is how long the device wants to be left alone; zero: it does not say.
func (r *response) retryAfter(now time.Time) time.Duration {
	text := strings.TrimSpace(r.header.Get("Retry-After"))
	if seconds, err := strconv.ParseInt(text, 10, 32); err == nil {
		return time.Duration(max(seconds, 0)) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	if sent, err := http.ParseTime(r.header.Get("Date")); err == nil {
		now = sent // the device's clock, by which it counts
	}
	return max(at.Sub(now), 0)
}

// patience is how long one request is made again and again.
type patience struct {
	tries int
	until time.Time // zero: not refused yet
	pause time.Duration
}

// await waits until a request that was not taken may be made again. It reports
// false if the device has said so for too long.
func (p *patience) await(ctx context.Context, s *Session, res *response, a act) (bool, error) {
	now := time.Now()
	if p.until.IsZero() {
		p.until, p.pause = now.Add(s.cfg.WaitTimeout), time.Second
	}
	wait := res.retryAfter(s.cfg.Now())
	if wait == 0 {
		wait, p.pause = p.pause, min(2*p.pause, 10*time.Second)
	}
	wait = min(max(wait, leastBusy), mostBusy)
	p.tries++
	if s.awaiting || a == write && p.tries > maxBusyWrites || now.Add(wait).After(p.until) {
		return false, nil
	}
	s.event(EventWaiting, fmt.Sprintf("the device is busy (status %d): asking again in %v", res.status, wait.Round(time.Millisecond)))
	return true, sleep(ctx, wait)
}
