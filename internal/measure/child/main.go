// Command child is what package measure measures.
package main

import "github.com/rekey-go/rekey/internal/measure"

func main() { measure.Child() }
