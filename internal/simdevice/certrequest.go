package simdevice

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"net/netip"
)

// Identifiers of a request: attributes of RFC 2985 section 5.4, the extension
// of RFC 5280 section 4.2.1.6, signatures of RFC 4055 section 5 and RFC 5758
// section 3.2.
var (
	oidChallengePassword = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 7}
	oidExtensionRequest  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 14}
	oidSubjectAltName    = asn1.ObjectIdentifier{2, 5, 29, 17}

	oidRSASignatures = map[crypto.Hash]asn1.ObjectIdentifier{
		crypto.SHA256: oidSHA256WithRSA,
		crypto.SHA384: {1, 2, 840, 113549, 1, 1, 12},
		crypto.SHA512: {1, 2, 840, 113549, 1, 1, 13},
	}
	oidECDSASignatures = map[crypto.Hash]asn1.ObjectIdentifier{
		crypto.SHA256: {1, 2, 840, 10045, 4, 3, 2},
		crypto.SHA384: {1, 2, 840, 10045, 4, 3, 3},
		crypto.SHA512: {1, 2, 840, 10045, 4, 3, 4},
	}
)

// requestInfo is RFC 2986 section 4.1, CertificationRequestInfo.
type requestInfo struct {
	Version    int
	Subject    asn1.RawValue
	PublicKey  asn1.RawValue
	Attributes []requestAttribute `asn1:"tag:0,set"`
}

type requestAttribute struct {
	Type   asn1.ObjectIdentifier
	Values []asn1.RawValue `asn1:"set"`
}

// certificationRequest makes a PKCS #10 request, DER. The standard library has
// no challenge passwords and no short keys.
func certificationRequest(key crypto.Signer, hash crypto.Hash, subject pkix.Name, names []string, challenge string) ([]byte, error) {
	name, err := asn1.Marshal(subject.ToRDNSequence())
	if err != nil {
		return nil, fmt.Errorf("simulated device: subject of a request: %w", err)
	}
	spki, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, fmt.Errorf("simulated device: key of a request: %w", err)
	}
	attributes, err := requestAttributes(names, challenge)
	if err != nil {
		return nil, err
	}
	tbs, err := asn1.Marshal(requestInfo{
		Subject: asn1.RawValue{FullBytes: name}, PublicKey: asn1.RawValue{FullBytes: spki}, Attributes: attributes,
	})
	if err != nil {
		return nil, fmt.Errorf("simulated device: make a request: %w", err)
	}
	digest := hash.New()
	digest.Write(tbs)
	signature, err := key.Sign(rand.Reader, digest.Sum(nil), hash)
	if err != nil {
		return nil, fmt.Errorf("simulated device: sign a request: %w", err)
	}
	algorithm := pkix.AlgorithmIdentifier{Algorithm: oidRSASignatures[hash], Parameters: asn1.NullRawValue}
	if _, ec := key.Public().(*ecdsa.PublicKey); ec {
		algorithm = pkix.AlgorithmIdentifier{Algorithm: oidECDSASignatures[hash]}
	}
	return asn1.Marshal(struct {
		Info      asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}{asn1.RawValue{FullBytes: tbs}, algorithm, asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)}})
}

// requestAttributes are the challenge password and the alternative names, as
// far as there are any.
func requestAttributes(names []string, challenge string) ([]requestAttribute, error) {
	var all []requestAttribute
	add := func(oid asn1.ObjectIdentifier, value any) error {
		der, err := asn1.Marshal(value)
		if err == nil {
			all = append(all, requestAttribute{oid, []asn1.RawValue{{FullBytes: der}}})
		}
		return err
	}
	if challenge != "" {
		if err := add(oidChallengePassword, challenge); err != nil {
			return nil, fmt.Errorf("simulated device: challenge password of a request: %w", err)
		}
	}
	if len(names) == 0 {
		return all, nil
	}
	var general []asn1.RawValue // RFC 5280 section 4.2.1.6: GeneralName
	for _, name := range names {
		value := asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 2, Bytes: []byte(name)}
		if ip, err := netip.ParseAddr(name); err == nil {
			value.Tag, value.Bytes = 7, ip.AsSlice()
		}
		general = append(general, value)
	}
	der, err := asn1.Marshal(general)
	if err == nil {
		err = add(oidExtensionRequest, []pkix.Extension{{Id: oidSubjectAltName, Value: der}})
	}
	if err != nil {
		return nil, fmt.Errorf("simulated device: alternative names of a request: %w", err)
	}
	return all, nil
}
