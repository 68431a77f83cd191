package simdevice

import (
	"crypto/x509"
	"time"
)

// The usages of a key as the pages print them, with those of the functions.
const (
	UseTLS   = "TLS"
	UseIPSec = "IPSec"
)

// The names of the preinstalled keys, the same in every language.
const (
	nameDefaultKey   = "Default Key"
	nameAMS          = "AMS"
	nameSignatureKey = "Device Signature Key"
)

// PageKind says which page of the Remote UI a request is for.
type PageKind string

// The pages. A page that is written to (a form, a list) has the same kind for
// reading and for writing.
const (
	PagePortal        PageKind = "portal" // or the login page, at "/"
	PageLogin         PageKind = "login"  // the answer to it
	PagePassword      PageKind = "password-change"
	PageCode          PageKind = "one-time-code"
	PageEntry         PageKind = "entry" // nativetop.cgi
	PageLogout        PageKind = "logout"
	PageStatus        PageKind = "status"
	PageDeviceInfo    PageKind = "device-information"
	PageSettings      PageKind = "settings"
	PageFrameset      PageKind = "settings-frames" // with Layout.Frames: what holds menu and settings
	PageMenu          PageKind = "settings-menu"   // in a frame
	PageNetwork       PageKind = "network-menu"
	PageManagement    PageKind = "management-menu"
	PageLicense       PageKind = "license-menu"
	PageKeyList       PageKind = "key-list"
	PageKeyDetails    PageKind = "key-details"
	PageVerify        PageKind = "verify-certificate"
	PageRegister      PageKind = "register-certificate"
	PageDelete        PageKind = "delete-key"
	PageGenerateMenu  PageKind = "generate-menu"
	PageGenerate      PageKind = "generate-network-key"
	PageGenerating    PageKind = "generating" // the wait for a new key
	PageSCEP          PageKind = "scep"
	PageSCEPServer    PageKind = "scep-server"
	PageSCEPTimer     PageKind = "scep-timer"
	PageSCEPRequest   PageKind = "scep-request"
	PageSCEPSent      PageKind = "scep-sent" // after a request, with [Restart]
	PageSCEPStatus    PageKind = "scep-status"
	PageCSR           PageKind = "generate-csr"
	PageCSRData       PageKind = "csr"      // the request, shown
	PageCSRFile       PageKind = "csr-file" // and downloaded
	PageRegisterFile  PageKind = "register-certificate-file"
	PageTLS           PageKind = "tls-settings"
	PageTLSKeys       PageKind = "tls-keys"
	PageIPSec         PageKind = "ipsec-policies"
	PagePolicy        PageKind = "ipsec-policy"
	PageIKE           PageKind = "ike-settings"
	PageIKEKeys       PageKind = "ike-keys"
	PageBluetooth     PageKind = "bluetooth"
	PageAMS           PageKind = "ams"
	PageSend          PageKind = "send-menu"
	PageSMIME         PageKind = "smime"
	PageSMIMECerts    PageKind = "smime-certificates"
	PageSMIMEDetails  PageKind = "smime-details"
	PageSMIMERegister PageKind = "smime-register"
	PageSignature     PageKind = "signature"
	PageSignatureOK   PageKind = "signature-ok"
	PageExport        PageKind = "export-signature"
	PageExportFile    PageKind = "export-file"
	PagePrintJobs     PageKind = "print-jobs"
	PageSendJobs      PageKind = "send-jobs"
	PageReceiveJobs   PageKind = "receive-jobs"
	PageFaxMemory     PageKind = "fax-memory"
	PageApply         PageKind = "apply-changes"
	PageNotAvailable  PageKind = "not-available"
	PageScript        PageKind = "script" // an external script file
	PageImage         PageKind = "image"
	PageUnknown       PageKind = "unknown"
)

// KeyState is a key of the device as it is, which may differ from what the
// pages show.
type KeyState struct {
	Name      string
	Algorithm string // "RSA" or "ECDSA"
	Bits      int    // of the modulus or the curve
	Weak      bool   // the primes are close
	// Uses are the stored bindings, Active those in effect since the last
	// restart, in the order TLS, IEEE 802.1X, IPSec, SIP.
	Uses, Active []string
	Imported     bool
	// Generated over the Remote UI, by this device.
	Generated     bool
	Corrupt       bool
	NoCertificate bool
	// Certificate is nil if NoCertificate.
	Certificate *x509.Certificate
	// SPKI is the SHA-256 of the SubjectPublicKeyInfo in hexadecimal digits.
	SPKI string
}

// Settings is a snapshot of every stored setting. Two of them compare with ==.
type Settings struct {
	// Names of the keys bound, empty if none.
	TLSKey, IEEE8021XKey, IPSecKey, SIPKey string
	// Allowed TLS versions, such as "TLS1.2".
	TLSMin, TLSMax string
	// Names of the allowed ciphers, separated by commas.
	TLSCiphers string
	// Policies tells the key of each IPSec policy: "HQ=key1;Lab=key2".
	Policies string
	// SCEPTimer: the timer for automatic certificate requests is ticked.
	SCEPTimer bool
	// Others are all fields of the pages of IEEE 802.1X, IPSec, SIP, SCEP,
	// Bluetooth, S/MIME and ACCESS MANAGEMENT SYSTEM but the keys, written out.
	Others string
	// Pending says that something stored is not in effect before a restart.
	Pending bool
}

// Field is a name and a value of a request, in the order sent.
type Field struct{ Name, Value string }

// LogEntry is one request the device saw.
type LogEntry struct {
	Time   time.Time
	Method string
	Path   string
	Page   PageKind
	// Fields of the query and then of the body. Values of secrets (passwords,
	// tokens) are "***".
	Fields []Field
	// Session counts logins; zero means no session.
	Session int
	// Status of the answer; zero if there was none.
	Status int
	// Refused is the text of the error page or message that was the answer.
	Refused string
	// Change says what the request changed; empty if nothing.
	Change string
	// Fault that happened, if any.
	Fault FaultKind
}
