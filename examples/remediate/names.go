package main

// flagNames are the flags by the options that they set: reasons speak of options,
// and whoever reads them here has flags.
var flagNames = map[string]string{
	"Dir": "-state DIR", "Strict": "-strict", "AssumeWeak": "-assume-weak", "ExternalKeys": "-external-key NAME", "IgnoreClock": "-ignore-clock",
	"KeepOldKeys": "-keep-old-keys", "KeySlots": "-key-slots N", "Distribute": "-distribute CMD", "AssumeTrusted": "-assume-trusted",
	"OtherDevices": "-other URL", "IgnoreJobs": "-ignore-jobs", "Kind": "-cert KIND", "Kinds": "-cert USAGE=KIND", "Issuer": "-csr-dir DIR or -issuer-cert FILE",
	"SCEP": "-scep-url URL", "SCEP.Check": "-scep-fingerprint HEX", "KnownCertificates": "-known-certs DIR", "CommonName": "-cn NAME", "Organization": "-org NAME",
	"Validity": "-validity TIME", "Key": "-key KIND", "Timeouts.Jobs": "-jobs-timeout TIME", "Timeouts.Restart": "-restart-timeout TIME", "RequireCA": "-csr-ca FILE",
}
