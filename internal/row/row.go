// Package row names the rows of the procedure: the advisory's steps, and the two
// of our own. Reports, journals, tasks and comments cite a row by its ID, such
// as "G-5"; docs/procedure.md tells users what each one means.
//
// An ID is part of the JSON that users keep, so it never changes its meaning. A
// new row is a constant with its sentence here and a line in docs/procedure.md
// that begins with the same sentence; a test compares the two, and refuses an ID
// that is cited anywhere in the repository and stands in neither. The rows of one
// usage stand in its file in package usage: all that there is of a usage stands
// there.
package row

// M: the model and its firmware.
const (
	// The model and the version of its controller are read from the device.
	ReadFirmware = "M-1"
	// The advisory lists models, each with the range of versions that make weak keys.
	ListedModels = "M-2"
	// A spelling of a model's name stands for the right line of the list or for none.
	ModelNames = "M-3"
	// The range of C7780, C7770 and C7765 is inferred, because their cell is empty.
	InferredRange = "M-4"
	// Firmware that still makes weak keys is updated first, and no key is made on it.
	UpdateFirmware = "M-5"
)

// W: which keys are replaced.
const (
	// The keys are listed; those that the device itself needs are never deleted.
	ListKeys = "W-1"
	// Only RSA keys matter, and every modulus that can be seen is tested.
	TestKey = "W-2"
	// Keys that were made elsewhere and imported are exempt, if they are not proved weak.
	ImportedKeys = "W-3"
	// Everything that a CA will ask for is recorded before a key is deleted.
	RecordEvidence = "W-4"
	// The usage of each key is read; an RSA key without a usage is only reported.
	ReadUsages = "W-5"
)

// C: when a usage is concerned. A usage's proof after the restart has the same ID.
const (
	// TLS always uses a key.
	TLSInUse = "C-1"
	// The device signature key is in use if it signs what is sent or S/MIME encrypts.
	SignatureInUse = "C-5"
	// Bluetooth is concerned if it is on.
	BluetoothInUse = "C-6"
	// ACCESS MANAGEMENT SYSTEM is concerned if it is on.
	AMSInUse = "C-7"
)

// G: the new key and its certificate.
const (
	// The device makes a key with a self-signed certificate.
	GenerateKey = "G-1"
	// SHA384 and SHA512 need an RSA key of 1024 bits or more.
	HashNeedsLength = "G-2"
	// The common name is an IP address or a host name.
	CommonName = "G-3"
	// The device makes a key and a certificate signing request (CSR).
	MakeCSR = "G-4"
	// A CA issues the certificate for the CSR.
	IssueCertificate = "G-5"
	// The issued certificate is registered with its key.
	RegisterCertificate = "G-6"
	// The device itself gets a key its certificate from a SCEP server.
	RequestBySCEP = "G-7"
	// The timer for automatic SCEP requests is off while a request is sent by hand.
	SuspendTimer = "G-8"
	// A SCEP request may name a usage, which then gets the key but is not switched on.
	SCEPLocation = "G-9"
)

// R: the new key comes into use.
const (
	// The key is chosen for TLS.
	BindTLS = "R-1"
	// The device restarts, and only then the choice is in effect.
	Restart = "R-5"
	// The device signature key and AMS cannot serve TLS.
	UnfitForTLS = "R-6"
)

// D: the old key goes.
const (
	// The old key is deleted once no usage holds it.
	DeleteKey = "D-1"
	// Icons in the key list mark broken keys and keys without certificate.
	KeyIcons = "D-2"
	// The device checks a certificate on the key's details page.
	VerifyCertificate = "D-3"
)

// V: the old certificate becomes worthless.
const (
	// The old certificate of TLS is removed where it is trusted, or revoked.
	DisableOldTLS = "V-1"
	// The old certificate of the device signature is removed where it was registered.
	DisableOldSignature = "V-5"
)

// E: the new certificate becomes known.
const (
	// A new self-signed certificate is registered where the old one was trusted.
	EnableNew = "E-1"
	// The certificate of the device signature is exported and registered on other machines.
	EnableNewSignature = "E-2"
)

// S: the device signature.
const (
	// The device makes its signature key anew, in the place of the old one.
	RenewSignature = "S-1"
)

// B and A: what the firmware update leaves to people.
const (
	// Phones that print over Bluetooth are paired with the device again.
	PairBluetooth = "B-1"
	// Printing under AMS may need the restriction data to be fetched by hand.
	FetchRestrictions = "A-1"
)

// P: what this project asks for besides, because the old key may have been factored.
const (
	// The password is changed, because it travelled under the old key.
	ChangePassword = "P-1"
	// A person compares the new key of TLS at the device's panel.
	CompareKey = "P-2"
	// An old key that was kept is deleted, by a later run or by hand.
	DeleteKept = "P-3"
	// What was chosen is put in effect by a restart that no run has asked for yet.
	PendingRestart = "P-4"
)
