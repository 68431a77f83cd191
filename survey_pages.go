package rekey

import (
	"slices"

	"github.com/rekey-go/rekey/remoteui"
)

// Short ways of writing the table.
func button(l ...remoteui.Label) want  { return want{role: remoteui.RoleButton, labels: l} }
func field(l ...remoteui.Label) want   { return want{role: remoteui.RoleField, labels: l} }
func column(l ...remoteui.Label) want  { return want{role: remoteui.RoleColumn, labels: l} }
func choice(l ...remoteui.Label) want  { return want{role: remoteui.RoleChoice, labels: l} }
func reading(l ...remoteui.Label) want { return want{role: remoteui.RoleValue, labels: l} }
func (w want) or(r remoteui.Role) want { w.orRole = r; return w }
func onOff(l remoteui.Label) want      { return field(l).orAmong(remoteui.On, remoteui.Off) }
func (w want) orAmong(l ...remoteui.Label) want {
	w.orRole, w.among = remoteui.RoleValue, l
	return w
}
func (w want) in(l remoteui.Label) want { w.section = l; return w }
func (w want) maybe() want              { w.optional = true; return w }
func inRows(l remoteui.Label) want {
	return want{role: remoteui.RoleButton, labels: []remoteui.Label{l}, inRow: true}
}

func way(l ...remoteui.Label) []remoteui.Label { return l }

var (
	toKeyList  = way(remoteui.Settings, remoteui.DeviceManagement, remoteui.KeyList)
	toNetwork  = way(remoteui.Settings, remoteui.Network)
	toGenerate = append(slices.Clip(toKeyList), remoteui.GenerateKey)
	toSCEP     = way(remoteui.Settings, remoteui.DeviceManagement, remoteui.SCEPSettings)
)

func under(path []remoteui.Label, l ...remoteui.Label) []remoteui.Label {
	return append(slices.Clip(path), l...)
}

// subjectFields are the fields of every form that makes a key. // G-1, G-4
var subjectFields = []want{
	field(remoteui.KeyName), field(remoteui.SignatureAlgorithm), field(remoteui.KeyAlgorithm), choice(remoteui.RSA), choice(remoteui.ECDSA).maybe(),
	field(remoteui.Country, remoteui.CountryCode, remoteui.CountrySelect), field(remoteui.State), field(remoteui.City),
	field(remoteui.Organization), field(remoteui.OrganizationalUnit), field(remoteui.CommonName), button(remoteui.OK),
}

// keyChoice is what every list has from which a key is chosen. // R-1 to R-4
var keyChoice = []want{column(remoteui.KeyName), inRows(remoteui.Use)}

// surveyPages are all pages that the procedures need, with what they look for.
var surveyPages = []pageNeeds{
	{name: "portal", wants: []want{button(remoteui.StatusMonitor), button(remoteui.Settings), button(remoteui.LogOut).maybe()}},
	{name: "device-information", path: way(remoteui.StatusMonitor, remoteui.DeviceInformation), wants: []want{ // M-1
		reading(remoteui.Controller).in(remoteui.VersionInformation), reading(remoteui.ProductName).maybe()}},
	{name: "settings", path: way(remoteui.Settings), wants: []want{
		button(remoteui.DeviceManagement), button(remoteui.Network), button(remoteui.Send).maybe(), button(remoteui.LicenseOther).maybe(),
		button(remoteui.ApplyChanges).maybe()}}, // R-5; some devices show it only while a change is pending
	{name: "key-list", path: toKeyList, wants: []want{ // W-1, W-5, D-1
		column(remoteui.KeyName), column(remoteui.KeyUsage).maybe(), column(remoteui.CertificateColumn).maybe(),
		button(remoteui.GenerateKey), button(remoteui.Delete)}},
	{name: "key-details", path: toKeyList, then: toDetails, wants: []want{ // W-2, W-4
		reading(remoteui.PublicKey), reading(remoteui.Issuer), reading(remoteui.Subject).maybe(), reading(remoteui.SerialNumber).maybe(),
		reading(remoteui.Thumbprint).maybe(), button(remoteui.KeyList).maybe()}},
	{name: "generate-menu", path: toGenerate, wants: []want{
		button(remoteui.NetworkCommunication), button(remoteui.CSR), button(remoteui.DeviceSignature).maybe()}},
	{name: "generate", path: under(toGenerate, remoteui.NetworkCommunication),
		wants: wanting(subjectFields, field(remoteui.ValidityStart), field(remoteui.ValidityEnd))},
	{name: "register-certificate", path: toKeyList, open: (*surveyor).toRegistration, optional: true, wants: []want{button(remoteui.Register)}}, // G-6
	{name: "csr", path: under(toGenerate, remoteui.CSR), wants: subjectFields},
	{name: "renew-signature", path: under(toGenerate, remoteui.DeviceSignature), wants: []want{button(remoteui.GenerateUpdate)}},                                  // S-1
	{name: "export-signature", path: way(remoteui.Settings, remoteui.DeviceManagement, remoteui.ExportSignature), wants: []want{button(remoteui.StartExporting)}}, // E-2
	{name: "tls", path: under(toNetwork, remoteui.TLSSettings), then: toForm, wants: []want{button(remoteui.KeyAndCertificate)}},
	{name: "tls-keys", path: under(toNetwork, remoteui.TLSSettings), then: toKeys, wants: keyChoice},
	{name: "ieee8021x", path: under(toNetwork, remoteui.IEEE8021XSettings), then: toForm, wants: []want{ // C-2, R-2
		onOff(remoteui.UseTLS), reading(remoteui.KeyName).or(remoteui.RoleField), button(remoteui.KeyAndCertificate), button(remoteui.OK)}},
	{name: "ieee8021x-keys", path: under(toNetwork, remoteui.IEEE8021XSettings), then: toKeys, wants: keyChoice},
	{name: "ipsec-policies", path: under(toNetwork, remoteui.IPSecPolicies), wants: []want{column(remoteui.PolicyName).maybe()}}, // C-3
	{name: "ipsec-policy", path: under(toNetwork, remoteui.IPSecPolicies), open: (*surveyor).toPolicy, wants: []want{button(remoteui.IKESettings)}},
	{name: "ipsec-ike", path: under(toNetwork, remoteui.IPSecPolicies), open: (*surveyor).toIKE, wants: []want{
		field(remoteui.DigitalSignatureMethod, remoteui.AuthenticationMethod).orAmong(remoteui.DigitalSignatureMethod, remoteui.PreSharedKeyMethod),
		reading(remoteui.KeyName).or(remoteui.RoleField), button(remoteui.KeyAndCertificate), button(remoteui.OK)}},
	{name: "ipsec-keys", path: under(toNetwork, remoteui.IPSecPolicies), open: (*surveyor).toIKEKeys, wants: keyChoice},
	{name: "sip", path: under(toNetwork, remoteui.SIPSettings), then: toForm, wants: []want{ // C-4, R-4
		onOff(remoteui.UseTLS).in(remoteui.IntranetSettings), reading(remoteui.KeyName).or(remoteui.RoleField).in(remoteui.TLSSettings),
		button(remoteui.KeyAndCertificate).in(remoteui.TLSSettings), button(remoteui.OK)}},
	{name: "sip-keys", path: under(toNetwork, remoteui.SIPSettings), then: toSIPKeys, wants: keyChoice},
	{name: "smime-settings", path: way(remoteui.Settings, remoteui.Send, remoteui.SMIMESettings), wants: []want{ // C-5
		field(remoteui.DoNotEncrypt, remoteui.EncryptionSettings).or(remoteui.RoleValue), onOff(remoteui.AddSignature)}},
	{name: "smime-certificates", path: way(remoteui.Settings, remoteui.DeviceManagement, remoteui.SMIMECertificates), wants: []want{ // V-5, E-2
		button(remoteui.RegisterSMIME), button(remoteui.Delete).maybe()}},
	{name: "smime-registration", path: way(remoteui.Settings, remoteui.DeviceManagement, remoteui.SMIMECertificates), then: toFile(remoteui.RegisterSMIME), // E-2
		wants: []want{button(remoteui.Register)}},
	{name: "bluetooth", path: under(toNetwork, remoteui.BluetoothSettings), optional: true, wants: []want{onOff(remoteui.UseBluetooth)}},            // C-6
	{name: "ams", path: way(remoteui.Settings, remoteui.LicenseOther, remoteui.AMSSettings), optional: true, wants: []want{onOff(remoteui.UseAMS)}}, // C-7
	{name: "scep-communication", path: toSCEP, then: through(remoteui.SCEPCommunication), optional: true, wants: []want{ // G-7
		field(remoteui.SCEPServerURL).or(remoteui.RoleValue), field(remoteui.PortNumber).or(remoteui.RoleValue), field(remoteui.CommunicationTimeout).or(remoteui.RoleValue)}},
	{name: "scep-timer", path: under(toSCEP, remoteui.AutoRequestSettings), optional: true, wants: []want{onOff(remoteui.AutoRequestTimer)}}, // G-8
	{name: "scep-request", path: under(toSCEP, remoteui.CertificateRequest), optional: true, wants: []want{
		field(remoteui.KeyName), field(remoteui.SignatureAlgorithm), field(remoteui.KeyLength), field(remoteui.Organization), field(remoteui.CommonName),
		field(remoteui.ChallengePassword), field(remoteui.UseLocation), choice(remoteui.NoLocation), button(remoteui.SendRequest)}},
	{name: "print-jobs", path: way(remoteui.StatusMonitor, remoteui.PrintJobs), optional: true, wants: []want{column(remoteui.JobState).maybe()}},
	{name: "received-faxes", path: way(remoteui.StatusMonitor, remoteui.FaxMemory), optional: true, wants: []want{column(remoteui.JobState).maybe()}},
}

func wanting(wants []want, more ...want) []want { return append(slices.Clip(wants), more...) }

// surveyProcedures are the pieces of work, and the pages that each needs.
var surveyProcedures = []struct {
	name  string
	pages []string
}{
	{"identify", []string{"portal", "device-information"}},
	{"read-keys", []string{"settings", "key-list", "key-details"}},
	{"generate-self-signed", []string{"key-list", "generate-menu", "generate"}},
	{"generate-csr", []string{"key-list", "generate-menu", "csr", "register-certificate"}},
	{"delete-key", []string{"key-list"}},
	{"tls", []string{"tls", "tls-keys"}},
	{"ieee8021x", []string{"ieee8021x", "ieee8021x-keys"}},
	{"ipsec", []string{"ipsec-policies", "ipsec-policy", "ipsec-ike", "ipsec-keys"}},
	{"sip", []string{"sip", "sip-keys"}},
	{"deviceSignature", []string{"export-signature", "renew-signature"}},
	{"smime", []string{"smime-settings", "smime-certificates", "smime-registration"}},
	{"bluetooth", []string{"bluetooth"}},
	{"ams", []string{"ams"}},
	{"scep", []string{"scep-communication", "scep-timer", "scep-request"}},
	{"job-status", []string{"print-jobs", "received-faxes"}},
}
