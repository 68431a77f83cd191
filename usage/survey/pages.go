package survey

import (
	"slices"

	"github.com/rekey-go/rekey/internal/pages"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/usage"
)

var (
	toKeyList  = pages.Way(remoteui.Settings, remoteui.DeviceManagement, remoteui.KeyList)
	toGenerate = pages.Under(toKeyList, remoteui.GenerateKey)
	toSCEP     = pages.Way(remoteui.Settings, remoteui.DeviceManagement, remoteui.SCEPSettings)
)

// subjectFields are the fields of every form that makes a key. // G-1, G-4
var subjectFields = []pages.Want{
	pages.Field(remoteui.KeyName), pages.Field(remoteui.SignatureAlgorithm), pages.Field(remoteui.KeyAlgorithm), pages.Choice(remoteui.RSA), pages.Choice(remoteui.ECDSA).Maybe(),
	pages.Field(remoteui.Country, remoteui.CountryCode, remoteui.CountrySelect), pages.Field(remoteui.State), pages.Field(remoteui.City),
	pages.Field(remoteui.Organization), pages.Field(remoteui.OrganizationalUnit), pages.Field(remoteui.CommonName), pages.Button(remoteui.OK),
}

// pagesBefore and pagesAfter are the pages that the procedures need besides those of the
// usages, which are looked at in between.
var pagesBefore = []pages.Page{
	{Name: "portal", Wants: []pages.Want{pages.Button(remoteui.StatusMonitor), pages.Button(remoteui.Settings), pages.Button(remoteui.LogOut).Maybe()}},
	{Name: "device-information", Path: pages.Way(remoteui.StatusMonitor, remoteui.DeviceInformation), Wants: []pages.Want{ // M-1
		pages.Reading(remoteui.Controller).In(remoteui.VersionInformation), pages.Reading(remoteui.ProductName).Maybe()}},
	{Name: "settings", Path: pages.Way(remoteui.Settings), Wants: []pages.Want{
		pages.Button(remoteui.DeviceManagement), pages.Button(remoteui.Network), pages.Button(remoteui.Send).Maybe(), pages.Button(remoteui.LicenseOther).Maybe(),
		pages.Button(remoteui.ApplyChanges).Maybe()}}, // R-5; some devices show it only while a change is pending
	{Name: "key-list", Path: toKeyList, Wants: []pages.Want{ // W-1, W-5, D-1
		pages.Column(remoteui.KeyName), pages.Column(remoteui.KeyUsage).Maybe(), pages.Column(remoteui.CertificateColumn).Maybe(),
		pages.Button(remoteui.GenerateKey), pages.Button(remoteui.Delete)}},
	{Name: "key-details", Path: toKeyList, Then: toDetails, Wants: []pages.Want{ // W-2, W-4
		pages.Reading(remoteui.PublicKey), pages.Reading(remoteui.Issuer), pages.Reading(remoteui.Subject).Maybe(), pages.Reading(remoteui.SerialNumber).Maybe(),
		pages.Reading(remoteui.Thumbprint).Maybe(), pages.Button(remoteui.KeyList).Maybe()}},
	{Name: "generate-menu", Path: toGenerate, Wants: []pages.Want{
		pages.Button(remoteui.NetworkCommunication), pages.Button(remoteui.CSR), pages.Button(remoteui.DeviceSignature).Maybe()}},
	{Name: "generate", Path: pages.Under(toGenerate, remoteui.NetworkCommunication),
		Wants: wanting(subjectFields, pages.Field(remoteui.ValidityStart), pages.Field(remoteui.ValidityEnd))},
	{Name: "register-certificate", Path: toKeyList, Optional: true, Wants: []pages.Want{pages.Button(remoteui.Register)}}, // G-6
	{Name: "csr", Path: pages.Under(toGenerate, remoteui.CSR), Wants: subjectFields},
}

var pagesAfter = []pages.Page{
	{Name: "scep-communication", Path: toSCEP, Then: through(remoteui.SCEPCommunication), Optional: true, Wants: []pages.Want{ // G-7
		pages.Field(remoteui.SCEPServerURL).Or(remoteui.RoleValue), pages.Field(remoteui.PortNumber).Or(remoteui.RoleValue), pages.Field(remoteui.CommunicationTimeout).Or(remoteui.RoleValue)}},
	{Name: "scep-timer", Path: pages.Under(toSCEP, remoteui.AutoRequestSettings), Optional: true, Wants: []pages.Want{pages.OnOff(remoteui.AutoRequestTimer)}}, // G-8
	{Name: "scep-request", Path: pages.Under(toSCEP, remoteui.CertificateRequest), Optional: true, Wants: []pages.Want{
		pages.Field(remoteui.KeyName), pages.Field(remoteui.SignatureAlgorithm), pages.Field(remoteui.KeyLength), pages.Field(remoteui.Organization), pages.Field(remoteui.CommonName),
		pages.Field(remoteui.ChallengePassword), pages.Field(remoteui.UseLocation), pages.Choice(remoteui.NoLocation), pages.Button(remoteui.SendRequest)}},
	{Name: "print-jobs", Path: pages.Way(remoteui.StatusMonitor, remoteui.PrintJobs), Optional: true, Wants: []pages.Want{pages.Column(remoteui.JobState).Maybe()}},
	{Name: "received-faxes", Path: pages.Way(remoteui.StatusMonitor, remoteui.FaxMemory), Optional: true, Wants: []pages.Want{pages.Column(remoteui.JobState).Maybe()}},
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
