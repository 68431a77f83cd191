package simdevice

import (
	"slices"

	"github.com/rekey-go/rekey/internal/row"
)

// Rule names something the device enforces or does. [Config.Broken] breaks
// exactly that.
type Rule string

// The rules.
const (
	RulePageOrder           Rule = "page-order"
	RuleEntryCookie         Rule = "entry-cookie"
	RuleToken               Rule = "token"
	RuleHiddenFields        Rule = "hidden-fields"
	RuleLoginLockout        Rule = "login-lockout"
	RuleRestartForgets      Rule = "restart-forgets"
	RuleControllerShown     Rule = "controller-shown"
	RuleKeyStrength         Rule = "key-strength"
	RuleProtectedKeys       Rule = "protected-keys"
	RulePublicKeyShown      Rule = "public-key-shown"
	RuleIssuerShown         Rule = "issuer-shown"
	RuleUsageShown          Rule = "usage-shown"
	RuleNameAlphanumeric    Rule = "name-alphanumeric"
	RuleNameUnique          Rule = "name-unique"
	RuleDateOrder           Rule = "date-order"
	RuleFormValues          Rule = "form-values"
	RuleAutoRegister        Rule = "auto-register"
	RuleKeySlots            Rule = "key-slots"
	RuleHashNeedsLength     Rule = "hash-needs-length"
	RuleCSRFormValues       Rule = "csr-form-values"
	RuleCSROfKey            Rule = "csr-of-key"
	RuleCSRUnusable         Rule = "csr-unusable"
	RuleCSROwnKey           Rule = "csr-own-key"
	RuleRegisterStores      Rule = "register-stores"
	RuleSCEPHTTPOnly        Rule = "scep-http-only"
	RuleChallengeInCSR      Rule = "challenge-in-csr"
	RuleSCEPStores          Rule = "scep-stores"
	RuleTimerBlocksRequest  Rule = "timer-blocks-request"
	RuleTimerBlocksSettings Rule = "timer-blocks-settings"
	RuleSCEPLocationBinds   Rule = "scep-location-binds"
	RuleSCEPNoSwitchOn      Rule = "scep-no-switch-on"
	RuleUseStoredAtOnce     Rule = "use-stored-at-once"
	RuleDraftNeedsOK        Rule = "draft-needs-ok"
	RuleOthersKept          Rule = "others-kept"
	RuleBindingRestart      Rule = "binding-needs-restart"
	RuleApplyRestarts       Rule = "apply-restarts"
	RuleServedIsBound       Rule = "served-is-bound"
	RuleNotForTLS           Rule = "not-for-tls"
	RuleChoiceNeedsOK       Rule = "choice-needs-ok"
	RuleFormsKept           Rule = "forms-kept"
	RulePolicyAlone         Rule = "policy-alone"
	RuleSIPUnused           Rule = "sip-unused"
	RuleOneRestart          Rule = "one-restart"
	RuleSIPServed           Rule = "sip-served"
	RuleSignatureRenewed    Rule = "signature-renewed"
	RuleExportCurrent       Rule = "export-current"
	RuleSMIMEStored         Rule = "smime-stored"
	RuleKeyInUse            Rule = "key-in-use"
	RuleDeleteDeletes       Rule = "delete-deletes"
	RuleIconsShown          Rule = "icons-shown"
)

// RuleInfo tells what a [Rule] means.
type RuleInfo struct {
	Rule Rule
	// Row of the procedure the rule belongs to, such as "R-5", or "UI" for the
	// way the Remote UI works.
	Row string
	// Text says what holds while the rule is enforced.
	Text string
	// Broken says what the device does when the rule is in [Config.Broken].
	Broken string
}

// Rules lists every rule.
func Rules() []RuleInfo { return slices.Clone(ruleTable) }

var ruleTable = []RuleInfo{
	{RulePageOrder, "UI", "a page is reached only by way of the pages before it", "every page answers at once"},
	{RuleEntryCookie, "UI", "pages under /rps/ need the cookie iR", "the cookie is not looked at"},
	{RuleToken, "UI", "a write carries the token of the page just loaded, once", "any token will do"},
	{RuleHiddenFields, "UI", "a write carries every hidden field of its form, repeated ones too", "they are not looked at"},
	{RuleLoginLockout, "UI", "MaxFailures refused logins lock the login", "it is never locked"},
	{RuleRestartForgets, row.Restart, "a restart ends every session", "sessions survive it"},
	{RuleControllerShown, row.ReadFirmware, "Device Information shows the controller's version", "the row is missing"},
	{RuleKeyStrength, row.UpdateFirmware, "generated RSA keys are weak exactly if MakesWeakKeys", "the other way round"},
	{RuleProtectedKeys, row.ListKeys, "Default Key, AMS and the device signature key cannot be deleted", "they can"},
	{RulePublicKeyShown, row.TestKey, "the details page shows algorithm and length of the public key", "it shows them for no key"},
	{RuleIssuerShown, row.RecordEvidence, "the details page shows the issuer", "the row is missing"},
	{RuleUsageShown, row.ReadUsages, "the list shows what each key is used for", "the column is empty"},
	{RuleNameAlphanumeric, row.GenerateKey, "a key's name is alphanumeric", "any name is taken"},
	{RuleNameUnique, row.GenerateKey, "a key's name is free", "two keys may share one"},
	{RuleDateOrder, row.GenerateKey, "the validity does not end before it starts", "it may"},
	{RuleFormValues, row.GenerateKey, "the certificate has the values of the form", "its subject is empty but for the host's name"},
	{RuleAutoRegister, row.GenerateKey, "a generated key registers itself", "it is lost"},
	{RuleKeySlots, row.GenerateKey, "no key is generated when every slot is taken", "there is always room"},
	{RuleHashNeedsLength, row.HashNeedsLength, "SHA384 and SHA512 need RSA keys of 1024 bits or more", "512 bits will do"},
	{RuleCSRFormValues, row.MakeCSR, "the signing request has the values of the form", "its subject is empty but for the host's name"},
	{RuleCSROfKey, row.MakeCSR, "the signing request is one of the key that stands in the list", "it is one of another key"},
	{RuleCSRUnusable, row.MakeCSR, "a key without certificate cannot be chosen for a usage", "it can"},
	{RuleCSROwnKey, row.RegisterCertificate, "a certificate is registered for its own key only", "any certificate is taken"},
	{RuleRegisterStores, row.RegisterCertificate, "registering a certificate makes its key usable", "the answer is the same but the key stays without"},
	{RuleSCEPHTTPOnly, row.RequestBySCEP, "a SCEP server's address with TLS is refused", "it is stored, and no request gets there"},
	{RuleChallengeInCSR, row.RequestBySCEP, "the challenge password is in the request", "the request has none"},
	{RuleSCEPStores, row.RequestBySCEP, "the certificate that SCEP brings stands in the list with its key", "both are lost"},
	{RuleTimerBlocksRequest, row.SuspendTimer, "no request is sent by hand while the timer is on", "it is"},
	{RuleTimerBlocksSettings, row.SuspendTimer, "the SCEP server cannot be changed while the timer is on", "it can"},
	{RuleSCEPLocationBinds, row.SCEPLocation, "the key gets the use location of the request", "it gets none"},
	{RuleSCEPNoSwitchOn, row.SCEPLocation, "a use location does not switch its function on", "it does"},
	{RuleUseStoredAtOnce, row.BindTLS, "[Use] stores the binding to TLS without [OK]", "it waits for [OK] on the TLS page"},
	{RuleDraftNeedsOK, row.BindTLS, "other values of the TLS page are stored by [OK] only", "going on to the keys stores them"},
	{RuleOthersKept, row.BindTLS, "binding a key changes no other setting", "it resets the lowest TLS version"},
	{RuleBindingRestart, row.Restart, "a binding is in effect after the restart", "it is at once"},
	{RuleApplyRestarts, row.Restart, "[Apply Setting Changes] restarts the device", "it only says so"},
	{RuleServedIsBound, row.Restart, "after the restart TLS is served with the bound key", "with the one before"},
	{RuleNotForTLS, row.UnfitForTLS, "the device signature key and AMS cannot be used for TLS", "they can"},
	{RuleChoiceNeedsOK, "R-2", "[Use] for IEEE 802.1X, IPSec and SIP is stored by [OK] only", "it is stored at once"},
	{RuleFormsKept, "R-2", "binding a key there changes no other setting", "it switches the first function of the page over"},
	{RulePolicyAlone, "R-3", "binding a key to a policy leaves the other policies alone", "all policies get it"},
	{RuleSIPUnused, "R-4", "a key in use elsewhere cannot be chosen for SIP", "it can"},
	{RuleOneRestart, row.Restart, "one restart puts all bindings in effect", "each restart only the first that waits"},
	{RuleSIPServed, "C-4", "after the restart SIP is served with the bound key", "with the one before"},
	{RuleSignatureRenewed, row.RenewSignature, "[Generate/Update] puts a new device signature key in the place of the old", "nothing happens"},
	{RuleExportCurrent, row.EnableNewSignature, "the export gives the certificate of the key that there is", "it gives the one from the factory"},
	{RuleSMIMEStored, row.EnableNewSignature, "registering an S/MIME certificate stores the file", "it is refused"},
	{RuleKeyInUse, row.DeleteKey, "a key in use cannot be deleted", "it can"},
	{RuleDeleteDeletes, row.DeleteKey, "a deleted key is gone", "the answer is the same but the key stays"},
	{RuleIconsShown, row.KeyIcons, "icons mark corrupt keys and keys without certificate", "there are none"},
}

// Invariant names something that must hold whoever operates the device. The
// device checks all of them after every request.
type Invariant string

// The invariants.
const (
	InvariantWorkingKey      Invariant = "working-key"        // every usage has a working key
	InvariantSettingsKept    Invariant = "settings-kept"      // nothing but bindings changes
	InvariantOneSuccessor    Invariant = "one-successor"      // no more unbound new keys than usages wait for one
	InvariantProvedSuccessor Invariant = "proved-successor"   // a key is deleted after its successor was seen in use
	InvariantExportedFirst   Invariant = "exported-first"     // the device signature is renewed after its export
	InvariantNoJobLost       Invariant = "no-job-lost"        // nothing restarts while jobs run
	InvariantRefusedOnce     Invariant = "refused-once"       // a refused credential is not sent again
	InvariantLoggedOut       Invariant = "logged-out"         // nothing is sent in a session after its logout
	InvariantNoOpenSession   Invariant = "no-open-session"    // no session is open at Close
	InvariantKnownRequest    Invariant = "known-request"      // every request is for something a page offers
	InvariantTimerRestored   Invariant = "timer-restored"     // SCEP's timer is at Close as it was at first
	InvariantNoSecretInClear Invariant = "no-secret-in-clear" // no form goes to the port without TLS, no password into an address
)
