package main

import (
	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/examples/internal/access"
)

// Exit codes. Scripts rely on them; [rekey.ExitClass] says what each means.
const (
	exitDone        = 0
	exitUsage       = 2
	exitFirmware    = 3
	exitLogin       = 4
	exitPage        = 5
	exitFailed      = 6
	exitDrift       = 7
	exitDecision    = 8
	exitUnreachable = 9
	exitWaiting     = 10
	exitLocked      = 11
	exitPolicy      = 12
	exitUnverified  = 13
	exitCertificate = 14
	exitDeclined    = 15
	exitState       = 16
	exitInterrupted = 130
)

// exitOf is how the program ends: as the run did, by its report, or by what the
// program itself says of the command line.
func exitOf(report *rekey.Report, err error) rekey.Exit {
	exit := access.ExitOf(err)
	// The run knows whether it had changed the device it lost.
	if report != nil && report.Error != "" && exit.Class == rekey.ExitUnreachable && report.Exit.Class == rekey.ExitFailed {
		return report.Exit
	}
	return exit
}
