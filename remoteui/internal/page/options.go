package page

import (
	"context"
	"net/url"
	"time"

	"github.com/rekey-go/rekey/internal/wait"
	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// Options of [Load]. The zero value loads a page without base URL and without
// external scripts.
type Options struct {
	// URL is the address of the page; relative addresses resolve against it.
	URL *url.URL
	// Frames are the names of all frames of the window, if the page is loaded
	// into one of them, and Frame is the name of that one. Scripts send frames
	// elsewhere as parent.NAME and top.NAME; what is in them is another page. Nil:
	// the page has the window to itself.
	Frames []string
	Frame  string
	// Opener is the page whose script or link opened the small window that this
	// page is in, and Window is the window's name. Scripts reach the opener as
	// opener, or top.opener in a frame, and act on it there: see [Outcome.Behind].
	// nil: no small window.
	Opener *Page
	Window string
	// Inside says that Window is an inline frame of the Opener's document: its scripts
	// reach that as parent and top, and cannot close the frame.
	Inside bool
	// Charset that the source was decoded from, as any label of it; forms and
	// queries are sent in it. Empty or unknown: UTF-8.
	Charset string
	// Refresh is the header of that name, which says what the meta element says.
	Refresh string
	// Fetch returns the source of a same-origin script file or style sheet. It is called in
	// document order, on the goroutine that uses the page. nil: script files are
	// recorded as script errors, and style sheets in files do not count.
	Fetch func(ctx context.Context, u *url.URL) (string, error)
	// Exchange makes a request of a script (XMLHttpRequest, fetch) to the page's
	// own origin and follows its redirects. It is called while an act on the page
	// goes on, and may be called on another goroutine, while the one that acts
	// waits. nil: scripts cannot make requests.
	Exchange func(ctx context.Context, r *Request) (*Response, error)
	// Sleep lets real time pass between the polls of a page. nil: a timer.
	Sleep func(ctx context.Context, d time.Duration) error
	// Now is the clock that scripts see at load. nil: time.Now.
	Now func() time.Time
	// Cookies is what document.cookie holds at first, as in a Cookie header.
	Cookies string
	// LeftBehind is called when a script of the page could not be stopped and its
	// engine was left behind; it must not use the page. nil: nobody is told.
	LeftBehind func()
	// Owner names the device whose page it is: while a script of its pages that
	// was left behind still runs, no other of them is run. Empty: nobody's.
	Owner string
	// Used is what the pages use together that live at the same time, those of a
	// set of frames: Nodes and Bytes of the limits bound the sum, until each is
	// closed. nil: this page is alone.
	Used *dom.Used
	// Inert leaves scripts and handlers alone.
	Inert  bool
	Limits Limits
}

// Limits bound what a page may cost. Zero fields mean the defaults.
type Limits struct {
	Nodes        int           // nodes ever made, by source or script; 140,000
	Depth        int           // nesting of elements; 512
	Splices      int           // pieces written by document.write; 20,000
	Bytes        int           // source and everything written; 8 MiB
	ScriptTime   time.Duration // work of scripts for one load or one act, see package script; 5 s
	ScriptMemory int           // bytes the script engine may hold; 64 MiB
	Timers       int           // timer calls for one load or one act, more are not run; 2,000
	Requests     int           // requests of scripts for one load or one act, and four more for each second waited; 30
	VirtualTime  time.Duration // how far timers are run after a load or a click; 30 s
	// Over is called where nodes, bytes or script memory are too much. Nil: nobody is told.
	Over func()
	// Endless is called where a script is stopped that has worked for all its time, or
	// a good part of it when the load or act is over. Nil: nobody is told.
	Endless func()
}

func (l Limits) withDefaults() Limits {
	setDefault(&l.Nodes, 140_000)
	setDefault(&l.Depth, 512)
	setDefault(&l.Splices, 20_000)
	setDefault(&l.Bytes, 8<<20)
	setDefault(&l.ScriptTime, 5*time.Second)
	setDefault(&l.ScriptMemory, 64<<20)
	setDefault(&l.Timers, 2_000)
	setDefault(&l.Requests, 30)
	setDefault(&l.VirtualTime, 30*time.Second)
	return l
}

func setDefault[T comparable](p *T, v T) {
	var zero T
	if *p == zero {
		*p = v
	}
}

func (o *Options) now() time.Time {
	if o.Now == nil {
		return time.Now()
	}
	return o.Now()
}

func (o *Options) sleep(ctx context.Context, d time.Duration) error {
	if o.Sleep != nil {
		return o.Sleep(ctx, d)
	}
	return wait.For(ctx, d)
}
