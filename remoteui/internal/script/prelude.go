package script

import (
	"errors"
	"strings"
	"sync"

	"modernc.org/quickjs"
)

// preludeLine is where the lines of a prelude begin, far beyond those of any
// page, so that its frames can be told from the page's in a stack trace.
const preludeLine = 100_000

// Prelude is code that every VM runs first. It is compiled once.
type Prelude struct {
	bytecode func() ([]byte, error)
}

// NewPrelude returns a prelude with the source, an expression or statements
// whose last value is a function.
func NewPrelude(source string) *Prelude {
	return &Prelude{bytecode: sync.OnceValues(func() (code []byte, err error) {
		vm, err := quickjs.NewVM()
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, vm.Close()) }()
		return vm.Compile(strings.Repeat("\n", preludeLine)+source, quickjs.EvalGlobal)
	})}
}

// maxPad bounds the empty lines put before code to keep its line numbers.
const maxPad = 50_000

func pad(code string, line int) string {
	if line <= 1 || line > maxPad {
		return code
	}
	return strings.Repeat("\n", line-1) + code
}
