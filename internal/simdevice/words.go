package simdevice

// word is a text of the pages, whatever the language.
type word int

// The texts. Those a person clicks or reads a value by come from Canon's
// documents as far as these print them.
const (
	wPortal word = iota
	wStatus
	wSettings
	wLogOut
	wDeviceInfo
	wVersionInfo
	wController
	wProduct
	wSerialOfDevice
	wPreferences
	wFunctions
	wManagement
	wNetwork
	wSend
	wDevices
	wLicense
	wApply
	wKeys
	wUserKeys
	wGenerate
	wDelete
	wOK
	wCancel
	wKeyName
	wUsage
	wCertificate
	wUse
	wSignatureUse
	wIconCorrupt
	wIconNoCert
	wPublicKey
	wIssuer
	wSubject
	wSerial
	wValidFrom
	wValidTo
	wThumbprint
	wCertVersion
	wSignatureAlg
	wVerify
	wVerifyGood
	wVerifyBad
	wRegister
	wNetComm
	wCSR
	wKeySection
	wCertSection
	wKeyAlg
	wStart
	wEnd
	wCountry
	wCountrySelect
	wCountryCode
	wState
	wCity
	wOrganization
	wUnit
	wCommonName
	wTLS
	w8021X
	wIPSec
	wSIP
	wBluetooth
	wKeyAndCert
	wTLSVersions
	wTLSMax
	wTLSMin
	wCiphers
	wUpdated
	wSelect
	wLoginTitle
	wDeptID
	wPIN
	wUserName
	wPassword
	wDestination
	wThisDevice
	wLogIn
	wLoginRefused
	wLoginLocked
	wTooManySessions
	wNewPassword
	wChangeAsk
	wNo
	wYes
	wCode
	wCannotOpen
	wCannotOpenText
	wBusy
	wSetByPolicy
	wNotAvailable
	wGenerating
	wRestarting
	wAskApply
	wAskDelete
	wNoneSelected
	wErrName
	wErrTaken
	wErrDates
	wErrHash
	wErrFull
	wErrInUse
	wErrProtected
	wErrUse
	wErrValue
	wErrNotFound
	wSMIME
	wCommonSend
	wRemoteUI
	wAMS
	wUseAMS
	wUseBluetooth
	wBluetoothName
	wUse8021X
	wEAPLogin
	wVerifyServer
	wVerifyServerName
	wServerName
	wUseTLS
	wUseTTLS
	wTTLSProtocol
	wMSCHAP
	wPAP
	wUsePEAP
	wPolicyName
	wRegisterPolicy
	wPolicyOn
	wIKE
	wIKEMode
	wMain
	wAggressive
	wMinutes
	wAuthMethod
	wPSK
	wDigSig
	wIntranet
	wT38Port
	wRTPPort
	wSIPReceive
	wClientAuth
	wSIPSend
	wVerifySIP
	wAddCN
	wEncryption
	wAlways
	wSending
	wNoEncryption
	wAddSignature
	wErrSIPUse
	wGenUpdate
	wAskSignature
	wExport
	wStartExport
	wSMIMECerts
	wRegisterSMIME
	wRegisterIt
	wJobsPrint
	wJobsSend
	wJobsReceive
	wFaxMemory
	wJobName
	wJobState
	wJobRunning
	wCSRTitle
	wCSRSection
	wStoreFile
	wShowCSR
	wErrCertFile
	wErrCertKey
	wErrHasCert
	wSCEP
	wSCEPServer
	wSCEPURL
	wSCEPPort
	wSCEPTimeout
	wUpdate
	wEdit
	wSCEPEdit
	wSCEPAuto
	wSCEPTimer
	wSCEPStart
	wSCEPInterval
	wSCEPRequest
	wKeyLength
	wChallenge
	wUseLocation
	wNone
	wSendRequest
	wRestart
	wSCEPStatus
	wSCEPDate
	wSCEPRunning
	wSCEPPending
	wSCEPDone
	wSCEPRefused
	wSCEPNoServer
	wErrTimer
	wManagerMode
	wGeneralMode
	wRestartDevice
	wOn
	wOff
)

// lexicon holds the alternatives of every text in one language. More than one
// means that nothing tells which of them is right: the seed draws.
type lexicon map[word][]string

// lexicons by the language tags of [Config.Language].
var lexicons = map[string]lexicon{
	"zh-TW": wordsChinese,
	"en":    wordsEnglish,
	"ja":    wordsJapanese,
}

// portalLang is the value of the cookie of that name.
var portalLang = map[string]string{"zh-TW": "tw", "en": "en", "ja": "ja"}
