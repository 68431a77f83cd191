package simdevice

import "fmt"

// showJobs lists the jobs of one kind, or the received faxes in memory.
func (x *exchange) showJobs() {
	heading, n := wJobsPrint, 0
	switch x.kind {
	case PagePrintJobs:
		n = x.d.jobs
	case PageSendJobs:
		heading = wJobsSend
	case PageReceiveJobs:
		heading = wJobsReceive
	case PageFaxMemory:
		heading, n = wFaxMemory, x.d.received
	}
	p := x.frame(x.kind, heading, wStatus)
	var rows []record
	for i := range n {
		rows = append(rows, record{{rowID, i}, {rowName, fmt.Sprintf("Document%d", i+1)}, {rowUsage, x.l.text(wJobRunning)}})
	}
	p.list([]column{
		{x.l.text(wJobName), []string{"%" + rowName + "%"}, ""},
		{x.l.text(wJobState), []string{"%" + rowUsage + "%"}, ""},
	}, rows)
	p.end()
}

// FinishJobs ends the jobs and prints what was received.
func (d *Device) FinishJobs() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.jobs, d.received = 0, 0
}
