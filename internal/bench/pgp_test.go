package bench

import (
	"bytes"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// The PGP keys that a library writes are read by checkkey, which has a reader of
// its own, as the library reads them: whole, armored, and of private ones the
// public half.
func TestPGPAgrees(t *testing.T) {
	t.Parallel()
	var ring bytes.Buffer
	var want []string
	for _, config := range []*packet.Config{
		{Algorithm: packet.PubKeyAlgoRSA, RSABits: 2048},
		{Algorithm: packet.PubKeyAlgoRSA, RSABits: 3072, V6Keys: true},
		{Algorithm: packet.PubKeyAlgoEdDSA},
		{Algorithm: packet.PubKeyAlgoEd25519, V6Keys: true},
		{Algorithm: packet.PubKeyAlgoECDSA, Curve: packet.CurveNistP256},
	} {
		e, err := openpgp.NewEntity("Office", "", "mfp@example.org", config)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, k := range []*packet.PublicKey{e.PrimaryKey, e.Subkeys[0].PublicKey} {
			if pub, is := k.PublicKey.(*rsa.PublicKey); is {
				names = append(names, fmt.Sprintf("RSA %d", pub.N.BitLen()))
			} else {
				names = append(names, algorithms[k.PubKeyAlgo]+" 0")
			}
		}
		for kind, write := range map[string]func(io.Writer) error{
			openpgp.PublicKeyType:  e.Serialize,
			openpgp.PrivateKeyType: func(w io.Writer) error { return e.SerializePrivate(w, config) },
		} {
			w, err := armor.Encode(&ring, kind, map[string]string{"Comment": "of a test"})
			if err != nil {
				t.Fatal(err)
			}
			if err := write(w); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			ring.WriteString("\n")
			want = append(want, names...)
		}
		var binary bytes.Buffer
		if err := e.Serialize(&binary); err != nil {
			t.Fatal(err)
		}
		if got := checkkey(t, &binary); !slices.Equal(got, names) {
			t.Errorf("%q, want %q", got, names)
		}
	}
	if got := checkkey(t, &ring); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

var algorithms = map[packet.PublicKeyAlgorithm]string{
	packet.PubKeyAlgoEdDSA: "EdDSA", packet.PubKeyAlgoEd25519: "Ed25519", packet.PubKeyAlgoX25519: "X25519",
	packet.PubKeyAlgoECDSA: "ECDSA", packet.PubKeyAlgoECDH: "ECDH",
}

// checkkey returns algorithm and length of each key that the program reads.
func checkkey(t *testing.T, in io.Reader) (all []string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "run", "github.com/rekey-go/rekey/examples/checkkey", "-json", "-all", "-rounds", "1", "-")
	cmd.Stdin = in
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		var r struct {
			Algorithm string
			Bits      int
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		if r.Algorithm != "" {
			all = append(all, fmt.Sprintf("%s %d", r.Algorithm, r.Bits))
		}
	}
	return all
}
