package revoker

import (
	"context"
	"crypto/x509"
	"fmt"
	"strconv"
	"strings"

	"github.com/rekey-go/rekey/revocation"
)

// The kinds of CAs that instructions know, as Instruction.CA names them.
const (
	CAUnknown = ""
	CAADCS    = "ad-cs"   // Microsoft Active Directory Certificate Services
	CAOpenSSL = "openssl" // the command "openssl ca"
)

// Instructions asks no CA: its Revoke returns a [*revocation.ByHandError] with
// what a person is to do. Command lines name a serial number only, and a person
// who runs them at a CA revokes whatever has that number there; so there are
// none unless Issuers prove that the certificate is the CA's. Without, there is
// a letter, which says what to compare. The zero value is for an unknown CA.
type Instructions struct {
	// ADCS is the CA as certutil's -config names it, such as
	// `ca01.example\Example Issuing CA`, for Microsoft AD CS. The person needs the
	// permission "Issue and Manage Certificates".
	ADCS string
	// OpenSSL is the configuration file of "openssl ca" on the CA's machine.
	OpenSSL string
	// File gives the name of the certificate's file as the CA's team has it, for
	// "openssl ca". Nil is the copy that "openssl ca" keeps, SERIAL.pem.
	File func(revocation.Evidence) string `json:"-"`
	// Issuers are the certificates that the CA issues with, today's and earlier
	// ones. A certificate that none of them signed is not the CA's
	// ([revocation.ErrOtherIssuer]). Nil: they are not known, and nothing is proved.
	Issuers []*x509.Certificate `json:"-"`
}

var (
	_ revocation.Revoker    = Instructions{}
	_ revocation.Needer     = Instructions{}
	_ revocation.Prechecker = Instructions{}
)

// Needs says that nothing is needed: a person may find the certificate by what
// the details page says.
func (i Instructions) Needs() revocation.Need { return revocation.NeedNothing }

// Revoke returns what to do as a [*revocation.ByHandError], or
// [revocation.ErrSelfSigned], or [revocation.ErrOtherIssuer].
func (i Instructions) Revoke(ctx context.Context, e revocation.Evidence, r revocation.Reason) error {
	if err := r.CheckRequest(); err != nil {
		return err
	}
	if err := i.CanRevoke(ctx, e); err != nil {
		return err
	}
	return &revocation.ByHandError{Instruction: i.For(e, r)}
}

// CanRevoke does as [revocation.Prechecker] says, as far as Issuers are known.
func (i Instructions) CanRevoke(ctx context.Context, e revocation.Evidence) error {
	if err := revocation.Lacks(i, e); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if len(i.Issuers) == 0 || e.Certificate == nil {
		return nil
	}
	_, err := i.proved(e)
	return err
}

// proved gives the certificate of e if it is proved to be the CA's.
func (i Instructions) proved(e revocation.Evidence) (*target, error) {
	t, err := targetOf(i, e)
	if err == nil {
		err = t.issuedBy(i.Issuers)
	}
	return t, err
}

// For is what to do to have the certificate of e revoked.
func (i Instructions) For(e revocation.Evidence, r revocation.Reason) revocation.Instruction {
	out := revocation.Instruction{CA: i.kind(), Reason: r, Identifiers: identifiers(e)}
	if e.Certificate != nil {
		if t, err := i.proved(e); err == nil && t.serial.Sign() >= 0 {
			out.Commands = i.commands(e, t.hex(), r)
		}
	}
	out.Request = letter(e, out)
	return out
}

func (i Instructions) kind() string {
	switch {
	case i.ADCS != "":
		return CAADCS
	case i.OpenSSL != "":
		return CAOpenSSL
	}
	return CAUnknown
}

func (i Instructions) commands(e revocation.Evidence, serial string, r revocation.Reason) (all []revocation.Command) {
	kind := i.kind()
	if kind != CAOpenSSL {
		certutil := "certutil "
		if i.ADCS != "" {
			certutil += "-config " + quoteCmd(i.ADCS) + " "
		}
		all = append(all,
			revocation.Command{CA: CAADCS, Purpose: "revoke", Shell: "cmd", Line: certutil + "-revoke " + serial + " " + strconv.Itoa(int(r))},
			revocation.Command{CA: CAADCS, Purpose: "publish", Shell: "cmd", Line: certutil + "-CRL"})
	}
	if kind != CAADCS {
		openssl := "openssl ca "
		if i.OpenSSL != "" {
			openssl += "-config " + quoteSh(i.OpenSSL) + " "
		}
		all = append(all,
			revocation.Command{CA: CAOpenSSL, Purpose: "revoke", Shell: "sh", Line: openssl + "-revoke " + quoteSh(i.file(e, serial)) + opensslReason(r)},
			revocation.Command{CA: CAOpenSSL, Purpose: "publish", Shell: "sh", Line: openssl + "-gencrl -out crl.pem"})
	}
	return all
}

func (i Instructions) file(e revocation.Evidence, serial string) string {
	if i.File != nil {
		if name := i.File(e); name != "" {
			return name
		}
	}
	return strings.ToUpper(serial) + ".pem"
}

// opensslReason is the option for a reason; openssl ca knows fewer than RFC
// 5280 has.
func opensslReason(r revocation.Reason) string {
	if r == revocation.Unspecified || r == revocation.PrivilegeWithdrawn {
		return ""
	}
	return " -crl_reason " + r.String()
}

// quoteCmd quotes for cmd.exe. What cannot be quoted there, and stands in no
// name of a CA, is left out.
func quoteCmd(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '"' || r == '%' {
			return -1
		}
		return r
	}, s)
	return `"` + s + `"`
}

// quoteSh quotes for a POSIX shell. A name that looks like an option is made a
// path.
func quoteSh(s string) string {
	if strings.HasPrefix(s, "-") {
		s = "./" + s
	}
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./") == "" && s != "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// Format writes what kind of CA it is for.
func (i Instructions) Format(f fmt.State, _ rune) {
	switch i.kind() {
	case CAADCS:
		fmt.Fprintf(f, "instructions for AD CS %s", quote(i.ADCS))
	case CAOpenSSL:
		fmt.Fprintf(f, "instructions for openssl ca with %s", quote(i.OpenSSL))
	default:
		fmt.Fprint(f, "instructions for an unknown CA")
	}
}
