package main

import (
	"flag"
	"regexp"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/examples/internal/access"
	"github.com/rekey-go/rekey/internal/wording/english"
	"github.com/rekey-go/rekey/remoteui"
)

func TestUsageErrors(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	for name, args := range map[string][]string{
		"unknown flag":            {"-nonsense"},
		"argument":                {secret},
		"password on the line":    {"-password=" + secret},
		"variable not set":        {"-url", "h", "-password-env", secret},
		"no such file":            {"-url", "h", "-password-file", secret},
		"both sources":            {"-url", "h", "-password-env", "A", "-password-file", "B"},
		"empty variable name":     {"-url", "h", "-password-env", ""},
		"both users":              {"-url", "h", "-user", "a", "-dept-id", "1"},
		"user without url":        {"-user", "a"},
		"pin without url":         {"-pin", "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},
		"empty url":               {"-url", ""},
		"url without host":        {"-url", "https:///x"},
		"url of another scheme":   {"-url", "ftp://h/"},
		"no such port":            {"-url", "h", "-tls-port", "65536"},
		"password in the url":     {"-url", "https://admin:" + secret + "@h/"},
		"unreadable url":          {"-url", "https://" + secret + ":x:y/"},
		"bad pin":                 {"-url", "h", "-pin", "sha256//AAAA"},
		"no such CA file":         {"-url", "h", "-ca", "no/such/file"},
		"CA file without any":     {"-url", "h", "-ca", "usage.txt"},
		"language":                {"-lang", "xx"},
		"key":                     {"-key", "dsa"},
		"key size":                {"-key", "rsa3000"},
		"key that is factored":    {"-key", "rsa512"},
		"key that is too short":   {"-key", "rsa1024"},
		"validity":                {"-validity", "11y"},
		"validity of no time":     {"-validity", "0d"},
		"validity in hours":       {"-validity", "1h"},
		"certificate kind":        {"-cert", "magic"},
		"certificate usage":       {"-cert", "deviceSignature=csr"},
		"certificate usage twice": {"-cert", "tls=csr,tls=scep"},
		"SIP by SCEP":             {"-cert", "sip=scep"},
		"issuer without key":      {"-issuer-cert", "ca.pem"},
		"challenge without SCEP":  {"-scep-challenge-env", "A"},
		"SCEP over TLS":           {"-scep-url", "https://ca/scep"},
		"empty state":             {"-state", ""},
		"external key unnamed":    {"-external-key", ""},
		"jobs timeout":            {"-jobs-timeout", "0s"},
		"restart timeout":         {"-restart-timeout", "-1s"},
		"common name":             {"-cn", "no host name"},

		"nobody to sign":       {"-cert", "csr"},
		"two to sign":          {"-issuer-cert", "c", "-issuer-key", "k", "-csr-dir", "d"},
		"no such issuer":       {"-issuer-cert", "no/such", "-issuer-key", "file"},
		"no directory":         {"-csr-dir", ""},
		"CA for no directory":  {"-csr-ca", "ca.cer"},
		"names for nobody":     {"-csr-names", "a.example"},
		"RA of no CA":          {"-scep-ra", "ra.cer"},
		"SCEP by nobody known": {"-cert", "csr", "-scep-url", "http://ca/scep"},
		"short fingerprint":    {"-cert", "csr", "-scep-url", "http://ca/scep", "-scep-fingerprint", "abcd"},
		"fingerprint alone":    {"-scep-fingerprint", "abcd"},
		"challenge with csr":   {"-cert", "csr", "-scep-url", "http://ca/scep", "-scep-fingerprint", strings.Repeat("a", 64), "-scep-challenge-env", "PATH"},
		"challenge not set":    {"-cert", "scep", "-scep-url", "http://ca/scep", "-scep-challenge-env", "NO_SUCH_VARIABLE_AT_ALL"},
		"no command":           {"-distribute", ""},
		"key slots":            {"-key-slots", "-1"},
		"other without url":    {"-other", "h"},
		"other's pin too soon": {"-url", "h", "-other-pin", "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "-other", "i"},
		"other's pin":          {"-url", "h", "-other", "i", "-other-pin", "sha1//x"},
		"other's two names":    {"-url", "h", "-other", "i", "-other-user", "a", "-other-dept-id", "1"},
		"other's stdin":        {"-url", "h", "-other", "i", "-other-password-file", "-"},
		"other's variable":     {"-url", "h", "-other", "i", "-other-password-env", "NO_SUCH_VARIABLE_AT_ALL"},
		"other unreadable":     {"-url", "h", "-other", "https://admin:" + secret + "@h/"},
		"back-out without url": {"-back-out"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := invoke(t, args...)
			r.want(t, exitUsage)
			if !strings.HasPrefix(r.stderr, "remediate: ") && !strings.Contains(r.stderr, "\nremediate: ") {
				t.Errorf("stderr says nothing:\n%s", r.stderr)
			}
			if strings.HasPrefix(name, "later") && !strings.Contains(r.stderr, "not yet") {
				t.Errorf("stderr does not say \"not yet\":\n%s", r.stderr)
			}
			if strings.Contains(r.stdout+r.stderr, secret) {
				t.Errorf("what may be a password was repeated:\n%s", r.stderr)
			}
			for _, lang := range []string{"zh-TW", "ja"} {
				if r := invoke(t, append([]string{"-task-lang", lang}, args...)...); english.Sentence(r.stderr) != "" && name != "language" { // its tags
					t.Errorf("English is left in %s: %s", lang, r.stderr)
				}
			}
			for _, asked := range [][]string{append([]string{"-json"}, args...), append(args[:len(args):len(args)], "--json=true")} {
				r := invoke(t, asked...)
				r.want(t, exitUsage)
				if r.report(t).Error == "" {
					t.Errorf("%v: no error in the object", asked)
				}
			}
		})
	}
}

// -assume-trusted is accepted where nothing needs trust.
func TestAcceptedWithoutEffect(t *testing.T) {
	t.Parallel()
	invoke(t, "-plan", "-assume-trusted", "-strict", "-assume-weak", "-external-key", "X", "-restart-timeout", "5m").want(t, exitDone)
}

func TestHelp(t *testing.T) {
	t.Parallel()
	r := invoke(t, "-help")
	r.want(t, exitDone)
	if r.stdout != usageText || r.stderr != "" {
		t.Errorf("stdout:\n%s\nstderr:\n%s", r.stdout, r.stderr)
	}
	r = invoke(t, "-json", "-help")
	r.want(t, exitDone)
	if r.report(t); r.stderr != usageText {
		t.Errorf("stderr:\n%s", r.stderr)
	}
}

// The help text and the flags are written apart, so they are held together.
func TestHelpNamesEveryFlag(t *testing.T) {
	t.Parallel()
	documented := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^  -([a-z-]+)`).FindAllStringSubmatch(usageText, -1) {
		documented[m[1]] = true
	}
	new(config).flagSet().VisitAll(func(f *flag.Flag) {
		if !documented[f.Name] {
			t.Errorf("-%s is not in the help text", f.Name)
		}
		delete(documented, f.Name)
	})
	for name := range documented {
		t.Errorf("-%s is in the help text and no flag", name)
	}
}

// The flags of access read alike in every program that has them.
func TestHelpOnAccess(t *testing.T) {
	t.Parallel()
	for _, text := range []string{access.HelpLogin, access.HelpPages, access.HelpIdentity + access.HelpSerial} {
		if !strings.Contains(usageText, text) {
			t.Errorf("usage.txt lacks\n%s", text)
		}
	}
}

// -lang takes the languages that there are labels for, and the help names them.
func TestPageLanguages(t *testing.T) {
	t.Parallel()
	for _, lang := range remoteui.Languages() {
		c, err := parseFlags([]string{"-lang", lang})
		if err != nil || c.lang != lang || !strings.Contains(usageText, lang) {
			t.Errorf("%s: %v", lang, err)
		}
	}
	page := &remoteui.PageError{Snapshot: "Einstellungen Speichern Verwaltung Sicherheit"}
	for lang, wrong := range map[string]bool{"de": false, "fr": false, "en": false, "ja": true, "zh-CN": true} {
		if err := (&config{lang: lang}).languageError(page); (err != error(page)) != wrong {
			t.Errorf("-lang %s: %v", lang, err)
		}
	}
}

// What a flag does not bring about is said.
func TestValidityOfOtherCAs(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-csr-dir", t.TempDir()}, {"-scep-url", "http://ca.example/scep"}, {}} {
		c, err := parseFlags(append([]string{"-validity", "30d"}, args...))
		if err != nil {
			t.Fatal(err)
		}
		said := ""
		err = c.issuing(&rekey.Options{}, nil, func(s string) { said += s })
		if err != nil || strings.Contains(said, "-validity") != (len(args) > 0) {
			t.Errorf("%q: %v, %q", args, err, said)
		}
	}
}
