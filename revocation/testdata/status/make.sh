#!/usr/bin/env bash
# Makes the certificates, CRLs and OCSP responses beside it with OpenSSL (3.0 or
# later) and nothing else, so that no case, right or wrong, comes from the code
# under test. Tests do not run it; what it made is committed, the keys are not.
#
#   bash make.sh
#
# CRLs have fixed dates: tests look at them on 2026-11-15. OCSP responses bear
# the time they were made at, which OpenSSL does not let one choose; it is
# written to "made", and the CRLs now-*.crl go with them. Needs GNU date and sed. Entries of the CA's database are written as "openssl ca
# -revoke" would, to fix their dates.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
rm -f "$here"/*.der "$here"/*.crl "$here"/*.ocsp "$here"/made

cat >base.cnf <<'CNF'
[req]
distinguished_name = dn
[dn]
[ca]
default_ca = office
[office]
database = index.txt
crlnumber = crlnumber
default_md = sha256
default_crl_days = 30
[crl]
authorityKeyIdentifier = keyid
[ext_root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[ext_nosign]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[ext_device]
basicConstraints = CA:FALSE
extendedKeyUsage = serverAuth, clientAuth
authorityKeyIdentifier = keyid
crlDistributionPoints = URI:http://crl.office.example/1.crl
authorityInfoAccess = OCSP;URI:http://ocsp.office.example/, caIssuers;URI:http://ca.office.example/1.cer
[ext_ldap]
authorityKeyIdentifier = keyid
crlDistributionPoints = URI:ldap:///CN=Office
[ext_bare]
subjectKeyIdentifier = none
authorityKeyIdentifier = none
[ext_subca]
basicConstraints = critical, CA:TRUE
authorityKeyIdentifier = keyid
crlDistributionPoints = URI:http://crl.office.example/1.crl
[ext_indirect]
authorityKeyIdentifier = keyid
crlDistributionPoints = point
[point]
fullname = URI:http://crl.office.example/all.crl
CRLissuer = dirName:crlissuer
[crlissuer]
O = Office
CN = CRL Issuer
[ext_reasons]
authorityKeyIdentifier = keyid
crlDistributionPoints = some
[some]
fullname = URI:http://crl.office.example/1.crl
reasons = superseded, cessationOfOperation
[ext_crlissuer]
keyUsage = critical, cRLSign
subjectKeyIdentifier = hash
[ext_responder]
extendedKeyUsage = OCSPSigning
noCheck = ignored
[ext_checked]
extendedKeyUsage = OCSPSigning
[ext_any]
extendedKeyUsage = anyExtendedKeyUsage
CNF

key() { openssl genrsa -out "$1.key" 2048 2>/dev/null; }
der() { openssl x509 -in "$1.pem" -outform DER -out "$here/$1.der"; }

# issue NAME SUBJECT SERIAL EXTENSIONS ISSUER [START END [KEY [MD]]]: ISSUER "self" is self-signed.
issue() {
  local name=$1 subject=$2 serial=$3 ext=$4 issuer=$5 start=${6:-20260101000000Z} end=${7:-20460101000000Z} use=${8:-$1} md=${9:-sha256}
  [ -f "$use.key" ] || key "$use"
  openssl req -new -key "$use.key" -subj "$subject" -config base.cnf -out "$name.csr"
  mkdir -p "db.$name"
  : >"db.$name/index"
  cat >"db.$name/cnf" <<CNF
[ca]
default_ca = x
[x]
database = db.$name/index
serial = db.$name/serial
new_certs_dir = db.$name
default_md = $md
policy = any
[any]
organizationName = optional
commonName = supplied
CNF
  printf '%s\n' "$serial" >"db.$name/serial"
  local by=(-cert "$issuer.pem" -keyfile "$issuer.key")
  [ "$issuer" = self ] && by=(-selfsign -keyfile "$use.key")
  openssl ca -config "db.$name/cnf" -batch -notext -in "$name.csr" -out "$name.pem" "${by[@]}" \
    -startdate "$start" -enddate "$end" -extfile base.cnf -extensions "$ext" 2>/dev/null
  der "$name"
}

# signed NAME SUBJECT SERIAL EXTENSIONS ISSUER: with "openssl x509", which takes negative serial numbers.
signed() {
  key "$1"
  openssl req -new -key "$1.key" -subj "$2" -config base.cnf -out "$1.csr"
  openssl x509 -req -in "$1.csr" -CA "$5.pem" -CAkey "$5.key" -set_serial "$3" -days 7300 -sha256 \
    -extfile base.cnf -extensions "$4" -out "$1.pem" 2>/dev/null
  der "$1"
}

issue root '/O=Office/CN=Office Root' 01 ext_root self
issue ca '/O=Office/CN=Office CA 1' 02 ext_root root
issue rekeyed '/O=Office/CN=Office CA 1' 03 ext_root root # the same name, another key
issue nosign '/O=Office/CN=Office CA 1' 04 ext_nosign root '' '' ca
issue endedca '/O=Office/CN=Office CA 1' 06 ext_root root 20260101000000Z 20261101000000Z ca
issue other '/O=Other/CN=Other CA' 05 ext_root self
issue crlissuer '/O=Office/CN=CRL Issuer' 07 ext_crlissuer root
issue device '/O=Office/CN=mfp.example' 1001 ext_device ca
issue expired '/O=Office/CN=mfp.example' 1002 ext_device ca 20260101000000Z 20260601000000Z device
issue neighbour '/O=Office/CN=pc.example' 1003 ext_device ca
issue subca '/O=Office/CN=Sub CA' 1004 ext_subca ca '' '' device
issue indirect '/O=Office/CN=mfp.example' 1005 ext_indirect ca '' '' device
issue reasons '/O=Office/CN=mfp.example' 1006 ext_reasons ca '' '' device
issue ldap '/O=Office/CN=mfp.example' 1007 ext_ldap ca '' '' device
issue bare '/O=Office/CN=mfp.example' 1008 ext_bare ca '' '' device # no AKI, no URL
issue md5 '/O=Office/CN=mfp.example' 1009 ext_device ca '' '' device md5
issue othersame '/O=Office/CN=mfp.example' 1001 ext_device other '' '' device
issue selfsigned '/O=Office/CN=mfp.example' 1001 ext_bare self
signed negative '/O=Office/CN=mfp.example' -129 ext_device ca
issue responder '/O=Office/CN=OCSP' 2001 ext_responder ca
issue checked '/O=Office/CN=OCSP' 2002 ext_checked ca '' '' responder
issue ended '/O=Office/CN=OCSP' 2003 ext_responder ca 20260101000000Z 20260201000000Z responder
issue early '/O=Office/CN=OCSP' 2004 ext_responder ca 20450101000000Z 20460101000000Z responder
issue foreign '/O=Office/CN=OCSP' 2005 ext_responder other '' '' responder
issue anyuse '/O=Office/CN=OCSP' 2006 ext_any ca '' '' responder
rm "$here"/{endedca,responder,checked,ended,early,foreign,anyuse}.der && der endedca

# The database: one line per certificate. revoke SERIAL REASON
database() { : >index.txt; }
valid() { printf 'V\t460101000000Z\t\t%s\tunknown\t/CN=%s\n' "$1" "$1" >>index.txt; }
revoke() { printf 'R\t460101000000Z\t261105120000Z,%s\t%s\tunknown\t/CN=%s\n' "$2" "$1" "$1" >>index.txt; }

# crl NAME NUMBER ISSUER EXTENSIONS [OPTIONS...]; NUMBER is hex.
from=20261101000000Z until=20261201000000Z
crl() {
  local name=$1 number=$2 issuer=$3 extensions=$4
  shift 4
  { cat base.cnf; printf '[x]\nauthorityKeyIdentifier = keyid\n%b' "$extensions"; } >crl.cnf
  printf '%s\n' "$number" >crlnumber
  openssl ca -config crl.cnf -gencrl -crlexts x -cert "$issuer.pem" -keyfile "$issuer.key" \
    -crl_lastupdate "$from" -crl_nextupdate "$until" -out crl.pem "$@" 2>/dev/null
  openssl crl -in crl.pem -outform DER -out "$here/$name.crl"
}

database; revoke 1003 superseded
crl clear 0A ca ''
cp crl.pem base.pem
# A signature that ends in what looks like white space.
n=256
while crl clear-space "$(printf %04X $n)" ca ''; [ "$(tail -c 1 "$here/clear-space.crl" | od -An -tx1)" != ' 0a' ]; do n=$((n + 1)); done
crl clear-sha1 0A ca '' -md sha1
crl clear-pss 0A ca '' -sigopt rsa_padding_mode:pss
crl clear-md5 0A ca '' -md md5
crl delta 0B ca '2.5.29.27 = critical, ASN1:INTEGER:10\n'
crl only-ca 0A ca 'issuingDistributionPoint = critical, @i\n[i]\nonlyCA = TRUE\n'
crl only-users 0A ca 'issuingDistributionPoint = critical, @i\n[i]\nonlyuser = TRUE\n'
crl only-attributes 0A ca 'issuingDistributionPoint = critical, @i\n[i]\nonlyAA = TRUE\n'
crl some-reasons 0A ca 'issuingDistributionPoint = critical, @i\n[i]\nonlysomereasons = keyCompromise\n'
crl is-indirect 0A ca 'issuingDistributionPoint = critical, @i\n[i]\nindirectCRL = TRUE\n'
crl part 0A ca 'issuingDistributionPoint = critical, @i\n[i]\nfullname = URI:http://crl.office.example/1.crl\nonlyuser = TRUE\n'
crl part-other 0A ca 'issuingDistributionPoint = critical, @i\n[i]\nfullname = URI:http://crl.office.example/2.crl\n'
crl critical 0A ca '1.3.6.1.4.1.99999.1 = critical, ASN1:NULL\n'
crl freshest 0A ca 'freshestCRL = URI:http://crl.office.example/1+.crl\n'
crl rekeyed-clear 0A rekeyed ''
openssl crl -in base.pem -badsig -outform DER -out "$here/badsig.crl"
head -c 300 "$here/clear.crl" >"$here/cut.crl"
# Version 1, as OpenSSL writes it without extensions and reasons.
database; printf 'R\t460101000000Z\t261105120000Z\t1003\tunknown\t/CN=1003\n' >>index.txt
sed '/^crlnumber/d' base.cnf >v1.cnf
openssl ca -config v1.cnf -gencrl -cert ca.pem -keyfile ca.key -crl_lastupdate "$from" -crl_nextupdate "$until" -out crl.pem 2>/dev/null
openssl crl -in crl.pem -outform DER -out "$here/version1.crl"

database; revoke 1001 keyCompromise; revoke 1002 keyCompromise; revoke 1003 superseded; revoke 1007 keyCompromise; revoke 1008 keyCompromise; revoke 1009 keyCompromise
crl listed 0B ca ''
cp crl.pem "$here/listed-pem.crl"
openssl crl -in base.pem -gendelta crl.pem -key ca.key -outform DER -out "$here/delta-listed.crl" 2>/dev/null
crl critical-listed 0B ca '1.3.6.1.4.1.99999.1 = critical, ASN1:NULL\n'
crl is-indirect-listed 0B ca 'issuingDistributionPoint = critical, @i\n[i]\nindirectCRL = TRUE\n'
crl only-attributes-listed 0B ca 'issuingDistributionPoint = critical, @i\n[i]\nonlyAA = TRUE\n'
crl rekeyed-listed 0B rekeyed ''
crl other-listed 0B other ''
database; revoke 1001 certificateHold; crl hold 0C ca ''
database; revoke 1001 removeFromCRL; crl removed 0C ca ''
crl delta-removed 0D ca '2.5.29.27 = critical, ASN1:INTEGER:12\n'

from=20260901000000Z until=20261001000000Z
database; crl stale 08 ca ''
database; revoke 1001 keyCompromise; crl stale-listed 09 ca ''
from=20270101000000Z until=20270201000000Z
database; crl future 63 ca ''

# What "openssl ca" cannot write is encoded by "openssl asn1parse" and signed by
# "openssl dgst". raw NAME ISSUERKEY CN NUMBER NEXTUPDATE ENTRIES EXTENSIONS
raw() {
  local name=$1 signer=$2 cn=$3 number=$4 next=$5 entries=$6 extensions=$7
  {
    printf '[tbs]\nversion=INTEGER:1\nalg=SEQUENCE:alg\nissuer=SEQUENCE:issuer\nthis=UTCTIME:261101000000Z\n'
    [ -z "$next" ] || printf 'next=UTCTIME:%s\n' "$next"
    printf 'list=SEQUENCE:list\next=EXPLICIT:0,SEQUENCE:exts\n'
    printf '[alg]\noid=OID:sha256WithRSAEncryption\nnull=NULL\n'
    printf '[issuer]\no=SET:o\ncn=SET:cn\n[o]\na=SEQUENCE:oo\n[oo]\nt=OID:2.5.4.10\nv=UTF8:Office\n[cn]\na=SEQUENCE:cc\n[cc]\nt=OID:2.5.4.3\nv=UTF8:%s\n' "$cn"
    printf '[exts]\nnumber=SEQUENCE:number\n%b[number]\noid=OID:2.5.29.20\nv=OCTWRAP,INTEGER:%s\n' "${extensions%%|*}" "$number"
    printf '%b' "${extensions#*|}"
    printf '%b' "$entries"
    printf '[reason]\noid=OID:2.5.29.21\nv=OCTWRAP,ENUM:1\n'
    printf '[unknown]\noid=OID:1.3.6.1.4.1.99999.2\ncritical=BOOL:TRUE\nv=OCTWRAP,NULL\n'
    printf '[theirs]\noid=OID:2.5.29.29\ncritical=BOOL:TRUE\nv=OCTWRAP,SEQUENCE:theirnames\n[theirnames]\nn=EXPLICIT:4,SEQUENCE:theirname\n'
    printf '[theirname]\no=SET:to\ncn=SET:tcn\n[to]\na=SEQUENCE:too\n[too]\nt=OID:2.5.4.10\nv=UTF8:Other\n[tcn]\na=SEQUENCE:tcc\n[tcc]\nt=OID:2.5.4.3\nv=UTF8:Other CA\n'
    printf '[ours]\noid=OID:2.5.29.29\ncritical=BOOL:TRUE\nv=OCTWRAP,SEQUENCE:ournames\n[ournames]\nn=EXPLICIT:4,SEQUENCE:ourname\n'
    printf '[ourname]\no=SET:o\ncn=SET:ocn\n[ocn]\na=SEQUENCE:occ\n[occ]\nt=OID:2.5.4.3\nv=UTF8:Office CA 1\n'
  } >sections
  { printf 'asn1=SEQUENCE:tbs\n'; cat sections; } >tbs.cnf
  openssl asn1parse -genconf tbs.cnf -noout -out tbs.der
  tags tbs.der
  local signature
  signature=$(openssl dgst -sha256 -sign "$signer.key" tbs.der | od -An -v -tx1 | tr -d ' \n')
  { printf 'asn1=SEQUENCE:crl\n[crl]\ntbs=SEQUENCE:tbs\nalg=SEQUENCE:alg\nsig=IMPLICIT:6,FORMAT:HEX,OCTETSTRING:00%s\n' "$signature"; cat sections; } >crl.cnf
  openssl asn1parse -genconf crl.cnf -noout -out "$here/$name.crl"
  tags "$here/$name.crl"
}
# OpenSSL does not write integers that are longer than need be, and drops zero
# bits at the end of bit strings; both are encoded with tags of their own, which
# become those of INTEGER (before signing) and BIT STRING.
tags() { LC_ALL=C sed -i 's/\x85\x04\x00\x00\x10/\x02\x04\x00\x00\x10/; s/\x86\x82\x01\x01\x00/\x03\x82\x01\x01\x00/' "$1"; }
end=261201000000Z
# entry NAME SERIAL EXTENSION...
entry() {
  printf '[%s]\nserial=%s\ndate=UTCTIME:261105120000Z\nexts=SEQUENCE:%s_x\n[%s_x]\n' "$1" "$2" "$1" "$1"
  local n=0
  for x in "${@:3}"; do n=$((n + 1)); printf 'x%d=SEQUENCE:%s\n' "$n" "$x"; done
}
first='[list]\ne1=SEQUENCE:e1\n'
both="$first"'e2=SEQUENCE:e2\n'
scope='idp=SEQUENCE:idp\n|[idp]\noid=OID:2.5.29.28\ncritical=BOOL:TRUE\nv=OCTWRAP,SEQUENCE:where\n[where]\nindirect=IMPLICIT:4,BOOL:TRUE\n'
raw entry-critical ca 'Office CA 1' 11 "$end" "$first$(entry e1 INTEGER:0x1001 reason unknown)\n" '|'
raw entry-critical-elsewhere ca 'Office CA 1' 11 "$end" "$first$(entry e1 INTEGER:0x1003 unknown)\n" '|'
raw entry-critical-and-listed ca 'Office CA 1' 11 "$end" "$both$(entry e1 INTEGER:0x1003 unknown)\n$(entry e2 INTEGER:0x1001 reason)\n" '|'
raw no-next-update ca 'Office CA 1' 11 '' "$first$(entry e1 INTEGER:0x1003 reason)\n" '|'
raw no-next-update-listed ca 'Office CA 1' 11 '' "$first$(entry e1 INTEGER:0x1001 reason)\n" '|'
raw odd-serial ca 'Office CA 1' 11 "$end" "$both$(entry e1 IMPLICIT:5,FORMAT:HEX,OCTETSTRING:00001003 reason)\n$(entry e2 INTEGER:0x1001 reason)\n" '|'
raw long-serial ca 'Office CA 1' 11 "$end" "$first$(entry e1 IMPLICIT:5,FORMAT:HEX,OCTETSTRING:00001001 reason)\n" '|'
raw negative-listed ca 'Office CA 1' 11 "$end" "$first$(entry e1 INTEGER:-129 reason)\n" '|'
raw negative-unsigned ca 'Office CA 1' 11 "$end" "$first$(entry e1 INTEGER:65407 reason)\n" '|'
raw foreign-entry ca 'Office CA 1' 11 "$end" "$first$(entry e1 INTEGER:0x1001 reason theirs)\n" "$scope"
raw foreign-entry-not-indirect ca 'Office CA 1' 11 "$end" "$first$(entry e1 INTEGER:0x1001 reason theirs)\n" '|'
raw indirect-listed crlissuer 'CRL Issuer' 11 "$end" "$first$(entry e1 INTEGER:0x1005 reason ours)\n" "$scope"
raw indirect-unnamed crlissuer 'CRL Issuer' 11 "$end" "$first$(entry e1 INTEGER:0x1005 reason)\n" "$scope"
raw indirect-inherited crlissuer 'CRL Issuer' 11 "$end" "$both$(entry e1 INTEGER:0x1003 reason ours)\n$(entry e2 INTEGER:0x1005 reason)\n" "$scope"
raw indirect-not-marked crlissuer 'CRL Issuer' 11 "$end" "$first$(entry e1 INTEGER:0x1005 reason ours)\n" '|'

# ocsp NAME CERTIFICATE SIGNER KEY [OPTIONS...]
ocsp() {
  local name=$1 cert=$2 signer=$3 use=$4
  shift 4
  openssl ocsp -index index.txt -CA "${about:-ca}.pem" -rsigner "$signer.pem" -rkey "$use.key" -issuer "${about:-ca}.pem" -cert "$cert.pem" \
    -no_nonce -respout "$here/$name.ocsp" "$@" >/dev/null 2>&1
}
week=(-ndays 7)
date -u +%Y-%m-%dT%H:%M:%SZ >"$here/made"
from=$(date -u +%Y%m%d%H%M%SZ) until=$(date -u -d '+7 days' +%Y%m%d%H%M%SZ)
database; crl now-clear 14 ca ''
revoke 1001 keyCompromise; revoke 1008 keyCompromise; crl now-listed 15 ca ''
database; valid 1001; valid 1002; valid 1003; valid -81
ocsp good device responder responder "${week[@]}"
openssl ocsp -index index.txt -CA ca.pem -rsigner responder.pem -rkey responder.key -sha256 -issuer ca.pem -cert device.pem -no_nonce "${week[@]}" -respout "$here/good-sha256.ocsp" >/dev/null 2>&1
ocsp good-by-key device responder responder "${week[@]}" -resp_key_id
ocsp good-checked device checked responder "${week[@]}"
ocsp good-ca device ca ca "${week[@]}"
ocsp good-ca-alone device ca ca "${week[@]}" -resp_no_certs
ocsp good-pss device responder responder "${week[@]}" -rsigopt rsa_padding_mode:pss
ocsp good-sha1 device responder responder "${week[@]}" -rmd sha1
ocsp good-no-next device responder responder
ocsp good-expired expired responder responder "${week[@]}"
ocsp good-negative negative responder responder "${week[@]}"
ocsp by-device device neighbour neighbour "${week[@]}"
ocsp by-any device anyuse responder "${week[@]}"
ocsp by-ended device ended responder "${week[@]}"
ocsp by-early device early responder "${week[@]}"
ocsp by-foreign device foreign responder "${week[@]}"
ocsp by-stranger device responder responder "${week[@]}" -resp_no_certs
ocsp by-rekeyed device rekeyed rekeyed "${week[@]}"
ocsp badsig device responder responder "${week[@]}" -badsig
ocsp other-serial neighbour responder responder "${week[@]}"
about=other ocsp other-issuer othersame responder responder "${week[@]}"
about=''
openssl ocsp -index index.txt -CA ca.pem -rsigner responder.pem -rkey responder.key -issuer other.pem -cert othersame.pem -issuer ca.pem -cert device.pem \
  -no_nonce "${week[@]}" -respout "$here/two.ocsp" >/dev/null 2>&1
database; ocsp unknown device responder responder "${week[@]}"
database; revoke 1001 superseded; revoke -81 keyCompromise; revoke 1002 keyCompromise
ocsp revoked device responder responder "${week[@]}"
ocsp revoked-expired expired responder responder "${week[@]}"
ocsp revoked-by-device device neighbour neighbour "${week[@]}"
ocsp revoked-negative negative responder responder "${week[@]}"
for status in 1 2 3 5 6; do
  printf 'asn1=SEQUENCE:r\n[r]\ns=ENUM:%s\n' "$status" >status.cnf
  openssl asn1parse -genconf status.cnf -noout -out "$here/status$status.ocsp"
done
du -sb "$here" | cut -f1
