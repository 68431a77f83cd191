// A library cannot choose these settings, a program can: old devices present
// RSA keys shorter than 1024 bits and certificates with negative serial
// numbers, and sign handshakes with SHA-1. RSA key exchange is not among them
// on purpose: with a key that can be factored, whoever recorded such a
// connection reads the password in it. Flag -legacy-tls allows it knowingly.

//go:debug rsa1024min=0
//go:debug x509negativeserial=1
//go:debug tlssha1=1

// Command remediate replaces the weak RSA keys of one Canon device
// (CVE-2022-26320) by way of package rekey, and shows how a program uses it.
//
// Without flags it starts a simulated device with a weak TLS key and
// remediates that one: nothing outside this process is touched. With -url it
// works on a real device; -plan only looks. See -help for every flag and exit
// code.
package main

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/examples/internal/program"
)

func main() {
	program.Main(func(ctx context.Context) int {
		return run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.LookupEnv, nil)
	})
}

// run is the program but for its process: it returns the exit code. adjust, which may be
// nil, is for tests.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, env program.Env, adjust func(*rekey.Options)) int {
	cfg, err := parseFlags(args)
	if cfg != nil {
		cfg.adjust = adjust
	}
	out := newOutput(stdout, stderr, cfg, env)
	defer out.close()
	if text, ok := program.Answer(err); ok {
		return out.print(text)
	}
	if err != nil {
		return out.finish(nil, err)
	}

	stop := context.AfterFunc(ctx, func() { out.progress.note(interruptedText) })
	defer stop()
	report, err := program.Await(ctx, func() (*rekey.Report, error) { return work(ctx, cfg, stdin, env, out) })
	if errors.Is(err, program.ErrLeft) {
		return out.left(err)
	}
	return out.finish(report, err)
}

const interruptedText = "interrupted: ending at the next safe point and logging out; " +
	"a later run continues from there (interrupt again to stop at once)"
