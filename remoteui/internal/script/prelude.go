package script

import (
	"errors"
	"strings"
	"sync"

	"modernc.org/quickjs"
)

// preludeLine is where the lines of a prelude begin, far beyond those of any
// page, so that a stack trace shows which frames are its own.
const preludeLine = 100_000

// Prelude is code that every VM runs first, and parts of it that are read at
// first use: a VM reads and frees only what its page needs. Each is compiled
// once in the process.
type Prelude struct {
	main  compiled
	parts map[string]compiled
}

// compiled gives bytecode.
type compiled func() ([]byte, error)

// NewPrelude returns a prelude with the source, an expression or statements
// whose last value is a function, and the sources of its parts, whose last
// values it gets from globalThis.__part(name), or undefined where the engine
// could not read the part.
func NewPrelude(source string, parts map[string]string) *Prelude {
	p := &Prelude{main: compile(source), parts: make(map[string]compiled)}
	for name, source := range parts {
		p.parts[name] = compile(source)
	}
	return p
}

func compile(source string) compiled {
	return sync.OnceValues(func() (code []byte, err error) {
		vm, err := quickjs.NewVM()
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, vm.Close()) }()
		return vm.Compile(strings.Repeat("\n", preludeLine)+source, quickjs.EvalGlobal)
	})
}

// maxPad bounds the empty lines put before code to keep its line numbers.
const maxPad = 50_000

func pad(code string, line int) string {
	if line <= 1 || line > maxPad {
		return code
	}
	return strings.Repeat("\n", line-1) + code
}
