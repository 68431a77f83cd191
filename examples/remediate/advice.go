package main

import (
	"context"
	"errors"
	"net"
	"strings"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/remoteui"
)

// advice is what to do about an error in terms of this program's flags, where
// the error's own text cannot know them.
func advice(err error, pageLang string) []string {
	if errors.Is(err, context.Canceled) {
		return []string{"Run the same again to finish: it looks where things stand."}
	}
	if e, ok := errors.AsType[*rekey.SuccessorError](err); ok {
		return []string{"If the panel shows this thumbprint for the key, run the same again with -pin " + e.Pin.String(),
			"If it does not, somebody stands between: find out who, and change the password at the panel."}
	}
	if e, ok := errors.AsType[*remoteui.IdentityError](err); ok {
		return adviseIdentity(e)
	}
	if e, ok := errors.AsType[*remoteui.LoginError](err); ok {
		return adviseLogin(e)
	}
	if e, ok := errors.AsType[*remoteui.PageError](err); ok {
		return advisePage(e, pageLang)
	}
	if e, ok := errors.AsType[*net.OpError](err); ok && e.Op == "dial" {
		return []string{"Is the device switched on, awake and connected, and is -url right?",
			"Its Remote UI is usually at https://HOST:8443/ or https://HOST/."}
	}
	if strings.Contains(err.Error(), "LegacyTLS") { // remoteui knows the field, not the flag
		return []string{"Old firmware may need -legacy-tls: use it on a network you trust."}
	}
	return nil
}

func adviseIdentity(e *remoteui.IdentityError) []string {
	return []string{
		"Compare this with the certificate that a browser shows on a network you trust, or at the device's panel.",
		"If it is your device: -pin " + e.Got.String(),
		"If you expected another key, find out first who replaced it: anyone in between can present any key.",
		"-ca FILE asks a CA. -trust-on-first-use believes whoever answers, where nothing else is given or known of an earlier run.",
	}
}

func adviseLogin(e *remoteui.LoginError) []string {
	if e.Failure != remoteui.WrongCredential {
		return nil // it says itself what to do, and the credential was not at fault
	}
	switch {
	case e.Missing && strings.Contains(e.Asks, "ID"):
		return []string{"Its login page asks for a " + e.Asks + ": give -dept-id ID in place of -user. No attempt was used up."}
	case e.Missing && e.Asks != "":
		return []string{"Its login page asks for a " + e.Asks + ": give -user NAME in place of -dept-id. No attempt was used up."}
	case e.Missing:
		return []string{"The login page tells which is wanted: -user NAME or -dept-id ID, with -password-env VAR or -password-file FILE."}
	case e.Before:
		return []string{correctText}
	}
	return []string{correctText, "Nothing else was tried: a few wrong passwords lock most devices."}
}

const correctText = "Correct -user or -dept-id, or what -password-env or -password-file gives, and run again."

func advisePage(e *remoteui.PageError, pageLang string) []string {
	lines := []string{"If the language of its pages was not recognised: -lang TAG. Otherwise this device is new to us: please report its model and the following, which holds no values:"}
	if pageLang != "" {
		lines[0] = "Is -lang " + pageLang + " the language of its pages? Without -lang that is found out. Otherwise this device is new to us: please report its model and the following, which holds no values:"
	}
	for line := range strings.Lines(e.Snapshot) {
		if len(lines) == maxSnapshotLines {
			return append(lines, "…")
		}
		lines = append(lines, "| "+strings.TrimRight(line, "\r\n"))
	}
	return lines
}

// maxSnapshotLines bounds what of a page is shown.
const maxSnapshotLines = 60
