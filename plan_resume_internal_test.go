package rekey

import (
	"encoding/json"
	"testing"

	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/keys"
)

// Lines of a journal are read by later versions: what was asked for, the CSR, and the
// certificate that came back.
func TestUnfinishedFromJournal(t *testing.T) {
	t.Parallel()
	var u Unfinished
	err := u.read(state.Successor{
		Spec:        json.RawMessage(`{"name":"new","hash":"SHA256","commonName":"printer.example","kind":"csr","controller":"37.31"}`),
		Request:     json.RawMessage(`{"csr":"AQI="}`),
		Certificate: json.RawMessage(`{"certificate":"AwQ="}`),
	})
	if err != nil || u.Spec != (keys.Spec{Name: "new", Hash: keys.SHA256, CommonName: "printer.example"}) || u.Kind != ByCSR || u.MadeBy != "37.31" ||
		string(u.Request) != "\x01\x02" || string(u.Certificate) != "\x03\x04" {
		t.Errorf("%+v, %v", u, err)
	}
	for _, tc := range []struct {
		line ordered
		want string
	}{{ordered{CSR: []byte{1, 2}}, `{"csr":"AQI="}`}, {ordered{Certificate: []byte{3, 4}}, `{"certificate":"AwQ="}`}} {
		if data, err := json.Marshal(tc.line); err != nil || string(data) != tc.want {
			t.Errorf("%s, %v, want %s", data, err, tc.want)
		}
	}
}
