package survey

import (
	"slices"

	"github.com/rekey-go/rekey/internal/pages"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
	"github.com/rekey-go/rekey/usage"
)

var (
	toKeyList  = pages.Way(labels.Settings, labels.DeviceManagement, labels.KeyList)
	toGenerate = pages.Under(toKeyList, labels.GenerateKey)
	toSCEP     = pages.Way(labels.Settings, labels.DeviceManagement, labels.SCEPSettings)
)

// subjectFields are the fields of every form that makes a key. // G-1, G-4
var subjectFields = []pages.Want{
	pages.Field(labels.KeyName), pages.Field(labels.SignatureAlgorithm), pages.Field(labels.KeyAlgorithm), pages.Choice(labels.RSA), pages.Choice(labels.ECDSA).Maybe(),
	pages.Field(labels.Country, labels.CountryCode, labels.CountrySelect), pages.Field(labels.State), pages.Field(labels.City),
	pages.Field(labels.Organization), pages.Field(labels.OrganizationalUnit), pages.Field(labels.CommonName), pages.Button(labels.OK),
}

// pagesBefore and pagesAfter are the pages that the procedures need besides those of the
// usages, which are looked at in between.
var pagesBefore = []pages.Page{
	{Name: "portal", Wants: []pages.Want{pages.Button(labels.StatusMonitor), pages.Button(labels.Settings), pages.Button(labels.LogOut).Maybe()}},
	{Name: "device-information", Path: pages.Way(labels.StatusMonitor, labels.DeviceInformation), Wants: []pages.Want{ // M-1
		pages.Reading(labels.Controller).In(labels.VersionInformation), pages.Reading(labels.ProductName).Maybe(), pages.Reading(labels.DeviceSerial).Maybe()}},
	{Name: "settings", Path: pages.Way(labels.Settings), Wants: []pages.Want{
		pages.Button(labels.DeviceManagement), pages.Button(labels.Network), pages.Button(labels.Send).Maybe(), pages.Button(labels.LicenseOther).Maybe(),
		pages.Button(labels.ApplyChanges).Maybe()}}, // R-5; some devices show it only while a change is pending
	{Name: "key-list", Path: toKeyList, Wants: []pages.Want{ // W-1, W-5, D-1
		pages.Column(labels.KeyName), pages.Column(labels.KeyUsage).Maybe(), pages.Column(labels.CertificateColumn).Maybe(),
		pages.Button(labels.GenerateKey), pages.Button(labels.Delete)}},
	{Name: "key-details", Path: toKeyList, Then: toDetails, Wants: []pages.Want{ // W-2, W-4
		pages.Reading(labels.PublicKey), pages.Reading(labels.Issuer), pages.Reading(labels.Subject).Maybe(), pages.Reading(labels.SerialNumber).Maybe(),
		pages.Reading(labels.Thumbprint).Maybe(), pages.Button(labels.KeyList).Maybe()}},
	{Name: "generate-menu", Path: toGenerate, Wants: []pages.Want{
		pages.Button(labels.NetworkCommunication), pages.Button(labels.CSR), pages.Button(labels.DeviceSignature).Maybe()}},
	{Name: "generate", Path: pages.Under(toGenerate, labels.NetworkCommunication),
		Wants: wanting(subjectFields, pages.Field(labels.ValidityStart), pages.Field(labels.ValidityEnd))},
	{Name: "register-certificate", Path: toKeyList, Optional: true, Wants: []pages.Want{pages.Button(labels.Register)}}, // G-6
	{Name: "csr", Path: pages.Under(toGenerate, labels.CSR), Wants: subjectFields},
}

var pagesAfter = []pages.Page{
	{Name: "scep-communication", Path: toSCEP, Then: through(labels.SCEPCommunication), Optional: true, Wants: []pages.Want{ // G-7
		pages.Field(labels.SCEPServerURL).Or(remoteui.RoleValue), pages.Field(labels.PortNumber).Or(remoteui.RoleValue), pages.Field(labels.CommunicationTimeout).Or(remoteui.RoleValue)}},
	{Name: "scep-timer", Path: pages.Under(toSCEP, labels.AutoRequestSettings), Optional: true, Wants: []pages.Want{pages.OnOff(labels.AutoRequestTimer)}}, // G-8
	{Name: "scep-request", Path: pages.Under(toSCEP, labels.CertificateRequest), Optional: true, Wants: []pages.Want{
		pages.Field(labels.KeyName), pages.Field(labels.SignatureAlgorithm), pages.Field(labels.KeyLength), pages.Field(labels.Organization), pages.Field(labels.CommonName),
		pages.Field(labels.ChallengePassword), pages.Field(labels.UseLocation), pages.Choice(labels.NoLocation), pages.Button(labels.SendRequest)}},
	{Name: "print-jobs", Path: pages.Way(labels.StatusMonitor, labels.PrintJobs), Optional: true, Wants: []pages.Want{pages.Column(labels.JobState).Maybe()}},
	{Name: "received-faxes", Path: pages.Way(labels.StatusMonitor, labels.FaxMemory), Optional: true, Wants: []pages.Want{pages.Column(labels.JobState).Maybe()}},
}

// allPages are all pages that the procedures need, with what they look for.
var allPages = slices.Concat(pagesBefore, ofUsages(), pagesAfter)

func ofUsages() (all []pages.Page) {
	for _, f := range usage.Functions() {
		all = append(all, f.Pages()...)
	}
	return all
}

func wanting(wants []pages.Want, more ...pages.Want) []pages.Want {
	return append(slices.Clip(wants), more...)
}

// allProcedures are the pieces of work, and the pages that each needs.
var allProcedures = slices.Concat([]procedure{
	{"identify", []string{"portal", "device-information"}},
	{"read-keys", []string{"settings", "key-list", "key-details"}},
	{"generate-self-signed", []string{"key-list", "generate-menu", "generate"}},
	{"generate-csr", []string{"key-list", "generate-menu", "csr", "register-certificate"}},
	{"delete-key", []string{"key-list"}},
}, forUsages(), []procedure{
	{"scep", []string{"scep-communication", "scep-timer", "scep-request"}},
	{"job-status", []string{"print-jobs", "received-faxes"}},
})

type procedure struct {
	name  string
	pages []string
}

func forUsages() (all []procedure) {
	for _, p := range ofUsages() {
		i := slices.IndexFunc(all, func(known procedure) bool { return known.name == p.For })
		if i < 0 {
			i, all = len(all), append(all, procedure{name: p.For})
		}
		all[i].pages = append(all[i].pages, p.Name)
	}
	return all
}
