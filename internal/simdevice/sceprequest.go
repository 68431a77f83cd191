package simdevice

import (
	"crypto/rsa"
	"crypto/x509/pkix"
	"fmt"
)

// sendSCEP is [Send Request]: a key is made, and its certificate asked for in
// the background (G-7, G-8).
func (x *exchange) sendSCEP() {
	l, d := x.l, x.d
	if d.gen != nil || d.enrol != nil {
		x.notice(wBusy)
		return
	}
	get := func(key string) string { return x.get(l.name(key)) }
	form := scepForm{
		name: get(fieldSCEPName), hash: get(fieldSCEPHash), length: get(fieldSCEPLength),
		organization: get(fieldSCEPOrg), commonName: get(fieldSCEPCN), use: get(fieldSCEPUse),
	}
	if wrong := x.checkSCEP(form); wrong >= 0 {
		x.scepRequestPage(form, wrong)
		return
	}
	k, err := d.store.make("", scepLengths[chosen(l.scepLengthOptions(), form.length)], d.makesWeak())
	if err == nil {
		k.name, k.generated = form.name, true
		err = x.enrol(k, form)
	}
	if err != nil {
		d.obs.violate("", "the simulated device cannot send a SCEP request: %v", err)
		x.scepRequestPage(form, wErrValue)
		return
	}
	x.change = "certificate of key " + k.name + " requested by SCEP"
	x.sess.visited[PageSCEPRequest] = true
	x.scepSentPage()
}

// checkSCEP finds what is wrong with a request: a negative word if nothing.
func (x *exchange) checkSCEP(f scepForm) word {
	l, d := x.l, x.d
	if d.timerOn() && d.cfg.enforces(RuleTimerBlocksRequest) {
		return wErrTimer
	}
	if wrong := x.checkName(f.name); wrong >= 0 {
		return wrong
	}
	values := chosen(l.hashOptions(), f.hash) >= 0 && chosen(l.scepLengthOptions(), f.length) >= 0 && chosen(l.scepUseOptions(), f.use) >= 0
	switch {
	case !values, !plainText(f.organization), !plainText(f.commonName), !plainText(x.get(l.name(fieldChallenge))):
		return wErrValue
	case d.full():
		return wErrFull
	case d.scepServer().url == "":
		return wSCEPNoServer
	}
	return -1
}

// enrol has a certificate asked for.
func (x *exchange) enrol(k *key, f scepForm) error {
	l, d := x.l, x.d
	private, ok := k.signer.(*rsa.PrivateKey)
	if !ok {
		return fmt.Errorf("simulated device: %T cannot be used for SCEP", k.signer)
	}
	subject := pkix.Name{CommonName: f.commonName}
	addNames(&subject, "", "", "", f.organization, "")
	challenge := ""
	if d.cfg.enforces(RuleChallengeInCSR) {
		challenge = x.get(l.name(fieldChallenge))
	}
	request, err := certificationRequest(private, hashValues[chosen(l.hashOptions(), f.hash)], subject, d.cfg.CSRNames, challenge)
	if err != nil {
		return err
	}
	use := scepUses[chosen(l.scepUseOptions(), f.use)]
	d.beginEnrolment(&enrolment{key: k, use: use, listed: l.pick("scep.listed", 2) == 1}, private, request)
	return nil
}
