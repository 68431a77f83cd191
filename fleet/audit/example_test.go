package audit_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/rekey-go/rekey/fleet/audit"
)

// What is written is signed, and whoever has the public key sees whether it was
// changed, and in which line.
func ExampleOpen() {
	dir, err := os.MkdirTemp("", "audit")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "audit.jsonl")
	if _, err := audit.CreateKey(filepath.Join(dir, "audit.key"), "printers.example"); err != nil { // once
		log.Fatal(err)
	}
	key, err := audit.LoadKey(filepath.Join(dir, "audit.key"))
	if err != nil {
		log.Fatal(err)
	}
	l, err := audit.Open(path, key)
	if err != nil {
		log.Fatal(err)
	}
	for _, what := range []string{"begun", "restarted", "done"} {
		if err := l.Append(map[string]string{"device": "192.0.2.7", "what": what}); err != nil {
			log.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		log.Fatal(err)
	}

	// The auditor:
	public, err := audit.LoadVerifier(filepath.Join(dir, "audit.key.pub"))
	if err != nil {
		log.Fatal(err)
	}
	_, err = audit.VerifyFile(path, public, nil, func(line int, entry json.RawMessage) error {
		fmt.Println(line, string(entry))
		return nil
	})
	fmt.Println("as it was written:", err == nil)

	text, _ := os.ReadFile(path)
	os.WriteFile(path, []byte(strings.Replace(string(text), "restarted", "forgotten", 1)), 0o600)
	_, err = audit.VerifyFile(path, public, nil, nil)
	fault, ok := errors.AsType[*audit.Fault](err)
	fmt.Println(ok && fault.Line == 2)
	// Output:
	// 1 {"device":"192.0.2.7","what":"begun"}
	// 2 {"device":"192.0.2.7","what":"restarted"}
	// 3 {"device":"192.0.2.7","what":"done"}
	// as it was written: true
	// true
}

// A list of the keys of those who may approve, a line each.
func ExampleParseVerifier() {
	bob, err := audit.NewKey("bob")
	if err != nil {
		log.Fatal(err)
	}
	public, err := audit.ParseVerifier(bob.Verifier().String())
	if err != nil {
		log.Fatal(err)
	}
	note, err := bob.Sign("change CHG0031337 is approved\n")
	if err != nil {
		log.Fatal(err)
	}
	text, err := public.Open(note)
	fmt.Print(text)
	_, changed := public.Open([]byte(strings.Replace(string(note), "7", "8", 1)))
	fmt.Println(err, errors.Is(changed, audit.ErrSignature))
	// Output:
	// change CHG0031337 is approved
	// <nil> true
}
