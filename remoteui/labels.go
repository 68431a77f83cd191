package remoteui

import (
	"bufio"
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Label names something on a page by what it means; the label data says how it
// reads in each language. Labels are used by role: the same text may be a
// link, a field and a heading without getting in its own way.
type Label string

// The labels that the procedures need. The texts are in labels/*.tsv, each
// marked as seen in a public document or not.
const (
	StatusMonitor          Label = "status-monitor"
	DeviceInformation      Label = "device-information"
	VersionInformation     Label = "version-information"
	Controller             Label = "controller"
	ProductName            Label = "product-name"
	Settings               Label = "settings"
	LogOut                 Label = "log-out"
	DeviceManagement       Label = "device-management"
	KeyList                Label = "key-list"
	Network                Label = "network"
	TLSSettings            Label = "tls-settings"
	ApplyChanges           Label = "apply-changes"
	GenerateKey            Label = "generate-key"
	Generate               Label = "generate"
	NetworkCommunication   Label = "network-communication"
	KeyName                Label = "key-name"
	SignatureAlgorithm     Label = "signature-algorithm"
	KeyAlgorithm           Label = "key-algorithm"
	KeyLength              Label = "key-length"
	KeyType                Label = "key-type"
	RSA                    Label = "rsa"
	ECDSA                  Label = "ecdsa"
	ValidityStart          Label = "validity-start"
	ValidityEnd            Label = "validity-end"
	Country                Label = "country"
	CountrySelect          Label = "country-select"
	CountryCode            Label = "country-code"
	State                  Label = "state"
	City                   Label = "city"
	Organization           Label = "organization"
	OrganizationalUnit     Label = "organizational-unit"
	CommonName             Label = "common-name"
	OK                     Label = "ok"
	Next                   Label = "next"      // on to the next page of a form
	NextPage               Label = "next-page" // of a list
	Cancel                 Label = "cancel"
	Back                   Label = "back"
	Close                  Label = "close"
	Delete                 Label = "delete"
	Use                    Label = "use"
	KeyAndCertificate      Label = "key-and-certificate"
	CertificateColumn      Label = "certificate-column"
	KeyUsage               Label = "key-usage"
	PublicKey              Label = "public-key"
	Issuer                 Label = "issuer"
	Subject                Label = "subject"
	SerialNumber           Label = "serial-number"
	Thumbprint             Label = "thumbprint"
	VerifyCertificate      Label = "verify-certificate"
	RegisterCertificate    Label = "register-certificate"
	LastUpdated            Label = "last-updated"
	UsesTLS                Label = "uses-tls"
	UsesIEEE8021X          Label = "uses-ieee8021x"
	UsesIPSec              Label = "uses-ipsec"
	UsesSIP                Label = "uses-sip"
	UsesDeviceSignature    Label = "uses-device-signature"
	LoginDestination       Label = "login-destination"
	ThisDevice             Label = "this-device"
	LogIn                  Label = "log-in"
	AdministratorLogin     Label = "administrator-login"
	ManagerMode            Label = "manager-mode"
	UserName               Label = "user-name"
	DepartmentID           Label = "department-id"
	ManagerID              Label = "manager-id"
	Password               Label = "password"
	PIN                    Label = "pin"
	Restart                Label = "restart"
	RestartDevice          Label = "restart-device"
	IEEE8021XSettings      Label = "ieee8021x-settings"
	UseIEEE8021X           Label = "use-ieee8021x"
	UseTLS                 Label = "use-tls"
	IPSecPolicies          Label = "ipsec-policies"
	PolicyName             Label = "policy-name"
	IKESettings            Label = "ike-settings"
	AuthenticationMethod   Label = "authentication-method"
	PreSharedKeyMethod     Label = "pre-shared-key-method"
	DigitalSignatureMethod Label = "digital-signature-method"
	SIPSettings            Label = "sip-settings"
	IntranetSettings       Label = "intranet-settings"
	BluetoothSettings      Label = "bluetooth-settings"
	UseBluetooth           Label = "use-bluetooth"
	LicenseOther           Label = "license-other"
	AMSSettings            Label = "ams-settings"
	UseAMS                 Label = "use-ams"
	Edit                   Label = "edit"
	On                     Label = "on"
	Off                    Label = "off"
	ExportSignature        Label = "export-signature"
	StartExporting         Label = "start-exporting"
	DeviceSignature        Label = "device-signature"
	GenerateUpdate         Label = "generate-update"
	Yes                    Label = "yes"
	No                     Label = "no"
	SMIMECertificates      Label = "smime-certificates"
	RegisterSMIME          Label = "register-smime"
	Register               Label = "register"
	Send                   Label = "send"
	SMIMESettings          Label = "smime-settings"
	EncryptionSettings     Label = "encryption-settings"
	DoNotEncrypt           Label = "do-not-encrypt"
	AddSignature           Label = "add-signature"
	JobStatus              Label = "job-status"
	ReceiveJobs            Label = "receive-jobs"
	PrintJobs              Label = "print-jobs"
	SendJobs               Label = "send-jobs"
	FaxMemory              Label = "fax-memory"
	JobState               Label = "job-state"
	NoJobs                 Label = "no-jobs"
	JobEnded               Label = "job-ended"
	CSR                    Label = "csr"
	SaveFile               Label = "save-file"
	SCEPSettings           Label = "scep-settings"
	SCEPCommunication      Label = "scep-communication"
	SCEPServerURL          Label = "scep-server-url"
	PortNumber             Label = "port-number"
	CommunicationTimeout   Label = "communication-timeout"
	Update                 Label = "update"
	AutoRequestSettings    Label = "auto-request-settings"
	AutoRequestTimer       Label = "auto-request-timer"
	CertificateRequest     Label = "certificate-request"
	ChallengePassword      Label = "challenge-password"
	UseLocation            Label = "use-location"
	NoLocation             Label = "no-location"
	SendRequest            Label = "send-request"
)

// reachable are the pages that may be gone to by their address: a menu leads
// to each, and nothing of an earlier page is needed for it.
var reachable = []Label{
	StatusMonitor, DeviceInformation, Settings, DeviceManagement, KeyList, GenerateKey, NetworkCommunication, CSR, DeviceSignature,
	ExportSignature, SMIMECertificates, Network, TLSSettings, IEEE8021XSettings, IPSecPolicies, SIPSettings, BluetoothSettings,
	LicenseOther, AMSSettings, Send, SMIMESettings, SCEPSettings, SCEPCommunication, AutoRequestSettings, CertificateRequest,
	PrintJobs, SendJobs, ReceiveJobs, FaxMemory,
}

// LabelText is one way a label may read.
type LabelText struct {
	Text     string
	Verified bool   // printed in a public document
	Source   string // which one; "-" if none
	// Profile is the file and line of the [Profile] that the text comes from;
	// empty: it is of our own data.
	Profile string
}

// UnverifiedLabel is a text that no public document shows and that was relied
// on all the same, because it fitted exactly one element of the wanted role; or
// a text or pin of a profile that was used.
type UnverifiedLabel struct {
	Label Label  `json:"label"`
	Text  string `json:"text"` // of a pin: "url PATH", "name NAME" or "id ID"
	Page  string `json:"page"`
	// Profile is the file and line that the text or pin comes from; empty: it is
	// of our own data.
	Profile string `json:"profile,omitempty"`
}

//go:embed labels/*.tsv
var labelFiles embed.FS

// labelSet holds one language.
type labelSet map[Label][]LabelText

var loadLabels = sync.OnceValue(func() map[string]labelSet {
	all := map[string]labelSet{}
	entries, err := labelFiles.ReadDir("labels")
	if err != nil {
		panic(err)
	}
	for _, e := range entries {
		data, err := labelFiles.ReadFile("labels/" + e.Name())
		if err != nil {
			panic(err)
		}
		set, err := parseLabels(string(data))
		if err != nil {
			panic(fmt.Sprintf("labels/%s: %v", e.Name(), err))
		}
		all[strings.TrimSuffix(e.Name(), ".tsv")] = set
	}
	return all
})

func parseLabels(data string) (labelSet, error) {
	set := labelSet{}
	lines := bufio.NewScanner(strings.NewReader(data))
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		cols := strings.Split(line, "\t")
		if len(cols) != 4 || cols[0] == "" || cols[1] == "" || (cols[2] != "v" && cols[2] != "u") {
			return nil, fmt.Errorf("line %d: want label, text, v or u, source, separated by tabs", n)
		}
		id := Label(cols[0])
		set[id] = append(set[id], LabelText{Text: cols[1], Verified: cols[2] == "v", Source: cols[3]})
	}
	return set, lines.Err()
}

// Languages lists the languages that there are labels for, e.g. "zh-TW".
func Languages() []string { return slices.Sorted(maps.Keys(loadLabels())) }

// Lacking returns which of the labels have no text in a language. Traditional
// Chinese, English and Japanese lack none; of the others public documents print
// a part only. Without a language the texts of all are tried, and none is
// lacking.
func Lacking(language string, labels ...Label) []Label {
	var lacking []Label
	for _, l := range labels {
		if len(ownWords().texts(language, l)) == 0 {
			lacking = append(lacking, l)
		}
	}
	return lacking
}

// LabelTexts returns the ways a label may read in a language, nil if there is
// none.
func LabelTexts(language string, l Label) []LabelText { return slices.Clone(loadLabels()[language][l]) }
