package c7580

import (
	"maps"
	"slices"
)

type fields map[string]string

type policy struct{ pol, ike fields }

// settings is what a restart brings into effect.
type settings struct {
	tls, dot1x, sip, smime, bt, ams fields
	policies                        []*policy
}

func firstSettings(tls, dot1x, ipsec, sip string) *settings {
	return &settings{
		tls: fields{"key": tls, "TLSMAX": "12", "TLSMIN": "10", "AESCBC256": "1", "AESGCM256": "1", "DES3CBC": "", "KEXRSA": "1", "KEXECDHE": "1"},
		dot1x: fields{"key": dot1x, "USE8021X": "1", "EAPID": "prn-7580-3f@example.com", "VRFYCERT": "1", "VRFYNAME": "", "SVRNAME": "radius1.example.com",
			"USETLS": "1", "USETTLS": "", "TTLSPROTO": "0", "USEPEAP": "", "SAMEID": "1", "USERNM": "", "USERPW": ""},
		sip: fields{"key": sip, "ITRA_USE": "1", "ITRA_URI": "fax7580@example.com", "ITRA_DISP": "3rd Floor Fax", "ITRA_PORT": "5060", "ITRA_REG": "sip.example.com", "ITRA_TLS": "1",
			"T38TRN": "0", "T38MED": "0", "T38PORT": "49152", "RTPPORT": "5004", "RCVCLI": "", "SNDSRV": "1", "SNDCN": ""},
		smime: fields{"ENCSET": "2", "ADDSIG": "1", "ENCALG": "2", "SIGALG": "1", "VRFYSIG": "1", "PRTSIG": "0"},
		bt:    fields{"USEBT": "1", "BTNAME": "iR-ADV C7580"},
		ams:   fields{"USEAMS": ""},
		policies: []*policy{
			{pol: fields{"PLCYNM": "BranchOffice", "PLCYUSE": "1", "LADDR": "0", "RADDR": "2", "RADDRM": "198.51.100.0/24", "PORTSEL": "0", "VALTIME": "480", "PFS": ""},
				ike: fields{"key": ipsec, "IKEMODE": "0", "IKETIME": "480", "AUTHM": "1", "PSKEY": "", "AUTOENC": "0", "DHGRP": "2"}},
			{pol: fields{"PLCYNM": "PrintServer", "PLCYUSE": "1", "LADDR": "0", "RADDR": "1", "RADDRM": "192.0.2.17", "PORTSEL": "1", "VALTIME": "480", "PFS": "1"},
				ike: fields{"key": "", "IKEMODE": "0", "IKETIME": "480", "AUTHM": "0", "PSKEY": "********", "AUTOENC": "0", "DHGRP": "14"}},
		},
	}
}

func (s *settings) clone() *settings {
	c := &settings{tls: maps.Clone(s.tls), dot1x: maps.Clone(s.dot1x), sip: maps.Clone(s.sip), smime: maps.Clone(s.smime), bt: maps.Clone(s.bt), ams: maps.Clone(s.ams)}
	for _, p := range s.policies {
		c.policies = append(c.policies, &policy{maps.Clone(p.pol), maps.Clone(p.ike)})
	}
	return c
}

// uses tells the functions that need the key.
func (s *settings) uses(k *key) []string {
	var u []string
	if s.tls["key"] == k.id {
		u = append(u, "TLS")
	}
	if s.dot1x["key"] == k.id && s.dot1x["USETLS"] == "1" {
		u = append(u, "IEEE 802.1X")
	}
	if slices.ContainsFunc(s.policies, func(p *policy) bool { return p.ike["key"] == k.id && p.ike["AUTHM"] == "1" }) {
		u = append(u, "IPSec")
	}
	if s.sip["key"] == k.id && s.sip["ITRA_TLS"] == "1" {
		u = append(u, "SIP")
	}
	if k.devsig {
		u = append(u, "Device Signature")
	}
	return u
}

// bound tells whether any setting names the key, used or not.
func (s *settings) bound(k *key) bool {
	return s.tls["key"] == k.id || s.dot1x["key"] == k.id || s.sip["key"] == k.id ||
		slices.ContainsFunc(s.policies, func(p *policy) bool { return p.ike["key"] == k.id })
}

func (d *Device) inUse(k *key) bool { return k.devsig || d.set.bound(k) || d.eff.bound(k) }

// fdef is one line of a settings page.
type fdef struct {
	kind        byte // h heading, c check box, t text, p password, r radios, s select, k key, n note
	name, label string
	after       string
	max         int
	opts        []string // value, text, value, text ...
}

// setPage is one settings page made from its lines.
type setPage struct {
	cgi, tpl, keyTpl string
	title            string
	crumb            []crumb
	upCGI, upTpl     string
	lines            []fdef
	restart          bool
	vals             func(s *settings, sec int) fields
	check            func(v fields) string
}

var netCrumb = []crumb{{"Settings/Registration : Preferences : ", "", ""}, {"Network Settings", "ctop.cgi", "c_network.tpl"}}
var polCrumb = append(slices.Clone(netCrumb), crumb{"IPSec Policy List", "cipsec.cgi", "c_ipslist.tpl"})

var setPages = []*setPage{
	{cgi: "ctls.cgi", tpl: "c_tls.tpl", keyTpl: "c_tlskey.tpl", title: "TLS Settings", crumb: netCrumb, upCGI: "ctop.cgi", upTpl: "c_network.tpl", restart: true,
		vals: func(s *settings, _ int) fields { return s.tls },
		lines: []fdef{
			{kind: 'h', label: "Key and Certificate Settings"},
			{kind: 'k', label: "Key and Certificate"},
			{kind: 'h', label: "Specify Allowed Versions"},
			{kind: 's', name: "TLSMAX", label: "Maximum Version", opts: []string{"10", "TLS 1.0", "11", "TLS 1.1", "12", "TLS 1.2"}},
			{kind: 's', name: "TLSMIN", label: "Minimum Version", opts: []string{"10", "TLS 1.0", "11", "TLS 1.1", "12", "TLS 1.2"}},
			{kind: 'h', label: "Encryption Algorithm Settings"},
			{kind: 'c', name: "AESCBC256", label: "AES-CBC (256-bit)"}, {kind: 'c', name: "AESGCM256", label: "AES-GCM (256-bit)"}, {kind: 'c', name: "DES3CBC", label: "3DES-CBC"},
			{kind: 'h', label: "Key Exchange Algorithm Settings"},
			{kind: 'c', name: "KEXRSA", label: "RSA"}, {kind: 'c', name: "KEXECDHE", label: "ECDHE"},
		},
		check: func(v fields) string {
			if v["TLSMAX"] < v["TLSMIN"] {
				return "The minimum version cannot be later than the maximum version."
			}
			return ""
		}},
	{cgi: "c8021x.cgi", tpl: "c_8021x.tpl", keyTpl: "c_8021xkey.tpl", title: "IEEE 802.1X Settings", crumb: netCrumb, upCGI: "ctop.cgi", upTpl: "c_network.tpl", restart: true,
		vals: func(s *settings, _ int) fields { return s.dot1x },
		lines: []fdef{
			{kind: 'c', name: "USE8021X", label: "Use IEEE 802.1X"},
			{kind: 't', name: "EAPID", label: "Login Name", max: 64},
			{kind: 'c', name: "VRFYCERT", label: "Verify Authentication Server Certificate"},
			{kind: 'c', name: "VRFYNAME", label: "Verify Authentication Server Name"},
			{kind: 't', name: "SVRNAME", label: "Authentication Server Name", max: 64},
			{kind: 'c', name: "USETLS", label: "Use TLS"},
			{kind: 'n', label: "* To use TLS, set the default key in [Key and Certificate Settings] under [TLS Settings]."},
			{kind: 'k', label: "Key and Certificate"},
			{kind: 'c', name: "USETTLS", label: "Use TTLS"},
			{kind: 'r', name: "TTLSPROTO", label: "TTLS Settings (TTLS Protocol)", opts: []string{"0", "Use MSCHAPv2", "1", "Use PAP"}},
			{kind: 'c', name: "USEPEAP", label: "Use PEAP"},
			{kind: 'c', name: "SAMEID", label: "Use Login Name as User Name"},
			{kind: 't', name: "USERNM", label: "User Name", max: 64},
			{kind: 'p', name: "USERPW", label: "Password", max: 32},
		},
		check: func(v fields) string {
			if v["USETLS"] == "1" && (v["USETTLS"] == "1" || v["USEPEAP"] == "1") {
				return "[Use TLS] cannot be set together with [Use TTLS] or [Use PEAP]."
			}
			if v["USETLS"] == "1" && v["key"] == "" {
				return "The key and certificate to be used for TLS is not set."
			}
			return ""
		}},
	{cgi: "csip.cgi", tpl: "c_sip.tpl", keyTpl: "c_sipkey.tpl", title: "SIP Settings", crumb: netCrumb, upCGI: "ctop.cgi", upTpl: "c_network.tpl", restart: true,
		vals: func(s *settings, _ int) fields { return s.sip },
		lines: []fdef{
			{kind: 'h', label: "Intranet Settings"},
			{kind: 'c', name: "ITRA_USE", label: "Use Intranet"},
			{kind: 't', name: "ITRA_URI", label: "User URI", max: 128}, {kind: 't', name: "ITRA_DISP", label: "Display Name", max: 64},
			{kind: 't', name: "ITRA_PORT", label: "Port Number", max: 5, after: "(1-65535)"}, {kind: 't', name: "ITRA_REG", label: "Registrar Server", max: 128},
			{kind: 'c', name: "ITRA_TLS", label: "Use TLS"},
			{kind: 'h', label: "T.38 Settings"},
			{kind: 's', name: "T38TRN", label: "T.38 Sending Transport", opts: []string{"0", "UDPTL", "1", "TCP"}},
			{kind: 's', name: "T38MED", label: "T.38 Media Type", opts: []string{"0", "image", "1", "application"}},
			{kind: 't', name: "T38PORT", label: "T.38 RX Port Number", max: 5, after: "(1-65535)"},
			{kind: 't', name: "RTPPORT", label: "RTP RX Port Number", max: 5, after: "(1024-65534)"},
			{kind: 'h', label: "TLS Settings"},
			{kind: 'k', label: "Key and Certificate..."},
			{kind: 'n', label: "Receiving Settings:"}, {kind: 'c', name: "RCVCLI", label: "Request Client Authentication"},
			{kind: 'n', label: "Sending Settings:"}, {kind: 'c', name: "SNDSRV", label: "Verify Server Certificate"}, {kind: 'c', name: "SNDCN", label: "Add CN to Verification Items"},
		},
		check: func(v fields) string {
			if !number(v["ITRA_PORT"], 1, 65535) || !number(v["T38PORT"], 1, 65535) || !number(v["RTPPORT"], 1024, 65534) {
				return "The port number is not correct. Enter a number within the range."
			}
			return ""
		}},
	{cgi: "cipsec.cgi", tpl: "c_ipspol.tpl", title: "Edit IPSec Policy", crumb: polCrumb, upCGI: "cipsec.cgi", upTpl: "c_ipslist.tpl", restart: true,
		vals: func(s *settings, i int) fields { return s.policies[i].pol },
		lines: []fdef{
			{kind: 't', name: "PLCYNM", label: "Policy Name", max: 24}, {kind: 'c', name: "PLCYUSE", label: "Policy On"},
			{kind: 'h', label: "Selector Settings"},
			{kind: 's', name: "LADDR", label: "Local Address", opts: []string{"0", "All IP Addresses", "1", "IPv4 Address", "2", "IPv6 Address"}},
			{kind: 's', name: "RADDR", label: "Remote Address", opts: []string{"0", "All IP Addresses", "1", "IPv4 Manual Settings", "2", "IPv4 Manual Settings (Prefix)"}},
			{kind: 't', name: "RADDRM", label: "Addresses to Set Manually", max: 64},
			{kind: 'r', name: "PORTSEL", label: "Port", opts: []string{"0", "Specify by Port Number", "1", "Specify by Service Name"}},
			{kind: 'h', label: "IPSec Network Settings"},
			{kind: 't', name: "VALTIME", label: "Validity", max: 5, after: "min. (1-65535)"}, {kind: 'c', name: "PFS", label: "PFS"},
		}},
	{cgi: "cipsec.cgi", tpl: "c_ipsike.tpl", keyTpl: "c_ipskey.tpl", title: "IKE", crumb: polCrumb, upCGI: "cipsec.cgi", upTpl: "c_ipspol.tpl", restart: true,
		vals: func(s *settings, i int) fields { return s.policies[i].ike },
		lines: []fdef{
			{kind: 'r', name: "IKEMODE", label: "IKE Mode", opts: []string{"0", "Main", "1", "Aggressive"}},
			{kind: 'h', label: "Validity"},
			{kind: 't', name: "IKETIME", label: "Time", max: 5, after: "min. (1-65535)"},
			{kind: 'r', name: "AUTHM", label: "Authentication Method", opts: []string{"0", "Pre-Shared Key Method", "1", "Digital Signature Method"}},
			{kind: 'p', name: "PSKEY", label: "Shared Key", max: 24},
			{kind: 'k', label: "Key and Certificate"},
			{kind: 'h', label: "Authentication/Encryption Algorithm"},
			{kind: 'r', name: "AUTOENC", label: "Setting Method", opts: []string{"0", "Auto", "1", "Manual Settings"}},
			{kind: 's', name: "DHGRP", label: "DH Group", opts: []string{"1", "Group 1 (768)", "2", "Group 2 (1024)", "14", "Group 14 (2048)"}},
		},
		check: func(v fields) string {
			if !number(v["IKETIME"], 1, 65535) {
				return "The validity is not correct. Enter a number from 1 to 65535."
			}
			if v["AUTHM"] == "1" && v["key"] == "" {
				return "The key and certificate for the digital signature method is not set."
			}
			return ""
		}},
	{cgi: "csmime.cgi", tpl: "c_smime.tpl", title: "S/MIME Settings", upCGI: "ctop.cgi", upTpl: "c_send.tpl",
		crumb: []crumb{{"Settings/Registration : Function Settings : ", "", ""}, {"Send", "ctop.cgi", "c_send.tpl"}},
		vals:  func(s *settings, _ int) fields { return s.smime },
		lines: []fdef{
			{kind: 'r', name: "ENCSET", label: "Encryption Settings", opts: []string{"0", "Always Encrypt", "1", "Encrypt Only When Sending", "2", "Do Not Encrypt"}},
			{kind: 'c', name: "ADDSIG", label: "Add Digital Signatures"},
			{kind: 's', name: "ENCALG", label: "Encryption Algorithm", opts: []string{"0", "3DES", "1", "AES-128", "2", "AES-256"}},
			{kind: 's', name: "SIGALG", label: "Signature Algorithm", opts: []string{"0", "SHA1", "1", "SHA256", "2", "SHA384", "3", "SHA512"}},
			{kind: 'c', name: "VRFYSIG", label: "Verify Signature When Receiving"},
			{kind: 's', name: "PRTSIG", label: "Print Signature When Receiving", opts: []string{"0", "Off", "1", "On", "2", "Only When Invalid"}},
		}},
	{cgi: "cbt.cgi", tpl: "c_bt.tpl", title: "Bluetooth Settings", crumb: netCrumb, upCGI: "ctop.cgi", upTpl: "c_network.tpl", restart: true,
		vals:  func(s *settings, _ int) fields { return s.bt },
		lines: []fdef{{kind: 'c', name: "USEBT", label: "Use Bluetooth"}, {kind: 't', name: "BTNAME", label: "Device Name", max: 32}}},
	{cgi: "cams.cgi", tpl: "c_ams.tpl", title: "ACCESS MANAGEMENT SYSTEM Settings", upCGI: "ctop.cgi", upTpl: "c_license.tpl", restart: true,
		crumb: []crumb{{"Settings/Registration : Management Settings : ", "", ""}, {"License/Other", "ctop.cgi", "c_license.tpl"}},
		vals:  func(s *settings, _ int) fields { return s.ams },
		lines: []fdef{{kind: 'c', name: "USEAMS", label: "Use ACCESS MANAGEMENT SYSTEM"}, {kind: 'n', label: "* Restart the machine for the setting to take effect. User authentication is needed."}}},
}
