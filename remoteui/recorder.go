package remoteui

import "github.com/rekey-go/rekey/remoteui/internal/page"

type Recorder struct{}

func (r *Recorder) Keep(...string)                            {}
func (r *Recorder) Mask(...string)                            {}
func (r *Recorder) add(q *page.Request, res *response, a act) {}
func (r *Recorder) leave(q *page.Request, res *response)      {}
