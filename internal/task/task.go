package task

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/row"
)

// The tasks, by row of the procedure.
const (
	DisableOld          = row.DisableOldTLS // TLS: make the old certificate worthless
	DisableOldSignature = row.DisableOldSignature
	EnableNew           = row.EnableNew // make the new certificate known
	EnableNewSignature  = row.EnableNewSignature
	Bluetooth           = row.PairBluetooth
	AMS                 = row.FetchRestrictions
	ChangePassword      = row.ChangePassword // ours: the password travelled under a weak key
	CompareKey          = row.CompareKey     // ours: so did what is known of the new key
	WeakKeysThere       = row.DeleteKept     // ours: an old key was kept
	PendingRestart      = row.PendingRestart // ours: the new key waits for a restart
)

// The kinds of certificates.
const (
	SelfSigned = "self-signed"
	CSR        = "csr"  // issued by a CA for a request
	SCEP       = "scep" // issued by a CA over SCEP
)

// issued is what CSR and SCEP are to a reader: the CA's certificates.
const issued = "issued"

// IDs lists the tasks in the order they are to be done.
func IDs() []string {
	return append(DisablingOld(), EnableNew, EnableNewSignature, PendingRestart, WeakKeysThere, Bluetooth, AMS, CompareKey, ChangePassword)
}

// DisablingOld are the tasks of making old certificates worthless, one for each
// usage with texts for it.
func DisablingOld() (ids []string) {
	for name := range texts[Languages()[0]]() {
		if id, _, isText := strings.Cut(name, "/"); isText && strings.HasPrefix(id, "V-") && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	return ids
}

// Languages lists the languages of the texts.
func Languages() []string { return []string{"zh-TW", "en", "ja"} }

// Facts fill a text. Whatever is empty is left out of it.
type Facts struct {
	Device string // what people call the machine: its model, its name
	URL    string // of its Remote UI
	Old    Cert   // the certificate that was replaced
	New    Cert   // its successor
	Policy string // of IPSec, if the task is about one
	// Machines are other machines on which the task is done already, Failed those
	// on which that was tried in vain.
	Machines, Failed []string
	// Reason to be given to a CA, by its name in RFC 5280; empty: keyCompromise.
	// Asked is when the CA was asked to revoke the old certificate, zero if
	// nobody did; Confirmed by what its revocation is known. Commands are what to
	// type where nobody asked.
	Reason    string
	Asked     time.Time
	Confirmed string
	Commands  []string
}

// Field is a label of a details page and its value.
type Field struct{ Label, Value string }

// Cert describes a certificate and its key.
type Cert struct {
	Key                 string // name in the machine's list of keys
	Subject             string
	Issuer              string
	Serial              string
	NotBefore, NotAfter time.Time // shown in UTC
	SHA1, SHA256        string    // fingerprints of the certificate in hex
	Pin                 string    // of the key, as programs take it
	Attached            bool      // the certificate itself is in the report
	// Fields are what the details page says, where nothing better is known.
	Fields []Field
}

// Text returns the text of a task for a usage ("tls"), the kind of certificate
// it is about (for [DisableOld] the old one's, for [EnableNew] the new one's,
// without meaning for [ChangePassword] and [CompareKey]) and a language. Where the procedure
// asks nothing of anybody the text is empty. A task, usage, kind or language
// that is not known is an error.
//
// The facts may come from the device: what could disturb a terminal or a
// reader is replaced, and long values are cut.
func Text(id, usage, kind, lang string, f Facts) (string, error) {
	in, ok := texts[lang]
	if !ok {
		return "", fmt.Errorf("task: language %q: want one of %s", lang, strings.Join(Languages(), ", "))
	}
	group, err := group(kind)
	if err != nil && id != ChangePassword && id != CompareKey && id != WeakKeysThere && id != PendingRestart && id != Bluetooth && id != AMS && id != DisableOldSignature && id != EnableNewSignature {
		return "", err
	}
	t, name := in(), id+"/"+usage
	if t[name+"/"+group] != nil {
		name += "/" + group
	}
	if t[name] == nil {
		if nothingToDo(t, id, usage, group) {
			return "", nil
		}
		return "", fmt.Errorf("task: no text for task %q, usage %q, kind %q", id, usage, kind)
	}
	var b strings.Builder
	if err := t.execute(&b, name, reflect.ValueOf(newView(f))); err != nil {
		return "", fmt.Errorf("task: %w", err)
	}
	return strings.TrimSpace(b.String()) + "\n", nil
}

func group(kind string) (string, error) {
	switch kind {
	case SelfSigned:
		return SelfSigned, nil
	case CSR, SCEP:
		return issued, nil
	}
	return "", fmt.Errorf("task: kind of certificate %q: want %s, %s or %s", kind, SelfSigned, CSR, SCEP)
}

// nothingToDo: who trusts the CA trusts its new certificate. // E-1
func nothingToDo(t templates, id, usage, group string) bool {
	return id == EnableNew && group == issued && t[id+"/"+usage+"/"+SelfSigned] != nil
}
